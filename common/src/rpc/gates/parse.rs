//! Gates from texts: the variables of an environment, and a file.
//!
//! Parsing alone; the shell reads what is parsed here. What cannot be read is an error, so that a
//! feature is never on or off by a typing mistake.

use serde_json::Value as Json;

use super::{FeatureGates, GateValue};

/// Beginning of the variables that set gates: `TWINBRIDGE_GATE_notes.sharing=false`.
const PREFIX: &str = "TWINBRIDGE_GATE_";

/// Why a file of gates was not taken. None of its gates is set then.
#[cfg_attr(doc, doc = include_str!("../../../examples/gates.md"))]
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GateFileError {
    /// It is not JSON.
    #[error("the gates are not JSON")]
    Json(#[source] serde_json::Error),
    /// It is JSON of another form.
    #[error("the gates are not a JSON object")]
    NoObject,
    /// A gate has a value that no gate can have.
    #[error("gate `{feature}` is neither true, false, a number nor a text")]
    Value {
        /// The gate.
        feature: String,
    },
}

impl FeatureGates {
    /// Sets the gates that variables name: those that begin with `TWINBRIDGE_GATE_`, whose rest is
    /// the gate's name. Give it `std::env::vars()`. A value of `true` or `false` and a number are
    /// what they look like, anything else is a text.
    pub fn set_from_variables<N, V>(&self, variables: impl IntoIterator<Item = (N, V)>)
    where
        N: AsRef<str>,
        V: AsRef<str>,
    {
        for (name, value) in variables {
            if let Some(feature) = name.as_ref().strip_prefix(PREFIX)
                && !feature.is_empty()
            {
                self.set(feature, of_text(value.as_ref()));
            }
        }
    }

    /// Sets the gates of a file, given its text: a JSON object of names and values. The name of a
    /// gate in an object within it begins with the object's: `{"notes": {"sharing": true}}` sets
    /// `notes.sharing`.
    ///
    /// # Errors
    /// [`GateFileError`] where the text is anything else; no gate is set then.
    pub fn set_from_file(&self, text: &str) -> Result<(), GateFileError> {
        let json: Json = serde_json::from_str(text).map_err(GateFileError::Json)?;
        let Json::Object(_) = json else {
            return Err(GateFileError::NoObject);
        };
        let mut found = Vec::new();
        collect(String::new(), json, &mut found)?;
        for (feature, value) in found {
            self.set(&feature, value);
        }
        Ok(())
    }
}

fn collect(
    feature: String,
    json: Json,
    found: &mut Vec<(String, GateValue)>,
) -> Result<(), GateFileError> {
    let value = match json {
        Json::Object(object) => {
            for (name, inner) in object {
                let name = match feature.as_str() {
                    "" => name,
                    outer => format!("{outer}.{name}"),
                };
                collect(name, inner, found)?;
            }
            return Ok(());
        }
        Json::Bool(is_open) => Some(is_open.into()),
        Json::Number(number) => number.as_f64().map(GateValue::Number),
        Json::String(text) => Some(GateValue::Text(text)),
        Json::Null | Json::Array(_) => None,
    };
    let Some(value) = value else {
        return Err(GateFileError::Value { feature });
    };
    found.push((feature, value));
    Ok(())
}

fn of_text(text: &str) -> GateValue {
    match text {
        "true" => true.into(),
        "false" => false.into(),
        text => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => number.into(),
            _ => text.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_set_gates_by_what_they_look_like() {
        let gates = FeatureGates::default();
        gates.set_from_variables([
            ("TWINBRIDGE_GATE_a", "true"),
            ("TWINBRIDGE_GATE_b", "false"),
            ("TWINBRIDGE_GATE_c.d", "2.5"),
            ("TWINBRIDGE_GATE_e", "blue"),
            ("TWINBRIDGE_GATE_f", "NaN"),
            ("TWINBRIDGE_GATE_", "true"),
            ("OTHER_a", "false"),
        ]);
        for (feature, value) in [
            ("a", Some(GateValue::Bool(true))),
            ("b", Some(GateValue::Bool(false))),
            ("c.d", Some(GateValue::Number(2.5))),
            ("e", Some("blue".into())),
            ("f", Some("NaN".into())),
            ("", None),
        ] {
            assert_eq!(gates.value(feature), value, "{feature}");
        }
    }

    #[test]
    fn a_file_sets_all_of_its_gates_or_none() {
        let gates = FeatureGates::default();
        gates
            .set_from_file(r#"{"rpc": {"probe": true, "limit": 3}, "a.b": "x"}"#)
            .unwrap();
        assert_eq!(gates.value("rpc.probe"), Some(true.into()));
        assert_eq!(gates.value("rpc.limit"), Some(3.0.into()));
        assert_eq!(gates.value("a.b"), Some("x".into()));
        for (text, problem) in [
            (
                r#"{"new": true, "rpc": {"old": null}}"#,
                "gate `rpc.old` is neither true, false, a number nor a text",
            ),
            (
                r#"{"new": [1]}"#,
                "gate `new` is neither true, false, a number nor a text",
            ),
            ("[]", "the gates are not a JSON object"),
            ("{", "the gates are not JSON"),
        ] {
            assert_eq!(gates.set_from_file(text).unwrap_err().to_string(), problem);
        }
        assert_eq!(gates.value("new"), None);
    }
}
