//! Which page a window shows, as far as its pipe can tell from the batches that come.
//!
//! Plain data, one per window. A batch names its page by the number that the page chose when it
//! was loaded; batches that were under way when a page was replaced come late and must not reach
//! its successor. Used by pipes that carry batches.

use std::collections::VecDeque;

use super::defect::{self, Defect};

/// Pages that a window remembers to have seen off, so that a belated batch of one of them cannot
/// end its successor.
const REMEMBERED: usize = 64;

/// The number that a page chose for this page load.
pub type PageNonce = [u8; 16];

/// The page loads of one window.
#[cfg_attr(doc, doc = include_str!("../../examples/batches.md"))]
#[derive(Debug, Default)]
pub struct PageLoads {
    current: Option<PageNonce>,
    gone: VecDeque<PageNonce>,
}

/// Whose a batch is.
#[cfg_attr(doc, doc = include_str!("../../examples/batches.md"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchOf {
    /// The page that the window shows.
    Current,
    /// A page that has not been seen: it takes the place of the one that the window shows.
    New,
    /// A page that was replaced, or one whose first batch never came.
    Gone,
}

impl PageLoads {
    /// Judges a batch by its page and its number.
    #[must_use]
    pub fn judge(&self, page: &PageNonce, sequence: u64) -> BatchOf {
        if self.current.as_ref() == Some(page) {
            return BatchOf::Current;
        }
        let is_gone = self.gone.contains(page);
        if is_gone && self.current.is_some() && defect::is(Defect::OldPageAccepted) {
            return BatchOf::Current;
        }
        // The first batch of a page is number 1; anything else is a leftover of a page that is
        // gone, and so is a first batch of a page that was seen off already.
        if sequence != 1 || is_gone {
            BatchOf::Gone
        } else {
            BatchOf::New
        }
    }

    /// The window shows this page, and none that it showed before.
    pub fn show(&mut self, page: PageNonce) {
        self.see_off();
        self.current = Some(page);
    }

    /// The window shows no page, and remembers the one it showed.
    pub fn see_off(&mut self) {
        if let Some(page) = self.current.take() {
            if self.gone.len() == REMEMBERED {
                self.gone.pop_front();
            }
            self.gone.push_back(page);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_was_replaced_does_not_come_back() {
        let (first, second) = ([1; 16], [2; 16]);
        let mut loads = PageLoads::default();
        assert_eq!(loads.judge(&first, 2), BatchOf::Gone);
        assert_eq!(loads.judge(&first, 1), BatchOf::New);
        loads.show(first);
        assert_eq!(loads.judge(&first, 2), BatchOf::Current);
        loads.show(second);
        assert_eq!(loads.judge(&first, 1), BatchOf::Gone);
        assert_eq!(loads.judge(&first, 3), BatchOf::Gone);
        assert_eq!(loads.judge(&second, 1), BatchOf::Current);
        loads.see_off();
        assert_eq!(loads.judge(&second, 1), BatchOf::Gone);
    }

    #[test]
    fn a_window_remembers_64_pages() {
        let mut loads = PageLoads::default();
        for page in 0..=65 {
            loads.show([page; 16]);
        }
        assert_eq!(loads.judge(&[1; 16], 1), BatchOf::Gone);
        assert_eq!(loads.judge(&[0; 16], 1), BatchOf::New);
    }
}
