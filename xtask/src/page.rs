//! A page: its crate as wasm with its JavaScript, made small, beside its static files.
//!
//! Everything ends in a folder under a `target`, which the host embeds. A file there is written only when its
//! content changes, since the host is compiled again whenever one of them is newer.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hasher as _},
    path::{Path, PathBuf},
    process::Command,
};

use wasm_bindgen_cli_support::Bindgen;

use crate::{
    error::{TaskError, file},
    order,
    step::Steps,
    wasm::{self, WasmCompiler},
    workspace::Workspace,
};

/// A crate that is a page.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) package: Cow<'static, str>,
    pub(crate) module: Cow<'static, str>,
    /// Its folder: `index.html`, `static/`, and the crate.
    pub(crate) sources: Cow<'static, str>,
    /// Where it ends.
    pub(crate) folder: Cow<'static, str>,
}

/// The default app's page.
pub(crate) const EXPLORER: Page = Page::of(
    "twinbridge-explorer",
    "twinbridge_explorer",
    "src-frontend/explorer",
    "target/page",
);

/// The benchmark's page.
pub(crate) const BENCH: Page = Page::of(
    "twinbridge-bench-page",
    "twinbridge_bench_page",
    "benches/page",
    "target/bench-page",
);

/// The page that does what window tests ask of it.
pub(crate) const LAB: Page = Page::of(
    "twinbridge-lab-page",
    "twinbridge_lab_page",
    "tests/e2e/page",
    "target/lab-page",
);

impl Page {
    const fn of(
        package: &'static str,
        module: &'static str,
        sources: &'static str,
        folder: &'static str,
    ) -> Self {
        Self {
            package: Cow::Borrowed(package),
            module: Cow::Borrowed(module),
            sources: Cow::Borrowed(sources),
            folder: Cow::Borrowed(folder),
        }
    }

    /// # Errors
    /// A sentence on what is not understood.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        match words[..] {
            [] | ["explorer"] => Ok(EXPLORER),
            ["bench"] => Ok(BENCH),
            ["lab"] => Ok(LAB),
            _ => Err(format!("there is no page `{}`", words.join(" "))),
        }
    }
}

/// `cargo xtask page`.
///
/// # Errors
/// The first step that fails.
pub(crate) fn page(workspace: &Workspace, page: &Page) -> Result<(), TaskError> {
    let mut steps = Steps::planned(vec!["page"]);
    steps.run("page", || build(workspace, page))
}

/// Builds a page into its folder. What has not changed is not made again.
///
/// # Errors
/// When the crate does not compile, or a tool or file is missing.
pub(crate) fn build(workspace: &Workspace, page: &Page) -> Result<(), TaskError> {
    let made = module(workspace, &page.package, &page.module)?;
    let changed = mirror(
        &wanted_files(workspace, &made, page)?,
        &workspace.path(&*page.folder),
    )?;
    println!("    {}: {changed} files changed", page.folder);
    Ok(())
}

/// Turns a page's `cdylib` into its module, as fast as may be: with all its names, as it came from
/// the compiler. What has not changed is not made again.
///
/// # Errors
/// `Bindgen` when the crate's `wasm-bindgen` is of another version than this program's.
pub(crate) fn bind_for_development(
    raw: &Path,
    folder: &Path,
    page: &Page,
) -> Result<(), TaskError> {
    let stamp_file = folder.with_extension("stamp");
    let stamp = stamp(raw)?;
    if fs::read_to_string(&stamp_file).is_ok_and(|last| last == stamp) {
        return Ok(());
    }
    bind(raw, folder, |bindgen| {
        bindgen.web(true)?.out_name(&page.module).debug(false);
        Ok(())
    })?;
    fs::write(&stamp_file, stamp).map_err(file("writing", &stamp_file))
}

/// Puts a page whose module was made into `made` into `folder`, touching only what differs.
///
/// # Errors
/// When a file cannot be read or written.
pub(crate) fn publish(
    workspace: &Workspace,
    made: &Path,
    page: &Page,
    folder: &Path,
) -> Result<(), TaskError> {
    mirror(&wanted_files(workspace, made, page)?, folder)?;
    Ok(())
}

/// Builds a crate into a module called `name`, and returns the folder that holds it.
///
/// # Errors
/// When the crate does not compile, or a tool is missing.
pub(crate) fn module(
    workspace: &Workspace,
    package: &str,
    name: &str,
) -> Result<PathBuf, TaskError> {
    let compiler = WasmCompiler::provide(workspace)?;
    let raw = compiler.build(workspace, package)?;
    let made = wasm::folder(workspace).join(package);
    let stamp_file = made.with_extension("stamp");
    let stamp = stamp(&raw)?;
    if fs::read_to_string(&stamp_file).is_ok_and(|last| last == stamp) {
        println!("    wasm-bindgen: nothing to do, the module is unchanged");
    } else {
        make_module(&raw, &made, name)?;
        fs::write(&stamp_file, stamp).map_err(file("writing", &stamp_file))?;
    }
    Ok(made)
}

/// Turns a `cdylib` into a module and its JavaScript in `folder`, which is emptied first.
///
/// # Errors
/// `Bindgen` when the crate's `wasm-bindgen` is of another version than this program's.
pub(crate) fn bind(
    raw: &Path,
    folder: &Path,
    configure: impl FnOnce(&mut Bindgen) -> Result<(), Box<dyn std::error::Error + Send + Sync>>,
) -> Result<(), TaskError> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(file("emptying", folder))?;
    }
    let mut bindgen = Bindgen::new();
    bindgen.input_path(raw).typescript(false);
    configure(&mut bindgen)
        .and_then(|()| Ok(bindgen.generate(folder)?))
        .map_err(|source| TaskError::Bindgen {
            module: raw.to_owned(),
            source,
        })
}

/// The module as the compiler optimised it, for size and across crates, in an order that packs
/// well. Binaryen's `wasm-opt` would make it about a fifth smaller plain, but no smaller gzipped
/// without choosing its passes one by one, and version 108, which Debian 12 has, rewrites the export
/// of the table that wasm-bindgen keeps JavaScript values in.
fn make_module(raw: &Path, made: &Path, name: &str) -> Result<(), TaskError> {
    bind(raw, made, |bindgen| {
        bindgen
            .web(true)?
            .out_name(name)
            // The names are what functions are sorted by.
            .remove_name_section(false)
            .demangle(false)
            .remove_producers_section(true);
        Ok(())
    })?;
    let module = made.join(format!("{name}_bg.wasm"));
    order::sort_functions(&module)?;
    println!("    module: {}", sizes(&module)?);
    Ok(())
}

/// Every file of the page: its path there, and where its content is.
fn wanted_files(
    workspace: &Workspace,
    made: &Path,
    page: &Page,
) -> Result<BTreeMap<PathBuf, PathBuf>, TaskError> {
    let sources = workspace.path(&*page.sources);
    let mut files = BTreeMap::new();
    collect(&sources.join("static"), Path::new(""), &mut files)?;
    collect(made, Path::new(""), &mut files)?;
    files.insert("index.html".into(), sources.join("index.html"));
    Ok(files)
}

/// Makes `to` hold what a page's folder does, and gives the paths of the files there.
///
/// # Errors
/// When a file cannot be read or written.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<Vec<PathBuf>, TaskError> {
    let mut files = BTreeMap::new();
    collect(from, Path::new(""), &mut files)?;
    mirror(&files, to)?;
    Ok(files.into_keys().collect())
}

fn collect(
    folder: &Path,
    under: &Path,
    files: &mut BTreeMap<PathBuf, PathBuf>,
) -> Result<(), TaskError> {
    // A page needs no static files.
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(file("reading", folder))? {
        let path = entry.map_err(file("reading", folder))?.path();
        let name = under.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            collect(&path, &name, files)?;
        } else {
            files.insert(name, path);
        }
    }
    Ok(())
}

/// Makes `folder` hold exactly `wanted`, touching only what differs. Returns how many files did.
fn mirror(wanted: &BTreeMap<PathBuf, PathBuf>, folder: &Path) -> Result<usize, TaskError> {
    fs::create_dir_all(folder).map_err(file("creating", folder))?;
    let mut changed = 0;
    let mut present = BTreeMap::new();
    collect(folder, Path::new(""), &mut present)?;
    for (name, path) in present {
        if !wanted.contains_key(&name) {
            fs::remove_file(&path).map_err(file("removing", &path))?;
            changed += 1;
        }
    }
    for (name, source) in wanted {
        let to = folder.join(name);
        let content = fs::read(source).map_err(file("reading", source))?;
        if fs::read(&to).is_ok_and(|old| old == content) {
            continue;
        }
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(file("creating", parent))?;
        }
        fs::write(&to, content).map_err(file("writing", &to))?;
        changed += 1;
    }
    Ok(changed)
}

/// Changes when the module does.
fn stamp(raw: &Path) -> Result<String, TaskError> {
    let mut hasher = DefaultHasher::new();
    hasher.write(&fs::read(raw).map_err(file("reading", raw))?);
    Ok(format!("{:016x}", hasher.finish()))
}

fn sizes(module: &Path) -> Result<String, TaskError> {
    let plain = fs::metadata(module).map_err(file("reading", module))?.len();
    // Only a figure to look at, so a machine without gzip goes without.
    let packed = Command::new("gzip").args(["-9", "-c"]).arg(module).output();
    Ok(match packed {
        Ok(output) if output.status.success() => {
            format!(
                "{} kB ({} kB gzipped)",
                plain / 1000,
                output.stdout.len() / 1000
            )
        }
        _ => format!("{} kB", plain / 1000),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that is gone when the test ends.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_page_folder_holds_what_is_wanted_and_unchanged_files_are_not_touched() {
        let scratch = Scratch::new("mirror");
        let (from, to) = (scratch.0.join("from"), scratch.0.join("to"));
        fs::create_dir_all(from.join("fonts")).unwrap();
        fs::write(from.join("style.css"), "body {}").unwrap();
        fs::write(from.join("fonts/a.woff2"), [0, 1, 2]).unwrap();
        let mut wanted = BTreeMap::new();
        collect(&from, Path::new(""), &mut wanted).unwrap();
        assert_eq!(mirror(&wanted, &to).unwrap(), 2);
        assert_eq!(mirror(&wanted, &to).unwrap(), 0);

        fs::write(to.join("gone.js"), "old").unwrap();
        fs::write(from.join("style.css"), "body { margin: 0 }").unwrap();
        assert_eq!(mirror(&wanted, &to).unwrap(), 2);
        assert!(!to.join("gone.js").exists());
        assert_eq!(
            fs::read_to_string(to.join("style.css")).unwrap(),
            "body { margin: 0 }"
        );
        assert_eq!(fs::read(to.join("fonts/a.woff2")).unwrap(), [0, 1, 2]);
    }
}
