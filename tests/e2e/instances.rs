//! Several instances of the app: one per data folder, and as many folders as there are.

use std::{fs, fs::File};

use tempfile::TempDir;
use twinbridge_window_driver::{Finished, Signal, eventually};

use crate::{
    explorer::{Explorer, twinbridge},
    plain::{Plain, test_host},
};

const HANDED_OVER: &str = "another instance was started, and its command line handed over";

fn assert_ended_well(end: &Finished) {
    assert_eq!(end.code, Some(0), "{}", end.stderr);
    assert_eq!(end.stdout, "");
}

#[test]
fn a_second_instance_opens_its_file_in_the_window_of_the_first_and_ends_with_code_0() {
    let explorer = Explorer::open();
    let folder = TempDir::new().unwrap();
    // Another part of the page is shown, which gives way.
    let go = "location.hash = '#/ipc/host'; return null";
    explorer.window.script(go, &serde_json::json!([]));
    for (name, text) in [("one.txt", "first"), ("two.txt", "second")] {
        fs::write(folder.path().join(name), text).unwrap();
        // The path starts from the second's own folder.
        let second = twinbridge()
            .arg(name)
            .arg("--data-dir")
            .arg(explorer.data_dir())
            .current_dir(folder.path());
        assert_ended_well(&second.run());
        eventually("the file", || {
            (explorer.lines() == [(1, text.to_owned())]).then_some(())
        });
    }
    assert!(explorer.window.address().ends_with("#/files"));
    assert_eq!(explorer.session(), 1);
    // A page that starts later shows what the last one asked for.
    explorer.reload();
    assert_eq!(explorer.lines(), [(1, "second".to_owned())]);
}

#[test]
fn a_second_instance_without_a_file_shows_the_first_and_ends() {
    let mut first = Plain::start(twinbridge());
    first.wait_for_session(1);
    assert_ended_well(&first.again(twinbridge()).run());
    first.wait_for_log(HANDED_OVER);
    assert!(
        !first.log().contains("could not be shown"),
        "{}",
        first.log()
    );
    assert!(first.program.is_running());
}

#[test]
fn instances_that_start_at_once_are_one() {
    let data = TempDir::new().unwrap();
    let programs: Vec<_> = (0..4)
        .map(|_| twinbridge().arg("--data-dir").arg(data.path()).start())
        .collect();
    let log = data.path().join("logs/twinbridge.log");
    eventually("three of four handed over", || {
        let log = fs::read_to_string(&log).ok()?;
        (log.matches(HANDED_OVER).count() == 3).then_some(())
    });
    let mut left = programs;
    eventually("one of four", || {
        left.retain_mut(|program| program.is_running());
        (left.len() == 1).then_some(())
    });
}

#[test]
fn an_instance_that_was_killed_leaves_nothing_in_the_way() {
    let first = Plain::start(twinbridge());
    first.wait_for_session(1);
    let mut next = first.replace(twinbridge());
    next.wait_for_session(1);
    assert!(next.program.is_running());
    assert_ended_well(&next.again(twinbridge()).run());
}

#[test]
fn an_instance_that_starts_while_the_first_ends_is_the_next_first() {
    let first = Plain::start(test_host().args(["stubborn", "--limit-ms", "2000"]));
    first.wait_for_log("has begun");
    first.program.signal(Signal::TERM);
    first.wait_for_log("the app is closing");
    let mut second = first.again(test_host()).start();
    first.wait_for_log_times("a page opens a session", 2);
    assert!(second.is_running());
    let (end, log) = first.end();
    assert_eq!(end.code, Some(70), "{}", end.stderr);
    assert!(!log.contains(HANDED_OVER), "{log}");
}

#[test]
fn instances_on_different_data_folders_do_not_know_each_other() {
    let [mut one, mut other] = [(); 2].map(|()| Plain::start(twinbridge()));
    for app in [&mut one, &mut other] {
        app.wait_for_session(1);
        assert!(app.program.is_running());
        assert!(!app.log().contains(HANDED_OVER), "{}", app.log());
    }
}

#[test]
fn checks_and_screenshots_are_done_beside_a_running_instance() {
    let first = Plain::start(twinbridge());
    first.wait_for_session(1);
    let check = first.again(twinbridge().arg("--check")).run();
    assert_eq!(check.code, Some(0), "{}", check.stderr);
    assert_eq!(check.stdout, "2 interfaces fit\n");
    let folder = TempDir::new().unwrap();
    let picture = folder.path().join("window.png");
    let screenshot = twinbridge().arg("--screenshot").arg(&picture);
    assert_ended_well(&first.again(screenshot).run());
    assert!(picture.exists());
    assert!(!first.log().contains(HANDED_OVER), "{}", first.log());
}

#[test]
fn an_instance_that_cannot_reach_the_first_says_so_and_ends_with_code_1() {
    let data = TempDir::new().unwrap();
    fs::create_dir(data.path().join("instance")).unwrap();
    // Somebody has the lock and does not listen.
    let lock = File::create(data.path().join("instance/lock")).unwrap();
    lock.try_lock().unwrap();
    let end = twinbridge().arg("--data-dir").arg(data.path()).run();
    assert_eq!(end.code, Some(1), "{}", end.stderr);
    let sentence = format!(
        "twinbridge: another instance has the data folder `{}` and does not answer; close it, or \
         choose another folder",
        data.path().display()
    );
    assert!(end.stderr.contains(&sentence), "{}", end.stderr);
}
