//! An SQLite in memory that holds ProxySQL's own tables, and nothing else: where scripts run.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement};

use super::{SqlErrorKind, SqlLimits};
use crate::config::{Config, LoadModule};
use crate::schema::{Cell, Column, Module, Row, Table, TableSchema, Version};

/// The tables of one version, in an SQLite of their own.
#[derive(Debug)]
pub(crate) struct Database {
    sqlite: Connection,
    version: Version,
    guard: Guard,
    /// The longest row that a statement of a script may make.
    row_bytes: usize,
}

impl Database {
    /// Holds what a configuration holds.
    pub(crate) fn new(config: &Config, limits: &SqlLimits) -> Result<Self, SqlErrorKind> {
        let sqlite = Connection::open_in_memory().map_err(kind)?;
        prepare(&sqlite, limits).map_err(kind)?;
        let version = config.version;
        sqlite.execute_batch(GLOBAL_VARIABLES).map_err(kind)?;
        for schema in Table::of(version) {
            sqlite.execute_batch(&schema.create_statement()).map_err(kind)?;
        }
        let database = Database { sqlite, version, guard: Guard::default(), row_bytes: limits.row_bytes };
        for module in LoadModule::ALL {
            database.fill(config, module)?;
        }
        for schema in tables_without_load(version) {
            database.fill_table(config, schema)?;
        }
        database.guard.install(&database.sqlite).map_err(kind)?;
        Ok(database)
    }

    /// Runs one statement; its rows, if it gives any, are passed over. The error's place is in bytes from the
    /// statement's beginning, where `SQLite` tells one.
    pub(crate) fn run(&self, statement: &str, work: i64) -> Result<(), (usize, SqlErrorKind)> {
        self.longest_row(self.row_bytes);
        self.guard.begin(work);
        let done = self.run_unguarded(statement);
        let denied = self.guard.end();
        done.map_err(|error| {
            let place = place(&error, statement);
            let interrupted = error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted);
            match denied {
                _ if interrupted => (place, SqlErrorKind::TooMuchWork),
                Some(what) => (place, SqlErrorKind::NotAllowed { what }),
                None => (place, kind(error)),
            }
        })
    }

    /// What the code here does itself, on rows that are there, has no limit.
    fn lift(&self) {
        self.longest_row(usize::MAX);
        self.guard.lift();
    }

    fn longest_row(&self, bytes: usize) {
        // The category is one that every SQLite has, so that it cannot fail.
        _ = self.sqlite.set_limit(Limit::SQLITE_LIMIT_LENGTH, i32::try_from(bytes).unwrap_or(i32::MAX));
    }

    fn run_unguarded(&self, statement: &str) -> rusqlite::Result<()> {
        let mut prepared = self.sqlite.prepare(statement)?;
        // A query changes nothing; its rows would only cost.
        if prepared.readonly() {
            return Ok(());
        }
        let mut rows = prepared.raw_query();
        while rows.next()?.is_some() {}
        Ok(())
    }

    /// How many rows a table holds, and the others with it.
    pub(crate) fn changes(&self) -> u64 {
        self.sqlite.total_changes()
    }

    /// Puts what a configuration has of one module in the place of what is there; variables over it.
    pub(crate) fn replace(&self, config: &Config, module: LoadModule) -> Result<(), SqlErrorKind> {
        self.lift();
        for schema in module.tables(self.version) {
            self.sqlite.execute_batch(&format!("DELETE FROM {}", schema.name())).map_err(kind)?;
        }
        self.fill(config, module)
    }

    /// Reads what is there into a configuration; what no table holds is that of `base`.
    pub(crate) fn read(&self, base: &Config) -> Result<Config, SqlErrorKind> {
        let mut config = base.clone();
        for module in LoadModule::ALL {
            self.read_module(&mut config, module)?;
        }
        for schema in tables_without_load(self.version) {
            self.read_table(&mut config, schema)?;
        }
        Ok(config)
    }

    /// Reads one module into a configuration.
    pub(crate) fn read_module(&self, config: &mut Config, module: LoadModule) -> Result<(), SqlErrorKind> {
        self.lift();
        if let Some(variables) = module.variables() {
            self.read_variables(config, variables)?;
        }
        for schema in module.tables(self.version) {
            self.read_table(config, schema)?;
        }
        Ok(())
    }

    fn fill(&self, config: &Config, module: LoadModule) -> Result<(), SqlErrorKind> {
        if let Some(variables) = module.variables().filter(|module| module.is_in(self.version)) {
            self.fill_variables(config, variables).map_err(kind)?;
        }
        module.tables(self.version).try_for_each(|schema| self.fill_table(config, schema))
    }

    fn fill_table(&self, config: &Config, schema: &TableSchema) -> Result<(), SqlErrorKind> {
        let rows = config.table(schema.table());
        if rows.is_empty() {
            return Ok(());
        }
        // A row that replaces another stands at its own place, as in a server.
        let sql = format!(
            "INSERT OR REPLACE INTO {} ({}) VALUES ({})",
            schema.name(),
            names(schema),
            vec!["?"; schema.columns().len()].join(",")
        );
        let mut insert = self.sqlite.prepare(&sql).map_err(kind)?;
        rows.iter().try_for_each(|row| bind(&mut insert, schema, row)).map_err(|error| {
            let SqlErrorKind::Sqlite { message } = kind(error) else { return SqlErrorKind::TooMuchWork };
            SqlErrorKind::Sqlite { message: format!("{}, at the start: {message}", schema.name()) }
        })
    }

    fn fill_variables(&self, config: &Config, module: Module) -> rusqlite::Result<()> {
        let values = config.variables(module);
        let mut insert = self.sqlite.prepare("INSERT OR REPLACE INTO global_variables VALUES (?, ?)")?;
        let mut add = |name: &[u8], text: &[u8]| {
            insert.execute([
                ToSqlOutput::Borrowed(ValueRef::Text(name)),
                ToSqlOutput::Borrowed(ValueRef::Text(text)),
            ])
        };
        for variable in module.variables(self.version) {
            add(variable.full_name().as_bytes(), &values.text(variable.position()))?;
        }
        for (name, text) in values.others() {
            add(&[module.name().as_bytes(), b"-", name.as_bytes()].concat(), text.as_bytes())?;
        }
        Ok(())
    }

    fn read_table(&self, config: &mut Config, schema: &'static TableSchema) -> Result<(), SqlErrorKind> {
        let sql = format!("SELECT {} FROM {} ORDER BY rowid", names(schema), schema.name());
        let mut query = self.sqlite.prepare(&sql).map_err(kind)?;
        let mut found = query.query([]).map_err(kind)?;
        let rows = config.table_mut(schema.table());
        rows.retain_indices(&mut |_| false);
        while let Some(values) = found.next().map_err(kind)? {
            let row = rows.push_default();
            for (index, column) in schema.columns().iter().enumerate() {
                let Some(cell) = cell(values.get_ref(index).map_err(kind)?) else {
                    let (table, key) = (schema.name(), key(schema, values));
                    return Err(SqlErrorKind::Blob { table, key, column: column.name() });
                };
                row.set(column.position(), cell).map_err(|reason| SqlErrorKind::Value {
                    table: schema.name(),
                    key: key(schema, values),
                    column: column.name(),
                    reason,
                })?;
            }
        }
        Ok(())
    }

    /// A variable whose row is gone is at its default.
    fn read_variables(&self, config: &mut Config, module: Module) -> Result<(), SqlErrorKind> {
        if !module.is_in(self.version) {
            return Ok(());
        }
        let variables = config.variables_mut(module);
        variables.others_mut().clear();
        for variable in module.variables(self.version) {
            set(variables, variable, variable.default().as_bytes())?;
        }
        let sql = "SELECT variable_name, variable_value FROM global_variables ORDER BY rowid";
        let mut query = self.sqlite.prepare(sql).map_err(kind)?;
        let mut found = query.query([]).map_err(kind)?;
        while let Some(row) = found.next().map_err(kind)? {
            let (name, text) = (bytes(row, 0)?, bytes(row, 1)?);
            let prefix = [module.name().as_bytes(), b"-"].concat();
            let Some(own) = name.strip_prefix(prefix.as_slice()) else {
                self.must_be_of_a_module(name)?;
                continue;
            };
            let known = std::str::from_utf8(own).ok().and_then(|own| module.variable(self.version, own));
            match known {
                Some(variable) => set(variables, variable, text)?,
                None => variables.others_mut().push((own.into(), text.into())),
            }
        }
        Ok(())
    }

    fn must_be_of_a_module(&self, name: &[u8]) -> Result<(), SqlErrorKind> {
        let is_of = |module: &Module| {
            let own = name.strip_prefix(module.name().as_bytes());
            own.is_some_and(|own| own.starts_with(b"-")) && module.is_in(self.version)
        };
        if Module::ALL.iter().any(is_of) {
            return Ok(());
        }
        let name = String::from_utf8_lossy(name).into_owned();
        Err(SqlErrorKind::NoModuleOfVariable { name, version: self.version })
    }
}

const GLOBAL_VARIABLES: &str = "CREATE TABLE global_variables (variable_name VARCHAR NOT NULL PRIMARY KEY , \
                                variable_value VARCHAR NOT NULL)";

fn tables_without_load(version: Version) -> impl Iterator<Item = &'static TableSchema> {
    Table::of(version).filter(|schema| LoadModule::of(schema.table()).is_none())
}

fn names(schema: &TableSchema) -> String {
    schema.columns().iter().map(Column::name).collect::<Vec<_>>().join(",")
}

fn bind(insert: &mut Statement<'_>, schema: &TableSchema, row: &dyn Row) -> rusqlite::Result<()> {
    for (index, column) in schema.columns().iter().enumerate() {
        let value = match row.cell(column.position()) {
            Cell::Null => ValueRef::Null,
            Cell::Int(number) => ValueRef::Integer(number),
            Cell::Real(number) => ValueRef::Real(number),
            Cell::Text(text) => ValueRef::Text(text),
        };
        insert.raw_bind_parameter(index + 1, ToSqlOutput::Borrowed(value))?;
    }
    insert.raw_execute().map(|_| ())
}

fn cell(value: ValueRef<'_>) -> Option<Cell<'_>> {
    Some(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Int(number),
        ValueRef::Real(number) => Cell::Real(number),
        ValueRef::Text(text) => Cell::Text(text),
        ValueRef::Blob(_) => return None,
    })
}

/// The primary key of a row, for people.
fn key(schema: &TableSchema, values: &rusqlite::Row<'_>) -> String {
    let of_key = |(_, column): &(usize, &Column)| schema.primary_key().contains(&column.position());
    let parts = schema.columns().iter().enumerate().filter(of_key).map(|(index, column)| {
        let value = match values.get_ref(index) {
            Ok(ValueRef::Integer(number)) => number.to_string(),
            Ok(ValueRef::Text(text)) => String::from_utf8_lossy(text).into_owned(),
            _ => "?".to_owned(),
        };
        format!("{}={value}", column.name())
    });
    parts.collect::<Vec<_>>().join(" ")
}

/// A value of `global_variables`, which are texts: `SQLite` makes texts of numbers there.
fn bytes<'r>(row: &'r rusqlite::Row<'_>, index: usize) -> Result<&'r [u8], SqlErrorKind> {
    match row.get_ref(index).map_err(kind)? {
        ValueRef::Text(text) => Ok(text),
        _ => Err(SqlErrorKind::Blob {
            table: "global_variables",
            key: match row.get_ref(0) {
                Ok(ValueRef::Text(name)) => String::from_utf8_lossy(name).into_owned(),
                _ => "?".to_owned(),
            },
            column: if index == 0 { "variable_name" } else { "variable_value" },
        }),
    }
}

fn set(
    variables: &mut dyn crate::schema::Variables,
    variable: &crate::schema::Variable,
    text: &[u8],
) -> Result<(), SqlErrorKind> {
    variables
        .set_text(variable.position(), text)
        .map_err(|reason| SqlErrorKind::Variable { name: variable.full_name(), reason })
}

/// Where in a statement an error is: `SQLite` says so, or names what it does not know.
fn place(error: &rusqlite::Error, statement: &str) -> usize {
    let message = match error {
        rusqlite::Error::SqlInputError { offset, .. } => return usize::try_from(*offset).unwrap_or(0),
        rusqlite::Error::SqliteFailure(_, Some(message)) => message,
        _ => return 0,
    };
    super::error::unknown_name(message).and_then(|name| statement.find(name)).unwrap_or(0)
}

fn kind(error: rusqlite::Error) -> SqlErrorKind {
    let message = match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message,
        rusqlite::Error::SqlInputError { msg, .. } => msg,
        other => other.to_string(),
    };
    SqlErrorKind::Sqlite { message }
}

/// Settings that keep a script within its tables, and as `SQLite` is within ProxySQL.
fn prepare(sqlite: &Connection, limits: &SqlLimits) -> rusqlite::Result<()> {
    sqlite.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    sqlite.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // A double-quoted word that names no column is a text.
    sqlite.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, true)?;
    let pages = limits.database_bytes / 4096;
    sqlite.execute_batch(&format!(
        "PRAGMA temp_store=MEMORY; PRAGMA page_size=4096; PRAGMA max_page_count={}; PRAGMA automatic_index=OFF",
        pages.max(100)
    ))?;
    let most = |limit: usize| i32::try_from(limit).unwrap_or(i32::MAX);
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_SQL_LENGTH, most(limits.script_bytes.saturating_add(1024))),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 200),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 50),
        (Limit::SQLITE_LIMIT_COLUMN, 200),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1024),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 1),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        sqlite.set_limit(limit, value)?;
    }
    Ok(())
}

/// What stops a statement: it reaches elsewhere, or does not end.
#[derive(Clone, Debug, Default)]
struct Guard {
    work: Arc<AtomicI64>,
    denied: Arc<Mutex<Option<String>>>,
}

/// How many of `SQLite`'s operations go by between two looks.
const LOOK: i32 = 1000;

impl Guard {
    fn install(&self, sqlite: &Connection) -> rusqlite::Result<()> {
        self.lift();
        let work = Arc::clone(&self.work);
        let spend = move || work.fetch_sub(i64::from(LOOK), Ordering::Relaxed) <= 0;
        sqlite.progress_handler(LOOK, Some(spend))?;
        let denied = Arc::clone(&self.denied);
        sqlite.authorizer(Some(move |context: AuthContext<'_>| match refusal(&context.action) {
            None => Authorization::Allow,
            Some(what) => {
                if let Ok(mut denied) = denied.lock() {
                    denied.get_or_insert(what);
                }
                Authorization::Deny
            }
        }))
    }

    fn begin(&self, work: i64) {
        self.work.store(work, Ordering::Relaxed);
        self.end();
    }

    fn end(&self) -> Option<String> {
        self.denied.lock().ok().and_then(|mut denied| denied.take())
    }

    fn lift(&self) {
        self.work.store(i64::MAX, Ordering::Relaxed);
    }
}

/// What a statement may not do; nothing where it may.
fn refusal(action: &AuthAction<'_>) -> Option<String> {
    let ours = |name: &str| name == "global_variables" || Table::from_name(name).is_some();
    match *action {
        AuthAction::Select => None,
        AuthAction::Read { table_name: name, .. }
        | AuthAction::Insert { table_name: name }
        | AuthAction::Update { table_name: name, .. }
        | AuthAction::Delete { table_name: name } => {
            // A subquery that reads no column reads of a table without a name.
            (!ours(name) && !name.is_empty()).then(|| format!("the table `{name}`"))
        }
        AuthAction::Function { function_name: name } => {
            let known = FUNCTIONS.iter().any(|known| known.eq_ignore_ascii_case(name));
            (!known).then(|| format!("the function `{name}`"))
        }
        AuthAction::Recursive => Some("a recursive query".to_owned()),
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => Some("another database".to_owned()),
        AuthAction::Pragma { pragma_name, .. } => Some(format!("PRAGMA {pragma_name}")),
        _ => Some("changing more than rows".to_owned()),
    }
}

/// Functions that only compute. None makes much out of little but by its arguments, and those are limited.
const FUNCTIONS: [&str; 48] = [
    "abs",
    "avg",
    "char",
    "coalesce",
    "concat",
    "concat_ws",
    "count",
    "format",
    "glob",
    "group_concat",
    "hex",
    "if",
    "ifnull",
    "iif",
    "instr",
    "json",
    "json_array",
    "json_extract",
    "json_insert",
    "json_object",
    "json_patch",
    "json_quote",
    "json_remove",
    "json_replace",
    "json_set",
    "json_type",
    "json_valid",
    "length",
    "like",
    "lower",
    "ltrim",
    "max",
    "min",
    "nullif",
    "octet_length",
    "printf",
    "quote",
    "replace",
    "round",
    "rtrim",
    "substr",
    "substring",
    "sum",
    "total",
    "trim",
    "typeof",
    "unicode",
    "upper",
];
