//! The plots of the panel: what happens per second, and how long calls take.
//!
//! Bars of a plain picture, drawn anew when figures change; with the numbers in words for those
//! who do not see it.

use std::time::Duration;

use leptos::prelude::*;
use twinbridge_frontend::spawn;

use super::figures::{BARS, Figures, SECONDS};
use crate::{dom, format};

/// Height of a plot, in its own units.
const HEIGHT: f64 = 32.0;
/// Distance from one bar of the first plot to the next.
const STEP: f64 = 4.0;

/// One bar per second of the last minute.
pub(super) fn per_second(
    changed: RwSignal<u64>,
    with: impl Fn(&dyn Fn(&mut Figures)) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let counts = RwSignal::new(vec![0; SECONDS]);
    let look = move || {
        with(&|figures| {
            let _ = counts.try_update(|counts| {
                figures.advance(dom::now());
                *counts = figures.per_second();
            });
        });
    };
    Effect::new(move |_| {
        let _ = changed.get();
        look();
    });
    // Time passes also while nothing happens.
    spawn(async move {
        loop {
            dom::sleep(Duration::from_secs(1)).await;
            look();
        }
    });
    let most = move || counts.read().iter().copied().max().unwrap_or(0);
    let path = move || bars(&counts.read(), STEP);
    let width = SECONDS as f64 * STEP;
    view! {
        <figure class="plot">
            <figcaption>
                "per second"
                <span class="grow"></span>
                <span id="live-rate">{move || format::count(last_whole(&counts.read()).into())}</span>
                <span class="muted">" · most "{move || format::count(most().into())}</span>
            </figcaption>
            <svg
                viewBox=format!("0 0 {width} {HEIGHT}")
                preserveAspectRatio="none"
                role="img"
                aria-label=move || format!("At most {} per second in the last minute", most())
            >
                <path d=path></path>
            </svg>
        </figure>
    }
}

/// The last second that is over.
fn last_whole(counts: &[u32]) -> u32 {
    let whole = counts.len().checked_sub(2);
    whole.and_then(|at| counts.get(at)).copied().unwrap_or(0)
}

/// How many calls took how long.
pub(super) fn histogram(
    changed: RwSignal<u64>,
    with: impl Fn(&dyn Fn(&mut Figures)) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let counts = Memo::new(move |_| {
        let _ = changed.get();
        let found = std::cell::Cell::new([0; BARS.len() + 1]);
        with(&|figures| found.set(figures.histogram()));
        found.get()
    });
    let width = (BARS.len() + 1) as f64 * STEP;
    let words = move || {
        let counts = counts.get();
        let words = counts.iter().zip(BARS).filter(|(count, _)| **count > 0);
        let words: Vec<_> = words
            .map(|(count, end)| format!("{count} up to {}", format::time(f64::from(end) / 1000.0)))
            .collect();
        words.join(", ")
    };
    view! {
        <figure class="plot histogram" title=words>
            <figcaption>"calls by time"</figcaption>
            <svg
                viewBox=format!("0 0 {width} {HEIGHT}")
                preserveAspectRatio="none"
                role="img"
                aria-label=words
            >
                <path d=move || bars(&counts.get(), STEP)></path>
            </svg>
            <div class="scale" aria-hidden="true">
                <span>"10 µs"</span>
                <span>"1 ms"</span>
                <span>"100 ms"</span>
            </div>
        </figure>
    }
}

/// The outline of bars, the highest as high as the picture.
fn bars(counts: &[u32], step: f64) -> String {
    let most = f64::from(counts.iter().copied().max().unwrap_or(0).max(1));
    let mut path = String::new();
    for (at, count) in counts.iter().enumerate() {
        if *count > 0 {
            let height = (f64::from(*count) / most * HEIGHT).max(1.0);
            let (left, top) = (at as f64 * step, HEIGHT - height);
            let width = step - 1.0;
            path.push_str(&format!("M{left} {HEIGHT}V{top:.1}h{width}V{HEIGHT}z"));
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_is_as_high_as_the_picture_and_none_is_too_low_to_see() {
        assert_eq!(bars(&[0, 1000, 1], 4.0), "M4 32V0.0h3V32zM8 32V31.0h3V32z");
        assert_eq!(bars(&[0, 0], 4.0), "");
    }

    #[test]
    fn the_rate_is_that_of_the_last_second_that_is_over() {
        assert_eq!(last_whole(&[5, 7, 1]), 7);
        assert_eq!(last_whole(&[5]), 0);
    }
}
