//! The impl of the interfaces: what it does is what `oracle_server.cjs` does.
//!
//! Keys keep the tests apart that run against one server.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_channel::oneshot;
use futures_util::stream;
use twinbridge_common::{
    Bytes, IpcStream,
    rpc::{RpcControl, RpcFailure, RpcRequestContext, RpcTransient},
    wire::Value,
};

use crate::{NumberedError, Part, Probe, ProbeError, TwinError, Versioned, Way, Who};

/// Answers `ProbeRpc`.
#[derive(Debug, Default)]
pub struct Prober {
    asked: Mutex<HashMap<String, u32>>,
    stored: Mutex<HashSet<String>>,
    meetings: Mutex<HashMap<String, Vec<oneshot::Sender<()>>>>,
    /// What was given before: under load the sending is measured, and not the making.
    given: Mutex<HashMap<u32, Bytes>>,
}

impl Prober {
    /// How often this key was asked for, this time included.
    fn nth(&self, key: String) -> u32 {
        let mut asked = lock(&self.asked);
        let count = asked.entry(key).or_default();
        *count += 1;
        *count
    }
}

impl Probe for Prober {
    async fn num(&self, left: f64, right: f64) -> f64 {
        left + right
    }

    async fn echo(&self, value: Value) -> Value {
        value
    }

    async fn optional(&self, first: u32, second: Option<u32>, third: Option<String>) -> String {
        let second = second.map_or_else(|| "none".to_owned(), |second| second.to_string());
        format!("{first} {second} {}", third.as_deref().unwrap_or("none"))
    }

    async fn nothing(&self) {}

    async fn nul(&self) -> Option<u32> {
        None
    }

    async fn reverse(&self, data: Bytes) -> Bytes {
        let mut data = data.as_slice().to_vec();
        data.reverse();
        data.into()
    }

    async fn swap(&self, mut parts: Vec<Part>) -> Vec<Part> {
        parts.reverse();
        parts
    }

    async fn halves(&self, data: Bytes) -> Vec<Bytes> {
        let (first, second) = data.as_slice().split_at(data.len() / 2);
        vec![first.to_vec().into(), second.to_vec().into()]
    }

    async fn labelled(&self, data: Bytes, label: String) -> String {
        format!("{label}: {}", data.len())
    }

    async fn empty(&self) -> Bytes {
        Bytes::default()
    }

    async fn give(&self, size: u32) -> Bytes {
        let mut given = lock(&self.given);
        let data = given.entry(size);
        data.or_insert_with(|| vec![7; size as usize].into())
            .clone()
    }

    async fn size(&self, data: Bytes) -> u32 {
        u32::try_from(data.len()).expect("a message is far below 4 GiB")
    }

    async fn streamed(&self, count: u32) -> IpcStream<Bytes> {
        IpcStream::of(stream::iter(
            (0..count).map(|at| format!("piece {at};").into_bytes().into()),
        ))
    }

    async fn cached(&self, key: String) -> String {
        format!("c:{key}")
    }

    async fn token(&self, token: Value) -> Value {
        token
    }

    async fn who(&self) -> Who {
        let context = RpcRequestContext::current().expect("a call runs");
        Who {
            activity: context.activity_id,
            session: context.session_id,
            application: format!("{} {}", context.application_id, context.application_version),
            authorization: context.authorization,
        }
    }

    async fn slow(&self, key: String, times: u32) -> Result<u32, RpcFailure> {
        match self.nth(key) {
            count if count <= times => Err(RpcControl::pending(format!("step {count}")))?,
            count => Ok(count),
        }
    }

    async fn transient(
        &self,
        key: String,
        status: u16,
        times: u32,
        retry_after_ms: Option<u32>,
    ) -> Result<u32, RpcFailure> {
        let count = self.nth(key);
        if count > times {
            return Ok(count);
        }
        let fault = RpcControl::transient(match status {
            408 => RpcTransient::RequestTimeout,
            429 => RpcTransient::TooManyRequests,
            502 => RpcTransient::BadGateway,
            504 => RpcTransient::GatewayTimeout,
            _ => RpcTransient::ServiceUnavailable,
        });
        match retry_after_ms {
            None => Err(fault)?,
            Some(ms) => Err(fault.retry_after(Duration::from_millis(ms.into())))?,
        }
    }

    async fn find(&self, name: String) -> Result<String, RpcFailure> {
        if lock(&self.stored).contains(&name) {
            return Ok(format!("here is {name}"));
        }
        // An object with a message, as iTwin.js's class is.
        let response = [("message".to_owned(), Value::from(name.as_str()))];
        Err(RpcControl::not_found(Value::Object(
            response.into_iter().collect(),
        )))?
    }

    async fn store(&self, name: String) {
        lock(&self.stored).insert(name);
    }

    async fn no_content(&self) -> Result<u32, RpcFailure> {
        Err(RpcControl::NoContent)?
    }

    async fn fail(&self, way: Way) -> Result<u32, ProbeError> {
        match way {
            Way::Well => Ok(1),
            Way::Numbered => Err(ProbeError::NotFound),
            Way::ByName => Err(ProbeError::TypeError),
        }
    }

    async fn fail_twin(&self) -> Result<u32, TwinError> {
        Err(TwinError { left: 7 })
    }

    async fn fail_number(&self, number: u32) -> Result<u32, NumberedError> {
        Err(NumberedError { number })
    }

    async fn panics(&self) {
        panic!("as it was told to");
    }

    async fn together(&self, key: String, count: u32) -> u32 {
        let (sender, all_are_here) = oneshot::channel();
        {
            let mut meetings = lock(&self.meetings);
            let waiting = meetings.entry(key).or_default();
            waiting.push(sender);
            if waiting.len() == count as usize {
                for waiter in waiting.drain(..) {
                    // One whose client has left does not wait.
                    let _ = waiter.send(());
                }
            }
        }
        // The sender stays in the table until all are here.
        let _ = all_are_here.await;
        count
    }
}

/// Answers `VersionedRpc`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answerer;

impl Versioned for Answerer {
    async fn answer(&self) -> u32 {
        42
    }
}

/// The tables hold no invariant that a panic between two statements could break.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
