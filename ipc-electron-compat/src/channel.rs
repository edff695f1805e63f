//! Channel names as the sockets of iTwin.js and Electron see them.
//!
//! Adds, recognises and checks the prefix, and words the two refusals that concern a name. Does not
//! register channels and does not know which exist. Used by the page globals and by every edge that
//! maps a prefixed name to one of ours.

/// Adds the prefix of iTwin.js: `notes` becomes `itwin.notes`.
///
/// An already prefixed name gets a second prefix, as in iTwin.js. Mirrors iTwin.js: `iTwinChannel`.
pub fn itwin_channel(name: &str) -> String {
    ChannelPrefix::ITwin.channel(name)
}

/// The name behind `itwin.`; `None` if `channel` does not begin so.
pub fn strip_itwin(channel: &str) -> Option<&str> {
    ChannelPrefix::ITwin.strip(channel)
}

/// What every channel name begins with on a socket.
#[cfg_attr(doc, doc = include_str!("../examples/channels.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChannelPrefix {
    /// `itwin.`, since 2.12; the page global is `window.itwinjs`.
    ITwin,
    /// `imodeljs.`, up to 2.11; the page global is `window.imodeljs_api`.
    IModelJs,
}

impl ChannelPrefix {
    /// The prefix with its dot.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ITwin => "itwin.",
            Self::IModelJs => "imodeljs.",
        }
    }

    /// Adds this prefix to `name`.
    pub fn channel(self, name: &str) -> String {
        format!("{}{name}", self.as_str())
    }

    /// The name behind this prefix; `None` if `channel` does not begin with it.
    pub fn strip(self, channel: &str) -> Option<&str> {
        channel.strip_prefix(self.as_str())
    }

    /// The prefix of `channel` and the name behind it; `None` if it has neither prefix.
    pub fn recognise(channel: &str) -> Option<(Self, &str)> {
        [Self::ITwin, Self::IModelJs]
            .into_iter()
            .find_map(|prefix| Some((prefix, prefix.strip(channel)?)))
    }

    /// The name behind this prefix, or the refusal of Electron's preload script.
    ///
    /// The script asks this in `send`, `addListener`, `once` and `invoke`, but not in
    /// `removeListener`.
    ///
    /// # Errors
    /// [`IllegalChannelName`] if `channel` does not begin with this prefix.
    pub fn guard(self, channel: &str) -> Result<&str, IllegalChannelName> {
        self.strip(channel).ok_or_else(|| IllegalChannelName {
            channel: channel.to_owned(),
        })
    }
}

/// A page named a channel without the prefix. The text is that of Electron's preload script.
#[cfg_attr(doc, doc = include_str!("../examples/channels.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("illegal channel name '{channel}'")]
pub struct IllegalChannelName {
    channel: String,
}

/// A page invoked a channel that has no handler. The text is that of Electron.
///
/// Electron rejects `invoke` with a plain `Error` of this text, outside of any reply, so that the
/// call fails without a `BackendError`. The WebSocket carrier of iTwin.js does not answer at all.
#[cfg_attr(doc, doc = include_str!("../examples/channels.md"))]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Error invoking remote method '{channel}': Error: No handler registered for '{channel}'")]
pub struct NoHandlerRegistered {
    channel: String,
}

impl NoHandlerRegistered {
    /// `channel` is the name as the socket sees it, with its prefix.
    pub fn new(channel: impl Into<String>) -> Self {
        Self {
            channel: channel.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_prefixed_and_stripped_unchanged() {
        for name in [
            "notes",
            "itwinjs-core/ipc-app",
            "nativeApp.progress-0x1",
            "itwin.twice",
            "",
        ] {
            let channel = itwin_channel(name);
            assert_eq!(channel, format!("itwin.{name}"));
            assert_eq!(strip_itwin(&channel), Some(name));
        }
    }

    #[test]
    fn either_prefix_is_recognised_and_no_other() {
        for (channel, expected) in [
            ("itwin.notes", Some((ChannelPrefix::ITwin, "notes"))),
            (
                "imodeljs.rpc.data",
                Some((ChannelPrefix::IModelJs, "rpc.data")),
            ),
            (
                "itwin.imodeljs.x",
                Some((ChannelPrefix::ITwin, "imodeljs.x")),
            ),
            ("ITwin.notes", None),
            ("itwin", None),
            ("itwinjs.notes", None),
            ("notes", None),
            ("", None),
        ] {
            assert_eq!(ChannelPrefix::recognise(channel), expected, "{channel}");
        }
    }

    #[test]
    fn the_preload_guard_refuses_in_electrons_words() {
        assert_eq!(ChannelPrefix::ITwin.guard("itwin.notes"), Ok("notes"));
        assert_eq!(ChannelPrefix::IModelJs.guard("imodeljs.notes"), Ok("notes"));
        for (prefix, channel, text) in [
            (
                ChannelPrefix::ITwin,
                "notes",
                "illegal channel name 'notes'",
            ),
            (
                ChannelPrefix::ITwin,
                "imodeljs.notes",
                "illegal channel name 'imodeljs.notes'",
            ),
            (
                ChannelPrefix::IModelJs,
                "itwin.notes",
                "illegal channel name 'itwin.notes'",
            ),
            (ChannelPrefix::ITwin, "", "illegal channel name ''"),
        ] {
            assert_eq!(prefix.guard(channel).unwrap_err().to_string(), text);
        }
    }

    #[test]
    fn an_unknown_channel_is_refused_in_electrons_words() {
        assert_eq!(
            NoHandlerRegistered::new("itwin.probe/nochannel").to_string(),
            "Error invoking remote method 'itwin.probe/nochannel': \
             Error: No handler registered for 'itwin.probe/nochannel'"
        );
    }
}
