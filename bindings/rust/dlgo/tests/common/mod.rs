#![allow(dead_code)]

pub fn demo_model() -> std::path::PathBuf {
    include!("demo_model.rs")
}

use dlgo::{GenerateOptions, Model, ModelOptions};

pub const QUESTION: &str = "What is the capital of France?";
pub const ANSWER: &str = "The capital of France is Paris.";

/// One thread: tests that run at once would wait for each other's.
pub fn model() -> Model {
    model_with_threads(1)
}

pub fn model_with_threads(threads: i32) -> Model {
    Model::load_with(demo_model(), &ModelOptions::new().device("cpu").threads(threads)).unwrap()
}

/// Until the context is full.
pub fn endless() -> GenerateOptions {
    GenerateOptions::new().ignore_eos(true)
}

/// A file of this test alone.
pub fn scratch(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("dlgo-rust-{}-{}", std::process::id(), name))
}
