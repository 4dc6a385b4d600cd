//! A node of a cluster from outside: rows, recorded runs, and what must hold of any input.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use proxysql_kit::cluster::{
    Address, Answer, CheckQuery, ChecksumRow, Event, Input, Loaded, ModuleKind, ModuleState, MonitorQuery,
    Node, Now, Output, PeerId, PerModule, PullAnswer, PullQuery, Rows, Settings, Sums, checksum_of_rows,
};
use proxysql_kit::config::{Config, LoadOptions, Loaded as LoadedFile};
use proxysql_kit::hash::Checksum;
use proxysql_kit::libconfig::Document;
use proxysql_kit::schema::{Cell, Module, Version};

/// A file with rows in every table that a file can fill.
const FILE: &str = r#"
mysql_servers = ( { address="db1", hostgroup=1, status="SHUNNED" }, { address="db2", hostgroup=2, weight=5 },
    { address="db10", hostgroup=2, status="OFFLINE_SOFT", comment="it's" }, { address="db3", hostgroup=3, status="OFFLINE_HARD" } )
mysql_replication_hostgroups = ( { writer_hostgroup=1, reader_hostgroup=2, comment="r" } )
mysql_galera_hostgroups = ( { writer_hostgroup=11, backup_writer_hostgroup=12, reader_hostgroup=13, offline_hostgroup=14 } )
mysql_group_replication_hostgroups = ( { writer_hostgroup=21, backup_writer_hostgroup=22, reader_hostgroup=23, offline_hostgroup=24, active=0 } )
mysql_query_rules = ( { rule_id=20, active=1, match_pattern="^SELECT", apply=1, OK_msg="ok" }, { rule_id=3, active=1, digest="0x1" }, { rule_id=4, active=0 } )
mysql_users = ( { username="web", password="a" }, { username="app", password="*B", default_hostgroup=7 }, { username="off", active=0 } )
proxysql_servers = ( { hostname="p2", port=6032 }, { hostname="p1", port=6032, comment="c" } )
admin_variables = { refresh_interval=1500 }
"#;

fn loaded(version: Version) -> LoadedFile {
    Config::load(&Document::parse(FILE).unwrap(), &LoadOptions::new().version(version))
}

/// What a node with this configuration answers to a query, in any order of rows.
fn answer(loaded: &LoadedFile, query: PullQuery, version: Version) -> Vec<Vec<Option<String>>> {
    let text = |cell: Cell<'_>| match cell {
        Cell::Text(text) => Some(String::from_utf8(text.to_vec()).unwrap()),
        Cell::Int(number) => Some(number.to_string()),
        Cell::Null | Cell::Real(_) => None,
    };
    let Some(table) = query.table() else {
        let (module, left_out) = match query {
            PullQuery::AdminVariables => (
                Module::Admin,
                [
                    "mysql_ifaces",
                    "pgsql_ifaces",
                    "restapi_port",
                    "telnet_admin_ifaces",
                    "telnet_stats_ifaces",
                    "web_port",
                ],
            ),
            _ => (Module::Mysql, ["threads", "interfaces", "", "", "", ""]),
        };
        let variables =
            module.variables(version).iter().filter(|variable| !left_out.contains(&variable.name()));
        return variables
            .map(|variable| {
                let value = loaded.runtime.variables(module).text(variable.position());
                vec![Some(variable.full_name().clone()), Some(String::from_utf8(value.to_vec()).unwrap())]
            })
            .collect();
    };
    let config = if query == PullQuery::LoadedServers { &loaded.memory } else { &loaded.runtime };
    let columns = query.columns(version);
    config
        .table(table)
        .iter()
        .map(|row| columns.iter().map(|column| text(row.get(column).unwrap())).collect::<Vec<_>>())
        .filter(|row| !row.contains(&Some("OFFLINE_HARD".to_owned())))
        .collect()
}

fn rows(answer: &[Vec<Option<String>>]) -> Rows {
    answer.iter().map(|row| row.iter().map(Option::as_deref)).collect()
}

/// What a peer would see in the rows it pulls is what the node itself computes.
#[test]
fn rows_have_the_checksums_of_the_configuration_they_come_from() {
    for version in Version::ALL {
        let loaded = loaded(version);
        let checksums = loaded.checksums();
        for module in ModuleKind::ALL.into_iter().filter(|module| module.syncs_in(version)) {
            let queries = PullQuery::of(module, &Settings::new(version));
            let answers: Vec<Rows> = queries
                .iter()
                .map(|query| match query {
                    PullQuery::ServersChecksum => Rows::new(),
                    query => rows(&answer(&loaded, *query, version)),
                })
                .collect();
            let expected = checksums.module(module.name()).unwrap().value.checksum().unwrap();
            assert!(!expected.is_zero(), "{module}: nothing to compare");
            let computed = checksum_of_rows(module, version, &answers);
            // In 2.0 no query brings the Galera and group replication rows, which count.
            let is_same = computed == expected;
            assert_eq!(
                is_same,
                (module, version) != (ModuleKind::MysqlServers, Version::V2_0),
                "{module} {version}"
            );
        }
    }
}

proptest! {
    #[test]
    fn the_order_of_rows_in_an_answer_does_not_matter(seed: u64) {
        let version = Version::V2_7;
        let loaded = loaded(version);
        for module in ModuleKind::ALL {
            let queries = PullQuery::of(module, &Settings::new(version));
            let plain: Vec<_> = queries.iter().map(|query| answer(&loaded, *query, version)).collect();
            let mut shuffled = plain.clone();
            let mut random = seed | 1;
            for answer in &mut shuffled {
                for at in (1..answer.len()).rev() {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    answer.swap(at, usize::try_from(random >> 33).unwrap() % (at + 1));
                }
            }
            let sum = |answers: &[Vec<Vec<Option<String>>>]| {
                checksum_of_rows(module, version, &answers.iter().map(|answer| rows(answer)).collect::<Vec<_>>())
            };
            prop_assert_eq!(sum(&plain), sum(&shuffled));
        }
    }
}

/// A driver that answers by the numbers it is given, and records what it did.
#[derive(Debug)]
struct Driver {
    node: Node,
    now: Now,
    pending: Vec<(PeerId, Output)>,
    pull: Option<Output>,
    recorded: Vec<(Now, Input)>,
    events: Vec<Event>,
}

fn sum(number: u64) -> Checksum {
    Checksum::from_hash(number)
}

fn start(version: Version, diffs: u32) -> Node {
    let own = PerModule::from_fn(|_| ModuleState::new(1, 100, sum(1)));
    Node::new(Settings::new(version).diffs(diffs), own)
}

impl Driver {
    fn new(version: Version, diffs: u32) -> Self {
        let mut driver = Driver {
            node: start(version, diffs),
            now: Now { ms: 0, unix: 1000 },
            pending: Vec::new(),
            pull: None,
            recorded: Vec::new(),
            events: Vec::new(),
        };
        driver.input(Input::Members((0..3).map(|index| Address::new(format!("p{index}"), 6032)).collect()));
        driver
    }

    fn input(&mut self, input: Input) {
        self.recorded.push((self.now, input.clone()));
        self.node.handle(input, self.now);
        self.events.extend(std::iter::from_fn(|| self.node.next_event()));
        while let Some(output) = self.node.poll() {
            match output {
                Output::Connect(peer) | Output::Query(peer, _) | Output::Wait(peer, _) => {
                    self.pending.retain(|(other, _)| *other != peer);
                    self.pending.push((peer, output));
                }
                Output::Ended(peer) => self.pending.retain(|(other, _)| *other != peer),
                Output::Close(_) => {}
                Output::PullClose => self.pull = None,
                output => self.pull = Some(output),
            }
        }
    }

    /// One input that fits what the node waits for, or a failure.
    fn step(&mut self, random: (u8, u8, u8)) {
        let (which, what, number) = random;
        self.now = Now { ms: self.now.ms + u64::from(what), unix: self.now.unix + u64::from(number % 2) };
        let number = u64::from(number % 4);
        match self.pull.take() {
            Some(pull) if which % 2 == 0 => {
                let answer = match pull {
                    Output::PullConnect(_) if what % 8 == 0 => PullAnswer::Refused("no".into()),
                    Output::PullConnect(_) => PullAnswer::Connected,
                    Output::PullQuery(_) if what % 8 == 0 => PullAnswer::Error("no".into()),
                    Output::PullQuery(_) => {
                        PullAnswer::Sums(Sums { checksum: sum(number), running: Some(sum(number)) })
                    }
                    Output::Load { .. } => {
                        let sum = Some(sum(number));
                        self.input(Input::Loaded(Loaded {
                            checksum: sum,
                            running: sum,
                            ..Loaded::default()
                        }));
                        return;
                    }
                    _ => PullAnswer::Awake,
                };
                self.input(Input::Pull(answer));
                return;
            }
            pull => self.pull = pull,
        }
        if self.pending.is_empty() {
            return;
        }
        let (peer, output) = self.pending[usize::from(which) % self.pending.len()].clone();
        let answer = match output {
            Output::Connect(_) => Answer::Connected,
            Output::Wait(..) => Answer::Awake,
            _ if what % 16 == 0 => Answer::Error("no".into()),
            _ if what % 16 == 1 => Answer::Lost("no".into()),
            Output::Query(_, MonitorQuery::Version) => {
                Answer::Version(Some(self.node.settings().version_string.clone()))
            }
            Output::Query(_, MonitorQuery::Check(CheckQuery::GlobalChecksum)) => Answer::Global(Some(number)),
            Output::Query(_, MonitorQuery::Check(CheckQuery::ChecksumRows)) => {
                let row = |module: ModuleKind| ChecksumRow {
                    module: Some(module),
                    state: ModuleState::new(
                        number,
                        99 + u64::from(what % 5),
                        sum(number + module as u64 % 2),
                    ),
                };
                Answer::Checksums(ModuleKind::BY_NAME.map(row).to_vec())
            }
            _ => Answer::Done,
        };
        self.pending.retain(|(other, _)| *other != peer);
        self.input(Input::Peer(peer, answer));
    }
}

proptest! {
    #[test]
    fn a_recorded_run_gives_the_same_events_again(
        steps: Vec<(u8, u8, u8)>,
        version in proptest::sample::select(Version::ALL.to_vec()),
        diffs in 0_u32..4,
    ) {
        let mut driver = Driver::new(version, diffs);
        for step in steps {
            driver.step(step);
        }
        let mut again = start(version, diffs);
        let mut events = Vec::new();
        for (now, input) in driver.recorded {
            again.handle(input, now);
            events.extend(std::iter::from_fn(|| again.next_event()));
        }
        prop_assert_eq!(events, driver.events);
        prop_assert_eq!(again.modules(), driver.node.modules());
    }

    /// The rows of `runtime_checksums_values` may come in any order: only that of the lines follows it.
    #[test]
    fn the_order_of_checksum_rows_does_not_matter(
        states in proptest::collection::vec((0_u64..4, 99_u64..103, 0_u64..3), 7),
        order in Just((0..7_usize).collect::<Vec<_>>()).prop_shuffle(),
        checks in 1_usize..8,
    ) {
        let run = |order: &[usize]| {
            let mut node = start(Version::V2_7, 2);
            let now = Now { ms: 0, unix: 1000 };
            node.handle(Input::Members(vec![Address::new("p", 6032)]), now);
            let peer = node.peers().next().unwrap();
            let own_version = node.settings().version_string.clone();
            for answer in [Answer::Connected, Answer::Version(Some(own_version)), Answer::Done] {
                node.handle(Input::Peer(peer, answer), now);
            }
            for _ in 0..checks {
                node.handle(Input::Peer(peer, Answer::Global(None)), now);
                let rows = order.iter().map(|&at| {
                    let (version, epoch, number) = states[at];
                    let state = ModuleState::new(version, epoch, sum(number));
                    ChecksumRow { module: Some(ModuleKind::ALL[at]), state }
                });
                node.handle(Input::Peer(peer, Answer::Checksums(rows.collect())), now);
                node.handle(Input::Peer(peer, Answer::Awake), now);
            }
            let mut events: Vec<String> = std::iter::from_fn(|| node.next_event()).map(|event| event.to_string()).collect();
            events.sort();
            let outputs: Vec<Output> = std::iter::from_fn(|| node.poll()).collect();
            (events, outputs)
        };
        prop_assert_eq!(run(&order), run(&[0, 1, 2, 3, 4, 5, 6]));
    }
}
