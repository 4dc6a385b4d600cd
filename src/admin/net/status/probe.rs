//! One node, asked for everything.

use std::fmt;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use super::PeerMetrics;
use crate::admin::net::client::{Client, Table};
use crate::admin::net::error::{Error, ErrorKind};
use crate::admin::net::fetch::ServerVersion;
use crate::admin::net::options::ConnectOptions;
use crate::cluster::Layers;
use crate::cluster::health::RowError;
use crate::config::Layer;
use crate::schema::Text;

/// What is asked of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// The connection, and `SELECT @@version`.
    Connection,
    /// `runtime_checksums_values`.
    Checksums,
    /// `stats_proxysql_servers_checksums`.
    Peers,
    /// `stats_proxysql_servers_metrics`.
    Metrics,
    /// `runtime_proxysql_servers`.
    Members,
    /// The variables of the cluster, at runtime.
    Settings,
    /// The clock.
    Clock,
    /// Memory, runtime and disk.
    Layers,
}

/// Something that could not be asked of a node. The rest of what it said counts.
#[derive(Debug)]
#[non_exhaustive]
pub struct PartError {
    /// What.
    pub part: Part,
    /// Why.
    pub error: AskError,
}

/// Why something could not be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// The node refused, or the connection broke.
    #[error(transparent)]
    Node(#[from] Error),
    /// The node answered with rows that cannot be.
    #[error(transparent)]
    Rows(#[from] RowError),
}

impl AskError {
    /// The same without the name of the node.
    pub fn reason(&self) -> String {
        match self {
            AskError::Node(error) => error.kind().to_string(),
            AskError::Rows(error) => error.to_string(),
        }
    }

    /// What to do about it, where something can be said.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            AskError::Node(error) => error.help(),
            AskError::Rows(_) => None,
        }
    }
}

/// A node that is asked, maybe again and again over one connection.
#[derive(Debug)]
pub(super) struct Probe {
    /// As it was asked for.
    pub(super) asked: String,
    pub(super) options: ConnectOptions,
    /// Where it is; `None` where its name stands for no address, which is tried again.
    pub(super) address: Option<SocketAddr>,
    /// Whether it was found in `proxysql_servers`.
    pub(super) is_discovered: bool,
    client: Option<Client>,
}

/// The connection is of no use any more.
struct Broken;

/// What a node said, with the names that it has for its peers.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) asked: String,
    pub(super) is_discovered: bool,
    pub(super) address: Option<SocketAddr>,
    pub(super) version: Option<ServerVersion>,
    /// By how many seconds its clock is ahead of ours.
    pub(super) clock: Option<i64>,
    pub(super) checksums: Option<Vec<Vec<String>>>,
    pub(super) uptime: Option<u64>,
    pub(super) peers: Option<Vec<Vec<String>>>,
    pub(super) metrics: Option<Vec<PeerMetrics>>,
    pub(super) members: Option<Vec<String>>,
    pub(super) settings: Vec<(String, String)>,
    pub(super) layers: Option<Layers>,
    pub(super) errors: Vec<PartError>,
}

const CHECKSUMS: &str = "SELECT name, version, epoch, checksum FROM runtime_checksums_values ORDER BY name";
const PEERS: &str = "SELECT hostname, port, name, version, epoch, checksum, changed_at, updated_at, diff_check \
                     FROM stats_proxysql_servers_checksums ORDER BY hostname, port, name";
const METRICS: &str = "SELECT hostname, port, response_time_ms, Uptime_s, last_check_ms, Queries, \
                       Client_Connections_connected FROM stats_proxysql_servers_metrics ORDER BY hostname, port";
const MEMBERS: &str = "SELECT hostname, port FROM runtime_proxysql_servers ORDER BY hostname, port";
/// Not the account of the cluster: nobody here needs to know it.
const SETTINGS: &str = "SELECT variable_name, variable_value FROM runtime_global_variables \
                        WHERE variable_name LIKE 'admin-cluster_%' \
                        AND variable_name NOT IN ('admin-cluster_username', 'admin-cluster_password')";
const UPTIME: &str = "SELECT Variable_Value FROM stats_mysql_global WHERE Variable_Name='ProxySQL_Uptime'";
const CLOCK: &str = "SELECT strftime('%s', 'now')";

impl Probe {
    pub(super) fn new(asked: String, options: ConnectOptions, address: Option<SocketAddr>) -> Self {
        Probe { asked, options, address, is_discovered: false, client: None }
    }

    /// One that was found in `proxysql_servers`.
    pub(super) fn discovered(mut self) -> Self {
        self.is_discovered = true;
        self
    }

    /// Asks for everything. A connection that broke since the last time is made anew.
    pub(super) async fn ask(&mut self, layers: bool) -> Answer {
        if let Some(client) = self.client.take() {
            let mut answer = self.answer();
            self.client = answer.fill(client, layers).await;
            if self.client.is_some() || answer.checksums.is_some() {
                return answer;
            }
        }
        let mut answer = self.answer();
        let connected = match self.address {
            Some(address) => Client::connect_to(&self.options, address).await,
            None => Client::connect(&self.options).await,
        };
        match connected {
            Ok(client) => self.client = answer.fill(client, layers).await,
            Err(error) => answer.fails(Part::Connection, error),
        }
        answer
    }

    fn answer(&self) -> Answer {
        Answer {
            asked: self.asked.clone(),
            is_discovered: self.is_discovered,
            address: self.address,
            ..Answer::default()
        }
    }
}

impl Answer {
    /// Gives the connection back if it is still of use.
    async fn fill(&mut self, mut client: Client, layers: bool) -> Option<Client> {
        self.address = Some(client.address());
        match self.ask(&mut client, layers).await {
            Ok(()) => Some(client),
            Err(Broken) => None,
        }
    }

    async fn ask(&mut self, client: &mut Client, layers: bool) -> Result<(), Broken> {
        let version = client.version().await;
        let Some(version) = self.part(Part::Connection, version)? else { return Err(Broken) };
        self.version = Some(version);
        let table = client.rows(CHECKSUMS).await;
        self.checksums = self.part(Part::Checksums, table)?.map(texts);
        self.uptime = match client.rows(UPTIME).await {
            Ok(table) => texts(table).first().and_then(|row| row.first()?.parse().ok()),
            // Its peers may know.
            Err(error) if matches!(error.kind(), ErrorKind::Server(_)) => None,
            Err(error) => self.part(Part::Metrics, Err(error))?,
        };
        let table = client.rows(PEERS).await;
        self.peers = self.part(Part::Peers, table)?.map(texts);
        let table = client.rows(METRICS).await;
        let rows = self.part(Part::Metrics, table)?.map(texts);
        self.metrics = rows.map(|rows| rows.iter().filter_map(|row| metrics(row)).collect());
        let table = client.rows(MEMBERS).await;
        let rows = self.part(Part::Members, table)?.map(texts);
        let name = |row: &Vec<String>| Some(format!("{}:{}", row.first()?, row.get(1)?));
        self.members = rows.map(|rows| rows.iter().filter_map(name).collect());
        let table = client.rows(SETTINGS).await;
        let rows = self.part(Part::Settings, table)?.map(texts).unwrap_or_default();
        let pair = |row: Vec<String>| <[String; 2]>::try_from(row).ok().map(<(String, String)>::from);
        self.settings = rows.into_iter().filter_map(pair).collect();
        let table = client.rows(CLOCK).await;
        let rows = self.part(Part::Clock, table)?.map(texts).unwrap_or_default();
        let clock: Option<u64> = rows.first().and_then(|row| row.first()?.parse().ok());
        self.clock = clock.map(|clock| clock.cast_signed().saturating_sub(now().cast_signed()));
        if layers {
            let layers = fetch_layers(client).await;
            self.layers = self.part(Part::Layers, layers)?;
        }
        Ok(())
    }

    /// What came; nothing where the node refused it.
    fn part<T>(&mut self, part: Part, outcome: Result<T, Error>) -> Result<Option<T>, Broken> {
        let error = match outcome {
            Ok(found) => return Ok(Some(found)),
            Err(error) => error,
        };
        // A value that is none leaves an answer half read, which the next query passes over.
        let stays = matches!(
            error.kind(),
            ErrorKind::Server(_) | ErrorKind::Value { .. } | ErrorKind::Variable { .. }
        );
        self.fails(part, error);
        if stays { Ok(None) } else { Err(Broken) }
    }

    pub(super) fn fails(&mut self, part: Part, error: impl Into<AskError>) {
        self.errors.push(PartError { part, error: error.into() });
    }
}

async fn fetch_layers(client: &mut Client) -> Result<Layers, Error> {
    let memory = client.fetch_config(Layer::Memory).await?.config;
    // Servers that the monitor moved are not somebody's to load.
    let loaded = client.fetch_loaded().await?.config;
    let disk = client.fetch_config(Layer::Disk).await?.config;
    Ok(Layers::of(&memory, &loaded, &disk))
}

/// NULL is an empty text. What would move a terminal's cursor is replaced.
fn texts(table: Table) -> Vec<Vec<String>> {
    let text = |value: Option<Text>| value.map(|text| visible(&text.to_string())).unwrap_or_default();
    let row = |row: Vec<Option<Text>>| row.into_iter().map(text).collect();
    table.rows.into_iter().map(row).collect()
}

fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Seconds since 1970 by our own clock.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn metrics(row: &[String]) -> Option<PeerMetrics> {
    let number = |at: usize| row.get(at).and_then(|text| text.parse().ok()).unwrap_or(0);
    Some(PeerMetrics {
        peer: format!("{}:{}", row.first()?, row.get(1)?),
        response_ms: number(2),
        uptime: number(3),
        last_check_ms: number(4),
        queries: number(5),
        clients: number(6),
    })
}

/// The table, or what else it is.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Part::Connection => "connection",
            Part::Checksums => "runtime_checksums_values",
            Part::Peers => "stats_proxysql_servers_checksums",
            Part::Metrics => "stats_proxysql_servers_metrics",
            Part::Members => "runtime_proxysql_servers",
            Part::Settings => "cluster variables",
            Part::Clock => "clock",
            Part::Layers => "layers",
        })
    }
}

/// Without the name of the node.
impl fmt::Display for PartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Part::Connection => f.write_str(&self.error.reason()),
            part => write!(f, "{part}: {}", self.error.reason()),
        }
    }
}
