use dlgo::{GenerateOptions, Model};

fn main() -> dlgo::Result<()> {
    let path = std::env::args().nth(1).expect("usage: hello MODEL.gguf");
    let mut session = Model::load(path)?.session()?;
    println!("{}", session.chat("What is the capital of France?", &GenerateOptions::greedy())?);
    Ok(())
}
