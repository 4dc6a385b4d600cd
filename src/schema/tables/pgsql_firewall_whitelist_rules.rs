//! `pgsql_firewall_whitelist_rules`.

use super::mysql_firewall_whitelist_rules::firewall_whitelist_rules_table;
use crate::schema::declare::table;
use crate::schema::spec::{sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::V3_0;

firewall_whitelist_rules_table! {
    /// A query that the firewall lets pass: everything but the text's literals must be equal. A
    /// configuration file cannot fill this table.
    PgsqlFirewallRule, "pgsql_firewall_whitelist_rules", since V3_0,
    schema "database" {
        /// Database in which the query may run.
        database: Text = sql("VARCHAR NOT NULL");
    }
}
