//! The ConfigMaps and Secrets of a file, and their entries.

use std::collections::HashSet;

use super::error::{EmbeddedError, MOST_CHOICES};
use super::yaml::{Limits, NodeId, Tree, is_template};

/// What an object that holds files is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    ConfigMap,
    Secret,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::ConfigMap => "ConfigMap",
            Kind::Secret => "Secret",
        }
    }

    /// The fields that hold entries, and whether these are base64. What stands in a later field takes
    /// the place of the same key in an earlier one, as the API server does with `stringData`.
    fn fields(self) -> [(&'static str, bool); 2] {
        match self {
            Kind::ConfigMap => [("data", false), ("binaryData", true)],
            Kind::Secret => [("data", true), ("stringData", false)],
        }
    }
}

/// One key of a ConfigMap or Secret.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'t> {
    pub(super) kind: Kind,
    pub(super) namespace: &'t str,
    pub(super) object: &'t str,
    pub(super) key: &'t str,
    /// Where the key stands.
    pub(super) key_offset: usize,
    pub(super) value: NodeId,
    pub(super) is_base64: bool,
}

/// All entries of all ConfigMaps and Secrets, lists of objects included.
pub(super) fn entries<'t>(
    tree: &'t Tree<'_>,
    text: &str,
    limits: &Limits,
) -> Result<Vec<Entry<'t>>, EmbeddedError> {
    let mut entries = Vec::new();
    let mut kinds: Vec<String> = Vec::new();
    let mut found = false;
    for object in objects(tree) {
        let kind = word(tree, object, "kind");
        match kind {
            "ConfigMap" => add(tree, text, object, Kind::ConfigMap, &mut entries)?,
            "Secret" => add(tree, text, object, Kind::Secret, &mut entries)?,
            _ => {
                if !kind.is_empty() && kinds.len() < MOST_CHOICES && !kinds.iter().any(|known| known == kind)
                {
                    kinds.push(kind.to_owned());
                }
                continue;
            }
        }
        found = true;
        // An alias can give many objects the entries of one.
        if entries.len() > limits.nodes {
            return Err(EmbeddedError::Limit { limit: limits.nodes, what: "entries" });
        }
    }
    if found { Ok(entries) } else { Err(EmbeddedError::NoObject { kinds, template: is_template(text) }) }
}

/// Whether there is a `ConfigMap` or Secret, or a list of objects.
pub(super) fn is_manifest(tree: &Tree<'_>) -> bool {
    let is_object = |object: &NodeId| {
        let kind = word(tree, *object, "kind");
        let is_known = ["ConfigMap", "Secret"].contains(&kind) || kind.ends_with("List");
        is_known && !word(tree, *object, "apiVersion").is_empty()
    };
    tree.documents().iter().any(is_object)
}

/// The objects of all documents, those of a `List` in its place, each once.
fn objects(tree: &Tree<'_>) -> Vec<NodeId> {
    let mut objects = Vec::new();
    let mut seen = HashSet::new();
    let mut waiting: Vec<NodeId> = tree.documents().iter().rev().copied().collect();
    while let Some(object) = waiting.pop() {
        if !seen.insert(object) {
            continue;
        }
        match tree.get(object, "items") {
            Some(items) if word(tree, object, "kind").ends_with("List") => {
                waiting.extend(tree.elements(items).iter().rev());
            }
            _ => objects.push(object),
        }
    }
    objects
}

fn add<'t>(
    tree: &'t Tree<'_>,
    text: &str,
    object: NodeId,
    kind: Kind,
    entries: &mut Vec<Entry<'t>>,
) -> Result<(), EmbeddedError> {
    let metadata = tree.get(object, "metadata");
    let meta = |field| metadata.map(|node| word(tree, node, field)).unwrap_or_default();
    let (name, namespace) = (meta("name"), meta("namespace"));
    let first = entries.len();
    for (field, is_base64) in kind.fields() {
        let Some(node) = tree.get(object, field) else { continue };
        let mut keys = HashSet::new();
        for (key, _) in tree.entries(node) {
            if !keys.insert(key.text.as_ref()) {
                let line = line(text, key.span.start);
                return Err(EmbeddedError::Duplicate { key: key.text.clone().into_owned(), line });
            }
        }
        let mut earlier = entries.split_off(first);
        earlier.retain(|entry| !keys.contains(entry.key));
        entries.append(&mut earlier);
        entries.extend(tree.entries(node).map(|(key, value)| Entry {
            kind,
            namespace,
            object: name,
            key: key.text.as_ref(),
            key_offset: key.span.start,
            value,
            is_base64,
        }));
    }
    Ok(())
}

/// The scalar in a field of a mapping; empty where there is none.
fn word<'t>(tree: &'t Tree<'_>, node: NodeId, field: &str) -> &'t str {
    let scalar = tree.get(node, field).and_then(|value| tree.scalar(value));
    scalar.map_or("", |scalar| scalar.text.as_ref())
}

/// The line, counted from 1, of a byte.
pub(super) fn line(text: &str, offset: usize) -> usize {
    1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..offset.min(text.len())]).count()
}
