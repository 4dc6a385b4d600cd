//! `mysql_servers`, and what its PostgreSQL twin shares with it.

use crate::schema::choice::{AnyCase, ServerStatus};
use crate::schema::declare::table;
use crate::schema::spec::{double, doubled, int, section, sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::{V2_0, V2_7};

/// Declares the table for MySQL or PostgreSQL, which differ in the columns that are handed in.
macro_rules! servers_table {
    (
        $(#[doc = $doc:literal])+
        $Row:ident, $table:literal, since $since:ident, port { $($port:tt)* }, gtid_port { $($gtid_port:tt)* }
    ) => {
        table! {
            $(#[doc = $doc])+
            $Row, table($table, &["hostgroup_id", "hostname", "port"])
                .since($since)
                .section(
                    section(
                        $table,
                        &[
                            "hostname", "port", "gtid_port", "hostgroup_id", "compression", "weight",
                            "status", "max_connections", "max_replication_lag", "use_ssl",
                            "max_latency_ms", "comment",
                        ],
                    ),
                )
                .saved();

            /// Number of the hostgroup the server belongs to.
            hostgroup_id: i32 = sql("INT CHECK (hostgroup_id>=0) NOT NULL DEFAULT 0")
                .key(
                    int(0)
                        .spelled(&["hostgroup"])
                        .spelled_since_2_7(&["hostgroup", "hostgroup_id"])
                        .mandatory("hostgroup_id"),
                );

            /// Host name or address of the server, or the path of its Unix socket when port is 0.
            hostname: Text = sql("VARCHAR NOT NULL")
                .key(double("").spelled(&["address", "hostname"]).mandatory("hostname"));

            $($port)*

            $($gtid_port)*

            /// Configured state: ONLINE, SHUNNED (loaded as ONLINE), `OFFLINE_SOFT` (finishes what runs,
            /// takes nothing new) or `OFFLINE_HARD` (dropped at once).
            status: AnyCase<ServerStatus> = sql(
                "VARCHAR CHECK (UPPER(status) IN ('ONLINE','SHUNNED','OFFLINE_SOFT', 'OFFLINE_HARD')) \
                     NOT NULL DEFAULT 'ONLINE'",
            )
                .key(
                    double("ONLINE")
                        .one_of(&["ONLINE", "SHUNNED", "OFFLINE_SOFT", "OFFLINE_HARD"], "ONLINE"),
                );

            /// Share of the hostgroup's traffic relative to the weights of the other servers; 0 gives
            /// it none.
            weight: i32 = sql("INT CHECK (weight >= 0 AND weight <=10000000) NOT NULL DEFAULT 1")
                .key(int(1));

            /// 1 compresses the protocol between ProxySQL and the server, 0 does not.
            compression: bool = sql("INT CHECK (compression IN(0,1)) NOT NULL DEFAULT 0").key(int(0));

            /// Most connections opened to the server from this hostgroup.
            max_connections: i32 = sql("INT CHECK (max_connections >=0) NOT NULL DEFAULT 1000")
                .key(int(1000));

            /// Replication lag in seconds above which the server is shunned; 0 turns the check off.
            max_replication_lag: i32 = sql(
                "INT CHECK (max_replication_lag >= 0 AND max_replication_lag <= 126144000) NOT NULL \
                     DEFAULT 0",
            )
                .key(int(0));

            /// 1 connects to the server with TLS, 0 without.
            use_ssl: bool = sql("INT CHECK (use_ssl IN(0,1)) NOT NULL DEFAULT 0").key(int(0));

            /// Ping time in milliseconds above which the server is passed over; 0 uses the variable
            /// `default_max_latency_ms`.
            max_latency_ms: i32 = sql("INT UNSIGNED CHECK (max_latency_ms>=0) NOT NULL DEFAULT 0")
                .key(int(0));

            /// Free text; ProxySQL does not use it.
            comment: Text = sql("VARCHAR NOT NULL DEFAULT ''").key(doubled(""));
        }
    };
}

pub(super) use servers_table;

servers_table! {
    /// One MySQL server in one hostgroup. A server that serves several hostgroups has a row in each.
    MysqlServer, "mysql_servers", since V2_0,
    port {
        /// TCP port of the server; 0 means that hostname is a Unix socket path.
        port: u16 = sql("INT CHECK (port >= 0 AND port <= 65535) NOT NULL DEFAULT 3306").key(int(3306));
    },
    gtid_port {
        /// Port on which a binlog reader reports the server's executed GTIDs; 0 for none.
        gtid_port: u16 = sql(
            "INT CHECK (gtid_port <> port AND gtid_port >= 0 AND gtid_port <= 65535) NOT NULL DEFAULT 0",
        )
            .later(
                V2_7,
                "INT CHECK ((gtid_port <> port OR gtid_port=0) AND gtid_port >= 0 AND gtid_port <= \
                     65535) NOT NULL DEFAULT 0",
            )
            .key(int(0));
    }
}
