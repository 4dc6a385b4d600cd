//! What `runtime_checksums_values` of a node holds after it has loaded a configuration.

use std::fmt;

use super::module::ModuleState;
use super::sums::{
    global_checksum, hash_of_users, over_tables, raw_of_servers, raw_of_servers_2_0, raw_of_table,
};
use crate::config::{Config, Loaded, Note, NoteKind};
use crate::hash::{Checksum, spooky};
use crate::schema::{Module, Table, Version};

/// The checksums of all modules of a node that has loaded a file, and the one over all of them.
///
/// Every module has version 1 then. How they are computed was found out on running servers of 2.0.5, 2.7.1
/// and 3.0.0-alpha.
///
/// ```
/// use proxysql_kit::config::{Config, LoadOptions};
/// use proxysql_kit::libconfig::Document;
///
/// let file = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/proxysql.cnf"));
/// let loaded = Config::load(&Document::parse(file)?, &LoadOptions::new());
/// let checksums = loaded.checksums();
/// let rules = checksums.module("mysql_query_rules").unwrap();
/// assert_eq!(rules.to_string(), "mysql_query_rules 0x3FEC69A5C9D96848");
/// assert_eq!(checksums.global(), Some(7359252339228650124));
/// # Ok::<(), proxysql_kit::libconfig::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checksums {
    /// The modules by name.
    pub modules: Vec<ModuleChecksum>,
}

/// The checksum of one module. Its `Display` is name and value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModuleChecksum {
    /// The name in `runtime_checksums_values`.
    pub name: &'static str,
    /// What the checksum is.
    pub value: Value,
    /// Whether `runtime_checksums_values` has a row for it. (3.0.0-alpha shows none for
    /// `pgsql_servers_v2`, which counts in the global checksum all the same.)
    pub is_shown: bool,
}

/// A checksum, as far as it can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// This one.
    Known(Checksum),
    /// This one as long as the monitor moves no server: with the monitor on, it may change at any time.
    WithoutMonitor(Checksum),
    /// The version does not compute it: version 0 and an empty text.
    NotComputed,
    /// A row of the file is not predicted, or holds a placeholder.
    Unknown,
}

impl Value {
    /// The checksum, where there is one.
    pub fn checksum(self) -> Option<Checksum> {
        match self {
            Value::Known(checksum) | Value::WithoutMonitor(checksum) => Some(checksum),
            Value::NotComputed | Value::Unknown => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Known(checksum) | Value::WithoutMonitor(checksum) => checksum.fmt(f),
            Value::NotComputed => f.write_str("(not computed)"),
            Value::Unknown => f.write_str("(unknown)"),
        }
    }
}

impl fmt::Display for ModuleChecksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.value)
    }
}

impl Loaded {
    /// The checksums of a node that has loaded this file.
    pub fn checksums(&self) -> Checksums {
        let computation = Computation { memory: &self.memory, runtime: &self.runtime, notes: &self.notes };
        Checksums { modules: computation.modules() }
    }
}

impl Checksums {
    /// The checksums of a node that runs `runtime`, loaded when memory was `memory`: servers are compared as
    /// they stand there, too.
    ///
    /// ```
    /// use proxysql_kit::cluster::Checksums;
    /// use proxysql_kit::config::{Config, LoadOptions};
    /// use proxysql_kit::libconfig::Document;
    ///
    /// let file = Document::parse("mysql_users = ( { username=\"app\" } )")?;
    /// let loaded = Config::load(&file, &LoadOptions::new());
    /// assert_eq!(Checksums::of(&loaded.memory, &loaded.runtime), loaded.checksums());
    /// # Ok::<(), proxysql_kit::libconfig::ParseError>(())
    /// ```
    pub fn of(memory: &Config, runtime: &Config) -> Checksums {
        Checksums { modules: Computation { memory, runtime, notes: &[] }.modules() }
    }

    /// The checksum of a module by name.
    pub fn module(&self, name: &str) -> Option<&ModuleChecksum> {
        self.modules.iter().find(|module| module.name == name)
    }

    /// What `SELECT GLOBAL_CHECKSUM()` answers; `None` where the checksum of a module is not known. With the
    /// monitor off.
    pub fn global(&self) -> Option<u64> {
        let mut states = Vec::with_capacity(self.modules.len());
        for module in &self.modules {
            match module.value {
                Value::NotComputed => {}
                Value::Unknown => return None,
                Value::Known(checksum) | Value::WithoutMonitor(checksum) => {
                    states.push(ModuleState::new(1, 0, checksum));
                }
            }
        }
        Some(global_checksum(states))
    }
}

/// The computation for one node.
struct Computation<'a> {
    memory: &'a Config,
    runtime: &'a Config,
    /// What is not known of them.
    notes: &'a [Note],
}

/// Variables that are left out: the number of threads always, interfaces unless the file asks for them.
pub(super) const INTERFACES: &[(Module, &str)] = &[
    (Module::Admin, "mysql_ifaces"),
    (Module::Admin, "restapi_port"),
    (Module::Admin, "telnet_admin_ifaces"),
    (Module::Admin, "telnet_stats_ifaces"),
    (Module::Admin, "web_port"),
    (Module::Admin, "pgsql_ifaces"),
    (Module::Mysql, "interfaces"),
];

impl Computation<'_> {
    fn version(&self) -> Version {
        self.memory.version
    }

    /// All modules of the version, by name.
    fn modules(&self) -> Vec<ModuleChecksum> {
        let since_2_7 = self.version() >= Version::V2_7;
        let mut modules = vec![
            self.module("admin_variables", &[], since_2_7, || self.variables(Module::Admin)),
            self.module("mysql_query_rules", &RULES, self.is_on("mysql_query_rules"), || self.sum(&RULES)),
            self.monitored("mysql_servers", &SERVERS, || self.servers(Table::MysqlServers)),
        ];
        if since_2_7 {
            modules.push(self.module("mysql_servers_v2", &SERVERS, true, || self.servers_v2(&SERVERS)));
        }
        modules.push(
            self.module("mysql_users", &USERS, self.is_on("mysql_users"), || self.users(Table::MysqlUsers)),
        );
        modules.push(self.module("mysql_variables", &[], since_2_7, || self.variables(Module::Mysql)));
        if self.version() >= Version::V3_0 {
            modules.push(self.module("pgsql_query_rules", &PGSQL_RULES, true, || self.sum(&PGSQL_RULES)));
            modules
                .push(self.monitored("pgsql_servers", &PGSQL_SERVERS, || self.servers(Table::PgsqlServers)));
            let mut hidden =
                self.module("pgsql_servers_v2", &PGSQL_SERVERS, true, || self.servers_v2(&PGSQL_SERVERS));
            hidden.is_shown = false;
            modules.push(hidden);
            modules.push(self.module("pgsql_users", &PGSQL_USERS, true, || self.users(Table::PgsqlUsers)));
            modules.push(self.module("pgsql_variables", &[], false, || 0));
        }
        modules.push(self.module("proxysql_servers", &PEERS, true, || self.sum(&PEERS)));
        modules
    }

    fn module(
        &self,
        name: &'static str,
        tables: &[Table],
        is_computed: bool,
        hash: impl FnOnce() -> u64,
    ) -> ModuleChecksum {
        let is_known = !self.notes.iter().any(|note| leaves_open(note, tables));
        let value = match (is_computed, is_known) {
            (false, _) => Value::NotComputed,
            (true, false) => Value::Unknown,
            (true, true) => Value::Known(Checksum::from_hash(hash())),
        };
        ModuleChecksum { name, value, is_shown: true }
    }

    fn monitored(&self, name: &'static str, tables: &[Table], hash: impl FnOnce() -> u64) -> ModuleChecksum {
        let mut module = self.module(name, tables, self.is_on(name), hash);
        if let Value::Known(checksum) = module.value {
            module.value = Value::WithoutMonitor(checksum);
        }
        module
    }

    /// In 2.0 a module can be switched off.
    fn is_on(&self, module: &str) -> bool {
        let admin = &self.runtime.admin;
        self.version() >= Version::V2_7
            || match module {
                "mysql_query_rules" => admin.checksum_mysql_query_rules,
                "mysql_servers" => admin.checksum_mysql_servers,
                "mysql_users" => admin.checksum_mysql_users,
                _ => true,
            }
    }

    /// The sum of the raw checksums of runtime tables.
    fn sum(&self, tables: &[Table]) -> u64 {
        let raw = |table: &Table| self.raw(*table);
        tables.iter().map(raw).fold(0, u64::wrapping_add)
    }

    fn raw(&self, table: Table) -> u64 {
        let rows = self.runtime.table(table).iter();
        table.schema(self.version()).map_or(0, |schema| raw_of_table(schema, rows))
    }

    fn servers(&self, table: Table) -> u64 {
        if self.version() < Version::V2_7 {
            return self.servers_of_2_0();
        }
        self.servers_of(table, self.runtime)
    }

    /// Servers; of memory with the status as it is written there.
    fn servers_of(&self, table: Table, config: &Config) -> u64 {
        let rows = config.table(table).iter();
        table.schema(self.version()).map_or(0, |schema| raw_of_servers(schema, rows))
    }

    /// Servers and the hostgroup tables, one hash over all.
    fn servers_of_2_0(&self) -> u64 {
        let rows = self.runtime.table(Table::MysqlServers).iter();
        let servers =
            Table::MysqlServers.schema(self.version()).map_or(0, |schema| raw_of_servers_2_0(schema, rows));
        let tables = [
            Table::MysqlReplicationHostgroups,
            Table::MysqlGroupReplicationHostgroups,
            Table::MysqlGaleraHostgroups,
        ];
        over_tables(std::iter::once(servers).chain(tables.iter().map(|table| self.raw(*table))))
    }

    fn servers_v2(&self, tables: &[Table]) -> u64 {
        let each = tables.iter().enumerate().map(|(index, table)| match index {
            0 => self.servers_of(*table, self.memory),
            _ => self.raw(*table),
        });
        over_tables(each)
    }

    fn users(&self, table: Table) -> u64 {
        let rows: Vec<_> = self.runtime.table(table).iter().collect();
        table.schema(self.version()).map_or(0, |schema| hash_of_users(schema, &rows))
    }

    fn variables(&self, module: Module) -> u64 {
        let runtime = &self.runtime;
        let has_interfaces = self.memory.settings.cluster_sync_interfaces == Some(true);
        let is_left_out = |name: &str| {
            (module, name) == (Module::Mysql, "threads")
                || (!has_interfaces && INTERFACES.contains(&(module, name)))
        };
        let mut hasher = spooky::Hasher::new(19, 3);
        for variable in
            module.variables(self.version()).iter().filter(|variable| !is_left_out(variable.name()))
        {
            hasher.update(variable.full_name().as_bytes());
            hasher.update(&runtime.variables(module).text(variable.position()));
        }
        hasher.finish().0
    }
}

const RULES: [Table; 2] = [Table::MysqlQueryRules, Table::MysqlQueryRulesFastRouting];
const PGSQL_RULES: [Table; 2] = [Table::PgsqlQueryRules, Table::PgsqlQueryRulesFastRouting];
const USERS: [Table; 1] = [Table::MysqlUsers];
const PGSQL_USERS: [Table; 1] = [Table::PgsqlUsers];
const PEERS: [Table; 1] = [Table::ProxysqlServers];

/// The tables of `mysql_servers_v2` in their order.
const SERVERS: [Table; 7] = [
    Table::MysqlServers,
    Table::MysqlReplicationHostgroups,
    Table::MysqlGroupReplicationHostgroups,
    Table::MysqlGaleraHostgroups,
    Table::MysqlAwsAuroraHostgroups,
    Table::MysqlHostgroupAttributes,
    Table::MysqlServersSslParams,
];
const PGSQL_SERVERS: [Table; 3] =
    [Table::PgsqlServers, Table::PgsqlReplicationHostgroups, Table::PgsqlHostgroupAttributes];

/// Whether a note says that rows of a module are not known. A placeholder may stand anywhere.
fn leaves_open(note: &Note, tables: &[Table]) -> bool {
    match &note.kind {
        NoteKind::Placeholder { .. } => true,
        NoteKind::Unpredictable { table: Some(table), .. } => tables.contains(table),
        NoteKind::Unpredictable { table: None, .. } => tables.is_empty(),
        _ => false,
    }
}
