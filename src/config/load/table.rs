//! Inserting rows as SQLite does: NOT NULL, CHECK, and keys by which later rows replace earlier ones.

use std::hash::{BuildHasher as _, Hash as _, Hasher as _};

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::config::AnyRows;
use crate::config::pasted::{self, Affinity, Literal, Outcome, Sqlite};
use crate::libconfig::Setting;
use crate::schema::{Cell, Column, Version};

use super::origin::TableOrigins;
use super::plan::{Plan, Source};
use super::section::is_placeholder;
use super::statement::{self, Pasted};
use super::{Message, MessageKind, Note, NoteKind};

/// The rows of a table while its section is read.
pub(super) struct TableLoader<'a> {
    plan: &'a Plan,
    rows: &'a mut dyn AnyRows,
    /// For each column, by position, the step of the plan that fills it.
    steps: Vec<Option<usize>>,
    /// For each column, by position, what a NULL in the statement becomes.
    for_null: Vec<Cell<'static>>,
    /// For each column, by position, its default.
    defaults: Vec<Cell<'static>>,
    keys: Vec<UniqueKey>,
    hasher: DefaultHashBuilder,
    /// Whether each row has not been replaced.
    alive: Vec<bool>,
    origins: TableOrigins,
}

/// Columns in which no two rows may be alike, with the indices of the rows by what they hold there.
struct UniqueKey {
    columns: Vec<usize>,
    rows: HashTable<usize>,
}

impl<'a> TableLoader<'a> {
    pub(super) fn new(plan: &'a Plan, rows: &'a mut dyn AnyRows) -> Self {
        let schema = plan.table;
        let positions = schema.spec().columns.len();
        let mut steps = vec![None; positions];
        for (index, step) in plan.steps.iter().enumerate() {
            steps[step.position] = Some(index);
        }
        let mut defaults = vec![Cell::Null; positions];
        let mut for_null = defaults.clone();
        for column in schema.columns() {
            let default = column.default().unwrap_or(Cell::Null);
            defaults[column.position()] = default;
            if column.is_not_null() {
                for_null[column.position()] = default;
            }
        }
        let sets = std::iter::once(schema.primary_key()).chain(schema.unique().iter().map(Vec::as_slice));
        let keys = sets.map(|set| UniqueKey { columns: set.to_vec(), rows: HashTable::new() }).collect();
        TableLoader {
            plan,
            rows,
            steps,
            for_null,
            defaults,
            keys,
            hasher: DefaultHashBuilder::default(),
            alive: Vec::new(),
            origins: TableOrigins::default(),
        }
    }

    /// Runs the statement of one entry.
    pub(super) fn insert<'d>(
        &mut self,
        values: &[Pasted<'d>],
        found: &[Option<Setting<'d>>],
        entry: Setting<'d>,
        messages: &mut Vec<Message>,
        notes: &mut Vec<Note>,
    ) {
        let unknown = found.iter().flatten().any(|setting| is_placeholder(*setting));
        let done = if unknown {
            let cells: Vec<Cell<'_>> = values.iter().map(Pasted::cell).collect();
            self.keep(&cells, found, entry, notes)
        } else if values.iter().any(Pasted::is_broken) {
            self.run(values, found, entry, notes)
        } else {
            let cells: Vec<Cell<'_>> = values.iter().map(Pasted::cell).collect();
            self.judge(&cells).and_then(|()| self.keep(&cells, found, entry, notes))
        };
        match done {
            Ok(()) => {}
            Err(Rejected::Refused { error, quotes_text }) => {
                let kind = MessageKind::Sqlite {
                    table: Some(self.plan.table.table()),
                    error: error.into(),
                    statement: statement::insert(self.plan, values).into(),
                    secret: quotes_text && self.plan.has_secrets,
                };
                messages.push(Message { kind, span: Some(entry.span()) });
            }
            Err(Rejected::Unpredictable(why)) => {
                let kind = NoteKind::Unpredictable { table: Some(self.plan.table.table()), why };
                notes.push(Note { kind, span: entry.span() });
            }
        }
    }

    /// Ends the section: rows in their order, without those that were replaced.
    pub(super) fn finish(mut self) -> TableOrigins {
        let mut order: Vec<usize> = (0..self.alive.len()).filter(|&index| self.alive[index]).collect();
        if self.plan.table.is_ordered_by_key() {
            let key = self.keys.first().and_then(|key| key.columns.first()).copied().unwrap_or(0);
            let number = |index: &usize| match self.rows.row(*index).map(|row| row.cell(key)) {
                Some(Cell::Int(number)) => number,
                _ => 0,
            };
            order.sort_by_key(number);
        }
        if order.len() < self.alive.len() || !order.is_sorted() {
            self.rows.arrange(&order);
            self.origins.arrange(&order);
        }
        self.origins.shrink();
        self.origins
    }

    /// Has the statement read as SQLite reads it.
    fn run<'d>(
        &mut self,
        values: &[Pasted<'d>],
        found: &[Option<Setting<'d>>],
        entry: Setting<'d>,
        notes: &mut Vec<Note>,
    ) -> Result<(), Rejected> {
        let sql = statement::insert(self.plan, values);
        let rows =
            match pasted::read(&sql, self.plan.table.columns().len(), sqlite(self.plan.table.version())) {
                Outcome::Rows(rows) => rows,
                Outcome::Error(error) => return Err(Rejected::Refused { error, quotes_text: true }),
                Outcome::Unpredictable(departure) => {
                    return Err(Rejected::Unpredictable(departure.what.to_string()));
                }
            };
        let affinity = |step: usize| {
            let column = self.plan.table.column(self.plan.steps[step].column);
            if column.is_some_and(Column::is_text) { Affinity::Text } else { Affinity::Integer }
        };
        let stored = |row: Vec<Literal>| -> Vec<Literal> {
            row.into_iter().enumerate().map(|(step, literal)| literal.with_affinity(affinity(step))).collect()
        };
        let rows: Vec<Vec<Literal>> = rows.into_iter().map(stored).collect();
        for row in &rows {
            self.judge(&literal_cells(row))?;
        }
        if rows.len() > 1 {
            return Err(Rejected::Unpredictable("several rows".to_owned()));
        }
        for row in &rows {
            let cells = literal_cells(row);
            self.keep(&cells, found, entry, notes)?;
            note_changed_texts(self.plan, values, &cells, found, notes);
        }
        Ok(())
    }

    /// Whether the table's constraints let a row in.
    fn judge(&self, cells: &[Cell<'_>]) -> Result<(), Rejected> {
        let schema = self.plan.table;
        let refused = |error: String| Rejected::Refused { error: error.into_bytes(), quotes_text: false };
        for column in schema.columns().iter().filter(|column| column.is_not_null()) {
            if self.cell(cells, column.position()) == Cell::Null {
                if column.sql_type() == "INTEGER" {
                    return Err(Rejected::Unpredictable("a number of SQLite's choice".to_owned()));
                }
                return Err(refused(format!(
                    "NOT NULL constraint failed: {}.{}",
                    schema.name(),
                    column.name()
                )));
            }
        }
        for column in schema.columns() {
            let Some(constraint) = column.constraint() else { continue };
            if constraint.holds(|position| self.cell(cells, position)) == Some(false) {
                let quoted = match schema.version() {
                    Version::V2_0 => schema.name(),
                    _ => column.check().unwrap_or_default(),
                };
                return Err(refused(format!("CHECK constraint failed: {quoted}")));
            }
        }
        Ok(())
    }

    /// Adds a row, in the place of those that have one of its keys.
    fn keep<'d>(
        &mut self,
        cells: &[Cell<'_>],
        found: &[Option<Setting<'d>>],
        entry: Setting<'d>,
        notes: &mut Vec<Note>,
    ) -> Result<(), Rejected> {
        let index = self.alive.len();
        let row = self.rows.push_default();
        for (step, position) in self.plan.steps.iter().map(|step| step.position).enumerate() {
            let cell = if cells[step] == Cell::Null { self.for_null[position] } else { cells[step] };
            if let Err(why) = row.set(position, cell) {
                self.rows.remove_row(index);
                let column = self.plan.steps[step].column;
                return Err(Rejected::Unpredictable(format!(
                    "`{column}` becomes what it should not hold: {why}"
                )));
            }
        }
        self.alive.push(true);
        let filled = self.plan.steps.iter().zip(found);
        let filled = filled.filter_map(|(step, setting)| Some((step.position, (*setting)?)));
        self.origins.push(entry.span(), filled);
        self.replace(index, found, entry, notes);
        Ok(())
    }

    /// Takes out the rows that share a key with a new one, and enters the keys of that.
    fn replace(
        &mut self,
        index: usize,
        found: &[Option<Setting<'_>>],
        entry: Setting<'_>,
        notes: &mut Vec<Note>,
    ) {
        let table = self.plan.table.table();
        let is_unknown = |position: &usize| {
            let setting = self.steps[*position].and_then(|step| found[step]);
            setting.is_some_and(is_placeholder)
        };
        // A key that is not known is like no other.
        let known = |key: &usize| !self.keys[*key].columns.iter().any(is_unknown);
        let known: Vec<usize> = (0..self.keys.len()).filter(known).collect();
        for &key in &known {
            let Some(hash) = self.hash(key, index) else { continue };
            let same = |other: &usize| self.same(key, index, *other);
            if let Some(old) = self.keys[key].rows.find(hash, same).copied() {
                self.forget(old);
                if let Some(span) = self.origins.span(old) {
                    notes.push(Note { kind: NoteKind::Replaced { table, by: entry.span() }, span });
                }
            }
        }
        for key in known {
            let Some(hash) = self.hash(key, index) else { continue };
            let mut rows = std::mem::take(&mut self.keys[key].rows);
            rows.insert_unique(hash, index, |other| self.hash(key, *other).unwrap_or_default());
            self.keys[key].rows = rows;
        }
    }

    fn forget(&mut self, old: usize) {
        self.alive[old] = false;
        for key in 0..self.keys.len() {
            let Some(hash) = self.hash(key, old) else { continue };
            if let Ok(found) = self.keys[key].rows.find_entry(hash, |other| *other == old) {
                found.remove();
            }
        }
    }

    /// A hash of what a row holds in the columns of a key; `None` where one of them is NULL, which is
    /// like nothing else.
    fn hash(&self, key: usize, row: usize) -> Option<u64> {
        let row = self.rows.row(row)?;
        let mut hasher = self.hasher.build_hasher();
        for &position in &self.keys[key].columns {
            match row.cell(position) {
                Cell::Int(number) => hasher.write_i64(number),
                Cell::Text(text) => text.hash(&mut hasher),
                // No column of a key holds anything else.
                Cell::Null | Cell::Real(_) => return None,
            }
        }
        Some(hasher.finish())
    }

    fn same(&self, key: usize, one: usize, other: usize) -> bool {
        let (Some(one), Some(other)) = (self.rows.row(one), self.rows.row(other)) else { return false };
        self.keys[key].columns.iter().all(|&position| one.cell(position) == other.cell(position))
    }

    /// What a column would hold.
    fn cell<'c>(&self, cells: &[Cell<'c>], position: usize) -> Cell<'c> {
        match self.steps[position].map(|step| cells[step]) {
            None => self.defaults[position],
            // With OR REPLACE a NULL for a column that has none is its default.
            Some(Cell::Null) => self.for_null[position],
            Some(given) => given,
        }
    }
}

/// Why a row does not come in.
enum Rejected {
    Refused { error: Vec<u8>, quotes_text: bool },
    Unpredictable(String),
}

impl Pasted<'_> {
    /// What the column holds where the text is not broken.
    fn cell(&self) -> Cell<'_> {
        match self {
            Pasted::Null => Cell::Null,
            Pasted::Int(number) => Cell::Int(*number),
            Pasted::Text(text, _) => Cell::Text(text),
            Pasted::Fixed(text) => match text.parse() {
                Ok(number) => Cell::Int(number),
                Err(_) => Cell::Text(text.trim_matches('\'').as_bytes()),
            },
        }
    }
}

fn literal_cells(row: &[Literal]) -> Vec<Cell<'_>> {
    row.iter().map(literal_cell).collect()
}

fn literal_cell(literal: &Literal) -> Cell<'_> {
    match literal {
        Literal::Null => Cell::Null,
        Literal::Integer(number) => Cell::Int(*number),
        Literal::Real(number) => Cell::Real(*number),
        Literal::Text(text) => Cell::Text(text),
    }
}

fn note_changed_texts(
    plan: &Plan,
    values: &[Pasted<'_>],
    cells: &[Cell<'_>],
    found: &[Option<Setting<'_>>],
    notes: &mut Vec<Note>,
) {
    for (step, ((value, cell), setting)) in plan.steps.iter().zip(values.iter().zip(cells).zip(found)) {
        let (Source::Key { .. }, Some(setting)) = (&step.source, setting) else { continue };
        if value.cell() != *cell {
            let kind =
                NoteKind::TextChanged { table: Some(plan.table.table()), column: step.column.to_owned() };
            notes.push(Note { kind, span: setting.span() });
        }
    }
}

/// The SQLite inside a version.
pub(super) fn sqlite(version: Version) -> Sqlite {
    if version >= Version::V2_7 { Sqlite::V3_43 } else { Sqlite::V3_19 }
}
