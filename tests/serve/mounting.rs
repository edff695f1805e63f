//! The router in servers that are not ours.

use std::sync::Arc;

use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{
    net::TcpListener,
    runtime::{Handle, Runtime},
};
use twinbridge::{
    RpcManager, TokioExecutor,
    common::rpc::{
        RpcHost, RpcInterfaces,
        web::{WebRpcService, WebServiceOptions},
    },
    rpc::web::{WebRpcOptions, router},
};

use crate::{
    probe::{ProbeInterface, ProbeServer, Prober},
    support::{Connection, head, post},
};

fn service() -> WebRpcService {
    let (prober, _) = Prober::new();
    let backend = RpcManager::default();
    backend.register_impl(move || ProbeServer(prober.clone()));
    let server = backend.expose(&RpcInterfaces::default().interface::<ProbeInterface>());
    let executor = TokioExecutor::new(Handle::current());
    let host = RpcHost::new(Arc::new(executor), "web");
    WebRpcService::new(server, host, WebServiceOptions::default())
}

/// Serves an app as any server of hyper does, and asks it.
fn ask(app: impl FnOnce() -> axum::Router, requests: &[Vec<u8>]) -> Vec<(u16, String)> {
    let runtime = Runtime::new().unwrap();
    let app = runtime.block_on(async { app() });
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = TowerToHyperService::new(app.clone());
            let http = hyper::server::conn::http1::Builder::new();
            tokio::spawn(http.serve_connection(TokioIo::new(stream), service));
        }
    });
    let mut connection = Connection::to(address);
    let replies = requests.iter().map(|request| {
        connection.send(request);
        connection.reply().unwrap().told()
    });
    replies.collect()
}

#[test]
fn it_stands_below_a_path_of_its_own() {
    let app = || {
        let rpc = router(service(), WebRpcOptions::default());
        axum::Router::new()
            .nest("/api/rpc", rpc)
            .fallback(|| async { "another" })
    };
    let below = post("ProbeRpc-1.2.3-num", "", "text/plain", "[2,3]");
    let below = String::from_utf8(below)
        .unwrap()
        .replace("POST /", "POST /api/rpc/");
    let replies = ask(
        app,
        &[
            below.into_bytes(),
            head("GET", "/api/rpc/ping", "").into_bytes(),
            head("GET", "/api/rpc/v3/swagger.json", "").into_bytes(),
            head("GET", "/elsewhere", "").into_bytes(),
        ],
    );
    assert_eq!(replies[0], (200, "5".to_owned()));
    assert_eq!(replies[1], (200, "Success".to_owned()));
    assert_eq!(replies[2].0, 200);
    assert_eq!(replies[3], (200, "another".to_owned()));
}

#[test]
fn it_stands_beside_other_routes() {
    let app = || {
        let other = other();
        axum::Router::new()
            .route("/elsewhere", other)
            .merge(router(service(), WebRpcOptions::default()))
    };
    let replies = ask(
        app,
        &[
            post("ProbeRpc-1.2.3-num", "", "text/plain", "[2,3]"),
            head("GET", "/elsewhere", "").into_bytes(),
            head("GET", "/", "").into_bytes(),
        ],
    );
    assert_eq!(replies[0], (200, "5".to_owned()));
    assert_eq!(replies[1], (200, "another".to_owned()));
    assert_eq!(replies[2].0, 404);
}

/// What another part of the app answers.
fn other() -> axum::routing::MethodRouter {
    axum::routing::any(|| async { "another" })
}
