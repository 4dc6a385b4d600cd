//! What keeps nodes apart where their logs end.

use std::fmt;

/// Why a module is not in step where the logs end, or will not stay so. `Display` is a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "kind", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Obstacle {
    /// A peer could not be reached, to the end.
    Unreachable {
        /// The node that tries.
        node: String,
        /// The peer.
        peer: String,
        /// The last error.
        error: String,
        /// How often it was tried.
        count: u64,
    },
    /// A peer is of another version.
    OtherVersion {
        /// The node.
        node: String,
        /// The peer.
        peer: String,
        /// What the peer calls itself.
        remote: String,
        /// What the node calls itself.
        own: String,
    },
    /// A node does not pull a module.
    Off {
        /// The node.
        node: String,
        /// The peer that differs.
        peer: String,
        /// The module.
        module: String,
        /// The variable that is 0.
        variable: String,
    },
    /// Both sides were loaded in the same second, and still differ.
    Conflict {
        /// The node.
        node: String,
        /// The peer.
        peer: String,
        /// The module.
        module: String,
        /// What LOAD ... TO RUNTIME calls it.
        load: String,
    },
    /// A peer has another content that it has not loaded since its start.
    VersionOne {
        /// The node.
        node: String,
        /// The peer.
        peer: String,
        /// The module.
        module: String,
        /// What LOAD ... TO RUNTIME calls it.
        load: String,
        /// Whether the node has not loaded it either, so that nobody pulls.
        both: bool,
    },
    /// Pulls fail, to the end.
    PullsFail {
        /// The node.
        node: String,
        /// The source.
        peer: String,
        /// The module.
        module: String,
        /// The last error.
        error: String,
        /// How many failed in a row.
        count: u64,
    },
    /// A peer differs, and the node says no more: its own content is newer, or the log ends too early.
    Silent {
        /// The node.
        node: String,
        /// The peer.
        peer: String,
        /// The module.
        module: String,
        /// Whether the node's own epoch is the later one.
        own_is_newer: bool,
    },
    /// A node does not know another one, whose content is newer.
    NotMember {
        /// The node that does not know the other.
        node: String,
        /// The other one.
        peer: String,
        /// The module.
        module: String,
    },
    /// A module was pulled again and again.
    Flapping {
        /// The node.
        node: String,
        /// The module.
        module: String,
        /// How often.
        pulls: u64,
    },
    /// What was pulled is not on disk.
    NotSaved {
        /// The node.
        node: String,
        /// The module.
        module: String,
        /// What SAVE ... TO DISK calls it.
        load: String,
    },
}

impl Obstacle {
    /// What mends it.
    pub fn remedy(&self) -> String {
        match self {
            Obstacle::Unreachable { error, .. } if error.contains("Access denied") => {
                "the account in admin-cluster_username and admin-cluster_password must be in the peer's admin-admin_credentials".into()
            }
            Obstacle::Unreachable { error, .. } if error.contains("host") && error.contains("Unknown") => {
                "the name does not resolve: is there a headless service, with publishNotReadyAddresses, and is the name in proxysql_servers its pod's?".into()
            }
            Obstacle::Unreachable { peer, .. } => format!("is {peer} running, and does its admin-mysql_ifaces listen there?"),
            Obstacle::OtherVersion { .. } => "nodes sync with nodes of the very same version only: finish the upgrade".into(),
            Obstacle::Off { node, variable, .. } => {
                format!("on {node}: UPDATE global_variables SET variable_value='3' WHERE variable_name='{variable}'; LOAD ADMIN VARIABLES TO RUNTIME")
            }
            Obstacle::Conflict { load, .. } => format!("on the node whose content is wanted: LOAD {load} TO RUNTIME"),
            Obstacle::VersionOne { load, both: true, .. } => {
                format!("on the node whose content is wanted: LOAD {load} TO RUNTIME")
            }
            Obstacle::VersionOne { peer, load, both: false, .. } => {
                format!("{peer} will pull from others; where its content is wanted, on {peer}: LOAD {load} TO RUNTIME")
            }
            Obstacle::PullsFail { error, .. } if error.contains("hecksum") => {
                "the content moves while it is pulled, or the versions hash it otherwise; if it stays so, load it again on the source".into()
            }
            Obstacle::PullsFail { peer, .. } => format!("see why {peer} does not answer"),
            Obstacle::Silent { peer, own_is_newer: true, .. } => {
                format!("{peer} should pull: see its log, and whether it knows this node")
            }
            Obstacle::Silent { .. } => "see whether the next lines of the log say more".into(),
            Obstacle::NotMember { node, peer, .. } => format!(
                "on {node}: put {peer} into proxysql_servers, and LOAD PROXYSQL SERVERS TO RUNTIME; or load what is wanted on a node that {node} knows"
            ),
            Obstacle::Flapping { .. } => {
                "nodes undo each other's content: see which clocks run ahead, and which programs load it".into()
            }
            Obstacle::NotSaved { node, load, .. } => {
                format!("on {node}: SAVE {load} TO DISK, and set the module's admin-cluster_..._save_to_disk")
            }
        }
    }

    /// Whether it keeps nodes apart now; else it may do so later.
    pub fn is_grave(&self) -> bool {
        !matches!(self, Obstacle::NotSaved { .. } | Obstacle::Silent { own_is_newer: false, .. })
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Obstacle::Unreachable { node, peer, error, count } => {
                write!(f, "{node} cannot reach {peer} ({count} times to the end): {error}")
            }
            Obstacle::OtherVersion { node, peer, remote, own } => {
                write!(f, "{node} is ProxySQL {own}, and {peer} is {remote}: they do not sync")
            }
            Obstacle::Off { node, peer, module, variable } => {
                write!(f, "{node} does not pull {module}, which differs on {peer}: {variable} is 0")
            }
            Obstacle::Conflict { node, peer, module, .. } => {
                write!(
                    f,
                    "{module} differs between {node} and {peer}, loaded in the same second: neither pulls, ever"
                )
            }
            Obstacle::VersionOne { node, peer, module, both, .. } => {
                write!(f, "{module} of {peer} differs from that of {node} and is as {peer} started")?;
                f.write_str(if *both {
                    "; so is that of the node: neither pulls, ever"
                } else {
                    ": nobody pulls it"
                })
            }
            Obstacle::PullsFail { node, peer, module, error, count } => {
                write!(f, "{node} cannot pull {module} from {peer} ({count} in a row): {error}")
            }
            Obstacle::Silent { node, peer, module, own_is_newer: true } => {
                write!(
                    f,
                    "{module} of {peer} differs from that of {node}, which is newer: an older one is never pulled, and not spoken of"
                )
            }
            Obstacle::Silent { node, peer, module, own_is_newer: false } => {
                write!(f, "{module} of {peer} differs from that of {node} where the log ends")
            }
            Obstacle::NotMember { node, peer, module } => {
                write!(f, "{node} does not know {peer}, whose {module} is newer: it is not among its peers")
            }
            Obstacle::Flapping { node, module, pulls } => {
                write!(f, "{node} pulled {module} {pulls} times: nodes undo each other's content")
            }
            Obstacle::NotSaved { node, module, .. } => {
                write!(
                    f,
                    "{module} of {node} was pulled and not saved: a restart brings back what is on its disk"
                )
            }
        }
    }
}
