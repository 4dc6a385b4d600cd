//! What the log of one node tells about what another one's leaves open.

use std::collections::HashSet;

use super::obstacle::Obstacle;
use crate::cluster::Address;

/// A node that has a log: its name, and the peers that it knows where the log ends; none where no line tells.
pub(super) struct Known<'l> {
    pub(super) name: &'l str,
    pub(super) peers: &'l HashSet<Address>,
}

/// Leaves out what both sides tell, and asks the log of the other side why it does not pull.
pub(super) fn relate(found: &[Obstacle], logs: &[Known<'_>]) -> Vec<Obstacle> {
    let mut kept: Vec<Obstacle> = Vec::new();
    for obstacle in found {
        if kept.iter().any(|other| is_mirrored(other, obstacle)) {
            continue;
        }
        let Obstacle::Silent { node, peer, module, own_is_newer: true } = obstacle else {
            kept.push(obstacle.clone());
            continue;
        };
        let log = logs.iter().find(|log| is_peer(log.name, peer));
        let is_told = |log: &Known<'_>| found.iter().any(|other| explains(other, log.name, node, module));
        let is_unknown = |log: &Known<'_>| {
            !log.peers.is_empty() && !log.peers.iter().any(|known| is_peer(node, &known.to_string()))
        };
        match log {
            Some(log) if is_told(log) => {}
            Some(log) if is_unknown(log) => kept.push(Obstacle::NotMember {
                node: log.name.to_owned(),
                peer: node.clone(),
                module: module.clone(),
            }),
            _ => kept.push(obstacle.clone()),
        }
    }
    kept
}

/// Whether a log of this name is that of a peer: by its whole name, without its port, or by the first part of it.
fn is_peer(name: &str, peer: &str) -> bool {
    let host = |text: &str| text.rsplit_once(':').map_or(text, |(host, _)| host).to_owned();
    let (of_name, of_peer) = (host(name), host(peer));
    name == peer || of_name == of_peer || of_peer.split('.').next() == Some(&*of_name)
}

/// Whether it is the same, as the other side sees it.
fn is_mirrored(one: &Obstacle, other: &Obstacle) -> bool {
    let ends = |obstacle: &Obstacle| match obstacle {
        Obstacle::Conflict { node, peer, module, .. }
        | Obstacle::VersionOne { node, peer, module, both: true, .. } => {
            Some((node.clone(), peer.clone(), module.clone()))
        }
        Obstacle::OtherVersion { node, peer, .. } => Some((node.clone(), peer.clone(), String::new())),
        _ => None,
    };
    let (Some((node, peer, module)), Some((other_node, other_peer, other_module))) = (ends(one), ends(other))
    else {
        return false;
    };
    std::mem::discriminant(one) == std::mem::discriminant(other)
        && module == other_module
        && is_peer(&node, &other_peer)
        && is_peer(&other_node, &peer)
}

/// Whether an obstacle says why a node does not pull a module from another one.
fn explains(obstacle: &Obstacle, who: &str, from: &str, what: &str) -> bool {
    match obstacle {
        Obstacle::Off { node, peer, module, .. }
        | Obstacle::Conflict { node, peer, module, .. }
        | Obstacle::PullsFail { node, peer, module, .. } => {
            node == who && module == what && is_peer(from, peer)
        }
        Obstacle::Unreachable { node, peer, .. } | Obstacle::OtherVersion { node, peer, .. } => {
            node == who && is_peer(from, peer)
        }
        _ => false,
    }
}
