//! Where in the file a value comes from.

use std::collections::HashMap;

use crate::libconfig::{FileId, Setting, Span};
use crate::schema::{Module, Table};

/// Where each row, variable and setting of a loaded configuration stands in its file.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    tables: HashMap<Table, TableOrigins>,
    variables: HashMap<(Module, Vec<u8>), Span>,
    settings: HashMap<&'static str, Span>,
}

impl Origins {
    /// Where the row of a table at this index of its rows in memory comes from.
    pub fn row(&self, table: Table, index: usize) -> Option<RowOrigin<'_>> {
        let origins = self.tables.get(&table)?;
        origins.rows.get(index).map(|row| RowOrigin { row, cells: &origins.cells })
    }

    /// Where a variable was set, by its name as it is written there (without the module).
    pub fn variable(&self, module: Module, name: &str) -> Option<Span> {
        self.variables.get(&(module, name.as_bytes().to_vec())).copied()
    }

    /// Where a setting outside of sections was set, by its name.
    pub fn setting(&self, name: &str) -> Option<Span> {
        self.settings.get(name).copied()
    }

    pub(super) fn set_table(&mut self, table: Table, origins: TableOrigins) {
        self.tables.insert(table, origins);
    }

    pub(super) fn set_setting(&mut self, name: &'static str, span: Span) {
        self.settings.insert(name, span);
    }

    pub(super) fn set_variable(&mut self, module: Module, name: &[u8], span: Span) {
        self.variables.insert((module, name.to_vec()), span);
    }
}

/// Where a row stands, and each of its values.
#[derive(Clone, Copy, Debug)]
pub struct RowOrigin<'a> {
    row: &'a RowPlace,
    cells: &'a [CellPlace],
}

impl RowOrigin<'_> {
    /// The whole entry, brackets included.
    pub fn span(&self) -> Span {
        span(self.row.file, self.row.start, self.row.end)
    }

    /// The value that filled a column, by the column's position; `None` where nothing in the file did.
    pub fn column(&self, position: usize) -> Option<Span> {
        let own = self.row.first_cell as usize..self.row.first_cell as usize + usize::from(self.row.cells);
        let found = self.cells.get(own)?.iter().find(|cell| usize::from(cell.position) == position)?;
        Some(span(found.file.into(), found.start, found.end))
    }
}

/// The places of a table's rows while they are made.
#[derive(Clone, Debug, Default)]
pub(super) struct TableOrigins {
    rows: Vec<RowPlace>,
    cells: Vec<CellPlace>,
}

// Offsets and counts are kept small: a span for each value would be half of all memory.
#[derive(Clone, Copy, Debug)]
struct RowPlace {
    file: u32,
    start: u32,
    end: u32,
    first_cell: u32,
    cells: u8,
}

#[derive(Clone, Copy, Debug)]
struct CellPlace {
    start: u32,
    end: u32,
    file: u16,
    position: u8,
}

impl TableOrigins {
    /// Adds a row with the settings that filled its columns.
    pub(super) fn push<'d>(&mut self, entry: Span, cells: impl Iterator<Item = (usize, Setting<'d>)>) {
        let first_cell = self.cells.len();
        self.cells.extend(cells.filter_map(|(position, setting)| {
            let place = setting.span();
            Some(CellPlace {
                start: small(place.start),
                end: small(place.end),
                file: place.file.index().try_into().ok()?,
                position: position.try_into().ok()?,
            })
        }));
        self.rows.push(RowPlace {
            file: small(entry.file.index()),
            start: small(entry.start),
            end: small(entry.end),
            first_cell: small(first_cell),
            cells: (self.cells.len() - first_cell).try_into().unwrap_or(u8::MAX),
        });
    }

    pub(super) fn span(&self, index: usize) -> Option<Span> {
        self.rows.get(index).map(|row| span(row.file, row.start, row.end))
    }

    /// Puts the rows in the order of these indices.
    pub(super) fn arrange(&mut self, order: &[usize]) {
        self.rows = order.iter().filter_map(|&index| self.rows.get(index).copied()).collect();
    }

    pub(super) fn shrink(&mut self) {
        self.rows.shrink_to_fit();
        self.cells.shrink_to_fit();
    }
}

fn span(file: u32, start: u32, end: u32) -> Span {
    Span { file: FileId(file), start: start as usize, end: end as usize }
}

/// Files together are never longer than 32 bits tell.
fn small(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
