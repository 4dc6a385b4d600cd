//! The text of a YAML file as a tree: scalars with their places, in an arena. Aliases point to what
//! they name, so that no bomb of aliases grows.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, ScanError, options};

use super::error::EmbeddedError;

/// What reading a manifest may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the YAML text.
    pub bytes: usize,
    /// Values in it: scalars, sequences and mappings.
    pub nodes: usize,
    /// Sequences and mappings within each other.
    pub depth: usize,
    /// Aliases (`*name`).
    pub aliases: usize,
}

impl Default for Limits {
    /// 64 MiB (a ConfigMap holds up to 1 MiB), a million values, 128 levels, 1,000 aliases.
    fn default() -> Self {
        Limits { bytes: 64 << 20, nodes: 1_000_000, depth: 128, aliases: 1_000 }
    }
}

impl Limits {
    /// The same limits with another number of [`bytes`](Limits::bytes).
    #[must_use]
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// The same limits with another number of [`nodes`](Limits::nodes).
    #[must_use]
    pub fn nodes(mut self, nodes: usize) -> Self {
        self.nodes = nodes;
        self
    }

    /// The same limits with another [`depth`](Limits::depth).
    #[must_use]
    pub fn depth(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }

    /// The same limits with another number of [`aliases`](Limits::aliases).
    #[must_use]
    pub fn aliases(mut self, aliases: usize) -> Self {
        self.aliases = aliases;
        self
    }
}

/// A position in the arena.
pub(super) type NodeId = usize;

/// One value.
#[derive(Debug)]
pub(super) enum Node<'y> {
    Scalar(Scalar<'y>),
    Sequence(Vec<NodeId>),
    /// Keys and values by turns.
    Mapping(Vec<NodeId>),
}

/// A scalar as it reads, and where it stands.
#[derive(Debug)]
pub(super) struct Scalar<'y> {
    pub(super) text: Cow<'y, str>,
    pub(super) style: ScalarStyle,
    /// Of a block scalar, it begins with the content.
    pub(super) span: Range<usize>,
}

/// All documents of a file.
#[derive(Debug, Default)]
pub(super) struct Tree<'y> {
    nodes: Vec<Node<'y>>,
    documents: Vec<NodeId>,
}

impl<'y> Tree<'y> {
    /// Reads a text, which may hold several documents.
    pub(super) fn read(text: &'y str, limits: &Limits) -> Result<Self, EmbeddedError> {
        if text.len() > limits.bytes {
            return Err(EmbeddedError::Limit { limit: limits.bytes, what: "bytes" });
        }
        let options = options! {
            emit_comments: false,
            flow_nesting_limit: limits.depth,
            block_nesting_limit: limits.depth,
        };
        let mut builder = Builder::default();
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) = event.map_err(|error| refused(text, &error))?;
            builder.event(event, span.byte_range().unwrap_or_default());
            builder.within(limits)?;
        }
        Ok(builder.tree)
    }

    /// The root of each document.
    pub(super) fn documents(&self) -> &[NodeId] {
        &self.documents
    }

    pub(super) fn scalar(&self, node: NodeId) -> Option<&Scalar<'y>> {
        match &self.nodes[node] {
            Node::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    pub(super) fn is_mapping(&self, node: NodeId) -> bool {
        matches!(self.nodes[node], Node::Mapping(_))
    }

    /// The elements of a sequence; none of anything else.
    pub(super) fn elements(&self, node: NodeId) -> &[NodeId] {
        match &self.nodes[node] {
            Node::Sequence(elements) => elements,
            _ => &[],
        }
    }

    /// The entries of a mapping, as far as their keys are scalars; none of anything else.
    pub(super) fn entries(&self, node: NodeId) -> impl Iterator<Item = (&Scalar<'y>, NodeId)> {
        let pairs = match &self.nodes[node] {
            Node::Mapping(pairs) => pairs.as_slice(),
            _ => &[],
        };
        pairs.chunks_exact(2).filter_map(|pair| Some((self.scalar(pair[0])?, pair[1])))
    }

    /// The value of a key in a mapping.
    pub(super) fn get(&self, node: NodeId, key: &str) -> Option<NodeId> {
        self.entries(node).find(|(name, _)| name.text == key).map(|(_, value)| value)
    }
}

/// Makes the tree, with a stack of its own.
#[derive(Default)]
struct Builder<'y> {
    tree: Tree<'y>,
    open: Vec<NodeId>,
    anchors: HashMap<usize, NodeId>,
    aliases: usize,
}

impl<'y> Builder<'y> {
    fn event(&mut self, event: Event<'y>, span: Range<usize>) {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                self.add(Node::Scalar(Scalar { text, style, span }), anchor);
            }
            Event::SequenceStart(_, anchor, _) => self.enter(Node::Sequence(Vec::new()), anchor),
            Event::MappingStart(_, anchor, _) => self.enter(Node::Mapping(Vec::new()), anchor),
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
            }
            Event::Alias(anchor) => {
                // The parser refuses an alias that nothing stands for.
                if let Some(&node) = self.anchors.get(&anchor) {
                    self.attach(node);
                }
                self.aliases += 1;
            }
            _ => {}
        }
    }

    fn within(&self, limits: &Limits) -> Result<(), EmbeddedError> {
        let counts = [
            (self.tree.nodes.len(), limits.nodes, "values"),
            (self.open.len(), limits.depth, "levels of nesting"),
            (self.aliases, limits.aliases, "aliases"),
        ];
        match counts.into_iter().find(|(count, limit, _)| count > limit) {
            Some((_, limit, what)) => Err(EmbeddedError::Limit { limit, what }),
            None => Ok(()),
        }
    }

    fn enter(&mut self, node: Node<'y>, anchor: usize) {
        let node = self.add(node, anchor);
        self.open.push(node);
    }

    fn add(&mut self, node: Node<'y>, anchor: usize) -> NodeId {
        let id = self.tree.nodes.len();
        self.tree.nodes.push(node);
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        self.attach(id);
        id
    }

    fn attach(&mut self, node: NodeId) {
        let Some(&parent) = self.open.last() else {
            self.tree.documents.push(node);
            return;
        };
        if let Node::Sequence(children) | Node::Mapping(children) = &mut self.tree.nodes[parent] {
            children.push(node);
        }
    }
}

fn refused(text: &str, error: &ScanError) -> EmbeddedError {
    EmbeddedError::Yaml {
        line: error.marker().line(),
        column: error.marker().col() + 1,
        reason: error.info(),
        template: is_template(text),
    }
}

/// Whether a text holds actions of a template, as Helm's do.
pub(super) fn is_template(text: &str) -> bool {
    text.contains("{{")
}
