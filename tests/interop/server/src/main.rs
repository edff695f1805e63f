//! An app with the interfaces of the interop tests, whose `serve` is that of every app.
//!
//! Beside it there is one thing: it ends when its input does, since the one who started it holds the
//! other end and may be killed.

#![forbid(unsafe_code)]

use std::{io, process::ExitCode, thread};

use clap::{Parser, Subcommand};
use twinbridge::{
    handlers::host::AppFacts,
    serve::command::{self, ServeArguments},
};
use twinbridge_interop_probe::{Answerer, ProbeServer, Prober, VersionedServer};

/// Has ProbeRpc and VersionedRpc.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve them over HTTP.
    Serve(ServeArguments),
}

fn main() -> ExitCode {
    let Command::Serve(arguments) = Arguments::parse().command;
    end_with_input();
    let facts = AppFacts {
        name: "Interop".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..AppFacts::default()
    };
    let served = command::run_with(arguments, facts, |serve| {
        serve
            .interface(|| ProbeServer(Prober::default()))
            .interface(|| VersionedServer(Answerer))
    });
    served.unwrap_or_else(|error| {
        eprintln!("twinbridge-interop-server: {}", command::in_words(&error));
        ExitCode::FAILURE
    })
}

fn end_with_input() {
    // A thread of its own, which blocks until then; reading cannot be cancelled.
    thread::spawn(|| {
        // An input that cannot be read has ended as well.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        std::process::exit(0);
    });
}
