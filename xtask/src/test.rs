//! `cargo xtask test`: every check that a change must pass, cheap ones first.
//!
//! Stops at the first failure and says what was not run. All native steps take their features from
//! the whole workspace and share one target folder, so that the webview is compiled once to be
//! checked and once to be run, and never again.

use std::{fs, process::Command};

use crate::{
    command::{self, TestCount, find_program, succeeds},
    crate_package, deny,
    display::Screen,
    error::{TaskError, file},
    examples, fuzz, interop, package, page,
    provision::{self, Purpose},
    soak,
    step::Steps,
    typescript,
    version::Version,
    wasm_cases,
    workspace::Workspace,
};

/// The compiler whose messages are on record in the tests of the macros, and whose lints the code
/// is clean under.
const RECORDED_RUSTC: &str = "1.95.0";

const EXTERNAL_APP: &str = "tests/external-app";

/// The apps that the window tests show; they look for them beside the real one.
const TEST_HOSTS: [&str; 3] = [
    "twinbridge-window-test-host",
    "twinbridge-lab",
    "twinbridge-typescript-sample",
];

/// How much to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What needs no window.
    Quick,
    /// Everything that a change must pass.
    Usual,
    /// The package and the dependencies, too: minutes of compiling, and another's database.
    Full,
}

impl Extent {
    /// # Errors
    /// A sentence on what is not understood.
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        match words {
            [] => Ok(Self::Usual),
            [word] if word == "--quick" => Ok(Self::Quick),
            [word] if word == "--full" => Ok(Self::Full),
            [word, ..] => Err(format!("`test` does not know `{word}`")),
        }
    }

    fn steps(self) -> Vec<&'static str> {
        let quick = [
            "format",
            "packages",
            "clippy, no window",
            "server, no window",
            "page",
            "crate",
            "wasm tests",
            "clippy",
            "fuzz targets",
            "docs",
            "tests",
            "fault model",
        ];
        let windows = ["interop", "typescript page", "external app", "window tests"];
        match self {
            Self::Quick => quick.to_vec(),
            Self::Usual => quick.into_iter().chain(windows).collect(),
            Self::Full => {
                let steps = quick.into_iter().chain(windows);
                steps.chain(["dependencies", "package"]).collect()
            }
        }
    }

    fn purposes(self) -> &'static [Purpose] {
        match self {
            Self::Quick => &[Purpose::Host, Purpose::WasmTests, Purpose::Fuzz],
            Self::Usual | Self::Full => &[
                Purpose::Host,
                Purpose::WasmTests,
                Purpose::Fuzz,
                Purpose::Interop,
                Purpose::Screen,
                Purpose::Tray,
                Purpose::Driver,
            ],
        }
    }
}

/// Runs the checks and prints the table.
///
/// # Errors
/// The first check that fails.
pub(crate) fn test(workspace: &Workspace, extent: Extent) -> Result<(), TaskError> {
    let compiler = Compiler::find(workspace)?;
    let mut steps = Steps::planned(extent.steps());
    let mut count = TestCount::default();
    let result = checks(workspace, extent, compiler, &mut steps, &mut count);
    println!("\n{}", steps.summary());
    if compiler == Compiler::Other {
        println!("  not compared: compiler messages (trybuild); lints were not errors");
    }
    // After a failure the counts are incomplete, and cargo's own lines above say more.
    if result.is_ok() {
        println!("  {count} in all");
    }
    result
}

/// Writes the pages of the API, and looks for an example of every public type.
///
/// # Errors
/// A warning of rustdoc's, or types without an example.
pub(crate) fn docs(workspace: &Workspace) -> Result<(), TaskError> {
    document(workspace, Compiler::find(workspace)?)
}

fn document(workspace: &Workspace, compiler: Compiler) -> Result<(), TaskError> {
    let mut doc = workspace.cargo();
    doc.args(["doc", "--workspace", "--no-deps"]);
    command::run(compiler.strict(&mut doc, "RUSTDOCFLAGS"))?;
    examples::check(workspace)
}

fn checks(
    workspace: &Workspace,
    extent: Extent,
    compiler: Compiler,
    steps: &mut Steps,
    count: &mut TestCount,
) -> Result<(), TaskError> {
    steps.run("format", || format(workspace))?;
    steps.run("packages", || {
        provision::provide(workspace, extent.purposes())
    })?;
    // Compiling the host reads this folder, even where nothing in it is used.
    let folder = workspace.page_folder();
    fs::create_dir_all(&folder).map_err(file("creating", &folder))?;
    steps.run("clippy, no window", || {
        let narrow = ["--package", "twinbridge", "--no-default-features"];
        compiler.clippy(workspace, &narrow.map(str::to_owned))
    })?;
    let counted = steps.run("server, no window", || {
        // Its tests start the program that is built here.
        let mut test = workspace.cargo();
        test.args(["test", "--package", "twinbridge", "--no-default-features"]);
        test.args(["--test", "serve"]);
        command::run_tests(&mut test)
    })?;
    record(steps, count, counted);
    // The pages go before everything that compiles the hosts, which hold them inside.
    steps.run("page", || {
        page::build(workspace, &page::EXPLORER)?;
        page::build(workspace, &page::LAB)
    })?;
    steps.run("crate", || crate_package::check(workspace))?;
    let counted = steps.run("wasm tests", || wasm_cases::run(workspace))?;
    record(steps, count, counted);
    steps.run("clippy", || {
        compiler.clippy(
            workspace,
            &["--workspace", "--all-targets"].map(str::to_owned),
        )?;
        // Those that a plain `cargo test` leaves alone are no part of `--all-targets`.
        match chosen(workspace.tests_apart()) {
            Some(args) => compiler.clippy(workspace, &args),
            None => Ok(()),
        }
    })?;
    // Not run here; but a target that does not compile any more finds nothing either.
    steps.run("fuzz targets", || {
        compiler.clippy(workspace, &fuzz::clippy_args(workspace))
    })?;
    steps.run("docs", || document(workspace, compiler))?;
    let counted = steps.run("tests", || {
        let mut test = workspace.cargo();
        test.args(["test", "--workspace"]);
        command::run_tests(compiler.known_messages(&mut test))
    })?;
    record(steps, count, counted);
    let counted = steps.run("fault model", || soak::test(workspace))?;
    record(steps, count, counted);
    if extent != Extent::Quick {
        let counted = steps.run("interop", || {
            interop::run(workspace, |test| {
                compiler.known_messages(test);
            })
        })?;
        record(steps, count, counted);
        steps.run("typescript page", || typescript::build(workspace))?;
        with_windows(workspace, compiler, steps, count)?;
    }
    if extent == Extent::Full {
        steps.run("dependencies", || deny::check(workspace))?;
        steps.run("package", || {
            package::package(workspace, package::Options::CHECKED)
        })?;
    }
    Ok(())
}

fn with_windows(
    workspace: &Workspace,
    compiler: Compiler,
    steps: &mut Steps,
    count: &mut TestCount,
) -> Result<(), TaskError> {
    let screen = Screen::in_memory(workspace)?;
    let counted = steps.run("external app", || {
        external_app(workspace, compiler, &screen)
    })?;
    record(steps, count, counted);
    let counted = steps.run("window tests", || {
        let Some(args) = window_test_args(workspace) else {
            println!(
                "    the root package has no test with `test = false`, so there is none to run"
            );
            return Ok(TestCount::default());
        };
        build_hosts(workspace)?;
        let mut test = workspace.cargo();
        test.arg("test")
            .args(args)
            .env("TWINBRIDGE_BIN", workspace.host("debug"));
        // Two windows at once would share the processor and the keyboard focus.
        test.args(["--", "--test-threads=1"]);
        command::run_tests(screen.show(compiler.known_messages(&mut test)))
    })?;
    record(steps, count, counted);
    Ok(())
}

/// Builds the apps that the window tests show.
pub(crate) fn build_hosts(workspace: &Workspace) -> Result<(), TaskError> {
    let mut hosts = workspace.cargo();
    hosts.args(["build", "--workspace"]);
    for host in TEST_HOSTS {
        hosts.args(["--bin", host]);
    }
    command::run(&mut hosts)
}

fn format(workspace: &Workspace) -> Result<(), TaskError> {
    for component in ["rustfmt", "clippy"] {
        let subcommand = if component == "rustfmt" {
            "fmt"
        } else {
            component
        };
        let present = succeeds(workspace.cargo().args([subcommand, "--version"]));
        // Without rustup the step itself fails below, and cargo says what is missing.
        if !present && find_program("rustup").is_some() {
            println!("    {component} is missing from this toolchain");
            let mut rustup = Command::new("rustup");
            rustup
                .args(["component", "add", component])
                .current_dir(workspace.path(""));
            command::run(&mut rustup)?;
        }
    }
    let help = Some("`cargo fmt --all` makes it so");
    command::run_with_help(
        workspace.cargo().args(["fmt", "--all", "--", "--check"]),
        help,
    )?;
    // Outside the workspace, so `--all` does not reach them.
    for folder in [EXTERNAL_APP, soak::FAULT_MODEL, fuzz::FOLDER] {
        let manifest = workspace.path(folder).join("Cargo.toml");
        if manifest.exists() {
            let mut fmt = workspace.cargo();
            fmt.args(["fmt", "--all", "--manifest-path"])
                .arg(manifest)
                .args(["--", "--check"]);
            command::run_with_help(&mut fmt, Some("`cargo fmt` in that folder makes it so"))?;
        }
    }
    Ok(())
}

/// Tests the app that uses this repository from outside, as a stranger's would, by its own
/// commands.
fn external_app(
    workspace: &Workspace,
    compiler: Compiler,
    screen: &Screen,
) -> Result<TestCount, TaskError> {
    let folder = workspace.path(EXTERNAL_APP);
    // With the same versions its dependencies are those compiled already.
    let lock = folder.join("Cargo.lock");
    fs::copy(workspace.path("Cargo.lock"), &lock).map_err(file("writing", &lock))?;
    let mut page = workspace.cargo();
    page.args(["xtask", "page"]);
    page.current_dir(&folder)
        .env("CARGO_TARGET_DIR", workspace.target());
    command::run(&mut page)?;
    let mut test = workspace.cargo();
    test.args(["test", "--workspace", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", workspace.target());
    test.args(["--", "--test-threads=1"]);
    command::run_tests(screen.show(compiler.known_messages(&mut test)))
}

/// Arguments that choose the window tests, or `None` where there are none.
///
/// With `--workspace`, so that features and with them the compiled dependencies stay the same.
fn window_test_args(workspace: &Workspace) -> Option<Vec<String>> {
    let names = workspace.tests_apart().iter();
    let names: Vec<_> = names
        .filter(|name| ![interop::TEST, package::TEST].contains(&name.as_str()))
        .cloned()
        .collect();
    chosen(&names)
}

/// Arguments that choose tests of the root package by name.
fn chosen(names: &[String]) -> Option<Vec<String>> {
    let chosen = names
        .iter()
        .flat_map(|name| ["--test".to_owned(), name.clone()]);
    (!names.is_empty()).then(|| {
        std::iter::once("--workspace".to_owned())
            .chain(chosen)
            .collect()
    })
}

fn record(steps: &mut Steps, count: &mut TestCount, counted: TestCount) {
    steps.note(counted.to_string());
    *count += counted;
}

/// Whether the compiler is the one whose messages and lints are on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compiler {
    Recorded,
    Other,
}

impl Compiler {
    fn find(workspace: &Workspace) -> Result<Self, TaskError> {
        let (version, _) = workspace.rustc()?;
        if Version::find(RECORDED_RUSTC) == Some(version) {
            return Ok(Self::Recorded);
        }
        println!(
            "rustc is {version} and not {RECORDED_RUSTC}: expected compiler messages (trybuild) \
             are not compared, and lints are shown but fail nothing."
        );
        Ok(Self::Other)
    }

    fn clippy(self, workspace: &Workspace, args: &[String]) -> Result<(), TaskError> {
        let mut clippy = workspace.cargo();
        clippy.arg("clippy").args(args);
        if self == Self::Recorded {
            clippy.args(["--", "-D", "warnings"]);
        }
        command::run(&mut clippy)
    }

    /// Turns warnings into errors by the variable `flags`.
    fn strict<'a>(self, command: &'a mut Command, flags: &str) -> &'a mut Command {
        if self == Self::Recorded {
            command.env(flags, "-D warnings");
        }
        command
    }

    /// Tells the tests whether the compiler's messages are those on record.
    fn known_messages(self, command: &mut Command) -> &mut Command {
        if self == Self::Other {
            command.env("TWINBRIDGE_SKIP_TRYBUILD", "1");
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_leaves_out_what_needs_a_window_or_a_browser_and_nothing_else() {
        let (quick, usual) = (Extent::Quick.steps(), Extent::Usual.steps());
        assert!(usual.starts_with(&quick));
        assert_eq!(
            usual[quick.len()..],
            ["interop", "typescript page", "external app", "window tests"]
        );
        let full = Extent::Full.steps();
        assert!(full.starts_with(&usual));
        assert_eq!(full[usual.len()..], ["dependencies", "package"]);
        assert!(
            Extent::Usual
                .purposes()
                .starts_with(Extent::Quick.purposes())
        );
    }

    #[test]
    fn the_recorded_compiler_is_a_version() {
        assert_eq!(
            Version::find(RECORDED_RUSTC).unwrap().to_string(),
            RECORDED_RUSTC
        );
    }
}
