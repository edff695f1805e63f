//! A form for every value that a contract can ask for, drawn from its JSON Schema.
//!
//! `shape` says what a schema asks for, `model` holds what was put in, `value` makes the dynamic
//! value of it and `refill` goes the other way; these are plain data and know no browser. `view`
//! and `inputs` draw them.

mod dynamic;
mod inputs;
mod model;
mod number;
mod refill;
mod shape;
mod signals;
mod value;
mod view;
mod words;

pub(crate) use model::Form;
pub(crate) use shape::Schema;
pub(crate) use signals::FormSignals;
pub(crate) use view::form_view;

#[cfg(test)]
mod tests;
