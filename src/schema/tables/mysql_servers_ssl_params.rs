//! `mysql_servers_ssl_params`.

use crate::schema::declare::table;
use crate::schema::spec::{doubled, int, section, single, sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::V2_7;

table! {
    /// TLS settings for connections to one server, optionally for one user, used in place of the
    /// `ssl_p2s` variables. A row with the connection's username comes before one with an empty username.
    MysqlServerSslParams, table("mysql_servers_ssl_params", &["hostname", "port", "username"])
        .since(V2_7)
        .section(
            section(
                "mysql_servers_ssl_params",
                &[
                    "hostname", "port", "username", "ssl_ca", "ssl_cert", "ssl_key", "ssl_capath",
                    "ssl_crl", "ssl_crlpath", "ssl_cipher", "tls_version", "comment",
                ],
            ),
        );

    /// Host name of the server, as in `mysql_servers`.
    hostname: Text = sql("VARCHAR NOT NULL").key(single("").mandatory("hostname"));

    /// Port of the server, as in `mysql_servers`.
    port: u16 = sql("INT CHECK (port >= 0 AND port <= 65535) NOT NULL DEFAULT 3306").key(int(3306));

    /// User whose connections the row is for; empty for every user without a row of its own.
    username: Text = sql("VARCHAR NOT NULL DEFAULT ''").key(single(""));

    /// File with the certificate authorities to trust; empty for none.
    ssl_ca: Text = sql("VARCHAR NOT NULL DEFAULT ''").key(single(""));

    /// File with the client certificate shown to the server; empty for none.
    ssl_cert: Text = sql("VARCHAR NOT NULL DEFAULT ''").key(single(""));

    /// File with the private key of the client certificate; empty for none.
    ssl_key: Text = sql("VARCHAR NOT NULL DEFAULT ''").key(single(""));

    /// Directory with certificate authorities to trust; empty for none.
    ssl_capath: Text = sql("VARCHAR NOT NULL DEFAULT ''").key(single(""));

    /// File with revoked certificates; empty for none.
    ssl_crl: Text = sql("VARCHAR NOT NULL DEFAULT ''").key(single(""));

    /// Directory with lists of revoked certificates; empty for none.
    ssl_crlpath: Text = sql("VARCHAR NOT NULL DEFAULT ''").key(single(""));

    /// Ciphers allowed for the connection; empty for the library's choice.
    ssl_cipher: Text = sql("VARCHAR NOT NULL DEFAULT ''").key(single(""));

    /// TLS versions meant for the connection; stored and named in error messages, but not applied in
    /// 2.7.1.
    tls_version: Text = sql("VARCHAR NOT NULL DEFAULT ''").key(single(""));

    /// Free text; ProxySQL does not use it.
    comment: Text = sql("VARCHAR NOT NULL DEFAULT ''").key(doubled(""));
}
