//! What modules can hold: each content once, by number.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::scenario::Content;
use crate::cluster::ModuleKind;
use crate::hash::{Checksum, spooky};

/// The number of a content.
pub(super) type Id = u32;

/// A content, and what it does to a node that loads it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) content: Content,
    /// Of `proxysql_servers`: the nodes.
    pub(super) members: Option<Arc<[u32]>>,
    /// Of `admin_variables`: the variables.
    pub(super) settings: Option<Arc<BTreeMap<String, String>>>,
}

/// All contents of a run.
#[derive(Debug, Default)]
pub(super) struct Contents {
    all: Vec<Known>,
    ids: HashMap<(ModuleKind, Arc<str>, Checksum), Id>,
}

impl Contents {
    pub(super) fn get(&self, id: Id) -> &Known {
        &self.all[id as usize]
    }

    pub(super) fn checksum(&self, id: Id) -> Checksum {
        self.get(id).content.checksum
    }

    /// The number of a content. What it does to a node is that of the first one of this name and checksum.
    pub(super) fn add(&mut self, module: ModuleKind, known: Known) -> Id {
        let key = (module, known.content.label.clone(), known.content.checksum);
        let next = super::network::number(self.all.len());
        let id = *self.ids.entry(key).or_insert(next);
        if id == next {
            self.all.push(known);
        }
        id
    }

    pub(super) fn plain(&mut self, module: ModuleKind, content: Content) -> Id {
        self.add(module, Known { content, members: None, settings: None })
    }

    /// `proxysql_servers` with these nodes, in their order.
    pub(super) fn members(&mut self, members: &Arc<[u32]>, names: &[Arc<str>]) -> Id {
        let content = members_content(members, names);
        self.add(
            ModuleKind::ProxysqlServers,
            Known { content, members: Some(members.clone()), settings: None },
        )
    }
}

/// The rows of these nodes, hashed as ProxySQL does: host, port, weight and comment, by host and port.
fn members_content(members: &[u32], names: &[Arc<str>]) -> Content {
    let split = |member: &u32| {
        let name = &*names[*member as usize];
        let (host, port) = name.rsplit_once(':').unwrap_or((name, "6032"));
        (host, port.parse::<u16>().unwrap_or(0))
    };
    let mut rows: Vec<_> = members.iter().map(split).collect();
    rows.sort_unstable();
    let mut hasher = spooky::Hasher::new(19, 3);
    for (host, port) in &rows {
        hasher.update(host.as_bytes()).update(port.to_string().as_bytes()).update(b"0");
    }
    let hash = if rows.is_empty() { 0 } else { hasher.finish().0 };
    let label = match &*rows {
        [] => "nobody".to_owned(),
        rows if rows.len() <= 3 => {
            let short = |host: &str| host.split('.').next().unwrap_or(host).to_owned();
            rows.iter().map(|(host, _)| short(host)).collect::<Vec<_>>().join(", ")
        }
        rows => format!("{} nodes", rows.len()),
    };
    Content { label: label.into(), checksum: Checksum::from_hash(hash) }
}
