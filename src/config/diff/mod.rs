//! What one configuration has that another one has not: as a plan for people, as JSON, as SQL.

#[cfg(feature = "serde")]
pub(crate) mod json;
mod rows;
mod settings;
mod show;
mod sql;
mod variables;

use std::borrow::Cow;
use std::collections::HashSet;

use super::{Config, LoadModule};
use crate::schema::{Table, Text, Version};

pub use rows::{ChangeKind, ColumnDiff, RowDiff, TableDiff};
pub use settings::SettingDiff;
pub use show::Shown;
pub use variables::VariableDiff;

/// What turns `from` into `to`.
///
/// Rows are compared by primary key and column. A row whose key changed is one that goes and one that
/// comes. The order of rows counts for nothing: the server keeps them in that of its own key, or of their
/// insertion, and does not use it. Of rows that no server could hold together (the same key, or the same
/// value where a table allows one of a kind) the last one counts, as with INSERT OR REPLACE.
///
/// ```
/// use proxysql_kit::config::{Config, SqlOptions, diff};
/// use proxysql_kit::schema::MysqlServer;
///
/// let mut old = Config::default();
/// old.mysql_servers.push(MysqlServer { hostname: "db1".into(), ..MysqlServer::default() });
/// let mut new = old.clone();
/// new.mysql_servers.get_mut(0).unwrap().weight = 5;
///
/// let plan = diff(&old, &new);
/// assert_eq!(plan.to_string(), "\
/// mysql_servers
///   ~ hostgroup_id=0 hostname='db1' port=3306
///       weight: 1 -> 5
///
/// 0 to add, 1 to change, 0 to remove
/// ");
/// let sql = plan.to_sql(&SqlOptions::new().load(true));
/// assert_eq!(sql, "\
/// UPDATE mysql_servers SET weight=5 WHERE hostgroup_id=0 AND hostname='db1' AND port=3306;
/// LOAD MYSQL SERVERS TO RUNTIME;
/// ");
/// assert!(diff(&old, &old).is_empty());
/// ```
pub fn diff(from: &Config, to: &Config) -> Plan {
    let tables = Table::ALL.iter().filter_map(|&table| rows::compare(from, to, table));
    Plan {
        from: from.version,
        to: to.version,
        settings: settings::compare(from, to),
        variables: variables::compare(from, to),
        tables: tables.collect(),
    }
}

/// What turns one configuration into another one; made by [`diff`].
///
/// As text (`Display`) and as JSON (serde, see below) it shows no secrets, only whether they change;
/// [`Plan::with_secrets`] shows them. [`Plan::to_sql`] cannot do without them.
///
/// As JSON: `from` and `to`, the versions; `settings`, `variables`: `name`, `old`, `new` (null where there
/// is none); `tables`: by name `added` and `removed`, rows with all columns, and `changed`: `key` and
/// `columns`, each with `old` and `new`; `summary`: `add`, `change`, `remove`, how many.
#[derive(Clone, Debug)]
pub struct Plan {
    from: Version,
    to: Version,
    settings: Vec<SettingDiff>,
    variables: Vec<VariableDiff>,
    tables: Vec<TableDiff>,
}

impl Plan {
    /// The version of what there is.
    pub fn from(&self) -> Version {
        self.from
    }

    /// The version of what shall be.
    pub fn to(&self) -> Version {
        self.to
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty() && self.variables.is_empty() && self.tables.is_empty()
    }

    /// The settings outside of sections that change. SQL does not reach them: they are the file's.
    pub fn settings(&self) -> &[SettingDiff] {
        &self.settings
    }

    /// The variables that change, by module and name.
    pub fn variables(&self) -> &[VariableDiff] {
        &self.variables
    }

    /// The tables that change.
    pub fn tables(&self) -> &[TableDiff] {
        &self.tables
    }

    /// How many rows, variables and settings are added, changed and removed.
    pub fn summary(&self) -> Summary {
        let rows = self.tables.iter().flat_map(TableDiff::rows).map(RowDiff::kind);
        let variables = self.variables.iter().map(VariableDiff::kind);
        let settings = self.settings.iter().map(SettingDiff::kind);
        let mut summary = Summary::default();
        for kind in rows.chain(variables).chain(settings) {
            match kind {
                ChangeKind::Added => summary.add += 1,
                ChangeKind::Changed => summary.change += 1,
                ChangeKind::Removed => summary.remove += 1,
            }
        }
        summary
    }

    /// The way back.
    #[must_use]
    pub fn reversed(&self) -> Plan {
        Plan {
            from: self.to,
            to: self.from,
            settings: self.settings.iter().map(SettingDiff::reversed).collect(),
            variables: self.variables.iter().map(VariableDiff::reversed).collect(),
            tables: self.tables.iter().map(TableDiff::reversed).collect(),
        }
    }

    /// What of it one LOAD each carries. Settings are none of it.
    #[must_use]
    pub fn only(&self, modules: &[LoadModule]) -> Plan {
        let wanted = |module: Option<LoadModule>| module.is_some_and(|module| modules.contains(&module));
        let variables = self.variables.iter();
        let tables = self.tables.iter();
        Plan {
            settings: Vec::new(),
            variables: variables
                .filter(|variable| wanted(Some(LoadModule::of_variables(variable.module()))))
                .cloned()
                .collect(),
            tables: tables.filter(|table| wanted(LoadModule::of(table.table()))).cloned().collect(),
            ..*self
        }
    }

    /// Leaves out the tables that a test does not accept.
    pub fn retain_tables(&mut self, mut keep: impl FnMut(Table) -> bool) {
        self.tables.retain(|table| keep(table.table()));
    }

    /// Leaves out the variables that a test does not accept.
    pub(crate) fn retain_variables(&mut self, keep: impl FnMut(&VariableDiff) -> bool) {
        self.variables.retain(keep);
    }

    /// What of it is not in another plan, by variable and row.
    pub(crate) fn besides(&self, other: &Plan) -> Plan {
        let known: HashSet<Text> = other.variables.iter().map(VariableDiff::full_name).collect();
        let variables = self.variables.iter().filter(|variable| !known.contains(&variable.full_name()));
        let rest = |table: &TableDiff| {
            let same = other.tables.iter().find(|known| known.table() == table.table());
            same.map_or_else(|| Some(table.clone()), |same| table.besides(same))
        };
        Plan {
            settings: Vec::new(),
            variables: variables.cloned().collect(),
            tables: self.tables.iter().filter_map(rest).collect(),
            ..*self
        }
    }

    /// The modules in which something changes, in the order in which they had best be loaded.
    pub fn modules(&self) -> Vec<LoadModule> {
        let of_variables = self.variables.iter().map(|variable| LoadModule::of_variables(variable.module()));
        let of_tables = self.tables.iter().filter_map(|table| LoadModule::of(table.table()));
        let mut modules: Vec<_> = of_variables.chain(of_tables).collect();
        modules.sort_unstable();
        modules.dedup();
        modules
    }

    /// The same for those who may see passwords.
    pub fn with_secrets(&self) -> Shown<'_> {
        Shown::new(self, true)
    }

    /// What `Display` and serde show: no secrets.
    pub(crate) fn shown(&self) -> Shown<'_> {
        Shown::new(self, false)
    }
}

/// How many changes a plan has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// What comes.
    pub add: usize,
    /// What changes.
    pub change: usize,
    /// What goes.
    pub remove: usize,
}

/// The kind of a change from one value to another one, either of which may not be there.
fn kind_of<T>(old: Option<&T>, new: Option<&T>) -> ChangeKind {
    match (old, new) {
        (None, _) => ChangeKind::Added,
        (_, None) => ChangeKind::Removed,
        _ => ChangeKind::Changed,
    }
}

/// A text as JSON and people have it, if it is UTF-8.
fn lossy(text: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(text)
}
