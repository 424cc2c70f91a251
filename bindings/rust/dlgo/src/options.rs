//! How a model is loaded and a session made.

use std::ffi::CString;
use std::mem::MaybeUninit;

use dlgo_sys as sys;

use crate::error::Result;
use crate::text::{c_option, pointer};

/// A struct of options with the library's defaults.
pub(crate) fn defaults<T>(init: unsafe extern "C" fn(*mut T)) -> T {
    let mut out = MaybeUninit::uninit();
    // SAFETY: the _init functions fill the whole struct.
    unsafe {
        init(out.as_mut_ptr());
        out.assume_init()
    }
}

/// How to load a model.
///
/// ```
/// let options = dlgo::ModelOptions::new().device("cpu").threads(2);
/// ```
#[derive(Clone, Debug)]
pub struct ModelOptions {
    raw: sys::dlgo_llm_options,
    device: Option<String>,
    isa: Option<String>,
}

// SAFETY: the pointers in raw are NULL.
unsafe impl Send for ModelOptions {}
unsafe impl Sync for ModelOptions {}

impl ModelOptions {
    pub fn new() -> Self {
        ModelOptions { raw: defaults(sys::dlgo_llm_options_init), device: None, isa: None }
    }

    /// "auto" (the default: the best GPU, else the CPU), "cpu", "vulkan" or "vulkan:N".
    pub fn device(mut self, device: impl Into<String>) -> Self {
        self.device = Some(device.into());
        self
    }

    /// Layers on the GPU; by default as many as fit.
    pub fn gpu_layers(mut self, layers: u32) -> Self {
        self.raw.gpu_layers = i32::try_from(layers).unwrap_or(i32::MAX);
        self
    }

    /// Bytes of GPU memory to use at most; 0 = what is free.
    pub fn vram_budget(mut self, bytes: u64) -> Self {
        self.raw.vram_budget = bytes;
        self
    }

    /// CPU threads; 0 = one for each physical core.
    pub fn threads(mut self, threads: i32) -> Self {
        self.raw.threads = threads;
        self
    }

    /// Tokenizer and metadata without weights: sessions cannot be made.
    pub fn vocab_only(mut self, vocab_only: bool) -> Self {
        self.raw.vocab_only = vocab_only.into();
        self
    }

    /// Map the file, shared with other processes, or read it into memory. By default it is mapped, and weights that this CPU reads faster so
    /// are copied, if they take at most an eighth of the free memory.
    pub fn use_mmap(mut self, use_mmap: bool) -> Self {
        self.raw.use_mmap = use_mmap.into();
        self
    }

    /// CPU kernels instead of the best: "scalar", "avx2", "avxvnni", "avx512vnni", "amx".
    pub fn isa(mut self, isa: impl Into<String>) -> Self {
        self.isa = Some(isa.into());
        self
    }

    /// Tokens of context to plan memory for; 0 = what the model was trained for.
    pub fn max_context(mut self, tokens: u32) -> Self {
        self.raw.max_context = tokens;
        self
    }

    pub(crate) fn to_raw(&self) -> Result<RawModelOptions> {
        let (device, isa) = (c_option(&self.device, "device")?, c_option(&self.isa, "isa")?);
        let raw = sys::dlgo_llm_options { device: pointer(&device), isa: pointer(&isa), ..self.raw };
        Ok(RawModelOptions { raw, _text: [device, isa] })
    }
}

impl Default for ModelOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// The C struct and what it points to.
pub(crate) struct RawModelOptions {
    pub raw: sys::dlgo_llm_options,
    _text: [Option<CString>; 2],
}

/// Type of the key/value cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KvType {
    F16,
    F32,
}

/// How to make a session.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    pub(crate) raw: sys::dlgo_session_options,
}

impl SessionOptions {
    pub fn new() -> Self {
        SessionOptions { raw: defaults(sys::dlgo_session_options_init) }
    }

    /// Tokens of context; 0 = what the model was trained for, or its `max_context`.
    pub fn n_ctx(mut self, tokens: u32) -> Self {
        self.raw.n_ctx = tokens;
        self
    }

    /// Tokens that are evaluated at once, 1 to 4096; 0 = 512.
    pub fn n_ubatch(mut self, tokens: u32) -> Self {
        self.raw.n_ubatch = tokens;
        self
    }

    pub fn kv_type(mut self, kv_type: KvType) -> Self {
        self.raw.kv_type = match kv_type {
            KvType::F16 => sys::DLGO_KV_F16,
            KvType::F32 => sys::DLGO_KV_F32,
        };
        self
    }
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self::new()
    }
}
