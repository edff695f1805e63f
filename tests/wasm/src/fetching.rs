//! A client over HTTP by the browser's `fetch`, against a server of another kind that the script
//! around these cases plays.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use serde_json::json;
use twinbridge_common::{
    Bytes, CallError, IpcStream,
    ipc::{PipeError, TransportError},
    rpc::{
        RpcCaller, RpcClock as _, RpcConnection, RpcFailure, RpcInterfaces, RpcOptions,
        web::{Service, WebClientOptions, WebRpcConfiguration},
    },
    rpc_interface,
    wire::Value,
};
use twinbridge_frontend::{FetchTransport, PageClock};
use wasm_bindgen::prelude::wasm_bindgen;

/// What the script answers.
#[rpc_interface(name = "FetchRpc", version = "1.0.0")]
trait Fetch {
    /// The arguments.
    async fn echo(&self, value: Value) -> Vec<Value>;
    /// The same bytes.
    async fn bytes(&self, bytes: Bytes) -> Bytes;
    /// Method and id.
    #[caching(immutable)]
    async fn head(&self) -> String;
    /// Two pieces.
    async fn data(&self) -> IpcStream<Bytes>;
    /// Less than announced.
    async fn cut(&self) -> u32;
    /// Another address.
    async fn redirect(&self) -> u32;
    /// Is busy each time.
    async fn busy(&self) -> Result<u32, RpcFailure>;
    /// Is never done.
    async fn never(&self);
    /// Pieces without end, two at first.
    async fn endless(&self) -> IpcStream<Bytes>;
    /// How many of `endless` were aborted, when it is one or more.
    async fn left(&self) -> u32;
    /// How many of `never` have come, when it is one or more.
    async fn begun(&self) -> u32;
    /// How many of them were aborted, when it is one or more.
    async fn aborted(&self) -> u32;
}

type Case = fn(FetchClient) -> Pin<Box<dyn Future<Output = Result<(), String>>>>;

macro_rules! cases {
    ($($case:ident,)*) => {
        &[$((concat!("fetching::", stringify!($case)), |client| Box::pin($case(client)))),*]
    };
}

const CASES: &[(&str, Case)] = cases![
    values_and_bytes_come_back,
    a_kept_answer_is_asked_for_by_get,
    a_stream_of_bytes_comes_as_the_body,
    an_answer_that_is_cut_off_is_an_error,
    a_redirection_is_not_followed,
    a_server_is_asked_again_when_it_says_up_to_the_deadline,
    a_call_that_is_dropped_is_aborted,
    a_stream_that_is_dropped_with_a_piece_waiting_is_aborted,
    an_answer_long_before_its_deadline_comes_as_any_other,
    a_server_that_is_not_there_is_an_error,
    an_address_that_is_none_is_not_sent,
    a_page_without_cookies_has_none,
];

/// Runs every case against the server at `address`; the report is that of `run`.
#[wasm_bindgen]
#[allow(unreachable_pub)] // An export of the module.
pub async fn run_fetching(address: String) -> String {
    let mut report = Vec::new();
    for (name, case) in CASES {
        let result = case(client(&address)).await;
        let (ok, detail) = (result.is_ok(), result.err().unwrap_or_default());
        report.push(json!({ "name": name, "ok": ok, "detail": detail }));
    }
    serde_json::Value::Array(report).to_string()
}

fn client(address: &str) -> FetchClient {
    let service = Service {
        prefix: address.to_owned(),
        title: "fetch".to_owned(),
        version: "v1".to_owned(),
    };
    let interfaces = RpcInterfaces::default().interface::<FetchInterface>();
    let configuration = WebRpcConfiguration::new(
        FetchTransport::default(),
        service,
        &interfaces,
        PageClock::default(),
        WebClientOptions::default(),
    );
    let connection = RpcConnection::new(Arc::new(configuration), RpcOptions::default());
    FetchClient::new(RpcCaller::new(connection))
}

fn same<T: PartialEq + std::fmt::Debug + ?Sized>(found: &T, expected: &T) -> Result<(), String> {
    match found == expected {
        true => Ok(()),
        false => Err(format!("{found:?}, not {expected:?}")),
    }
}

fn fails<T: std::fmt::Debug>(
    result: Result<T, CallError>,
    is_it: fn(&TransportError) -> bool,
) -> Result<(), String> {
    match result {
        Err(CallError::Pipe(PipeError::Transport(error))) if is_it(&error) => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

async fn values_and_bytes_come_back(client: FetchClient) -> Result<(), String> {
    for sent in [Value::from("é"), Value::Null] {
        let came = client.echo(sent.clone()).await.map_err(crate::say)?;
        same(&came, &vec![sent])?;
    }
    let bytes = Bytes::from_static(&[0, 1, 255]);
    let came = client.bytes(bytes.clone()).await.map_err(crate::say)?;
    same(&came, &bytes)?;
    let nested = Value::Array(vec![Value::bytes(vec![7]), "x".into()]);
    let came = client.echo(nested.clone()).await.map_err(crate::say)?;
    same(&came, &vec![nested])
}

async fn a_kept_answer_is_asked_for_by_get(client: FetchClient) -> Result<(), String> {
    let head = client.head().await.map_err(crate::say)?;
    same(head.as_str(), "GET rpc-1")
}

async fn a_stream_of_bytes_comes_as_the_body(client: FetchClient) -> Result<(), String> {
    let mut stream = client.data().await.map_err(crate::say)?;
    let mut whole = Vec::new();
    while let Some(piece) = stream.next().await {
        whole.extend_from_slice(&piece.map_err(crate::say)?);
    }
    same(whole.as_slice(), b"onetwo".as_slice())
}

async fn an_answer_that_is_cut_off_is_an_error(client: FetchClient) -> Result<(), String> {
    fails(client.cut().await, |error| {
        matches!(error, TransportError::CutOff(_))
    })
}

async fn a_redirection_is_not_followed(client: FetchClient) -> Result<(), String> {
    fails(client.redirect().await, |error| {
        matches!(error, TransportError::Broken(_))
    })
}

async fn a_server_is_asked_again_when_it_says_up_to_the_deadline(
    client: FetchClient,
) -> Result<(), String> {
    let begin = PageClock::default().now();
    let call = client.busy().deadline(Duration::from_millis(250));
    let handle = call.handle().ok_or("no handle")?;
    let error = call.await.err().ok_or("it was answered")?;
    let waited = PageClock::default().now() - begin;
    same(error.to_string().as_str(), "the deadline of 250 ms passed")?;
    match waited >= Duration::from_millis(245) && handle.attempts() > 1 {
        true => Ok(()),
        false => Err(format!("{} attempts in {waited:?}", handle.attempts())),
    }
}

async fn a_call_that_is_dropped_is_aborted(client: FetchClient) -> Result<(), String> {
    let mut never = client.never();
    if (&mut never).now_or_never().is_some() {
        return Err("it was answered".to_owned());
    }
    // The answer to the first question belongs to the next request as well.
    client.head().await.map_err(crate::say)?;
    if (&mut never).now_or_never().is_some() {
        return Err("it was answered".to_owned());
    }
    same(&client.begun().await.map_err(crate::say)?, &1)?;
    drop(never);
    same(&client.aborted().await.map_err(crate::say)?, &1)
}

async fn a_stream_that_is_dropped_with_a_piece_waiting_is_aborted(
    client: FetchClient,
) -> Result<(), String> {
    let stream = client.endless().await.map_err(crate::say)?;
    // Meanwhile its pieces come: nobody takes the first, so the second finds no room.
    for _ in 0..10 {
        client.head().await.map_err(crate::say)?;
    }
    drop(stream);
    let left = client.left().deadline(Duration::from_secs(5));
    same(&left.await.map_err(crate::say)?, &1)
}

/// The script finds that no timer is left of it.
async fn an_answer_long_before_its_deadline_comes_as_any_other(
    client: FetchClient,
) -> Result<(), String> {
    let call = client.head().deadline(Duration::from_secs(60 * 60));
    call.await.map(drop).map_err(crate::say)
}

async fn a_server_that_is_not_there_is_an_error(_: FetchClient) -> Result<(), String> {
    fails(client("http://127.0.0.1:1").cut().await, |error| {
        matches!(error, TransportError::Broken(_))
    })
}

async fn an_address_that_is_none_is_not_sent(_: FetchClient) -> Result<(), String> {
    fails(
        client("http://user:secret@127.0.0.1").cut().await,
        |error| matches!(error, TransportError::BadRequest(_)),
    )
}

async fn a_page_without_cookies_has_none(_: FetchClient) -> Result<(), String> {
    same(&twinbridge_frontend::cookie("XSRF-TOKEN"), &None)
}
