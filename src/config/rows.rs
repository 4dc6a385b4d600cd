//! The rows of a table, shared between configurations that hold the same.

use std::fmt;
use std::ops::Index;
use std::sync::Arc;

use crate::schema::sealed::Sealed;
use crate::schema::{Row, Table, TableRow};

/// The rows of a table in their order. Copies share the rows.
///
/// ```
/// use proxysql_kit::config::Rows;
/// use proxysql_kit::schema::MysqlUser;
///
/// let mut users: Rows<MysqlUser> = Rows::new();
/// users.push(MysqlUser { username: "app".into(), ..MysqlUser::default() });
/// let before = users.clone();
/// users.get_mut(0).unwrap().active = false;
/// assert!(before[0].active);
/// assert!(users.iter().all(|user| !user.active));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Rows<R>(Vec<Arc<R>>);

impl<R> Rows<R> {
    /// No rows.
    pub const fn new() -> Self {
        Rows(Vec::new())
    }

    /// Adds a row at the end. Keys are the server's to judge: nothing is replaced.
    pub fn push(&mut self, row: impl Into<Arc<R>>) {
        self.0.push(row.into());
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The row at an index.
    pub fn get(&self, index: usize) -> Option<&R> {
        self.0.get(index).map(Arc::as_ref)
    }

    /// The rows in order.
    pub fn iter(&self) -> Iter<'_, R> {
        Iter(self.0.iter())
    }

    /// The rows in order, as they are shared.
    pub fn shared(&self) -> &[Arc<R>] {
        &self.0
    }

    /// Keeps only the rows that a test accepts.
    pub fn retain(&mut self, mut keep: impl FnMut(&R) -> bool) {
        self.0.retain(|row| keep(row));
    }

    /// Takes out the row at an index.
    pub fn remove(&mut self, index: usize) -> Option<Arc<R>> {
        (index < self.0.len()).then(|| self.0.remove(index))
    }

    /// Takes out all rows.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl<R: Clone> Rows<R> {
    /// The row at an index, to be changed. One that is shared is copied first.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut R> {
        self.0.get_mut(index).map(Arc::make_mut)
    }

    /// The rows in order, to be changed. Those that are shared are copied first.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut R> {
        self.0.iter_mut().map(Arc::make_mut)
    }
}

impl<R> Default for Rows<R> {
    fn default() -> Self {
        Rows::new()
    }
}

impl<R: fmt::Debug> fmt::Debug for Rows<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<R> Index<usize> for Rows<R> {
    type Output = R;

    fn index(&self, index: usize) -> &R {
        &self.0[index]
    }
}

impl<R> FromIterator<R> for Rows<R> {
    fn from_iter<I: IntoIterator<Item = R>>(rows: I) -> Self {
        Rows(rows.into_iter().map(Arc::new).collect())
    }
}

impl<R> FromIterator<Arc<R>> for Rows<R> {
    fn from_iter<I: IntoIterator<Item = Arc<R>>>(rows: I) -> Self {
        Rows(rows.into_iter().collect())
    }
}

impl<R> Extend<R> for Rows<R> {
    fn extend<I: IntoIterator<Item = R>>(&mut self, rows: I) {
        self.0.extend(rows.into_iter().map(Arc::new));
    }
}

impl<'a, R> IntoIterator for &'a Rows<R> {
    type Item = &'a R;
    type IntoIter = Iter<'a, R>;

    fn into_iter(self) -> Iter<'a, R> {
        self.iter()
    }
}

/// Goes over rows in order.
#[derive(Clone, Debug)]
pub struct Iter<'a, R>(std::slice::Iter<'a, Arc<R>>);

impl<'a, R> Iterator for Iter<'a, R> {
    type Item = &'a R;

    fn next(&mut self) -> Option<&'a R> {
        self.0.next().map(Arc::as_ref)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<R> ExactSizeIterator for Iter<'_, R> {}

impl<R> DoubleEndedIterator for Iter<'_, R> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(Arc::as_ref)
    }
}

/// The rows of a table that is not known at compile time.
pub trait AnyRows: fmt::Debug + Send + Sync + Sealed {
    /// The table.
    fn table(&self) -> Table;

    /// How many rows there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row at an index.
    fn row(&self, index: usize) -> Option<&dyn Row>;

    /// The row at an index, as it is shared.
    fn shared_row(&self, index: usize) -> Option<Arc<dyn Row>>;

    /// The row at an index, to be changed. One that is shared is copied first.
    fn row_mut(&mut self, index: usize) -> Option<&mut dyn Row>;

    /// Adds a row with the table's defaults at the end.
    fn push_default(&mut self) -> &mut dyn Row;

    /// Takes out the row at an index; nothing happens where there is none.
    fn remove_row(&mut self, index: usize);

    /// Keeps only the rows that a test of their index accepts.
    fn retain_indices(&mut self, keep: &mut dyn FnMut(usize) -> bool);

    /// Puts the rows in the order of these indices, leaving out those that are not named.
    fn arrange(&mut self, order: &[usize]);
}

impl dyn AnyRows + '_ {
    /// The rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &dyn Row> {
        (0..self.len()).filter_map(|index| self.row(index))
    }
}

impl<R: TableRow> Sealed for Rows<R> {}

impl<R: TableRow> AnyRows for Rows<R> {
    fn table(&self) -> Table {
        R::TABLE
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn row(&self, index: usize) -> Option<&dyn Row> {
        self.get(index).map(|row| row as &dyn Row)
    }

    fn shared_row(&self, index: usize) -> Option<Arc<dyn Row>> {
        self.0.get(index).map(|row| Arc::clone(row) as Arc<dyn Row>)
    }

    fn row_mut(&mut self, index: usize) -> Option<&mut dyn Row> {
        self.get_mut(index).map(|row| row as &mut dyn Row)
    }

    fn push_default(&mut self) -> &mut dyn Row {
        self.push(R::default());
        let last = self.0.len() - 1;
        let row: &mut R = Arc::make_mut(&mut self.0[last]);
        row
    }

    fn remove_row(&mut self, index: usize) {
        self.remove(index);
    }

    fn retain_indices(&mut self, keep: &mut dyn FnMut(usize) -> bool) {
        let mut index = 0;
        self.0.retain(|_| {
            index += 1;
            keep(index - 1)
        });
    }

    fn arrange(&mut self, order: &[usize]) {
        self.0 = order.iter().filter_map(|&index| self.0.get(index).cloned()).collect();
    }
}
