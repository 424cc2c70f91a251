//! One variant for each status of the C library.

use std::ffi::CStr;
use std::fmt;

use dlgo_sys as sys;

pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed, each with the library's message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// An argument is out of range, or text contains a zero byte.
    InvalidArgument(String),
    /// A file cannot be opened, read or written.
    Io(String),
    /// A file is corrupt, truncated or of another format.
    Format(String),
    /// A valid file that needs what this version lacks; the message names it.
    Unsupported(String),
    /// Host or device memory; the message names the bytes needed.
    OutOfMemory(String),
    /// The tokens do not fit into the session's context.
    ContextFull(String),
    /// A [`CancelHandle`](crate::CancelHandle) or a progress callback ended the call.
    Cancelled(String),
    /// A device failed or was lost; sessions on it are unusable.
    Device(String),
    /// A bug in dlgo.
    Internal(String),
}

impl Error {
    /// The code in the C API.
    pub fn status(&self) -> i32 {
        match self {
            Error::InvalidArgument(_) => sys::DLGO_ERROR_INVALID_ARGUMENT,
            Error::Io(_) => sys::DLGO_ERROR_IO,
            Error::Format(_) => sys::DLGO_ERROR_FORMAT,
            Error::Unsupported(_) => sys::DLGO_ERROR_UNSUPPORTED,
            Error::OutOfMemory(_) => sys::DLGO_ERROR_OUT_OF_MEMORY,
            Error::ContextFull(_) => sys::DLGO_ERROR_CONTEXT_FULL,
            Error::Cancelled(_) => sys::DLGO_ERROR_CANCELLED,
            Error::Device(_) => sys::DLGO_ERROR_DEVICE,
            Error::Internal(_) => sys::DLGO_ERROR_INTERNAL,
        }
    }

    pub fn message(&self) -> &str {
        match self {
            Error::InvalidArgument(m) | Error::Io(m) | Error::Format(m) | Error::Unsupported(m) | Error::OutOfMemory(m) => m,
            Error::ContextFull(m) | Error::Cancelled(m) | Error::Device(m) | Error::Internal(m) => m,
        }
    }

    fn of(status: i32, message: String) -> Error {
        let variant = match status {
            sys::DLGO_ERROR_INVALID_ARGUMENT => Error::InvalidArgument,
            sys::DLGO_ERROR_IO => Error::Io,
            sys::DLGO_ERROR_FORMAT => Error::Format,
            sys::DLGO_ERROR_UNSUPPORTED => Error::Unsupported,
            sys::DLGO_ERROR_OUT_OF_MEMORY => Error::OutOfMemory,
            sys::DLGO_ERROR_CONTEXT_FULL => Error::ContextFull,
            sys::DLGO_ERROR_CANCELLED => Error::Cancelled,
            sys::DLGO_ERROR_DEVICE => Error::Device,
            _ => Error::Internal,
        };
        variant(message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: never NULL, static storage.
        let name = unsafe { CStr::from_ptr(sys::dlgo_status_string(self.status())) }.to_string_lossy();
        match self.message() {
            "" => f.write_str(&name),
            message => write!(f, "{}: {}", name, message),
        }
    }
}

impl std::error::Error for Error {}

/// Must follow the call in the same thread: the library keeps the message there.
pub(crate) fn check(status: i32) -> Result<()> {
    if status == sys::DLGO_OK {
        return Ok(());
    }
    // SAFETY: never NULL, valid until the thread's next failure.
    let message = unsafe { CStr::from_ptr(sys::dlgo_last_error()) }.to_string_lossy().into_owned();
    Err(Error::of(status, message))
}
