//! The simulator: the library of scenarios, the seed's story, and the law of convergence. `UPDATE_GOLDEN=1` writes
//! the golden files anew.

#![cfg(feature = "simulate")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proxysql_kit::cluster::LogLine;
use proxysql_kit::cluster::health::{Finding, Health, Verdict};
use proxysql_kit::cluster::sim::{Action, Link, MarkKind, Report, Scenario, Simulation};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn scenario(name: &str) -> Scenario {
    let folder = root().join("examples/scenarios");
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    let open =
        &mut |config: &str| std::fs::read_to_string(folder.join(config)).map_err(|error| error.to_string());
    Scenario::parse_with(name, &text, open).unwrap_or_else(|error| panic!("{error}"))
}

fn run(scenario: &Scenario) -> Report {
    Simulation::new(scenario).run()
}

fn golden(path: &Path, found: &str) {
    let path = root().join(path);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{} differs; UPDATE_GOLDEN=1 writes it anew", path.display());
}

/// Each file says what comes of it, whatever the random numbers are.
#[test]
fn the_library_is_as_it_says() {
    let mut count = 0;
    for entry in std::fs::read_dir(root().join("examples/scenarios")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let mut scenario = scenario(&name);
        assert!(!scenario.expect.is_empty(), "{name} expects nothing");
        for seed in [scenario.seed, 2, 3] {
            scenario.seed = seed;
            let report = run(&scenario);
            assert!(report.is_as_expected(), "{name}\n{report}");
        }
        count += 1;
    }
    assert!(count >= 10);
}

/// An expectation that cannot fail would be none.
#[test]
fn what_is_not_so_is_told() {
    let mut scenario = scenario("equal-epochs.toml");
    scenario.expect[0].winner = Some("users of Ben".into());
    let report = run(&scenario);
    assert!(!report.is_as_expected());
    assert!(
        report
            .to_string()
            .contains("FAIL  mysql_users: all hold `users of Ben`, but all hold `users of Anna`")
    );
}

/// Every line of the log that the cluster of the seed wrote comes out word for word, with its time.
#[test]
fn the_seeds_log() {
    let report = run(&scenario("seed.toml"));
    let wanted = std::fs::read_to_string(root().join("tests/sim/seed.log")).unwrap();
    let mut lines = report.log_of(0);
    for wanted in wanted.lines() {
        // Places in ProxySQL's sources stand in warnings.
        let line = LogLine::parse(wanted).unwrap();
        let wanted = format!("{} [{}] {}", line.date, line.level.name(), line.text);
        assert!(lines.any(|line| line == wanted), "not there, or not in this order: {wanted}");
    }
    // 2.0 announces at D and pulls above it.
    let pulls = |diff: &str| {
        let part = format!("mysql_users version 2, epoch 1564718027, diff_check {diff}. Own");
        report.log.iter().filter(|line| line.text.contains(&part)).count()
    };
    assert_eq!((pulls("2"), pulls("3"), pulls("4"), pulls("5")), (0, 1, 1, 0));
}

#[test]
fn the_same_seed_gives_the_same_report() {
    for name in ["split-and-heal.toml", "rolling-restart.toml"] {
        let scenario = scenario(name);
        assert_eq!(run(&scenario), run(&scenario));
        let mut other = scenario.clone();
        other.seed += 1;
        assert_ne!(run(&scenario).log, run(&other).log, "{name}: the seed means nothing");
    }
}

#[test]
fn pictures() {
    for name in ["equal-epochs", "split-and-heal"] {
        let svg = run(&scenario(&format!("{name}.toml"))).svg();
        golden(Path::new(&format!("tests/sim/{name}.svg")), &svg);
        assert!(svg.contains("prefers-color-scheme:dark"));
    }
    let mut hostile = Scenario::new("<script>alert(\"&\")</script>\u{1}", 2);
    hostile.at(1_000, Action::load(0, "mysql_users", "]]></text><script>"));
    let svg = run(&hostile).svg();
    assert!(!svg.contains("<script") && !svg.contains('\u{1}') && svg.contains("&lt;script&gt;"));
}

#[test]
fn a_report_for_people() {
    golden(Path::new("tests/sim/core-restarted.txt"), &run(&scenario("core-restarted.toml")).to_string());
}

#[test]
fn mistakes_in_a_scenario_are_told_with_their_places() {
    let text = r#"
title = "mistakes"
nodes = 2
durations = "10s"
[settings]
cluster_check_interval = 200
[[at]]
time = "10"
do = "laod"
[[at]]
time = "10"
do = "load"
node = "proxysql-7"
module = "mysql_user"
"#;
    let error = Scenario::parse("x.toml", text).unwrap_err().to_string();
    let expected = "\
x.toml:4:1: there is no field `durations`: did you mean `duration`?
x.toml:6:1: `cluster_check_interval` is no variable that the cluster follows: did you mean `cluster_check_interval_ms`?
x.toml:9:6: `do` says what happens: did you mean `load`?
x.toml:11:8: `10` is no length of time: write \"500ms\", \"10s\", \"1m30s\", \"2h\"
x.toml:13:8: there is no node `proxysql-7`: did you mean `proxysql-0`?
x.toml:14:10: there is no module `mysql_user`: did you mean `mysql_users`?";
    assert_eq!(error, expected);
    assert!(Scenario::parse("x", "nodes = 99999999").is_err());
    let text = r#"
nodes = 2
duration = "10s"
settings = { cluster_check_interval_ms = 5, cluster_mysql_users_save_to_disk = "maybe" }
[[node]]
name = "proxysql-1"
starts = "11s"
[[at]]
time = "1h"
do = "heal"
[[at]]
time = "5s"
do = "split"
until = "5s"
groups = [["proxysql-0"], ["proxysql-0", "proxysql-x"]]
"#;
    let error = Scenario::parse("x.toml", text).unwrap_err().to_string();
    let expected = "\
x.toml:4:42: `5` is no value of `cluster_check_interval_ms`: a number from 10 to 300000
x.toml:4:80: `maybe` is no value of `cluster_mysql_users_save_to_disk`: true or false
x.toml:7:10: `11s` is after the end: `duration` is 10 s
x.toml:9:8: `1h` is after the end: `duration` is 10 s
x.toml:14:9: `until` is not after `time`
x.toml:15:28: `proxysql-0` is in two groups
x.toml:15:42: there is no node `proxysql-x`: did you mean `proxysql-0`?";
    assert_eq!(error, expected);
}

/// What would take more time or memory than anybody has is refused before it begins.
#[test]
fn a_scenario_that_is_too_much_is_refused() {
    for (text, expected) in [
        ("nodes = 1000000000", "x:1:9: at most 2000 nodes"),
        ("nodes = 2\nlog_limit = 1000000000", "x:2:13: at most 10,000,000 lines"),
        (
            "nodes = 2000",
            "x:1:9: 4,000,000 pairs of nodes that know each other are more than 1,200,000: fewer nodes, or fewer `members`",
        ),
        (
            "nodes = 3\nduration = \"100000d\"",
            "x:2:12: 77,760,000,000 checks of peers are more than 5,000,000,000: a shorter time, fewer nodes, or a longer `cluster_check_interval_ms`",
        ),
        (
            "nodes = 50\nduration = \"10h\"\n[[at]]\ntime = \"1s\"\ndo = \"set\"\nnode = \"all\"\nsettings.cluster_check_interval_ms = 10",
            "x:2:12: 9,000,000,000 checks of peers are more than 5,000,000,000: a shorter time, fewer nodes, or a longer `cluster_check_interval_ms`",
        ),
    ] {
        assert_eq!(Scenario::parse("x", text).unwrap_err().to_string(), expected);
    }
    // Core and satellites may be many.
    assert!(Scenario::parse("x", "nodes = 2000\nmembers = [\"proxysql-0\"]").is_ok());
    assert!(Scenario::parse("x", "nodes = 1000").is_ok());
    assert!(Scenario::parse("x", "nodes = 1\nconfig = \"x.cnf\"").is_err());
    assert!(Scenario::parse("x", "").is_err());
}

/// Lost packets and restarts of all kinds: nothing hangs.
#[test]
fn a_bad_network_only_takes_longer() {
    let mut scenario = Scenario::new("a bad network", 5);
    scenario.link = Link::default().delay_us(40_000).jitter_us(100_000).loss(20_000);
    scenario.duration = 300_000;
    scenario.at(5_000, Action::load(2, "mysql_users", "new"));
    let report = run(&scenario);
    let users = report.module("mysql_users").unwrap();
    assert_eq!(users.winner.as_deref(), Some("new"), "{report}");
    assert!(report.log.iter().any(|line| line.text.contains("unable to run query")));
}

/// An operator loads: on which node, how long after the last one in seconds, which content.
type Load = (usize, u64, u8);

/// A cluster of nodes that differ in their speed and patience.
#[derive(Clone, Debug)]
struct Cluster {
    nodes: usize,
    seed: u64,
    diffs: Vec<u32>,
    intervals: Vec<u32>,
    loads: Vec<Load>,
    restart: Option<usize>,
    /// How long after the last load the nodes are asked.
    asked_after: u64,
}

fn cluster() -> impl Strategy<Value = Cluster> {
    (2_usize..=8).prop_flat_map(|nodes| {
        (
            any::<u64>(),
            proptest::collection::vec(1_u32..6, nodes),
            proptest::collection::vec(100_u32..2_000, nodes),
            proptest::collection::vec((0..nodes, 0_u64..8, 0_u8..4), 1..12),
            proptest::option::of(0..nodes),
            0_u64..6_000,
        )
            .prop_map(move |(seed, diffs, intervals, loads, restart, asked_after)| Cluster {
                nodes,
                seed,
                diffs,
                intervals,
                loads,
                restart,
                asked_after,
            })
    })
}

/// Longer than it takes the slowest to count its differences, and to try again.
const REST: u64 = 40_000;

impl Cluster {
    /// The scenario, and the content that is loaded last, so long after all others.
    fn scenario(&self, wait: u64) -> (Scenario, String) {
        let mut scenario = Scenario::new("random", self.nodes);
        scenario.seed = self.seed;
        for (index, node) in scenario.nodes.iter_mut().enumerate() {
            let number = |name: &str, value: u32| (name.to_owned(), value.to_string());
            node.settings = BTreeMap::from([
                number("cluster_mysql_users_diffs_before_sync", self.diffs[index]),
                number("cluster_check_interval_ms", self.intervals[index]),
            ]);
            // Different from the start, all at version 1.
            node.contents = BTreeMap::from([(
                "mysql_users".to_owned(),
                proxysql_kit::cluster::sim::Content::named("mysql_users", &format!("start {}", index % 3)),
            )]);
        }
        let mut time = 3_000;
        for (node, wait, content) in &self.loads {
            time += wait * 1_000 + 137;
            scenario.at(time, Action::load(*node, "mysql_users", &format!("content {content}")));
        }
        // Not the one that is loaded last.
        if let Some(node) = self.restart {
            scenario.at(time, Action::Stop { node, loses_disk: false });
            scenario.at(time + 500, Action::Start { node });
        }
        let (node, _, content) = self.loads[self.loads.len() - 1];
        time += wait;
        let last = format!("content {content}");
        scenario.at(time, Action::load(node, "mysql_users", &last));
        scenario.duration = time + 120_000;
        (scenario, last)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// All D above 0, one version, links up: what is loaded with strictly the greatest epoch is what all nodes end
    /// with, if the cluster was at rest: no pull goes on, and each node has heard the last of each other one.
    /// (`an_epoch_alone_does_not_win`, `a_restart_can_hide_a_load` and `a_pull_can_undo_a_load` are why.)
    #[test]
    fn what_is_loaded_last_on_a_cluster_at_rest_wins(cluster in cluster()) {
        let (scenario, last) = cluster.scenario(REST);
        let report = run(&scenario);
        let users = report.module("mysql_users").unwrap();
        prop_assert_eq!(users.winner.as_deref(), Some(last.as_str()), "{}", report);
        prop_assert!(!users.conflict_at_end);
    }

    /// What is said of a cluster from outside is what comes of it, and which content wins, where no clock runs ahead.
    /// (Where one does, the moment may decide. `tests/health.rs` tries odd clusters.)
    #[test]
    fn health_foretells_the_end(cluster in cluster()) {
        let (mut scenario, _) = cluster.scenario(1_700);
        let end = run(&scenario);
        let users = end.module("mysql_users").unwrap();
        scenario.duration = scenario.duration - 120_000 + cluster.asked_after;
        let (_, views) = Simulation::new(&scenario).run_and_look();
        let health = Health::of(&views);
        let told = health.module("mysql_users").unwrap();
        prop_assert_eq!(told.verdict != Verdict::Apart, users.converged, "{}\n{}", health, end);
        if let Some(winner) = &users.winner {
            let winner = users.contents.iter().find(|content| content.label == *winner).unwrap();
            prop_assert_eq!(told.contents[0].checksum, winner.checksum, "{}\n{}", health, end);
        }
    }

    #[test]
    fn every_run_can_be_repeated(cluster in cluster()) {
        let (mut scenario, _) = cluster.scenario(1_700);
        scenario.duration /= 4;
        prop_assert_eq!(run(&scenario), run(&scenario));
    }
}

/// The accident: a node with version above 1 has strictly the greatest epoch, and still another one keeps what was
/// loaded on it later. It knew the greater epoch and held the same at that time, so it does not count; and nothing
/// makes it look again until something is loaded elsewhere.
#[test]
fn an_epoch_alone_does_not_win() {
    let mut scenario = Scenario::new("a clock ahead", 3);
    scenario.nodes[2].clock = 3_600_000;
    scenario.at(5_000, Action::load(2, "mysql_users", "future"));
    scenario.at(30_000, Action::load(0, "mysql_users", "now"));
    scenario.duration = 600_000;
    let report = run(&scenario);
    assert!(!report.module("mysql_users").unwrap().converged, "{report}");
    scenario.at(60_000, Action::load(1, "mysql_query_rules", "anything"));
    let report = run(&scenario);
    assert_eq!(report.module("mysql_users").unwrap().winner.as_deref(), Some("future"), "{report}");
}

/// The accident: a node restarts, and is loaded to a version and content that the others have seen of it before. They
/// notice changes by its global checksum, and that is the same: it has no epochs in it.
#[test]
fn a_restart_can_hide_a_load() {
    let mut scenario = Scenario::new("the same again", 2);
    scenario.at(5_000, Action::load(1, "mysql_users", "one"));
    scenario.at(20_000, Action::load(0, "mysql_users", "other"));
    // The others do not see what it was between.
    scenario.at(20_010, Action::Stop { node: 1, loses_disk: false });
    scenario.at(21_000, Action::Start { node: 1 });
    scenario.at(21_001, Action::load(1, "mysql_users", "one"));
    let (report, views) = Simulation::new(&scenario).run_and_look();
    assert!(!report.module("mysql_users").unwrap().converged, "{report}");
    let health = Health::of(&views);
    let finding = &health.module("mysql_users").unwrap().findings[0];
    assert!(matches!(finding, Finding::NotNoticed { node, .. } if node == "proxysql-0:6032"), "{health}");
    // Loaded twice, it is noticed.
    scenario.at(30_000, Action::load(1, "mysql_users", "one"));
    assert_eq!(run(&scenario).module("mysql_users").unwrap().winner.as_deref(), Some("one"));
}

/// The accident: a node is loaded while it pulls. What it pulls comes in afterwards, and undoes the load.
#[test]
fn a_pull_can_undo_a_load() {
    let mut scenario = Scenario::new("a load in a pull", 2);
    scenario.link = Link::default().delay_us(50_000).jitter_us(0);
    scenario.at(5_000, Action::load(0, "mysql_users", "pulled"));
    let report = run(&scenario);
    let pull = report.marks.iter().find(|mark| matches!(mark.kind, MarkKind::Pull { .. })).unwrap();
    scenario.at(pull.at - 100, Action::load(1, "mysql_users", "undone"));
    let users = run(&scenario).module("mysql_users").unwrap().clone();
    assert_eq!(users.winner.as_deref(), Some("pulled"));
    assert!(users.lost.iter().any(|lost| &**lost == "undone"));
}

/// The other conditions are needed, too.
#[test]
fn without_a_condition_it_does_not_converge() {
    let base = || {
        let mut scenario = Scenario::new("base", 3);
        scenario.at(5_000, Action::load(0, "mysql_users", "new"));
        scenario
    };
    let converges = |scenario: &Scenario| run(scenario).module("mysql_users").unwrap().converged;
    assert!(converges(&base()));
    let mut off = base();
    off.nodes[1].settings.insert("cluster_mysql_users_diffs_before_sync".into(), "0".into());
    assert!(!converges(&off));
    let mut versions = base();
    versions.nodes[1].version = "2.7.2".into();
    assert!(!converges(&versions));
    let mut split = base();
    split.at(1_000, Action::Split { groups: vec![vec![0, 2], vec![1]] });
    assert!(!converges(&split));
    let mut tie = base();
    tie.at(5_500, Action::load(1, "mysql_users", "other"));
    assert!(!converges(&tie));
    let mut versions_1 = Scenario::new("version 1", 2);
    let content = proxysql_kit::cluster::sim::Content::named("mysql_users", "other");
    versions_1.nodes[1].contents.insert("mysql_users".into(), content);
    assert!(!converges(&versions_1));
}

#[test]
fn variables_that_are_pulled_take_effect() {
    let mut scenario = Scenario::new("D is pulled", 2);
    let settings = BTreeMap::from([("cluster_mysql_users_diffs_before_sync".to_owned(), "0".to_owned())]);
    scenario.at(2_000, Action::Set { node: 0, settings, save: true });
    scenario.at(10_000, Action::load(0, "mysql_users", "new"));
    let report = run(&scenario);
    assert!(!report.module("mysql_users").unwrap().converged, "{report}");
    assert!(report.module("admin_variables").unwrap().converged);
    assert!(
        report.marks.iter().any(|mark| mark.node == Some(1) && matches!(mark.kind, MarkKind::Pull { .. }))
    );
}

/// Places of nodes that there are not, and settings that no server would take, do no harm.
#[test]
fn a_scenario_that_makes_no_sense_runs_all_the_same() {
    let mut scenario = Scenario::new("nonsense", 2);
    scenario.duration = 5_000;
    scenario.nodes[0].members = vec![0, 7, 1, 1];
    scenario.nodes[0].name = "no port".into();
    scenario.nodes[1].settings.insert("cluster_check_interval_ms".into(), "0".into());
    scenario.at(0, Action::load(9, "mysql_users", "x")).at(1, Action::load(0, "no module", "x"));
    scenario.at(2, Action::Stop { node: 4, loses_disk: true }).at(3, Action::Start { node: 0 });
    scenario.at(4, Action::Members { node: 1, members: vec![5], save: false });
    scenario.at(5, Action::Dns { node: 0, to: Some(8), observers: vec![3] });
    scenario.at(6, Action::Clock { node: 0, ahead: i64::MIN });
    scenario.at(7, Action::Split { groups: vec![vec![0, 9], vec![]] }).at(8, Action::Heal);
    assert_eq!(run(&scenario).nodes.len(), 2);
    assert!(run(&Scenario::new("nobody", 0)).modules.iter().all(|module| !module.converged));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "(nodes = [0-3]\\n)?((time|do|node|loss|at|expect|\\[\\[at\\]\\]|\\[link\\]|=|\"|1|s|all|load|restart|\\{|\\}|,|\\n| ){0,30})") {
        if let Ok(mut scenario) = Scenario::parse("x", &text) {
            scenario.duration = scenario.duration.min(1_000);
            run(&scenario);
        }
    }
}
