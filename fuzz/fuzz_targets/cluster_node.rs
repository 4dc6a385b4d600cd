#![no_main]
//! Any inputs in any order: no panic, and no pull without a cause. Everything that is pulled was announced, since a
//! member that does not count as version 1 was seen to differ often enough, with a newer epoch or an own version of 1;
//! the source is a member that differs often enough, too; and the lines read back.

use std::sync::Arc;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use proxysql_kit::cluster::{
    Address, Answer, ChecksumRow, Event, Input, Loaded, ModuleKind, ModuleState, Node, Now, Output, PeerId,
    PerModule, PullAnswer, Rows, Settings, Sums,
};
use proxysql_kit::hash::Checksum;
use proxysql_kit::schema::Version;

#[derive(Arbitrary, Debug)]
struct Start {
    version: u8,
    diffs: u8,
    frequency: u8,
    algorithm: u8,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Debug)]
enum Step {
    Time(u16),
    Peer(u8, Said),
    Pull(Pulled),
    Loaded(u8, Option<u8>, Option<u8>),
    Members(u8),
    Diffs(u8),
    NoUser(bool),
    Operator(u8, u8),
}

#[derive(Arbitrary, Debug)]
enum Said {
    Connected,
    Refused,
    Version(bool),
    Done,
    Global(Option<u8>),
    Checksums(Vec<(u8, u8, u8, u8)>),
    Error,
    Lost,
    Awake,
}

#[derive(Arbitrary, Debug)]
enum Pulled {
    Connected,
    Refused,
    Rows(Vec<Vec<Option<String>>>),
    Sums(u8, u8),
    Error,
    Awake,
}

fn sum(number: u8) -> Checksum {
    Checksum::from_hash(u64::from(number % 4))
}

fn members(set: u8) -> Vec<Address> {
    (0..8).filter(|bit| set & (1 << bit) != 0).map(|bit| Address::new(format!("p{bit}"), 6032)).collect()
}

fn answer(said: &Said, own: &Arc<str>) -> Answer {
    match said {
        Said::Connected => Answer::Connected,
        Said::Refused => Answer::Refused("refused".into()),
        Said::Version(true) => Answer::Version(Some(own.clone())),
        Said::Version(false) => Answer::Version(None),
        Said::Done => Answer::Done,
        Said::Global(number) => Answer::Global(number.map(u64::from)),
        Said::Checksums(rows) => Answer::Checksums(
            rows.iter()
                .map(|&(module, version, epoch, checksum)| ChecksumRow {
                    module: ModuleKind::ALL.get(usize::from(module % 8)).copied(),
                    state: ModuleState {
                        version: u64::from(version % 4),
                        epoch: 1000 + u64::from(epoch % 4),
                        checksum: (checksum % 5 < 4).then(|| sum(checksum % 5)),
                    },
                })
                .collect(),
        ),
        Said::Error => Answer::Error("error".into()),
        Said::Lost => Answer::Lost("lost".into()),
        Said::Awake => Answer::Awake,
    }
}

fuzz_target!(|start: Start| {
    let version = Version::ALL[usize::from(start.version) % 3];
    let mut settings = Settings::new(version).diffs(u32::from(start.diffs % 5));
    settings.check_status_frequency = u32::from(start.frequency % 4);
    settings.set("cluster_mysql_servers_sync_algorithm", &(start.algorithm % 3 + 1).to_string());
    let mut node = Node::new(settings, PerModule::from_fn(|_| ModuleState::new(1, 1000, sum(0))));
    let mut now = Now { ms: 0, unix: 1000 };
    let mut ids: Vec<PeerId> = Vec::new();
    let mut announced: Option<ModuleKind> = None;
    // All D since the update began that may hold the lock.
    let mut diffs: Vec<u32> = Vec::new();
    for step in start.steps.iter().take(500) {
        let own_version = node.settings().version_string.clone();
        let input = match step {
            Step::Time(ms) => {
                now = Now { ms: now.ms + u64::from(*ms), unix: now.unix + u64::from(*ms) / 1000 };
                continue;
            }
            Step::Peer(index, said) => match ids.get(usize::from(*index) % ids.len().max(1)) {
                Some(id) => Input::Peer(*id, answer(said, &own_version)),
                None => continue,
            },
            Step::Pull(pulled) => Input::Pull(match pulled {
                Pulled::Connected => PullAnswer::Connected,
                Pulled::Refused => PullAnswer::Refused("refused".into()),
                Pulled::Rows(rows) => {
                    let mut all = Rows::new();
                    for row in rows {
                        all.push(row.iter().map(|cell| cell.as_ref().map(String::as_bytes)));
                    }
                    PullAnswer::Rows(all)
                }
                Pulled::Sums(checksum, running) => {
                    PullAnswer::Sums(Sums { checksum: sum(*checksum), running: Some(sum(*running)) })
                }
                Pulled::Error => PullAnswer::Error("error".into()),
                Pulled::Awake => PullAnswer::Awake,
            }),
            Step::Loaded(checksum, diffs, set) => Input::Loaded(Loaded {
                checksum: Some(sum(*checksum)),
                running: Some(sum(*checksum)),
                settings: diffs.map(|diffs| Box::new(node.settings().clone().diffs(u32::from(diffs % 5)))),
                members: set.map(members),
            }),
            Step::Members(set) => Input::Members(members(*set)),
            Step::Diffs(diffs) => Input::Settings(Box::new(node.settings().clone().diffs(u32::from(diffs % 5)))),
            Step::NoUser(is_empty) => {
                let mut settings = node.settings().clone();
                settings.username = if *is_empty { "".into() } else { "cluster".into() };
                Input::Settings(Box::new(settings))
            }
            Step::Operator(module, checksum) => Input::Operator {
                module: ModuleKind::ALL[usize::from(*module) % 7],
                checksum: Some(sum(*checksum)),
            },
        };
        if !node.is_pulling() {
            diffs.clear();
        }
        diffs.push(node.settings().diffs_before_sync[ModuleKind::MysqlUsers]);
        node.handle(input, now);
        diffs.push(node.settings().diffs_before_sync[ModuleKind::MysqlUsers]);
        let least = diffs.iter().copied().filter(|diffs| *diffs > 0).min();
        let mut began = None;
        while let Some(event) = node.next_event() {
            let text = event.to_string();
            assert_eq!(text.parse().as_ref(), Ok(&event), "{text}");
            if let Event::Proceeding { module, version, epoch, diff_check, own_version, own_epoch, .. } = event {
                assert!(version > 1 && least.is_some_and(|least| diff_check >= least), "{text}");
                assert!(own_version == 1 || epoch > own_epoch, "{text}");
                announced = Some(module);
            }
            if let Event::Source { module, version, epoch, peer } = event {
                assert_eq!(announced, Some(module), "{text}");
                assert!(version > 1, "{text}");
                began = Some((module, epoch, peer));
            }
        }
        while let Some(output) = node.poll() {
            match output {
                Output::Wait(id, _) | Output::Connect(id) if !ids.contains(&id) => ids.push(id),
                Output::PullConnect(source) => {
                    let (module, epoch, peer) = began.take().expect("a pull without a cause");
                    assert!(node.is_pulling() && peer == source, "a pull from {source} without a cause");
                    let id = node.peer(&source).expect("a member");
                    let counted = node.diff_check(id, module).expect("a member");
                    assert!(least.is_some_and(|least| counted >= least), "{source} was seen {counted} times");
                    // None that is counted as often is newer. (Of admin variables D may be another one now.)
                    for other in node.peers().filter(|_| diffs.iter().all(|one| *one == diffs[0])) {
                        let heard = node.heard(other, module).expect("a member");
                        let is_ready = node.diff_check(other, module) > Some(counted.max(least.unwrap_or(0)));
                        assert!(!is_ready || heard.version <= 1 || heard.epoch <= epoch, "not from the newest");
                    }
                }
                Output::Load { module, .. } => {
                    assert!(module.syncs_in(version) && announced == Some(module));
                }
                _ => {}
            }
        }
        for id in node.peers() {
            for module in ModuleKind::ALL {
                assert!(node.why(module, id).is_some_and(|decision| !decision.to_string().is_empty()));
            }
        }
    }
});
