//! `pgsql_replication_hostgroups`.

use super::mysql_replication_hostgroups::replication_hostgroups_table;
use crate::schema::choice::{AnyCase, CheckType};
use crate::schema::declare::table;
use crate::schema::spec::{doubled, int, section, single, sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::{V2_7, V3_0};

replication_hostgroups_table! {
    /// A pair of hostgroups with replication, for placing servers by whether they are read-only. The
    /// monitor of 3.0.0-alpha does not check that.
    PgsqlReplicationHostgroup, "pgsql_replication_hostgroups", since V3_0
}
