//! `cargo xtask bench`: the figures of the bridge, measured in the real window.
//!
//! Always a release build on a screen in memory, so that figures of two machines compare. The
//! benchmark itself is the root package's and gets the remaining arguments.

use crate::{
    command,
    display::Screen,
    error::TaskError,
    page,
    provision::{self, Purpose},
    step::Steps,
    workspace::Workspace,
};

/// Builds page and host and runs the benchmark with `args`.
///
/// # Errors
/// The first step that fails.
pub(crate) fn bench(workspace: &Workspace, args: &[String]) -> Result<(), TaskError> {
    let mut steps = Steps::planned(vec!["packages", "page", "host", "bench"]);
    let purposes = [Purpose::Host, Purpose::Screen, Purpose::Driver];
    steps.run("packages", || provision::provide(workspace, &purposes))?;
    steps.run("page", || page::build(workspace, page::BENCH))?;
    let host = steps.run("host", || workspace.build_host("release"))?;
    steps.run("bench", || {
        let screen = Screen::in_memory(workspace)?;
        let mut bench = workspace.cargo();
        // One `--` is this program's to add, whether or not the caller wrote it.
        let args = args.strip_prefix(&["--".to_owned()]).unwrap_or(args);
        bench
            .args(["bench", "--workspace", "--bench", "bridge", "--"])
            .args(args);
        bench.env("TWINBRIDGE_BIN", host);
        command::run(screen.show(&mut bench))
    })
}
