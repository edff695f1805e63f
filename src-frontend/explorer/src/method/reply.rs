//! What came of a call: the value, the error by its layer, the items of a stream.

use leptos::prelude::*;
use twinbridge_common::wire::Value;

use super::{
    desk::{Desk, Failure, Outcome, Run},
    items::items_view,
    tree,
};
use crate::{format, live::timing_view, problem::problem_view};

pub(super) fn reply_view(desk: Desk) -> impl IntoView {
    let is_stream = desk
        .target
        .with_value(|target| target.method.stream.is_some());
    let is_running = Memo::new(move |_| desk.is_busy());
    view! {
        <section
            id="reply"
            class="reply"
            aria-labelledby="reply-title"
            data-state=move || state(&desk.run.read())
        >
            <header class="section-head">
                <h2 id="reply-title">"Reply"</h2>
                <span id="reply-facts" class="muted" role="status">
                    {move || facts(&desk.run.read())}
                </span>
                <span class="grow"></span>
                <button
                    type="button"
                    id="cancel"
                    hidden=move || !is_running.get()
                    on:click=move |_| desk.cancel()
                >
                    "Cancel"
                </button>
            </header>
            {is_stream.then(|| items_view(desk.items, is_running))}
            {move || match &*desk.run.read() {
                Run::Over(outcome) => view! {
                    {timing_view(outcome.timing)}
                    {over(outcome, is_stream.then(|| desk.items.count()))}
                }
                .into_any(),
                Run::Idle => {
                    let text = "Nothing was called so far. Ctrl+Enter calls, from any field.";
                    view! { <p class="empty">{text}</p> }.into_any()
                }
                Run::Running(_) | Run::Streaming => ().into_any(),
            }}
        </section>
    }
}

/// The end of a call, or that of a stream after so many items.
fn over(outcome: &Outcome, items: Option<u64>) -> AnyView {
    match (&outcome.result, items) {
        (Ok(_), Some(0)) => {
            let text = "The stream has ended without an item. Other arguments may give some.";
            view! { <p class="empty">{text}</p> }.into_any()
        }
        (Ok(_), Some(_)) => view! { <p class="empty">"The stream has ended."</p> }.into_any(),
        (Ok(value), None) => value_or_nothing(value),
        (Err(Failure { problem, details }), _) => {
            let details = details.clone();
            view! {
                {problem_view("reply-error", problem.clone())}
                {details.map(|details| tree::value_view("reply-details", details))}
            }
            .into_any()
        }
    }
}

fn value_or_nothing(value: &Value) -> AnyView {
    match value {
        Value::Undefined => {
            view! { <p class="empty" id="reply-value">"Done; the method returns nothing."</p> }
                .into_any()
        }
        value => tree::value_view("reply-value", value.clone()),
    }
}

/// The state as tests and the style sheet know it.
fn state(run: &Run) -> &'static str {
    match run {
        Run::Idle => "idle",
        Run::Running(_) => "running",
        Run::Streaming => "streaming",
        Run::Over(outcome) => match &outcome.result {
            Ok(_) => "ok",
            Err(failure) => failure.problem.layer,
        },
    }
}

fn facts(run: &Run) -> String {
    match run {
        Run::Idle | Run::Running(None) => String::new(),
        Run::Running(Some(elapsed)) => format!("running for {}", format::seconds(*elapsed)),
        Run::Streaming => "streaming".to_owned(),
        Run::Over(outcome) => format!(
            "{}{} (1 ms clock) · sent {} · received {}",
            outcome.timing.total().map_or_else(String::new, |total| {
                format!("{} at the backend · round trip ", format::time(total))
            }),
            format::milliseconds(outcome.took),
            format::bytes(outcome.sent),
            format::bytes(outcome.received)
        ),
    }
}
