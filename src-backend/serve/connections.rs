//! Takes connections in, and ends them in order.
//!
//! One task per connection and none per request. What a connection keeps while nobody asks is
//! small: its buffers grow with what comes and are bounded.

use std::{convert::Infallible, future::Future, io, sync::Arc, time::Duration};

use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::AsyncWriteExt as _,
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{sleep, timeout},
};
use tokio_util::task::TaskTracker;

use super::{
    Serve, Times,
    addresses::{Addresses, Place},
    lingering::{Answer, Lingering, Watched},
    refusal::{self, Exchange},
    site::Site,
};
use crate::Drained;

/// Largest buffer of a connection, in bytes.
const MAX_BUFFER: usize = 64 * 1024;

/// Longest request line and headers that are read, in bytes. hyper refuses longer ones, and more than
/// 100 headers, in the words of [`refusal`]; what is above [`MAX_HEAD`](super::site::MAX_HEAD) and
/// below this gets the site's answer.
const MAX_HEADERS: usize = 60 * 1024;

/// After so long without a byte the other side is asked whether it is there, and then as often.
const KEEP_ALIVE: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(15));

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
    let addresses = Addresses::new(times.max_per_address);
    let accepting = async {
        loop {
            // Never closed, so there always comes a permit.
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, from)) => {
                    let Some(place) = addresses.enter(from.ip()) else {
                        // Closed unheard: an answer would need what is to be spared.
                        tracing::warn!(%from, "an address has as many connections as it may");
                        continue;
                    };
                    let (http, site) = (http.clone(), Arc::clone(&site));
                    let held = (permit, place);
                    let serving = connection(stream, http, site, times, watched.clone(), held);
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
    times: Times,
    mut phase: watch::Receiver<Phase>,
    _held: (OwnedSemaphorePermit, Place),
) {
    if let Err(error) = set_up(&stream) {
        tracing::debug!(%error, "answers may wait on this connection, and its end may be missed");
    }
    let exchange = Arc::new(Exchange::default());
    let io = TokioIo::new(Lingering::new(
        stream,
        Arc::clone(&exchange),
        MAX_HEADERS,
        times.write_pause,
    ));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let site = Arc::clone(&site);
        let exchange = Arc::clone(&exchange);
        let request = request.map(|body| Watched::new(body, Arc::clone(&exchange)));
        // Boxed, since hyper keeps room for the future of a service while there is none.
        Box::pin(async move {
            let answer = site.answer(request).await;
            Ok::<_, Infallible>(answer.map(|body| Answer::new(body, exchange)))
        })
    });
    let mut serving = http.serve_connection(io, service);
    loop {
        tokio::select! {
            result = &mut serving => {
                if let Err(error) = result {
                    tracing::debug!(%error, "a connection ended early");
                    if error.is_timeout() {
                        break;
                    }
                }
                return;
            }
            changed = phase.changed() => {
                let now = *phase.borrow_and_update();
                match now {
                    Phase::Serving if changed.is_ok() => {}
                    Phase::Draining if changed.is_ok() => {
                        std::pin::Pin::new(&mut serving).graceful_shutdown();
                    },
                    // Over, or nobody runs the server any more.
                    _ => return,
                }
            }
        }
    }
    let parts = serving.into_parts();
    // A connection on which nobody asked anything is closed without a word.
    if !parts.read_buf.is_empty() {
        let mut io = parts.io.into_inner();
        io.refuse(refusal::too_slow());
        if let Err(error) = io.shutdown().await {
            tracing::debug!(%error, "a refusal was not taken");
        }
    }
}

/// Small answers must not wait for more to send, and a peer that is gone without a word, such as
/// one whose power failed, must not be waited for.
fn set_up(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (time, interval) = KEEP_ALIVE;
    let alive = TcpKeepalive::new().with_time(time).with_interval(interval);
    SockRef::from(stream).set_tcp_keepalive(&alive)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_peer_that_is_gone_is_noticed() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (_peer, stream) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (stream, _) = stream.unwrap();
        set_up(&stream).unwrap();
        assert!(SockRef::from(&stream).keepalive().unwrap());
        assert!(stream.nodelay().unwrap());
    }
}
