//! What is wrong with a rule, so that it is not loaded, never matches, or matches what it should not.

use std::fmt;

use crate::schema::Text;

/// Something about a rule that its author should know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Problem {
    /// The rule.
    pub rule_id: i32,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// What can be wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ProblemKind {
    /// `client_addr` has a `%` before its end: the rule is not loaded.
    ClientAddrWildcard(Text),
    /// `client_addr` has 46 bytes or more: the rule is not loaded.
    ClientAddrTooLong(Text),
    /// A regular expression is none: it never matches; negated, it always does.
    InvalidRegex {
        /// `match_digest` or `match_pattern`.
        column: &'static str,
        /// What is wrong with it.
        message: String,
        /// Whether the rule has `negate_match_pattern`.
        negated: bool,
    },
    /// `digest` reads as 0 or as all ones, and is no criterion: the rule matches any digest.
    DigestIgnored(Text),
    /// `digest` with `mysql-query_digests=false`: what it is compared with is undefined. Here it never matches.
    DigestUndefined,
    /// `match_digest` with `mysql-query_digests=false`: it is no criterion.
    MatchDigestIgnored,
    /// `proxy_port` is 0, which no TCP client has; only mirrored queries match.
    ProxyPortZero,
    /// `flagIN` is negative, which no flag is.
    NegativeFlagIn,
}

impl Problem {
    /// Whether the rule is not loaded at all.
    pub fn is_unloaded(&self) -> bool {
        matches!(self.kind, ProblemKind::ClientAddrWildcard(_) | ProblemKind::ClientAddrTooLong(_))
    }

    /// Whether no query of a client can match the rule.
    pub fn never_matches(&self) -> bool {
        match self.kind {
            ProblemKind::InvalidRegex { negated, .. } => !negated,
            ProblemKind::DigestUndefined | ProblemKind::ProxyPortZero | ProblemKind::NegativeFlagIn => true,
            ProblemKind::DigestIgnored(_) | ProblemKind::MatchDigestIgnored => false,
            ProblemKind::ClientAddrWildcard(_) | ProblemKind::ClientAddrTooLong(_) => true,
        }
    }
}

/// A sentence that names the rule.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.rule_id;
        match &self.kind {
            ProblemKind::ClientAddrWildcard(addr) => write!(
                f,
                "rule {id} is not loaded: in client_addr {addr:?} a % stands before the end; only one at the end is a wildcard"
            ),
            ProblemKind::ClientAddrTooLong(addr) => {
                write!(f, "rule {id} is not loaded: client_addr {addr:?} is longer than 45 bytes")
            }
            ProblemKind::InvalidRegex { column, message, negated } => {
                let effect = if *negated { "always matches, for it is negated" } else { "never matches" };
                write!(f, "rule {id}: {column} is invalid and {effect}: {message}")
            }
            ProblemKind::DigestIgnored(digest) => write!(
                f,
                "rule {id}: digest {digest:?} does not read as a hash, so any digest matches; write 0x and hex digits"
            ),
            ProblemKind::DigestUndefined => write!(
                f,
                "rule {id}: with mysql-query_digests=false a digest is compared with old memory; here it never matches"
            ),
            ProblemKind::MatchDigestIgnored => {
                write!(f, "rule {id}: with mysql-query_digests=false match_digest is no criterion")
            }
            ProblemKind::ProxyPortZero => {
                write!(f, "rule {id} never matches a client: proxy_port is 0; use NULL for any port")
            }
            ProblemKind::NegativeFlagIn => write!(f, "rule {id} never matches: its flagIN is negative"),
        }
    }
}
