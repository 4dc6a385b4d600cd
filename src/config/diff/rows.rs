//! Rows, compared by primary key and column.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use crate::config::{AnyRows, Config};
use crate::schema::{Cell, Column, Row, Table, TableSchema, Version};

/// What becomes of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It stays, but not as it is.
    Changed,
    /// It goes.
    Removed,
}

/// What changes in a table.
#[derive(Clone, Debug)]
pub struct TableDiff {
    schema: &'static TableSchema,
    rows: Vec<RowDiff>,
}

impl TableDiff {
    fn new(schema: &'static TableSchema, mut rows: Vec<RowDiff>) -> Self {
        rows.sort_by_key(|row| match row.kind() {
            ChangeKind::Removed => 0,
            ChangeKind::Changed => 1,
            ChangeKind::Added => 2,
        });
        TableDiff { schema, rows }
    }

    /// The table.
    pub fn table(&self) -> Table {
        self.schema.table()
    }

    /// The rows that go, in their order; those that change, and those that come, in their new order.
    pub fn rows(&self) -> &[RowDiff] {
        &self.rows
    }

    pub(super) fn rows_of(&self, kind: ChangeKind) -> impl Iterator<Item = &RowDiff> {
        self.rows.iter().filter(move |row| row.kind() == kind)
    }

    /// The changes of rows that another one says nothing of.
    pub(super) fn besides(&self, other: &TableDiff) -> Option<Self> {
        let known: HashSet<Option<Vec<u8>>> = other.rows.iter().map(RowDiff::id).collect();
        let rows: Vec<_> = self.rows.iter().filter(|row| !known.contains(&row.id())).cloned().collect();
        (!rows.is_empty()).then(|| TableDiff::new(self.schema, rows))
    }

    pub(super) fn reversed(&self) -> Self {
        TableDiff::new(self.schema, self.rows.iter().map(RowDiff::reversed).collect())
    }
}

/// What becomes of a row.
#[derive(Clone)]
pub struct RowDiff {
    schema: &'static TableSchema,
    /// The columns that either version has.
    columns: Arc<[&'static Column]>,
    old: Option<Arc<dyn Row>>,
    new: Option<Arc<dyn Row>>,
}

impl RowDiff {
    /// What becomes of it.
    pub fn kind(&self) -> ChangeKind {
        super::kind_of(self.old.as_ref(), self.new.as_ref())
    }

    /// The row as it is; `None` when it is new.
    pub fn before(&self) -> Option<&dyn Row> {
        self.old.as_deref()
    }

    /// The row as it shall be; `None` when it goes.
    pub fn after(&self) -> Option<&dyn Row> {
        self.new.as_deref()
    }

    /// The columns of its primary key, with their values.
    pub fn key(&self) -> impl Iterator<Item = (&'static Column, Cell<'_>)> {
        let own = self.columns.iter().filter(|column| self.is_key(column));
        own.map(|column| (*column, self.cell(column.position())))
    }

    /// The columns that change; of a row that comes or goes those that are not at their default, without
    /// its key.
    pub fn changes(&self) -> impl Iterator<Item = ColumnDiff<'_>> {
        let all = self.columns.iter().map(|&column| self.column(column));
        all.filter(|change| match (change.old, change.new) {
            (Some(old), Some(new)) => old != new,
            (only, None) | (None, only) => !self.is_key(change.column) && change.column.default() != only,
        })
    }

    /// All columns that either version has, whether they change or not.
    pub fn columns(&self) -> impl Iterator<Item = ColumnDiff<'_>> {
        self.columns.iter().map(|&column| self.column(column))
    }

    fn column(&self, column: &'static Column) -> ColumnDiff<'_> {
        let position = column.position();
        ColumnDiff {
            column,
            old: self.old.as_deref().map(|row| row.cell(position)),
            new: self.new.as_deref().map(|row| row.cell(position)),
        }
    }

    fn is_key(&self, column: &Column) -> bool {
        self.schema.primary_key().contains(&column.position())
    }

    /// What it shall hold; what it holds when it goes.
    pub(super) fn cell(&self, position: usize) -> Cell<'_> {
        self.new.as_deref().or(self.old.as_deref()).map_or(Cell::Null, |row| row.cell(position))
    }

    /// Its primary key.
    fn id(&self) -> Option<Vec<u8>> {
        key_of(self.after().or(self.before())?, self.schema.primary_key())
    }

    fn reversed(&self) -> Self {
        RowDiff { old: self.new.clone(), new: self.old.clone(), ..self.clone() }
    }
}

/// Secrets stay hidden, as in every row.
impl fmt::Debug for RowDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowDiff").field("old", &self.old).field("new", &self.new).finish_non_exhaustive()
    }
}

/// What becomes of a column.
#[derive(Clone, Copy, Debug)]
pub struct ColumnDiff<'a> {
    column: &'static Column,
    old: Option<Cell<'a>>,
    new: Option<Cell<'a>>,
}

impl<'a> ColumnDiff<'a> {
    /// The column.
    pub fn column(&self) -> &'static Column {
        self.column
    }

    /// Its value; `None` when the row is new.
    pub fn before(&self) -> Option<Cell<'a>> {
        self.old
    }

    /// Its new value; `None` when the row goes.
    pub fn after(&self) -> Option<Cell<'a>> {
        self.new
    }
}

/// What changes in a table, if anything does. A table that a version does not have is empty there.
pub(super) fn compare(from: &Config, to: &Config, table: Table) -> Option<TableDiff> {
    let schema = table.schema(to.version).or_else(|| table.schema(from.version))?;
    let columns = columns(table, from.version, to.version);
    let old = Held::new(from, schema);
    let new = Held::new(to, schema);
    let row = |old: Option<&Slot>, new: Option<&Slot>| RowDiff {
        schema,
        columns: Arc::clone(&columns),
        old: old.map(|slot| Arc::clone(&slot.row)),
        new: new.map(|slot| Arc::clone(&slot.row)),
    };
    let mut rows: Vec<RowDiff> =
        old.slots().filter(|slot| new.get(&slot.key).is_none()).map(|slot| row(Some(slot), None)).collect();
    for slot in new.slots() {
        let found = row(old.get(&slot.key), Some(slot));
        if found.old.is_none() || found.changes().next().is_some() {
            rows.push(found);
        }
    }
    (!rows.is_empty()).then(|| TableDiff::new(schema, rows))
}

/// The columns that either version has, in table order.
fn columns(table: Table, from: Version, to: Version) -> Arc<[&'static Column]> {
    let of = |version| table.schema(version).map_or(&[][..], TableSchema::columns);
    let mut columns: Vec<&'static Column> = of(to).iter().collect();
    columns.extend(of(from).iter().filter(|old| of(to).iter().all(|new| new.position() != old.position())));
    columns.sort_by_key(|column| column.position());
    columns.into()
}

/// A row and its key.
struct Slot {
    key: Vec<u8>,
    row: Arc<dyn Row>,
}

/// The rows of a table that a server would hold, with none that a later one replaces.
struct Held {
    slots: Vec<Option<Slot>>,
    by_key: HashMap<Vec<u8>, usize>,
}

impl Held {
    fn new(config: &Config, schema: &TableSchema) -> Self {
        let table = schema.table();
        let mut held = Held { slots: Vec::new(), by_key: HashMap::new() };
        let Some(own) = table.schema(config.version) else { return held };
        let rows: &dyn AnyRows = config.table(table);
        let mut others: Vec<HashMap<Vec<u8>, usize>> = vec![HashMap::new(); own.unique().len()];
        for row in (0..rows.len()).filter_map(|index| rows.shared_row(index)) {
            let index = held.slots.len();
            for (set, known) in own.unique().iter().zip(&mut others) {
                if let Some(replaced) = key_of(&*row, set).and_then(|key| known.insert(key, index)) {
                    held.slots[replaced] = None;
                }
            }
            // A key with NULL is like no other, and there is none in ProxySQL's tables.
            let key = key_of(&*row, own.primary_key()).unwrap_or_else(|| index.to_le_bytes().to_vec());
            if let Some(replaced) = held.by_key.insert(key.clone(), index) {
                held.slots[replaced] = None;
            }
            held.slots.push(Some(Slot { key, row }));
        }
        held
    }

    fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().flatten()
    }

    fn get(&self, key: &[u8]) -> Option<&Slot> {
        self.by_key.get(key).and_then(|&index| self.slots[index].as_ref())
    }
}

/// The values of some columns as one key; nothing where one of them is NULL, which is equal to nothing.
pub(super) fn key_of(row: &dyn Row, positions: &[usize]) -> Option<Vec<u8>> {
    let mut key = Vec::new();
    for &position in positions {
        match row.cell(position) {
            Cell::Null => return None,
            Cell::Int(number) => {
                key.push(b'i');
                key.extend(number.to_le_bytes());
            }
            Cell::Real(number) => {
                key.push(b'r');
                key.extend(number.to_le_bytes());
            }
            Cell::Text(text) => {
                key.push(b't');
                key.extend(text.len().to_le_bytes());
                key.extend(text);
            }
        }
    }
    Some(key)
}
