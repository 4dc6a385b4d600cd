//! Regular expressions as ProxySQL runs them for `match_digest` and `match_pattern`.
//!
//! This room knows two dialects and nothing of ProxySQL's tables. [`Pattern`] compiles, matches and replaces;
//! it says which [literals](Pattern::needs) a text must hold, for an index over many patterns, and whether one
//! pattern [covers](Pattern::covers) another. [`LazyPattern`] compiles at first use.
//!
//! ```
//! use proxysql_kit::pattern::{Dialect, Modifiers, Outcome, Pattern};
//!
//! let modifiers = Modifiers::from_column(Some(b"CASELESS"));
//! let pattern = Pattern::new(br"^select (?!.*for update)(\w+)", Dialect::Pcre, modifiers)?;
//! assert_eq!(pattern.test(b"SELECT c FROM t"), Outcome::Match);
//! assert_eq!(pattern.test(b"SELECT c FROM t FOR UPDATE"), Outcome::NoMatch);
//! let replaced = pattern.replace(b"SELECT c FROM t", br"SELECT /* hostgroup=2 */ \1");
//! assert_eq!(&*replaced.text, b"SELECT /* hostgroup=2 */ c FROM t");
//! # Ok::<(), proxysql_kit::pattern::PatternError>(())
//! ```
//!
//! # The dialects
//! [`Dialect::Pcre`] (`mysql-query_processor_regex=1`, the default) is PCRE 8.45 as ProxySQL 2.7 builds and calls
//! it: on bytes, without UTF-8 and Unicode properties, newline is LF, through the class for C++ that compiles
//! each pattern a second time as `(?:PATTERN)\z` and refuses it when that fails. [`Dialect::Re2`] (2) is RE2
//! with its default options on UTF-8. A pattern ends at its first NUL byte in both.
//!
//! | | PCRE | RE2 |
//! |---|---|---|
//! | `.`, `[^a]` | one byte | one code point; never a byte that is no UTF-8 |
//! | CASELESS | ASCII letters | Unicode's simple folding (`É` is `é`, `s` is `ſ`, even in `\w`) |
//! | `\s` | with the vertical tab | without |
//! | `$` | also before a newline at the very end | at the very end |
//! | `(?m)^` | not behind a newline at the very end | behind every newline |
//! | `{2000}` | up to 65,535 | up to 1,000, nested ones multiplied |
//! | a name used twice | refused, unless `(?J)` | taken |
//! | look-around, `\1`, `(?>a)`, `a++`, `\K`, `\h`, `\R`, `\N`, `\Z`, `(?x)`, `(?#..)`, `(?<n>..)` | yes | refused |
//! | `\pL`, `\x{100}` | refused | yes |
//! | replacing | with the pattern's case | always with regard to case, even with CASELESS |
//! | GLOBAL, `x*` by `-` in `axxb` | `-a--b-` | `-a-b-` |
//!
//! # How it runs
//! PCRE's syntax is read by a parser of our own. The pattern then runs on a backtracking matcher of our own,
//! which takes alternatives in PCRE's order and so has its groups, too. Why not fancy-regex: it follows
//! Oniguruma, and calls, branch reset, conditions, empty loops and a dozen of spellings differ in small ways
//! that nobody would see coming; a program of ours is also small (some hundred bytes for a rule), compiles in
//! microseconds and needs no warming up, which is what ten thousand rules need.
//!
//! Backtracking can take exponential time. Where it has taken more than a few steps a byte, the `regex`
//! crate's automata take over, if the pattern is of the class for which their answer is provably the same (most
//! are; `linear.rs` has the list). What remains is bounded: after [`STEP_LIMIT`] steps a pattern counts as not
//! matching, and [`Outcome::StepLimit`] says so. RE2's patterns run on these automata, in linear time; whether one matches a text
//! that is ASCII the matcher says first, if it needs few steps.
//!
//! # Where the originals differ from this
//! - PCRE gives up after 10,000,000 calls of its own, or overflows the thread's stack before: about where
//!   [`STEP_LIMIT`] is, not exactly there. Patterns that the automata take over have no such limit here.
//!   With GLOBAL a replacement ends here where it is reached, and what it made by then stays; PCRE may go on.
//! - `(*COMMIT)`, `(*THEN)` and `(*SKIP:name)` are refused with [`Cause::Unsupported`]; in RE2 so are more
//!   than 250 groups within each other.
//! - `\K` in a look ahead can put a match's beginning behind its end. Replacing it, PCRE's class takes all of the
//!   text from there on, or ends the process (GLOBAL); here the text stays as it was.
//! - Three faults of PCRE 8.45 are not followed: a repeat before an atomic group with an empty alternative is
//!   not given back (`ab+(?>|a)\w` does not match `abb`); an atomic group with a group of alternatives and then a
//!   capturing one may try its other alternatives after all (`(?>(?:|a)(b)|).+` matches `b`); groups in
//!   a part that can be empty, repeated within an atomic group, may be noted elsewhere.
//! - One of RE2 is not either: `b|(?i)b` does not match `B` there, for the class `[b]` that it makes holds `b`
//!   already.
//! - In RE2, what a loop in a loop over something that can be empty takes (`((?:|(|ba)+)+|.)`) depends on
//!   which of its machines runs; here it is what backtracking would take.
//! - How large a pattern may be is about what the originals take, not to the byte.
//! - Unicode's tables are those of the `regex` crate, newer than RE2's.

mod analysis;
mod ascii;
mod ast;
mod backtrack;
mod byte_set;
mod covers;
mod error;
mod lazy;
mod linear;
mod literals;
mod matcher;
mod pcre;
mod program;
mod re2;
mod replace;

use std::borrow::Cow;
use std::fmt;

pub use error::{Cause, PatternError};
pub use lazy::LazyPattern;
pub use literals::Needs;
pub use matcher::STEP_LIMIT;
pub use replace::{ReplaceProblem, Replaced};

use matcher::Matcher;

/// Which library ProxySQL asks: `mysql-query_processor_regex`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dialect {
    /// 1, the default.
    #[default]
    Pcre,
    /// 2.
    Re2,
}

impl Dialect {
    /// The dialect that a value of `mysql-query_processor_regex` stands for (1 or 2).
    ///
    /// ```
    /// use proxysql_kit::pattern::Dialect;
    ///
    /// assert_eq!(Dialect::from_setting(2), Some(Dialect::Re2));
    /// assert_eq!(Dialect::from_setting(3), None);
    /// ```
    pub fn from_setting(value: i64) -> Option<Dialect> {
        match value {
            1 => Some(Dialect::Pcre),
            2 => Some(Dialect::Re2),
            _ => None,
        }
    }
}

/// What the column `re_modifiers` sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Modifiers {
    /// Upper and lower case are the same.
    pub caseless: bool,
    /// Every occurrence is replaced, not only the first. Says nothing about matching.
    pub global: bool,
}

impl Modifiers {
    /// Reads the column as ProxySQL 2.7 does: parts between commas, each of which counts if it begins with
    /// `CASELESS` or `GLOBAL` in any case. A blank before the word makes it another word. NULL is no modifier
    /// at all: CASELESS is only the column's default.
    ///
    /// ```
    /// use proxysql_kit::pattern::Modifiers;
    ///
    /// assert!(Modifiers::from_column(Some(b"global,CASELESSLY")).caseless);
    /// assert!(!Modifiers::from_column(Some(b"GLOBAL, CASELESS")).caseless);
    /// assert_eq!(Modifiers::from_column(None), Modifiers::default());
    /// ```
    pub fn from_column(text: Option<&[u8]>) -> Modifiers {
        let begins = |word: &'static [u8]| {
            text.unwrap_or_default()
                .split(|&byte| byte == b',')
                .any(|part| part.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)))
        };
        Modifiers { caseless: begins(b"CASELESS"), global: begins(b"GLOBAL") }
    }
}

/// Whether a pattern matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It occurs in the text.
    Match,
    /// It does not.
    NoMatch,
    /// That was not clear after [`STEP_LIMIT`] steps: it counts as not matching.
    StepLimit,
}

impl Outcome {
    /// Whether the pattern counts as matching.
    pub fn is_match(self) -> bool {
        self == Outcome::Match
    }
}

/// Where the groups of a match lie: the whole match first, then each group, `None` where one took no part.
pub type Spans = Vec<Option<(usize, usize)>>;

/// A compiled pattern.
///
/// `Send + Sync`: threads share one. Automata are built when they are first needed.
pub struct Pattern {
    text: Box<[u8]>,
    dialect: Dialect,
    modifiers: Modifiers,
    matcher: Matcher,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// Where PCRE or RE2 refuse the pattern, and in the few cases that this crate does not know
    /// ([`PatternError::is_ours`]). ProxySQL loads a rule with such a pattern, and it never matches; negated,
    /// it always matches.
    pub fn new(text: &[u8], dialect: Dialect, modifiers: Modifiers) -> Result<Pattern, PatternError> {
        let text = until_nul(text);
        let matcher = Matcher::new(text, dialect, modifiers.caseless)?;
        Ok(Pattern { text: text.into(), dialect, modifiers, matcher })
    }

    /// The pattern as it was given, up to its first NUL byte.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The dialect it was compiled for.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The modifiers it was compiled with.
    pub fn modifiers(&self) -> Modifiers {
        self.modifiers
    }

    /// The number of capturing groups.
    pub fn groups(&self) -> usize {
        self.matcher.groups() as usize
    }

    /// Whether the pattern occurs in the text, or that took too long to say.
    pub fn test(&self, subject: &[u8]) -> Outcome {
        self.matcher.test(subject)
    }

    /// Whether the pattern occurs in the text; not when the step limit was reached.
    pub fn is_match(&self, subject: &[u8]) -> bool {
        self.test(subject).is_match()
    }

    /// The first match and its groups.
    ///
    /// # Errors
    /// [`StepLimitReached`] when it is not clear after [`STEP_LIMIT`] steps.
    ///
    /// ```
    /// use proxysql_kit::pattern::{Dialect, Modifiers, Pattern};
    ///
    /// let pattern = Pattern::new(br"(\w+)=(\d+)?", Dialect::Pcre, Modifiers::default())?;
    /// assert_eq!(pattern.find(b"a=").unwrap(), Some(vec![Some((0, 2)), Some((0, 1)), None]));
    /// # Ok::<(), proxysql_kit::pattern::PatternError>(())
    /// ```
    pub fn find(&self, subject: &[u8]) -> Result<Option<Spans>, StepLimitReached> {
        self.matcher.find(subject, matcher::Search::default())
    }

    /// The text with the first occurrence replaced, or each with GLOBAL.
    ///
    /// In the replacement `\0` to `\9` are groups and `\\` is a backslash. What is wrong with it is in
    /// [`Replaced::problem`]; without GLOBAL the text then stays as it was, with GLOBAL each occurrence becomes
    /// what stood before the fault (in RE2, too, unless the fault is a group that the pattern does not have).
    ///
    /// The cut at the first NUL byte that ProxySQL makes before is the caller's.
    ///
    /// ```
    /// use proxysql_kit::pattern::{Dialect, Modifiers, Pattern, ReplaceProblem};
    ///
    /// let pattern = Pattern::new(br"sbtest(\d)", Dialect::Pcre, Modifiers { caseless: true, global: true })?;
    /// let replaced = pattern.replace(b"SELECT SBTEST1.c FROM sbtest1", br"new_\1");
    /// assert_eq!((&*replaced.text, replaced.count), (&b"SELECT new_1.c FROM new_1"[..], 2));
    /// assert_eq!(pattern.replace(b"sbtest1", br"[\2]").problem, Some(ReplaceProblem::NoSuchGroup(2)));
    /// # Ok::<(), proxysql_kit::pattern::PatternError>(())
    /// ```
    pub fn replace<'t>(&self, subject: &'t [u8], replacement: &[u8]) -> Replaced<'t> {
        replace::replace(self, subject, replacement)
    }

    /// What every text that the pattern matches must hold.
    pub fn needs(&self) -> Needs {
        literals::needs(&self.text, self.dialect, self.modifiers.caseless)
    }

    /// Whether this pattern matches whatever `other` matches. `None` when that is not known, which is most
    /// often: only equal patterns, patterns that match every text, and plain literals are looked at.
    ///
    /// ```
    /// use proxysql_kit::pattern::{Dialect, Modifiers, Pattern};
    ///
    /// let pattern = |text: &[u8]| Pattern::new(text, Dialect::Pcre, Modifiers::default()).unwrap();
    /// assert_eq!(pattern(b"^SELECT").covers(&pattern(b"^SELECT .* FOR UPDATE$")), Some(true));
    /// assert_eq!(pattern(b"^SELECT").covers(&pattern(b"^UPDATE")), Some(false));
    /// assert_eq!(pattern(b"a+b").covers(&pattern(b"ab+")), None);
    /// ```
    pub fn covers(&self, other: &Pattern) -> Option<bool> {
        covers::covers(self, other)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pattern")
            .field("text", &shown(&self.text))
            .field("dialect", &self.dialect)
            .field("modifiers", &self.modifiers)
            .finish_non_exhaustive()
    }
}

/// After [`STEP_LIMIT`] steps it was not clear whether a pattern matches. ProxySQL's PCRE has such a limit, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the pattern takes too many steps on this text, and counts as not matching")]
pub struct StepLimitReached;

/// The libraries are given patterns as strings that a NUL byte ends.
fn until_nul(text: &[u8]) -> &[u8] {
    memchr::memchr(0, text).and_then(|end| text.get(..end)).unwrap_or(text)
}

fn shown(text: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(text)
}
