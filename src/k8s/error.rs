//! Why a manifest gives no cnf, or takes none back.

use thiserror::Error;

/// So many keys or kinds are named in an error.
pub(super) const MOST_CHOICES: usize = 20;

/// Why no cnf could be taken out of a manifest.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// The text is not UTF-8.
    #[error("no YAML: byte {offset} is not UTF-8")]
    Utf8 {
        /// The first byte that does not fit, counted from 0.
        offset: usize,
    },
    /// The text is no YAML.
    #[error("line {line}, column {column}: no YAML: {reason}{}", template_help(*.template))]
    Yaml {
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
        /// The parser's words.
        reason: String,
        /// Whether the text looks like a Helm template, which is YAML only when it is rendered.
        template: bool,
    },
    /// One of the [`Limits`](super::Limits).
    #[error("more than the limit of {limit} {what}")]
    Limit {
        /// The limit.
        limit: usize,
        /// What was counted.
        what: &'static str,
    },
    /// No object of the file can hold a cnf.
    #[error("no ConfigMap and no Secret in it{}{}", only_kinds(.kinds), template_help(*.template))]
    NoObject {
        /// The kinds of the objects that are there.
        kinds: Vec<String>,
        /// Whether the text looks like a Helm template.
        template: bool,
    },
    /// No key ends in `.cnf`.
    #[error("no key of a ConfigMap or Secret ends in `.cnf`: name one as FILE#KEY{}", choices(.keys))]
    NoCnf {
        /// The keys that are there.
        keys: Vec<String>,
    },
    /// Nothing has this key.
    #[error("no ConfigMap or Secret has a key `{key}`{}", choices(.keys))]
    NoKey {
        /// The key that was asked for.
        key: String,
        /// The keys that are there.
        keys: Vec<String>,
    },
    /// Several entries could be meant.
    #[error("several could be meant: name one as FILE#KEY{}", choices(.keys))]
    Ambiguous {
        /// The keys, as far as they tell one entry from another.
        keys: Vec<String>,
    },
    /// An object has a key twice.
    #[error("line {line}: the key `{key}` stands twice in one object")]
    Duplicate {
        /// The key.
        key: String,
        /// The line of the second one.
        line: usize,
    },
    /// The value is no string.
    #[error("line {line}: the value of `{key}` is no string: write the text as a block, `{key}: |`")]
    NotText {
        /// The key.
        key: String,
        /// The line of the key.
        line: usize,
    },
    /// The value should be base64.
    #[error("line {line}: the value of `{key}` is no base64: {reason} (plain text goes under `stringData`)")]
    Base64 {
        /// The key.
        key: String,
        /// The line of the key.
        line: usize,
        /// What does not fit.
        reason: String,
    },
}

/// Why another text cannot take the place of a cnf in its manifest.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplaceError {
    /// The value is written in another way than as a literal block.
    #[error("the value is {style}, and only a literal block (`KEY: |`) can be written in place")]
    NotLiteral {
        /// How it is written.
        style: &'static str,
    },
    /// A literal block cannot hold this text: it is no UTF-8, has control characters, or begins with a
    /// blank.
    #[error("a literal block of YAML cannot hold this text")]
    Unfit,
}

fn template_help(template: bool) -> &'static str {
    if template {
        "; it looks like a template: render it first (`helm template`), and check the result"
    } else {
        ""
    }
}

fn only_kinds(kinds: &[String]) -> String {
    if kinds.is_empty() { String::new() } else { format!(", only {}", listed(kinds)) }
}

fn choices(keys: &[String]) -> String {
    if keys.is_empty() { String::new() } else { format!("; it has {}", listed(keys)) }
}

fn listed(words: &[String]) -> String {
    let more = if words.len() < MOST_CHOICES { "" } else { ", …" };
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ") + more
}
