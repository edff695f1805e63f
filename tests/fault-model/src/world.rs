//! A backend and some windows in one thread, driven by random steps.
//!
//! A step is one thing that happens: an act of the app, a task that goes on, a turn of a pump, a
//! parcel that arrives or does not, time that passes. Everything follows from the seed.

use std::{collections::BTreeMap, time::Duration};

use twinbridge_common::{
    BackendIpc,
    ipc::{
        BackendOptions, BackendSocket, HandlerGuard, IpcSocket as _, Listener, VersionPolicy,
        page_loads::PageNonce,
    },
    wire::{ByeCode, Limits},
};

use crate::{
    acts,
    carrier::Carrier,
    executor::Executor,
    facts::Direction,
    faults::Faults,
    handler::{Books, Ledgers, Work, listener},
    host_pump::Answers,
    ledger::{Broken, Ledger},
    random::Random,
    tally::Tally,
    trace::Trace,
    window::{Ground, Window, nonce},
};

/// Windows on the bridge; one more has a direct pipe.
const BRIDGES: usize = 2;

/// The whole of it.
pub(crate) struct World {
    pub(crate) random: Random,
    pub(crate) executor: Executor,
    pub(crate) socket: BackendSocket,
    pub(crate) backend: BackendIpc,
    pub(crate) ledgers: Ledgers,
    pub(crate) by_page: BTreeMap<PageNonce, Ledger>,
    pub(crate) limits: Limits,
    pub(crate) broken: Broken,
    pub(crate) windows: Vec<Window>,
    pub(crate) carrier: Carrier,
    pub(crate) faults: Faults,
    pub(crate) trace: Trace,
    /// How often tasks, pumps, pipes and the app come to turn, and time passes. An app that is
    /// hasty fills its queues, a slow one lets everything arrive.
    haste: [usize; 5],
    pub(crate) rests: u64,
    pages: u32,
    /// Posts that were made so far.
    pub(crate) posts: u64,
    _guards: (HandlerGuard, Listener),
}

impl World {
    pub(crate) fn new(seed: u64, trace: Trace) -> Self {
        let mut random = Random::new(seed);
        let executor = Executor::default();
        let limits = limits(&mut random);
        let options = BackendOptions::default().limits(limits.clone());
        let socket = BackendSocket::new(options);
        let backend = BackendIpc::startup(socket.clone());
        let ledgers = Ledgers::default();
        let books = Books::Backend(ledgers.clone());
        let handler = socket
            .handle(
                std::sync::Arc::new(Work(books.clone())),
                VersionPolicy::default(),
            )
            .expect("a fresh backend has no handler");
        let listener = socket.listen(listener(books));
        let faults = Faults::of(&mut random);
        let weight = |random: &mut Random| random.pick(&[10, 25, 60]);
        let haste = [
            weight(&mut random),
            weight(&mut random),
            weight(&mut random),
            weight(&mut random),
            2,
        ];
        let mut world = Self {
            random,
            haste,
            executor,
            socket,
            backend,
            ledgers,
            by_page: BTreeMap::new(),
            limits,
            broken: Broken::default(),
            windows: Vec::new(),
            carrier: Carrier::default(),
            faults,
            trace,
            rests: 0,
            pages: 0,
            posts: 0,
            _guards: (handler, listener),
        };
        for number in 0..=BRIDGES {
            let ledger = world.next_ledger();
            let name = format!("w{number}");
            let ground = world.ground();
            let window = if number < BRIDGES {
                Window::bridge(&name, ledger, &ground)
            } else {
                Window::direct(&name, ledger, &ground)
            };
            world.windows.push(window);
        }
        world
    }

    /// What it saw.
    pub(crate) fn tally(&self) -> Tally {
        let mut tally = Tally {
            faults: self.carrier.faults,
            rests: self.rests,
            ..Tally::default()
        };
        for ledger in self.by_page.values() {
            tally.add(ledger);
        }
        tally
    }

    fn ground(&self) -> Ground<'_> {
        Ground {
            executor: &self.executor,
            socket: &self.socket,
            ledgers: &self.ledgers,
            limits: &self.limits,
        }
    }

    fn next_ledger(&mut self) -> Ledger {
        self.pages += 1;
        let ledger = Ledger::new(self.pages, &self.limits, &self.broken);
        self.by_page.insert(nonce(self.pages), ledger.clone());
        ledger
    }

    /// One thing happens. What is chosen and has nothing to do leaves the step to the next.
    pub(crate) fn step(&mut self) {
        let mut at = self.random.below(self.haste.iter().sum());
        let first = self
            .haste
            .iter()
            .position(|weight| match at.checked_sub(*weight) {
                Some(rest) => {
                    at = rest;
                    false
                }
                None => true,
            });
        let first = first.unwrap_or(0);
        let happens = (first..first + 4).any(|what| match what % 5 {
            0 => self.run_task(),
            1 => self.turn_any(),
            2 => self.move_any(),
            3 => self.act(),
            _ => self.pass_time(),
        });
        if !happens {
            self.pass_time();
        }
    }

    /// One ready task goes on, whichever.
    pub(crate) fn run_task(&mut self) -> bool {
        let ready = self.executor.ready();
        if ready == 0 {
            return false;
        }
        let at = self.random.below(ready);
        self.executor.run(at);
        true
    }

    fn turn_any(&mut self) -> bool {
        let from = self.random.below(self.windows.len());
        (0..self.windows.len()).any(|by| self.turn((from + by) % self.windows.len()))
    }

    fn move_any(&mut self) -> bool {
        let direct = self.random.chance(300);
        if direct && self.move_frame() {
            return true;
        }
        self.move_parcel() || self.move_frame()
    }

    pub(crate) fn pass_time(&mut self) -> bool {
        let steps = [1, 1, 3, 10, 30, 100, 400];
        let ms = if self.random.chance(10) {
            3000
        } else {
            self.random.pick(&steps)
        };
        let at = self.executor.now() + Duration::from_millis(ms);
        self.executor.pass_until(at);
        true
    }

    /// The app at one end of a session does something.
    fn act(&mut self) -> bool {
        let window = self.random.below(self.windows.len());
        let page = &self.windows[window].page;
        let has_ended = page.endpoint.ended().is_some()
            || page
                .back
                .as_ref()
                .is_some_and(|back| back.ended().is_some());
        if self.random.chance(if has_ended { 60 } else { 8 }) {
            self.reload(window);
            return true;
        }
        let way = if self.random.chance(600) {
            Direction::Up
        } else {
            Direction::Down
        };
        let page = &self.windows[window].page;
        let Some(caller) = page.caller(way, &self.executor) else {
            return false;
        };
        if self.random.chance(1) {
            self.trace.note(|| format!("{window}: {way:?} closes"));
            let mut facts = page.ledger.facts();
            let has_panicked = self.random.chance(300);
            facts.causes.was_closed = true;
            facts.causes.has_panicked |= has_panicked;
            drop(facts);
            let code = if has_panicked {
                ByeCode::Panicked
            } else {
                ByeCode::Closed
            };
            caller.endpoint.close(code, "");
            return true;
        }
        // A page's app begins when it was welcomed.
        if way == Direction::Up && !page.ledger.facts().is_welcomed {
            return false;
        }
        acts::act(&caller, window, &mut self.random, &mut self.trace);
        true
    }

    fn reload(&mut self, window: usize) {
        self.windows[window].check_ends();
        let page = self.windows[window].page.ledger.facts().page;
        self.carrier.hold(nonce(page), &self.faults);
        let ledger = self.next_ledger();
        let is_told = self.random.chance(600);
        self.trace
            .note(|| format!("{window}: page {} is loaded", ledger.facts().page));
        let mut answers = Answers::new();
        let ground = Ground {
            executor: &self.executor,
            socket: &self.socket,
            ledgers: &self.ledgers,
            limits: &self.limits,
        };
        self.windows[window].reload(ledger, is_told, &mut answers, &ground);
        self.carrier.answers(window, answers);
    }
}

/// Limits of some kind, small ones among them, so that they are met.
fn limits(random: &mut Random) -> Limits {
    let mut limits = Limits::default();
    limits.stream_items = random.pick(&[1, 2, 5, 16, 8192]);
    limits.stream_bytes = random.pick(&[1, 300, 4096, 4 * 1024 * 1024]);
    limits.max_running_calls = random.pick(&[4, 4096, 4096]);
    limits.max_open_streams = random.pick(&[2, 1024, 1024]);
    limits.max_queued_notification_bytes = random.pick(&[100, 2000, 8 * 1024 * 1024]);
    limits
}
