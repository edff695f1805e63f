//! One request on the client's side, carried: sent, asked again while there is no result yet.
//!
//! What happens next is decided by its [life](super::life), which is plain data; the future here
//! sends, waits and sends again. A caller hears of the end, listeners and handles of the rest.
//! iModel.js: `RpcRequest`.

use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll, time::Duration};

use futures_util::{FutureExt as _, future::OptionFuture};

use super::{
    RpcConfiguration, RpcControl, RpcError, RpcNotFound, RpcNotFoundAnswer, RpcOptions, RpcReply,
    RpcRequest, RpcUnanswered,
    life::{Arrived, Layers, LifeSettings, Next, NotFoundHandlers, WhenBroken},
    running::Running,
};
use crate::{
    ipc::{Answered, BackendError, CallError, PipeError, Refusal, TransportError, rounded_up},
    wire::{Ending, Value},
};

/// How a request lives, by its contract and its connection.
pub(super) fn settings(
    configuration: &dyn RpcConfiguration,
    options: &RpcOptions,
    request: &RpcRequest,
) -> LifeSettings {
    let interval = match request.policy.retry_interval_ms {
        0 => options.pending_operation_retry_interval,
        ms => milliseconds(ms),
    };
    LifeSettings::default()
        .retry_interval(interval)
        .transient_fault_limit(options.transient_fault_limit)
        .not_found(match options.not_found.is_empty() {
            true => NotFoundHandlers::None,
            false => NotFoundHandlers::Listening,
        })
        .when_broken(match request.policy.is_idempotent {
            true => WhenBroken::SendOnceMore,
            false => WhenBroken::Fail,
        })
        .layers(match configuration.is_web() {
            true => Layers::Http,
            false => Layers::One,
        })
}

fn milliseconds(ms: u32) -> Duration {
    Duration::from_millis(ms.into())
}

/// Sends `request` until there is an answer for its caller.
pub(super) async fn perform(
    running: Arc<Running>,
    request: RpcRequest,
) -> Result<Answered, CallError> {
    let entered = running.enter();
    let result = carry(&entered.running, request).await;
    if result.is_err() {
        entered.running.fail();
    }
    entered.over();
    result
}

async fn carry(running: &Running, mut request: RpcRequest) -> Result<Answered, CallError> {
    let configuration = running.configuration();
    let deadline = Deadline::new(configuration, &request);
    let mut not_found = 0;
    loop {
        deadline.shorten(configuration, &mut request)?;
        let Some(submission) = running.submit() else {
            resumed(running, &deadline).await?;
            continue;
        };
        let mut sent = configuration.submit(request.clone());
        let answer = poll_fn(|cx| match sent.poll_unpin(cx) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending => running.poll_cancelled(cx).map(|()| None),
        });
        let answer = answer.await;
        drop(sent);
        let Some(answer) = answer else {
            continue;
        };
        let (arrived, told) = read(answer);
        match (running.arrived(submission, arrived), told) {
            (Next::Tell, Told::Caller(told)) => return told,
            (Next::TooManyFaults, _) => return Err(backend(RpcError::TransientFaultLimit)),
            (Next::AskHandlers, Told::Handlers(response)) => {
                not_found += 1;
                let mut asked = pin!(ask_handlers(running, &mut request, response, not_found));
                let answer = poll_fn(|cx| match asked.poll_unpin(cx) {
                    Poll::Ready(answer) => Poll::Ready(answer),
                    Poll::Pending => running.poll_cancelled(cx).map(Ok),
                });
                answer.await?;
            }
            (Next::Wait, _) => {
                let due = running.due_at().unwrap_or_default();
                let mut waited = pin!(deadline.wait_until(configuration, due));
                let answer = poll_fn(|cx| match waited.poll_unpin(cx) {
                    Poll::Ready(()) => Poll::Ready(()),
                    Poll::Pending => running.poll_cancelled(cx),
                });
                answer.await;
            }
            (Next::Tell, Told::Handlers(_) | Told::Nobody) => {
                return Err(backend(RpcError::NotFound));
            }
            // Sent again at once; or it was cancelled meanwhile, and waits.
            (Next::SendAgain | Next::Ignore | Next::AskHandlers, _) => {}
        }
    }
}

/// Waits until a request that was cancelled is to be sent again.
async fn resumed(running: &Running, deadline: &Deadline) -> Result<(), CallError> {
    let clock = running.configuration().clock();
    let mut late = OptionFuture::from(deadline.at.map(|at| clock.sleep_until(at)));
    let is_late = deadline.at.is_some();
    let wanted = poll_fn(|cx| {
        // The loop finds that the deadline has passed.
        if is_late && late.poll_unpin(cx).is_ready() {
            return Poll::Ready(true);
        }
        running.poll_wanted(cx)
    });
    match wanted.await {
        true => Ok(()),
        false => Err(CallError::Refused(Refusal::Cancelled)),
    }
}

/// Whom what came is for.
enum Told {
    Caller(Result<Answered, CallError>),
    Handlers(Value),
    Nobody,
}

/// Reads what came of a sending: for the life of the request, and for those who are told.
fn read(answer: Result<RpcReply, RpcUnanswered>) -> (Arrived, Told) {
    let failed = |error| Told::Caller(Err(error));
    let control = match answer {
        Ok(RpcReply::Answered(answered)) => {
            let arrived = match &answered {
                Answered::Ended(Ending::Failed { .. } | Ending::Refused { .. }) => Arrived::Failure,
                Answered::Ended(_) | Answered::Streaming(_) => Arrived::Result,
            };
            return (arrived, Told::Caller(Ok(answered)));
        }
        Err(RpcUnanswered::UnknownStatus(error)) => {
            return (Arrived::UnknownStatus, failed(backend(error)));
        }
        Err(RpcUnanswered::UnknownBody(error)) => {
            return (Arrived::UnknownBody, failed(backend(error)));
        }
        Err(RpcUnanswered::Pipe(error)) => {
            let arrived = match &error {
                PipeError::Transport(TransportError::Broken(_)) => Arrived::Broken,
                _ => Arrived::Lost,
            };
            return (arrived, failed(error.into()));
        }
        Ok(RpcReply::Control(control)) => control,
    };
    match control {
        RpcControl::Pending {
            message,
            retry_after_ms,
        } => {
            let retry_after = retry_after_ms.map(milliseconds);
            let pending = Arrived::Pending {
                message,
                retry_after,
            };
            (pending, Told::Nobody)
        }
        RpcControl::Transient {
            status: fault,
            retry_after_ms,
        } => {
            let retry_after = retry_after_ms.map(milliseconds);
            (Arrived::Transient { fault, retry_after }, Told::Nobody)
        }
        RpcControl::NoContent => (Arrived::NoContent, failed(backend(RpcError::NoContent))),
        RpcControl::NotFound { response } => (Arrived::NotFound, Told::Handlers(response)),
    }
}

fn backend(error: impl Into<BackendError>) -> CallError {
    CallError::Backend(error.into())
}

/// Asks the handlers; `Ok` where the request is to be sent again.
async fn ask_handlers(
    running: &Running,
    request: &mut RpcRequest,
    response: Value,
    attempt: u32,
) -> Result<(), CallError> {
    for handler in &running.connection().options().not_found {
        let asked = RpcNotFound {
            request: request.clone(),
            response: response.clone(),
            attempt,
        };
        match handler(asked).await {
            RpcNotFoundAnswer::Pass => {}
            RpcNotFoundAnswer::Resubmit => return Ok(()),
            RpcNotFoundAnswer::ResubmitWith(arguments) => {
                request.arguments = arguments;
                return Ok(());
            }
            RpcNotFoundAnswer::Reject(error) => return Err(backend(error)),
        }
    }
    running.give_up();
    Err(backend(RpcError::NotFound))
}

/// The deadline over all attempts; the backend is told of what is left of it each time.
struct Deadline {
    after_ms: u32,
    at: Option<Duration>,
}

impl Deadline {
    fn new(configuration: &dyn RpcConfiguration, request: &RpcRequest) -> Self {
        let after_ms = request.deadline_ms;
        Self {
            after_ms,
            at: (after_ms > 0).then(|| configuration.clock().now() + milliseconds(after_ms)),
        }
    }

    fn shorten(
        &self,
        configuration: &dyn RpcConfiguration,
        request: &mut RpcRequest,
    ) -> Result<(), CallError> {
        let Some(at) = self.at else {
            return Ok(());
        };
        let left = at.saturating_sub(configuration.clock().now());
        if left.is_zero() {
            let after_ms = self.after_ms;
            return Err(CallError::Refused(Refusal::Deadline { after_ms }));
        }
        request.deadline_ms = rounded_up(left);
        Ok(())
    }

    /// Waits until `at`, or until the deadline where that comes first.
    async fn wait_until(&self, configuration: &dyn RpcConfiguration, at: Duration) {
        let at = self.at.map_or(at, |deadline| deadline.min(at));
        configuration.clock().sleep_until(at).await;
    }
}
