//! The modules that clusters sync, by name.

/// In the order in which a node looks at them.
pub(super) const MODULES: [&str; 7] = [
    "admin_variables",
    "mysql_query_rules",
    "mysql_servers_v2",
    "mysql_servers",
    "mysql_users",
    "mysql_variables",
    "proxysql_servers",
];
