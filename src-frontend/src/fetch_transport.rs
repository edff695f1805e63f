//! Requests over HTTP from a page, by the browser's `fetch`.
//!
//! The browser decides what a page may ask of another origin, keeps answers that may be kept, and
//! says little about what went wrong. It follows no redirection here, and reads no body ahead of
//! its consumer. JavaScript's objects never leave the page's event loop; what leaves is plain data.

use std::{convert::Infallible, future::Future, time::Duration};

use futures_channel::{mpsc, oneshot};
use futures_util::{
    Stream, StreamExt as _,
    future::{Either, poll_fn, select},
};
use twinbridge_common::{
    Bytes,
    ipc::{TransportCause, TransportError},
    rpc::web::{HttpBody, HttpSent, HttpTransport},
};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::{
    javascript::{self, AbortController, Reader, Request, RequestInit, Response},
    shell::spawn,
};

/// Carries requests over HTTP from a page.
#[cfg_attr(doc, doc = include_str!("../examples/page.md"))]
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct FetchTransport;

impl HttpTransport for FetchTransport {
    fn send(&self, request: http::Request<Bytes>) -> HttpSent {
        Box::pin(async move {
            let (held, dropped) = oneshot::channel();
            let (head, coming) = oneshot::channel();
            spawn(fetch(request, dropped, head));
            // The task answers, unless the page's event loop is at its end.
            let gone = || TransportError::Broken(TransportCause::new("the page is going away"));
            let (response, pieces) = coming.await.map_err(|_| gone())??;
            Ok(response.map(|()| {
                HttpBody::of(Body {
                    pieces,
                    _held: held,
                })
            }))
        })
    }

    fn unix_now(&self) -> Duration {
        Duration::from_secs_f64(javascript::date_now() / 1000.0)
    }
}

/// The value of a cookie that the page may read, such as the token by which a server knows its own
/// pages; `None` where there is none. For [`csrf`](twinbridge_common::rpc::web::WebClientOptions::csrf).
#[must_use]
pub fn cookie(name: &str) -> Option<String> {
    let cookies = javascript::DOCUMENT.with(|document| Some(document.as_ref()?.cookie()))?;
    let mut pairs = cookies.split(';').map(|pair| pair.trim().split_once('='));
    pairs
        .find_map(|pair| pair.filter(|(key, _)| *key == name))
        .map(|(_, value)| value.to_owned())
}

type Pieces = mpsc::Receiver<Result<Bytes, TransportError>>;
type Head = Result<(http::Response<()>, Pieces), TransportError>;

/// The body of an answer. What is held tells the task when it is dropped.
struct Body {
    pieces: Pieces,
    _held: oneshot::Sender<Infallible>,
}

impl Stream for Body {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.pieces.poll_next_unpin(cx)
    }
}

/// Carries one request, on the page's event loop, until it is over or nobody waits for it.
async fn fetch(
    request: http::Request<Bytes>,
    dropped: oneshot::Receiver<Infallible>,
    head: oneshot::Sender<Head>,
) {
    let Ok(controller) = AbortController::new() else {
        let cause = TransportCause::new("the browser has no AbortController");
        let _ = head.send(Err(TransportError::BadRequest(cause)));
        return;
    };
    let carried = std::pin::pin!(carry(request, &controller, head));
    // Both notice when the body is dropped, and either may be the first.
    let is_whole = matches!(select(carried, dropped).await, Either::Left((true, _)));
    if !is_whole {
        controller.abort();
    }
}

/// Whether the answer came to its end; the browser goes on with any other until it is aborted.
async fn carry(
    request: http::Request<Bytes>,
    controller: &AbortController,
    head: oneshot::Sender<Head>,
) -> bool {
    let response = match respond(request, controller).await {
        Ok(response) => response,
        Err(error) => {
            let _ = head.send(Err(error));
            return false;
        }
    };
    let (mut sender, pieces) = mpsc::channel(0);
    let body = response.body().map(|body| body.get_reader());
    if head
        .send(read_head(&response).map(|head| (head, pieces)))
        .is_err()
    {
        return false;
    }
    let Some(reader) = body else {
        return true;
    };
    loop {
        let piece = match read(&reader).await {
            Ok(None) => return true,
            Ok(Some(piece)) => Ok(piece),
            Err(error) => Err(TransportError::CutOff(cause(&error))),
        };
        let is_last = piece.is_err();
        // Room first: nothing is read ahead of the consumer but this piece.
        let room = poll_fn(|cx| sender.poll_ready(cx)).await;
        if room.is_err() || sender.start_send(piece).is_err() || is_last {
            return false;
        }
    }
}

/// Waits for the head of an answer.
fn respond(
    request: http::Request<Bytes>,
    controller: &AbortController,
) -> impl Future<Output = Result<Response, TransportError>> {
    let fetched = start(request, controller);
    async move {
        let bad = |error: JsValue| TransportError::BadRequest(cause(&error));
        let answer = JsFuture::from(fetched.map_err(bad)?).await;
        // The browser says as little of a server that is not there as of a connection that broke.
        let answer = answer.map_err(|error| TransportError::Broken(cause(&error)))?;
        Ok(answer.unchecked_into())
    }
}

fn start(
    request: http::Request<Bytes>,
    controller: &AbortController,
) -> Result<js_sys::Promise, JsValue> {
    let (head, body) = request.into_parts();
    let init: RequestInit = js_sys::Object::new().unchecked_into();
    init.set_method(head.method.as_str());
    // The authorization is for the server that was named.
    init.set_redirect("error");
    init.set_signal(&controller.signal());
    let headers = js_sys::Array::new();
    for (name, value) in &head.headers {
        // Headers hold bytes, which JavaScript has as the characters of Latin-1.
        let value: String = value.as_bytes().iter().copied().map(char::from).collect();
        headers.push(&js_sys::Array::of2(&name.as_str().into(), &value.into()));
    }
    init.set_headers(&headers);
    if head.method != http::Method::GET && head.method != http::Method::HEAD {
        init.set_body(&js_sys::Uint8Array::from(body.as_slice()));
    }
    let request = Request::new(&head.uri.to_string(), &init)?;
    javascript::fetch(&request)
}

fn read_head(response: &Response) -> Result<http::Response<()>, TransportError> {
    let unreadable = |error: http::Error| TransportError::CutOff(TransportCause::new(error));
    let mut read = http::Response::new(());
    *read.status_mut() =
        http::StatusCode::from_u16(response.status()).map_err(|error| unreadable(error.into()))?;
    let mut pairs = Vec::new();
    response
        .headers()
        .for_each(&mut |value, name| pairs.push((name, value)));
    for (name, value) in pairs {
        let value: Vec<u8> = value.chars().map(|c| c as u8).collect();
        let name = http::HeaderName::try_from(name).map_err(|error| unreadable(error.into()))?;
        let value = http::HeaderValue::try_from(value).map_err(|error| unreadable(error.into()))?;
        read.headers_mut().append(name, value);
    }
    Ok(read)
}

async fn read(reader: &Reader) -> Result<Option<Bytes>, JsValue> {
    let piece = JsFuture::from(reader.read()?).await?;
    let piece: javascript::ReadResult = piece.unchecked_into();
    Ok(piece.value().map(|bytes| bytes.to_vec().into()))
}

/// What the browser said.
fn cause(error: &JsValue) -> TransportCause {
    let text = match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => "no reason was given".to_owned(),
    };
    TransportCause::new(text)
}
