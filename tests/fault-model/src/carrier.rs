//! What is on the way between pages and their host: posts up, answers down.
//!
//! Any of them may be the next to arrive, may be lost, may come twice, may come damaged, or may
//! arrive after its sender was told that it failed.

use std::collections::VecDeque;

use twinbridge_common::{Bytes, ipc::page_loads::PageNonce};

use crate::{
    faults::{Faults, damage},
    host_pump::{Answers, Token},
    random::Random,
};

/// One thing on the way.
#[derive(Clone, Debug)]
struct Parcel {
    window: usize,
    token: Token,
    bytes: Bytes,
    is_answer: bool,
}

/// What arrives.
#[derive(Debug)]
pub(crate) enum Arrival {
    /// At the host of a window.
    Post(Token, Bytes),
    /// At the page that posted.
    Answer(Token, Bytes),
    /// The page learns that its post failed.
    Failure(Token),
    /// What comes next from or for this page is not what was sent.
    Damage(PageNonce),
}

/// The road between all pages and the host.
#[derive(Debug, Default)]
pub(crate) struct Carrier {
    parcels: VecDeque<Parcel>,
    /// Those that stay on the way for long.
    late: Vec<Parcel>,
    /// How often it failed so far.
    pub(crate) faults: u64,
}

impl Carrier {
    pub(crate) fn len(&self) -> usize {
        self.parcels.len() + self.late.len()
    }

    pub(crate) fn post(&mut self, window: usize, token: Token, bytes: Bytes) {
        self.parcels.push_back(Parcel {
            window,
            token,
            bytes,
            is_answer: false,
        });
    }

    pub(crate) fn answers(&mut self, window: usize, answers: Answers) {
        for (token, bytes) in answers {
            self.parcels.push_back(Parcel {
                window,
                token,
                bytes: Bytes::from(bytes),
                is_answer: true,
            });
        }
    }

    /// The page of this number is gone: what it sent last may stay on the way for long.
    pub(crate) fn hold(&mut self, page: PageNonce, faults: &Faults) {
        if faults.delayed > 0 {
            let is_its = |parcel: &Parcel| parcel.token.nonce == page;
            let (its, others): (Vec<_>, _) = self.parcels.drain(..).partition(is_its);
            self.parcels = others.into();
            self.late.extend(its);
        }
    }

    /// Moves one parcel, and says in which window what arrives.
    pub(crate) fn step(&mut self, faults: &Faults, random: &mut Random) -> (usize, Vec<Arrival>) {
        let is_good = faults.delayed == 0;
        if !self.late.is_empty() && (is_good || random.chance(10)) {
            let parcel = self.late.swap_remove(random.below(self.late.len()));
            self.parcels.push_front(parcel);
        } else if random.chance(faults.delayed)
            && let Some(parcel) = self.parcels.pop_front()
        {
            self.faults += 1;
            self.late.push(parcel);
            return (0, Vec::new());
        }
        let at = if random.chance(faults.overtaken) {
            random.below(self.parcels.len())
        } else {
            0
        };
        let Some(parcel) = self.parcels.remove(at) else {
            return (0, Vec::new());
        };
        let (window, token) = (parcel.window, parcel.token);
        let mut arrivals = Vec::new();
        self.faults += u64::from(at > 0);
        if random.chance(faults.lost) {
            self.faults += 1;
            arrivals.push(Arrival::Failure(token));
            return (window, arrivals);
        }
        if !parcel.is_answer && random.chance(faults.repeated) {
            self.faults += 1;
            self.parcels.push_back(parcel.clone());
        }
        if !parcel.is_answer && random.chance(faults.failed_late) {
            self.faults += 1;
            arrivals.push(Arrival::Failure(token));
            if random.chance(500) {
                self.parcels.push_back(parcel);
                return (window, arrivals);
            }
        }
        let bytes = if random.chance(faults.damaged) {
            self.faults += 1;
            arrivals.push(Arrival::Damage(token.nonce));
            damage(&parcel.bytes, random)
        } else {
            parcel.bytes
        };
        arrivals.push(if parcel.is_answer {
            Arrival::Answer(token, bytes)
        } else {
            Arrival::Post(token, bytes)
        });
        (window, arrivals)
    }
}
