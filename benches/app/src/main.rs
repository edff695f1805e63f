//! `cargo xtask bench --app`, its part without a window: the built-in handlers against their peers.
//!
//! A page in this process calls `files` and `storage` over a session, as a real one does. Beside it
//! run `wc`, `rg` and SQLite alone, in turns.

#![forbid(unsafe_code)]

mod files;
mod log;
mod page;
#[path = "../../figures/spread.rs"]
mod spread;
mod storage;

use std::{path::PathBuf, process::ExitCode};

/// What the bench needs a sentence for, and nothing to decide by.
pub(crate) type Problem = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    match measure(is_quick) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("the benchmark failed: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn measure(is_quick: bool) -> Result<(), Problem> {
    let rounds = if is_quick { 3 } else { 9 };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    // On the disk that the repository is on: a folder for temporary files may be memory.
    let folder = tempfile::tempdir_in(target()?)?;
    let path = folder.path().to_owned();
    let measured = runtime.spawn(async move {
        let page = page::Page::open(&path).await?;
        let files = files::measure(&page, &path, rounds).await?;
        let storage = storage::measure(&page, &path, rounds).await?;
        Ok::<_, Problem>((files, storage))
    });
    let (files, storage) = runtime.block_on(measured)??;
    println!("median of {rounds} rounds, (lowest to highest)");
    print!("{files}{storage}");
    Ok(())
}

/// The folder of what cargo makes, two above this program.
fn target() -> Result<PathBuf, Problem> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).ok_or("not run by cargo")?;
    Ok(target.to_owned())
}
