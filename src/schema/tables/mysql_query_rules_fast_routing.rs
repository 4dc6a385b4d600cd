//! `mysql_query_rules_fast_routing`, and what its PostgreSQL twin shares with it.

use crate::schema::declare::table;
use crate::schema::spec::{sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::V2_0;

/// Declares the table for MySQL or PostgreSQL, which differ in the columns that are handed in.
macro_rules! query_rules_fast_routing_table {
    (
        $(#[doc = $doc:literal])+
        $Row:ident, $table:literal, since $since:ident,
        schema $schema_name:literal { $($schema:tt)* }
    ) => {
        table! {
            $(#[doc = $doc])+
            $Row, table($table, &["username", $schema_name, "flagIN"]).since($since);

            /// User of the query; empty stands for any user without a row of its own.
            username: Text = sql("VARCHAR NOT NULL");

            $($schema)*

            /// Flag that the query has after the rules.
            flag_in("flagIN"): i32 = sql("INT NOT NULL DEFAULT 0");

            /// Hostgroup the query is sent to, in place of the rules' choice.
            destination_hostgroup: i32 = sql("INT CHECK (destination_hostgroup >= 0) NOT NULL");

            /// Free text; ProxySQL does not use it.
            comment: Text = sql("VARCHAR NOT NULL");
        }
    };
}

pub(super) use query_rules_fast_routing_table;

query_rules_fast_routing_table! {
    /// An exact route from user, schema and flag to a hostgroup, looked up after the query rules unless
    /// the last of them looked at has apply=1. A configuration file cannot fill this table.
    MysqlFastRoute, "mysql_query_rules_fast_routing", since V2_0,
    schema "schemaname" {
        /// Current schema of the query; empty stands for nothing but an empty schema.
        schemaname: Text = sql("VARCHAR NOT NULL");
    }
}
