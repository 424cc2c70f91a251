mod common;

use std::ops::ControlFlow;

use common::{endless, model, scratch, ANSWER, QUESTION};
use dlgo::{ChatOptions, GenerateOptions, KvType, Message, Model, ModelOptions, SessionOptions, StopReason, Tokenize};

#[test]
fn hello_world() {
    let mut session = common::model_with_threads(0).session().unwrap();
    let answer = session.chat(QUESTION, &GenerateOptions::greedy()).unwrap();
    assert_eq!(&*answer, ANSWER);
    assert_eq!(answer.stats.stop_reason, StopReason::Eos);
    assert!(answer.pieces.is_empty() && answer.stats.generated_tokens > 0);
}

#[test]
fn a_conversation_reuses_its_prefix() {
    let mut session = model().session().unwrap();
    let mut messages = vec![Message::system("Be brief."), Message::user(QUESTION)];
    let first = session.chat(&messages, &GenerateOptions::greedy()).unwrap();
    messages.extend([Message::assistant(&*first), Message::user("What is the capital of Italy?")]);
    let second = session.chat(&messages, &GenerateOptions::greedy()).unwrap();
    assert!(second.contains("Rome") && second.stats.cached_tokens > 0, "{}", second);
}

#[test]
fn options_reach_the_library() {
    let mut session = model().session().unwrap();
    let greedy = GenerateOptions::greedy();
    let reason = |answer: &dlgo::Answer| answer.stats.stop_reason;
    assert_eq!(reason(&session.chat(QUESTION, &greedy.clone().max_tokens(2)).unwrap()), StopReason::Length);
    let stopped = session.chat(QUESTION, &greedy.clone().stop("nowhere").stop("Paris")).unwrap();
    assert!(!stopped.contains("Paris") && reason(&stopped) == StopReason::Stop);
    let digits = session.chat(QUESTION, &greedy.clone().grammar("root ::= [0-9] [0-9]")).unwrap();
    assert!(digits.len() == 2 && digits.parse::<u8>().is_ok() && reason(&digits) == StopReason::Grammar, "{}", digits);
    let choice = session.chat(QUESTION, &greedy.clone().json_schema(r#"{"enum":["a","b"]}"#)).unwrap();
    assert!(["\"a\"", "\"b\""].contains(&choice.trim()), "{}", choice);
    assert!(session.chat(QUESTION, &greedy.clone().json_schema("{")).is_err());
    assert!(session.chat(QUESTION, &greedy.clone().json_schema("{}").grammar("root ::= [0-9]")).is_err());
    let chat = ChatOptions::new().template_text("{{ messages[0].content }}");
    let short = session.chat(QUESTION, &greedy.chat(chat).max_tokens(1)).unwrap();
    assert!(short.stats.prompt_tokens < stopped.stats.prompt_tokens);

    let seeded = GenerateOptions::new().seed(7).max_tokens(8).temperature(1.5).top_k(0).top_p(1.0).min_p(0.0);
    let mut one = |options: &GenerateOptions| {
        session.truncate(0).unwrap();
        session.generate("One", options).unwrap().text
    };
    assert_eq!(one(&seeded), one(&seeded));
    let penalties = seeded.clone().repetition_penalty(1.3).presence_penalty(0.5).frequency_penalty(0.5).penalty_last_n(-1);
    assert!(!one(&penalties.parse_special(true)).is_empty());
}

#[test]
fn logprobs_and_logit_bias() {
    let mut session = model().session().unwrap();
    let options = GenerateOptions::greedy().logprobs(3);
    let answer = session.chat(QUESTION, &options).unwrap();
    assert_eq!(answer.pieces.iter().map(|piece| &*piece.text).collect::<String>(), answer.text);
    for piece in answer.pieces.iter().filter(|piece| piece.token.is_some()) {
        assert!(piece.logprob <= 0.0 && piece.top.len() == 3);
        assert!(piece.top.windows(2).all(|pair| pair[0].logprob >= pair[1].logprob));
    }
    let first = answer.pieces[0].token.unwrap();
    let other = session.chat(QUESTION, &options.logit_bias(first, f32::NEG_INFINITY)).unwrap();
    assert_ne!(other.pieces[0].token, Some(first));
}

#[test]
fn a_closure_gets_each_token_and_may_break() {
    let mut session = model().session().unwrap();
    let mut text = String::new();
    let mut collect = |stop: &str| {
        text.clear();
        let stats = session.chat_with(QUESTION, &GenerateOptions::greedy(), |token| {
            text += &token.text;
            if !stop.is_empty() && text.contains(stop) {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        (text.clone(), stats.unwrap().stop_reason)
    };
    assert_eq!(collect(""), (ANSWER.to_string(), StopReason::Eos));
    assert_eq!(collect("capital"), ("The capital".to_string(), StopReason::Callback));
}

#[test]
fn tokens_and_text() {
    let model = model();
    let text = "Paris is 5 × nicer";
    let tokens = model.tokenize(text).unwrap();
    assert_eq!(model.detokenize(&tokens).unwrap().trim(), text);
    assert!(model.tokenize("").unwrap().is_empty() && model.detokenize(&[]).unwrap().is_empty());
    assert!(!model.tokenize([0xff, 0xfe, 0]).unwrap().is_empty());
    let long = text.repeat(1000);
    assert_eq!(model.detokenize(&model.tokenize(&long).unwrap()).unwrap().trim(), long);

    let eos = model.info().unwrap().eos_token.unwrap();
    let spelled = String::from_utf8(model.detokenize_bytes(&[eos], true).unwrap()).unwrap();
    assert!(!spelled.is_empty() && model.detokenize(&[eos]).unwrap().is_empty());
    assert_eq!(model.tokenize_with(&spelled, Tokenize { parse_special: true, ..Tokenize::default() }).unwrap(), [eos]);
    assert!(model.tokenize_with(&spelled, Tokenize { add_special: true, ..Tokenize::default() }).unwrap().len() > 1);
}

#[test]
fn format_chat() {
    let model = model();
    assert!(model.format_chat(QUESTION, &ChatOptions::new()).unwrap().contains(QUESTION));
    let options = ChatOptions::new().template_text("{{ x }}{{ messages[0].content }}").extra_json(r#"{"x":5}"#);
    assert_eq!(model.format_chat([Message::user("é")], &options.add_generation_prompt(false)).unwrap(), "5é");
}

#[test]
fn info_of_models_and_devices() {
    let model = model();
    let info = model.info().unwrap();
    assert!(info.layers > 0 && info.vocab_size > 0 && info.device == "cpu" && info.has_weights);
    let metadata = model.metadata().unwrap();
    assert!(metadata.contains(&("general.architecture".into(), info.architecture.clone())));
    assert_eq!(model.metadata_value("general.architecture").unwrap(), Some(info.architecture));
    assert_eq!(model.metadata_value("no.such.key").unwrap(), None);
    let tensors = model.tensors().unwrap();
    assert!(tensors.iter().any(|t| t.name == "token_embd.weight" && t.dims == [info.embedding_length as u64, info.vocab_size as u64]));
    assert_eq!(Model::estimate(common::demo_model(), &ModelOptions::new().device("cpu")).unwrap().layers, info.layers);
    let devices = dlgo::devices().unwrap();
    assert!(devices[0].name == "cpu" && devices[0].memory_total > 0);
    assert!(!dlgo::has_feature("no such") && dlgo::version().starts_with("1."));
}

#[test]
fn logits() {
    let model = model();
    let (tokens, n_vocab) = (model.tokenize(QUESTION).unwrap(), model.info().unwrap().vocab_size);
    let mut session = model.session_with(&SessionOptions::new().kv_type(KvType::F32).n_ctx(64).n_ubatch(4)).unwrap();
    let mut all = vec![0.0; tokens.len() * n_vocab];
    session.eval_all(&tokens, &mut all).unwrap();
    assert_eq!(session.position(), tokens.len());
    session.truncate(0).unwrap();
    session.append(&tokens[..tokens.len() - 1]).unwrap();
    let mut last = vec![0.0; n_vocab];
    session.eval(&tokens[tokens.len() - 1..], &mut last).unwrap();
    for (a, b) in last.iter().zip(&all[all.len() - n_vocab..]) {
        // One row and many are multiplied by different kernels.
        assert!((a - b).abs() <= 0.1, "{} {}", a, b);
    }
}

#[test]
fn save_and_restore() {
    let model = model();
    let path = scratch("state");
    let (mut one, mut two) = (model.session().unwrap(), model.session().unwrap());
    one.append(&model.tokenize(QUESTION).unwrap()).unwrap();
    one.save(&path).unwrap();
    two.restore(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(one.position(), two.position());
    let options = GenerateOptions::greedy().max_tokens(8);
    assert_eq!(one.generate("The", &options).unwrap().text, two.generate("The", &options).unwrap().text);
}

#[test]
fn a_full_context_ends_an_answer() {
    let mut session = model().session_with(&SessionOptions::new().n_ctx(32)).unwrap();
    assert_eq!(session.generate("One", &endless()).unwrap().stats.stop_reason, StopReason::Context);
}

#[test]
fn vocab_only() {
    let model = Model::load_with(common::demo_model(), &ModelOptions::new().vocab_only(true)).unwrap();
    assert!(!model.info().unwrap().has_weights && !model.tokenize("hello").unwrap().is_empty());
    assert!(matches!(model.session(), Err(dlgo::Error::InvalidArgument(_))));
}
