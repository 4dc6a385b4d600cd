//! `mysql_firewall_whitelist_rules`, and what its PostgreSQL twin shares with it.

use crate::schema::declare::table;
use crate::schema::spec::{sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::V2_7;

/// Declares the table for MySQL or PostgreSQL, which differ in the columns that are handed in.
macro_rules! firewall_whitelist_rules_table {
    (
        $(#[doc = $doc:literal])+
        $Row:ident, $table:literal, since $since:ident,
        schema $schema_name:literal { $($schema:tt)* }
    ) => {
        table! {
            $(#[doc = $doc])+
            $Row, table($table, &["username", "client_address", $schema_name, "flagIN", "digest"])
                .since($since);

            /// 1 loads the row, 0 leaves it out.
            active: bool = sql("INT CHECK (active IN (0,1)) NOT NULL DEFAULT 1");

            /// User who may run the query.
            username: Text = sql("VARCHAR NOT NULL");

            /// Address of the client, as in the row of `mysql_firewall_whitelist_users` that applies;
            /// empty where that is empty or missing.
            client_address: Text = sql("VARCHAR NOT NULL");

            $($schema)*

            /// Flag that the query has after the query rules.
            flag_in("flagIN"): i32 = sql("INT NOT NULL DEFAULT 0");

            /// Digest of the query, written as 0x and hex digits.
            digest: Text = sql("VARCHAR NOT NULL");

            /// Free text; ProxySQL does not use it.
            comment: Text = sql("VARCHAR NOT NULL");
        }
    };
}

pub(super) use firewall_whitelist_rules_table;

firewall_whitelist_rules_table! {
    /// A query that the firewall lets pass: everything but the text's literals must be equal. A
    /// configuration file cannot fill this table.
    MysqlFirewallRule, "mysql_firewall_whitelist_rules", since V2_7,
    schema "schemaname" {
        /// Current schema in which the query may run.
        schemaname: Text = sql("VARCHAR NOT NULL");
    }
}
