//! What was put into a form, as plain data.
//!
//! Nodes stand in one list and know their children by number, so that a view needs a number and
//! nothing else. A node that is no longer reached stays until the form is dropped, which a page
//! can afford: forms are small.

use std::fmt;

use twinbridge_common::wire::Value;

use super::shape::{Record, Schema, Shape};

/// Number of a node in its form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(usize);

/// The arguments of one call, as far as they were filled in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    nodes: Vec<Node>,
    /// One per argument, in order.
    pub(crate) roots: Vec<(String, NodeId)>,
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One input, and what is in it.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) shape: Shape,
    pub(super) state: State,
    /// What its schema says of it, and in a few words what it asks for.
    pub(super) docs: String,
    pub(super) words: String,
}

/// What is in an input.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum State {
    /// Nothing to fill in.
    Nothing,
    /// As it was typed: text, numbers, hexadecimal bytes, JSON.
    Text(String),
    /// The bytes of a file, and its name.
    File(String, std::sync::Arc<[u8]>),
    Flag(bool),
    /// Which alternative, and the input for it where it has one.
    Chosen(Option<(usize, Option<NodeId>)>),
    /// On while there is an input.
    Optional(Option<NodeId>),
    List(Vec<NodeId>),
    /// Fields as in the shape, `None` where one is left out; entries with free keys; parts.
    Record {
        fields: Vec<Option<NodeId>>,
        entries: Vec<(String, NodeId)>,
        parts: Vec<NodeId>,
    },
    /// An input of its own around another.
    Inner(NodeId),
}

impl Form {
    /// An empty form for arguments of these names and schemas.
    pub(crate) fn new<'a>(arguments: impl IntoIterator<Item = (&'a str, Schema)>) -> Self {
        let mut form = Self::default();
        for (name, schema) in arguments {
            let root = form.add(&schema);
            form.roots.push((name.to_owned(), root));
        }
        form
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// What a node asks for.
    pub(crate) fn shape(&self, id: NodeId) -> &Shape {
        &self.nodes[id.0].shape
    }

    /// What is in a node.
    pub(crate) fn state(&self, id: NodeId) -> &State {
        &self.nodes[id.0].state
    }

    /// Puts `state` into a node.
    pub(crate) fn set(&mut self, id: NodeId, state: State) {
        self.nodes[id.0].state = state;
    }

    /// Chooses an alternative, or none.
    pub(crate) fn choose(&mut self, id: NodeId, at: Option<usize>) {
        let chosen = at.map(|at| {
            let schema = match self.shape(id) {
                Shape::Alternatives(list) => list.get(at).map(|one| one.schema.clone()),
                _ => None,
            };
            (at, schema.map(|schema| self.add(&schema)))
        });
        self.set(id, State::Chosen(chosen));
    }

    /// Switches an optional value on or off.
    pub(crate) fn switch(&mut self, id: NodeId, on: bool) {
        let inner = match (self.shape(id).clone(), on) {
            (Shape::Optional(schema), true) => Some(self.add(&schema)),
            _ => None,
        };
        self.set(id, State::Optional(inner));
    }

    /// Adds the field at `at` of a record, or leaves it out.
    pub(crate) fn switch_field(&mut self, id: NodeId, at: usize, on: bool) {
        let Shape::Record(Record { fields, .. }) = self.shape(id) else {
            return;
        };
        let schema = fields.get(at).map(|field| field.schema.clone());
        let node = schema
            .filter(|_| on)
            .map(|schema| self.add_present(&schema));
        if let State::Record { fields, .. } = &mut self.nodes[id.0].state
            && let Some(field) = fields.get_mut(at)
        {
            *field = node;
        }
    }

    /// Adds an item to a list, or an entry to a record.
    pub(crate) fn push(&mut self, id: NodeId) -> Option<NodeId> {
        let schema = match self.shape(id) {
            Shape::List { items, .. } => items.clone(),
            Shape::Record(record) => record.entries.as_ref()?.schema.clone(),
            _ => return None,
        };
        let node = self.add(&schema);
        match &mut self.nodes[id.0].state {
            State::List(items) => items.push(node),
            State::Record { entries, .. } => entries.push((String::new(), node)),
            _ => return None,
        }
        Some(node)
    }

    /// Takes an item or entry out again.
    pub(crate) fn remove(&mut self, id: NodeId, item: NodeId) {
        match &mut self.nodes[id.0].state {
            State::List(items) => items.retain(|one| *one != item),
            State::Record { entries, .. } => entries.retain(|(_, one)| *one != item),
            _ => {}
        }
    }

    /// Names an entry.
    pub(crate) fn rename(&mut self, id: NodeId, item: NodeId, name: &str) {
        if let State::Record { entries, .. } = &mut self.nodes[id.0].state
            && let Some(entry) = entries.iter_mut().find(|(_, one)| *one == item)
        {
            name.clone_into(&mut entry.0);
        }
    }

    /// Adds a node as it is before anything is put in.
    pub(super) fn add(&mut self, schema: &Schema) -> NodeId {
        let shape = schema.shape();
        let state = self.empty(&shape);
        self.insert(schema, shape, state)
    }

    /// The node of a value that is there: switched on, where it could be off.
    fn add_present(&mut self, schema: &Schema) -> NodeId {
        match schema.shape() {
            Shape::Optional(inner) => self.add(&inner),
            _ => self.add(schema),
        }
    }

    pub(super) fn insert(&mut self, schema: &Schema, shape: Shape, state: State) -> NodeId {
        self.nodes.push(Node {
            shape,
            state,
            docs: schema.docs(),
            words: schema.in_words(),
        });
        NodeId(self.nodes.len() - 1)
    }

    fn empty(&mut self, shape: &Shape) -> State {
        match shape {
            Shape::Null | Shape::Constant(_) | Shape::Undefined => State::Nothing,
            Shape::Bool => State::Flag(false),
            Shape::Integer(_) | Shape::Float { .. } | Shape::Text { .. } => {
                State::Text(String::new())
            }
            Shape::Bytes | Shape::Raw(_) => State::Text(String::new()),
            // The first constant is as good as any; an alternative may contain its own type.
            Shape::Choice(_) => State::Chosen(Some((0, None))),
            Shape::Alternatives(_) => State::Chosen(None),
            Shape::Optional(_) => State::Optional(None),
            Shape::List { items, min, .. } => {
                let count = usize::try_from(*min)
                    .unwrap_or(usize::MAX)
                    .min(MOST_AT_ONCE);
                State::List((0..count).map(|_| self.add(items)).collect())
            }
            Shape::Tuple(items) => State::List(items.iter().map(|item| self.add(item)).collect()),
            Shape::Record(record) => {
                let fields = record.fields.iter();
                let fields = fields.map(|field| field.is_required.then(|| self.add(&field.schema)));
                let fields = fields.collect();
                State::Record {
                    fields,
                    entries: Vec::new(),
                    parts: record.parts.iter().map(|part| self.add(part)).collect(),
                }
            }
            Shape::Wrapped(_, inner) => State::Inner(self.add(inner)),
        }
    }

    /// The arguments; or what is wrong, by node, in the order of the form.
    pub(crate) fn arguments(&self) -> Result<Vec<Value>, Vec<(NodeId, String)>> {
        let mut problems = Vec::new();
        let roots = self.roots.iter();
        let values: Vec<_> = roots
            .map(|(_, root)| self.value(*root, &mut problems))
            .collect();
        match problems.is_empty() {
            true => Ok(values),
            false => Err(problems),
        }
    }
}

impl Form {
    /// The arguments as far as they are filled in; null where something is wrong.
    pub(crate) fn draft(&self) -> Vec<Value> {
        let roots = self.roots.iter();
        roots
            .map(|(_, root)| self.value(*root, &mut Vec::new()))
            .collect()
    }
}

/// Items that a list of fixed length begins with; whoever needs more gives JSON.
pub(super) const MOST_AT_ONCE: usize = 256;
