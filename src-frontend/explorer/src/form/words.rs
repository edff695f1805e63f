//! What a form says of its inputs, in a few words.

use super::{
    model::{Form, NodeId, State},
    shape::{Bounds, Key, Record, Shape},
};
use crate::schema;

impl Form {
    /// What the schema says of a node, Markdown.
    pub(super) fn docs(&self, id: NodeId) -> &str {
        &self.node(id).docs
    }

    /// What a node asks for.
    pub(super) fn in_words(&self, id: NodeId) -> String {
        match self.shape(id) {
            // The list of them stands in the input.
            Shape::Choice(_) | Shape::Alternatives(_) => "one of".to_owned(),
            Shape::Optional(inner) => format!("{}, or none", inner.in_words()),
            Shape::Tuple(items) => format!("tuple of {}", items.len()),
            Shape::Record(record) => match &record.entries {
                Some(entries) if record.fields.is_empty() && record.parts.is_empty() => {
                    let key = match entries.key {
                        Key::Text => "text",
                        Key::Unsigned | Key::Signed => "integer",
                    };
                    format!("map of {key} to {}", entries.schema.in_words())
                }
                _ => "object".to_owned(),
            },
            _ => self.node(id).words.clone(),
        }
    }

    /// What a field asks for.
    pub(super) fn field_in_words(&self, id: NodeId, at: usize) -> String {
        let Shape::Record(Record { fields, .. }) = self.shape(id) else {
            return String::new();
        };
        let field = fields.get(at);
        field.map_or_else(String::new, |field| match field.schema.shape() {
            Shape::Optional(inner) => format!("{}, or none", inner.in_words()),
            _ => format!("{}, may be left out", field.schema.in_words()),
        })
    }

    /// The text of a node that cannot be other.
    pub(super) fn fixed_text(&self, id: NodeId) -> String {
        match self.shape(id) {
            Shape::Constant(value) => schema::plain(value),
            Shape::Undefined => "undefined".to_owned(),
            _ => "null".to_owned(),
        }
    }

    /// Whether there is nothing to fill in.
    pub(super) fn is_fixed(&self, id: NodeId) -> bool {
        match (self.shape(id), self.state(id)) {
            (Shape::Null | Shape::Undefined | Shape::Constant(_), _) => true,
            (Shape::Record(record), State::Record { fields, parts, .. }) => {
                record.entries.is_none()
                    && parts.is_empty()
                    && record.fields.iter().all(|field| field.is_required)
                    && fields.iter().flatten().all(|field| self.is_tag(*field))
            }
            _ => false,
        }
    }

    /// What a variant consists of: what is in its only field, where it has one alone, since the
    /// field has the name that was chosen.
    pub(super) fn content(&self, id: NodeId) -> NodeId {
        let (Shape::Record(record), State::Record { fields, .. }) =
            (self.shape(id), self.state(id))
        else {
            return id;
        };
        match (&record.fields[..], &fields[..]) {
            ([field], [Some(only)])
                if field.is_required && record.entries.is_none() && record.parts.is_empty() =>
            {
                *only
            }
            _ => id,
        }
    }

    /// Whether it is the tag of a variant, which was chosen before.
    pub(super) fn is_tag(&self, id: NodeId) -> bool {
        matches!(self.shape(id), Shape::Constant(_))
    }

    /// The node of a record's field, while it is there.
    pub(super) fn field(&self, id: NodeId, at: usize) -> Option<NodeId> {
        match self.state(id) {
            State::Record { fields, .. } => fields.get(at).copied().flatten(),
            _ => None,
        }
    }

    /// What stands in an empty input.
    pub(super) fn placeholder(&self, id: NodeId) -> String {
        match self.shape(id) {
            Shape::Integer(Bounds { min, max }) => match (min, max) {
                (Some(min), Some(max)) => format!("{min} … {max}"),
                (Some(min), None) => format!("{min} or more"),
                (None, Some(max)) => format!("{max} or less"),
                (None, None) => "whole number".to_owned(),
            },
            Shape::Float { .. } => "number, NaN, ±Infinity".to_owned(),
            Shape::Text { hint, .. } => hint.clone().unwrap_or_default(),
            Shape::Raw(_) => "JSON".to_owned(),
            _ => String::new(),
        }
    }
}
