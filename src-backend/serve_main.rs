//! The default app's server without a webview: what `twinbridge serve` does, for machines that
//! have no display.
//!
//! Nothing but the command line is here; the rest is the library's.

use std::process::ExitCode;

use clap::Parser;
use twinbridge::serve::command::{self, EXIT_CODES, ServeArguments};

/// Serves what a Twinbridge backend offers to programs and browsers.
#[derive(Debug, Parser)]
#[command(name = "twinbridge-serve", version, about, after_help = EXIT_CODES)]
struct Arguments {
    #[command(flatten)]
    serve: ServeArguments,
}

fn main() -> ExitCode {
    match command::run(Arguments::parse().serve) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("twinbridge-serve: {}", command::in_words(&error));
            ExitCode::FAILURE
        }
    }
}
