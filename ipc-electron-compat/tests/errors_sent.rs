//! Every error shape of the real backends, as literal text.
//!
//! Does not test what becomes of it; that is `errors_raised.rs`. The texts are those that iTwin.js
//! 5.x, 2.19 and 2.12 send.

#![allow(clippy::unwrap_used)]
// The lint's exception for tests covers functions with `#[test]`, not the helpers they share.

use twinbridge_electron_compat::error::PROTOTYPE_METHODS;
use twinbridge_electron_compat::{
    Generation, IpcInvokeReturn, Json, NoHandlerRegistered, Object, Stack, Status, Thrown,
    ThrownError,
};

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

/// The reply as text.
fn reply(thrown: impl Into<Thrown>, generation: Generation, stack: Stack) -> String {
    let reply = IpcInvokeReturn::<Json>::thrown(&thrown.into(), generation, stack).unwrap();
    serde_json::to_string(&reply).unwrap()
}

/// Checks `{"error": <error>}` with the stack, and without it what is left.
fn check_v5(thrown: impl Into<Thrown>, error: &str) {
    let thrown = thrown.into();
    assert_eq!(
        reply(thrown.clone(), Generation::V5, Stack::Sent),
        format!(r#"{{"error":{error}}}"#)
    );
    assert_eq!(
        reply(thrown, Generation::V5, Stack::Stripped),
        format!(r#"{{"error":{}}}"#, error.replace(r#","stack":"at f""#, ""))
    );
}

fn object(entries: &[(&str, Json)]) -> Object {
    Object::from_entries(
        entries
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone())),
    )
}

#[test]
fn an_error_of_generation_5_tells_message_and_stack_but_no_name() {
    check_v5(
        ThrownError::plain("boom").stack("at f"),
        r#"{"message":"boom","stack":"at f"}"#,
    );
    check_v5(
        ThrownError::of_class("TypeError", "tt").stack("at f"),
        r#"{"message":"tt","stack":"at f"}"#,
    );
    check_v5(
        ThrownError::plain("no stack known"),
        r#"{"message":"no stack known"}"#,
    );
}

#[test]
fn an_error_with_a_number_of_generation_5() {
    check_v5(
        ThrownError::bentley(Status::BAD_ARG, "bad arg")
            .stack("at f")
            .metadata(object(&[("k", 1.into())])),
        concat!(
            r#"{"errorNumber":65539,"name":"Bad Arg","message":"bad arg","stack":"at f","#,
            r#""iTwinErrorId":{"scope":"bentley-error","key":"Bad Arg"},"loggingMetadata":{"k":1}}"#,
        ),
    );
    check_v5(
        ThrownError::bentley(Status::NOT_FOUND, "nf").stack("at f"),
        concat!(
            r#"{"errorNumber":65574,"name":"Not Found","message":"nf","stack":"at f","#,
            r#""iTwinErrorId":{"scope":"bentley-error","key":"Not Found"}}"#,
        ),
    );
    check_v5(
        ThrownError::no_content().stack("at f"),
        concat!(
            r#"{"errorNumber":65604,"name":"Error (65604)","message":"No Content","stack":"at f","#,
            r#""iTwinErrorId":{"scope":"bentley-error","key":"Error (65604)"}}"#,
        ),
    );
}

#[test]
fn an_itwin_error_of_generation_5_has_its_id_first() {
    check_v5(
        ThrownError::itwin("probe", "oops", "twin bad")
            .own("foo", 7)
            .stack("at f"),
        concat!(
            r#"{"iTwinErrorId":{"scope":"probe","key":"oops"},"foo":7,"name":"oops","#,
            r#""message":"twin bad","stack":"at f"}"#,
        ),
    );
}

#[test]
fn a_value_thrown_in_generation_5_is_sent_as_it_is() {
    check_v5("text", r#""text""#);
    check_v5(5, "5");
    check_v5(Json::Null, "null");
    check_v5(
        object(&[("error", "failed".into())]),
        r#"{"error":"failed"}"#,
    );
}

#[test]
fn own_properties_of_generation_5_come_first_and_errors_in_them_are_told_likewise() {
    check_v5(
        ThrownError::plain("mine")
            .own("extra", json(r#"{"deep":[1,"1970-01-01T00:00:00.000Z"]}"#))
            .own("code", "E1")
            .own("nested", ThrownError::plain("in").stack("at f"))
            .stack("at f"),
        concat!(
            r#"{"extra":{"deep":[1,"1970-01-01T00:00:00.000Z"]},"code":"E1","#,
            r#""nested":{"message":"in","stack":"at f"},"message":"mine","stack":"at f"}"#,
        ),
    );
}

#[test]
fn a_cause_of_generation_5_comes_after_the_stack() {
    check_v5(
        ThrownError::plain("outer")
            .stack("at f")
            .cause(ThrownError::plain("inner").stack("at f")),
        concat!(
            r#"{"message":"outer","stack":"at f","#,
            r#""cause":{"message":"inner","stack":"at f"}}"#,
        ),
    );
}

#[test]
fn an_unknown_method_is_refused_in_the_words_of_each_generation() {
    let refuse = |generation, method| {
        let thrown = ThrownError::unknown_method(generation, "H", method, "probe/ipc");
        reply(thrown, generation, Stack::Stripped)
    };
    assert_eq!(
        refuse(Generation::V5, "missing"),
        concat!(
            r#"{"error":{"errorNumber":65606,"name":"Error (65606)","message":"#,
            r#""Method \"H.missing\" not found on IpcHandler registered for channel: probe/ipc","#,
            r#""iTwinErrorId":{"scope":"bentley-error","key":"Error (65606)"}}}"#,
        )
    );
    let of_generation_2 = concat!(
        r#"{"error":{"name":"IModelError","message":"#,
        r#""Method \"H.nope\" not found on IpcHandler registered for channel: probe/ipc","#,
        r#""errorNumber":65606}}"#,
    );
    assert_eq!(refuse(Generation::V2_12, "nope"), of_generation_2);
    assert_eq!(refuse(Generation::V2_19, "nope"), of_generation_2);
    assert_eq!(
        refuse(Generation::Seed, "nope"),
        r#"{"error":{"name":"IModelError","message":"Method Not Found nope","errorNumber":65606}}"#
    );
}

#[test]
fn a_prototype_method_is_not_available_in_generation_5() {
    for method in PROTOTYPE_METHODS {
        let thrown = ThrownError::unknown_method(Generation::V5, "H", method, "probe/ipc");
        let message = format!(r#"Method \"{method}\" not available for channel: probe/ipc"#);
        assert_eq!(
            reply(thrown, Generation::V5, Stack::Sent),
            format!(r#"{{"error":{{"message":"{message}"}}}}"#)
        );
    }
    let thrown = ThrownError::unknown_method(Generation::V2_19, "H", "toString", "probe/ipc");
    let text = reply(thrown, Generation::V2_19, Stack::Stripped);
    assert!(
        text.contains(r#"Method \"H.toString\" not found on IpcHandler"#),
        "{text}"
    );
}

#[test]
fn refusals_outside_of_a_handler() {
    let thrown = ThrownError::unknown_notification("N", "nope", "note");
    assert_eq!(
        reply(thrown, Generation::V2_12, Stack::Sent),
        concat!(
            r#"{"error":{"name":"IModelError","message":"#,
            r#""Method \"N.nope\" not found on NotificationHandler registered for channel: note","#,
            r#""errorNumber":65606}}"#,
        )
    );
    let thrown = ThrownError::version_mismatch("notes", "1.0.0", "2.0.0");
    assert_eq!(
        reply(thrown, Generation::Seed, Stack::Sent),
        concat!(
            r#"{"error":{"name":"IModelError","message":"#,
            r#""notes version wrong: backend(1.0.0) vs. frontend(2.0.0)","errorNumber":65539}}"#,
        )
    );
    let thrown = ThrownError::from(NoHandlerRegistered::new("itwin.x"));
    assert_eq!(
        reply(thrown, Generation::V5, Stack::Sent),
        concat!(
            r#"{"error":{"message":"Error invoking remote method 'itwin.x': "#,
            r#"Error: No handler registered for 'itwin.x'"}}"#,
        )
    );
}

#[test]
fn generation_2_tells_class_message_and_number_of_anything_thrown() {
    let typed = ThrownError::of_class("TypeError", "tt").stack("at f");
    let rows: [(Thrown, &str, &str); 8] = [
        (
            typed.into(),
            r#""name":"TypeError","message":"tt","errorNumber":0"#,
            "at f",
        ),
        (
            ThrownError::bentley(Status::BAD_ARG, "bad arg")
                .metadata(1)
                .into(),
            r#""name":"IModelError","message":"bad arg","errorNumber":65539"#,
            "",
        ),
        (
            ThrownError::itwin("probe", "oops", "twin bad")
                .cause("inner")
                .into(),
            r#""name":"Error","message":"twin bad","errorNumber":0"#,
            "",
        ),
        (
            "x".into(),
            r#""name":"String","message":"","errorNumber":0"#,
            "",
        ),
        (
            5.into(),
            r#""name":"Number","message":"","errorNumber":0"#,
            "",
        ),
        (
            true.into(),
            r#""name":"Boolean","message":"","errorNumber":0"#,
            "",
        ),
        (
            Json::Array(Vec::new()).into(),
            r#""name":"Array","message":"","errorNumber":0"#,
            "",
        ),
        (
            json(r#"{"message":"m","errorNumber":null,"stack":"s","more":1}"#).into(),
            r#""name":"Object","message":"m","errorNumber":0"#,
            "s",
        ),
    ];
    for (thrown, error, stack) in rows {
        let plain = format!(r#"{{"error":{{{error}}}}}"#);
        let with_stack = format!(r#"{{"error":{{{error},"stack":"{stack}"}}}}"#);
        for generation in [Generation::Seed, Generation::V2_12] {
            for stack in [Stack::Sent, Stack::Stripped] {
                assert_eq!(reply(thrown.clone(), generation, stack), plain);
            }
        }
        assert_eq!(
            reply(thrown.clone(), Generation::V2_19, Stack::Stripped),
            plain
        );
        assert_eq!(reply(thrown, Generation::V2_19, Stack::Sent), with_stack);
    }
}

#[test]
fn a_handler_of_generation_2_that_throws_null_fails_without_a_reply() {
    for generation in [Generation::Seed, Generation::V2_12, Generation::V2_19] {
        assert_eq!(
            Thrown::Value(Json::Null).to_error(generation, Stack::Sent),
            None
        );
    }
}
