//! Checksums of a large configuration, what a check of a peer costs in which nothing has changed,
//! and how many of them the simulator does.
//!
//! `cargo bench --bench cluster`

#![allow(missing_docs, clippy::unwrap_used)]

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use proxysql_kit::cluster::sim::{Action, Scenario, Simulation};
use proxysql_kit::cluster::{
    Address, Answer, ChecksumRow, Input, ModuleKind, ModuleState, Node, Now, PeerId, PerModule, Rows,
    Settings, checksum_of_rows,
};
use proxysql_kit::config::{Config, LoadOptions, Loaded};
use proxysql_kit::hash::Checksum;
use proxysql_kit::libconfig::Document;
use proxysql_kit::schema::Version;

/// 100,000 users and 100,000 rules.
fn loaded() -> Loaded {
    let mut text = String::from("mysql_users = (\n");
    for user in 0..100_000 {
        writeln!(
            text,
            "{{ username=\"user{user}\", password=\"pass{user}\", default_hostgroup={} }},",
            user % 50
        )
        .unwrap();
    }
    text.push_str(")\nmysql_query_rules = (\n");
    for rule in 1..=100_000 {
        writeln!(
            text,
            "{{ rule_id={rule}, active=1, match_pattern=\"^SELECT .* FROM t{rule} WHERE\", \
             destination_hostgroup={}, apply=1 }},",
            rule % 50
        )
        .unwrap();
    }
    text.push(')');
    Config::load(&Document::parse(&*text).unwrap(), &LoadOptions::new())
}

fn checksums(c: &mut Criterion) {
    let loaded = loaded();
    let mut group = c.benchmark_group("checksums");
    group.sample_size(20);
    group.bench_function("100,000 users and 100,000 rules", |b| b.iter(|| black_box(&loaded).checksums()));
    let mut rows = Rows::new();
    for user in 0..100_000 {
        let (name, password) = (format!("user{user}"), format!("pass{user}"));
        let row = [&name, &password, "0", "1", "", "0", "1", "0", "1", "1", "10000", "", ""];
        rows.push(row.map(|cell: &str| Some(cell.as_bytes())));
    }
    let rows = [rows];
    group.bench_function("100,000 users as a peer sends them", |b| {
        b.iter(|| checksum_of_rows(ModuleKind::MysqlUsers, Version::V2_7, black_box(&rows)));
    });
}

/// A node whose peers have all been checked once.
fn node(peers: u32) -> (Node, Vec<PeerId>, Now) {
    let sum = Checksum::from_hash(7);
    let state = ModuleState::new(2, 1000, sum);
    let mut settings = Settings::new(Version::V2_7);
    settings.check_status_frequency = 0;
    let mut node = Node::new(settings, PerModule::from_fn(|_| state));
    let now = Now { ms: 0, unix: 2000 };
    let members = (0..peers).map(|peer| Address::new(format!("proxysql-{peer}"), 6032)).collect();
    node.handle(Input::Members(members), now);
    let ids: Vec<PeerId> = node.peers().collect();
    let version = node.settings().version_string.clone();
    for &id in &ids {
        let rows = ModuleKind::BY_NAME.map(|module| ChecksumRow { module: Some(module), state }).to_vec();
        let answers = [
            Answer::Connected,
            Answer::Version(Some(version.clone())),
            Answer::Done,
            Answer::Global(Some(1)),
            Answer::Checksums(rows),
        ];
        for answer in answers {
            node.handle(Input::Peer(id, answer), now);
        }
    }
    while node.poll().is_some() {}
    while node.next_event().is_some() {}
    (node, ids, now)
}

fn check(c: &mut Criterion) {
    let mut group = c.benchmark_group("check without a change");
    for peers in [1, 1000] {
        let (mut node, ids, mut now) = node(peers);
        group.throughput(Throughput::Elements(ids.len() as u64));
        group.bench_function(format!("{peers} peers"), |b| {
            b.iter(|| {
                now.ms += 1000;
                for &id in &ids {
                    node.handle(Input::Peer(id, Answer::Awake), now);
                    black_box(node.poll());
                    node.handle(Input::Peer(id, Answer::Global(Some(1))), now);
                    black_box(node.poll());
                }
            });
        });
    }
}

/// Checks of peers, most of which find nothing new: nodes in full mesh, and one load.
fn simulator(c: &mut Criterion) {
    let mut group = c.benchmark_group("simulator");
    group.sample_size(10);
    for (nodes, seconds) in [(10, 6_000), (100, 60), (300, 60)] {
        let mut scenario = Scenario::new("speed", nodes);
        scenario.duration = seconds * 1_000;
        scenario.log_limit = 1_000;
        scenario.at(5_000, Action::load(0, "mysql_users", "new"));
        let checks = Simulation::new(&scenario).run().checks;
        group.throughput(Throughput::Elements(checks));
        group.bench_function(format!("{nodes} nodes for {seconds} s"), |b| {
            b.iter(|| Simulation::new(black_box(&scenario)).run().checks);
        });
    }
}

criterion_group!(benches, checksums, check, simulator);
criterion_main!(benches);
