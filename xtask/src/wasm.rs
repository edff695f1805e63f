//! Compiling for wasm32, with the target's standard library from wherever it can be had.
//!
//! Two roads: rustup's ready-made target, or `std` built from the library sources that a Linux
//! distribution packages with its own compiler. Used by the page and by the wasm tests, which share
//! a target folder of their own, so that the two compilers never evict each other's work.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    command::{self, find_program},
    error::{TaskError, file},
    provision,
    version::Version,
    workspace::Workspace,
};

/// The target's name.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Set to `rustup` or `distribution`, takes that road and no other.
const ROAD_VARIABLE: &str = "TWINBRIDGE_WASM";

/// The compiler of Debian's web browsers, the only one in a stable release that is young enough,
/// and the sources of its library.
const DISTRIBUTION_PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];
const DISTRIBUTION_RUSTC: &str = "/usr/bin/rustc";

/// A compiler that can make wasm.
#[derive(Debug)]
pub(crate) enum WasmCompiler {
    /// The workspace's own, with the target installed.
    Rustup,
    /// The distribution's, which builds the standard library first.
    Distribution { rustc: PathBuf, linker: PathBuf },
}

impl WasmCompiler {
    /// Finds one, and installs what it takes.
    ///
    /// # Errors
    /// `NoWasm` when neither road leads there.
    pub(crate) fn provide(workspace: &Workspace) -> Result<Self, TaskError> {
        let wanted = std::env::var(ROAD_VARIABLE).unwrap_or_default();
        if wanted != "distribution" && has_ready_made_library(workspace)? {
            return Ok(Self::Rustup);
        }
        // Remembered, since asking an unreachable server again costs its time-out on every run.
        let mark = folder(workspace).join("rustup-cannot-download");
        if wanted == "rustup" || (wanted != "distribution" && !mark.exists()) {
            if add_target(workspace) && has_ready_made_library(workspace)? {
                return Ok(Self::Rustup);
            }
            if wanted == "rustup" {
                return Err(TaskError::NoWasm {
                    reason: "rustup could not install it".into(),
                });
            }
            println!("    rustup cannot provide {TARGET}; building its library from source");
        }
        let compiler = Self::distribution(workspace)?;
        std::fs::create_dir_all(folder(workspace))
            .and_then(|()| std::fs::write(&mark, "delete this file to ask rustup again\n"))
            .map_err(file("writing", &mark))?;
        Ok(compiler)
    }

    /// Compiles `package`, a `cdylib`, as the page is compiled, and returns the `.wasm`.
    ///
    /// # Errors
    /// When it does not compile.
    pub(crate) fn build(&self, workspace: &Workspace, package: &str) -> Result<PathBuf, TaskError> {
        let (mut cargo, made) = self.command(workspace, package, "page");
        command::run(&mut cargo)?;
        Ok(made)
    }

    /// The command that compiles `package` under `profile`, and the `.wasm` that comes of it.
    pub(crate) fn command(
        &self,
        workspace: &Workspace,
        package: &str,
        profile: &str,
    ) -> (Command, PathBuf) {
        let target_folder = folder(workspace);
        let mut cargo = workspace.cargo();
        cargo.args(["build", "--package", package, "--profile", profile]);
        cargo.args(["--target", TARGET]);
        cargo.arg("--lib").env("CARGO_TARGET_DIR", &target_folder);
        // Flags for this machine's processor mean nothing to wasm. This one is Leptos's own: views
        // of one type instead of one type for each view, 18 kB less of the Explorer's packed module.
        cargo
            .env("RUSTFLAGS", "--cfg erase_components")
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        if let Self::Distribution { rustc, linker } = self {
            cargo.arg("-Zbuild-std=std,panic_abort").env("RUSTC", rustc);
            // The library is written in the unstable language; this lets a stable compiler build it.
            cargo.env("RUSTC_BOOTSTRAP", "1");
            cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            // `cargo run` puts the other toolchain's libraries here.
            cargo.env_remove("LD_LIBRARY_PATH");
        }
        let file = format!("{}.wasm", package.replace('-', "_"));
        (cargo, target_folder.join(TARGET).join(profile).join(file))
    }

    fn distribution(workspace: &Workspace) -> Result<Self, TaskError> {
        if let Err(problem) = distribution_rustc() {
            println!(
                "    {problem}; installing {}",
                DISTRIBUTION_PACKAGES.join(" and ")
            );
            provision::install(workspace, &DISTRIBUTION_PACKAGES)?;
        }
        let rustc = distribution_rustc().map_err(|reason| TaskError::NoWasm { reason })?;
        let sysroot = command::read(workspace.rustc_command().args(["--print", "sysroot"]))?;
        let (_, host) = workspace.rustc()?;
        let linker = linker_candidates(Path::new(sysroot.trim()), &host)
            .into_iter()
            .find(|linker| linker.is_file())
            .or_else(|| find_program("rust-lld"))
            .or_else(|| find_program("wasm-ld"))
            .ok_or_else(|| TaskError::NoWasm {
                reason: format!("no rust-lld in {} and no wasm-ld in PATH", sysroot.trim()),
            })?;
        Ok(Self::Distribution { rustc, linker })
    }
}

/// Target folder of everything made for wasm.
pub(crate) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("wasm")
}

fn has_ready_made_library(workspace: &Workspace) -> Result<bool, TaskError> {
    let mut rustc = workspace.rustc_command();
    let folder = command::read(rustc.args(["--print", "target-libdir", "--target", TARGET]))?;
    // The folder's name is printed whether or not it is there.
    let Ok(entries) = std::fs::read_dir(folder.trim()) else {
        return Ok(false);
    };
    Ok(entries
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-")))
}

fn add_target(workspace: &Workspace) -> bool {
    if find_program("rustup").is_none() {
        return false;
    }
    let mut rustup = Command::new("rustup");
    rustup
        .args(["target", "add", TARGET])
        .current_dir(workspace.path(""));
    command::run(&mut rustup).is_ok()
}

/// The distribution's compiler, if it is young enough and has its library's sources; else why not.
fn distribution_rustc() -> Result<PathBuf, String> {
    let oldest = Version::find(env!("CARGO_PKG_RUST_VERSION"))
        .expect("the workspace names its rust-version");
    let rustc = Path::new(DISTRIBUTION_RUSTC);
    let read = |args: &[&str]| {
        // In the root folder no `rust-toolchain.toml` is in force, should this be rustup's proxy.
        let mut command = Command::new(rustc);
        command
            .args(args)
            .current_dir("/")
            .env_remove("LD_LIBRARY_PATH");
        command
            .output()
            .ok()
            .map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned())
    };
    let version = read(&["--version"])
        .and_then(|text| Version::find(&text))
        .ok_or_else(|| format!("there is no {}", rustc.display()))?;
    if version < oldest {
        return Err(format!(
            "{} is {version}, and {oldest} is needed",
            rustc.display()
        ));
    }
    let sysroot = read(&["--print", "sysroot"]).unwrap_or_default();
    let sources = Path::new(&sysroot).join("lib/rustlib/src/rust/library/Cargo.toml");
    if sources.is_file() {
        Ok(rustc.to_owned())
    } else {
        Err(format!(
            "{} has no library sources ({})",
            rustc.display(),
            sources.display()
        ))
    }
}

/// Where a rustup toolchain keeps a linker that knows wasm, the best one first.
fn linker_candidates(sysroot: &Path, host: &str) -> [PathBuf; 2] {
    let programs = sysroot.join("lib/rustlib").join(host).join("bin");
    [programs.join("rust-lld"), programs.join("gcc-ld/wasm-ld")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linker_is_looked_for_beside_the_library_of_the_host() {
        let [first, second] = linker_candidates(Path::new("/t"), "x86_64-unknown-linux-gnu");
        assert_eq!(
            first,
            Path::new("/t/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld")
        );
        assert_eq!(
            second,
            Path::new("/t/lib/rustlib/x86_64-unknown-linux-gnu/bin/gcc-ld/wasm-ld")
        );
    }
}
