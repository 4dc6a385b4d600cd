//! What is said of a cluster from outside, held against what the simulator makes of it: clusters of all kinds are
//! asked in the middle of their life, left alone, or mended as it says.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use proxysql_kit::cluster::health::{Finding, Health, ModuleHealth, Remedy, Verdict};
use proxysql_kit::cluster::sim::{Action, Content, Report, Scenario, Simulation};

const MODULE: &str = "mysql_users";
const D: &str = "cluster_mysql_users_diffs_before_sync";
/// Where the scenarios' clock begins.
const START: u64 = 1_700_000_000;
const MINUTE: u64 = 60_000;

/// A cluster in which not everything is as it should be.
#[derive(Clone, Debug)]
struct Odd {
    seed: u64,
    nodes: Vec<Node>,
    /// On which node, how many tenths of a second after the last one, which content.
    loads: Vec<(usize, u64, u8)>,
    /// A node that goes down in the middle, and whether it comes back.
    down: Option<(usize, bool)>,
    /// How long after the last load the nodes are asked.
    asked_after: u64,
}

#[derive(Clone, Debug)]
struct Node {
    diffs: u32,
    content: u8,
    is_old: bool,
    /// The nodes that it does not know, bit by bit; itself it knows.
    unknown: u8,
    /// By how many seconds its clock is ahead.
    clock: i64,
}

fn node(with_clocks: bool) -> impl Strategy<Value = Node> {
    let clock = if with_clocks {
        prop_oneof![6 => Just(0_i64), 1 => 30_i64..4_000, 1 => -4_000_i64..-30].boxed()
    } else {
        Just(0_i64).boxed()
    };
    (
        prop_oneof![1 => Just(0_u32), 6 => 1_u32..5],
        0_u8..3,
        prop::bool::weighted(0.05),
        prop_oneof![4 => Just(0_u8), 1 => any::<u8>()],
        clock,
    )
        .prop_map(|(diffs, content, is_old, unknown, clock)| Node {
            diffs,
            content,
            is_old,
            unknown,
            clock,
        })
}

fn odd(with_clocks: bool) -> impl Strategy<Value = Odd> {
    (2_usize..=6).prop_flat_map(move |nodes| {
        (
            any::<u64>(),
            prop::collection::vec(node(with_clocks), nodes),
            prop::collection::vec((0..nodes, 0_u64..60, 0_u8..4), 0..8),
            prop::option::weighted(0.3, (0..nodes, any::<bool>())),
            0_u64..8_000,
        )
            .prop_map(|(seed, nodes, loads, down, asked_after)| Odd {
                seed,
                nodes,
                loads,
                down,
                asked_after,
            })
    })
}

impl Odd {
    /// The scenario, up to the moment at which the nodes are asked.
    fn scenario(&self) -> Scenario {
        let count = self.nodes.len();
        let mut scenario = Scenario::new("odd", count);
        scenario.seed = self.seed;
        scenario.start = START;
        for (at, (spec, node)) in scenario.nodes.iter_mut().zip(&self.nodes).enumerate() {
            spec.settings = BTreeMap::from([(D.to_owned(), node.diffs.to_string())]);
            let content = Content::named(MODULE, &format!("start {}", node.content));
            spec.contents = BTreeMap::from([(MODULE.to_owned(), content)]);
            spec.clock = node.clock * 1_000;
            spec.members =
                (0..count).filter(|other| *other == at || node.unknown >> other & 1 == 0).collect();
            if node.is_old {
                spec.version = "2.7.0".into();
            }
        }
        let mut time = 5_000;
        for (index, &(node, wait, content)) in self.loads.iter().enumerate() {
            time += wait * 100 + 13;
            if let Some((node, _)) = self.down.filter(|_| index == 1) {
                scenario.at(time, Action::Stop { node, loses_disk: false });
            }
            scenario.at(time, Action::load(node, MODULE, &format!("content {content}")));
        }
        if let (Some((node, true)), 2..) = (self.down, self.loads.len()) {
            scenario.at(time, Action::Start { node });
        }
        scenario.duration = time + 1 + self.asked_after;
        scenario
    }
}

/// What is said of the nodes at the end of a scenario; and of the module, about those that are up.
fn asked(scenario: &Scenario) -> (Health, ModuleHealth) {
    let (_, views) = Simulation::new(scenario).run_and_look();
    let health = Health::at(&views, Some(START + scenario.duration / 1_000));
    let module = health.module(MODULE).unwrap().clone();
    (health, module)
}

/// What comes of it if nobody does anything for ten minutes.
fn left_alone(scenario: &Scenario) -> Report {
    let mut scenario = scenario.clone();
    scenario.duration += 10 * MINUTE;
    Simulation::new(&scenario).run()
}

/// Does what a remedy says, beginning at a time; gives when it is done. `which` chooses where one node is enough.
fn mend(scenario: &mut Scenario, remedy: &Remedy, which: u64, mut time: u64) -> u64 {
    let place = |name: &String| scenario.nodes.iter().position(|node| *node.name == **name).unwrap();
    let all: Vec<usize> = remedy.nodes.iter().map(place).collect();
    let one = usize::try_from(which % all.len() as u64).unwrap();
    let chosen = if remedy.any { vec![all[one]] } else { all };
    if remedy.advice.contains("set its clock right") {
        for &node in &chosen {
            scenario.at(time, Action::Clock { node, ahead: 0 });
        }
        time += 1;
    }
    for &node in &chosen {
        let mut settings = BTreeMap::new();
        for command in &remedy.commands {
            if let Some(set) = command.strip_prefix("SET admin-") {
                let (name, value) = set.split_once('=').unwrap();
                settings.insert(name.to_owned(), value.to_owned());
            } else if command == "LOAD ADMIN VARIABLES TO RUNTIME" {
                let settings = std::mem::take(&mut settings);
                scenario.at(time, Action::Set { node, settings, save: true });
            } else if command.starts_with("INSERT INTO proxysql_servers") {
                // The rows of the node are not known here; the simulator takes whole lists.
                let known = peers_of(scenario, node, time);
                let values = command.split("VALUES").nth(1).unwrap();
                let new = (0..scenario.nodes.len()).filter(|at| {
                    let (host, port) = scenario.nodes[*at].name.rsplit_once(':').unwrap();
                    values.contains(&format!("('{host}', {port})"))
                });
                let mut members: Vec<usize> = known.into_iter().chain(new).collect();
                members.sort_unstable();
                members.dedup();
                scenario.at(time, Action::Members { node, members, save: true });
            } else if let Some(key) = command.strip_prefix("DELETE FROM proxysql_servers WHERE ") {
                let mut members = peers_of(scenario, node, time);
                members.retain(|at| {
                    let (host, port) = scenario.nodes[*at].name.rsplit_once(':').unwrap();
                    key != format!("hostname='{host}' AND port={port}")
                });
                scenario.at(time, Action::Members { node, members, save: true });
            } else if command == "LOAD MYSQL USERS TO RUNTIME" {
                let load = Action::Load { node, module: MODULE.into(), content: None, save: true };
                scenario.at(time, load);
            } else {
                let is_done = command.starts_with("SAVE") || command == "LOAD PROXYSQL SERVERS TO RUNTIME";
                assert!(is_done, "what is {command}?");
            }
        }
        time += 2_000;
    }
    time
}

/// Whom a node knows at a time.
fn peers_of(scenario: &Scenario, node: usize, time: u64) -> Vec<usize> {
    let mut scenario = scenario.clone();
    scenario.duration = time;
    let (_, views) = Simulation::new(&scenario).run_and_look();
    let names = views[node].peer_names();
    (0..scenario.nodes.len()).filter(|at| names.contains(&&*scenario.nodes[*at].name)).collect()
}

/// A split leaves connections hanging, and no log tells of it; the times at which peers were last heard do.
#[test]
fn a_split_is_seen_from_outside() {
    let mut scenario = Scenario::new("split", 4);
    scenario.start = START;
    scenario.at(10_300, Action::Split { groups: vec![vec![0, 1], vec![2, 3]] });
    scenario.at(20_000, Action::load(0, MODULE, "left"));
    scenario.duration = 60_000;
    let (_, module) = asked(&scenario);
    assert_eq!(module.verdict, Verdict::Apart);
    let silent: Vec<_> = module
        .findings
        .iter()
        .map(|finding| match finding {
            Finding::NotHeard { node, peer, last } => (&**node, &**peer, last - START),
            other => panic!("{other}"),
        })
        .collect();
    let names = ["proxysql-0:6032", "proxysql-1:6032", "proxysql-2:6032", "proxysql-3:6032"];
    let expected: Vec<_> =
        [(2, 0), (2, 1), (3, 0), (3, 1)].map(|(node, peer)| (names[node], names[peer])).into();
    assert_eq!(silent.iter().map(|(node, peer, _)| (*node, *peer)).collect::<Vec<_>>(), expected);
    assert!(silent.iter().all(|(.., last)| (10..=11).contains(last)), "{silent:?}");
    scenario.at(61_000, Action::Heal);
    scenario.duration = 75_000;
    assert_eq!(asked(&scenario).1.verdict, Verdict::InStep);
}

/// It has heard of nobody, and will in a moment.
#[test]
fn a_node_that_has_just_started_is_given_time() {
    let mut scenario = Scenario::new("just started", 2);
    scenario.start = START;
    scenario.at(5_000, Action::load(0, MODULE, "new"));
    scenario.nodes[1].starts = Some(20_000);
    scenario.duration = 20_001;
    let (health, module) = asked(&scenario);
    assert_eq!((module.verdict, module.pulls.len()), (Verdict::Converging, 1), "{health}");
    // But not for ever: its peer's name does not resolve.
    scenario.at(19_000, Action::Dns { node: 0, to: None, observers: vec![1] });
    scenario.duration = 60_000;
    let (health, module) = asked(&scenario);
    assert!(matches!(&module.findings[..], [Finding::NotHeard { last: 0, .. }]), "{health}");
}

/// The accident: a node whose clock is ahead is loaded, and dies before the others have pulled it. They keep its epoch
/// in mind, which nothing that is loaded elsewhere can beat; where it stands last in a node's walk, that node pulls from
/// nobody.
#[test]
fn a_peer_that_is_gone_can_hold_pulls_back() {
    let mut is_seen = false;
    for loaded in [0, 2] {
        let mut scenario = Scenario::new("gone", 3);
        scenario.start = START;
        scenario.nodes[1].clock = 3_600_000;
        scenario.at(5_000, Action::load(1, MODULE, "future"));
        scenario.at(6_500, Action::Stop { node: 1, loses_disk: false });
        scenario.at(20_000, Action::load(loaded, MODULE, "now"));
        scenario.duration = 40_000;
        let (health, module) = asked(&scenario);
        let end = left_alone(&scenario);
        assert_eq!(
            module.verdict != Verdict::Apart,
            end.module(MODULE).unwrap().converged,
            "{health}\n{end}"
        );
        let Some(gone @ Finding::SourceGone { peer, .. }) = module.findings.first() else { continue };
        is_seen = true;
        assert_eq!(peer, "proxysql-1:6032");
        let remedy = gone.remedy(MODULE).unwrap();
        assert_eq!(
            remedy.to_string(),
            format!(
                "on proxysql-{}:6032: DELETE FROM proxysql_servers WHERE hostname='proxysql-1' AND port=6032; LOAD PROXYSQL SERVERS TO RUNTIME; SAVE PROXYSQL SERVERS TO DISK; (unless proxysql-1:6032 comes back soon)",
                2 - loaded
            )
        );
        scenario.duration = mend(&mut scenario, &remedy, 0, 41_000);
        let end = left_alone(&scenario);
        assert_eq!(end.module(MODULE).unwrap().winner.as_deref(), Some("now"), "{end}");
    }
    assert!(is_seen);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Without clocks that run ahead: what will converge by itself does, and what never will does not.
    #[test]
    fn what_is_foretold_comes(odd in odd(false)) {
        let scenario = odd.scenario();
        let (health, module) = asked(&scenario);
        let end = left_alone(&scenario);
        let users = end.module(MODULE).unwrap();
        prop_assert_eq!(module.verdict != Verdict::Apart, users.converged, "{}\n{}", health, end);
        prop_assert!(module.verdict != Verdict::Apart || !module.findings.is_empty(), "{}", health);
    }

    /// What is said to mend a cluster does, clocks or not: whoever does what it says, asks again, and goes on so,
    /// has a cluster that agrees. Only what no command mends may stay.
    #[test]
    fn what_is_said_to_mend_does(odd in odd(true), which: u64) {
        let mut scenario = odd.scenario();
        let mut told = Vec::new();
        for _ in 0..8 {
            let (health, module) = asked(&scenario);
            told.push(format!("at {} s:\n{health}", scenario.duration / 1_000));
            if module.verdict != Verdict::Apart {
                let end = left_alone(&scenario);
                let is_well = !module.is_well() || end.module(MODULE).unwrap().converged;
                prop_assert!(is_well, "{}\n{}", told.join("\n"), end);
                if module.is_well() {
                    return Ok(());
                }
            }
            let remedies: Vec<Remedy> =
                module.remedies().into_iter().filter(|remedy| !remedy.commands.is_empty()).collect();
            if remedies.is_empty() {
                let is_beyond = |finding: &Finding| matches!(
                    finding,
                    Finding::DifferentVersions { .. } | Finding::NotHeard { .. } | Finding::NotReached { .. }
                );
                let mut all = module.findings.iter().chain(&health.findings);
                prop_assert!(all.any(is_beyond), "nothing is left to do\n{}", told.join("\n"));
                return Ok(());
            }
            let mut time = scenario.duration + 1_000;
            for remedy in remedies {
                time = mend(&mut scenario, &remedy, which, time);
            }
            scenario.duration = time + MINUTE;
        }
        prop_assert!(false, "it goes on and on\n{}", told.join("\n"));
    }
}
