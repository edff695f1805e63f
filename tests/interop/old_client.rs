//! The web client of iModel.js 2.19, unmodified: protocol version 1, and first contact.

use serde_json::{Value, json};

use crate::{
    process::Server,
    report::{Report, Row, both, compare},
    rows,
};

fn gave(value: &Value, version: Option<&str>) -> Value {
    json!({ "gave": value, "http": [{ "method": "POST", "version": version, "status": 200 }] })
}

fn threw(number: i64, name: &str, message: &str) -> Value {
    json!({
        "threw": { "name": name, "message": message, "errorNumber": number },
        "http": [{ "version": "1", "status": 500 }],
    })
}

fn expected() -> Vec<Row> {
    let one = Some("1");
    let data = |data: &[u8]| json!({ "bytes": data });
    let version =
        "Backend version 1.3.0 does not match frontend version 1.4.0 for RPC interface answer.";
    let token = json!({
        "key": "k", "contextId": "cx", "iModelId": "im", "changeSetId": "cs", "openMode": 1,
    });
    let list = json!([
        ["ProbeRpc", "1.2.3", true],
        ["VersionedRpc", "1.3.0", false]
    ]);
    vec![
        // It asks what is allowed, does not wait for the answer, and heeds it from then on.
        both(
            "first contact",
            json!({
                "gave": 5,
                "http": [
                    { "method": "OPTIONS", "version": null, "status": 200 },
                    { "method": "POST", "version": null, "status": 200 },
                ],
            }),
        ),
        both("an ordinary call", gave(&json!(7), one)),
        both(
            "text and objects",
            gave(&json!({ "text": "\u{20ac}", "list": [1, null] }), one),
        ),
        both("no result is undefined", gave(&json!("undefined"), one)),
        both("bytes both ways", gave(&data(&[255, 2, 1]), one)),
        both(
            "bytes within objects, both ways",
            gave(&json!([["two", data(&[2, 3])], ["one", data(&[1])]]), one),
        ),
        both(
            "a kept result",
            json!({ "gave": "c:k1", "http": [{ "method": "GET", "status": 200 }] }),
        ),
        both("a token", gave(&token, one)),
        // Without the wrapper that clients of version 2 want.
        both(
            "pending twice",
            json!({
                "gave": 3,
                "events": [
                    "Created", "Submitted", "Pending", "PendingUpdateReceived: step 1",
                    "PendingUpdateReceived: step 2", "Resolved", "Disposed",
                ],
                "http": [{ "status": 202 }, { "status": 202 }, { "status": 200 }],
            }),
        ),
        both(
            "a fault of the moment, and then a result",
            json!({ "gave": 2, "http": [{ "status": 503 }, { "status": 200 }] }),
        ),
        both(
            "an error with a number",
            threw(65_574, "Not Found", "no such thing"),
        ),
        both(
            "an error known by name",
            threw(32_768, "TypeError", "plain bad"),
        ),
        both(
            "an error of a bad request",
            threw(65_542, "Bad Request", "by number"),
        ),
        both(
            "nothing to give",
            json!({
                "threw": { "name": "Error (65604)", "message": "No Content", "errorNumber": 65604 },
                "http": [{ "version": "1", "status": 204 }],
            }),
        ),
        both(
            "a version that does not fit",
            threw(135_168, "RpcInterfaceStatus.IncompatibleVersion", version),
        ),
        both("48 MiB of bytes", gave(&json!(48 * 1024 * 1024), one)),
        // It asks twice: for its own interfaces, and for one that every client of it has.
        both(
            "the endpoints",
            json!({ "gave": [list[0], list[1], list[0], list[1]] }),
        ),
        both("who asks", gave(&rows::who(), one)),
    ]
}

#[test]
fn a_client_of_2_19_sees_what_it_sees_of_the_real_server() {
    let real = Report::of("client/old.cjs", &Server::real());
    let ours = Report::of("client/old.cjs", &Server::ours());
    let rows = expected();
    compare(&rows, &real, &ours);
    assert_eq!(real.without(rows.iter()), [""; 0]);
}
