//! The grammar: tokens in, events out, no recursion.
//!
//! One machine serves every reader. What becomes of a file is up to its [`Sink`]; what becomes of a
//! faulty one is up to `recover`, which drives the same machine on.

use super::error::Verdict;
use super::names::{Names, Scope};
use super::options::Limits;
use super::source::{Pos, Sources};
use super::strings::StringValue;
use super::token::{Bracket, Scalar, Token};

/// Takes the events of a file that is read.
pub(super) trait Sink {
    /// The name of the value that comes next. Without one the value is an element.
    fn name(&mut self, at: At);
    fn scalar(&mut self, at: At, scalar: Scalar);
    fn string(&mut self, string: StringValue);
    /// A bracket opens; what comes back is handed over when it closes.
    fn open(&mut self, at: At, bracket: Bracket) -> u32;
    fn close(&mut self, at: At, opened: u32);
    /// A `,` or `;` behind the value that came last.
    fn separator(&mut self, at: At);
}

/// Where a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At {
    pub(super) start: Pos,
    pub(super) end: Pos,
}

/// A token with its place and its text.
pub(super) struct Lexeme<'a> {
    pub(super) token: Token,
    pub(super) at: At,
    pub(super) text: &'a [u8],
    /// How often the reader has gone from one file to another.
    pub(super) switches: u32,
    /// The bytes of a string whose source goes over a file's border.
    pub(super) across: Option<Vec<u8>>,
}

/// A token that cannot stand where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) verdict: Verdict,
    pub(super) at: At,
    /// The earlier setting of the same name.
    pub(super) first: Option<At>,
}

impl Fault {
    pub(super) fn new(verdict: Verdict, at: At) -> Self {
        Fault { verdict, at, first: None }
    }
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    /// A name, or the end of the group.
    Setting,
    /// The same, or a separator.
    Separator,
    Assign,
    /// The value behind a name.
    Value,
    /// Another piece of a string, or whatever comes behind the string.
    Str,
    /// The first element, or the end.
    First,
    /// Behind a comma: an element, another comma, or the end.
    Next,
    /// Behind an element: a comma, or the end.
    Comma,
}

/// An open bracket, or the file itself.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) bracket: Bracket,
    pub(super) at: At,
    /// Where the setting that this is the value of is named.
    pub(super) name: Option<At>,
    opened: u32,
    scope: Scope,
    element: Option<ElementType>,
    /// What libconfig's parser has on its stack below the contents.
    height: u32,
    /// Whether something complete lies there too.
    filled: bool,
}

/// The type that all elements of an array share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ElementType {
    Bool,
    Int,
    Int64,
    Float,
    Str,
}

/// The size of the stack of libconfig's parser, in symbols.
const STACK: u32 = 9_998;

/// Reads tokens as settings.
#[derive(Debug)]
pub(super) struct Machine<S> {
    pub(super) sink: S,
    /// The innermost open bracket; the file itself where `outer` is empty.
    pub(super) frame: Frame,
    pub(super) outer: Vec<Frame>,
    pub(super) expect: Expect,
    pub(super) name: Option<At>,
    string: Option<StringValue>,
    names: Names,
    depth: usize,
}

impl<S: Sink> Machine<S> {
    pub(super) fn new(mut sink: S, limits: &Limits) -> Self {
        let at = At { start: 0, end: 0 };
        let opened = sink.open(at, Bracket::Group);
        let frame = Frame {
            bracket: Bracket::Group,
            at,
            name: None,
            opened,
            scope: Scope::default(),
            element: None,
            height: 0,
            filled: false,
        };
        Machine {
            sink,
            frame,
            outer: Vec::new(),
            expect: Expect::Setting,
            name: None,
            string: None,
            names: Names::default(),
            depth: limits.depth,
        }
    }

    /// Takes the next token. After a fault the machine stands where it stood before.
    #[inline]
    pub(super) fn feed(&mut self, lexeme: &Lexeme<'_>, sources: &Sources<'_>) -> Result<(), Fault> {
        if self.expect == Expect::Str {
            return self.behind_string(lexeme, sources);
        }
        self.step(lexeme, sources)
    }

    #[inline]
    fn step(&mut self, lexeme: &Lexeme<'_>, sources: &Sources<'_>) -> Result<(), Fault> {
        let at = lexeme.at;
        match (self.expect, lexeme.token) {
            (Expect::Setting | Expect::Separator, Token::Name) => {
                self.setting(at, lexeme.text, sources)?;
                self.expect = Expect::Assign;
            }
            (Expect::Assign, Token::Assign) => {
                Self::room(self.inside() + 3, at)?;
                self.expect = Expect::Value;
            }
            (Expect::Value, Token::Scalar(scalar)) => {
                Self::room(self.inside() + 5, at)?;
                self.sink.scalar(at, scalar);
                self.frame.filled = true;
                self.expect = Expect::Separator;
            }
            (Expect::First | Expect::Next, Token::Scalar(scalar)) => {
                Self::room(self.inside() + 1, at)?;
                self.element(ElementType::of(scalar), at)?;
                self.sink.scalar(at, scalar);
                self.expect = Expect::Comma;
            }
            (Expect::Value | Expect::First | Expect::Next, Token::Str { plain }) => {
                Self::room(self.value_height() + 1, at)?;
                self.string = Some(StringValue::begin(lexeme, plain));
                self.expect = Expect::Str;
            }
            (Expect::Separator, Token::Comma | Token::Semicolon) => {
                self.sink.separator(at);
                self.expect = Expect::Setting;
            }
            (Expect::Comma | Expect::Next, Token::Comma) => {
                self.sink.separator(at);
                self.expect = Expect::Next;
            }
            (Expect::Value, Token::Open(bracket)) => self.open(bracket, at)?,
            (Expect::First | Expect::Next, Token::Open(bracket)) if self.frame.bracket == Bracket::List => {
                self.open(bracket, at)?;
            }
            (
                Expect::Setting | Expect::Separator | Expect::First | Expect::Next | Expect::Comma,
                Token::Close(bracket),
            ) if bracket == self.frame.bracket && !self.outer.is_empty() => self.close(at)?,
            (Expect::Setting | Expect::Separator, Token::End) if self.outer.is_empty() => {
                self.sink.close(at, self.frame.opened);
            }
            _ => return Err(Fault::new(Verdict::Syntax, at)),
        }
        Ok(())
    }

    /// Whether the end of the file may come next.
    pub(super) fn at_top(&self) -> bool {
        self.outer.is_empty()
    }

    fn setting(&mut self, at: At, text: &[u8], sources: &Sources<'_>) -> Result<(), Fault> {
        Self::room(self.inside() + 1, at)?;
        if let Some(first) = self.names.add(&mut self.frame.scope, at, text, sources) {
            return Err(Fault { verdict: Verdict::DuplicateName, at, first: Some(first) });
        }
        Self::room(self.inside() + 2, at)?;
        self.sink.name(at);
        self.name = Some(at);
        Ok(())
    }

    /// libconfig knows that a string has ended when it sees what comes behind it.
    fn behind_string(&mut self, lexeme: &Lexeme<'_>, sources: &Sources<'_>) -> Result<(), Fault> {
        if let Token::Str { .. } = lexeme.token {
            Self::room(self.value_height() + 2, lexeme.at)?;
            if let Some(string) = &mut self.string {
                string.join(lexeme, sources);
            }
            return Ok(());
        }
        if self.frame.bracket == Bracket::Group {
            Self::room(self.inside() + 5, lexeme.at)?;
            self.frame.filled = true;
            self.expect = Expect::Separator;
        } else {
            self.element(ElementType::Str, lexeme.at)?;
            self.expect = Expect::Comma;
        }
        if let Some(mut string) = self.string.take() {
            string.behind = lexeme.at.end;
            self.sink.string(string);
        }
        self.step(lexeme, sources)
    }

    fn element(&mut self, found: ElementType, at: At) -> Result<(), Fault> {
        if self.frame.bracket == Bracket::Array && *self.frame.element.get_or_insert(found) != found {
            return Err(Fault::new(Verdict::ElementType, at));
        }
        self.frame.filled = true;
        Ok(())
    }

    fn open(&mut self, bracket: Bracket, at: At) -> Result<(), Fault> {
        let height = self.value_height() + 2;
        Self::room(height, at)?;
        if self.outer.len() >= self.depth {
            return Err(Fault::new(Verdict::TooDeep, at));
        }
        let opened = self.sink.open(at, bracket);
        let inner = Frame {
            bracket,
            at,
            name: self.name.take(),
            opened,
            scope: self.names.scope(),
            element: None,
            height,
            filled: false,
        };
        self.outer.push(std::mem::replace(&mut self.frame, inner));
        self.expect = if bracket == Bracket::Group { Expect::Setting } else { Expect::First };
        Ok(())
    }

    fn close(&mut self, at: At) -> Result<(), Fault> {
        Self::room(self.frame.height + 2, at)?;
        self.close_frame(at);
        Ok(())
    }

    /// Closes the innermost bracket at this place, whatever stands there.
    pub(super) fn close_frame(&mut self, at: At) {
        if let Some(outer) = self.outer.pop() {
            let closed = std::mem::replace(&mut self.frame, outer);
            self.names.leave(&closed.scope);
            self.sink.close(at, closed.opened);
            self.end_value();
        }
    }

    /// Goes on as behind a complete value.
    pub(super) fn end_value(&mut self) {
        self.frame.filled = true;
        self.string = None;
        self.expect = match self.frame.bracket {
            Bracket::Group => Expect::Separator,
            Bracket::List | Bracket::Array => Expect::Comma,
        };
    }

    /// The height of libconfig's stack with all that is complete in the innermost bracket.
    fn inside(&self) -> u32 {
        self.frame.height + u32::from(self.frame.filled) + u32::from(self.expect == Expect::Next)
    }

    /// The height below a value: behind a name and its `=`, or in a list.
    fn value_height(&self) -> u32 {
        let named = self.frame.bracket == Bracket::Group;
        self.inside() + if named { 3 } else { 0 }
    }

    #[inline]
    fn room(height: u32, at: At) -> Result<(), Fault> {
        if height > STACK { Err(too_high(at)) } else { Ok(()) }
    }
}

#[cold]
#[inline(never)]
fn too_high(at: At) -> Fault {
    Fault::new(Verdict::MemoryExhausted, at)
}

impl ElementType {
    fn of(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Bool(_) => ElementType::Bool,
            Scalar::Int { .. } => ElementType::Int,
            Scalar::Int64 { .. } => ElementType::Int64,
            Scalar::Float(_) => ElementType::Float,
        }
    }
}
