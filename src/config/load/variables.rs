//! Setting the variables, one by one, in the order of the table's rows.

use hashbrown::HashMap;

use crate::config::Config;
use crate::config::pasted::{self, Affinity, Literal, Outcome};
use crate::libconfig::{Setting, Span};
use crate::schema::{Kind, Module, Text, Variable, Version, strtoul_low_32};

use super::charset;
use super::judge::{Judge, Verdict};
use super::statement;
use super::table::sqlite;
use super::{Level, Loader, Message, MessageKind, Note, NoteKind};

/// The rows of `global_variables`.
pub(super) struct Store {
    version: Version,
    /// In their order; `None` where a row was replaced.
    rows: Vec<Option<VariableRow>>,
    /// Where each name stands.
    places: HashMap<(Module, Vec<u8>), usize>,
}

/// A row: its name without the module, its text, and where the file says so.
#[derive(Clone)]
pub(super) struct VariableRow {
    module: Module,
    name: Vec<u8>,
    value: Vec<u8>,
    span: Option<Span>,
}

impl Store {
    /// The defaults of a version, in the server's order.
    pub(super) fn new(version: Version, version_string: Option<&str>) -> Self {
        let modules = Module::ALL.into_iter().flat_map(|module| module.variables(version));
        let row = |variable: &Variable| VariableRow {
            module: variable.module(),
            name: variable.name().into(),
            value: first_text(variable, version, version_string).into(),
            span: None,
        };
        let mut store = Store { version, rows: Vec::new(), places: HashMap::new() };
        modules.map(row).for_each(|row| store.put(row));
        store
    }

    /// Runs the statement of one setting.
    pub(super) fn insert(
        &mut self,
        module: Module,
        name: &str,
        value: &[u8],
        setting: Setting<'_>,
        messages: &mut Vec<Message>,
        notes: &mut Vec<Note>,
    ) {
        let span = Some(setting.span());
        if memchr::memchr(b'"', value).is_none() {
            self.put(VariableRow { module, name: name.into(), value: value.into(), span });
            return;
        }
        let sql = statement::insert_variable(module, name, value);
        match pasted::read(&sql, 2, sqlite(self.version)) {
            Outcome::Rows(rows) => {
                for row in rows {
                    let [name, value] = two_texts(row);
                    match with_module(&name) {
                        Some((module, name)) => {
                            let kind = NoteKind::TextChanged {
                                table: None,
                                column: String::from_utf8_lossy(&name).into_owned(),
                            };
                            notes.push(Note { kind, span: setting.span() });
                            self.put(VariableRow { module, name, value, span });
                        }
                        None => {
                            let why = "a row of no module".to_owned();
                            notes.push(Note {
                                kind: NoteKind::Unpredictable { table: None, why },
                                span: setting.span(),
                            });
                        }
                    }
                }
            }
            Outcome::Error(error) => {
                let secret = module.variable(self.version, name).is_none_or(Variable::is_secret);
                let kind =
                    MessageKind::Sqlite { table: None, error: error.into(), statement: sql.into(), secret };
                messages.push(Message { kind, span });
            }
            Outcome::Unpredictable(departure) => {
                let kind = NoteKind::Unpredictable { table: None, why: departure.what.to_string() };
                notes.push(Note { kind, span: setting.span() });
            }
        }
    }

    /// INSERT OR REPLACE: the row goes to the end.
    fn put(&mut self, row: VariableRow) {
        let place = (row.module, row.name.clone());
        if let Some(old) = self.places.insert(place, self.rows.len()) {
            self.rows[old] = None;
        }
        self.rows.push(Some(row));
    }

    /// The rows of a module in their order.
    fn of(&self, module: Module) -> Vec<VariableRow> {
        self.rows.iter().flatten().filter(|row| row.module == module).cloned().collect()
    }
}

/// The text in the table before any file is read.
fn first_text<'a>(variable: &Variable, version: Version, version_string: Option<&'a str>) -> &'a str {
    match (variable.kind(), version_string) {
        (Kind::Version, Some(text)) => text,
        _ => match variable.spec().first_row_in_2_0 {
            Some(text) if version == Version::V2_0 => text,
            _ => variable.default(),
        },
    }
}

fn two_texts(row: Vec<Literal>) -> [Vec<u8>; 2] {
    let mut texts = row.into_iter().map(|literal| match literal.with_affinity(Affinity::Text) {
        Literal::Text(text) => text,
        _ => Vec::new(),
    });
    [texts.next().unwrap_or_default(), texts.next().unwrap_or_default()]
}

fn with_module(name: &[u8]) -> Option<(Module, Vec<u8>)> {
    Module::ALL.into_iter().find_map(|module| {
        let rest = name.strip_prefix(module.name().as_bytes())?.strip_prefix(b"-")?;
        Some((module, rest.to_vec()))
    })
}

impl Loader<'_> {
    /// LOAD ... VARIABLES TO RUNTIME for each module.
    pub(super) fn set_variables(&mut self, store: &Store, running: &mut Config) {
        let version = self.version;
        for module in Module::ALL.into_iter().filter(|module| module.is_in(version)) {
            let rows = store.of(module);
            let mut running_texts = Running::new(module, self.version, self.options.version_string);
            let mut kept = self.set_module(module, rows, &mut running_texts);
            if self.version >= Version::V2_7 && module != Module::Admin {
                let before = running_texts.charset_before.clone();
                charset::settle(module, &mut kept, &mut running_texts, &before, &mut self.messages);
            }
            running_texts.start_threads();
            self.keep_variables(module, &kept, &running_texts, running);
        }
    }

    /// Sets the rows of a module; gives those that stay.
    fn set_module(
        &mut self,
        module: Module,
        rows: Vec<VariableRow>,
        running: &mut Running,
    ) -> Vec<VariableRow> {
        let mut kept = Vec::with_capacity(rows.len());
        for mut row in rows {
            match find(module, self.version, &row.name) {
                Some(variable) => {
                    self.set_variable(variable, &mut row, running);
                    kept.push(row);
                }
                None => {
                    if self.is_kept_unknown(module, &row) {
                        kept.push(row);
                    }
                }
            }
        }
        kept
    }

    fn set_variable(&mut self, variable: &'static Variable, row: &mut VariableRow, running: &mut Running) {
        let judge =
            Judge { variable, version: self.version, files: self.options.files, datadir: self.datadir() };
        let current = running.text(variable).to_vec();
        let mut said = Vec::new();
        let verdict = judge.judge(&row.value, &current, &mut said);
        let span = row.span;
        self.messages.extend(said.into_iter().map(|kind| Message { kind, span }));
        match verdict {
            Verdict::Accepted(runs_as) => {
                let runs_as = if running.is_disabled(variable) { b"0".to_vec() } else { runs_as };
                running.set(variable, runs_as);
                running.capability(variable);
                if self.version >= Version::V2_7
                    && let Some(disabled) = running.disable(variable)
                {
                    let kind = MessageKind::Disabling { name: variable.name(), disabled };
                    self.messages.push(Message { kind, span: row.span });
                }
            }
            Verdict::Refused { current, silent_if_equal, read_only } => {
                if let Some(reset) = &current {
                    running.set(variable, reset.clone());
                }
                let current = running.text(variable).to_vec();
                if !(silent_if_equal && row.value == current) {
                    let kind = MessageKind::Refused {
                        module: variable.module(),
                        name: row.name.as_slice().into(),
                        value: row.value.as_slice().into(),
                        current: current.as_slice().into(),
                        read_only,
                        secret: variable.is_secret(),
                    };
                    self.messages.push(Message { kind, span: row.span });
                }
                row.value = current;
            }
            Verdict::ResetInSilence => row.value = current,
            Verdict::Ignored => {}
        }
    }

    /// What becomes of a row whose name is no variable's: whether it stays.
    fn is_kept_unknown(&mut self, module: Module, row: &VariableRow) -> bool {
        let name = String::from_utf8_lossy(&row.name).into_owned();
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let since_2_7 = self.version >= Version::V2_7;
        let line = |level, text: String| MessageKind::Line { level, text };
        let (mut lines, mut usual) = (Vec::new(), true);
        match module {
            Module::Admin if is("debug") => usual = false,
            Module::Mysql | Module::Pgsql if is("session_debug") => usual = false,
            Module::Admin if is("hash_passwords") && since_2_7 => {
                let text =
                    "Variable admin-hash_passwords is now deprecated and removed. See github issue #4218";
                lines.push(line(Level::Warning, text.to_owned()));
            }
            Module::Mysql if is("forward_autocommit") && since_2_7 => {
                usual = false;
                if is_true(&row.value) {
                    let text = "Variable mysql-forward_autocommit is deprecated. See issue #3253";
                    lines.push(line(Level::Error, text.to_owned()));
                }
                let text = "Global variable mysql-forward_autocommit is deprecated.";
                lines.push(line(Level::Error, text.to_owned()));
            }
            Module::Pgsql if is("forward_autocommit") => {
                usual = false;
                if is_true(&row.value) {
                    let text = "Global variable pgsql-forward_autocommit is deprecated. See issue #3253";
                    lines.push(line(Level::Error, text.to_owned()));
                }
            }
            Module::Pgsql if PGSQL_UNUSED.iter().any(|unused| is(unused)) => {
                if let Some(span) = row.span {
                    self.notes.push(Note { kind: NoteKind::VariableUnused { module, name }, span });
                }
                return true;
            }
            _ => {}
        }
        let silent = !usual && lines.is_empty();
        self.messages.extend(lines.into_iter().map(|kind| Message { kind, span: row.span }));
        if usual {
            let kind = MessageKind::NoSuchVariable {
                module,
                name: row.name.as_slice().into(),
                value: row.value.as_slice().into(),
            };
            self.messages.push(Message { kind, span: row.span });
        } else if silent && let Some(span) = row.span {
            self.notes.push(Note { kind: NoteKind::VariableDropped { module, name }, span });
        }
        false
    }

    /// Puts the rows that stay into memory, and what runs into `running`.
    fn keep_variables(
        &mut self,
        module: Module,
        kept: &[VariableRow],
        texts: &Running,
        running: &mut Config,
    ) {
        for row in kept {
            if let Some(span) = row.span {
                self.origins.set_variable(module, &row.name, span);
            }
            let own =
                std::str::from_utf8(&row.name).ok().and_then(|name| module.variable(self.version, name));
            let memory = self.memory.variables_mut(module);
            // A text that was accepted means something; one that was not has been reset.
            let set = own.is_some_and(|variable| memory.set_text(variable.position(), &row.value).is_ok());
            if !set {
                memory.others_mut().push((row.name.as_slice().into(), row.value.as_slice().into()));
            }
            self.note_variable(module, row, texts);
        }
        for variable in module.variables(self.version) {
            let variables = running.variables_mut(module);
            // As above.
            let _ = variables.set_text(variable.position(), texts.text(variable));
        }
    }

    fn note_variable(&mut self, module: Module, row: &VariableRow, texts: &Running) {
        let (Some(span), Some(variable)) = (row.span, find(module, self.version, &row.name)) else { return };
        let name = String::from_utf8_lossy(&row.name).into_owned();
        if name != variable.name() {
            let kind = NoteKind::OtherCase { module, name: name.clone(), variable: variable.name() };
            self.notes.push(Note { kind, span });
        }
        let runs = texts.text(variable);
        if runs != row.value.as_slice() && !variable.is_secret() {
            let kind =
                NoteKind::RunsAs { module, name, kept: row.value.as_slice().into(), runs: runs.into() };
            self.notes.push(Note { kind, span });
        }
    }

    fn datadir(&self) -> &[u8] {
        self.memory.settings.datadir.as_ref().map_or(b"", Text::as_bytes)
    }
}

/// The variable that a name sets: names are matched in any case, but for two.
fn find(module: Module, version: Version, name: &[u8]) -> Option<&'static Variable> {
    let exact = |variable: &Variable| matches!(variable.kind(), Kind::Charset | Kind::Collation);
    module.variables(version).iter().find(|variable| {
        let own = variable.name().as_bytes();
        own == name || (!exact(variable) && own.eq_ignore_ascii_case(name))
    })
}

fn is_true(text: &[u8]) -> bool {
    text == b"1" || text.eq_ignore_ascii_case(b"true")
}

/// The texts that run, of one module.
pub(super) struct Running {
    module: Module,
    version: Version,
    texts: Vec<(&'static Variable, Vec<u8>)>,
    /// What `default_charset` and `default_collation_connection` ran as before the load.
    pub(super) charset_before: [Vec<u8>; 2],
}

impl Running {
    fn new(module: Module, version: Version, version_string: Option<&str>) -> Self {
        let text = |variable: &'static Variable| {
            let first = match variable.name() {
                // It begins as that, and the capabilities change it.
                "server_capabilities" => "569867",
                _ => match (variable.kind(), version_string) {
                    (Kind::Version, Some(text)) => text,
                    _ => variable.default(),
                },
            };
            (variable, first.as_bytes().to_vec())
        };
        let texts = module.variables(version).iter().map(text).collect();
        let mut running = Running { module, version, texts, charset_before: Default::default() };
        running.charset_before =
            ["default_charset", "default_collation_connection"].map(|name| running.named(name).to_vec());
        running
    }

    pub(super) fn text(&self, variable: &Variable) -> &[u8] {
        self.named(variable.name())
    }

    pub(super) fn named(&self, name: &str) -> &[u8] {
        let found = self.texts.binary_search_by_key(&name, |(variable, _)| variable.name());
        found.map_or(b"", |index| &self.texts[index].1)
    }

    fn set(&mut self, variable: &Variable, text: Vec<u8>) {
        self.set_named(variable.name(), text);
    }

    pub(super) fn set_named(&mut self, name: &str, text: Vec<u8>) {
        if let Ok(index) = self.texts.binary_search_by_key(&name, |(variable, _)| variable.name()) {
            self.texts[index].1 = text;
        }
    }

    /// Sets or clears the bit of the running `server_capabilities` that a variable stands for.
    fn capability(&mut self, variable: &Variable) {
        let Some(bit) = variable.spec().capability else { return };
        let capabilities = strtoul_low_32(self.named("server_capabilities"));
        let on = self.text(variable) == b"true";
        let capabilities = if on { capabilities | bit } else { capabilities & !bit };
        self.set_named("server_capabilities", capabilities.cast_signed().to_string().into_bytes());
    }

    /// If a variable that was set to false disables another one: sets that to 0.
    fn disable(&mut self, variable: &Variable) -> Option<&'static str> {
        let disabled = variable.spec().false_disables.filter(|_| self.text(variable) == b"false")?;
        self.set_named(disabled, b"0".to_vec());
        Some(disabled)
    }

    /// Whether a variable is held at 0 by another one that is false.
    fn is_disabled(&self, variable: &Variable) -> bool {
        let disables = |(other, text): &(&'static Variable, Vec<u8>)| {
            other.spec().false_disables == Some(variable.name()) && text == b"false"
        };
        self.version >= Version::V2_7 && self.texts.iter().any(disables)
    }

    /// Interfaces that nobody set get their defaults when the threads start.
    fn start_threads(&mut self) {
        let default: &[u8] = match self.module {
            Module::Mysql => b"0.0.0.0:6033",
            Module::Pgsql => b"0.0.0.0:6133",
            Module::Admin => return,
        };
        if self.named("interfaces").is_empty() {
            self.set_named("interfaces", default.to_vec());
        }
    }
}

impl VariableRow {
    pub(super) fn name(&self) -> &[u8] {
        &self.name
    }

    pub(super) fn span(&self) -> Option<Span> {
        self.span
    }

    pub(super) fn set(&mut self, value: &[u8]) {
        self.value = value.to_vec();
    }
}

/// Names of MySQL's monitor that the PostgreSQL module of 3.0.0-alpha takes without a word: the row
/// stays in memory, and runtime never shows it.
const PGSQL_UNUSED: &[&str] = &[
    "monitor_aws_rds_topology_discovery_interval",
    "monitor_galera_healthcheck_interval",
    "monitor_galera_healthcheck_max_timeout_count",
    "monitor_galera_healthcheck_timeout",
    "monitor_groupreplication_healthcheck_interval",
    "monitor_groupreplication_healthcheck_max_timeout_count",
    "monitor_groupreplication_healthcheck_timeout",
    "monitor_groupreplication_max_transactions_behind_count",
    "monitor_groupreplication_max_transactions_behind_for_read_only",
    "monitor_local_dns_cache_refresh_interval",
    "monitor_local_dns_cache_ttl",
    "monitor_local_dns_resolver_queue_maxsize",
    "monitor_query_interval",
    "monitor_query_timeout",
    "monitor_read_only_interval",
    "monitor_read_only_max_timeout_count",
    "monitor_read_only_timeout",
    "monitor_replication_lag_count",
    "monitor_replication_lag_group_by_host",
    "monitor_replication_lag_interval",
    "monitor_replication_lag_timeout",
    "monitor_replication_lag_use_percona_heartbeat",
    "monitor_slave_lag_when_null",
    "monitor_threads_max",
    "monitor_threads_min",
    "monitor_threads_queue_maxsize",
    "monitor_wait_timeout",
    "monitor_writer_is_also_reader",
];
