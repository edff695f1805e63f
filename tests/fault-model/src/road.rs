//! What moves between pages and their host: pumps turn, parcels and frames arrive or do not.

use twinbridge_common::ipc::page_loads::PageNonce;

use crate::{
    carrier::Arrival,
    host_pump::{Answers, Token},
    ledger::Ledger,
    window::{Ground, Pipe},
    world::World,
};

impl World {
    /// The pumps of a window do what is due; says whether there was anything.
    pub(crate) fn turn(&mut self, window: usize) -> bool {
        let now = self.executor.now();
        let host_first = self.random.chance(500);
        let (carrier, posts) = (&mut self.carrier, &mut self.posts);
        match &mut self.windows[window].pipe {
            Pipe::Bridge { pump, host, .. } => {
                if let Some((host, _)) = host
                    && host.is_due(now)
                    && (host_first || !pump.is_due(now))
                {
                    let mut answers = Answers::new();
                    host.turn(now, &mut answers);
                    self.trace
                        .note(|| format!("{window}: host answers {}", answers.len()));
                    carrier.answers(window, answers);
                    return true;
                }
                if !pump.is_due(now) {
                    return false;
                }
                let nonce = pump.nonce;
                let out = pump.turn(now, posts);
                self.trace
                    .note(|| format!("{window}: page posts {}", out.len()));
                for (post, bytes) in out {
                    carrier.post(window, Token { nonce, post }, bytes);
                }
                true
            }
            Pipe::Direct { up, down } => {
                let lanes = if host_first { [down, up] } else { [up, down] };
                let due = lanes.into_iter().find(|lane| lane.is_due(now));
                let is_due = due.is_some();
                if let Some(lane) = due {
                    lane.turn();
                }
                is_due
            }
        }
    }

    /// One thing on the bridge's road moves.
    pub(crate) fn move_parcel(&mut self) -> bool {
        if self.carrier.len() == 0 {
            return false;
        }
        let (window, arrivals) = self.carrier.step(&self.faults, &mut self.random);
        for arrival in arrivals {
            self.trace.note(|| format!("{window}: {arrival:?}"));
            self.arrive(window, arrival);
        }
        true
    }

    fn arrive(&mut self, window: usize, arrival: Arrival) {
        let now = self.executor.now();
        match arrival {
            Arrival::Damage(nonce) => {
                if let Some(ledger) = self.by_page.get(&nonce) {
                    ledger.spoil();
                }
            }
            Arrival::Post(token, bytes) => {
                let ground = Ground {
                    executor: &self.executor,
                    socket: &self.socket,
                    ledgers: &self.ledgers,
                    limits: &self.limits,
                };
                let (by_page, limits, broken) = (&self.by_page, &self.limits, &self.broken);
                let ledger_of = |nonce: PageNonce| {
                    by_page.get(&nonce).cloned().unwrap_or_else(|| {
                        // Nobody chose this number: it was damaged on the way.
                        let stranger = Ledger::new(0, limits, broken);
                        stranger.spoil();
                        stranger
                    })
                };
                let mut answers = Answers::new();
                let is_taken = self.windows[window].receive_post(
                    token,
                    &bytes,
                    ledger_of,
                    &mut answers,
                    &ground,
                );
                self.carrier.answers(window, answers);
                if !is_taken {
                    self.arrive(window, Arrival::Failure(token));
                }
            }
            Arrival::Answer(token, bytes) => {
                if let Pipe::Bridge { pump, .. } = &mut self.windows[window].pipe
                    && pump.nonce == token.nonce
                {
                    pump.answered(token.post, &bytes, now);
                }
            }
            Arrival::Failure(token) => {
                if let Pipe::Bridge { pump, .. } = &mut self.windows[window].pipe
                    && pump.nonce == token.nonce
                {
                    pump.failed(token.post, now);
                }
            }
        }
    }

    /// One frame of a direct pipe moves.
    pub(crate) fn move_frame(&mut self) -> bool {
        let first_up = self.random.chance(500);
        let (faults, random) = (&self.faults, &mut self.random);
        for window in &mut self.windows {
            let Pipe::Direct { up, down } = &mut window.pipe else {
                continue;
            };
            let lanes = if first_up { [up, down] } else { [down, up] };
            if let Some(lane) = lanes.into_iter().find(|lane| lane.len() > 0) {
                lane.step(faults, random, &window.page.ledger);
                return true;
            }
        }
        false
    }
}
