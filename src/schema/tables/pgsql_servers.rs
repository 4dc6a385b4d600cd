//! `pgsql_servers`.

use super::mysql_servers::servers_table;
use crate::schema::choice::{AnyCase, ServerStatus};
use crate::schema::declare::table;
use crate::schema::spec::{double, doubled, int, section, sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::V3_0;

servers_table! {
    /// One PostgreSQL server in one hostgroup. A server that serves several hostgroups has a row in
    /// each.
    PgsqlServer, "pgsql_servers", since V3_0,
    port {
        /// TCP port of the server; 0 means that hostname is a Unix socket path.
        port: u16 = sql("INT CHECK (port >= 0 AND port <= 65535) NOT NULL DEFAULT 5432").key(int(5432));
    },
    gtid_port {}
}
