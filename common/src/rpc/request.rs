//! The life of one request on the client's side: sent, asked again while there is no result yet.
//!
//! The rules for the next attempt are plain data and know no clock; the future around them sends,
//! waits and sends again. A caller hears of nothing but the end. iModel.js: `RpcRequest`.

use std::{sync::Arc, time::Duration};

use super::{
    RpcConfiguration, RpcControl, RpcError, RpcNotFound, RpcNotFoundAnswer, RpcOptions, RpcReply,
    RpcRequest, back_off::back_off,
};
use crate::{
    ipc::{Answered, BackendError, CallError, Refusal},
    wire::Value,
};

/// When to ask again, if at all.
#[derive(Debug)]
struct Attempts {
    /// Time between two questions while the operation is pending.
    interval: Duration,
    /// Transient answers since the last that named a time.
    faults: u32,
    limit: u32,
}

impl Attempts {
    fn new(request: &RpcRequest, options: &RpcOptions) -> Self {
        Self {
            interval: match request.policy.retry_interval_ms {
                0 => options.pending_operation_retry_interval,
                ms => milliseconds(ms),
            },
            faults: 0,
            limit: options.transient_fault_limit,
        }
    }

    /// Time from when the request was sent last until it is sent again.
    fn after_pending(&self, retry_after_ms: Option<u32>) -> Duration {
        retry_after_ms.map_or(self.interval, milliseconds)
    }

    /// The same after a transient answer; `None` where there were too many. A server that names a
    /// time is in command of itself, so that the count begins anew.
    fn after_transient(&mut self, retry_after_ms: Option<u32>) -> Option<Duration> {
        if let Some(ms) = retry_after_ms {
            self.faults = 0;
            return Some(milliseconds(ms));
        }
        self.faults += 1;
        (self.faults <= self.limit).then(|| back_off(self.faults))
    }
}

fn milliseconds(ms: u32) -> Duration {
    Duration::from_millis(ms.into())
}

/// Sends `request` until there is an answer for its caller.
pub(super) async fn perform(
    configuration: Arc<dyn RpcConfiguration>,
    options: Arc<RpcOptions>,
    mut request: RpcRequest,
) -> Result<Answered, CallError> {
    let mut attempts = Attempts::new(&request, &options);
    let mut deadline = Deadline::new(&*configuration, &request);
    let mut not_found = 0;
    loop {
        deadline.shorten(&*configuration, &mut request)?;
        let sent_at = configuration.clock().now();
        let control = match configuration.submit(request.clone()).await? {
            RpcReply::Answered(answered) => return Ok(answered),
            RpcReply::Control(control) => control,
        };
        let wait = match control {
            RpcControl::Pending {
                message,
                retry_after_ms,
            } => {
                tracing::debug!(id = request.id, message, "the operation is pending");
                Some(attempts.after_pending(retry_after_ms))
            }
            RpcControl::Transient {
                status,
                retry_after_ms,
            } => {
                tracing::debug!(id = request.id, ?status, "the server cannot answer now");
                let wait = attempts.after_transient(retry_after_ms);
                Some(wait.ok_or_else(|| backend(RpcError::TransientFaultLimit))?)
            }
            RpcControl::NoContent => return Err(backend(RpcError::NoContent)),
            RpcControl::NotFound { response } => {
                not_found += 1;
                handle_not_found(&options, &mut request, response, not_found).await?;
                None
            }
        };
        if let Some(wait) = wait {
            deadline.wait_until(&*configuration, sent_at + wait).await;
        }
    }
}

fn backend(error: impl Into<BackendError>) -> CallError {
    CallError::Backend(error.into())
}

/// Asks the handlers; `Ok` where the request is to be sent again.
async fn handle_not_found(
    options: &RpcOptions,
    request: &mut RpcRequest,
    response: Value,
    attempt: u32,
) -> Result<(), CallError> {
    for handler in &options.not_found {
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
        &mut self,
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
        let left_ms = left.as_nanos().div_ceil(1_000_000);
        request.deadline_ms = u32::try_from(left_ms).unwrap_or(u32::MAX);
        Ok(())
    }

    /// Waits until `at`, or until the deadline where that comes first.
    async fn wait_until(&self, configuration: &dyn RpcConfiguration, at: Duration) {
        let at = self.at.map_or(at, |deadline| deadline.min(at));
        configuration.clock().sleep_until(at).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts() -> Attempts {
        Attempts {
            interval: Duration::from_secs(10),
            faults: 0,
            limit: 4,
        }
    }

    #[test]
    fn a_transient_answer_is_asked_again_later_each_time_and_the_fifth_fails() {
        let mut attempts = attempts();
        let waits: Vec<_> = (0..4)
            .map(|_| attempts.after_transient(None).unwrap().as_millis())
            .collect();
        assert_eq!(waits, [500, 750, 1250, 2250]);
        assert_eq!(attempts.after_transient(None), None);
    }

    #[test]
    fn a_server_that_names_a_time_is_asked_without_end() {
        let mut attempts = attempts();
        for _ in 0..100 {
            assert!(attempts.after_transient(None).is_some());
            let wait = attempts.after_transient(Some(1500));
            assert_eq!(wait, Some(Duration::from_millis(1500)));
        }
    }

    #[test]
    fn a_pending_operation_is_asked_again_after_the_interval_or_the_time_the_backend_names() {
        let attempts = attempts();
        assert_eq!(attempts.after_pending(None), Duration::from_secs(10));
        assert_eq!(attempts.after_pending(Some(20)), Duration::from_millis(20));
    }
}
