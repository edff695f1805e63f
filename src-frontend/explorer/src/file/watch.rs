//! The open file as it changes: what is appended to it, and what else becomes of it.
//!
//! The backend looks at the file and tells by a stream, for as long as the file is open here.

use twinbridge_common::interfaces::files::{FilesError, FollowEvent};

use crate::format;

/// What became of the open file, other than that it grew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// For tests and the style sheet.
    pub(crate) kind: &'static str,
    /// A sentence or two.
    pub(crate) text: String,
    /// What the button says that opens the path again; none where that would not help.
    pub(crate) reopen: Option<&'static str>,
}

impl Change {
    /// What an event says; `None` where the file only grew.
    pub(super) fn of(event: &FollowEvent) -> Option<Self> {
        let (kind, text, reopen) = match event {
            FollowEvent::Truncated { now } => (
                "truncated",
                format!(
                    "The file was cut or written anew in its place, and has {} now.",
                    format::bytes(*now)
                ),
                Some("Open it again"),
            ),
            FollowEvent::Replaced => (
                "replaced",
                "Another file came to this path, as when a log is rotated. Here are the lines of \
                 the old one, to its end."
                    .to_owned(),
                Some("Open the new file"),
            ),
            FollowEvent::Deleted => (
                "deleted",
                "The file was removed from its path. While it is open here its lines can be read; \
                 a new file at the path will be told."
                    .to_owned(),
                None,
            ),
            _ => return None,
        };
        Some(Self { kind, text, reopen })
    }
}

/// Whether opening the path again is the remedy.
pub(super) fn is_reopening_of_use(error: &FilesError) -> bool {
    matches!(
        error,
        FilesError::Truncated { .. }
            | FilesError::Rewritten { .. }
            | FilesError::NotOpen { .. }
            | FilesError::Io { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growing_is_no_change_worth_a_sentence_and_everything_else_is() {
        let grown = FollowEvent::Appended { lines: 1, bytes: 2 };
        assert_eq!(Change::of(&grown), None);
        let cut = Change::of(&FollowEvent::Truncated { now: 2048 }).unwrap();
        assert_eq!(
            cut.text,
            "The file was cut or written anew in its place, and has 2 KiB now."
        );
        assert!(cut.reopen.is_some());
        assert!(Change::of(&FollowEvent::Replaced).unwrap().reopen.is_some());
        // There is nothing at the path.
        assert_eq!(Change::of(&FollowEvent::Deleted).unwrap().reopen, None);
    }
}
