//! `coredump_filters`.

use crate::schema::declare::table;
use crate::schema::spec::{sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::V2_7;

table! {
    /// A place in ProxySQL's source at which a core dump is written when it is reached, for debugging.
    /// A configuration file cannot fill this table.
    CoredumpFilter, table("coredump_filters", &["filename", "line"]).since(V2_7);

    /// Name of the source file.
    filename: Text = sql("VARCHAR NOT NULL");

    /// Line in the source file.
    line: i32 = sql("INT NOT NULL");
}
