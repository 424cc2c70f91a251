//! The functions of dlgo.h.

use std::os::raw::{c_char, c_void};

use crate::types::*;

extern "C" {
    pub fn dlgo_abi_version() -> u32;
    pub fn dlgo_version() -> *const c_char;
    pub fn dlgo_status_string(status: dlgo_status) -> *const c_char;
    pub fn dlgo_last_error() -> *const c_char;
    pub fn dlgo_has_feature(name: *const c_char) -> i32;
    pub fn dlgo_set_log_callback(callback: dlgo_log_callback, user_data: *mut c_void);
    pub fn dlgo_free(memory: *mut c_void);
    pub fn dlgo_device_count() -> i32;
    pub fn dlgo_device_get(index: i32, info: *mut dlgo_device_info) -> dlgo_status;
    pub fn dlgo_llm_options_init(options: *mut dlgo_llm_options);
    pub fn dlgo_llm_load(path: *const c_char, options: *const dlgo_llm_options, out: *mut *mut dlgo_llm) -> dlgo_status;
    pub fn dlgo_llm_free(llm: *mut dlgo_llm);
    pub fn dlgo_llm_estimate(path: *const c_char, options: *const dlgo_llm_options, out: *mut dlgo_memory_plan) -> dlgo_status;
    pub fn dlgo_llm_get_info(llm: *const dlgo_llm, out: *mut dlgo_llm_info) -> dlgo_status;
    pub fn dlgo_llm_metadata_count(llm: *const dlgo_llm) -> usize;
    pub fn dlgo_llm_metadata_get(llm: *const dlgo_llm, index: usize, key: *mut *mut c_char, value: *mut *mut c_char) -> dlgo_status;
    pub fn dlgo_llm_metadata_find(llm: *const dlgo_llm, key: *const c_char, value: *mut *mut c_char) -> dlgo_status;
    pub fn dlgo_llm_tensor_count(llm: *const dlgo_llm) -> usize;
    pub fn dlgo_llm_tensor_get(llm: *const dlgo_llm, index: usize, out: *mut dlgo_tensor_info) -> dlgo_status;
    pub fn dlgo_llm_tokenize(
        llm: *const dlgo_llm,
        text: *const c_char,
        len: usize,
        flags: u32,
        out: *mut i32,
        cap: usize,
        n: *mut usize,
    ) -> dlgo_status;
    pub fn dlgo_llm_detokenize(
        llm: *const dlgo_llm,
        tokens: *const i32,
        n: usize,
        flags: u32,
        out: *mut c_char,
        cap: usize,
        len: *mut usize,
    ) -> dlgo_status;
    pub fn dlgo_chat_options_init(options: *mut dlgo_chat_options);
    pub fn dlgo_llm_format_chat(
        llm: *const dlgo_llm,
        messages: *const dlgo_message,
        n: usize,
        options: *const dlgo_chat_options,
        out: *mut *mut c_char,
    ) -> dlgo_status;
    pub fn dlgo_session_options_init(options: *mut dlgo_session_options);
    pub fn dlgo_session_create(llm: *mut dlgo_llm, options: *const dlgo_session_options, out: *mut *mut dlgo_session) -> dlgo_status;
    pub fn dlgo_session_free(session: *mut dlgo_session);
    pub fn dlgo_session_eval(session: *mut dlgo_session, tokens: *const i32, n: usize, logits: *mut f32) -> dlgo_status;
    pub fn dlgo_session_eval_all(session: *mut dlgo_session, tokens: *const i32, n: usize, logits: *mut f32) -> dlgo_status;
    pub fn dlgo_session_truncate(session: *mut dlgo_session, n_keep: usize) -> dlgo_status;
    pub fn dlgo_session_position(session: *const dlgo_session) -> usize;
    pub fn dlgo_session_save(session: *mut dlgo_session, path: *const c_char) -> dlgo_status;
    pub fn dlgo_session_restore(session: *mut dlgo_session, path: *const c_char) -> dlgo_status;
    pub fn dlgo_session_cancel(session: *mut dlgo_session);
    pub fn dlgo_generate_options_init(options: *mut dlgo_generate_options);
    pub fn dlgo_generate(
        session: *mut dlgo_session,
        prompt: *const c_char,
        options: *const dlgo_generate_options,
        out: *mut *mut c_char,
    ) -> dlgo_status;
    pub fn dlgo_generate_stream(
        session: *mut dlgo_session,
        prompt: *const c_char,
        options: *const dlgo_generate_options,
        callback: dlgo_token_callback,
        user_data: *mut c_void,
        stats: *mut dlgo_stats,
    ) -> dlgo_status;
    pub fn dlgo_chat(
        session: *mut dlgo_session,
        messages: *const dlgo_message,
        n: usize,
        options: *const dlgo_generate_options,
        out: *mut *mut c_char,
    ) -> dlgo_status;
    pub fn dlgo_chat_stream(
        session: *mut dlgo_session,
        messages: *const dlgo_message,
        n: usize,
        options: *const dlgo_generate_options,
        callback: dlgo_token_callback,
        user_data: *mut c_void,
        stats: *mut dlgo_stats,
    ) -> dlgo_status;
}
