//! Who the peers are, and in which order a node walks over them.

use std::collections::{HashMap, HashSet};

use super::super::event::Event;
use super::super::settings::Address;
use super::peer::Peer;
use super::{Node, Now, Output};
use crate::hash::spooky;

/// The order in which a node walks over its peers to choose a source: that of the hash map which ProxySQL
/// keeps them in.
///
/// Peers with the same remainder of their key by the number of buckets stand together. A new one comes
/// before those, or, where there are none, before all. The number of buckets grows so that there are never
/// more peers than buckets, and all are put again then.
///
/// ```
/// use proxysql_kit::cluster::{Address, PeerOrder};
///
/// let peers = [Address::new("127.0.0.1", 18666), Address::new("127.0.0.1", 18667)];
/// let mut order = PeerOrder::new();
/// order.load(&peers);
/// assert_eq!(order.slots().collect::<Vec<_>>(), [1, 0]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct PeerOrder {
    buckets: usize,
    /// Keys and slots in the order of the walk.
    peers: Vec<(u64, u32)>,
}

/// The numbers of buckets, one after the other.
const BUCKETS: &[usize] = &[
    13, 29, 59, 127, 257, 541, 1109, 2357, 5087, 10_273, 20_753, 42_043, 85_229, 172_933, 351_061, 712_697,
    1_447_153, 2_938_679,
];

impl PeerOrder {
    /// No peers, no buckets.
    pub fn new() -> Self {
        PeerOrder::default()
    }

    /// The slots of the peers in their order.
    pub fn slots(&self) -> impl Iterator<Item = u32> {
        self.peers.iter().map(|(_, slot)| *slot)
    }

    /// Loads a list of peers, whose slots are their places in it. To see an order alone; peers that were there
    /// keep their place in it, not their slots.
    pub fn load(&mut self, list: &[Address]) {
        let before: HashSet<u64> = self.peers.iter().map(|(key, _)| *key).collect();
        let slots: HashMap<u64, u32> = list.iter().map(key_of).zip(0..).collect();
        let mut added: Vec<(u64, u32)> = Vec::new();
        for peer in list {
            let key = key_of(peer);
            if !before.contains(&key) && !added.iter().any(|(other, _)| *other == key) {
                added.push((key, slots[&key]));
            }
        }
        self.add(&added);
        self.peers.retain(|(key, _)| slots.contains_key(key));
        for (key, slot) in &mut self.peers {
            *slot = slots[key];
        }
    }

    /// Puts new peers in, one after the other.
    fn add(&mut self, new: &[(u64, u32)]) {
        let mut groups = Groups::new(self.buckets, self.peers.iter().rev());
        for (count, peer) in (self.peers.len()..).zip(new) {
            if count + 1 > self.buckets {
                self.buckets = BUCKETS.iter().copied().find(|buckets| *buckets > count).unwrap_or(usize::MAX);
                groups = Groups::new(self.buckets, groups.walk().collect::<Vec<_>>().iter());
            }
            groups.put(*peer);
        }
        self.peers = groups.walk().collect();
    }

    fn remove(&mut self, is_gone: impl Fn(u32) -> bool) {
        self.peers.retain(|(_, slot)| !is_gone(*slot));
    }
}

/// Peers of one bucket each; the last group is the first of the walk, and so it is within a group.
struct Groups {
    buckets: usize,
    groups: Vec<Vec<(u64, u32)>>,
    by_bucket: HashMap<usize, usize>,
}

impl Groups {
    /// Peers put in one after the other.
    fn new<'p>(buckets: usize, peers: impl Iterator<Item = &'p (u64, u32)>) -> Self {
        let mut groups = Groups { buckets, groups: Vec::new(), by_bucket: HashMap::new() };
        for peer in peers {
            groups.put(*peer);
        }
        groups
    }

    fn put(&mut self, peer: (u64, u32)) {
        let bucket = usize::try_from(peer.0 % (self.buckets.max(1) as u64)).unwrap_or_default();
        let group = *self.by_bucket.entry(bucket).or_insert_with(|| {
            self.groups.push(Vec::new());
            self.groups.len() - 1
        });
        self.groups[group].push(peer);
    }

    fn walk(&self) -> impl Iterator<Item = (u64, u32)> {
        self.groups.iter().rev().flat_map(|group| group.iter().rev().copied())
    }
}

/// What a peer is found by.
fn key_of(peer: &Address) -> u64 {
    spooky::Hasher::new(21, 12)
        .update(peer.hostname.as_bytes())
        .update(b"-gtyw23a-")
        .update(&peer.port.to_le_bytes())
        .finish()
        .0
}

impl Node {
    /// Takes over a list of peers, in the order of its rows; gives the slots of the new ones.
    pub(super) fn set_members(&mut self, list: &[Address]) -> Vec<u32> {
        let known: HashMap<u64, u32> = self.order.peers.iter().copied().collect();
        let mut listed: HashMap<u64, u32> = HashMap::with_capacity(list.len());
        let mut added = Vec::new();
        for address in list {
            let key = key_of(address);
            if listed.contains_key(&key) {
                continue;
            }
            let slot = known.get(&key).copied().unwrap_or_else(|| {
                self.events.push_back(Event::Created { peer: address.clone() });
                let slot = self.new_slot(address.clone());
                added.push((key, slot));
                slot
            });
            listed.insert(key, slot);
        }
        self.order.add(&added);
        let gone: Vec<u32> = self
            .order
            .peers
            .iter()
            .filter(|(key, _)| !listed.contains_key(key))
            .map(|(_, slot)| *slot)
            .collect();
        for &slot in &gone {
            let peer = &mut self.peers[slot as usize];
            peer.is_member = false;
            self.events.push_back(Event::Destroyed { peer: peer.address.clone() });
        }
        let peers = &self.peers;
        self.order.remove(|slot| !peers[slot as usize].is_member);
        added.into_iter().map(|(_, slot)| slot).collect()
    }

    /// Starts the monitors of new peers.
    pub(super) fn start(&mut self, added: Vec<u32>, now: Now) {
        for slot in added {
            let peer = self.peers[slot as usize].address.clone();
            self.events.push_back(Event::MonitorStarted { peer });
            self.begin(slot, now);
        }
    }

    fn new_slot(&mut self, address: Address) -> u32 {
        if let Some(slot) = self.free.pop() {
            let place = &mut self.peers[slot as usize];
            *place = Peer::new(address, place.generation.wrapping_add(1));
            return slot;
        }
        self.peers.push(Peer::new(address, 0));
        u32::try_from(self.peers.len() - 1).unwrap_or(u32::MAX)
    }

    /// The monitor of a peer that is no member any more ends.
    pub(super) fn end(&mut self, slot: u32) {
        let id = self.id(slot);
        let peer = &mut self.peers[slot as usize];
        peer.phase = super::peer::Phase::Ended;
        let address = peer.address.clone();
        self.events.push_back(Event::MonitorEnded { peer: address });
        self.outputs.push_back(Output::Ended(id));
        self.free.push(slot);
    }
}
