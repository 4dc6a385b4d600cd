//! Rows of any table, by column.

use std::any::Any;
use std::fmt;

use super::cell::Cell;
use super::field::FieldError;
use super::sealed::Sealed;
use super::tables::Table;

/// A row of a table, read and written by the position of a column. Only the rows of this crate are.
///
/// Positions are those of [`Column::position`](super::Column::position): they count the columns of all
/// versions.
///
/// ```
/// use proxysql_kit::schema::{Cell, MysqlServer, Row, Version};
///
/// let mut server = MysqlServer { hostname: "db1".into(), ..MysqlServer::default() };
/// let port = server.table().schema(Version::V2_7).unwrap().column("port").unwrap().position();
/// assert_eq!(server.cell(port), Cell::Int(3306));
/// server.set(port, Cell::Int(3307))?;
/// assert_eq!(server.port, 3307);
/// assert!(server.set(port, Cell::Int(70_000)).is_err());
/// # Ok::<(), proxysql_kit::schema::FieldError>(())
/// ```
pub trait Row: Any + fmt::Debug + Send + Sync + Sealed {
    /// The table.
    fn table(&self) -> Table;

    /// The value of a column by its name; `None` where no version of the table has such a column.
    ///
    /// ```
    /// use proxysql_kit::config::Config;
    /// use proxysql_kit::schema::{Cell, MysqlServer, Table};
    ///
    /// let mut config = Config::default();
    /// config.mysql_servers.push(MysqlServer { hostname: "db1".into(), ..MysqlServer::default() });
    /// let servers = config.table(Table::from_name("mysql_servers").unwrap());
    /// assert_eq!(servers.row(0).unwrap().get("port"), Some(Cell::Int(3306)));
    /// ```
    fn get(&self, column: &str) -> Option<Cell<'_>> {
        let columns = self.table().spec().columns;
        columns.iter().position(|known| known.name == column).map(|position| self.cell(position))
    }

    /// The value of a column, of a secret one the text itself; NULL where there is none at this position.
    fn cell(&self, position: usize) -> Cell<'_>;

    /// Sets the value of a column.
    ///
    /// # Errors
    /// Where the column's type does not hold it. The row is as it was.
    fn set(&mut self, position: usize, cell: Cell<'_>) -> Result<(), FieldError>;
}

/// A row whose table is known at compile time.
pub trait TableRow: Row + Clone + Default + PartialEq {
    /// The table.
    const TABLE: Table;
}
