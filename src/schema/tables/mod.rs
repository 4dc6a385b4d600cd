//! The tables, each described once: one file a table, one declaration a file.
//!
//! A declaration gives the struct of the rows and the description that loading, printing, SQL, JSON,
//! differences, checksums and documents are made from. A column that ProxySQL adds is one line here.

use crate::schema::declare::tables;

tables! {
    MysqlServers: mysql_servers::MysqlServer,
    MysqlReplicationHostgroups: mysql_replication_hostgroups::MysqlReplicationHostgroup,
    MysqlGroupReplicationHostgroups: mysql_group_replication_hostgroups::MysqlGroupReplicationHostgroup,
    MysqlGaleraHostgroups: mysql_galera_hostgroups::MysqlGaleraHostgroup,
    MysqlAwsAuroraHostgroups: mysql_aws_aurora_hostgroups::MysqlAwsAuroraHostgroup,
    MysqlHostgroupAttributes: mysql_hostgroup_attributes::MysqlHostgroupAttributes,
    MysqlServersSslParams: mysql_servers_ssl_params::MysqlServerSslParams,
    MysqlUsers: mysql_users::MysqlUser,
    MysqlQueryRules: mysql_query_rules::MysqlQueryRule,
    MysqlQueryRulesFastRouting: mysql_query_rules_fast_routing::MysqlFastRoute,
    MysqlFirewallWhitelistUsers: mysql_firewall_whitelist_users::MysqlFirewallUser,
    MysqlFirewallWhitelistRules: mysql_firewall_whitelist_rules::MysqlFirewallRule,
    MysqlFirewallWhitelistSqliFingerprints: mysql_firewall_whitelist_sqli_fingerprints::MysqlFirewallFingerprint,
    Scheduler: scheduler::SchedulerJob,
    RestapiRoutes: restapi_routes::RestapiRoute,
    ProxysqlServers: proxysql_servers::ProxysqlServer,
    CoredumpFilters: coredump_filters::CoredumpFilter,
    PgsqlServers: pgsql_servers::PgsqlServer,
    PgsqlReplicationHostgroups: pgsql_replication_hostgroups::PgsqlReplicationHostgroup,
    PgsqlHostgroupAttributes: pgsql_hostgroup_attributes::PgsqlHostgroupAttributes,
    PgsqlUsers: pgsql_users::PgsqlUser,
    PgsqlLdapMapping: pgsql_ldap_mapping::PgsqlLdapMapping,
    PgsqlQueryRules: pgsql_query_rules::PgsqlQueryRule,
    PgsqlQueryRulesFastRouting: pgsql_query_rules_fast_routing::PgsqlFastRoute,
    PgsqlFirewallWhitelistUsers: pgsql_firewall_whitelist_users::PgsqlFirewallUser,
    PgsqlFirewallWhitelistRules: pgsql_firewall_whitelist_rules::PgsqlFirewallRule,
    PgsqlFirewallWhitelistSqliFingerprints: pgsql_firewall_whitelist_sqli_fingerprints::PgsqlFirewallFingerprint,
}
