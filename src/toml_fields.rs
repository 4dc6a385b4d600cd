//! Files in TOML that people write: their fields, with a word on each that is not as it should be, and its place.
//! Knows nothing of what the files are about.

use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeInteger, DeString, DeTable, DeValue};

use crate::schema::closest;

/// One thing that is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, in characters, counted from 1.
    pub column: usize,
    /// What is wrong, and what was probably meant.
    pub message: String,
}

/// The most problems that are told of a file.
const MOST_PROBLEMS: usize = 50;

/// Reads a text.
///
/// # Errors
/// All that is wrong with it, in the order of the text, up to 50 problems.
pub(crate) fn read<T>(
    text: &str,
    file: impl FnOnce(&DeTable<'_>, &Lines<'_>, &mut Problems) -> T,
) -> Result<T, Vec<Problem>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut problems = Problems::default();
    for error in &errors {
        problems.tell(error.span().unwrap_or_default(), error.message());
    }
    let lines = Lines::new(text);
    // What is no TOML would be told of twice.
    let read = errors.is_empty().then(|| file(table.get_ref(), &lines, &mut problems));
    if let (Some(read), true) = (read, problems.0.is_empty()) {
        return Ok(read);
    }
    problems.0.sort();
    // What holds for many is read for each.
    problems.0.dedup();
    let problem = |(at, message)| {
        let (line, column) = lines.place(at);
        Problem { line, column, message }
    };
    Err(problems.0.into_iter().take(MOST_PROBLEMS).map(problem).collect())
}

/// A line for each problem: `FILE:LINE:COLUMN: MESSAGE`.
pub(crate) fn show(file: &str, problems: &[Problem], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, Problem { line, column, message }) in problems.iter().enumerate() {
        let end = if index == 0 { "" } else { "\n" };
        write!(f, "{end}{file}:{line}:{column}: {message}")?;
    }
    Ok(())
}

/// A value and where it stands.
pub(crate) type Value<'t> = &'t Spanned<DeValue<'t>>;

/// What is wrong, and where in the text.
#[derive(Debug, Default)]
pub(crate) struct Problems(pub(crate) Vec<(usize, String)>);

impl Problems {
    pub(crate) fn tell(&mut self, at: Range<usize>, message: impl Into<String>) {
        self.0.push((at.start, message.into()));
    }

    /// Tells that a value is of another kind.
    fn not(&mut self, name: &str, wanted: &str, value: Value<'_>) {
        self.tell(value.span(), format!("`{name}` is {wanted}, not {}", kind(value.get_ref())));
    }
}

/// A table of which each field is asked for by its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'t> {
    table: &'t DeTable<'t>,
}

impl<'t> Fields<'t> {
    /// A table that may have these fields only.
    pub(crate) fn new(table: &'t DeTable<'t>, known: &[&[&'static str]], problems: &mut Problems) -> Self {
        let all = || known.iter().copied().flatten().copied();
        for name in table.keys() {
            let word: &str = name.get_ref();
            if !all().any(|known| known == word) {
                let hint = match closest(word, all()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known are {}", all().collect::<Vec<_>>().join(", ")),
                };
                problems.tell(name.span(), format!("there is no field `{word}`: {hint}"));
            }
        }
        Fields { table }
    }

    pub(crate) fn get(self, name: &str) -> Option<Value<'t>> {
        self.table.get(name)
    }

    /// Where a field stands; at the beginning if it is not there.
    #[cfg(feature = "simulate")]
    pub(crate) fn place(self, name: &str) -> Range<usize> {
        self.get(name).map(Spanned::span).unwrap_or_default()
    }

    pub(crate) fn has(self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn text(self, name: &str, problems: &mut Problems) -> Option<&'t str> {
        let value = self.get(name)?;
        let text = text(value);
        if text.is_none() {
            problems.not(name, "a text in quotes", value);
        }
        text
    }

    pub(crate) fn number<N: TryFrom<i64>>(self, name: &str, problems: &mut Problems) -> Option<N> {
        number(name, self.get(name)?, problems)
    }

    /// A number, or a list of them.
    #[cfg(feature = "rule-tests")]
    pub(crate) fn numbers(self, name: &str, problems: &mut Problems) -> Option<Vec<i32>> {
        let value = self.get(name)?;
        match value.get_ref() {
            DeValue::Array(all) => all.iter().map(|one| number(name, one, problems)).collect(),
            _ => number(name, value, problems).map(|one| vec![one]),
        }
    }

    /// A text, or a list of them.
    pub(crate) fn texts(self, name: &str, problems: &mut Problems) -> Vec<(&'t str, Range<usize>)> {
        let Some(value) = self.get(name) else { return Vec::new() };
        let all: Vec<Value<'t>> = match value.get_ref() {
            DeValue::Array(all) => all.iter().collect(),
            _ => vec![value],
        };
        let mut texts = Vec::new();
        for one in all {
            match text(one) {
                Some(text) => texts.push((text, one.span())),
                None => problems.not(name, "a text in quotes, or a list of them", one),
            }
        }
        texts
    }

    pub(crate) fn table(self, name: &str, problems: &mut Problems) -> Option<&'t DeTable<'t>> {
        let value = self.get(name)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => {
                problems.not(name, "a table", value);
                None
            }
        }
    }

    /// The tables of `[[name]]`, each with its place.
    pub(crate) fn tables(self, name: &str, problems: &mut Problems) -> Vec<(&'t DeTable<'t>, Range<usize>)> {
        let Some(value) = self.get(name) else { return Vec::new() };
        let DeValue::Array(all) = value.get_ref() else {
            problems.not(name, &format!("a list: write [[{name}]]"), value);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for one in all {
            match one.get_ref() {
                DeValue::Table(table) => tables.push((table, one.span())),
                _ => problems.not(name, "a list of tables", one),
            }
        }
        tables
    }
}

pub(crate) fn text<'t>(value: Value<'t>) -> Option<&'t str> {
    let DeValue::String(text) = value.get_ref() else { return None };
    let text: &DeString<'t> = text;
    Some(text)
}

pub(crate) fn number<N: TryFrom<i64>>(name: &str, value: Value<'_>, problems: &mut Problems) -> Option<N> {
    let DeValue::Integer(number) = value.get_ref() else {
        problems.not(name, "a number", value);
        return None;
    };
    let fitting = integer(number).and_then(|number| N::try_from(number).ok());
    if fitting.is_none() {
        let is_negative = integer(number).is_some_and(|number| number < 0);
        let why = if is_negative && N::try_from(-1).is_err() { ": it is 0 or more" } else { "" };
        problems.tell(value.span(), format!("{number} is no value of `{name}`{why}"));
    }
    fitting
}

pub(crate) fn integer(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

pub(crate) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Where the lines of a text begin.
pub(crate) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let behind = text.match_indices('\n').map(|(at, _)| at + 1);
        Lines { text, starts: std::iter::once(0).chain(behind).collect() }
    }

    /// The line and the column of a byte, both counted from 1.
    pub(crate) fn place(&self, at: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|&start| start <= at).max(1);
        let before =
            self.starts.get(line - 1).and_then(|&start| self.text.get(start..at)).unwrap_or_default();
        (line, before.chars().count() + 1)
    }
}
