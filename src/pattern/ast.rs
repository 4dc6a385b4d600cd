//! A PCRE pattern as a tree, options already applied: what the matcher, the translation into the `regex`
//! crate's form, and the search for literals work on.

use super::byte_set::ByteSet;

/// A parsed pattern.
#[derive(Debug, Clone)]
pub(super) struct Ast {
    pub(super) root: Node,
    /// The number of capturing groups.
    pub(super) groups: u32,
    /// Which groups a reference means; more than one when a name is used twice. See [`Node::BackReference`].
    pub(super) references: Vec<Vec<u32>>,
}

/// A part of a pattern.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Empty,
    Byte(u8),
    /// One byte of a set; a letter without regard to case is a set of two.
    Set(Box<ByteSet>),
    /// `\R`: CR LF as one, else any line end; never given back in part.
    LineBreak,
    Assert(Assert),
    Concat(Vec<Node>),
    Alternate(Vec<Node>),
    Capture(u32, Box<Node>),
    Atomic(Box<Node>),
    Look(Box<Look>),
    Repeat(Box<Repeat>),
    /// The index into [`Ast::references`].
    BackReference {
        reference: usize,
        caseless: bool,
    },
    Condition(Box<Condition>),
    /// A group called as a subroutine; 0 is the whole pattern. The index into [`Ast::references`].
    Call(usize),
    /// `\K`.
    Keep,
    Verb(Verb),
}

/// A condition on a place, not on bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assert {
    /// `\A`, and `^` without `m`.
    Start,
    /// `^` with `m`: at the start and behind a newline that is not the last byte.
    LineStart,
    /// `\z`.
    End,
    /// `\Z`, and `$` without `m`: at the end and before a newline that is the last byte.
    EndOrLastNewline,
    /// `$` with `m`.
    LineEnd,
    Word,
    NotWord,
    /// `\G`: where the search began.
    SearchStart,
}

/// `(?=..)`, `(?!..)`, `(?<=..)`, `(?<!..)`.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub(super) behind: bool,
    pub(super) negative: bool,
    /// The alternatives.
    pub(super) body: Vec<Node>,
    /// How many bytes each alternative looks back; empty for a look ahead.
    pub(super) back: Vec<usize>,
    /// Where the parenthesis closes, for messages.
    pub(super) offset: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Repeat {
    pub(super) node: Node,
    pub(super) min: u32,
    pub(super) max: Option<u32>,
    pub(super) greed: Greed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Greed {
    Greedy,
    Lazy,
    Possessive,
}

#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) test: Test,
    pub(super) yes: Node,
    pub(super) no: Node,
    /// Whether a `|` stands there: without one a look behind may not hold it.
    pub(super) has_no: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    /// One of the groups took part. The index into [`Ast::references`].
    Group(usize),
    /// Within a call of any group.
    AnyCall,
    /// Within a call of one of these groups. The index into [`Ast::references`].
    Call(usize),
    /// `(?(DEFINE)..)`.
    Never,
    Look(Look),
}

/// A verb that steers backtracking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Accept,
    Fail,
    Prune,
    Skip,
}
