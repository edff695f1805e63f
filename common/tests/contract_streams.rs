//! What the code that `#[ipc_interface]` generates does for methods that result in streams.
//!
//! Both halves run in this process. What the macro refuses of streams is in `refusals.rs`.

#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.
#![allow(missing_docs)] // Contracts without documentation are a part of what is tested.

use futures_util::stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use twinbridge_common::{
    Bytes, CallContext, CallError, FrontendIpc, IpcError, IpcInterface as _, IpcStream,
    ipc::{Declared, Fingerprint, in_process},
    ipc_interface,
};

/// Streams of every kind.
#[ipc_interface(channel = "tap", version = "1.0.0")]
pub trait Tap {
    /// Item by item.
    async fn drops(&self, count: u32) -> IpcStream<Drop>;
    /// It may not begin.
    async fn open(&self, valve: u32) -> Result<IpcStream<Bytes>, TapError>;
    /// It may fail meanwhile.
    async fn pour(&self) -> IpcStream<u64, TapError>;
    /// Both, each with an error of its own.
    #[deadline(ms = 100)]
    async fn fill(&self, at_once: bool) -> Result<IpcStream<u8, Leak>, TapError>;
    /// Made where blocking harms nobody.
    #[blocking]
    fn pump(&self, count: u32) -> IpcStream<u32>;
    /// The same, and it may not begin.
    #[blocking]
    fn suck(&self, count: u32) -> Result<twinbridge_common::IpcStream<u32>, TapError>;
    /// Named by its path, of nothing.
    async fn ticks(&self) -> twinbridge_common::ipc::IpcStream<()>;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Drop {
    pub size: u32,
}

#[derive(
    Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, thiserror::Error, IpcError,
)]
#[ipc_error(scope = "tap")]
pub enum TapError {
    #[error("valve {valve} is shut")]
    Shut { valve: u32 },
}

#[derive(
    Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, thiserror::Error, IpcError,
)]
#[error("it leaks")]
#[ipc_error(scope = "tap", number = 7)]
pub struct Leak;

struct Water;

impl Tap for Water {
    async fn drops(&self, count: u32) -> IpcStream<Drop> {
        IpcStream::of(stream::iter((0..count).map(|size| Drop { size })))
    }

    async fn open(&self, valve: u32) -> Result<IpcStream<Bytes>, TapError> {
        if valve == 0 {
            return Err(TapError::Shut { valve });
        }
        let data = Bytes::from_static(b"water");
        Ok(IpcStream::of(stream::iter([data.clone(), data])))
    }

    async fn pour(&self) -> IpcStream<u64, TapError> {
        IpcStream::new(stream::iter([
            Ok(u64::MAX),
            Err(TapError::Shut { valve: 3 }),
        ]))
    }

    async fn fill(&self, at_once: bool) -> Result<IpcStream<u8, Leak>, TapError> {
        if at_once {
            return Err(TapError::Shut { valve: 4 });
        }
        Ok(IpcStream::new(stream::iter([Ok(1), Err(Leak)])))
    }

    fn pump(&self, count: u32) -> IpcStream<u32> {
        assert_eq!(CallContext::current().unwrap().method(), "pump");
        IpcStream::of(stream::iter(0..count))
    }

    fn suck(&self, count: u32) -> Result<IpcStream<u32>, TapError> {
        match count {
            0 => Err(TapError::Shut { valve: 5 }),
            _ => Ok(self.pump_quietly(count)),
        }
    }

    async fn ticks(&self) -> IpcStream<()> {
        IpcStream::of(stream::iter([(), ()]))
    }
}

impl Water {
    fn pump_quietly(&self, count: u32) -> IpcStream<u32> {
        let Self = self;
        IpcStream::of(stream::iter(0..count))
    }
}

fn with_tap<T>(test: impl AsyncFnOnce(TapClient) -> T) -> T {
    let pair = in_process::pair();
    let _guard = pair.backend().handle(TapServer(Water)).unwrap();
    let declared = Declared::default().interface::<TapInterface>();
    let page = pair
        .run(FrontendIpc::startup(pair.connect("main"), declared))
        .unwrap();
    pair.run(test(page.client().unwrap()))
}

async fn all<T: 'static, E: 'static>(
    mut stream: IpcStream<T, E>,
) -> (Vec<T>, Option<CallError<E>>) {
    let mut items = Vec::new();
    loop {
        match stream.next().await {
            Some(Ok(item)) => items.push(item),
            Some(Err(error)) => return (items, Some(error)),
            None => return (items, None),
        }
    }
}

#[test]
fn a_client_reads_every_kind_of_stream() {
    with_tap(async |tap| {
        let (drops, error) = all(tap.drops(2).await.unwrap()).await;
        assert_eq!(drops, [Drop { size: 0 }, Drop { size: 1 }]);
        assert!(error.is_none());
        let (data, error) = all(tap.open(1).await.unwrap()).await;
        let water = Bytes::from_static(b"water");
        assert_eq!(data, [water.clone(), water]);
        assert!(error.is_none());
        assert_eq!(all(tap.ticks().await.unwrap()).await.0, [(), ()]);
        assert_eq!(all(tap.pump(3).await.unwrap()).await.0, [0, 1, 2]);
        assert_eq!(all(tap.suck(3).await.unwrap()).await.0, [0, 1, 2]);
    });
}

#[test]
fn each_error_comes_back_as_its_type_before_the_stream_and_in_it() {
    with_tap(async |tap| {
        let shut = |valve| TapError::Shut { valve };
        match tap.open(0).await.unwrap_err() {
            CallError::App(error) => assert_eq!(error, shut(0)),
            other => panic!("{other:?}"),
        }
        match all(tap.pour().await.unwrap()).await {
            (items, Some(CallError::App(error))) => {
                assert_eq!((&items[..], error), (&[u64::MAX][..], shut(3)));
            }
            other => panic!("{other:?}"),
        }
        match tap.fill(true).await.unwrap_err() {
            CallError::App(error) => assert_eq!(error, shut(4)),
            other => panic!("{other:?}"),
        }
        match all(tap.fill(false).await.unwrap()).await {
            (items, Some(CallError::App(Leak))) => assert_eq!(items, [1]),
            other => panic!("{other:?}"),
        }
        match tap.suck(0).await.unwrap_err() {
            CallError::App(error) => assert_eq!(error, shut(5)),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn the_interface_says_what_its_streams_carry() {
    let method = |name| TapInterface::info().method(name).unwrap();
    for name in ["drops", "open", "pour", "fill", "pump", "suck", "ticks"] {
        assert!(method(name).result.is_none(), "{name}");
    }
    let stream = |name| method(name).stream.as_ref().unwrap();
    assert_eq!(stream("drops").item["title"], "Drop");
    assert_eq!(stream("pour").item["format"], "uint64");
    assert_eq!(stream("ticks").item["type"], "null");
    let title = |schema: &Option<serde_json::Value>| {
        let schema = schema.as_ref()?;
        Some(schema["title"].as_str().unwrap().to_owned())
    };
    let errors = |name| (title(&stream(name).error), title(&method(name).error));
    let named = |name: &str| Some(name.to_owned());
    assert_eq!(errors("drops"), (None, None));
    assert_eq!(errors("open"), (None, named("TapError")));
    assert_eq!(errors("pour"), (named("TapError"), None));
    assert_eq!(errors("fill"), (named("Leak"), named("TapError")));
    assert_eq!(
        method("fill").signature,
        "async fn fill(&self, at_once: bool) -> Result<IpcStream<u8, Leak>, TapError>"
    );
    assert_eq!(method("fill").deadline_ms, 100);
}

/// One method per kind of result.
macro_rules! fingerprint_of {
    ($name:ident: $($result:tt)*) => {{
        #[allow(dead_code, reason = "only its contract is looked at")]
        mod $name {
            use super::*;

            #[ipc_interface(channel = "result", version = "1.0.0")]
            trait Results {
                async fn get(&self) -> $($result)*;
            }

            pub(super) fn fingerprint() -> Fingerprint {
                ResultsInterface::info().fingerprint
            }
        }
        (stringify!($($result)*), $name::fingerprint())
    }};
}

#[test]
fn what_a_stream_carries_and_that_it_is_one_counts_in_the_fingerprint() {
    let all = [
        fingerprint_of!(value: u32),
        fingerprint_of!(list: Vec<u32>),
        fingerprint_of!(stream: IpcStream<u32>),
        fingerprint_of!(other_item: IpcStream<u16>),
        fingerprint_of!(failing: IpcStream<u32, TapError>),
        fingerprint_of!(failing_otherwise: IpcStream<u32, Leak>),
        fingerprint_of!(refusing: Result<IpcStream<u32>, TapError>),
        fingerprint_of!(both: Result<IpcStream<u32, TapError>, TapError>),
        fingerprint_of!(nothing: IpcStream<()>),
    ];
    for (index, (result, fingerprint)) in all.iter().enumerate() {
        for (other, same) in &all[..index] {
            assert_ne!(fingerprint, same, "{result} and {other}");
        }
    }
    let again = fingerprint_of!(again: IpcStream<u32>);
    assert_eq!(again.1, all[2].1);
}

#[test]
fn halves_that_differ_in_a_stream_do_not_fit() {
    mod page {
        use super::*;

        #[ipc_interface(channel = "tap", version = "1.0.0")]
        pub(super) trait OlderTap {
            async fn drops(&self, count: u32) -> Vec<Drop>;
        }
    }
    let pair = in_process::pair();
    let _guard = pair.backend().handle(TapServer(Water)).unwrap();
    let declared = Declared::default().interface::<page::OlderTapInterface>();
    let error = pair
        .run(FrontendIpc::startup(pair.connect("main"), declared))
        .unwrap_err();
    assert!(error.to_string().contains("tap"), "{error}");
}

#[test]
fn what_may_surprise_is_found_in_items_and_in_the_errors_of_streams() {
    #[derive(Debug, Serialize, Deserialize, JsonSchema, thiserror::Error, IpcError)]
    #[error("at {at}")]
    #[ipc_error(scope = "odd")]
    struct OddError {
        at: u64,
    }
    #[ipc_interface(channel = "odd", version = "1.0.0")]
    trait Odd {
        async fn arrays(&self) -> IpcStream<Vec<u8>>;
        async fn wide(&self) -> Result<IpcStream<i64, OddError>, TapError>;
        async fn fine(&self) -> IpcStream<Bytes>;
    }
    let found: Vec<_> = OddInterface::info()
        .findings()
        .iter()
        .map(ToString::to_string)
        .collect();
    let wide = "a 64-bit integer is a `BigInt` beyond 53 bits in JavaScript; use `u32` or `f64` where that is enough";
    assert_eq!(
        found,
        [
            "odd.arrays, result: a `Vec<u8>` travels as an array of numbers; use `Bytes` for binary data".to_owned(),
            format!("odd.wide, result: {wide}"),
            format!("odd.wide, error: {wide}"),
        ]
    );
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
    use super::{Bytes, IpcStream, Leak, TapError};

    /// Streams.
    #[twinbridge_common::ipc_interface(channel = "strict", version = "1.0.0")]
    pub(super) trait Strict {
        /// Reads.
        async fn read(&self, name: String) -> Result<IpcStream<Bytes, Leak>, TapError>;
        /// Counts.
        #[blocking]
        fn count(&self) -> IpcStream<u32>;
        /// Was better once.
        #[deprecated = "use `count`"]
        async fn old(&self) -> IpcStream<u32, Leak>;
    }
}

#[test]
fn a_strict_contract_of_streams_is_a_contract() {
    assert_eq!(strict::StrictInterface::info().methods.len(), 3);
}
