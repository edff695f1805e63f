//! What the code that the contract macros generate does, from a call to its result.
//!
//! Both halves run in this process, over the same frames as on any pipe. What the macros refuse
//! is in `refusals.rs`. Long, since nearly all of it tests the one `Notes` contract.

#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.
#![allow(missing_docs)] // Contracts without documentation are a part of what is tested.

use std::{
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use twinbridge_common::{
    Bytes, CallContext, CallError, FrontendIpc, IpcError, IpcInterface as _,
    ipc::{
        BackendError, CodecError, Declared, IntoIpcHandler as _, NoError, Refusal, VersionPolicy,
        in_process::{self, Pair},
    },
    ipc_interface, ipc_notifications,
    wire::{ChannelName, MethodName},
};

/// Reads and writes the user's notes.
///
/// Of one user.
#[ipc_interface(channel = "notes", version = "1.0.0")]
pub trait Notes {
    /// Text of note `id`.
    async fn read(&self, id: u32, lines: Option<u32>) -> Result<String, NoteError>;
    async fn read_all(&self) -> Vec<String>;
    #[wire(name = "countAll")]
    #[deadline(ms = 500)]
    async fn count(&self) -> u64;
    #[blocking]
    fn hash(&self, text: String, rounds: Option<u32>) -> Result<Bytes, NoteError>;
    #[blocking]
    fn panics(&self);
    async fn r#type(&self, r#in: u8) -> u8;
    #[deadline(ms = 500)]
    async fn never(&self);
    /// Arguments that are called like names in the generated code.
    async fn shadow(&self, call: u8, arguments: u8, result: u8, refusal: u8) -> (u8, u8, u8, u8);
    async fn delete(&self, id: u32) -> Result<(), NoteError>;
}

#[derive(
    Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, thiserror::Error, IpcError,
)]
#[ipc_error(scope = "notes")]
pub enum NoteError {
    #[error("note {id} is not there")]
    #[ipc_error(key = "not-found", number = 65_574)]
    NotFound { id: u32 },
    #[error("the notes are locked")]
    IsLocked,
    #[error("of several fields")]
    Several(u8, u8),
}

#[derive(Debug, thiserror::Error, IpcError)]
#[error("the disk is full")]
#[ipc_error(scope = "files", number = 7)]
struct DiskFull;

#[derive(Default)]
struct NoteBook {
    hashed: AtomicU64,
}

impl Notes for NoteBook {
    async fn read(&self, id: u32, lines: Option<u32>) -> Result<String, NoteError> {
        match id {
            0 => Err(NoteError::NotFound { id }),
            1 => Err(NoteError::IsLocked),
            _ => Ok(format!("{id} {lines:?}")),
        }
    }

    async fn read_all(&self) -> Vec<String> {
        vec!["a".to_owned()]
    }

    async fn count(&self) -> u64 {
        u64::MAX
    }

    fn hash(&self, text: String, rounds: Option<u32>) -> Result<Bytes, NoteError> {
        self.hashed.fetch_add(1, Ordering::Relaxed);
        assert_eq!(
            CallContext::current().expect("a call runs").method(),
            "hash"
        );
        Ok(Bytes::from(format!("{text}{rounds:?}").into_bytes()))
    }

    fn panics(&self) {
        panic!("as it was told to");
    }

    async fn r#type(&self, r#in: u8) -> u8 {
        r#in
    }

    async fn never(&self) {
        std::future::pending().await
    }

    async fn shadow(&self, call: u8, arguments: u8, result: u8, refusal: u8) -> (u8, u8, u8, u8) {
        (call, arguments, result, refusal)
    }

    async fn delete(&self, id: u32) -> Result<(), NoteError> {
        self.read(id, None).await.map(|_| ())
    }
}

fn with_notes<F: Future>(test: impl FnOnce(FrontendIpc, NotesClient) -> F) -> F::Output {
    let pair = in_process::pair();
    let _guard = pair
        .backend()
        .handle(NotesServer(NoteBook::default()))
        .unwrap();
    let frontend = start(&pair);
    let client = frontend.client().unwrap();
    pair.run(test(frontend, client))
}

fn start(pair: &Pair) -> FrontendIpc {
    let declared = Declared::default().interface::<NotesInterface>();
    pair.run(FrontendIpc::startup(pair.connect("main"), declared))
        .unwrap()
}

async fn by_name<T: DeserializeOwned>(
    frontend: &FrontendIpc,
    method: &str,
    arguments: &(impl Serialize + ?Sized),
) -> Result<T, CallError<BackendError>> {
    let call = frontend.call_backend(NotesInterface::CHANNEL, method.parse().unwrap(), arguments);
    call.unwrap().await
}

/// No arguments: an empty array, where `()` would be null.
const NOTHING: [u8; 0] = [];

fn refused<T>(result: Result<T, CallError<BackendError>>) -> String {
    match result {
        Err(CallError::Refused(refusal)) => refusal.to_string(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("the call was run"),
    }
}

#[test]
fn a_client_calls_every_kind_of_method() {
    with_notes(async |_, notes| {
        assert_eq!(notes.read(7, Some(3)).await.unwrap(), "7 Some(3)");
        assert_eq!(notes.read(7, None).await.unwrap(), "7 None");
        assert_eq!(notes.read_all().await.unwrap(), ["a"]);
        assert_eq!(notes.count().await.unwrap(), u64::MAX);
        assert_eq!(notes.r#type(7).await.unwrap(), 7);
        assert_eq!(notes.shadow(1, 2, 3, 4).await.unwrap(), (1, 2, 3, 4));
        notes.delete(7).await.unwrap();
        assert_eq!(notes.get_version().await.unwrap(), "1.0.0");
    });
}

#[test]
fn a_blocking_method_runs_on_the_pool_inside_its_context() {
    let pair = in_process::pair();
    let book = Arc::new(NoteBook::default());
    let _guard = pair
        .backend()
        .handle(NotesServer(Arc::clone(&book)))
        .unwrap();
    let notes: NotesClient = start(&pair).client().unwrap();
    let hash = pair.run(notes.hash("text".to_owned(), Some(2))).unwrap();
    assert_eq!(hash.as_slice(), b"textSome(2)");
    assert_eq!(book.hashed.load(Ordering::Relaxed), 1);
}

#[test]
fn a_panic_on_the_pool_is_refused_as_one() {
    with_notes(async |_, notes| {
        let error = notes.panics().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            CallError::<NoError>::Refused(Refusal::Panicked {
                channel: "notes".to_owned(),
                method: "panics".to_owned(),
            })
            .to_string()
        );
    });
}

#[test]
fn the_methods_own_error_comes_back_as_its_type() {
    with_notes(async |_, notes| {
        for (id, expected) in [(0, NoteError::NotFound { id: 0 }), (1, NoteError::IsLocked)] {
            match notes.read(id, None).await {
                Err(CallError::App(error)) => assert_eq!(error, expected),
                other => panic!("{other:?}"),
            }
        }
        assert!(matches!(
            notes.delete(0).await,
            Err(CallError::App(NoteError::NotFound { id: 0 }))
        ));
    });
}

#[test]
fn an_error_type_has_scope_key_and_number() {
    for (error, key, number) in [
        (NoteError::NotFound { id: 7 }, "not-found", Some(65_574)),
        (NoteError::IsLocked, "isLocked", None),
        (NoteError::Several(1, 2), "several", None),
    ] {
        assert_eq!(
            (error.scope(), error.key(), error.number()),
            ("notes", key, number)
        );
    }
    assert_eq!(
        (DiskFull.scope(), DiskFull.key(), DiskFull.number()),
        ("files", "diskFull", Some(7))
    );
}

#[test]
fn methods_are_called_by_their_wire_names() {
    with_notes(async |frontend, _| {
        assert_eq!(
            by_name::<Vec<String>>(&frontend, "readAll", &NOTHING)
                .await
                .unwrap(),
            ["a"]
        );
        assert_eq!(
            by_name::<u64>(&frontend, "countAll", &NOTHING)
                .await
                .unwrap(),
            u64::MAX
        );
        assert_eq!(by_name::<u8>(&frontend, "type", &(7,)).await.unwrap(), 7);
        for unknown in ["read_all", "count", "r#type", "Read"] {
            assert_eq!(
                refused(by_name::<()>(&frontend, unknown, &NOTHING).await),
                format!("interface `notes` has no method `{unknown}`")
            );
        }
    });
}

#[test]
fn an_argument_is_refused_by_its_name() {
    with_notes(async |frontend, _| {
        let missing: Result<String, _> = by_name(&frontend, "read", &NOTHING).await;
        assert_eq!(refused(missing), "notes.read: argument 1, `id`, is missing");
        let wrong: Result<String, _> = by_name(&frontend, "read", &(7, "three")).await;
        let wrong = refused(wrong);
        assert!(
            wrong.starts_with("notes.read: argument 2, `lines`, is wrong"),
            "{wrong}"
        );
        let raw: Result<u8, _> = by_name(&frontend, "type", &("x",)).await;
        let raw = refused(raw);
        assert!(
            raw.starts_with("notes.type: argument 1, `in`, is wrong"),
            "{raw}"
        );
    });
}

#[test]
fn a_missing_option_is_none_and_a_surplus_argument_is_refused() {
    with_notes(async |frontend, _| {
        assert_eq!(
            by_name::<String>(&frontend, "read", &(7,)).await.unwrap(),
            "7 None"
        );
        let surplus: Result<String, _> = by_name(&frontend, "read", &(7, 1, 2)).await;
        assert_eq!(
            refused(surplus),
            "notes.read: 3 arguments were given, the method has 2"
        );
        let surplus: Result<u64, _> = by_name(&frontend, "countAll", &(7,)).await;
        assert_eq!(
            refused(surplus),
            "notes.countAll: 1 arguments were given, the method has 0"
        );
    });
}

#[test]
fn a_deadline_of_the_contract_holds_unless_the_caller_sets_another() {
    with_notes(async |_, notes| {
        let after = |error: CallError| match error {
            CallError::Refused(Refusal::Deadline { after_ms }) => after_ms,
            other => panic!("{other:?}"),
        };
        assert_eq!(after(notes.never().await.unwrap_err()), 500);
        let never = notes.never().deadline(Duration::from_millis(50));
        assert_eq!(after(never.await.unwrap_err()), 50);
    });
}

#[test]
fn a_value_without_a_wire_form_is_not_sent() {
    #[derive(Deserialize, JsonSchema)]
    struct Stubborn;
    impl Serialize for Stubborn {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no"))
        }
    }
    #[ipc_interface(channel = "stubborn", version = "1.0.0")]
    trait Stubbornness {
        async fn take(&self, it: Stubborn);
    }
    with_notes(async |frontend, _| {
        let client: StubbornnessClient = frontend.client().unwrap();
        assert!(matches!(
            client.take(Stubborn).await,
            Err(CallError::Codec(CodecError::Arguments(_)))
        ));
    });
}

#[test]
fn the_interface_says_what_the_contract_says() {
    let info = NotesInterface::info();
    assert_eq!(
        (info.name, info.channel.as_str(), info.version, info.docs),
        (
            "Notes",
            "notes",
            "1.0.0",
            "Reads and writes the user's notes.\n\nOf one user."
        )
    );
    let names: Vec<_> = info
        .methods
        .iter()
        .map(|method| method.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "read", "readAll", "countAll", "hash", "panics", "type", "never", "shadow", "delete"
        ]
    );
    let read = info.method("read").unwrap();
    assert_eq!(
        (read.signature, read.docs, read.rust_name, read.deadline_ms),
        (
            "async fn read(&self, id: u32, lines: Option<u32>) -> Result<String, NoteError>",
            "Text of note `id`.",
            "read",
            0
        )
    );
    assert_eq!(read.arguments[1].name, "lines");
    assert_eq!(
        read.arguments[1].schema["type"],
        serde_json::json!(["integer", "null"])
    );
    assert_eq!(read.result.as_ref().unwrap()["type"], "string");
    assert_eq!(read.error.as_ref().unwrap()["title"], "NoteError");
    let delete = info.method("delete").unwrap();
    assert!(delete.result.is_none() && delete.error.is_some());
    let count = info.method("countAll").unwrap();
    assert_eq!(
        (count.rust_name, count.deadline_ms, count.error.is_none()),
        ("count", 500, true)
    );
    assert_eq!(info.method("type").unwrap().arguments[0].name, "in");
    assert!(std::ptr::eq(info, NotesInterface::info()));
}

#[test]
fn a_server_is_a_handler_with_its_contract() {
    let handler = NotesServer(NoteBook::default()).into_ipc_handler();
    assert_eq!(handler.channel_name(), NotesInterface::CHANNEL);
    assert_eq!(handler.version(), "1.0.0");
    assert!(std::ptr::eq(
        handler.interface().unwrap(),
        NotesInterface::info()
    ));
    let pair = in_process::pair();
    let _guard = pair
        .backend()
        .handle_dynamic(handler, VersionPolicy::Compatible)
        .unwrap();
}

/// What happens to open files.
#[ipc_notifications(channel = "files-events", version = "1.0.0")]
pub trait FilesEvents {
    fn grew(&self, len: u64);
    #[latest]
    #[wire(name = "percent")]
    fn progress_made(&self, done: u64, total: u64);
    fn closed(&self);
}

#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    fn add(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl FilesEvents for Log {
    fn grew(&self, len: u64) {
        self.add(format!("grew {len}"));
    }

    fn progress_made(&self, done: u64, total: u64) {
        self.add(format!("{done} of {total}"));
    }

    fn closed(&self) {
        self.add("closed".to_owned());
    }
}

#[test]
fn notifications_are_received_in_order() {
    let pair = in_process::pair();
    let frontend = start_without_interfaces(&pair);
    let log = Arc::new(Log::default());
    let listener = frontend
        .listen(FilesEventsReceiver(Arc::clone(&log)))
        .unwrap();
    let sender = FilesEventsSender::new(pair.backend().notification_sender().unwrap());
    sender.grew(7).now().unwrap();
    sender.progress_made(1, 2).now().unwrap();
    sender.closed().now().unwrap();
    pair.settle();
    assert_eq!(log.take(), ["grew 7", "1 of 2", "closed"]);
    listener.remove();
    sender.closed().now().unwrap();
    pair.settle();
    assert_eq!(log.take(), [""; 0]);
}

#[test]
fn a_notification_that_breaks_the_contract_is_not_handled() {
    let pair = in_process::pair();
    let frontend = start_without_interfaces(&pair);
    let log = Arc::new(Log::default());
    let _listener = frontend
        .listen(FilesEventsReceiver(Arc::clone(&log)))
        .unwrap();
    let send = |name: &'static str, len: &str| {
        let name = MethodName::literal(name);
        pair.backend()
            .send_message(&FilesEventsInterface::CHANNEL, &name, &(len,))
            .unwrap();
    };
    send("grew", "seven");
    send("shrank", "7");
    send("closed", "surplus");
    pair.settle();
    assert_eq!(log.take(), [""; 0]);
}

#[test]
fn the_interface_of_notifications_says_what_the_contract_says() {
    let info = FilesEventsInterface::info();
    assert_eq!(
        (info.name, info.docs),
        ("FilesEvents", "What happens to open files.")
    );
    let names: Vec<_> = info
        .methods
        .iter()
        .map(|method| method.name.as_str())
        .collect();
    assert_eq!(names, ["grew", "percent", "closed"]);
    assert!(
        info.methods
            .iter()
            .all(|method| method.result.is_none() && method.error.is_none())
    );
    assert_eq!(info.methods[0].signature, "fn grew(&self, len: u64)");
}

fn start_without_interfaces(pair: &Pair) -> FrontendIpc {
    pair.run(FrontendIpc::startup(
        pair.connect("main"),
        Declared::default(),
    ))
    .unwrap()
}

/// The crate's path can be given, for apps that re-export it.
mod renamed {
    pub(super) mod deep {
        pub(crate) use twinbridge_common as bridge;
    }

    #[twinbridge_common::ipc_interface(
        channel = "renamed",
        version = "1.0.0",
        crate = self::deep::bridge
    )]
    pub(super) trait Renamed {
        async fn read(&self) -> u8;
    }

    #[twinbridge_common::ipc_notifications(
        channel = "renamed-events",
        version = "1.0.0-beta.1",
        crate = self::deep::bridge
    )]
    pub(super) trait RenamedEvents {
        fn changed(&self);
    }
}

#[test]
fn a_contract_may_name_the_path_of_the_crate() {
    assert_eq!(
        renamed::RenamedInterface::CHANNEL,
        ChannelName::literal("renamed")
    );
    assert_eq!(renamed::RenamedEventsInterface::VERSION, "1.0.0-beta.1");
}

/// Expansions are clean under lints that are stricter than this workspace's own.
#[deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    single_use_lifetimes,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::str_to_string,
    clippy::absolute_paths,
    clippy::shadow_unrelated
)]
mod strict {
    use super::{Bytes, NoteError};

    /// Reads and writes.
    #[twinbridge_common::ipc_interface(channel = "strict", version = "1.0.0")]
    pub(super) trait Strict {
        /// Reads.
        async fn read(&self, id: u32, name: String) -> Result<String, NoteError>;
        /// Counts.
        async fn count(&self) -> u64;
        /// Hashes.
        #[blocking]
        fn hash(&self, text: String) -> Result<Bytes, NoteError>;
        /// Was better once.
        #[deprecated = "use `count`"]
        async fn old(&self, name: String);
    }

    /// What happens.
    #[twinbridge_common::ipc_notifications(channel = "strict-events", version = "1.0.0")]
    pub(super) trait StrictEvents {
        /// It was renamed.
        fn renamed(&self, to: String);
        /// It goes on.
        #[latest]
        fn progress(&self, done: u64);
    }
}

#[test]
fn a_strict_contract_is_a_contract() {
    assert_eq!(strict::StrictInterface::info().methods.len(), 4);
    assert_eq!(strict::StrictEventsInterface::info().methods.len(), 2);
}

/// A contract that says what it means on the wire, and one that says what it meant once.
mod pinned {
    #[twinbridge_common::ipc_interface(
        channel = "pinned",
        version = "1.0.0",
        fingerprint = "0000000000000000"
    )]
    pub(super) trait Stale {
        async fn read(&self, id: u32) -> String;
    }
}

#[test]
fn a_page_takes_the_fingerprint_that_its_contract_pins() {
    use twinbridge_common::interfaces::files::FilesInterface;
    assert_eq!(
        FilesInterface::FINGERPRINT,
        Some(FilesInterface::fingerprint())
    );
    assert_eq!(
        FilesInterface::fingerprint(),
        FilesInterface::info().fingerprint
    );
    // One that pins nothing makes it.
    assert_eq!(NotesInterface::FINGERPRINT, None);
    assert_eq!(
        NotesInterface::fingerprint(),
        NotesInterface::info().fingerprint
    );
}

#[test]
#[should_panic(
    expected = "the contract of `Stale` has changed: its attribute says `fingerprint = \
                           \"0000000000000000\"`, and it is \""
)]
fn a_backend_does_not_start_with_a_contract_that_is_not_what_it_pins() {
    let _ = pinned::StaleInterface::info();
}
