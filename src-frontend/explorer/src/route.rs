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
}

const INTERFACE: &str = "#/ipc/";

impl Route {
    /// The link that leads there.
    pub(crate) fn link(&self) -> String {
        match self {
            Self::Files => "#/files".to_owned(),
            Self::Interface(channel) => {
                format!("{INTERFACE}{}", String::from(js_sys::encode_uri(channel)))
            }
        }
    }

    /// The part that `fragment`, decoded, names.
    fn parse(fragment: &str) -> Self {
        match fragment.strip_prefix(INTERFACE) {
            Some(channel) if !channel.is_empty() => Self::Interface(channel.to_owned()),
            _ => Self::Files,
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
        for fragment in ["", "#", "#/files", "#/ipc/", "#/elsewhere"] {
            assert_eq!(Route::parse(fragment), Route::Files, "{fragment:?}");
        }
    }

    #[test]
    fn a_channel_may_have_slashes() {
        let route = Route::Interface("itwinjs-core/ipc-app".into());
        assert_eq!(Route::parse("#/ipc/itwinjs-core/ipc-app"), route);
    }
}
