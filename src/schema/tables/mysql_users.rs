//! `mysql_users`, and what its PostgreSQL twin shares with it.

use crate::schema::declare::table;
use crate::schema::spec::{doubled, int, section, single, sql, table};
use crate::schema::text::{Secret, Text};
use crate::schema::version::Version::{V2_0, V2_7};

/// Declares the table for MySQL or PostgreSQL, which differ in the columns that are handed in.
macro_rules! users_table {
    (
        $(#[doc = $doc:literal])+
        $Row:ident, $table:literal, since $since:ident, default_schema { $($default_schema:tt)* }, schema_locked { $($schema_locked:tt)* }
    ) => {
        table! {
            $(#[doc = $doc])+
            $Row, table($table, &["username", "backend"])
                .since($since)
                .unique(&[&["username", "frontend"]])
                .section(
                    section(
                        $table,
                        &[
                            "username", "password", "active", "use_ssl", "default_hostgroup",
                            "default_schema", "schema_locked", "transaction_persistent",
                            "fast_forward", "max_connections", "attributes", "comment",
                        ],
                    )
                        .before_last(","),
                )
                .saved();

            /// Name of the account.
            username: Text = sql("VARCHAR NOT NULL").key(single("").mandatory("username"));

            /// Password, in plain text or as a hash of `mysql_native_password` or `caching_sha2_password`;
            /// NULL or empty for none.
            password: Option<Secret> = sql("VARCHAR").key(single(""));

            /// 1 loads the account, 0 leaves it out.
            active: bool = sql("INT CHECK (active IN (0,1)) NOT NULL DEFAULT 1").key(int(1));

            /// 1 requires the client to use TLS, 0 does not.
            use_ssl: bool = sql("INT CHECK (use_ssl IN (0,1)) NOT NULL DEFAULT 0").key(int(0));

            /// Hostgroup of queries for which no rule sets another.
            default_hostgroup: i32 = sql("INT NOT NULL DEFAULT 0").key(int(0));

            $($default_schema)*

            $($schema_locked)*

            /// 1 keeps a transaction in the hostgroup where it began, 0 routes each query by the rules.
            transaction_persistent: bool = sql(
                "INT CHECK (transaction_persistent IN (0,1)) NOT NULL DEFAULT 1",
            )
                .key(int(1));

            /// 1 passes the client's traffic straight to one server connection, without rules,
            /// rewriting or cache.
            fast_forward: bool = sql("INT CHECK (fast_forward IN (0,1)) NOT NULL DEFAULT 0").key(int(0));

            /// 1 uses the account towards servers, 0 does not; rows from a file have 1.
            backend: bool = sql("INT CHECK (backend IN (0,1)) NOT NULL DEFAULT 1");

            /// 1 uses the account for clients, 0 does not; rows from a file have 1.
            frontend: bool = sql("INT CHECK (frontend IN (0,1)) NOT NULL DEFAULT 1");

            /// Most client connections of the account.
            max_connections: i32 = sql("INT CHECK (max_connections >=0) NOT NULL DEFAULT 10000")
                .key(int(10_000));

            /// JSON object with further settings, such as default-transaction_isolation or `spiffe_id`;
            /// empty for none.
            attributes: Text = sql(
                "VARCHAR CHECK (JSON_VALID(attributes) OR attributes = '') NOT NULL DEFAULT ''",
            )
                .since(V2_7)
                .key(single(""));

            /// Free text; ProxySQL does not use it.
            comment: Text = sql("VARCHAR NOT NULL DEFAULT ''").key(doubled(""));
        }
    };
}

pub(super) use users_table;

users_table! {
    /// An account with which clients log in to ProxySQL and ProxySQL logs in to MySQL servers.
    MysqlUser, "mysql_users", since V2_0,
    default_schema {
        /// Schema of clients that name none; NULL or empty uses the variable `default_schema`.
        default_schema: Option<Text> = sql("VARCHAR").key(single(""));
    },
    schema_locked {
        /// Stored, but without effect in 2.7.1; it was meant to forbid a change of schema.
        schema_locked: bool = sql("INT CHECK (schema_locked IN (0,1)) NOT NULL DEFAULT 0").key(int(0));
    }
}
