//! What a node holds, and what it answers.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use proxysql_kit::admin::{AdminQuery, Column, Done, STATUS, ServerError};
use proxysql_kit::cluster::{Checksums, PullQuery};
use proxysql_kit::config::{Config, Layer, LoadModule};
use proxysql_kit::schema::{Cell, Module, Row, ServerStatus, TableSchema, Version};
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

/// An answer as the wire takes it.
#[derive(Clone, Debug)]
pub enum Answer {
    Rows {
        columns: Vec<Column>,
        rows: Vec<Vec<Option<Vec<u8>>>>,
        status: u16,
    },
    Done(Done),
    Failed(ServerError),
    /// The node ends the connection.
    Close,
}

impl Answer {
    /// The only value of the only row.
    pub fn value(&self) -> String {
        match self {
            Answer::Rows { rows, .. } if rows.len() == 1 => {
                String::from_utf8(rows[0][0].clone().unwrap()).unwrap()
            }
            other => panic!("{other:?}"),
        }
    }

    fn texts(columns: &[&str], rows: Vec<Vec<Option<Vec<u8>>>>) -> Answer {
        let columns = columns.iter().map(|name| Column::text(*name)).collect();
        Answer::Rows { columns, rows, status: STATUS }
    }
}

/// Memory (`main`), disk (`disk`) and runtime (`main`, tables `runtime_…`), and what was loaded.
pub struct Database {
    sqlite: Connection,
    version: Version,
    version_text: String,
    /// Memory as it was when each module was loaded.
    loaded: Config,
    running: Config,
    modules: Vec<ModuleState>,
    /// The time that epochs get; `None`: now.
    pub clock: Option<i64>,
}

/// A row of `runtime_checksums_values`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleState {
    pub name: &'static str,
    pub version: u64,
    pub epoch: i64,
    pub checksum: String,
}

impl Database {
    pub fn new(config: &Config, version_text: &str) -> Self {
        let sqlite = Connection::open_in_memory().unwrap();
        sqlite.execute_batch("ATTACH ':memory:' AS disk").unwrap();
        let mut database = Database {
            sqlite,
            version: config.version,
            version_text: version_text.to_owned(),
            loaded: Config::new(config.version),
            running: Config::new(config.version),
            modules: Vec::new(),
            clock: None,
        };
        for prefix in ["main.", "disk.", "main.runtime_"] {
            database.create(prefix);
        }
        database.sqlite.execute_batch(CHECKSUMS).unwrap();
        for module in LoadModule::ALL {
            database.fill("main.", config, module);
        }
        for module in LoadModule::ALL.into_iter().filter(|module| module.is_in(config.version)) {
            if module.has_disk() {
                database.copy(module, "main.", "disk.");
            }
            database.load(module);
        }
        for module in &mut database.modules {
            module.version = module.version.min(1);
        }
        database.write_checksums();
        database
    }

    fn create(&self, prefix: &str) {
        let sql = format!(
            "CREATE TABLE {prefix}global_variables (variable_name VARCHAR NOT NULL PRIMARY KEY , variable_value VARCHAR NOT NULL)"
        );
        self.sqlite.execute_batch(&sql).unwrap();
        for schema in proxysql_kit::schema::Table::of(self.version) {
            let create = schema.create_statement();
            let body = &create[create.find('(').unwrap()..];
            // Users stand there twice, which their key allows: the direction is a part of it.
            self.sqlite.execute_batch(&format!("CREATE TABLE {prefix}{} {body}", schema.name())).unwrap();
        }
    }

    /// The modules as `runtime_checksums_values` has them.
    pub fn modules(&self) -> &[ModuleState] {
        &self.modules
    }

    /// What runs.
    pub fn running(&self) -> &Config {
        &self.running
    }

    /// What a layer holds, in the form of memory.
    pub fn config(&self, layer: Layer) -> Config {
        let mut config = Config::new(self.version);
        match layer {
            Layer::Runtime => return self.running.clone(),
            Layer::Disk => self.read_all("disk.", &mut config),
            _ => self.read_all("main.", &mut config),
        }
        config
    }

    /// Answers a query as the admin does; `peer` is the node that introduced itself on this connection.
    pub fn query(&mut self, query: &[u8], peer: &mut Option<String>) -> Answer {
        match AdminQuery::read(query) {
            AdminQuery::Version => {
                let text = self.version_text.clone().into_bytes();
                Answer::texts(&["@@version"], vec![vec![Some(text)]])
            }
            AdminQuery::GlobalChecksum => Answer::Rows {
                columns: vec![Column::number("CHECKSUM")],
                rows: vec![vec![Some(self.global_checksum().to_string().into_bytes())]],
                status: 0x0200,
            },
            AdminQuery::ClusterNodeUuid { uuid, .. } => introduced(&uuid, peer),
            AdminQuery::Pull(query) => self.pulled(query),
            AdminQuery::UnknownProxySelect => {
                Answer::Failed(ServerError::admin("near \"PROXY_SELECT\": syntax error"))
            }
            AdminQuery::LoadOrSave { module, from, to } => self.load_or_save(module, from, to),
            AdminQuery::Set { name, value } => self.sql(&format!(
                "UPDATE global_variables SET variable_value={value} WHERE variable_name='{name}'"
            )),
            AdminQuery::Nothing => Answer::Done(Done::rows(0)),
            _ => self.sql(&String::from_utf8_lossy(query)),
        }
    }

    fn global_checksum(&self) -> u64 {
        let mut hasher = proxysql_kit::hash::spooky::Hasher::new(9, 5);
        for module in self.modules.iter().filter(|module| module.version > 0) {
            hasher.update(module.checksum.as_bytes());
            hasher.update(&module.version.to_le_bytes());
        }
        hasher.finish().0 / 2
    }

    fn pulled(&self, query: PullQuery) -> Answer {
        let table = query.table().unwrap();
        let config = if query == PullQuery::LoadedServers { &self.loaded } else { &self.running };
        let columns = query.columns(Version::V2_7);
        let mut rows: Vec<Vec<Option<Vec<u8>>>> = Vec::new();
        for row in config.table(table).iter() {
            if row.get("status") == Some(Cell::Text(b"OFFLINE_HARD")) {
                continue;
            }
            rows.push(columns.iter().map(|column| row.get(column).and_then(text)).collect());
        }
        Answer::texts(&columns, rows)
    }

    fn sql(&self, sql: &str) -> Answer {
        let failed = |error: rusqlite::Error| {
            let message = match error {
                rusqlite::Error::SqliteFailure(_, Some(message)) => message,
                rusqlite::Error::SqlInputError { msg, .. } => msg,
                other => other.to_string(),
            };
            Answer::Failed(ServerError::admin(&message))
        };
        let mut statement = match self.sqlite.prepare(sql.trim_end_matches([';', ' ', '\n'])) {
            Ok(statement) => statement,
            Err(error) => return failed(error),
        };
        if statement.column_count() == 0 {
            return match statement.raw_execute() {
                Ok(changed) => Answer::Done(Done::rows(changed as u64)),
                Err(error) => failed(error),
            };
        }
        let columns: Vec<Column> = statement.column_names().into_iter().map(Column::text).collect();
        let mut found = statement.raw_query();
        let mut rows = Vec::new();
        loop {
            match found.next() {
                Ok(Some(row)) => {
                    let values = (0..columns.len()).map(|at| value(row.get_ref(at).unwrap()));
                    rows.push(values.collect());
                }
                Ok(None) => break,
                Err(error) => return failed(error),
            }
        }
        Answer::Rows { columns, rows, status: STATUS }
    }

    fn load_or_save(&mut self, module: LoadModule, from: Layer, to: Layer) -> Answer {
        match (from, to) {
            _ if !module.is_in(self.version) => {
                return Answer::Failed(ServerError::admin("near \"LOAD\": syntax error"));
            }
            (Layer::Memory, Layer::Runtime) => self.load(module),
            (Layer::Memory, Layer::Disk) => self.copy(module, "main.", "disk."),
            (Layer::Disk, Layer::Memory) => self.copy(module, "disk.", "main."),
            (Layer::Runtime, Layer::Memory) => self.save_to_memory(module),
            _ => return Answer::Failed(ServerError::admin("Config file unknown")),
        }
        Answer::Done(Done::rows(0))
    }

    /// Tables are emptied and filled; variables are put over what is there.
    fn copy(&self, module: LoadModule, from: &str, to: &str) {
        let mut sql = String::new();
        if let Some(variables) = module.variables() {
            let _ = write!(
                sql,
                "INSERT OR REPLACE INTO {to}global_variables SELECT * FROM {from}global_variables WHERE variable_name LIKE '{}-%';",
                variables.name()
            );
        }
        for schema in module.tables(self.version) {
            let table = schema.name();
            let _ =
                write!(sql, "DELETE FROM {to}{table}; INSERT INTO {to}{table} SELECT * FROM {from}{table};");
        }
        self.sqlite.execute_batch(&sql).unwrap();
    }

    fn save_to_memory(&self, module: LoadModule) {
        if module == LoadModule::MysqlUsers || module == LoadModule::PgsqlUsers {
            let table = if module == LoadModule::MysqlUsers { "mysql_users" } else { "pgsql_users" };
            let sql = format!(
                "UPDATE {table} SET active=0; INSERT OR REPLACE INTO {table} SELECT * FROM runtime_{table}"
            );
            self.sqlite.execute_batch(&sql).unwrap();
        } else {
            self.copy(module, "main.runtime_", "main.");
        }
    }

    /// LOAD … TO RUNTIME: memory replaces what runs; the module gets a new version, epoch and checksum.
    fn load(&mut self, module: LoadModule) {
        let mut memory = std::mem::replace(&mut self.loaded, Config::new(self.version));
        self.read("main.", &mut memory, module);
        self.loaded = memory;
        for schema in module.tables(self.version) {
            take_over(&mut self.running, &self.loaded, schema);
        }
        if let Some(variables) = module.variables() {
            match variables {
                Module::Admin => self.running.admin = self.loaded.admin.clone(),
                Module::Mysql => self.running.mysql = self.loaded.mysql.clone(),
                _ => self.running.pgsql = self.loaded.pgsql.clone(),
            }
        }
        self.fill_runtime(module);
        let epoch = self.now();
        let computed = Checksums::of(&self.loaded, &self.running);
        let names: &[&str] = match module {
            LoadModule::AdminVariables => &["admin_variables"],
            LoadModule::MysqlVariables => &["mysql_variables"],
            LoadModule::MysqlServers => &["mysql_servers", "mysql_servers_v2"],
            LoadModule::MysqlUsers => &["mysql_users"],
            LoadModule::MysqlQueryRules => &["mysql_query_rules"],
            LoadModule::PgsqlServers => &["pgsql_servers", "pgsql_servers_v2"],
            LoadModule::PgsqlUsers => &["pgsql_users"],
            LoadModule::PgsqlQueryRules => &["pgsql_query_rules"],
            LoadModule::ProxysqlServers => &["proxysql_servers"],
            _ => &[],
        };
        for known in computed.modules.iter().filter(|known| known.is_shown) {
            let (is_loaded, checksum) = (names.contains(&known.name), known.value.checksum());
            let state = match self.modules.iter_mut().find(|state| state.name == known.name) {
                Some(state) => state,
                None => {
                    self.modules.push(ModuleState {
                        name: known.name,
                        version: 0,
                        epoch: 0,
                        checksum: String::new(),
                    });
                    self.modules.last_mut().unwrap()
                }
            };
            if let (true, Some(checksum)) = (is_loaded, checksum) {
                state.version += 1;
                state.epoch = epoch;
                state.checksum = checksum.to_string();
            }
        }
        self.write_checksums();
    }

    fn now(&self) -> i64 {
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        self.clock.unwrap_or_else(|| i64::try_from(now()).unwrap())
    }

    fn write_checksums(&self) {
        self.sqlite.execute_batch("DELETE FROM runtime_checksums_values").unwrap();
        let mut insert =
            self.sqlite.prepare("INSERT INTO runtime_checksums_values VALUES (?, ?, ?, ?)").unwrap();
        for module in &self.modules {
            let version = i64::try_from(module.version).unwrap();
            insert.execute(rusqlite::params![module.name, version, module.epoch, module.checksum]).unwrap();
        }
    }

    fn fill_runtime(&self, module: LoadModule) {
        let mut sql = String::new();
        for schema in module.tables(self.version) {
            let _ = write!(sql, "DELETE FROM runtime_{};", schema.name());
        }
        if let Some(variables) = module.variables() {
            let name = variables.name();
            let _ = write!(sql, "DELETE FROM runtime_global_variables WHERE variable_name LIKE '{name}-%';");
        }
        self.sqlite.execute_batch(&sql).unwrap();
        self.fill("main.runtime_", &self.running, module);
    }

    fn fill(&self, prefix: &str, config: &Config, module: LoadModule) {
        self.sqlite.execute_batch("BEGIN").unwrap();
        for schema in module.tables(self.version) {
            for row in config.table(schema.table()).iter() {
                for (frontend, backend) in directions(prefix, row) {
                    self.insert(prefix, schema, row, frontend, backend);
                }
            }
        }
        if let Some(module) = module.variables().filter(|module| module.is_in(self.version)) {
            let sql = format!("INSERT INTO {prefix}global_variables VALUES (?, ?)");
            let mut insert = self.sqlite.prepare(&sql).unwrap();
            let values = config.variables(module);
            let known = module.variables(self.version).iter();
            let known = known.map(|variable| (variable.name().into(), values.text(variable.position())));
            let others = values.others().iter().map(|(name, text)| (name.clone(), text.as_bytes().into()));
            for (name, text) in known.chain(others) {
                let name = format!("{}-{name}", module.name());
                let text = ToSqlOutput::Borrowed(ValueRef::Text(&text));
                insert.execute(rusqlite::params![name, text]).unwrap();
            }
        }
        self.sqlite.execute_batch("COMMIT").unwrap();
    }

    fn insert(&self, prefix: &str, schema: &TableSchema, row: &dyn Row, frontend: bool, backend: bool) {
        let marks = vec!["?"; schema.columns().len()].join(",");
        let names: Vec<&str> = schema.columns().iter().map(proxysql_kit::schema::Column::name).collect();
        let sql = format!("INSERT INTO {prefix}{} ({}) VALUES ({marks})", schema.name(), names.join(","));
        let mut insert = self.sqlite.prepare_cached(&sql).unwrap();
        for (at, column) in schema.columns().iter().enumerate() {
            let value = match (column.name(), row.cell(column.position())) {
                ("frontend", Cell::Int(_)) => ValueRef::Integer(frontend.into()),
                ("backend", Cell::Int(_)) => ValueRef::Integer(backend.into()),
                (_, Cell::Null) => ValueRef::Null,
                (_, Cell::Int(number)) => ValueRef::Integer(number),
                (_, Cell::Real(number)) => ValueRef::Real(number),
                (_, Cell::Text(text)) => ValueRef::Text(text),
            };
            insert.raw_bind_parameter(at + 1, ToSqlOutput::Borrowed(value)).unwrap();
        }
        insert.raw_execute().unwrap();
    }

    fn read_all(&self, prefix: &str, config: &mut Config) {
        for module in LoadModule::ALL {
            self.read(prefix, config, module);
        }
    }

    fn read(&self, prefix: &str, config: &mut Config, module: LoadModule) {
        for schema in module.tables(self.version) {
            let names: Vec<&str> = schema.columns().iter().map(proxysql_kit::schema::Column::name).collect();
            let sql = format!("SELECT {} FROM {prefix}{} ORDER BY rowid", names.join(","), schema.name());
            let mut query = self.sqlite.prepare(&sql).unwrap();
            let mut found = query.raw_query();
            let rows = config.table_mut(schema.table());
            rows.retain_indices(&mut |_| false);
            while let Some(values) = found.next().unwrap() {
                let row = rows.push_default();
                for (at, column) in schema.columns().iter().enumerate() {
                    let value: Value = values.get(at).unwrap();
                    let cell = match &value {
                        Value::Null => Cell::Null,
                        Value::Integer(number) => Cell::Int(*number),
                        Value::Real(number) => Cell::Real(*number),
                        Value::Text(text) => Cell::Text(text.as_bytes()),
                        Value::Blob(bytes) => Cell::Text(bytes),
                    };
                    row.set(column.position(), cell).unwrap();
                }
            }
        }
        let Some(module) = module.variables().filter(|module| module.is_in(self.version)) else { return };
        let sql = format!("SELECT * FROM {prefix}global_variables WHERE variable_name LIKE '{module}-%'");
        let mut query = self.sqlite.prepare(&sql).unwrap();
        let mut found = query.raw_query();
        let variables = config.variables_mut(module);
        variables.others_mut().clear();
        while let Some(row) = found.next().unwrap() {
            let name: String = row.get(0).unwrap();
            let text: String = row.get(1).unwrap();
            let own = &name[module.name().len() + 1..];
            match module.variable(self.version, own) {
                Some(variable) => drop(variables.set_text(variable.position(), text.as_bytes())),
                None => variables.others_mut().push((own.into(), text.into())),
            }
        }
    }
}

const CHECKSUMS: &str = "CREATE TABLE runtime_checksums_values (name VARCHAR NOT NULL , version INT NOT NULL , \
                         epoch INT NOT NULL , checksum VARCHAR NOT NULL , PRIMARY KEY (name))";

/// The rows that a row becomes: users at runtime two.
fn directions(prefix: &str, row: &dyn Row) -> Vec<(bool, bool)> {
    let is = |name: &str| row.get(name) == Some(Cell::Int(1));
    let (frontend, backend) = (is("frontend"), is("backend"));
    if prefix.ends_with("runtime_") && frontend && backend {
        return vec![(false, true), (true, false)];
    }
    vec![(frontend, backend)]
}

/// Rows of a table that run.
fn take_over(running: &mut Config, loaded: &Config, schema: &TableSchema) {
    macro_rules! tables {
        ($($table:ident),+) => {
            match schema.name() {
                $(stringify!($table) => running.$table = loaded.$table.clone(),)+
                other => panic!("{other}"),
            }
        };
    }
    tables!(
        coredump_filters,
        mysql_aws_aurora_hostgroups,
        mysql_firewall_whitelist_rules,
        mysql_firewall_whitelist_sqli_fingerprints,
        mysql_firewall_whitelist_users,
        mysql_galera_hostgroups,
        mysql_group_replication_hostgroups,
        mysql_hostgroup_attributes,
        mysql_query_rules,
        mysql_query_rules_fast_routing,
        mysql_replication_hostgroups,
        mysql_servers,
        mysql_servers_ssl_params,
        mysql_users,
        pgsql_firewall_whitelist_rules,
        pgsql_firewall_whitelist_sqli_fingerprints,
        pgsql_firewall_whitelist_users,
        pgsql_hostgroup_attributes,
        pgsql_query_rules,
        pgsql_query_rules_fast_routing,
        pgsql_replication_hostgroups,
        pgsql_servers,
        pgsql_users,
        proxysql_servers,
        restapi_routes,
        scheduler
    );
    running.mysql_query_rules.retain(|rule| rule.active);
    running.pgsql_query_rules.retain(|rule| rule.active);
    running.mysql_users.retain(|user| user.active);
    running.pgsql_users.retain(|user| user.active);
    running.mysql_servers.retain(|server| server.status.value() != ServerStatus::OfflineHard);
    running.pgsql_servers.retain(|server| server.status.value() != ServerStatus::OfflineHard);
}

fn introduced(uuid: &str, peer: &mut Option<String>) -> Answer {
    let digits = uuid.bytes().filter(u8::is_ascii_hexdigit).count();
    if digits != 32 || peer.get_or_insert_with(|| uuid.to_owned()) != uuid {
        return Answer::Close;
    }
    Answer::Done(Done::rows(0))
}

fn text(cell: Cell<'_>) -> Option<Vec<u8>> {
    match cell {
        Cell::Null => None,
        Cell::Int(number) => Some(number.to_string().into_bytes()),
        Cell::Real(number) => Some(number.to_string().into_bytes()),
        Cell::Text(text) => Some(text.to_vec()),
    }
}

fn value(value: ValueRef<'_>) -> Option<Vec<u8>> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string().into_bytes()),
        ValueRef::Real(number) => Some(number.to_string().into_bytes()),
        ValueRef::Text(text) | ValueRef::Blob(text) => Some(text.to_vec()),
    }
}
