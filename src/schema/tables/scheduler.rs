//! `scheduler`.

use crate::schema::declare::table;
use crate::schema::spec::{int, section, single, single_or_null, sql, table};
use crate::schema::text::Text;

table! {
    /// A program that ProxySQL runs at a fixed interval.
    SchedulerJob, table("scheduler", &["id"])
        .section(
            section(
                "scheduler",
                &[
                    "id", "active", "interval_ms", "filename", "arg1", "arg2", "arg3", "arg4", "arg5",
                    "comment",
                ],
            ),
        )
        .saved();

    /// Number of the row.
    id: i32 = sql("INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL").key(int(0).mandatory("id"));

    /// 1 runs the program, 0 does not.
    active: bool = sql("INT CHECK (active IN (0,1)) NOT NULL DEFAULT 1").key(int(1));

    /// Time between two starts, in milliseconds, from 100 to 100000000.
    interval_ms: i32 = sql("INTEGER CHECK (interval_ms>=100 AND interval_ms<=100000000) NOT NULL")
        .key(int(0));

    /// Path of the program.
    filename: Text = sql("VARCHAR NOT NULL").key(single("").mandatory("filename"));

    /// First argument of the program; NULL for none, which also leaves out the ones after it.
    arg1: Option<Text> = sql("VARCHAR").key(single_or_null());

    /// Second argument of the program; NULL for none, which also leaves out the ones after it.
    arg2: Option<Text> = sql("VARCHAR").key(single_or_null());

    /// Third argument of the program; NULL for none, which also leaves out the ones after it.
    arg3: Option<Text> = sql("VARCHAR").key(single_or_null());

    /// Fourth argument of the program; NULL for none, which also leaves out the ones after it.
    arg4: Option<Text> = sql("VARCHAR").key(single_or_null());

    /// Fifth argument of the program; NULL for none.
    arg5: Option<Text> = sql("VARCHAR").key(single_or_null());

    /// Free text; ProxySQL does not use it.
    comment: Text = sql("VARCHAR NOT NULL DEFAULT ''").key(single(""));
}
