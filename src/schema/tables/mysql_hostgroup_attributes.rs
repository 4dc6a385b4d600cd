//! `mysql_hostgroup_attributes`, and what its PostgreSQL twin shares with it.

use crate::schema::choice::Autocommit;
use crate::schema::declare::table;
use crate::schema::spec::{sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::V2_7;

/// Declares the table for MySQL or PostgreSQL, which differ in the columns that are handed in.
macro_rules! hostgroup_attributes_table {
    (
        $(#[doc = $doc:literal])+
        $Row:ident, $table:literal, since $since:ident
    ) => {
        table! {
            $(#[doc = $doc])+
            $Row, table($table, &["hostgroup_id"]).since($since);

            /// Number of the hostgroup.
            hostgroup_id: i32 = sql("INT NOT NULL PRIMARY KEY");

            /// Most ONLINE servers; while the hostgroup has more, its traffic stops and an error is
            /// logged.
            max_num_online_servers: i32 = sql(
                "INT CHECK (max_num_online_servers>=0 AND max_num_online_servers <= 1000000) NOT NULL \
                     DEFAULT 1000000",
            );

            /// Stored, but without effect in 2.7.1: -1 for unset, else 0 or 1.
            autocommit: Autocommit = sql("INT CHECK (autocommit IN (-1, 0, 1)) NOT NULL DEFAULT -1");

            /// Share of a server's `max_connections` that may be kept open but idle, in percent; replaces
            /// the variable of that name.
            free_connections_pct: i32 = sql(
                "INT CHECK (free_connections_pct >= 0 AND free_connections_pct <= 100) NOT NULL \
                     DEFAULT 10",
            );

            /// SQL statements run on each new connection, in place of the variable `init_connect`; empty
            /// for no replacement.
            init_connect: Text = sql("VARCHAR NOT NULL DEFAULT ''");

            /// 0 keeps the hostgroup's connections with their sessions, 1 lets sessions share them.
            multiplex: bool = sql("INT CHECK (multiplex IN (0, 1)) NOT NULL DEFAULT 1");

            /// 1 opens new connections until `free_connections_pct` is reached, 0 does not; replaces the
            /// variable of that name.
            connection_warming: bool = sql(
                "INT CHECK (connection_warming IN (0, 1)) NOT NULL DEFAULT 0",
            );

            /// Most new connections opened in each second; replaces
            /// `throttle_connections_per_sec_to_hostgroup`.
            throttle_connections_per_sec: i32 = sql(
                "INT CHECK (throttle_connections_per_sec >= 1 AND throttle_connections_per_sec <= \
                     1000000) NOT NULL DEFAULT 1000000",
            );

            /// JSON text stored for session variables to be ignored; without effect in 2.7.1. Empty for
            /// none.
            ignore_session_variables: Text = sql(
                "VARCHAR CHECK (JSON_VALID(ignore_session_variables) OR ignore_session_variables = '') \
                     NOT NULL DEFAULT ''",
            );

            /// JSON object with further settings, `handle_warnings` and `monitor_slave_lag_when_null`;
            /// empty for none.
            hostgroup_settings: Text = sql(
                "VARCHAR CHECK (JSON_VALID(hostgroup_settings) OR hostgroup_settings = '') NOT NULL \
                     DEFAULT ''",
            );

            /// JSON object with weight, `max_connections` and `use_ssl` for servers that ProxySQL
            /// discovers; empty for none.
            servers_defaults: Text = sql(
                "VARCHAR CHECK (JSON_VALID(servers_defaults) OR servers_defaults = '') NOT NULL \
                     DEFAULT ''",
            );

            /// Free text; ProxySQL does not use it.
            comment: Text = sql("VARCHAR NOT NULL DEFAULT ''");
        }
    };
}

pub(super) use hostgroup_attributes_table;

hostgroup_attributes_table! {
    /// Settings of one hostgroup that replace the global variables for it. A configuration file cannot
    /// fill this table.
    MysqlHostgroupAttributes, "mysql_hostgroup_attributes", since V2_7
}
