//! The table of cases that every configuration answers alike: results and errors.
//!
//! Each row says what a caller is told; the same row runs through every configuration of
//! `world::all`. What iTwin's JSON cannot carry is told with `in JSON`, where it is spoken.

use std::{fmt, future::Future, pin::Pin, time::Duration};

use futures_util::StreamExt as _;
use twinbridge_common::{
    Bytes, CallError, IpcStream,
    ipc::BackendError,
    rpc::IModelRpcProps,
    wire::{Object, Value, View},
};

use crate::{
    probe::{Part, Way},
    world::{HollowClient, OddClient, UnknownClient, World, timed, told},
};

/// Asks, and says in words what it was told.
type Ask = for<'a> fn(&'a World) -> Pin<Box<dyn Future<Output = String> + 'a>>;

/// What is asked, how, what is told, and what instead in JSON.
type Case = (&'static str, Ask, &'static str, Option<&'static str>);

macro_rules! cases {
    ($($(#[$doc:meta])* $name:literal: |$world:ident| $ask:expr => $told:expr $(, in JSON $json:expr)?;)*) => {
        [$((
            $name,
            (|$world| Box::pin(async move { $ask })) as Ask,
            $told,
            None$(.or(Some($json)))?,
        )),*]
    };
}

/// Runs a table through every configuration, and lists every row that is told otherwise.
fn check(cases: &[Case]) {
    let mut wrong = Vec::new();
    for world in World::all() {
        for (name, ask, told, in_json) in cases {
            let answer = world.pair.run(ask(&world));
            let expected = in_json.filter(|_| world.is_json()).unwrap_or(told);
            if answer != expected || Some(*told) == *in_json {
                wrong.push(format!("{name}, {}: {answer}, not {expected}", world.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// No arguments: an empty array, where `()` would be null.
const NOTHING: [u8; 0] = [];

/// Every item of a stream, or why there is none.
async fn items<T, S, E>(stream: Result<IpcStream<T, S>, CallError<E>>) -> String
where
    T: fmt::Debug + 'static,
    S: fmt::Debug + 'static,
    E: fmt::Debug,
{
    match stream {
        Ok(stream) => {
            let items: Vec<_> = stream.map(|item| told(&item)).collect().await;
            items.join(", ")
        }
        Err(error) => told(&Err::<(), _>(error)),
    }
}

#[test]
fn values_of_all_kinds_come_back_as_they_were() {
    check(&cases! {
        "numbers": |world| told(&world.probe().add(2, 3).await) => "5";
        "a number beyond 53 bits": |world| told(&world.probe().wide(u64::MAX).await) => "18446744073709551615";
        "not a number": |world| told(&world.probe().real(f64::NAN).await) => "NaN",
            in JSON "bentley-error/Error 65539: rpc/ProbeRpc.real: argument 1, `number`, is wrong: iTwin's JSON, byte 5: invalid type: unit value, expected f64";
        "infinity": |world| told(&world.probe().real(f64::NEG_INFINITY).await) => "-inf",
            in JSON "bentley-error/Error 65539: rpc/ProbeRpc.real: argument 1, `number`, is wrong: iTwin's JSON, byte 5: invalid type: unit value, expected f64";
        "minus zero": |world| told(&world.probe().real(-0.0).await) => "-0.0",
            in JSON "0.0";
        "nothing": |world| told(&world.probe().nothing().await) => "()";
        "undefined": |world| told(&world.probe().echo(Value::Undefined).await) => "Undefined",
            in JSON "Null";
        "null": |world| told(&world.probe().echo(Value::Null).await) => "Null";
        "a date": |world| told(&world.probe().echo(Value::Date(12.5)).await) => "Date(12.5)",
            in JSON "String(\"1970-01-01T00:00:00.012Z\")";
        "a big integer": |world| told(&world.probe().echo(Value::BigInt("123456789012345678901".into())).await)
            => "BigInt(\"123456789012345678901\")",
            in JSON "codec: the arguments could not be encoded";
        "a view of bytes": |world| {
            let bytes = Bytes::from_static(&[0, 0, 128, 63]);
            told(&world.probe().echo(Value::Bytes { bytes, view: View::Float32Array }).await)
        } => "Bytes { bytes: Bytes(4: 00 00 80 3f), view: Float32Array }",
            in JSON "Bytes { bytes: Bytes(4: 00 00 80 3f), view: Uint8Array }";
        "bytes within values": |world| {
            let part = |name: &str, inner| Part {
                name: name.to_owned(),
                data: Bytes::from(name.as_bytes().to_vec()),
                inner,
            };
            let inner = Some(Box::new(part("héllo €", None)));
            let sent = vec![part("a", inner), part("", None)];
            let mut swapped = world.probe().swap(sent.clone()).await.unwrap();
            swapped.reverse();
            (swapped == sent).to_string()
        } => "true";
        "an object with all of it": |world| {
            let sent: Object = [
                ("list".to_owned(), Value::Array(vec![Value::Null, Value::Undefined, true.into()])),
                ("bytes".to_owned(), Value::bytes(vec![1, 2])),
                ("nan".to_owned(), f64::NAN.into()),
                ("text".to_owned(), "é\0".into()),
            ].into_iter().collect();
            let sent = Value::from(sent);
            (world.probe().echo(sent.clone()).await.unwrap() == sent).to_string()
        } => "true",
            in JSON "false";
        "a token": |world| {
            let token = IModelRpcProps { i_model_id: Some("im".into()), ..IModelRpcProps::default() };
            told(&world.probe().cached(Value::Null, token).await)
        } => "\"im\"";
        "blocking work": |world| told(&world.probe().hash("x".into()).await) => "\"x in hash\"";
    });
}

#[test]
fn arguments_may_be_missing_at_the_end_if_they_are_optional() {
    check(&cases! {
        "all": |world| told(&world.probe().optional(1, Some(2), Some("3".into())).await)
            => r#""1 Some(2) Some(\"3\")""#;
        "one in between": |world| told(&world.probe().optional(1, None, Some("3".into())).await)
            => r#""1 None Some(\"3\")""#;
        "none": |world| told(&world.probe().optional(1, None, None).await) => r#""1 None None""#;
        "not sent": |world| told(&world.by_name::<String>("optional", &(1,)).await)
            => r#""1 None None""#;
        "undefined": |world| told(&world.by_name::<String>("optional", &(1, Value::Undefined)).await)
            => r#""1 None None""#;
        "the first": |world| told(&world.by_name::<String>("optional", &NOTHING).await)
            => "refused: rpc/ProbeRpc.optional: argument 1, `first`, is missing",
            in JSON "bentley-error/Error 65539: rpc/ProbeRpc.optional: argument 1, `first`, is missing";
        "too many": |world| told(&world.by_name::<String>("optional", &(1, 2, "3", 4)).await)
            => "refused: rpc/ProbeRpc.optional: 4 arguments were given, the method has 3",
            in JSON "\"1 Some(2) Some(\\\"3\\\")\"";
        "of another type": |world| told(&world.by_name::<u32>("add", &(1, "x")).await)
            => "refused: rpc/ProbeRpc.add: argument 2, `right`, is wrong: MessagePack, byte 4: invalid type: string \"x\", expected u32",
            in JSON "bentley-error/Error 65539: rpc/ProbeRpc.add: argument 2, `right`, is wrong: iTwin's JSON, byte 6: invalid type: string \"x\", expected u32";
        "no array": |world| told(&world.by_name::<u32>("add", &7).await)
            => "refused: rpc/ProbeRpc.add: MessagePack, byte 0: malformed: arguments are not an array",
            in JSON "bentley-error/Error 65539: rpc/ProbeRpc.add: iTwin's JSON, byte 0: malformed: arguments are not an array";
    });
}

#[test]
fn errors_are_the_same() {
    check(&cases! {
        "its own, without fields": |world| told(&world.probe().fail(Way::Gone).await)
            => "its own error Gone",
            in JSON "probe/gone 65574: no such thing";
        "its own, with fields": |world| told(&world.probe().fail(Way::Half).await)
            => "its own error Stopped { left: 18446744073709551615 }";
        "its own, to a caller who does not know it":
            |world| told(&world.by_name::<u32>("fail", &(Way::Gone,)).await)
            => "probe/gone 65574: no such thing";
        "none": |world| told(&world.probe().fail(Way::Well).await) => "1";
        "a panic": |world| told(&world.probe().fail(Way::Panic).await)
            => "refused: the handler of rpc/ProbeRpc.fail panicked",
            in JSON "bentley-error/Error 32768: the handler of rpc/ProbeRpc.fail panicked";
        "a panic on the pool": |world| told(&world.probe().panic_in_pool().await)
            => "refused: the handler of rpc/ProbeRpc.panicInPool panicked",
            in JSON "bentley-error/Error 32768: the handler of rpc/ProbeRpc.panicInPool panicked";
        "one of another service": |world| told(&world.client::<OddClient>().foreign().await)
            => "elsewhere/lost 7: it was lost elsewhere";
        "a refusal": |world| told(&world.client::<OddClient>().refuse().await)
            => "refused: 2 calls are running, the limit is 1",
            in JSON "bentley-error/Error 32768: 2 calls are running, the limit is 1";
        "a reply of another type": |world| told(&world.client::<OddClient>().text().await)
            => "codec: the reply could not be decoded";
        "a value where a stream should be": |world| {
            told(&world.by_name::<IpcStream<u32, BackendError>>("add", &(1, 2)).await)
        } => "refused: the reply is a value, the contract says it is a stream";
        "a stream where a value should be": |world| told(&world.by_name::<u32>("below", &(1,)).await)
            => "refused: the reply is a stream, the contract says it is a value",
            in JSON "bentley-error/Error 32768: `below` results in a stream of items, which only MessagePack carries.";
        "an unknown operation": |world| told(&world.by_name::<u32>("subtract", &(1, 2)).await)
            => "twinbridge/rpc/unknownOperation 32768: RPC interface class \"ProbeRpc\" does not does not declare operation \"subtract\"";
        "an interface that nobody exposes": |world| told(&world.client::<UnknownClient>().run().await)
            => "twinbridge/rpc/notInitialized 32768: RPC interface \"UnknownRpc\" is not initialized.";
        "an interface that nobody implements": |world| told(&world.client::<HollowClient>().run().await)
            => "twinbridge/rpc/notRegistered 32768: An RPC interface implementation class for \"HollowRpc\" is not registered.";
    });
}

#[test]
fn streams_come_item_by_item_and_end_alike() {
    check(&cases! {
        "to its end": |world| items(world.probe().below(3).await).await => "0, 1, 2",
            in JSON "bentley-error/Error 32768: `below` results in a stream of items, which only MessagePack carries.";
        "empty": |world| items(world.probe().below(0).await).await => "",
            in JSON "bentley-error/Error 32768: `below` results in a stream of items, which only MessagePack carries.";
        "longer than any queue": |world| {
            let all = items(world.probe().below(20_000).await).await;
            all.rsplit(", ").next().unwrap_or_default().to_owned()
        } => "19999",
            in JSON "which only MessagePack carries.";
        "of bytes": |world| items(world.probe().data(Way::Well).await).await
            => "Bytes(3: 6f 6e 65), Bytes(3: 74 77 6f)";
        "which does not begin": |world| told(&world.probe().data(Way::Gone).await)
            => "its own error Gone",
            in JSON "probe/gone 65574: no such thing";
        "which fails half-way": |world| items(world.probe().data(Way::Half).await).await
            => "Bytes(3: 6f 6e 65), its own error Stopped { left: 7 }",
            in JSON "Bytes(3: 6f 6e 65), pipe: the answer was cut off";
        "which panics half-way": |world| items(world.probe().data(Way::Panic).await).await
            => "Bytes(3: 6f 6e 65), refused: the handler of rpc/ProbeRpc.data panicked",
            in JSON "Bytes(3: 6f 6e 65), pipe: the answer was cut off";
        "which is pending first": |world| {
            let (stream, time) = timed(world, world.probe().late_stream()).await;
            format!("{} after {time:?}", items(stream).await)
        } => "1, 2 after 100ms",
            in JSON "bentley-error/Error 32768: `lateStream` results in a stream of items, which only MessagePack carries. after 0ns";
    });
}

#[test]
fn a_pending_operation_is_asked_again_by_its_interval() {
    check(&cases! {
        "at once": |world| {
            let (result, time) = timed(world, world.probe().slow(0)).await;
            format!("{} after {time:?}", told(&result))
        } => "1 after 0ns";
        "by the contract's interval": |world| {
            let (result, time) = timed(world, world.probe().slow(3)).await;
            format!("{} after {time:?}", told(&result))
        } => "4 after 750ms";
        "by the configuration's": |world| {
            let (result, time) = timed(world, world.probe().slower(2, None)).await;
            format!("{} after {time:?}", told(&result))
        } => "3 after 20s";
        "when the backend says": |world| {
            let (result, time) = timed(world, world.probe().slower(2, Some(30))).await;
            format!("{} after {time:?}", told(&result))
        } => "3 after 60ms";
        "up to the deadline": |world| {
            let call = world.probe().slower(1, None).deadline(Duration::from_millis(4200));
            let (result, time) = timed(world, call).await;
            // One question was asked, and the next is another's first.
            world.probe().slower(1, None).await.unwrap();
            format!("{} after {time:?}", told(&result))
        } => "refused: the deadline of 4200 ms passed after 4.2s";
    });
}

#[test]
fn a_server_that_cannot_answer_now_is_asked_again_later_each_time() {
    check(&cases! {
        "often enough": |world| {
            let (result, time) = timed(world, world.probe().busy(4, None)).await;
            format!("{} after {time:?}", told(&result))
        } => "5 after 4.75s";
        "too often": |world| {
            let (result, time) = timed(world, world.probe().busy(5, None)).await;
            // The fifth was counted; the sixth is this one.
            world.probe().busy(5, None).await.unwrap();
            format!("{} after {time:?}", told(&result))
        } => "twinbridge/rpc/transientFaultLimit 32768: Exceeded transient fault limit. after 4.75s";
        "as often as it says when": |world| {
            let (result, time) = timed(world, world.probe().busy(20, Some(1000))).await;
            format!("{} after {time:?}", told(&result))
        } => "21 after 20s";
    });
}

#[test]
fn what_is_not_found_is_the_business_of_handlers() {
    check(&cases! {
        "a handler that makes it be there": |world| told(&world.probe().find("to be stored".into()).await)
            => "\"here is to be stored\"";
        "a handler that asks for another": |world| told(&world.probe().find("misspelt".into()).await)
            => "\"here is to be stored\"";
        "a handler that says no": |world| told(&world.probe().find("forbidden".into()).await)
            => "app/forbidden 0: nobody may look for it";
        "no handler that cares": |world| told(&world.probe().find("anything".into()).await)
            => "twinbridge/rpc/notFound 32768: what the request names was not found";
        "its own error": |world| told(&world.probe().find("gone".into()).await)
            => "its own error Gone",
            in JSON "probe/gone 65574: no such thing";
        "nothing to give, by design": |world| told(&world.probe().empty().await)
            => "twinbridge/rpc/noContent 65604: No Content";
    });
}
