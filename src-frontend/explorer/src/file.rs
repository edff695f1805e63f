//! The file view: text files of any size, one screen of lines at a time.
//!
//! Nothing is loaded beyond what is on the screen, so a line costs the same wherever in the file
//! it stands. `position` is arithmetic, `viewer` talks to the backend, the rest is markup.

mod hit_list;
mod hits;
mod keys;
mod line_pane;
mod notes;
mod position;
mod recent;
mod scroll_bar;
mod search;
mod search_bar;
mod view;
mod viewer;
mod watch;

pub(crate) use view::file_view;
pub(crate) use viewer::Viewer;
