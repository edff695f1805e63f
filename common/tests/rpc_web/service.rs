//! A whole server without a socket: what each request to it is answered.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::{FutureExt as _, StreamExt as _, stream};
use http::Method;
use twinbridge_common::{
    IpcError, IpcStream, RpcManager,
    ipc::in_process::{self, Pair},
    rpc::{
        FeatureGates, IModelRpcProps, RpcControl, RpcFailure, RpcHost, RpcInterfaces,
        RpcRequestContext, RpcTransient,
        web::{
            BadRequest, StreamPiece, StreamReader, TokenMismatch, WebAnswer, WebBody,
            WebRpcService, WebServiceOptions,
        },
    },
    rpc_interface,
    wire::{Bytes, Codec, Payload, Value},
};

use super::{header, headers};

const PREFIX: &str = "/probe/v1.0/mode/1/context//imodel//changeset/0/";
const PACKED: &str = "application/vnd.twinbridge.rpc+msgpack";

/// Asks what a server over HTTP can be asked.
#[rpc_interface(name = "ProbeRpc", version = "1.2.3")]
trait Probe {
    /// The sum.
    async fn num(&self, left: f64, right: f64) -> f64;
    /// The bytes backwards.
    async fn bin(&self, bytes: Bytes) -> Bytes;
    /// The same again.
    async fn echo(&self, value: Value) -> Value;
    /// Nothing.
    async fn nothing(&self);
    /// Gives another answer than a result.
    async fn other(&self, kind: String) -> Result<u32, RpcFailure<ProbeError>>;
    /// Panics.
    async fn panic(&self);
    /// Is never done.
    async fn never(&self);
    /// Is never done, and has a deadline.
    #[deadline(ms = 50)]
    async fn late(&self);
    /// Numbers.
    async fn below(&self, end: u32) -> IpcStream<u32>;
    /// Data, which may fail half-way.
    async fn data(&self, fails: bool) -> IpcStream<Bytes, ProbeError>;
    /// Whose request it is.
    async fn who(&self) -> String;
    /// The key of a token.
    #[caching(immutable)]
    async fn key(&self, token: IModelRpcProps) -> String;
}

#[derive(
    Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema, thiserror::Error, IpcError,
)]
#[ipc_error(scope = "probe")]
enum ProbeError {
    #[error("no such thing")]
    #[ipc_error(number = 65_574)]
    Gone,
}

#[derive(Default)]
struct Prober {
    running: Arc<AtomicUsize>,
}

struct Leaves(Arc<AtomicUsize>);

impl Drop for Leaves {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Probe for Prober {
    async fn num(&self, left: f64, right: f64) -> f64 {
        left + right
    }

    async fn bin(&self, bytes: Bytes) -> Bytes {
        bytes.iter().rev().copied().collect::<Vec<_>>().into()
    }

    async fn echo(&self, value: Value) -> Value {
        value
    }

    async fn nothing(&self) {}

    async fn other(&self, kind: String) -> Result<u32, RpcFailure<ProbeError>> {
        let after = std::time::Duration::from_millis(1500);
        Err(match kind.as_str() {
            "pending" => RpcControl::pending("step 1").retry_after(after),
            "busy" => RpcControl::transient(RpcTransient::TooManyRequests),
            "none" => RpcControl::NoContent,
            "missing" => RpcControl::not_found("the tile"),
            _ => return Err(ProbeError::Gone.into()),
        })?
    }

    async fn panic(&self) {
        panic!("as it was told to");
    }

    async fn never(&self) {
        self.running.fetch_add(1, Ordering::Relaxed);
        let _leaves = Leaves(Arc::clone(&self.running));
        std::future::pending().await
    }

    async fn late(&self) {
        self.never().await;
    }

    async fn below(&self, end: u32) -> IpcStream<u32> {
        IpcStream::of(stream::iter(0..end))
    }

    async fn data(&self, fails: bool) -> IpcStream<Bytes, ProbeError> {
        let last = if fails {
            Err(ProbeError::Gone)
        } else {
            Ok(Bytes::from_static(b"two"))
        };
        IpcStream::new(stream::iter([Ok(Bytes::from_static(b"one")), last]))
    }

    async fn who(&self) -> String {
        let who = RpcRequestContext::current().unwrap();
        format!(
            "{} {} {} {} {}",
            who.activity_id,
            who.session_id,
            who.application_id,
            who.application_version,
            who.authorization
        )
    }

    async fn key(&self, token: IModelRpcProps) -> String {
        token.key
    }
}

/// A server, and the world that it runs in.
struct Server {
    pair: Pair,
    service: WebRpcService,
    running: Arc<AtomicUsize>,
    gates: FeatureGates,
}

impl Server {
    fn new() -> Self {
        Self::with(WebServiceOptions::default())
    }

    fn with(options: WebServiceOptions) -> Self {
        let (pair, gates) = (in_process::pair(), FeatureGates::default());
        let running = Arc::new(AtomicUsize::new(0));
        let backend = RpcManager::default();
        let shared = Arc::clone(&running);
        backend.register_impl(move || {
            ProbeServer(Prober {
                running: Arc::clone(&shared),
            })
        });
        let interfaces = RpcInterfaces::default().interface::<ProbeInterface>();
        let server = backend
            .expose(&interfaces)
            .gated::<ProbeInterface>(&gates, "probe", true);
        let host = RpcHost::new(pair.executor(), "web");
        Self {
            service: WebRpcService::new(server, host, options),
            pair,
            running,
            gates,
        }
    }

    fn try_ask(
        &self,
        method: &Method,
        target: &str,
        extra: &[(&str, &str)],
        body: &[u8],
    ) -> Result<WebAnswer, BadRequest> {
        let mut list = vec![
            ("X-Protocol-Version", "2"),
            ("X-Correlation-Id", "act-1"),
            ("X-Application-Version", "0.1.0"),
            ("X-Application-Id", "app9"),
            ("X-Session-Id", "sess-1"),
            ("Authorization", "Bearer tok"),
        ];
        list.extend(extra);
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let head = self.service.head(method, path, query, &headers(&list))?;
        let body = Bytes::copy_from_slice(body);
        Ok(self.pair.run(self.service.answer(head, path, body)))
    }

    /// A POST of JSON to an operation: status, content type and text.
    fn post(&self, operation: &str, body: &str) -> (u16, String, String) {
        let extra = [("Content-Type", "text/plain")];
        let target = format!("{PREFIX}ProbeRpc-{operation}");
        let answer = self.try_ask(&Method::POST, &target, &extra, body.as_bytes());
        told(answer.unwrap())
    }

    /// A POST of MessagePack.
    fn pack(&self, operation: &str, arguments: &impl serde::Serialize) -> WebAnswer {
        let body = Payload::encode(Codec::MessagePack, arguments)
            .unwrap()
            .bytes;
        let extra = [("Content-Type", PACKED), ("Accept", PACKED)];
        let target = format!("{PREFIX}ProbeRpc-1.2.3-{operation}");
        self.try_ask(&Method::POST, &target, &extra, &body).unwrap()
    }
}

fn told(answer: WebAnswer) -> (u16, String, String) {
    let content_type = header(&answer.headers, "content-type").to_owned();
    let body = answer.body.into_bytes().unwrap();
    (
        answer.status,
        content_type,
        String::from_utf8_lossy(&body).into_owned(),
    )
}

const TEXT: &str = "text/plain; charset=utf-8";

#[test]
fn results_errors_and_other_answers_are_those_of_itwins_server() {
    let server = Server::new();
    let not_initialized = |name: &str| {
        format!(
            r#"{{"message":"RPC interface \"{name}\" is not initialized.","errorNumber":32768,"name":"Error","isError":true}}"#
        )
    };
    for (operation, body, status, expected) in [
        ("1.2.3-num", "[2,3]", 200, "5"),
        ("1.2.3-nothing", "[]", 200, ""),
        (
            "1.2.3-echo",
            r#"[{"a":1,"b":[true,null]}]"#,
            200,
            r#"{"a":1,"b":[true,null]}"#,
        ),
        (
            "1.2.3-who",
            "[]",
            200,
            r#""act-1 sess-1 app9 0.1.0 Bearer tok""#,
        ),
        (
            "1.2.3-other",
            r#"["pending"]"#,
            202,
            r#"{"iTwinRpcCoreResponse":true,"managedStatus":"pending","responseValue":"step 1"}"#,
        ),
        (
            "1.2.3-other",
            r#"["missing"]"#,
            404,
            r#"{"iTwinRpcCoreResponse":true,"managedStatus":"notFound","responseValue":"\"the tile\""}"#,
        ),
        ("1.2.3-other", r#"["busy"]"#, 429, ""),
        (
            "1.2.3-other",
            r#"["error"]"#,
            500,
            r#"{"message":"no such thing","errorNumber":65574,"iTwinErrorId":{"scope":"probe","key":"gone"},"name":"gone","isError":true}"#,
        ),
        (
            "2.0.0-num",
            "[2,3]",
            500,
            r#"{"message":"Backend version 1.2.3 does not match frontend version 2.0.0 for RPC interface num.","errorNumber":135168,"name":"RpcInterfaceStatus.IncompatibleVersion","isError":true}"#,
        ),
        (
            "1.2.3-num",
            "[1,2",
            500,
            r#"{"message":"Invalid JSON: \"[1,2\"","errorNumber":32768,"name":"Error","isError":true}"#,
        ),
        (
            "1.2.3-less",
            "[]",
            500,
            r#"{"message":"RPC interface class \"ProbeRpc\" does not does not declare operation \"less\"","errorNumber":32768,"name":"Error","isError":true}"#,
        ),
    ] {
        let told = server.post(operation, body);
        assert_eq!(
            told,
            (status, TEXT.to_owned(), expected.to_owned()),
            "{operation} {body}"
        );
    }
    let (status, content_type, body) = server.post("1.2.3-other", r#"["none"]"#);
    assert_eq!(
        (status, content_type.as_str(), body.as_str()),
        (204, "", "")
    );
    let target = format!("{PREFIX}UnknownRpc-1.0.0-run");
    let unknown = server.try_ask(&Method::POST, &target, &[], b"[]").unwrap();
    assert_eq!(
        told(unknown),
        (500, TEXT.to_owned(), not_initialized("UnknownRpc"))
    );
    // An interface behind a shut gate is one that nobody knows.
    server.gates.set("probe", false);
    let shut = server.post("1.2.3-num", "[2,3]");
    assert_eq!(shut, (500, TEXT.to_owned(), not_initialized("ProbeRpc")));
}

#[test]
fn a_pending_answer_says_when_to_ask_again() {
    let server = Server::new();
    let target = format!("{PREFIX}ProbeRpc-1.2.3-other");
    let answer = server
        .try_ask(&Method::POST, &target, &[], br#"["pending"]"#)
        .unwrap();
    assert_eq!(header(&answer.headers, "retry-after"), "1.5");
    assert_eq!(header(&answer.headers, "x-protocol-version"), "2");
}

#[test]
fn bytes_are_a_body_and_cached_operations_are_asked_in_the_address() {
    let server = Server::new();
    let octets = [("Content-Type", "application/octet-stream")];
    let target = format!("{PREFIX}ProbeRpc-1.2.3-bin");
    let answer = server
        .try_ask(&Method::POST, &target, &octets, &[1, 2, 255])
        .unwrap();
    assert_eq!(
        header(&answer.headers, "content-type"),
        "application/octet-stream"
    );
    assert_eq!(answer.body.into_bytes().unwrap().as_slice(), [255, 2, 1]);

    // `[{"key":"k:1","iTwinId":"tw","iModelId":"im"}]` on an address of another model.
    let query = "parameters=W3sia2V5IjoiazoxIiwiaVR3aW5JZCI6InR3IiwiaU1vZGVsSWQiOiJpbSJ9XQ%3D%3D";
    let path = "/p/v1/mode/1/context/tw/imodel/other/changeset/cs/ProbeRpc-1.2.3-key";
    let target = format!("{path}?{query}");
    let answer = server.try_ask(&Method::GET, &target, &[], b"").unwrap();
    // It was sent with an authorization.
    let kept = "private, max-age=172800, immutable";
    assert_eq!(header(&answer.headers, "cache-control"), kept);
    assert_eq!(told(answer).2, r#""other:cs""#);
    // Any other operation is answered, and not kept by anybody.
    let target = format!("{PREFIX}ProbeRpc-1.2.3-num?parameters=WzIsM10%3D");
    let answer = server.try_ask(&Method::GET, &target, &[], b"").unwrap();
    assert_eq!(header(&answer.headers, "cache-control"), "no-store");
    assert_eq!(told(answer).2, "5");
    let target = format!("{path}?{query}");
    let options = WebServiceOptions::default().token_mismatch(TokenMismatch::Refused);
    let answer = Server::with(options)
        .try_ask(&Method::GET, &target, &[], b"")
        .unwrap();
    assert_eq!(answer.status, 500);
    assert_eq!(header(&answer.headers, "cache-control"), "");
    assert!(
        told(answer)
            .2
            .contains("IModelRpcProps mismatch detected for this request.")
    );
}

#[test]
fn a_token_of_another_model_never_reaches_an_impl() {
    let server = Server::new();
    let path = "/p/v1/mode/1/context/tw/imodel/im/changeset/cs/ProbeRpc-1.2.3-key";
    for token in [
        r#"{"iTwinId":"tw","iModelId":"stolen"}"#,
        r#"{"iModelId":"stolen"}"#,
        r#"{"iMod\u0065lId":"stolen","changeset":{"id":"x"}}"#,
        r#"{"iTwinId":"tw","iModelId":"stolen","changeset":{"id":"x","index":7.0}}"#,
    ] {
        let text = [("Content-Type", "text/plain")];
        let body = format!("[{token}]");
        let answer = server.try_ask(&Method::POST, path, &text, body.as_bytes());
        let (_, _, told) = told(answer.unwrap());
        assert!(!told.contains("stolen"), "{token}: {told}");
        let arguments: Vec<Value> = serde_json::from_str(&body).unwrap();
        let body = Payload::encode(Codec::MessagePack, &arguments).unwrap();
        let packed = [("Content-Type", PACKED), ("Accept", PACKED)];
        let answer = server.try_ask(&Method::POST, path, &packed, &body.bytes);
        let answer = answer.unwrap();
        assert_eq!(answer.status, 500);
        let bytes = answer.body.into_bytes().unwrap();
        assert!(String::from_utf8_lossy(&bytes).contains("IModelRpcProps mismatch"));
    }
}

#[test]
fn a_panic_and_a_deadline_are_errors_and_the_server_goes_on() {
    let server = Server::with(WebServiceOptions::default().deadline_ms(200));
    for (operation, words) in [
        ("panic", "panic"),
        ("late", "the deadline of 50 ms passed"),
        ("never", "the deadline of 200 ms passed"),
    ] {
        let (status, content_type, body) = server.post(&format!("1.2.3-{operation}"), "[]");
        assert_eq!((status, content_type.as_str()), (500, TEXT));
        assert!(
            body.contains(words) && body.ends_with(r#""isError":true}"#),
            "{body}"
        );
        assert_eq!(server.post("1.2.3-num", "[2,3]").2, "5");
    }
    assert_eq!(server.running.load(Ordering::Relaxed), 0);
}

#[test]
fn an_answer_that_nobody_waits_for_is_not_worked_on() {
    let server = Server::new();
    let target = format!("{PREFIX}ProbeRpc-1.2.3-never");
    let correlation = headers(&[("X-Correlation-Id", "act-1")]);
    let head = server
        .service
        .head(&Method::POST, &target, None, &correlation)
        .unwrap();
    let mut answer = Box::pin(
        server
            .service
            .answer(head, &target, Bytes::from_static(b"[]")),
    );
    server.pair.run(async {
        assert!((&mut answer).now_or_never().is_none());
    });
    assert_eq!(server.running.load(Ordering::Relaxed), 1);
    drop(answer);
    assert_eq!(server.running.load(Ordering::Relaxed), 0);
}

#[test]
fn the_control_channel_tells_whatever_its_name_is() {
    let server = Server::new();
    let target = "/p/v1/mode/1/context/none/imodel/none/changeset/none/UHJvYmVScGNAMS4yLjM=-CONTROL-describeEndpoints";
    let (status, content_type, body) =
        told(server.try_ask(&Method::POST, target, &[], b"[]").unwrap());
    assert_eq!((status, content_type.as_str()), (200, TEXT));
    assert_eq!(
        body,
        r#"[{"interfaceName":"ProbeRpc","interfaceVersion":"1.2.3","operationNames":["num","bin","echo","nothing","other","panic","never","late","below","data","who","key"],"compatible":true}]"#
    );
    server.gates.set("probe", false);
    assert_eq!(
        told(server.try_ask(&Method::POST, target, &[], b"[]").unwrap()).2,
        "[]"
    );
}

#[test]
fn items_have_their_lengths_for_our_own_client_and_no_form_for_others() {
    let server = Server::new();
    let answer = server.pack("below", &(3,));
    assert_eq!(
        header(&answer.headers, "content-type"),
        "application/vnd.twinbridge.rpc-stream"
    );
    assert_eq!(header(&answer.headers, "accept-post"), PACKED);
    let mut reader = StreamReader::new(1024);
    server.pair.run(async {
        let mut pieces = answer.body.into_pieces();
        while let Some(piece) = pieces.next().await {
            reader.push(piece.unwrap());
        }
    });
    for number in 0..3_u32 {
        let item = Payload::encode(Codec::MessagePack, &number).unwrap();
        assert_eq!(reader.next_piece(), Ok(Some(StreamPiece::Item(item))));
    }
    assert_eq!(reader.next_piece(), Ok(Some(StreamPiece::End)));
    assert_eq!(reader.finish(), Ok(()));

    let (status, _, body) = server.post("1.2.3-below", "[3]");
    assert_eq!(status, 500);
    assert!(body.contains("`below` results in a stream of items, which only MessagePack carries."));
}

#[test]
fn a_stream_of_bytes_is_the_body_and_is_cut_off_where_it_fails() {
    let server = Server::new();
    let target = format!("{PREFIX}ProbeRpc-1.2.3-data");
    let ask = |arguments: &[u8]| {
        server
            .try_ask(&Method::POST, &target, &[], arguments)
            .unwrap()
    };
    let pieces = |body: WebBody| server.pair.run(body.into_pieces().collect::<Vec<_>>());
    let answer = ask(b"[false]");
    assert_eq!(
        header(&answer.headers, "content-type"),
        "application/octet-stream"
    );
    let whole: Result<Vec<_>, _> = pieces(answer.body).into_iter().collect();
    assert_eq!(
        whole.unwrap(),
        [Bytes::from_static(b"one"), Bytes::from_static(b"two")]
    );
    let failing = pieces(ask(b"[true]").body);
    let [Ok(one), Err(cut)] = &failing[..] else {
        panic!("{failing:?}");
    };
    assert_eq!(one.as_slice(), b"one");
    assert_eq!(cut.to_string(), "the stream failed half-way: no such thing");
}

#[test]
fn our_own_client_is_told_how_a_stream_of_bytes_ended() {
    let server = Server::new();
    let answer = server.pack("data", &(true,));
    assert_eq!(
        header(&answer.headers, "content-type"),
        "application/vnd.twinbridge.rpc-stream"
    );
    let mut reader = StreamReader::new(1024);
    for piece in server
        .pair
        .run(answer.body.into_pieces().collect::<Vec<_>>())
    {
        reader.push(piece.unwrap());
    }
    assert!(matches!(
        reader.next_piece(),
        Ok(Some(StreamPiece::Item(_)))
    ));
    assert!(matches!(
        reader.next_piece(),
        Ok(Some(StreamPiece::Failed(_)))
    ));
}

#[test]
fn a_body_that_is_announced_too_large_is_refused_before_it_is_read() {
    let server = Server::new();
    let target = format!("{PREFIX}ProbeRpc-1.2.3-num");
    let huge = [("Content-Length", "67108865")];
    let bad = server
        .try_ask(&Method::POST, &target, &huge, b"")
        .unwrap_err();
    assert_eq!(bad, BadRequest::TooLarge { max: 67_108_864 });
    let (status, content_type, body) = told((&bad).into());
    assert_eq!((status, content_type.as_str()), (413, "application/json"));
    assert_eq!(
        body,
        r#"{"message":"Error: Invalid request: Body exceeds the limit of 67108864 bytes.","isError":true}"#
    );
}

#[test]
fn the_description_lists_what_is_exposed() {
    let server = Server::new();
    let document = serde_json::to_value(server.service.open_api()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 12);
    let first = paths
        .keys()
        .any(|path| path.ends_with("/ProbeRpc-1.2.3-num"));
    assert!(first, "{paths:?}");
    server.gates.set("probe", false);
    let document = serde_json::to_value(server.service.open_api()).unwrap();
    assert_eq!(document["paths"], serde_json::json!({}));
}
