//! A row as an entry of its section, and what the entry cannot say of it.

use std::collections::HashSet;

use super::lost::{Lost, Place, Reason, RowPlace, shown_unless};
use super::plan::{Keyed, Plan, is_taken};
use crate::config::AnyRows;
use crate::libconfig::ValueBuf;
use crate::schema::{Cell, Column, Form, Row, TableSchema, Version};

/// The entries of a table's section.
pub(crate) struct Entries {
    pub(crate) entries: Vec<Entry>,
    pub(super) lost: Vec<Lost>,
}

/// A row that a file can give, if not in every column.
pub(crate) struct Entry {
    /// The index of the row.
    pub(crate) index: usize,
    /// The group with its keys.
    pub(crate) value: ValueBuf,
    /// The columns, by position, that read back as something else.
    changed: Vec<(usize, Cell<'static>)>,
}

impl Entry {
    /// What a column of its row will read back as.
    pub(crate) fn cell<'a>(&self, row: &'a dyn Row, position: usize) -> Cell<'a> {
        let changed = self.changed.iter().find(|(changed, _)| *changed == position);
        changed.map_or_else(|| row.cell(position), |(_, cell)| *cell)
    }
}

/// Makes the entries for all rows that a file can give.
pub(crate) fn entries(plan: &Plan, rows: &dyn AnyRows) -> Entries {
    let mut entries = Vec::new();
    let mut lost = Vec::new();
    let mut keys = Keys::new(plan.schema);
    // From the last one on: it is the later of two rows with one key that stays.
    for index in (0..rows.len()).rev() {
        let Some(row) = rows.row(index) else { continue };
        match entry(plan, row, &mut keys, index) {
            Ok((entry, more)) => {
                lost.extend(more);
                entries.push(entry);
            }
            Err(reason) => lost.push(Lost::new(Place::Row(RowPlace::new(row, index)), reason, None)),
        }
    }
    entries.reverse();
    lost.reverse();
    if let Some(column) = out_of_order(plan.schema, rows, &entries) {
        lost.push(Lost::new(Place::Order(plan.schema.table()), Reason::Ordered(column), None));
    }
    Entries { entries, lost }
}

fn entry(plan: &Plan, row: &dyn Row, taken: &mut Keys, index: usize) -> Result<(Entry, Vec<Lost>), Reason> {
    let mut keys = Vec::new();
    let mut read = AsRead { row, changed: Vec::new(), reasons: Vec::new() };
    for key in &plan.keys {
        let cell = row.cell(key.column.position());
        match written(key, cell) {
            Ok(value) if key.shown || key.without != Some(cell) => keys.push((key.name.to_owned(), value)),
            Ok(_) => {}
            Err(Unwritable::Absent) => {}
            Err(Unwritable::Because(reason)) => match key.without {
                Some(without) => {
                    // What people look for is there even so.
                    if let (true, Ok(value)) = (key.shown, written(key, without)) {
                        keys.push((key.name.to_owned(), value));
                    }
                    read.change(key.column, without, reason);
                }
                None => return Err(reason),
            },
        }
    }
    for (column, becomes) in &plan.fixed {
        if row.cell(column.position()) != *becomes {
            read.change(column, *becomes, Reason::NoKey);
        }
    }
    let refused = plan.schema.columns().iter().find(|column| {
        let holds = column.constraint().map(|check| check.holds(|position| read.cell(position)));
        holds == Some(Some(false))
    });
    if let Some(column) = refused {
        return Err(Reason::Check(column.check().unwrap_or_default()));
    }
    if aborts(plan.schema, &read) {
        return Err(Reason::Aborts(plan.schema.version()));
    }
    taken.enter(&read)?;
    let changed = read.changed.iter().map(|(column, cell)| (column.position(), *cell)).collect();
    let entry = Entry { index, value: ValueBuf::Group(keys), changed };
    Ok((entry, read.into_lost(index)))
}

/// Why a value cannot be written.
pub(crate) enum Unwritable {
    /// It is what the column holds without the key, and only so.
    Absent,
    Because(Reason),
}

/// The value of a key that gives a column this value.
pub(crate) fn written(key: &Keyed, cell: Cell<'_>) -> Result<ValueBuf, Unwritable> {
    let because = |reason| Err(Unwritable::Because(reason));
    match cell {
        Cell::Null if key.without == Some(Cell::Null) => Err(Unwritable::Absent),
        Cell::Null => because(Reason::Null),
        Cell::Int(..0) if key.form == Form::IntOrNull => because(Reason::Negative),
        Cell::Int(number) => match i32::try_from(number) {
            Ok(number) => Ok(number.into()),
            Err(_) => because(Reason::Range { min: i32::MIN.into(), max: i32::MAX.into() }),
        },
        // No Rust type of a column holds one.
        Cell::Real(_) => because(Reason::Unforeseen),
        Cell::Text(text) if text.contains(&0) => because(Reason::Nul),
        Cell::Text(text) => match key.taken {
            Some(names) if !is_taken(names, text) => because(Reason::NotTaken(names)),
            _ => Ok(ValueBuf::Str(quotable(text, key.form))),
        },
    }
}

/// A text so that it comes out of the statement as it is: its own quote doubled, where the server does not
/// do that itself.
fn quotable(text: &[u8], form: Form) -> Vec<u8> {
    match form {
        Form::Single => doubled(text, b'\''),
        Form::Double => doubled(text, b'"'),
        _ => text.to_vec(),
    }
}

/// A text with each of its quotes twice.
pub(super) fn doubled(text: &[u8], quote: u8) -> Vec<u8> {
    text.iter().flat_map(|&byte| std::iter::repeat_n(byte, if byte == quote { 2 } else { 1 })).collect()
}

/// 2.0.5 ends itself when it copies such a row to runtime.
fn aborts(schema: &TableSchema, row: &AsRead<'_>) -> bool {
    let both = schema.column("writer_is_also_reader").map(|column| row.cell(column.position()));
    schema.version() == Version::V2_0
        && schema.name() == "mysql_group_replication_hostgroups"
        && both == Some(Cell::Int(2))
}

/// A row as it is read back.
struct AsRead<'a> {
    row: &'a dyn Row,
    changed: Vec<(&'static Column, Cell<'static>)>,
    reasons: Vec<Reason>,
}

impl<'a> AsRead<'a> {
    fn change(&mut self, column: &'static Column, becomes: Cell<'static>, reason: Reason) {
        self.changed.push((column, becomes));
        self.reasons.push(reason);
    }

    fn cell(&self, position: usize) -> Cell<'a> {
        let changed = self.changed.iter().find(|(column, _)| column.position() == position);
        changed.map_or_else(|| self.row.cell(position), |(_, cell)| *cell)
    }

    fn into_lost(self, index: usize) -> Vec<Lost> {
        let lost = |((column, becomes), reason): ((&'static Column, Cell<'static>), Reason)| {
            let place = Place::Column { row: RowPlace::new(self.row, index), column: column.name() };
            Lost::new(place, reason, Some(shown_unless(column.is_secret(), becomes)))
        };
        self.changed.into_iter().zip(self.reasons).map(lost).collect()
    }
}

/// The keys that no two rows may have alike, with what rows have in them.
struct Keys {
    sets: Vec<(Vec<usize>, Vec<&'static str>)>,
    taken: Vec<HashSet<Vec<u8>>>,
}

impl Keys {
    fn new(schema: &'static TableSchema) -> Self {
        let name = |position: &usize| schema.spec().columns[*position].name;
        let sets = std::iter::once(schema.primary_key()).chain(schema.unique().iter().map(Vec::as_slice));
        let sets: Vec<_> = sets.map(|set| (set.to_vec(), set.iter().map(name).collect())).collect();
        let taken = sets.iter().map(|_| HashSet::new()).collect();
        Keys { sets, taken }
    }

    /// Enters a row, unless another one has one of its keys.
    fn enter(&mut self, row: &AsRead<'_>) -> Result<(), Reason> {
        let keys: Vec<_> = self.sets.iter().map(|(positions, _)| key_of(row, positions)).collect();
        for ((key, taken), (_, names)) in keys.iter().zip(&self.taken).zip(&self.sets) {
            if key.as_ref().is_some_and(|key| taken.contains(key)) {
                return Err(Reason::Replaced(names.clone()));
            }
        }
        for (key, taken) in keys.into_iter().zip(&mut self.taken) {
            if let Some(key) = key {
                taken.insert(key);
            }
        }
        Ok(())
    }
}

/// What a row holds in some columns; `None` with a NULL, which is like nothing else.
fn key_of(row: &AsRead<'_>, positions: &[usize]) -> Option<Vec<u8>> {
    let mut key = Vec::new();
    for &position in positions {
        match row.cell(position) {
            Cell::Null => return None,
            Cell::Int(number) => key.extend(number.to_le_bytes()),
            Cell::Real(number) => key.extend(number.to_le_bytes()),
            Cell::Text(text) => {
                key.extend(text.len().to_le_bytes());
                key.extend(text);
            }
        }
    }
    Some(key)
}

/// The column that gives rows another order than they have, if so.
fn out_of_order(schema: &'static TableSchema, rows: &dyn AnyRows, entries: &[Entry]) -> Option<&'static str> {
    let &[key] = schema.primary_key() else { return None };
    let number = |entry: &Entry| match rows.row(entry.index).map(|row| row.cell(key)) {
        Some(Cell::Int(number)) => number,
        _ => 0,
    };
    let ordered = !schema.is_ordered_by_key() || entries.is_sorted_by_key(number);
    (!ordered).then(|| schema.spec().columns[key].name)
}
