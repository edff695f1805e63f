//! RPC as an app sees it: one contract, and the same answers in every configuration.
//!
//! `probe` is the contract and its impl, `world` sets it up in each configuration, and the table
//! of `same_answers` runs through all of them. A further configuration is one more function in
//! `world::all`.

#![allow(clippy::unwrap_used)] // The helpers of the tests are tests too.

mod activity;
mod cancellation;
mod contract;
mod gates;
mod life;
mod manager;
mod memory;
mod probe;
mod requests;
mod same_answers;
mod serving;
mod versions;
mod web;
mod world;
