//! How calls, connections and servers end.

use std::time::{Duration, Instant};

use twinbridge::{Drained, common::rpc::web::WebServiceOptions};

use crate::support::{CLIENT, PREFIX, Server, post};

fn json(operation: &str) -> Vec<u8> {
    post(
        &format!("ProbeRpc-1.2.3-{operation}"),
        "",
        "text/plain",
        "[]",
    )
}

#[test]
fn a_client_that_goes_away_takes_its_call_with_it() {
    let server = Server::start();
    for operation in ["never", "block"] {
        let mut connection = server.connect();
        connection.send(json(operation));
        assert_eq!(server.events.next(), "begins", "{operation}");
        drop(connection);
        assert_eq!(server.events.next(), "ends", "{operation}");
        server.is_well();
    }
}

#[test]
fn a_client_that_stops_reading_a_stream_ends_it() {
    let server = Server::start();
    let mut connection = server.connect();
    connection.send(json("endless"));
    let head = connection.reply_head().unwrap();
    assert_eq!(head.header("content-type"), "application/octet-stream");
    assert_eq!(head.header("transfer-encoding"), "chunked");
    assert_eq!(server.events.next(), "begins");
    drop(connection);
    assert_eq!(server.events.next(), "ends");
    server.is_well();
}

#[test]
fn a_stream_that_fails_half_way_is_cut_off() {
    let server = Server::start();
    let reply = server.ask(json("half"));
    assert_eq!((reply.status, reply.is_cut_off), (200, true));
    assert_eq!(reply.text(), "one");
    server.is_well();
}

#[test]
fn an_impl_that_never_answers_is_ended_by_the_deadline() {
    let options = WebServiceOptions::default().deadline_ms(100);
    let server = Server::with(|serve| serve.service(options));
    for operation in ["never", "block"] {
        let (status, text) = server.ask(json(operation)).told();
        assert!(
            status == 500 && text.contains("the deadline of 100 ms passed"),
            "{text}"
        );
        assert_eq!(server.events.next(), "begins");
        assert_eq!(server.events.next(), "ends");
    }
    server.is_well();
}

#[test]
fn a_panic_is_an_error_and_the_connection_goes_on() {
    let server = Server::start();
    let mut connection = server.connect();
    for _ in 0..3 {
        connection.send(json("panic"));
        let reply = connection.reply().unwrap();
        assert_eq!(
            (reply.status, reply.header("x-protocol-version")),
            (500, "2")
        );
        connection.send(post("ProbeRpc-1.2.3-num", "", "text/plain", "[2,3]"));
        assert_eq!(connection.reply().unwrap().text(), "5");
    }
}

#[test]
fn requests_that_wait_behind_each_other_are_answered_in_order() {
    let server = Server::start();
    let mut connection = server.connect();
    let requests =
        (0..50).flat_map(|at| post("ProbeRpc-1.2.3-num", "", "text/plain", format!("[{at},1]")));
    connection.send(requests.collect::<Vec<_>>());
    for at in 0..50 {
        assert_eq!(connection.reply().unwrap().text(), (at + 1).to_string());
    }
}

#[test]
fn a_server_that_ends_lets_what_runs_end_and_takes_nothing_new() {
    let mut server = Server::start();
    let mut idle = server.connect();
    idle.send(post("ProbeRpc-1.2.3-num", "", "text/plain", "[2,3]"));
    assert_eq!(idle.reply().unwrap().text(), "5");
    let mut busy = server.connect();
    let body = "[2,3]";
    let whole = post("ProbeRpc-1.2.3-num", "", "text/plain", body);
    let (head, body) = whole.split_at(whole.len() - body.len());
    busy.send(head);
    let mut running = server.connect();
    running.send(json("never"));
    assert_eq!(server.events.next(), "begins");
    server.ask_to_end();
    // The one that waits for nothing is closed; once it is, the others know, too.
    assert!(idle.is_closed());
    busy.send(body);
    assert_eq!(busy.reply().unwrap().text(), "5");
    assert!(busy.is_closed());
    drop(running);
    assert_eq!(server.events.next(), "ends");
    assert_eq!(server.ended(), Drained::Completely);
}

#[test]
fn what_does_not_end_in_time_is_cancelled() {
    let mut server = Server::with(|serve| serve.drain_time(std::time::Duration::from_millis(100)));
    let mut running = server.connect();
    running.send(json("never"));
    assert_eq!(server.events.next(), "begins");
    server.ask_to_end();
    assert_eq!(server.events.next(), "ends");
    assert!(running.is_closed());
    assert_eq!(server.ended(), Drained::Completely);
}

#[test]
fn connections_beyond_the_limit_wait_until_one_ends() {
    let server = Server::with(|serve| serve.max_connections(1));
    let request = post("ProbeRpc-1.2.3-num", "", "text/plain", "[2,3]");
    let mut first = server.connect();
    first.send(&request);
    assert_eq!(first.reply().unwrap().text(), "5");
    let mut second = server.connect();
    second.send(json("never"));
    // The second was not accepted while the first is answered once more.
    first.send(&request);
    assert_eq!(first.reply().unwrap().text(), "5");
    drop(first);
    assert_eq!(server.events.next(), "begins");
}

#[test]
fn a_connection_whose_body_was_read_in_chunks_ends_at_once() {
    let server = Server::with(|serve| serve.max_connections(1));
    let mut first = server.connect();
    first.send(format!(
        "POST {PREFIX}ProbeRpc-1.2.3-num HTTP/1.1\r\nHost: localhost\r\n{CLIENT}Connection: close\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[2,3]\r\n0\r\n\r\n"
    ));
    assert_eq!(first.reply().unwrap().text(), "5");
    // This end stays open. What is left of a body would be read for 5 s, in the only place.
    let since = Instant::now();
    server.is_well();
    assert!(since.elapsed() < Duration::from_secs(4));
    assert!(first.is_closed());
}
