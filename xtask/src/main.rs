//! `cargo xtask` of the repository.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    twinbridge_xtask::repository()
}
