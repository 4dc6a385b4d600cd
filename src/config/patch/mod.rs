//! Patching: a file that is there already, brought to match a configuration by edits that leave the rest of
//! it alone.
//!
//! It goes in rounds. Each loads the file as it is then, looks where it differs from what is wanted, and
//! edits only there; a file that loads as it should is not touched. What is wrong goes first, and what is
//! missing comes when nothing is wrong any more. That takes rounds because edits show more: a row that is
//! removed can bring back one that it had replaced.

mod rows;
mod variables;

use std::collections::{HashMap, HashSet};

use crate::config::settings::SETTINGS;
use crate::config::{Config, Failure, Loaded};
use crate::libconfig::{Document, EditError, Edits, Setting, Span, ValueBuf, ValueType};
use crate::schema::{Module, Table, Text};

use super::output::{
    Entries, Lost, Place, Plan, Reason, Sections, entries, load_like, loaded_like, prove, setting_value,
    write,
};

/// More rounds than files take.
const ROUNDS: usize = 24;

/// How a file is brought to match a configuration; see [`Config::patch`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PatchOptions {
    /// Whether values that hold a placeholder (`${VAR}`, `{{ .Values.x }}`) are left alone, and rows that
    /// a placeholder could make equal to a wanted one.
    pub keep_placeholders: bool,
}

impl PatchOptions {
    /// The same with another [`keep_placeholders`](PatchOptions::keep_placeholders).
    #[must_use]
    pub fn keep_placeholders(mut self, keep: bool) -> Self {
        self.keep_placeholders = keep;
        self
    }
}

/// A file that was brought to match a configuration.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Patched {
    /// The file.
    pub document: Document,
    /// Whether anything was edited.
    pub changed: bool,
    /// Where the file does not load as the configuration.
    pub lost: Vec<Lost>,
}

impl Config {
    /// A file that loads as this configuration, made from another one by edits: what need not change
    /// stays byte for byte, comments and layout too.
    ///
    /// Rows are found by primary key. A value that changes is set where it stands, under the name that the
    /// file uses; a variable that goes back to its default keeps its line. What no file can hold is told
    /// as by [`to_cnf`](Config::to_cnf); a row of which that is the reason is taken out.
    ///
    /// ```
    /// use proxysql_kit::config::{Config, LoadOptions, PatchOptions};
    /// use proxysql_kit::libconfig::Document;
    ///
    /// let file = Document::parse(
    ///     "mysql_servers = (\n  { address=\"db1\" hostgroup=1 }, # primary\n  { address=\"db2\" hostgroup=1 }\n)\n",
    /// )?;
    /// let mut config = Config::load(&file, &LoadOptions::new()).memory;
    /// config.mysql_servers.get_mut(0).unwrap().weight = 10;
    /// config.mysql_servers.remove(1);
    /// config.mysql.max_connections = 500;
    /// let patched = config.patch(&file, &PatchOptions::default())?;
    /// assert_eq!(
    ///     patched.document.to_string(),
    ///     "mysql_servers = (\n  { address=\"db1\" hostgroup=1 weight=10 } # primary\n)\nmysql_variables=\n{\n  max_connections=500\n}\n"
    /// );
    /// assert!(patched.lost.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where a place that must change lies in several files.
    pub fn patch(&self, document: &Document, options: &PatchOptions) -> Result<Patched, EditError> {
        let mut patcher = Patcher::new(self, options);
        let mut document = document.clone();
        let mut changed = false;
        for _ in 0..ROUNDS {
            let patch = patcher.round(&document)?;
            if patch.is_empty() {
                break;
            }
            document.apply(&patch)?;
            changed = true;
        }
        let read = load_like(self, &document).unwrap_or_else(|_| Config::new(self.version));
        let mut lost = patcher.foreseen;
        prove(self, &read, &mut lost);
        for lost in lost.iter_mut().filter(|lost| lost.reason == Reason::Unforeseen) {
            if patcher.left.contains(&lost.place) || is_in(&patcher.left_tables, &lost.place) {
                lost.reason = Reason::Placeholder;
            }
        }
        Ok(Patched { document, changed, lost })
    }
}

fn is_in(tables: &HashSet<Table>, place: &Place) -> bool {
    place.table().is_some_and(|table| tables.contains(&table))
}

/// What a round does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Values are set, and what should not be there is removed.
    Correct,
    /// What is missing is added.
    Add,
}

/// What is wanted, and what was done so far.
struct Patcher<'c> {
    config: &'c Config,
    keep_placeholders: bool,
    phase: Phase,
    /// What no file can hold.
    foreseen: Vec<Lost>,
    /// The variables that a file of its own would name.
    sections: Sections,
    tables: Vec<(Plan, Entries)>,
    variables: HashMap<(Module, Text), variables::Done>,
    /// How often the rows of a table were edited.
    attempts: HashMap<Table, usize>,
    /// What was left alone because of a placeholder: variables and settings, and tables with such rows.
    left: HashSet<Place>,
    left_tables: HashSet<Table>,
}

impl<'c> Patcher<'c> {
    fn new(config: &'c Config, options: &PatchOptions) -> Self {
        let (cnf, sections) = write(config);
        let schemas = Table::of(config.version);
        let tables = schemas.filter_map(|schema| {
            let plan = Plan::new(schema)?;
            let entries = entries(&plan, config.table(schema.table()));
            Some((plan, entries))
        });
        Patcher {
            config,
            keep_placeholders: options.keep_placeholders,
            phase: Phase::Correct,
            foreseen: cnf.lost,
            sections,
            tables: tables.collect(),
            variables: HashMap::new(),
            attempts: HashMap::new(),
            left: HashSet::new(),
            left_tables: HashSet::new(),
        }
    }

    /// The edits that the file needs as it is now.
    fn round(&mut self, document: &Document) -> Result<crate::libconfig::Patch, EditError> {
        let loaded = loaded_like(self.config, document);
        if let Some(failure) = &loaded.failure {
            // Until the file can be read to its end, nobody knows what is missing.
            let mut edits = document.edits();
            out_of_the_way(document, failure, &mut edits)?;
            return edits.finish();
        }
        for phase in [Phase::Correct, Phase::Add] {
            self.phase = phase;
            let patch = self.edits(document, &loaded)?;
            if !patch.is_empty() {
                return Ok(patch);
            }
        }
        Ok(crate::libconfig::Patch::default())
    }

    fn edits(&mut self, document: &Document, loaded: &Loaded) -> Result<crate::libconfig::Patch, EditError> {
        let mut edits = document.edits();
        self.settings(document, loaded, &mut edits)?;
        for module in Module::ALL.into_iter().filter(|module| module.is_in(self.config.version)) {
            self.module(module, document, loaded, &mut edits)?;
        }
        let tables = std::mem::take(&mut self.tables);
        let mut each = tables.iter();
        let done =
            each.try_for_each(|(plan, entries)| self.table(plan, entries, document, loaded, &mut edits));
        self.tables = tables;
        done?;
        edits.finish()
    }

    fn settings<'d>(
        &mut self,
        document: &'d Document,
        loaded: &Loaded,
        edits: &mut Edits<'d>,
    ) -> Result<(), EditError> {
        for setting in SETTINGS.iter().filter(|setting| setting.since <= self.config.version) {
            let wanted = setting_value(setting, &self.config.settings).filter(|value| value.check().is_ok());
            if wanted == setting_value(setting, &loaded.memory.settings) {
                continue;
            }
            let there = document.get(setting.name);
            if there.is_some_and(|there| self.leaves(there)) {
                self.left.insert(Place::Setting(setting.name));
                continue;
            }
            match (there, wanted) {
                (Some(there), Some(wanted)) => self.set(there, &wanted, edits)?,
                (Some(there), None) => edits.remove(there)?,
                (None, Some(wanted)) if self.phase == Phase::Add => {
                    edits.add(document.root().setting(), setting.name, &wanted)?;
                }
                (None, _) => {}
            }
        }
        Ok(())
    }

    /// Sets a value, unless it is what it should be.
    fn set<'d>(&self, there: Setting<'d>, value: &ValueBuf, edits: &mut Edits<'d>) -> Result<(), EditError> {
        if self.phase == Phase::Correct && ValueBuf::from(there) != *value {
            edits.set(there, value)?;
        }
        Ok(())
    }

    /// Whether a value is left alone.
    fn leaves(&self, setting: Setting<'_>) -> bool {
        self.keep_placeholders && holds_placeholder(setting)
    }
}

/// Takes out what ends the process.
fn out_of_the_way<'d>(
    document: &'d Document,
    failure: &Failure,
    edits: &mut Edits<'d>,
) -> Result<(), EditError> {
    match failure {
        Failure::VariablesNotAGroup { section, .. } => {
            let Some(setting) = document.get(section) else { return Ok(()) };
            edits.set(setting, &ValueBuf::Group(Vec::new()))
        }
        Failure::GroupReplicationReader { span } => {
            let section = document.get(Table::MysqlGroupReplicationHostgroups.name());
            let rows = section.into_iter().flat_map(|section| section.children());
            rows.filter(|row| row.span() == *span).try_for_each(|row| edits.remove(row))
        }
    }
}

/// Whether a value is a placeholder, or a string with one in it.
fn holds_placeholder(setting: Setting<'_>) -> bool {
    match setting.value_type() {
        ValueType::Placeholder => true,
        ValueType::Str => setting
            .source()
            .is_some_and(|source| source.windows(2).any(|pair| pair == b"${" || pair == b"{{")),
        _ => false,
    }
}

/// What a span is found by.
fn place_of(span: Span) -> (usize, usize) {
    (span.file.index(), span.start)
}
