//! Reads `tauri.conf.json`, makes sure that there are pages to embed, and packs the inspector's.
//!
//! `generate_context!` stops compilation where a page's folder is missing, so a fresh clone
//! gets placeholders that say how to build the real ones.

#[cfg(feature = "desktop")]
#[path = "desktop/inspector/built.rs"]
mod built;

fn main() {
    println!("cargo::rerun-if-changed=src-backend/build.rs");
    #[cfg(feature = "desktop")]
    desktop::prepare();
}

#[cfg(feature = "desktop")]
mod desktop {
    use std::{
        env,
        fmt::Write as _,
        fs,
        io::{self, Write as _},
        path::{Path, PathBuf},
    };

    use flate2::{Compression, write::GzEncoder};

    pub(super) fn prepare() {
        for page in ["target/page", "target/bench-page"] {
            write_placeholder(Path::new(page));
            println!("cargo::rerun-if-changed={page}");
        }
        println!("cargo::rerun-if-changed=src-backend/desktop/inspector/built.rs");
        let page =
            crate::built::folder(Path::new("")).unwrap_or_else(|problem| panic!("{problem}"));
        pack_inspector(page)
            .unwrap_or_else(|error| panic!("packing the inspector's page: {error}"));
        let mut attributes = tauri_build::Attributes::new();
        // Of a folder that is not there, cargo thinks that it changes all the time.
        if !Path::new("capabilities").exists() {
            attributes = attributes.capabilities_path_pattern("capabilities/**/*");
        }
        tauri_build::try_build(attributes).unwrap_or_else(|error| panic!("{error:#}"));
    }

    fn write_placeholder(page: &Path) {
        let index = page.join("index.html");
        if !index.exists() {
            let text = "<!doctype html><meta charset=utf-8><title>Twinbridge</title>\
                <p>The page is not built yet: run <code>cargo xtask run</code>.\n";
            fs::create_dir_all(page)
                .and_then(|()| fs::write(&index, text))
                .unwrap_or_else(|error| panic!("writing {}: {error}", index.display()));
        }
    }

    /// Packs each file of the Explorer's page, if it is there, and lists them as Rust.
    fn pack_inspector(page: Option<PathBuf>) -> io::Result<()> {
        let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
        let mut list = "static FILES: &[File] = &[\n".to_owned();
        let mut add = |name: &str, content: &[u8]| -> io::Result<()> {
            let path = out.join(format!("inspector-{name}.gz"));
            let mut packed = GzEncoder::new(fs::File::create(&path)?, Compression::best());
            packed.write_all(content)?;
            packed.finish()?;
            let kind = kind(name);
            writeln!(list, "    ({name:?}, {kind:?}, include_bytes!({path:?})),")
                .map_err(io::Error::other)
        };
        match page {
            Some(folder) => {
                let mut files: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
                files.sort_by_key(fs::DirEntry::file_name);
                for file in files {
                    let name = file.file_name().to_string_lossy().into_owned();
                    if file.file_type()?.is_file() {
                        add(&name, &fs::read(file.path())?)?;
                    }
                }
            }
            None => add(
                "index.html",
                b"<!doctype html><meta charset=utf-8><title>Inspector</title>\
                <p>The inspector's page is not built yet: run <code>cargo xtask page explorer</code> \
                in Twinbridge's repository, and build the app again.\n",
            )?,
        }
        list.push_str("];\n");
        fs::write(out.join("inspector_page.rs"), list)
    }

    fn kind(name: &str) -> &'static str {
        match name.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript",
            Some("css") => "text/css",
            Some("wasm") => "application/wasm",
            _ => "application/octet-stream",
        }
    }
}
