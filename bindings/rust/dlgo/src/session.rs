//! One conversation.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::path::Path;
use std::ptr::{self, NonNull};
use std::sync::{Arc, Weak};

use dlgo_sys as sys;

use crate::answer::{Answer, Stats, Token};
use crate::conversation::Conversation;
use crate::error::{check, Error, Result};
use crate::generate::Job;
use crate::generate_options::GenerateOptions;
use crate::model::Model;
use crate::options::SessionOptions;
use crate::stream::Stream;
use crate::text::c_path;

/// The key/value cache and recurrent state of one conversation. A session may move between threads, but one at a time uses it.
///
/// ```
/// # let path = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/demo_model.rs"));
/// use dlgo::{GenerateOptions, Message, Model};
///
/// let mut session = Model::load(path)?.session()?;
/// let mut messages = vec![Message::user("What is the capital of France?")];
/// let answer = session.chat(&messages, &GenerateOptions::greedy())?;
/// assert_eq!(&*answer, "The capital of France is Paris.");
///
/// messages.push(Message::assistant(&*answer));
/// messages.push(Message::user("What is the capital of Italy?"));
/// let answer = session.chat(&messages, &GenerateOptions::greedy())?;
/// assert!(answer.contains("Rome") && answer.stats.cached_tokens > 0);
/// # Ok::<(), dlgo::Error>(())
/// ```
pub struct Session {
    handle: Arc<Handle>,
    model: Model,
    vocab_size: usize,
    not_sync: PhantomData<Cell<()>>,
}

/// What a session, the thread of its stream and, for a moment, a cancel handle share.
pub(crate) struct Handle {
    session: NonNull<sys::dlgo_session>,
}

// SAFETY: a dlgo_session may be used in any thread, refuses a second call at a time, and is cancelled from any thread.
unsafe impl Send for Handle {}
unsafe impl Sync for Handle {}

impl Handle {
    pub fn as_ptr(&self) -> *mut sys::dlgo_session {
        self.session.as_ptr()
    }

    pub fn cancel(&self) {
        // SAFETY: alive as long as self.
        unsafe { sys::dlgo_session_cancel(self.as_ptr()) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the last owner.
        unsafe { sys::dlgo_session_free(self.as_ptr()) }
    }
}

impl Session {
    pub(crate) fn create(model: &Model, options: &SessionOptions) -> Result<Session> {
        let vocab_size = model.info()?.vocab_size;
        let mut session = ptr::null_mut();
        // SAFETY: valid pointers.
        check(unsafe { sys::dlgo_session_create(model.as_ptr(), &options.raw, &mut session) })?;
        let session = NonNull::new(session).ok_or_else(|| Error::Internal("no session".into()))?;
        Ok(Session { handle: Arc::new(Handle { session }), model: model.clone(), vocab_size, not_sync: PhantomData })
    }

    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The answer to a question or to a whole conversation. What the session already holds of it is not evaluated again.
    pub fn chat(&mut self, conversation: impl Into<Conversation>, options: &GenerateOptions) -> Result<Answer> {
        Job::chat(&self.handle, conversation.into(), options)?.answer()
    }

    /// The same, token by token: `on_token` runs in this thread, and `Break` ends the answer. A panic in it ends the answer and goes on
    /// here.
    ///
    /// ```
    /// # let path = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/demo_model.rs"));
    /// # let mut session = dlgo::Model::load(path)?.session()?;
    /// use std::ops::ControlFlow;
    ///
    /// let mut answer = String::new();
    /// session.chat_with("What is the capital of France?", &dlgo::GenerateOptions::greedy(), |token| {
    ///     answer += &token.text;
    ///     if answer.contains("Paris") { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    /// })?;
    /// assert_eq!(answer, "The capital of France is Paris");
    /// # Ok::<(), dlgo::Error>(())
    /// ```
    pub fn chat_with(
        &mut self,
        conversation: impl Into<Conversation>,
        options: &GenerateOptions,
        mut on_token: impl FnMut(&Token<'_>) -> ControlFlow<()>,
    ) -> Result<Stats> {
        Job::chat(&self.handle, conversation.into(), options)?.stats(&mut on_token)
    }

    /// The same as an iterator. A thread of its own makes the answer; dropping the iterator ends it.
    ///
    /// ```
    /// # let path = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/demo_model.rs"));
    /// # let mut session = dlgo::Model::load(path)?.session()?;
    /// for piece in session.chat_stream("What is the capital of France?", &dlgo::GenerateOptions::greedy())? {
    ///     print!("{}", piece?);
    /// }
    /// # Ok::<(), dlgo::Error>(())
    /// ```
    pub fn chat_stream(&mut self, conversation: impl Into<Conversation>, options: &GenerateOptions) -> Result<Stream<'_>> {
        Stream::new(&self.handle, Job::chat(&self.handle, conversation.into(), options)?)
    }

    /// Appends a prompt as it is, without a chat template, and continues it.
    pub fn generate(&mut self, prompt: &str, options: &GenerateOptions) -> Result<Answer> {
        Job::prompt(&self.handle, prompt, options)?.answer()
    }

    pub fn generate_with(
        &mut self,
        prompt: &str,
        options: &GenerateOptions,
        mut on_token: impl FnMut(&Token<'_>) -> ControlFlow<()>,
    ) -> Result<Stats> {
        Job::prompt(&self.handle, prompt, options)?.stats(&mut on_token)
    }

    pub fn generate_stream(&mut self, prompt: &str, options: &GenerateOptions) -> Result<Stream<'_>> {
        Stream::new(&self.handle, Job::prompt(&self.handle, prompt, options)?)
    }

    /// Appends tokens and writes the logits after the last one, `vocab_size` of them.
    ///
    /// ```
    /// # let path = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/demo_model.rs"));
    /// # let model = dlgo::Model::load(path)?;
    /// let mut session = model.session()?;
    /// let mut logits = vec![0.0; model.info()?.vocab_size];
    /// session.eval(&model.tokenize("The capital of")?, &mut logits)?;
    /// # Ok::<(), dlgo::Error>(())
    /// ```
    pub fn eval(&mut self, tokens: &[i32], logits: &mut [f32]) -> Result<()> {
        self.check_room(logits, 1)?;
        // SAFETY: there is room for the logits of one token.
        check(unsafe { sys::dlgo_session_eval(self.handle.as_ptr(), tokens.as_ptr(), tokens.len(), logits.as_mut_ptr()) })
    }

    /// Appends tokens and writes the logits after each, `tokens.len() * vocab_size` of them.
    pub fn eval_all(&mut self, tokens: &[i32], logits: &mut [f32]) -> Result<()> {
        self.check_room(logits, tokens.len())?;
        // SAFETY: there is room for the logits of all tokens.
        check(unsafe { sys::dlgo_session_eval_all(self.handle.as_ptr(), tokens.as_ptr(), tokens.len(), logits.as_mut_ptr()) })
    }

    /// Appends tokens without computing logits.
    pub fn append(&mut self, tokens: &[i32]) -> Result<()> {
        // SAFETY: valid pointers.
        check(unsafe { sys::dlgo_session_eval(self.handle.as_ptr(), tokens.as_ptr(), tokens.len(), ptr::null_mut()) })
    }

    fn check_room(&self, logits: &[f32], rows: usize) -> Result<()> {
        match self.vocab_size.checked_mul(rows) {
            Some(needed) if needed == logits.len() => Ok(()),
            _ => Err(Error::InvalidArgument(format!("{} logits for {} tokens of {}", logits.len(), rows, self.vocab_size))),
        }
    }

    /// Tokens in the session.
    pub fn position(&self) -> usize {
        // SAFETY: a session that is not in use: a stream borrows it mutably.
        unsafe { sys::dlgo_session_position(self.handle.as_ptr()) }
    }

    /// Keeps the first `n_keep` tokens; 0 = reset. Recurrent models can only go back to where their state is still known.
    pub fn truncate(&mut self, n_keep: usize) -> Result<()> {
        // SAFETY: a valid session.
        check(unsafe { sys::dlgo_session_truncate(self.handle.as_ptr(), n_keep) })
    }

    /// Tokens and state in a file, for a session of the same model and key/value type.
    pub fn save(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let path = c_path(path.as_ref())?;
        // SAFETY: valid pointers.
        check(unsafe { sys::dlgo_session_save(self.handle.as_ptr(), path.as_ptr()) })
    }

    pub fn restore(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let path = c_path(path.as_ref())?;
        // SAFETY: valid pointers.
        check(unsafe { sys::dlgo_session_restore(self.handle.as_ptr(), path.as_ptr()) })
    }

    /// Ends the call in progress from another thread.
    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle { session: Arc::downgrade(&self.handle) }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("handle", &self.handle.session).finish()
    }
}

/// Cancels a session's call from any thread; does nothing once the session is dropped.
///
/// ```
/// # let path = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/demo_model.rs"));
/// # let mut session = dlgo::Model::load(path)?.session()?;
/// use std::ops::ControlFlow;
///
/// let cancel = session.cancel_handle();
/// let endless = dlgo::GenerateOptions::new().ignore_eos(true);
/// let result = session.generate_with("Once upon a time", &endless, |_| {
///     let cancel = cancel.clone();
///     std::thread::spawn(move || cancel.cancel());
///     ControlFlow::Continue(())
/// });
/// assert!(matches!(result, Err(dlgo::Error::Cancelled(_))));
/// # Ok::<(), dlgo::Error>(())
/// ```
#[derive(Clone)]
pub struct CancelHandle {
    session: Weak<Handle>,
}

impl CancelHandle {
    /// Makes the call in progress, if any, return [`Error::Cancelled`] within about one layer's time.
    pub fn cancel(&self) {
        if let Some(session) = self.session.upgrade() {
            session.cancel();
        }
    }
}

impl fmt::Debug for CancelHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CancelHandle")
    }
}
