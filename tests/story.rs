//! The stories that logs tell: those of simulated clusters, of which it is known what happened; and what is no log.

#![cfg(feature = "simulate")]
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use proptest::prelude::*;
use proxysql_kit::cluster::sim::{Action, Report, Scenario, Simulation};
use proxysql_kit::cluster::{Obstacle, Story, Storyteller};

fn scenario(name: &str) -> Scenario {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/scenarios");
    let text = std::fs::read_to_string(folder.join(name).with_extension("toml")).unwrap();
    let open =
        &mut |config: &str| std::fs::read_to_string(folder.join(config)).map_err(|error| error.to_string());
    Scenario::parse_with(name, &text, open).unwrap()
}

/// The story of the logs of all nodes, each by the first part of its name, as a pod is called.
fn story(report: &Report) -> Story {
    let mut teller = Storyteller::new();
    for (at, node) in report.nodes.iter().enumerate() {
        let name = node.name.split(['.', ':']).next().unwrap();
        report.log_of(at).for_each(|line| teller.line(name, &line));
    }
    teller.finish()
}

fn of(name: &str) -> Vec<String> {
    let report = Simulation::new(&scenario(name)).run();
    story(&report).obstacles.iter().map(ToString::to_string).collect()
}

#[test]
fn clusters_that_agree_have_no_obstacles() {
    for name in
        ["core-restarted", "split-and-heal", "rolling-restart", "no-headless-service", "equal-epochs", "seed"]
    {
        assert_eq!(of(name), Vec::<String>::new(), "{name}");
    }
}

/// What both sides tell is told once, and what one log leaves open another one answers.
#[test]
fn what_keeps_nodes_apart() {
    assert_eq!(
        of("equal-epochs-for-ever"),
        [
            "mysql_users differs between proxysql-0 and proxysql-1:6032, loaded in the same second: neither pulls, ever",
            "mysql_users differs between proxysql-1 and proxysql-2:6032, loaded in the same second: neither pulls, ever",
        ]
    );
    assert_eq!(
        of("core-and-satellites"),
        [
            "core-0 does not know satellite-1, whose mysql_users is newer: it is not among its peers",
            "core-1 does not know satellite-1, whose mysql_users is newer: it is not among its peers",
        ]
    );
    let versions = of("versions");
    assert_eq!(versions.len(), 4, "{versions:?}");
    assert_eq!(
        versions[0],
        "proxysql-0 is ProxySQL 2.7.1-0-g2726c27, and proxysql-2:6032 is 2.7.2-0-gabcdef0: they do not sync"
    );
    let off = of("diffs-zero");
    let of_users: Vec<_> = off.iter().filter(|text| text.contains("mysql_users")).collect();
    let expected = |peer| {
        format!(
            "proxysql-2 does not pull mysql_users, which differs on {peer}:6032: admin-cluster_mysql_users_diffs_before_sync is 0"
        )
    };
    assert_eq!(of_users, [&expected("proxysql-0"), &expected("proxysql-1")]);
    let mut missing = scenario("no-headless-service");
    missing.duration = 50_000;
    let found = story(&Simulation::new(&missing).run()).obstacles;
    assert!(found.iter().all(|obstacle| matches!(obstacle, Obstacle::Unreachable { .. })));
    assert!(found.len() == 9 && found[0].remedy().contains("headless service"));
    // Two nodes take turns; the third pulls what both say.
    assert!(
        of("two-programs").iter().any(|text| text.starts_with("proxysql-2 pulled mysql_servers_v2 4 times"))
    );
}

/// A log of a cluster in which much happens.
fn busy_log() -> Vec<String> {
    let mut scenario = Scenario::new("busy", 3);
    scenario
        .at(5_000, Action::load(0, "mysql_users", "one"))
        .at(5_300, Action::load(1, "mysql_users", "other"));
    scenario.at(20_000, Action::load(2, "mysql_servers_v2", "servers"));
    scenario.at(30_000, Action::Stop { node: 1, loses_disk: true }).at(33_000, Action::Start { node: 1 });
    let report = Simulation::new(&scenario).run();
    report.log_of(1).chain(report.log_of(2)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Lines that are cut off, garbled, doubled or out of order: there is a story, and an end.
    #[test]
    fn a_garbled_log_is_read_all_the_same(
        picks in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..300, "\\PC{0,3}|[\r\0:.,]", any::<bool>()), 0..200),
    ) {
        let lines = busy_log();
        let mut teller = Storyteller::new();
        for (index, cut, put, whole) in picks {
            let mut line = index.get(&lines).clone();
            if !whole {
                let at = (0..=cut.min(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
                line.insert_str(at, &put);
                if cut % 3 == 0 {
                    line.truncate(at + put.len());
                }
            }
            teller.line("node", &line);
        }
        let story = teller.finish();
        prop_assert!(!story.to_string().is_empty());
        prop_assert!(story.obstacles.iter().all(|obstacle| !obstacle.remedy().is_empty()));
    }

    #[test]
    fn what_is_no_log_has_no_story(text in "\\PC{0,200}") {
        let mut teller = Storyteller::new();
        text.lines().for_each(|line| teller.line("node", line));
        prop_assert!(teller.finish().chapters.is_empty());
    }
}
