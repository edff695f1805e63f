//! What was recorded against what came: endings and payloads, by their values.
//!
//! Payloads of equal bytes are equal. Others are decoded as dynamic values, so that another
//! encoding of one value is no difference, and the first place where they part is said.

use twinbridge_common::{
    interfaces::inspector::{EncodedPayload, EndKind, Ended},
    wire::{Ending, Payload, Value},
};

/// Longest value that is shown in a difference, in characters.
const LONGEST: usize = 120;

/// How `came` differs from the recorded ending, in words.
pub(super) fn endings(recorded: &Ended, came: &Ending) -> Option<String> {
    let kind = kind(came);
    if recorded.kind != kind {
        let was = said(recorded.kind, &recorded.text);
        return Some(format!("{was} became {}", said(kind, text(came))));
    }
    let name = match came {
        Ending::Failed {
            scope, key, number, ..
        } => Some((&**scope, &**key, *number)),
        _ => None,
    };
    let recorded_name = recorded.error.as_ref();
    let recorded_name = recorded_name.map(|name| (&*name.scope, &*name.key, name.number));
    if name != recorded_name {
        return Some(format!("the error {recorded_name:?} became {name:?}"));
    }
    let payload = match came {
        Ending::Done(payload) | Ending::Refused { payload, .. } => Some(payload),
        Ending::Failed { payload, .. } => payload.as_ref(),
        Ending::Streaming => None,
    };
    payloads(recorded.payload.as_ref(), payload)
}

fn kind(ending: &Ending) -> EndKind {
    match ending {
        Ending::Done(_) => EndKind::Done,
        Ending::Failed { .. } => EndKind::Failed,
        Ending::Refused { .. } => EndKind::Refused,
        Ending::Streaming => EndKind::Streaming,
    }
}

fn text(ending: &Ending) -> &str {
    match ending {
        Ending::Failed { message, .. } => message,
        Ending::Refused { text, .. } => text,
        Ending::Done(_) | Ending::Streaming => "",
    }
}

fn said(kind: EndKind, text: &str) -> String {
    match kind {
        EndKind::Done => "a result".to_owned(),
        EndKind::Streaming => "a stream".to_owned(),
        EndKind::Failed => format!("the error \"{text}\""),
        EndKind::Refused => format!("the refusal \"{text}\""),
    }
}

/// How a payload differs from the recorded one, in words.
pub(super) fn payloads(
    recorded: Option<&EncodedPayload>,
    came: Option<&Payload>,
) -> Option<String> {
    let recorded = match recorded.map(EncodedPayload::decoded) {
        Some(None) => return Some("the recorded payload is damaged".to_owned()),
        Some(Some(recorded)) => Some(recorded),
        None => None,
    };
    let (recorded, came) = match (&recorded, came) {
        (None, None) => return None,
        (Some(recorded), Some(came)) if recorded == came => return None,
        (Some(recorded), Some(came)) => (recorded, came),
        (Some(_), None) => return Some("a value became nothing".to_owned()),
        (None, Some(_)) => return Some("nothing became a value".to_owned()),
    };
    match (recorded.decode::<Value>(), came.decode::<Value>()) {
        (Ok(recorded), Ok(came)) => first_difference("", &recorded, &came),
        (Err(error), _) | (_, Err(error)) => Some(format!("a value is not to be read: {error}")),
    }
}

/// The first place where two values part.
fn first_difference(path: &str, recorded: &Value, came: &Value) -> Option<String> {
    if recorded == came {
        return None;
    }
    match (recorded, came) {
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut items = a.iter().zip(b).enumerate();
            items.find_map(|(at, (a, b))| first_difference(&format!("{path}[{at}]"), a, b))
        }
        (Value::Array(a), Value::Array(b)) => {
            let (was, is) = (a.len(), b.len());
            Some(format!("{}: {was} items became {is}", place(path)))
        }
        (Value::Object(a), Value::Object(b)) => {
            let changed = a.iter().find_map(|(name, value)| {
                let path = format!("{path}.{name}");
                match b.get(name) {
                    Some(other) => first_difference(&path, value, other),
                    None => Some(format!("{path}: {} is gone", shown(value))),
                }
            });
            changed.or_else(|| {
                let added = b.iter().find(|(name, _)| a.get(name).is_none());
                added.map(|(name, value)| format!("{path}.{name}: {} is new", shown(value)))
            })
        }
        _ => Some(format!(
            "{}: {} became {}",
            place(path),
            shown(recorded),
            shown(came)
        )),
    }
    // The same members in another order.
    .or_else(|| Some(format!("{}: the order of members changed", place(path))))
}

fn place(path: &str) -> &str {
    if path.is_empty() { "the value" } else { path }
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => format!("{text:?}"),
        Value::Bytes { bytes, .. } => format!("{} bytes", bytes.len()),
        value => format!("{value:?}"),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use twinbridge_common::wire::Codec;

    use super::*;

    fn difference(recorded: &Value, came: &Value) -> Option<String> {
        let recorded = Payload::encode(Codec::MessagePack, recorded).unwrap();
        let came = Payload::encode(Codec::Json, came).unwrap();
        payloads(Some(&(&recorded).into()), Some(&came))
    }

    #[test]
    fn the_first_place_where_values_part_is_said() {
        let of = |items: [i32; 2]| {
            let items = Value::Array(items.map(Value::from).to_vec());
            Value::from([("name", Value::from("a")), ("items", items)])
        };
        assert_eq!(difference(&of([1, 2]), &of([1, 2])), None);
        assert_eq!(
            difference(&of([1, 2]), &of([1, 3])).unwrap(),
            ".items[1]: Int(2) became Int(3)"
        );
        let nothing = Value::from([("name", Value::from("a"))]);
        assert!(
            difference(&of([1, 2]), &nothing)
                .unwrap()
                .ends_with("is gone")
        );
        assert!(
            difference(&nothing, &of([1, 2]))
                .unwrap()
                .ends_with("is new")
        );
        assert_eq!(
            difference(&Value::from("a"), &Value::Undefined).unwrap(),
            "the value: \"a\" became Undefined"
        );
    }

    #[test]
    fn what_json_lacks_is_compared_exactly() {
        for value in [
            Value::Undefined,
            Value::Float(f64::NAN),
            Value::Float(-0.0),
            Value::UInt(u64::MAX),
            Value::bytes(vec![0, 255]),
        ] {
            assert_eq!(difference(&value, &value), None, "{value:?}");
            assert!(difference(&value, &Value::Null).is_some(), "{value:?}");
        }
    }
}
