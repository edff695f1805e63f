//! `cargo xtask`: the commands of Greeter.

use std::process::ExitCode;

fn main() -> ExitCode {
    twinbridge_xtask::App::new("greeter", env!("CARGO_MANIFEST_DIR")).run()
}
