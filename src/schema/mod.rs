//! ProxySQL's tables and variables, each described once. Knows only [`Version`].
//!
//! A declaration (one file a table, in `tables/`) gives both the struct of the rows and the description
//! that everything else follows from: loading a file, printing, SQL, JSON, differences, documents.
//!
//! ```
//! use proxysql_kit::schema::{MysqlServer, Table, Version};
//!
//! let server = MysqlServer { hostname: "db1".into(), hostgroup_id: 10, ..MysqlServer::default() };
//! assert_eq!(server.port, 3306);
//!
//! let table = Table::MysqlServers.schema(Version::V2_7).unwrap();
//! assert_eq!(table.column("port").unwrap().check(), Some("port >= 0 AND port <= 65535"));
//! ```

mod cell;
mod check;
mod choice;
mod declare;
mod definition;
#[cfg(test)]
mod facts_tests;
mod field;
pub(crate) mod json;
mod row;
#[cfg(feature = "serde")]
pub(crate) mod serde;
mod spec;
mod statement;
mod suggest;
mod table;
mod tables;
mod text;
pub(crate) mod variables;
mod version;

pub use cell::Cell;
pub use check::{Check, CheckError};
pub use choice::{
    AnyCase, AuthenticationPlugin, Autocommit, CheckType, Choice, FirewallMode, HttpMethod, Multiplex,
    NotAllowed, ServerStatus, TrackGtids, WriterIsAlsoReader,
};
pub use field::{FieldError, Shape};
pub use row::{Row, TableRow};
pub(crate) use spec::{ColumnSpec, Form, Key, Read};
pub(crate) use statement::{Slot, Statement};
pub(crate) use suggest::closest;
pub use table::{Column, TableSchema};
pub(crate) use tables::for_each_table;
pub use tables::*;
pub use text::{REDACTED, Secret, Text};
pub use variables::{
    AdminVariables, Module, MysqlVariables, PgsqlVariables, Spellings, Unit, ValueShape, Variable,
    VariableError, Variables,
};
pub(crate) use variables::{CHARSETS, Kind, VariableSpec, atoi, strtoul_low_32};
pub use version::{UnknownVersion, Version};
