//! The world comes to rest: the pipes are good for once, and what is owed must have come.

use std::time::Duration;

use twinbridge_common::ipc::{EndReason, IpcSocketBackend as _, Load};

use crate::{
    facts::{Direction, Kind, Roomy, Stage},
    faults::Faults,
    ledger::Facts,
    window::{Page, Pipe, Window},
    world::World,
};

/// Longer than every deadline and timeout.
const LONG: Duration = Duration::from_secs(40);

/// More things than can happen before nothing happens any more.
const MANY: u32 = 200_000;

/// What may be left at rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    /// Calls whose gate is closed, streams whose items nobody takes.
    WhatWaitsForTheApp,
    Nothing,
}

impl World {
    /// Lets everything that is under way come to its end, and looks at what is left.
    pub(crate) fn rest(&mut self) {
        self.trace
            .note(|| "the pipes are good, and the app rests".to_owned());
        self.rests += 1;
        let faults = std::mem::take(&mut self.faults);
        self.settle();
        self.check(Left::WhatWaitsForTheApp);
        if self.random.chance(500) {
            self.release();
            self.settle();
            self.check(Left::Nothing);
        }
        self.faults = faults;
    }

    /// Ends all sessions and looks whether anything outlives them.
    pub(crate) fn end(&mut self) {
        self.faults = Faults::default();
        self.settle();
        self.check(Left::WhatWaitsForTheApp);
        for window in &self.windows {
            window.page.ledger.facts().causes.was_closed = true;
        }
        self.backend.shutdown();
        self.settle();
        for window in &self.windows {
            window.page.endpoint.abandon(EndReason::PageGone);
        }
        // Whoever has items of a stream that is over may look at them for ever.
        self.release();
        self.settle();
        if !self.socket.sessions().is_empty() {
            self.broken
                .note("a session outlives its backend".to_owned());
        }
        let live = self.executor.live();
        if live > 0 {
            self.broken
                .note(format!("{live} tasks outlive all sessions"));
        }
        for ledger in self.by_page.values() {
            let facts = ledger.facts();
            for call in facts.traffic.iter().flat_map(|traffic| &traffic.calls) {
                if call.running > 0 || call.stage != Stage::Over {
                    let page = facts.page;
                    self.broken
                        .note(format!("page {page}: {call:?} outlives its session"));
                }
            }
        }
    }

    /// Everything happens that can, time passing included.
    fn settle(&mut self) {
        let until = self.executor.now() + LONG;
        for _ in 0..MANY {
            let mut happens = self.run_task();
            for window in 0..self.windows.len() {
                happens |= self.turn(window);
            }
            happens |= self.move_parcel();
            happens |= self.move_frame();
            if happens {
                continue;
            }
            let timers = self.windows.iter().filter_map(Window::next_timer);
            match timers.min().filter(|at| *at <= until) {
                Some(at) => self.executor.pass_until(at),
                None => return,
            }
        }
        self.broken
            .note("the world does not come to rest".to_owned());
    }

    /// The app opens all gates and takes all items.
    fn release(&mut self) {
        for ledger in self.by_page.values() {
            let mut facts = ledger.facts();
            for way in [Direction::Up, Direction::Down] {
                for number in 0..facts.traffic(way).calls.len() as u32 {
                    facts.open_gate(way, number);
                    facts.permit(way, number, u32::MAX);
                }
            }
        }
    }

    fn check(&mut self, left: Left) {
        for window in &self.windows {
            window.check_ends();
            window.check_limits();
            window.check_rest(left);
        }
    }
}

impl Window {
    /// Each end of a session that is over has a reason that the model knows.
    pub(crate) fn check_ends(&self) {
        let page = &self.page;
        let facts = page.ledger.facts();
        let (front, back) = (page.endpoint.ended(), page.back.as_ref().map(|b| b.ended()));
        let causes = facts.causes;
        let is_known = |reason: &EndReason, pipe_may_fail: bool| match reason {
            EndReason::Closed => causes.was_closed || causes.was_replaced,
            EndReason::PageGone => causes.was_replaced,
            EndReason::PeerPanicked => causes.has_panicked,
            EndReason::Gap { waited_ms, .. } => *waited_ms >= 10_000,
            EndReason::HandshakeTimeout { after } => *after >= Duration::from_secs(10),
            EndReason::Pipe { .. } => pipe_may_fail || causes.was_replaced,
            _ => false,
        };
        let gave_up = match &self.pipe {
            Pipe::Bridge { pump, .. } => pump.gave_up,
            Pipe::Direct { .. } => false,
        };
        let back = back.flatten();
        if let Some(reason) = &front
            && !is_known(reason, gave_up || back.is_some())
        {
            facts.broke(|| format!("the page's end is over for no cause: {reason}"));
        }
        if let Some(reason) = &back
            && !is_known(reason, front.is_some())
        {
            facts.broke(|| format!("the backend's end is over for no cause: {reason}"));
        }
    }

    /// What both ends hold is below their limits, whatever their peer does.
    pub(crate) fn check_limits(&self) {
        let facts = self.page.ledger.facts();
        let limits = &facts.limits;
        let ends = [Some(&self.page.endpoint), self.page.back.as_ref()];
        for load in ends.into_iter().flatten().map(|end| end.load()) {
            let is_within = load.running_calls <= limits.max_running_calls as usize
                && load.open_streams <= limits.max_open_streams as usize
                && load.queued_bytes <= 2 * limits.max_queued_bytes as usize;
            if !is_within {
                facts.broken(&format!("a limit is exceeded: {load:?}"));
            }
        }
        if let Pipe::Bridge { pump, host, .. } = &self.pipe {
            // A batch may exceed the room there is by the longest frame that goes whole, and by
            // one piece of a larger one.
            const BEYOND: usize = 2 * 129 * 1024;
            let is_within = pump.is_within_window(BEYOND)
                && host
                    .as_ref()
                    .is_none_or(|(host, _)| host.is_within_window(BEYOND));
            if !is_within {
                facts.broken("a window is exceeded");
            }
        }
    }

    fn check_rest(&self, left: Left) {
        let Page {
            ledger,
            endpoint,
            back,
            ..
        } = &self.page;
        let facts = ledger.facts();
        let is_over = endpoint.ended().is_some();
        let back = back.as_ref().filter(|_| !facts.is_spoilt);
        if is_over {
            check_over(&facts, Direction::Up, &endpoint.load());
        }
        if let Some(back) = back.filter(|back| back.ended().is_some()) {
            check_over(&facts, Direction::Down, &back.load());
            if !is_over {
                facts.broke(|| "the page does not hear that its session is over".to_owned());
            }
        } else if let Some(back) = back
            && !is_over
        {
            let (front, back) = (endpoint.load(), back.load());
            check_alive(&facts, Direction::Up, &front, &back, left);
            check_alive(&facts, Direction::Down, &back, &front, left);
        } else if back.is_none() && !is_over {
            facts.broke(|| "the page's greeting was never answered".to_owned());
        }
    }
}

/// Nothing of a session is left at an end that is over, which called `way`.
fn check_over(facts: &Facts, way: Direction, load: &Load) {
    let held = [
        load.pending_calls,
        load.running_calls,
        load.overrunning_calls,
        load.open_streams,
        load.consumed_streams,
    ];
    if held != [0; 5] {
        facts.broken(&format!("an end is over and holds on: {load:?}"));
    }
    let back = &facts.traffic[1 - way as usize];
    if back.calls.iter().any(|call| call.running > 0) {
        facts.broken("a handler runs on after its end of the session is over");
    }
    for (number, call) in facts.traffic[way as usize].calls.iter().enumerate() {
        // The items of a stream that came stay there for who takes them.
        let is_taken = call.stage == Stage::Streaming && facts.is_without_permit(way, number);
        if call.stage != Stage::Over && !is_taken {
            facts.broken(&format!("call {number} {way:?} waits on: {call:?}"));
        }
    }
}

/// What is left of a session that goes on is what the model knows of.
fn check_alive(facts: &Facts, way: Direction, caller: &Load, runner: &Load, left: Left) {
    if !facts.is_welcomed {
        return facts.broke(|| "the handshake does not come to its end".to_owned());
    }
    let traffic = &facts.traffic[way as usize];
    let mut waiting = 0;
    for (number, call) in traffic.calls.iter().enumerate() {
        let is_right = match call.stage {
            Stage::Waiting => {
                waiting += 1;
                call.kind == Kind::Gate && call.due.is_none() && call.running == 1
            }
            Stage::Streaming => facts.is_without_permit(way, number) && call.running <= 1,
            Stage::Over => call.running == 0,
        };
        let may_be_left = left == Left::WhatWaitsForTheApp || call.stage == Stage::Over;
        if !is_right || !may_be_left {
            return facts.broke(|| format!("call {number} {way:?} is stuck: {call:?}"));
        }
    }
    let notes = &traffic.notes;
    let is_heard = notes.heard == notes.sent
        && notes.latest_heard == notes.latest_sent
        && notes.roomy.iter().all(|(what, heard)| match what {
            Roomy::Waiting => false,
            Roomy::Sent => *heard == 1,
            Roomy::Refused => *heard == 0,
        });
    if !is_heard {
        return facts.broke(|| format!("messages {way:?} are missing: {notes:?}"));
    }
    let is_right = caller.pending_calls == waiting
        && runner.running_calls == waiting
        && runner.overrunning_calls == 0
        && caller.consumed_streams == runner.open_streams
        && caller.queued_bytes == 0;
    if !is_right {
        facts.broke(|| {
            format!(
                "{waiting} calls wait {way:?}, and the ends hold others: {caller:?}, {runner:?}"
            )
        });
    }
}
