//! What a node holds, as a [`Config`].

use std::fmt;

use super::client::Client;
use super::error::{Error, ErrorKind};
use crate::admin::Row;
use crate::cluster::PullQuery;
use crate::config::{AnyRows, Config, Layer, LoadModule, Rows};
use crate::schema::{Cell, Column, Module, ServerStatus, Table, TableRow, TableSchema, Version};

/// Which ProxySQL a node is. Its `Display` is how the node calls itself, and what is assumed of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerVersion {
    /// What the node calls itself: `2.7.1-0-g2726c27`.
    pub text: String,
    /// The version whose tables and variables it is taken to have.
    pub version: Version,
    /// Whether that version is an assumption: the nearest one that is known here.
    pub is_assumed: bool,
}

impl ServerVersion {
    /// What a node is that calls itself so; the nearest version where it is not known.
    ///
    /// ```
    /// use proxysql_kit::admin::net::ServerVersion;
    ///
    /// let version = ServerVersion::of("2.5.5-10-g195bd70");
    /// assert_eq!(version.to_string(), "2.5.5-10-g195bd70 (not known here: read as 2.7)");
    /// ```
    pub fn of(text: &str) -> Self {
        if let Ok(version) = text.parse() {
            return ServerVersion { text: text.to_owned(), version, is_assumed: false };
        }
        let mut numbers = text.trim_start_matches('v').split(|c: char| !c.is_ascii_digit());
        let mut number = || numbers.next().and_then(|digits| digits.parse::<u32>().ok()).unwrap_or(0);
        let version = match (number(), number()) {
            (3.., _) => Version::V3_0,
            (2, 1..) => Version::V2_7,
            _ => Version::V2_0,
        };
        ServerVersion { text: text.to_owned(), version, is_assumed: true }
    }

    pub(super) async fn ask(client: &mut Client) -> Result<Self, Error> {
        let asked = client.rows("SELECT @@version").await;
        let text = match asked {
            Ok(table) => table.rows.first().and_then(|row| row.first()?.as_ref()).map(ToString::to_string),
            Err(error) if matches!(error.kind(), ErrorKind::Server(_)) => None,
            Err(error) => return Err(error),
        };
        let version = ServerVersion::of(text.as_deref().unwrap_or_default());
        if !version.is_assumed {
            return Ok(version);
        }
        // Not even MySQL has this function.
        match client.rows("SELECT GLOBAL_CHECKSUM()").await {
            Ok(_) => Ok(version),
            Err(error) => match error.server_error() {
                // An account for statistics does not have it either, and is told so in other words.
                Some(refused) if refused.message().to_string_lossy().contains("ProxySQL") => Ok(version),
                Some(_) => {
                    let kind = ErrorKind::NotProxysql { version: version.text };
                    Err(Error::new(client.node(), kind))
                }
                None => Err(error),
            },
        }
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        if self.is_assumed {
            write!(f, " (not known here: read as {})", self.version)?;
        }
        Ok(())
    }
}

/// What a node holds in a layer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Fetched {
    /// It.
    pub config: Config,
    /// Which ProxySQL it is.
    pub version: ServerVersion,
    /// What the configuration does not say of the node, or says without being told.
    pub left_out: Vec<LeftOut>,
}

/// A difference between a node and what its version is known to have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeftOut {
    /// The node does not have this table: it is empty here.
    NoTable(&'static str),
    /// The node does not have this column: it is at its default here.
    NoColumn(&'static str, &'static str),
    /// This column is not known here.
    Column(&'static str, String),
    /// This variable is of a module that is not known here.
    Variable(String),
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LeftOut::NoTable(table) => write!(f, "the node has no table `{table}`"),
            LeftOut::NoColumn(table, column) => {
                write!(f, "the node's table `{table}` has no column `{column}`: its default is assumed")
            }
            LeftOut::Column(table, column) => {
                write!(f, "the column `{column}` of the node's table `{table}` is not known here")
            }
            LeftOut::Variable(name) => {
                write!(f, "the variable `{name}` is of a module that is not known here")
            }
        }
    }
}

impl Client {
    /// All that the node holds in a layer: the tables and variables of its version, those that SELECT CONFIG
    /// leaves out too. Rows are read as they come.
    ///
    /// Runtime is read as SAVE … TO MEMORY reads it: servers that are only on their way out (`OFFLINE_HARD`)
    /// are left out, those that the monitor shuns are `ONLINE`. Users, which stand there once for each
    /// direction, are put together again. Only the file has [settings](Config::settings): they are empty.
    /// Coredump filters have no place on disk.
    ///
    /// # Errors
    /// Where the account may not read it, a value is none that its column can hold, or the connection breaks.
    pub async fn fetch_config(&mut self, layer: Layer) -> Result<Fetched, Error> {
        if layer == Layer::File {
            return Err(Error::new(self.node(), ErrorKind::NoSuchLayer));
        }
        let version = self.version().await?;
        let mut left_out = Vec::new();
        let mut config = Config::new(version.version);
        self.fetch_variables(layer, &mut config, &mut left_out).await?;
        for schema in Table::of(version.version) {
            let has_disk = LoadModule::of(schema.table()).is_none_or(LoadModule::has_disk);
            if layer != Layer::Disk || has_disk {
                self.fetch_table(layer, schema, config.table_mut(schema.table()), &mut left_out).await?;
            }
        }
        if layer == Layer::Runtime {
            as_saved_to_memory(&mut config);
        }
        Ok(Fetched { config, version, left_out })
    }

    /// What was last loaded to runtime, whatever became of it: as [`Layer::Runtime`], but with the servers as
    /// somebody loaded them, before the monitor moved them between hostgroups, or added some. Memory that does not
    /// differ from it needs no LOAD. Where the node does not tell (before 2.6), servers are as they run.
    ///
    /// # Errors
    /// As [`fetch_config`](Self::fetch_config).
    pub async fn fetch_loaded(&mut self) -> Result<Fetched, Error> {
        let mut fetched = self.fetch_config(Layer::Runtime).await?;
        let version = fetched.config.version;
        let Some(schema) = Table::MysqlServers.schema(version).filter(|_| version >= Version::V2_7) else {
            return Ok(fetched);
        };
        let mut loaded = Config::new(version);
        let query = PullQuery::LoadedServers.text(version);
        match self.fetch_rows(query, schema, &mut loaded.mysql_servers, &mut Vec::new()).await {
            Ok(()) => {
                as_saved_to_memory(&mut loaded);
                fetched.config.mysql_servers = loaded.mysql_servers;
                Ok(fetched)
            }
            Err(error) if matches!(error.kind(), ErrorKind::Server(_)) => Ok(fetched),
            Err(error) => Err(error),
        }
    }

    /// Runs a query on one of the configuration's tables, in any layer, and gives typed rows. What the answer does
    /// not have is at its column's default, what no row of that type has is passed over. Held as a whole; for answers
    /// that are too large for that, see [`query`](Self::query).
    ///
    /// ```no_run
    /// # use proxysql_kit::admin::net::{Client, Error};
    /// use proxysql_kit::config::Rows;
    /// use proxysql_kit::schema::MysqlServer;
    ///
    /// # async fn example(mut node: Client) -> Result<(), Error> {
    /// let query = "SELECT * FROM runtime_mysql_servers WHERE hostgroup_id=10";
    /// let writers: Rows<MysqlServer> = node.rows_as(query).await?;
    /// for server in &writers {
    ///     println!("{}:{} has weight {}", server.hostname, server.port, server.weight);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`query`](Self::query), and where the node's version does not have the table, or a value is none that its
    /// column can hold.
    pub async fn rows_as<R: TableRow>(&mut self, sql: &str) -> Result<Rows<R>, Error> {
        let version = self.version().await?.version;
        let Some(schema) = R::TABLE.schema(version) else {
            let kind = ErrorKind::NoSuchTable { table: R::TABLE.name(), version };
            return Err(Error::new(self.node(), kind));
        };
        let mut rows = Rows::new();
        self.fetch_rows(sql, schema, &mut rows, &mut Vec::new()).await?;
        Ok(rows)
    }

    async fn fetch_table(
        &mut self,
        layer: Layer,
        schema: &'static TableSchema,
        rows: &mut dyn AnyRows,
        left_out: &mut Vec<LeftOut>,
    ) -> Result<(), Error> {
        let query = format!("SELECT * FROM {}", name(layer, schema.name()));
        match self.fetch_rows(&query, schema, rows, left_out).await {
            Err(error) if is_no_table(&error) => {
                left_out.push(LeftOut::NoTable(schema.name()));
                Ok(())
            }
            fetched => fetched,
        }
    }

    async fn fetch_rows(
        &mut self,
        query: &str,
        schema: &'static TableSchema,
        rows: &mut dyn AnyRows,
        left_out: &mut Vec<LeftOut>,
    ) -> Result<(), Error> {
        let node = self.node().to_owned();
        let mut answer = self.query(query).await?;
        let mut columns = Vec::new();
        for found in answer.columns() {
            let known = found.name.to_str().and_then(|name| schema.column(name));
            if known.is_none() {
                left_out.push(LeftOut::Column(schema.name(), found.name.to_string()));
            }
            columns.push(known);
        }
        for column in schema.columns() {
            let is_there = columns.iter().flatten().any(|found| found.position() == column.position());
            if !is_there {
                left_out.push(LeftOut::NoColumn(schema.name(), column.name()));
            }
        }
        while let Some(values) = answer.next().await? {
            let row = rows.push_default();
            for (column, value) in columns.iter().zip(values.iter()) {
                let Some(column) = column else { continue };
                if let Err(reason) = row.set(column.position(), cell(column, value)) {
                    let key = key(schema, &columns, values);
                    let kind = ErrorKind::Value { table: schema.name(), key, column: column.name(), reason };
                    return Err(Error::new(&node, kind));
                }
            }
        }
        Ok(())
    }

    async fn fetch_variables(
        &mut self,
        layer: Layer,
        config: &mut Config,
        left_out: &mut Vec<LeftOut>,
    ) -> Result<(), Error> {
        let node = self.node().to_owned();
        let version = config.version;
        let mut answer = self.query(format!("SELECT * FROM {}", name(layer, "global_variables"))).await?;
        while let Some(row) = answer.next().await? {
            let (Some(name), Some(text)) = (row.get(0), row.get(1)) else {
                let kind = ErrorKind::Answer("variables have a name and a text");
                return Err(Error::new(&node, kind));
            };
            let (module, own) = Module::ALL
                .into_iter()
                .filter(|module| module.is_in(version))
                .find_map(|module| {
                    let own = name.strip_prefix(module.name().as_bytes())?.strip_prefix(b"-")?;
                    Some((Some(module), own))
                })
                .unwrap_or((None, name));
            let Some(module) = module else {
                left_out.push(LeftOut::Variable(String::from_utf8_lossy(name).into_owned()));
                continue;
            };
            let variables = config.variables_mut(module);
            let known = std::str::from_utf8(own).ok().and_then(|own| module.variable(version, own));
            let Some(variable) = known else {
                variables.others_mut().push((own.into(), text.into()));
                continue;
            };
            if let Err(reason) = variables.set_text(variable.position(), text) {
                let kind = ErrorKind::Variable { name: variable.full_name(), reason };
                return Err(Error::new(&node, kind));
            }
        }
        Ok(())
    }
}

/// A table's name in a layer.
fn name(layer: Layer, table: &str) -> String {
    match layer {
        Layer::Disk => format!("disk.{table}"),
        Layer::Runtime => format!("runtime_{table}"),
        _ => table.to_owned(),
    }
}

fn is_no_table(error: &Error) -> bool {
    let refused = error.server_error().map(|error| error.message().to_string_lossy().into_owned());
    refused.is_some_and(|message| message.contains("no such table"))
}

/// A value as SQLite holds it; all values come as texts.
fn cell<'v>(column: &Column, value: Option<&'v [u8]>) -> Cell<'v> {
    let Some(value) = value else { return Cell::Null };
    if column.is_text() {
        return Cell::Text(value);
    }
    match std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()) {
        Some(number) => Cell::Int(number),
        None => Cell::Text(value),
    }
}

/// The primary key of a row, for people.
fn key(schema: &TableSchema, columns: &[Option<&Column>], values: Row<'_>) -> String {
    let parts = columns.iter().zip(values.iter()).filter_map(|(column, value)| {
        let column = (*column).filter(|column| schema.primary_key().contains(&column.position()))?;
        Some(format!("{}={}", column.name(), String::from_utf8_lossy(value.unwrap_or(b"NULL"))))
    });
    parts.collect::<Vec<_>>().join(" ")
}

/// Runtime tables to what SAVE … TO MEMORY makes of them.
fn as_saved_to_memory(config: &mut Config) {
    macro_rules! servers {
        ($rows:expr) => {
            $rows.retain(|row| row.status.value() != ServerStatus::OfflineHard);
            for index in 0..$rows.len() {
                if $rows[index].status.value() == ServerStatus::Shunned
                    && let Some(row) = $rows.get_mut(index)
                {
                    row.status = ServerStatus::Online.into();
                }
            }
        };
    }
    servers!(config.mysql_servers);
    servers!(config.pgsql_servers);
    config.mysql_users = together(
        &config.mysql_users,
        |row| (row.frontend, row.backend),
        |row, (frontend, backend)| (row.frontend, row.backend) = (frontend, backend),
    );
    config.pgsql_users = together(
        &config.pgsql_users,
        |row| (row.frontend, row.backend),
        |row, (frontend, backend)| (row.frontend, row.backend) = (frontend, backend),
    );
}

/// Puts the two rows of an account together, where they differ in nothing but the direction. The order is
/// that of the first ones.
fn together<R: Clone + PartialEq + std::hash::Hash + Eq>(
    rows: &Rows<R>,
    directions: fn(&R) -> (bool, bool),
    set: fn(&mut R, (bool, bool)),
) -> Rows<R> {
    let mut places = std::collections::HashMap::new();
    let mut users: Vec<R> = Vec::new();
    for row in rows {
        let (frontend, backend) = directions(row);
        let mut blank = row.clone();
        set(&mut blank, (false, false));
        let place = *places.entry(blank).or_insert_with(|| {
            users.push(row.clone());
            users.len() - 1
        });
        if let Some(user) = users.get_mut(place) {
            let (first, second) = directions(user);
            set(user, (first || frontend, second || backend));
        }
    }
    users.into_iter().collect()
}
