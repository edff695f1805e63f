//! The files that were open last, which the browser keeps for the page.
//!
//! A convenience: where nothing can be kept there are none.

use leptos::prelude::*;

use crate::dom;

/// How many are kept.
const MOST: usize = 10;

const KEY: &str = "recent-files";

/// Paths, the last one first. Copies are the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recent(RwSignal<Vec<String>>);

impl Recent {
    /// Those of earlier pages.
    pub(super) fn load() -> Self {
        let kept = dom::kept(KEY).and_then(|text| serde_json::from_str(&text).ok());
        Self(RwSignal::new(kept.unwrap_or_default()))
    }

    /// The paths, the last one first.
    pub(super) fn paths(self) -> Vec<String> {
        self.0.get()
    }

    /// A file was opened.
    pub(super) fn add(self, path: &str) {
        self.0.update(|paths| put_first(paths, path));
        self.keep();
    }

    /// Forgets all.
    pub(super) fn clear(self) {
        self.0.set(Vec::new());
        self.keep();
    }

    fn keep(self) {
        // A list of texts can always be written.
        if let Ok(text) = self.0.with_untracked(serde_json::to_string) {
            dom::keep(KEY, &text);
        }
    }
}

fn put_first(paths: &mut Vec<String>, path: &str) {
    paths.retain(|other| other != path);
    paths.insert(0, path.to_owned());
    paths.truncate(MOST);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_is_first_and_none_is_there_twice() {
        let mut paths = Vec::new();
        for path in ["/a", "/b", "/a"] {
            put_first(&mut paths, path);
        }
        assert_eq!(paths, ["/a", "/b"]);
        for number in 0..100 {
            put_first(&mut paths, &number.to_string());
        }
        assert_eq!((paths.len(), paths[0].as_str()), (MOST, "99"));
    }
}
