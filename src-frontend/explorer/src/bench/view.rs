//! The bars: one per road, side by side for each figure.

use leptos::prelude::*;

use super::measure::{Bench, Figure, Measured, Road};
use crate::{
    connection::{Connection, Stage},
    format,
    problem::problem_view,
};

/// The interface that is measured.
const CHANNEL: &str = "bench";

impl Figure {
    fn title(self) -> &'static str {
        match self {
            Self::OneCall => "One call at a time",
            Self::ManyCalls => "1000 calls at once",
            Self::Notifications => "Notifications",
            Self::Items => "Items of 1 MiB",
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::OneCall => "64 bytes there and back; shorter is better",
            Self::ManyCalls => "64 bytes there and back; longer is better",
            Self::Notifications => "from the backend, recorded live; longer is better",
            Self::Items => "a stream to this page; longer is better",
        }
    }

    fn in_words(self, value: f64) -> String {
        // All far below 2^53.
        let whole = value as u64;
        match self {
            Self::OneCall if value < 10_000.0 => format!("{} µs", format::count(whole)),
            Self::OneCall => format!("{} ms", format::count(whole / 1000)),
            Self::ManyCalls => format!("{} calls/s", format::count(whole)),
            Self::Notifications => format!("{} /s", format::count(whole)),
            Self::Items => format!("{}/s", format::bytes(whole)),
        }
    }
}

impl Road {
    fn name(self) -> &'static str {
        match self {
            Self::Session => "This session, portable",
            Self::Requests => "Plain requests for files",
        }
    }
}

pub(crate) fn bench_page(connection: Connection, bench: Bench) -> AnyView {
    let is_running = Memo::new(move |_| bench.current.read().is_some());
    let obstacle = Memo::new(move |_| obstacle(connection));
    let press = move |_| match is_running.get_untracked() {
        true => bench.stop(),
        false => bench.start(),
    };
    view! {
        <section
            id="bench"
            class="page"
            data-state=move || match (is_running.get(), bench.measured.read().is_empty()) {
                (true, _) => "running",
                (false, true) => "none",
                (false, false) => "done",
            }
            data-measured=move || bench.measured.read().len().to_string()
        >
            <header class="page-head"><h1>"Bench"</h1></header>
            <p class="prose">
                "What the road between this page and its backend carries, in this window and on this "
                "machine, beside the plain requests that its webview makes for a file. Some seconds; "
                "all are means over many, by a clock with steps of 1 ms."
            </p>
            <div class="call-bar">
                <button
                    id="bench-run"
                    type="button"
                    class=move || if is_running.get() { "" } else { "primary" }
                    disabled=move || !bench.is_open.get() || obstacle.read().is_some()
                    on:click=press
                >
                    {move || if is_running.get() { "Stop" } else { "Run" }}
                </button>
                <span role="status">
                    {move || obstacle.read().is_none().then(|| progress(bench))}
                </span>
            </div>
            {move || obstacle.get().map(|text| view! { <p id="bench-obstacle" class="note-bar">{text}</p> })}
            {move || bench.problem.get().map(|problem| problem_view("bench-problem", problem))}
            {Vec::from(Figure::ALL.map(|figure| figure_view(bench, figure)))}
            <p class="hint">
                "The fast lane, by memory that page and backend share, is not there yet; its bars will "
                "stand here. Tauri's own "<code>"invoke"</code>" is not admitted by this window's "
                "policy: "<code>"cargo xtask bench"</code>" measures both in a window that admits it."
            </p>
        </section>
    }
    .into_any()
}

/// Why nothing can be measured.
fn obstacle(connection: Connection) -> Option<&'static str> {
    match *connection.stage.read() {
        Stage::Connecting => return None,
        Stage::Connected => {}
        Stage::Served => {
            return Some(
                "There is no session to measure: this page is served over HTTP. Open the app's own \
                 window; `cargo xtask bench --rpc` measures what is served.",
            );
        }
        Stage::Failed(_) | Stage::Ended(_) => {
            return Some("There is no session to measure. Reload the page to connect again.");
        }
    }
    let interfaces = connection.interfaces.read();
    let interfaces = interfaces.as_ref()?;
    let has_bench = interfaces.iter().any(|one| one.channel == CHANNEL);
    (!has_bench).then_some(
        "This backend has no interface `bench` to measure by. Register `BenchServer(BenchHandler)` \
         where its handlers are registered.",
    )
}

fn progress(bench: Bench) -> Option<AnyView> {
    let all = Figure::ALL.iter().flat_map(|figure| {
        let roads = Road::ALL.into_iter().filter(|road| road.has(*figure));
        roads.map(|road| (*figure, road))
    });
    let all = all.count();
    let done = bench.measured.read().len();
    let Some((figure, road)) = bench.current.get() else {
        return (done < all).then(|| rest_text(done, all).into_any());
    };
    let (what, by) = (figure.title(), road.name());
    Some(
        view! {
            {done + 1}" of "{all}": "{what}", "{by}
            <progress aria-label="Measured" max=all.to_string() value=done.to_string()></progress>
        }
        .into_any(),
    )
}

/// What is said while nothing is measured and something is missing.
fn rest_text(done: usize, all: usize) -> String {
    match done {
        0 => format!("Not measured so far: Run makes {all} measurements."),
        done => format!("Ended after {done} of {all} measurements: Run begins anew."),
    }
}

fn figure_view(bench: Bench, figure: Figure) -> AnyView {
    let roads = Road::ALL.into_iter().filter(|road| road.has(figure));
    let bars: Vec<_> = roads.map(|road| bar(bench, figure, road)).collect();
    view! {
        <div class="bench-figure">
            <h2>{figure.title()}<span class="muted">{figure.what()}</span></h2>
            <dl>{bars}</dl>
        </div>
    }
    .into_any()
}

fn bar(bench: Bench, figure: Figure, road: Road) -> AnyView {
    // Its value, and its share of the longest of the figure.
    let shown = Memo::new(move |_| {
        let measured = bench.measured.read();
        let of_figure = || measured.iter().filter(|one| one.figure == figure);
        let longest = of_figure().map(|one| one.value).fold(0.0, f64::max);
        let one: Measured = *of_figure().find(|one| one.road == road)?;
        Some((one, one.value / longest.max(1.0) * 100.0))
    });
    let width = move || format!("{:.1}%", shown.get().map_or(0.0, |(_, share)| share));
    let text = move || match shown.get() {
        Some((one, _)) => figure.in_words(one.value),
        None => "–".to_owned(),
    };
    let of = move || {
        let count = shown.get().map(|(one, _)| one.count);
        count.map(|count| match figure {
            Figure::Items => format!("{} in all", format::bytes(count)),
            _ => format!("mean of {}", format::count(count)),
        })
    };
    view! {
        <dt>{road.name()}</dt>
        <dd data-road=format!("{road:?}") data-figure=format!("{figure:?}") title=of>
            <span class="bar" aria-hidden="true"><span style:width=width></span></span>
            <span class="bench-value">{text}</span>
        </dd>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_unit() {
        for (figure, value, text) in [
            (Figure::OneCall, 215.4, "215 µs"),
            (Figure::OneCall, 42_100.0, "42 ms"),
            (Figure::ManyCalls, 330_000.0, "330\u{202f}000 calls/s"),
            (Figure::Notifications, 1204.0, "1\u{202f}204 /s"),
            (Figure::Items, 3_250_586.0, "3.1 MiB/s"),
        ] {
            assert_eq!(figure.in_words(value), text);
        }
    }
}
