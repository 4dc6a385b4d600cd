//! `pgsql_users`.

use super::mysql_users::users_table;
use crate::schema::declare::table;
use crate::schema::spec::{doubled, int, section, single, sql, table};
use crate::schema::text::{Secret, Text};
use crate::schema::version::Version::{V2_7, V3_0};

users_table! {
    /// An account with which clients log in to ProxySQL and ProxySQL logs in to PostgreSQL servers.
    PgsqlUser, "pgsql_users", since V3_0,
    default_schema {},
    schema_locked {}
}
