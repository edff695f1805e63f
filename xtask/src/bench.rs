//! `cargo xtask bench`: the figures of the bridge, measured in the real window, of RPC, or of what
//! the default app is made of.
//!
//! Always a release build, on a screen in memory where there is a window, so that figures of two
//! machines compare. The benchmarks themselves are packages and get the remaining arguments.

use std::process::Command;

use crate::{
    command,
    display::Screen,
    error::TaskError,
    interop, npm, page,
    provision::{self, Purpose},
    step::Steps,
    workspace::Workspace,
};

/// Chooses the benchmark of RPC.
const RPC: &str = "--rpc";
/// Its packages: what measures, and the server that is measured.
const RPC_PACKAGES: [&str; 2] = ["twinbridge-bench-rpc", "twinbridge-interop-server"];
/// Chooses the benchmark of the built-in handlers.
const APP: &str = "--app";
/// Its package.
const APP_PACKAGE: &str = "twinbridge-bench-app";

/// Builds what is measured and runs a benchmark with `args`.
///
/// # Errors
/// The first step that fails.
pub(crate) fn bench(workspace: &Workspace, args: &[String]) -> Result<(), TaskError> {
    // One `--` is this program's to add, whether or not the caller wrote it.
    let args = args.strip_prefix(&["--".to_owned()]).unwrap_or(args);
    if args.iter().any(|argument| argument == RPC) {
        let others = args.iter().filter(|argument| *argument != RPC);
        rpc(workspace, others)
    } else if args.iter().any(|argument| argument == APP) {
        let others: Vec<_> = args.iter().filter(|word| *word != APP).cloned().collect();
        app(workspace, &others)?;
        let screen = ["--only", "screen"].map(str::to_owned);
        bridge(workspace, &[&screen[..], &others].concat())
    } else {
        bridge(workspace, args)
    }
}

fn bridge(workspace: &Workspace, args: &[String]) -> Result<(), TaskError> {
    let mut steps = Steps::planned(vec!["packages", "page", "host", "bench"]);
    let purposes = [Purpose::Host, Purpose::Screen, Purpose::Driver];
    steps.run("packages", || provision::provide(workspace, &purposes))?;
    steps.run("page", || {
        page::build(workspace, &page::BENCH)?;
        // The whole app is started, too.
        page::build(workspace, &page::EXPLORER)
    })?;
    let host = steps.run("host", || workspace.build_host("release"))?;
    steps.run("bench", || {
        let screen = Screen::in_memory(workspace)?;
        let mut bench = workspace.cargo();
        bench
            .args(["bench", "--workspace", "--bench", "bridge", "--"])
            .args(args);
        bench.env("TWINBRIDGE_BIN", host);
        command::run(screen.show(&mut bench))
    })
}

/// No window is needed, and none is compiled.
fn rpc<'a>(workspace: &Workspace, args: impl Iterator<Item = &'a String>) -> Result<(), TaskError> {
    let mut steps = Steps::planned(vec!["packages", "npm", "build", "bench"]);
    steps.run("packages", || {
        provision::provide(workspace, &[Purpose::Load])
    })?;
    let node = steps.run("npm", || npm::provide(workspace, interop::FOLDER))?;
    steps.run("build", || {
        let mut build = workspace.cargo();
        build.args(["build", "--release"]);
        for package in RPC_PACKAGES {
            build.args(["--package", package]);
        }
        command::run(&mut build)
    })?;
    steps.run("bench", || {
        let program = workspace.target().join("release").join(RPC_PACKAGES[0]);
        let mut bench = Command::new(program);
        bench.args(args).env("TWINBRIDGE_NODE", node);
        command::run(&mut bench)
    })
}

/// Large files and stores, against other programs. No window is needed here either.
fn app(workspace: &Workspace, args: &[String]) -> Result<(), TaskError> {
    let mut steps = Steps::planned(vec!["packages", "build", "bench"]);
    steps.run("packages", || {
        provision::provide(workspace, &[Purpose::Search])
    })?;
    steps.run("build", || {
        let mut build = workspace.cargo();
        build.args(["build", "--release", "--package", APP_PACKAGE]);
        command::run(&mut build)
    })?;
    steps.run("bench", || {
        let program = workspace.target().join("release").join(APP_PACKAGE);
        let mut bench = Command::new(program);
        command::run(bench.args(args))
    })
}
