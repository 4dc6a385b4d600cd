//! A file as the formatter sees it: tokens, comments and directives in one row.

use super::super::placeholder;
use super::super::token::{
    Bracket, Lexed, Token, block_comment_rest, include_open, is_blank, line_comment, quoted, token,
};

/// Something that is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub(super) piece: Piece,
    pub(super) text: &'a [u8],
    /// Line ends between this and what comes before.
    pub(super) lines: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Piece {
    Token(Token),
    LineComment,
    BlockComment,
    /// `@include` and its path.
    Directive,
    /// A string, comment or path that the end of the file cuts off: nobody reads it.
    CutOff,
}

/// What stands between two brackets.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Inside {
    /// Comments, directives, or strings that run over a line end.
    pub(super) comments: bool,
    /// Groups or lists.
    pub(super) nested: bool,
    /// Whether it takes several lines.
    pub(super) lines: bool,
    /// The columns that it takes on one line, brackets included.
    pub(super) columns: usize,
}

/// All items of a file.
#[derive(Debug)]
pub(super) struct Items<'a> {
    items: Vec<Item<'a>>,
    /// For each bracket that opens, the one that closes it.
    partners: Vec<Option<usize>>,
    /// Whether the first line end outside strings and comments is a CR and LF.
    crlf: bool,
}

impl<'a> Items<'a> {
    /// `placeholders`: whether they are values.
    pub(super) fn of(text: &'a [u8], placeholders: bool) -> Self {
        let (items, crlf) = scan(text, if placeholders { placeholder::token } else { token });
        let partners = partners(&items);
        Items { items, partners, crlf }
    }

    pub(super) fn are_cut_off(&self) -> bool {
        self.items.last().is_some_and(|item| item.piece == Piece::CutOff)
    }

    pub(super) fn has_crlf(&self) -> bool {
        self.crlf
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn get(&self, index: usize) -> &Item<'a> {
        &self.items[index]
    }

    /// What the bracket at `index` encloses, if it closes in this file.
    pub(super) fn inside(&self, index: usize) -> Option<Inside> {
        let close = self.partners[index]?;
        let mut inside = Inside { columns: 1, ..Inside::default() };
        for item in &self.items[index + 1..=close] {
            let several = item.text.contains(&b'\n');
            inside.lines |= item.lines > 0 || several;
            inside.columns += match item.piece {
                Piece::Token(Token::Assign) => 1,
                Piece::Token(Token::Comma | Token::Semicolon) => 0,
                Piece::Token(Token::Name) => item.text.len() + 2,
                _ => item.text.len() + 1,
            };
            match item.piece {
                Piece::LineComment | Piece::BlockComment | Piece::Directive | Piece::CutOff => {
                    inside.comments = true;
                }
                Piece::Token(Token::Open(Bracket::Group | Bracket::List)) => inside.nested = true,
                Piece::Token(_) => inside.comments |= several,
            }
            // A section of a thousand lines is no entry of one line, whatever else it holds.
            if inside.columns > 4_096 {
                break;
            }
        }
        Some(inside)
    }

    pub(super) fn next_is_close(&self, index: usize) -> bool {
        matches!(self.items.get(index + 1), Some(Item { piece: Piece::Token(Token::Close(_)), .. }))
    }

    /// The last of the commas behind a value, with only comments between, and whether an element
    /// may come behind it.
    pub(super) fn commas_behind(&self, index: usize) -> Option<(usize, bool)> {
        let mut last = None;
        let mut at = index;
        loop {
            match self.behind_comments(at) {
                Some((comma, Piece::Token(Token::Comma))) => {
                    last = Some(comma);
                    at = comma;
                }
                Some((_, Piece::Token(Token::Close(_)))) => return last.map(|last| (last, false)),
                _ => return last.map(|last| (last, true)),
            }
        }
    }

    /// The token before, if no comment and no directive stands between.
    pub(super) fn token_before(&self, index: usize) -> Option<Token> {
        let before = self.items[..index].iter().rev();
        let mut before =
            before.skip_while(|item| matches!(item.piece, Piece::LineComment | Piece::BlockComment));
        match before.next()?.piece {
            Piece::Token(token) => Some(token),
            _ => None,
        }
    }

    fn behind_comments(&self, index: usize) -> Option<(usize, Piece)> {
        let behind = self.items.iter().enumerate().skip(index + 1);
        let mut behind =
            behind.skip_while(|(_, item)| matches!(item.piece, Piece::LineComment | Piece::BlockComment));
        behind.next().map(|(index, item)| (index, item.piece))
    }
}

/// Recognises a token.
type Rule = fn(&[u8]) -> Lexed<'_, Token>;

fn scan(text: &[u8], token: Rule) -> (Vec<Item<'_>>, bool) {
    let mut items = Vec::new();
    let mut crlf = None;
    let mut rest = text;
    let mut lines = 0;
    while let Some(&byte) = rest.first() {
        if is_blank(byte) {
            if byte == b'\n' {
                lines += 1;
                let at = text.len() - rest.len();
                crlf.get_or_insert(at > 0 && text[at - 1] == b'\r');
            }
            rest = &rest[1..];
            continue;
        }
        let begins_line = items.is_empty() || lines > 0;
        let (len, piece) = next(rest, begins_line, token);
        items.push(Item { piece, text: &rest[..len], lines });
        rest = &rest[len..];
        lines = 0;
    }
    (items, crlf.unwrap_or(false))
}

/// The item at the beginning of a text, without the line feed that ends a comment.
fn next(rest: &[u8], begins_line: bool, token: Rule) -> (usize, Piece) {
    let all = rest.len();
    match rest {
        [b'#', ..] | [b'/', b'/', ..] => {
            (line_comment(rest).map_or(all, |(_, comment)| comment.len() - 1), Piece::LineComment)
        }
        [b'/', b'*', inside @ ..] => {
            cut_off(all, block_comment_rest(inside).ok().map(|(behind, _)| behind), Piece::BlockComment)
        }
        [b'@', ..] if begins_line && include_open(rest).is_ok() => {
            let path = include_open(rest).map_or(rest, |(path, ())| path);
            cut_off(all, quoted(path).ok().map(|(behind, _)| behind), Piece::Directive)
        }
        _ => match token(rest) {
            Ok((behind, token)) => (all - behind.len(), Piece::Token(token)),
            Err(_) => (all, Piece::CutOff),
        },
    }
}

fn cut_off(all: usize, behind: Option<&[u8]>, piece: Piece) -> (usize, Piece) {
    behind.map_or((all, Piece::CutOff), |behind| (all - behind.len(), piece))
}

fn partners(items: &[Item<'_>]) -> Vec<Option<usize>> {
    let mut partners = vec![None; items.len()];
    let mut open = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match item.piece {
            Piece::Token(Token::Open(_)) => open.push(index),
            Piece::Token(Token::Close(_)) => {
                if let Some(opening) = open.pop() {
                    partners[opening] = Some(index);
                }
            }
            _ => {}
        }
    }
    partners
}
