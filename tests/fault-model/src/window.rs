//! One window: the page that it shows, and what stands for it at the backend.

use std::{sync::Arc, time::Duration};

use twinbridge_common::{
    Bytes, FrontendIpc,
    ipc::{
        BackendSocket, Declared, EndReason, Endpoint, HandlerGuard, IpcSocket as _, Listener,
        StartupError, VersionPolicy,
        page_loads::{BatchOf, PageLoads, PageNonce},
    },
    wire::{DownBatch, Limits, UpBatch},
};

use crate::{
    caller::Caller,
    direct::Lane,
    executor::{EndShell, Executor, Wanted},
    facts::Direction,
    handler::{Books, Ledgers, Work, listener},
    host_pump::{Answers, HostPump, Token},
    ledger::Ledger,
    page_pump::{KEY, PagePump},
};

/// A window and its pipe.
pub(crate) struct Window {
    pub(crate) name: String,
    pub(crate) page: Page,
    pub(crate) pipe: Pipe,
}

/// What carries frames between the two ends.
pub(crate) enum Pipe {
    Bridge {
        pump: Box<PagePump>,
        loads: PageLoads,
        /// The pump of the page that posted last, and the ledger of its session.
        host: Option<(HostPump, Ledger)>,
    },
    Direct {
        up: Lane,
        down: Lane,
    },
}

/// A page load.
pub(crate) struct Page {
    pub(crate) ledger: Ledger,
    pub(crate) endpoint: Endpoint,
    /// The backend's end of its session, once there is one.
    pub(crate) back: Option<Endpoint>,
    _guards: (HandlerGuard, Listener),
}

/// What windows are made of.
pub(crate) struct Ground<'a> {
    pub(crate) executor: &'a Executor,
    pub(crate) socket: &'a BackendSocket,
    pub(crate) ledgers: &'a Ledgers,
    pub(crate) limits: &'a Limits,
}

impl Ground<'_> {
    fn connect(&self, window: &str, ledger: &Ledger) -> (Endpoint, Wanted) {
        let wanted = Wanted::default();
        let shell = EndShell {
            executor: self.executor.clone(),
            wanted: wanted.clone(),
        };
        let endpoint = self.socket.connect(window, Arc::new(shell), None);
        self.ledgers
            .insert(endpoint.origin().session, ledger.clone());
        ledger.facts().causes.opened = self.executor.now();
        (endpoint, wanted)
    }
}

pub(crate) fn nonce(page: u32) -> PageNonce {
    let mut nonce = [0x5A; 16];
    nonce[..4].copy_from_slice(&page.to_le_bytes());
    nonce
}

impl Page {
    /// Loads a page, which greets.
    fn load(ledger: Ledger, ground: &Ground<'_>) -> (Self, Wanted) {
        let wanted = Wanted::default();
        let shell = EndShell {
            executor: ground.executor.clone(),
            wanted: wanted.clone(),
        };
        let endpoint = Endpoint::frontend(Arc::new(shell), ground.limits.clone());
        let books = Books::Page(ledger.clone());
        let handler = endpoint
            .handle(Arc::new(Work(books.clone())), VersionPolicy::default())
            .expect("a fresh page has no handler");
        let listener = endpoint.listen(listener(books));
        let (greeting, facts) = (endpoint.clone(), ledger.clone());
        ground.executor.spawn(async move {
            let started = FrontendIpc::startup(greeting.clone(), Declared::default()).await;
            let mut facts = facts.facts();
            match started {
                Ok(_) => facts.is_welcomed = true,
                Err(StartupError::Pipe(_)) if greeting.ended().is_some() => {}
                Err(error) => facts.broke(|| format!("the page did not start: {error}")),
            }
        });
        let page = Self {
            ledger,
            endpoint,
            back: None,
            _guards: (handler, listener),
        };
        (page, wanted)
    }

    /// The app at one end of the session, if that end is there.
    pub(crate) fn caller(&self, way: Direction, executor: &Executor) -> Option<Caller> {
        let endpoint = match way {
            Direction::Up => self.endpoint.clone(),
            Direction::Down => self.back.clone()?,
        };
        Some(Caller {
            way,
            endpoint,
            ledger: self.ledger.clone(),
            executor: executor.clone(),
        })
    }
}

impl Window {
    pub(crate) fn bridge(name: &str, ledger: Ledger, ground: &Ground<'_>) -> Self {
        let nonce = nonce(ledger.facts().page);
        let (page, wanted) = Page::load(ledger, ground);
        let pump = PagePump::new(nonce, page.endpoint.clone(), wanted);
        Self {
            name: name.to_owned(),
            page,
            pipe: Pipe::Bridge {
                pump: Box::new(pump),
                loads: PageLoads::default(),
                host: None,
            },
        }
    }

    pub(crate) fn direct(name: &str, ledger: Ledger, ground: &Ground<'_>) -> Self {
        let (mut page, up) = Page::load(ledger, ground);
        let (back, down) = ground.connect(name, &page.ledger);
        page.back = Some(back.clone());
        let up = Lane::new(page.endpoint.clone(), back.clone(), up);
        let down = Lane::new(back, page.endpoint.clone(), down);
        Self {
            name: name.to_owned(),
            page,
            pipe: Pipe::Direct { up, down },
        }
    }

    /// Loads another page in place of the one that is here. What that one has on the way stays
    /// there, and the host hears of the reload at once, or by the new page's first post.
    pub(crate) fn reload(
        &mut self,
        ledger: Ledger,
        is_told: bool,
        answers: &mut Answers,
        ground: &Ground<'_>,
    ) {
        self.page.ledger.facts().causes.was_replaced = true;
        self.page.endpoint.abandon(EndReason::PageGone);
        match &mut self.pipe {
            Pipe::Bridge { pump, loads, host } => {
                if is_told {
                    loads.see_off();
                    if let Some((host, ledger)) = host.take() {
                        ledger.facts().causes.was_replaced = true;
                        host.end(answers);
                    }
                }
                let nonce = nonce(ledger.facts().page);
                let (page, wanted) = Page::load(ledger, ground);
                **pump = PagePump::new(nonce, page.endpoint.clone(), wanted);
                self.page = page;
            }
            Pipe::Direct { .. } => {
                if let Some(back) = &self.page.back {
                    back.abandon(EndReason::PageGone);
                }
                *self = Self::direct(&self.name, ledger, ground);
            }
        }
    }

    /// A post arrives at the host. Gives false where the host refuses it unread.
    pub(crate) fn receive_post(
        &mut self,
        token: Token,
        bytes: &Bytes,
        ledger_of: impl FnOnce(PageNonce) -> Ledger,
        answers: &mut Answers,
        ground: &Ground<'_>,
    ) -> bool {
        let Pipe::Bridge { pump, loads, host } = &mut self.pipe else {
            return false;
        };
        let up = match UpBatch::read(bytes) {
            Ok(up) if up.key == KEY => up,
            _ => return false,
        };
        match (loads.judge(&up.page, up.batch.sequence), &mut *host) {
            (BatchOf::Current, Some((host, _))) => host.post(up, token, answers),
            (BatchOf::New, before) => {
                if let Some((before, ledger)) = before.take() {
                    ledger.facts().causes.was_replaced = true;
                    before.end(answers);
                }
                loads.show(up.page);
                let ledger = ledger_of(up.page);
                let (endpoint, wanted) = ground.connect(&self.name, &ledger);
                if up.page == pump.nonce {
                    self.page.back = Some(endpoint.clone());
                }
                let mut fresh = HostPump::new(endpoint, wanted);
                fresh.post(up, token, answers);
                *host = Some((fresh, ledger));
            }
            (BatchOf::Current | BatchOf::Gone, _) => {
                let gone = DownBatch::Ended("the page was replaced".to_owned());
                answers.push((token, gone.to_bytes()));
            }
        }
        true
    }

    pub(crate) fn next_timer(&self) -> Option<Duration> {
        match &self.pipe {
            Pipe::Bridge { pump, host, .. } => {
                let host = host.as_ref().and_then(|(host, _)| host.next_timer());
                [pump.next_timer(), host].into_iter().flatten().min()
            }
            Pipe::Direct { up, down } => {
                let timers = [up.next_timer(), down.next_timer()];
                timers.into_iter().flatten().min()
            }
        }
    }
}
