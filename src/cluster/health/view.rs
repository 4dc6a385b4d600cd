//! What one node says: its rows, read from text.

use std::collections::BTreeMap;

use crate::hash::{Checksum, ChecksumError};

/// What one node says of itself and of its peers, as far as it was asked.
///
/// What is not given is not held against the cluster: without peers every node counts as a peer of
/// every other one, without settings the defaults hold.
///
/// ```
/// use proxysql_kit::cluster::health::NodeView;
///
/// let view = NodeView::new("proxysql-0:6032")
///     .version("2.7.1-0-g2726c27")
///     .checksums([["mysql_users", "2", "1564718027", "0x51BAFDE21799F532"]])?
///     .setting("cluster_mysql_users_diffs_before_sync", "0");
/// assert_eq!(view.modules()[0].version, 2);
/// # Ok::<(), proxysql_kit::cluster::health::RowError>(())
/// ```
#[derive(Clone, Debug)]
pub struct NodeView {
    pub(in crate::cluster) name: String,
    pub(in crate::cluster) version: Option<String>,
    pub(in crate::cluster) modules: Vec<ModuleRow>,
    pub(in crate::cluster) peers: Option<Vec<PeerRow>>,
    pub(in crate::cluster) settings: BTreeMap<String, String>,
    /// Why there is nothing.
    pub(in crate::cluster) error: Option<String>,
}

/// A row of `runtime_checksums_values`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ModuleRow {
    /// The module.
    pub name: String,
    /// How often it was loaded since the start; 0 when the node does not compute its checksum.
    pub version: u64,
    /// When it was loaded, or the epoch of the peer it came from: seconds since 1970.
    pub epoch: u64,
    /// The checksum; `None` when the node does not compute it.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::cluster::as_text::as_maybe_text"))]
    pub checksum: Option<Checksum>,
}

/// A row of `stats_proxysql_servers_checksums`: what a node last heard of a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerRow {
    /// The peer, `HOST:PORT`.
    pub peer: String,
    /// What it said of a module.
    pub module: ModuleRow,
    /// When the checksum changed: seconds since 1970, 0 when never.
    pub changed_at: u64,
    /// When it was last heard of.
    pub updated_at: u64,
    /// For how many checks the checksum has differed from the node's own one.
    pub diff_check: u64,
}

/// A row that cannot be one of the table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{table}, row {row}: {problem}; expected the columns {columns}")]
pub struct RowError {
    table: &'static str,
    columns: &'static str,
    /// Counted from 1.
    row: usize,
    problem: String,
}

impl NodeView {
    /// A node by the name that its peers have for it, `HOST:PORT`.
    pub fn new(name: impl Into<String>) -> Self {
        NodeView {
            name: name.into(),
            version: None,
            modules: Vec::new(),
            peers: None,
            settings: BTreeMap::new(),
            error: None,
        }
    }

    /// A node that could not be asked, and why.
    pub fn unreachable(name: impl Into<String>, error: impl Into<String>) -> Self {
        NodeView { error: Some(error.into()), ..NodeView::new(name) }
    }

    /// What it answers to `SELECT @@version`.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// The rows of `runtime_checksums_values`: name, version, epoch, checksum.
    ///
    /// # Errors
    /// The first row that is none.
    pub fn checksums<R, C>(mut self, rows: impl IntoIterator<Item = R>) -> Result<Self, RowError>
    where
        R: AsRef<[C]>,
        C: AsRef<str>,
    {
        self.modules =
            read(&RUNTIME, rows, |[name, version, epoch, checksum]| module(name, version, epoch, checksum))?;
        Ok(self)
    }

    /// The rows of `stats_proxysql_servers_checksums`: hostname, port, name, version, epoch, checksum,
    /// `changed_at`, `updated_at`, `diff_check`.
    ///
    /// # Errors
    /// The first row that is none.
    pub fn peers<R, C>(mut self, rows: impl IntoIterator<Item = R>) -> Result<Self, RowError>
    where
        R: AsRef<[C]>,
        C: AsRef<str>,
    {
        let row = |[host, port, name, version, epoch, checksum, changed, updated, diff]: [&str; 9]| {
            Ok(PeerRow {
                peer: format!("{host}:{}", number("port", port)?),
                module: module(name, version, epoch, checksum)?,
                changed_at: number("changed_at", changed)?,
                updated_at: number("updated_at", updated)?,
                diff_check: number("diff_check", diff)?,
            })
        };
        self.peers = Some(read(&PEERS, rows, row)?);
        Ok(self)
    }

    /// An admin variable, with or without `admin-`. Looked at are `cluster_check_interval_ms`,
    /// `cluster_mysql_servers_sync_algorithm` and `cluster_M_diffs_before_sync`.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        let name = name.strip_prefix("admin-").unwrap_or(name);
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }

    /// What it says of itself.
    pub fn modules(&self) -> &[ModuleRow] {
        &self.modules
    }

    /// The peers that it knows, by name; none where they are not known.
    pub fn peer_names(&self) -> std::collections::BTreeSet<&str> {
        self.peers.iter().flatten().map(|row| &*row.peer).collect()
    }

    pub(super) fn module(&self, name: &str) -> Option<&ModuleRow> {
        self.modules.iter().find(|module| module.name == name)
    }

    /// What it last heard from a peer of a module. `None` where it has no such peer, or its peers are not known.
    pub(super) fn heard(&self, peer: &str, module: &str) -> Option<&PeerRow> {
        let mut rows = self.peers.iter().flatten();
        rows.find(|row| row.peer == peer && row.module.name == module)
    }

    /// What its own clock says, as far as that is known: when it last heard of itself, if it is among its peers.
    pub(super) fn clock(&self) -> Option<u64> {
        let own = self.peers.iter().flatten().filter(|row| row.peer == self.name);
        own.map(|row| row.updated_at).max().filter(|at| *at > 0)
    }

    /// When it started, by its own clock: the epoch of what was not loaded since then; `None` where everything was.
    pub(super) fn started(&self) -> Option<u64> {
        self.modules.iter().filter(|row| row.version == 1).map(|row| row.epoch).max()
    }

    /// Whether it has a peer of this name; so it has where its peers are not known.
    pub(super) fn has_peer(&self, peer: &str) -> bool {
        self.peers.as_ref().is_none_or(|rows| rows.iter().any(|row| row.peer == peer))
    }

    /// A variable's number, if it is known.
    pub(super) fn number(&self, setting: &str) -> Option<u64> {
        self.settings.get(setting)?.parse().ok()
    }
}

struct Columns<const N: usize> {
    table: &'static str,
    columns: &'static str,
}

const RUNTIME: Columns<4> =
    Columns { table: "runtime_checksums_values", columns: "name, version, epoch, checksum" };
const PEERS: Columns<9> = Columns {
    table: "stats_proxysql_servers_checksums",
    columns: "hostname, port, name, version, epoch, checksum, changed_at, updated_at, diff_check",
};

fn read<const N: usize, R: AsRef<[C]>, C: AsRef<str>, T>(
    of: &Columns<N>,
    rows: impl IntoIterator<Item = R>,
    one: impl Fn([&str; N]) -> Result<T, String>,
) -> Result<Vec<T>, RowError> {
    let row = |(index, row): (usize, R)| {
        let cells: Vec<&str> = row.as_ref().iter().map(AsRef::as_ref).collect();
        let count = cells.len();
        let cells = <[&str; N]>::try_from(cells).map_err(|_| format!("it has {count} columns"));
        cells.and_then(&one).map_err(|problem| RowError {
            table: of.table,
            columns: of.columns,
            row: index + 1,
            problem,
        })
    };
    rows.into_iter().enumerate().map(row).collect()
}

fn module(name: &str, version: &str, epoch: &str, checksum: &str) -> Result<ModuleRow, String> {
    let checksum = match checksum.parse() {
        Ok(checksum) => Some(checksum),
        Err(ChecksumError::Empty) => None,
        Err(error) => return Err(error.to_string()),
    };
    let (version, epoch) = (number("version", version)?, number("epoch", epoch)?);
    Ok(ModuleRow { name: name.to_owned(), version, epoch, checksum })
}

fn number(column: &str, text: &str) -> Result<u64, String> {
    // A peer can send anything; an error stays short.
    let short = || text.chars().take(24).collect::<String>();
    text.parse().map_err(|_| format!("{column} is no number: `{}`", short()))
}
