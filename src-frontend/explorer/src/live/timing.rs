//! Where a call was while it was not answered, by the backend's stamps: the bar and its words.
//!
//! The log, the details and the page of a method show the same. What has no stamps says why.

use leptos::prelude::*;
use twinbridge_common::wire::Stamps;

use crate::format;

/// What is known of a call's time at the backend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Timing {
    /// Nothing: it runs, or no handler answered it.
    #[default]
    None,
    /// The backend's stamps.
    Stamped(Parts),
    /// It went over HTTP, which has no stamps.
    Web,
}

/// The parts of a call's time, in microseconds; an hour and more is an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) queued: u32,
    pub(crate) handled: u32,
    pub(crate) returned: u32,
}

impl Parts {
    pub(crate) fn new(queued: u64, handled: u64, returned: u64) -> Self {
        let short = |time: u64| u32::try_from(time).unwrap_or(u32::MAX);
        Self {
            queued: short(queued),
            handled: short(handled),
            returned: short(returned),
        }
    }
}

impl From<Stamps> for Parts {
    fn from(stamps: Stamps) -> Self {
        let whole = |time: std::time::Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        Self::new(
            whole(stamps.queued()),
            whole(stamps.handled()),
            whole(stamps.returned()),
        )
    }
}

impl Timing {
    pub(crate) fn of(stamps: Option<Stamps>) -> Self {
        stamps.map_or(Self::None, |stamps| Self::Stamped(stamps.into()))
    }

    /// Milliseconds at the backend, where they are known.
    pub(crate) fn total(self) -> Option<f64> {
        match self {
            Self::Stamped(parts) => Some(parts.total() / 1000.0),
            Self::None | Self::Web => None,
        }
    }
}

impl Parts {
    /// Microseconds.
    fn total(self) -> f64 {
        f64::from(self.queued) + f64::from(self.handled) + f64::from(self.returned)
    }

    /// Name, microseconds and how wide it is drawn, of a hundred.
    fn shares(self) -> [(&'static str, u32, f64); 3] {
        let total = self.total().max(1.0);
        [
            ("queue", self.queued),
            ("handler", self.handled),
            ("return", self.returned),
        ]
        .map(|(name, part)| (name, part, f64::from(part) / total * 100.0))
    }

    fn words(self) -> String {
        let words = self.shares().map(|(name, part, _)| {
            let time = format::time(f64::from(part) / 1000.0);
            format!("{name} {time}")
        });
        words.join(" · ")
    }
}

/// The bar of a call that is over.
pub(crate) fn timing_view(timing: Timing) -> AnyView {
    let parts = match timing {
        Timing::Stamped(parts) => parts,
        Timing::None => {
            let text = "No handler answered, so the backend has no times of it.";
            return view! { <p class="timing muted">{text}</p> }.into_any();
        }
        Timing::Web => {
            let text = "Over HTTP the backend gives no times: only the round trip is known, by \
                        this page's clock of 1 ms.";
            return view! { <p class="timing muted">{text}</p> }.into_any();
        }
    };
    let mut left = 0.0;
    let bars = parts.shares().map(|(name, _, width)| {
        let x = left;
        left += width;
        view! { <rect class=name x=format!("{x:.2}") width=format!("{width:.2}") height="8"></rect> }
    });
    let words = parts.words();
    let label = format!("At the backend: {words}");
    view! {
        <div class="timing">
            <svg viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label=label>
                {bars.into_iter().collect_view()}
            </svg>
            <p class="timing-words">
                {parts.shares().map(|(name, part, _)| view! {
                    <span class=format!("part {name}")>
                        {name}" "{format::time(f64::from(part) / 1000.0)}
                    </span>
                }).into_iter().collect_view()}
            </p>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_call_fill_the_bar_and_are_said_with_their_units() {
        let stamps = Stamps {
            arrived_us: 1000,
            started_us: 1025,
            ended_us: 3500,
            replied_us: 3501,
        };
        let timing = Timing::of(Some(stamps));
        assert_eq!(timing.total(), Some(2.501));
        let Timing::Stamped(parts) = timing else {
            panic!("it has stamps");
        };
        assert_eq!(parts.words(), "queue 25 µs · handler 2.48 ms · return 1 µs");
        let widths = parts.shares().map(|(.., width)| width);
        assert!((widths.iter().sum::<f64>() - 100.0).abs() < 1e-9);
        assert_eq!(Timing::of(None).total(), None);
    }

    #[test]
    fn a_call_that_took_no_time_has_an_empty_bar() {
        let widths = Parts::default().shares().map(|(.., width)| width);
        assert_eq!(widths, [0.0; 3]);
    }
}
