//! The last things that happened, for a person who looks at a failure.

use std::collections::VecDeque;

/// How many of them.
const KEPT: usize = 100;

/// Keeps nothing unless it is told to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    kept: Option<VecDeque<String>>,
}

impl Trace {
    pub(crate) fn new(keeps: bool) -> Self {
        Self {
            kept: keeps.then(VecDeque::new),
        }
    }

    pub(crate) fn note(&mut self, what: impl FnOnce() -> String) {
        if let Some(kept) = &mut self.kept {
            if kept.len() == KEPT {
                kept.pop_front();
            }
            let mut line = what();
            line.truncate(line.floor_char_boundary(300));
            kept.push_back(line);
        }
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &String> {
        self.kept.iter().flatten()
    }
}
