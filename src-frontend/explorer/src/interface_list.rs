//! The list of interfaces: what the backend registers, and what this page declares beyond it.
//!
//! Plain links, so that the keyboard, the address and Back work as everywhere.

use leptos::prelude::*;
use twinbridge_common::{interfaces::host::InterfaceDescription, wire::Verdict};

use crate::{
    app::current,
    connection::{Connection, Stage},
    route::Route,
    service_list,
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
            Self::Unused => "not used by this page",
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
    let entries = Memo::new(move |_| {
        connection.interfaces.with(|interfaces| {
            entries(
                interfaces.as_deref().unwrap_or_default(),
                &connection.verdicts.read(),
            )
        })
    });
    view! {
        <ul id="interfaces" class="links" aria-labelledby="interfaces-title">
            {move || {
                let entries = entries.get();
                if entries.is_empty() {
                    let text = match *connection.stage.read() {
                        Stage::Connecting | Stage::Connected => "Asking the backend…",
                        Stage::Served => "None: they need the session of a window.",
                        _ => "None: there is no connection.",
                    };
                    return view! { <li class="empty">{text}</li> }.into_any();
                }
                entries.into_iter().map(|entry| link(entry, route)).collect_view().into_any()
            }}
        </ul>
    }
}

fn link(entry: Entry, route: ReadSignal<Route>) -> AnyView {
    let Entry {
        channel,
        version,
        fingerprint,
        standing,
    } = entry;
    let to = Route::Interface(channel.clone());
    let href = to.link();
    let name = channel.clone();
    let short = fingerprint.map(|digits| {
        let short = digits.get(..SHORT).unwrap_or(&digits).to_owned();
        view! { <code class="fingerprint" title=digits>{short}</code> }
    });
    view! {
        <li data-channel=channel>
            <a href=href aria-current=move || current(route.with(|route| *route == to))>
                <span class="name">{name}</span>
                <span class="version">{version}</span>
                {short}
                <span class=standing.class()>{standing.in_words()}</span>
            </a>
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
}
