//! The order in which a node walks over its peers to choose a source: that of the hash table in which ProxySQL keeps
//! them.

use crate::hash::spooky;

/// Peers in their order, each with its key.
#[derive(Clone, Debug)]
pub(super) struct Order {
    buckets: u64,
    walk: Vec<(u64, u32)>,
}

/// How the table grows.
const BUCKETS: [u64; 12] = [13, 29, 59, 127, 257, 541, 1109, 2357, 5087, 10_273, 20_753, 42_043];

impl Order {
    pub(super) fn new() -> Self {
        Order { buckets: BUCKETS[0], walk: Vec::new() }
    }

    /// A peer comes in.
    pub(super) fn add(&mut self, name: &str, peer: u32) {
        let (host, port) = name.rsplit_once(':').unwrap_or((name, "0"));
        let port = port.parse::<u16>().unwrap_or(0);
        let key = spooky::hash128(&[host.as_bytes(), b"-gtyw23a-", &port.to_le_bytes()].concat(), 21, 12).0;
        if self.walk.len() as u64 >= self.buckets {
            self.buckets = BUCKETS.into_iter().find(|size| *size > self.buckets).unwrap_or(self.buckets);
            let all = std::mem::take(&mut self.walk);
            all.into_iter().for_each(|(key, peer)| self.put(key, peer));
        }
        self.put(key, peer);
    }

    pub(super) fn remove(&mut self, peer: u32) {
        self.walk.retain(|(_, known)| *known != peer);
    }

    pub(super) fn peers(&self) -> impl Iterator<Item = u32> + '_ {
        self.walk.iter().map(|(_, peer)| *peer)
    }

    /// Before the first of its bucket; if there is none, before all.
    fn put(&mut self, key: u64, peer: u32) {
        let bucket = key % self.buckets;
        let at = self.walk.iter().position(|(known, _)| known % self.buckets == bucket).unwrap_or(0);
        self.walk.insert(at, (key, peer));
    }
}
