//! The INSERT around its values, and what comes behind it.

use super::tokens::{Kind, Token, Tokens};
use super::values::{Stop, Value, Values};
use super::words::Word;
use super::{Departure, Foreign, Literal, Outcome, Sqlite};

pub(super) fn read(text: &[u8], table_columns: usize, sqlite: Sqlite) -> Outcome {
    let outcome = match Head::parse(text) {
        Some(head) => parse(text, &head, table_columns, sqlite),
        None => Err(Stop::Departure(Departure { span: 0..text.len(), what: Foreign::Statement })),
    };
    match outcome {
        Ok(rows) => Outcome::Rows(rows),
        Err(Stop::Error(message)) => Outcome::Error(message),
        Err(Stop::Departure(departure)) => Outcome::Unpredictable(departure),
    }
}

/// The order is SQLite's: it parses up to a semicolon or the end, then looks names up, then counts values,
/// and only when the statement has been executed does it look at what follows.
fn parse(
    text: &[u8],
    head: &Head<'_>,
    table_columns: usize,
    sqlite: Sqlite,
) -> Result<Vec<Vec<Literal>>, Stop> {
    let mut values = Values::new(Tokens::new(text, head.values_at, sqlite), sqlite);
    let mut rows = vec![values.row(false)?];
    let mut further = None;
    loop {
        let next = values.take()?;
        match next.kind {
            Kind::Comma => {
                values.expect(|kind| kind == Kind::Open)?;
                rows.push(values.row(true)?);
                further.get_or_insert(next);
            }
            Kind::Semicolon | Kind::End => break,
            _ => {
                clause(&mut values, next, sqlite)?;
                return Err(Stop::at(next, Foreign::Clause));
            }
        }
    }
    match further {
        None => {
            values.look_names_up()?;
            head.count(rows[0].len(), table_columns)?;
        }
        // Which message comes first for several rows depends on the version.
        Some(comma) if rows.iter().any(|row| head.count(row.len(), table_columns).is_err()) => {
            return Err(Stop::at(comma, Foreign::Clause));
        }
        Some(_) => {}
    }
    values.all_literals()?;
    nothing_follows(&mut values)?;
    Ok(rows.into_iter().map(|row| row.into_iter().filter_map(Value::literal).collect()).collect())
}

/// What can follow the values besides more rows: it is read only as far as tells an error early.
fn clause(values: &mut Values<'_>, first: Token, sqlite: Sqlite) -> Result<(), Stop> {
    match first.kind {
        Kind::Word(Word::Returning) => {}
        Kind::Word(Word::On) if sqlite == Sqlite::V3_43 => {
            values.expect(|kind| kind == Kind::Word(Word::Conflict))?;
            values.expect(|kind| matches!(kind, Kind::Open | Kind::Word(Word::Do)))?;
        }
        Kind::Word(word @ (Word::Union | Word::Except)) => {
            if word == Word::Union && values.peek().kind == Kind::Word(Word::All) {
                values.take()?;
            }
            values.expect(|kind| matches!(kind, Kind::Word(Word::Select | Word::Values)))?;
        }
        _ => return Err(values.unexpected(first)),
    }
    Ok(())
}

/// Behind the statement only blanks, comments and semicolons may come.
fn nothing_follows(values: &mut Values<'_>) -> Result<(), Stop> {
    loop {
        let token = values.take_any();
        match token.kind {
            Kind::Semicolon => {}
            Kind::End => return Ok(()),
            _ => return Err(Stop::at(token, Foreign::Statement)),
        }
    }
}

/// The part of the statement into which nothing was pasted.
struct Head<'t> {
    table: &'t [u8],
    /// How many columns it names, if it names any.
    columns: Option<usize>,
    /// Where the first value begins.
    values_at: usize,
}

impl<'t> Head<'t> {
    fn parse(text: &'t [u8]) -> Option<Head<'t>> {
        let mut tokens = Tokens::new(text, 0, Sqlite::V3_43);
        let mut next = || tokens.next();
        let is =
            |token: Token, word: &str| text[token.start..token.end].eq_ignore_ascii_case(word.as_bytes());
        is(next(), "INSERT").then_some(())?;
        let mut token = next();
        if is(token, "OR") {
            is(next(), "REPLACE").then_some(())?;
            token = next();
        }
        is(token, "INTO").then_some(())?;
        let name = next();
        matches!(name.kind, Kind::Word(_)).then_some(())?;
        let table = &text[name.start..name.end];
        token = next();
        let mut columns = None;
        if token.kind == Kind::Open {
            let mut count = 0;
            while token.kind != Kind::Close {
                token = next();
                matches!(token.kind, Kind::Word(_)).then_some(())?;
                count += 1;
                token = next();
                matches!(token.kind, Kind::Comma | Kind::Close).then_some(())?;
            }
            columns = Some(count);
            token = next();
        }
        (token.kind == Kind::Word(Word::Values)).then_some(())?;
        let open = next();
        (open.kind == Kind::Open).then_some(Head { table, columns, values_at: open.end })
    }

    fn count(&self, values: usize, table_columns: usize) -> Result<(), Stop> {
        let message = match self.columns {
            Some(columns) if columns != values => {
                format!("{values} values for {columns} columns").into_bytes()
            }
            None if table_columns != values => {
                let rest = format!(" has {table_columns} columns but {values} values were supplied");
                [b"table ", self.table, rest.as_bytes()].concat()
            }
            _ => return Ok(()),
        };
        Err(Stop::Error(message))
    }
}
