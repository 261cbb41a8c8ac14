//! The dashboard is embedded from `web/dist`; a build without one still compiles.

use std::fs;
use std::path::Path;

fn main() {
    let bundle = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/dist");
    if !bundle.exists() {
        let _ = fs::create_dir_all(&bundle);
    }
    println!("cargo::rerun-if-changed={}", bundle.display());
}
