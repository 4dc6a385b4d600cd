//! `proxysql_servers`.

use crate::schema::declare::table;
use crate::schema::spec::{double, doubled, int, section, sql, table};
use crate::schema::text::Text;

table! {
    /// A node of the ProxySQL cluster from which this node pulls its configuration. The node itself may
    /// be among them.
    ProxysqlServer, table("proxysql_servers", &["hostname", "port"])
        .section(section("proxysql_servers", &["hostname", "port", "weight", "comment"]))
        .saved();

    /// Host name or address of the node.
    hostname: Text = sql("VARCHAR NOT NULL")
        .key(double("").spelled(&["address", "hostname"]).mandatory("hostname"));

    /// Port of the node's admin interface.
    port: i32 = sql("INT NOT NULL DEFAULT 6032").key(int(0).mandatory("port"));

    /// Stored, but without effect in 2.7.1.
    weight: i32 = sql("INT CHECK (weight >= 0) NOT NULL DEFAULT 0").key(int(0));

    /// Free text; ProxySQL does not use it.
    comment: Text = sql("VARCHAR NOT NULL DEFAULT ''").key(doubled(""));
}
