//! `cargo xtask bench`: the figures of the bridge against its peers, in one run.
//!
//! In the window the page measures both sides in turns; within the process `tarpc` is the peer;
//! the start is compared with a bare Tauri window's. Absolute times say little about another
//! machine; ratios within one run do. `--quick` makes fewer rounds and leaves the memory out;
//! `--only window`, `--only in-process` and `--only start` measure that part; `--only screen` measures
//! frames and the painted start of the Explorer, and nothing else does.

mod echo;
mod handler;
mod in_process;
mod probe;
mod report;
mod screen;
#[path = "../figures/spread.rs"]
mod spread;
mod startup;
mod tarpc_echo;
mod window;

use std::{path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    // Cargo itself adds `--bench`.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let only = arguments.iter().position(|argument| argument == "--only");
    let only = only
        .and_then(|at| arguments.get(at + 1))
        .map(String::as_str);
    let done = if has(startup::BARE) {
        startup::bare_window(has(screen::STAY))
    } else if only == Some("screen") {
        match std::env::var_os("TWINBRIDGE_BIN") {
            Some(host) => screen::run(&PathBuf::from(host), if has("--quick") { 3 } else { 9 }),
            None => Err("TWINBRIDGE_BIN names no executable".to_owned()),
        }
    } else {
        run(has("--quick"), only)
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("the benchmark failed: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(is_quick: bool, only: Option<&str>) -> Result<(), String> {
    let wants = |part| only.is_none_or(|only| only == part);
    let rounds = if is_quick { 3 } else { 9 };
    let window = wants("window")
        .then(|| window::run(rounds, !is_quick))
        .transpose()?;
    let in_process = wants("in-process")
        .then(|| in_process::measure(rounds, 20_000))
        .transpose()?;
    let startup = std::env::var_os("TWINBRIDGE_BIN")
        .filter(|_| wants("start"))
        .map(|host| startup::measure(&PathBuf::from(host), rounds))
        .transpose()?;
    let page_bytes = report::gzipped_page();
    print!(
        "{}",
        report::Report {
            window,
            in_process,
            startup,
            page_bytes
        }
    );
    Ok(())
}
