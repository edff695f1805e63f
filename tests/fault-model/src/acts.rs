//! What the app does next, at random.

use crate::{
    caller::Caller,
    facts::{Kind, Stage},
    random::Random,
    trace::Trace,
};

/// Acts look at so many of the newest calls only; older ones are mostly over.
const RECENT: usize = 48;

/// Calls of one direction that may be open at once; then one is given up.
const MAX_OPEN: usize = 24;

pub(crate) fn act(caller: &Caller, window: usize, random: &mut Random, trace: &mut Trace) {
    let way = caller.way;
    let what = random.below(100);
    let chosen = choose(caller, random);
    trace.note(|| format!("{window}: {way:?} act {what}, on {chosen:?}"));
    match what {
        0..34 => call(caller, random),
        34..48 => {
            if let Some((number, Kind::Gate, Stage::Waiting)) = chosen {
                caller.ledger.facts().open_gate(way, number);
            }
        }
        48..56 => {
            if let Some((number, ..)) = chosen {
                caller.give_up(number);
            }
        }
        56..76 => {
            if let Some((number, Kind::Stream { .. }, _)) = chosen {
                let items = random.pick(&[1, 2, 10, 1000]);
                caller.ledger.facts().permit(way, number, items);
            }
        }
        76..90 => caller.note(),
        90..97 => caller.latest(),
        _ => caller.roomy(),
    }
}

/// One of the recent calls that are not over.
fn choose(caller: &Caller, random: &mut Random) -> Option<(u32, Kind, Stage)> {
    let mut facts = caller.ledger.facts();
    let calls = &facts.traffic(caller.way).calls;
    let oldest = calls.len().saturating_sub(RECENT);
    let mut open = calls[oldest..].iter().enumerate();
    let count = open
        .clone()
        .filter(|(_, call)| call.stage != Stage::Over)
        .count();
    if count == 0 {
        return None;
    }
    let nth = random.below(count);
    let (at, call) = open
        .by_ref()
        .filter(|(_, call)| call.stage != Stage::Over)
        .nth(nth)?;
    Some(((oldest + at) as u32, call.kind, call.stage))
}

fn call(caller: &Caller, random: &mut Random) {
    let open = {
        let mut facts = caller.ledger.facts();
        let calls = &facts.traffic(caller.way).calls;
        let recent = calls.iter().enumerate().rev().take(RECENT);
        let open = recent.filter(|(_, call)| call.stage != Stage::Over);
        let numbers: Vec<_> = open.map(|(number, _)| number as u32).collect();
        numbers
    };
    if open.len() >= MAX_OPEN {
        return caller.give_up(open[random.below(open.len())]);
    }
    let kind = match random.below(100) {
        0..40 => Kind::Value(len(random)),
        40..62 => Kind::Gate,
        62..90 => Kind::Stream {
            items: random.pick(&[0, 1, 3, 8, 40]),
            len: random.pick(&[0, 0, 5, 100, 3000]),
            fails: random.chance(200),
        },
        90..95 => Kind::Fail,
        95..97 => Kind::Panic,
        _ => Kind::Unknown,
    };
    let deadline_ms = if random.chance(120) {
        random.pick(&[1, 50, 500, 5000])
    } else {
        0
    };
    let number = caller.call(kind, len(random), deadline_ms);
    if let Kind::Stream { .. } = kind
        && random.chance(500)
    {
        caller.ledger.facts().permit(caller.way, number, 5);
    }
}

/// Lengths of data; the largest leave in pieces.
fn len(random: &mut Random) -> usize {
    match random.below(1000) {
        0..3 => 130_000 + random.below(3000),
        3..5 => 300_000,
        5..100 => 3000,
        100..300 => 200,
        _ => random.below(20),
    }
}
