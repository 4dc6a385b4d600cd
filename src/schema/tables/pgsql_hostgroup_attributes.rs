//! `pgsql_hostgroup_attributes`.

use super::mysql_hostgroup_attributes::hostgroup_attributes_table;
use crate::schema::choice::Autocommit;
use crate::schema::declare::table;
use crate::schema::spec::{sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::V3_0;

hostgroup_attributes_table! {
    /// Settings of one PostgreSQL hostgroup that replace the global variables for it. A configuration
    /// file cannot fill this table.
    PgsqlHostgroupAttributes, "pgsql_hostgroup_attributes", since V3_0
}
