//! What is wrong with a file: libconfig's verdict, and the cause in words that help.

use std::fmt;

use thiserror::Error;

use super::include::IncludeError;
use super::source::{FileId, Location, Source, Sources, Span};

/// Why a text is refused: one diagnostic or more. The first has libconfig's own verdict and line.
///
/// ```
/// use proxysql_kit::libconfig::Document;
///
/// let error = Document::parse("mysql_variables=\n{\n    have_ssl=yes\n}").unwrap_err();
/// assert_eq!(error.first().verdict.to_string(), "syntax error");
/// assert_eq!(error.first().location.line, 3);
/// assert_eq!(error.to_string(), "3:14: syntax error: `yes` is no boolean in libconfig");
/// ```
#[derive(Clone, Error)]
#[error("{}{}", .0.first.summary(), More(.0.rest.len(), .0.truncated))]
pub struct ParseError(Box<Inner>);

#[derive(Clone)]
struct Inner {
    first: Diagnostic,
    rest: Vec<Diagnostic>,
    truncated: bool,
    sources: Sources<'static>,
}

impl ParseError {
    pub(super) fn new(
        first: Diagnostic,
        rest: Vec<Diagnostic>,
        truncated: bool,
        sources: Sources<'static>,
    ) -> Self {
        ParseError(Box::new(Inner { first, rest, truncated, sources }))
    }

    /// The error that libconfig stops at.
    pub fn first(&self) -> &Diagnostic {
        &self.0.first
    }

    /// All errors that were found, the first one first.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        std::iter::once(&self.0.first).chain(&self.0.rest)
    }

    /// Whether there were more errors than [`Limits::errors`](super::Limits::errors).
    pub fn is_truncated(&self) -> bool {
        self.0.truncated
    }

    /// The files that the spans speak of, as far as they were opened.
    pub fn sources(&self) -> &[Source<'static>] {
        self.0.sources.files()
    }

    /// One of the files that the spans speak of.
    pub fn source(&self, file: FileId) -> &Source<'static> {
        self.0.sources.get(file)
    }

    /// The place where a span begins.
    pub fn location(&self, span: Span) -> Location {
        self.0.sources.location(span)
    }
}

impl fmt::Debug for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The text itself can hold secrets.
        f.debug_list().entries(self.diagnostics()).finish()
    }
}

struct More(usize, bool);

impl fmt::Display for More {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.1) {
            (0, false) => Ok(()),
            (more, false) => write!(f, " (and {more} more)"),
            (more, true) => write!(f, " (and more than {more} more)"),
        }
    }
}

/// One thing that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// What libconfig says.
    pub verdict: Verdict,
    /// What its author probably did.
    pub cause: Cause,
    /// The token that does not fit; empty at the end of a file.
    pub span: Span,
    /// The file and line that libconfig tells, and the column.
    pub location: Location,
    /// Other places that belong to it.
    pub labels: Vec<Label>,
    /// A way out.
    pub help: Option<String>,
}

impl Diagnostic {
    /// One line: place, verdict and cause.
    pub fn summary(&self) -> String {
        if self.verdict == Verdict::FileIo {
            return format!("{}: {}: {}", self.location.file, self.verdict, self.cause);
        }
        format!("{}: {}: {}", self.location, self.verdict, self.cause)
    }
}

/// A place that belongs to a diagnostic, with a word on it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is to be seen there.
    pub text: String,
}

impl Label {
    pub(super) fn new(span: Span, text: impl Into<String>) -> Self {
        Label { span, text: text.into() }
    }
}

/// What libconfig says of a file; its `Display` is libconfig's own text. The last five are this
/// crate's: limits, and what ends the process in the C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// A token that cannot stand where it stands.
    Syntax,
    /// Two settings of one group have one name.
    DuplicateName,
    /// An array holds elements of two types.
    ElementType,
    /// A file of an include directive cannot be opened.
    IncludeNotOpened,
    /// More than ten included files are open at once.
    IncludeTooDeep,
    /// The stack of libconfig's parser is full.
    MemoryExhausted,
    /// The file itself cannot be opened.
    FileIo,
    /// More open brackets than [`Limits::depth`](super::Limits::depth).
    TooDeep,
    /// More bytes than [`Limits::bytes`](super::Limits::bytes).
    TooLarge,
    /// More files than [`Limits::includes`](super::Limits::includes).
    TooManyIncludes,
    /// An include directive names a folder: libconfig ends the whole process.
    IncludeDirectory,
}

impl Verdict {
    /// Whether reading cannot go on behind it.
    pub(super) fn is_final(self) -> bool {
        matches!(
            self,
            Verdict::MemoryExhausted | Verdict::TooDeep | Verdict::TooLarge | Verdict::TooManyIncludes
        )
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Syntax => "syntax error",
            Verdict::DuplicateName => "duplicate setting name",
            Verdict::ElementType => "mismatched element type in array",
            Verdict::IncludeNotOpened => "cannot open include file",
            Verdict::IncludeTooDeep => "include file nesting too deep",
            Verdict::MemoryExhausted => "memory exhausted",
            Verdict::FileIo => "file I/O error",
            Verdict::TooDeep => "nesting too deep",
            Verdict::TooLarge => "too many bytes",
            Verdict::TooManyIncludes => "too many include files",
            Verdict::IncludeDirectory => "include file is a folder",
        })
    }
}

/// What its author probably did. The `Display` is a sentence without a full stop.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// Something that cannot stand here, for no reason that is known.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What could stand here.
        expected: String,
        /// What stands here.
        found: String,
    },
    /// `'text'`.
    #[error("strings are written in double quotes")]
    SingleQuotes,
    /// Typographic quotes, as text programs make them.
    #[error("`{0}` is no quote: strings are written in plain double quotes")]
    CurlyQuotes(char),
    /// A word where a value is due.
    #[error("`{0}` is no value: text is written in double quotes")]
    BareWord(String),
    /// `yes`, `no`, `on`, `off` where a value is due.
    #[error("`{0}` is no boolean in libconfig")]
    YesNo(String),
    /// The file begins with a byte-order mark.
    #[error("a byte-order mark, which libconfig cannot read")]
    ByteOrderMark,
    /// A character that looks like a blank, or like nothing.
    #[error("an invisible character, {name} (U+{:04X})", u32::from(*.character))]
    Invisible {
        /// The character.
        character: char,
        /// Its name.
        name: &'static str,
    },
    /// A bracket, string or comment that is never closed.
    #[error("{0} is never closed")]
    Unclosed(Unclosed),
    /// A closing bracket that closes nothing.
    #[error("`{0}` closes nothing")]
    Unopened(char),
    /// Two elements without a comma between them.
    #[error("a comma is missing between two elements")]
    MissingComma,
    /// `name =` and no value.
    #[error("`{0}` has no value")]
    MissingValue(String),
    /// A word without `=` behind it.
    #[error("`{0}` has no `=` and no value")]
    MissingAssign(String),
    /// A separator that separates nothing.
    #[error("`{0}` separates nothing here")]
    ExtraSeparator(char),
    /// A name that holds something else than letters, digits, `-`, `_` and `*`.
    #[error("`{0}` is no name: names are letters, digits, `-`, `_` and `*`, a letter or `*` first")]
    InvalidName(String),
    /// `name = value` in a list.
    #[error("a list holds values, not settings")]
    SettingInList,
    /// A bracket in an array.
    #[error("an array holds numbers, booleans or strings only")]
    NestedInArray,
    /// A group in braces that holds elements without a name.
    #[error("a group holds settings with names")]
    NamelessInGroup,
    /// A name that stands twice in a group.
    #[error("`{0}` is set twice")]
    Duplicate(String),
    /// Elements of two types in an array.
    #[error("all elements of an array have one type, and this one's differs")]
    MixedArray,
    /// An integer over 64 bits.
    #[error("an integer over 64 bits")]
    IntegerRange,
    /// An integer with a leading 0 and an 8 or a 9.
    #[error("an integer with a leading 0 is octal, and has no digit 8 or 9")]
    Octal,
    /// `@include` where it is no directive.
    #[error("`@include` counts only at the beginning of a line, with blanks and a path in quotes behind it")]
    MisplacedInclude,
    /// A file that cannot be read.
    #[error("{path}: {reason}")]
    File {
        /// Its path.
        path: String,
        /// The reason.
        reason: IncludeError,
    },
    /// Eleven files that include each other.
    #[error("{0} is the eleventh file open at once{cycle}", cycle = if *.1 { ": it includes itself" } else { "" })]
    IncludeDepth(String, bool),
    /// One of the limits that the caller set.
    #[error("more than the limit of {limit} {what}")]
    Limit {
        /// The limit.
        limit: usize,
        /// What was counted.
        what: &'static str,
    },
    /// A placeholder in place of a name or of a whole setting.
    #[error("the placeholder `{0}` cannot stand here: it stands for a value")]
    PlaceholderPlace(String),
    /// A placeholder where placeholders are not read.
    #[error("`{0}` is a placeholder that is not filled in")]
    NotFilled(String),
    /// `{{ if }}`, `{{ range }}` and the like.
    #[error("`{0}` decides what the file is, and the file cannot be read without that")]
    TemplateControl(String),
    /// libconfig's parser has room for some thousand brackets.
    #[error("libconfig cannot hold so many brackets within brackets")]
    ParserStack,
}

impl Cause {
    /// A stable word for the kind of cause, for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Cause::Unexpected { .. } => "unexpected",
            Cause::SingleQuotes => "single-quotes",
            Cause::CurlyQuotes(_) => "curly-quotes",
            Cause::BareWord(_) => "bare-word",
            Cause::YesNo(_) => "yes-no",
            Cause::ByteOrderMark => "byte-order-mark",
            Cause::Invisible { .. } => "invisible-character",
            Cause::Unclosed(_) => "unclosed",
            Cause::Unopened(_) => "unopened",
            Cause::MissingComma => "missing-comma",
            Cause::MissingValue(_) => "missing-value",
            Cause::MissingAssign(_) => "missing-assign",
            Cause::ExtraSeparator(_) => "extra-separator",
            Cause::InvalidName(_) => "invalid-name",
            Cause::SettingInList => "setting-in-list",
            Cause::NestedInArray => "nested-in-array",
            Cause::NamelessInGroup => "nameless-in-group",
            Cause::Duplicate(_) => "duplicate-name",
            Cause::MixedArray => "mixed-array",
            Cause::IntegerRange => "integer-range",
            Cause::Octal => "octal",
            Cause::MisplacedInclude => "misplaced-include",
            Cause::File { .. } => "file",
            Cause::IncludeDepth(..) => "include-depth",
            Cause::Limit { .. } => "limit",
            Cause::PlaceholderPlace(_) => "placeholder-place",
            Cause::NotFilled(_) => "not-filled",
            Cause::TemplateControl(_) => "template-control",
            Cause::ParserStack => "parser-stack",
        }
    }
}

/// What is never closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unclosed {
    /// `{`
    Group,
    /// `(`
    List,
    /// `[`
    Array,
    /// `"`
    String,
    /// `/*`
    Comment,
    /// The quoted path of an include directive.
    IncludePath,
}

impl fmt::Display for Unclosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unclosed::Group => "a group",
            Unclosed::List => "a list",
            Unclosed::Array => "an array",
            Unclosed::String => "a string",
            Unclosed::Comment => "a comment",
            Unclosed::IncludePath => "the path of an include directive",
        })
    }
}
