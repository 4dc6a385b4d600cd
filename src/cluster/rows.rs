//! Rows as an answer brings them: texts or NULL, in one piece of memory.

use std::fmt;

/// The rows of one answer, all of the same width.
///
/// Their texts may be secrets, so `Debug` tells only how many there are.
///
/// ```
/// use proxysql_kit::cluster::Rows;
///
/// let mut rows = Rows::new();
/// rows.push([Some("1".as_bytes()), None]);
/// assert_eq!(rows.len(), 1);
/// assert_eq!(rows.row(0).collect::<Vec<_>>(), [Some("1".as_bytes()), None]);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Rows {
    bytes: Vec<u8>,
    /// Where each cell ends in `bytes`, and whether it is there.
    cells: Vec<(usize, bool)>,
    /// Where each row ends in `cells`.
    rows: Vec<usize>,
}

impl Rows {
    /// No rows.
    pub fn new() -> Self {
        Rows::default()
    }

    /// Puts a row behind the others.
    pub fn push<'c>(&mut self, cells: impl IntoIterator<Item = Option<&'c [u8]>>) {
        for cell in cells {
            self.bytes.extend_from_slice(cell.unwrap_or_default());
            self.cells.push((self.bytes.len(), cell.is_some()));
        }
        self.rows.push(self.cells.len());
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The cells of a row; none where there is no such row.
    pub fn row(&self, index: usize) -> impl Iterator<Item = Option<&[u8]>> {
        self.cells_of(index).map(|at| self.cell_at(at))
    }

    /// A cell; `None` where it is NULL, or not there.
    pub fn cell(&self, row: usize, column: usize) -> Option<&[u8]> {
        let mut cells = self.cells_of(row);
        self.cell_at(cells.nth(column)?)
    }

    /// All rows, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = impl Iterator<Item = Option<&[u8]>>> {
        (0..self.len()).map(|index| self.row(index))
    }

    fn cells_of(&self, row: usize) -> std::ops::Range<usize> {
        let end = self.rows.get(row).copied().unwrap_or_default();
        let start = if row == 0 { 0 } else { self.rows.get(row - 1).copied().unwrap_or(end) };
        start.min(end)..end
    }

    fn cell_at(&self, at: usize) -> Option<&[u8]> {
        let &(end, is_there) = self.cells.get(at)?;
        let start = if at == 0 { 0 } else { self.cells[at - 1].0 };
        is_there.then(|| &self.bytes[start..end])
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rows({} rows)", self.len())
    }
}

impl<'c, R: IntoIterator<Item = Option<&'c str>>> FromIterator<R> for Rows {
    fn from_iter<T: IntoIterator<Item = R>>(rows: T) -> Self {
        let mut all = Rows::new();
        for row in rows {
            all.push(row.into_iter().map(|cell| cell.map(str::as_bytes)));
        }
        all
    }
}
