//! Which half of the site a request is for: its operations, or its pages.
//!
//! Requests for operations have an `X-Correlation-Id`, and requests for pages have none; so the
//! name of a file never decides whether something is run.

use http::{HeaderName, HeaderValue, Method, Request, Response};
use http_body::Body;
use twinbridge_common::rpc::web::CORRELATION_ID;

use super::pages::Pages;
use crate::rpc::web::{ReplyBody, Stranger, Visitor, WebRpc};

/// Longest request line and headers that are looked at, in bytes.
pub(super) const MAX_HEAD: usize = 32 * 1024;

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// What a server answers with.
#[derive(Debug)]
pub(super) struct Site {
    rpc: WebRpc,
    pages: Option<Pages>,
}

impl Site {
    pub(super) fn new(rpc: WebRpc, pages: Option<Pages>) -> Self {
        Self { rpc, pages }
    }

    /// Answers a request; dropping the future cancels it.
    pub(super) async fn answer<B: Body + Send + 'static>(
        &self,
        request: Request<B>,
    ) -> Response<ReplyBody>
    where
        B::Data: Send,
        B::Error: Send,
    {
        if len_of(&request) > MAX_HEAD {
            let sentence = format!("The headers have more than {MAX_HEAD} bytes.");
            return self.rpc.refuse_as(431, &sentence, request.headers());
        }
        match self.page(&request) {
            Some(page) => page,
            None => self.rpc.answer(request).await,
        }
    }

    /// The page asked for, if the request is for one.
    fn page<B>(&self, request: &Request<B>) -> Option<Response<ReplyBody>> {
        let pages = self.pages.as_ref()?;
        let headers = request.headers();
        let is_reading = matches!(*request.method(), Method::GET | Method::HEAD);
        if !is_reading
            || headers.contains_key(CORRELATION_ID)
            || WebRpc::is_public(request.uri().path())
        {
            return None;
        }
        // A link on another site may lead here: it opens the page and reads nothing.
        let is_opening =
            headers.get(SEC_FETCH_MODE).map(HeaderValue::as_bytes) == Some(b"navigate");
        match Visitor::judge(request.uri(), headers, self.rpc.options()) {
            Ok(_) => {}
            Err(Stranger::ForeignPage { .. }) if is_opening => {}
            Err(stranger) => return Some(self.rpc.refuse(&stranger, headers)),
        }
        Some(pages.answer(request.uri().path(), headers))
    }
}

/// Bytes of a request's head, about as it was sent.
fn len_of<B>(request: &Request<B>) -> usize {
    let target = request.uri().path_and_query();
    let target = target.map_or(0, |target| target.as_str().len());
    let headers = request.headers().iter();
    headers.fold(target, |len, (name, value)| {
        len + name.as_str().len() + value.len() + ": \r\n".len()
    })
}
