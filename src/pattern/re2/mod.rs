//! RE2's syntax: from text to what the automata of the `regex` crate are built from.
//!
//! RE2 has no feature that such an automaton lacks, so all of it goes there. What is ours is the syntax, which
//! decides what is refused, and RE2's view of UTF-8.

mod class;
mod parser;
mod utf8;

pub(super) use parser::parse;
