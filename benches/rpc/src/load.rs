//! Load by `wrk`: the same bytes to each server, as fast as they are answered.
//!
//! The request is one of iTwin.js's client, with the headers that matter to a server. Answers are
//! looked at once before, since `wrk` counts them only.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Command,
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    Problem,
    servers::{Kind, Running},
};

/// Bytes of a large result.
pub(crate) const LARGE: usize = 16 * 1024 * 1024;
/// Connections of small requests; enough that no server waits for the next.
const CONNECTIONS: u32 = 64;
/// Connections of large results.
const LARGE_CONNECTIONS: u32 = 2;

/// How load is put on.
pub(crate) struct Load {
    time: Duration,
    scripts: TempDir,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
enum Request {
    Small,
    Large,
}

impl Request {
    fn path(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (Self::Small, Kind::Bare) => "/echo",
            (Self::Large, Kind::Bare) => "/bytes",
            (Self::Small, _) => {
                "/probe/v1.0/mode/1/context//imodel//changeset/0/ProbeRpc-1.2.3-num"
            }
            (Self::Large, _) => {
                "/probe/v1.0/mode/1/context//imodel//changeset/0/ProbeRpc-1.2.3-give"
            }
        }
    }

    fn body(self) -> String {
        match self {
            Self::Small => "[2,3]".to_owned(),
            Self::Large => format!("[{LARGE}]"),
        }
    }

    /// How many bytes an answer has at least.
    fn least(self) -> usize {
        match self {
            Self::Small => 0,
            Self::Large => LARGE,
        }
    }

    /// What a server's whole answer ends with.
    fn answer(self, kind: Kind) -> &'static [u8] {
        match (self, kind) {
            (Self::Small, Kind::Bare) => b"\r\n\r\n[2,3]",
            (Self::Small, _) => b"\r\n\r\n5",
            (Self::Large, _) => &[7; 1024],
        }
    }
}

const HEADERS: [(&str, &str); 7] = [
    ("X-Protocol-Version", "2"),
    ("X-Correlation-Id", "5e0a1d7c-5b0f-4d8e-9a52-0d3a3c2f3a4b"),
    ("X-Application-Version", "1.0.0"),
    ("X-Application-Id", "2686"),
    ("X-Session-Id", "b2d2c1de-6a55-4c6e-8f0b-1f9d3e3e1c55"),
    ("Authorization", "Bearer token"),
    ("Content-Type", "text/plain"),
];

impl Load {
    /// Each measurement takes so long.
    pub(crate) fn new(time: Duration) -> Result<Self, Problem> {
        let scripts = TempDir::new()?;
        for request in [Request::Small, Request::Large] {
            let mut script = format!("wrk.method = \"POST\"\nwrk.body = \"{}\"\n", request.body());
            for (name, value) in HEADERS {
                script += &format!("wrk.headers[\"{name}\"] = \"{value}\"\n");
            }
            fs::write(scripts.path().join(format!("{request:?}.lua")), script)?;
        }
        Ok(Self { time, scripts })
    }

    /// Small requests that are answered in a second.
    pub(crate) fn small(&self, server: &Running) -> Result<f64, Problem> {
        self.run(server, Request::Small, CONNECTIONS)
    }

    /// Large results that are sent in a second.
    pub(crate) fn large(&self, server: &Running) -> Result<f64, Problem> {
        self.run(server, Request::Large, LARGE_CONNECTIONS)
    }

    fn run(&self, server: &Running, request: Request, connections: u32) -> Result<f64, Problem> {
        check(server, request)?;
        let output = Command::new("wrk")
            .args(["--threads", "1", "--connections"])
            .arg(connections.to_string())
            .args(["--timeout", "10s", "--duration"])
            .arg(format!("{}s", self.time.as_secs()))
            .arg("--script")
            .arg(self.scripts.path().join(format!("{request:?}.lua")))
            .arg(format!(
                "http://{}{}",
                server.address,
                request.path(server.kind)
            ))
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let failed = ["Non-2xx", "Socket errors"];
        if let Some(line) = said
            .lines()
            .find(|line| failed.iter().any(|word| line.contains(word)))
        {
            return Err(format!("{:?}: {}", server.kind, line.trim()).into());
        }
        let rate = said
            .lines()
            .find_map(|line| line.trim().strip_prefix("Requests/sec:"))
            .and_then(|rate| rate.trim().parse().ok());
        rate.ok_or_else(|| format!("wrk said: {said}").into())
    }
}

/// Asks once and looks at the answer.
fn check(server: &Running, request: Request) -> Result<(), Problem> {
    let mut stream = TcpStream::connect(&server.address)?;
    let (path, body) = (request.path(server.kind), request.body());
    let mut text = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
        server.address
    );
    for (name, value) in HEADERS {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let is_whole = answer.len() >= request.least();
    if is_whole
        && answer.starts_with(b"HTTP/1.1 200 OK\r\n")
        && answer.ends_with(request.answer(server.kind))
    {
        return Ok(());
    }
    answer.truncate(1024);
    let answer = String::from_utf8_lossy(&answer);
    Err(format!("{:?} answered {request:?}: {answer}", server.kind).into())
}

/// Asks for the smallest result on a connection that stays open.
pub(crate) fn ask_and_stay(stream: &mut TcpStream, address: &str) -> Result<(), Problem> {
    let (path, body) = (Request::Small.path(Kind::Ours), Request::Small.body());
    let text = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nX-Correlation-Id: 1\r\nContent-Type: \
         text/plain\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes())?;
    let mut answer = Vec::new();
    let mut piece = [0; 1024];
    while !answer.ends_with(b"\r\n\r\n5") {
        let len = stream.read(&mut piece)?;
        if len == 0 {
            return Err(format!("the server closed: {}", String::from_utf8_lossy(&answer)).into());
        }
        answer.extend_from_slice(&piece[..len]);
    }
    Ok(())
}
