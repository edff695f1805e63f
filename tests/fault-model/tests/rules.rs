//! The rules hold of the product, and find every defect that is put into it.

use twinbridge_fault_model::{Defect, EPISODE, Failure, run, run_with};

/// Steps within which a defect must be found.
const SOON: u64 = 100_000;

/// Where the short run begins, so that it sees other pipes than the first of the long one.
const SEEDS: [u64; 4] = [1_000_000, 2_000_000, 3_000_000, 4_000_000];

fn replay(failure: &Failure) -> String {
    let Failure { rule, seed, .. } = failure;
    format!("violated: {rule}\nreplay: cargo xtask soak --seed {seed} --steps {EPISODE} --trace")
}

#[test]
fn no_rule_is_violated() {
    for seed in SEEDS {
        match run(seed, 50 * EPISODE, false, |_| ()) {
            Ok(tally) => println!("seed {seed}: {tally}"),
            Err(failure) => panic!("{}", replay(&failure)),
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let [first, second] = [(); 2].map(|()| run(7, 3 * EPISODE, false, |_| ()));
    assert_eq!(first.expect("it is clean"), second.expect("it is clean"));
}

/// A defect is found, and the seed that finds it finds nothing without it.
fn is_found(defect: Defect) {
    let failure = run_with(defect, 1, SOON).expect_err("nothing was found");
    println!("{defect:?}: {} steps; {}", failure.steps, failure.rule);
    let clean = run(failure.seed, EPISODE, false, |_| ());
    assert!(
        clean.is_ok(),
        "{}",
        clean.map_err(|failure| replay(&failure)).unwrap_err()
    );
}

#[test]
fn a_repeat_that_is_accepted_is_found() {
    is_found(Defect::RepeatAccepted);
}

#[test]
fn an_acknowledgement_that_is_one_too_far_is_found() {
    is_found(Defect::AcknowledgedTooFar);
}

#[test]
fn a_cancel_that_is_lost_is_found() {
    is_found(Defect::CancelLost);
}

#[test]
fn credit_that_is_not_returned_is_found() {
    is_found(Defect::CreditKept);
}

#[test]
fn a_batch_of_an_old_page_that_is_let_through_is_found() {
    is_found(Defect::OldPageAccepted);
}

#[test]
fn an_order_that_is_swapped_is_found() {
    is_found(Defect::OrderSwapped);
}

#[test]
fn a_call_that_runs_twice_is_found() {
    is_found(Defect::CallRunTwice);
}

#[test]
fn a_pending_call_that_is_leaked_is_found() {
    is_found(Defect::PendingCallLeaked);
}
