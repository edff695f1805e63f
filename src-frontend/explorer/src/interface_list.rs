//! The list of interfaces: what the backend registers, and what this page declares beyond it.
//!
//! Plain links, so that the keyboard, the address and Back work as everywhere.

use leptos::prelude::*;
use twinbridge_common::{interfaces::host::InterfaceDescription, wire::Verdict};

use crate::{
    app::current,
    connection::{Connection, Stage},
    dom,
    route::Route,
    service_list::{self, service_list},
};

/// Digits of a fingerprint that are enough to tell two apart by eye.
const SHORT: usize = 8;

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    channel: String,
    version: String,
    fingerprint: Option<String>,
    standing: Standing,
    methods: Vec<String>,
}

/// How an interface stands between the halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Both halves have it, and agree.
    Fits,
    /// Both halves have it, and differ.
    Differs,
    /// This page was built with it, and the backend has no handler.
    Missing,
    /// The backend has it, and this page does not use it.
    Unused,
}

impl Standing {
    /// How `channel`, which the backend has registered, stands.
    pub(crate) fn of(channel: &str, verdicts: &[Verdict]) -> Self {
        match verdicts
            .iter()
            .find(|verdict| verdict.channel.as_str() == channel)
        {
            None => Self::Unused,
            Some(verdict) if verdict.fits => Self::Fits,
            Some(verdict) if verdict.backend.is_some() => Self::Differs,
            Some(_) => Self::Missing,
        }
    }

    /// In words, with a sign that does not depend on colour.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::Fits => "✓ fits",
            Self::Differs => "✗ differs",
            Self::Missing => "✗ not in the backend",
            Self::Unused => "not used here",
        }
    }

    /// Class for the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Fits => "standing good",
            Self::Differs | Self::Missing => "standing bad",
            Self::Unused => "standing muted",
        }
    }
}

pub(crate) fn interface_list(connection: Connection, route: ReadSignal<Route>) -> impl IntoView {
    let filter = RwSignal::new(String::new());
    let entries = Memo::new(move |_| {
        connection.interfaces.with(|interfaces| {
            entries(
                interfaces.as_deref().unwrap_or_default(),
                &connection.verdicts.read(),
            )
        })
    });
    let shown = Memo::new(move |_| {
        let route = route.get();
        found(&entries.read(), &filter.read(), route.channel())
    });
    view! {
        <div class="interfaces" on:keydown=|event| dom::move_among_links(&event, "#interface-lists")>
            <h2 id="interfaces-title">"Interfaces"</h2>
            <input
                type="search"
                id="interface-filter"
                placeholder="Filter"
                aria-label="Filter interfaces and methods"
                autocomplete="off"
                spellcheck="false"
                on:input=move |event| filter.set(event_target_value(&event))
            />
            <div id="interface-lists">
                <h3 id="ipc-title">"IPC"</h3>
                <ul id="interfaces" class="links" aria-labelledby="ipc-title">
                    {move || {
                        let shown = shown.get();
                        if shown.is_empty() {
                            let text = empty_text(connection, !filter.read().is_empty());
                            return view! { <li class="empty">{text}</li> }.into_any();
                        }
                        shown.into_iter().map(|found| link(found, route)).collect_view().into_any()
                    }}
                </ul>
                <h3 id="services-title">"RPC"</h3>
                {service_list(connection, route, filter)}
            </div>
        </div>
    }
}

/// What a list of interfaces says where the filter leaves none.
pub(crate) const NONE_PASSES: &str =
    "None has this in its name or a method's. Empty the filter to see all.";

/// What it says without a backend.
pub(crate) const NO_CONNECTION: &str =
    "None: there is no connection. Reload the page to try again.";

fn empty_text(connection: Connection, is_filtered: bool) -> &'static str {
    match *connection.stage.read() {
        _ if is_filtered => NONE_PASSES,
        Stage::Connecting | Stage::Connected => "Asking the backend…",
        Stage::Served => "None: they need the session of a window.",
        _ => NO_CONNECTION,
    }
}

/// An interface that the list shows, and its methods that it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    entry: Entry,
    methods: Vec<String>,
}

/// Which of the methods a filter leaves; `None` where it leaves not even the interface. One with
/// the words in its own name stays, and those with methods that have them. Without words only the
/// interface that is looked at unfolds.
pub(crate) fn filtered<'a>(
    name: &str,
    methods: impl Iterator<Item = &'a str>,
    filter: &str,
    is_current: bool,
) -> Option<Vec<String>> {
    let filter = filter.trim().to_lowercase();
    let has = |name: &str| name.to_lowercase().contains(&filter);
    let is_shown = |method: &&str| match filter.is_empty() {
        true => is_current,
        false => has(method),
    };
    let methods: Vec<_> = methods.filter(is_shown).map(str::to_owned).collect();
    (has(name) || !methods.is_empty()).then_some(methods)
}

fn found(entries: &[Entry], filter: &str, current: Option<&str>) -> Vec<Found> {
    let entries = entries.iter().filter_map(|entry| {
        let is_current = current == Some(&*entry.channel);
        let methods = entry.methods.iter().map(String::as_str);
        let methods = filtered(&entry.channel, methods, filter, is_current)?;
        let entry = entry.clone();
        Some(Found { entry, methods })
    });
    entries.collect()
}

/// Links to methods of the interface of `channel`.
pub(crate) fn method_links(
    channel: &str,
    methods: Vec<String>,
    route: ReadSignal<Route>,
) -> Option<AnyView> {
    let links = methods.into_iter().map(|method| {
        let to = service_list::method_route(channel, &method);
        let href = to.link();
        view! {
            <li>
                <a href=href aria-current=move || current(route.with(|route| *route == to))>
                    {method}
                </a>
            </li>
        }
    });
    let links: Vec<_> = links.collect();
    (!links.is_empty()).then(|| view! { <ul class="methods">{links}</ul> }.into_any())
}

fn link(found: Found, route: ReadSignal<Route>) -> AnyView {
    let Found { entry, methods } = found;
    let Entry {
        channel,
        version,
        fingerprint,
        standing,
        ..
    } = entry;
    let to = Route::Interface(channel.clone());
    let href = to.link();
    let name = channel.clone();
    let short = fingerprint.map(|digits| {
        let short = digits.get(..SHORT).unwrap_or(&digits).to_owned();
        view! { <code class="fingerprint" title=digits>{short}</code> }
    });
    let methods = method_links(&channel, methods, route);
    view! {
        <li data-channel=channel>
            <a href=href aria-current=move || current(route.with(|route| *route == to))>
                <span class="name">{name}</span>
                <span class="version">{version}</span>
                {short}
                <span class=standing.class()>{standing.in_words()}</span>
            </a>
            {methods}
        </li>
    }
    .into_any()
}

/// What the backend registers, then what this page declares and the backend does not have.
fn entries(interfaces: &[InterfaceDescription], verdicts: &[Verdict]) -> Vec<Entry> {
    let own = interfaces
        .iter()
        .filter(|interface| !service_list::is_rpc(&interface.channel));
    let registered = own.map(|interface| Entry {
        channel: interface.channel.clone(),
        version: interface.version.clone(),
        fingerprint: interface.fingerprint.clone(),
        standing: Standing::of(&interface.channel, verdicts),
        methods: interface
            .methods
            .iter()
            .map(|method| method.name.clone())
            .collect(),
    });
    let missing = verdicts
        .iter()
        .filter(|verdict| {
            interfaces
                .iter()
                .all(|known| known.channel != verdict.channel.as_str())
        })
        .map(|verdict| Entry {
            channel: verdict.channel.to_string(),
            version: verdict.frontend.version.clone(),
            fingerprint: verdict
                .frontend
                .fingerprint
                .map(|fingerprint| fingerprint.to_string()),
            standing: Standing::of(verdict.channel.as_str(), verdicts),
            methods: Vec::new(),
        });
    registered.chain(missing).collect()
}

#[cfg(test)]
mod tests {
    use twinbridge_common::wire::{Build, ChannelName};

    use super::*;

    fn registered(channel: &str) -> InterfaceDescription {
        InterfaceDescription {
            channel: channel.into(),
            version: "1.0.0".into(),
            name: String::new(),
            docs: String::new(),
            fingerprint: None,
            methods: Vec::new(),
        }
    }

    fn declared(channel: &'static str, fits: bool, in_backend: bool) -> Verdict {
        let build = Build {
            version: "1.0.0".into(),
            fingerprint: None,
        };
        Verdict {
            channel: ChannelName::literal(channel),
            frontend: build.clone(),
            backend: in_backend.then_some(build),
            fits,
        }
    }

    #[test]
    fn every_interface_of_either_half_is_listed_once_and_rpc_elsewhere() {
        let interfaces = ["host", "files", "notes", "rpc-control", "rpc/ToolsRpc"].map(registered);
        let verdicts = [
            declared("host", true, true),
            declared("files", false, true),
            declared("search", false, false),
        ];
        let found: Vec<_> = entries(&interfaces, &verdicts)
            .into_iter()
            .map(|entry| (entry.channel, entry.standing))
            .collect();
        let expected = [
            ("host", Standing::Fits),
            ("files", Standing::Differs),
            ("notes", Standing::Unused),
            ("search", Standing::Missing),
        ];
        assert_eq!(
            found,
            expected.map(|(channel, standing)| (channel.to_owned(), standing))
        );
    }
    #[test]
    fn a_filter_looks_at_interfaces_and_their_methods() {
        let entry = |channel: &str, methods: &[&str]| Entry {
            channel: channel.into(),
            version: String::new(),
            fingerprint: None,
            standing: Standing::Fits,
            methods: methods.iter().map(|name| (*name).to_owned()).collect(),
        };
        let entries = [
            entry("host", &["appInfo", "interfaces"]),
            entry("files", &["open", "lineCount"]),
        ];
        for (filter, current, expected) in [
            ("", None, vec![("host", vec![]), ("files", vec![])]),
            (
                "",
                Some("files"),
                vec![("host", vec![]), ("files", vec!["open", "lineCount"])],
            ),
            (" FILE", Some("host"), vec![("files", vec![])]),
            (
                "in",
                None,
                vec![
                    ("host", vec!["appInfo", "interfaces"]),
                    ("files", vec!["lineCount"]),
                ],
            ),
            ("nothing", Some("host"), vec![]),
        ] {
            let found = found(&entries, filter, current);
            let found: Vec<_> = found
                .iter()
                .map(|found| {
                    let methods = found.methods.iter().map(String::as_str);
                    (found.entry.channel.as_str(), methods.collect::<Vec<_>>())
                })
                .collect();
            assert_eq!(found, expected, "{filter:?}");
        }
    }
}
