//! The span around an impl, over a session and without one.
//!
//! A test program of its own: whether a span is wanted is decided once for all threads, and other
//! tests call without a subscriber.

#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.
#![allow(missing_docs)] // Contracts without documentation are a part of what is tested.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use futures_util::{StreamExt as _, stream};
use tracing::{Event, Metadata, Subscriber, field::Field, span};
use twinbridge_common::{
    FrontendIpc, IpcStream, RpcManager,
    ipc::{Declared, in_process},
    rpc::{
        DesktopRpcConfiguration, InProcessRpcConfiguration, RpcCaller, RpcConfiguration,
        RpcConnection, RpcInterfaces, RpcOptions, RpcRequestContext,
    },
    rpc_interface,
};

#[rpc_interface(name = "SpanRpc", version = "1.0.0")]
trait InSpan {
    async fn add(&self, left: u32, right: u32) -> u32;
    async fn count(&self) -> IpcStream<u32>;
}

struct Impl;

impl InSpan for Impl {
    async fn add(&self, left: u32, right: u32) -> u32 {
        tracing::info!("adding");
        left + right
    }

    async fn count(&self) -> IpcStream<u32> {
        IpcStream::of(stream::iter(0..2).inspect(|_| tracing::info!("counting")))
    }
}

/// What is logged, with the span of the impl that it is logged in.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Log>>);

#[derive(Default)]
struct Log {
    /// The fields of each span.
    spans: Vec<String>,
    entered: Vec<usize>,
    told: Vec<String>,
}

fn place(id: &span::Id) -> usize {
    usize::try_from(id.into_u64()).unwrap() - 1
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.name() == "rpc" || metadata.target() == module_path!()
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let mut fields = Fields(String::new());
        span.record(&mut fields);
        let mut log = self.0.lock().unwrap();
        log.spans.push(fields.0);
        span::Id::from_u64(log.spans.len() as u64)
    }

    fn record(&self, id: &span::Id, values: &span::Record<'_>) {
        let mut fields = Fields(String::new());
        values.record(&mut fields);
        self.0.lock().unwrap().spans[place(id)].push_str(&fields.0);
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        let text = fields.0.trim().trim_start_matches("message=").to_owned();
        let mut log = self.0.lock().unwrap();
        let entered = log.entered.last().map(|at| log.spans[*at].clone());
        let entered = entered.unwrap_or_else(|| "no span".to_owned());
        log.told.push(format!("{text} in {entered}"));
    }

    fn enter(&self, id: &span::Id) {
        self.0.lock().unwrap().entered.push(place(id));
    }

    fn exit(&self, _: &span::Id) {
        self.0.lock().unwrap().entered.pop();
    }
}

struct Fields(String);

impl tracing::field::Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!("{}={value:?} ", field.name()));
    }
}

/// What one configuration logs of a value and of a stream.
fn logged(configuration: Arc<dyn RpcConfiguration>, pair: &in_process::Pair) -> Vec<String> {
    let context = || {
        RpcRequestContext::default()
            .activity_id("act-1")
            .session_id("sess-1")
            .application("app9", "0.1.0")
            .authorization("Bearer tok")
    };
    let options = RpcOptions::default().request_context(context);
    let connection = RpcConnection::new(configuration, options);
    let client = InSpanClient::new(RpcCaller::new(connection));
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(spans.clone());
    pair.run(async {
        client.add(1, 2).await.unwrap();
        assert_eq!(client.count().await.unwrap().count().await, 2);
    });
    std::mem::take(&mut spans.0.lock().unwrap().told)
}

#[test]
fn the_span_of_an_impl_has_the_names_of_itwin_js_and_no_authorization() {
    let interfaces = RpcInterfaces::default().interface::<InSpanInterface>();
    let backend = RpcManager::default();
    backend.register_impl(|| InSpanServer(Impl));
    let server = backend.expose(&interfaces);
    let pair = in_process::pair();
    let socket = Arc::new(pair.backend().socket().unwrap());
    let _serving = DesktopRpcConfiguration::serve(&server, socket).unwrap();
    let page = FrontendIpc::startup(pair.connect("main"), Declared::default());
    let page = pair.run(page).unwrap();
    let socket = Arc::new(page.socket().unwrap());
    let desktop = DesktopRpcConfiguration::new(socket, pair.executor());
    let in_process = InProcessRpcConfiguration::new(server, pair.executor());

    let span = |operation: &str| {
        format!(
            "interface=\"SpanRpc\" rpcMethod=\"{operation}\" ActivityId=\"act-1\" \
             SessionId=\"sess-1\" ApplicationId=\"app9\" ApplicationVersion=\"0.1.0\" "
        )
    };
    let expected = [
        format!("adding in {}", span("add")),
        format!("counting in {}", span("count")),
        format!("counting in {}", span("count")),
    ];
    assert_eq!(logged(Arc::new(in_process), &pair), expected);
    assert_eq!(logged(Arc::new(desktop), &pair), expected);
}
