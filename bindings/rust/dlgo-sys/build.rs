//! Finds libdlgo: in DLGO_LIB_DIR, else as a system library, else built from the source in this package.

use std::env;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo:rerun-if-env-changed=DLGO_LIB_DIR");
    println!("cargo:rerun-if-changed=build.rs");
    if env::var_os("DOCS_RS").is_some() {
        return;
    }
    if let Some(directory) = env::var_os("DLGO_LIB_DIR") {
        let directory = PathBuf::from(directory);
        if !directory.join("libdlgo.so").exists() {
            panic!("DLGO_LIB_DIR: there is no libdlgo.so in {}", directory.display());
        }
        link(&directory);
        return;
    }
    let version = env!("CARGO_PKG_VERSION");
    if let Ok(library) = pkg_config::Config::new().atleast_version(version).probe("dlgo") {
        for directory in library.link_paths {
            println!("cargo:libdir={}", directory.display());
        }
        return;
    }
    link(&build_bundled());
}

/// The directory goes to dependent build scripts as DEP_DLGO_LIBDIR.
fn link(directory: &Path) {
    println!("cargo:rustc-link-search=native={}", directory.display());
    println!("cargo:rustc-link-lib=dylib=dlgo");
    println!("cargo:libdir={}", directory.display());
}

fn build_bundled() -> PathBuf {
    let source = Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("source");
    for entry in ["CMakeLists.txt", "cmake", "core", "models", "backends", "include"] {
        println!("cargo:rerun-if-changed={}", source.join(entry).display());
    }
    let installed = cmake::Config::new(&source)
        .profile("Release")
        .define("DLGO_BUILD_TESTS", "OFF")
        .define("DLGO_BUILD_TOOLS", "OFF")
        .define("CMAKE_INSTALL_LIBDIR", "lib")
        .build();
    installed.join("lib")
}
