//! Why a pattern is refused.

use thiserror::Error;

/// A pattern that is not compiled, with the place and the cause.
///
/// ProxySQL loads a rule with such a pattern without complaint. The rule never matches, or always when
/// `negate_match_pattern` is set: see [`PatternError::is_ours`] for the one case where that is not said.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("at byte {offset}: {cause}")]
pub struct PatternError {
    /// Where in the pattern, in bytes; the end of the pattern when something is missing.
    pub offset: usize,
    /// What is wrong.
    pub cause: Cause,
}

impl PatternError {
    pub(super) fn new(offset: usize, cause: Cause) -> PatternError {
        PatternError { offset, cause }
    }

    /// Whether it is this crate that cannot compile the pattern, while ProxySQL can ([`Cause::Unsupported`]).
    pub fn is_ours(&self) -> bool {
        matches!(self.cause, Cause::Unsupported(_))
    }
}

/// What is wrong with a pattern. The words are ours; where PCRE or RE2 refuse a pattern, so do we.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Cause {
    /// The pattern ends in a backslash.
    #[error("nothing follows the backslash; a backslash itself is `\\\\`")]
    BackslashAtEnd,
    /// An escape that the dialect does not know.
    #[error("`\\{0}` means nothing in {1}")]
    UnknownEscape(String, &'static str),
    /// An escape that is not complete, or not well formed.
    #[error("`\\{0}` is not written as it must be: {1}")]
    MalformedEscape(String, &'static str),
    /// A number in an escape that is no byte.
    #[error("a character above 255, while PCRE works on bytes here")]
    CharacterTooLarge,
    /// `*`, `+`, `?` or `{n}` without anything before.
    #[error("`{0}` has nothing to repeat; the character itself is `\\{0}`")]
    NothingToRepeat(char),
    /// `{n}` with a number above the limit.
    #[error("a repeat of more than {0} times")]
    RepeatTooLarge(u32),
    /// `{3,2}`.
    #[error("the repeat ends before it begins")]
    RepeatOutOfOrder,
    /// A `[` without its `]`.
    #[error("the `]` that closes the class is missing")]
    ClassNotClosed,
    /// `[b-a]`.
    #[error("the range ends before it begins")]
    RangeOutOfOrder,
    /// `[a-\d]`.
    #[error("a range must end with one character")]
    RangeWithClass,
    /// `[[:nope:]]`.
    #[error("`{0}` is no class")]
    UnknownClass(String),
    /// `[:alpha:]` outside a class.
    #[error("a POSIX class stands only within a class: `[[:alpha:]]`")]
    ClassOutside,
    /// `[[.a.]]` or `[[=a=]]`.
    #[error("collating elements are not supported")]
    CollatingElement,
    /// A `(` without its `)`.
    #[error("a `)` is missing")]
    GroupNotClosed,
    /// A `)` without its `(`.
    #[error("the `)` closes nothing; the character itself is `\\)`")]
    GroupNotOpened,
    /// `(?` and something unknown.
    #[error("`(?` is not followed by anything that {0} knows")]
    UnknownGroup(&'static str),
    /// `(?#` without its `)`.
    #[error("the comment is not closed")]
    CommentNotClosed,
    /// A name that is empty, too long, or has other characters than letters, digits and `_`.
    #[error("the name of the group is not well formed")]
    BadName,
    /// A name used twice.
    #[error("two groups have the name `{0}`")]
    NameTwice(String),
    /// Two names for one number, within `(?|`.
    #[error("two names for the same group")]
    TwoNames,
    /// A reference to a group that is not there.
    #[error("there is no group `{0}`")]
    NoSuchGroup(String),
    /// The condition of `(?(..)..)`.
    #[error("the condition is not well formed")]
    BadCondition,
    /// `(?(1)a|b|c)`.
    #[error("a condition has at most two branches, DEFINE one")]
    TooManyBranches,
    /// A look behind over an unknown number of bytes.
    #[error("a look behind must have a fixed length in each of its alternatives")]
    LookBehindLength,
    /// A call of a group that is its own beginning.
    #[error("the call could go on for ever")]
    EndlessCall,
    /// A `(*VERB)` that is unknown or not well formed.
    #[error("`(*{0})` is not known, or not at this place")]
    UnknownVerb(String),
    /// More parentheses within each other than the dialect takes.
    #[error("more than {0} parentheses within each other")]
    TooDeep(usize),
    /// The compiled pattern would be larger than the dialect takes.
    #[error("the pattern is too large")]
    TooLarge,
    /// RE2 takes only UTF-8.
    #[error("the pattern is not UTF-8")]
    NotUtf8,
    /// ProxySQL compiles a PCRE pattern a second time, as `(?:PATTERN)\z`, and refuses it if that fails: `\Q`
    /// without `\E`, a comment without an end, a verb that must come first.
    #[error("within `(?:..)` as ProxySQL also compiles it, the pattern is wrong: {0}")]
    Wrapped(Box<Cause>),
    /// ProxySQL knows it, this crate does not.
    #[error("{0} is not supported here, though ProxySQL knows it")]
    Unsupported(&'static str),
}
