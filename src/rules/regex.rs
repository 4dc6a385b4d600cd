//! The regular expressions of a rule: [`pattern`](crate::pattern), with what ProxySQL makes of invalid ones.

use memchr::memmem;

use crate::pattern::{Dialect, Modifiers, Needs, Outcome, Pattern};
use crate::schema::Text;

/// A regular expression of a rule.
#[derive(Debug)]
pub(super) struct Regex {
    source: Text,
    /// The compiled pattern, or what is wrong with it.
    pattern: Result<Pattern, String>,
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
    /// The new text, and what went wrong with some of it.
    Text(Vec<u8>, Option<String>),
    /// It stays as it is, and why.
    Kept(String),
    /// It would be too long, and stays as it is.
    TooLong,
}

impl Regex {
    pub(super) fn new(source: &Text, dialect: Dialect, modifiers: Modifiers) -> Self {
        let pattern = Pattern::new(source.as_bytes(), dialect, modifiers).map_err(|error| error.to_string());
        Regex { source: source.clone(), pattern }
    }

    pub(super) fn source(&self) -> &Text {
        &self.source
    }

    /// What is wrong with it.
    pub(super) fn error(&self) -> Option<&str> {
        self.pattern.as_ref().err().map(String::as_str)
    }

    pub(super) fn matches(&self, text: &[u8]) -> Match {
        let Ok(pattern) = &self.pattern else { return Match::Invalid };
        match pattern.test(text) {
            Outcome::Match => Match::Yes,
            Outcome::NoMatch => Match::No,
            Outcome::StepLimit => Match::GaveUp,
        }
    }

    /// What a text must hold to match; nothing of one that never does.
    pub(super) fn needs(&self) -> Option<Needs> {
        self.pattern.as_ref().ok().map(Pattern::needs)
    }

    /// The text with its occurrences replaced, if that is no more than `room` bytes.
    pub(super) fn replace(&self, text: &[u8], replacement: &[u8], room: usize) -> Replaced {
        let Ok(pattern) = &self.pattern else { return Replaced::Kept("match_pattern is invalid".to_owned()) };
        if !fits(pattern, text, replacement, room) {
            return Replaced::TooLong;
        }
        let replaced = pattern.replace(text, replacement);
        let problem = replaced.problem.map(|problem| problem.to_string());
        if replaced.count > 0 {
            return Replaced::Text(replaced.text.into_owned(), problem);
        }
        Replaced::Kept(problem.unwrap_or_else(|| "there is no occurrence".to_owned()))
    }
}

/// Whether the replaced text is short enough. Only one that could be too long costs a look at what occurs.
fn fits(pattern: &Pattern, text: &[u8], replacement: &[u8], room: usize) -> bool {
    let groups = memchr::memchr_iter(b'\\', replacement).count();
    // What groups hold of all occurrences lies side by side; what they saw of the text around does not.
    let looks_around = [&b"(?="[..], b"(?<="].iter().any(|look| memmem::find(pattern.text(), look).is_some());
    let grown = |occurrences: usize| {
        let copies = if looks_around { groups.saturating_mul(occurrences) } else { groups };
        let copied = text.len().saturating_mul(copies + 1);
        replacement.len().saturating_mul(occurrences).saturating_add(copied)
    };
    let most = if pattern.modifiers().global { text.len() + 1 } else { 1 };
    grown(most) <= room || grown(pattern.replace(text, b"").count) <= room
}
