//! `mysql_firewall_whitelist_users`, and what its PostgreSQL twin shares with it.

use crate::schema::choice::FirewallMode;
use crate::schema::declare::table;
use crate::schema::spec::{sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::V2_7;

/// Declares the table for MySQL or PostgreSQL, which differ in the columns that are handed in.
macro_rules! firewall_whitelist_users_table {
    (
        $(#[doc = $doc:literal])+
        $Row:ident, $table:literal, since $since:ident
    ) => {
        table! {
            $(#[doc = $doc])+
            $Row, table($table, &["username", "client_address"]).since($since);

            /// 1 loads the row, 0 leaves it out.
            active: bool = sql("INT CHECK (active IN (0,1)) NOT NULL DEFAULT 1");

            /// User the mode is for.
            username: Text = sql("VARCHAR NOT NULL");

            /// Address of the client; empty for all addresses without a row of their own.
            client_address: Text = sql("VARCHAR NOT NULL");

            /// OFF lets every query pass, DETECTING only logs those without a rule, PROTECTING blocks
            /// them.
            mode: FirewallMode = sql(
                "VARCHAR CHECK (mode IN ('OFF','DETECTING','PROTECTING')) NOT NULL DEFAULT ('OFF')",
            );

            /// Free text; ProxySQL does not use it.
            comment: Text = sql("VARCHAR NOT NULL");
        }
    };
}

pub(super) use firewall_whitelist_users_table;

firewall_whitelist_users_table! {
    /// The firewall's mode for a user and client address. While the firewall is on, users without a row
    /// are treated as PROTECTING. A configuration file cannot fill this table.
    MysqlFirewallUser, "mysql_firewall_whitelist_users", since V2_7
}
