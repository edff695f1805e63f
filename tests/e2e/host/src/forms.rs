//! A contract with every kind of schema, for the forms that the Explorer draws.
//!
//! The handler knows which value a test fills in, compares it bit for bit, and says so; the
//! value comes back with it, so that the test reads the reply too.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use twinbridge_common::{
    Bytes, IpcError, IpcStream,
    ipc::{BackendSocket, CallContext, NotificationSender},
    ipc_interface, ipc_notifications,
    wire::{ByeCode, Value},
};

/// Target of the lines that `lines` logs.
pub(crate) const FLOOD: &str = "flood";

/// Takes a value of every kind, and says whether it is the one that was expected.
///
/// # For tests
/// - Each method takes one kind of schema.
/// - The expected values stand in its handler.
#[ipc_interface(channel = "forms", version = "1.0.0")]
pub(crate) trait Forms {
    /// Texts of several lines, one letter, and a text that may be missing.
    async fn texts(
        &self,
        text: String,
        letter: char,
        some: Option<String>,
        none: Option<String>,
    ) -> Compared;

    /// Integers of every width, at their ends.
    async fn integers(&self, value: Integers) -> Compared;

    /// Floats that JSON cannot say, and one of 32 bits.
    async fn floats(&self, value: Floats) -> Compared;

    /// Truth, nothing, and an enum of names.
    async fn words(
        &self,
        yes: bool,
        no: bool,
        unit: (),
        side: Side,
        other: Option<Side>,
    ) -> Compared;

    /// Enums as serde can write them.
    async fn enums(
        &self,
        plain: External,
        external: External,
        internal: Internal,
        adjacent: Adjacent,
        untagged: Untagged,
    ) -> Compared;

    /// Lists, arrays and tuples.
    async fn lists(
        &self,
        list: Vec<Inner>,
        fixed: [u16; 2],
        tuple: (u8, String),
        empty: Vec<u8>,
    ) -> Compared;

    /// Maps with keys of text, numbers and names.
    async fn maps(
        &self,
        text: BTreeMap<String, u32>,
        number: BTreeMap<i16, String>,
        name: BTreeMap<Side, u8>,
    ) -> Compared;

    /// Binary data.
    async fn data(&self, data: Bytes, some: Option<Bytes>) -> Compared;

    /// A struct that others are flattened into, with a field that has a default.
    async fn flat(&self, value: Flat) -> Compared;

    /// A type that contains itself.
    async fn tree(&self, tree: Tree) -> Compared;

    /// Any value.
    async fn any(&self, value: Value) -> Compared;

    /// What is in what.
    async fn nested(&self, value: Nested) -> Compared;

    /// Times, each as contracts write them.
    async fn times(&self, at: Moment, any: Value, long: Duration) -> Compared;

    /// A schema that no form can be drawn of.
    async fn odd(&self, value: Odd) -> Compared;

    /// Gives bytes that are no value. `Broken` answers in its place.
    async fn garbage(&self) -> u32;

    /// Fails in the way that is asked for.
    async fn fail(&self, how: Failing) -> Result<u32, FormError>;

    /// Runs until it is cancelled. `cancelled` counts that.
    async fn wait(&self);

    /// How often `wait` was cancelled.
    async fn cancelled(&self) -> u32;

    /// The numbers from 1, and an error behind them where it is asked for.
    async fn numbers(&self, count: u64, fails: bool) -> IpcStream<u64, FormError>;

    /// The numbers from 1, a thousand at a time, for as long as they are taken.
    async fn endless(&self) -> IpcStream<u64>;

    /// So many bytes at once.
    async fn large(&self, len: u32) -> Bytes;

    /// Tells the page the numbers from 1.
    async fn chatter(&self, count: u32) -> u32;

    /// Logs so many lines for the page, one right after the other.
    async fn lines(&self, count: u32) -> u32;
}

/// What the host tells the page.
#[ipc_notifications(channel = "forms/chatter", version = "1.0.0")]
pub(crate) trait Chatter {
    /// A number.
    fn said(&self, number: u32);
}

/// Whether what came is what was expected, and what came.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Compared {
    /// `the same`, or what was expected.
    verdict: String,
    /// What came, as Rust prints it.
    came: String,
}

impl Compared {
    fn new<T: Debug + PartialEq>(came: &T, expected: &T) -> Self {
        let verdict = match came == expected {
            true => "the same".to_owned(),
            false => format!("expected {expected:?}"),
        };
        let came = format!("{came:?}");
        Self { verdict, came }
    }
}

/// One of each width.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Integers {
    a: u8,
    b: i8,
    c: u16,
    d: i32,
    e: u64,
    f: i64,
    /// Beyond what a float holds.
    g: i64,
    h: u128,
    i: i128,
}

/// Some that are not equal to themselves.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Floats {
    a: f64,
    b: f64,
    c: f64,
    d: f64,
    e: f32,
    f: f32,
}

impl Floats {
    fn bits(&self) -> ([u64; 4], [u32; 2]) {
        let Self { a, b, c, d, e, f } = self;
        (
            [a, b, c, d].map(|float| float.to_bits()),
            [e, f].map(|float| float.to_bits()),
        )
    }
}

/// Left or right.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub(crate) enum Side {
    /// Where the heart is.
    Left,
    /// The other.
    Right,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Inner {
    /// What it is called.
    name: String,
    count: Option<u32>,
}

fn inner(name: &str, count: Option<u32>) -> Inner {
    Inner {
        name: name.to_owned(),
        count,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum External {
    Plain,
    Pair(u8, String),
    Fields { inner: Inner },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Internal {
    Nothing,
    Newtype(Inner),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
pub(crate) enum Adjacent {
    Nothing,
    Some(Side),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Untagged {
    Number(i32),
    Text(String),
    Inner(Inner),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Flat {
    own: u8,
    #[serde(default)]
    later: u8,
    #[serde(flatten)]
    inner: Inner,
    #[serde(flatten)]
    shape: Shape,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "shape")]
pub(crate) enum Shape {
    Flat,
    Round { radius: f64 },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Tree {
    Leaf(i64),
    Node(Box<Self>, Box<Self>),
}

/// Structs, lists and maps, each within another or missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Nested {
    id: Id,
    some: Option<Inner>,
    none: Option<Box<Self>>,
    rows: Vec<Vec<u8>>,
    set: BTreeSet<u16>,
    groups: BTreeMap<String, Vec<Inner>>,
}

/// A number of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Id(u64);

/// A date and time, as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Moment(#[schemars(extend("format" = "date-time"))] String);

/// Anything whose schema refers to itself alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Odd(Value);

impl JsonSchema for Odd {
    fn schema_name() -> Cow<'static, str> {
        "Odd".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Self>()
    }
}

/// How a call is to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Failing {
    /// With the method's own error.
    Application,
    /// By a panic.
    Refusal,
    /// By an end of the session before there is an answer.
    Pipe,
}

/// The error of a method.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IpcError, thiserror::Error,
)]
#[ipc_error(scope = "forms")]
pub(crate) enum FormError {
    /// As it was asked for.
    #[error("it failed after {items} items, as it was asked to")]
    Asked {
        /// Items before it.
        items: u64,
    },
}

/// Compares.
#[derive(Clone, Debug)]
pub(crate) struct FormsHandler {
    socket: BackendSocket,
    cancelled: Arc<std::sync::atomic::AtomicU32>,
}

impl FormsHandler {
    pub(crate) fn new(socket: BackendSocket) -> Self {
        Self {
            socket,
            cancelled: Arc::default(),
        }
    }
}

/// Counts when it is dropped.
struct Count(Arc<std::sync::atomic::AtomicU32>);

impl Drop for Count {
    fn drop(&mut self) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Forms for FormsHandler {
    async fn texts(
        &self,
        text: String,
        letter: char,
        some: Option<String>,
        none: Option<String>,
    ) -> Compared {
        let expected = ("two\nlines \"é\"", 'ß', Some("yes"), None);
        Compared::new(
            &(&*text, letter, some.as_deref(), none.as_deref()),
            &expected,
        )
    }

    async fn integers(&self, value: Integers) -> Compared {
        let expected = Integers {
            a: u8::MAX,
            b: i8::MIN,
            c: 0,
            d: i32::MIN,
            e: u64::MAX,
            f: i64::MIN,
            g: (1 << 53) + 1,
            h: u128::MAX,
            i: i128::MIN,
        };
        Compared::new(&value, &expected)
    }

    async fn floats(&self, value: Floats) -> Compared {
        let expected = Floats {
            a: f64::NAN,
            b: f64::NEG_INFINITY,
            c: -0.0,
            d: 0.1 + 0.2,
            e: 0.1,
            f: f32::INFINITY,
        };
        let mut compared = Compared::new(&value.bits(), &expected.bits());
        compared.came = format!("{value:?}");
        compared
    }

    async fn words(
        &self,
        yes: bool,
        no: bool,
        (): (),
        side: Side,
        other: Option<Side>,
    ) -> Compared {
        Compared::new(
            &(yes, no, side, other),
            &(true, false, Side::Right, Some(Side::Left)),
        )
    }

    async fn enums(
        &self,
        plain: External,
        external: External,
        internal: Internal,
        adjacent: Adjacent,
        untagged: Untagged,
    ) -> Compared {
        let expected = (
            External::Plain,
            External::Fields {
                inner: inner("outer", None),
            },
            Internal::Newtype(inner("new", Some(7))),
            Adjacent::Some(Side::Right),
            Untagged::Inner(inner("free", None)),
        );
        Compared::new(&(plain, external, internal, adjacent, untagged), &expected)
    }

    async fn lists(
        &self,
        list: Vec<Inner>,
        fixed: [u16; 2],
        tuple: (u8, String),
        empty: Vec<u8>,
    ) -> Compared {
        let expected = (
            vec![inner("one", None), inner("two", Some(2))],
            [1, 65535],
            (9, "nine".to_owned()),
            vec![],
        );
        Compared::new(&(list, fixed, tuple, empty), &expected)
    }

    async fn maps(
        &self,
        text: BTreeMap<String, u32>,
        number: BTreeMap<i16, String>,
        name: BTreeMap<Side, u8>,
    ) -> Compared {
        let expected = (
            BTreeMap::from([("a key".to_owned(), 1), ("other".to_owned(), 2)]),
            BTreeMap::from([(-7, "seven".to_owned())]),
            BTreeMap::from([(Side::Right, 3)]),
        );
        Compared::new(&(text, number, name), &expected)
    }

    async fn data(&self, data: Bytes, some: Option<Bytes>) -> Compared {
        let expected = (Bytes::from(vec![0, 255, 16]), Some(Bytes::new()));
        Compared::new(&(data, some), &expected)
    }

    async fn flat(&self, value: Flat) -> Compared {
        let expected = Flat {
            own: 1,
            later: 2,
            inner: inner("flat", None),
            shape: Shape::Round { radius: 1.5 },
        };
        Compared::new(&value, &expected)
    }

    async fn tree(&self, tree: Tree) -> Compared {
        let leaf = |number| Box::new(Tree::Leaf(number));
        let expected = Tree::Node(leaf(1), Box::new(Tree::Node(leaf(2), leaf(-3))));
        Compared::new(&tree, &expected)
    }

    async fn any(&self, value: Value) -> Compared {
        let pair = (Value::Undefined, Value::Date(1.5));
        let expected = Value::from([
            ("map", Value::Map(vec![pair])),
            ("bytes", Value::bytes(vec![1, 2])),
        ]);
        Compared::new(&value, &expected)
    }

    async fn fail(&self, how: Failing) -> Result<u32, FormError> {
        match how {
            Failing::Application => Err(FormError::Asked { items: 0 }),
            Failing::Refusal => panic!("as the test asked"),
            Failing::Pipe => {
                if let Some(page) = CallContext::current().and_then(|context| context.session()) {
                    page.close(ByeCode::Closed, "as the test asked");
                }
                std::future::pending().await
            }
        }
    }

    async fn nested(&self, value: Nested) -> Compared {
        let expected = Nested {
            id: Id(u64::MAX),
            some: Some(inner("some", None)),
            none: None,
            rows: vec![vec![1, 255], vec![]],
            set: [3, 7].into(),
            groups: [(
                "both".to_owned(),
                vec![inner("one", Some(1)), inner("two", None)],
            )]
            .into(),
        };
        Compared::new(&value, &expected)
    }

    async fn times(&self, at: Moment, any: Value, long: Duration) -> Compared {
        let at_expected = Moment("2026-03-14T09:26:53.589Z".to_owned());
        let any_expected = Value::Date(1_773_480_413_589.0);
        let long_expected = Duration::new(93, 500_000_000);
        Compared::new(
            &(at, any, long),
            &(at_expected, any_expected, long_expected),
        )
    }

    async fn odd(&self, value: Odd) -> Compared {
        Compared::new(&value, &Odd(Value::from([("left", Value::Int(1))])))
    }

    async fn garbage(&self) -> u32 {
        0
    }

    async fn wait(&self) {
        let _count = Count(Arc::clone(&self.cancelled));
        std::future::pending().await
    }

    async fn cancelled(&self) -> u32 {
        self.cancelled.load(std::sync::atomic::Ordering::Relaxed)
    }

    async fn numbers(&self, count: u64, fails: bool) -> IpcStream<u64, FormError> {
        let end = fails.then_some(Err(FormError::Asked { items: count }));
        IpcStream::new(stream::iter((1..=count).map(Ok)).chain(stream::iter(end)))
    }

    async fn endless(&self) -> IpcStream<u64> {
        let clock = tokio::time::interval(Duration::from_millis(20));
        let ticks = stream::unfold(clock, async |mut clock| {
            clock.tick().await;
            Some(((), clock))
        });
        let numbers = ticks.enumerate().flat_map(|(turn, ())| {
            let first = turn as u64 * 1000 + 1;
            stream::iter(first..first + 1000)
        });
        IpcStream::of(numbers)
    }

    async fn large(&self, len: u32) -> Bytes {
        Bytes::from(vec![7; len as usize])
    }

    async fn chatter(&self, count: u32) -> u32 {
        let sender = NotificationSender::new(Arc::new(self.socket.clone()));
        let sender = ChatterSender::new(sender);
        for number in 1..=count {
            if sender.said(number).await.is_err() {
                return number - 1;
            }
        }
        count
    }
    async fn lines(&self, count: u32) -> u32 {
        for number in 1..=count {
            tracing::info!(target: FLOOD, "line {number}");
            // Other calls of the page are answered meanwhile.
            if number % 1000 == 0 {
                tokio::task::yield_now().await;
            }
        }
        count
    }
}
