//! An object of JSON: properties in an order that is kept.
//!
//! Meant for the few properties an error has: looking one up is a search. Reading one from a peer
//! is bounded by sorting, whatever the number of properties. Used by [`Json`] and by the errors.

use std::collections::HashMap;

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::Json;

/// Properties in the order they were given. No name occurs twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    entries: Vec<(String, Json)>,
}

impl Object {
    /// An object without properties.
    pub fn new() -> Self {
        Self::default()
    }

    /// The properties `entries`; of two with one name the last value stands at the first place, as
    /// in JavaScript.
    pub fn from_entries(entries: impl IntoIterator<Item = (String, Json)>) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        drop_repeats(&mut entries);
        Self { entries }
    }

    /// The object iTwin.js logs for a `Map`: a repeated key gets `#1`, `#2`, ….
    ///
    /// Keys repeat because the keys of a `Map` may be any values, and their texts collide.
    pub fn from_map(entries: impl IntoIterator<Item = (String, Json)>) -> Self {
        let mut seen = HashMap::<String, usize>::new();
        Self::from_entries(entries.into_iter().map(|(key, value)| {
            let count = seen.entry(key.clone()).or_default();
            let name = if *count == 0 {
                key
            } else {
                format!("{key}#{count}")
            };
            *count += 1;
            (name, value)
        }))
    }

    /// The property `name`.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.entries
            .iter()
            .find_map(|(key, value)| (key == name).then_some(value))
    }

    /// Sets the property `name`: in its place if it exists, else at the end.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Json>) {
        let (name, value) = (name.into(), value.into());
        match self.entries.iter_mut().find(|(key, _)| *key == name) {
            Some((_, slot)) => *slot = value,
            None => self.entries.push((name, value)),
        }
    }

    /// Takes the property `name` out; the others keep their order.
    pub fn remove(&mut self, name: &str) -> Option<Json> {
        let at = self.entries.iter().position(|(key, _)| key == name)?;
        Some(self.entries.remove(at).1)
    }

    /// The properties, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.entries
            .iter()
            .map(|(key, value)| (key.as_str(), value))
    }

    /// Number of properties.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no properties.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Keeps the last value of each name at the first place of that name.
///
/// By sorting, not by searching: a peer chooses the number of entries.
fn drop_repeats(entries: &mut Vec<(String, Json)>) {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by(|&a, &b| entries[a].0.cmp(&entries[b].0));
    let mut keep = vec![true; entries.len()];
    for pair in order.windows(2) {
        let [earlier, later] = *pair else { continue };
        if entries[earlier].0 == entries[later].0 {
            keep[later] = false;
        }
    }
    if keep.iter().all(|&keep| keep) {
        return;
    }
    let mut first = 0;
    // The sort is stable: each name's first place comes before its repeats, the last one last.
    for &at in &order {
        if keep[at] {
            first = at;
        } else {
            entries[first].1 = std::mem::take(&mut entries[at].1);
        }
    }
    let mut keep = keep.into_iter();
    entries.retain(|_| keep.next().unwrap_or(true));
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.entries.len()))?;
        for (name, value) in &self.entries {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_property_keeps_its_first_place_and_its_last_value() {
        for (text, expected) in [
            (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
            (r#"{"b":1,"a":2,"b":3,"a":4,"b":5}"#, r#"{"b":5,"a":4}"#),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
        ] {
            assert_eq!(
                serde_json::from_str::<Json>(text).unwrap().to_string(),
                expected
            );
        }
    }

    #[test]
    fn colliding_keys_of_a_map_are_numbered() {
        let map = ["k", "x", "k", "k"].iter().zip(0_i64..);
        let object = Object::from_map(map.map(|(key, value)| ((*key).to_owned(), value.into())));
        assert_eq!(
            Json::from(object).to_string(),
            r#"{"k":0,"x":1,"k#1":2,"k#2":3}"#
        );
    }
}
