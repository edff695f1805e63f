//! The page of a method: what it is, the form, the reply, the last calls.

use leptos::{ev, prelude::*};
use twinbridge_common::interfaces::host::MethodDescription;

use super::{
    desk::{Desk, Desks, Past},
    reply::reply_view,
    tree,
};
use crate::{
    connection::Connection, dom, form::form_view, format, prose::prose, schema::schema_view,
    service_list, typescript,
};

pub(crate) fn method_page(
    connection: Connection,
    desks: Desks,
    channel: String,
    name: String,
) -> AnyView {
    let found = Memo::new({
        let (channel, name) = (channel.clone(), name.clone());
        move |_| connection.method(&channel, &name)
    });
    let shown = format!("{channel}/{name}");
    view! {
        <section id="method" class="page" data-shown=shown>
            {move || match (found.get(), connection.interfaces.read().is_some()) {
                (Some(method), _) => described(connection, desks.of(&channel, &method), &method),
                (None, true) => absent(&channel, &name),
                (None, false) => view! { <p class="empty">"Asking the backend…"</p> }.into_any(),
            }}
        </section>
    }
    .into_any()
}

fn absent(channel: &str, name: &str) -> AnyView {
    let text = format!("The backend has no method `{name}` on `{channel}`.");
    let to = service_list::interface_route(channel).link();
    view! {
        <p class="empty">{text}" Choose one of "<a class="link" href=to>"its interface"</a>"."</p>
    }
    .into_any()
}

fn described(connection: Connection, desk: Desk, method: &MethodDescription) -> AnyView {
    let channel = desk.target.with_value(|target| target.channel.clone());
    let interface = service_list::interface_route(&channel).link();
    let call = move || {
        if let Some(calls) = connection.calls() {
            desk.call(&calls);
        }
    };
    let keys = window_event_listener(ev::keydown, move |event| {
        if dom::is_in_dialog(&event) {
            return;
        }
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            call();
        } else if event.key() == "Escape" {
            desk.cancel();
        }
    });
    on_cleanup(move || keys.remove());
    view! {
        <div>
            <header class="page-head">
                <h1>
                    <a class="link muted" href=interface>
                        {service_list::plain_name(&channel).to_owned()}
                    </a>
                    "."
                    {method.name.clone()}
                </h1>
            </header>
            {prose(&method.docs)}
            {signatures(method)}
            {arguments(desk)}
            <div class="call-bar">
                <button
                    type="button"
                    id="call"
                    class="primary"
                    title="Ctrl+Enter"
                    disabled=move || desk.is_busy() || !connection.is_open()
                    on:click=move |_| call()
                >
                    "Call"
                </button>
                <span id="call-hint" class="muted">
                    {move || match connection.is_open() {
                        true => "Ctrl+Enter",
                        false => "There is no connection. Reload the page to call.",
                    }}
                </span>
                <span class="grow"></span>
                <label class="check">
                    <input
                        type="checkbox"
                        id="as-json"
                        prop:checked=move || desk.is_json.get()
                        on:change=move |event| desk.show_json(event_target_checked(&event))
                    />
                    "Arguments as JSON"
                </label>
            </div>
            {reply_view(desk)}
            {history(desk)}
        </div>
    }
    .into_any()
}

fn signatures(method: &MethodDescription) -> impl IntoView {
    let rust = method.signature.clone();
    let typescript = typescript::signature(method);
    let result = method.result.as_ref();
    let result = result.map(|schema| schema_view(Some("Result"), schema));
    let item = method.stream.as_ref();
    let item = item.map(|stream| schema_view(Some("Item"), &stream.item));
    let error = method.error.as_ref();
    let error = error.map(|schema| schema_view(Some("Error"), schema));
    let deadline = (method.deadline_ms > 0).then(|| {
        let after = format::count(method.deadline_ms.into());
        view! { <p class="muted">"Deadline: "{after}" ms"</p> }
    });
    view! {
        <div class="signatures">
            <figure>
                <figcaption>"Rust"</figcaption>
                <pre id="signature-rust" class="signature" tabindex="0">{rust}</pre>
            </figure>
            <figure>
                <figcaption>"TypeScript"</figcaption>
                <pre id="signature-typescript" class="signature" tabindex="0">{typescript}</pre>
            </figure>
        </div>
        {result}
        {item}
        {error}
        {deadline}
    }
}

fn arguments(desk: Desk) -> impl IntoView {
    view! {
        <section class="arguments" aria-labelledby="arguments-title">
            <h2 id="arguments-title">"Arguments"</h2>
            {move || {
                if desk.is_json.get() {
                    json_editor(desk).into_any()
                } else {
                    form_view(desk.form).into_any()
                }
            }}
        </section>
    }
}

fn json_editor(desk: Desk) -> impl IntoView {
    view! {
        <textarea
            id="arguments-json"
            class="code"
            rows="8"
            spellcheck="false"
            autocapitalize="off"
            aria-label="Arguments as one JSON object"
            prop:value=move || desk.json.get()
            on:input=move |event| {
                desk.json.set(event_target_value(&event));
                desk.wrong.set(None);
            }
        ></textarea>
        <p class="hint">
            "Bytes are written as " <code>r#"{"$bytes": "00ff"}"#</code>
            ", and what JSON lacks with the markers of the wire, as "
            <code>r#"{"$twinbridge": ["number", "NaN"]}"#</code> "."
        </p>
        {move || {
            let wrong = desk.wrong.get()?;
            Some(view! { <p class="wrong" role="alert" id="json-wrong">{wrong}</p> })
        }}
    }
}

fn history(desk: Desk) -> impl IntoView {
    view! {
        <section class="history" aria-labelledby="history-title">
            <h2 id="history-title">"Last calls"</h2>
            <p id="history-empty" class="empty" hidden=move || !desk.history.read().is_empty()>
                "None so far. The last 20 will stand here; a click fills their arguments in again."
            </p>
            <ol id="history">
                {move || {
                    desk.history.get().into_iter().map(|past| past_row(desk, past)).collect_view()
                }}
            </ol>
        </section>
    }
}

fn past_row(desk: Desk, past: Past) -> impl IntoView {
    let names = desk.target.get_value();
    let arguments = names.method.arguments.iter().zip(&past.arguments);
    let arguments: Vec<_> = arguments
        .map(|(argument, value)| format!("{}: {}", argument.name, tree::one_line(value, 60)))
        .collect();
    let text = match arguments.join(", ") {
        text if text.is_empty() => "no arguments".to_owned(),
        text => text,
    };
    let Past {
        arguments,
        fate,
        took,
        timing,
    } = past;
    let took = timing
        .total()
        .map_or_else(|| format::milliseconds(took), format::time);
    view! {
        <li>
            <button
                type="button"
                class="past"
                title="Fill in these arguments again"
                on:click=move |_| desk.fill(&arguments)
            >
                <code class="text">{text}</code>
                <span class="fate" data-fate=fate>{fate}</span>
                <span class="took">{took}</span>
            </button>
        </li>
    }
}
