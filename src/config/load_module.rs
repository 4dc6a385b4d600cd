//! What one LOAD or SAVE command carries: the tables and variables that go together.

use std::fmt;

use crate::schema::{Module, Table, TableSchema, Version};

/// The tables, or the variables, that go between disk, memory and runtime with one command.
///
/// ```
/// use proxysql_kit::config::LoadModule;
/// use proxysql_kit::schema::{Table, Version};
///
/// let rules = LoadModule::of(Table::MysqlQueryRulesFastRouting).unwrap();
/// assert_eq!(rules.words(), "MYSQL QUERY RULES");
/// assert_eq!(rules.tables(Version::V2_7).count(), 2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LoadModule {
    /// The variables of the module Admin.
    AdminVariables,
    /// The variables of the module that speaks MySQL.
    MysqlVariables,
    /// Servers and all that is said of hostgroups.
    MysqlServers,
    /// Users.
    MysqlUsers,
    /// Query rules, and fast routing.
    MysqlQueryRules,
    /// The firewall's three tables. Since 2.7.
    MysqlFirewall,
    /// The variables of the module that speaks `PostgreSQL`. Since 3.0, as all of `PostgreSQL`.
    PgsqlVariables,
    /// Servers and all that is said of hostgroups, of `PostgreSQL`.
    PgsqlServers,
    /// Users of `PostgreSQL`.
    PgsqlUsers,
    /// Query rules and fast routing of `PostgreSQL`.
    PgsqlQueryRules,
    /// The firewall of `PostgreSQL`.
    PgsqlFirewall,
    /// The cluster's nodes.
    ProxysqlServers,
    /// The jobs of the scheduler.
    Scheduler,
    /// The routes of the REST API. Since 2.7.
    Restapi,
    /// Filters of core dumps. Since 2.7, and only from memory to runtime.
    Coredump,
}

impl LoadModule {
    /// All of them, in the order in which a script had best load them: rules after the servers and users
    /// that they name.
    pub const ALL: [LoadModule; 15] = [
        LoadModule::AdminVariables,
        LoadModule::MysqlVariables,
        LoadModule::MysqlServers,
        LoadModule::MysqlUsers,
        LoadModule::MysqlQueryRules,
        LoadModule::MysqlFirewall,
        LoadModule::PgsqlVariables,
        LoadModule::PgsqlServers,
        LoadModule::PgsqlUsers,
        LoadModule::PgsqlQueryRules,
        LoadModule::PgsqlFirewall,
        LoadModule::ProxysqlServers,
        LoadModule::Scheduler,
        LoadModule::Restapi,
        LoadModule::Coredump,
    ];

    /// Its words in a command: `MYSQL QUERY RULES`.
    pub fn words(self) -> &'static str {
        match self {
            LoadModule::AdminVariables => "ADMIN VARIABLES",
            LoadModule::MysqlVariables => "MYSQL VARIABLES",
            LoadModule::MysqlServers => "MYSQL SERVERS",
            LoadModule::MysqlUsers => "MYSQL USERS",
            LoadModule::MysqlQueryRules => "MYSQL QUERY RULES",
            LoadModule::MysqlFirewall => "MYSQL FIREWALL",
            LoadModule::PgsqlVariables => "PGSQL VARIABLES",
            LoadModule::PgsqlServers => "PGSQL SERVERS",
            LoadModule::PgsqlUsers => "PGSQL USERS",
            LoadModule::PgsqlQueryRules => "PGSQL QUERY RULES",
            LoadModule::PgsqlFirewall => "PGSQL FIREWALL",
            LoadModule::ProxysqlServers => "PROXYSQL SERVERS",
            LoadModule::Scheduler => "SCHEDULER",
            LoadModule::Restapi => "RESTAPI",
            LoadModule::Coredump => "COREDUMP",
        }
    }

    /// The one that carries a table; none carries `pgsql_ldap_mapping`, which needs a plugin.
    pub fn of(table: Table) -> Option<Self> {
        Some(match table {
            Table::MysqlServers
            | Table::MysqlReplicationHostgroups
            | Table::MysqlGroupReplicationHostgroups
            | Table::MysqlGaleraHostgroups
            | Table::MysqlAwsAuroraHostgroups
            | Table::MysqlHostgroupAttributes
            | Table::MysqlServersSslParams => LoadModule::MysqlServers,
            Table::MysqlUsers => LoadModule::MysqlUsers,
            Table::MysqlQueryRules | Table::MysqlQueryRulesFastRouting => LoadModule::MysqlQueryRules,
            Table::MysqlFirewallWhitelistUsers
            | Table::MysqlFirewallWhitelistRules
            | Table::MysqlFirewallWhitelistSqliFingerprints => LoadModule::MysqlFirewall,
            Table::PgsqlServers | Table::PgsqlReplicationHostgroups | Table::PgsqlHostgroupAttributes => {
                LoadModule::PgsqlServers
            }
            Table::PgsqlUsers => LoadModule::PgsqlUsers,
            Table::PgsqlQueryRules | Table::PgsqlQueryRulesFastRouting => LoadModule::PgsqlQueryRules,
            Table::PgsqlFirewallWhitelistUsers
            | Table::PgsqlFirewallWhitelistRules
            | Table::PgsqlFirewallWhitelistSqliFingerprints => LoadModule::PgsqlFirewall,
            Table::ProxysqlServers => LoadModule::ProxysqlServers,
            Table::Scheduler => LoadModule::Scheduler,
            Table::RestapiRoutes => LoadModule::Restapi,
            Table::CoredumpFilters => LoadModule::Coredump,
            Table::PgsqlLdapMapping => return None,
        })
    }

    /// The one that carries the variables of a module.
    pub fn of_variables(module: Module) -> Self {
        match module {
            Module::Admin => LoadModule::AdminVariables,
            Module::Mysql => LoadModule::MysqlVariables,
            Module::Pgsql => LoadModule::PgsqlVariables,
        }
    }

    /// The module whose variables it carries, if it carries variables.
    pub fn variables(self) -> Option<Module> {
        Module::ALL.into_iter().find(|&module| LoadModule::of_variables(module) == self)
    }

    /// The tables that it carries in a version.
    pub fn tables(self, version: Version) -> impl Iterator<Item = &'static TableSchema> {
        Table::of(version).filter(move |schema| LoadModule::of(schema.table()) == Some(self))
    }

    /// Whether a version has it.
    pub fn is_in(self, version: Version) -> bool {
        match self.variables() {
            Some(module) => module.is_in(version),
            None => self.tables(version).next().is_some(),
        }
    }

    /// Whether it goes to disk and back, too.
    pub fn has_disk(self) -> bool {
        self != LoadModule::Coredump
    }
}

/// Its [`words`](LoadModule::words).
impl fmt::Display for LoadModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.words())
    }
}
