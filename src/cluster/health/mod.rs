//! How well a cluster agrees, told from outside: what each node says of itself and of its peers goes in; for
//! each module comes out whether the nodes agree, who pulls from whom, whether they ever will, and what mends
//! it. Knows the rules of the sync algorithm and no network; whoever asked the nodes gives their rows.
//!
//! What is foretold is what comes if nobody loads anything; the simulator is its test. Where clocks run ahead the
//! moment may decide: then it is what comes if all differences are counted by the time of the first pull. A peer that is
//! gone counts as well: what a node last heard of it stays, and can hold back its pulls from others.
//!
//! It follows the algorithm of 2.7.1. Where something keeps nodes apart, the findings say what mends it; whoever does
//! that and asks again has a cluster that agrees, if no node is gone and all have one version.
//!
//! ```
//! use proxysql_kit::cluster::health::{Health, NodeView, Verdict};
//!
//! // Two operators loaded within one second.
//! let one = NodeView::new("proxysql-0:6032")
//!     .checksums([["mysql_users", "2", "1564718027", "0x51BAFDE21799F532"]])?;
//! let other = NodeView::new("proxysql-1:6032")
//!     .checksums([["mysql_users", "2", "1564718027", "0x788C53BEF92F5C71"]])?;
//! let health = Health::of(&[one, other]);
//!
//! let users = health.module("mysql_users").unwrap();
//! assert_eq!(users.verdict, Verdict::Apart);
//! assert_eq!(
//!     users.findings[0].remedy("mysql_users").unwrap().to_string(),
//!     "on the one of proxysql-0:6032 and proxysql-1:6032 whose content is wanted: LOAD MYSQL USERS TO RUNTIME;"
//! );
//! # Ok::<(), proxysql_kit::cluster::health::RowError>(())
//! ```

mod finding;
mod settle;
mod show;
#[cfg(test)]
mod tests;
mod view;

use std::collections::BTreeSet;

pub use finding::{Finding, Remedy};
pub use view::{ModuleRow, NodeView, PeerRow, RowError};

use crate::hash::Checksum;
use settle::Watch;

/// How well a cluster agrees, module by module. Its `Display` is a table, and a paragraph for each module that is
/// not in step.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Health {
    /// The nodes, by name, in the order in which they were given.
    pub nodes: Vec<String>,
    /// The modules that any node shows, by name.
    pub modules: Vec<ModuleHealth>,
    /// What holds for nodes as a whole: who could not be asked.
    pub findings: Vec<Finding>,
}

/// How well the nodes agree on one module.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ModuleHealth {
    /// The name in `runtime_checksums_values`.
    pub name: String,
    /// Whether they agree, or will.
    pub verdict: Verdict,
    /// The contents there are, each with the nodes that hold it; the one that wins, or would, is the first.
    pub contents: Vec<Content>,
    /// Who pulls next, and from whom.
    pub pulls: Vec<Pull>,
    /// What keeps them apart, or will.
    pub findings: Vec<Finding>,
}

/// Whether nodes agree on a module, or will.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Verdict {
    /// All nodes hold the same.
    InStep,
    /// They differ, and will all hold the first of the contents if nobody loads anything.
    Converging,
    /// They differ and will go on to; the findings say why.
    Apart,
    /// They differ, and this module is not what the cluster syncs: each node's own affair.
    NotSynced,
    /// No node computes it.
    NotComputed,
}

/// A content of a module, and who holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Content {
    /// Its checksum.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::cluster::as_text::as_text"))]
    pub checksum: Checksum,
    /// Who holds it.
    pub holders: Vec<Holder>,
}

/// A node that holds a content.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Holder {
    /// The node.
    pub node: String,
    /// Its version of the module.
    pub version: u64,
    /// Its epoch: seconds since 1970.
    pub epoch: u64,
}

/// A pull that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Pull {
    /// Who pulls.
    pub node: String,
    /// From whom.
    pub from: String,
    /// The epoch that it follows.
    pub epoch: u64,
    /// How many checks are missing yet, if that is known.
    pub checks_left: Option<u64>,
}

/// An epoch so many seconds ahead may be a clock's usual error.
const TOLERANCE: u64 = 2;

impl Health {
    /// What these nodes say of their cluster. Without a clock: nothing is said of epochs in the future, nor of
    /// peers that fell silent.
    pub fn of(nodes: &[NodeView]) -> Self {
        Self::at(nodes, None)
    }

    /// The same at a time, in seconds since 1970: that at which the nodes were asked.
    pub fn at(nodes: &[NodeView], now: Option<u64>) -> Self {
        let names: BTreeSet<&str> =
            nodes.iter().flat_map(|node| &node.modules).map(|row| &*row.name).collect();
        let orders = settle::orders(nodes);
        let unreached = nodes.iter().filter_map(|node| {
            let error = node.error.clone()?;
            Some(Finding::NotReached { node: node.name.clone(), error })
        });
        Health {
            nodes: nodes.iter().map(|node| node.name.clone()).collect(),
            modules: names.into_iter().map(|name| Watch::new(nodes, &orders, name, now).health()).collect(),
            findings: unreached.collect(),
        }
    }

    /// One of the modules by name.
    pub fn module(&self, name: &str) -> Option<&ModuleHealth> {
        self.modules.iter().find(|module| module.name == name)
    }

    /// Whether there is nothing to mend: all nodes answered, all modules are in step, or will be by themselves.
    pub fn is_well(&self) -> bool {
        self.findings.is_empty() && self.modules.iter().all(ModuleHealth::is_well)
    }
}

impl ModuleHealth {
    /// Whether there is nothing to mend: the nodes agree, or will by themselves.
    pub fn is_well(&self) -> bool {
        self.verdict != Verdict::Apart
            && !self.findings.iter().any(|finding| matches!(finding, Finding::ClockAhead { .. }))
    }

    /// What mends it, a remedy for each finding that has one.
    pub fn remedies(&self) -> Vec<Remedy> {
        let mut remedies: Vec<Remedy> = Vec::new();
        for remedy in self.findings.iter().filter_map(|finding| finding.remedy(&self.name)) {
            if !remedies.contains(&remedy) {
                remedies.push(remedy);
            }
        }
        remedies
    }

    /// The nodes whose content wins, or would; nobody where all have version 1, or several are equally new.
    pub fn ahead(&self) -> impl Iterator<Item = &str> {
        let newest =
            self.contents.iter().flat_map(|content| &content.holders).filter(|holder| holder.version > 1);
        let epoch = newest.map(|holder| holder.epoch).max();
        let all = self.contents.iter().flat_map(|content| &content.holders);
        let is_alone = self.contents.len() > 1
            && self
                .contents
                .iter()
                .filter(|content| {
                    content.holders.iter().any(|holder| holder.version > 1 && Some(holder.epoch) == epoch)
                })
                .count()
                == 1;
        all.filter(move |holder| is_alone && holder.version > 1 && Some(holder.epoch) == epoch)
            .map(|holder| &*holder.node)
    }
}
