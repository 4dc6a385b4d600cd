//! `admin_variables`.

use super::declare::variables;
use super::spec::{boolean, empty_ignored, int, keylog, nonempty, version};
use crate::schema::text::{Secret, Text};
use crate::schema::version::Version::{V2_0, V2_7, V3_0};

/// What intervals of statistics are rounded up to, in seconds.
const INTERVALS_2_0: &[i32] = &[0, 1, 5, 10, 30, 60, 120, 300];
const INTERVALS: &[i32] = &[0, 1, 5, 10, 30, 60, 120, 300, 600];

variables! {
    /// The variables of the module Admin.
    AdminVariables, Module::Admin;

    /// Sets the accounts with full admin access, as user:password pairs separated by semicolons.
    admin_credentials: Secret = nonempty("admin:admin");

    /// Whether admin variables are synchronised in a cluster; since 2.7.1 false sets their
    /// `diffs_before_sync` to 0.
    checksum_admin_variables: bool = boolean("true")
        .false_disables("cluster_admin_variables_diffs_before_sync")
        .since(V2_7);

    /// Whether LDAP variables are synchronised in a cluster; since 2.7.1 false sets their
    /// `diffs_before_sync` to 0.
    checksum_ldap_variables: bool = boolean("true")
        .false_disables("cluster_ldap_variables_diffs_before_sync")
        .since(V2_7);

    /// Whether MySQL query rules are synchronised in a cluster; since 2.7.1 false sets their
    /// `diffs_before_sync` to 0.
    checksum_mysql_query_rules: bool = boolean("true")
        .false_disables("cluster_mysql_query_rules_diffs_before_sync");

    /// Whether MySQL servers are synchronised in a cluster; since 2.7.1 false sets their
    /// `diffs_before_sync` to 0.
    checksum_mysql_servers: bool = boolean("true")
        .false_disables("cluster_mysql_servers_diffs_before_sync");

    /// Whether MySQL users are synchronised in a cluster; since 2.7.1 false sets their
    /// `diffs_before_sync` to 0.
    checksum_mysql_users: bool = boolean("true").false_disables("cluster_mysql_users_diffs_before_sync");

    /// Whether MySQL variables are synchronised in a cluster; since 2.7.1 false sets their
    /// `diffs_before_sync` to 0.
    checksum_mysql_variables: bool = boolean("true")
        .false_disables("cluster_mysql_variables_diffs_before_sync")
        .since(V2_7);

    /// Number of checks a peer's checksum must differ before admin variables are pulled from it; 0
    /// never pulls.
    cluster_admin_variables_diffs_before_sync: i32 = int("3", 0, 1000).count().since(V2_7);

    /// Whether admin variables pulled from a peer are also saved to disk.
    cluster_admin_variables_save_to_disk: bool = boolean("true").since(V2_7);

    /// How often each cluster peer is asked for its checksum, in milliseconds.
    cluster_check_interval_ms: i32 = int("1000", 10, 300_000).milliseconds();

    /// After how many checksum checks a peer's global statistics are fetched too; 0 never fetches them.
    cluster_check_status_frequency: i32 = int("10", 0, 10_000).count();

    /// Number of checks a peer's checksum must differ before LDAP variables are pulled from it; 0 never
    /// pulls.
    cluster_ldap_variables_diffs_before_sync: i32 = int("3", 0, 1000).count().since(V2_7);

    /// Whether LDAP variables pulled from a peer are also saved to disk.
    cluster_ldap_variables_save_to_disk: bool = boolean("true").since(V2_7);

    /// Number of checks a peer's checksum must differ before MySQL query rules are pulled from it; 0
    /// never pulls.
    cluster_mysql_query_rules_diffs_before_sync: i32 = int("3", 0, 1000).count();

    /// Whether MySQL query rules pulled from a peer are also saved to disk.
    cluster_mysql_query_rules_save_to_disk: bool = boolean("true");

    /// Number of checks a peer's checksum must differ before MySQL servers are pulled from it; 0 never
    /// pulls.
    cluster_mysql_servers_diffs_before_sync: i32 = int("3", 0, 1000).count();

    /// Whether MySQL servers pulled from a peer are also saved to disk.
    cluster_mysql_servers_save_to_disk: bool = boolean("true");

    /// Which MySQL server tables sync: 1 for runtime and configured, 2 for configured only, 3 for 2, or
    /// 1 under -M.
    cluster_mysql_servers_sync_algorithm: i32 = int("1", 1, 3).since(V2_7);

    /// Number of checks a peer's checksum must differ before MySQL users are pulled from it; 0 never
    /// pulls.
    cluster_mysql_users_diffs_before_sync: i32 = int("3", 0, 1000).count();

    /// Whether MySQL users pulled from a peer are also saved to disk.
    cluster_mysql_users_save_to_disk: bool = boolean("true");

    /// Number of checks a peer's checksum must differ before MySQL variables are pulled from it; 0
    /// never pulls.
    cluster_mysql_variables_diffs_before_sync: i32 = int("3", 0, 1000).count().since(V2_7);

    /// Whether MySQL variables pulled from a peer are also saved to disk.
    cluster_mysql_variables_save_to_disk: bool = boolean("true").since(V2_7);

    /// Password with which this node logs in to its cluster peers.
    cluster_password: Secret = empty_ignored("");

    /// Number of checks a peer's checksum must differ before its list of cluster nodes is pulled; 0
    /// never pulls.
    cluster_proxysql_servers_diffs_before_sync: i32 = int("3", 0, 1000).count();

    /// Whether a list of cluster nodes pulled from a peer is also saved to disk.
    cluster_proxysql_servers_save_to_disk: bool = boolean("true");

    /// User with which this node logs in to its cluster peers; while it is empty, clustering is off.
    cluster_username: Text = empty_ignored("");

    /// Least time between two core dumps made by `coredump_filters`, in milliseconds; 0 for no limit.
    coredump_generation_interval_ms: i32 = int("30000", 0, 2_147_483_646).milliseconds().since(V2_7);

    /// Most core dumps that `coredump_filters` may produce before they are switched off until a reset.
    coredump_generation_threshold: i32 = int("10", 1, 500).count().since(V2_7);

    /// Whether plain-text MySQL passwords are hashed when users are loaded to runtime; gone since
    /// 2.7.1.
    hash_passwords: bool = boolean("true").until(V2_0);

    /// Addresses where the admin interface serves MySQL clients: ADDRESS:PORT or socket paths split by
    /// semicolons.
    mysql_ifaces: Text = nonempty("0.0.0.0:6032");

    /// Addresses where the admin interface serves PostgreSQL clients: ADDRESS:PORT or socket paths
    /// split by semicolons.
    pgsql_ifaces: Text = nonempty("0.0.0.0:6132").since(V3_0);

    /// How often the memory figures among the Prometheus metrics are updated, in seconds.
    prometheus_memory_metrics_interval: i32 = int("61", 1, 604_799).seconds().since(V2_7);

    /// Whether the admin interface refuses to change its tables.
    read_only: bool = boolean("false");

    /// How often the admin thread wakes up to look for changed listening addresses, in milliseconds.
    refresh_interval: i32 = int("2000", 101, 99_999).milliseconds();

    /// Whether the REST API server runs.
    restapi_enabled: bool = boolean("false").since(V2_7);

    /// TCP port of the REST API server.
    restapi_port: i32 = int("6070", 1, 65_534).since(V2_7);

    /// File to which TLS session secrets are appended, to decrypt captured traffic; empty writes none.
    ssl_keylog_file: Text = keylog("").since(V2_7);

    /// Sets the accounts that may only read statistics, as user:password pairs separated by semicolons.
    stats_credentials: Secret = nonempty("stats:stats");

    /// How often connection pool figures are kept as history, in seconds; 0 keeps none.
    stats_mysql_connection_pool: i32 = int("60", 0, 300)
        .seconds()
        .rounded_up_to(INTERVALS_2_0, INTERVALS);

    /// How often client and server connection figures are kept as history, in seconds; 0 keeps none.
    stats_mysql_connections: i32 = int("60", 0, 300).seconds().rounded_up_to(INTERVALS_2_0, INTERVALS);

    /// How often query cache figures are kept as history, in seconds; 0 keeps none.
    stats_mysql_query_cache: i32 = int("60", 0, 300).seconds().rounded_up_to(INTERVALS_2_0, INTERVALS);

    /// How often the query digest statistics are moved from memory to disk, in seconds; 0 never does.
    stats_mysql_query_digest_to_disk: i32 = int("0", 0, 86_400).seconds().since(V2_7);

    /// How often the CPU use of the process is kept as history, in seconds; 0 keeps none.
    stats_system_cpu: i32 = int("60", 0, 600).seconds().rounded_up_to(INTERVALS_2_0, INTERVALS);

    /// How often the memory use of the process is kept as history, in seconds; 0 keeps none.
    stats_system_memory: i32 = int("60", 0, 600).seconds().rounded_up_to(INTERVALS_2_0, INTERVALS);

    /// Addresses meant for an admin service over telnet; accepted, but nothing listens there.
    telnet_admin_ifaces: Text = nonempty("(null)");

    /// Addresses meant for a statistics service over telnet; accepted, but nothing listens there.
    telnet_stats_ifaces: Text = nonempty("(null)");

    /// Whether the in-memory statistics tables are emptied and compacted after use, to give memory
    /// back.
    vacuum_stats: bool = boolean("true");

    /// ProxySQL's own version; it can be read but not changed.
    version: Text = version();

    /// Whether the web server with the statistics pages runs.
    web_enabled: bool = boolean("false");

    /// TCP port of the web server with the statistics pages.
    web_port: i32 = int("6080", 1, 65_534);

    /// Verbosity of the web server, from 0 to 10; accepted, but nothing in 2.7.1 reads it.
    web_verbosity: i32 = int("0", 0, 10).since(V2_7);
}
