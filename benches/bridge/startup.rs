//! From the start of the process to a finished handshake, against a bare Tauri window's load.
//!
//! Both are whole processes that end by themselves: `twinbridge --check` after the handshake,
//! this program with `--bare` after the load event of a static page.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Argument that makes this program the bare window.
pub(crate) const BARE: &str = "--bare";

/// Times of both, by round.
pub(crate) struct Startup {
    pub(crate) ours: Vec<Duration>,
    pub(crate) bare: Vec<Duration>,
}

/// Starts both in turns.
pub(crate) fn measure(host: &Path, rounds: u32) -> Result<Startup, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let data = std::env::temp_dir().join(format!("twinbridge-bench-{}", std::process::id()));
    let ours = || {
        let mut command = Command::new(host);
        command.arg("--check").arg("--data-dir").arg(&data);
        run(command)
    };
    let bare = || {
        let mut command = Command::new(&this);
        command.arg(BARE);
        run(command)
    };
    // The first start reads the libraries from disk.
    ours()?;
    bare()?;
    let mut startup = Startup {
        ours: Vec::new(),
        bare: Vec::new(),
    };
    for _ in 0..rounds {
        startup.ours.push(ours()?);
        startup.bare.push(bare()?);
    }
    // Nothing but a log is in it.
    let _ = std::fs::remove_dir_all(&data);
    Ok(startup)
}

fn run(mut command: Command) -> Result<Duration, String> {
    let started = Instant::now();
    let status = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() {
        Ok(started.elapsed())
    } else {
        Err(format!("{command:?}: {status}"))
    }
}

/// Opens a window without a bridge, and ends when its page has loaded, unless it `stays`.
pub(crate) fn bare_window(stays: bool) -> Result<(), String> {
    let app = tauri::Builder::default()
        .on_page_load(move |webview, load| {
            use tauri::Manager as _;
            if !stays && load.event() == tauri::webview::PageLoadEvent::Finished {
                webview.app_handle().exit(0);
            }
        })
        .build(tauri::generate_context!(
            "benches/bare-window/tauri.conf.json"
        ))
        .map_err(|error| error.to_string())?;
    match app.run_return(|_, _| {}) {
        0 => Ok(()),
        code => Err(format!("the bare window ended with code {code}")),
    }
}
