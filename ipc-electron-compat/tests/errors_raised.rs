//! What the real frontends raise for every error shape, from literal text.
//!
//! Does not test how the text comes about; that is `errors_sent.rs`. Each generation has its own
//! rule, and each rule its rows.

#![allow(clippy::unwrap_used)]
// The lint's exception for tests covers functions with `#[test]`, not the helpers they share.

use twinbridge_electron_compat::{Generation, IpcInvokeReturn, Json, Object, Raised, Status};

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

/// What the frontend raises for `{"error": <error>}`.
fn raised(error: &str, generation: Generation) -> Raised {
    let text = format!(r#"{{"error":{error}}}"#);
    let reply: IpcInvokeReturn<Json> = serde_json::from_str(&text).unwrap();
    reply.into_result(generation).unwrap_err()
}

fn object(entries: &[(&str, Json)]) -> Object {
    Object::from_entries(
        entries
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone())),
    )
}

#[test]
fn a_frontend_of_generation_5_raises_a_backend_error_for_an_error_with_number_and_id() {
    let error = concat!(
        r#"{"errorNumber":65539,"name":"Bad Arg","message":"bad arg","stack":"at f","extra":[1],"#,
        r#""iTwinErrorId":{"scope":"bentley-error","key":"Bad Arg"},"loggingMetadata":{"k":1}}"#,
    );
    let raised = raised(error, Generation::V5);
    assert!(raised.is_itwin_error("bentley-error", "Bad Arg"));
    let Raised::Backend(error) = raised else {
        panic!("not a backend error: {raised:?}")
    };
    assert_eq!(error.number, Status::BAD_ARG);
    assert_eq!(error.name, "Bad Arg");
    assert_eq!(error.message, "bad arg");
    assert_eq!(error.stack.as_deref(), Some("at f"));
    assert_eq!(error.metadata, Some(json(r#"{"k":1}"#)));
    assert_eq!(error.fields, object(&[("extra", json("[1]"))]));
}

#[test]
fn the_key_names_a_backend_error_that_has_no_name() {
    let id = r#""iTwinErrorId":{"scope":"bentley-error","key":"Not Found"}"#;
    let Raised::Backend(error) =
        raised(&format!(r#"{{"errorNumber":65574,{id}}}"#), Generation::V5)
    else {
        panic!("not a backend error")
    };
    assert_eq!(
        (error.name.as_str(), error.message.as_str()),
        ("Not Found", "")
    );
    assert_eq!(
        (error.stack, error.metadata, error.fields),
        (None, None, Object::new())
    );
}

#[test]
fn a_frontend_of_generation_5_raises_a_plain_error_for_any_other_object() {
    let id = r#""iTwinErrorId":{"scope":"bentley-error","key":"Bad Arg"}"#;
    let other = r#""iTwinErrorId":{"scope":"probe","key":"oops"}"#;
    for (error, name, message, fields) in [
        (
            r#"{"message":"boom"}"#.to_owned(),
            "Error",
            "boom",
            "{}".to_owned(),
        ),
        (
            format!(r#"{{{other},"foo":7,"name":"oops","message":"twin bad"}}"#),
            "oops",
            "twin bad",
            format!(r#"{{{other},"foo":7}}"#),
        ),
        (
            format!(r#"{{"errorNumber":"65539",{id}}}"#),
            "Error",
            "unknown error",
            format!(r#"{{"errorNumber":"65539",{id}}}"#),
        ),
        (
            format!(r#"{{"errorNumber":65539,{other},"message":"m"}}"#),
            "Error",
            "m",
            format!(r#"{{"errorNumber":65539,{other}}}"#),
        ),
        (
            r#"{"errorNumber":1}"#.to_owned(),
            "Error",
            "unknown error",
            r#"{"errorNumber":1}"#.to_owned(),
        ),
        (
            r#"{"message":123}"#.to_owned(),
            "Error",
            "unknown error",
            "{}".to_owned(),
        ),
        (
            r#"{"error":"failed"}"#.to_owned(),
            "Error",
            "unknown error",
            r#"{"error":"failed"}"#.to_owned(),
        ),
        (
            r#"{"message":"outer","cause":{"message":"inner"}}"#.to_owned(),
            "Error",
            "outer",
            r#"{"cause":{"message":"inner"}}"#.to_owned(),
        ),
        (
            r#"["a"]"#.to_owned(),
            "Error",
            "unknown error",
            r#"{"0":"a"}"#.to_owned(),
        ),
    ] {
        let raised = raised(&error, Generation::V5);
        let Raised::Plain(plain) = raised else {
            panic!("not a plain error: {raised:?}")
        };
        assert_eq!(
            (plain.name.as_str(), plain.message.as_str()),
            (name, message),
            "{error}"
        );
        assert_eq!(Json::from(plain.fields).to_string(), fields);
    }
}

#[test]
fn an_itwin_error_is_recognised_by_scope_and_key() {
    let error = r#"{"iTwinErrorId":{"scope":"probe","key":"oops"},"name":"oops","message":"m"}"#;
    let raised = raised(error, Generation::V5);
    assert!(raised.is_itwin_error("probe", "oops"));
    assert!(!raised.is_itwin_error("probe", "other"));
    assert!(!raised.is_itwin_error("bentley-error", "oops"));
    assert_eq!(raised.to_string(), "m");
}

#[test]
fn a_frontend_of_generation_5_raises_what_is_no_object_as_it_is() {
    for (error, shown) in [
        (r#""text""#, "text"),
        ("5", "5"),
        ("null", "null"),
        ("true", "true"),
    ] {
        let raised = raised(error, Generation::V5);
        assert_eq!(raised, Raised::Value(json(error)));
        assert_eq!(raised.to_string(), shown);
    }
}

#[test]
fn a_frontend_of_generation_2_always_raises_a_backend_error() {
    for (error, name, message, number, stack) in [
        (
            r#"{"name":"TypeError","message":"tt","errorNumber":0}"#,
            "TypeError",
            "tt",
            0,
            None,
        ),
        (
            r#"{"name":"IModelError","message":"nf","errorNumber":65574,"stack":"at f"}"#,
            "IModelError",
            "nf",
            65574,
            Some("at f"),
        ),
        (
            r#"{"name":"String","message":"","errorNumber":0}"#,
            "String",
            "",
            0,
            None,
        ),
        (
            r#"{"message":"of a newer backend"}"#,
            "",
            "of a newer backend",
            0,
            None,
        ),
        (r#""text""#, "", "", 0, None),
    ] {
        for generation in [Generation::Seed, Generation::V2_12, Generation::V2_19] {
            let raised = raised(error, generation);
            let Raised::Backend(error) = raised else {
                panic!("not a backend error: {raised:?}")
            };
            assert_eq!(
                (error.name.as_str(), error.message.as_str()),
                (name, message)
            );
            assert_eq!(error.number, Status(number));
            let stack = stack.filter(|_| generation == Generation::V2_19);
            assert_eq!(error.stack.as_deref(), stack);
            assert_eq!(error.metadata, None);
        }
    }
}
