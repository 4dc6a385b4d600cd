use super::*;

const A: &str = "0x51BAFDE21799F532";
const B: &str = "0x788C53BEF92F5C71";

/// A node with one module, which has heard all of these peers just now.
fn node(name: &str, [version, epoch, checksum]: [&str; 3], peers: &[(&str, [&str; 3], u64)]) -> NodeView {
    let heard = peers.iter().map(|(peer, [version, epoch, checksum], diff)| {
        let own = |text: &str| text.to_owned();
        [
            own(peer),
            own("6032"),
            own("mysql_users"),
            own(version),
            own(epoch),
            own(checksum),
            own("90"),
            own("100"),
            diff.to_string(),
        ]
    });
    NodeView::new(format!("{name}:6032"))
        .version("2.7.1")
        .checksums([["mysql_users", version, epoch, checksum]])
        .and_then(|node| node.peers(heard))
        .expect("rows")
}

fn users(nodes: &[NodeView]) -> ModuleHealth {
    let health = Health::at(nodes, Some(101));
    health.module("mysql_users").expect("the module").clone()
}

fn two(one: [&str; 3], other: [&str; 3]) -> Vec<NodeView> {
    vec![node("a", one, &[("b", other, 1)]), node("b", other, &[("a", one, 1)])]
}

#[test]
fn equal_contents_are_in_step_whatever_the_epochs() {
    let found = users(&two(["1", "5", A], ["7", "90", A]));
    assert_eq!((found.verdict, found.contents.len(), found.ahead().count()), (Verdict::InStep, 1, 0));
    assert!(found.findings.is_empty() && found.is_well());
}

#[test]
fn the_newest_wins_and_the_others_pull() {
    let found = users(&two(["2", "50", A], ["3", "60", B]));
    assert_eq!(found.verdict, Verdict::Converging);
    assert_eq!(found.contents[0].checksum, B);
    assert_eq!(found.ahead().collect::<Vec<_>>(), ["b:6032"]);
    let expected = Pull { node: "a:6032".into(), from: "b:6032".into(), epoch: 60, checks_left: Some(2) };
    assert_eq!(found.pulls, [expected]);
}

/// A restarted node takes what the others have, even when that is older.
#[test]
fn a_version_1_pulls_an_older_epoch() {
    let found = users(&two(["2", "50", A], ["1", "60", B]));
    assert_eq!(found.verdict, Verdict::Converging);
    assert_eq!((&*found.pulls[0].node, &*found.pulls[0].from), ("b:6032", "a:6032"));
    assert_eq!(found.contents[0].checksum, A);
}

#[test]
fn versions_1_everywhere_never_meet() {
    let found = users(&two(["1", "50", A], ["1", "60", B]));
    assert_eq!(found.verdict, Verdict::Apart);
    assert_eq!(found.findings, [Finding::VersionOne { nodes: vec!["a:6032".into(), "b:6032".into()] }]);
    assert_eq!(found.remedies()[0].commands, ["LOAD MYSQL USERS TO RUNTIME"]);
}

#[test]
fn equal_epochs_are_a_conflict_until_a_third_is_newer() {
    let found = users(&two(["2", "50", A], ["2", "50", B]));
    assert_eq!(found.verdict, Verdict::Apart);
    assert!(matches!(&found.findings[..], [Finding::EqualEpochs { nodes, epoch: 50 }] if nodes.len() == 2));
    let (one, other, newer) = (["2", "50", A], ["2", "50", B], ["2", "51", A]);
    let nodes = [
        node("a", one, &[("b", other, 1), ("c", newer, 1)]),
        node("b", other, &[("a", one, 1), ("c", newer, 1)]),
        node("c", newer, &[("a", one, 1), ("b", other, 1)]),
    ];
    assert_eq!(users(&nodes).verdict, Verdict::Converging);
}

#[test]
fn what_keeps_a_node_from_pulling() {
    let (old, new) = (["2", "50", A], ["2", "60", B]);
    let with = |one: NodeView| users(&[one, node("b", new, &[("a", old, 0)])]);
    let a = || node("a", old, &[("b", new, 9)]);
    let found = with(a().setting("admin-cluster_mysql_users_diffs_before_sync", "0"));
    assert!(matches!(&found.findings[..], [Finding::SyncOff { node, .. }] if node == "a:6032"));
    assert!(found.remedies()[0].commands[0].ends_with("cluster_mysql_users_diffs_before_sync=3"));
    let found = with(a().version("2.7.2"));
    assert!(matches!(&found.findings[..], [Finding::DifferentVersions { .. }]));
    let found = with(node("a", old, &[("c", new, 0)]));
    assert!(
        matches!(&found.findings[..], [Finding::NotMember { node, peer }] if (&**node, &**peer) == ("a:6032", "b:6032"))
    );
    assert!(found.remedies()[0].to_string().contains("VALUES ('b', 6032)"));
    let silent = Health::at(&[a(), node("b", new, &[])], Some(1_000));
    let silent = silent.module("mysql_users").expect("the module");
    assert!(matches!(&silent.findings[..], [Finding::NotHeard { last: 100, .. }]), "{silent}");
    // 2.0 does not compare versions.
    let old_one = |node: NodeView, version| node.version(version);
    let nodes = [old_one(a(), "2.0.5"), old_one(node("b", new, &[]), "2.0.4")];
    assert_eq!(users(&nodes).verdict, Verdict::Converging);
}

#[test]
fn a_satellite_pulls_through_one_that_it_knows() {
    let (old, new) = (["2", "50", A], ["2", "60", B]);
    let nodes = [
        node("core", old, &[("source", new, 1)]),
        node("satellite", old, &[("core", old, 1)]),
        node("source", new, &[("core", old, 1)]),
    ];
    assert_eq!(users(&nodes).verdict, Verdict::Converging);
}

#[test]
fn an_epoch_in_the_future_is_told_of_even_in_step() {
    let found = users(&two(["2", "5000", A], ["2", "5000", A]));
    assert_eq!(found.verdict, Verdict::InStep);
    assert!(!found.is_well() && found.findings.len() == 2);
    assert!(found.findings[0].to_string().contains("4899 s in the future"), "{}", found.findings[0]);
}

#[test]
fn a_pull_that_does_not_happen_is_told_of() {
    let nodes = [node("a", ["2", "50", A], &[("b", ["2", "60", B], 40)]), node("b", ["2", "60", B], &[])];
    assert!(matches!(&users(&nodes).findings[..], [Finding::Overdue { diff_check: 40, needed: 3, .. }]));
}

#[test]
fn modules_that_do_not_sync_and_are_not_computed() {
    let rows = |checksum| [["mysql_variables", "0", "0", ""], ["pgsql_users", "2", "9", checksum]];
    let one = |name, checksum| NodeView::new(name).checksums(rows(checksum)).expect("rows");
    let health =
        Health::of(&[one("a:6032", A), one("b:6032", B), NodeView::unreachable("c:6032", "refused")]);
    let verdicts: Vec<_> = health.modules.iter().map(|module| module.verdict).collect();
    assert_eq!(verdicts, [Verdict::NotComputed, Verdict::NotSynced]);
    assert!(!health.is_well());
    assert_eq!(health.findings[0].to_string(), "c:6032 could not be asked: refused");
}

#[test]
fn rows_that_are_none() {
    let error = NodeView::new("a").checksums([["mysql_users", "x", "0", ""]]).expect_err("a row");
    assert_eq!(
        error.to_string(),
        "runtime_checksums_values, row 1: version is no number: `x`; expected the columns name, version, epoch, checksum"
    );
    assert!(NodeView::new("a").checksums([["mysql_users", "1"]]).is_err());
    assert!(NodeView::new("a").peers([["h", "1", "m", "1", "1", "no", "1", "1", "1"]]).is_err());
}

#[test]
fn it_reads_as_a_table() {
    let text = Health::at(&two(["2", "50", A], ["2", "50", B]), Some(101)).to_string();
    assert_eq!(
        text,
        "\
mysql_users  APART         2 contents

mysql_users: APART
  b:6032  0x788C53BEF92F5C71  version 2, epoch 50 (1970-01-01 00:00:50 UTC)
  a:6032  0x51BAFDE21799F532  version 2, epoch 50 (1970-01-01 00:00:50 UTC)
  ! conflict: a:6032 and b:6032 hold different content of one epoch, 50 (1970-01-01 00:00:50 UTC)
  > on the one of a:6032 and b:6032 whose content is wanted: LOAD MYSQL USERS TO RUNTIME;
"
    );
}

/// One node pulls servers as they were loaded only.
#[test]
fn an_algorithm_can_leave_servers_out() {
    let one = |name: &str, epoch: &str, sum, algorithm| {
        let rows = [["mysql_servers", "2", epoch, sum]];
        let node = NodeView::new(name).version("2.7.1").checksums(rows).expect("rows");
        node.setting("admin-cluster_mysql_servers_sync_algorithm", algorithm)
    };
    let servers = |nodes: &[NodeView]| Health::of(nodes).module("mysql_servers").expect("the module").clone();
    let found = servers(&[one("a:6032", "50", A, "2"), one("b:6032", "60", B, "1")]);
    assert_eq!(found.verdict, Verdict::Apart);
    assert!(found.findings.iter().any(|finding| {
        finding.to_string()
            == "a:6032 never pulls it: admin-cluster_mysql_servers_sync_algorithm leaves it out"
    }));
    assert_eq!(found.remedies()[0].commands[0], "SET admin-cluster_mysql_servers_sync_algorithm=1");
    let both = servers(&[one("a:6032", "50", A, "2"), one("b:6032", "60", B, "3")]);
    assert_eq!(both.verdict, Verdict::NotSynced);
    let pulls = servers(&[one("a:6032", "50", A, "1"), one("b:6032", "60", B, "1")]);
    assert_eq!(pulls.verdict, Verdict::Converging);
}

/// A clock ran ahead, and an operator loaded elsewhere since.
#[test]
fn one_that_was_loaded_later_with_an_older_epoch_does_not_count() {
    let (old, new) = (["3", "50", A], ["2", "60", B]);
    let nodes = [node("a", old, &[("b", new, 0)]), node("b", new, &[("a", old, 9)])];
    let found = users(&nodes);
    assert_eq!(found.verdict, Verdict::Apart);
    assert!(
        matches!(&found.findings[..], [Finding::NotCounting { node, peer }] if node == "a:6032" && peer == "b:6032")
    );
    assert!(found.pulls.is_empty());
}
