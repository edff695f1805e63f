//! The long run of the fault model: `cargo xtask soak` starts it.

use std::{process::ExitCode, time::Instant};

use twinbridge_fault_model::{EPISODE, run};

const USAGE: &str = "usage: soak [--steps N] [--seed S] [--trace]";

fn main() -> ExitCode {
    match options() {
        Some((steps, seed, keeps_trace)) => soak(steps, seed, keeps_trace),
        None => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Steps, seed, and whether the last things that happened are kept.
fn options() -> Option<(u64, u64, bool)> {
    let (mut steps, mut seed, mut keeps_trace) = (20_000_000, 1, false);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--steps" => steps = words.next()?.parse().ok()?,
            "--seed" => seed = words.next()?.parse().ok()?,
            "--trace" => keeps_trace = true,
            _ => return None,
        }
    }
    Some((steps, seed, keeps_trace))
}

fn soak(steps: u64, seed: u64, keeps_trace: bool) -> ExitCode {
    println!("fault model: {steps} steps from seed {seed}");
    let start = Instant::now();
    let rate = |done: u64| done as f64 / start.elapsed().as_secs_f64().max(0.001);
    let tenth = (steps / 10).max(EPISODE);
    let mut next = tenth;
    let result = run(seed, steps, keeps_trace, |done| {
        if done >= next && done < steps {
            println!("  {done} steps, {:.0} per second", rate(done));
            next += tenth;
        }
    });
    match result {
        Ok(tally) => {
            println!("  {tally}");
            let seconds = start.elapsed().as_secs_f64();
            println!(
                "{steps} steps without a violated rule: seed {seed}, {seconds:.0} s, {:.0} per second",
                rate(steps)
            );
            ExitCode::SUCCESS
        }
        Err(failure) => {
            for line in &failure.trace {
                println!("  {line}");
            }
            println!("violated after {} steps: {}", failure.steps, failure.rule);
            println!(
                "replay: cargo xtask soak --seed {} --steps {EPISODE} --trace",
                failure.seed
            );
            ExitCode::FAILURE
        }
    }
}
