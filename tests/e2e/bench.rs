//! The Bench page: its bars are measured in this window, and a run can be ended.

use serde_json::{Value, json};
use twinbridge_window_driver::eventually;

use crate::{explorer::Explorer, plain::test_host};

fn open(explorer: &Explorer) {
    explorer
        .window
        .script("location.hash = '#/bench'", &json!([]));
    eventually("the page", || explorer.data("#bench", "state"));
}

fn state(explorer: &Explorer) -> String {
    explorer.data("#bench", "state").unwrap()
}

#[test]
fn a_run_measures_every_figure_by_every_road_and_draws_it_with_its_unit() {
    let explorer = Explorer::open();
    open(&explorer);
    assert_eq!(state(&explorer), "none");
    explorer.window.click("#bench-run");
    eventually("the end", || (state(&explorer) == "done").then_some(()));
    let bars = "return [...document.querySelectorAll('#bench [data-figure]')].map(bar => {
        const { width } = bar.querySelector('.bar span').getBoundingClientRect();
        const value = bar.querySelector('.bench-value').textContent;
        return [bar.dataset.figure, bar.dataset.road, value, width > 0] })";
    let Value::Array(bars) = explorer.window.script(bars, &json!([])) else {
        panic!("bars are a list");
    };
    let wanted = [
        ("OneCall", "Session", "s"),
        ("OneCall", "Requests", "s"),
        ("ManyCalls", "Session", " calls/s"),
        ("ManyCalls", "Requests", " calls/s"),
        ("Notifications", "Session", " /s"),
        ("Items", "Session", "iB/s"),
        ("Items", "Requests", "iB/s"),
    ];
    assert_eq!(bars.len(), wanted.len(), "{bars:?}");
    for (bar, (figure, road, unit)) in bars.iter().zip(wanted) {
        assert_eq!((&bar[0], &bar[1]), (&json!(figure), &json!(road)));
        let value = bar[2].as_str().unwrap();
        let starts = value
            .chars()
            .next()
            .is_some_and(|digit| ('1'..='9').contains(&digit));
        assert!(starts && value.ends_with(unit), "{figure} {road}: {value}");
    }
    // What is measured is not on record, which would be measured too.
    let echoes = "return [...document.querySelectorAll('#live-rows .name')]
        .some(name => name.textContent.includes('bench.echo'))";
    assert_eq!(explorer.window.script(echoes, &json!([])), false);
    explorer
        .window
        .script("location.hash = '#/files'", &json!([]));
    eventually("the files", || {
        let hidden = "return document.querySelector('.files').hidden";
        (explorer.window.script(hidden, &json!([])) == false).then_some(())
    });
    explorer.assert_connected();
}

#[test]
fn a_run_is_stopped_and_keeps_what_it_has_measured() {
    let explorer = Explorer::open();
    open(&explorer);
    let measured = || explorer.data("#bench", "measured").unwrap();
    explorer.window.click("#bench-run");
    eventually("the first figure", || (measured() != "0").then_some(()));
    let status = explorer.window.text("#bench [role=status]");
    assert!(status.contains(" of 7: "), "{status}");
    explorer.window.click("#bench-run");
    eventually("the end", || (state(&explorer) == "done").then_some(()));
    let kept: u32 = measured().parse().unwrap();
    assert!((1..7).contains(&kept), "{kept}");
}

#[test]
fn a_backend_that_cannot_be_measured_says_what_to_register() {
    let explorer = Explorer::start(test_host());
    open(&explorer);
    let text = explorer.window.text("#bench-obstacle");
    assert!(
        text.contains("Register `BenchServer(BenchHandler)`"),
        "{text}"
    );
    let disabled = "return document.querySelector('#bench-run').disabled";
    assert_eq!(explorer.window.script(disabled, &json!([])), true);
}
