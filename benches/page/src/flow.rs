//! Notifications and streams against Tauri's channel and raw commands, and what they cost in
//! memory.
//!
//! Every message is looked at: its length, and its number, which must be the next one.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use futures_channel::oneshot;
use twinbridge_common::{Bytes, ipc::Listener};
use twinbridge_frontend::FrontendIpc;
use wasm_bindgen::JsCast as _;

use crate::{
    contract::{BenchClient, BenchEvents, BenchEventsReceiver, Figure, Memory, Plan, Round, Side},
    invoke,
    measure::report,
};

/// Bytes of a small message.
const LEN: u32 = 64;

const MIB: u32 = 1024 * 1024;

/// Notifications between two looks at the memory.
const MEMORY_STEP: u32 = 100_000;

/// The page's end: its client, and the listener that counts.
pub(crate) struct Page {
    pub(crate) client: BenchClient,
    pub(crate) ticks: Arc<Ticks>,
    _listener: Listener,
}

/// Counts what the host tells.
#[derive(Default)]
pub(crate) struct Ticks {
    heard: AtomicU32,
    wrong: AtomicU32,
    /// Told when so many were heard.
    wanted: Mutex<Option<(u32, oneshot::Sender<()>)>>,
    /// Does something at every tick.
    each: Mutex<Option<Box<dyn Fn() + Send>>>,
}

impl BenchEvents for Ticks {
    fn tick(&self, bytes: Bytes) {
        let number = bytes
            .first_chunk()
            .map(|number| u32::from_le_bytes(*number));
        let heard = self.heard.fetch_add(1, Ordering::Relaxed);
        if number != Some(heard) || bytes.len() != LEN as usize {
            self.wrong.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(each) = &*self.each.lock().unwrap_or_else(PoisonError::into_inner) {
            each();
        }
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, told)) = wanted.take_if(|(count, _)| *count == heard + 1) {
            // The measurement may have been given up.
            let _ = told.send(());
        }
    }
}

impl Ticks {
    /// Begins to count at 0, and gives what completes at `count`.
    pub(crate) fn wait_for(&self, count: u32) -> oneshot::Receiver<()> {
        let (told, wait) = oneshot::channel();
        self.heard.store(0, Ordering::Relaxed);
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner) = Some((count, told));
        wait
    }

    /// Does `each` at every tick from here on.
    pub(crate) fn at_each(&self, each: Option<Box<dyn Fn() + Send>>) {
        *self.each.lock().unwrap_or_else(PoisonError::into_inner) = each;
    }

    fn check(&self) -> Result<(), String> {
        match self.wrong.load(Ordering::Relaxed) {
            0 => Ok(()),
            wrong => Err(format!("{wrong} notifications were wrong or out of order")),
        }
    }
}

impl Page {
    pub(crate) fn new(ipc: &FrontendIpc, client: &BenchClient) -> Result<Self, String> {
        let ticks = Arc::new(Ticks::default());
        let listener = ipc
            .listen(BenchEventsReceiver(Arc::clone(&ticks)))
            .map_err(|error| error.to_string())?;
        Ok(Self {
            client: client.clone(),
            ticks,
            _listener: listener,
        })
    }

    async fn notifications(&self, count: u32) -> Result<(), String> {
        let wait = self.ticks.wait_for(count);
        self.client.notify(count).await.map_err(say)?;
        wait.await.map_err(say)?;
        self.ticks.check()
    }

    async fn items(&self, count: u32, len: u32) -> Result<(), String> {
        let mut items = self.client.items(count, len).await.map_err(say)?;
        let mut next = 0_u32;
        while let Some(item) = items.next().await {
            let item = item.map_err(say)?;
            if item.len() != len as usize || item[..4] != next.to_le_bytes() {
                return Err(format!("item {next} is not what was sent"));
            }
            next += 1;
        }
        (next == count)
            .then_some(())
            .ok_or_else(|| format!("{next} of {count} items came"))
    }

    async fn echo(&self, side: Side, count: u32) -> Result<(), String> {
        let bytes = Bytes::from(vec![0x5A; 16 * MIB as usize]);
        for _ in 0..count {
            let len = match side {
                Side::Bridge => self.client.echo(bytes.clone()).await.map_err(say)?.len(),
                _ => invoke::raw(&bytes).await?.len(),
            };
            if len != bytes.len() {
                return Err(format!("{len} bytes came back"));
            }
        }
        Ok(())
    }

    async fn run(&self, figure: Figure, side: Side, count: u32) -> Result<(), String> {
        match (figure, side) {
            (Figure::Notifications, Side::Bridge) => self.notifications(count).await,
            (Figure::Items, Side::Bridge) => self.items(count, LEN).await,
            (Figure::Chunks, Side::Bridge) => self.items(count, MIB).await,
            (Figure::Chunks, _) => {
                for _ in 0..count {
                    let len = invoke::chunk().await?;
                    if len != MIB as usize {
                        return Err(format!("a chunk has {len} bytes"));
                    }
                }
                Ok(())
            }
            (Figure::LargeEcho, _) => self.echo(side, count).await,
            (_, Side::ChannelJson) => channel_json(count).await,
            _ => channel_raw(count).await,
        }
    }

    async fn measure(
        &self,
        figure: Figure,
        side: Side,
        round: u32,
        count: u32,
    ) -> Result<(), String> {
        let started = invoke::now();
        self.run(figure, side, count).await?;
        let micros = (invoke::now() - started) * 1000.0;
        let round = Round {
            figure,
            side,
            round,
            calls: count,
            micros,
            memory: None,
        };
        report(&self.client, round).await
    }
}

async fn channel_raw(count: u32) -> Result<(), String> {
    counted("channel_raw", count, |body| {
        let bytes = js_sys::Uint8Array::new(&body).to_vec();
        bytes.len() == LEN as usize
    })
    .await
}

async fn channel_json(count: u32) -> Result<(), String> {
    counted("channel_json", count, |body| {
        body.dyn_ref::<js_sys::JsString>()
            .is_some_and(|text| text.length() == LEN)
    })
    .await
}

async fn counted(
    command: &str,
    count: u32,
    is_right: impl Fn(wasm_bindgen::JsValue) -> bool + 'static,
) -> Result<(), String> {
    let wrong = Rc::new(Cell::new(0));
    let seen = Rc::clone(&wrong);
    invoke::channel(command, count, move |body| {
        if !is_right(body) {
            seen.set(seen.get() + 1);
        }
    })
    .await?;
    match wrong.get() {
        0 => Ok(()),
        wrong => Err(format!("{wrong} messages of {command} were wrong")),
    }
}

/// Both sides in turns, for every figure of this file but memory.
pub(crate) async fn all(page: &Page, plan: &Plan) -> Result<(), String> {
    let few = [
        (
            Figure::Notifications,
            plan.bridge_messages,
            plan.channel_messages,
        ),
        (Figure::Items, plan.bridge_messages, plan.channel_messages),
    ];
    for side in [Side::Bridge, Side::ChannelRaw, Side::ChannelJson] {
        page.run(Figure::Notifications, side, 200).await?;
    }
    for (figure, bridge, channel) in few {
        for round in 0..plan.rounds {
            page.measure(figure, Side::Bridge, round, bridge).await?;
            for side in [Side::ChannelRaw, Side::ChannelJson] {
                page.measure(figure, side, round, channel).await?;
            }
        }
    }
    for (figure, count) in [
        (Figure::Chunks, plan.chunks),
        (Figure::LargeEcho, plan.large_echoes),
    ] {
        for side in [Side::Bridge, Side::InvokeRaw] {
            page.run(figure, side, 1).await?;
        }
        for round in 0..plan.rounds {
            for side in [Side::Bridge, Side::InvokeRaw] {
                page.measure(figure, side, round, count).await?;
            }
        }
    }
    Ok(())
}

/// Memory over very many notifications.
pub(crate) async fn memory(page: &Page, plan: &Plan) -> Result<(), String> {
    if plan.memory_messages == 0 {
        return Ok(());
    }
    page.notifications(2 * MEMORY_STEP).await?;
    for step in 0..=plan.memory_messages / MEMORY_STEP {
        if step > 0 {
            page.notifications(MEMORY_STEP).await?;
        }
        let memory = page.client.memory().await.map_err(say)?;
        let round = Round {
            figure: Figure::MessageMemory,
            side: Side::Bridge,
            round: step,
            calls: step * MEMORY_STEP,
            micros: 0.0,
            memory: Some(memory),
        };
        report(&page.client, round).await?;
    }
    Ok(())
}

/// The page stops reading while the host sends as fast as it may, one-way messages and a stream.
pub(crate) async fn stall(page: &Page, plan: &Plan) -> Result<(), String> {
    /// Items taken before and after the stall.
    const SOME: u32 = 2000;
    let _ticks = page.ticks.wait_for(u32::MAX);
    let flood = page.client.flood();
    let flooding = RefCell::new(None);
    let client = page.client.clone();
    let read = async {
        let mut items = client.items(u32::MAX, 64 * 1024).await.map_err(say)?;
        let mut next = 0_u32;
        for is_before in [true, false] {
            for _ in 0..SOME {
                let item = items.next().await.ok_or("the stream ended")?.map_err(say)?;
                if item[..4] != next.to_le_bytes() {
                    return Err(format!("item {next} is not what was sent"));
                }
                next += 1;
            }
            if is_before {
                client.begin_watch().await.map_err(say)?;
                let started = invoke::now();
                while invoke::now() - started < f64::from(plan.stall_ms) {}
            } else {
                *flooding.borrow_mut() = Some(client.end_watch().await.map_err(say)?);
            }
        }
        drop(items);
        client.stop_flood().await.map_err(say)
    };
    let (flooded, read) = futures_util::future::join(flood, read).await;
    flooded.map_err(say)?;
    read?;
    page.ticks.check()?;
    let grown = flooding.take().unwrap_or(0);
    let round = Round {
        figure: Figure::Stall,
        side: Side::Bridge,
        round: 0,
        calls: 1,
        micros: f64::from(plan.stall_ms) * 1000.0,
        memory: Some(Memory {
            host: grown,
            page: 0,
        }),
    };
    report(&page.client, round).await
}

pub(crate) fn say(error: impl std::fmt::Display) -> String {
    error.to_string()
}
