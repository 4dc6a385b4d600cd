//! The seam to [`pattern`](crate::pattern): the regular expressions of a rule.

use crate::schema::Text;

/// A regular expression of a rule.
#[derive(Debug)]
pub(super) struct Regex {
    source: Text,
}

/// How a text compares with a regular expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    Yes,
    No,
    /// The expression is none, and never matches.
    Invalid,
    /// Too many steps were needed; counts as not matching.
    GaveUp,
}

/// What became of a text that a rule rewrites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Replaced {
    /// The new text.
    Text(Vec<u8>),
    /// It stays as it is, and why.
    Kept(String),
}

impl Regex {
    pub(super) fn new(source: &Text, _caseless: bool, _re2: bool) -> Self {
        Regex { source: source.clone() }
    }

    pub(super) fn source(&self) -> &Text {
        &self.source
    }

    /// What is wrong with it.
    pub(super) fn error(&self) -> Option<String> {
        None
    }

    pub(super) fn matches(&self, text: &[u8]) -> Match {
        let found = memchr::memmem::find(text, self.source.as_bytes()).is_some();
        if found { Match::Yes } else { Match::No }
    }

    pub(super) fn replace(&self, _text: &[u8], _replacement: &[u8], _global: bool, _room: usize) -> Replaced {
        Replaced::Kept("not yet".to_owned())
    }
}
