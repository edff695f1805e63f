//! Which part of the page is shown: the fragment of its address, so that it survives a reload.
//!
//! Links change it and the browser tells; nothing here loads anything. A name in an address is
//! percent-encoded, its slashes too: `#/ipc/files%2Fasked/open`.

use leptos::{
    ev,
    prelude::{ReadSignal, Set as _, location_hash, signal, window_event_listener},
};

/// A part of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The file view; also what an address without a fragment, or with a strange one, shows.
    Files,
    /// The short benchmark.
    Bench,
    /// One IPC interface, by channel.
    Interface(String),
    /// One method of an IPC interface.
    Method(String, String),
    /// One RPC interface, by name.
    Service(String),
    /// One operation of an RPC interface.
    Operation(String, String),
}

const BENCH: &str = "#/bench";
const INTERFACE: &str = "#/ipc/";
const SERVICE: &str = "#/rpc/";

impl Route {
    /// The link that leads there.
    pub(crate) fn link(&self) -> String {
        let encoded = |name: &str| String::from(js_sys::encode_uri_component(name));
        match self {
            Self::Files => "#/files".to_owned(),
            Self::Bench => BENCH.to_owned(),
            Self::Interface(channel) => format!("{INTERFACE}{}", encoded(channel)),
            Self::Method(channel, method) => {
                format!("{INTERFACE}{}/{}", encoded(channel), encoded(method))
            }
            Self::Service(name) => format!("{SERVICE}{}", encoded(name)),
            Self::Operation(name, operation) => {
                format!("{SERVICE}{}/{}", encoded(name), encoded(operation))
            }
        }
    }

    /// The part that `fragment` names, whose names `decode` makes readable.
    fn parse(fragment: &str, decode: impl Fn(&str) -> String) -> Self {
        let names = |start| {
            let path: &str = fragment.strip_prefix(start)?;
            let (first, second) = path.split_once('/').unwrap_or((path, ""));
            (!first.is_empty()).then(|| (decode(first), decode(second)))
        };
        match (names(INTERFACE), names(SERVICE)) {
            (Some((channel, method)), _) if method.is_empty() => Self::Interface(channel),
            (Some((channel, method)), _) => Self::Method(channel, method),
            (_, Some((name, operation))) if operation.is_empty() => Self::Service(name),
            (_, Some((name, operation))) => Self::Operation(name, operation),
            (None, None) if fragment == BENCH => Self::Bench,
            (None, None) => Self::Files,
        }
    }

    /// The channel of the IPC interface that is shown, or whose method is.
    pub(crate) fn channel(&self) -> Option<&str> {
        match self {
            Self::Interface(channel) | Self::Method(channel, _) => Some(channel),
            _ => None,
        }
    }

    /// The name of the RPC interface that is shown, or whose operation is.
    pub(crate) fn service(&self) -> Option<&str> {
        match self {
            Self::Service(name) | Self::Operation(name, _) => Some(name),
            _ => None,
        }
    }
}

/// The part shown, kept up to date while the page lives.
pub(crate) fn current() -> ReadSignal<Route> {
    let (route, set_route) = signal(read());
    // The listener lives as long as the page does.
    let _ = window_event_listener(ev::hashchange, move |_| set_route.set(read()));
    route
}

fn read() -> Route {
    let fragment = location_hash().unwrap_or_default();
    let fragment = fragment.trim_start_matches('#');
    // One that somebody typed may not decode; it is then taken as it is.
    Route::parse(&format!("#{fragment}"), |name| {
        js_sys::decode_uri_component(name).map_or_else(|_| name.to_owned(), String::from)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(fragment: &str) -> Route {
        Route::parse(fragment, |name| name.replace("%2F", "/"))
    }

    #[test]
    fn an_address_without_a_known_fragment_shows_files() {
        for fragment in [
            "",
            "#",
            "#/files",
            "#/ipc/",
            "#/ipc//",
            "#/rpc/",
            "#/elsewhere",
        ] {
            assert_eq!(parse(fragment), Route::Files, "{fragment:?}");
        }
    }

    #[test]
    fn a_channel_may_have_slashes() {
        let channel = || "itwinjs-core/ipc-app".to_owned();
        for (fragment, route) in [
            ("#/ipc/host", Route::Interface("host".into())),
            ("#/ipc/host/", Route::Interface("host".into())),
            (
                "#/ipc/host/appInfo",
                Route::Method("host".into(), "appInfo".into()),
            ),
            ("#/ipc/itwinjs-core%2Fipc-app", Route::Interface(channel())),
            ("#/bench", Route::Bench),
            ("#/rpc/Notes", Route::Service("Notes".into())),
            (
                "#/rpc/Notes/read",
                Route::Operation("Notes".into(), "read".into()),
            ),
            (
                "#/ipc/itwinjs-core%2Fipc-app/log",
                Route::Method(channel(), "log".into()),
            ),
        ] {
            assert_eq!(parse(fragment), route);
        }
    }
}
