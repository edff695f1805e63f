//! A native client over HTTP and real sockets: our own server, and servers that no client deserves.

#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.

use std::{
    fmt,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread,
    time::Duration,
};

use futures_util::{StreamExt as _, future::poll_immediate, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use twinbridge::{
    Bytes, CallError, IpcError, Serve, TokioExecutor,
    common::{
        IpcStream,
        ipc::{PipeError, TransportError, in_process::Executor},
        rpc::{
            RpcCaller, RpcConnection, RpcInterfaces, RpcOptions,
            web::{Peer, Service, WebClientOptions, WebRpcConfiguration},
        },
        rpc_interface,
        wire::Value,
    },
    rpc::ReqwestTransport,
};

/// Asks what differs by transport.
#[rpc_interface(name = "ReachRpc", version = "1.0.0")]
trait Reach {
    /// The same again.
    async fn echo(&self, value: Value) -> Value;
    /// Its own error.
    async fn fail(&self) -> Result<u32, ReachError>;
    /// So many pieces of 64 KiB.
    async fn data(&self, pieces: u32) -> IpcStream<Bytes>;
    /// Items that never end.
    async fn ticks(&self) -> IpcStream<u32>;
    /// Is never done.
    async fn never(&self);
    /// The same for ever.
    #[caching(immutable)]
    #[idempotent]
    async fn kept(&self, name: String) -> String;
}

#[derive(
    Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, thiserror::Error, IpcError,
)]
#[ipc_error(scope = "reach")]
enum ReachError {
    #[error("{left} are left")]
    Stopped { left: u64 },
}

/// Says how many calls and streams run.
#[derive(Clone, Debug)]
struct Reached(watch::Sender<usize>);

struct Running(Reached);

impl Reached {
    fn begin(&self) -> Running {
        self.0.send_modify(|running| *running += 1);
        Running(self.clone())
    }

    async fn until(&self, running: usize) {
        let mut changes = self.0.subscribe();
        let reached = changes.wait_for(|now| *now == running);
        let reached = tokio::time::timeout(Duration::from_secs(20), reached);
        reached.await.unwrap().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.0.send_modify(|running| *running -= 1);
    }
}

impl Reach for Reached {
    async fn echo(&self, value: Value) -> Value {
        value
    }

    async fn fail(&self) -> Result<u32, ReachError> {
        Err(ReachError::Stopped { left: u64::MAX })
    }

    async fn data(&self, pieces: u32) -> IpcStream<Bytes> {
        let piece = Bytes::from(vec![7; 64 * 1024]);
        IpcStream::of(stream::iter((0..pieces).map(move |_| piece.clone())))
    }

    async fn ticks(&self) -> IpcStream<u32> {
        let running = self.begin();
        IpcStream::of(stream::iter(0..1).chain(stream::poll_fn(move |_| {
            let _held = &running;
            std::task::Poll::Pending
        })))
    }

    async fn never(&self) {
        let _running = self.begin();
        std::future::pending().await
    }

    async fn kept(&self, name: String) -> String {
        format!("kept {name}")
    }
}

fn service(address: SocketAddr) -> Service {
    Service {
        prefix: format!("http://{address}"),
        title: "reach".to_owned(),
        version: "v1.0".to_owned(),
    }
}

fn client(service: Service, options: WebClientOptions) -> ReachClient {
    ReachClient::new(RpcCaller::new(connection(service, options).0))
}

fn connection(
    service: Service,
    options: WebClientOptions,
) -> (RpcConnection, Arc<WebRpcConfiguration<ReqwestTransport>>) {
    let runtime = tokio::runtime::Handle::current();
    let clock: Arc<dyn Executor> = Arc::new(TokioExecutor::new(runtime));
    let interfaces = RpcInterfaces::default().interface::<ReachInterface>();
    let transport = ReqwestTransport::new().unwrap();
    let configuration = WebRpcConfiguration::new(transport, service, &interfaces, clock, options);
    let configuration = Arc::new(configuration);
    let connection = RpcConnection::new(Arc::clone(&configuration) as _, RpcOptions::default());
    (connection, configuration)
}

/// A server of ours, for as long as `test` runs.
async fn with_server<F: Future<Output = ()>>(test: impl FnOnce(Service, Reached) -> F) {
    let reached = Reached(watch::Sender::new(0));
    let shared = reached.clone();
    let serve = Serve::builder()
        .interface(move || ReachServer(shared.clone()))
        .bind("127.0.0.1:0")
        .await
        .unwrap();
    let service = service(serve.local_addr());
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(serve.run_until(async move {
        let _ = ended.await;
    }));
    test(service, reached).await;
    drop(end);
    let _drained = serving.await.unwrap();
}

#[tokio::test]
async fn a_client_and_a_server_of_ours_speak_message_pack_over_sockets() {
    with_server(|service, _| async move {
        let (connection, configuration) = connection(service, WebClientOptions::default());
        let client = ReachClient::new(RpcCaller::new(connection));
        let sent = Value::from(vec![
            Value::Undefined,
            f64::INFINITY.into(),
            Value::bytes(vec![0; 3_000_000]),
            "é".into(),
        ]);
        let came = client.echo(sent.clone()).await.unwrap();
        assert!(came == sent);
        assert_eq!(configuration.client().peer(), Peer::Twinbridge);
        match client.fail().await {
            Err(CallError::App(error)) => {
                assert_eq!(error, ReachError::Stopped { left: u64::MAX });
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(client.kept("n".to_owned()).await.unwrap(), "kept n");
        let data = client.data(160).await.unwrap();
        let len = data.fold(0, |len, piece| async move { len + piece.unwrap().len() });
        assert_eq!(len.await, 160 * 64 * 1024);
    })
    .await;
}

#[tokio::test]
async fn a_call_that_is_dropped_ends_on_the_server() {
    with_server(|service, reached| async move {
        let client = client(service, WebClientOptions::default());
        client.echo(Value::Null).await.unwrap();
        let mut never = client.never();
        assert!(poll_immediate(&mut never).await.is_none());
        let handle = never.handle().unwrap();
        let waiting = tokio::spawn(never);
        reached.until(1).await;
        handle.cancel();
        reached.until(0).await;
        assert!(handle.submit());
        reached.until(1).await;
        waiting.abort();
        reached.until(0).await;

        let mut ticks = client.ticks().await.unwrap();
        assert_eq!(ticks.next().await.unwrap().unwrap(), 0);
        reached.until(1).await;
        drop(ticks);
        reached.until(0).await;

        let late = client.never().deadline(Duration::from_millis(30)).await;
        assert_eq!(
            late.unwrap_err().to_string(),
            "the deadline of 30 ms passed"
        );
        reached.until(0).await;
    })
    .await;
}

/// A server that says the same to everybody, whatever they ask, and hangs up.
fn rude(answer: impl Into<Vec<u8>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = answer.into();
    // It ends with the process.
    thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else {
                return;
            };
            read_request(&mut connection);
            let _ = connection.write_all(&answer);
        }
    });
    address
}

/// Reads a whole request: a connection that is closed with bytes unread is reset, and the answer
/// may be lost with it.
fn read_request(connection: &mut std::net::TcpStream) {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && connection.read(&mut byte).is_ok_and(|len| len > 0) {
        request.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&request).to_lowercase();
    let length = head.split("content-length: ").nth(1);
    let length = length.and_then(|rest| rest.lines().next()?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    let _ = connection.read_exact(&mut body);
}

async fn told(address: SocketAddr) -> String {
    let options = WebClientOptions::default().max_reply_bytes(100_000);
    let client = client(service(address), options);
    words(&client.echo(Value::Null).await.unwrap_err())
}

fn words(error: &impl fmt::Display) -> String {
    error.to_string()
}

#[tokio::test]
async fn a_server_that_dies_or_lies_is_a_typed_error() {
    for (answer, expected) in [
        (String::new(), "the connection broke before an answer came"),
        (
            "HTTP/1.1 200 O".to_owned(),
            "the connection broke before an answer came",
        ),
        (
            "SSH-2.0-OpenSSH_9.2\r\n".to_owned(),
            "the connection broke before an answer came",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort".to_owned(),
            "the answer was cut off",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n".to_owned(),
            "the answer was cut off",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n".to_owned(),
            "an answer of more than 100000 bytes was not taken",
        ),
        (
            format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(200_000)),
            "an answer of more than 100000 bytes was not taken",
        ),
        (
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                .to_owned(),
            "bentley-error/Server error (302): Unknown server response code.",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: 6\r\n\r\n<html>"
                .to_owned(),
            "the reply could not be decoded",
        ),
    ] {
        let shown = answer.chars().take(40).collect::<String>();
        assert_eq!(told(rude(answer)).await, expected, "{shown:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_was_not_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = client(service(address), WebClientOptions::default());
    let error = client.echo(Value::Null).await.unwrap_err();
    assert!(error.is_transient());
    let CallError::Pipe(PipeError::Transport(TransportError::NotReached(cause))) = error else {
        panic!("{error:?}");
    };
    assert!(std::error::Error::source(&cause).is_some(), "{cause}");
}

#[tokio::test]
async fn an_address_that_is_none_is_not_sent() {
    let service = Service {
        prefix: "nowhere".to_owned(),
        ..Service::default()
    };
    let client = client(service, WebClientOptions::default());
    let error = client.echo(Value::Null).await.unwrap_err();
    assert!(
        matches!(
            error,
            CallError::Pipe(PipeError::Transport(TransportError::BadRequest(_)))
        ),
        "{error:?}"
    );
}
