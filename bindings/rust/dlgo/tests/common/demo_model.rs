{
    // The demo model of the repository, or DLGO_DEMO_MODEL.
    let bundled = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../share/dlgo/demo.gguf");
    std::env::var_os("DLGO_DEMO_MODEL").map_or_else(|| bundled.into(), std::path::PathBuf::from)
}
