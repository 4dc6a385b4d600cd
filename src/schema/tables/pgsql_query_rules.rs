//! `pgsql_query_rules`.

use super::mysql_query_rules::query_rules_table;
use crate::schema::choice::Multiplex;
use crate::schema::declare::table;
use crate::schema::spec::{
    Form, double, double_or_null, int, int_or_null, section, single_or_null, sql, table,
};
use crate::schema::text::Text;
use crate::schema::version::Version::{V2_7, V3_0};

query_rules_table! {
    /// A query rule for PostgreSQL: criteria that a query is compared with, and what happens when all
    /// of them hold. Active rules are tried in the order of `rule_id`.
    PgsqlQueryRule, "pgsql_query_rules", since V3_0,
    schema {
        /// Matches queries in this database, in exact case; NULL or empty matches any.
        database: Option<Text> = sql("VARCHAR").key(double_or_null());
    },
    gtid_from_hostgroup {}
}
