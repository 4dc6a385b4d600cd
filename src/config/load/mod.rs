//! Loading: what a ProxySQL would hold after it has read a file, and what it would say.
//!
//! Three steps, as in the server: `section` turns the entries of a section into statements, `table`
//! judges them as SQLite does and keeps the rows, `variables` sets the variables one by one. `runtime`
//! is what LOAD ... TO RUNTIME makes of the result.

mod charset;
mod files;
mod judge;
mod message;
mod note;
mod origin;
mod plan;
mod runtime;
mod section;
mod statement;
mod table;
mod taken;
mod variables;

use crate::libconfig::{Document, Setting, Span, Value, ValueType};
use crate::schema::{Module, Table, Version};

use super::settings::{SETTINGS, SettingKind, SettingSpec, SettingValue};
use super::{Config, Settings};

pub use files::{Files, NoFiles};
pub use message::{Level, Message, MessageKind};
pub use note::{Instead, Note, NoteKind};
pub use origin::{Origins, RowOrigin};
pub(crate) use runtime::running_rows;
pub(crate) use taken::taken_over;

/// How a file is loaded; [`LoadOptions::new`] is the default.
#[derive(Clone, Copy)]
pub struct LoadOptions<'a> {
    version: Version,
    version_string: Option<&'a str>,
    files: &'a dyn Files,
}

impl<'a> LoadOptions<'a> {
    /// For the default version, without looking at any file.
    pub fn new() -> Self {
        LoadOptions { version: Version::default(), version_string: None, files: &NoFiles }
    }

    /// The version that loads the file.
    #[must_use]
    pub fn version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// What that server calls itself (`admin-version`), where it is not
    /// [`Version::version_string`].
    #[must_use]
    pub fn version_string(mut self, text: &'a str) -> Self {
        self.version_string = Some(text);
        self
    }

    /// What answers for the few variables that open a file or a folder. By default nothing is looked
    /// at, and all of them can be opened.
    #[must_use]
    pub fn files(mut self, files: &'a dyn Files) -> Self {
        self.files = files;
        self
    }
}

impl Default for LoadOptions<'_> {
    fn default() -> Self {
        LoadOptions::new()
    }
}

impl std::fmt::Debug for LoadOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoadOptions")
            .field("version", &self.version)
            .field("version_string", &self.version_string)
            .finish_non_exhaustive()
    }
}

/// What a ProxySQL holds after it has read a file, and what it said and did not say.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Loaded {
    /// The tables that an admin sees and edits.
    pub memory: Config,
    /// What is in use, as the `runtime_` tables show it: rows that are active and were taken over,
    /// variables as they run. A user has one row here, for both directions, as in memory. Rows are
    /// shared with `memory` where they are the same.
    pub runtime: Config,
    /// What the server logs, in its order.
    pub messages: Vec<Message>,
    /// What it passes over or changes without a word, in the order of the file's sections.
    pub notes: Vec<Note>,
    /// Where in the file each row and variable of `memory` comes from.
    pub origins: Origins,
    /// Why the server would not start, if so. Then the rest is what it had done until then.
    pub failure: Option<Failure>,
}

/// A file that is read but ends the process.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// A section of variables is a list or array with something in it: signal 11.
    #[error("`{section}` must be a group: a list or array ends the process (signal 11)")]
    VariablesNotAGroup {
        /// The section.
        section: &'static str,
        /// Where it stands.
        span: Span,
    },
    /// 2.0.5 aborts while it copies such a row to runtime.
    #[error("2.0.5 aborts on a row of group replication with `writer_is_also_reader=2`")]
    GroupReplicationReader {
        /// Where the row stands.
        span: Span,
    },
}

impl Failure {
    /// The place of the cause.
    pub fn span(&self) -> Span {
        match self {
            Failure::VariablesNotAGroup { span, .. } | Failure::GroupReplicationReader { span } => *span,
        }
    }
}

impl Config {
    /// What a ProxySQL would hold after it has read a file into an empty database (`--initial`).
    ///
    /// ```
    /// use proxysql_kit::config::{Config, LoadOptions};
    /// use proxysql_kit::libconfig::Document;
    ///
    /// let file = r#"
    ///     mysql_variables = { server_version = "5.1.30" }
    ///     mysql_servers = (
    ///         { address="db1", hostgroup=1 },
    ///         { address="db2", hostgroup="1" },
    ///     )
    /// "#;
    /// let loaded = Config::load(&Document::parse(file)?, &LoadOptions::new());
    /// assert_eq!(loaded.memory.mysql_servers.len(), 1);
    /// assert_eq!(loaded.memory.mysql.server_version, "5.1.30");
    /// assert_eq!(loaded.runtime.mysql.server_version, "5.5.30");
    /// assert_eq!(
    ///     loaded.messages[0].to_string(),
    ///     "ERROR Admin: detected a mysql_servers in config file without a mandatory hostgroup_id"
    /// );
    /// assert_eq!(loaded.notes[0].code(), "wrong-type");
    /// # Ok::<(), proxysql_kit::libconfig::ParseError>(())
    /// ```
    pub fn load(document: &Document, options: &LoadOptions<'_>) -> Loaded {
        Loader::new(options).load(document)
    }
}

/// All that is made while a file is loaded.
struct Loader<'a> {
    options: LoadOptions<'a>,
    version: Version,
    memory: Config,
    messages: Vec<Message>,
    notes: Vec<Note>,
    origins: Origins,
    failure: Option<Failure>,
}

impl<'a> Loader<'a> {
    fn new(options: &LoadOptions<'a>) -> Self {
        let version = options.version;
        Loader {
            options: *options,
            version,
            memory: Config::new(version),
            messages: Vec::new(),
            notes: Vec::new(),
            origins: Origins::default(),
            failure: None,
        }
    }

    fn load(mut self, document: &Document) -> Loaded {
        let root = document.root().setting();
        self.settings(root);
        let mut variables = variables::Store::new(self.version, self.options.version_string);
        for section in sections_read(self.version) {
            let Some(setting) = root.get(section.name()) else { continue };
            match section {
                SectionRead::Rows(table) => self.rows(table, setting),
                SectionRead::Variables(module) => self.variable_rows(module, setting, &mut variables),
            }
            if self.failure.is_some() {
                break;
            }
        }
        let mut running = Config::new(self.version);
        if self.failure.is_none() {
            self.set_variables(&variables, &mut running);
        }
        let runtime = self.runtime(running);
        Loaded {
            memory: self.memory,
            runtime,
            messages: self.messages,
            notes: self.notes,
            origins: self.origins,
            failure: self.failure,
        }
    }

    /// The settings outside of sections, and a note on each that nobody reads.
    fn settings(&mut self, root: Setting<'_>) {
        for setting in root.children() {
            let name = setting.name().unwrap_or_default();
            if let Some(read) = SETTINGS.iter().find(|read| read.name == name && read.since <= self.version) {
                let done = set_setting(read, &mut self.memory.settings, setting.value());
                let Err(needed) = done else {
                    self.origins.set_setting(read.name, setting.span());
                    continue;
                };
                let kind = match setting.value_type() {
                    ValueType::Placeholder => NoteKind::Placeholder { name: name.to_owned() },
                    found => NoteKind::WrongType {
                        table: None,
                        key: read.name.into(),
                        needed,
                        found,
                        instead: Instead::Nothing,
                    },
                };
                self.notes.push(Note { kind, span: setting.span() });
            } else if !sections_read(self.version).any(|section| section.name() == name) {
                self.unknown_setting(name, setting);
            }
        }
    }

    fn unknown_setting(&mut self, name: &str, setting: Setting<'_>) {
        let reads = |version: &Version| {
            sections_read(*version).any(|section| section.name() == name)
                || SETTINGS.iter().any(|read| read.name == name && read.since <= *version)
        };
        let read_by: Vec<Version> = Version::ALL.iter().copied().filter(reads).collect();
        let table = Table::from_name(name).filter(|table| table.schema(self.version).is_some());
        let known = sections_read(self.version).map(SectionRead::name);
        let known = known.chain(SETTINGS.iter().map(|read| read.name));
        let closest = read_by.is_empty().then(|| crate::schema::closest(name, known)).flatten();
        let kind = match (table, variable_named(name, self.version)) {
            (Some(table), _) => NoteKind::TableNotRead { table },
            (None, Some((module, variable))) if read_by.is_empty() => {
                NoteKind::VariableOutside { module, variable, name: name.into() }
            }
            _ => NoteKind::UnknownSetting { name: name.into(), closest, read_by },
        };
        let span = setting.name_span().unwrap_or_else(|| setting.span());
        self.notes.push(Note { kind, span });
    }
}

/// The variable that a name outside of sections was meant to set: `mysql-threads`, or `threads`.
fn variable_named(name: &str, version: Version) -> Option<(Module, &'static str)> {
    Module::ALL.into_iter().find_map(|module| {
        let rest = name.strip_prefix(module.name()).and_then(|rest| rest.strip_prefix('-'));
        module.variable(version, rest.unwrap_or(name)).map(|variable| (module, variable.name()))
    })
}

/// A section that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SectionRead {
    Rows(Table),
    Variables(Module),
}

impl SectionRead {
    fn name(self) -> &'static str {
        match self {
            SectionRead::Rows(table) => table.spec().section.map_or("", |section| section.name),
            SectionRead::Variables(module) => module.section(),
        }
    }

    fn is_in(self, version: Version) -> bool {
        match self {
            SectionRead::Rows(table) => table.schema(version).is_some(),
            SectionRead::Variables(module) => module.is_in(version),
        }
    }
}

/// The sections that a version reads, in its order.
fn sections_read(version: Version) -> impl Iterator<Item = SectionRead> {
    use SectionRead::{Rows, Variables};
    const HOSTGROUPS: [SectionRead; 6] = [
        Rows(Table::MysqlServers),
        Rows(Table::MysqlReplicationHostgroups),
        Rows(Table::MysqlServersSslParams),
        Rows(Table::MysqlGroupReplicationHostgroups),
        Rows(Table::MysqlGaleraHostgroups),
        Rows(Table::MysqlAwsAuroraHostgroups),
    ];
    const USERS: [SectionRead; 2] = [Rows(Table::MysqlUsers), Rows(Table::MysqlQueryRules)];
    const VARIABLES: [SectionRead; 2] = [Variables(Module::Admin), Variables(Module::Mysql)];
    const REST: [SectionRead; 8] = [
        Rows(Table::PgsqlServers),
        Rows(Table::PgsqlReplicationHostgroups),
        Rows(Table::PgsqlUsers),
        Rows(Table::PgsqlQueryRules),
        Variables(Module::Pgsql),
        Rows(Table::Scheduler),
        Rows(Table::RestapiRoutes),
        Rows(Table::ProxysqlServers),
    ];
    let middle = if version >= Version::V2_7 { [USERS, VARIABLES] } else { [VARIABLES, USERS] };
    let all = HOSTGROUPS.into_iter().chain(middle.into_iter().flatten()).chain(REST);
    all.filter(move |section| section.is_in(version))
}

/// Takes over a setting outside of sections, or tells the type that is needed. ProxySQL takes what
/// libconfig++ gives, without conversion.
fn set_setting(spec: &SettingSpec, settings: &mut Settings, value: Value<'_>) -> Result<(), ValueType> {
    let value_type = |kind| match kind {
        SettingKind::Text => ValueType::Str,
        SettingKind::Int => ValueType::Int,
        SettingKind::Bool => ValueType::Bool,
    };
    let text;
    let value = match value {
        Value::Str(value) => {
            text = value.to_bytes();
            SettingValue::Text(&text)
        }
        Value::Int(value) => SettingValue::Int(value),
        Value::Bool(value) => SettingValue::Bool(value),
        _ => return Err(value_type(spec.kind)),
    };
    (spec.set)(settings, value).map_err(value_type)
}
