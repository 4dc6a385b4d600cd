//! The rows of a section, made to be those that are wanted.

use std::collections::{HashMap, HashSet};

use super::{Patcher, Phase, holds_placeholder, place_of};
use crate::config::output::{Entries, Entry, Keyed, Place, Plan, Unwritable, written};
use crate::config::{AnyRows, Loaded, Origins};
use crate::libconfig::{Document, EditError, Edits, Setting, ValueBuf, ValueType};
use crate::schema::{Cell, Row, Table};

/// So often are the rows of a table edited before the whole section is replaced.
const ATTEMPTS: usize = 8;

/// So many entries are looked at for the names that they use.
const NEAR: usize = 64;

impl Patcher<'_> {
    /// Edits the section of a table.
    pub(super) fn table<'d>(
        &mut self,
        plan: &Plan,
        entries: &Entries,
        document: &'d Document,
        loaded: &Loaded,
        edits: &mut Edits<'d>,
    ) -> Result<(), EditError> {
        let table = plan.schema.table();
        let wanted = Wanted::new(plan, entries, self.config.table(table));
        let had = loaded.memory.table(table);
        if wanted.are(had) {
            return Ok(());
        }
        let Some(name) = plan.schema.cnf_section() else { return Ok(()) };
        let attempt = self.attempts.entry(table).or_default();
        *attempt += 1;
        let exhausted = *attempt > ATTEMPTS;
        match document.get(name) {
            None if self.phase == Phase::Add => edits.add(document.root().setting(), name, &wanted.list()),
            None => Ok(()),
            Some(section) if section.value_type() != ValueType::List => {
                self.set(section, &wanted.list(), edits)
            }
            Some(_) if exhausted && self.keep_placeholders => Ok(()),
            Some(section) if exhausted => self.set(section, &wanted.list(), edits),
            Some(section) => {
                let origins = &loaded.origins;
                let mut editor = Editor::new(self, wanted, section, had, origins);
                editor.edit(edits)
            }
        }
    }
}

/// The rows that are wanted, as they will read back.
struct Wanted<'a> {
    plan: &'a Plan,
    rows: &'a dyn AnyRows,
    /// In the order in which the table gives them.
    entries: Vec<&'a Entry>,
}

impl<'a> Wanted<'a> {
    fn new(plan: &'a Plan, entries: &'a Entries, rows: &'a dyn AnyRows) -> Self {
        let mut wanted = Wanted { plan, rows, entries: entries.entries.iter().collect() };
        if plan.schema.is_ordered_by_key() {
            let mut numbered: Vec<_> =
                wanted.entries.iter().map(|entry| (number(plan, wanted.row(entry)), *entry)).collect();
            numbered.sort_by_key(|(number, _)| *number);
            wanted.entries = numbered.into_iter().map(|(_, entry)| entry).collect();
        }
        wanted
    }

    fn row(&self, entry: &Entry) -> Option<&'a dyn Row> {
        self.rows.row(entry.index)
    }

    fn cell(&self, entry: &Entry, position: usize) -> Cell<'a> {
        self.row(entry).map_or(Cell::Null, |row| entry.cell(row, position))
    }

    /// Whether a table holds just these rows.
    fn are(&self, had: &dyn AnyRows) -> bool {
        let same = |(entry, row): (&&Entry, &dyn Row)| {
            let mut positions = self.plan.schema.columns().iter().map(crate::schema::Column::position);
            positions.all(|position| self.cell(entry, position) == row.cell(position))
        };
        self.entries.len() == had.len() && self.entries.iter().zip(had.iter()).all(same)
    }

    fn list(&self) -> ValueBuf {
        ValueBuf::list(self.entries.iter().map(|entry| entry.value.clone()))
    }
}

/// The number by which rows are ordered.
fn number(plan: &Plan, row: Option<&dyn Row>) -> i64 {
    match (plan.schema.primary_key(), row) {
        (&[position], Some(row)) => match row.cell(position) {
            Cell::Int(number) => number,
            _ => 0,
        },
        _ => 0,
    }
}

/// A section while its edits are planned.
struct Editor<'a, 'p, 'c, 'd> {
    patcher: &'p mut Patcher<'c>,
    wanted: Wanted<'a>,
    section: Setting<'d>,
    elements: Vec<Setting<'d>>,
    had: &'a dyn AnyRows,
    origins: &'a Origins,
    /// For each row of the table the element that it comes from.
    element_of: Vec<Option<usize>>,
}

impl<'a, 'p, 'c, 'd> Editor<'a, 'p, 'c, 'd> {
    fn new(
        patcher: &'p mut Patcher<'c>,
        wanted: Wanted<'a>,
        section: Setting<'d>,
        had: &'a dyn AnyRows,
        origins: &'a Origins,
    ) -> Self {
        let elements: Vec<_> = section.children().collect();
        let places = elements.iter().map(|element| place_of(element.span())).zip(0..);
        let places: HashMap<_, usize> = places.collect();
        let table = wanted.plan.schema.table();
        let element_of = (0..had.len()).map(|index| {
            let origin = origins.row(table, index)?;
            places.get(&place_of(origin.span())).copied()
        });
        Editor { element_of: element_of.collect(), patcher, wanted, section, elements, had, origins }
    }

    fn table(&self) -> Table {
        self.wanted.plan.schema.table()
    }

    fn edit(&mut self, edits: &mut Edits<'d>) -> Result<(), EditError> {
        let mut pairs = self.pairs();
        let moved = self.moved(&pairs);
        let kept: HashSet<usize> =
            pairs.iter().flatten().copied().filter(|row| !moved.contains(row)).collect();
        let claimed = self.claimed(&mut pairs);
        match self.patcher.phase {
            Phase::Correct => {
                self.remove_rows(&kept, &claimed, edits)?;
                for (rank, row) in pairs.iter().enumerate() {
                    if let Some(row) = row.filter(|row| kept.contains(row)) {
                        self.set_values(rank, row, edits)?;
                    }
                }
            }
            Phase::Add => {
                for (rank, pair) in pairs.iter().enumerate() {
                    match pair {
                        Some(CLAIMED) => {}
                        Some(row) => self.add_values(rank, *row, edits)?,
                        None => self.insert(rank, &pairs, edits)?,
                    }
                }
            }
        }
        Ok(())
    }

    fn remove_rows(
        &mut self,
        kept: &HashSet<usize>,
        claimed: &HashSet<usize>,
        edits: &mut Edits<'d>,
    ) -> Result<(), EditError> {
        for index in (0..self.had.len()).filter(|index| !kept.contains(index)) {
            let Some(at) = self.element_of[index].filter(|at| !claimed.contains(at)) else { continue };
            if self.patcher.keep_placeholders && self.key_holds_placeholder(self.elements[at]) {
                self.patcher.left_tables.insert(self.table());
            } else {
                edits.remove(self.elements[at])?;
            }
        }
        Ok(())
    }

    /// For each wanted row the one of the table that has its key.
    fn pairs(&self) -> Vec<Option<usize>> {
        let key = self.wanted.plan.schema.primary_key();
        let had: HashMap<Vec<u8>, usize> =
            self.had.iter().map(|row| key_of(key, |position| row.cell(position))).zip(0..).collect();
        let twin =
            |entry: &&Entry| had.get(&key_of(key, |position| self.wanted.cell(entry, position))).copied();
        self.wanted.entries.iter().map(twin).collect()
    }

    /// The rows that stand at another place among the others than is wanted, as few as can be.
    fn moved(&self, pairs: &[Option<usize>]) -> HashSet<usize> {
        if self.wanted.plan.schema.is_ordered_by_key() {
            return HashSet::new();
        }
        let rows: Vec<usize> = pairs.iter().flatten().copied().collect();
        let stay: HashSet<usize> = longest_increasing(&rows).into_iter().collect();
        rows.into_iter().filter(|row| !stay.contains(row)).collect()
    }

    /// The elements that a placeholder in their key could make equal to a wanted row that is missing.
    /// That row is then taken to be there.
    fn claimed(&mut self, pairs: &mut [Option<usize>]) -> HashSet<usize> {
        let mut claimed = HashSet::new();
        if !self.patcher.keep_placeholders {
            return claimed;
        }
        let holders: Vec<usize> = (0..self.elements.len())
            .filter(|&index| self.key_holds_placeholder(self.elements[index]))
            .collect();
        for (rank, pair) in pairs.iter_mut().enumerate().filter(|(_, pair)| pair.is_none()) {
            let entry = self.wanted.entries[rank];
            let fits =
                |index: &&usize| !claimed.contains(*index) && self.could_be(self.elements[**index], entry);
            if let Some(&index) = holders.iter().find(fits) {
                claimed.insert(index);
                *pair = Some(CLAIMED);
                self.patcher.left_tables.insert(self.wanted.plan.schema.table());
            }
        }
        claimed
    }

    fn key_holds_placeholder(&self, element: Setting<'_>) -> bool {
        self.keys_of_primary().any(|key| found(key, element).is_some_and(holds_placeholder))
    }

    fn could_be(&self, element: Setting<'_>, entry: &Entry) -> bool {
        self.keys_of_primary().all(|key| {
            let cell = self.wanted.cell(entry, key.column.position());
            match found(key, element) {
                Some(setting) if holds_placeholder(setting) => true,
                Some(setting) => written(key, cell).is_ok_and(|value| value == ValueBuf::from(setting)),
                None => key.without == Some(cell),
            }
        })
    }

    fn keys_of_primary(&self) -> impl Iterator<Item = &Keyed> {
        let primary = self.wanted.plan.schema.primary_key();
        self.wanted.plan.keys.iter().filter(|key| primary.contains(&key.column.position()))
    }

    /// Sets what stands in the entry.
    fn set_values(&mut self, rank: usize, row: usize, edits: &mut Edits<'d>) -> Result<(), EditError> {
        for (key, cell) in self.changes(rank, row) {
            let Some(there) = self.value_there(key, row) else { continue };
            if self.patcher.leaves(there) {
                self.leave(rank, key);
                continue;
            }
            match written(key, cell) {
                Ok(value) => self.patcher.set(there, &value, edits)?,
                Err(Unwritable::Absent) => edits.remove(there)?,
                // Entries hold no others.
                Err(Unwritable::Because(_)) => {}
            }
        }
        Ok(())
    }

    /// Adds what does not stand in the entry.
    fn add_values(&mut self, rank: usize, row: usize, edits: &mut Edits<'d>) -> Result<(), EditError> {
        for (key, cell) in self.changes(rank, row) {
            let Some(element) = self.element_of[row].map(|at| self.elements[at]) else { continue };
            if let (None, Ok(value)) = (self.value_there(key, row), written(key, cell)) {
                edits.add(element, key.name, &value)?;
            }
        }
        Ok(())
    }

    /// The columns in which a row is not as wanted.
    fn changes(&self, rank: usize, row: usize) -> Vec<(&'a Keyed, Cell<'a>)> {
        let entry = self.wanted.entries[rank];
        let Some(had) = self.had.row(row) else { return Vec::new() };
        let plan: &'a Plan = self.wanted.plan;
        let cells = plan.keys.iter().map(|key| (key, self.wanted.cell(entry, key.column.position())));
        cells.filter(|(key, cell)| had.cell(key.column.position()) != *cell).collect()
    }

    /// The setting that fills a column, or would if it were of another type.
    fn value_there(&self, key: &Keyed, row: usize) -> Option<Setting<'d>> {
        let element = self.elements[self.element_of[row]?];
        let origin = self.origins.row(self.table(), row)?.column(key.column.position());
        match origin {
            Some(span) => element.children().find(|setting| setting.span() == span),
            None => found(key, element),
        }
    }

    fn leave(&mut self, rank: usize, key: &Keyed) {
        let entry = self.wanted.entries[rank];
        if let Some(row) = self.wanted.row(entry) {
            let row = crate::config::RowPlace::new(row, entry.index);
            self.patcher.left.insert(Place::Column { row, column: key.column.name() });
        }
    }

    /// Adds a row where it belongs.
    fn insert(&self, rank: usize, pairs: &[Option<usize>], edits: &mut Edits<'d>) -> Result<(), EditError> {
        let entry = self.wanted.entries[rank];
        let value = self.spelled(&entry.value);
        let element = |row: &Option<usize>| self.element_of.get((*row)?).copied().flatten();
        let before = if self.wanted.plan.schema.is_ordered_by_key() {
            let own = number(self.wanted.plan, self.wanted.row(entry));
            let later = (0..self.had.len()).filter(|&row| number(self.wanted.plan, self.had.row(row)) > own);
            later.filter_map(|row| self.element_of[row]).min()
        } else {
            pairs[rank + 1..].iter().find_map(element)
        };
        edits.insert(self.section, before.unwrap_or(self.elements.len()), &value)
    }

    /// An entry with the names that the others of the section use.
    fn spelled(&self, value: &ValueBuf) -> ValueBuf {
        let ValueBuf::Group(settings) = value else { return value.clone() };
        let in_use = |name: &str| {
            let key = self.wanted.plan.keys.iter().find(|key| key.name == name)?;
            let near = self.elements.iter().take(NEAR);
            let mut used = near.flat_map(|element| {
                key.spellings.iter().copied().filter(|spelling| element.get(spelling).is_some())
            });
            if key.spellings.len() > 1 { used.next() } else { None }
        };
        let renamed = settings.iter().map(|(name, value)| {
            (in_use(name).map_or_else(|| name.clone(), ToOwned::to_owned), value.clone())
        });
        ValueBuf::Group(renamed.collect())
    }
}

/// In the place of a row: a row of the file that cannot be known stands for it.
const CLAIMED: usize = usize::MAX;

/// The first setting under one of a key's names.
fn found<'d>(key: &Keyed, element: Setting<'d>) -> Option<Setting<'d>> {
    key.spellings.iter().find_map(|spelling| element.get(spelling))
}

/// What a row holds in some columns.
fn key_of<'c>(positions: &[usize], cell: impl Fn(usize) -> Cell<'c>) -> Vec<u8> {
    let mut key = Vec::new();
    for &position in positions {
        match cell(position) {
            Cell::Null => key.push(0),
            Cell::Int(number) => {
                key.push(1);
                key.extend(number.to_le_bytes());
            }
            Cell::Real(number) => {
                key.push(2);
                key.extend(number.to_le_bytes());
            }
            Cell::Text(text) => {
                key.push(3);
                key.extend(text.len().to_le_bytes());
                key.extend(text);
            }
        }
    }
    key
}

/// The longest part of a sequence that goes up, in order.
fn longest_increasing(sequence: &[usize]) -> Vec<usize> {
    // For each length the index at which the lowest such part ends, and for each index the one before.
    let mut ends: Vec<usize> = Vec::new();
    let mut before = vec![None; sequence.len()];
    for (index, value) in sequence.iter().enumerate() {
        let length = ends.partition_point(|&end| sequence[end] < *value);
        before[index] = length.checked_sub(1).map(|shorter| ends[shorter]);
        if length == ends.len() {
            ends.push(index);
        } else {
            ends[length] = index;
        }
    }
    let mut part = Vec::new();
    let mut at = ends.last().copied();
    while let Some(index) = at {
        part.push(sequence[index]);
        at = before[index];
    }
    part.reverse();
    part
}

#[cfg(test)]
mod tests {
    use super::longest_increasing;

    #[test]
    fn as_few_as_can_be_are_moved() {
        assert_eq!(longest_increasing(&[]), Vec::<usize>::new());
        assert_eq!(longest_increasing(&[0, 1, 2]), [0, 1, 2]);
        assert_eq!(longest_increasing(&[3, 0, 1, 2]), [0, 1, 2]);
        assert_eq!(longest_increasing(&[1, 2, 0]), [1, 2]);
        assert_eq!(longest_increasing(&[2, 1, 0]), [0]);
    }
}
