//! What keeps nodes apart, and what mends it.

use std::fmt;

use crate::cluster::Date;
use crate::config::LoadModule;

/// Something that keeps nodes apart, or will. Its `Display` is a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "kind", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Finding {
    /// Nodes have different content with the same epoch; none pulls from the other.
    EqualEpochs {
        /// These nodes.
        nodes: Vec<String>,
        /// Seconds since 1970.
        epoch: u64,
    },
    /// Nodes differ and all have version 1: as they started. Nobody pulls from a version 1.
    VersionOne {
        /// These nodes.
        nodes: Vec<String>,
    },
    /// A node does not pull this module.
    SyncOff {
        /// This node.
        node: String,
        /// The variable that says so.
        setting: String,
    },
    /// Nodes whose version strings differ do not talk.
    DifferentVersions {
        /// The node that does not pull.
        node: String,
        /// What it calls itself.
        version: String,
        /// The node it does not pull from.
        peer: String,
        /// What that one calls itself.
        peer_version: String,
    },
    /// A node does not know another one.
    NotMember {
        /// The node that does not know the other.
        node: String,
        /// The other one, which is not in its `proxysql_servers`.
        peer: String,
    },
    /// A node knows another one, and has not heard from it, or no longer.
    NotHeard {
        /// The node that does not hear.
        node: String,
        /// The other one.
        peer: String,
        /// When it was last heard: seconds since 1970; 0 when never.
        last: u64,
    },
    /// A node did not answer us.
    NotReached {
        /// This node.
        node: String,
        /// Why.
        error: String,
    },
    /// A node does not compute the checksum of this module (2.0 only).
    NotComputed {
        /// This node.
        node: String,
    },
    /// An epoch lies in the future: a clock ran ahead. What is loaded on other nodes before then is undone.
    ClockAhead {
        /// The node with the epoch.
        node: String,
        /// The epoch, seconds since 1970.
        epoch: u64,
        /// By how many seconds it is ahead.
        seconds: u64,
    },
    /// A node was loaded after it had last heard something new of a peer that is ahead. It counts no difference, and
    /// will not pull before anything at all is loaded there.
    NotCounting {
        /// The node that does not count.
        node: String,
        /// The peer that is ahead.
        peer: String,
    },
    /// A peer restarted and was loaded to the very contents and versions that a node has seen of it before. Only the
    /// epochs are others, and those are no part of the global checksum by which the node would notice.
    NotNoticed {
        /// The node that does not notice.
        node: String,
        /// The peer that is ahead.
        peer: String,
    },
    /// A node knows a peer as the newest one that cannot be reached any more: it pulls from nobody else.
    SourceGone {
        /// The node that does not pull.
        node: String,
        /// The peer that is gone.
        peer: String,
    },
    /// A pull has been due for long, and was not done, or failed.
    Overdue {
        /// The node that should have pulled.
        node: String,
        /// From this one.
        peer: String,
        /// For so many checks they have differed.
        diff_check: u64,
        /// After so many a pull is due.
        needed: u64,
    },
    /// This module follows what the monitor of each node sees: a difference need not mean anything.
    FollowsMonitor,
    /// 2.0 pulls two of the tables that this checksum covers; the others do not travel.
    PartOfServers,
    /// No version syncs this module.
    NeverSyncs,
}

/// A command, or something to do, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Remedy {
    /// The nodes; where one of them is enough, [`any`](Self::any) says so.
    pub nodes: Vec<String>,
    /// Whether one of the nodes is enough: the one whose content is wanted.
    pub any: bool,
    /// The admin commands, in order; empty where none helps.
    pub commands: Vec<String>,
    /// In words, where commands alone do not do it.
    pub advice: String,
}

impl Finding {
    /// What mends it in this module; nothing where there is nothing to mend.
    pub fn remedy(&self, module: &str) -> Option<Remedy> {
        let load = load_command(module);
        let one = |node: &String| vec![node.clone()];
        Some(match self {
            Finding::EqualEpochs { nodes, .. } | Finding::VersionOne { nodes } => {
                Remedy { nodes: nodes.clone(), any: true, commands: vec![load], advice: String::new() }
            }
            Finding::SyncOff { node, setting } if setting.contains("diffs_before_sync") => Remedy {
                nodes: one(node),
                any: false,
                commands: vec![format!("SET admin-{setting}=3"), ADMIN_LOAD.into(), ADMIN_SAVE.into()],
                advice: "unless it is meant so: then load this module there by hand".into(),
            },
            Finding::SyncOff { node, setting } => Remedy {
                nodes: one(node),
                any: false,
                commands: vec![format!("SET admin-{setting}=1"), ADMIN_LOAD.into(), ADMIN_SAVE.into()],
                advice: String::new(),
            },
            Finding::DifferentVersions { node, peer, .. } => Remedy {
                nodes: vec![node.clone(), peer.clone()],
                any: true,
                commands: Vec::new(),
                advice: "run the same build on both".into(),
            },
            Finding::NotMember { node, peer } => not_member(node, peer),
            Finding::NotHeard { node, peer, .. } => Remedy {
                nodes: one(node),
                any: false,
                commands: Vec::new(),
                advice: format!(
                    "see its log for {peer}: the name must resolve there, the admin port be open, \
                     admin-cluster_username and its password be among the peer's admin_credentials"
                ),
            },
            Finding::NotReached { node, .. } => Remedy {
                nodes: one(node),
                any: false,
                commands: Vec::new(),
                advice: "make it answer, and ask again".into(),
            },
            Finding::NotComputed { node } => Remedy {
                nodes: one(node),
                any: false,
                commands: vec![format!("SET admin-checksum_{module}=true"), ADMIN_LOAD.into(), load],
                advice: String::new(),
            },
            Finding::ClockAhead { node, .. } => Remedy {
                nodes: one(node),
                any: false,
                commands: vec![load],
                advice: "first set its clock right; load on every node that has this epoch, last where the \
                         content is wanted"
                    .into(),
            },
            // A load on the node itself has an older epoch again as long as the clocks are wrong.
            Finding::NotCounting { node, peer } => Remedy {
                nodes: one(peer),
                any: false,
                commands: vec![load],
                advice: format!(
                    "that brings its content to {node}; where the content of {node} is wanted, set the clocks right, and \
                     load it there"
                ),
            },
            Finding::NotNoticed { peer, .. } => Remedy {
                nodes: one(peer),
                any: false,
                commands: vec![load],
                advice: "if its content is wanted".into(),
            },
            Finding::SourceGone { node, peer } => Remedy {
                nodes: one(node),
                any: false,
                commands: vec![
                    format!("DELETE FROM proxysql_servers WHERE {}", key_of(peer)),
                    PROXYSQL_LOAD.into(),
                    PROXYSQL_SAVE.into(),
                ],
                advice: format!("unless {peer} comes back soon"),
            },
            Finding::Overdue { node, .. } => Remedy {
                nodes: one(node),
                any: false,
                commands: Vec::new(),
                advice: "see its log for `Fetching` lines that say failed".into(),
            },
            Finding::PartOfServers => Remedy {
                nodes: Vec::new(),
                any: false,
                commands: Vec::new(),
                advice: "if the Galera or group replication rows differ, load them on every node by hand"
                    .into(),
            },
            Finding::NeverSyncs => Remedy {
                nodes: Vec::new(),
                any: false,
                commands: vec![load],
                advice: "make the same changes on every node by hand".into(),
            },
            Finding::FollowsMonitor => return None,
        })
    }
}

const ADMIN_LOAD: &str = "LOAD ADMIN VARIABLES TO RUNTIME";
const ADMIN_SAVE: &str = "SAVE ADMIN VARIABLES TO DISK";
const PROXYSQL_LOAD: &str = "LOAD PROXYSQL SERVERS TO RUNTIME";
const PROXYSQL_SAVE: &str = "SAVE PROXYSQL SERVERS TO DISK";

/// The host of a peer as it stands between quotes, and the port.
fn host_and_port(peer: &str) -> (String, &str) {
    let (host, port) = peer.rsplit_once(':').unwrap_or((peer, "6032"));
    (host.replace('\'', "''"), port)
}

/// What finds a peer in `proxysql_servers`.
fn key_of(peer: &str) -> String {
    let (host, port) = host_and_port(peer);
    format!("hostname='{host}' AND port={port}")
}

fn not_member(node: &str, peer: &str) -> Remedy {
    let (host, port) = host_and_port(peer);
    Remedy {
        nodes: vec![node.to_owned()],
        any: false,
        commands: vec![
            format!("INSERT INTO proxysql_servers (hostname, port) VALUES ('{host}', {port})"),
            PROXYSQL_LOAD.into(),
            PROXYSQL_SAVE.into(),
        ],
        advice: String::new(),
    }
}

/// The command that makes a module's content count as the newest.
fn load_command(module: &str) -> String {
    match load_module(module) {
        Some(module) => format!("LOAD {module} TO RUNTIME"),
        None => format!("LOAD {} TO RUNTIME", module.to_uppercase().replace('_', " ")),
    }
}

/// What LOAD carries a module of the cluster.
pub(super) fn load_module(module: &str) -> Option<LoadModule> {
    Some(match module {
        "admin_variables" => LoadModule::AdminVariables,
        "mysql_query_rules" => LoadModule::MysqlQueryRules,
        "mysql_servers" | "mysql_servers_v2" => LoadModule::MysqlServers,
        "mysql_users" => LoadModule::MysqlUsers,
        "mysql_variables" => LoadModule::MysqlVariables,
        "pgsql_query_rules" => LoadModule::PgsqlQueryRules,
        "pgsql_servers" | "pgsql_servers_v2" => LoadModule::PgsqlServers,
        "pgsql_users" => LoadModule::PgsqlUsers,
        "pgsql_variables" => LoadModule::PgsqlVariables,
        "proxysql_servers" => LoadModule::ProxysqlServers,
        _ => return None,
    })
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::EqualEpochs { nodes, epoch } => {
                let date = Date(*epoch);
                write!(f, "conflict: {} hold different content of one epoch, {epoch} ({date} UTC)", List(nodes))
            }
            Finding::VersionOne { nodes } => {
                write!(f, "{} differ and have version 1, as after a start: nobody pulls that", List(nodes))
            }
            Finding::SyncOff { node, setting } => {
                let what = if setting.contains("diffs_before_sync") { "is 0" } else { "leaves it out" };
                write!(f, "{node} never pulls it: admin-{setting} {what}")
            }
            Finding::DifferentVersions { node, version, peer, peer_version } => {
                write!(f, "{node} ({version}) does not talk to {peer} ({peer_version}): another version")
            }
            Finding::NotMember { node, peer } => {
                write!(f, "{node} does not know {peer}: it is not in its runtime proxysql_servers")
            }
            Finding::NotHeard { node, peer, last: 0 } => write!(f, "{node} has never heard from {peer}"),
            Finding::NotHeard { node, peer, last } => {
                write!(f, "{node} has not heard from {peer} since {} UTC", Date(*last))
            }
            Finding::NotReached { node, error } => write!(f, "{node} could not be asked: {error}"),
            Finding::NotComputed { node } => write!(f, "{node} does not compute this checksum"),
            Finding::ClockAhead { node, epoch, seconds } => write!(
                f,
                "the epoch on {node} lies {seconds} s in the future, {epoch} ({} UTC): until then it undoes what is loaded elsewhere",
                Date(*epoch)
            ),
            Finding::NotCounting { node, peer } => write!(
                f,
                "{node} was loaded after it heard of the newer epoch of {peer}: it will pull when anything is loaded there, not before"
            ),
            Finding::NotNoticed { node, peer } => write!(
                f,
                "{node} does not notice the newer epoch of {peer}, which restarted and has the contents and versions of before"
            ),
            Finding::SourceGone { node, peer } => write!(
                f,
                "{node} pulls from nobody but {peer}, the newest one that it has heard of, and that one is gone"
            ),
            Finding::Overdue { node, peer, diff_check, needed } => write!(
                f,
                "{node} should have pulled from {peer} after {needed} checks, and they have differed for {diff_check}"
            ),
            Finding::FollowsMonitor => {
                f.write_str("it follows what each node's monitor sees, and may differ at any time")
            }
            Finding::PartOfServers => f.write_str(
                "2.0 pulls only servers and replication hostgroups, but the checksum covers Galera and group replication, too",
            ),
            Finding::NeverSyncs => f.write_str("no version of ProxySQL syncs this module"),
        }
    }
}

/// `on NODE: COMMAND; COMMAND` and the advice.
impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&*self.nodes, self.any) {
            ([], _) => f.write_str("on every node")?,
            ([one], _) => write!(f, "on {one}")?,
            (all, false) => write!(f, "on {}", List(all))?,
            (all, true) if self.commands.is_empty() => write!(f, "on {}", List(all))?,
            (all, true) => write!(f, "on the one of {} whose content is wanted", List(all))?,
        }
        let mut mark = ": ";
        for command in &self.commands {
            write!(f, "{mark}{command};")?;
            mark = " ";
        }
        match (self.commands.is_empty(), self.advice.is_empty()) {
            (_, true) => Ok(()),
            (true, false) => write!(f, ": {}", self.advice),
            (false, false) => write!(f, " ({})", self.advice),
        }
    }
}

/// `a, b and c`; the first ones of many.
pub(super) struct List<'a>(pub(super) &'a [String]);

/// The most names in one sentence.
const MOST: usize = 8;

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if self.0.len() > MOST { &self.0[..MOST - 1] } else { self.0 };
        let rest = self.0.len() - shown.len();
        for (index, name) in shown.iter().enumerate() {
            let mark = match index {
                0 => "",
                last if last + 1 == shown.len() && rest == 0 => " and ",
                _ => ", ",
            };
            write!(f, "{mark}{name}")?;
        }
        if rest > 0 { write!(f, " and {rest} more") } else { Ok(()) }
    }
}
