//! The span around every call of an impl: what the impl logs says whose request it was.
//!
//! Its fields have the names of iTwin.js's log metadata, so that the logs of both backends are
//! read by the same tools. iModel.js: `RpcTrace` and `RpcInvocation.sanitizeForLog`.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::{Stream, StreamExt as _};
use tracing::{Instrument as _, Span};

use super::{RpcInterfaceInfo, RpcRequestContext};
use crate::ipc::{Answer, EncodedItems, Invocation, IpcHandler, Outcome};

/// Runs `handler` inside the span of its request, and the stream that it results in as well.
pub(super) fn around(
    info: &'static RpcInterfaceInfo,
    handler: Arc<dyn IpcHandler>,
    call: Invocation,
) -> Answer {
    let span = of(info, &call);
    if span.is_disabled() {
        return handler.call(call);
    }
    let answer = span.in_scope(|| handler.call(call));
    let inner = span.clone();
    let outcome = async move {
        match answer.await {
            Outcome::Streaming(items) => Outcome::Streaming(InSpan { span: inner, items }.boxed()),
            outcome => outcome,
        }
    };
    Box::pin(outcome.instrument(span))
}

fn of(info: &'static RpcInterfaceInfo, call: &Invocation) -> Span {
    let span = tracing::info_span!(
        "rpc",
        interface = info.name.as_str(),
        rpcMethod = call.method.as_str(),
        ActivityId = tracing::field::Empty,
        SessionId = tracing::field::Empty,
        ApplicationId = tracing::field::Empty,
        ApplicationVersion = tracing::field::Empty,
    );
    if !span.is_disabled() {
        let context = RpcRequestContext::read(call.context.metadata());
        for (field, value) in [
            ("ActivityId", &context.activity_id),
            ("SessionId", &context.session_id),
            ("ApplicationId", &context.application_id),
            ("ApplicationVersion", &context.application_version),
        ] {
            if !value.is_empty() {
                span.record(field, value.as_str());
            }
        }
    }
    span
}

/// The items of a stream, made inside a span.
struct InSpan {
    span: Span,
    items: EncodedItems,
}

impl Stream for InSpan {
    type Item = <EncodedItems as Stream>::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let _entered = this.span.enter();
        this.items.poll_next_unpin(cx)
    }
}
