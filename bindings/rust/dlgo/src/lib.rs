//! Runs GGUF language models on the CPU or any Vulkan GPU: the safe interface to the C library dlgo.
//!
//! ```
//! # let path = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/demo_model.rs"));
//! use dlgo::{GenerateOptions, Model};
//!
//! let mut session = Model::load(path)?.session()?;
//! let answer = session.chat("What is the capital of France?", &GenerateOptions::greedy())?;
//! assert_eq!(&*answer, "The capital of France is Paris.");
//! # Ok::<(), dlgo::Error>(())
//! ```
//!
//! * A [`Model`] is immutable and shared by any number of threads; a [`Session`] is one conversation.
//! * [`Session::chat`] answers, [`Session::chat_with`] calls a closure for each token, [`Session::chat_stream`] is an iterator.
//!   `generate`, `generate_with` and `generate_stream` do the same to a text as it is.
//! * Each status of the library is a variant of [`Error`]. The library neither aborts nor prints; see [`set_logger`].
//! * A child process must not use models and sessions that were made before `fork()`.
//!
//! How the library is found: see the crate `dlgo-sys`.
#![warn(missing_debug_implementations, unsafe_op_in_unsafe_fn)]

mod answer;
mod callback;
mod conversation;
mod error;
mod generate;
mod generate_options;
mod info;
mod log;
mod model;
mod options;
mod session;
mod stream;
mod text;

use std::ffi::{CStr, CString};

pub use answer::{Answer, Piece, Stats, StopReason, Token, TokenLogprob};
pub use conversation::{ChatOptions, Conversation, Message};
pub use error::{Error, Result};
pub use generate_options::GenerateOptions;
pub use info::{devices, Device, DeviceType, MemoryPlan, ModelInfo, TensorInfo};
pub use log::{clear_logger, set_logger, LogLevel};
pub use model::{Model, Tokenize};
pub use options::{KvType, ModelOptions, SessionOptions};
pub use session::{CancelHandle, Session};
pub use stream::Stream;

/// Version of the library: "major.minor.patch".
pub fn version() -> &'static str {
    // SAFETY: static storage.
    unsafe { CStr::from_ptr(dlgo_sys::dlgo_version()) }.to_str().unwrap_or("")
}

/// Whether this build on this machine has a feature: "avx2", "avx512", "vulkan", "coopmat", ...
pub fn has_feature(name: &str) -> bool {
    // SAFETY: a valid string.
    CString::new(name).map_or(false, |name| unsafe { dlgo_sys::dlgo_has_feature(name.as_ptr()) != 0 })
}
