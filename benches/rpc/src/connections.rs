//! What a server's memory is while many clients are connected and ask nothing.

use std::net::TcpStream;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::{Problem, load::ask_and_stay, servers::Running};

/// Memory of a server, and the connections it had.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) connections: u32,
    /// Before the first connection, in bytes.
    pub(crate) before: u64,
    /// With all of them, each of which has asked once, in bytes.
    pub(crate) with: u64,
}

/// Lets this process, and the servers that it starts from then on, have many connections.
pub(crate) fn allow(connections: u32) -> Result<(), Problem> {
    let limit = getrlimit(Resource::Nofile);
    // Some files are open besides.
    let wanted = u64::from(connections) + 256;
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit {
            current: Some(wanted),
            maximum: limit.maximum,
        };
        setrlimit(Resource::Nofile, raised)
            .map_err(|error| format!("{wanted} open files are needed (`ulimit -n`): {error}"))?;
    }
    Ok(())
}

/// Connects so many clients, each of which asks once and then no more.
pub(crate) fn measure(server: &Running, connections: u32) -> Result<Memory, Problem> {
    let before = server.memory()?;
    let mut open = Vec::new();
    for _ in 0..connections {
        let mut stream = TcpStream::connect(&server.address)?;
        ask_and_stay(&mut stream, &server.address)?;
        open.push(stream);
    }
    let with = server.memory()?;
    // The last one that connected is as idle as the others, and the first one still there.
    if let Some(first) = open.first_mut() {
        ask_and_stay(first, &server.address)?;
    }
    Ok(Memory {
        connections,
        before,
        with,
    })
}
