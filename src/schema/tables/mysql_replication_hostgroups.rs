//! `mysql_replication_hostgroups`, and what its PostgreSQL twin shares with it.

use crate::schema::choice::{AnyCase, CheckType};
use crate::schema::declare::table;
use crate::schema::spec::{doubled, int, section, single, sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::{V2_0, V2_7};

/// Declares the table for MySQL or PostgreSQL, which differ in the columns that are handed in.
macro_rules! replication_hostgroups_table {
    (
        $(#[doc = $doc:literal])+
        $Row:ident, $table:literal, since $since:ident
    ) => {
        table! {
            $(#[doc = $doc])+
            $Row, table($table, &["writer_hostgroup"])
                .since($since)
                .unique(&[&["reader_hostgroup"]])
                .section(
                    section(
                        $table,
                        &["writer_hostgroup", "reader_hostgroup", "comment", "check_type"],
                    ),
                )
                .saved();

            /// Hostgroup for servers that accept writes.
            writer_hostgroup: i32 = sql("INT CHECK (writer_hostgroup>=0) NOT NULL PRIMARY KEY")
                .key(int(0).mandatory("writer_hostgroup"));

            /// Hostgroup for read-only servers; it differs from every other reader and from the writer
            /// hostgroup.
            reader_hostgroup: i32 = sql(
                "INT NOT NULL CHECK (reader_hostgroup<>writer_hostgroup AND reader_hostgroup>=0)",
            )
                .key(int(0).mandatory("reader_hostgroup"));

            /// What decides that a server is read-only: `read_only`, `innodb_read_only` or `super_read_only`,
            /// or since 2.7.1 two of them joined by | (either) or & (both).
            check_type: AnyCase<CheckType> = sql(
                "VARCHAR CHECK (LOWER(check_type) IN \
                     ('read_only','innodb_read_only','super_read_only')) NOT NULL DEFAULT 'read_only'",
            )
                .later(
                    V2_7,
                    "VARCHAR CHECK (LOWER(check_type) IN \
                         ('read_only','innodb_read_only','super_read_only','read_only|innodb_read_only','read_only&innodb_read_only')) \
                         NOT NULL DEFAULT 'read_only'",
                )
                .key(
                    single("")
                        .one_of(&["read_only", "innodb_read_only", "super_read_only"], "read_only"),
                );

            /// Free text; ProxySQL does not use it.
            comment: Text = sql("VARCHAR NOT NULL DEFAULT ''").key(doubled(""));
        }
    };
}

pub(super) use replication_hostgroups_table;

replication_hostgroups_table! {
    /// A pair of hostgroups with asynchronous replication: the monitor reads `read_only` and moves each
    /// server to the writer or the reader hostgroup.
    MysqlReplicationHostgroup, "mysql_replication_hostgroups", since V2_0
}
