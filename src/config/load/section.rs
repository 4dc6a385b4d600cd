//! The entries of a section: what is found in them, and what is not read.

use std::borrow::Cow;

use crate::libconfig::{Setting, Value, ValueType};
use crate::schema::{Cell, Form, Module, Read, Table, Version, closest};

use super::plan::{Plan, Source, Step};
use super::statement::Pasted;
use super::table::TableLoader;
use super::variables::Store;
use super::{Failure, Instead, Loader, Message, MessageKind, Note, NoteKind};

impl Loader<'_> {
    /// Reads a section of rows. A list, an array and a group give their elements, a scalar none.
    pub(super) fn rows(&mut self, table: Table, section: Setting<'_>) {
        let Some(plan) = Plan::new(table, self.version) else { return };
        let name = plan.table.cnf_section().unwrap_or_default();
        let note = |kind| Note { kind, span: section.name_span().unwrap_or_else(|| section.span()) };
        match section.value_type() {
            ValueType::List | ValueType::Array => {}
            ValueType::Group if section.is_empty() => {}
            ValueType::Group => self.notes.push(note(NoteKind::GroupForList { section: name })),
            ValueType::Placeholder => self.notes.push(note(NoteKind::Placeholder { name: name.to_owned() })),
            found => self.notes.push(note(NoteKind::NoRows { section: name, found })),
        }
        let mut loader = TableLoader::new(&plan, self.memory.table_mut(table));
        let mut entry = Entry::new(&plan, &mut self.notes);
        let mut values = Vec::with_capacity(plan.steps.len());
        for element in section.children() {
            if is_placeholder(element) {
                let kind = NoteKind::Placeholder { name: name.to_owned() };
                entry.notes.push(Note { kind, span: element.span() });
                continue;
            }
            entry.look_up(element);
            if let Some(missing) = entry.missing() {
                if self.version >= Version::V2_7 || table == Table::MysqlQueryRules {
                    let kind = MessageKind::MissingKey { table, called: plan.called, key: missing };
                    self.messages.push(Message { kind, span: Some(element.span()) });
                } else {
                    let kind = NoteKind::RowSkipped { table, key: missing };
                    entry.notes.push(Note { kind, span: element.span() });
                }
                continue;
            }
            entry.values(&mut values);
            if table == Table::ProxysqlServers {
                self.messages.push(adding_peer(&values, element));
            }
            loader.insert(&values, &entry.found, element, &mut self.messages, entry.notes);
        }
        let origins = loader.finish();
        self.origins.set_table(table, origins);
        self.find_fatal_row(table);
    }

    /// 2.0.5 dies of one kind of row.
    fn find_fatal_row(&mut self, table: Table) {
        use crate::schema::WriterIsAlsoReader::BackupWriters;
        if self.version > Version::V2_0 || table != Table::MysqlGroupReplicationHostgroups {
            return;
        }
        let rows = &self.memory.mysql_group_replication_hostgroups;
        let fatal = rows.iter().position(|row| row.writer_is_also_reader == BackupWriters);
        let origin = fatal.and_then(|index| self.origins.row(table, index));
        if let Some(origin) = origin {
            self.failure = Some(Failure::GroupReplicationReader { span: origin.span() });
        }
    }

    /// Reads a section of variables.
    pub(super) fn variable_rows(&mut self, module: Module, section: Setting<'_>, store: &mut Store) {
        match section.value_type() {
            ValueType::Group => {}
            ValueType::List | ValueType::Array if section.is_empty() => {}
            ValueType::List | ValueType::Array => {
                let span = section.name_span().unwrap_or_else(|| section.span());
                self.failure = Some(Failure::VariablesNotAGroup { section: module.section(), span });
                return;
            }
            found => {
                let kind = match found {
                    ValueType::Placeholder => NoteKind::Placeholder { name: module.section().to_owned() },
                    found => NoteKind::NoRows { section: module.section(), found },
                };
                self.notes.push(Note { kind, span: section.span() });
            }
        }
        for setting in section.children() {
            let name = setting.name().unwrap_or_default();
            if is_placeholder(setting) {
                let kind = NoteKind::Placeholder { name: name.to_owned() };
                self.notes.push(Note { kind, span: setting.span() });
                continue;
            }
            let text = self.variable_text(module, name, setting);
            store.insert(module, name, &text, setting, &mut self.messages, &mut self.notes);
        }
    }

    fn variable_text<'d>(&mut self, module: Module, name: &str, setting: Setting<'d>) -> Cow<'d, [u8]> {
        match setting.value() {
            Value::Bool(true) => Cow::Borrowed(b"true"),
            Value::Bool(false) => Cow::Borrowed(b"false"),
            Value::Int(number) => Cow::Owned(number.to_string().into_bytes()),
            Value::Str(text) => text.to_bytes(),
            _ => {
                let found = setting.value_type();
                let kind = NoteKind::VariableEmptied { module, name: name.to_owned(), found };
                self.notes.push(Note { kind, span: setting.span() });
                Cow::Borrowed(b"")
            }
        }
    }
}

fn adding_peer(values: &[Pasted<'_>], element: Setting<'_>) -> Message {
    let hostname = values.iter().find_map(|value| match value {
        Pasted::Text(text, _) => Some(text.as_ref().into()),
        _ => None,
    });
    let port = values.iter().find_map(|value| match value {
        Pasted::Int(port) => i32::try_from(*port).ok(),
        _ => None,
    });
    let kind =
        MessageKind::AddingPeer { hostname: hostname.unwrap_or_default(), port: port.unwrap_or_default() };
    Message { kind, span: Some(element.span()) }
}

/// What was found in one entry.
struct Entry<'p, 'n, 'd> {
    plan: &'p Plan,
    notes: &'n mut Vec<Note>,
    /// For each step the setting that fills it.
    found: Vec<Option<Setting<'d>>>,
    /// For each step, by rank of spelling, all settings under its names.
    seen: Vec<(usize, usize, Setting<'d>)>,
}

impl<'p, 'n, 'd> Entry<'p, 'n, 'd> {
    fn new(plan: &'p Plan, notes: &'n mut Vec<Note>) -> Self {
        Entry { plan, notes, found: Vec::new(), seen: Vec::new() }
    }

    /// Finds the setting for each step: of its spellings the first with a value of the right type.
    fn look_up(&mut self, element: Setting<'d>) {
        let table = self.plan.table.table();
        self.found.clear();
        self.found.resize(self.plan.steps.len(), None);
        self.seen.clear();
        if element.value_type() != ValueType::Group {
            let kind = NoteKind::NotAGroup { table, found: element.value_type() };
            self.notes.push(Note { kind, span: element.span() });
            return;
        }
        for setting in element.children() {
            let name = setting.name().unwrap_or_default();
            let steps = self.plan.looks_for(name);
            if steps.is_empty() {
                let note = unknown_key(self.plan, name, setting);
                self.notes.push(note);
            }
            self.seen.extend(steps.iter().map(|&(step, rank)| (step, rank, setting)));
        }
        // Nearly always one for each step.
        self.seen.sort_by_key(|&(step, rank, _)| (step, rank));
        for &(step, _, setting) in &self.seen {
            let Source::Key { read, .. } = self.plan.steps[step].source else { continue };
            if self.found[step].is_none() && fits(read, setting) {
                self.found[step] = Some(setting);
            }
        }
        for index in 0..self.seen.len() {
            let (step, _, setting) = self.seen[index];
            if self.found[step].map(|found| found.span()) != Some(setting.span()) {
                let note = not_read(self.plan, &self.plan.steps[step], self.found[step], setting);
                self.notes.push(note);
            }
        }
    }

    /// The first mandatory key that is not there, as the message names it.
    fn missing(&self) -> Option<&'static str> {
        let steps = self.plan.steps.iter().zip(&self.found);
        steps.filter(|(_, found)| found.is_none()).find_map(|(step, _)| match step.source {
            Source::Key { key, .. } => key.mandatory,
            Source::Fixed(_) => None,
        })
    }

    /// The values to paste, in the order of the steps.
    fn values(&mut self, values: &mut Vec<Pasted<'d>>) {
        values.clear();
        for (step, found) in self.plan.steps.iter().zip(&self.found) {
            let value = match &step.source {
                Source::Fixed(text) => Pasted::Fixed(text),
                Source::Key { key, read, form, .. } => match read {
                    Read::Int(default) => {
                        let number = found.and_then(|setting| setting.as_int());
                        int_value(number.unwrap_or(*default), *form)
                    }
                    Read::Str(default) => {
                        let text = found.and_then(text_of);
                        let default = default.map(|text| Cow::Borrowed(text.as_bytes()));
                        match text.or(default) {
                            None => Pasted::Null,
                            Some(text) => Pasted::Text(taken(key.one_of, text), *form),
                        }
                    }
                },
            };
            if let Some(setting) = found {
                let kind = if is_placeholder(*setting) {
                    Some(NoteKind::Placeholder { name: step.column.to_owned() })
                } else {
                    changed(self.plan, step, *setting, &value)
                };
                self.notes.extend(kind.map(|kind| Note { kind, span: setting.span() }));
            }
            values.push(value);
        }
    }
}

/// The text of a value; of a placeholder itself.
fn text_of(setting: Setting<'_>) -> Option<Cow<'_, [u8]>> {
    match setting.value() {
        Value::Placeholder(placeholder) => Some(Cow::Borrowed(placeholder.text().as_bytes())),
        _ => setting.as_bytes(),
    }
}

/// A text, or what takes its place where only some are taken.
fn taken<'d>(one_of: Option<(&[&str], &'static str)>, text: Cow<'d, [u8]>) -> Cow<'d, [u8]> {
    match one_of {
        Some((names, otherwise)) if !names.iter().any(|name| text.eq_ignore_ascii_case(name.as_bytes())) => {
            Cow::Borrowed(otherwise.as_bytes())
        }
        _ => text,
    }
}

fn int_value(number: i32, form: Form) -> Pasted<'static> {
    match form {
        Form::IntOrNull if number < 0 => Pasted::Null,
        Form::ZeroOne => Pasted::Int(i64::from(number != 0)),
        _ => Pasted::Int(number.into()),
    }
}

/// Whether a value has the type that is read.
fn fits(read: Read, setting: Setting<'_>) -> bool {
    setting.value_type() == value_type(read) || is_placeholder(setting)
}

/// Whether a value is not known yet.
pub(super) fn is_placeholder(setting: Setting<'_>) -> bool {
    setting.value_type() == ValueType::Placeholder
}

fn value_type(read: Read) -> ValueType {
    match read {
        Read::Int(_) => ValueType::Int,
        Read::Str(_) => ValueType::Str,
    }
}

/// What becomes of a value that was found, where it is not kept as it is.
fn changed(plan: &Plan, step: &Step, setting: Setting<'_>, value: &Pasted<'_>) -> Option<NoteKind> {
    let table = plan.table.table();
    let Source::Key { key, .. } = step.source else { return None };
    if let Some(number) = setting.as_int() {
        let becomes = match value {
            Pasted::Int(kept) => Some(*kept),
            // NULL where the column has none is its default.
            _ => match plan.table.column(step.column).filter(|column| column.is_not_null()) {
                Some(column) => match column.default() {
                    Some(Cell::Int(default)) => Some(default),
                    _ => None,
                },
                // That is how people write NULL.
                None if number == -1 => return None,
                None => None,
            },
        };
        let kept = becomes == Some(number.into());
        return (!kept).then_some(NoteKind::NumberChanged {
            table,
            column: step.column,
            found: number,
            becomes,
        });
    }
    let (_, instead) = key.one_of?;
    let found = setting.as_bytes()?;
    let Pasted::Text(text, _) = value else { return None };
    (*found != **text).then(|| NoteKind::NotTaken {
        table,
        column: step.column,
        found: found.as_ref().into(),
        instead,
    })
}

/// A key that fills no column.
fn unknown_key(plan: &Plan, name: &str, setting: Setting<'_>) -> Note {
    let table = plan.table.table();
    let span = setting.name_span().unwrap_or_else(|| setting.span());
    let column = plan.table.columns().iter().find(|column| column.name() == name);
    let kind = match column {
        Some(column) => NoteKind::ColumnNotRead { table, column: column.name() },
        None => {
            let reads = |version: &Version| {
                Plan::new(table, *version).is_some_and(|plan| !plan.looks_for(name).is_empty())
            };
            let read_by: Vec<Version> = Version::ALL.iter().copied().filter(reads).collect();
            let closest = read_by.is_empty().then(|| closest(name, plan.keys())).flatten();
            NoteKind::UnknownKey { table, key: name.to_owned(), closest, read_by }
        }
    };
    Note { kind, span }
}

/// A value under a key that is read, but not this one.
fn not_read(plan: &Plan, step: &Step, found: Option<Setting<'_>>, setting: Setting<'_>) -> Note {
    let table = plan.table.table();
    let key = setting.name().unwrap_or_default().to_owned();
    let Source::Key { key: declared, spellings, read, .. } = &step.source else {
        return Note { kind: NoteKind::ColumnNotRead { table, column: step.column }, span: setting.span() };
    };
    let by =
        found.and_then(|found| spellings.iter().copied().find(|spelling| found.name() == Some(*spelling)));
    let kind = match by {
        Some(by) if fits(*read, setting) => NoteKind::Shadowed { table, key, by },
        _ => {
            let instead = match (by, declared.mandatory, read) {
                (Some(by), _, _) => Instead::OtherKey(by),
                (None, Some(_), _) => Instead::RowLost,
                (None, None, Read::Int(number))
                    if matches!(
                        int_value(*number, declared.form.get(plan.table.version())),
                        Pasted::Null
                    ) =>
                {
                    Instead::Default(None)
                }
                (None, None, Read::Int(number)) => Instead::Default(Some(number.to_string())),
                (None, None, Read::Str(text)) => Instead::Default(text.map(str::to_owned)),
            };
            NoteKind::WrongType {
                table: Some(table),
                key,
                needed: value_type(*read),
                found: setting.value_type(),
                instead,
            }
        }
    };
    Note { kind, span: setting.span() }
}
