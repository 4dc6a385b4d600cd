//! Admin statements for a whole configuration, and the pieces that differences are written with.

use std::fmt::{self, Write as _};

use super::literal;
use crate::config::{Config, LoadModule};
use crate::schema::{Cell, Column, Module, TableSchema};

/// What [`Config::to_sql`] and [`Plan::to_sql`](crate::config::Plan::to_sql) write.
///
/// ```
/// use proxysql_kit::config::{Config, DeleteFirst, SqlOptions};
/// use proxysql_kit::schema::MysqlServer;
///
/// let mut config = Config::default();
/// config.mysql_servers.push(MysqlServer { hostname: "db1".into(), ..MysqlServer::default() });
/// config.mysql.max_connections = 2048;
/// let sql = config.to_sql(&SqlOptions::new().delete(DeleteFirst::None).load(true));
/// assert_eq!(sql, "\
/// UPDATE global_variables SET variable_value='2048' WHERE variable_name='mysql-max_connections';
/// INSERT INTO mysql_servers (hostgroup_id,hostname,port) VALUES (0,'db1',3306);
/// LOAD MYSQL VARIABLES TO RUNTIME;
/// LOAD MYSQL SERVERS TO RUNTIME;
/// ");
/// ```
// Each says yes or no to something of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlOptions {
    delete: DeleteFirst,
    load: bool,
    save: bool,
    all_columns: bool,
    all_variables: bool,
    modules: Option<Vec<LoadModule>>,
}

impl SqlOptions {
    /// Each table that has rows is emptied and filled; no LOAD, no SAVE; what is at its default is left out.
    pub fn new() -> Self {
        SqlOptions {
            delete: DeleteFirst::Filled,
            load: false,
            save: false,
            all_columns: false,
            all_variables: false,
            modules: None,
        }
    }

    /// Which tables a DELETE empties first. Differences are written without it anyway.
    #[must_use]
    pub fn delete(mut self, tables: DeleteFirst) -> Self {
        self.delete = tables;
        self
    }

    /// Whether `LOAD … TO RUNTIME` follows, for the modules concerned.
    #[must_use]
    pub fn load(mut self, yes: bool) -> Self {
        self.load = yes;
        self
    }

    /// Whether `SAVE … TO DISK` follows, for the modules concerned.
    #[must_use]
    pub fn save(mut self, yes: bool) -> Self {
        self.save = yes;
        self
    }

    /// Whether an INSERT names all columns, and not only those that are not at their table's default (those
    /// of the primary key always stand).
    #[must_use]
    pub fn all_columns(mut self, yes: bool) -> Self {
        self.all_columns = yes;
        self
    }

    /// Whether all variables are written, and not only those that are not at their version's default.
    #[must_use]
    pub fn all_variables(mut self, yes: bool) -> Self {
        self.all_variables = yes;
        self
    }

    /// Only these modules.
    #[must_use]
    pub fn modules(mut self, modules: impl IntoIterator<Item = LoadModule>) -> Self {
        self.modules = Some(modules.into_iter().collect());
        self
    }

    fn wants(&self, module: Option<LoadModule>) -> bool {
        match (&self.modules, module) {
            (None, _) => true,
            (Some(modules), Some(module)) => modules.contains(&module),
            (Some(_), None) => false,
        }
    }
}

/// Which tables are emptied before they are filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DeleteFirst {
    /// None: the rows are added to what the server has.
    None,
    /// Those that get rows. What the configuration does not speak of stays.
    #[default]
    Filled,
    /// All that the version has: in the end the server holds what the configuration holds, and nothing else.
    All,
}

impl Default for SqlOptions {
    fn default() -> Self {
        SqlOptions::new()
    }
}

impl Config {
    /// Admin statements that make a server hold this, one a line (a text may hold newlines of its own), with
    /// passwords and all: everything but the [settings](Config::settings), which only a file has. Over a server
    /// that is in use, [`DeleteFirst::All`] and [`SqlOptions::all_variables`] leave nothing of what it held;
    /// [`diff`](crate::config::diff) says it with fewer statements.
    ///
    /// They are plain enough for the server and for the client that sends a script. Variables are written as
    /// `UPDATE global_variables`, because ProxySQL's `SET` folds blanks within a value, cuts it at a `=`, and
    /// refuses `mysql-init_connect` (2.7.1). Tables and columns that this version does not have are left out.
    pub fn to_sql(&self, options: &SqlOptions) -> String {
        let mut script = Script::new(options);
        for module in LoadModule::ALL {
            if let Some(variables) = module.variables() {
                self.variables_to_sql(variables, options, &mut script);
            }
            for schema in module.tables(self.version) {
                self.table_to_sql(schema, options, &mut script);
            }
        }
        // What no LOAD carries.
        for schema in crate::schema::Table::of(self.version) {
            if LoadModule::of(schema.table()).is_none() {
                self.table_to_sql(schema, options, &mut script);
            }
        }
        script.finish()
    }

    fn variables_to_sql(&self, module: Module, options: &SqlOptions, script: &mut Script<'_>) {
        let values = self.variables(module);
        let load = Some(LoadModule::of_variables(module));
        for variable in module.variables(self.version) {
            let text = values.text(variable.position());
            if options.all_variables || text != variable.default().as_bytes() {
                script.add(load, &Statement::set_variable(variable.full_name().as_bytes(), &text));
            }
        }
        if module.is_in(self.version) {
            for (name, text) in values.others() {
                let name = [module.name().as_bytes(), b"-", name.as_bytes()].concat();
                script.add(load, &Statement::insert_variable(&name, text.as_bytes()));
            }
        }
    }

    fn table_to_sql(&self, schema: &TableSchema, options: &SqlOptions, script: &mut Script<'_>) {
        let module = LoadModule::of(schema.table());
        let rows = self.table(schema.table());
        match options.delete {
            DeleteFirst::All => script.add(module, &Statement::delete_all(schema)),
            DeleteFirst::Filled if !rows.is_empty() => script.add(module, &Statement::delete_all(schema)),
            DeleteFirst::Filled | DeleteFirst::None => {}
        }
        let insert = script.insert(schema);
        for row in rows.iter() {
            script.add(module, &insert.row(|position| row.cell(position)));
        }
    }
}

/// Statements in order, and the modules that they concern.
pub(crate) struct Script<'a> {
    options: &'a SqlOptions,
    sql: String,
    concerned: Vec<LoadModule>,
    /// What each statement is, where somebody wants to run them one by one.
    steps: Option<Vec<PlanStep>>,
}

impl<'a> Script<'a> {
    pub(crate) fn new(options: &'a SqlOptions) -> Self {
        Script { options, sql: String::new(), concerned: Vec::new(), steps: None }
    }

    /// The statements are to be kept apart, and no script is to be written.
    pub(crate) fn in_steps(options: &'a SqlOptions) -> Self {
        Script { steps: Some(Vec::new()), ..Script::new(options) }
    }

    /// Adds a statement of a module, if the module is wanted.
    pub(crate) fn add(&mut self, module: Option<LoadModule>, statement: &Statement) {
        self.add_with(module, statement, || None);
    }

    /// The same, with the statement that takes it back.
    pub(crate) fn add_with(
        &mut self,
        module: Option<LoadModule>,
        statement: &Statement,
        undo: impl FnOnce() -> Option<Statement>,
    ) {
        if !self.options.wants(module) {
            return;
        }
        if let Some(steps) = &mut self.steps {
            let undo = undo().map(|statement| statement.0);
            steps.push(PlanStep { sql: statement.0.clone(), kind: StepKind::Change, module, undo });
        } else {
            self.sql.push_str(&statement.0);
            self.sql.push_str(";\n");
        }
        if let Some(module) = module
            && !self.concerned.contains(&module)
        {
            self.concerned.push(module);
        }
    }

    /// How an INSERT is written.
    pub(crate) fn insert<'s>(&self, schema: &'s TableSchema) -> Insert<'s> {
        Insert::new(schema, self.options.all_columns)
    }

    /// The text, with LOAD and SAVE at its end: nothing runs before all is there.
    pub(crate) fn finish(mut self) -> String {
        for step in self.loads_and_saves() {
            _ = writeln!(self.sql, "{};", step.sql);
        }
        self.sql
    }

    /// The statements one by one, with LOAD and SAVE at their end.
    pub(crate) fn finish_steps(mut self) -> Vec<PlanStep> {
        let mut steps = self.steps.take().unwrap_or_default();
        steps.extend(self.loads_and_saves());
        steps
    }

    fn loads_and_saves(&self) -> Vec<PlanStep> {
        let modules = LoadModule::ALL.into_iter().filter(|module| self.concerned.contains(module));
        let loads = modules.clone().filter(|_| self.options.load).map(PlanStep::load);
        let saves = modules.filter(|_| self.options.save).filter_map(PlanStep::save);
        loads.chain(saves).collect()
    }
}

/// One statement of a [`Plan`](crate::config::Plan), to be run on a server. It may hold passwords: as text
/// (`Display`) it says only what it does to which table.
///
/// ```
/// use proxysql_kit::config::{Config, SqlOptions, diff};
///
/// let mut new = Config::default();
/// new.mysql.monitor_password = "secret".into();
/// let steps = diff(&Config::default(), &new).to_steps(&SqlOptions::new().load(true));
/// assert!(steps[0].sql().contains("secret"));
/// assert_eq!(steps[0].to_string(), "UPDATE global_variables");
/// assert_eq!(steps[1].to_string(), "LOAD MYSQL VARIABLES TO RUNTIME");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PlanStep {
    sql: String,
    kind: StepKind,
    module: Option<LoadModule>,
    undo: Option<String>,
}

/// What a [`PlanStep`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StepKind {
    /// It changes one row in memory.
    Change,
    /// It loads a module to runtime.
    Load,
    /// It saves a module to disk.
    Save,
}

impl PlanStep {
    /// LOAD of a module.
    pub(crate) fn load(module: LoadModule) -> Self {
        let sql = format!("LOAD {module} TO RUNTIME");
        PlanStep { sql, kind: StepKind::Load, module: Some(module), undo: None }
    }

    /// SAVE of a module, if it goes to disk.
    pub(crate) fn save(module: LoadModule) -> Option<Self> {
        let sql = format!("SAVE {module} TO DISK");
        let step = PlanStep { sql, kind: StepKind::Save, module: Some(module), undo: None };
        module.has_disk().then_some(step)
    }

    /// The statement itself, passwords included, without a semicolon.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// What it does.
    pub fn kind(&self) -> StepKind {
        self.kind
    }

    /// The module concerned; `None` where no LOAD carries the table.
    pub fn module(&self) -> Option<LoadModule> {
        self.module
    }

    /// The statement that takes it back, run where it was the last one; passwords included.
    pub fn undo(&self) -> Option<&str> {
        self.undo.as_deref()
    }
}

impl fmt::Display for PlanStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self.kind {
            StepKind::Load | StepKind::Save => return f.write_str(&self.sql),
            StepKind::Change if self.sql.starts_with("UPDATE") => 2,
            StepKind::Change if self.sql.starts_with("INSERT OR REPLACE") => 5,
            StepKind::Change => 3,
        };
        let words: Vec<&str> = self.sql.split(' ').take(words).collect();
        f.write_str(&words.join(" "))
    }
}

impl fmt::Debug for PlanStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlanStep({self})")
    }
}

/// One statement, without the semicolon.
pub(crate) struct Statement(String);

impl Statement {
    pub(crate) fn delete_all(schema: &TableSchema) -> Self {
        Statement(format!("DELETE FROM {}", schema.name()))
    }

    /// Takes out the row of a primary key.
    pub(crate) fn delete<'c>(schema: &TableSchema, cell: impl Fn(usize) -> Cell<'c>) -> Self {
        let mut sql = format!("DELETE FROM {}", schema.name());
        push_key(&mut sql, schema, cell);
        Statement(sql)
    }

    /// Changes columns of the row of a primary key. There must be one column at least.
    pub(crate) fn update<'c, 'd>(
        schema: &TableSchema,
        changed: impl Iterator<Item = &'d Column>,
        cell: impl Fn(usize) -> Cell<'c>,
    ) -> Self {
        let mut sql = format!("UPDATE {} SET ", schema.name());
        for (index, column) in changed.enumerate() {
            sql.push_str(if index > 0 { "," } else { "" });
            sql.push_str(column.name());
            sql.push('=');
            literal::push(&mut sql, cell(column.position()));
        }
        push_key(&mut sql, schema, cell);
        Statement(sql)
    }

    pub(crate) fn set_variable(name: &[u8], text: &[u8]) -> Self {
        let mut sql = String::from("UPDATE global_variables SET variable_value=");
        literal::push_text(&mut sql, text);
        sql.push_str(" WHERE variable_name=");
        literal::push_text(&mut sql, name);
        Statement(sql)
    }

    pub(crate) fn insert_variable(name: &[u8], text: &[u8]) -> Self {
        let mut sql =
            String::from("INSERT OR REPLACE INTO global_variables (variable_name,variable_value) VALUES (");
        literal::push_text(&mut sql, name);
        sql.push(',');
        literal::push_text(&mut sql, text);
        sql.push(')');
        Statement(sql)
    }

    pub(crate) fn delete_variable(name: &[u8]) -> Self {
        let mut sql = String::from("DELETE FROM global_variables WHERE variable_name=");
        literal::push_text(&mut sql, name);
        Statement(sql)
    }
}

/// Makes an INSERT of each row of a table.
pub(crate) struct Insert<'a> {
    schema: &'a TableSchema,
    all_columns: bool,
}

impl<'a> Insert<'a> {
    fn new(schema: &'a TableSchema, all_columns: bool) -> Self {
        Insert { schema, all_columns }
    }

    pub(crate) fn row<'c>(&self, cell: impl Fn(usize) -> Cell<'c>) -> Statement {
        let stands = |column: &&Column| {
            self.all_columns
                || self.schema.primary_key().contains(&column.position())
                || column.default() != Some(cell(column.position()))
        };
        let columns: Vec<&Column> = self.schema.columns().iter().filter(stands).collect();
        let mut sql = format!("INSERT INTO {} (", self.schema.name());
        for (index, column) in columns.iter().enumerate() {
            sql.push_str(if index > 0 { "," } else { "" });
            sql.push_str(column.name());
        }
        sql.push_str(") VALUES (");
        for (index, column) in columns.iter().enumerate() {
            sql.push_str(if index > 0 { "," } else { "" });
            literal::push(&mut sql, cell(column.position()));
        }
        sql.push(')');
        Statement(sql)
    }
}

fn push_key<'c>(sql: &mut String, schema: &TableSchema, cell: impl Fn(usize) -> Cell<'c>) {
    let key = schema.columns().iter().filter(|column| schema.primary_key().contains(&column.position()));
    for (index, column) in key.enumerate() {
        sql.push_str(if index > 0 { " AND " } else { " WHERE " });
        sql.push_str(column.name());
        match cell(column.position()) {
            Cell::Null => sql.push_str(" IS NULL"),
            value => {
                sql.push('=');
                literal::push(sql, value);
            }
        }
    }
}
