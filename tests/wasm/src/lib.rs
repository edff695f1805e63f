//! What must hold on wasm32 as it does natively.
//!
//! A table of cases and one export that runs them; no harness, no JavaScript of its own. Those of
//! `fetching` run by themselves, since they wait for a server that the script around them is. The
//! command `cargo xtask test` compiles it as the page is compiled and runs it under Node.
#![forbid(unsafe_code)]

use serde_json::json;
use wasm_bindgen::prelude::wasm_bindgen;

mod calls;
mod contracts;
mod fetching;
mod frames;
mod numbers;
mod values;

/// A case fails with a sentence that says what was found.
type Case = fn() -> Result<(), String>;

macro_rules! cases {
    ($($module:ident::$case:ident,)*) => {
        &[$((concat!(stringify!($module), "::", stringify!($case)), $module::$case),)*]
    };
}

const CASES: &[(&str, Case)] = cases![
    contracts::the_fingerprint_of_a_contract_of_all_types_is_the_native_one,
    contracts::the_fingerprints_of_the_apps_own_interfaces_are_the_native_ones,
    frames::frames_have_their_native_bytes,
    frames::a_damaged_frame_is_an_error,
    numbers::a_64_bit_float_survives_json_text,
    numbers::doubles_survive_both_codecs,
    numbers::numbers_at_the_edges_of_their_types_stay_exact,
    values::typed_values_survive_both_codecs,
    values::dynamic_values_survive_both_codecs,
    values::values_have_their_native_bytes,
    values::a_value_of_another_type_is_refused_in_words,
    calls::a_typed_call_returns_its_result,
    calls::errors_and_refusals_keep_their_types,
    calls::calls_and_messages_go_both_ways,
    calls::a_mismatch_is_an_error_at_startup,
    calls::streams_come_item_by_item_with_their_typed_end,
];

/// Runs every case and returns a JSON array of `{name, ok, detail}`.
#[wasm_bindgen]
pub fn run() -> String {
    let report = CASES.iter().map(|(name, case)| {
        let result = case();
        json!({ "name": name, "ok": result.is_ok(), "detail": result.err().unwrap_or_default() })
    });
    serde_json::Value::Array(report.collect()).to_string()
}

/// An error as the sentence that a case fails with.
fn say(error: impl std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Fails where two things differ.
fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{what}: found {found:?}, expected {expected:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_holds_natively_too() {
        for (name, case) in CASES {
            assert_eq!(case(), Ok(()), "{name}");
        }
    }
}
