//! Why placeholders cannot be filled.

use std::fmt;

use thiserror::Error;

use super::super::error::Verdict;
use super::super::source::{Location, Span};

/// Why a document could not be rendered. No value is told: it may be a secret.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum RenderError {
    /// Placeholders that cannot be filled: all of them, in the order of the files.
    #[error("{}", Summary(.0))]
    Unfilled(Vec<Unfilled>),
    /// More bytes than [`Limits::bytes`](crate::libconfig::Limits::bytes).
    #[error("with its placeholders filled the file has more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// libconfig would refuse the result.
    #[error("with its placeholders filled the file would be refused, in line {line}: {verdict}")]
    Refused {
        /// What libconfig would say.
        verdict: Verdict,
        /// The line of the result.
        line: usize,
    },
    /// A setting would not hold what it is meant to hold.
    #[error("`{0}` cannot hold the value: a NUL before it cuts it off, or its file is included twice")]
    Changed(String),
}

/// A placeholder that cannot be filled. Its `Display` is one line: place, placeholder and reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unfilled {
    /// Its place.
    pub span: Span,
    /// The place where it begins.
    pub location: Location,
    /// The path of the setting or element that it is a part of.
    pub path: String,
    /// The placeholder without its default, which may be a secret: `${NAME}`.
    pub placeholder: String,
    /// Why it cannot be filled.
    pub reason: UnfilledReason,
}

impl fmt::Display for Unfilled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: `{}` {}", self.location, self.placeholder, self.reason)
    }
}

/// Why a placeholder cannot be filled. The `Display` goes on behind the placeholder.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnfilledReason {
    /// It has no value and no default.
    #[error("is not set")]
    Unset,
    /// The value is a list or a map.
    #[error("is a list or a map, and no single value")]
    NotScalar,
    /// The value holds a NUL, which no string of libconfig can hold.
    #[error("has a value with a NUL, which libconfig cannot hold")]
    Nul,
    /// `${NAME:?...}` and the like.
    #[error("has an operator that only a shell knows")]
    Operator,
    /// An action of a template that is no path with `default` and `quote`.
    #[error("needs Helm itself")]
    Template,
    /// `quote` within quotes, which would end the string.
    #[error("puts quotes around the value within a string")]
    QuoteInString,
    /// `{{-` or `-}}` in a string.
    #[error("trims blanks within a string")]
    TrimInString,
    /// The other elements of its array are of another type.
    #[error("has a value of another type than the other elements of the array")]
    ArrayType,
    /// Its string begins in one file and ends in another.
    #[error("stands in a string that begins in one file and ends in another")]
    SeveralFiles,
}

impl UnfilledReason {
    /// A stable word for the reason, for machines.
    pub fn code(self) -> &'static str {
        match self {
            UnfilledReason::Unset => "unset-placeholder",
            UnfilledReason::NotScalar => "placeholder-not-scalar",
            UnfilledReason::Nul => "placeholder-nul",
            UnfilledReason::Operator => "placeholder-operator",
            UnfilledReason::Template => "placeholder-template",
            UnfilledReason::QuoteInString => "placeholder-quote",
            UnfilledReason::TrimInString => "placeholder-trim",
            UnfilledReason::ArrayType => "placeholder-array-type",
            UnfilledReason::SeveralFiles => "placeholder-several-files",
        }
    }

    /// A way out, where there is one.
    pub fn help(self) -> Option<&'static str> {
        Some(match self {
            UnfilledReason::Operator => {
                "these can be filled: `${NAME}`, `${NAME:-text}` (if unset or empty), `${NAME-text}`"
            }
            UnfilledReason::Template => {
                "these can be filled: `{{ .Values.a.b }}` with `| default \"text\"` and `| quote`; \
                 render all others with `helm template`"
            }
            UnfilledReason::QuoteInString => "leave out `quote`: values in strings are escaped anyway",
            UnfilledReason::TrimInString => "leave out the `-` beside the braces",
            UnfilledReason::ArrayType => "a list, in parentheses, may hold elements of several types",
            UnfilledReason::NotScalar => "name a member of it",
            UnfilledReason::Unset | UnfilledReason::Nul | UnfilledReason::SeveralFiles => return None,
        })
    }
}

struct Summary<'a>(&'a [Unfilled]);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, more)) = self.0.split_first() else { return f.write_str("no placeholder") };
        write!(f, "{first}")?;
        if more.is_empty() { Ok(()) } else { write!(f, " (and {} more)", more.len()) }
    }
}
