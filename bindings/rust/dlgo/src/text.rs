//! Strings across the boundary.

use std::ffi::{CStr, CString};
use std::os::raw::c_char;
use std::path::Path;
use std::ptr;

use dlgo_sys as sys;

use crate::error::{Error, Result};

pub(crate) fn c_string(text: &str, name: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error::InvalidArgument(format!("{} contains a zero byte", name)))
}

pub(crate) fn c_path(path: &Path) -> Result<CString> {
    let text = path.to_str().ok_or_else(|| Error::InvalidArgument(format!("the path {} is not UTF-8", path.display())))?;
    c_string(text, "the path")
}

pub(crate) fn c_option(text: &Option<String>, name: &str) -> Result<Option<CString>> {
    text.as_deref().map(|text| c_string(text, name)).transpose()
}

pub(crate) fn pointer(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(ptr::null(), |text| text.as_ptr())
}

/// Text of the library, which is freed.
///
/// # Safety
/// `text` is NULL or zero-terminated memory of the library.
pub(crate) unsafe fn take(text: *mut c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: as the caller promises.
    unsafe {
        let out = CStr::from_ptr(text).to_string_lossy().into_owned();
        sys::dlgo_free(text.cast());
        out
    }
}

/// Text of an array that a zero ends.
pub(crate) fn fixed(array: &[c_char]) -> String {
    let bytes: Vec<u8> = array.iter().take_while(|&&c| c != 0).map(|&c| c as u8).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}
