//! The development server that `tauri.conf.json` may name: it has the page then, and builds it.

use std::{
    fs,
    net::{TcpStream, ToSocketAddrs as _},
    process::{Child, Command},
    time::{Duration, Instant},
};

use serde_json::Value as Json;

use crate::{
    error::{TaskError, file},
    workspace::Workspace,
};

/// How long a server may take until it answers.
const LIMIT: Duration = Duration::from_secs(60);

/// How often it is tried meanwhile.
const LOOK: Duration = Duration::from_millis(100);

/// A development server. One that was started here is ended when this is dropped.
#[derive(Debug)]
pub(super) struct Server(Option<Child>);

impl Server {
    /// The server that the configuration names, started by its `beforeDevCommand` if there is one,
    /// and ready; `None` where it names none.
    pub(super) fn of(workspace: &Workspace) -> Result<Option<Self>, TaskError> {
        let folder = workspace.path(workspace.layout().configuration);
        let path = folder.join("tauri.conf.json");
        let text = fs::read_to_string(&path).map_err(file("reading", &path))?;
        let configuration: Json =
            serde_json::from_str(&text).map_err(|error| TaskError::Output {
                command: path.display().to_string(),
                what: error.to_string(),
            })?;
        let build = &configuration["build"];
        let Some(url) = build["devUrl"].as_str() else {
            return Ok(None);
        };
        let address = address(url).ok_or_else(|| TaskError::Refused {
            problem: format!("`{url}` in {} is no address of a server", path.display()),
            help: "`devUrl` looks like http://localhost:5173".into(),
        })?;
        let mut server = Self(None);
        if let Some(script) = build["beforeDevCommand"].as_str() {
            println!("    $ {script}");
            let mut command = shell(script);
            let child = command.current_dir(&folder).spawn();
            let child = child.map_err(|source| TaskError::Start {
                command: script.into(),
                source,
            })?;
            server.0 = Some(child);
        }
        let start = Instant::now();
        while !answers(&address) {
            if start.elapsed() > LIMIT {
                return Err(TaskError::Refused {
                    problem: format!("{url} did not answer within {LIMIT:?}"),
                    help: "start the development server, or name its command as `beforeDevCommand`"
                        .into(),
                });
            }
            std::thread::sleep(LOOK);
        }
        println!("    the page comes from {url}");
        Ok(Some(server))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn shell(script: &str) -> Command {
    let (program, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let mut command = Command::new(program);
    // In place of the shell, so that ending it ends the server.
    let script = if cfg!(windows) {
        script.to_owned()
    } else {
        format!("exec {script}")
    };
    command.args([flag, &script]);
    command
}

fn answers(address: &str) -> bool {
    let addresses = address.to_socket_addrs().into_iter().flatten();
    addresses
        .into_iter()
        .any(|address| TcpStream::connect_timeout(&address, LOOK).is_ok())
}

/// `host:port` of an address.
fn address(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    // The brackets of an IPv6 address have colons too.
    let has_port = host
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    match (host, has_port) {
        ("", _) => None,
        (host, true) => Some(host.to_owned()),
        (host, false) => Some(format!("{host}:{port}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_looked_for_where_its_address_says() {
        for (url, expected) in [
            ("http://localhost:5173", Some("localhost:5173")),
            ("http://localhost:5173/app?x#y", Some("localhost:5173")),
            ("https://example.org", Some("example.org:443")),
            ("http://[::1]:8080/", Some("[::1]:8080")),
            ("../page", None),
            ("http://", None),
        ] {
            assert_eq!(address(url).as_deref(), expected, "{url}");
        }
    }
}
