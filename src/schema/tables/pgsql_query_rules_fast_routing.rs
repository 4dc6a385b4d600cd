//! `pgsql_query_rules_fast_routing`.

use super::mysql_query_rules_fast_routing::query_rules_fast_routing_table;
use crate::schema::declare::table;
use crate::schema::spec::{sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::V3_0;

query_rules_fast_routing_table! {
    /// An exact route from user, database and flag to a hostgroup, looked up after the query rules
    /// unless the last of them looked at has apply=1. A configuration file cannot fill this table.
    PgsqlFastRoute, "pgsql_query_rules_fast_routing", since V3_0,
    schema "database" {
        /// Database of the query; empty stands for nothing but an empty name.
        database: Text = sql("VARCHAR NOT NULL");
    }
}
