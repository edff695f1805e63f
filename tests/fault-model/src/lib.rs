//! Tests as faults: sessions over pipes that fail, driven at random against a simple model.
//!
//! A run is a sequence of episodes, each with a seed of its own: a fresh backend and its windows,
//! some thousand steps, a rest now and then at which all that is owed must have come, and an end
//! that nothing may outlive. The same seed gives the same episode on every machine. With one of
//! the product's deliberate defects a run must fail, or its rules are worth nothing.

mod acts;
mod caller;
mod carrier;
mod direct;
mod executor;
mod facts;
mod faults;
mod handler;
mod host_pump;
mod ledger;
mod page_pump;
mod random;
mod rest;
mod road;
mod tally;
mod trace;
mod window;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use twinbridge_common::ipc::defect;
pub use twinbridge_common::ipc::defect::Defect;

pub use crate::tally::Tally;
use crate::{trace::Trace, world::World};

/// Steps of one episode.
pub const EPISODE: u64 = 10_000;

/// Steps from one rest to the next, about.
const RESTLESS: usize = 1500;

/// A rule that did not hold.
#[derive(Debug)]
pub struct Failure {
    /// What did not hold.
    pub rule: String,
    /// Seed of the episode, which shows it again.
    pub seed: u64,
    /// Steps up to it, over all episodes.
    pub steps: u64,
    /// What happened last, if the run was asked to keep that.
    pub trace: Vec<String>,
}

/// Runs episodes with the seeds `seed`, `seed + 1` and so on, `steps` steps in all. `progress` is
/// told of the steps so far after each.
///
/// # Errors
/// The first rule that does not hold. A panic is one.
pub fn run(
    seed: u64,
    steps: u64,
    keeps_trace: bool,
    mut progress: impl FnMut(u64),
) -> Result<Tally, Failure> {
    let mut done = 0;
    let mut seed = seed;
    let mut tally = Tally::default();
    while done < steps {
        let length = EPISODE.min(steps - done);
        let mut world = World::new(seed, Trace::new(keeps_trace));
        let mut taken = 0;
        let played = catch_unwind(AssertUnwindSafe(|| play(&mut world, length, &mut taken)));
        done += taken;
        let rule = match played {
            Ok(()) => world.broken.rule(),
            Err(_) => Some("something panicked".to_owned()),
        };
        if let Some(rule) = rule {
            return Err(Failure {
                rule,
                seed,
                steps: done,
                trace: world.trace.lines().cloned().collect(),
            });
        }
        tally += world.tally();
        seed = seed.wrapping_add(1);
        progress(done);
    }
    Ok(tally)
}

/// [`run`] with a defect in the product.
///
/// # Errors
/// As [`run`], which is what should happen.
pub fn run_with(defect: Defect, seed: u64, steps: u64) -> Result<Tally, Failure> {
    defect::set(Some(defect));
    let result = run(seed, steps, false, |_| ());
    defect::set(None);
    result
}

fn play(world: &mut World, length: u64, taken: &mut u64) {
    while *taken < length {
        *taken += 1;
        world.step();
        if world.random.below(RESTLESS) == 0 {
            world.rest();
        }
        if taken.is_multiple_of(64) {
            for window in &world.windows {
                window.check_limits();
            }
        }
        if world.broken.is_noted() {
            return;
        }
    }
    world.end();
}
