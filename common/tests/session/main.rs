//! Sessions as a peer sees them: calls, handshake, order, and what bad input gets.
//!
//! Both halves run in this process on an executor and a clock that are driven by hand, so every
//! test is deterministic and none sleeps. `support` has the raw client that sends what no honest
//! peer sends.

#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.

mod bad_frames;
mod bad_input;
mod calls;
mod context;
mod directions;
mod flow;
mod handshake;
mod limits;
mod notice_room;
mod notices;
mod order;
mod stamps;
mod stream_credit;
mod stream_ends;
mod stream_paths;
mod stream_shares;
mod stream_threads;
mod streams;
mod support;
mod watching;
mod witness;
