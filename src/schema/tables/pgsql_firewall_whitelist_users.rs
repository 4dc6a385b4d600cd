//! `pgsql_firewall_whitelist_users`.

use super::mysql_firewall_whitelist_users::firewall_whitelist_users_table;
use crate::schema::choice::FirewallMode;
use crate::schema::declare::table;
use crate::schema::spec::{sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::V3_0;

firewall_whitelist_users_table! {
    /// The firewall's mode for a user and client address. While the firewall is on, users without a row
    /// are treated as PROTECTING. A configuration file cannot fill this table.
    PgsqlFirewallUser, "pgsql_firewall_whitelist_users", since V3_0
}
