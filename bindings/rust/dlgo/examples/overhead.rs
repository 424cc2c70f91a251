//! overhead MODEL.gguf N: tokens per second of N greedy tokens, each streamed through a closure, as tests/bench/overhead.c does in C.
//! With "iterator" as the first argument, through the iterator.

use std::ops::ControlFlow;
use std::time::Instant;

use dlgo::{GenerateOptions, Model, ModelOptions, SessionOptions};

fn main() -> dlgo::Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let iterator = arguments.first().map_or(false, |first| first == "iterator");
    if iterator {
        arguments.remove(0);
    }
    let n: u32 = arguments.get(1).and_then(|n| n.parse().ok()).expect("usage: overhead [iterator] MODEL.gguf N");
    let model = Model::load_with(&arguments[0], &ModelOptions::new().device("cpu").threads(1))?;
    let mut session = model.session_with(&SessionOptions::new().n_ctx(n + 64))?;
    let mut options = GenerateOptions::greedy().ignore_eos(true).max_tokens(n);
    if let Some(eos) = model.info()?.eos_token {
        options = options.logit_bias(eos, f32::NEG_INFINITY); // it has no text
    }
    let (prompt, start, mut pieces, mut bytes) = ("Once upon a time", Instant::now(), 0, 0);
    if iterator {
        for piece in session.generate_stream(prompt, &options)? {
            pieces += 1;
            bytes += piece?.len();
        }
    } else {
        session.generate_with(prompt, &options, |token| {
            pieces += 1;
            bytes += token.text.len();
            ControlFlow::Continue(())
        })?;
    }
    let speed = f64::from(n) / start.elapsed().as_secs_f64();
    println!("{:.1} tokens/s ({} tokens, {} pieces, {} bytes)", speed, n, pieces, bytes);
    Ok(())
}
