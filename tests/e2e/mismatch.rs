//! The screen of a page and a backend that do not fit: what differs, what that means, what to do.

use serde_json::json;
use twinbridge_window_driver::eventually;

use crate::{explorer::Explorer, plain::test_host};

/// A window whose backend has another `files`.
fn open(differing: &str) -> Explorer {
    let explorer = Explorer::start(test_host().arg("--files").arg(differing));
    assert_eq!(explorer.state(), "mismatch");
    explorer
}

#[test]
fn the_screen_says_which_half_to_rebuild_with_both_versions_and_fingerprints() {
    for (differing, backend, which, advice) in [
        (
            "older",
            "1.0.0",
            "Rebuild the backend, then reload.",
            "The backend is the older half: rebuild the backend.",
        ),
        (
            "newer",
            "99.0.0",
            "Rebuild the page, then reload.",
            "The frontend is the older half: rebuild the page.",
        ),
        (
            "same",
            "1.2.0",
            "Rebuild both halves, then reload.",
            "The signatures differ under one version: rebuild both halves, and raise the version.",
        ),
        (
            "none",
            "no handler is registered",
            "Rebuild the backend, then reload.",
            "Register its handler in the backend, or rebuild the backend.",
        ),
    ] {
        let explorer = open(differing);
        let window = &explorer.window;
        let text = window.text("#verdicts");
        assert!(text.starts_with("The two halves do not fit"), "{text}");
        assert!(text.contains(which), "{differing}: {text}");
        let files = window.text("#verdicts [data-channel=files]");
        let shown = ["1.2.0", backend, advice];
        assert!(
            shown.iter().all(|part| files.contains(part)),
            "{differing}: {files}"
        );
        // Both fingerprints, whole: 16 digits each.
        let digits = "return [...document.querySelectorAll(
            '#verdicts [data-channel=files] .fingerprint')].map(one => one.textContent.length)";
        let digits = window.script(digits, &json!([]));
        let wanted = if differing == "none" {
            json!([16])
        } else {
            json!([16, 16])
        };
        assert_eq!(digits, wanted, "{differing}");
        let fits = |channel: &str| {
            explorer
                .data(&format!("#verdicts [data-channel={channel}]"), "fits")
                .unwrap()
        };
        assert_eq!(
            (fits("files").as_str(), fits("host").as_str()),
            ("false", "true")
        );
    }
}

#[test]
fn a_check_of_halves_that_do_not_fit_prints_every_mismatch_and_ends_with_code_1() {
    for (differing, begin, advice) in [
        (
            "older",
            "`files`: backend(1.0.0) vs. frontend(1.2.0); ",
            "the backend is the older half: rebuild the backend",
        ),
        (
            "newer",
            "`files`: backend(99.0.0) vs. frontend(1.2.0); ",
            "the frontend is the older half: rebuild the page",
        ),
        (
            "same",
            "`files`: backend(1.2.0#",
            "; the signatures differ under one version: rebuild both halves, and raise the version",
        ),
        (
            "none",
            "`files`: the backend has no handler for it, the frontend was built with version 1.2.0; ",
            "register its handler in the backend, or rebuild the backend",
        ),
    ] {
        let data = tempfile::TempDir::new().unwrap();
        let end = test_host()
            .args(["--check", "--no-host", "--files", differing, "--data-dir"])
            .arg(data.path())
            .run();
        assert_eq!(end.code, Some(1), "{differing}: {}", end.stderr);
        let host = "`host`: the backend has no handler for it, the frontend was built with version";
        let said = |begin: &str, advice: &str| {
            let mut lines = end.stderr.lines();
            lines.any(|line| line.starts_with(begin) && line.ends_with(advice))
        };
        assert!(said(begin, advice), "{differing}: {}", end.stderr);
        assert!(
            said(host, "rebuild the backend"),
            "{differing}: {}",
            end.stderr
        );
        let all = "twinbridge: 2 of 2 interfaces do not fit";
        assert!(said(all, all), "{differing}: {}", end.stderr);
    }
}

#[test]
fn the_screen_is_over_everything_and_gives_way_to_what_fits() {
    let explorer = open("older");
    let window = &explorer.window;
    let modal = "return document.querySelector('#verdicts').matches(':modal')";
    assert_eq!(window.script(modal, &json!([])), true);
    let focus = "return document.querySelector('#verdicts').contains(document.activeElement)";
    assert_eq!(window.script(focus, &json!([])), true);
    window.click("#verdicts-close");
    eventually("the page behind it", || {
        (window.script(modal, &json!([])) == false).then_some(())
    });
    let status = window.text("#status");
    assert!(status.contains("The halves do not fit"), "{status}");
    assert!(status.contains("1 of 2 interfaces fit"), "{status}");
    // What fits can be called.
    window.script("location.hash = '#/ipc/host/statistics'", &json!([]));
    eventually("the method", || explorer.data("#reply", "state"));
    window.click("#call");
    eventually("its reply", || {
        (explorer.data("#reply", "state")? == "ok").then_some(())
    });
    window.click(".verdicts-open");
    eventually("the screen again", || {
        (window.script(modal, &json!([])) == true).then_some(())
    });
}
