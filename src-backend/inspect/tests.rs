//! The inspector and a page's own log, over sessions in this process.

use std::sync::Arc;

use tokio::runtime::Runtime;
use tracing_subscriber::layer::SubscriberExt as _;
use twinbridge_common::{
    FrontendIpc, IpcStream,
    interfaces::{
        host::{AppHostClient, AppHostInterface, AppHostServer},
        inspector::{
            Happening, InspectorClient, InspectorInterface, InspectorServer, LogLine, What,
        },
        session_log::{SessionLogClient, SessionLogServer},
    },
    ipc::{
        BackendSocket, Declared, Endpoint, IntoIpcHandler as _,
        in_process::{self, Executor},
    },
};

use super::{Feed, InspectorHandler, Lines, Wanted, handler::BATCH};
use crate::{
    Backend, TokioExecutor,
    handlers::{
        host::{AppFacts, HostHandler},
        session_log::SessionLogHandler,
    },
};

/// An app with a page, and somebody who inspects it.
struct App {
    runtime: Runtime,
    backend: Backend,
    executor: Arc<dyn Executor>,
}

impl App {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let socket = BackendSocket::default();
        let about = HostHandler::new(socket.clone(), AppFacts::default());
        let backend = Backend::over(socket)
            .handler(AppHostServer(about))
            .handler(SessionLogServer(SessionLogHandler))
            .build()
            .unwrap();
        let executor = Arc::new(TokioExecutor::new(runtime.handle().clone()));
        Self {
            runtime,
            backend,
            executor,
        }
    }

    fn page(&self, window: &str) -> FrontendIpc {
        let end = in_process::connect(self.backend.socket(), window, &self.executor, None);
        self.start(end, Declared::default().interface::<AppHostInterface>())
    }

    fn inspector(&self) -> FrontendIpc {
        let socket = self.backend.socket();
        let handler = InspectorHandler::new(socket.clone(), "inspector");
        let handler = InspectorServer(handler).into_ipc_handler();
        let end = in_process::connect_inspector(socket, "inspector", &self.executor, handler);
        let declared = Declared::default()
            .interface::<AppHostInterface>()
            .interface::<InspectorInterface>();
        self.start(end, declared)
    }

    fn start(&self, end: Endpoint, declared: Declared) -> FrontendIpc {
        let started = FrontendIpc::startup(end, declared);
        self.runtime.block_on(started).unwrap()
    }

    /// What comes, up to the first that `is_last`.
    fn until(
        &self,
        stream: &mut IpcStream<Vec<Happening>>,
        is_last: impl Fn(&What) -> bool,
    ) -> Vec<Happening> {
        self.runtime.block_on(async {
            let mut all: Vec<Happening> = Vec::new();
            while !all.iter().any(|happening| is_last(&happening.what)) {
                all.extend(stream.next().await.unwrap().unwrap());
            }
            all
        })
    }
}

#[test]
fn the_inspector_sees_every_other_session_and_itself_not() {
    let app = App::new();
    let early = app.page("early");
    let inspector = app.inspector();
    let client: InspectorClient = inspector.client().unwrap();
    let sessions = app.runtime.block_on(client.sessions()).unwrap();
    let windows: Vec<_> = sessions.iter().map(|one| one.window.as_str()).collect();
    assert_eq!(windows, ["early"]);
    let mut stream = app.runtime.block_on(client.watch(false)).unwrap();
    // Calls of its own are its own business.
    let own: AppHostClient = inspector.client().unwrap();
    app.runtime.block_on(own.app_info()).unwrap();
    let late = app.page("late");
    for page in [&early, &late] {
        let host: AppHostClient = page.client().unwrap();
        app.runtime.block_on(host.statistics()).unwrap();
    }
    drop(late);
    let seen = app.until(&mut stream, |what| matches!(what, What::Ended { .. }));
    // Other tests log, too.
    let traffic = seen.iter().filter(|one| !matches!(one.what, What::Log(_)));
    let words: Vec<_> = traffic
        .map(|Happening { session, what, .. }| match what {
            What::Began { window } => format!("{session} began {window}"),
            What::Call(made) => format!("{session} {}.{}", made.channel, made.method),
            What::Reply(answered) => {
                assert!(answered.times.is_some());
                assert_eq!(answered.ended.payload, None);
                format!("{session} {:?}", answered.ended.kind)
            }
            What::Ended { .. } => format!("{session} ended"),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        words,
        [
            "3 began late",
            "1 host.statistics",
            "1 Done",
            "3 host.statistics",
            "3 Done",
            "3 ended"
        ]
    );
}

#[test]
fn payloads_are_shown_where_they_were_asked_for() {
    let app = App::new();
    let page = app.page("main");
    let inspector = app.inspector();
    let client: InspectorClient = inspector.client().unwrap();
    let mut stream = app.runtime.block_on(client.watch(true)).unwrap();
    let host: AppHostClient = page.client().unwrap();
    let info = app.runtime.block_on(host.app_info()).unwrap();
    let seen = app.until(&mut stream, |what| matches!(what, What::Reply(_)));
    let reply = seen.into_iter().find_map(|one| match one.what {
        What::Reply(answered) => Some(answered),
        _ => None,
    });
    let answered = reply.unwrap();
    let payload = answered.ended.payload.unwrap().decoded().unwrap();
    assert_eq!(
        payload
            .decode::<twinbridge_common::interfaces::host::AppInfo>()
            .unwrap(),
        info
    );
}

#[test]
fn what_finds_no_room_is_counted_where_it_is_missing() {
    let app = App::new();
    let page = app.page("main");
    let wanted = Wanted {
        waiting: 4,
        ..Wanted::by_page(Lines::None)
    };
    let mut feed = Feed::of_traffic(app.backend.socket(), wanted);
    let host: AppHostClient = page.client().unwrap();
    for _ in 0..5 {
        app.runtime.block_on(host.statistics()).unwrap();
    }
    let mut next = || feed.try_next().map(|happening| happening.what);
    for _ in 0..2 {
        assert!(matches!(next(), Some(What::Call(_))));
        assert!(matches!(next(), Some(What::Reply(_))));
    }
    assert!(next().is_none());
    assert_eq!(
        feed.missing_now().unwrap().what,
        What::Dropped { count: 6 },
        "three calls and their replies"
    );
    assert_eq!(feed.missing_now(), None);
}

#[test]
fn what_is_missing_is_told_also_where_the_last_batch_is_full() {
    let app = App::new();
    let page = app.page("main");
    let wanted = Wanted {
        waiting: BATCH,
        ..Wanted::by_page(Lines::None)
    };
    let feed = Feed::of_traffic(app.backend.socket(), wanted);
    let host: AppHostClient = page.client().unwrap();
    for _ in 0..BATCH / 2 + 3 {
        app.runtime.block_on(host.statistics()).unwrap();
    }
    let mut batches = feed.into_batches();
    let batch = app.runtime.block_on(batches.next()).unwrap().unwrap();
    assert_eq!(batch.len(), BATCH + 1);
    assert_eq!(batch[BATCH].what, What::Dropped { count: 6 });
}

#[test]
fn a_page_sees_the_lines_of_its_own_session_and_the_inspector_those_of_all() {
    let app = App::new();
    let (first, second) = (app.page("first"), app.page("second"));
    let inspector = app.inspector();
    let client: InspectorClient = inspector.client().unwrap();
    let log: SessionLogClient = first.client().unwrap();
    let subscriber = tracing_subscriber::registry().with(crate::log::lines());
    let _logs = tracing::subscriber::set_default(subscriber);
    let mut own = app.runtime.block_on(log.lines()).unwrap();
    let mut all = app.runtime.block_on(client.watch(false)).unwrap();
    // A refusal is a line, in the session of whoever asked for it.
    for page in [&second, &first] {
        let (channel, method) = ("nobody".parse().unwrap(), "asks".parse().unwrap());
        let call = page.call_backend::<()>(channel, method, &[0; 0]).unwrap();
        app.runtime.block_on(call).unwrap_err();
    }
    tracing::info!(session = 1_u64, "the last line of the first");
    tracing::info!(session = 2_u64, "the last line of the second");
    let lines = |seen: Vec<Happening>| -> Vec<(u64, String)> {
        let lines = seen
            .into_iter()
            .filter_map(|happening| match happening.what {
                What::Log(LogLine { text, .. }) => Some((happening.session, text)),
                _ => None,
            });
        lines
            .filter(|(_, text)| text.contains("the last"))
            .collect()
    };
    let is_last = |words: &'static str| move |what: &What| matches!(what, What::Log(line) if line.text.contains(words));
    let of_own = lines(app.until(&mut own, is_last("the first")));
    assert_eq!(
        of_own,
        [(1, "the last line of the first session=1".to_owned())]
    );
    let of_all = lines(app.until(&mut all, is_last("the second")));
    assert_eq!(of_all.len(), 2);
}
