//! The page's end of the webview bridge.
//!
//! Frames of one turn of the page leave in one post. The host answers a post when it has
//! something to say, so one post is always open; while calls follow each other, every call's
//! own post is the one that the next reply comes back on. [`Sending`] and [`Receiving`] make the
//! posts, which may overtake each other or fail, an ordered and reliable pipe.

use std::{cell::RefCell, rc::Rc, sync::Arc, time::Duration};

use twinbridge_common::{
    Bytes,
    ipc::{
        EndReason, Endpoint, Shell as _,
        reliable::{Receiving, Sending},
    },
    wire::{Batch, ByeCode, DownBatch, Limits, UP_HEADER, UpBatch, frames},
};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::{
    javascript::{self, Answer, BridgeObject},
    shell::{PageShell, after, now, spawn},
};

/// Bytes on the way to the host before it has acknowledged any.
const WINDOW: usize = 4 * 1024 * 1024;

/// About the largest post.
const MAX_BATCH: usize = 1024 * 1024;

/// Bytes from the host that may stay unacknowledged; the host's own window is eight times that.
const ACKNOWLEDGE: usize = 1024 * 1024;

/// Posts that may be open at once.
const MAX_OPEN: usize = 6;

/// Failed posts in a row after which the pipe is given up.
const MAX_FAILURES: u32 = 6;

/// How long after a failed post the next one leaves; doubled each time.
const RETRY: Duration = Duration::from_millis(50);

/// How long a missing batch is waited for before it is asked for again, and an acknowledgement
/// before the oldest batch is sent again while the window is full.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// How long a missing batch is waited for at all.
const GAP: Duration = Duration::from_secs(10);

/// Why a page has no bridge.
#[cfg_attr(doc, doc = include_str!("../examples/page.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// No host shows this page, or it may not use the bridge.
    #[error("this page is not in a Twinbridge window: open it with the host, from its own origin")]
    NoHost,
    /// The page has connected before; a page has one session.
    #[error("this page is connected already; a page has one session")]
    AlreadyConnected,
    /// The browser has no random numbers.
    #[error("the browser has no random generator")]
    NoRandom,
}

thread_local! {
    static CONNECTED: RefCell<Option<Rc<Pump>>> = const { RefCell::new(None) };
}

/// Connects the page to its backend. Nothing is sent before
/// [`FrontendIpc::startup`](crate::FrontendIpc::startup) greets.
///
/// # Errors
/// [`ConnectError`] where no host shows the page, or it has connected before.
pub fn connect() -> Result<Endpoint, ConnectError> {
    let bridge = javascript::BRIDGE.with(Clone::clone);
    let bridge = bridge.ok_or(ConnectError::NoHost)?;
    if CONNECTED.with_borrow(Option::is_some) {
        return Err(ConnectError::AlreadyConnected);
    }
    let key = parse_key(&bridge.key()).ok_or(ConnectError::NoHost)?;
    let mut page = [0; 16];
    getrandom::fill(&mut page).map_err(|_| ConnectError::NoRandom)?;
    let shell = Arc::new(PageShell::default());
    let endpoint = Endpoint::frontend(Arc::clone(&shell) as Arc<_>, Limits::default());
    let pump = Rc::new(Pump {
        bridge,
        key,
        page,
        endpoint: endpoint.clone(),
        shell,
        state: RefCell::new(State {
            sending: Sending::new(WINDOW),
            receiving: Receiving::default(),
            open: 0,
            failures: 0,
            resend: false,
            is_answered: false,
            unacknowledged: 0,
            asked_again: false,
            paused: false,
            timer: None,
        }),
    });
    CONNECTED.set(Some(Rc::clone(&pump)));
    say_goodbye_on_panic();
    spawn(pump.run());
    Ok(endpoint)
}

fn parse_key(text: &str) -> Option<[u8; 16]> {
    let mut key = [0; 16];
    if text.len() != 32 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(key)
}

struct Pump {
    bridge: BridgeObject,
    key: [u8; 16],
    page: [u8; 16],
    endpoint: Endpoint,
    shell: Arc<PageShell>,
    state: RefCell<State>,
}

struct State {
    sending: Sending,
    receiving: Receiving,
    /// Posts that are not answered.
    open: usize,
    /// Posts that failed since the last one that did not.
    failures: u32,
    /// The next post asks the host to send again what is not acknowledged.
    resend: bool,
    /// The host has answered a post.
    is_answered: bool,
    /// Bytes taken in since a post last told the host how far.
    unacknowledged: usize,
    /// The batch that is missing was asked for a second time.
    asked_again: bool,
    /// A failed post is being slept on.
    paused: bool,
    /// The soonest timer that runs.
    timer: Option<Duration>,
}

impl Pump {
    async fn run(self: Rc<Self>) {
        // The first post is the greeting; before it there is nothing to wait for an answer to.
        while !self.endpoint.has_frames() {
            self.shell.wanted().await;
        }
        loop {
            self.flush();
            if self.endpoint.ended().is_some() && !self.endpoint.has_frames() {
                break;
            }
            // Woken by a frame that was queued, an answer that came, or a timer.
            self.shell.wanted().await;
        }
    }

    /// Sends what there is to send, and keeps one post open.
    fn flush(self: &Rc<Self>) {
        loop {
            let Some(batch) = self.next_batch() else {
                return;
            };
            self.post(batch);
        }
    }

    fn next_batch(self: &Rc<Self>) -> Option<Batch> {
        self.mind_the_gap();
        let mut state = self.state.borrow_mut();
        // The first batch opens the session at the host, so nothing may overtake it.
        let max_open = if state.is_answered { MAX_OPEN } else { 1 };
        if state.paused || state.open >= max_open {
            // Deadlines pass all the same.
            let out = self.endpoint.poll(None);
            if let Some(at) = out.next_wakeup {
                self.wake_at(&mut state, at);
            }
            return None;
        }
        // The host may have acknowledged on a post that had failed here, and believes it was heard.
        if state.sending.room() == 0
            && let Some(at) = state.sending.mind_the_silence(now(), ASK_AGAIN)
        {
            self.wake_at(&mut state, at);
        }
        let again = state.sending.next_again();
        let batch = again.or_else(|| {
            let room = Some(state.sending.room().min(MAX_BATCH)).filter(|room| *room > 0);
            let out = self.endpoint.poll(room);
            if let Some(at) = out.next_wakeup {
                self.wake_at(&mut state, at);
            }
            (!out.frames.is_empty()).then(|| state.sending.push(Bytes::from(out.frames)))
        });
        let has_ended = self.endpoint.ended().is_some();
        // The host keeps some posts open and stops when its window is full: without the last
        // condition both sides could wait for the other's acknowledgement.
        let must_post = state.resend
            || (state.open == 0 && !has_ended)
            || (state.unacknowledged >= ACKNOWLEDGE && !has_ended);
        let batch = batch.or_else(|| must_post.then(Batch::default))?;
        state.open += 1;
        state.unacknowledged = 0;
        Some(Batch {
            acknowledged: state.receiving.acknowledged(),
            ..batch
        })
    }

    /// Asks again for a batch that is missing, and gives the pipe up when it stays so.
    fn mind_the_gap(self: &Rc<Self>) {
        let mut state = self.state.borrow_mut();
        let Some(since) = state.receiving.gap_since() else {
            return;
        };
        let now = now();
        if let Some(reason) = state.receiving.overdue(now, GAP) {
            drop(state);
            return self.endpoint.give_up(reason);
        }
        if now < since + ASK_AGAIN {
            self.wake_at(&mut state, since + ASK_AGAIN);
        } else {
            if !std::mem::replace(&mut state.asked_again, true) {
                state.resend = true;
            }
            self.wake_at(&mut state, since + GAP);
        }
    }

    /// Posts one batch; its answer is taken in when it comes.
    fn post(self: &Rc<Self>, batch: Batch) {
        let resend = std::mem::take(&mut self.state.borrow_mut().resend);
        let up = UpBatch {
            key: self.key,
            page: self.page,
            resend,
            batch,
        };
        let mut body = Vec::with_capacity(UP_HEADER + up.batch.frames.len());
        body.extend_from_slice(&up.header());
        body.extend_from_slice(&up.batch.frames);
        let answer = self.bridge.exchange(&body);
        let pump = Rc::clone(self);
        spawn(async move {
            let answer = match answer {
                Ok(promise) => JsFuture::from(promise).await,
                Err(error) => Err(error),
            };
            pump.state.borrow_mut().open -= 1;
            match answer {
                Ok(body) => pump.take(&copied(&body)),
                Err(error) => pump.failed(&error),
            }
            pump.shell.wake();
        });
    }

    fn take(self: &Rc<Self>, body: &Bytes) {
        let batch = match DownBatch::read(body) {
            Ok(DownBatch::Batch(batch)) => batch,
            Ok(DownBatch::Ended(what)) => {
                return self.endpoint.abandon(EndReason::Pipe { what });
            }
            Err(error) => return self.give_up(error.to_string()),
        };
        let ready = {
            let mut state = self.state.borrow_mut();
            state.failures = 0;
            state.is_answered = true;
            state.unacknowledged += batch.frames.len();
            let taken = state
                .sending
                .acknowledge(batch.acknowledged)
                .and_then(|()| state.receiving.receive(batch.sequence, batch.frames, now()));
            if state.receiving.gap_since().is_none() {
                state.asked_again = false;
            }
            taken
        };
        match ready {
            Ok(batches) => {
                for frame in batches.iter().flat_map(frames) {
                    match frame {
                        Ok(frame) => self.endpoint.receive(&frame),
                        Err(error) => return self.give_up(error.to_string()),
                    }
                }
            }
            Err(reason) => self.endpoint.give_up(reason),
        }
    }

    /// A post failed; whether the host took it in is unknown. It comes again with everything
    /// else that is not acknowledged, and the host drops what it has already.
    fn failed(self: &Rc<Self>, error: &JsValue) {
        let mut state = self.state.borrow_mut();
        state.failures += 1;
        if state.failures > MAX_FAILURES {
            drop(state);
            return self.give_up(format!("{error:?}"));
        }
        tracing::warn!(failures = state.failures, "a post to the host failed");
        state.resend = true;
        state.sending.send_again();
        if !std::mem::replace(&mut state.paused, true) {
            let pump = Rc::clone(self);
            after(RETRY * 2_u32.pow(state.failures - 1), move || {
                pump.state.borrow_mut().paused = false;
                pump.shell.wake();
            });
        }
    }

    fn give_up(&self, what: String) {
        self.endpoint.give_up(EndReason::Pipe { what });
    }

    /// Wakes the pump at `at`, unless it is woken sooner anyway.
    fn wake_at(self: &Rc<Self>, state: &mut State, at: Duration) {
        let now = now();
        if state.timer.is_some_and(|timer| timer > now && timer <= at) {
            return;
        }
        state.timer = Some(at);
        let shell = Arc::clone(&self.shell);
        // The page's clock has steps of a millisecond; a timer must not fire just before.
        after(
            at.saturating_sub(now) + Duration::from_millis(1),
            move || shell.wake(),
        );
    }
}

/// Copies the bytes of an answer, and lets go of the browser's own copy at once: its collector
/// sees small objects in it and would let a hundred megabytes of them pile up first.
fn copied(body: &JsValue) -> Bytes {
    let bytes = js_sys::Uint8Array::new(body).to_vec();
    // A browser without it collects them in its own time.
    let _ = body.unchecked_ref::<Answer>().transfer(0);
    Bytes::from(bytes)
}

/// Tells the host, with the last breath, that the page panicked: it refuses the calls that wait
/// for this page at once, and its next page begins afresh.
fn say_goodbye_on_panic() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        before(panic);
        let pump = CONNECTED.with(|connected| {
            connected
                .try_borrow()
                .ok()
                .and_then(|connected| connected.clone())
        });
        // Busy if the panic came from the pump itself: then the host learns it from the reload.
        if let Some(pump) = pump
            && pump.state.try_borrow_mut().is_ok()
        {
            pump.endpoint.close(ByeCode::Panicked, "");
            pump.flush();
        }
    }));
}
