//! What happened, in the words of people.

use std::fmt;

use crate::cluster::{Address, Date, LoadWords, ModuleKind};
use crate::hash::Checksum;

/// Something that happened on a node, once or again and again. `Display` is a sentence without the node and the
/// time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Chapter {
    /// The node whose log tells it.
    pub node: String,
    /// When first, in seconds since 1970 as the node's clock and zone have them.
    pub first: u64,
    /// When last.
    pub last: u64,
    /// How often.
    pub count: u64,
    /// What.
    pub what: Happening,
}

/// What happened on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "what", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Happening {
    /// A peer came into the loaded `proxysql_servers`.
    PeerAdded {
        /// The peer.
        #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
        peer: Address,
    },
    /// A peer left them.
    PeerRemoved {
        /// The peer.
        #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
        peer: Address,
    },
    /// A peer's name has several addresses.
    SeveralAddresses {
        /// The name.
        host: String,
    },
    /// A peer could not be connected to.
    Unreachable {
        /// The peer.
        #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
        peer: Address,
        /// The client library's words.
        error: String,
    },
    /// A peer was connected to.
    Connected {
        /// The peer.
        #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
        peer: Address,
    },
    /// A peer is of another version: nothing is synced with it.
    OtherVersion {
        /// The peer.
        #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
        peer: Address,
        /// What it calls itself.
        remote: String,
        /// What the node calls itself.
        own: String,
    },
    /// A query of a check failed.
    CheckFailed {
        /// The peer.
        #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
        peer: Address,
        /// Why, if the log says so.
        error: String,
    },
    /// A peer's module has another checksum than before.
    Detected {
        /// The peer.
        #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
        peer: Address,
        /// The module.
        #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
        module: ModuleKind,
        /// How often the peer has loaded it.
        version: u64,
        /// When, in seconds since 1970.
        epoch: u64,
        /// Its checksum; none where the peer does not compute it.
        #[cfg_attr(feature = "serde", serde(serialize_with = "maybe"))]
        checksum: Option<Checksum>,
        /// What the node makes of it.
        sighting: Sighting,
    },
    /// A module was to be pulled.
    Pull {
        /// Who it was pulled from; who made the node pull, as long as the log names no source.
        #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
        peer: Address,
        /// The module.
        #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
        module: ModuleKind,
        /// The peer's version.
        version: u64,
        /// The peer's epoch, in seconds since 1970.
        epoch: u64,
        /// After how many checks that saw a difference.
        diff_check: u32,
        /// What came of it.
        end: PullEnd,
    },
    /// Both sides were loaded in the same second, and differ.
    Conflict {
        /// The peer.
        #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
        peer: Address,
        /// The module.
        #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
        module: ModuleKind,
        /// The second, since 1970.
        epoch: u64,
    },
    /// A peer differs, and has not loaded the module since its start: nobody pulls that.
    VersionOne {
        /// The peer.
        #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
        peer: Address,
        /// The module.
        #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
        module: ModuleKind,
        /// The node's own version of it.
        own_version: u64,
    },
    /// Somebody gave a command.
    Command {
        /// As it was typed.
        command: String,
    },
    /// A module was loaded to runtime.
    Loaded {
        /// What.
        #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
        load: LoadWords,
        /// Its checksum from then on.
        #[cfg_attr(feature = "serde", serde(serialize_with = "maybe"))]
        checksum: Option<Checksum>,
        /// Its epoch from then on, in seconds since 1970.
        epoch: u64,
        /// Whether no command came before: the node has just started.
        at_start: bool,
    },
    /// A row of hostgroups is left out.
    Incompatible {
        /// The table.
        table: String,
        /// Its hostgroups.
        hostgroups: String,
    },
    /// A module syncs again.
    Reenabled {
        /// The module.
        #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
        module: ModuleKind,
    },
}

/// What a node makes of a checksum that is new to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Sighting {
    /// It differs; so far nothing is done.
    Differs,
    /// It is the own one.
    Same,
    /// `admin-cluster_..._diffs_before_sync` is 0: nothing will be done.
    Off,
}

/// What came of a pull.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum PullEnd {
    /// It was announced, and the log names no source.
    Announced,
    /// The rows were asked for; the log says no more.
    Fetching,
    /// The rows came; the log says no more.
    Fetched,
    /// They run.
    Loaded {
        /// Whether they were saved to disk; `None` where the log does not say.
        saved: Option<bool>,
    },
    /// Nothing was changed.
    Failed {
        /// Why.
        error: String,
    },
    /// A later epoch was seen that was not ready.
    Skipped,
}

impl fmt::Display for Chapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        if self.count > 1 {
            write!(f, " ({} times, until {})", self.count, Date(self.last))?;
        }
        Ok(())
    }
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Happening::PeerAdded { peer } => write!(f, "{peer} is a peer now"),
            Happening::PeerRemoved { peer } => write!(f, "{peer} is no peer any more"),
            Happening::SeveralAddresses { host } => {
                write!(f, "{host} has several addresses: which node answers is chance")
            }
            Happening::Unreachable { peer, error } => write!(f, "cannot reach {peer}: {error}"),
            Happening::Connected { peer } => write!(f, "connected to {peer}"),
            Happening::OtherVersion { peer, remote, own } => {
                write!(f, "{peer} is ProxySQL {remote}, not {own}: nothing is synced with it")
            }
            Happening::CheckFailed { peer, error } if error.is_empty() => {
                write!(f, "a check of {peer} failed")
            }
            Happening::CheckFailed { peer, error } => write!(f, "a check of {peer} failed: {error}"),
            Happening::Detected { peer, module, version, epoch, checksum, sighting } => {
                write!(f, "sees {module} of {peer}: version {version}, loaded {}, ", Date(*epoch))?;
                match checksum {
                    Some(checksum) => write!(f, "{checksum}: ")?,
                    None => f.write_str("not computed: ")?,
                }
                f.write_str(match sighting {
                    Sighting::Differs => "differs from its own, or nothing was said yet",
                    Sighting::Same => "the same as its own",
                    Sighting::Off => "it will not pull, since diffs_before_sync is 0",
                })
            }
            Happening::Pull { peer, module, version, epoch, diff_check, end } => {
                let from = if matches!(end, PullEnd::Announced) { "because of" } else { "from" };
                write!(f, "pulls {module} {from} {peer} (version {version}, loaded {}", Date(*epoch))?;
                if *diff_check > 0 {
                    write!(f, ", different for {diff_check} checks")?;
                }
                write!(f, "): {end}")
            }
            Happening::Conflict { peer, module, epoch } => {
                write!(
                    f,
                    "CONFLICT: {module} of {peer} differs and was loaded in the same second, {}",
                    Date(*epoch)
                )
            }
            Happening::VersionOne { peer, module, own_version } => {
                write!(
                    f,
                    "{module} of {peer} differs, and nobody pulls it: it is as {peer} started (own version {own_version})"
                )
            }
            Happening::Command { command } => write!(f, "somebody said {command}"),
            Happening::Loaded { load, checksum, epoch, at_start } => {
                let when = if *at_start { " at its start" } else { "" };
                write!(f, "loaded {load}{when}: epoch {}", Date(*epoch))?;
                checksum.map_or(Ok(()), |checksum| write!(f, ", {checksum}"))
            }
            Happening::Incompatible { table, hostgroups } => {
                write!(
                    f,
                    "leaves out a row of {table}, hostgroups {hostgroups}: they are chained with another row's"
                )
            }
            Happening::Reenabled { module } => write!(f, "syncs {module} again"),
        }
    }
}

impl fmt::Display for PullEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PullEnd::Announced => f.write_str("announced, and no source is named"),
            PullEnd::Fetching => f.write_str("asked for the rows; the log says no more"),
            PullEnd::Fetched => f.write_str("the rows came; the log says no more"),
            PullEnd::Loaded { saved: Some(true) } => f.write_str("loaded and saved"),
            PullEnd::Loaded { saved: Some(false) } => f.write_str("loaded, NOT saved"),
            PullEnd::Loaded { saved: None } => f.write_str("loaded"),
            PullEnd::Failed { error } => write!(f, "FAILED: {error}"),
            PullEnd::Skipped => f.write_str("put off: a later epoch was seen that was not ready"),
        }
    }
}

#[cfg(feature = "serde")]
fn text<S: serde::Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[cfg(feature = "serde")]
#[allow(clippy::ref_option)] // serde hands over a reference.
fn maybe<S: serde::Serializer>(value: &Option<Checksum>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(checksum) => serializer.collect_str(checksum),
        None => serializer.serialize_none(),
    }
}
