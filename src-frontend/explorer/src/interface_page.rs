//! One interface as its contract says it: documentation, methods, and the verdict.
//!
//! Everything comes from the backend's own description, so interfaces that this page was not
//! built with are shown as fully as its own.

use leptos::prelude::*;
use twinbridge_common::interfaces::host::{InterfaceDescription, MethodDescription};

use crate::{connection::Connection, format, interface_list::Standing, prose::prose, service_list};

pub(crate) fn interface_page(connection: Connection, channel: String) -> AnyView {
    let shown = channel.clone();
    view! {
        <section id="interface" class="page" data-shown=shown>
            {move || {
                let interfaces = connection.interfaces.read();
                let found = interfaces
                    .iter()
                    .flatten()
                    .find(|interface| interface.channel == channel);
                match (found, interfaces.is_some()) {
                    (Some(interface), _) => described(connection, interface),
                    (None, true) => absent(connection, &channel),
                    (None, false) => view! { <p class="empty">"Asking the backend…"</p> }.into_any(),
                }
            }}
        </section>
    }
    .into_any()
}

fn described(connection: Connection, interface: &InterfaceDescription) -> AnyView {
    let channel = &interface.channel;
    let (shown, standing) = match service_list::standing_of(channel, connection) {
        Some((name, standing)) => (name, standing),
        None => {
            let standing = Standing::of(channel, &connection.verdicts.read());
            (channel.clone(), standing)
        }
    };
    let contract = match &interface.fingerprint {
        Some(fingerprint) => view! {
            <span>"trait "<code>{interface.name.clone()}</code></span>
            <span>"fingerprint "<code>{fingerprint.clone()}</code></span>
        }
        .into_any(),
        None => view! { <span>"no contract: answers by method name"</span> }.into_any(),
    };
    let methods = interface.methods.len() as u64;
    view! {
        <header class="page-head">
            <h1>{shown}" "<span class="version">{interface.version.clone()}</span></h1>
            <span class=standing.class()>{standing.in_words()}</span>
        </header>
        <p class="facts">
            {contract}
            <span>{format::counted(methods, "method", "methods")}</span>
        </p>
        {advice(connection, channel)}
        {prose(&interface.docs)}
        {interface.methods.iter().map(|one| method(channel, one)).collect_view()}
    }
    .into_any()
}

/// An interface that only this page has, or nobody.
fn absent(connection: Connection, channel: &str) -> AnyView {
    let advice = advice(connection, channel).unwrap_or_else(|| {
        let text = "The backend has no interface of this name. Choose one from the list.";
        view! { <p class="empty">{text}</p> }.into_any()
    });
    view! { <header class="page-head"><h1>{channel.to_owned()}</h1></header>{advice} }.into_any()
}

fn advice(connection: Connection, channel: &str) -> Option<AnyView> {
    let verdicts = connection.verdicts.read();
    let verdict = verdicts
        .iter()
        .find(|verdict| verdict.channel.as_str() == channel)?;
    let advice = verdict.advice()?;
    Some(view! { <p class="problem" role="alert">{advice}"."</p> }.into_any())
}

fn method(channel: &str, method: &MethodDescription) -> AnyView {
    let to = service_list::method_route(channel, &method.name).link();
    view! {
        <article class="method" data-method=method.name.clone()>
            <h2><a class="link" href=to>{method.name.clone()}</a></h2>
            <pre class="signature">{method.signature.clone()}</pre>
            {prose(&method.docs)}
        </article>
    }
    .into_any()
}
