//! How the columns of a table are written, prepared once for each table.

use crate::schema::{Cell, Column, Form, Read, TableSchema, Version};

/// Keys that are written even where the reader would take the same value without them: people look for
/// them.
const SHOWN: [&str; 4] = ["active", "apply", "password", "default_hostgroup"];

/// How the rows of one table become entries of its section.
pub(crate) struct Plan {
    pub(crate) schema: &'static TableSchema,
    /// The columns that have a key, in the order of the keys.
    pub(crate) keys: Vec<Keyed>,
    /// The columns that no key sets, with what they become.
    pub(crate) fixed: Vec<(&'static Column, Cell<'static>)>,
}

/// A column that a key sets.
pub(crate) struct Keyed {
    pub(crate) column: &'static Column,
    /// The name under which it is written.
    pub(crate) name: &'static str,
    /// All names under which it is looked for, in order.
    pub(crate) spellings: Vec<&'static str>,
    pub(crate) form: Form,
    /// What the column holds without the key; `None` where the row is then skipped.
    pub(crate) without: Option<Cell<'static>>,
    /// The only texts that are taken.
    pub(crate) taken: Option<&'static [&'static str]>,
    /// Whether it is always written.
    pub(crate) shown: bool,
}

impl Plan {
    /// `None` for a table that no section of a file fills.
    pub(crate) fn new(schema: &'static TableSchema) -> Option<Self> {
        let section = schema.section()?;
        let is_fixed = |name: &str| section.fixed.iter().find(|(fixed, _)| *fixed == name);
        let columns = section.order.iter().filter_map(|name| schema.column(name));
        let keys: Vec<_> = columns.filter_map(|column| Keyed::new(schema, column)).collect();
        let fixed = schema.columns().iter().filter(|column| column.key().is_none());
        let fixed = fixed.map(|column| {
            let becomes = match is_fixed(column.name()) {
                Some((_, text)) => literal(text),
                None => column.default().unwrap_or(Cell::Null),
            };
            (column, becomes)
        });
        Some(Plan { schema, keys, fixed: fixed.collect() })
    }
}

impl Keyed {
    fn new(schema: &TableSchema, column: &'static Column) -> Option<Self> {
        let version = schema.version();
        let key = column.key()?;
        let form = key.form.get(version);
        let read = key.read.get(version);
        let without = match read {
            Read::Int(..0) if form == Form::IntOrNull => Cell::Null,
            Read::Int(number) => Cell::Int(number.into()),
            Read::Str(None) => Cell::Null,
            Read::Str(Some(text)) => Cell::Text(text.as_bytes()),
        };
        let default = column.default().unwrap_or(Cell::Null);
        // NULL for a column that has none is its default.
        let without = if without == Cell::Null && column.is_not_null() { default } else { without };
        // A text that is not taken becomes another one, and so does the reader's own.
        let without = match (key.one_of, without) {
            (Some((names, otherwise)), Cell::Text(text)) if !is_taken(names, text) => {
                Cell::Text(otherwise.as_bytes())
            }
            _ => without,
        };
        let shown = schema.primary_key().contains(&column.position())
            || SHOWN.contains(&column.name())
            || (matches!(without, Cell::Int(_)) && without != default);
        Some(Keyed {
            column,
            name: spelling(column, version)?,
            spellings: match key.spellings.get(version) {
                [] => vec![column.name()],
                names => names.to_vec(),
            },
            form,
            without: key.mandatory.is_none().then_some(without),
            taken: key.one_of.map(|(names, _)| names),
            shown: shown || key.mandatory.is_some(),
        })
    }
}

/// Whether a text is one of those that are taken, in any case.
pub(super) fn is_taken(names: &[&str], text: &[u8]) -> bool {
    names.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(text))
}

/// The column's own name where every version reads it, so that other versions read the file, too; else the
/// first that this one tries.
fn spelling(column: &Column, version: Version) -> Option<&'static str> {
    let key = column.key()?;
    let read_by = |version: &Version| {
        let names = key.spellings.get(*version);
        names.is_empty() || names.contains(&column.name())
    };
    if Version::ALL.iter().all(read_by) {
        return Some(column.name());
    }
    key.spellings.get(version).first().copied().or(Some(column.name()))
}

/// A value that stands in the statement itself.
fn literal(sql: &'static str) -> Cell<'static> {
    match sql.parse() {
        Ok(number) => Cell::Int(number),
        Err(_) => Cell::Text(sql.trim_matches('\'').as_bytes()),
    }
}
