//! A transport that hands requests to a server in memory: what a socket would carry, without one.

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use twinbridge_common::{
    Bytes,
    ipc::{TransportCause, TransportError},
    rpc::web::{HttpBody, HttpSent, HttpTransport, WebAnswer, WebRpcService},
};

/// Seconds since 1970, by the clock of every test.
pub(crate) const UNIX_NOW: u64 = 1_700_000_000;

/// Carries requests to a server of this process. Clones carry to the same.
#[derive(Clone)]
pub(crate) struct InMemory {
    service: WebRpcService,
    seen: Arc<Mutex<Vec<Seen>>>,
    aborted: Arc<AtomicUsize>,
    faults: Arc<Mutex<VecDeque<Fault>>>,
}

/// What becomes of a request in place of its answer.
pub(crate) enum Fault {
    /// Nothing: it is answered.
    None,
    /// The transport fails.
    Fails(TransportError),
    /// Another server answers: status, headers, and its body in pieces.
    Answers(
        u16,
        &'static [(&'static str, &'static str)],
        Vec<Result<Bytes, TransportError>>,
    ),
    /// The server answers, and its headers never arrive.
    Strips(&'static [&'static str]),
    /// Nothing ever comes.
    Hangs,
}

/// A failure of a transport, in these words.
pub(crate) fn cause(words: &'static str) -> TransportCause {
    TransportCause::new(words)
}

/// A request that was sent.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) address: String,
    pub(crate) headers: http::HeaderMap,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl InMemory {
    pub(crate) fn new(service: WebRpcService) -> Self {
        Self {
            service,
            seen: Arc::default(),
            aborted: Arc::default(),
            faults: Arc::default(),
        }
    }

    /// Says what becomes of the next requests, one after another.
    pub(crate) fn then(&self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.lock().unwrap().extend(faults);
    }

    /// What was sent since this was asked last.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    /// How many requests were dropped before their heads came.
    pub(crate) fn aborted(&self) -> usize {
        self.aborted.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InMemory")
    }
}

impl HttpTransport for InMemory {
    fn send(&self, request: http::Request<Bytes>) -> HttpSent {
        let service = self.service.clone();
        self.seen.lock().unwrap().push(Seen {
            method: request.method().to_string(),
            address: request.uri().to_string(),
            headers: request.headers().clone(),
        });
        let fault = self.faults.lock().unwrap().pop_front();
        let fault = fault.unwrap_or(Fault::None);
        let abort = Abort(Some(Arc::clone(&self.aborted)));
        Box::pin(async move {
            let strips = match fault {
                Fault::None => &[][..],
                Fault::Strips(names) => names,
                Fault::Hangs => std::future::pending().await,
                Fault::Fails(error) => {
                    abort.disarm();
                    return Err(error);
                }
                Fault::Answers(status, headers, pieces) => {
                    abort.disarm();
                    return Ok(foreign(status, headers, pieces));
                }
            };
            let (head, body) = request.into_parts();
            let (path, query) = (head.uri.path(), head.uri.query());
            let answer = match service.head(&head.method, path, query, &head.headers) {
                Ok(head) => service.answer(head, path, body).await,
                Err(bad) => WebAnswer::from(&bad),
            };
            abort.disarm();
            let mut response = response(answer);
            for name in strips {
                response.headers_mut().remove(*name);
            }
            Ok(response)
        })
    }

    fn unix_now(&self) -> Duration {
        Duration::from_secs(UNIX_NOW)
    }
}

fn response(answer: WebAnswer) -> http::Response<HttpBody> {
    let pieces = answer.body.into_pieces();
    let pieces = pieces
        .map(|piece| piece.map_err(|error| TransportError::CutOff(TransportCause::new(error))));
    let mut response = http::Response::new(HttpBody::of(pieces));
    *response.status_mut() = http::StatusCode::from_u16(answer.status).unwrap();
    *response.headers_mut() = answer.headers;
    response
}

fn foreign(
    status: u16,
    headers: &[(&'static str, &'static str)],
    pieces: Vec<Result<Bytes, TransportError>>,
) -> http::Response<HttpBody> {
    let mut response = http::Response::new(HttpBody::of(stream::iter(pieces)));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        let value = http::HeaderValue::from_static(value);
        response.headers_mut().insert(*name, value);
    }
    response
}

/// Counts a request that nobody waits for any more.
struct Abort(Option<Arc<AtomicUsize>>);

impl Abort {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        if let Some(aborted) = &self.0 {
            aborted.fetch_add(1, Ordering::Relaxed);
        }
    }
}
