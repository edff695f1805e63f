//! The measuring: each figure for about as long as a second, one after another.
//!
//! Calls do not go through the record of the live panel, which would be measured with them. The
//! clock has steps of 1 ms, so that every figure is a mean over many.

use std::{
    cell::Cell,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use futures_util::future::{AbortHandle, LocalBoxFuture, abortable, join_all};
use leptos::prelude::*;
use twinbridge_common::{
    Bytes, CallError, FrontendIpc,
    interfaces::bench::{BenchClient, BenchTicks, BenchTicksReceiver},
    ipc::{Caller, IpcClient as _, Listener, NoError},
};
use twinbridge_frontend::spawn;

use crate::{dom, problem::Problem};

/// How long a figure is measured, in milliseconds.
const LONG: f64 = 700.0;

/// Calls that are made at once.
const AT_ONCE: usize = 1000;

/// Notifications of one call.
const TICKS: u32 = 10_000;

/// Items of one stream, and bytes of an item.
const ITEMS: u32 = 32;
const ITEM: u32 = 1024 * 1024;

/// A small file of the page, and its largest.
const SMALL_FILE: &str = "./boot.js";
const LARGE_FILE: &str = "./twinbridge_explorer_bg.wasm";

/// What is measured. The order is that on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    /// One call after another, in microseconds.
    OneCall,
    /// A thousand at once, in calls per second.
    ManyCalls,
    /// Notifications per second.
    Notifications,
    /// Items of 1 MiB, in bytes per second.
    Items,
}

impl Figure {
    pub(crate) const ALL: [Self; 4] = [
        Self::OneCall,
        Self::ManyCalls,
        Self::Notifications,
        Self::Items,
    ];
}

/// By what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Road {
    /// The session of this page.
    Session,
    /// Plain requests of the page for its own files: what this webview takes for one.
    Requests,
}

impl Road {
    pub(crate) const ALL: [Self; 2] = [Self::Session, Self::Requests];

    /// Whether a figure can be measured by it.
    pub(crate) fn has(self, figure: Figure) -> bool {
        self == Self::Session || figure != Figure::Notifications
    }
}

/// A mean over many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Measured {
    pub(crate) figure: Figure,
    pub(crate) road: Road,
    /// In the figure's unit.
    pub(crate) value: f64,
    /// How many it is the mean of.
    pub(crate) count: u64,
}

/// The benchmark. Copies are the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bench {
    /// What is measured, in the order in which it was.
    pub(crate) measured: RwSignal<Vec<Measured>>,
    /// What is being measured.
    pub(crate) current: RwSignal<Option<(Figure, Road)>>,
    pub(crate) problem: RwSignal<Option<Problem>>,
    /// Whether there is a session to measure.
    pub(crate) is_open: RwSignal<bool>,
    ipc: StoredValue<Option<FrontendIpc>>,
    running: StoredValue<Option<AbortHandle>>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            measured: RwSignal::default(),
            current: RwSignal::default(),
            problem: RwSignal::default(),
            is_open: RwSignal::new(false),
            ipc: StoredValue::new(None),
            running: StoredValue::new(None),
        }
    }

    /// There is a session.
    pub(crate) fn open(self, ipc: &FrontendIpc) {
        self.ipc.set_value(Some(ipc.clone()));
        self.is_open.set(true);
    }

    /// Measures everything anew.
    pub(crate) fn start(self) {
        let Some(ipc) = self.ipc.get_value() else {
            return;
        };
        self.stop();
        self.measured.set(Vec::new());
        self.problem.set(None);
        let run = async move {
            if let Err(problem) = self.run(&ipc).await {
                self.problem.set(Some(problem));
            }
            self.current.set(None);
        };
        let (run, abort) = abortable(run);
        self.running.set_value(Some(abort));
        spawn(async move {
            // Ended by the user, who sees it.
            let _ = run.await;
        });
    }

    /// Ends it, and keeps what is measured.
    pub(crate) fn stop(self) {
        if let Some(abort) = self.running.try_update_value(Option::take).flatten() {
            abort.abort();
        }
        self.current.set(None);
    }

    async fn run(self, ipc: &FrontendIpc) -> Result<(), Problem> {
        let socket = ipc.socket().map_err(|error| Problem::from(&error))?;
        let client = BenchClient::over(Caller::new(Arc::new(socket)));
        let ticks = Arc::new(AtomicU32::new(0));
        let listener = ipc.listen(BenchTicksReceiver(Ticks(Arc::clone(&ticks))));
        let _listener: Listener = listener.map_err(|error| Problem::from(&error))?;
        for figure in Figure::ALL {
            for road in Road::ALL.into_iter().filter(|road| road.has(figure)) {
                self.current.set(Some((figure, road)));
                // What is shown is painted first, and not measured.
                dom::frame().await;
                let (value, count) = match road {
                    Road::Session => by_session(&client, figure, &ticks)
                        .await
                        .map_err(|error| Problem::from(&error))?,
                    Road::Requests => by_requests(figure).await,
                };
                let measured = Measured {
                    figure,
                    road,
                    value,
                    count,
                };
                self.measured.update(|all| all.push(measured));
            }
        }
        Ok(())
    }
}

struct Ticks(Arc<AtomicU32>);

impl BenchTicks for Ticks {
    fn tick(&self, _number: u32) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// The value of a figure, and how many it is the mean of.
async fn by_session(
    client: &BenchClient,
    figure: Figure,
    ticks: &AtomicU32,
) -> Result<(f64, u64), CallError<NoError>> {
    let start = dom::now();
    let mut count = 0;
    while dom::now() - start < LONG {
        let echo = || client.echo(Bytes::from(vec![7; 64]));
        count += match figure {
            Figure::OneCall => {
                echo().await?;
                1
            }
            Figure::ManyCalls => {
                for answer in join_all((0..AT_ONCE).map(|_| echo())).await {
                    answer?;
                }
                AT_ONCE as u64
            }
            Figure::Notifications => {
                client.notify(TICKS).await?;
                u64::from(ticks.swap(0, Ordering::Relaxed))
            }
            Figure::Items => {
                let mut items = client.items(ITEMS, ITEM).await?;
                let mut came = 0;
                while let Some(item) = items.next().await {
                    came += item?.len() as u64;
                }
                came
            }
        };
    }
    Ok(mean(figure, dom::now() - start, count))
}

/// The same by requests for the page's own files. They are numbered, since an answer that was
/// kept from before costs nothing.
async fn by_requests(figure: Figure) -> (f64, u64) {
    let number = Rc::new(Cell::new(0_u32));
    let fetch = |file: &'static str| -> LocalBoxFuture<'static, u64> {
        let at = number.replace(number.get() + 1);
        // A file that does not come counts for nothing.
        Box::pin(async move { dom::fetch(&format!("{file}?{at}")).await.unwrap_or(0) })
    };
    let start = dom::now();
    let mut count = 0;
    while dom::now() - start < LONG {
        count += match figure {
            Figure::OneCall => u64::from(fetch(SMALL_FILE).await > 0),
            Figure::ManyCalls | Figure::Notifications => {
                let came = join_all((0..AT_ONCE).map(|_| fetch(SMALL_FILE))).await;
                came.into_iter().filter(|len| *len > 0).count() as u64
            }
            Figure::Items => fetch(LARGE_FILE).await,
        };
    }
    mean(figure, dom::now() - start, count)
}

fn mean(figure: Figure, milliseconds: f64, count: u64) -> (f64, u64) {
    // Counts are far below 2^53.
    let of_all = count as f64;
    let value = match figure {
        Figure::OneCall => milliseconds * 1000.0 / of_all.max(1.0),
        _ => of_all * 1000.0 / milliseconds.max(1.0),
    };
    (value, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_a_mean_in_its_unit() {
        assert_eq!(mean(Figure::OneCall, 500.0, 2000), (250.0, 2000));
        assert_eq!(mean(Figure::ManyCalls, 500.0, 2000), (4000.0, 2000));
        assert_eq!(mean(Figure::Items, 0.0, 0), (0.0, 0));
    }
}
