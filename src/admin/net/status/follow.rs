//! What happened between two looks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{ClusterStatus, NodeStatus};
use crate::cluster::health::{ModuleRow, Verdict};
use crate::cluster::{Date, LayerState};
use crate::config::LoadModule;

/// Something that happened between two looks at a cluster. Its `Display` is a line for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "event", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Change {
    /// A node is there that was not asked before.
    Found {
        /// The node.
        node: String,
    },
    /// A node is not asked any more: its name does not stand for it now.
    Left {
        /// The node.
        node: String,
    },
    /// A node does not answer any more.
    Gone {
        /// The node.
        node: String,
        /// Why.
        error: String,
    },
    /// A node answers again, or for the first time.
    Back {
        /// The node.
        node: String,
    },
    /// A node was started anew: its versions and epochs begin again. Of its modules only those are told that hold
    /// something else than before.
    Restarted {
        /// The node.
        node: String,
    },
    /// Another ProxySQL runs there.
    Version {
        /// The node.
        node: String,
        /// What it called itself.
        from: String,
        /// What it calls itself now.
        to: String,
    },
    /// A module was loaded, or pulled, or has the version of a start.
    Module {
        /// The node.
        node: String,
        /// The name in `runtime_checksums_values`.
        module: String,
        /// What it was; `None` where it was not there.
        from: Option<ModuleRow>,
        /// What it is now; `None` where it is not there.
        to: Option<ModuleRow>,
    },
    /// The layers of a module differ in another way, or no longer.
    Layers {
        /// The node.
        node: String,
        /// What one LOAD carries.
        #[cfg_attr(feature = "serde", serde(serialize_with = "words"))]
        module: LoadModule,
        /// How they differed; `None` where they did not.
        from: Option<LayerState>,
        /// How they differ; `None` where they do not.
        to: Option<LayerState>,
    },
    /// The nodes agree on a module, or no longer do.
    Verdict {
        /// The name in `runtime_checksums_values`.
        module: String,
        /// What was said of it; `None` where no node had it.
        from: Option<Verdict>,
        /// What is said of it; `None` where no node has it.
        to: Option<Verdict>,
    },
}

#[cfg(feature = "serde")]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference to the field")]
fn words<S: serde::Serializer>(module: &LoadModule, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(module)
}

/// Remembers what was seen last, of nodes that went away too, and says what happened since.
///
/// ```no_run
/// # use proxysql_kit::admin::net::status::{Cluster, Follower};
/// # async fn example(mut cluster: Cluster) {
/// let mut follower = Follower::new();
/// loop {
///     for change in follower.next(&cluster.look().await) {
///         println!("{change}");
///     }
///     tokio::time::sleep(std::time::Duration::from_secs(2)).await;
/// }
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Follower {
    has_seen: bool,
    nodes: BTreeMap<String, Seen>,
    verdicts: BTreeMap<String, Verdict>,
}

#[derive(Debug, Default)]
struct Seen {
    is_reached: bool,
    version: Option<String>,
    modules: Vec<ModuleRow>,
    /// `None` where the layers were never read.
    layers: Option<BTreeMap<LoadModule, LayerState>>,
}

impl Follower {
    /// One that has seen nothing.
    pub fn new() -> Self {
        Follower::default()
    }

    /// What happened since the last look; nothing at the first one. Nodes first, then modules.
    pub fn next(&mut self, status: &ClusterStatus) -> Vec<Change> {
        let mut changes = Vec::new();
        let there: BTreeSet<&str> = status.nodes.iter().map(|node| &*node.name).collect();
        let left: Vec<String> = self.nodes.keys().filter(|name| !there.contains(&***name)).cloned().collect();
        for node in left {
            self.nodes.remove(&node);
            changes.push(Change::Left { node });
        }
        for node in &status.nodes {
            match self.nodes.get_mut(&node.name) {
                Some(seen) => seen.next(node, &mut changes),
                None => {
                    let mut seen = Seen::default();
                    changes.push(Change::Found { node: node.name.clone() });
                    // What a new node holds is no change.
                    seen.next(node, &mut Vec::new());
                    self.nodes.insert(node.name.clone(), seen);
                }
            }
        }
        let verdicts: BTreeMap<String, Verdict> =
            status.health.modules.iter().map(|module| (module.name.clone(), module.verdict)).collect();
        for module in self.verdicts.keys().chain(verdicts.keys()).collect::<BTreeSet<_>>() {
            let (from, to) = (self.verdicts.get(module).copied(), verdicts.get(module).copied());
            if from != to {
                changes.push(Change::Verdict { module: module.clone(), from, to });
            }
        }
        self.verdicts = verdicts;
        if !std::mem::replace(&mut self.has_seen, true) {
            changes.clear();
        }
        changes
    }
}

impl Seen {
    fn next(&mut self, status: &NodeStatus, changes: &mut Vec<Change>) {
        let node = || status.name.clone();
        let Some(modules) = &status.modules else {
            if std::mem::replace(&mut self.is_reached, false) {
                let error = status.errors.first().map(ToString::to_string).unwrap_or_default();
                changes.push(Change::Gone { node: node(), error });
            }
            return;
        };
        if !std::mem::replace(&mut self.is_reached, true) {
            changes.push(Change::Back { node: node() });
        }
        let version = status.version.as_ref().map(|version| version.text.clone());
        if let (Some(from), Some(to)) = (&self.version, &version)
            && from != to
        {
            changes.push(Change::Version { node: node(), from: from.clone(), to: to.clone() });
        }
        self.version = version;
        let names: BTreeSet<&str> = self.modules.iter().chain(modules).map(|row| &*row.name).collect();
        let row = |rows: &[ModuleRow], name: &str| rows.iter().find(|row| row.name == name).cloned();
        // Of a node that is seen for the first time nothing was known.
        let names = names.into_iter().filter(|_| !self.modules.is_empty());
        let moved: Vec<_> = names.map(|name| (name, row(&self.modules, name), row(modules, name))).collect();
        let begins = |from: &ModuleRow, to: &ModuleRow| {
            to.version < from.version || (to.version == 1 && from.version == 1 && to.epoch > from.epoch)
        };
        let is_new = moved
            .iter()
            .any(|(_, from, to)| matches!((from, to), (Some(from), Some(to)) if begins(from, to)));
        if is_new {
            changes.push(Change::Restarted { node: node() });
        }
        for (name, from, to) in moved {
            let is_same = |from: &ModuleRow, to: &ModuleRow| from.checksum == to.checksum;
            let is_told = match (&from, &to) {
                (Some(from), Some(to)) if is_new => !is_same(from, to),
                _ => from != to,
            };
            if is_told {
                changes.push(Change::Module { node: node(), module: name.to_owned(), from, to });
            }
        }
        self.modules.clone_from(modules);
        self.layers(status, changes);
    }

    fn layers(&mut self, status: &NodeStatus, changes: &mut Vec<Change>) {
        let Some(layers) = &status.layers else { return };
        let states: BTreeMap<LoadModule, LayerState> =
            layers.modules.iter().map(|layers| (layers.module, layers.state())).collect();
        if let Some(before) = &self.layers {
            for module in before.keys().chain(states.keys()).collect::<BTreeSet<_>>() {
                let (from, to) = (before.get(module).copied(), states.get(module).copied());
                if from != to {
                    let node = status.name.clone();
                    changes.push(Change::Layers { node, module: *module, from, to });
                }
            }
        }
        self.layers = Some(states);
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Found { node } => write!(f, "{node}  is there"),
            Change::Left { node } => write!(f, "{node}  is not there any more"),
            Change::Gone { node, error } => write!(f, "{node}  does not answer: {error}"),
            Change::Back { node } => write!(f, "{node}  answers again"),
            Change::Restarted { node } => write!(f, "{node}  was started anew"),
            Change::Version { node, from, to } => write!(f, "{node}  runs {to}, ran {from}"),
            Change::Module { node, module, from, to } => {
                write!(f, "{node}  {module}  ")?;
                match (from, to) {
                    (Some(from), Some(to)) => moved(f, from, to),
                    (None, Some(to)) => write!(f, "{}", Short(to)),
                    (_, None) => f.write_str("is not there any more"),
                }
            }
            Change::Layers { node, module, from, to } => {
                let words = |state: &Option<LayerState>| match state {
                    Some(state) => state.to_string(),
                    None => "loaded and saved".to_owned(),
                };
                write!(f, "{node}  {module}  {} (was: {})", words(to), words(from))
            }
            Change::Verdict { module, from, to } => {
                let words = |verdict: &Option<Verdict>| match verdict {
                    Some(verdict) => verdict.to_string(),
                    None => "not there".to_owned(),
                };
                write!(f, "{module}: {} -> {}", words(from), words(to))
            }
        }
    }
}

fn moved(f: &mut fmt::Formatter<'_>, from: &ModuleRow, to: &ModuleRow) -> fmt::Result {
    if from.checksum == to.checksum {
        write!(f, "{} as before", Short(to))?;
    } else {
        write!(f, "{} -> {}", Short(from), Short(to))?;
    }
    write!(f, ", version {}", from.version)?;
    if from.version != to.version {
        write!(f, " -> {}", to.version)?;
    }
    if from.epoch != to.epoch {
        write!(f, ", epoch {} UTC", Date(to.epoch))?;
    }
    Ok(())
}

/// The beginning of a module's checksum, as tables have it.
pub(super) struct Short<'a>(pub(super) &'a ModuleRow);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.checksum {
            Some(checksum) => f.pad(&short(&checksum.to_string())),
            None => f.pad("not computed"),
        }
    }
}

/// `0x` and eight digits tell contents apart well enough for eyes.
pub(super) fn short(checksum: &str) -> String {
    checksum.chars().take(10).collect()
}
