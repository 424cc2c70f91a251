//! Finds libdlgo: in DLGO_LIB_DIR, else as a system library, else built from the source in this package. No crates: it also works offline.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if env::var_os("DOCS_RS").is_some() {
        return;
    }
    let directory = named().or_else(system).unwrap_or_else(bundled);
    println!("cargo:rustc-link-search=native={}", directory.display());
    println!("cargo:rustc-link-lib=dylib=dlgo");
    // DEP_DLGO_LIBDIR in the build scripts of dependent crates
    println!("cargo:libdir={}", directory.display());
}

fn variable(name: &str) -> Option<OsString> {
    println!("cargo:rerun-if-env-changed={}", name);
    env::var_os(name)
}

fn program(name: &str, default: &str) -> Command {
    Command::new(variable(name).unwrap_or_else(|| default.into()))
}

fn named() -> Option<PathBuf> {
    let directory = PathBuf::from(variable("DLGO_LIB_DIR")?);
    assert!(directory.join("libdlgo.so").exists(), "DLGO_LIB_DIR: there is no libdlgo.so in {}", directory.display());
    Some(directory)
}

fn system() -> Option<PathBuf> {
    variable("PKG_CONFIG_PATH");
    if env::var_os("HOST") != env::var_os("TARGET") {
        return None;
    }
    let pkg_config = |argument: &str| {
        let output = program("PKG_CONFIG", "pkg-config").args([argument, "dlgo"]).output().ok()?;
        String::from_utf8(output.stdout).ok().filter(|_| output.status.success())
    };
    pkg_config(concat!("--atleast-version=", env!("CARGO_PKG_VERSION")))?;
    let directory = pkg_config("--variable=libdir")?;
    Some(PathBuf::from(directory.trim()))
}

fn bundled() -> PathBuf {
    let source = Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("source");
    for entry in fs::read_dir(&source).expect("this package has a folder source").flatten() {
        println!("cargo:rerun-if-changed={}", entry.path().display());
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    let build = out.join("build");
    let jobs = env::var_os("NUM_JOBS").unwrap_or_else(|| "1".into());
    let mut prefix = OsString::from("-DCMAKE_INSTALL_PREFIX=");
    prefix.push(&out);
    cmake(program("CMAKE", "cmake").arg("-S").arg(&source).arg("-B").arg(&build).arg(prefix).args([
        "-DCMAKE_BUILD_TYPE=Release",
        "-DCMAKE_INSTALL_LIBDIR=lib",
        "-DDLGO_BUILD_TESTS=OFF",
        "-DDLGO_BUILD_TOOLS=OFF",
    ]));
    cmake(program("CMAKE", "cmake").arg("--build").arg(&build).arg("--parallel").arg(jobs));
    cmake(program("CMAKE", "cmake").arg("--install").arg(&build));
    out.join("lib")
}

fn cmake(command: &mut Command) {
    match command.status() {
        Ok(status) => assert!(status.success(), "{:?} failed; set DLGO_LIB_DIR to use a library that is built already", command),
        Err(error) => panic!("{:?}: {}; building dlgo needs CMake, a C++20 compiler, PCRE2 and nlohmann-json", command, error),
    }
}
