//! Watchers of all sessions: what they see, and who may be told.

use std::sync::{Arc, Mutex};

use futures_util::StreamExt as _;
use twinbridge_common::{
    Bytes, FrontendIpc,
    ipc::{
        Declared, IntoIpcHandler as _, IpcSocket as _, IpcSocketBackend as _, IpcStream, Watched,
        in_process,
    },
    ipc_interface,
    wire::{ChannelName, Ending, Frame, Reply},
};

use crate::support::{Bench, NOTHING, WorkClient, WorkInterface, by_name, words};

/// Tells of others, as the inspector does.
#[ipc_interface(channel = "inspector", version = "1.0.0")]
trait Inspector {
    /// How many there are.
    async fn count(&self) -> u32;
    /// Some.
    async fn some(&self) -> IpcStream<u32>;
}

struct Two;

impl Inspector for Two {
    async fn count(&self) -> u32 {
        2
    }

    async fn some(&self) -> IpcStream<u32> {
        IpcStream::new(futures_util::stream::iter([1, 2]).map(Ok))
    }
}

type Seen = Arc<Mutex<Vec<String>>>;

fn watched(bench: &Bench) -> (Seen, twinbridge_common::ipc::Watch) {
    let seen = Seen::default();
    let noted = Arc::clone(&seen);
    let socket = bench.pair.backend().socket().unwrap();
    let watch = socket.watch(move |origin, what| {
        let text = match what {
            Watched::Received(frame) => format!("{} -> {}", origin.window, name(frame)),
            Watched::Sent(frame) => format!("{} <- {}", origin.window, name(frame)),
            Watched::Ended(reason) => format!("{} ended: {reason}", origin.window),
            _ => "something else".to_owned(),
        };
        noted.lock().unwrap().push(text);
    });
    (seen, watch)
}

fn name(frame: &Frame) -> String {
    match frame {
        Frame::Hello(_) => "hello".to_owned(),
        Frame::Welcome(_) => "welcome".to_owned(),
        Frame::Request(request) => format!("{}.{}", request.channel, request.method),
        Frame::Reply(Reply {
            ending: Ending::Done(payload),
            ..
        }) => format!("done {}", payload.len()),
        Frame::Reply(Reply {
            ending: Ending::Refused { text, .. },
            ..
        }) => format!("refused: {text}"),
        Frame::Stamps { .. } => "stamps".to_owned(),
        Frame::Part(_) => "part".to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_watcher_sees_the_traffic_of_every_session_until_its_guard_is_dropped() {
    let bench = Bench::new();
    let (seen, watch) = watched(&bench);
    let page = bench.page();
    let work: WorkClient = page.client().unwrap();
    assert_eq!(bench.pair.run(work.add(1, 2)).unwrap(), 3);
    let nobody = by_name::<()>(&bench.other, "nobody", "asks", &NOTHING);
    bench.pair.run(nobody).unwrap_err();
    drop((page, work));
    bench.pair.settle();
    let expected = [
        "main -> hello",
        "main <- welcome",
        "main -> work.add",
        "main <- stamps",
        "main <- done 1",
        "other -> nobody.asks",
        "other <- refused: no handler is registered on channel `nobody`",
        "main ended: the page went away",
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
    watch.remove();
    bench.others_are_undisturbed();
    assert_eq!(seen.lock().unwrap().len(), expected.len());
}

#[test]
fn a_large_call_is_seen_whole_and_once() {
    let bench = Bench::new();
    let (seen, _watch) = watched(&bench);
    let work: WorkClient = bench.other.client().unwrap();
    let data = Bytes::from(vec![1; 1024 * 1024]);
    bench.pair.run(work.echo(data)).unwrap();
    let expected = [
        "other -> work.echo",
        "other <- stamps",
        "other <- done 1048581",
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[test]
fn only_the_session_that_was_connected_as_the_inspector_s_reaches_it_and_it_is_not_watched() {
    let bench = Bench::new();
    let socket = bench.pair.backend().socket().unwrap();
    let (seen, _watch) = watched(&bench);
    let executor = bench.pair.executor();
    let handler = InspectorServer(Two).into_ipc_handler();
    let inspector = in_process::connect_inspector(&socket, "inspector", &executor, handler);
    let declared = Declared::default()
        .interface::<InspectorInterface>()
        .interface::<WorkInterface>();
    let inspector = bench
        .pair
        .run(FrontendIpc::startup(inspector, declared))
        .unwrap();
    let client: InspectorClient = inspector.client().unwrap();
    assert_eq!(bench.pair.run(client.count()).unwrap(), 2);
    let some = bench.pair.run(async {
        let stream = client.some().await.unwrap();
        stream.map(Result::unwrap).collect::<Vec<_>>().await
    });
    assert_eq!(some, [1, 2]);
    let work: WorkClient = inspector.client().unwrap();
    assert_eq!(bench.pair.run(work.add(1, 2)).unwrap(), 3);
    assert_eq!(*seen.lock().unwrap(), [""; 0], "nothing of it is seen");
}

#[test]
fn the_inspector_is_refused_to_every_other_session_whatever_it_is_allowed() {
    let bench = Bench::new();
    // Also where an app registers a handler for all.
    let guard = bench.pair.backend().handle(InspectorServer(Two)).unwrap();
    let socket = bench.pair.backend().socket().unwrap();
    let executor = bench.pair.executor();
    let channel = ChannelName::literal("inspector");
    for (window, allowed) in [
        ("main", None),
        ("side", Some([channel].into_iter().collect())),
        ("inspector", None),
    ] {
        let page = in_process::connect(&socket, window, &executor, allowed);
        let page = bench
            .pair
            .run(FrontendIpc::startup(page, Declared::default()))
            .unwrap();
        let call = by_name::<u32>(&page, "inspector", "count", &NOTHING);
        assert_eq!(
            words(bench.pair.run(call)),
            format!(
                "window `{window}` may not call `inspector`; only the inspector's own window may"
            )
        );
    }
    drop(guard);
    // What a window connects with stays: its own handler does not open the channel either.
    let page = in_process::connect(&socket, "late", &executor, None);
    let own = InspectorServer(Two).into_ipc_handler();
    let sessions = socket.sessions().into_iter();
    let mut late = sessions.filter(|session| &*session.origin().window == "late");
    let session = late.next().unwrap();
    let _guard = session.handle(own, Default::default()).unwrap();
    let page = bench
        .pair
        .run(FrontendIpc::startup(page, Declared::default()))
        .unwrap();
    let call = by_name::<u32>(&page, "inspector", "count", &NOTHING);
    assert_eq!(
        words(bench.pair.run(call)),
        "window `late` may not call `inspector`; only the inspector's own window may"
    );
}
