//! Frames that chance wrote, whole, cut and damaged.
//!
//! What is written is read back; what nobody wrote is an error or another frame, never a panic.

use proptest::{collection::vec, prelude::*, sample::select};
use twinbridge_common::wire::{
    Build, Bye, ByeCode, Bytes, ChannelName, ClientKind, Codec, DeclaredInterface, DownBatch,
    Ending, Frame, Hello, HelloBody, Limits, Metadata, MethodName, Notification, PROTOCOL, Part,
    Payload, Reply, Request, Stamps, UpBatch, Verdict, Welcome, WelcomeBody, frames,
};

fn data(max: usize) -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..max).prop_map(Bytes::from)
}

fn payload() -> impl Strategy<Value = Payload> {
    let codec = select(vec![Codec::MessagePack, Codec::Json, Codec::ITwinJson]);
    (codec, data(40), vec(data(10), 0..4)).prop_map(|(codec, bytes, attachments)| Payload {
        codec,
        bytes,
        attachments,
    })
}

fn channel() -> impl Strategy<Value = ChannelName> {
    "[!-~]{1,128}".prop_map(|name| name.parse().unwrap())
}

fn method() -> impl Strategy<Value = MethodName> {
    "[!-~]{1,128}".prop_map(|name| name.parse().unwrap())
}

fn text() -> impl Strategy<Value = Box<str>> {
    "\\PC{0,20}".prop_map(Into::into)
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        payload().prop_map(Ending::Done),
        (
            text(),
            text(),
            any::<u32>(),
            text(),
            prop::option::of(payload())
        )
            .prop_map(|(scope, key, number, message, payload)| Ending::Failed {
                scope,
                key,
                number,
                message,
                payload
            }),
        (text(), payload()).prop_map(|(text, payload)| Ending::Refused { text, payload }),
        Just(Ending::Streaming),
    ]
}

fn limits() -> impl Strategy<Value = Limits> {
    any::<[u32; 3]>().prop_map(|[frame, calls, items]| {
        let mut limits = Limits::default();
        limits.max_frame_bytes = frame;
        limits.max_running_calls = calls;
        limits.stream_items = items;
        limits
    })
}

fn build() -> impl Strategy<Value = Build> {
    (any::<String>(), prop::option::of("[0-9a-f]{16}")).prop_map(|(version, fingerprint)| Build {
        version,
        fingerprint: fingerprint.map(|text| text.parse().unwrap()),
    })
}

fn verdict() -> impl Strategy<Value = Verdict> {
    (channel(), build(), prop::option::of(build()), any::<bool>()).prop_map(
        |(channel, frontend, backend, fits)| Verdict {
            channel,
            frontend,
            backend,
            fits,
        },
    )
}

fn declared() -> impl Strategy<Value = DeclaredInterface> {
    (channel(), any::<String>(), "[0-9a-f]{16}").prop_map(|(channel, version, fingerprint)| {
        DeclaredInterface {
            channel,
            version,
            fingerprint: fingerprint.parse().unwrap(),
        }
    })
}

fn request() -> impl Strategy<Value = Request> {
    let metadata = vec((text(), text()), 0..4).prop_map(|entries| {
        let mut metadata = Metadata::default();
        for (name, value) in entries {
            metadata.insert(&name, &value);
        }
        metadata
    });
    let numbers = (any::<u32>(), any::<u32>());
    (numbers, channel(), method(), metadata, payload()).prop_map(
        |((call, deadline_ms), channel, method, metadata, arguments)| Request {
            call,
            deadline_ms,
            channel,
            method,
            metadata,
            arguments,
        },
    )
}

fn handshake() -> impl Strategy<Value = Frame> {
    let client = select(vec![ClientKind::Rust, ClientKind::Dynamic]);
    let hello =
        (client, limits(), vec(declared(), 0..3)).prop_map(|(client, limits, interfaces)| {
            Frame::Hello(Hello {
                protocol: PROTOCOL,
                body: HelloBody {
                    client,
                    limits,
                    interfaces,
                },
            })
        });
    let welcome =
        (any::<u64>(), limits(), vec(verdict(), 0..3)).prop_map(|(session, limits, verdicts)| {
            Frame::Welcome(Welcome {
                protocol: PROTOCOL,
                body: WelcomeBody {
                    session,
                    limits,
                    verdicts,
                },
            })
        });
    prop_oneof![hello, welcome]
}

fn frame() -> impl Strategy<Value = Frame> {
    let code = select(vec![
        ByeCode::Closed,
        ByeCode::Panicked,
        ByeCode::Protocol,
        ByeCode::Pipe,
    ]);
    let call = any::<u32>;
    prop_oneof![
        handshake(),
        request().prop_map(Frame::Request),
        (call(), ending()).prop_map(|(call, ending)| Frame::Reply(Reply { call, ending })),
        (channel(), method(), payload()).prop_map(|(channel, name, arguments)| {
            Frame::Notification(Notification {
                channel,
                name,
                arguments,
            })
        }),
        call().prop_map(|call| Frame::Cancel { call }),
        (call(), payload()).prop_map(|(call, item)| Frame::StreamItem { call, item }),
        any::<[u32; 3]>().prop_map(|[call, items, bytes]| Frame::StreamCredit {
            call,
            items,
            bytes
        }),
        (call(), prop::option::of(ending()))
            .prop_map(|(call, failure)| Frame::StreamEnd { call, failure }),
        (call(), call(), data(40)).prop_map(|(message, total, piece)| {
            Frame::Part(Part {
                message,
                total,
                piece,
            })
        }),
        (code, text()).prop_map(|(code, text)| Frame::Bye(Bye { code, text })),
        (call(), any::<[u64; 4]>()).prop_map(|(call, [arrived, started, ended, replied])| {
            Frame::Stamps {
                call,
                stamps: Stamps {
                    arrived_us: arrived,
                    started_us: started,
                    ended_us: ended,
                    replied_us: replied,
                },
            }
        }),
    ]
}

/// Reads as everything there is; what comes out and is a frame must be written as it was read.
fn read_all(bytes: &Bytes) {
    if let Ok(frame) = Frame::read(bytes) {
        let again = Bytes::from(frame.to_bytes());
        assert_eq!(Frame::read(&again), Ok(frame));
    }
    let _ = UpBatch::read(bytes);
    let _ = DownBatch::read(bytes);
    let taken: usize = frames(bytes).flatten().map(|frame| frame.len() + 4).sum();
    assert!(taken <= bytes.len());
}

proptest! {
    #[test]
    fn a_random_frame_is_read_as_it_was_written(frame in frame()) {
        prop_assert_eq!(Frame::read(&Bytes::from(frame.to_bytes())), Ok(frame));
    }

    #[test]
    fn a_frame_cut_anywhere_is_an_error_or_another_frame(frame in frame()) {
        let whole = Bytes::from(frame.to_bytes());
        for end in 0..whole.len() {
            let cut = whole.slice(0..end);
            read_all(&cut);
            prop_assert_ne!(Frame::read(&cut), Ok(frame.clone()));
        }
    }

    #[test]
    fn a_damaged_frame_never_panics(
        frame in frame(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = frame.to_bytes();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read_all(&Bytes::from(bytes));
    }

    #[test]
    fn random_bytes_never_panic(kind in 0_u8..14, rest in vec(any::<u8>(), 0..120)) {
        let mut bytes = vec![kind];
        bytes.extend(rest);
        read_all(&Bytes::from(bytes));
    }
}
