//! What the server passes over, or changes, without a word.

use std::fmt;

use crate::libconfig::{Span, ValueType};
use crate::schema::{Module, Table, Text, Version};

/// Something that the server does to a file in silence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// What it does.
    pub kind: NoteKind,
    /// To what.
    pub span: Span,
}

/// What the server does in silence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoteKind {
    /// A setting outside of sections, or a section, that this version does not read.
    UnknownSetting {
        /// Its name.
        name: String,
        /// A name that is read and looks like it.
        closest: Option<&'static str>,
        /// Versions that read it.
        read_by: Vec<Version>,
    },
    /// A variable that stands outside of its section.
    VariableOutside {
        /// The module.
        module: Module,
        /// The variable.
        variable: &'static str,
        /// The name as it is written.
        name: String,
    },
    /// A section named like a table that no file fills.
    TableNotRead {
        /// The table.
        table: Table,
    },
    /// A section that holds no rows: a scalar where a list is due.
    NoRows {
        /// The section.
        section: &'static str,
        /// What it is.
        found: ValueType,
    },
    /// A section that is a group where a list is due. What is in it is read as rows; the names in it
    /// mean nothing.
    GroupForList {
        /// The section.
        section: &'static str,
    },
    /// An entry of a list that is no group: a row without any key.
    NotAGroup {
        /// The table.
        table: Table,
        /// What it is.
        found: ValueType,
    },
    /// A key that no column of the table has, or not in this version.
    UnknownKey {
        /// The table.
        table: Table,
        /// The key.
        key: String,
        /// A key that is read and looks like it.
        closest: Option<&'static str>,
        /// Versions that read it.
        read_by: Vec<Version>,
    },
    /// A key named like a column that no file fills, or not under this name.
    ColumnNotRead {
        /// The table.
        table: Table,
        /// The column.
        column: &'static str,
        /// The key that does fill it, if there is one.
        read_as: Option<&'static str>,
    },
    /// A value of another type than the one that is read: as if it were not there.
    WrongType {
        /// The table; `None` for a setting outside of sections.
        table: Option<Table>,
        /// The key.
        key: String,
        /// The type that is read.
        needed: ValueType,
        /// The type that it has.
        found: ValueType,
        /// What happens instead.
        instead: Instead,
    },
    /// A second spelling of a key that was found under another one.
    Shadowed {
        /// The table.
        table: Table,
        /// The key that does not count.
        key: String,
        /// The key that does.
        by: &'static str,
    },
    /// A text that is none of those taken, so that another one takes its place.
    NotTaken {
        /// The table.
        table: Table,
        /// The column.
        column: &'static str,
        /// The text.
        found: Text,
        /// What takes its place.
        instead: &'static str,
    },
    /// A number that the server turns into another value.
    NumberChanged {
        /// The table.
        table: Table,
        /// The column.
        column: &'static str,
        /// The number.
        found: i32,
        /// What it becomes; `None` is NULL.
        becomes: Option<i64>,
    },
    /// Quotes that are doubled, or values joined by SQL: the text that is kept is another one.
    TextChanged {
        /// The table; `None` for a variable.
        table: Option<Table>,
        /// The column or variable.
        column: String,
    },
    /// A row that 2.0 skips without a word.
    RowSkipped {
        /// The table.
        table: Table,
        /// The key that is missing.
        key: &'static str,
    },
    /// A row that a later one replaced.
    Replaced {
        /// The table.
        table: Table,
        /// The row that took its place.
        by: Span,
    },
    /// A value turns the row's statement into other SQL than one INSERT of literals. What the server
    /// does with it is not predicted; the row is left out here.
    Unpredictable {
        /// The table; `None` for a variable.
        table: Option<Table>,
        /// What SQL it becomes.
        why: String,
    },
    /// A variable whose value is no boolean, int or string: it becomes the empty text.
    VariableEmptied {
        /// The module.
        module: Module,
        /// The name.
        name: String,
        /// The type of the value.
        found: ValueType,
    },
    /// A row of variables that is deleted without any line in the log.
    VariableDropped {
        /// The module.
        module: Module,
        /// The name.
        name: String,
    },
    /// A variable whose row is kept but which is never used.
    VariableUnused {
        /// The module.
        module: Module,
        /// The name.
        name: String,
    },
    /// A variable that runs as another text than the one that is kept.
    RunsAs {
        /// The module.
        module: Module,
        /// The name.
        name: String,
        /// The text that is kept.
        kept: Text,
        /// The text that runs.
        runs: Text,
    },
    /// A variable written in another case than its own: it is set, and its row stays beside the other.
    OtherCase {
        /// The module.
        module: Module,
        /// The name as it is written.
        name: String,
        /// The variable.
        variable: &'static str,
    },
    /// A value that is not known, because it is a placeholder. In a row something else stands in for it,
    /// and no constraint is judged; a variable keeps its default.
    Placeholder {
        /// The column, variable or setting.
        name: String,
    },
    /// A row that stays in memory and is not taken to runtime, without a line in the log.
    NotLoaded {
        /// The table.
        table: Table,
        /// Why.
        why: &'static str,
    },
}

/// What happens where a value is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Instead {
    /// Nothing: it stays unset.
    Nothing,
    /// This text or number takes its place; `None` is NULL.
    Default(Option<String>),
    /// Another spelling of the key is read.
    OtherKey(&'static str),
    /// The row is lost.
    RowLost,
}

impl Note {
    /// A stable name for what it says.
    pub fn code(&self) -> &'static str {
        match self.kind {
            NoteKind::UnknownSetting { .. } => "unknown-setting",
            NoteKind::VariableOutside { .. } => "variable-outside",
            NoteKind::TableNotRead { .. } => "table-not-read",
            NoteKind::NoRows { .. } => "no-rows",
            NoteKind::GroupForList { .. } => "group-for-list",
            NoteKind::NotAGroup { .. } => "not-a-group",
            NoteKind::UnknownKey { .. } => "unknown-key",
            NoteKind::ColumnNotRead { .. } => "column-not-read",
            NoteKind::WrongType { .. } => "wrong-type",
            NoteKind::Shadowed { .. } => "shadowed-key",
            NoteKind::NotTaken { .. } => "not-taken",
            NoteKind::NumberChanged { .. } => "number-changed",
            NoteKind::TextChanged { .. } => "text-changed",
            NoteKind::RowSkipped { .. } => "row-skipped",
            NoteKind::Replaced { .. } => "replaced-row",
            NoteKind::Unpredictable { .. } => "unpredictable-row",
            NoteKind::VariableEmptied { .. } => "variable-emptied",
            NoteKind::VariableDropped { .. } => "variable-dropped",
            NoteKind::VariableUnused { .. } => "variable-unused",
            NoteKind::RunsAs { .. } => "runs-as",
            NoteKind::OtherCase { .. } => "other-case",
            NoteKind::Placeholder { .. } => "placeholder",
            NoteKind::NotLoaded { .. } => "not-loaded",
        }
    }

    /// Whether a row of the file is lost.
    pub fn is_loss(&self) -> bool {
        matches!(self.kind, NoteKind::RowSkipped { .. } | NoteKind::Unpredictable { .. })
    }

    /// A way out, where one is plain.
    pub fn help(&self) -> Option<String> {
        match &self.kind {
            NoteKind::UnknownSetting { closest: Some(name), .. }
            | NoteKind::UnknownKey { closest: Some(name), .. } => Some(format!("did you mean `{name}`?")),
            NoteKind::UnknownSetting { read_by, .. } | NoteKind::UnknownKey { read_by, .. } => {
                (!read_by.is_empty()).then(|| format!("it is read by ProxySQL {}", list(read_by)))
            }
            NoteKind::WrongType { needed, found, .. } => way_to(*needed, *found),
            NoteKind::GroupForList { .. } => Some("write `( { ... }, { ... } )`".to_owned()),
            NoteKind::VariableOutside { module, variable, .. } => {
                Some(format!("write `{variable}` into `{}`", module.section()))
            }
            NoteKind::ColumnNotRead { read_as: Some(key), .. } => Some(format!("write `{key}`")),
            NoteKind::TableNotRead { .. } => Some("fill it over the admin interface".to_owned()),
            _ => None,
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl fmt::Display for NoteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoteKind::UnknownSetting { name, .. } | NoteKind::VariableOutside { name, .. } => {
                write!(f, "`{name}` is not read")
            }
            NoteKind::TableNotRead { table } => {
                write!(f, "`{}` is a table, but no file can fill it: the section is not read", table.name())
            }
            NoteKind::NoRows { section, found } => {
                write!(f, "`{section}` holds no rows: it is of type {found}")
            }
            NoteKind::GroupForList { section } => {
                write!(f, "`{section}` is a group: each value in it is read as a row, whatever its name")
            }
            NoteKind::NotAGroup { table, found } => {
                write!(f, "a row of {} must be a group: this {found} has no keys", table.name())
            }
            NoteKind::UnknownKey { table, key, .. } => write!(f, "{} has no key `{key}`", table.name()),
            NoteKind::ColumnNotRead { table, column, read_as: Some(key) } => {
                write!(f, "`{column}` of {} is read only as `{key}`", table.name())
            }
            NoteKind::ColumnNotRead { table, column, .. } => {
                write!(f, "`{column}` of {} is never read from a file", table.name())
            }
            NoteKind::WrongType { key, needed, found, instead, .. } => {
                write!(f, "`{key}` is read only as {needed}, not as {found}: {instead}")
            }
            NoteKind::Shadowed { key, by, .. } => write!(f, "`{key}` does not count: `{by}` is there, too"),
            NoteKind::NotTaken { column, found, instead, .. } => {
                write!(f, "`{found}` is no value of `{column}`: `{instead}` takes its place")
            }
            NoteKind::NumberChanged { column, found, becomes: Some(becomes), .. } => {
                write!(f, "`{column}={found}` becomes {becomes}")
            }
            NoteKind::NumberChanged { column, found, becomes: None, .. } => {
                write!(f, "`{column}={found}` becomes NULL")
            }
            NoteKind::TextChanged { column, .. } => {
                write!(f, "the quotes in `{column}` are read as SQL: another text is kept")
            }
            NoteKind::RowSkipped { table, key } => {
                write!(f, "this row of {} is lost: it has no `{key}`", table.name())
            }
            NoteKind::Replaced { table, .. } => {
                write!(f, "a later row of {} replaces this one", table.name())
            }
            NoteKind::Unpredictable { why, .. } => {
                write!(f, "a quote turns the value into SQL ({why}): what the server does is not predicted")
            }
            NoteKind::VariableEmptied { module, name, found } => {
                write!(f, "`{module}-{name}` is set to an empty text: a value of type {found} is not read")
            }
            NoteKind::VariableDropped { module, name } => {
                write!(f, "`{module}-{name}` is dropped without a word")
            }
            NoteKind::VariableUnused { module, name } => {
                write!(f, "`{module}-{name}` is kept, but nothing uses it")
            }
            NoteKind::RunsAs { module, name, kept, runs } => {
                write!(f, "`{module}-{name}` is kept as \"{kept}\", but runs as \"{runs}\"")
            }
            NoteKind::OtherCase { module, name, variable } => {
                write!(f, "`{module}-{name}` sets `{variable}`, and stays as a row of its own")
            }
            NoteKind::Placeholder { name } => write!(f, "the value of `{name}` is not known"),
            NoteKind::NotLoaded { table, why } => {
                write!(f, "this row of {} is not taken to runtime: {why}", table.name())
            }
        }
    }
}

impl fmt::Display for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Instead::Nothing => f.write_str("it stays unset"),
            Instead::Default(Some(text)) if text.is_empty() => f.write_str("it stays empty"),
            Instead::Default(Some(text)) => write!(f, "`{text}` takes its place"),
            Instead::Default(None) => f.write_str("it stays NULL"),
            Instead::OtherKey(key) => write!(f, "`{key}` is read instead"),
            Instead::RowLost => f.write_str("the row is lost"),
        }
    }
}

fn list(versions: &[Version]) -> String {
    versions.iter().map(|version| version.name()).collect::<Vec<_>>().join(", ")
}

fn way_to(needed: ValueType, found: ValueType) -> Option<String> {
    let way = match (needed, found) {
        (ValueType::Int, ValueType::Str) => "write the number without quotes",
        (ValueType::Int, ValueType::Bool) => "write 1 or 0",
        (ValueType::Int, ValueType::Float | ValueType::Int64) => "write an integer of 32 bits, without `L`",
        (ValueType::Str, _) => "write it in double quotes",
        (ValueType::Bool, _) => "write `true` or `false`",
        _ => return None,
    };
    Some(way.to_owned())
}
