//! One call of dlgo_chat_stream or dlgo_generate_stream.

use std::ffi::CString;
use std::mem;
use std::ops::ControlFlow;
use std::os::raw::c_void;
use std::sync::Arc;

use dlgo_sys as sys;

use crate::answer::{Answer, Piece, Stats, Token};
use crate::callback::Guard;
use crate::conversation::{Conversation, RawConversation};
use crate::error::{check, Result};
use crate::generate_options::{GenerateOptions, RawGenerateOptions};
use crate::session::Handle;
use crate::text::c_string;

pub(crate) type OnToken<'a> = dyn FnMut(&Token<'_>) -> ControlFlow<()> + 'a;

enum Input {
    Prompt(CString),
    Chat(RawConversation),
}

/// The arguments of a call; they own all that the C structs point to.
pub(crate) struct Job {
    session: Arc<Handle>,
    input: Input,
    options: RawGenerateOptions,
}

// SAFETY: the pointers are to memory of its own.
unsafe impl Send for Job {}

unsafe extern "C" fn on_token(event: *const sys::dlgo_token_event, user_data: *mut c_void) -> i32 {
    // SAFETY: the guard of run(), which waits for this call; the event is valid during it.
    let (guard, token) = unsafe { (&mut *user_data.cast::<Guard<'_, OnToken<'_>>>(), Token::of(&*event)) };
    guard.call(|on_token| on_token(&token))
}

impl Job {
    pub fn prompt(session: &Arc<Handle>, prompt: &str, options: &GenerateOptions) -> Result<Job> {
        Ok(Job { session: session.clone(), input: Input::Prompt(c_string(prompt, "the prompt")?), options: options.to_raw()? })
    }

    pub fn chat(session: &Arc<Handle>, conversation: Conversation, options: &GenerateOptions) -> Result<Job> {
        Ok(Job { session: session.clone(), input: Input::Chat(conversation.to_raw()?), options: options.to_raw()? })
    }

    pub fn run(&self, callback: &mut OnToken<'_>) -> (Result<()>, Stats) {
        // SAFETY: numbers may be zero.
        let mut stats: sys::dlgo_stats = unsafe { mem::zeroed() };
        stats.struct_size = mem::size_of::<sys::dlgo_stats>() as u32;
        let mut guard = Guard::new(callback);
        let user_data = (&mut guard as *mut Guard<'_, OnToken<'_>>).cast::<c_void>();
        let (session, options) = (self.session.as_ptr(), &self.options.raw);
        // SAFETY: all pointers are valid during the call.
        let status = unsafe {
            match &self.input {
                Input::Prompt(prompt) => {
                    sys::dlgo_generate_stream(session, prompt.as_ptr(), options, Some(on_token), user_data, &mut stats)
                }
                Input::Chat(chat) => {
                    let messages = &chat.messages;
                    sys::dlgo_chat_stream(session, messages.as_ptr(), messages.len(), options, Some(on_token), user_data, &mut stats)
                }
            }
        };
        let result = check(status);
        guard.resume();
        (result, stats.into())
    }

    pub fn stats(&self, callback: &mut OnToken<'_>) -> Result<Stats> {
        let (result, stats) = self.run(callback);
        result.map(|()| stats)
    }

    pub fn answer(&self) -> Result<Answer> {
        let keep_pieces = self.options.raw.logprobs > 0;
        let mut text = String::new();
        let mut pieces: Vec<Piece> = Vec::new();
        let stats = self.stats(&mut |token| {
            text.push_str(&token.text);
            if keep_pieces {
                pieces.push(token.clone().into_owned());
            }
            ControlFlow::Continue(())
        })?;
        Ok(Answer { text, stats, pieces })
    }
}
