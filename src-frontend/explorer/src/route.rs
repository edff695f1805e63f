//! Which part of the page is shown: the fragment of its address, so that it survives a reload.
//!
//! Links change it and the browser tells; nothing here loads anything.

use leptos::{
    ev,
    prelude::{ReadSignal, Set as _, location_hash, signal, window_event_listener},
};

/// A part of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The file view; also what an address without a fragment, or with a strange one, shows.
    Files,
    /// One interface, by channel.
    Interface(String),
    /// One RPC interface, by name.
    Service(String),
}

const INTERFACE: &str = "#/ipc/";
const SERVICE: &str = "#/rpc/";

impl Route {
    /// The link that leads there.
    pub(crate) fn link(&self) -> String {
        match self {
            Self::Files => "#/files".to_owned(),
            Self::Interface(channel) => format!("{INTERFACE}{}", encoded(channel)),
            Self::Service(name) => format!("{SERVICE}{}", encoded(name)),
        }
    }

    /// The part that `fragment`, decoded, names.
    fn parse(fragment: &str) -> Self {
        let named = |start| {
            let name = fragment.strip_prefix(start);
            name.filter(|name: &&str| !name.is_empty())
                .map(str::to_owned)
        };
        let interface = named(INTERFACE).map(Self::Interface);
        interface
            .or_else(|| named(SERVICE).map(Self::Service))
            .unwrap_or(Self::Files)
    }
}

fn encoded(name: &str) -> String {
    js_sys::encode_uri(name).into()
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
    // One that somebody typed may not decode; it is then taken as it is.
    let decoded = js_sys::decode_uri_component(&fragment).map_or(fragment, String::from);
    let with_sign = if decoded.starts_with('#') {
        decoded
    } else {
        format!("#{decoded}")
    };
    Route::parse(&with_sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_known_fragment_shows_files() {
        for fragment in ["", "#", "#/files", "#/ipc/", "#/rpc/", "#/elsewhere"] {
            assert_eq!(Route::parse(fragment), Route::Files, "{fragment:?}");
        }
    }

    #[test]
    fn a_channel_may_have_slashes() {
        let route = Route::Interface("itwinjs-core/ipc-app".into());
        assert_eq!(Route::parse("#/ipc/itwinjs-core/ipc-app"), route);
    }

    #[test]
    fn rpc_interfaces_have_addresses_of_their_own() {
        let route = Route::Service("DevToolsRpcInterface".into());
        assert_eq!(Route::parse("#/rpc/DevToolsRpcInterface"), route);
    }
}
