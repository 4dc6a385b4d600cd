//! `mysql_group_replication_hostgroups`, and what `mysql_galera_hostgroups` shares with it.

use crate::schema::choice::WriterIsAlsoReader;
use crate::schema::declare::table;
use crate::schema::spec::{doubled, int, section, sql, table};
use crate::schema::text::Text;

/// Declares a table of the four hostgroups of a cluster, whose kinds differ in what lagging means.
macro_rules! cluster_hostgroups_table {
    (
        $(#[doc = $doc:literal])+
        $Row:ident, $table:literal,
        max_transactions_behind { $(#[doc = $behind_doc:literal])+ }
    ) => {
        table! {
            $(#[doc = $doc])+
            $Row, table($table, &["writer_hostgroup"])
                .unique(&[&["reader_hostgroup"], &["offline_hostgroup"], &["backup_writer_hostgroup"]])
                .section(
                    section(
                        $table,
                        &[
                            "writer_hostgroup", "backup_writer_hostgroup", "reader_hostgroup",
                            "offline_hostgroup", "active", "max_writers", "writer_is_also_reader",
                            "max_transactions_behind", "comment",
                        ],
                    )
                        .fixed(&[("active", "1")]),
                )
                .saved();

            /// Hostgroup for nodes that accept writes, at most `max_writers` of them.
            writer_hostgroup: i32 = sql("INT CHECK (writer_hostgroup>=0) NOT NULL PRIMARY KEY")
                .key(int(0).mandatory("writer_hostgroup"));

            /// Hostgroup for nodes that could write but exceed `max_writers`.
            backup_writer_hostgroup: i32 = sql(
                "INT CHECK (backup_writer_hostgroup>=0 AND backup_writer_hostgroup<>writer_hostgroup) NOT NULL",
            )
                .key(int(0).mandatory("backup_writer_hostgroup"));

            /// Hostgroup for read-only nodes, and for others as `writer_is_also_reader` says.
            reader_hostgroup: i32 = sql(
                "INT NOT NULL CHECK (reader_hostgroup<>writer_hostgroup AND \
                     backup_writer_hostgroup<>reader_hostgroup AND reader_hostgroup>0)",
            )
                .key(int(0).mandatory("reader_hostgroup"));

            /// Hostgroup for nodes that are not fit for use.
            offline_hostgroup: i32 = sql(
                "INT NOT NULL CHECK (offline_hostgroup<>writer_hostgroup AND \
                     offline_hostgroup<>reader_hostgroup AND backup_writer_hostgroup<>offline_hostgroup AND \
                     offline_hostgroup>=0)",
            )
                .key(int(0).mandatory("offline_hostgroup"));

            /// 1 makes the monitor manage these hostgroups, 0 leaves them alone.
            active: bool = sql("INT CHECK (active IN (0,1)) NOT NULL DEFAULT 1");

            /// Most nodes kept in `writer_hostgroup`; the rest become backup writers.
            max_writers: i32 = sql("INT NOT NULL CHECK (max_writers >= 0) DEFAULT 1").key(int(1));

            /// Which writable nodes also serve reads: 0 for none, 1 for all, 2 for backup writers only.
            writer_is_also_reader: WriterIsAlsoReader = sql(
                "INT CHECK (writer_is_also_reader IN (0,1,2)) NOT NULL DEFAULT 0",
            )
                .key(int(0));

            $(#[doc = $behind_doc])+
            max_transactions_behind: i32 = sql("INT CHECK (max_transactions_behind>=0) NOT NULL DEFAULT 0")
                .key(int(0));

            /// Free text; ProxySQL does not use it.
            comment: Option<Text> = sql("VARCHAR").key(doubled(""));
        }
    };
}

pub(super) use cluster_hostgroups_table;

cluster_hostgroups_table! {
    /// The four hostgroups of a MySQL Group Replication cluster. The monitor places each node in them
    /// by its state.
    MysqlGroupReplicationHostgroup, "mysql_group_replication_hostgroups",
    max_transactions_behind {
        /// Number of transactions a node may lag behind; one that exceeds it in several checks is shunned.
    }
}
