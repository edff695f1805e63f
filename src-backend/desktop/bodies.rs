//! Which requests may bring a body into the host.
//!
//! wry reads the body of every request to a custom scheme before any handler is asked, and
//! WebKitGTK up to 2.50 crashes there, in the host's process, if the body is a `Blob` or a form
//! with a file. So bodies are read at the bridge's address only, which no script of a page gets to
//! see, and where an app with a `tauri::Builder` of its own needs them.

use super::{init_script::SCHEME, inspector};

/// The schemes that files are served by, Tauri's and the inspector's: what they are asked for has
/// no body.
const FILES: [&str; 3] = ["tauri", "asset", inspector::SCHEME];

/// The scheme of Tauri's commands, and the header by which it knows its own script's requests.
const COMMANDS: (&str, &str) = ("ipc", "Tauri-Invoke-Key");

/// What may bring bodies in besides the bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Others {
    /// Nothing: the app has no commands of Tauri's, and no schemes of its own.
    Closed,
    /// Tauri's commands by their key, and the app's own schemes.
    Open { invoke_key: String },
}

impl Others {
    /// Whether a request to `address` may bring a body, if pages post to `bridge`.
    fn may_read(
        &self,
        bridge: &str,
        address: &str,
        header: impl FnOnce(&str) -> Option<String>,
    ) -> bool {
        if address == bridge {
            return true;
        }
        let Self::Open { invoke_key } = self else {
            return false;
        };
        match address.split_once(':') {
            None | Some((SCHEME, _)) => false,
            Some((scheme, _)) if FILES.contains(&scheme) => false,
            Some((scheme, _)) if scheme == COMMANDS.0 => {
                header(COMMANDS.1).is_some_and(|key| key == *invoke_key)
            }
            Some(_) => true,
        }
    }
}

/// Leaves all other bodies unread from now on, in the whole process.
#[cfg(target_os = "linux")]
pub(super) fn guard(bridge: String, others: Others) {
    let guarded = twinbridge_webkit::read_bodies_where(move |request| {
        let address = request.address();
        let may = others.may_read(&bridge, &address, |name| request.header(name));
        if !may && !address.starts_with("tauri:") {
            tracing::debug!(address, "a request's body was not read");
        }
        may
    });
    if let Err(error) = guarded {
        tracing::error!(%error, "a page can crash this app by posting a Blob to it");
    }
}

/// The other engines give a body to the host as bytes, or not at all.
#[cfg(not(target_os = "linux"))]
pub(super) fn guard(bridge: String, others: Others) {
    debug_assert!(others.may_read(&bridge, &bridge, |_| None));
}

#[cfg(test)]
mod tests {
    use super::*;

    const BRIDGE: &str = "twinbridge://localhost/ab";

    #[test]
    fn bodies_are_read_where_they_are_needed_and_nowhere_else() {
        let open = Others::Open {
            invoke_key: "key".to_owned(),
        };
        for (address, key, closed_may, open_may) in [
            (BRIDGE, None, true, true),
            ("twinbridge://localhost/", None, false, false),
            ("twinbridge://localhost/ab?", None, false, false),
            ("twinbridge://localhost/ab/", None, false, false),
            ("tauri://localhost/x", None, false, false),
            ("asset://localhost/x", None, false, false),
            ("twinbridge-inspector://localhost/x", None, false, false),
            ("ipc://localhost/x", None, false, false),
            ("ipc://localhost/x", Some("guess"), false, false),
            ("ipc://localhost/x", Some("key"), false, true),
            ("upload://localhost/x", None, false, true),
            ("", None, false, false),
        ] {
            let header = |_: &str| key.map(str::to_owned);
            let got = [&Others::Closed, &open].map(|it| it.may_read(BRIDGE, address, header));
            assert_eq!(got, [closed_may, open_may], "{address} {key:?}");
        }
    }
}
