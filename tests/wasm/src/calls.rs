//! Calls within one process: session, dispatcher, caller and clients on the page's target.
//!
//! The pair brings its executor and clock, so nothing here needs a browser or JavaScript. No case
//! panics on purpose: a panic ends the whole module on this target.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::stream;
use twinbridge_common::{
    Bytes, CallError, FrontendIpc, IpcStream,
    ipc::{
        Caller, Declared, HandlerGuard, IpcInterface, IpcSocketBackend as _, Refusal, StartupError,
        in_process::{self, Pair},
        test_contract::{
            Branch, Color, Everything, EverythingClient, EverythingError, EverythingInterface,
            EverythingServer, Id, Plain, Shape, Tagged, Tree, Untagged,
        },
    },
    wire::{ChannelName, DeclaredInterface, MethodName, Value},
};

use crate::{same, say};

struct Handler;

impl Everything for Handler {
    async fn numbers(&self, _: (i8, u8, i16, u16), _: (i32, u32, i64, u64), _: (f32, f64)) {}

    async fn texts(&self, letter: char, text: Cow<'static, str>, data: Bytes) -> Vec<Bytes> {
        let text = format!("{letter}{text}");
        vec![data, Bytes::from(text.into_bytes())]
    }

    async fn lists(&self, _: Option<String>, four: [Option<u8>; 4]) -> BTreeSet<u32> {
        four.into_iter().flatten().map(u32::from).collect()
    }

    async fn maps(&self, _: BTreeMap<String, Shape>) -> BTreeMap<u32, Plain> {
        BTreeMap::new()
    }

    async fn enums(&self, _: Shape, _: Tagged, _: Untagged) -> Color {
        Color::DarkBlue
    }

    async fn trees(&self, tree: Tree) -> Result<Branch, EverythingError> {
        let count = u32::try_from(tree.branches.len()).unwrap_or(u32::MAX);
        Err(EverythingError::TooMany { count })
    }

    async fn any(&self, value: Value) -> Value {
        value
    }

    fn wait(&self, _: Duration) -> Result<(), EverythingError> {
        Err(EverythingError::Gone)
    }

    async fn nothing(&self) {
        std::future::pending().await
    }

    async fn shapes(&self, count: u32) -> IpcStream<Shape> {
        IpcStream::of(stream::iter((0..count).map(|id| Shape::One(Id(id.into())))))
    }

    async fn data(&self) -> Result<IpcStream<Bytes, EverythingError>, EverythingError> {
        let items = [
            Ok(Bytes::from_static(b"some")),
            Err(EverythingError::TooMany { count: 2 }),
        ];
        Ok(IpcStream::new(stream::iter(items)))
    }
}

fn pair() -> Result<(Pair, HandlerGuard), String> {
    let pair = in_process::pair();
    let handler = pair.backend().handle(EverythingServer(Handler));
    Ok((pair, handler.map_err(say)?))
}

async fn start(pair: &Pair) -> Result<FrontendIpc, String> {
    let declared = Declared::default().interface::<EverythingInterface>();
    FrontendIpc::startup(pair.connect("main"), declared)
        .await
        .map_err(say)
}

pub(crate) fn a_typed_call_returns_its_result() -> Result<(), String> {
    let (pair, _handler) = pair()?;
    pair.run(async {
        let client: EverythingClient = start(&pair).await?.client().map_err(say)?;
        let data = Bytes::from(vec![7; 300_000]);
        let found = client.texts('é', "tude".into(), data.clone()).await;
        let expected = vec![data, Bytes::from("étude".as_bytes().to_vec())];
        same("texts", &found.map_err(say)?, &expected)?;
        let found = client.lists(None, [Some(3), None, Some(1), None]).await;
        same("lists", &found.map_err(say)?, &BTreeSet::from([1, 3]))?;
        let value = Value::Array(vec![Value::Undefined, Value::UInt(u64::MAX)]);
        let found = client.any(value.clone()).await;
        same("any", &found.map_err(say)?, &value)?;
        let version = client.get_version().await.map_err(say)?;
        same("version", &version, &"1.2.3".to_owned())
    })
}

pub(crate) fn errors_and_refusals_keep_their_types() -> Result<(), String> {
    let (pair, _handler) = pair()?;
    pair.run(async {
        let frontend = start(&pair).await?;
        let client: EverythingClient = frontend.client().map_err(say)?;
        match client.trees(Tree { branches: vec![] }).await {
            Err(CallError::App(EverythingError::TooMany { count: 0 })) => {}
            other => return Err(format!("trees: {other:?}")),
        }
        match client.wait(Duration::ZERO).await {
            Err(CallError::App(EverythingError::Gone)) => {}
            other => return Err(format!("wait: {other:?}")),
        }
        let channel = EverythingInterface::CHANNEL;
        let unknown = MethodName::literal("unknown");
        let call = frontend.call_backend::<Value>(channel, unknown, &[0_u8; 0]);
        match call.map_err(say)?.await {
            Err(CallError::Refused(Refusal::UnknownMethod { .. })) => {}
            other => return Err(format!("an unknown method: {other:?}")),
        }
        let call = client.nothing().deadline(Duration::from_millis(5));
        match call.await {
            Err(CallError::Refused(Refusal::Deadline { after_ms: 5 })) => Ok(()),
            other => Err(format!("a deadline: {other:?}")),
        }
    })
}

pub(crate) fn calls_and_messages_go_both_ways() -> Result<(), String> {
    let (pair, _handler) = pair()?;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let news = ChannelName::literal("news");
    let frontend = pair.run(start(&pair))?;
    let log = Arc::clone(&heard);
    let _listener = frontend
        .handle_message(news.clone(), move |message| {
            if let Ok(mut log) = log.lock() {
                log.push(message.name.to_string());
            }
        })
        .map_err(say)?;
    for name in ["first", "second"] {
        let name = name.parse().map_err(say)?;
        pair.backend()
            .send_message(&news, &name, &(1,))
            .map_err(say)?;
    }
    pair.settle();
    let heard = heard.lock().map_err(|error| error.to_string())?.clone();
    same(
        "messages",
        &heard,
        &vec!["first".to_owned(), "second".to_owned()],
    )?;
    let _page_handler = frontend.handle(EverythingServer(Handler)).map_err(say)?;
    let sessions = pair.backend().socket().map_err(say)?.sessions();
    let [page] = sessions.as_slice() else {
        return Err(format!("{} sessions", sessions.len()));
    };
    let client = EverythingClient::new(Caller::new(Arc::new(page.clone())));
    let found = pair.run(client.lists(None, [None, None, None, Some(9)]));
    same(
        "a call to the page",
        &found.map_err(say)?,
        &BTreeSet::from([9]),
    )
}

pub(crate) fn streams_come_item_by_item_with_their_typed_end() -> Result<(), String> {
    let (pair, _handler) = pair()?;
    let frontend = pair
        .run(FrontendIpc::startup(
            pair.connect("main"),
            Declared::default(),
        ))
        .map_err(say)?;
    let client: EverythingClient = frontend.client().map_err(say)?;
    pair.run(async {
        let mut shapes = client.shapes(20_000).await.map_err(say)?;
        let mut count: u64 = 0;
        while let Some(shape) = shapes.next().await {
            same("a shape", &shape.map_err(say)?, &Shape::One(Id(count)))?;
            count += 1;
        }
        same("shapes", &count, &20_000)?;
        let mut data = client.data().await.map_err(say)?;
        let first = data.next().await.transpose().map_err(say)?;
        same("data", &first, &Some(Bytes::from_static(b"some")))?;
        match data.next().await {
            Some(Err(CallError::App(error))) => {
                same("its end", &error, &EverythingError::TooMany { count: 2 })
            }
            other => Err(format!("its end: {other:?}")),
        }
    })
}

pub(crate) fn a_mismatch_is_an_error_at_startup() -> Result<(), String> {
    let (pair, _handler) = pair()?;
    let mine = EverythingInterface::info();
    let other = DeclaredInterface {
        channel: mine.channel.clone(),
        version: "1.3.0".to_owned(),
        fingerprint: mine.fingerprint,
    };
    let started = pair.run(FrontendIpc::startup(
        pair.connect("main"),
        Declared::default().raw(other),
    ));
    match started {
        Err(error @ StartupError::Mismatch { .. }) => same(
            "a mismatch",
            &error.to_string(),
            &"the frontend does not fit the backend:\n  `twinbridge/test-contract`: backend(1.2.3) vs. frontend(1.3.0); the backend is the older half: rebuild the backend".to_owned(),
        ),
        other => Err(format!("a mismatch: {other:?}")),
    }
}
