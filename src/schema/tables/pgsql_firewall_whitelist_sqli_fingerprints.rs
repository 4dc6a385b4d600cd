//! `pgsql_firewall_whitelist_sqli_fingerprints`.

use super::mysql_firewall_whitelist_sqli_fingerprints::firewall_whitelist_sqli_fingerprints_table;
use crate::schema::declare::table;
use crate::schema::spec::{sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::V3_0;

firewall_whitelist_sqli_fingerprints_table! {
    /// A fingerprint of libinjection that is not taken for SQL injection when `automatic_detect_sqli` is
    /// on. A configuration file cannot fill this table.
    PgsqlFirewallFingerprint, "pgsql_firewall_whitelist_sqli_fingerprints", since V3_0
}
