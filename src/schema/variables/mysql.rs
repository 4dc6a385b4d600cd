//! `mysql_variables`.

use super::declare::variables;
use super::shared::thread_variables;
use super::spec::{
    Kind, boolean, charset, collation, filename, heartbeat, int, interfaces, networks, nonempty, one_of,
    server_version, text, text_or_default, text_or_null, uint32,
};
use crate::schema::choice::{AuthenticationPlugin, TrackGtids};
use crate::schema::text::{Secret, Text};
use crate::schema::version::Version::{V2_0, V2_7};

thread_variables! {
    /// The variables of the module that speaks MySQL.
    MysqlVariables, Module::Mysql;

    /// Whether servers report matched instead of changed rows for updates; gone since 2.7.1.
    client_found_rows: bool = boolean("true").until(V2_0);

    /// Whether servers are asked to accept several statements in one query; gone since 2.7.1.
    client_multi_statements: bool = boolean("true").until(V2_0);

    /// Most connections that may wait to be reset; further ones are closed instead.
    connpoll_reset_queue_length: i32 = int("50", 0, 1000).range_since_2_7(0, 10_000).count();

    /// Authentication plugin announced to clients: `mysql_native_password` or `caching_sha2_password`.
    default_authentication_plugin: AuthenticationPlugin = one_of("mysql_native_password", true)
        .since(V2_7);

    /// `sql_mode` that new connections are taken to have until a client sets another; gone since 2.7.1.
    default_sql_mode: Text = text_or_default("").until(V2_0);

    /// Time zone that new connections are taken to have until a client sets another; gone since 2.7.1.
    default_time_zone: Text = text_or_default("SYSTEM").until(V2_0);

    /// Whether the last known lag is judged anew when servers are loaded: 1 for yes, 0 for no.
    evaluate_replication_lag_on_servers_load: i32 = int("1", 0, 1).since(V2_7);

    /// Whether SET autocommit, COMMIT and ROLLBACK are sent on instead of handled by ProxySQL; gone
    /// since 2.7.1.
    forward_autocommit: bool = boolean("false").until(V2_0);

    /// Number of `read_only` checks between two looks at the topology of an AWS RDS cluster; 0 never
    /// looks.
    monitor_aws_rds_topology_discovery_interval: i32 = int("0", 0, 100_000).count().since(V2_7);

    /// How often Galera nodes are checked, in milliseconds.
    monitor_galera_healthcheck_interval: i32 = int("5000", 50, 604_800_000).milliseconds();

    /// Number of Galera checks in a row that must time out before a node is taken offline.
    monitor_galera_healthcheck_max_timeout_count: i32 = int("3", 1, 10).count();

    /// Time allowed for a check of a Galera node, in milliseconds.
    monitor_galera_healthcheck_timeout: i32 = int("800", 50, 600_000).milliseconds();

    /// How often Group Replication members are checked, in milliseconds.
    monitor_groupreplication_healthcheck_interval: i32 = int("5000", 50, 604_800_000)
        .range_since_2_7(100, 604_800_000)
        .milliseconds();

    /// Number of Group Replication checks in a row that must time out before a member is taken offline.
    monitor_groupreplication_healthcheck_max_timeout_count: i32 = int("3", 1, 10).count().since(V2_7);

    /// Time allowed for a check of a Group Replication member, in milliseconds.
    monitor_groupreplication_healthcheck_timeout: i32 = int("800", 50, 600_000)
        .range_since_2_7(100, 600_000)
        .milliseconds();

    /// Number of checks in a row above `max_transactions_behind` after which a member is shunned.
    monitor_groupreplication_max_transactions_behind_count: i32 = int("3", 1, 10).count().since(V2_7);

    /// Which members are shunned for lag: 0 for writers, 1 for those in the reader hostgroup, 2 for
    /// both.
    monitor_groupreplication_max_transactions_behind_for_read_only: i32 = int("1", 0, 2).since(V2_7);

    /// How often host names in the DNS cache are looked up again, in milliseconds; 0 turns the cache
    /// off.
    monitor_local_dns_cache_refresh_interval: i32 = int("60000", 0, 604_800_000)
        .milliseconds()
        .since(V2_7);

    /// How long an address stays in the DNS cache, in milliseconds; 0 turns the cache off.
    monitor_local_dns_cache_ttl: i32 = int("300000", 0, 604_800_000).milliseconds().since(V2_7);

    /// Length of the DNS look-up queue from which its thread count and warnings are worked out.
    monitor_local_dns_resolver_queue_maxsize: i32 = int("128", 16, 1024).count().since(V2_7);

    /// Accepted, but has no effect; an interval in milliseconds.
    monitor_query_interval: i32 = int("60000", 100, 604_800_000).milliseconds();

    /// Accepted, but has no effect; a timeout in milliseconds.
    monitor_query_timeout: i32 = int("100", 100, 600_000).milliseconds();

    /// How often `read_only` is read from servers in replication hostgroups, in milliseconds.
    monitor_read_only_interval: i32 = int("1000", 100, 604_800_000).milliseconds();

    /// Number of `read_only` checks in a row that must time out before a server counts as read-only.
    monitor_read_only_max_timeout_count: i32 = int("3", 1, 1_000_000).count();

    /// Time allowed for a `read_only` check, in milliseconds.
    monitor_read_only_timeout: i32 = int("800", 100, 600_000).milliseconds();

    /// Number of checks in a row above `max_replication_lag` after which a server is shunned.
    monitor_replication_lag_count: i32 = int("1", 1, 10).count().since(V2_7);

    /// Whether lag is checked once for each server instead of once for each of its hostgroups.
    monitor_replication_lag_group_by_host: bool = boolean("false").since(V2_7);

    /// How often replication lag is checked, in milliseconds.
    monitor_replication_lag_interval: i32 = int("10000", 100, 604_800_000).milliseconds();

    /// Time allowed for a replication lag check, in milliseconds.
    monitor_replication_lag_timeout: i32 = int("1000", 100, 600_000).milliseconds();

    /// Table of pt-heartbeat, as schema.table, from which lag is read; empty for the server's own
    /// figure.
    monitor_replication_lag_use_percona_heartbeat: Text = heartbeat("");

    /// Lag assumed when a server reports NULL because replication is not running, in seconds.
    monitor_slave_lag_when_null: i32 = int("60", 0, 604_800).seconds();

    /// Most worker threads of the monitor, not counting short-lived helpers.
    monitor_threads_max: i32 = int("128", 4, 256).range_since_2_7(4, 1024).count();

    /// Number of worker threads the monitor starts with.
    monitor_threads_min: i32 = int("8", 2, 16).range_since_2_7(2, 256).count();

    /// Length of the monitor's queue above which helper threads are started.
    monitor_threads_queue_maxsize: i32 = int("128", 16, 1024).count();

    /// Whether the monitor sets `wait_timeout` on its own connections, to ten times the ping interval.
    monitor_wait_timeout: bool = boolean("true");

    /// Whether a writer of a replication hostgroup pair also stays in the reader hostgroup.
    monitor_writer_is_also_reader: bool = boolean("true");

    /// Networks, as ADDRESS/MASK with commas between, whose PROXY headers are believed; `*` for all,
    /// empty for none.
    proxy_protocol_networks: Text = networks("").since(V2_7);

    /// How used connections are reset: 1 in a background thread, 2 by the threads that serve clients.
    reset_connection_algorithm: i32 = int("2", 1, 2);

    /// Server version that clients are told.
    server_version: Text = server_version("5.5.30").default_since_2_7("8.0.11");
}
