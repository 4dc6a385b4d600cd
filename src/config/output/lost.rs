//! What does not survive being written, and why.

use std::fmt;

use thiserror::Error;

use crate::schema::{Cell, Module, REDACTED, Row, Table, Text, Version};

/// Something that reads back as something else, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lost {
    /// What it is.
    pub place: Place,
    /// Why.
    pub reason: Reason,
    /// What is read back in its place, as it is shown to people; `None` where nothing is. Secrets are not
    /// told.
    pub becomes: Option<String>,
}

/// A part of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Place {
    /// A setting outside of sections.
    Setting(&'static str),
    /// A variable, by its name without the module.
    Variable {
        /// The module.
        module: Module,
        /// The name.
        name: Text,
    },
    /// All rows of a table.
    Table {
        /// The table.
        table: Table,
        /// How many there are.
        rows: usize,
    },
    /// The order of a table's rows.
    Order(Table),
    /// A row.
    Row(RowPlace),
    /// A value of a row.
    Column {
        /// The row.
        row: RowPlace,
        /// The column.
        column: &'static str,
    },
}

/// Which row of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct RowPlace {
    /// The table.
    pub table: Table,
    /// Its index among the rows of the configuration that was written; for a row that only the read one
    /// has, its index there.
    pub index: usize,
    /// Its primary key for people: `hostgroup_id=1, hostname="db1", port=3306`.
    pub key: String,
}

/// Why something does not survive.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A table that no file fills.
    #[error("no section of a file fills this table")]
    NoSection,
    /// A table, column, variable or setting that the version does not have.
    #[error("ProxySQL {0} does not have it")]
    NotInVersion(Version),
    /// A column that no key of a file sets.
    #[error("no key of a file sets this column")]
    NoKey,
    /// NULL where the reader has another value for a key that is not there.
    #[error("no file can say NULL here")]
    Null,
    /// A negative number where that means NULL.
    #[error("a negative number means NULL in a file")]
    Negative,
    /// A NUL in a text.
    #[error("no text of a file holds a NUL")]
    Nul,
    /// A text that is none of those that the reader takes.
    #[error("a file takes only {}", .0.join(", "))]
    NotTaken(&'static [&'static str]),
    /// A row that the table refuses.
    #[error("the table refuses it: CHECK ({0})")]
    Check(&'static str),
    /// A row whose key a later one has, too, when both come from a file.
    #[error("from a file, a later row has the same {}", .0.join(", "))]
    Replaced(Vec<&'static str>),
    /// Rows that are not in the order in which the table gives them.
    #[error("the table gives its rows in the order of `{0}`")]
    Ordered(&'static str),
    /// A row that ends the process.
    #[error("ProxySQL {0} aborts on such a row")]
    Aborts(Version),
    /// A name that libconfig does not read, or that stands there already.
    #[error("no setting of a file can have this name")]
    Name,
    /// A number outside of the range that the server accepts.
    #[error("the server accepts {min} to {max}")]
    Range {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A name that the server does not know: it deletes the row.
    #[error("the server has no such variable and deletes it")]
    UnknownVariable,
    /// A text that the server does not accept for the variable, or changes at once.
    #[error("the server does not keep this text")]
    NotKept,
    /// A value of the file that is left alone because it holds a placeholder.
    #[error("the file has a placeholder there, which is left alone")]
    Placeholder,
    /// Something that `SELECT CONFIG INTO OUTFILE` does not write.
    #[error("the server does not save it")]
    NotSaved,
    /// An empty text, which `SELECT CONFIG INTO OUTFILE` leaves out, so that a default takes its place.
    #[error("the server does not save empty texts")]
    EmptyNotSaved,
    /// A text with a backslash or quotes, which `SELECT CONFIG INTO OUTFILE` does not escape.
    #[error("the server does not escape the text when it saves it")]
    NotEscaped,
    /// A setting of the file, which SQL does not reach.
    #[error("no SQL reaches the settings of a file")]
    NotInSql,
    /// It was not foreseen, but reading back showed it.
    #[error("it does not read back equal")]
    Unforeseen,
}

impl Reason {
    /// A stable name for it.
    pub fn code(&self) -> &'static str {
        match self {
            Reason::NoSection => "no-section",
            Reason::NotInVersion(_) => "not-in-version",
            Reason::NoKey => "no-key",
            Reason::Null => "null",
            Reason::Negative => "negative",
            Reason::Nul => "nul",
            Reason::NotTaken(_) => "not-taken",
            Reason::Check(_) => "check",
            Reason::Replaced(_) => "replaced",
            Reason::Ordered(_) => "ordered",
            Reason::Aborts(_) => "aborts",
            Reason::Name => "name",
            Reason::Range { .. } => "range",
            Reason::UnknownVariable => "unknown-variable",
            Reason::NotKept => "not-kept",
            Reason::Placeholder => "placeholder",
            Reason::NotSaved => "not-saved",
            Reason::EmptyNotSaved => "empty-not-saved",
            Reason::NotEscaped => "not-escaped",
            Reason::NotInSql => "not-in-sql",
            Reason::Unforeseen => "unforeseen",
        }
    }
}

impl Lost {
    pub(crate) fn new(place: Place, reason: Reason, becomes: Option<String>) -> Self {
        Lost { place, reason, becomes }
    }
}

impl Place {
    /// The table, if it is part of one.
    pub fn table(&self) -> Option<Table> {
        match self {
            Place::Table { table, .. } | Place::Order(table) => Some(*table),
            Place::Row(row) | Place::Column { row, .. } => Some(row.table),
            Place::Setting(_) | Place::Variable { .. } => None,
        }
    }
}

impl RowPlace {
    /// The place of a row in its table.
    pub(crate) fn new(row: &dyn Row, index: usize) -> Self {
        let table = row.table();
        let spec = table.spec();
        let key = spec.primary_key.iter().filter_map(|name| {
            let position = spec.columns.iter().position(|column| column.name == *name)?;
            Some(format!("{name}={}", shown(row.cell(position))))
        });
        RowPlace { table, index, key: key.collect::<Vec<_>>().join(", ") }
    }
}

/// How a value is shown to people.
pub(crate) fn shown(cell: Cell<'_>) -> String {
    match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Int(number) => number.to_string(),
        Cell::Real(number) => number.to_string(),
        Cell::Text(text) => shown_text(text),
    }
}

/// A text between quotes, cut where it is long.
fn shown_text(text: &[u8]) -> String {
    const LONGEST: usize = 60;
    let text = String::from_utf8_lossy(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// The same, unless it is a secret.
pub(crate) fn shown_unless(secret: bool, cell: Cell<'_>) -> String {
    match cell {
        Cell::Text(text) if secret && !text.is_empty() => REDACTED.to_owned(),
        cell => shown(cell),
    }
}

/// `mysql_users (username="app", backend=1): frontend`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Setting(name) => f.write_str(name),
            Place::Variable { module, name } => write!(f, "{module}-{name}"),
            Place::Table { table, rows: 1 } => write!(f, "{}: its row", table.name()),
            Place::Table { table, rows } => write!(f, "{}: all {rows} rows", table.name()),
            Place::Order(table) => write!(f, "{}: the order of rows", table.name()),
            Place::Row(row) => row.fmt(f),
            Place::Column { row, column } => write!(f, "{row}: {column}"),
        }
    }
}

/// `mysql_users (username="app", backend=1)`.
impl fmt::Display for RowPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.table.name(), self.key)
    }
}

/// The place, the reason, and what is read back.
impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)?;
        match &self.becomes {
            Some(becomes) => write!(f, "; it becomes {becomes}"),
            None => Ok(()),
        }
    }
}
