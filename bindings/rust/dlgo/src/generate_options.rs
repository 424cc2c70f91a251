//! How answers are made.

use std::ffi::CString;
use std::os::raw::c_char;
use std::ptr;

use dlgo_sys as sys;

use crate::conversation::{ChatOptions, RawChatOptions};
use crate::error::Result;
use crate::options::defaults;
use crate::text::{c_option, c_string, pointer};

/// How to choose tokens and when to stop.
///
/// ```
/// use dlgo::GenerateOptions;
/// let precise = GenerateOptions::new().temperature(0.0).max_tokens(100).stop("\n\n");
/// let creative = GenerateOptions::new().temperature(1.2).top_p(0.9).seed(7);
/// let json = GenerateOptions::new().json_schema(r#"{"type":"object"}"#);
/// ```
#[derive(Clone, Debug)]
pub struct GenerateOptions {
    raw: sys::dlgo_generate_options,
    stop: Vec<String>,
    logit_bias: Vec<(i32, f32)>,
    grammar: Option<String>,
    json_schema: Option<String>,
    chat: Option<ChatOptions>,
}

// SAFETY: the pointers in raw are NULL.
unsafe impl Send for GenerateOptions {}
unsafe impl Sync for GenerateOptions {}

impl GenerateOptions {
    pub fn new() -> Self {
        let raw = defaults(sys::dlgo_generate_options_init);
        GenerateOptions { raw, stop: Vec::new(), logit_bias: Vec::new(), grammar: None, json_schema: None, chat: None }
    }

    /// The most likely token each time: `temperature(0.0)`.
    pub fn greedy() -> Self {
        Self::new().temperature(0.0)
    }

    /// Tokens at most; by default until the model ends or the context is full.
    pub fn max_tokens(mut self, tokens: u32) -> Self {
        self.raw.max_tokens = i32::try_from(tokens).unwrap_or(i32::MAX);
        self
    }

    /// 0 = greedy. Default 0.8.
    pub fn temperature(mut self, temperature: f32) -> Self {
        self.raw.temperature = temperature;
        self
    }

    /// 0 = off. Default 40.
    pub fn top_k(mut self, k: i32) -> Self {
        self.raw.top_k = k;
        self
    }

    /// 1 = off. Default 0.95.
    pub fn top_p(mut self, p: f32) -> Self {
        self.raw.top_p = p;
        self
    }

    /// 0 = off. Default 0.05.
    pub fn min_p(mut self, p: f32) -> Self {
        self.raw.min_p = p;
        self
    }

    /// 1 (the default) = off.
    pub fn repetition_penalty(mut self, penalty: f32) -> Self {
        self.raw.repetition_penalty = penalty;
        self
    }

    /// 0 (the default) = off.
    pub fn presence_penalty(mut self, penalty: f32) -> Self {
        self.raw.presence_penalty = penalty;
        self
    }

    /// 0 (the default) = off.
    pub fn frequency_penalty(mut self, penalty: f32) -> Self {
        self.raw.frequency_penalty = penalty;
        self
    }

    /// Tokens that penalties look back at; -1 = all. Default 64.
    pub fn penalty_last_n(mut self, tokens: i32) -> Self {
        self.raw.penalty_last_n = tokens;
        self
    }

    /// 0 (the default) = a new one each time.
    pub fn seed(mut self, seed: u64) -> Self {
        self.raw.seed = seed;
        self
    }

    /// One more string that ends the answer and is not part of it.
    pub fn stop(mut self, text: impl Into<String>) -> Self {
        self.stop.push(text.into());
        self
    }

    /// Adds to the logit of a token; `f32::NEG_INFINITY` forbids it.
    pub fn logit_bias(mut self, token: i32, bias: f32) -> Self {
        self.logit_bias.push((token, bias));
        self
    }

    /// GBNF with a rule "root".
    pub fn grammar(mut self, gbnf: impl Into<String>) -> Self {
        self.grammar = Some(gbnf.into());
        self
    }

    /// A JSON Schema that the answer follows; "{}" = any JSON. Not together with a grammar.
    pub fn json_schema(mut self, schema: impl Into<String>) -> Self {
        self.json_schema = Some(schema.into());
        self
    }

    /// Log probabilities of each token and its `k` best rivals, at most 20.
    pub fn logprobs(mut self, k: i32) -> Self {
        self.raw.logprobs = k;
        self
    }

    /// Special tokens spelled out in a prompt become tokens. For chats see [`ChatOptions::parse_special`].
    pub fn parse_special(mut self, parse: bool) -> Self {
        self.raw.parse_special = parse.into();
        self
    }

    /// Go on when the model wants to end.
    pub fn ignore_eos(mut self, ignore: bool) -> Self {
        self.raw.ignore_eos = ignore.into();
        self
    }

    /// How a conversation becomes text.
    pub fn chat(mut self, options: ChatOptions) -> Self {
        self.chat = Some(options);
        self
    }

    pub(crate) fn to_raw(&self) -> Result<RawGenerateOptions> {
        let stop = self.stop.iter().map(|text| c_string(text, "a stop string")).collect::<Result<Vec<CString>>>()?;
        let mut out = RawGenerateOptions {
            raw: self.raw,
            stop_pointers: stop.iter().map(|text| text.as_ptr()).collect(),
            _stop: stop,
            logit_bias: self.logit_bias.iter().map(|&(token, bias)| sys::dlgo_logit_bias { token, bias }).collect(),
            grammar: c_option(&self.grammar, "the grammar")?,
            json_schema: c_option(&self.json_schema, "json_schema")?,
            chat: self.chat.as_ref().map(|chat| chat.to_raw().map(Box::new)).transpose()?,
        };
        // All of these lie on the heap: moving the struct does not move them.
        out.raw.stop = out.stop_pointers.as_ptr();
        out.raw.n_stop = out.stop_pointers.len();
        out.raw.logit_bias = out.logit_bias.as_ptr();
        out.raw.n_logit_bias = out.logit_bias.len();
        out.raw.grammar = pointer(&out.grammar);
        out.raw.json_schema = pointer(&out.json_schema);
        out.raw.chat = out.chat.as_ref().map_or(ptr::null(), |chat| &chat.raw);
        Ok(out)
    }
}

impl Default for GenerateOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// The C struct and what it points to.
pub(crate) struct RawGenerateOptions {
    pub raw: sys::dlgo_generate_options,
    stop_pointers: Vec<*const c_char>,
    _stop: Vec<CString>,
    logit_bias: Vec<sys::dlgo_logit_bias>,
    grammar: Option<CString>,
    json_schema: Option<CString>,
    chat: Option<Box<RawChatOptions>>,
}
