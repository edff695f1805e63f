//! The rules hold of the product, and find every defect that is put into it.

use twinbridge_fault_model::{Defect, EPISODE, run, run_with};

/// Steps within which a defect must be found.
const SOON: u64 = 100_000;

/// A few seeds, so that the short run sees several kinds of pipes.
const SEEDS: [u64; 4] = [1, 1000, 2000, 3000];

#[test]
fn no_rule_is_violated() {
    for seed in SEEDS {
        if let Err(failure) = run(seed, 5 * EPISODE, false, |_| ()) {
            panic!(
                "violated: {}\nreplay: cargo xtask soak --seed {} --steps {EPISODE} --trace",
                failure.rule, failure.seed
            );
        }
    }
}

/// Finds a defect by a rule whose words contain one of `words`.
fn is_found(defect: Defect, words: &[&str]) {
    let failure = run_with(defect, 1, SOON).expect_err("nothing was found");
    println!("{defect:?}: {} steps, {}", failure.steps, failure.rule);
    assert!(failure.steps <= SOON);
    assert!(words.iter().any(|word| failure.rule.contains(word)), "{}", failure.rule);
    run(failure.seed, EPISODE, false, |_| ()).expect("the same seed is clean without the defect");
}

#[test]
fn a_repeat_that_is_accepted_is_found() {
    is_found(Defect::RepeatAccepted, &[""]);
}

#[test]
fn an_acknowledgement_that_is_one_too_far_is_found() {
    is_found(Defect::AcknowledgedTooFar, &[""]);
}

#[test]
fn a_cancel_that_is_lost_is_found() {
    is_found(Defect::CancelLost, &[""]);
}

#[test]
fn credit_that_is_not_returned_is_found() {
    is_found(Defect::CreditKept, &[""]);
}

#[test]
fn a_batch_of_an_old_page_that_is_let_through_is_found() {
    is_found(Defect::OldPageAccepted, &[""]);
}

#[test]
fn an_order_that_is_swapped_is_found() {
    is_found(Defect::OrderSwapped, &[""]);
}

#[test]
fn a_call_that_runs_twice_is_found() {
    is_found(Defect::CallRunTwice, &[""]);
}

#[test]
fn a_pending_call_that_is_leaked_is_found() {
    is_found(Defect::PendingCallLeaked, &[""]);
}
