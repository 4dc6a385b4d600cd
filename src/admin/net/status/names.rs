//! Which member of a cluster is which of the nodes that were asked: peers know each other by names and addresses
//! that need not be those that we use.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::probe::Answer;
use crate::admin::net::address::addresses;

/// How long a name's addresses are taken to stay.
const FRESH: Duration = Duration::from_secs(30);
/// How long one look-up may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many names are looked up at once; more wait for the next time.
const MOST_LOOKUPS: usize = 256;

/// The addresses of members' names.
#[derive(Debug, Default)]
pub(super) struct Names {
    resolved: HashMap<String, (Instant, Vec<SocketAddr>)>,
}

impl Names {
    /// Looks up the members that no node has for its name or address, and whose addresses are not known.
    pub(super) async fn resolve(&mut self, answers: &[Answer]) {
        let known: BTreeSet<String> = answers.iter().flat_map(own_names).collect();
        let mut lookups = JoinSet::new();
        for member in members(answers).into_keys().filter(|member| !known.contains(member)) {
            let is_fresh = self.resolved.get(&member).is_some_and(|(when, _)| when.elapsed() < FRESH);
            let Some((host, port)) = split(&member).filter(|_| !is_fresh) else { continue };
            if lookups.len() >= MOST_LOOKUPS {
                break;
            }
            let host = host.to_owned();
            lookups.spawn(async move {
                let found = timeout(PATIENCE, addresses(&host, port)).await;
                (member, found.ok().and_then(Result::ok).unwrap_or_default())
            });
        }
        while let Some(done) = lookups.join_next().await {
            if let Ok((member, addresses)) = done {
                self.resolved.insert(member, (Instant::now(), addresses));
            }
        }
    }

    fn addresses(&self, member: &str) -> &[SocketAddr] {
        self.resolved.get(member).map(|(_, addresses)| &**addresses).unwrap_or_default()
    }
}

/// Which member is which node.
#[derive(Debug, Default)]
pub(super) struct Matching {
    /// The place of the node among the answers, by the member's name.
    nodes: BTreeMap<String, usize>,
    /// The name of each node.
    pub(super) names: Vec<String>,
    /// Members that are none of the nodes, as far as is known.
    pub(super) others: Vec<String>,
    /// Nodes that answered and are none of the members, as far as is known.
    pub(super) strangers: Vec<usize>,
}

impl Matching {
    pub(super) fn of(answers: &[Answer], names: &Names) -> Self {
        let members = members(answers);
        let mut nodes: BTreeMap<String, usize> = BTreeMap::new();
        for member in members.keys() {
            let is_named = |answer: &Answer| own_names(answer).any(|own| own == *member);
            let is_there =
                |answer: &Answer| answer.address.is_some_and(|at| names.addresses(member).contains(&at));
            let found = only(answers, is_named).or_else(|| only(answers, is_there));
            nodes.extend(found.map(|at| (member.clone(), at)));
        }
        by_what_was_heard(answers, &members, &mut nodes);
        let is_stranger = |at: &usize| !nodes.values().any(|node| node == at);
        // One that says nothing is no part of anybody's judgement.
        let talks = |at: &usize| answers.get(*at).is_some_and(|answer| answer.checksums.is_some());
        let strangers = (0..answers.len()).filter(is_stranger).filter(talks).collect();
        let others = members.keys().filter(|member| !nodes.contains_key(*member)).cloned().collect();
        let name = |(at, answer): (usize, &Answer)| {
            let called = nodes.iter().filter(|(_, node)| **node == at).map(|(member, _)| member);
            let best = called.max_by_key(|member| (**member == answer.asked, members.get(*member)));
            best.unwrap_or(&answer.asked).clone()
        };
        let names = answers.iter().enumerate().map(name).collect();
        Matching { nodes, names, others, strangers }
    }

    /// The name of the node that a member is; the member's own where it is none of them.
    pub(super) fn name<'a>(&'a self, member: &'a str) -> &'a str {
        self.nodes.get(member).and_then(|&at| self.names.get(at)).map_or(member, |name| name)
    }

    /// Whether a node that was asked may be a member that was not recognised.
    pub(super) fn is_uncertain(&self) -> bool {
        !self.strangers.is_empty() && !self.others.is_empty()
    }
}

/// `HOST:PORT` in its parts.
pub(super) fn split(member: &str) -> Option<(&str, u16)> {
    let (host, port) = member.rsplit_once(':')?;
    Some((host, port.parse().ok()?))
}

/// What a node is called without asking anybody.
fn own_names(answer: &Answer) -> impl Iterator<Item = String> {
    let address = answer.address.map(|address| format!("{}:{}", address.ip(), address.port()));
    [Some(answer.asked.clone()), address].into_iter().flatten()
}

/// All members that the nodes know, and how many know each.
fn members(answers: &[Answer]) -> BTreeMap<String, usize> {
    let mut members = BTreeMap::new();
    for answer in answers {
        let peers = answer.peers.iter().flatten().filter_map(|row| Some((row.first()?, row.get(1)?)));
        let mut known: BTreeSet<String> = peers.map(|(host, port)| format!("{host}:{port}")).collect();
        known.extend(answer.members.iter().flatten().cloned());
        for member in known {
            *members.entry(member).or_default() += 1;
        }
    }
    members
}

/// The place of the only node of which something holds.
fn only(answers: &[Answer], holds: impl Fn(&Answer) -> bool) -> Option<usize> {
    let mut found = (0..answers.len()).filter(|&at| answers.get(at).is_some_and(&holds));
    found.next().filter(|_| found.next().is_none())
}

/// Behind a forwarded port, neither name nor address tells; but what was heard of a member is what the node says of
/// itself. Counts where it is one member and one node that fit each other.
fn by_what_was_heard(
    answers: &[Answer],
    members: &BTreeMap<String, usize>,
    nodes: &mut BTreeMap<String, usize>,
) {
    let rows = |answer: &Answer, member: &str| -> Vec<Vec<String>> {
        let of_member = |row: &&Vec<String>| {
            let [host, port, ..] = &***row else { return false };
            let name = member.strip_prefix(host.as_str()).and_then(|rest| rest.strip_prefix(':'));
            name == Some(port) && row.get(5).is_some_and(|checksum| !checksum.is_empty())
        };
        let rows = answer.peers.iter().flatten().filter(of_member);
        rows.filter_map(|row| row.get(2..6).map(<[String]>::to_vec)).collect()
    };
    let said = |node: &Answer, row: &Vec<String>| node.checksums.iter().flatten().any(|own| own == row);
    let taken: BTreeSet<usize> = nodes.values().copied().collect();
    let mut pairs = Vec::new();
    for member in members.keys().filter(|member| !nodes.contains_key(*member)) {
        let fits = |node: &Answer| {
            answers.iter().any(|viewer| {
                let heard = rows(viewer, member);
                !heard.is_empty() && heard.iter().all(|row| said(node, row))
            })
        };
        let free = answers.iter().enumerate().filter(|(at, _)| !taken.contains(at));
        pairs.extend(free.filter(|(_, node)| fits(node)).map(|(at, _)| (member.clone(), at)));
    }
    let is_alone = |(member, at): &(String, usize)| {
        pairs.iter().filter(|(other, place)| other == member || place == at).count() == 1
    };
    nodes.extend(pairs.iter().filter(|pair| is_alone(pair)).cloned());
}
