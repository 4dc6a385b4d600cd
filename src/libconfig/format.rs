//! `fmt`: a file laid out as ProxySQL's users write theirs.
//!
//! It goes by tokens, so that a file keeps its directives, and pieces of a list that lie in other files
//! do not matter. What comes out is read again; if it were to say anything else, the file stays as it is.

mod items;

use items::{Item, Items, Piece};

use super::document::{Document, Reading};
use super::token::{Bracket, Token};

/// How [`Document::format`] lays a file out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormatOptions {
    /// Blanks a step of indentation.
    pub indent: usize,
    /// An entry of a list is put on one line if that takes at most so many columns.
    pub join: usize,
    /// An entry that is on one line stays there up to so many columns.
    pub keep: usize,
}

impl Default for FormatOptions {
    /// Four blanks, 80 and 120 columns.
    fn default() -> Self {
        FormatOptions { indent: 4, join: 80, keep: 120 }
    }
}

impl FormatOptions {
    /// The same with another [`indent`](FormatOptions::indent).
    #[must_use]
    pub fn indent(mut self, indent: usize) -> Self {
        self.indent = indent;
        self
    }
}

impl Document {
    /// The file in the usual layout: sections with their brackets on lines of their own, one setting a
    /// line, short entries of lists on one line, `=`, no superfluous separators. Comments and blank
    /// lines stay (at most two in a row), and so do line ends of either kind. What libconfig reads is
    /// the same, and formatting twice gives what formatting once gives.
    ///
    /// Only the file itself is laid out, not those that it includes.
    ///
    /// ```
    /// # use proxysql_kit::libconfig::{Document, FormatOptions};
    /// let document = Document::parse("admin_variables : { refresh_interval : 2000; } # ms")?;
    /// assert_eq!(
    ///     document.format(&FormatOptions::default()),
    ///     b"admin_variables =\n{\n    refresh_interval=2000\n} # ms\n"
    /// );
    /// # Ok::<(), proxysql_kit::libconfig::ParseError>(())
    /// ```
    pub fn format(&self, options: &FormatOptions) -> Vec<u8> {
        let text = self.to_bytes();
        let formatted = format(text, self.reading.placeholders, options);
        if self.reads_the_same(&formatted) { formatted } else { text.to_vec() }
    }

    fn reads_the_same(&self, text: &[u8]) -> bool {
        // Line ends and blanks may make it longer.
        let limits = self.reading.limits.bytes(usize::MAX);
        let again = self.read_again(vec![text.to_vec()], Reading { limits, ..self.reading.clone() });
        again.is_ok_and(|again| again.to_canonical() == self.to_canonical())
    }
}

fn format(text: &[u8], placeholders: bool, options: &FormatOptions) -> Vec<u8> {
    let items = Items::of(text, placeholders);
    let mut formatter = Formatter {
        options,
        newline: if items.has_crlf() { b"\r\n" } else { b"\n" },
        items: &items,
        out: Vec::with_capacity(text.len() + text.len() / 8),
        open: vec![Open { bracket: Bracket::Group, tall: true, filled: false }],
        assign: false,
        waiting: false,
        broken: false,
        commas_done: 0,
    };
    for index in 0..items.len() {
        formatter.item(index);
    }
    // What is cut off would go on on a new line.
    if !formatter.out.is_empty() && !formatter.out.ends_with(b"\n") && !items.are_cut_off() {
        formatter.out.extend(formatter.newline);
    }
    formatter.out
}

/// A bracket that is open, or the file itself.
struct Open {
    bracket: Bracket,
    /// Whether its contents stand on lines of their own.
    tall: bool,
    filled: bool,
}

struct Formatter<'a> {
    options: &'a FormatOptions,
    newline: &'static [u8],
    items: &'a Items<'a>,
    out: Vec<u8>,
    open: Vec<Open>,
    /// A name waits for its `=`, whose blanks depend on the value.
    assign: bool,
    /// The `=` was written before a comment, and its value is still to come.
    waiting: bool,
    /// A comment ends with its line, so whatever comes next begins one.
    broken: bool,
    /// Commas up to this item were written before their turn, ahead of comments.
    commas_done: usize,
}

impl Formatter<'_> {
    fn item(&mut self, index: usize) {
        let item = self.items.get(index);
        match item.piece {
            Piece::LineComment => self.comment(item, true),
            Piece::BlockComment => self.comment(item, false),
            Piece::Directive => {
                self.flush_assign();
                self.line(item, 0);
                self.out.extend(item.text);
                self.broken = true;
            }
            Piece::CutOff => {
                self.flush_assign();
                if item.lines > 0 || self.broken {
                    self.line(item, 0);
                } else if !self.out.is_empty() {
                    self.blank();
                }
                self.out.extend(item.text);
            }
            Piece::Token(token) => self.token(index, item, token),
        }
    }

    fn token(&mut self, index: usize, item: &Item<'_>, token: Token) {
        match token {
            Token::Assign => self.assign = true,
            Token::Comma | Token::Semicolon => self.separator(index, item),
            Token::Open(bracket) => self.opening(index, item, bracket),
            Token::Close(_) => self.closing(index, item),
            Token::Str { .. } if self.is_further_piece(index) => {
                if item.lines > 0 && self.tall() {
                    self.line(item, 1);
                } else {
                    self.blank();
                }
                self.out.extend(item.text);
                self.behind_value(index);
            }
            _ => {
                self.begin(item);
                self.out.extend(item.text);
                if token != Token::Name {
                    self.behind_value(index);
                }
            }
        }
    }

    /// What comes before a name, or before a value.
    fn begin(&mut self, item: &Item<'_>) {
        if self.assign {
            self.assign = false;
            if self.broken {
                self.line(item, 1);
                self.out.extend(b"= ");
            } else {
                self.out.push(b'=');
            }
            return;
        }
        if std::mem::take(&mut self.waiting) {
            return if self.broken { self.line(item, 1) } else { self.blank() };
        }
        self.begin_entry(item);
    }

    fn begin_entry(&mut self, item: &Item<'_>) {
        let (tall, filled, group) = match self.open.last_mut() {
            Some(open) => {
                (open.tall, std::mem::replace(&mut open.filled, true), open.bracket == Bracket::Group)
            }
            None => (true, true, true),
        };
        if tall || self.broken {
            return self.line(item, 0);
        }
        if filled && group {
            self.out.push(b',');
        }
        self.out.push(b' ');
    }

    fn opening(&mut self, index: usize, item: &Item<'_>, bracket: Bracket) {
        let named = self.assign || self.waiting;
        let tall = self.tall() && self.is_tall(index, bracket, named);
        let empty = self.items.next_is_close(index);
        if self.assign && self.tall() {
            self.assign = false;
            self.out.extend(b" =");
            if tall || self.broken {
                self.line(&Item { lines: 1, ..*item }, 0);
            } else {
                self.out.push(b' ');
            }
        } else if named && tall {
            self.waiting = false;
            self.line(&Item { lines: 1, ..*item }, 0);
        } else {
            self.begin(item);
        }
        self.out.extend(item.text);
        self.open.push(Open { bracket, tall: tall && !empty, filled: false });
    }

    fn closing(&mut self, index: usize, item: &Item<'_>) {
        let open = if self.open.len() > 1 { self.open.pop() } else { None };
        match open {
            Some(open) if !open.tall && !self.broken => {
                if open.filled {
                    self.out.push(b' ');
                }
            }
            _ => {
                // No blank line before a bracket that closes.
                let item = Item { lines: item.lines.min(1), ..*item };
                self.line(&item, 0);
            }
        }
        self.out.extend(item.text);
        self.behind_value(index);
    }

    /// Separators of a list count; those of a group are left out, or put in where it is on one line.
    fn separator(&mut self, index: usize, item: &Item<'_>) {
        let list = self.open.last().is_some_and(|open| open.bracket != Bracket::Group);
        if !list || index <= self.commas_done {
            return;
        }
        if self.broken {
            self.line(item, 0);
        }
        self.out.push(b',');
    }

    /// Behind an element: its comma, before any comment.
    fn behind_value(&mut self, index: usize) {
        let list = self.open.last().is_some_and(|open| open.bracket != Bracket::Group);
        if let Some((comma, needed)) = self.items.commas_behind(index).filter(|_| list) {
            if needed {
                self.out.push(b',');
            }
            self.commas_done = comma;
        }
    }

    fn comment(&mut self, item: &Item<'_>, ends_line: bool) {
        self.flush_assign();
        let trailing = item.lines == 0 && !self.out.is_empty() && !self.broken;
        if trailing {
            self.blank();
        } else {
            self.line(item, 0);
        }
        self.out.extend(item.text.trim_ascii_end());
        self.broken = ends_line;
    }

    fn flush_assign(&mut self) {
        if std::mem::take(&mut self.assign) {
            self.waiting = true;
            if self.broken {
                self.line(&Item { lines: 1, ..*self.items.get(0) }, 1);
                self.out.push(b'=');
            } else {
                self.out.extend(b" =");
            }
        }
    }

    /// A new line, and the blank ones that stood before it.
    fn line(&mut self, item: &Item<'_>, deeper: usize) {
        self.broken = false;
        if self.out.is_empty() {
            return;
        }
        let fresh = self.open.last().is_some_and(|open| !open.filled) && self.open.len() > 1;
        let after_opening = fresh && matches!(self.out.last(), Some(b'{' | b'(' | b'['));
        let blank_lines = if after_opening || deeper > 0 { 0 } else { item.lines.saturating_sub(1).min(2) };
        for _ in 0..=blank_lines {
            self.out.extend(self.newline);
        }
        let depth = self.open.iter().skip(1).filter(|open| open.tall).count() + deeper;
        self.out.resize(self.out.len() + depth * self.options.indent, b' ');
    }

    fn blank(&mut self) {
        self.out.push(b' ');
    }

    fn tall(&self) -> bool {
        self.open.last().is_none_or(|open| open.tall)
    }

    fn is_further_piece(&self, index: usize) -> bool {
        self.items.token_before(index).is_some_and(|token| matches!(token, Token::Str { .. }))
    }

    fn is_tall(&self, index: usize, bracket: Bracket, named: bool) -> bool {
        let Some(inside) = self.items.inside(index) else { return true };
        if self.items.next_is_close(index) {
            return false;
        }
        if inside.comments || (named && bracket == Bracket::Group) || inside.nested {
            return true;
        }
        let depth = self.open.iter().skip(1).filter(|open| open.tall).count();
        let before = if named {
            self.out.len() - self.out.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1) + 3
        } else {
            depth * self.options.indent
        };
        let columns = before + inside.columns + 1;
        let limit = if inside.lines { self.options.join } else { self.options.keep };
        columns > limit
    }
}
