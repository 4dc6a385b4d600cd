//! From opened files to one stream of tokens.
//!
//! libconfig's scanner does not care where a file ends: braces, strings, comments, even the path of a
//! directive that an included file leaves open go on behind the directive that included it. Only a
//! token never runs over the border.

use std::collections::HashMap;
use std::sync::Arc;

use super::error::Verdict;
use super::grammar::{At, Fault, Lexeme, Machine, Sink};
use super::include::IncludeError;
use super::options::ParseOptions;
use super::placeholder;
use super::source::{Pos, Sources, Text, to_pos};
use super::text::{Unescape, UnescapePath};
use super::token::{Miss, Token, block_comment_rest, include_open, line_comment, quoted, token, trivia};

/// How many included files libconfig keeps open at once.
const OPEN_INCLUDES: usize = 10;

/// Takes tokens as they are read.
pub(super) trait Consumer {
    fn feed(&mut self, lexeme: &Lexeme<'_>, sources: &Sources<'_>) -> Result<(), Fault>;

    /// A place before the last token, in the same file, from which reading shall go on.
    #[inline]
    fn rewind(&mut self) -> Option<Pos> {
        None
    }

    /// An include that could not be opened. `Ok` goes on without it.
    fn include_failed(&mut self, failed: FailedInclude, _sources: &Sources<'_>) -> Result<(), Fault> {
        Err(failed.fault)
    }

    /// The opened file ends within something. The end itself is fed next.
    fn unfinished(&mut self, _what: Unfinished, _start: Pos) {}
}

impl<S: Sink> Consumer for Machine<S> {
    #[inline(always)]
    fn feed(&mut self, lexeme: &Lexeme<'_>, sources: &Sources<'_>) -> Result<(), Fault> {
        Machine::feed(self, lexeme, sources)
    }
}

/// An include that could not be opened.
pub(super) struct FailedInclude {
    pub(super) fault: Fault,
    pub(super) path: Vec<u8>,
    /// What the loader says; nothing where a limit was reached before it was asked.
    pub(super) reason: Option<IncludeError>,
}

/// What the end of the opened file cut off. libconfig drops it without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unfinished {
    /// A string without its closing quote.
    String,
    /// A `/*` comment without its end.
    Comment,
    /// The path of an include directive without its closing quote.
    IncludePath,
}

/// The files that were opened, and how reading them ended.
pub(super) struct Outcome<'i> {
    pub(super) sources: Sources<'i>,
    /// Where what the end cut off begins.
    pub(super) unfinished: Option<(Unfinished, Pos)>,
    pub(super) result: Result<(), Fault>,
}

/// Reads a text and what it includes.
pub(super) fn read<'i>(
    text: Text<'i>,
    options: &ParseOptions<'_>,
    consumer: &mut impl Consumer,
) -> Outcome<'i> {
    let mut reader = Reader {
        options,
        sources: Sources::default(),
        outer: Vec::new(),
        switches: 0,
        bytes: text.len(),
        cache: HashMap::new(),
    };
    let too_large = text.len() > byte_limit(options);
    let text = if too_large { Text::Borrowed(b"") } else { text };
    reader.sources.open(text.clone(), options.name.clone(), None);
    if too_large {
        let result = Err(Fault::new(Verdict::TooLarge, At { start: 0, end: 0 }));
        return Outcome { sources: reader.sources, unfinished: None, result };
    }
    let mut between = Between::Tokens;
    let result = reader.run(text, &mut between, consumer);
    Outcome { sources: reader.sources, unfinished: between.unfinished(), result }
}

struct Reader<'i, 'o> {
    options: &'o ParseOptions<'o>,
    sources: Sources<'i>,
    /// The files that wait for an included one to end.
    outer: Vec<Open<'i>>,
    switches: u32,
    bytes: usize,
    cache: HashMap<Vec<u8>, Arc<Vec<u8>>>,
}

/// A file that is being read.
struct Open<'i> {
    text: Text<'i>,
    base: Pos,
    at: usize,
}

/// What the reader is in the middle of.
enum Between {
    Tokens,
    LineComment,
    BlockComment { start: Pos },
    String { start: Pos, bytes: Unescape },
    Path { start: Pos, bytes: UnescapePath },
}

impl Between {
    fn unfinished(&self) -> Option<(Unfinished, Pos)> {
        match self {
            Between::Tokens | Between::LineComment => None,
            Between::BlockComment { start } => Some((Unfinished::Comment, *start)),
            Between::String { start, .. } => Some((Unfinished::String, *start)),
            Between::Path { start, .. } => Some((Unfinished::IncludePath, *start)),
        }
    }
}

/// Why the scanner stops.
enum Halt {
    FileEnd,
    /// A directive is complete, the quote that closes its path is behind.
    Include(Vec<u8>),
}

impl<'i> Reader<'i, '_> {
    fn run(
        &mut self,
        text: Text<'i>,
        between: &mut Between,
        consumer: &mut impl Consumer,
    ) -> Result<(), Fault> {
        let mut open = Open { text, base: 0, at: 0 };
        loop {
            let halt = if self.options.placeholders {
                self.scan::<true>(&mut open, between, consumer)?
            } else {
                self.scan::<false>(&mut open, between, consumer)?
            };
            match halt {
                Halt::Include(path) => match self.include(&path, &open) {
                    Ok(included) => {
                        self.switches += 1;
                        self.outer.push(std::mem::replace(&mut open, included));
                    }
                    Err(failed) => consumer.include_failed(failed, &self.sources)?,
                },
                Halt::FileEnd => {
                    let Some(outer) = self.outer.pop() else { break };
                    self.switches += 1;
                    open = outer;
                }
            }
        }
        if let Some((what, start)) = between.unfinished() {
            consumer.unfinished(what, start);
        }
        let end = open.base + to_pos(open.text.len());
        self.emit(Token::End, At { start: end, end }, consumer)
    }

    /// Reads on in one file, up to its end or to a directive. Made twice, so that files without
    /// placeholders are read at full speed.
    fn scan<const PLACEHOLDERS: bool>(
        &self,
        open: &mut Open<'i>,
        between: &mut Between,
        consumer: &mut impl Consumer,
    ) -> Result<Halt, Fault> {
        let Open { text, base, at } = open;
        let (text, base): (&[u8], Pos) = (text, *base);
        let mut rest = match self.resume(&text[*at..], text.len(), base, between, consumer)? {
            Resumed::Rest(rest) => rest,
            Resumed::Path(path, rest) => {
                *at = text.len() - rest.len();
                return Ok(Halt::Include(path));
            }
            Resumed::FileEnd => return Ok(Halt::FileEnd),
        };
        loop {
            rest = match trivia(rest, self.options.dialect) {
                Ok((rest, ())) => rest,
                Err(miss) => {
                    *between = unfinished_trivia(&miss, text, rest, base);
                    return Ok(Halt::FileEnd);
                }
            };
            let start = text.len() - rest.len();
            let found = if PLACEHOLDERS { placeholder::token(rest) } else { token(rest) };
            let Ok((behind, token)) = found else {
                let mut bytes = Unescape::default();
                bytes.push(&rest[1..]);
                *between = Between::String { start: base + to_pos(start), bytes };
                return Ok(Halt::FileEnd);
            };
            if token == Token::Garbage
                && begins_line(&text[..start])
                && let Ok((path, ())) = include_open(rest)
            {
                let start = base + to_pos(start);
                *between = Between::Path { start, bytes: UnescapePath::default() };
                return Ok(match path_rest(path, between) {
                    Some((path, behind)) => {
                        *at = text.len() - behind.len();
                        Halt::Include(path)
                    }
                    None => Halt::FileEnd,
                });
            }
            let end = text.len() - behind.len();
            let lexeme = Lexeme {
                token,
                at: At { start: base + to_pos(start), end: base + to_pos(end) },
                text: &text[start..end],
                switches: self.switches,
                across: None,
            };
            consumer.feed(&lexeme, &self.sources)?;
            rest = behind;
            if let Some(pos) = consumer.rewind() {
                rest = &text[(pos - base) as usize..];
            }
        }
    }

    /// Goes on within what another file has left open.
    fn resume<'t>(
        &self,
        rest: &'t [u8],
        len: usize,
        base: Pos,
        between: &mut Between,
        consumer: &mut impl Consumer,
    ) -> Result<Resumed<'t>, Fault> {
        let rest = match between {
            Between::Tokens => rest,
            Between::LineComment => match line_comment(rest) {
                Ok((rest, _)) => rest,
                Err(_) => return Ok(Resumed::FileEnd),
            },
            Between::BlockComment { .. } => match block_comment_rest(rest) {
                Ok((rest, _)) => rest,
                Err(_) => return Ok(Resumed::FileEnd),
            },
            Between::Path { .. } => {
                return Ok(match path_rest(rest, between) {
                    Some((path, rest)) => Resumed::Path(path, rest),
                    None => Resumed::FileEnd,
                });
            }
            Between::String { start, bytes } => match quoted(rest) {
                Ok((behind, (piece, _))) => {
                    bytes.push(piece);
                    let end = base + to_pos(len - behind.len());
                    let at = At { start: *start, end };
                    let across = std::mem::take(bytes).finish();
                    let token = Token::Str { plain: false };
                    let lexeme =
                        Lexeme { token, at, text: b"", switches: self.switches, across: Some(&across) };
                    consumer.feed(&lexeme, &self.sources)?;
                    behind
                }
                Err(_) => {
                    bytes.push(rest);
                    return Ok(Resumed::FileEnd);
                }
            },
        };
        *between = Between::Tokens;
        Ok(Resumed::Rest(rest))
    }

    /// Opens an included file. `from` stands behind the directive.
    fn include(&mut self, path: &[u8], from: &Open<'i>) -> Result<Open<'i>, FailedInclude> {
        let behind = from.base + to_pos(from.at);
        let at = At { start: behind - 1, end: behind };
        let fail =
            |verdict, reason| FailedInclude { fault: Fault::new(verdict, at), path: path.to_vec(), reason };
        if self.outer.len() >= OPEN_INCLUDES {
            return Err(fail(Verdict::IncludeTooDeep, None));
        }
        if self.sources.files().len() > self.options.limits.includes {
            return Err(fail(Verdict::TooManyIncludes, None));
        }
        let name = match &self.options.include_dir {
            Some(dir) if !path.starts_with(b"/") => [dir, path].join(&b'/'),
            _ => path.to_vec(),
        };
        let text = self.load(&name).map_err(|reason| match reason {
            IncludeError::TooLarge => fail(Verdict::TooLarge, None),
            IncludeError::Directory => fail(Verdict::IncludeDirectory, Some(reason)),
            reason => fail(Verdict::IncludeNotOpened, Some(reason)),
        })?;
        self.bytes += text.len() + 1;
        let text = Text::Shared(text);
        let file = self.sources.open(text.clone(), name, Some(behind));
        Ok(Open { text, base: self.sources.get(file).base, at: 0 })
    }

    /// The content of a file, from the loader the first time. A file takes one byte more than it has.
    fn load(&mut self, name: &[u8]) -> Result<Arc<Vec<u8>>, IncludeError> {
        let all = byte_limit(self.options);
        let Some(left) = all.checked_sub(self.bytes + 1) else { return Err(IncludeError::TooLarge) };
        let text = match self.cache.get(name) {
            Some(text) => Arc::clone(text),
            None => Arc::new(self.options.includes.ok_or(IncludeError::Disabled)?.read(name, left)?),
        };
        if text.len() > left {
            return Err(IncludeError::TooLarge);
        }
        self.cache.entry(name.to_vec()).or_insert_with(|| Arc::clone(&text));
        Ok(text)
    }

    fn emit(&self, token: Token, at: At, consumer: &mut impl Consumer) -> Result<(), Fault> {
        let lexeme = Lexeme { token, at, text: b"", switches: self.switches, across: None };
        consumer.feed(&lexeme, &self.sources)
    }
}

enum Resumed<'t> {
    Rest(&'t [u8]),
    Path(Vec<u8>, &'t [u8]),
    FileEnd,
}

/// Reads the path of a directive on. `None`: the file ends first.
fn path_rest<'t>(rest: &'t [u8], between: &mut Between) -> Option<(Vec<u8>, &'t [u8])> {
    let Between::Path { bytes, .. } = between else { return None };
    let Ok((behind, (piece, _))) = quoted(rest) else {
        bytes.push(rest);
        return None;
    };
    bytes.push(piece);
    let path = std::mem::take(bytes).finish();
    *between = Between::Tokens;
    Some((path, behind))
}

/// What the end of a file has cut off between two tokens.
fn unfinished_trivia(miss: &nom::Err<Miss>, text: &[u8], rest: &[u8], base: Pos) -> Between {
    match miss {
        nom::Err::Error(Miss::LineComment) => Between::LineComment,
        nom::Err::Error(Miss::BlockComment) => {
            // The comment that does not end is the first one that is none for `trivia`.
            let opening = super::token::open_comment(rest);
            let start = base + to_pos(text.len() - rest.len() + opening);
            Between::BlockComment { start }
        }
        _ => Between::Tokens,
    }
}

/// Positions have 32 bits.
fn byte_limit(options: &ParseOptions<'_>) -> usize {
    options.limits.bytes.min(u32::MAX as usize - 1)
}

fn begins_line(before: &[u8]) -> bool {
    let last = before.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
    matches!(last, None | Some(b'\n'))
}
