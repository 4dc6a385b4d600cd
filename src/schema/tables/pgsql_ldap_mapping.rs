//! `pgsql_ldap_mapping`.

use crate::schema::declare::table;
use crate::schema::spec::{sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::V3_0;

table! {
    /// Maps an LDAP user or group of clients to an account for PostgreSQL servers. A configuration file
    /// cannot fill this table.
    PgsqlLdapMapping, table("pgsql_ldap_mapping", &["priority"])
        .since(V3_0)
        .unique(&[&["frontend_entity"]]);

    /// Order in which the mappings are tried.
    priority: i32 = sql("INTEGER CHECK (priority >= 1 AND priority <= 1000000) PRIMARY KEY");

    /// LDAP user or group of the client.
    frontend_entity: Text = sql("VARCHAR NOT NULL");

    /// Account used towards the servers.
    backend_entity: Text = sql("VARCHAR NOT NULL");

    /// Free text; ProxySQL does not use it.
    comment: Text = sql("VARCHAR NOT NULL DEFAULT ''");
}
