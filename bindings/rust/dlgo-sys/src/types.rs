//! The types of dlgo.h. A field that is `type` there is `type_` here.

use std::marker::{PhantomData, PhantomPinned};
use std::os::raw::{c_char, c_void};

pub type dlgo_status = i32;

pub type dlgo_log_callback = Option<unsafe extern "C" fn(level: i32, message: *const c_char, user_data: *mut c_void)>;
pub type dlgo_progress_callback = Option<unsafe extern "C" fn(fraction: f32, user_data: *mut c_void) -> i32>;
pub type dlgo_token_callback = Option<unsafe extern "C" fn(event: *const dlgo_token_event, user_data: *mut c_void) -> i32>;

/// Weights and tokenizer.
#[repr(C)]
pub struct dlgo_llm {
    _data: [u8; 0],
    _marker: PhantomData<(*mut u8, PhantomPinned)>,
}

/// One conversation.
#[repr(C)]
pub struct dlgo_session {
    _data: [u8; 0],
    _marker: PhantomData<(*mut u8, PhantomPinned)>,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dlgo_device_info {
    pub struct_size: u32,
    pub type_: i32,
    pub name: [c_char; 32],
    pub description: [c_char; 256],
    pub features: [c_char; 256],
    pub memory_total: u64,
    pub memory_free: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dlgo_llm_options {
    pub struct_size: u32,
    pub gpu_layers: i32,
    pub device: *const c_char,
    pub vram_budget: u64,
    pub threads: i32,
    pub vocab_only: i32,
    pub use_mmap: i32,
    pub reserved0: i32,
    pub isa: *const c_char,
    pub max_context: u32,
    pub reserved1: u32,
    pub progress: dlgo_progress_callback,
    pub progress_user_data: *mut c_void,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dlgo_memory_plan {
    pub struct_size: u32,
    pub layers: i32,
    pub gpu_layers: i32,
    pub reserved: i32,
    pub device: [c_char; 32],
    pub host_weights: u64,
    pub device_weights: u64,
    pub host_state: u64,
    pub device_state: u64,
    pub host_scratch: u64,
    pub device_scratch: u64,
    pub host_repacked: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dlgo_llm_info {
    pub struct_size: u32,
    pub layers: i32,
    pub architecture: [c_char; 64],
    pub name: [c_char; 256],
    pub device: [c_char; 32],
    pub isa: [c_char; 32],
    pub parameters: u64,
    pub weight_bytes: u64,
    pub context_length: u64,
    pub vocab_size: u32,
    pub embedding_length: u32,
    pub gpu_layers: i32,
    pub threads: i32,
    pub bos_token: i32,
    pub eos_token: i32,
    pub has_chat_template: i32,
    pub has_weights: i32,
    pub active_parameters: u64,
    pub repacked_bytes: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dlgo_tensor_info {
    pub struct_size: u32,
    pub n_dims: u32,
    pub dims: [u64; 4],
    pub bytes: u64,
    pub name: [c_char; 128],
    pub type_: [c_char; 16],
    pub device: [c_char; 32],
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dlgo_message {
    pub role: *const c_char,
    pub content: *const c_char,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dlgo_chat_options {
    pub struct_size: u32,
    pub add_generation_prompt: i32,
    pub template_text: *const c_char,
    pub tools_json: *const c_char,
    pub extra_json: *const c_char,
    pub parse_special: i32,
    pub reserved: i32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dlgo_session_options {
    pub struct_size: u32,
    pub n_ctx: u32,
    pub n_ubatch: u32,
    pub kv_type: i32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dlgo_logit_bias {
    pub token: i32,
    pub bias: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dlgo_generate_options {
    pub struct_size: u32,
    pub max_tokens: i32,
    pub temperature: f32,
    pub top_k: i32,
    pub top_p: f32,
    pub min_p: f32,
    pub repetition_penalty: f32,
    pub presence_penalty: f32,
    pub frequency_penalty: f32,
    pub penalty_last_n: i32,
    pub seed: u64,
    pub stop: *const *const c_char,
    pub n_stop: usize,
    pub logit_bias: *const dlgo_logit_bias,
    pub n_logit_bias: usize,
    pub grammar: *const c_char,
    pub json_schema: *const c_char,
    pub logprobs: i32,
    pub parse_special: i32,
    pub ignore_eos: i32,
    pub reserved: i32,
    pub chat: *const dlgo_chat_options,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dlgo_token_logprob {
    pub token: i32,
    pub logprob: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dlgo_token_event {
    pub struct_size: u32,
    pub token: i32,
    pub text: *const c_char,
    pub text_len: usize,
    pub logprob: f32,
    pub n_top: u32,
    pub top: *const dlgo_token_logprob,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct dlgo_stats {
    pub struct_size: u32,
    pub stop_reason: i32,
    pub prompt_tokens: u64,
    pub cached_tokens: u64,
    pub generated_tokens: u64,
    pub prompt_ms: f64,
    pub generate_ms: f64,
    pub load_ms: f64,
}
