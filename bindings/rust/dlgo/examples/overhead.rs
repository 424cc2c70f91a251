//! overhead MODEL.gguf N: tokens per second of N greedy tokens, each streamed through a closure, as tests/bench/overhead.c does in C.
//! With a third argument, through the iterator.

use std::ops::ControlFlow;
use std::time::Instant;

use dlgo::{GenerateOptions, Model, ModelOptions, SessionOptions};

fn main() -> dlgo::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let n: u32 = arguments.get(2).and_then(|n| n.parse().ok()).expect("usage: overhead MODEL.gguf N [iterator]");
    let model = Model::load_with(&arguments[1], &ModelOptions::new().device("cpu").threads(1))?;
    let mut session = model.session_with(&SessionOptions::new().n_ctx(n + 64))?;
    let mut options = GenerateOptions::greedy().ignore_eos(true).max_tokens(n);
    if let Some(eos) = model.info()?.eos_token {
        options = options.logit_bias(eos, f32::NEG_INFINITY); // it has no text
    }
    let (prompt, start, mut pieces, mut bytes) = ("Once upon a time", Instant::now(), 0, 0);
    if arguments.len() > 3 {
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
