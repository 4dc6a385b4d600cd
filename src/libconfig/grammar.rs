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
    pub(super) across: Option<&'a [u8]>,
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
    #[inline(always)]
    pub(super) fn feed(&mut self, lexeme: &Lexeme<'_>, sources: &Sources<'_>) -> Result<(), Fault> {
        if self.expect == Expect::Str {
            return self.behind_string(lexeme, sources);
        }
        self.step(lexeme, sources)
    }

    #[inline(always)]
    fn step(&mut self, lexeme: &Lexeme<'_>, sources: &Sources<'_>) -> Result<(), Fault> {
        let at = lexeme.at;
        match self.expect {
            Expect::Setting | Expect::Separator => match lexeme.token {
                Token::Name => return self.setting(at, lexeme.text, sources),
                Token::Comma | Token::Semicolon if self.expect == Expect::Separator => {
                    self.sink.separator(at);
                    self.expect = Expect::Setting;
                    return Ok(());
                }
                Token::End if self.outer.is_empty() => {
                    self.sink.close(at, self.frame.opened);
                    return Ok(());
                }
                Token::Close(bracket) => return self.close(bracket, at),
                _ => {}
            },
            Expect::Assign => {
                if lexeme.token == Token::Assign {
                    self.room(3, at)?;
                    self.expect = Expect::Value;
                    return Ok(());
                }
            }
            Expect::Value => match lexeme.token {
                Token::Scalar(scalar) => {
                    self.room(5, at)?;
                    self.sink.scalar(at, scalar);
                    self.frame.filled = true;
                    self.expect = Expect::Separator;
                    return Ok(());
                }
                Token::Str { plain } => return self.string(lexeme, plain),
                Token::Open(bracket) => return self.open(bracket, at),
                _ => {}
            },
            Expect::First | Expect::Next => match lexeme.token {
                Token::Scalar(scalar) => {
                    self.room(1, at)?;
                    self.element(ElementType::of(scalar), at)?;
                    self.sink.scalar(at, scalar);
                    self.expect = Expect::Comma;
                    return Ok(());
                }
                Token::Str { plain } => return self.string(lexeme, plain),
                Token::Open(bracket) if self.frame.bracket == Bracket::List => return self.open(bracket, at),
                Token::Comma if self.expect == Expect::Next => {
                    self.sink.separator(at);
                    return Ok(());
                }
                Token::Close(bracket) => return self.close(bracket, at),
                _ => {}
            },
            Expect::Comma => match lexeme.token {
                Token::Comma => {
                    self.sink.separator(at);
                    self.expect = Expect::Next;
                    return Ok(());
                }
                Token::Close(bracket) => return self.close(bracket, at),
                _ => {}
            },
            Expect::Str => {}
        }
        Err(Fault::new(Verdict::Syntax, at))
    }

    /// Whether the end of the file may come next.
    pub(super) fn at_top(&self) -> bool {
        self.outer.is_empty()
    }

    #[inline(always)]
    fn setting(&mut self, at: At, text: &[u8], sources: &Sources<'_>) -> Result<(), Fault> {
        self.room(1, at)?;
        if let Some(first) = self.names.add(&mut self.frame.scope, at, text, sources) {
            return Err(Fault { verdict: Verdict::DuplicateName, at, first: Some(first) });
        }
        self.room(2, at)?;
        self.sink.name(at);
        self.name = Some(at);
        self.expect = Expect::Assign;
        Ok(())
    }

    #[inline]
    fn string(&mut self, lexeme: &Lexeme<'_>, plain: bool) -> Result<(), Fault> {
        self.room(1 + self.below_value(), lexeme.at)?;
        self.string = Some(StringValue::begin(lexeme, plain));
        self.expect = Expect::Str;
        Ok(())
    }

    /// libconfig knows that a string has ended when it sees what comes behind it.
    fn behind_string(&mut self, lexeme: &Lexeme<'_>, sources: &Sources<'_>) -> Result<(), Fault> {
        if let Token::Str { .. } = lexeme.token {
            self.room(2 + self.below_value(), lexeme.at)?;
            if let Some(string) = &mut self.string {
                string.join(lexeme, sources);
            }
            return Ok(());
        }
        if self.frame.bracket == Bracket::Group {
            self.room(5, lexeme.at)?;
            self.frame.filled = true;
            self.expect = Expect::Separator;
        } else {
            self.element(Some(ElementType::Str), lexeme.at)?;
            self.expect = Expect::Comma;
        }
        if let Some(mut string) = self.string.take() {
            string.behind = lexeme.at.end;
            self.sink.string(string);
        }
        self.step(lexeme, sources)
    }

    /// `found`: nothing where the type is not known yet.
    fn element(&mut self, found: Option<ElementType>, at: At) -> Result<(), Fault> {
        if self.frame.bracket == Bracket::Array
            && let Some(found) = found
            && *self.frame.element.get_or_insert(found) != found
        {
            return Err(Fault::new(Verdict::ElementType, at));
        }
        self.frame.filled = true;
        Ok(())
    }

    fn open(&mut self, bracket: Bracket, at: At) -> Result<(), Fault> {
        let height = self.inside() + self.below_value() + 2;
        self.room(self.below_value() + 2, at)?;
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

    fn close(&mut self, bracket: Bracket, at: At) -> Result<(), Fault> {
        if bracket != self.frame.bracket || self.outer.is_empty() {
            return Err(Fault::new(Verdict::Syntax, at));
        }
        if self.frame.height + 2 > STACK {
            return Err(Fault::new(Verdict::MemoryExhausted, at));
        }
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

    /// What lies below a value: a name, its action and the `=`, but in a list nothing.
    fn below_value(&self) -> u32 {
        if self.frame.bracket == Bracket::Group { 3 } else { 0 }
    }

    /// Whether so many more symbols fit on libconfig's stack. In the depth of usual files they do.
    #[inline(always)]
    fn room(&self, more: u32, at: At) -> Result<(), Fault> {
        if self.frame.height < STACK - 8 { Ok(()) } else { self.exact_room(more, at) }
    }

    #[cold]
    #[inline(never)]
    fn exact_room(&self, more: u32, at: At) -> Result<(), Fault> {
        if self.inside() + more > STACK { Err(Fault::new(Verdict::MemoryExhausted, at)) } else { Ok(()) }
    }
}

impl ElementType {
    fn of(scalar: Scalar) -> Option<Self> {
        match scalar {
            Scalar::Bool(_) => Some(ElementType::Bool),
            Scalar::Int { .. } => Some(ElementType::Int),
            Scalar::Int64 { .. } => Some(ElementType::Int64),
            Scalar::Float(_) => Some(ElementType::Float),
            Scalar::Placeholder => None,
        }
    }
}
