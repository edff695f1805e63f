//! `cargo xtask bench`: the figures of the bridge against Tauri's `invoke`, in one window.
//!
//! The page measures, in turns; this half answers, collects the rounds, and prints a table and
//! JSON. Absolute times say little about another machine; ratios within one run do.

mod handler;
mod report;
mod window;

use std::process::ExitCode;

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
    let quick = arguments.iter().any(|arg| arg == "--quick");
    match window::run(quick) {
        Ok(report) => {
            print!("{report}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("the benchmark failed: {problem}");
            ExitCode::FAILURE
        }
    }
}
