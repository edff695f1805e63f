//! Reads `tauri.conf.json`, and makes sure that the lab has a page to embed.
//!
//! `generate_context!` stops compilation where a page's folder is missing; the folder of the
//! other page is seen to by the root package.

use std::{fs, path::Path};

const LAB_PAGE: &str = "../../../target/lab-page";

fn main() {
    let index = Path::new(LAB_PAGE).join("index.html");
    if !index.exists() {
        let text = "<!doctype html><meta charset=utf-8><title>Lab</title>\
            <p>The page is not built yet: run <code>cargo xtask page lab</code>.\n";
        fs::create_dir_all(LAB_PAGE)
            .and_then(|()| fs::write(&index, text))
            .unwrap_or_else(|error| panic!("writing {}: {error}", index.display()));
    }
    println!("cargo::rerun-if-changed={LAB_PAGE}");
    tauri_build::build();
}
