//! Takes connections in, and ends them in order.
//!
//! One task per connection and none per request. What a connection keeps while nobody asks is
//! small: its buffers grow with what comes and are bounded.

use std::{convert::Infallible, future::Future, pin::pin, sync::Arc, time::Duration};

use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{sleep, timeout},
};
use tokio_util::task::TaskTracker;

use super::{
    Serve,
    lingering::{Lingering, Unread, Watched},
    site::Site,
};
use crate::Drained;

/// Largest buffer of a connection, in bytes.
const MAX_BUFFER: usize = 64 * 1024;

/// Longest request line and headers, in bytes; hyper answers 431 to longer ones, and to more than
/// 100 headers.
const MAX_HEADERS: usize = 32 * 1024;

/// How long nothing is accepted where the system has no room for another connection.
const NO_ROOM: Duration = Duration::from_millis(50);

/// What connections are to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Serving,
    /// Answer what runs, and take nothing else.
    Draining,
    /// End.
    Over,
}

pub(super) async fn run(serve: Serve, end: impl Future<Output = ()>) -> Drained {
    let Serve {
        listener,
        address: _,
        site,
        server: _,
        executor,
        times,
    } = serve;
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(times.idle)
        .max_buf_size(MAX_BUFFER)
        .max_header_size(MAX_HEADERS);
    let (phase, watched) = watch::channel(Phase::Serving);
    let connections = TaskTracker::new();
    let room = Arc::new(Semaphore::new(times.max_connections));
    let accepting = async {
        loop {
            // Never closed, so there always comes a permit.
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, _)) => {
                    let (http, site) = (http.clone(), Arc::clone(&site));
                    let serving = connection(stream, http, site, watched.clone(), permit);
                    connections.spawn(serving);
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    sleep(NO_ROOM).await;
                }
            }
        }
    };
    tokio::select! {
        () = accepting => {}
        () = end => {}
    }
    drop(listener);
    tracing::info!(connections = connections.len(), "the server ends");
    connections.close();
    // Nobody listens to the phase where there is no connection.
    phase.send_replace(Phase::Draining);
    if timeout(times.drain, connections.wait()).await.is_err() {
        tracing::warn!(connections = connections.len(), "requests are cancelled");
        phase.send_replace(Phase::Over);
        connections.wait().await;
    }
    let blocking = executor.blocking();
    blocking.close();
    match timeout(times.drain, blocking.wait()).await {
        Ok(()) => Drained::Completely,
        Err(_) => Drained::StillRunning(blocking.len()),
    }
}

async fn connection(
    stream: TcpStream,
    http: http1::Builder,
    site: Arc<Site>,
    mut phase: watch::Receiver<Phase>,
    _permit: OwnedSemaphorePermit,
) {
    // Small answers must not wait for more to send.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "answers may wait on this connection");
    }
    let unread = Unread::default();
    let io = TokioIo::new(Lingering::new(stream, Arc::clone(&unread)));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let site = Arc::clone(&site);
        let request = request.map(|body| Watched::new(body, Arc::clone(&unread)));
        // Boxed, since hyper keeps room for the future of a service while there is none.
        Box::pin(async move { Ok::<_, Infallible>(site.answer(request).await) })
    });
    let mut serving = pin!(http.serve_connection(io, service));
    loop {
        tokio::select! {
            result = &mut serving => {
                if let Err(error) = result {
                    tracing::debug!(%error, "a connection ended early");
                }
                return;
            }
            changed = phase.changed() => {
                let now = *phase.borrow_and_update();
                match now {
                    Phase::Serving if changed.is_ok() => {}
                    Phase::Draining if changed.is_ok() => serving.as_mut().graceful_shutdown(),
                    // Over, or nobody runs the server any more.
                    _ => return,
                }
            }
        }
    }
}
