//! The C API of dlgo as it is in `dlgo.h`, where every function is documented. The crate `dlgo` is the safe interface to it.
//!
//! The build script looks for the library
//! 1. in the directory that the environment variable `DLGO_LIB_DIR` names,
//! 2. with pkg-config,
//! 3. in this package: CMake builds it. That needs a C++20 compiler, CMake 3.25, PCRE2 (static) and nlohmann-json.
//!
//! It is always the shared library `libdlgo.so.1`, which programs need at run time too. Its directory is in `DEP_DLGO_LIBDIR` for the build
//! scripts of dependent crates. `cargo run` and `cargo test` find a library that was built here; for one in `DLGO_LIB_DIR` set `LD_LIBRARY_PATH`.
#![allow(non_camel_case_types)]

mod constants;
mod functions;
mod types;

pub use constants::*;
pub use functions::*;
pub use types::*;
