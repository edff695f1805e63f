//! A method at work: its documentation, the form of its arguments, its replies.
//!
//! `desk` keeps what was filled in and what came back, also while another part of the page is
//! shown; `run` makes the call; the others draw.

mod desk;
mod items;
mod page;
mod reply;
mod run;
mod tree;

pub(crate) use desk::Desks;
pub(crate) use page::method_page;
pub(crate) use tree::value_view;
