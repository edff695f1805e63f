//! `cargo xtask bench --rpc`: the figures of RPC against its peers, in one run.
//!
//! Over HTTP three servers are put under load in turns, each a process of its own: ours, the real
//! iTwin.js server under Node, and a bare axum handler. Within the process the peers are `tarpc` and
//! our own IPC. Absolute figures say little about another machine; ratios within one run do.

#![forbid(unsafe_code)]

mod bare;
mod connections;
mod in_process;
mod load;
mod report;
mod servers;
#[path = "../../figures/spread.rs"]
mod spread;
// The benchmark of the bridge compares with it too.
#[path = "../../bridge/tarpc_echo.rs"]
mod tarpc_echo;

use std::{process::ExitCode, time::Duration};

use report::Report;
use servers::{Kind, Running};

/// What the bench needs a sentence for, and nothing to decide by.
pub(crate) type Problem = Box<dyn std::error::Error + Send + Sync>;

/// Clients that are connected and ask nothing.
const CONNECTIONS: u32 = 10_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let done = if has(bare::ARGUMENT) {
        bare::serve()
    } else {
        measure(has("--quick"), has("in-process"))
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("the benchmark failed: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn measure(is_quick: bool, is_local: bool) -> Result<(), Problem> {
    let rounds = if is_quick { 3 } else { 9 };
    let time = Duration::from_secs(if is_quick { 1 } else { 3 });
    let mut report = Report::default();
    if is_local {
        report.in_process = Some(in_process::measure(rounds, 20_000)?);
        print!("{report}");
        return Ok(());
    }
    {
        let ours = Running::start(Kind::Ours)?;
        let real = Running::start(Kind::Real)?;
        let bare = Running::start(Kind::Bare)?;
        let load = load::Load::new(time)?;
        for _ in 0..rounds {
            report.ours.push(load.small(&ours)?);
            report.real.push(load.small(&real)?);
            report.bare.push(load.small(&bare)?);
            report.our_bytes.push(load.large(&ours)?);
            report.bare_bytes.push(load.large(&bare)?);
        }
    }
    report.in_process = Some(in_process::measure(rounds, 20_000)?);
    connections::allow(CONNECTIONS)?;
    // A server of its own: memory that the load left behind is no memory of connections.
    report.memory = Some(connections::measure(
        &Running::start(Kind::Ours)?,
        CONNECTIONS,
    )?);
    print!("{report}");
    Ok(())
}
