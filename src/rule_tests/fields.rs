//! Reading the fields of a table of TOML, with a word on each that is not as it should be.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeInteger, DeString, DeTable, DeValue};

use crate::schema::closest;

/// A value and where it stands.
pub(super) type Value<'t> = &'t Spanned<DeValue<'t>>;

/// What is wrong, and where in the text.
#[derive(Debug, Default)]
pub(super) struct Problems(pub(super) Vec<(usize, String)>);

impl Problems {
    pub(super) fn tell(&mut self, at: Range<usize>, message: impl Into<String>) {
        self.0.push((at.start, message.into()));
    }

    /// Tells that a value is of another kind.
    fn not(&mut self, name: &str, wanted: &str, value: Value<'_>) {
        self.tell(value.span(), format!("`{name}` is {wanted}, not {}", kind(value.get_ref())));
    }
}

/// A table of which each field is asked for by its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'t> {
    table: &'t DeTable<'t>,
}

impl<'t> Fields<'t> {
    /// A table that may have these fields only.
    pub(super) fn new(table: &'t DeTable<'t>, known: &[&[&'static str]], problems: &mut Problems) -> Self {
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

    pub(super) fn get(self, name: &str) -> Option<Value<'t>> {
        self.table.get(name)
    }

    pub(super) fn has(self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(super) fn text(self, name: &str, problems: &mut Problems) -> Option<&'t str> {
        let value = self.get(name)?;
        let text = text(value);
        if text.is_none() {
            problems.not(name, "a text in quotes", value);
        }
        text
    }

    pub(super) fn number<N: TryFrom<i64>>(self, name: &str, problems: &mut Problems) -> Option<N> {
        number(name, self.get(name)?, problems)
    }

    /// A number, or a list of them.
    pub(super) fn numbers(self, name: &str, problems: &mut Problems) -> Option<Vec<i32>> {
        let value = self.get(name)?;
        match value.get_ref() {
            DeValue::Array(all) => all.iter().map(|one| number(name, one, problems)).collect(),
            _ => number(name, value, problems).map(|one| vec![one]),
        }
    }

    /// A text, or a list of them.
    pub(super) fn texts(self, name: &str, problems: &mut Problems) -> Vec<(&'t str, Range<usize>)> {
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

    pub(super) fn table(self, name: &str, problems: &mut Problems) -> Option<&'t DeTable<'t>> {
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
    pub(super) fn tables(self, name: &str, problems: &mut Problems) -> Vec<(&'t DeTable<'t>, Range<usize>)> {
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

pub(super) fn text<'t>(value: Value<'t>) -> Option<&'t str> {
    let DeValue::String(text) = value.get_ref() else { return None };
    let text: &DeString<'t> = text;
    Some(text)
}

pub(super) fn number<N: TryFrom<i64>>(name: &str, value: Value<'_>, problems: &mut Problems) -> Option<N> {
    let DeValue::Integer(number) = value.get_ref() else {
        problems.not(name, "a number", value);
        return None;
    };
    let fitting = integer(number).and_then(|number| N::try_from(number).ok());
    if fitting.is_none() {
        problems.tell(value.span(), format!("{number} is no value of `{name}`"));
    }
    fitting
}

pub(super) fn integer(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

pub(super) fn kind(value: &DeValue<'_>) -> &'static str {
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
