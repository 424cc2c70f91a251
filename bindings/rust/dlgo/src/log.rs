//! The library's log lines. By default there are none.

use std::ffi::CStr;
use std::os::raw::{c_char, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr;
use std::sync::{Arc, RwLock};

use dlgo_sys as sys;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

type Logger = Arc<dyn Fn(LogLevel, &str) + Send + Sync>;

static LOGGER: RwLock<Option<Logger>> = RwLock::new(None);

unsafe extern "C" fn on_log(level: i32, message: *const c_char, _user_data: *mut c_void) {
    let logger = LOGGER.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
    let level = match level {
        sys::DLGO_LOG_ERROR => LogLevel::Error,
        sys::DLGO_LOG_WARN => LogLevel::Warn,
        sys::DLGO_LOG_INFO => LogLevel::Info,
        _ => LogLevel::Debug,
    };
    if let Some(logger) = logger {
        // SAFETY: zero-terminated, valid during the call.
        let message = unsafe { CStr::from_ptr(message) }.to_string_lossy();
        // Whoever caused the line cannot be told of a panic.
        let _ = catch_unwind(AssertUnwindSafe(|| logger(level, &message)));
    }
}

/// Gives every line of the library to `logger`, from any thread; panics in it are swallowed. One logger for the process.
///
/// ```
/// dlgo::set_logger(|level, line| eprintln!("{:?}: {}", level, line));
/// # dlgo::clear_logger();
/// ```
pub fn set_logger(logger: impl Fn(LogLevel, &str) + Send + Sync + 'static) {
    replace(Some(Arc::new(logger)));
    // SAFETY: the callback is a static function.
    unsafe { sys::dlgo_set_log_callback(Some(on_log), ptr::null_mut()) }
}

/// Back to silence.
pub fn clear_logger() {
    // SAFETY: no callback.
    unsafe { sys::dlgo_set_log_callback(None, ptr::null_mut()) }
    replace(None);
}

fn replace(logger: Option<Logger>) {
    let old = std::mem::replace(&mut *LOGGER.write().unwrap_or_else(|poisoned| poisoned.into_inner()), logger);
    drop(old); // outside the lock: it may log
}
