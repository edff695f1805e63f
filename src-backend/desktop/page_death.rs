//! What a window does when the process of its page dies: it loads the page again, once.
//!
//! A page that dies again soon would die forever, so the window then shows a page of ours that
//! says so and has a link to try again. That page needs no script and no bridge; the rules here
//! are plain data, and the webview acts on them.

use std::time::Duration;

/// A window without a death for this long has recovered: the next one is a first one.
const RECOVERED: Duration = Duration::from_secs(60);

/// The deaths of one window's pages.
#[derive(Debug, Default)]
pub(super) struct Deaths {
    last: Option<Duration>,
}

/// What the window shows next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The page, loaded again.
    Reload,
    /// The page that tells of the death.
    Explanation,
}

impl Deaths {
    /// A page died at `now`, counted from any fixed moment; `has_greeted` says whether it had
    /// come so far as to greet the backend.
    pub(super) fn died(&mut self, has_greeted: bool, now: Duration) -> Next {
        let is_first = self.last.is_none_or(|last| {
            // Greeting alone is not enough: some pages die of what they do afterwards.
            has_greeted && now.saturating_sub(last) >= RECOVERED
        });
        self.last = Some(now);
        if is_first {
            Next::Reload
        } else {
            Next::Explanation
        }
    }
}

/// The page that tells of the death, with a link to `retry`.
///
/// Its policy allows nothing but its own styles, and where it is shown it has no origin of its
/// own, so that it gets no bridge.
pub(super) fn explanation(retry: &str) -> String {
    include_str!("page_death.html").replace("{retry}", &escaped(retry))
}

/// Text as the value of an attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_loaded_again_once_and_anew_after_it_has_recovered() {
        for (deaths, next) in [
            (&[(true, 5)][..], Next::Reload),
            (&[(false, 5)], Next::Reload),
            (&[(true, 5), (true, 6)], Next::Explanation),
            (&[(true, 5), (false, 6)], Next::Explanation),
            (&[(true, 5), (true, 64)], Next::Explanation),
            (&[(true, 5), (true, 65)], Next::Reload),
            // It never came up.
            (&[(true, 5), (false, 500)], Next::Explanation),
            (&[(true, 5), (true, 65), (true, 70)], Next::Explanation),
            (&[(true, 5), (true, 6), (true, 7)], Next::Explanation),
            (&[(true, 5), (true, 6), (true, 66)], Next::Reload),
        ] {
            let mut window = Deaths::default();
            let mut last = None;
            for (has_greeted, seconds) in deaths {
                last = Some(window.died(*has_greeted, Duration::from_secs(*seconds)));
            }
            assert_eq!(last, Some(next), "{deaths:?}");
        }
    }

    #[test]
    fn the_link_leads_back_and_nowhere_else() {
        let page = explanation("tauri://localhost/#/ipc/\"><script>&");
        assert!(
            page.contains(r#"href="tauri://localhost/#/ipc/&quot;&gt;&lt;script&gt;&amp;""#),
            "{page}"
        );
        assert!(!page.contains("<script"), "{page}");
    }
}
