//! What a version of ProxySQL knows of a table.

use std::fmt::Write as _;
use std::sync::OnceLock;

use super::cell::Cell;
use super::check::Check;
use super::definition::{Definition, Literal};
use super::field::{Field, Shape};
use super::spec::{ColumnSpec, Key, Section, TableSpec};
use super::statement::Statement;
use super::tables::Table;
use super::version::Version;

impl Table {
    /// Its name.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// What a row of it is, in a sentence or two.
    pub fn doc(self) -> &'static str {
        self.spec().doc.trim()
    }

    /// The table of this name, in any version.
    pub fn from_name(name: &str) -> Option<Table> {
        Table::ALL.iter().copied().find(|table| table.name() == name)
    }

    /// The table as a version has it; `None` where it has none.
    pub fn schema(self, version: Version) -> Option<&'static TableSchema> {
        static KNOWN: [OnceLock<Option<TableSchema>>; Table::ALL.len() * Version::ALL.len()] =
            [const { OnceLock::new() }; Table::ALL.len() * Version::ALL.len()];
        let cell = &KNOWN[self as usize * Version::ALL.len() + version.index()];
        cell.get_or_init(|| TableSchema::new(self, version)).as_ref()
    }

    /// The tables of a version.
    pub fn of(version: Version) -> impl Iterator<Item = &'static TableSchema> {
        Table::ALL.iter().filter_map(move |table| table.schema(version))
    }
}

/// A table in one version: its columns, keys and constraints.
///
/// ```
/// use proxysql_kit::schema::{Table, Version};
///
/// let users = Table::MysqlUsers.schema(Version::V2_7).unwrap();
/// assert_eq!(users.columns()[0].name(), "username");
/// assert_eq!(users.column("active").unwrap().check(), Some("active IN (0,1)"));
/// assert!(Table::PgsqlUsers.schema(Version::V2_7).is_none());
/// assert!(Table::MysqlUsers.schema(Version::V2_0).unwrap().column("attributes").is_none());
/// ```
#[derive(Debug)]
pub struct TableSchema {
    table: Table,
    version: Version,
    columns: Vec<Column>,
    primary_key: Vec<usize>,
    unique: Vec<Vec<usize>>,
    statement: Option<Statement>,
}

impl TableSchema {
    fn new(table: Table, version: Version) -> Option<Self> {
        let spec = table.spec();
        if !spec.lifetime.holds(version) {
            return None;
        }
        let position = |name: &str| spec.columns.iter().position(|column| column.name == name);
        let own = spec.columns.iter().enumerate().filter(|(_, column)| column.lifetime.holds(version));
        let columns: Vec<_> = own.map(|(at, column)| Column::new(column, at, version, &position)).collect();
        let statement =
            spec.section.as_ref().map(|section| Statement::new(spec.name, section, &columns, version));
        let positions = |names: &&[&str]| names.iter().filter_map(|name| position(name)).collect();
        Some(TableSchema {
            table,
            version,
            columns,
            primary_key: positions(&spec.primary_key),
            unique: spec.unique.iter().map(positions).collect(),
            statement,
        })
    }

    /// The table.
    pub fn table(&self) -> Table {
        self.table
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.table.name()
    }

    /// The version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Its columns in table order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name() == name)
    }

    /// The positions of the primary key's columns.
    pub fn primary_key(&self) -> &[usize] {
        &self.primary_key
    }

    /// Further sets of columns, by position, in which no two rows may be alike.
    pub fn unique(&self) -> &[Vec<usize>] {
        &self.unique
    }

    /// Whether rows come in the order of their primary key (SQLite's rowid), not of their insertion.
    pub fn is_ordered_by_key(&self) -> bool {
        let spec = self.spec();
        let key = |position: &usize| Definition::parse(spec.columns[*position].definition.get(self.version));
        matches!(self.primary_key.as_slice(), [position] if key(position).sql_type == "INTEGER")
    }

    /// Whether SELECT CONFIG INTO OUTFILE (2.7 on) writes the table.
    pub fn is_saved(&self) -> bool {
        self.spec().saved && self.version >= Version::V2_7
    }

    /// The section of a `proxysql.cnf` that fills it, if there is one.
    pub fn cnf_section(&self) -> Option<&'static str> {
        self.section().map(|section| section.name)
    }

    /// The statement that makes the table, as the server has it (without the odd blank).
    pub fn create_statement(&self) -> String {
        let mut sql = format!("CREATE TABLE {} (", self.name());
        for (index, column) in self.columns.iter().enumerate() {
            // Writing to a `String` cannot fail.
            let _ =
                write!(sql, "{}{} {}", if index > 0 { " , " } else { "" }, column.name(), column.definition);
        }
        let inline = self.columns.iter().any(|column| column.definition.contains("PRIMARY KEY"));
        let names = |positions: &[usize]| {
            positions.iter().map(|&at| self.spec().columns[at].name).collect::<Vec<_>>().join(", ")
        };
        if !inline {
            let _ = write!(sql, " , PRIMARY KEY ({})", names(&self.primary_key));
        }
        for set in &self.unique {
            let _ = write!(sql, " , UNIQUE ({})", names(set));
        }
        sql.push(')');
        sql
    }

    pub(crate) fn spec(&self) -> &'static TableSpec {
        self.table.spec()
    }

    pub(crate) fn section(&self) -> Option<&'static Section> {
        self.spec().section.as_ref()
    }

    /// The statement that a row of a file becomes, in which the values are still to be put.
    pub(crate) fn statement(&self) -> Option<&Statement> {
        self.statement.as_ref()
    }
}

/// A column in one version of its table.
#[derive(Debug)]
pub struct Column {
    spec: &'static ColumnSpec,
    position: usize,
    definition: &'static str,
    parsed: Definition,
    constraint: Option<Check>,
}

impl Column {
    fn new(
        spec: &'static ColumnSpec,
        position: usize,
        version: Version,
        positions: &dyn Fn(&str) -> Option<usize>,
    ) -> Self {
        let definition = spec.definition.get(version);
        let parsed = Definition::parse(definition);
        // A test reads every CHECK of every version.
        let constraint = parsed.check.and_then(|text| Check::parse(text, positions).ok());
        Column { spec, position, definition, parsed, constraint }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.spec.name
    }

    /// What it says, in a sentence or two.
    pub fn doc(&self) -> &'static str {
        self.spec.doc.trim()
    }

    /// Its place among the columns of all versions; see [`Row`](super::Row).
    pub fn position(&self) -> usize {
        self.position
    }

    /// Its type as CREATE TABLE has it: `INT`, `INTEGER`, `INT UNSIGNED` or `VARCHAR`.
    pub fn sql_type(&self) -> &'static str {
        self.parsed.sql_type
    }

    /// Whether it holds texts.
    pub fn is_text(&self) -> bool {
        self.sql_type() == "VARCHAR"
    }

    /// Whether it holds passwords.
    pub fn is_secret(&self) -> bool {
        self.spec.shape == Shape::Secret
    }

    /// Whether NULL is refused.
    pub fn is_not_null(&self) -> bool {
        self.parsed.not_null
    }

    /// What it holds when nothing is said; NULL where that is so, `None` where something must be said.
    pub fn default(&self) -> Option<Cell<'static>> {
        match self.parsed.default {
            Some(default) => Some(default.cell()),
            None if self.parsed.not_null => None,
            None => Some(Cell::Null),
        }
    }

    /// Whether a row must say it: there is no default, or one that the column does not hold.
    pub fn is_required(&self) -> bool {
        match self.default() {
            None => true,
            Some(default) => default == Cell::Null && !self.is_nullable(),
        }
    }

    /// The text of its CHECK, as the server quotes it.
    pub fn check(&self) -> Option<&'static str> {
        self.parsed.check
    }

    /// Its CHECK, ready to be evaluated.
    pub fn constraint(&self) -> Option<&Check> {
        self.constraint.as_ref()
    }

    /// What its Rust type holds.
    pub fn shape(&self) -> Shape {
        self.spec.shape
    }

    /// Whether its Rust type is an `Option`.
    pub fn is_nullable(&self) -> bool {
        self.spec.nullable
    }

    pub(crate) fn key(&self) -> Option<&'static Key> {
        self.spec.key.as_ref()
    }
}

/// The default of a column as its Rust type has it: an empty text or 0 where the table has none.
pub(crate) fn default_of<T: Field>(column: &ColumnSpec) -> T {
    let default = Definition::parse(column.definition.get(Version::V3_0)).default;
    T::from_cell(default.map_or(Cell::Null, Literal::cell)).unwrap_or_default()
}
