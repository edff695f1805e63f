//! A backend's end of a session under a peer that sends anything at any time.
//!
//! The input is a script: whole frames of raw bytes between well-formed ones, replies taken or
//! left, time passing. Nothing may panic, what runs and waits stays below its limits, and a
//! session beside it must not notice.
#![no_main]

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, VecDeque},
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Waker},
    time::Duration,
};

use futures_util::stream;
use libfuzzer_sys::{
    arbitrary::{Result, Unstructured},
    fuzz_target,
};
use twinbridge_common::{
    IpcStream,
    ipc::{
        BackendIpc, BackendOptions, BackendSocket, Endpoint, IpcInterface, Shell, Task,
        test_contract::*,
    },
    wire::{
        Bye, ByeCode, Bytes, ChannelName, ClientKind, Codec, DeclaredInterface, Ending, Frame,
        Hello, HelloBody, Limits, Metadata, MethodName, Notification, PROTOCOL, Part, Payload,
        Reply, Request, Stamps, Value, frames,
    },
};

const MAX_RUNNING: u32 = 8;

fuzz_target!(|data: &[u8]| {
    let mut limits = Limits::default();
    limits.max_message_bytes = 256 * 1024;
    limits.max_running_calls = MAX_RUNNING;
    let socket = BackendSocket::new(BackendOptions::default().limits(limits));
    let backend = BackendIpc::startup(socket.clone());
    let _handler = backend
        .handle(EverythingServer(Handler))
        .expect("the channel is free");
    let shell = Arc::new(Script::default());
    let (victim, bystander) = (
        socket.connect("victim", shell.clone(), None),
        socket.connect("bystander", shell.clone(), None),
    );
    // A script that ends early is no error.
    let _ = play(&mut Unstructured::new(data), &victim, &shell);
    shell.run();
    assert!(bystander.ended().is_none() || shell.now() >= Duration::from_secs(10));
    backend.shutdown();
    shell.run();
    assert!(shell.tasks().is_empty(), "a call runs on after its session");
});

fn play(script: &mut Unstructured<'_>, victim: &Endpoint, shell: &Script) -> Result<()> {
    while !script.is_empty() {
        match script.int_in_range(0..=12)? {
            0 => {
                let frame = script.arbitrary::<Vec<u8>>()?;
                victim.receive(&Bytes::from(frame));
            }
            1 => {
                let batch = Bytes::from(script.arbitrary::<Vec<u8>>()?);
                for frame in frames(&batch).flatten() {
                    victim.receive(&frame);
                }
            }
            2 => {
                let budget = script.arbitrary::<Option<u16>>()?.map(usize::from);
                let out = Bytes::from(victim.poll(budget).frames);
                for frame in frames(&out) {
                    let frame = frame.expect("what leaves is cut right");
                    Frame::read(&frame).expect("what leaves is a frame");
                }
            }
            3 => shell.run(),
            4 => {
                let step = Duration::from_millis(script.arbitrary::<u16>()?.into());
                shell.pass(step);
                victim.poll(None);
            }
            _ => victim.receive(&Bytes::from(frame(script)?.to_bytes())),
        }
        let load = victim.load();
        assert!(load.running_calls <= MAX_RUNNING as usize);
    }
    Ok(())
}

fn frame(script: &mut Unstructured<'_>) -> Result<Frame> {
    // Few numbers, so that calls and messages meet each other.
    let call = script.int_in_range(0..=3_u32)?;
    Ok(match script.int_in_range(0..=12)? {
        0 => Frame::Hello(Hello {
            protocol: *script.choose(&[PROTOCOL, PROTOCOL, 0])?,
            body: hello(script)?,
        }),
        1 => Frame::Cancel { call },
        2 => Frame::Reply(Reply {
            call,
            ending: ending(script)?,
        }),
        3 => Frame::Notification(Notification {
            channel: channel(script)?,
            name: method(script)?,
            arguments: payload(script)?,
        }),
        4 => Frame::StreamItem {
            call,
            item: payload(script)?,
        },
        5 => Frame::StreamCredit {
            call,
            items: script.arbitrary()?,
            bytes: script.arbitrary()?,
        },
        6 => Frame::StreamEnd {
            call,
            failure: Some(ending(script)?),
        },
        7 => Frame::Part(Part {
            message: call,
            total: script.arbitrary::<u16>()?.into(),
            piece: Bytes::from(script.arbitrary::<Vec<u8>>()?),
        }),
        8 => {
            // A request in two pieces.
            let whole = Bytes::from(Frame::Request(request(script, call)?).to_bytes());
            let at = script.int_in_range(0..=whole.len())?;
            Frame::Part(Part {
                message: call,
                total: whole.len() as u32,
                piece: whole.slice(if script.arbitrary()? {
                    0..at
                } else {
                    at..whole.len()
                }),
            })
        }
        12 => {
            let [arrived_us, started_us, ended_us, replied_us] = script.arbitrary()?;
            let stamps = Stamps {
                arrived_us,
                started_us,
                ended_us,
                replied_us,
            };
            Frame::Stamps { call, stamps }
        }
        9 if script.ratio(1, 8)? => Frame::Bye(Bye {
            code: ByeCode::Closed,
            text: "".into(),
        }),
        _ => Frame::Request(request(script, call)?),
    })
}

fn request(script: &mut Unstructured<'_>, call: u32) -> Result<Request> {
    let mut metadata = Metadata::default();
    if script.ratio(1, 8)? {
        metadata.insert(script.arbitrary()?, script.arbitrary()?);
    }
    Ok(Request {
        call,
        deadline_ms: script.int_in_range(0..=3)? * 100,
        channel: channel(script)?,
        method: method(script)?,
        metadata,
        arguments: payload(script)?,
    })
}

fn hello(script: &mut Unstructured<'_>) -> Result<HelloBody> {
    let info = EverythingInterface::info();
    let version = *script.choose(&[info.version, "9.9.9", ""])?;
    Ok(HelloBody {
        client: ClientKind::Rust,
        interfaces: vec![DeclaredInterface {
            channel: channel(script)?,
            version: version.to_owned(),
            fingerprint: info.fingerprint,
        }],
        ..HelloBody::default()
    })
}

fn channel(script: &mut Unstructured<'_>) -> Result<ChannelName> {
    let own = EverythingInterface::CHANNEL;
    let other = ChannelName::literal("other");
    let host = ChannelName::literal("host");
    Ok(script
        .choose(&[own.clone(), own.clone(), own, other, host])?
        .clone())
}

fn method(script: &mut Unstructured<'_>) -> Result<MethodName> {
    let info = EverythingInterface::info();
    let at = script.int_in_range(0..=info.methods.len() + 1)?;
    Ok(match info.methods.get(at) {
        Some(method) => method.name.clone(),
        None if at == info.methods.len() => MethodName::GET_VERSION,
        None => MethodName::literal("unknown"),
    })
}

fn payload(script: &mut Unstructured<'_>) -> Result<Payload> {
    let codec = *script.choose(&[Codec::MessagePack, Codec::Json])?;
    Ok(match script.int_in_range(0..=3)? {
        0 => Payload {
            codec,
            bytes: Bytes::from(script.arbitrary::<Vec<u8>>()?),
            attachments: vec![Bytes::from(script.arbitrary::<Vec<u8>>()?)],
        },
        1 => Payload::unit(codec),
        2 => Payload::encode(codec, &[Value::Null; 0]).expect("an empty list has a wire form"),
        _ => Payload::encode(codec, &(script.arbitrary::<(i32, &str)>()?,))
            .expect("numbers and text have a wire form"),
    })
}

fn ending(script: &mut Unstructured<'_>) -> Result<Ending> {
    Ok(match script.int_in_range(0..=3)? {
        0 => Ending::Done(payload(script)?),
        1 => Ending::Refused {
            text: script.arbitrary::<&str>()?.into(),
            payload: payload(script)?,
        },
        2 => Ending::Failed {
            scope: script.arbitrary::<&str>()?.into(),
            key: script.arbitrary::<&str>()?.into(),
            number: script.arbitrary()?,
            message: script.arbitrary::<&str>()?.into(),
            payload: Some(payload(script)?),
        },
        _ => Ending::Streaming,
    })
}

/// Answers whatever decodes; one method never ends, so that calls pile up.
struct Handler;

impl Everything for Handler {
    async fn numbers(&self, _: (i8, u8, i16, u16), _: (i32, u32, i64, u64), _: (f32, f64)) {}

    async fn texts(&self, _: char, text: Cow<'static, str>, data: Bytes) -> Vec<Bytes> {
        vec![data, Bytes::from(text.into_owned().into_bytes())]
    }

    async fn lists(&self, _: Option<String>, four: [Option<u8>; 4]) -> BTreeSet<u32> {
        four.into_iter().flatten().map(u32::from).collect()
    }

    async fn maps(&self, _: BTreeMap<String, Shape>) -> BTreeMap<u32, Plain> {
        BTreeMap::new()
    }

    async fn enums(&self, _: Shape, _: Tagged, _: Untagged) -> Color {
        Color::Red
    }

    async fn trees(&self, _: Tree) -> std::result::Result<Branch, EverythingError> {
        Err(EverythingError::TooMany { count: 1 })
    }

    async fn any(&self, value: Value) -> Value {
        value
    }

    fn wait(&self, _: Duration) -> std::result::Result<(), EverythingError> {
        Err(EverythingError::Gone)
    }

    async fn nothing(&self) {
        pending().await
    }

    async fn shapes(&self, count: u32) -> IpcStream<Shape> {
        IpcStream::of(stream::iter((0..count).map(|_| Shape::Empty)))
    }

    async fn data(
        &self,
    ) -> std::result::Result<IpcStream<Bytes, EverythingError>, EverythingError> {
        let items = [Ok(Bytes::from_static(b"data")), Err(EverythingError::Gone)];
        Ok(IpcStream::new(stream::iter(items)))
    }
}

/// An executor and a clock that move when the script says so.
#[derive(Default)]
struct Script {
    tasks: Mutex<VecDeque<Task>>,
    milliseconds: AtomicU64,
}

impl Script {
    fn tasks(&self) -> std::sync::MutexGuard<'_, VecDeque<Task>> {
        self.tasks.lock().expect("nothing panics")
    }

    /// Polls every task once, those that come meanwhile too.
    fn run(&self) {
        let mut asleep = VecDeque::new();
        loop {
            let next = self.tasks().pop_front();
            let Some(mut task) = next else { break };
            let mut context = Context::from_waker(Waker::noop());
            if task.as_mut().poll(&mut context).is_pending() {
                asleep.push_back(task);
            }
        }
        *self.tasks() = asleep;
    }

    fn pass(&self, time: Duration) {
        self.milliseconds
            .fetch_add(time.as_millis() as u64, Ordering::Relaxed);
    }
}

impl Shell for Script {
    fn spawn(&self, task: Task) {
        self.tasks().push_back(task);
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) {
        work();
    }

    fn now(&self) -> Duration {
        Duration::from_millis(self.milliseconds.load(Ordering::Relaxed))
    }

    fn wake(&self) {}
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Script")
    }
}
