//! Weights and tokenizer.

use std::fmt;
use std::ops::ControlFlow;
use std::os::raw::{c_char, c_void};
use std::path::Path;
use std::ptr::{self, NonNull};
use std::sync::Arc;

use dlgo_sys as sys;

use crate::callback::Guard;
use crate::conversation::{ChatOptions, Conversation};
use crate::error::{check, Error, Result};
use crate::info::{read, MemoryPlan, ModelInfo, TensorInfo};
use crate::options::{ModelOptions, SessionOptions};
use crate::session::Session;
use crate::text::{c_path, c_string, take};

/// Weights and tokenizer, immutable: any number of threads may use a model, and clones of it share the weights.
///
/// ```
/// # let path = include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/demo_model.rs"));
/// use dlgo::{Model, ModelOptions};
///
/// let model = Model::load_with(path, &ModelOptions::new().device("cpu"))?;
/// println!("{} layers of {}", model.info()?.layers, model.info()?.architecture);
/// let tokens = model.tokenize("Paris is nice")?;
/// assert_eq!(model.detokenize(&tokens)?.trim(), "Paris is nice");
/// # Ok::<(), dlgo::Error>(())
/// ```
#[derive(Clone)]
pub struct Model {
    handle: Arc<Handle>,
}

struct Handle {
    llm: NonNull<sys::dlgo_llm>,
}

// SAFETY: the library says that a dlgo_llm is immutable and usable from any thread.
unsafe impl Send for Handle {}
unsafe impl Sync for Handle {}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: ours alone; sessions keep what they need.
        unsafe { sys::dlgo_llm_free(self.llm.as_ptr()) }
    }
}

/// What [`Model::tokenize_with`] does with special tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokenize {
    /// Add those that the model's metadata asks for (BOS, EOS, ...).
    pub add_special: bool,
    /// Those spelled out in the text become tokens.
    pub parse_special: bool,
}

unsafe extern "C" fn on_progress(fraction: f32, user_data: *mut c_void) -> i32 {
    // SAFETY: the guard of load(), which waits for this call.
    let guard = unsafe { &mut *user_data.cast::<Guard<'_, dyn FnMut(f32) -> ControlFlow<()> + '_>>() };
    guard.call(|progress| progress(fraction))
}

impl Model {
    /// Loads a GGUF file, for a split model its first one, with the default options.
    pub fn load(path: impl AsRef<Path>) -> Result<Model> {
        Self::load_with(path, &ModelOptions::new())
    }

    pub fn load_with(path: impl AsRef<Path>, options: &ModelOptions) -> Result<Model> {
        Self::load_raw(path.as_ref(), &options.to_raw()?.raw)
    }

    /// `progress` gets the loaded fraction, 0 to 1; `Break` ends the load with [`Error::Cancelled`].
    pub fn load_with_progress(
        path: impl AsRef<Path>,
        options: &ModelOptions,
        mut progress: impl FnMut(f32) -> ControlFlow<()>,
    ) -> Result<Model> {
        let options = options.to_raw()?;
        let mut guard: Guard<'_, dyn FnMut(f32) -> ControlFlow<()> + '_> = Guard::new(&mut progress);
        let raw = sys::dlgo_llm_options {
            progress: Some(on_progress),
            progress_user_data: (&mut guard as *mut Guard<'_, dyn FnMut(f32) -> ControlFlow<()> + '_>).cast(),
            ..options.raw
        };
        let model = Self::load_raw(path.as_ref(), &raw);
        guard.resume();
        model
    }

    fn load_raw(path: &Path, options: &sys::dlgo_llm_options) -> Result<Model> {
        let path = c_path(path)?;
        let mut llm = ptr::null_mut();
        // SAFETY: valid pointers; the options live during the call.
        check(unsafe { sys::dlgo_llm_load(path.as_ptr(), options, &mut llm) })?;
        let llm = NonNull::new(llm).ok_or_else(|| Error::Internal("no model".into()))?;
        Ok(Model { handle: Arc::new(Handle { llm }) })
    }

    /// What loading the model and one session would put where; reads only the file's header.
    pub fn estimate(path: impl AsRef<Path>, options: &ModelOptions) -> Result<MemoryPlan> {
        let (path, options) = (c_path(path.as_ref())?, options.to_raw()?);
        // SAFETY: valid pointers, a struct of the right size.
        read(|raw| unsafe { sys::dlgo_llm_estimate(path.as_ptr(), &options.raw, raw) }).map(MemoryPlan::from)
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::dlgo_llm {
        self.handle.llm.as_ptr()
    }

    /// A new, empty conversation.
    pub fn session(&self) -> Result<Session> {
        self.session_with(&SessionOptions::new())
    }

    pub fn session_with(&self, options: &SessionOptions) -> Result<Session> {
        Session::create(self, options)
    }

    pub fn info(&self) -> Result<ModelInfo> {
        // SAFETY: a struct of the right size.
        read(|raw| unsafe { sys::dlgo_llm_get_info(self.as_ptr(), raw) }).map(ModelInfo::from)
    }

    /// Metadata of the file as text, in its order.
    pub fn metadata(&self) -> Result<Vec<(String, String)>> {
        // SAFETY: valid pointers; key and value are ours when the call succeeds.
        unsafe {
            (0..sys::dlgo_llm_metadata_count(self.as_ptr()))
                .map(|i| {
                    let (mut key, mut value) = (ptr::null_mut(), ptr::null_mut());
                    check(sys::dlgo_llm_metadata_get(self.as_ptr(), i, &mut key, &mut value))?;
                    Ok((take(key), take(value)))
                })
                .collect()
        }
    }

    /// The value of one key, if the file has it.
    pub fn metadata_value(&self, key: &str) -> Result<Option<String>> {
        let key = c_string(key, "the key")?;
        let mut value = ptr::null_mut();
        // SAFETY: valid pointers; the value is ours when the call succeeds.
        match unsafe { sys::dlgo_llm_metadata_find(self.as_ptr(), key.as_ptr(), &mut value) } {
            sys::DLGO_ERROR_INVALID_ARGUMENT => Ok(None),
            status => check(status).map(|()| Some(unsafe { take(value) })),
        }
    }

    pub fn tensors(&self) -> Result<Vec<TensorInfo>> {
        // SAFETY: structs of the right size.
        let count = unsafe { sys::dlgo_llm_tensor_count(self.as_ptr()) };
        (0..count).map(|i| read(|raw| unsafe { sys::dlgo_llm_tensor_get(self.as_ptr(), i, raw) }).map(TensorInfo::from)).collect()
    }

    /// Tokens of a text, or of any bytes, without special tokens.
    pub fn tokenize(&self, text: impl AsRef<[u8]>) -> Result<Vec<i32>> {
        self.tokenize_with(text, Tokenize::default())
    }

    pub fn tokenize_with(&self, text: impl AsRef<[u8]>, special: Tokenize) -> Result<Vec<i32>> {
        let text = text.as_ref();
        let add = if special.add_special { sys::DLGO_TOKENIZE_ADD_BOS } else { 0 };
        let parse = if special.parse_special { sys::DLGO_TOKENIZE_PARSE_SPECIAL } else { 0 };
        // Hardly ever more tokens than bytes and a few special ones.
        fill(text.len() + 8, |out, cap, n| unsafe {
            sys::dlgo_llm_tokenize(self.as_ptr(), text.as_ptr().cast::<c_char>(), text.len(), add | parse, out, cap, n)
        })
    }

    /// The text of tokens, without special ones. What is not UTF-8 becomes U+FFFD.
    pub fn detokenize(&self, tokens: &[i32]) -> Result<String> {
        self.detokenize_bytes(tokens, false).map(|bytes| match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        })
    }

    /// The bytes of tokens, which may end within a character. `special`: special tokens as their text.
    pub fn detokenize_bytes(&self, tokens: &[i32], special: bool) -> Result<Vec<u8>> {
        let flags = if special { sys::DLGO_DETOKENIZE_SPECIAL } else { 0 };
        fill(8 * tokens.len(), |out: *mut u8, cap, n| unsafe {
            sys::dlgo_llm_detokenize(self.as_ptr(), tokens.as_ptr(), tokens.len(), flags, out.cast::<c_char>(), cap, n)
        })
    }

    /// The text that a chat gives to the model.
    pub fn format_chat(&self, conversation: impl Into<Conversation>, options: &ChatOptions) -> Result<String> {
        let (conversation, options) = (conversation.into().to_raw()?, options.to_raw()?);
        let messages = &conversation.messages;
        let mut out = ptr::null_mut();
        // SAFETY: valid pointers; out is ours when the call succeeds.
        unsafe {
            check(sys::dlgo_llm_format_chat(self.as_ptr(), messages.as_ptr(), messages.len(), &options.raw, &mut out))?;
            Ok(take(out))
        }
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("handle", &self.handle.llm).finish()
    }
}

/// A list that the library writes with `call(out, cap, n)`; when `guess` elements do not suffice, it says how many do.
fn fill<T>(guess: usize, call: impl Fn(*mut T, usize, *mut usize) -> i32) -> Result<Vec<T>> {
    let mut out = Vec::with_capacity(guess);
    let mut n = 0;
    let mut status = call(out.as_mut_ptr(), out.capacity(), &mut n);
    if n > out.capacity() {
        out.reserve_exact(n);
        status = call(out.as_mut_ptr(), out.capacity(), &mut n);
    }
    check(status)?;
    // SAFETY: the library wrote n elements.
    unsafe { out.set_len(n) };
    Ok(out)
}
