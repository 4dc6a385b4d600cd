//! What a node asks its peers, word for word (2.0.5, 2.7.1, 3.0.0-alpha).
//!
//! The columns are those of the tables in the schema: a list of columns stands nowhere else.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::checksums::INTERFACES;
use super::event::CheckQuery;
use super::module::ModuleKind;
use super::settings::Settings;
use crate::schema::{Column, Module, Table, Version};

/// What the monitor of a peer asks on its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MonitorQuery {
    /// `SELECT @@version`; not in 2.0.
    Version,
    /// `PROXYSQL CLUSTER_NODE_UUID ...`; not in 2.0.
    Uuid,
    /// A query of a check.
    Check(CheckQuery),
}

impl MonitorQuery {
    /// The text to send.
    pub fn text(self, settings: &Settings) -> Cow<'static, str> {
        match self {
            MonitorQuery::Version => "SELECT @@version".into(),
            MonitorQuery::Uuid => {
                format!("PROXYSQL CLUSTER_NODE_UUID {} {}", settings.uuid, settings.interfaces).into()
            }
            MonitorQuery::Check(query) => query.text().into(),
        }
    }
}

/// What is asked on the connection of a pull.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum PullQuery {
    /// `admin-` variables without those of interfaces.
    AdminVariables,
    /// `admin-` variables.
    AllAdminVariables,
    /// `mysql-` variables without `mysql-threads` and those of interfaces.
    MysqlVariables,
    /// `mysql-` variables without `mysql-threads`.
    AllMysqlVariables,
    /// Query rules.
    Rules,
    /// Fast routing.
    FastRouting,
    /// Servers as they were loaded.
    LoadedServers,
    /// Replication hostgroups.
    ReplicationHostgroups,
    /// Group replication hostgroups.
    GroupReplicationHostgroups,
    /// Galera hostgroups.
    GaleraHostgroups,
    /// Aurora hostgroups.
    AuroraHostgroups,
    /// Attributes of hostgroups.
    HostgroupAttributes,
    /// TLS of servers.
    ServersSslParams,
    /// Servers as they run.
    RunningServers,
    /// In 2.0: the checksum of the servers, once more.
    ServersChecksum,
    /// Accounts.
    Users,
    /// Nodes.
    ProxysqlServers,
}

const COUNT: usize = PullQuery::ProxysqlServers as usize + 1;

impl PullQuery {
    /// The queries of a pull, in their order. Servers as they run are asked for with those loaded only where
    /// `admin-cluster_mysql_servers_sync_algorithm` says so.
    ///
    /// ```
    /// use proxysql_kit::cluster::{ModuleKind, PullQuery, Settings};
    /// use proxysql_kit::schema::Version;
    ///
    /// let queries = PullQuery::of(ModuleKind::ProxysqlServers, &Settings::new(Version::V2_7));
    /// assert_eq!(
    ///     queries[0].text(Version::V2_7),
    ///     "SELECT hostname, port, weight, comment FROM runtime_proxysql_servers ORDER BY hostname, port",
    /// );
    /// ```
    pub fn of(module: ModuleKind, settings: &Settings) -> &'static [PullQuery] {
        use PullQuery as Q;
        const SERVERS: &[PullQuery] = &[
            Q::LoadedServers,
            Q::ReplicationHostgroups,
            Q::GroupReplicationHostgroups,
            Q::GaleraHostgroups,
            Q::AuroraHostgroups,
            Q::HostgroupAttributes,
            Q::ServersSslParams,
            Q::RunningServers,
        ];
        match module {
            ModuleKind::AdminVariables if settings.sync_interfaces => &[Q::AllAdminVariables],
            ModuleKind::AdminVariables => &[Q::AdminVariables],
            ModuleKind::MysqlVariables if settings.sync_interfaces => &[Q::AllMysqlVariables],
            ModuleKind::MysqlVariables => &[Q::MysqlVariables],
            ModuleKind::MysqlQueryRules => &[Q::Rules, Q::FastRouting],
            ModuleKind::MysqlServersV2 if settings.pulls_running_servers() => SERVERS,
            ModuleKind::MysqlServersV2 => &SERVERS[..SERVERS.len() - 1],
            ModuleKind::MysqlServers if settings.version < Version::V2_7 => {
                &[Q::RunningServers, Q::ReplicationHostgroups, Q::ServersChecksum]
            }
            ModuleKind::MysqlServers => &[Q::RunningServers],
            ModuleKind::MysqlUsers => &[Q::Users],
            ModuleKind::ProxysqlServers => &[Q::ProxysqlServers],
        }
    }

    /// The text to send.
    pub fn text(self, version: Version) -> &'static str {
        static TEXTS: [OnceLock<String>; COUNT * Version::ALL.len()] =
            [const { OnceLock::new() }; COUNT * Version::ALL.len()];
        TEXTS[self as usize * Version::ALL.len() + version.index()].get_or_init(|| self.build(version))
    }

    /// The table whose rows it brings; `None` for variables and the checksum.
    pub fn table(self) -> Option<Table> {
        Some(match self {
            PullQuery::AdminVariables
            | PullQuery::AllAdminVariables
            | PullQuery::MysqlVariables
            | PullQuery::AllMysqlVariables
            | PullQuery::ServersChecksum => return None,
            PullQuery::Rules => Table::MysqlQueryRules,
            PullQuery::FastRouting => Table::MysqlQueryRulesFastRouting,
            PullQuery::LoadedServers | PullQuery::RunningServers => Table::MysqlServers,
            PullQuery::ReplicationHostgroups => Table::MysqlReplicationHostgroups,
            PullQuery::GroupReplicationHostgroups => Table::MysqlGroupReplicationHostgroups,
            PullQuery::GaleraHostgroups => Table::MysqlGaleraHostgroups,
            PullQuery::AuroraHostgroups => Table::MysqlAwsAuroraHostgroups,
            PullQuery::HostgroupAttributes => Table::MysqlHostgroupAttributes,
            PullQuery::ServersSslParams => Table::MysqlServersSslParams,
            PullQuery::Users => Table::MysqlUsers,
            PullQuery::ProxysqlServers => Table::ProxysqlServers,
        })
    }

    /// The columns of the answer. (They are not always those asked for: that of replication hostgroups has
    /// `check_type` too.)
    pub fn columns(self, version: Version) -> Vec<&'static str> {
        match self.table() {
            Some(table) => answered(table, version).map(Column::name).collect(),
            None if self == PullQuery::ServersChecksum => vec!["name", "version", "epoch", "checksum"],
            None => vec!["variable_name", "variable_value"],
        }
    }

    fn build(self, version: Version) -> String {
        match (self, self.table()) {
            (PullQuery::AdminVariables, _) => variables(Module::Admin, false, version),
            (PullQuery::AllAdminVariables, _) => variables(Module::Admin, true, version),
            (PullQuery::MysqlVariables, _) => variables(Module::Mysql, false, version),
            (PullQuery::AllMysqlVariables, _) => variables(Module::Mysql, true, version),
            (PullQuery::ServersChecksum, _) | (_, None) => {
                "SELECT * FROM runtime_checksums_values WHERE name='mysql_servers' LIMIT 1".into()
            }
            (_, Some(table)) => self.build_rows(table, version),
        }
    }

    fn build_rows(self, table: Table, version: Version) -> String {
        let since_2_7 = version >= Version::V2_7;
        let select = match self {
            PullQuery::ProxysqlServers => "SELECT",
            _ if since_2_7 => "PROXY_SELECT",
            _ => "SELECT",
        };
        let mut columns: Vec<&str> = answered(table, version).map(Column::name).collect();
        columns.retain(|name| *name != "check_type");
        let names = columns.join(", ").replace("OK_msg", "ok_msg");
        let from = match self {
            PullQuery::LoadedServers => "mysql_servers_v2".to_owned(),
            _ => format!("runtime_{}", table.name()),
        };
        let online = if table == Table::MysqlServers { " WHERE status<>'OFFLINE_HARD'" } else { "" };
        let order = match order_of(table, version) {
            Some(order) if since_2_7 => format!(" ORDER BY {order}"),
            _ => String::new(),
        };
        format!("{select} {names} FROM {from}{online}{order}")
    }
}

/// Variables of a module without `mysql-threads`, and mostly without those of interfaces.
fn variables(module: Module, with_interfaces: bool, version: Version) -> String {
    let prefix = format!("{}-", module.name());
    let threads = if module == Module::Mysql { " AND variable_name NOT IN ('mysql-threads')" } else { "" };
    let is_known = |name: &str| module.variables(version).iter().any(|variable| variable.name() == name);
    let interfaces: Vec<String> = INTERFACES
        .iter()
        .filter(|(of, name)| *of == module && is_known(name))
        .map(|(_, name)| format!("'{prefix}{name}'"))
        .collect();
    let interfaces = if with_interfaces {
        String::new()
    } else {
        format!(" AND variable_name NOT IN ({})", interfaces.join(","))
    };
    format!(
        "SELECT * FROM runtime_global_variables WHERE variable_name LIKE '{prefix}%'{threads}{interfaces} ORDER BY variable_name"
    )
}

/// The columns of a table that a peer answers: all but `active`, where it is the same in all rows that run.
pub(super) fn answered(table: Table, version: Version) -> impl Iterator<Item = &'static Column> {
    let is_constant =
        table == Table::MysqlQueryRules || (table == Table::MysqlUsers && version >= Version::V2_7);
    let columns = table.schema(version).map_or(&[][..], |schema| schema.columns());
    columns.iter().filter(move |column| !(is_constant && column.name() == "active"))
}

/// What the rows are ordered by: the first column of hostgroup tables, else the key; users are not.
fn order_of(table: Table, version: Version) -> Option<String> {
    let schema = table.schema(version)?;
    match table {
        Table::MysqlUsers => None,
        Table::MysqlQueryRules
        | Table::MysqlQueryRulesFastRouting
        | Table::MysqlServers
        | Table::MysqlServersSslParams
        | Table::ProxysqlServers => {
            let name = |at: &usize| schema.columns().iter().find(|column| column.position() == *at);
            let names: Vec<&str> = schema.primary_key().iter().filter_map(name).map(Column::name).collect();
            Some(names.join(", "))
        }
        _ => schema.columns().first().map(|column| column.name().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_ask_differently() {
        let text = |query: PullQuery, version| query.text(version);
        assert!(
            text(PullQuery::AdminVariables, Version::V3_0).contains("'admin-web_port','admin-pgsql_ifaces')")
        );
        assert!(!text(PullQuery::AdminVariables, Version::V2_7).contains("pgsql"));
        assert!(!text(PullQuery::AllAdminVariables, Version::V2_7).contains("NOT IN"));
        assert_eq!(
            text(PullQuery::Users, Version::V2_0),
            "SELECT username, password, active, use_ssl, default_hostgroup, default_schema, schema_locked, transaction_persistent, fast_forward, backend, frontend, max_connections, comment FROM runtime_mysql_users"
        );
        assert_eq!(
            text(PullQuery::RunningServers, Version::V2_0),
            "SELECT hostgroup_id, hostname, port, gtid_port, status, weight, compression, max_connections, max_replication_lag, use_ssl, max_latency_ms, comment FROM runtime_mysql_servers WHERE status<>'OFFLINE_HARD'"
        );
        assert_eq!(
            text(PullQuery::ReplicationHostgroups, Version::V2_0),
            "SELECT writer_hostgroup, reader_hostgroup, comment FROM runtime_mysql_replication_hostgroups"
        );
    }
}
