use std::collections::HashMap;

use super::super::event::Subject;
use super::super::settings::ServersAlgorithm;
use super::*;
use crate::schema::Version;

const OWN: u64 = 1000;
const NOW: u64 = 5000;

#[allow(clippy::unnecessary_wraps)]
fn sum(number: u64) -> Option<Checksum> {
    Some(Checksum::from_hash(number))
}

fn state(version: u64, epoch: u64, number: u64) -> ModuleState {
    ModuleState { version, epoch, checksum: sum(number) }
}

/// A node that has loaded everything at `OWN`, and what its peers wait for.
struct Bench {
    node: Node,
    ms: u64,
    pending: HashMap<PeerId, Output>,
    pull: Vec<Output>,
    events: Vec<Event>,
}

impl Bench {
    fn new(settings: Settings, peers: &[&str]) -> Self {
        let own = PerModule::from_fn(|_| state(2, OWN, 1));
        let mut bench = Bench {
            node: Node::new(settings, own),
            ms: 0,
            pending: HashMap::new(),
            pull: Vec::new(),
            events: Vec::new(),
        };
        bench.members(peers);
        bench
    }

    fn of_2_7(peers: &[&str]) -> Self {
        Bench::new(Settings::new(Version::V2_7), peers)
    }

    fn members(&mut self, peers: &[&str]) {
        self.input(Input::Members(peers.iter().map(|peer| Address::new(*peer, 6032)).collect()));
    }

    fn input(&mut self, input: Input) {
        self.node.handle(input, Now { ms: self.ms, unix: NOW });
        while let Some(event) = self.node.next_event() {
            self.events.push(event);
        }
        while let Some(output) = self.node.poll() {
            match output {
                Output::Connect(peer) | Output::Query(peer, _) | Output::Wait(peer, _) => {
                    self.pending.insert(peer, output);
                }
                Output::Ended(peer) => {
                    self.pending.remove(&peer);
                }
                Output::Close(_) => {}
                other => self.pull.push(other),
            }
        }
    }

    fn id(&self, peer: &str) -> PeerId {
        self.node.peer(&Address::new(peer, 6032)).unwrap()
    }

    fn answer(&mut self, peer: PeerId, answer: Answer) {
        self.input(Input::Peer(peer, answer));
    }

    /// Brings a monitor to its next check.
    #[allow(clippy::wrong_self_convention)]
    fn to_check(&mut self, peer: PeerId) {
        loop {
            let answer = match self.pending.get(&peer) {
                Some(Output::Wait(_, until)) => {
                    self.ms = self.ms.max(*until);
                    Answer::Awake
                }
                Some(Output::Connect(_)) => Answer::Connected,
                Some(Output::Query(_, MonitorQuery::Version)) => {
                    Answer::Version(Some(self.node.settings().version_string.clone()))
                }
                Some(Output::Query(_, MonitorQuery::Uuid)) => Answer::Done,
                Some(Output::Query(_, MonitorQuery::Check(super::super::event::CheckQuery::Status))) => {
                    Answer::Done
                }
                _ => return,
            };
            self.answer(peer, answer);
        }
    }

    /// A check that sees these modules, the others as the own ones.
    fn check(&mut self, peer: &str, modules: &[(ModuleKind, ModuleState)]) {
        let id = self.id(peer);
        self.to_check(id);
        let number = modules.iter().map(|(_, state)| state.epoch * 31 + state.version).sum::<u64>() + 1;
        self.answer(id, Answer::Global(Some(number)));
        let asks = Output::Query(id, MonitorQuery::Check(super::super::event::CheckQuery::ChecksumRows));
        if self.pending.get(&id) == Some(&asks) {
            let rows =
                modules.iter().map(|(module, state)| ChecksumRow { module: Some(*module), state: *state });
            self.answer(id, Answer::Checksums(rows.collect()));
        }
    }

    /// Answers a pull with content of this checksum, which is loaded as another one.
    fn pull(&mut self, pulled: u64, loaded: u64) {
        assert!(matches!(self.pull[..], [Output::PullConnect(_)]), "{:?}", self.pull);
        self.pull.clear();
        self.input(Input::Pull(PullAnswer::Connected));
        let sums = Sums { checksum: Checksum::from_hash(pulled), running: sum(pulled) };
        self.input(Input::Pull(PullAnswer::Sums(sums)));
        if self.pull.iter().any(|output| matches!(output, Output::Load { .. })) {
            self.input(Input::Loaded(Loaded {
                checksum: sum(loaded),
                running: sum(loaded),
                ..Loaded::default()
            }));
        }
    }

    fn has(&self, event: impl Fn(&Event) -> bool) -> bool {
        self.events.iter().any(event)
    }

    fn count(&self, event: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().filter(|one| event(one)).count()
    }

    fn reason(&self, peer: &str) -> Reason {
        self.node.why(USERS, self.id(peer)).unwrap().reason
    }
}

const USERS: ModuleKind = ModuleKind::MysqlUsers;

fn proceeds(event: &Event) -> bool {
    matches!(event, Event::Proceeding { .. })
}

#[test]
fn a_pull_takes_the_triggers_epoch_if_it_comes_out_as_its_checksum() {
    for (loaded, epoch) in [(7, 2000), (8, NOW)] {
        let mut bench = Bench::of_2_7(&["a"]);
        for _ in 0..3 {
            assert!(!bench.has(proceeds));
            bench.check("a", &[(USERS, state(2, 2000, 7))]);
        }
        bench.pull(7, loaded);
        assert_eq!(bench.node.modules()[USERS], state(3, epoch, loaded));
        assert!(!bench.node.is_pulling());
    }
}

#[test]
fn what_came_must_have_the_expected_checksum_and_a_failure_holds_all_monitors_for_a_second() {
    let mut bench = Bench::of_2_7(&["a", "b"]);
    for _ in 0..3 {
        bench.check("a", &[(USERS, state(2, 2000, 7))]);
    }
    bench.pull(6, 6);
    let until = bench.ms + 1000;
    assert_eq!(bench.pull.last(), Some(&Output::PullWait(until)));
    assert!(bench.has(|event| matches!(event, Event::WrongChecksum { subject: Subject::Users, .. })));
    // The other one waits for the lock.
    let b = bench.id("b");
    bench.to_check(b);
    bench.pending.remove(&b);
    bench.answer(b, Answer::Global(Some(5)));
    assert!(!bench.pending.contains_key(&b));
    bench.ms = until;
    bench.input(Input::Pull(PullAnswer::Awake));
    assert!(matches!(bench.pending.get(&b), Some(Output::Query(_, MonitorQuery::Check(_)))));
    assert_eq!(bench.node.modules()[USERS], state(2, OWN, 1));
}

#[test]
fn version_2_0_announces_at_d_and_pulls_above_it_with_an_epoch_of_its_own() {
    let mut settings = Settings::new(Version::V2_0);
    settings.save_to_disk[ModuleKind::MysqlQueryRules] = false;
    let mut bench = Bench::new(settings, &["a"]);
    for _ in 0..3 {
        bench.check("a", &[(USERS, state(2, 2000, 7))]);
    }
    assert_eq!(bench.count(proceeds), 1);
    assert!(bench.pull.is_empty() && bench.reason("a") == Reason::NoSource);
    bench.check("a", &[(USERS, state(2, 2000, 7))]);
    assert_eq!(bench.count(proceeds), 2);
    bench.pull(99, 7);
    assert_eq!(bench.node.modules()[USERS], state(3, NOW, 7));
    // Users are saved where the rules are.
    assert!(bench.pull.iter().any(|output| matches!(output, Output::Load { save: false, .. })));
    // No versions and no uuids are compared, and variables do not sync.
    assert!(!bench.has(|event| matches!(event, Event::Clustering { .. })));
    let id = bench.id("a");
    assert_eq!(bench.node.why(ModuleKind::AdminVariables, id).unwrap().reason, Reason::NotSynced);
}

/// `seen` is what was looked at last: whether a later epoch that is not ready counts depends on the order.
#[test]
fn a_later_epoch_that_is_not_ready_counts_only_behind_the_candidate() {
    for not_ready_is_first in [true, false] {
        let mut bench = Bench::of_2_7(&["a", "b"]);
        let order: Vec<Address> =
            bench.node.peers().map(|peer| bench.node.address(peer).unwrap().clone()).collect();
        let (first, second) = (order[0].hostname.clone(), order[1].hostname.clone());
        let (ready, other) = if not_ready_is_first { (second, first) } else { (first, second) };
        bench.check(&other, &[(USERS, state(2, 3000, 8))]);
        for _ in 0..3 {
            bench.check(&ready, &[(USERS, state(2, 2000, 7))]);
        }
        assert_eq!(bench.pull.is_empty(), !not_ready_is_first);
        let skips = |event: &Event| matches!(event, Event::SourceNotReady { seen: 3000, best: 2000, .. });
        assert_eq!(bench.has(skips), !not_ready_is_first);
        let reason = bench.reason(&ready);
        assert_eq!(matches!(reason, Reason::SourceNotReady { .. }), !not_ready_is_first, "{reason:?}");
    }
}

#[test]
fn the_expected_checksum_is_the_triggers_even_from_another_source() {
    let mut bench = Bench::of_2_7(&["a", "b"]);
    for _ in 0..2 {
        bench.check("a", &[(USERS, state(2, 2000, 7))]);
    }
    for _ in 0..3 {
        bench.check("b", &[(USERS, state(2, 3000, 8))]);
    }
    bench.pull(9, 9);
    bench.pull.clear();
    bench.input(Input::Pull(PullAnswer::Awake));
    bench.check("a", &[(USERS, state(2, 2000, 7))]);
    assert_eq!(bench.pull[..], [Output::PullConnect(Address::new("b", 6032))]);
    assert!(bench.has(|event| matches!(event, Event::FetchStarted { expected, .. } if *expected == sum(7))));
}

#[test]
fn running_servers_are_asked_for_even_after_a_failure() {
    let servers = ModuleKind::MysqlServersV2;
    let mut bench = Bench::of_2_7(&["a"]);
    let checks = [(servers, state(2, 2000, 7)), (ModuleKind::MysqlServers, state(2, 2000, 7))];
    for _ in 0..3 {
        bench.check("a", &checks);
    }
    bench.input(Input::Pull(PullAnswer::Connected));
    bench.input(Input::Pull(PullAnswer::Error("no".into())));
    assert_eq!(bench.pull.last(), Some(&Output::PullQuery(PullQuery::RunningServers)));
    bench.input(Input::Pull(PullAnswer::Rows(Rows::new())));
    assert!(matches!(bench.pull.last(), Some(Output::PullWait(_))));
    bench.input(Input::Pull(PullAnswer::Awake));
    // Alone they are not looked at in the same update, nor does their failure cost a rest.
    assert_eq!(bench.count(proceeds), 1);
    bench.pull.clear();
    bench.check("a", &checks);
    bench.input(Input::Pull(PullAnswer::Connected));
    for _ in 0..7 {
        bench.input(Input::Pull(PullAnswer::Rows(Rows::new())));
    }
    bench.input(Input::Pull(PullAnswer::Error("no".into())));
    assert_eq!(bench.pull.last(), Some(&Output::PullClose));
    assert!(!bench.node.is_pulling());
    // A success counts for both.
    bench.pull.clear();
    bench.check("a", &checks);
    bench.pull(7, 7);
    assert_eq!(bench.node.modules()[servers], state(3, 2000, 7));
    assert_eq!(bench.node.modules()[ModuleKind::MysqlServers], state(3, 2000, 7));
}

#[test]
fn a_peer_that_leaves_is_checked_once_more_and_one_that_comes_back_is_another() {
    let mut bench = Bench::of_2_7(&["a", "b"]);
    let old = bench.id("a");
    bench.check("a", &[(USERS, state(2, 2000, 7))]);
    bench.members(&["b"]);
    assert!(bench.has(|event| matches!(event, Event::Destroyed { .. })));
    bench.members(&["a", "b"]);
    let new = bench.id("a");
    assert_ne!(old, new);
    assert_eq!(bench.node.diff_check(new, USERS), Some(0));
    bench.to_check(old);
    bench.answer(old, Answer::Global(Some(1)));
    bench.answer(old, Answer::Checksums(vec![ChecksumRow { module: Some(USERS), state: state(2, 3000, 9) }]));
    bench.to_check(old);
    assert!(bench.has(|event| matches!(event, Event::MonitorEnded { .. })));
    assert_eq!(bench.node.address(old), None);
    // What comes for it is passed over, also when its slot has a new owner.
    bench.members(&["a", "b", "c"]);
    assert_eq!(bench.id("c").slot(), old.slot());
    bench.answer(old, Answer::Connected);
    assert_eq!(bench.pending.get(&bench.id("c")), Some(&Output::Connect(bench.id("c"))));
    assert_eq!(bench.node.heard(bench.id("a"), USERS).unwrap().version, 0);
}

#[test]
fn without_a_user_name_nothing_happens() {
    let mut settings = Settings::new(Version::V2_7);
    settings.username = "".into();
    let mut bench = Bench::new(settings.clone(), &["a"]);
    let id = bench.id("a");
    assert_eq!(bench.pending[&id], Output::Wait(id, 1000));
    bench.answer(id, Answer::Awake);
    assert_eq!(bench.pending[&id], Output::Wait(id, 1000));
    settings.username = "cluster".into();
    bench.input(Input::Settings(Box::new(settings)));
    bench.answer(id, Answer::Awake);
    assert_eq!(bench.pending[&id], Output::Connect(id));
}

#[test]
fn failures_and_their_rests() {
    let mut bench = Bench::of_2_7(&["a"]);
    let id = bench.id("a");
    let wait = |bench: &Bench, ms| assert_eq!(bench.pending[&id], Output::Wait(id, bench.ms + ms));
    bench.answer(id, Answer::Refused("no".into()));
    wait(&bench, 2000);
    bench.answer(id, Answer::Awake);
    bench.answer(id, Answer::Connected);
    bench.answer(id, Answer::Version(Some("2.7.0".into())));
    wait(&bench, 30_000);
    bench.answer(id, Answer::Awake);
    bench.answer(id, Answer::Connected);
    bench.answer(id, Answer::Version(Some(bench.node.settings().version_string.clone())));
    bench.answer(id, Answer::Error("no".into()));
    wait(&bench, 1000);
    bench.to_check(id);
    bench.ms += 5;
    bench.answer(id, Answer::Lost("gone".into()));
    assert_eq!(bench.pending[&id], Output::Connect(id));
    assert!(bench.has(|event| matches!(event, Event::QueryFailed { ms: 5, .. })));
    // No row of the global checksum: it counts as another one.
    bench.to_check(id);
    bench.answer(id, Answer::Global(None));
    bench.answer(id, Answer::Checksums(Vec::new()));
    wait(&bench, 1000);
    bench.to_check(id);
    bench.answer(id, Answer::Global(Some(0)));
    wait(&bench, 1000);
}

#[test]
fn in_2_0_one_of_twenty_failures_is_logged() {
    let mut bench = Bench::new(Settings::new(Version::V2_0), &["a"]);
    let id = bench.id("a");
    for _ in 0..41 {
        bench.to_check(id);
        bench.answer(id, Answer::Error("no".into()));
    }
    assert_eq!(bench.count(|event| matches!(event, Event::QueryFailed2_0 { .. })), 3);
}

#[test]
fn every_reason_and_its_words() {
    let mut bench = Bench::of_2_7(&["a"]);
    let mut words = Vec::new();
    let mut see = |bench: &mut Bench, reason: Reason| {
        let decision = bench.node.why(USERS, bench.id("a")).unwrap();
        assert_eq!(decision.reason, reason, "{decision}");
        words.push(decision.to_string());
    };
    see(&mut bench, Reason::NothingHeard);
    bench.check("a", &[(USERS, state(2, OWN, 1))]);
    see(&mut bench, Reason::InStep);
    bench.input(Input::Operator { module: USERS, checksum: sum(2) });
    see(&mut bench, Reason::NotCounting);
    bench.check("a", &[(USERS, state(1, 9000, 7))]);
    see(&mut bench, Reason::PeerVersionOne);
    bench.check("a", &[(USERS, state(2, 10, 7))]);
    see(&mut bench, Reason::OlderEpoch);
    bench.check("a", &[(USERS, state(2, NOW, 7))]);
    see(&mut bench, Reason::EqualEpochs);
    bench.check("a", &[(USERS, state(2, 9000, 8))]);
    see(&mut bench, Reason::Counting { diff_check: 1, of: 3 });
    bench.check("a", &[(USERS, state(2, 9000, 8))]);
    bench.check("a", &[(USERS, state(2, 9000, 8))]);
    let source = Address::new("a", 6032);
    see(&mut bench, Reason::Pulling { source: source.clone() });
    bench.input(Input::Pull(PullAnswer::Refused("no".into())));
    bench.input(Input::Pull(PullAnswer::Awake));
    see(&mut bench, Reason::Pull { source });
    let mut settings = bench.node.settings().clone();
    settings.diffs_before_sync[USERS] = 0;
    settings.servers_algorithm = ServersAlgorithm::Auto;
    bench.input(Input::Settings(Box::new(settings)));
    see(&mut bench, Reason::Off);
    assert_eq!(
        words,
        [
            "mysql_users: nothing was heard of a:6032 so far",
            "mysql_users: in step with a:6032",
            "mysql_users: differs from a:6032, which is looked at when its global checksum moves",
            "mysql_users: a:6032 has version 1; nothing is pulled until LOAD MYSQL USERS TO RUNTIME is run there",
            "mysql_users: the one of a:6032 is older (epoch 10, own 5000)",
            "mysql_users: differs from a:6032 with the same epoch 5000; run LOAD MYSQL USERS TO RUNTIME on the right one",
            "mysql_users: 1 of 3 checks of a:6032 have seen another checksum",
            "mysql_users: being pulled from a:6032",
            "mysql_users: pulled from a:6032",
            "mysql_users: differs from a:6032, but admin-cluster_mysql_users_diffs_before_sync is 0",
        ]
    );
}

/// Which peer made the node pull does not matter, nor which has the same epoch behind the first one.
#[test]
fn of_equal_epochs_the_first_in_the_walk_is_the_source() {
    for trigger in [0, 1] {
        let mut bench = Bench::new(Settings::new(Version::V2_7).diffs(5), &["a", "b", "c"]);
        let walk: Vec<Address> =
            bench.node.peers().map(|id| bench.node.address(id).unwrap().clone()).collect();
        for peer in &walk[..2] {
            for _ in 0..4 {
                bench.check(&peer.hostname, &[(USERS, state(2, 2000, 7))]);
            }
        }
        bench.input(Input::Settings(Box::new(Settings::new(Version::V2_7).diffs(4))));
        bench.check(&walk[trigger].hostname, &[(USERS, state(2, 2000, 7))]);
        assert_eq!(bench.pull, [Output::PullConnect(walk[0].clone())]);
    }
}

#[test]
fn why_a_peer_is_not_looked_at() {
    let mut bench = Bench::of_2_7(&["a"]);
    let id = bench.id("a");
    let see = |bench: &Bench, words: &str| {
        assert_eq!(bench.node.why(USERS, id).unwrap().to_string(), format!("mysql_users: a:6032 {words}"));
    };
    bench.answer(id, Answer::Refused("no".into()));
    see(&bench, "cannot be reached, or does not answer");
    bench.answer(id, Answer::Awake);
    bench.answer(id, Answer::Connected);
    bench.answer(id, Answer::Version(Some("2.7.2".into())));
    see(&bench, "is of another version, and is not looked at");
    let mut settings = bench.node.settings().clone();
    settings.username = "".into();
    bench.input(Input::Settings(Box::new(settings.clone())));
    bench.answer(id, Answer::Awake);
    see(&bench, "is not looked at, since admin-cluster_username is empty");
    settings.username = "cluster".into();
    bench.input(Input::Settings(Box::new(settings)));
    bench.check("a", &[(USERS, state(2, OWN, 1))]);
    assert_eq!(bench.reason("a"), Reason::InStep);
    bench.to_check(id);
    bench.answer(id, Answer::Lost("no".into()));
    assert_eq!(bench.reason("a"), Reason::NoAnswer);
}

/// In 2.0 a checksum that is not there is not the empty one of a peer that computes none.
#[test]
fn in_2_0_servers_without_a_row_of_their_checksum_are_not_taken() {
    let mut bench = Bench::new(Settings::new(Version::V2_0), &["a"]);
    let none = ModuleState { version: 2, epoch: 2000, checksum: None };
    for _ in 0..4 {
        bench.check("a", &[(ModuleKind::MysqlServers, none)]);
    }
    bench.input(Input::Pull(PullAnswer::Connected));
    for _ in 0..3 {
        bench.input(Input::Pull(PullAnswer::Rows(Rows::new())));
    }
    assert!(!bench.node.is_pulling() && bench.has(proceeds));
    assert!(!bench.pull.iter().any(|output| matches!(output, Output::Load { .. })));
}

#[test]
fn a_conflict_and_a_version_one_are_repeated_every_ten_times_d() {
    let mut bench = Bench::of_2_7(&["a"]);
    for _ in 0..65 {
        bench.check("a", &[(USERS, state(2, OWN, 7)), (ModuleKind::MysqlServersV2, state(1, OWN, 7))]);
    }
    assert_eq!(bench.count(|event| matches!(event, Event::SyncConflict { checks: 30, .. })), 2);
    let named = |event: &Event| matches!(event, Event::VersionOne { module: ModuleKind::MysqlServers, .. });
    assert_eq!(bench.count(named), 2);
    assert!(!bench.has(proceeds));
}
