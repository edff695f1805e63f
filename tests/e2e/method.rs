//! The page of a method, by keyboard: calls, errors of each layer, cancellation, history, JSON.

use serde_json::json;
use twinbridge_window_driver::{eventually, key};

use crate::{explorer::Explorer, plain::test_host};

/// The page of a method of the app whose handlers do what tests ask.
pub(crate) struct MethodPage {
    pub(crate) explorer: Explorer,
}

impl MethodPage {
    pub(crate) fn open(channel: &str, method: &str) -> Self {
        let page = Self {
            explorer: Explorer::start(test_host()),
        };
        page.go(channel, method);
        page
    }

    /// Follows the link to a method.
    pub(crate) fn go(&self, channel: &str, method: &str) {
        let link = format!("#/ipc/{channel}/{method}");
        self.follow(&link, &format!("{channel}/{method}"));
    }

    /// Follows a link to what is `shown`.
    fn follow(&self, link: &str, shown: &str) {
        let window = &self.explorer.window;
        window.script("location.hash = arguments[0]", &json!([link]));
        eventually(&format!("the page of {shown}"), || {
            (self.explorer.data("#method", "shown")? == shown).then_some(())?;
            self.explorer.data("#reply", "state")
        });
        // As if it was clicked, so that Tab starts at the arguments.
        let start = "document.querySelector('#signature-typescript').focus()";
        window.script(start, &json!([]));
    }

    /// Where in the arguments the focus is.
    fn focus(&self) -> String {
        let script = "const { path, add } = document.activeElement.dataset;
            return path ?? (add ? `+${add}` : document.activeElement.id)";
        let place = self.explorer.window.script(script, &json!([]));
        place.as_str().unwrap_or_default().to_owned()
    }

    /// Presses Tab until the focus is at `place`: a path, or `+` and the path of a list.
    pub(crate) fn tab_to(&self, place: &str) {
        let mut seen = Vec::new();
        for _ in 0..80 {
            self.explorer.window.press(&key::TAB.to_string());
            let focus = self.focus();
            if focus == place {
                return;
            }
            seen.push(focus);
        }
        panic!("Tab leads to {seen:?} and not to {place:?}");
    }

    /// Waits until the focus has moved to `place` by itself.
    pub(crate) fn is_led_to(&self, place: &str) {
        eventually(&format!("the focus at {place:?}"), || {
            (self.focus() == place).then_some(())
        });
    }

    /// Goes to an input and types.
    pub(crate) fn fill(&self, place: &str, text: &str) {
        self.tab_to(place);
        self.explorer.window.press(text);
    }

    /// Goes to a check box and switches it.
    pub(crate) fn switch(&self, place: &str) {
        self.fill(place, &key::SPACE.to_string());
    }

    /// Goes to a list and adds an item, whose first input then has the focus.
    pub(crate) fn add(&self, list: &str, first: &str) {
        self.fill(&format!("+{list}"), &key::ENTER.to_string());
        self.is_led_to(first);
    }

    /// Calls, from wherever the focus is.
    pub(crate) fn call(&self) {
        let control = key::CONTROL.to_string();
        let enter = key::ENTER.to_string();
        self.explorer.window.press_with(&control, &enter);
    }

    /// Waits for the reply's state.
    pub(crate) fn state(&self, state: &str) {
        eventually(&format!("the state {state:?}"), || {
            (self.explorer.data("#reply", "state")? == state).then_some(())
        });
    }

    /// What the page shows as the value of the reply.
    pub(crate) fn reply(&self) -> String {
        self.state("ok");
        self.explorer.window.text("#reply-value .tree")
    }

    fn error(&self) -> String {
        self.explorer.window.text("#reply-error p")
    }
}

#[test]
fn a_method_is_called_by_its_link_and_the_keyboard_alone() {
    let page = MethodPage::open("host", "statistics");
    let window = &page.explorer.window;
    assert_eq!(
        window.text("#signature-rust"),
        "async fn statistics(&self) -> Statistics"
    );
    let typescript = window.text("#signature-typescript");
    assert!(
        typescript.starts_with("statistics(): Promise<"),
        "{typescript}"
    );
    page.call();
    let reply = page.reply();
    assert!(reply.contains("maxRunningCalls: 4096"), "{reply}");
    let facts = window.text("#reply-facts");
    assert!(
        facts.contains("(1 ms clock) · sent 1 B · received "),
        "{facts}"
    );
    // The address is the page.
    page.explorer.reload();
    eventually("the page of the method", || {
        page.explorer
            .data("#method", "shown")
            .filter(|shown| shown == "host/statistics")
    });
}

#[test]
fn an_error_of_the_application_is_shown_with_what_it_carries() {
    let page = MethodPage::open("forms", "fail");
    page.fill("how", "App");
    page.call();
    page.state("application");
    assert_eq!(
        page.error(),
        "Forms/asked: it failed after 0 items, as it was asked to. The contract of the method \
         says what it means."
    );
    let details = page.explorer.window.text("#reply-details .tree");
    assert!(details.contains("items: 0"), "{details}");
}

#[test]
fn a_refusal_is_shown_as_such_and_in_another_colour() {
    let colour_of = |how: &str, state: &str| {
        let page = MethodPage::open("forms", "fail");
        page.fill("how", how);
        page.call();
        page.state(state);
        let script =
            "return getComputedStyle(document.querySelector('#reply-error')).borderLeftColor";
        (
            page.error(),
            page.explorer.window.script(script, &json!([])),
        )
    };
    let (error, refused) = colour_of("Ref", "refusal");
    assert_eq!(
        error,
        "The handler of forms.fail panicked. The backend's log has the details."
    );
    let (_, failed) = colour_of("App", "application");
    assert_ne!(refused, failed);
}

#[test]
fn a_session_that_ends_under_a_call_and_a_reply_that_nobody_can_read_say_so() {
    let page = MethodPage::open("forms", "garbage");
    page.call();
    page.state("codec");
    assert!(page.error().contains("rebuild both"), "{}", page.error());
    page.go("forms", "fail");
    page.fill("how", "Pip");
    page.call();
    page.state("pipe");
    assert!(
        page.error().ends_with("Reload the page to connect again."),
        "{}",
        page.error()
    );
    eventually("the end in the status bar", || {
        (page.explorer.state() == "ended").then_some(())
    });
    page.explorer.window.click("#reload");
    eventually("another session", || {
        let state = "return document.querySelector('#status')?.dataset.state ?? null";
        // No script runs in a page that is about to go.
        let state = page.explorer.window.try_script(state, &json!([]));
        (state == Ok(json!("connected"))).then_some(())
    });
}

#[test]
fn a_call_that_takes_long_says_so_and_is_cancelled_at_its_handler() {
    let page = MethodPage::open("forms", "wait");
    page.call();
    page.state("running");
    eventually("the time it runs", || {
        let facts = page.explorer.window.text("#reply-facts");
        facts.starts_with("running for 0.").then_some(())
    });
    page.explorer.window.press(&key::ESCAPE.to_string());
    page.state("cancelled");
    page.go("forms", "cancelled");
    page.call();
    assert_eq!(page.reply(), "1");
}

#[test]
fn a_form_that_is_not_complete_says_where_and_calls_nothing() {
    let page = MethodPage::open("forms", "integers");
    page.fill("value.b", "128");
    page.call();
    page.is_led_to("value.a");
    let wrong = "return [...document.querySelectorAll('#form .wrong')].map(one => one.textContent)";
    let wrong = page.explorer.window.script(wrong, &json!([]));
    assert_eq!(wrong[0], "Give a whole number.");
    assert_eq!(wrong[1], "Give a whole number from -128 to 127.");
    assert_eq!(wrong.as_array().unwrap().len(), 9);
    assert_eq!(
        page.explorer.data("#reply", "state").as_deref(),
        Some("idle")
    );
    // What is put right is right at once.
    page.explorer.window.press("7");
    let wrong = "return document.querySelectorAll('#form .wrong').length";
    eventually("one problem less", || {
        let count = page.explorer.window.script(wrong, &json!([]));
        (count == json!(8)).then_some(())
    });
}

#[test]
fn a_call_is_made_again_from_the_history() {
    let page = MethodPage::open("forms", "numbers");
    let window = &page.explorer.window;
    for count in ["3", "18446744073709551615"] {
        page.fill("count", count);
        if count == "3" {
            page.call();
            page.state("ok");
            window.press("\u{e003}");
        }
    }
    let rows =
        "return [...document.querySelectorAll('#history .text')].map(row => row.textContent)";
    assert_eq!(
        window.script(rows, &json!([])),
        json!(["count: 3, fails: false"])
    );
    window.click("#history .past");
    let filled = "return document.querySelector('[data-path=count]').value";
    eventually("the arguments of the first call", || {
        (window.script(filled, &json!([])) == json!("3")).then_some(())
    });
}

#[test]
fn arguments_go_to_json_and_back_to_the_form_unchanged() {
    let page = MethodPage::open("forms", "integers");
    let window = &page.explorer.window;
    let json_text = "return document.querySelector('#arguments-json')?.value";
    page.fill("value.e", "18446744073709551615");
    window.click("#as-json");
    let text = eventually("the JSON", || {
        window
            .script(json_text, &json!([]))
            .as_str()
            .map(str::to_owned)
    });
    assert!(text.contains("\"e\": 18446744073709551615"), "{text}");
    assert!(text.contains("\"a\": null"), "{text}");
    let whole = r#"{"value": {"a": 255, "b": -128, "c": 0, "d": -2147483648,
        "e": 18446744073709551615, "f": -9223372036854775808, "g": 9007199254740993,
        "h": {"$twinbridge": ["bigint", "340282366920938463463374607431768211455"]},
        "i": {"$twinbridge": ["bigint", "-170141183460469231731687303715884105728"]}}}"#;
    window.type_into("#arguments-json", &whole.replace('\n', " "));
    page.call();
    assert!(page.reply().contains("verdict: \"the same\""));
    window.click("#as-json");
    let exact = "return document.querySelector('[data-path=\"value.g\"]')?.value";
    eventually("the form", || {
        (window.script(exact, &json!([])) == json!("9007199254740993")).then_some(())
    });
    page.call();
    assert!(page.reply().contains("verdict: \"the same\""));
}

#[test]
fn an_operation_of_an_rpc_interface_is_called_like_a_method() {
    let page = MethodPage {
        explorer: Explorer::open(),
    };
    let services = page.explorer.window.text("#services");
    for words in [
        "AppHostRpcInterface",
        "desktop",
        "✓ fits",
        "DevToolsRpcInterface",
    ] {
        assert!(services.contains(words), "{services}");
    }
    page.follow(
        "#/rpc/AppHostRpcInterface/appInfo",
        "rpc/AppHostRpcInterface/appInfo",
    );
    page.call();
    let reply = page.reply();
    assert!(reply.contains("name: \"Twinbridge\""), "{reply}");
}
