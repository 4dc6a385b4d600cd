//! The settings of a file in one arena, in the order of the text.

use super::grammar::{At, Sink};
use super::options::Dialect;
use super::source::{Pos, Sources, to_pos};
use super::strings::{self, StringValue};
use super::token::{Bracket, Scalar};

/// All settings, each before those that it holds; the first is the root group.
#[derive(Clone, Debug)]
pub(super) struct Tree<'i> {
    pub(super) nodes: Vec<Node>,
    pub(super) sources: Sources<'i>,
    pub(super) dialect: Dialect,
    aside: Aside,
}

/// The place of a setting in its tree.
pub(super) type NodeId = u32;

/// A setting. Strings lie in the source until they are asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// The name's first byte and length; length 0 for elements and the root.
    pub(super) name: Pos,
    pub(super) name_len: u32,
    /// The value, brackets and quotes included.
    pub(super) start: Pos,
    pub(super) end: Pos,
    /// Behind all that this setting holds: the next one, where there is one.
    pub(super) next: NodeId,
    pub(super) kind: Kind,
    /// The number, or how many settings a group, list or array holds.
    data: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int {
        hex: bool,
    },
    Int64 {
        hex: bool,
    },
    Float,
    /// Its bytes are those between the quotes.
    PlainStr,
    /// Its bytes must be unescaped or joined.
    Str,
    /// Its bytes lie aside, because the source goes over the border of a file.
    StrAcross,
    /// Its text is the source.
    Placeholder,
    Group,
    List,
    Array,
}

/// What few settings need.
#[derive(Clone, Debug, Default)]
struct Aside {
    /// Strings whose next token stands on another line, with the end of that token, in order.
    behind: Vec<(NodeId, Pos)>,
    /// Bytes of strings that go over the border of a file, in order.
    across: Vec<(NodeId, Vec<u8>)>,
}

impl Aside {
    fn across(&self, node: NodeId) -> &[u8] {
        let found = self.across.binary_search_by_key(&node, |entry| entry.0);
        found.map_or(&[], |index| &self.across[index].1)
    }
}

impl<'i> Tree<'i> {
    pub(super) fn node(&self, node: NodeId) -> &Node {
        &self.nodes[node as usize]
    }

    pub(super) fn name(&self, node: NodeId) -> Option<&[u8]> {
        let node = self.node(node);
        (node.name_len > 0).then(|| self.sources.slice(node.name, node.name + node.name_len))
    }

    /// The settings in a group, list or array; none in a scalar.
    pub(super) fn children(&self, node: NodeId) -> Children<'_> {
        let parent = self.node(node);
        let left = if parent.kind.is_aggregate() { parent.data } else { 0 };
        Children { nodes: &self.nodes, next: node + 1, left: usize::try_from(left).unwrap_or(0) }
    }

    /// The bytes of a string that lie in the source as they are.
    pub(super) fn plain_bytes(&self, node: NodeId) -> Option<&[u8]> {
        let at = self.node(node);
        match at.kind {
            Kind::PlainStr => Some(self.sources.slice(at.start + 1, at.end - 1)),
            Kind::StrAcross => Some(self.aside.across(node)),
            _ => None,
        }
    }

    /// The same with the lifetime of a text that the caller lent.
    #[cfg(feature = "serde")]
    pub(super) fn borrowed_bytes(&self, node: NodeId) -> Option<&'i [u8]> {
        let at = self.node(node);
        match at.kind {
            Kind::PlainStr => self.sources.borrowed_slice(at.start + 1, at.end - 1),
            _ => None,
        }
    }

    /// The bytes of a string that must be unescaped.
    pub(super) fn unescaped_bytes(&self, node: NodeId) -> Vec<u8> {
        let at = self.node(node);
        strings::unescape(self.sources.slice(at.start, at.end))
    }

    /// The place whose line and file libconfig gives to a setting: its name; the opening bracket or
    /// the token of an element, but behind an element that is a string the token that follows it.
    pub(super) fn reported_at(&self, node: NodeId) -> Pos {
        let at = self.node(node);
        if at.name_len > 0 {
            return at.name;
        }
        let behind = self.aside.behind.binary_search_by_key(&node, |entry| entry.0);
        match behind {
            Ok(index) => self.aside.behind[index].1,
            // The end of a string, because a string may hold line ends.
            Err(_) if at.kind.is_string() => at.end,
            Err(_) => at.start,
        }
    }
}

impl Node {
    pub(super) fn bool(&self) -> bool {
        self.data != 0
    }

    pub(super) fn int(&self) -> i32 {
        super::number::low_32_bits(self.int64())
    }

    pub(super) fn int64(&self) -> i64 {
        self.data.cast_signed()
    }

    pub(super) fn float(&self) -> f64 {
        f64::from_bits(self.data)
    }

    pub(super) fn len(&self) -> usize {
        if self.kind.is_aggregate() { usize::try_from(self.data).unwrap_or(0) } else { 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Kind {
    pub(super) fn is_aggregate(self) -> bool {
        matches!(self, Kind::Group | Kind::List | Kind::Array)
    }

    pub(super) fn is_string(self) -> bool {
        matches!(self, Kind::PlainStr | Kind::Str | Kind::StrAcross)
    }
}

/// Goes over the settings of a group, list or array.
#[derive(Clone, Debug)]
pub(super) struct Children<'a> {
    nodes: &'a [Node],
    next: NodeId,
    left: usize,
}

impl Iterator for Children<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        self.left = self.left.checked_sub(1)?;
        let node = self.next;
        self.next = self.nodes.get(node as usize)?.next;
        Some(node)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Children<'_> {}

/// Makes a [`Tree`] of the events of a file.
#[derive(Debug)]
pub(super) struct TreeSink {
    nodes: Vec<Node>,
    aside: Aside,
    name: Option<At>,
    /// How many settings the innermost open group, list or array holds, and those around it.
    count: u64,
    outer: Vec<u64>,
    complete: NodeId,
}

impl TreeSink {
    /// `bytes`: how long the text is, to guess at what its settings need.
    pub(super) fn new(bytes: usize) -> Self {
        let nodes = Vec::with_capacity((bytes / 24).min(1 << 20) + 1);
        TreeSink { nodes, aside: Aside::default(), name: None, count: 0, outer: Vec::new(), complete: 0 }
    }

    pub(super) fn finish(mut self, sources: Sources<'_>, dialect: Dialect) -> Tree<'_> {
        self.nodes.shrink_to_fit();
        Tree { nodes: self.nodes, sources, dialect, aside: self.aside }
    }

    /// The setting whose value was complete last.
    #[inline]
    pub(super) fn complete(&self) -> NodeId {
        self.complete
    }

    #[inline]
    fn push(&mut self, start: Pos, end: Pos, kind: Kind, data: u64) -> NodeId {
        let node = to_pos(self.nodes.len());
        let name = self.name.take().unwrap_or(At { start: 0, end: 0 });
        self.count += 1;
        self.complete = node;
        self.nodes.push(Node {
            name: name.start,
            name_len: name.end - name.start,
            start,
            end,
            next: node + 1,
            kind,
            data,
        });
        node
    }
}

impl Sink for TreeSink {
    #[inline]
    fn name(&mut self, at: At) {
        self.name = Some(at);
    }

    #[inline]
    fn scalar(&mut self, at: At, scalar: Scalar) {
        let (kind, data) = match scalar {
            Scalar::Bool(value) => (Kind::Bool, u64::from(value)),
            Scalar::Int { value, hex } => (Kind::Int { hex }, i64::from(value).cast_unsigned()),
            Scalar::Int64 { value, hex } => (Kind::Int64 { hex }, value.cast_unsigned()),
            Scalar::Float(value) => (Kind::Float, value.to_bits()),
            Scalar::Placeholder => (Kind::Placeholder, 0),
        };
        self.push(at.start, at.end, kind, data);
    }

    #[inline]
    fn string(&mut self, string: StringValue) {
        let kind = match (&string.across, string.plain) {
            (Some(_), _) => Kind::StrAcross,
            (None, true) => Kind::PlainStr,
            (None, false) => Kind::Str,
        };
        let element = self.name.is_none();
        let node = self.push(string.start, string.end, kind, 0);
        // The usual token is a comma right behind it. In another file the place can be before this one.
        if element && string.behind != string.end + 1 {
            self.aside.behind.push((node, string.behind));
        }
        if let Some(bytes) = string.across {
            self.aside.across.push((node, bytes));
        }
    }

    #[inline]
    fn open(&mut self, at: At, bracket: Bracket) -> NodeId {
        let kind = match bracket {
            Bracket::Group => Kind::Group,
            Bracket::List => Kind::List,
            Bracket::Array => Kind::Array,
        };
        let node = self.push(at.start, at.end, kind, 0);
        self.outer.push(std::mem::take(&mut self.count));
        node
    }

    #[inline]
    fn close(&mut self, at: At, opened: NodeId) {
        let next = to_pos(self.nodes.len());
        let node = &mut self.nodes[opened as usize];
        node.end = at.end;
        node.next = next;
        node.data = self.count;
        self.count = self.outer.pop().unwrap_or(0);
        self.complete = opened;
    }

    #[inline]
    fn separator(&mut self, _: At) {}
}
