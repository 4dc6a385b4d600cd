//! What a query asks of the admin, as far as it is not SQLite that answers it.

use std::fmt::Write as _;

use crate::config::command::{self, Kind};
use crate::config::{Layer, LoadModule};
use crate::schema::{Column, Module, Table, Version};

/// What a query asks of ProxySQL's admin (2.7.1).
///
/// Queries are compared without regard to case, with each run of blanks as one, none at the ends, and
/// without semicolons there.
///
/// ```
/// use proxysql_kit::admin::AdminQuery;
/// use proxysql_kit::config::{Layer, LoadModule};
///
/// assert_eq!(AdminQuery::read(b" select  @@Version ;"), AdminQuery::Version);
/// let load = AdminQuery::LoadOrSave { module: LoadModule::MysqlUsers, from: Layer::Memory, to: Layer::Runtime };
/// assert_eq!(AdminQuery::read(b"load mysql users to run"), load);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdminQuery {
    /// `SELECT @@version`: which ProxySQL it is.
    Version,
    /// `SELECT GLOBAL_CHECKSUM()`.
    GlobalChecksum,
    /// `PROXYSQL CLUSTER_NODE_UUID`: another node introduces itself.
    ClusterNodeUuid {
        /// Its identity, as it says it.
        uuid: String,
        /// The interfaces of its admin.
        interfaces: String,
    },
    /// One of the queries by which a node pulls from another one.
    Peer(PeerQuery),
    /// `PROXY_SELECT` in any other way: no SQL.
    UnknownProxySelect,
    /// LOAD or SAVE.
    LoadOrSave {
        /// What it carries.
        module: LoadModule,
        /// From where.
        from: Layer,
        /// Where to.
        to: Layer,
    },
    /// `SET variable=value`; the value is a piece of SQL.
    Set {
        /// The variable.
        name: String,
        /// Its value, as it stands there.
        value: String,
    },
    /// What the server accepts and does nothing for: BEGIN, COMMIT, USE and the like.
    Nothing,
    /// Anything else: SQLite answers.
    Sql,
}

impl AdminQuery {
    /// Tells what a query asks.
    pub fn read(query: &[u8]) -> AdminQuery {
        let folded = normalize(query);
        let Ok(text) = std::str::from_utf8(&folded) else { return AdminQuery::Sql };
        if text.eq_ignore_ascii_case("SELECT @@version") {
            return AdminQuery::Version;
        }
        if text.eq_ignore_ascii_case("SELECT GLOBAL_CHECKSUM()") {
            return AdminQuery::GlobalChecksum;
        }
        if let Some(rest) = behind(text, "PROXYSQL CLUSTER_NODE_UUID ") {
            let (uuid, interfaces) = rest.split_once(' ').unwrap_or((rest, ""));
            return AdminQuery::ClusterNodeUuid { uuid: uuid.to_owned(), interfaces: interfaces.to_owned() };
        }
        if behind(text, "PROXY_SELECT").is_some() {
            let known = PeerQuery::ALL.into_iter().filter(|query| query.is_proxy_select());
            let known = known.into_iter().find(|query| behind(text, &query.sql()).is_some());
            return known.map_or(AdminQuery::UnknownProxySelect, AdminQuery::Peer);
        }
        match command::kind(text) {
            Kind::LoadOrSave => command::load_or_save(text)
                .map_or(AdminQuery::Sql, |(module, from, to)| AdminQuery::LoadOrSave { module, from, to }),
            Kind::Set => {
                let assignment = command::set(text);
                AdminQuery::Set { name: assignment.name, value: assignment.value }
            }
            Kind::Nothing | Kind::Rollback => AdminQuery::Nothing,
            Kind::Sql | Kind::Query | Kind::Other => AdminQuery::Sql,
        }
    }
}

/// A query as the admin compares it: each run of blanks as one blank, none at the ends, no semicolons there.
fn normalize(query: &[u8]) -> Vec<u8> {
    let mut folded = Vec::with_capacity(query.len());
    for word in query.split(|byte| is_blank(*byte)).filter(|word| !word.is_empty()) {
        if !folded.is_empty() {
            folded.push(b' ');
        }
        folded.extend_from_slice(word);
    }
    while let Some(b';' | b' ') = folded.last() {
        folded.pop();
    }
    folded
}

fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0x0b
}

/// What stands behind a beginning, without regard to case.
fn behind<'t>(text: &'t str, start: &str) -> Option<&'t str> {
    let head = text.get(..start.len())?;
    if head.eq_ignore_ascii_case(start) { text.get(start.len()..) } else { None }
}

/// A query by which a node of a cluster pulls from another one (2.7.1).
///
/// ```
/// use proxysql_kit::admin::PeerQuery;
///
/// assert_eq!(
///     PeerQuery::MysqlReplicationHostgroups.sql(),
///     "PROXY_SELECT writer_hostgroup, reader_hostgroup, comment FROM runtime_mysql_replication_hostgroups \
///      ORDER BY writer_hostgroup"
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PeerQuery {
    /// Users.
    MysqlUsers,
    /// Query rules.
    MysqlQueryRules,
    /// Fast routing.
    MysqlQueryRulesFastRouting,
    /// Servers as they stand in memory.
    MysqlServersV2,
    /// Hostgroup pairs. The answer has `check_type` too, between the columns that are asked for.
    MysqlReplicationHostgroups,
    /// Group replication.
    MysqlGroupReplicationHostgroups,
    /// Galera.
    MysqlGaleraHostgroups,
    /// Aurora.
    MysqlAwsAuroraHostgroups,
    /// Attributes of hostgroups.
    MysqlHostgroupAttributes,
    /// How to speak TLS with servers.
    MysqlServersSslParams,
    /// Servers as they run.
    MysqlServers,
    /// The cluster's nodes.
    ProxysqlServers,
    /// The variables of the module that speaks MySQL.
    MysqlVariables,
    /// The variables of the module Admin, where interfaces stay each node's own (without
    /// `cluster_sync_interfaces`).
    AdminVariables,
}

impl PeerQuery {
    /// All of them.
    pub const ALL: [PeerQuery; 14] = [
        PeerQuery::MysqlUsers,
        PeerQuery::MysqlQueryRules,
        PeerQuery::MysqlQueryRulesFastRouting,
        PeerQuery::MysqlServersV2,
        PeerQuery::MysqlReplicationHostgroups,
        PeerQuery::MysqlGroupReplicationHostgroups,
        PeerQuery::MysqlGaleraHostgroups,
        PeerQuery::MysqlAwsAuroraHostgroups,
        PeerQuery::MysqlHostgroupAttributes,
        PeerQuery::MysqlServersSslParams,
        PeerQuery::MysqlServers,
        PeerQuery::ProxysqlServers,
        PeerQuery::MysqlVariables,
        PeerQuery::AdminVariables,
    ];

    /// The queries of a pull of servers, in their order. The last one is left out with
    /// `admin-cluster_mysql_servers_sync_algorithm` 2.
    pub const SERVERS: [PeerQuery; 8] = [
        PeerQuery::MysqlServersV2,
        PeerQuery::MysqlReplicationHostgroups,
        PeerQuery::MysqlGroupReplicationHostgroups,
        PeerQuery::MysqlGaleraHostgroups,
        PeerQuery::MysqlAwsAuroraHostgroups,
        PeerQuery::MysqlHostgroupAttributes,
        PeerQuery::MysqlServersSslParams,
        PeerQuery::MysqlServers,
    ];

    /// The table whose rows it asks for; `None` where it asks for variables.
    pub fn table(self) -> Option<Table> {
        Some(match self {
            PeerQuery::MysqlUsers => Table::MysqlUsers,
            PeerQuery::MysqlQueryRules => Table::MysqlQueryRules,
            PeerQuery::MysqlQueryRulesFastRouting => Table::MysqlQueryRulesFastRouting,
            PeerQuery::MysqlServersV2 | PeerQuery::MysqlServers => Table::MysqlServers,
            PeerQuery::MysqlReplicationHostgroups => Table::MysqlReplicationHostgroups,
            PeerQuery::MysqlGroupReplicationHostgroups => Table::MysqlGroupReplicationHostgroups,
            PeerQuery::MysqlGaleraHostgroups => Table::MysqlGaleraHostgroups,
            PeerQuery::MysqlAwsAuroraHostgroups => Table::MysqlAwsAuroraHostgroups,
            PeerQuery::MysqlHostgroupAttributes => Table::MysqlHostgroupAttributes,
            PeerQuery::MysqlServersSslParams => Table::MysqlServersSslParams,
            PeerQuery::ProxysqlServers => Table::ProxysqlServers,
            PeerQuery::MysqlVariables | PeerQuery::AdminVariables => return None,
        })
    }

    /// The columns that come back, in their order: those of the query, and for hostgroup pairs one more.
    pub fn columns(self) -> impl Iterator<Item = &'static Column> {
        let schema = self.table().and_then(|table| table.schema(Version::V2_7));
        schema.into_iter().flat_map(|schema| schema.columns()).filter(move |column| self.answers(column))
    }

    fn answers(self, column: &Column) -> bool {
        // All of them are active at runtime.
        column.name() != "active" || !matches!(self, PeerQuery::MysqlUsers | PeerQuery::MysqlQueryRules)
    }

    fn asks_for(self, column: &Column) -> bool {
        column.name() != "check_type"
    }

    /// Whether it is a `PROXY_SELECT`, which only nodes send.
    pub fn is_proxy_select(self) -> bool {
        self.table().is_some() && self != PeerQuery::ProxysqlServers
    }

    /// Its text.
    pub fn sql(self) -> String {
        let names = match self {
            PeerQuery::MysqlVariables => "('mysql-threads') AND variable_name NOT IN ('mysql-interfaces')",
            PeerQuery::AdminVariables => {
                "('admin-mysql_ifaces','admin-restapi_port','admin-telnet_admin_ifaces',\
                 'admin-telnet_stats_ifaces','admin-web_port')"
            }
            _ => return self.select(),
        };
        let module = if self == PeerQuery::MysqlVariables { Module::Mysql } else { Module::Admin };
        format!(
            "SELECT * FROM runtime_global_variables WHERE variable_name LIKE '{}-%' AND variable_name NOT IN \
             {names} ORDER BY variable_name",
            module.name()
        )
    }

    fn select(self) -> String {
        let verb = if self.is_proxy_select() { "PROXY_SELECT" } else { "SELECT" };
        let asked = self.columns().filter(|column| self.asks_for(column));
        // SQLite does not mind the case, and the server writes it so.
        let names: Vec<&str> =
            asked.map(|column| if column.name() == "OK_msg" { "ok_msg" } else { column.name() }).collect();
        let mut sql = format!("{verb} {} FROM ", names.join(", "));
        let Some(schema) = self.table().and_then(|table| table.schema(Version::V2_7)) else { return sql };
        sql.push_str(match self {
            PeerQuery::MysqlServersV2 => "mysql_servers_v2",
            _ => "runtime_",
        });
        if self != PeerQuery::MysqlServersV2 {
            sql.push_str(schema.name());
        }
        if schema.table() == Table::MysqlServers {
            sql.push_str(" WHERE status<>'OFFLINE_HARD'");
        }
        if self != PeerQuery::MysqlUsers {
            let key = schema.primary_key().iter().filter_map(|position| {
                schema.columns().iter().find(|column| column.position() == *position).map(Column::name)
            });
            let _ = write!(sql, " ORDER BY {}", key.collect::<Vec<_>>().join(", "));
        }
        sql
    }
}
