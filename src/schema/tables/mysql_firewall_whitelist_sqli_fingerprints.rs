//! `mysql_firewall_whitelist_sqli_fingerprints`, and what its PostgreSQL twin shares with it.

use crate::schema::declare::table;
use crate::schema::spec::{sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::V2_7;

/// Declares the table for MySQL or PostgreSQL, which differ in the columns that are handed in.
macro_rules! firewall_whitelist_sqli_fingerprints_table {
    (
        $(#[doc = $doc:literal])+
        $Row:ident, $table:literal, since $since:ident
    ) => {
        table! {
            $(#[doc = $doc])+
            $Row, table($table, &["fingerprint"]).since($since);

            /// 1 loads the row, 0 leaves it out.
            active: bool = sql("INT CHECK (active IN (0,1)) NOT NULL DEFAULT 1");

            /// Fingerprint as it stands in the log when a query is taken for an injection.
            fingerprint: Text = sql("VARCHAR NOT NULL");
        }
    };
}

pub(super) use firewall_whitelist_sqli_fingerprints_table;

firewall_whitelist_sqli_fingerprints_table! {
    /// A fingerprint of libinjection that is not taken for SQL injection when `automatic_detect_sqli` is
    /// on. A configuration file cannot fill this table.
    MysqlFirewallFingerprint, "mysql_firewall_whitelist_sqli_fingerprints", since V2_7
}
