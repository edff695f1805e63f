//! Reads `tauri.conf.json`, and makes sure that there are pages to embed.
//!
//! `generate_context!` stops compilation where a page's folder is missing, so a fresh clone
//! gets placeholders that say how to build the real ones.

fn main() {
    println!("cargo::rerun-if-changed=src-backend/build.rs");
    #[cfg(feature = "desktop")]
    desktop();
}

#[cfg(feature = "desktop")]
fn desktop() {
    for page in ["target/page", "target/bench-page"] {
        write_placeholder(std::path::Path::new(page));
        println!("cargo::rerun-if-changed={page}");
    }
    tauri_build::build();
}

#[cfg(feature = "desktop")]
fn write_placeholder(page: &std::path::Path) {
    let index = page.join("index.html");
    if !index.exists() {
        let text = "<!doctype html><meta charset=utf-8><title>Twinbridge</title>\
            <p>The page is not built yet: run <code>cargo xtask run</code>.\n";
        std::fs::create_dir_all(page)
            .and_then(|()| std::fs::write(&index, text))
            .unwrap_or_else(|error| panic!("writing {}: {error}", index.display()));
    }
}
