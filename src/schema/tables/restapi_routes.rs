//! `restapi_routes`.

use crate::schema::choice::{AnyCase, HttpMethod};
use crate::schema::declare::table;
use crate::schema::spec::{int, section, single, sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::V2_7;

table! {
    /// A path of the REST API server and the program that answers it.
    RestapiRoute, table("restapi_routes", &["id"])
        .since(V2_7)
        .section(
            section("restapi", &["id", "active", "timeout_ms", "method", "uri", "script", "comment"])
                .called("restapi route")
                .without_names(),
        )
        .saved();

    /// Number of the row.
    id: i32 = sql("INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT").key(int(0).mandatory("id"));

    /// 1 serves the path, 0 does not.
    active: bool = sql("INT CHECK (active IN (0,1)) NOT NULL DEFAULT 1").key(int(1));

    /// Time after which the program is stopped, in milliseconds, from 100 to 100000000.
    timeout_ms: i32 = sql("INTEGER CHECK (timeout_ms>=100 AND timeout_ms<=100000000) NOT NULL")
        .key(int(0).spelled(&["interval_ms", "timeout_ms"]));

    /// HTTP method: GET or POST.
    method: AnyCase<HttpMethod> = sql("VARCHAR NOT NULL CHECK (UPPER(method) IN ('GET','POST'))")
        .key(single("").mandatory("method"));

    /// Last part of the path, behind /sync/.
    uri: Text = sql("VARCHAR NOT NULL").key(single("").mandatory("uri"));

    /// Path of the program; it gets the request's parameters as one JSON argument and prints JSON.
    script: Text = sql("VARCHAR NOT NULL").key(single("").mandatory("script"));

    /// Free text; ProxySQL does not use it.
    comment: Text = sql("VARCHAR NOT NULL DEFAULT ''").key(single(""));
}
