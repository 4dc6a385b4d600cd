//! The faithful file.

use std::collections::{HashMap, HashSet};

use super::compare::differences;
use super::entry::entries;
use super::lost::{Lost, Place, Reason};
use super::plan::Plan;
use super::settings::setting_value;
use super::variables::{self, Sections};
use crate::config::settings::SETTINGS;
use crate::config::{Config, LoadOptions, Loaded};
use crate::libconfig::{Dialect, Document, Limits, ParseError, ParseOptions, ValueBuf, write_section};
use crate::schema::{Module, Table, Version};

/// A `proxysql.cnf` that was written from a [`Config`].
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cnf {
    /// The file.
    pub text: Vec<u8>,
    /// What a server that loads the file will not hold, or hold otherwise: settings, variables, then table by
    /// table. Empty: it will hold just the configuration.
    pub lost: Vec<Lost>,
}

/// The length only: the text holds secrets.
impl std::fmt::Debug for Cnf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cnf").field("bytes", &self.text.len()).field("lost", &self.lost).finish()
    }
}

impl Config {
    /// The text of a `proxysql.cnf` that a server of this [`version`](Config::version) loads as this
    /// configuration, and what no such text can hold.
    ///
    /// Only what differs from what the server takes anyway is written, and what people look for. Texts
    /// are escaped for libconfig and for the SQL into which the server pastes them. The result is loaded
    /// again ([`Config::load`]), so whatever does not come back equal is named. What the server calls itself
    /// (`admin-version`) is taken to be what stands in the configuration.
    ///
    /// ```
    /// use proxysql_kit::config::Config;
    /// use proxysql_kit::schema::{MysqlFastRoute, MysqlUser};
    ///
    /// let mut config = Config::default();
    /// config.mysql.max_connections = 500;
    /// config.mysql_users.push(MysqlUser {
    ///     username: "app".into(),
    ///     password: Some("it's".into()),
    ///     default_schema: Some("shop".into()),
    ///     ..MysqlUser::default()
    /// });
    /// config.mysql_query_rules_fast_routing.push(MysqlFastRoute::default());
    /// let cnf = config.to_cnf();
    /// assert_eq!(
    ///     String::from_utf8(cnf.text)?,
    ///     r#"mysql_variables =
    /// {
    ///     max_connections=500
    /// }
    ///
    /// mysql_users =
    /// (
    ///     { username="app", password="it''s", active=1, default_hostgroup=0, default_schema="shop" }
    /// )
    /// "#
    /// );
    /// assert_eq!(
    ///     cnf.lost[0].to_string(),
    ///     "mysql_query_rules_fast_routing: its row: no section of a file fills this table"
    /// );
    /// # Ok::<(), std::string::FromUtf8Error>(())
    /// ```
    pub fn to_cnf(&self) -> Cnf {
        write(self).0
    }
}

/// The file, and the variables that stand in it.
pub(crate) fn write(config: &Config) -> (Cnf, Sections) {
    let mut writer = Writer { config, out: Vec::new(), lost: Vec::new() };
    writer.settings();
    let settings = writer.out.clone();
    let load = |sections: &Sections| {
        let mut text = settings.clone();
        write_variables(sections, &mut text);
        read_back(config, &text).unwrap_or_else(|_| Config::new(config.version))
    };
    let mut variables = variables::sections(config, load);
    write_variables(&variables, &mut writer.out);
    writer.lost.append(&mut variables.lost);
    for &table in Table::ALL {
        writer.table(table);
    }
    let mut cnf = Cnf { text: writer.out, lost: writer.lost };
    let read = read_back(config, &cnf.text).unwrap_or_else(|_| Config::new(config.version));
    prove(config, &read, &mut cnf.lost);
    (cnf, variables)
}

struct Writer<'a> {
    config: &'a Config,
    out: Vec<u8>,
    lost: Vec<Lost>,
}

impl Writer<'_> {
    fn settings(&mut self) {
        for setting in SETTINGS {
            let Some(value) = setting_value(setting, &self.config.settings) else { continue };
            let lost = if setting.since > self.config.version {
                Reason::NotInVersion(self.config.version)
            } else if value.check().is_err() {
                Reason::Nul
            } else {
                write_section(setting.name, &value, &mut self.out);
                continue;
            };
            self.lost.push(Lost::new(Place::Setting(setting.name), lost, None));
        }
    }

    fn table(&mut self, table: Table) {
        let rows = self.config.table(table);
        if rows.is_empty() {
            return;
        }
        let schema = table.schema(self.config.version);
        let Some(plan) = schema.and_then(Plan::new) else {
            let reason = match schema {
                Some(_) => Reason::NoSection,
                None => Reason::NotInVersion(self.config.version),
            };
            self.lost.push(Lost::new(Place::Table { table, rows: rows.len() }, reason, None));
            return;
        };
        let entries = entries(&plan, rows);
        self.lost.extend(entries.lost);
        if let (Some(name), false) = (plan.schema.cnf_section(), entries.entries.is_empty()) {
            let list = ValueBuf::list(entries.entries.into_iter().map(|entry| entry.value));
            separate(&mut self.out);
            write_section(name, &list, &mut self.out);
        }
    }
}

fn write_variables(sections: &Sections, out: &mut Vec<u8>) {
    for (module, settings) in &sections.sections {
        separate(out);
        write_section(module.section(), &ValueBuf::Group(settings.clone()), out);
    }
}

/// An empty line between sections.
fn separate(out: &mut Vec<u8>) {
    if !out.is_empty() {
        out.push(b'\n');
    }
}

/// What the server that a configuration was taken from would hold after it has read a text.
///
/// # Errors
/// Why it would not start.
pub(crate) fn read_back(like: &Config, text: &[u8]) -> Result<Config, String> {
    let dialect = if like.version >= Version::V2_7 { Dialect::V1_7_3 } else { Dialect::V1_7_2 };
    let options = ParseOptions::new().dialect(dialect).limits(Limits::default().bytes(usize::MAX));
    let document = Document::parse_with(text, &options).map_err(|error| refusal(&error))?;
    load_like(like, &document)
}

/// What libconfig says, and where. The cause would quote the text, which holds secrets.
fn refusal(error: &ParseError) -> String {
    let first = error.diagnostics().next();
    first.map(|first| format!("{} in line {}", first.verdict, first.location.line)).unwrap_or_default()
}

/// The same of a document.
pub(crate) fn load_like(like: &Config, document: &Document) -> Result<Config, String> {
    let loaded = loaded_like(like, document);
    match loaded.failure {
        Some(failure) => Err(failure.to_string()),
        None => Ok(loaded.memory),
    }
}

/// What the server that a configuration was taken from makes of a document.
pub(crate) fn loaded_like(like: &Config, document: &Document) -> Loaded {
    let own = Module::Admin.variable(like.version, "version");
    let name = own.map(|variable| like.variables(Module::Admin).text(variable.position()).into_owned());
    let name = name.and_then(|name| String::from_utf8(name).ok());
    let mut options = LoadOptions::new().version(like.version);
    if let Some(name) = &name {
        options = options.version_string(name);
    }
    Config::load(document, &options)
}

/// Holds what is read back against what was written: what differs without being foreseen is told, too, and
/// what was read is added.
pub(crate) fn prove(written: &Config, read: &Config, lost: &mut Vec<Lost>) {
    let known: HashMap<Place, usize> = lost.iter().map(|lost| lost.place.clone()).zip(0..).collect();
    let rows: HashSet<(Table, usize)> = lost.iter().filter_map(|lost| whole_row(&lost.place)).collect();
    let tables: HashSet<Table> = lost.iter().filter_map(|lost| whole_table(&lost.place)).collect();
    let is_lost = |table, index| tables.contains(&table) || rows.contains(&(table, index));
    for difference in differences(written, read, &is_lost) {
        match known.get(&difference.place) {
            Some(&index) => lost[index].becomes = difference.becomes,
            None => {
                let reason = unforeseen(written.version, &difference.place);
                lost.push(Lost::new(difference.place, reason, difference.becomes));
            }
        }
    }
}

fn whole_row(place: &Place) -> Option<(Table, usize)> {
    if let Place::Row(row) = place { Some((row.table, row.index)) } else { None }
}

fn whole_table(place: &Place) -> Option<Table> {
    if let Place::Table { table, .. } = place { Some(*table) } else { None }
}

fn unforeseen(version: Version, place: &Place) -> Reason {
    match place {
        Place::Column { row, column } => {
            let known = row.table.schema(version).and_then(|schema| schema.column(column));
            if known.is_some() { Reason::Unforeseen } else { Reason::NotInVersion(version) }
        }
        _ => Reason::Unforeseen,
    }
}
