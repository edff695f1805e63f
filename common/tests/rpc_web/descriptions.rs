//! What a server says about itself: to browsers, to clients that ask, to tools.

use twinbridge_common::{
    rpc::{
        RpcInterfaceEndpoints,
        web::{OpenApi, cors_headers, first_contact},
    },
    wire::{Codec, Payload},
};

use super::{header, json, operation, service};

#[test]
fn pages_of_an_allowed_origin_may_send_and_read_what_the_protocol_needs() {
    let cors = cors_headers("https://app.example", Some("X-XSRF-TOKEN")).unwrap();
    assert_eq!(
        header(&cors, "access-control-allow-origin"),
        "https://app.example"
    );
    assert_eq!(
        header(&cors, "access-control-allow-methods"),
        "POST, GET, OPTIONS"
    );
    let allowed = header(&cors, "access-control-allow-headers");
    let names: Vec<&str> = allowed.split(", ").collect();
    // What a client of 2.19 looks for, what browsers ask for, and the server's own.
    for name in [
        "X-Protocol-Version",
        "Authorization",
        "X-Application-Id",
        "X-Application-Version",
        "X-Correlation-Id",
        "X-Session-Id",
        "X-User-Id",
        "Content-Type",
        "X-XSRF-TOKEN",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    let exposed = header(&cors, "access-control-expose-headers");
    assert!(exposed.contains("X-Protocol-Version") && exposed.contains("Retry-After"));
    assert_eq!(header(&cors, "vary"), "Origin");
    assert!(cors_headers("https://a\n", None).is_err());
}

#[test]
fn endpoints_are_listed_as_the_real_server_lists_them() {
    let endpoints = [RpcInterfaceEndpoints {
        interface_name: "ProbeRpc".to_owned(),
        interface_version: "1.2.3".to_owned(),
        operation_names: vec!["num".to_owned(), "str".to_owned()],
        compatible: true,
    }];
    let list = json(
        r#"[{"interfaceName":"ProbeRpc","interfaceVersion":"1.2.3","operationNames":["num","str"],"compatible":true}]"#,
        &[],
    );
    assert_eq!(Payload::encode(Codec::ITwinJson, &endpoints).unwrap(), list);
    assert_eq!(
        list.decode::<Vec<RpcInterfaceEndpoints>>().unwrap(),
        endpoints
    );
}

#[test]
fn the_description_is_that_of_the_real_server() {
    let document = OpenApi::new(service(), vec![operation("num")]);
    const EXPECTED: &str = concat!(
        r#"{"openapi":"3.0.0","info":{"title":"probe","version":"v1.0"},"paths":{"#,
        r#""/probe/v1.0/mode/{modeId}/context/{iTwinId}/imodel/{iModelId}/changeset/{changeSetId}/ProbeRpc-1.2.3-num":"#,
        r#"{"head":{"requestBody":{"content":{"application/json":{"schema":{"type":"array"}}},"required":true},"#,
        r#""responses":{"200":{"description":"Success","content":{"application/json":{"schema":{"type":"object"}}}},"#,
        r#""default":{"description":"Error","content":{"application/json":{"schema":{"type":"object"}}}}}},"#,
        r#""parameters":[{"name":"modeId","in":"path","required":true,"schema":{"type":"string"}},"#,
        r#"{"name":"iTwinId","in":"path","required":true,"schema":{"type":"string"}},"#,
        r#"{"name":"iModelId","in":"path","required":true,"schema":{"type":"string"}},"#,
        r#"{"name":"changeSetId","in":"path","required":false,"schema":{"type":"string"}}]}}}"#,
    );
    assert_eq!(serde_json::to_string(&document).unwrap(), EXPECTED);
}

#[test]
fn a_client_of_2_19_finds_its_header_on_first_contact() {
    let headers = first_contact(None).unwrap();
    let allowed = header(&headers, "access-control-allow-headers");
    assert!(
        allowed.split(", ").any(|name| name == "X-Protocol-Version"),
        "{allowed}"
    );
    assert_eq!(header(&headers, "access-control-allow-origin"), "");
}
