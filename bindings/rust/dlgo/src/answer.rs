//! What a generation gives.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::slice;

use dlgo_sys as sys;

/// A token and its log probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenLogprob {
    pub token: i32,
    pub logprob: f32,
}

/// What a callback gets: text that has become certain.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Token<'a> {
    /// Whole characters.
    pub text: Cow<'a, str>,
    /// The last token that contributed to the text; `None` for text that was held back until the end.
    pub token: Option<i32>,
    /// Of the token; 0 unless log probabilities were asked for.
    pub logprob: f32,
    /// The best tokens in its place, the best first; empty unless log probabilities were asked for.
    pub top: Cow<'a, [TokenLogprob]>,
}

/// A [`Token`] that stays.
pub type Piece = Token<'static>;

impl<'a> Token<'a> {
    /// # Safety
    /// `event` is one that the library gave to a callback that has not returned.
    pub(crate) unsafe fn of(event: &'a sys::dlgo_token_event) -> Token<'a> {
        // SAFETY: both point to as much, and top only where there is something.
        let (text, top) = unsafe {
            let top = if event.n_top > 0 { slice::from_raw_parts(event.top, event.n_top as usize) } else { &[] };
            (slice::from_raw_parts(event.text.cast::<u8>(), event.text_len), top)
        };
        Token {
            text: String::from_utf8_lossy(text),
            token: Some(event.token).filter(|&token| token >= 0),
            logprob: event.logprob,
            top: top.iter().map(|t| TokenLogprob { token: t.token, logprob: t.logprob }).collect(),
        }
    }

    pub fn into_owned(self) -> Piece {
        Token { text: Cow::Owned(self.text.into_owned()), token: self.token, logprob: self.logprob, top: Cow::Owned(self.top.into_owned()) }
    }
}

/// Why a generation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// The model ended its answer.
    Eos,
    /// `max_tokens`.
    Length,
    /// A stop string.
    Stop,
    /// The context is full.
    Context,
    /// The callback broke off.
    Callback,
    /// A [`CancelHandle`](crate::CancelHandle).
    Cancel,
    /// The grammar is complete.
    Grammar,
    Unknown,
}

/// Counts and times of a generation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stats {
    pub stop_reason: StopReason,
    /// Of the whole prompt.
    pub prompt_tokens: u64,
    /// Of them already in the session.
    pub cached_tokens: u64,
    pub generated_tokens: u64,
    /// For what was not cached.
    pub prompt_ms: f64,
    pub generate_ms: f64,
    /// Of the model, once.
    pub load_ms: f64,
}

impl From<sys::dlgo_stats> for Stats {
    fn from(raw: sys::dlgo_stats) -> Self {
        Stats {
            stop_reason: match raw.stop_reason {
                sys::DLGO_STOP_EOS => StopReason::Eos,
                sys::DLGO_STOP_LENGTH => StopReason::Length,
                sys::DLGO_STOP_STRING => StopReason::Stop,
                sys::DLGO_STOP_CONTEXT => StopReason::Context,
                sys::DLGO_STOP_CALLBACK => StopReason::Callback,
                sys::DLGO_STOP_CANCEL => StopReason::Cancel,
                sys::DLGO_STOP_GRAMMAR => StopReason::Grammar,
                _ => StopReason::Unknown,
            },
            prompt_tokens: raw.prompt_tokens,
            cached_tokens: raw.cached_tokens,
            generated_tokens: raw.generated_tokens,
            prompt_ms: raw.prompt_ms,
            generate_ms: raw.generate_ms,
            load_ms: raw.load_ms,
        }
    }
}

/// A whole answer, which is used like a string.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    pub text: String,
    pub stats: Stats,
    /// Token by token, with [`GenerateOptions::logprobs`](crate::GenerateOptions::logprobs) only.
    pub pieces: Vec<Piece>,
}

impl Deref for Answer {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl From<Answer> for String {
    fn from(answer: Answer) -> String {
        answer.text
    }
}
