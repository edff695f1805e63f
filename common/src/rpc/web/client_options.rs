//! What a client over HTTP is told, beside where its server is.
//!
//! Plain values. What all configurations have in common is in
//! [`RpcOptions`](crate::rpc::RpcOptions).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::CsrfToken;

/// Settings of a client over HTTP. `WebClientOptions::default()` suits any server.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
#[derive(Clone)]
#[non_exhaustive]
pub struct WebClientOptions {
    /// What is spoken. Default [`Speech::Negotiated`].
    pub speech: Speech,
    /// Largest answer that is taken, in bytes; reading stops there, and the call fails. A stream
    /// may be longer. Default 64 MiB.
    pub max_reply_bytes: usize,
    /// Largest item of a stream that is taken, in bytes. Default 16 MiB.
    pub max_item_bytes: usize,
    /// How long a server may take to say what it speaks. It is asked before the first request, and
    /// one that has not answered by then is spoken to in iTwin's JSON. Default 10 s.
    pub first_question: Duration,
    pub(super) csrf: Arc<dyn Fn() -> Option<CsrfToken> + Send + Sync>,
}

/// What a client speaks.
#[cfg_attr(doc, doc = include_str!("../../../examples/web.md"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speech {
    /// MessagePack with a server of ours, and iTwin's JSON with any other.
    #[default]
    Negotiated,
    /// iTwin's JSON with every server, which people can read, and which loses what JSON has not.
    ITwinJson,
}

impl Default for WebClientOptions {
    fn default() -> Self {
        Self {
            speech: Speech::default(),
            max_reply_bytes: 64 * 1024 * 1024,
            max_item_bytes: 16 * 1024 * 1024,
            first_question: Duration::from_secs(10),
            csrf: Arc::new(|| None),
        }
    }
}

impl WebClientOptions {
    /// Sets [`speech`](Self::speech).
    #[must_use]
    pub fn speech(mut self, speech: Speech) -> Self {
        self.speech = speech;
        self
    }

    /// Sets [`max_reply_bytes`](Self::max_reply_bytes).
    #[must_use]
    pub fn max_reply_bytes(mut self, bytes: usize) -> Self {
        self.max_reply_bytes = bytes;
        self
    }

    /// Sets [`max_item_bytes`](Self::max_item_bytes).
    #[must_use]
    pub fn max_item_bytes(mut self, bytes: usize) -> Self {
        self.max_item_bytes = bytes;
        self
    }

    /// Sets [`first_question`](Self::first_question).
    #[must_use]
    pub fn first_question(mut self, limit: Duration) -> Self {
        self.first_question = limit;
        self
    }

    /// Says by which header the server knows its own pages, for each request anew: a page reads
    /// the token from the server's cookie. None by default. iTwin.js: `csrfToken` of a serialized
    /// activity.
    #[must_use]
    pub fn csrf(mut self, token: impl Fn() -> Option<CsrfToken> + Send + Sync + 'static) -> Self {
        self.csrf = Arc::new(token);
        self
    }
}

impl fmt::Debug for WebClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebClientOptions")
            .field("speech", &self.speech)
            .field("max_reply_bytes", &self.max_reply_bytes)
            .field("max_item_bytes", &self.max_item_bytes)
            .field("first_question", &self.first_question)
            .finish_non_exhaustive()
    }
}
