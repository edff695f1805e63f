//! A server on a port of its own, and one who speaks to it byte by byte.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use tokio::{runtime::Runtime, sync::oneshot};
use twinbridge::{Drained, Serve, ServeBuilder};

use crate::probe::{Events, ProbeServer, Prober};

/// What stands before an operation.
pub(crate) const PREFIX: &str = "/probe/v1.0/mode/1/context//imodel//changeset/0/";

/// The headers of the captured client, but for those of the body.
pub(crate) const CLIENT: &str = "X-Protocol-Version: 2\r\nX-Correlation-Id: act-1\r\n\
    X-Application-Version: 0.1.0\r\nX-Application-Id: app9\r\nX-Session-Id: sess-1\r\n\
    Authorization: Bearer tok\r\n";

/// A server that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) events: Events,
    runtime: Runtime,
    stop: Option<oneshot::Sender<()>>,
    drained: tokio::task::JoinHandle<Drained>,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(|serve| serve)
    }

    pub(crate) fn with(settings: impl FnOnce(ServeBuilder) -> ServeBuilder) -> Self {
        let (prober, events) = Prober::new();
        let runtime = Runtime::new().unwrap();
        let serve = Serve::builder()
            .drain_time(Duration::from_secs(20))
            .interface(move || ProbeServer(prober.clone()));
        let serve = settings(serve);
        let serve = runtime.block_on(serve.bind("127.0.0.1:0")).unwrap();
        let address = serve.local_addr();
        let (stop, stopped) = oneshot::channel();
        let drained = runtime.spawn(serve.run_until(async {
            let _ = stopped.await;
        }));
        Self {
            address,
            events,
            runtime,
            stop: Some(stop),
            drained,
        }
    }

    /// Asks it to end, without waiting for that.
    pub(crate) fn ask_to_end(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits until it has ended.
    pub(crate) fn ended(mut self) -> Drained {
        drop(self.stop.take());
        self.runtime.block_on(self.drained).unwrap()
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::to(self.address)
    }

    /// One request on a connection of its own.
    pub(crate) fn ask(&self, request: impl AsRef<[u8]>) -> Reply {
        let mut connection = self.connect();
        connection.send(request);
        connection.reply().expect("there is an answer")
    }

    /// A POST of JSON as the captured client sends it.
    pub(crate) fn post(&self, operation: &str, body: &str) -> Reply {
        self.ask(post(operation, "", "text/plain", body))
    }

    /// The server answers as it should.
    pub(crate) fn is_well(&self) {
        let reply = self.post("ProbeRpc-1.2.3-num", "[2,3]");
        assert_eq!((reply.status, reply.text().as_str()), (200, "5"));
    }
}

/// A POST as the captured client sends it, with further headers.
pub(crate) fn post(
    operation: &str,
    headers: &str,
    content_type: &str,
    body: impl AsRef<[u8]>,
) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!(
        "POST {PREFIX}{operation} HTTP/1.1\r\nHost: localhost\r\n{CLIENT}{headers}\
         Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// A request without a body.
pub(crate) fn head(method: &str, target: &str, headers: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")
}

/// A connection to a server.
#[derive(Debug)]
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(crate) fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        Self(BufReader::new(stream))
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.get_mut().write_all(bytes.as_ref()).unwrap();
    }

    /// The sending half, for another thread.
    pub(crate) fn writer(&self) -> TcpStream {
        self.0.get_ref().try_clone().unwrap()
    }

    /// Reads one answer; `None` if the connection ends before one begins.
    pub(crate) fn reply(&mut self) -> Option<Reply> {
        let mut reply = self.reply_head()?;
        if reply.header("transfer-encoding") == "chunked" {
            loop {
                let line = self.line();
                let len = usize::from_str_radix(line.trim(), 16);
                let Ok(len) = len else {
                    reply.is_cut_off = true;
                    return Some(reply);
                };
                let mut chunk = vec![0; len + 2];
                if self.0.read_exact(&mut chunk).is_err() {
                    reply.is_cut_off = true;
                    return Some(reply);
                }
                chunk.truncate(len);
                reply.body.extend(chunk);
                if len == 0 {
                    return Some(reply);
                }
            }
        }
        let len = reply.header("content-length").parse().unwrap_or(0);
        reply.body.resize(len, 0);
        self.0.read_exact(&mut reply.body).unwrap();
        Some(reply)
    }

    /// Reads the head of an answer and leaves its body.
    pub(crate) fn reply_head(&mut self) -> Option<Reply> {
        let status = self.line();
        let status = status.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            headers.push((name.to_owned(), value.to_owned()));
        }
        Some(Reply {
            status,
            headers,
            body: Vec::new(),
            is_cut_off: false,
        })
    }

    /// Whether the server has closed it.
    pub(crate) fn is_closed(&mut self) -> bool {
        matches!(self.0.read(&mut [0]), Ok(0) | Err(_))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        // A connection that was reset ends as one that was closed.
        let _ = self.0.read_line(&mut line);
        line
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The connection ended before the body did.
    pub(crate) is_cut_off: bool,
}

impl Reply {
    /// A header's value; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.headers.iter().map(|(name, _)| name.as_str()).collect()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// Status and text at once.
    pub(crate) fn told(&self) -> (u16, String) {
        (self.status, self.text())
    }
}

/// What a server says to a request that it does not take.
pub(crate) fn refusal(sentence: &str) -> String {
    format!(r#"{{"message":"Error: {sentence}","isError":true}}"#)
}
