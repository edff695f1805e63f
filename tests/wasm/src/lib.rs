//! What must hold on wasm32 as it does natively.
//!
//! A table of cases and one export that runs them; no harness, no JavaScript of its own. The
//! command `cargo xtask test` compiles it as the page is compiled and runs it under Node.
#![forbid(unsafe_code)]

use serde_json::json;
use wasm_bindgen::prelude::wasm_bindgen;

/// A case fails with a sentence that says what was found.
type Case = fn() -> Result<(), String>;

const CASES: &[(&str, Case)] = &[(
    "numbers::a_64_bit_float_survives_json_text",
    numbers::a_64_bit_float_survives_json_text,
)];

/// Runs every case and returns a JSON array of `{name, ok, detail}`.
#[wasm_bindgen]
pub fn run() -> String {
    let report = CASES.iter().map(|(name, case)| {
        let result = case();
        json!({ "name": name, "ok": result.is_ok(), "detail": result.err().unwrap_or_default() })
    });
    serde_json::Value::Array(report.collect()).to_string()
}

mod numbers {
    /// The page's numbers are doubles; none may change between text and memory.
    pub(crate) fn a_64_bit_float_survives_json_text() -> Result<(), String> {
        // A fixed walk over the bit patterns: every sign and exponent, and odd mantissas.
        let mut bits = 0x3ff0_0000_0000_0001_u64;
        for _ in 0..10_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let number = f64::from_bits(bits);
            if !number.is_finite() {
                continue;
            }
            let text = serde_json::to_string(&number).map_err(|error| error.to_string())?;
            let back: f64 = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            if back.to_bits() != number.to_bits() {
                return Err(format!(
                    "{number:e} was written as {text} and read as {back:e}"
                ));
            }
        }
        Ok(())
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
