mod common;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{demo_model, model, scratch, QUESTION};
use dlgo::{ChatOptions, Error, GenerateOptions, Model, ModelOptions, SessionOptions};

#[test]
fn invalid_argument() {
    let model = model();
    let mut session = model.session().unwrap();
    let invalid = |result: Result<(), Error>| assert!(matches!(result, Err(Error::InvalidArgument(_))), "{:?}", result);
    invalid(session.append(&[-1]));
    invalid(session.append(&[i32::MAX]));
    invalid(session.eval(&[0], &mut [0.0; 3]));
    invalid(session.eval_all(&[0, 0], &mut vec![0.0; model.info().unwrap().vocab_size]));
    invalid(session.truncate(1));
    invalid(session.chat(Vec::new(), &GenerateOptions::new()).map(drop));
    invalid(session.chat("zero \0 byte", &GenerateOptions::new()).map(drop));
    invalid(session.generate("x", &GenerateOptions::new().stop("\0")).map(drop));
    invalid(session.generate("x", &GenerateOptions::new().grammar("root ::= (")).map(drop));
    invalid(session.generate("", &GenerateOptions::new()).map(drop));
    invalid(model.detokenize(&[-5]).map(drop));
    invalid(model.session_with(&SessionOptions::new().n_ubatch(1 << 30)).map(drop));
    invalid(Model::load_with(demo_model(), &ModelOptions::new().threads(-1)).map(drop));
    invalid(model.format_chat("x", &ChatOptions::new().template_text("{{ raise_exception('not today') }}")).map(drop));
    assert_eq!(session.position(), 0);
}

#[test]
fn files() {
    let missing = Model::load("/nonexistent/é.gguf").unwrap_err();
    assert!(matches!(&missing, Error::Io(message) if message.contains("é.gguf")), "{}", missing);
    assert_eq!(missing.status(), dlgo_sys::DLGO_ERROR_IO);
    assert!(missing.to_string().contains(missing.message()));
    assert!(matches!(model().session().unwrap().restore("/nonexistent"), Err(Error::Io(_))));
    assert!(matches!(model().session().unwrap().save("/nonexistent/x"), Err(Error::Io(_))));

    let path = scratch("damaged.gguf");
    std::fs::write(&path, [b"GGUF\x03\0\0\0".as_slice(), &[0xff; 100]].concat()).unwrap();
    assert!(matches!(Model::load(&path), Err(Error::Format(_))));
    assert!(matches!(Model::estimate(&path, &ModelOptions::new()), Err(Error::Format(_))));
    assert!(matches!(model().session().unwrap().restore(&path), Err(Error::Format(_))));
    std::fs::remove_file(&path).unwrap();
}

/// A GGUF file without tensors, of an architecture that nobody knows.
#[test]
fn unsupported() {
    let path = scratch("unknown.gguf");
    let mut file = b"GGUF\x03\0\0\0".to_vec();
    file.extend(0u64.to_le_bytes());
    file.extend(1u64.to_le_bytes());
    for text in ["general.architecture", "steam-engine"] {
        file.extend((text.len() as u64).to_le_bytes());
        file.extend(text.as_bytes());
        if text == "general.architecture" {
            file.extend(8u32.to_le_bytes()); // a string follows
        }
    }
    std::fs::write(&path, file).unwrap();
    let error = Model::load(&path).unwrap_err();
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(&error, Error::Unsupported(message) if message.contains("steam-engine")), "{:?}", error);
}

#[test]
fn broken_template() {
    let broken = ChatOptions::new().template_text("{% if %}");
    assert!(matches!(model().format_chat("x", &broken), Err(Error::Format(_))));
}

#[test]
fn context_full() {
    let mut session = model().session_with(&SessionOptions::new().n_ctx(32)).unwrap();
    assert!(matches!(session.generate(&"word ".repeat(200), &GenerateOptions::new()), Err(Error::ContextFull(_))));
    assert!(matches!(session.chat("word ".repeat(200), &GenerateOptions::new()), Err(Error::ContextFull(_))));
    assert_eq!(session.position(), 0);
}

#[test]
fn out_of_memory() {
    let huge = SessionOptions::new().n_ctx(0x3fff_ffff);
    let error = model().session_with(&huge).unwrap_err();
    assert!(matches!(error, Error::OutOfMemory(_) | Error::InvalidArgument(_)), "{:?}", error);
}

#[test]
fn no_such_device() {
    let error = Model::load_with(demo_model(), &ModelOptions::new().device("vulkan:99")).unwrap_err();
    assert!(matches!(error, Error::Device(_) | Error::InvalidArgument(_) | Error::Unsupported(_)), "{:?}", error);
    assert!(error.message().contains("99") || error.message().contains("vulkan"), "{}", error);
}

#[test]
fn progress_breaks_off() {
    let mut seen = Vec::new();
    let load = |stop: bool, seen: &mut Vec<f32>| {
        Model::load_with_progress(demo_model(), &ModelOptions::new(), |fraction| {
            seen.push(fraction);
            if stop {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
    };
    assert!(matches!(load(true, &mut seen), Err(Error::Cancelled(_))));
    assert_eq!(seen.len(), 1);
    seen.clear();
    load(false, &mut seen).unwrap();
    assert!(seen.windows(2).all(|pair| pair[0] <= pair[1]) && seen.last() == Some(&1.0));
}

#[test]
fn a_closure_may_panic() {
    let mut session = model().session().unwrap();
    let message = |panic: Box<dyn std::any::Any + Send>| *panic.downcast::<&'static str>().unwrap();
    let chat = std::panic::AssertUnwindSafe(|| session.chat_with(QUESTION, &GenerateOptions::greedy(), |_| panic!("enough")));
    assert_eq!(message(std::panic::catch_unwind(chat).unwrap_err()), "enough");
    assert!(session.chat(QUESTION, &GenerateOptions::greedy()).unwrap().contains("Paris"));
    let load = || Model::load_with_progress(demo_model(), &ModelOptions::new(), |_| panic!("not this one"));
    assert_eq!(message(std::panic::catch_unwind(load).unwrap_err()), "not this one");
}

#[test]
fn a_logger_may_panic() {
    static CALLED: AtomicBool = AtomicBool::new(false);
    dlgo::set_logger(|_, line| {
        assert!(!line.is_empty());
        CALLED.store(true, Ordering::Relaxed);
        panic!("nobody hears this");
    });
    model();
    dlgo::clear_logger();
    model();
}
