#![allow(dead_code)]

pub fn demo_model() -> std::path::PathBuf {
    include!("demo_model.rs")
}

use dlgo::{GenerateOptions, Model, ModelOptions};

pub const QUESTION: &str = "What is the capital of France?";
pub const ANSWER: &str = "The capital of France is Paris.";

pub fn model() -> Model {
    Model::load_with(demo_model(), &ModelOptions::new().device("cpu")).unwrap()
}

/// Until the context is full.
pub fn endless() -> GenerateOptions {
    GenerateOptions::new().ignore_eos(true)
}

/// A file of this test alone.
pub fn scratch(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("dlgo-rust-{}-{}", std::process::id(), name))
}
