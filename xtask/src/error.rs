//! What can go wrong in a command, with what to do about it.
//!
//! One enum, since every command ends in the same place: `main` prints it and exits. Foreign
//! failures are sources, printed below the message.

use std::{
    path::PathBuf,
    process::{ExitCode, ExitStatus},
};

/// Why a command stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TaskError {
    #[error("{problem}\n\n{usage}")]
    Usage {
        problem: String,
        usage: &'static str,
    },
    /// What was asked for cannot be done, and nothing was.
    #[error("{problem}")]
    Refused { problem: String, help: String },
    #[error("`{command}` could not be started")]
    Start {
        command: String,
        #[source]
        source: std::io::Error,
    },
    #[error("`{command}` ended with {status}")]
    Failed {
        command: String,
        status: ExitStatus,
        help: Option<&'static str>,
    },
    /// The host itself ended with a failure; its code is passed on.
    #[error("the app ended with {status}")]
    App { status: ExitStatus },
    #[error("{action} {path} failed")]
    File {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("`{command}` printed something unexpected: {what}")]
    Output { command: String, what: String },
    #[error("these public types have no example that names them:\n  {}", missing.join("\n  "))]
    NoExamples { missing: Vec<String> },
    #[error("missing on this machine: {programs}")]
    Missing { programs: String, help: String },
    #[error("{program} {found} is too old; at least {needed} is needed")]
    TooOld {
        program: &'static str,
        found: String,
        needed: String,
        help: &'static str,
    },
    #[error("there is no standard library for {target}: {reason}", target = crate::wasm::TARGET)]
    NoWasm { reason: String },
    #[error("{module} is no module that can be sorted: {reason}")]
    Module { module: PathBuf, reason: String },
    #[error("wasm-bindgen could not make JavaScript of {module}")]
    Bindgen {
        module: PathBuf,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("the sources cannot be watched")]
    Watch {
        #[source]
        source: notify::Error,
    },
    #[error("`{program}` ended before it was ready; it said: {said}")]
    NotReady { program: &'static str, said: String },
}

impl TaskError {
    /// What the user can do, where there is more to say than the message.
    pub(crate) fn help(&self) -> Option<&str> {
        match self {
            Self::Failed { help, .. } => *help,
            Self::Missing { help, .. } | Self::Refused { help, .. } => Some(help),
            Self::TooOld { help, .. } => Some(help),
            Self::NoWasm { .. } => Some(
                "run `rustup target add wasm32-unknown-unknown`, or install a distribution's \
                 rustc with its library sources",
            ),
            Self::Bindgen { .. } => Some(
                "Cargo.lock must hold `wasm-bindgen` and `wasm-bindgen-cli-support` of one \
                 version; `cargo update -p wasm-bindgen -p wasm-bindgen-cli-support` aligns them",
            ),
            Self::Watch { .. } => Some(
                "on Linux the number of watched folders is limited by \
                 /proc/sys/fs/inotify/max_user_watches",
            ),
            _ => None,
        }
    }

    /// The app's own code where the app failed, 2 for a bad command line, and 1 otherwise.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::App { status } => {
                // No code means a signal; 1 stands for it, as for any failure.
                ExitCode::from(
                    status
                        .code()
                        .and_then(|code| u8::try_from(code).ok())
                        .unwrap_or(1),
                )
            }
            Self::Usage { .. } => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}

/// For `map_err` on file operations: names the file and what was being done to it.
pub(crate) fn file(
    action: &'static str,
    path: impl Into<PathBuf>,
) -> impl FnOnce(std::io::Error) -> TaskError {
    let path = path.into();
    move |source| TaskError::File {
        action,
        path,
        source,
    }
}
