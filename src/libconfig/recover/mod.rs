//! What is wrong with a text that was refused, and what else.
//!
//! The same reader and the same grammar machine go over the text again. At each fault this says what
//! its author probably did, puts the machine back on its feet and goes on. Nothing of it runs for a
//! text that is accepted.

mod character;
mod place;
mod repair;
mod template;

use super::error::{Cause, Diagnostic, Label, ParseError, Verdict};
use super::grammar::{At, Expect, Fault, Lexeme, Machine, Sink};
use super::include::IncludeError;
use super::options::{Limits, ParseOptions};
use super::placeholder;
use super::reader::{self, Consumer, FailedInclude, Unfinished};
use super::source::{FileId, Location, Pos, Sources, Span, Text, to_pos};
use super::strings::StringValue;
use super::text::lossy;
use super::token::{Bracket, Scalar, Token};
use place::{column, line_end};

/// All that is wrong with a text in which `fault` was found first.
pub(super) fn explain(text: Text<'static>, options: &ParseOptions<'_>, fault: &Fault) -> ParseError {
    let mut recovery = Recovery::new(options.limits, options.placeholders);
    let outcome = reader::read(text, options, &mut recovery);
    let mut found = recovery.found.into_iter();
    let first = found.next().unwrap_or_else(|| Finding::of(fault, fallback(fault)).place(&outcome.sources));
    ParseError::new(first, found.collect(), recovery.truncated, outcome.sources)
}

/// The text of the file that is opened first.
pub(super) fn open(path: &[u8], options: &ParseOptions<'_>) -> Result<Vec<u8>, ParseError> {
    let read = |includes: &dyn super::Includes| includes.read(path, options.limits.bytes);
    options.includes.ok_or(IncludeError::Disabled).and_then(read).map_err(|reason| {
        let path = lossy(path).into_owned();
        let mut sources = Sources::default();
        sources.open(Text::Borrowed(b""), path.clone().into_bytes(), None);
        let first = Diagnostic {
            verdict: Verdict::FileIo,
            span: Span { file: FileId::MAIN, start: 0, end: 0 },
            location: Location { file: path.clone(), line: 0, column: 0 },
            cause: Cause::File { path, reason },
            labels: Vec::new(),
            help: None,
        };
        ParseError::new(first, Vec::new(), false, sources)
    })
}

/// Reads on behind faults.
struct Recovery {
    machine: Machine<Silent>,
    limits: Limits,
    found: Vec<Diagnostic>,
    truncated: bool,
    skip: Skip,
    /// Where to read on, and where that was done last: it only ever moves forward.
    rewind: Option<Pos>,
    rewound: Pos,
    /// The token before.
    previous: Option<(Token, At)>,
    /// The last piece of a string that runs over a line end, and how deep it stands.
    long_string: Option<(At, usize)>,
    unfinished: Option<(Unfinished, Pos)>,
    /// For each open bracket the first setting in it that is not indented more than its own name.
    suspects: Vec<Option<At>>,
    /// Control flow of a template was told of: what it chooses from may be there twice.
    controlled: bool,
    placeholders: bool,
}

/// Which tokens do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Skip {
    Nothing,
    /// Those that begin before this place.
    Until(Pos),
    /// Those on this line, up to a separator or a bracket that closes.
    Line(Pos),
    /// Those up to the bracket that closes the one that is open; so many more are open.
    ToClose(usize),
}

/// What to do with the token that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Drop,
    Again,
}

/// A diagnostic whose places are positions yet.
struct Finding {
    verdict: Verdict,
    at: At,
    cause: Cause,
    labels: Vec<(At, String)>,
    help: Option<String>,
}

impl Finding {
    fn of(fault: &Fault, cause: Cause) -> Self {
        Finding { verdict: fault.verdict, at: fault.at, cause, labels: Vec::new(), help: None }
    }

    fn label(mut self, at: At, text: impl Into<String>) -> Self {
        self.labels.push((at, text.into()));
        self
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn place(self, sources: &Sources<'_>) -> Diagnostic {
        let span = sources.span(self.at.start, self.at.end);
        // libconfig stands behind the token: on its last line, if it has several.
        let one_line = sources.line(self.at.start) == sources.line(self.at.end);
        let told = if one_line { span } else { sources.span(self.at.end - 1, self.at.end) };
        let label = |(at, text): (At, String)| Label::new(sources.span(at.start, at.end), text);
        Diagnostic {
            verdict: self.verdict,
            cause: self.cause,
            span,
            location: sources.location(told),
            labels: self.labels.into_iter().map(label).collect(),
            help: self.help,
        }
    }
}

impl Recovery {
    fn new(limits: Limits, placeholders: bool) -> Self {
        Recovery {
            machine: Machine::new(Silent, &limits),
            limits,
            found: Vec::new(),
            truncated: false,
            skip: Skip::Nothing,
            rewind: None,
            rewound: 0,
            previous: None,
            long_string: None,
            unfinished: None,
            suspects: Vec::new(),
            controlled: false,
            placeholders,
        }
    }

    /// Takes a diagnostic, or ends reading where there are enough.
    fn report(&mut self, finding: Finding, fault: &Fault, sources: &Sources<'_>) -> Result<(), Fault> {
        if self.found.len() >= self.limits.errors.max(1) {
            self.truncated = true;
            return Err(fault.clone());
        }
        self.found.push(finding.place(sources));
        if fault.verdict.is_final() { Err(fault.clone()) } else { Ok(()) }
    }

    /// Whether a token is passed over.
    fn skips(&mut self, token: Token, at: At) -> bool {
        match (self.skip, token) {
            (_, Token::End) | (Skip::ToClose(0), Token::Close(_)) => {}
            (Skip::Until(end), _) if at.start < end => return true,
            (Skip::Line(end), _) if at.start < end && !ends_skip(token) => return true,
            (Skip::ToClose(depth), Token::Open(_)) => {
                self.skip = Skip::ToClose(depth + 1);
                return true;
            }
            (Skip::ToClose(depth @ 1..), Token::Close(_)) => {
                self.skip = if depth == 1 { Skip::Nothing } else { Skip::ToClose(depth - 1) };
                return true;
            }
            (Skip::ToClose(_), _) => return true,
            _ => {}
        }
        self.skip = Skip::Nothing;
        false
    }

    /// Keeps what later faults may need to know.
    fn remember(&mut self, token: Token, at: At, text: &[u8], expected: Expect, sources: &Sources<'_>) {
        self.previous = Some((token, at));
        if matches!(token, Token::Str { .. }) && text.contains(&b'\n') {
            self.long_string = Some((at, self.machine.outer.len()));
        }
        self.suspects.resize(self.machine.outer.len() + 1, None);
        if token == Token::Name && matches!(expected, Expect::Setting | Expect::Separator) {
            let outdented = |name: At| {
                sources.same_file(name.start, at.start)
                    && sources.line(name.start) != sources.line(at.start)
                    && column(sources, at.start) <= column(sources, name.start)
            };
            if let Some(suspect @ None) = self.suspects.last_mut() {
                *suspect = self.machine.frame.name.filter(|&name| outdented(name)).map(|_| at);
            }
        }
    }
}

impl Consumer for Recovery {
    fn feed(&mut self, lexeme: &Lexeme<'_>, sources: &Sources<'_>) -> Result<(), Fault> {
        let Lexeme { token, at, text, switches, .. } = *lexeme;
        if self.skips(token, at) {
            return Ok(());
        }
        // Each repair moves the machine on; a few at most are needed before the token fits.
        for _ in 0..8 {
            let expected = self.machine.expect;
            let again = Lexeme { token, at, text, switches, across: None };
            let Err(fault) = self.machine.feed(&again, sources) else {
                self.remember(token, at, text, expected, sources);
                return Ok(());
            };
            if self.repair(&fault, token, text, sources)? == Then::Drop {
                break;
            }
        }
        self.previous = Some((token, at));
        Ok(())
    }

    fn rewind(&mut self) -> Option<Pos> {
        self.rewind.take()
    }

    fn include_failed(&mut self, failed: FailedInclude, sources: &Sources<'_>) -> Result<(), Fault> {
        let FailedInclude { fault, path, reason } = failed;
        let path = lossy(&path).into_owned();
        let cause = match (fault.verdict, reason) {
            (Verdict::IncludeTooDeep, _) => {
                let cycle = sources.encloses(fault.at.start, path.as_bytes());
                Cause::IncludeDepth(path, cycle)
            }
            (Verdict::TooManyIncludes, _) => {
                Cause::Limit { limit: self.limits.includes, what: "included files" }
            }
            (_, Some(reason)) => Cause::File { path, reason },
            (_, None) => Cause::Limit { limit: self.limits.bytes, what: "bytes" },
        };
        let disabled = matches!(&cause, Cause::File { reason: IncludeError::Disabled, .. });
        let is_template = self.placeholders
            && matches!(&cause, Cause::File { path, .. } if placeholder::has_some(path.as_bytes()));
        let mut finding = Finding::of(&fault, cause);
        if is_template {
            finding = finding
                .help("placeholders in the path of a directive are not filled in: write the path itself");
        } else if disabled {
            finding = finding.help("give the parser a loader for included files");
        }
        self.report(finding, &fault, sources)
    }

    fn unfinished(&mut self, what: Unfinished, start: Pos) {
        self.unfinished = Some((what, start));
    }
}

/// Whether a token on a line that makes no sense makes sense all the same.
fn ends_skip(token: Token) -> bool {
    matches!(token, Token::Comma | Token::Semicolon | Token::Close(_))
}

/// What a fault says by itself.
fn fallback(fault: &Fault) -> Cause {
    match fault.verdict {
        Verdict::TooLarge => Cause::Limit { limit: 0, what: "bytes" },
        _ => Cause::Unexpected { expected: "something else".into(), found: "this".into() },
    }
}

/// Only the verdict counts.
#[derive(Debug)]
struct Silent;

impl Sink for Silent {
    fn name(&mut self, _: At) {}
    fn scalar(&mut self, _: At, _: Scalar) {}
    fn string(&mut self, _: StringValue) {}
    fn open(&mut self, _: At, _: Bracket) -> u32 {
        0
    }
    fn close(&mut self, _: At, _: u32) {}
    fn separator(&mut self, _: At) {}
}
