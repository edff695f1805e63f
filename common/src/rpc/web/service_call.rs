//! One request on its way through a [`WebRpcService`]: prepared, run, and put into an answer.
//!
//! What a call came to is a result, a stream, an error or another answer; each has one form per
//! codec. The words of errors are iTwin's where iTwin has some.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::answer::{Answer, Asked, Fulfillment};
use super::header::{Activity, RequestHeaders};
use super::request::{Caching, RequestHead};
use super::service::{TokenMismatch, WebRpcService, WebServiceOptions};
use super::service_body::{WebAnswer, WebBody};
use super::thrown::INCOMPATIBLE_VERSION_NAME;
use super::{RetryAfter, TOKEN_MISMATCH, ThrownError, category, check_tokens};
use crate::ipc::{Answered, Items, MethodInfo};
use crate::rpc::error::SCOPE;
use crate::rpc::{RpcArrival, RpcCaching, RpcControl, RpcReply, RpcRequestContext};
use crate::wire::{Bytes, Codec, Ending, Payload};

/// A request that is understood, or answered already.
pub(super) enum Prepared {
    Ready(WebAnswer),
    Running(Running),
}

/// A request that runs.
pub(super) struct Running {
    reply: Pin<Box<dyn Future<Output = RpcReply> + Send>>,
    request: Request,
    result: ResultKind,
    /// Iff they are JSON: looked at again where the impl could not read them.
    arguments: Option<Payload>,
}

/// What is left of a request's head when its call runs.
struct Request {
    options: Arc<WebServiceOptions>,
    headers: RequestHeaders,
    caching: Caching,
    operation: String,
    codec: Codec,
}

/// What an operation gives, as far as bodies differ by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ResultKind {
    /// Nothing, which is `undefined` in JavaScript and not null.
    Nothing,
    /// A value, or what an impl without a contract gives.
    Value,
    /// A stream of bytes: the body itself.
    Bytes,
    /// A stream of items with their lengths.
    Items,
}

/// What the contract of an operation says about its answers.
struct Policy {
    result: ResultKind,
    deadline_ms: u32,
    caching: RpcCaching,
}

impl WebRpcService {
    pub(super) fn prepare(&self, mut head: RequestHead, path: &str, body: Bytes) -> Prepared {
        let arguments = match head.take_arguments(body, &self.options.limits) {
            Ok(arguments) => check_tokens(path, arguments),
            Err(bad) => return Prepared::Ready((&bad).into()),
        };
        let is_description = head.operation.is_describe_endpoints();
        let policy = self.policy(&head.operation.interface, &head.operation.operation);
        let context = context_of(&mut head.headers.activity);
        let metadata = context.to_metadata(&head.operation.version);
        let request = Request {
            options: Arc::clone(&self.options),
            headers: head.headers,
            caching: match (head.caching, policy.caching) {
                // Anybody can ask for anything by GET; only the contract knows what stays true.
                (Caching::Immutable | Caching::Private, RpcCaching::None) => Caching::NoStore,
                (asked, _) => asked,
            },
            operation: head.operation.operation,
            codec: arguments.arguments.codec,
        };
        if is_description {
            let endpoints = Payload::encode(request.codec, &self.server.endpoints());
            let endpoints = endpoints.unwrap_or_else(|_| Payload::unit(request.codec));
            return request.ready(Fulfillment::Resolved(endpoints));
        }
        if arguments.mismatch {
            tracing::warn!(operation = request.operation, "{TOKEN_MISMATCH}");
            let is_corrected = request.codec == Codec::ITwinJson;
            if !is_corrected || self.options.token_mismatch == TokenMismatch::Refused {
                return request.ready(Fulfillment::Thrown(ThrownError::general(TOKEN_MISMATCH)));
            }
        }
        let arguments = arguments.arguments;
        if policy.result == ResultKind::Items
            && request.codec != Codec::MessagePack
            && self.server.exposed(&head.operation.interface).is_some()
        {
            return request.ready(Fulfillment::Thrown(no_form(&request.operation)));
        }
        let arrival = RpcArrival {
            interface: head.operation.interface,
            operation: request.operation.clone(),
            metadata,
            arguments: arguments.clone(),
            deadline_ms: policy.deadline_ms,
        };
        Prepared::Running(Running {
            reply: Box::pin(self.server.invoke(&self.host, arrival)),
            result: policy.result,
            arguments: (request.codec != Codec::MessagePack).then_some(arguments),
            request,
        })
    }

    /// What the contract says of an operation.
    fn policy(&self, interface: &str, operation: &str) -> Policy {
        let mut policy = Policy {
            result: ResultKind::Value,
            deadline_ms: self.options.deadline_ms,
            caching: RpcCaching::None,
        };
        let Some(info) = self.server.chosen(interface) else {
            return policy;
        };
        if let Some(method) = info.method(operation) {
            policy.result = result_kind(method);
        }
        if let Some(known) = info.operation(operation) {
            policy.caching = known.policy.caching;
            if known.policy.deadline_ms > 0 {
                policy.deadline_ms = known.policy.deadline_ms;
            }
        }
        policy
    }
}

fn result_kind(method: &MethodInfo) -> ResultKind {
    let Some(stream) = &method.stream else {
        return match method.result {
            Some(_) => ResultKind::Value,
            None => ResultKind::Nothing,
        };
    };
    // As the schema of `Bytes` says it.
    match stream.item.get("format").and_then(|format| format.as_str()) {
        Some("bytes") => ResultKind::Bytes,
        _ => ResultKind::Items,
    }
}

impl Running {
    pub(super) async fn finish(self) -> WebAnswer {
        let Self {
            reply,
            request,
            result: kind,
            arguments,
        } = self;
        match reply.await {
            RpcReply::Answered(Answered::Ended(Ending::Done(result))) => {
                let result = match (kind, request.codec) {
                    (ResultKind::Nothing, Codec::ITwinJson) => Payload::unit(request.codec),
                    _ => result,
                };
                request.whole(Fulfillment::Resolved(result), None)
            }
            RpcReply::Answered(Answered::Ended(ending)) => {
                let failure = failure(ending, arguments.as_ref());
                request.whole(failure, None)
            }
            RpcReply::Answered(Answered::Streaming(items)) => request.streaming(kind, items),
            RpcReply::Control(control) => {
                let (fulfillment, retry_after) = request.control(control);
                request.whole(fulfillment, retry_after)
            }
        }
    }
}

impl Request {
    fn ready(&self, fulfillment: Fulfillment) -> Prepared {
        Prepared::Ready(self.whole(fulfillment, None))
    }

    fn whole(&self, fulfillment: Fulfillment, retry_after: Option<RetryAfter>) -> WebAnswer {
        self.write(fulfillment, retry_after).into()
    }

    fn write(&self, fulfillment: Fulfillment, retry_after: Option<RetryAfter>) -> Answer {
        let asked = Asked {
            headers: &self.headers,
            caching: self.caching,
            operation: &self.operation,
            codec: self.codec,
        };
        Answer::write(&asked, fulfillment, retry_after, self.options.answers)
    }

    fn streaming(&self, kind: ResultKind, items: Items) -> WebAnswer {
        let (fulfillment, body) = match kind {
            // Another half of ours is told how a stream ended, which bytes alone cannot say. An
            // impl without a contract may result in a stream where none was announced.
            _ if self.codec == Codec::MessagePack => {
                (Fulfillment::Stream, WebBody::of_items(items))
            }
            ResultKind::Bytes => (Fulfillment::Bytes, WebBody::of_bytes(items)),
            _ => return self.whole(Fulfillment::Thrown(no_form(&self.operation)), None),
        };
        WebAnswer {
            body,
            ..self.write(fulfillment, None).into()
        }
    }

    fn control(&self, control: RpcControl) -> (Fulfillment, Option<RetryAfter>) {
        let after = |ms: Option<u32>| ms.map(|ms| RetryAfter::In(Duration::from_millis(ms.into())));
        match control {
            RpcControl::Pending {
                message,
                retry_after_ms,
            } => (Fulfillment::Pending { message }, after(retry_after_ms)),
            RpcControl::NotFound { response } => {
                let response = Payload::encode(self.codec, &response);
                let response = response.unwrap_or_else(|_| Payload::unit(self.codec));
                (Fulfillment::NotFound(response), None)
            }
            RpcControl::NoContent => (Fulfillment::NoContent, None),
            RpcControl::Transient {
                status,
                retry_after_ms,
            } => (Fulfillment::Transient(status), after(retry_after_ms)),
        }
    }
}

/// A failure in the words of the one who is told. Another half of ours reads it as it is.
fn failure(ending: Ending, arguments: Option<&Payload>) -> Fulfillment {
    let Some(arguments) = arguments else {
        return Fulfillment::Failed(ending);
    };
    match &ending {
        Ending::Failed {
            scope,
            number,
            message,
            ..
        } if **scope == *SCOPE => Fulfillment::Thrown(of_rpc(*number, message)),
        Ending::Refused { .. } => match ThrownError::unreadable(arguments) {
            Some(error) => Fulfillment::Thrown(error),
            None => Fulfillment::Failed(ending),
        },
        _ => Fulfillment::Failed(ending),
    }
}

/// Who asks, taken out of the request's headers. The id of a request is its activity.
fn context_of(activity: &mut Activity) -> RpcRequestContext {
    let Activity {
        id,
        application_id,
        application_version,
        session_id,
        authorization,
        user_id: _,
    } = std::mem::take(activity);
    RpcRequestContext::default()
        .activity_id(id)
        .session_id(session_id)
        .application(application_id, application_version)
        .authorization(authorization)
}

/// What RPC itself refuses has iTwin's names, and no scope that its clients would not know.
fn of_rpc(number: u32, message: &str) -> ThrownError {
    let number = i64::from(number);
    let name = match number {
        category::INCOMPATIBLE_VERSION => INCOMPATIBLE_VERSION_NAME,
        _ => "Error",
    };
    ThrownError::numbered(number, name, message)
}

fn no_form(operation: &str) -> ThrownError {
    ThrownError::general(format!(
        "`{operation}` results in a stream of items, which only MessagePack carries."
    ))
}
