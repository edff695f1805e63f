//! Numbers: the page's own are doubles; none may change between text, bytes and memory.

use twinbridge_common::wire::{Codec, Payload};

use crate::say;

/// A fixed walk over the bit patterns: every sign and exponent, and odd mantissas.
fn walk() -> impl Iterator<Item = u64> {
    let mut bits = 0x3ff0_0000_0000_0001_u64;
    std::iter::from_fn(move || {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        Some(bits)
    })
    .take(10_000)
}

pub(crate) fn a_64_bit_float_survives_json_text() -> Result<(), String> {
    for bits in walk() {
        let number = f64::from_bits(bits);
        if !number.is_finite() {
            continue;
        }
        let text = serde_json::to_string(&number).map_err(say)?;
        let back: f64 = serde_json::from_str(&text).map_err(say)?;
        if back.to_bits() != number.to_bits() {
            return Err(format!(
                "{number:e} was written as {text} and read as {back:e}"
            ));
        }
    }
    Ok(())
}

pub(crate) fn doubles_survive_both_codecs() -> Result<(), String> {
    for codec in [Codec::MessagePack, Codec::Json] {
        for bits in walk() {
            #[allow(clippy::cast_possible_truncation, reason = "any 32 bits will do")]
            let narrow_bits = bits as u32;
            let sent = (f64::from_bits(bits), f32::from_bits(narrow_bits));
            let payload = Payload::encode(codec, &sent).map_err(say)?;
            let (wide, narrow): (f64, f32) = payload.decode().map_err(say)?;
            let wide_is_same = wide.to_bits() == bits || (wide.is_nan() && sent.0.is_nan());
            let narrow_is_same =
                narrow.to_bits() == narrow_bits || (narrow.is_nan() && sent.1.is_nan());
            if !wide_is_same || !narrow_is_same {
                return Err(format!("{codec}: {sent:?} arrived as {wide:e}, {narrow:e}"));
            }
        }
    }
    Ok(())
}

/// Sends each value through both codecs at its own type and compares it with itself.
macro_rules! exact {
    ($($value:expr),* $(,)?) => {
        $(for codec in [Codec::MessagePack, Codec::Json] {
            let sent = $value;
            let payload = Payload::encode(codec, &sent).map_err(say)?;
            let mut seen = sent;
            seen.clone_from(&payload.decode().map_err(say)?);
            // As text, in which -0 differs from 0 and NaN equals NaN.
            crate::same(stringify!($value), &format!("{seen:?}"), &format!("{sent:?}"))?;
        })*
    };
}

pub(crate) fn numbers_at_the_edges_of_their_types_stay_exact() -> Result<(), String> {
    exact![
        i8::MIN,
        u8::MAX,
        i16::MIN,
        u16::MAX,
        i32::MIN,
        u32::MAX,
        i64::MIN,
        i64::MAX,
        u64::MAX,
        // The first whole number that a double cannot hold.
        9_007_199_254_740_993_i64,
        9_007_199_254_740_993_u64,
        i128::MIN,
        i128::MAX,
        u128::MAX,
        f32::MIN_POSITIVE,
        f32::MAX,
        0.1_f32,
        f64::MIN_POSITIVE,
        5e-324_f64,
        f64::MAX,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f32::NAN,
        -0.0_f64,
        -0.0_f32,
    ];
    Ok(())
}
