//! Reads `tauri.conf.json`, and makes sure that there is a page to embed.
//!
//! Without one `generate_context!` stops compilation, so a fresh clone gets a placeholder.

use std::{fs, path::Path};

const PAGE: &str = "../target/page";

fn main() {
    let index = Path::new(PAGE).join("index.html");
    if !index.exists() {
        let text = "<!doctype html><meta charset=utf-8><title>Greeter</title>\
            <p>The page is not built yet: run <code>cargo xtask run</code>.\n";
        fs::create_dir_all(PAGE)
            .and_then(|()| fs::write(&index, text))
            .unwrap_or_else(|error| panic!("writing {}: {error}", index.display()));
    }
    println!("cargo::rerun-if-changed={PAGE}");
    tauri_build::build();
}
