//! `mysql_aws_aurora_hostgroups`.

use crate::schema::declare::table;
use crate::schema::spec::{Read, doubled, int, section, sql, table};
use crate::schema::text::Text;
use crate::schema::version::Version::{V2_0, V2_7};

table! {
    /// The two hostgroups of an AWS Aurora cluster. The monitor finds the instances and places the
    /// writer and the readers.
    MysqlAwsAuroraHostgroup, table("mysql_aws_aurora_hostgroups", &["writer_hostgroup"])
        .unique(&[&["reader_hostgroup"]])
        .section(
            section(
                "mysql_aws_aurora_hostgroups",
                &[
                    "writer_hostgroup", "reader_hostgroup", "active", "aurora_port",
                    "endpoint_address", "domain_name", "max_lag_ms", "check_interval_ms",
                    "check_timeout_ms", "writer_is_also_reader", "new_reader_weight", "add_lag_ms",
                    "min_lag_ms", "lag_num_checks", "comment",
                ],
            )
                .fixed(&[("active", "1"), ("endpoint_address", "''")])
                .behind_names(" "),
        )
        .saved();

    /// Hostgroup for the cluster's writer.
    writer_hostgroup: i32 = sql("INT CHECK (writer_hostgroup>=0) NOT NULL PRIMARY KEY")
        .key(int(0).mandatory("writer_hostgroup"));

    /// Hostgroup for the cluster's readers.
    reader_hostgroup: i32 = sql(
        "INT NOT NULL CHECK (reader_hostgroup<>writer_hostgroup AND reader_hostgroup>0)",
    )
        .key(int(0).mandatory("reader_hostgroup"));

    /// 1 makes the monitor manage these hostgroups, 0 leaves them alone.
    active: bool = sql("INT CHECK (active IN (0,1)) NOT NULL DEFAULT 1");

    /// TCP port on which the cluster's instances are reached.
    aurora_port: i32 = sql("INT NOT NUlL DEFAULT 3306").key(int(3306));

    /// Endpoint of the cluster; only in 2.0.5, where a file cannot set it.
    endpoint_address: Text = sql("VARCHAR NOT NULL DEFAULT ''").until(V2_0);

    /// Text put behind an instance's name to make its host name; it begins with a dot.
    domain_name: Text = sql("VARCHAR NOT NULL CHECK (SUBSTR(domain_name,1,1) = '.')")
        .since(V2_7)
        .key(doubled(""));

    /// Lag in milliseconds above which a reader is shunned.
    max_lag_ms: i32 = sql(
        "INT NOT NULL CHECK (max_lag_ms>= 10 AND max_lag_ms <= 600000) DEFAULT 600000",
    )
        .key(int(600_000));

    /// How often the cluster is checked, in milliseconds.
    check_interval_ms: i32 = sql(
        "INT NOT NULL CHECK (check_interval_ms >= 100 AND check_interval_ms <= 600000) DEFAULT 1000",
    )
        .key(int(1000));

    /// Time allowed for a check, in milliseconds.
    check_timeout_ms: i32 = sql(
        "INT NOT NULL CHECK (check_timeout_ms >= 80 AND check_timeout_ms <= 3000) DEFAULT 800",
    )
        .key(int(1000));

    /// 1 puts the writer into `reader_hostgroup` as well, 0 does not.
    writer_is_also_reader: bool = sql("INT CHECK (writer_is_also_reader IN (0,1)) NOT NULL DEFAULT 0")
        .key(int(0));

    /// Weight given to servers the monitor adds to `reader_hostgroup`.
    new_reader_weight: i32 = sql(
        "INT CHECK (new_reader_weight >= 0 AND new_reader_weight <=10000000) NOT NULL DEFAULT 1",
    )
        .key(int(0).since_2_7(Read::Int(1)));

    /// Milliseconds added to every lag measured, to allow for its age.
    add_lag_ms: i32 = sql("INT NOT NULL CHECK (add_lag_ms >= 0 AND add_lag_ms <= 600000) DEFAULT 30")
        .since(V2_7)
        .key(int(30));

    /// Least lag in milliseconds assumed for a reader that reports any.
    min_lag_ms: i32 = sql("INT NOT NULL CHECK (min_lag_ms >= 0 AND min_lag_ms <= 600000) DEFAULT 30")
        .since(V2_7)
        .key(int(30));

    /// Number of latest checks of which the highest lag counts.
    lag_num_checks: i32 = sql(
        "INT NOT NULL CHECK (lag_num_checks >= 1 AND lag_num_checks <= 16) DEFAULT 1",
    )
        .since(V2_7)
        .key(int(1));

    /// Free text; ProxySQL does not use it.
    comment: Option<Text> = sql("VARCHAR")
        .key(doubled("").spelled(&["endpoint_address", "comment"]).spelled_since_2_7(&["comment"]));
}
