//! All nodes at once.

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;

use tokio::task::JoinSet;

use super::names::{Matching, Names, split};
use super::probe::{Answer, Part, Probe, now};
use super::{ClusterStatus, NodeStatus, StatusOptions};
use crate::admin::net::address::nodes_behind;
use crate::admin::net::options::ConnectOptions;
use crate::cluster::health::{Health, NodeView};

/// How often members lead to further members.
const MOST_ROUNDS: usize = 8;

/// The nodes of a cluster, to be looked at once or again and again. Connections stay open in between; a node that
/// went away is tried again at each look.
#[derive(Debug)]
pub struct Cluster {
    targets: Vec<ConnectOptions>,
    options: StatusOptions,
    probes: Vec<Probe>,
    names: Names,
}

impl Cluster {
    /// The nodes at these hosts. A name that stands for several addresses means a node at each of them, and is
    /// looked up anew at each look: the pods behind a headless service come and go. (Where it has addresses of
    /// IPv4, these count: those of IPv6 are likely the same nodes.)
    pub fn new(targets: impl IntoIterator<Item = ConnectOptions>, options: StatusOptions) -> Self {
        let targets = targets.into_iter().collect();
        Cluster { targets, options, probes: Vec::new(), names: Names::default() }
    }

    /// Asks all nodes, several at once. A node that cannot be asked has an error in what comes out, and so has
    /// each part that one could not tell; this itself does not fail. How long a node may take is said by its
    /// [`ConnectOptions`].
    pub async fn look(&mut self) -> ClusterStatus {
        let mut old = std::mem::take(&mut self.probes);
        let mut wanted = self.named(&mut old).await;
        wanted.extend(old.extract_if(.., |probe| probe.is_discovered));
        let mut answers = self.ask(wanted).await;
        self.names.resolve(&answers).await;
        if self.options.discover {
            for _ in 0..MOST_ROUNDS {
                let found = self.discovered(&answers);
                if found.is_empty() {
                    break;
                }
                answers.extend(self.ask(found).await);
                self.names.resolve(&answers).await;
            }
        }
        self.forget(&mut answers);
        status(answers, &self.names, now())
    }

    /// The nodes that the hosts' names stand for now; those of the last time go on with their connections.
    async fn named(&self, old: &mut Vec<Probe>) -> Vec<Probe> {
        let mut places: Vec<(String, &ConnectOptions, Option<SocketAddr>)> = Vec::new();
        for target in &self.targets {
            let found = nodes_behind(&target.host, target.port).await.unwrap_or_default();
            match &*found {
                [] => places.push((target.node(), target, None)),
                [one] => places.push((target.node(), target, Some(*one))),
                all => places.extend(all.iter().map(|one| (one.to_string(), target, Some(*one)))),
            }
        }
        let mut seen = HashSet::new();
        // Two names of one address are one node.
        places.retain(|(asked, _, address)| match address {
            Some(address) => seen.insert(address.to_string()),
            None => seen.insert(asked.clone()),
        });
        places.truncate(self.options.most_nodes);
        let probe = |(asked, target, address): (String, &ConnectOptions, Option<SocketAddr>)| {
            let same =
                |probe: &Probe| probe.address == address && (address.is_some() || probe.asked == asked);
            match old.iter().position(same) {
                Some(at) => {
                    let mut probe = old.swap_remove(at);
                    probe.is_discovered = false;
                    probe.asked = asked;
                    probe
                }
                None => Probe::new(asked, target.clone(), address),
            }
        };
        places.into_iter().map(probe).collect()
    }

    /// The members that nobody asked yet.
    fn discovered(&self, answers: &[Answer]) -> Vec<Probe> {
        let Some(first) = self.targets.first() else { return Vec::new() };
        let room = self.options.most_nodes.saturating_sub(answers.len());
        let others = Matching::of(answers, &self.names).others;
        let probe = |member: &String| {
            let (host, port) = split(member)?;
            let options = first.clone().host(host).port(port);
            Some(Probe::new(member.clone(), options, None).discovered())
        };
        others.iter().filter_map(probe).take(room).collect()
    }

    /// Asks so many at once, and keeps them for the next time. The answers come in the order of the nodes.
    async fn ask(&mut self, probes: Vec<Probe>) -> Vec<Answer> {
        let layers = self.options.layers;
        let mut waiting: VecDeque<(usize, Probe)> = probes.into_iter().enumerate().collect();
        let mut running = JoinSet::new();
        let mut done = Vec::new();
        loop {
            while running.len() < self.options.at_once.max(1) {
                let Some((at, mut probe)) = waiting.pop_front() else { break };
                running.spawn(async move {
                    let answer = probe.ask(layers).await;
                    (at, probe, answer)
                });
            }
            match running.join_next().await {
                Some(Ok(finished)) => done.push(finished),
                // Nobody ends them but us.
                Some(Err(_)) => {}
                None => break,
            }
        }
        done.sort_by_key(|(at, ..)| *at);
        let keep = |(_, probe, answer)| {
            self.probes.push(probe);
            answer
        };
        done.into_iter().map(keep).collect()
    }

    /// A member that was found, does not answer, and is no longer any node's member: it is no part of the cluster.
    fn forget(&mut self, answers: &mut Vec<Answer>) {
        let is_member =
            |asked: &String| answers.iter().any(|other| other.members.iter().flatten().any(|m| m == asked));
        let is_gone =
            |answer: &Answer| answer.is_discovered && answer.checksums.is_none() && !is_member(&answer.asked);
        let gone: HashSet<String> =
            answers.iter().filter(|answer| is_gone(answer)).map(|answer| answer.asked.clone()).collect();
        answers.retain(|answer| !gone.contains(&answer.asked));
        self.probes.retain(|probe| !gone.contains(&probe.asked));
    }
}

/// What the answers come to.
pub(super) fn status(mut answers: Vec<Answer>, names: &Names, now: u64) -> ClusterStatus {
    let matching = Matching::of(&answers, names);
    let mut clocks: Vec<i64> = answers.iter().filter_map(|answer| answer.clock).collect();
    clocks.sort_unstable();
    let usual = clocks.get(clocks.len() / 2).copied().unwrap_or(0);
    let at = now.saturating_add_signed(usual);
    let views: Vec<NodeView> =
        answers.iter_mut().zip(&matching.names).map(|(answer, name)| view(answer, name, &matching)).collect();
    let uptime = |name: &str| {
        let metrics = answers.iter().flat_map(|answer| answer.metrics.iter().flatten());
        let of_node = metrics.filter(|row| row.uptime > 0 && matching.name(&row.peer) == name);
        of_node.min_by_key(|row| row.last_check_ms).map(|row| row.uptime)
    };
    let own = answers.iter().map(|answer| answer.uptime);
    let uptimes: Vec<Option<u64>> =
        own.zip(&matching.names).map(|(own, name)| own.or_else(|| uptime(name))).collect();
    let health = Health::at(&views, Some(at));
    let nodes = answers.into_iter().zip(views).zip(uptimes).zip(&matching.names);
    let node = |(((answer, view), uptime), name): (((Answer, NodeView), Option<u64>), &String)| {
        let is_reached = answer.checksums.is_some();
        NodeStatus {
            name: name.clone(),
            asked: answer.asked,
            address: answer.address,
            version: answer.version,
            ahead: answer.clock.map(|clock| clock.saturating_sub(usual)),
            uptime,
            modules: is_reached.then(|| view.modules().to_vec()),
            members: answer.members,
            peers: answer.metrics,
            layers: answer.layers,
            errors: answer.errors,
        }
    };
    let nodes = nodes.map(node).collect();
    let stranger = |&at: &usize| matching.names.get(at).cloned();
    let unmatched = if matching.is_uncertain() {
        matching.strangers.iter().filter_map(stranger).collect()
    } else {
        Vec::new()
    };
    ClusterStatus { at, nodes, health, unasked: matching.others, unmatched }
}

/// A node's answer with the names of the nodes in it. What cannot be read becomes an error.
fn view(answer: &mut Answer, name: &str, matching: &Matching) -> NodeView {
    let mut view = NodeView::new(name);
    if let Some(rows) = &answer.checksums {
        match NodeView::new(name).checksums(rows) {
            Ok(read) => view = read,
            Err(error) => {
                answer.checksums = None;
                answer.fails(Part::Checksums, error);
            }
        }
    }
    if answer.checksums.is_none() {
        let error = answer.errors.first().map(ToString::to_string).unwrap_or_default();
        view = NodeView::unreachable(name, error);
    }
    if let Some(version) = &answer.version {
        view = view.version(&*version.text);
    }
    for (setting, value) in &answer.settings {
        view = view.setting(setting, value);
    }
    let Some(rows) = answer.peers.as_ref().filter(|_| !matching.is_uncertain()) else { return view };
    match view.clone().peers(rows.iter().map(|row| renamed(row, matching))) {
        Ok(view) => view,
        Err(error) => {
            answer.fails(Part::Peers, error);
            view
        }
    }
}

/// A row of a peer, with the name of the node that it is.
fn renamed(row: &[String], matching: &Matching) -> Vec<String> {
    let mut row = row.to_vec();
    if let [host, port, ..] = &mut *row {
        let member = format!("{host}:{port}");
        if let Some((name, number)) = split(matching.name(&member)) {
            (*host, *port) = (name.to_owned(), number.to_string());
        }
    }
    row
}
