//! The servers under load, each a process of its own.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{Problem, bare};

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Ours.
    Ours,
    /// The real iTwin.js code under Node.
    Real,
    /// An axum handler.
    Bare,
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) kind: Kind,
    pub(crate) address: String,
    child: Child,
}

impl Running {
    /// Starts it and waits for its address.
    pub(crate) fn start(kind: Kind) -> Result<Self, Problem> {
        let own = std::env::current_exe()?;
        let mut command = match kind {
            Kind::Ours => Command::new(own.with_file_name("twinbridge-interop-server")),
            Kind::Bare => Command::new(own),
            Kind::Real => {
                let node = std::env::var_os("TWINBRIDGE_NODE").unwrap_or_else(|| "node".into());
                Command::new(node)
            }
        };
        match kind {
            Kind::Bare => {
                command.arg(bare::ARGUMENT);
            }
            Kind::Real => {
                let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop");
                // As it is meant to be run.
                command
                    .arg(folder.join("oracle_server.cjs"))
                    .env("NODE_ENV", "production");
            }
            Kind::Ours => {
                command.args(["serve", "--listen", "127.0.0.1:0"]);
                command.args(["--interfaces", "ProbeRpc,VersionedRpc"]);
            }
        }
        // Each ends when its input does.
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{command:?}: {error}"))?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let Some((_, address)) = line.trim().split_once("http://") else {
            return Err(format!("{command:?} said {line:?}").into());
        };
        Ok(Self {
            kind,
            address: address.to_owned(),
            child,
        })
    }

    /// Memory that it holds, in bytes: `VmRSS` of Linux.
    pub(crate) fn memory(&self) -> Result<u64, Problem> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        Ok(kib.ok_or("the system does not tell of memory")? * 1024)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
