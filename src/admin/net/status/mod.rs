//! How the nodes of a cluster stand, asked of all of them at once: versions, checksums, what each heard of the
//! others, and the three layers; what that means is [`cluster::health`](crate::cluster::health)'s affair. Looked at
//! again and again, it tells what happened in between.
//!
//! ```no_run
//! use proxysql_kit::admin::net::ConnectOptions;
//! use proxysql_kit::admin::net::status::{Cluster, StatusOptions};
//!
//! # async fn example() {
//! // A headless service: one name for all nodes.
//! let service = ConnectOptions::new("proxysql.default.svc.cluster.local", "radmin", "secret");
//! let mut cluster = Cluster::new([service], StatusOptions::default());
//! let status = cluster.look().await;
//! print!("{status}");
//! assert!(status.is_in_step());
//! # }
//! ```

mod cluster;
mod follow;
mod names;
mod probe;
mod show;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;

pub use cluster::Cluster;
pub use follow::{Change, Follower};
pub use probe::{AskError, Part, PartError};

use super::fetch::ServerVersion;
use crate::cluster::Layers;
use crate::cluster::health::{Health, ModuleRow, Verdict};

/// What is asked, and of whom.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StatusOptions {
    /// Whether the three layers are read and compared: that is all that a node holds, three times.
    pub layers: bool,
    /// Whether the members in the nodes' `proxysql_servers` are asked too, with the account of the first node
    /// that was named.
    pub discover: bool,
    /// How many nodes are asked at once.
    pub at_once: usize,
    /// How many nodes are asked at all; names and members beyond are left out.
    pub most_nodes: usize,
}

impl Default for StatusOptions {
    /// With the layers, without other members, 16 at once, 256 at most.
    fn default() -> Self {
        StatusOptions { layers: true, discover: false, at_once: 16, most_nodes: 256 }
    }
}

impl StatusOptions {
    /// Whether the three layers are read.
    #[must_use]
    pub fn layers(mut self, layers: bool) -> Self {
        self.layers = layers;
        self
    }

    /// Whether members that were not named are asked too.
    #[must_use]
    pub fn discover(mut self, discover: bool) -> Self {
        self.discover = discover;
        self
    }

    /// How many nodes are asked at once; at least one is.
    #[must_use]
    pub fn at_once(mut self, nodes: usize) -> Self {
        self.at_once = nodes;
        self
    }
}

/// How the nodes stood when they were asked. Its `Display` is the table for people, without secrets; with `{:#}`
/// modules that are in step take one line.
#[derive(Debug)]
#[non_exhaustive]
pub struct ClusterStatus {
    /// When: seconds since 1970, by the clock of most nodes, or else our own.
    pub at: u64,
    /// The nodes, those that were named first.
    pub nodes: Vec<NodeStatus>,
    /// Whether they agree, and what mends it if not. Nodes have the names of [`nodes`](Self::nodes).
    pub health: Health,
    /// Members that some node knows, and that were not asked.
    pub unasked: Vec<String>,
    /// Nodes that could not be found among the members by name or address: who knows whom was not judged.
    pub unmatched: Vec<String>,
}

/// How one node stood.
#[derive(Debug)]
#[non_exhaustive]
pub struct NodeStatus {
    /// As its peers call it, where they do; else as it was asked for.
    pub name: String,
    /// As it was asked for: host and port, or the address where the host's name stands for several.
    pub asked: String,
    /// Where it was reached.
    pub address: Option<SocketAddr>,
    /// Which ProxySQL it is.
    pub version: Option<ServerVersion>,
    /// By how many seconds its clock is ahead of that of most nodes; below 0 where it is behind.
    pub ahead: Option<i64>,
    /// For how many seconds it has been up, as it says itself, or else as one of its peers last heard.
    pub uptime: Option<u64>,
    /// Its `runtime_checksums_values`; `None` where they could not be read.
    pub modules: Option<Vec<ModuleRow>>,
    /// Its `runtime_proxysql_servers`, `HOST:PORT`.
    pub members: Option<Vec<String>>,
    /// How it last heard from each peer.
    pub peers: Option<Vec<PeerMetrics>>,
    /// How its layers differ; `None` where that was not asked, or failed.
    pub layers: Option<Layers>,
    /// What could not be asked, and why.
    pub errors: Vec<PartError>,
}

/// A row of `stats_proxysql_servers_metrics`: what a node last heard of a peer's load.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerMetrics {
    /// The peer, `HOST:PORT`.
    pub peer: String,
    /// How long its last answer took, in ms.
    pub response_ms: u64,
    /// For how many seconds it had been up; 0 where it was never heard.
    pub uptime: u64,
    /// How long ago that was, in ms; since the machine started where it never was.
    pub last_check_ms: u64,
    /// How many queries it had had.
    pub queries: u64,
    /// How many clients were connected.
    pub clients: u64,
}

impl ClusterStatus {
    /// Whether all nodes answered and hold the same, and nothing is to be mended. Modules that the cluster does not
    /// sync are each node's own affair.
    pub fn is_in_step(&self) -> bool {
        let is_converging = |verdict| verdict == Verdict::Converging;
        self.health.is_well() && !self.health.modules.iter().any(|module| is_converging(module.verdict))
    }

    /// Whether everything is loaded and saved on all nodes whose layers were read.
    pub fn is_settled(&self) -> bool {
        self.nodes.iter().filter_map(|node| node.layers.as_ref()).all(Layers::is_settled)
    }

    /// Whether any node answered.
    pub fn is_any_reached(&self) -> bool {
        self.nodes.iter().any(NodeStatus::is_reached)
    }

    /// A node by its name.
    pub fn node(&self, name: &str) -> Option<&NodeStatus> {
        self.nodes.iter().find(|node| node.name == name)
    }
}

impl NodeStatus {
    /// Whether it told its checksums.
    pub fn is_reached(&self) -> bool {
        self.modules.is_some()
    }
}
