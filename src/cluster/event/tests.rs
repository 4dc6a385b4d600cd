use std::fmt;
use std::sync::Arc;

use proptest::prelude::*;

use super::super::module::ModuleKind;
use super::super::settings::Address;
use super::*;
use crate::config::Level;
use crate::hash::Checksum;

fn word() -> impl Strategy<Value = Word> {
    "[!-~]{1,12}".prop_map(|text| Word::from(text.as_str()))
}

fn address() -> impl Strategy<Value = Address> {
    ("[a-z0-9.:-]{1,20}", any::<u16>()).prop_map(|(host, port)| Address::new(host, port))
}

/// Texts that come last in a line; not those that make another line of it.
fn text() -> impl Strategy<Value = Arc<str>> {
    "[ -~]{0,40}|\\PC{0,10}".prop_filter_map("another line", |text| {
        let is_other = ["Checksum changed", "\n"].iter().any(|start| text.starts_with(start));
        (!is_other).then(|| Arc::from(text))
    })
}

fn sum() -> impl Strategy<Value = Option<Checksum>> {
    proptest::option::of(any::<u64>().prop_map(Checksum::from_hash))
}

fn module() -> impl Strategy<Value = ModuleKind> {
    proptest::sample::select(ModuleKind::ALL.to_vec())
}

fn one<T: Copy + fmt::Debug + 'static>(of: &'static [T]) -> impl Strategy<Value = T> {
    proptest::sample::select(of)
}

type Numbers = (u64, u64, u32, u64, u64, u32);

/// Every kind of line, made of the same fields.
fn every_line(
    (peer, remote, own): (Address, Word, Word),
    (text, sums, module): (Arc<str>, (Option<Checksum>, Option<Checksum>), ModuleKind),
    (version, epoch, diff_check, own_version, own_epoch, checks): Numbers,
    (subject, load, query, running): (Subject, LoadWords, CheckQuery, YesNo),
) -> Vec<Event> {
    let (checksum, computed) = sums;
    let expected = checksum;
    let (word, setting) = (remote.clone(), module);
    let (seen, best) = (epoch, own_epoch);
    let variables = if version % 2 == 0 { Variables::Admin } else { Variables::Mysql };
    let p = || peer.clone();
    vec![
        Event::Adding { peer: p() },
        Event::Created { peer: p() },
        Event::Destroyed { peer: p() },
        Event::MonitorStarted { peer: p() },
        Event::MonitorEnded { peer: p() },
        Event::Clustering { peer: p(), remote: remote.clone(), own: own.clone() },
        Event::SendingUuid { uuid: own.clone(), peer: p() },
        Event::DifferentVersion { peer: p(), remote: remote.clone(), own: own.clone() },
        Event::CannotConnect { peer: p(), error: text.clone() },
        Event::QueryFailed { peer: p(), user: word.clone(), ms: version, query, error: text.clone() },
        Event::QueryFailed2_0 { peer: p(), user: word.clone(), query },
        Event::SeveralAddresses { host: word.clone(), count: diff_check },
        Event::UuidNotFromTcp {},
        Event::UuidReceived { client: word.clone(), uuid: remote.clone(), interfaces: own.clone() },
        Event::LinkCreated { client: word.clone(), uuid: remote.clone(), interfaces: own.clone() },
        Event::UuidAgain { client: word.clone(), uuid: own.clone() },
        Event::UuidChanged { client: word.clone(), uuid: own.clone(), former: remote.clone() },
        Event::UuidInvalid { client: word.clone(), text: text.clone() },
        Event::NewChecksum { module, peer: p(), version, epoch, checksum },
        Event::NewChecksumOff { module, peer: p(), version, epoch, checksum, setting },
        Event::SameChecksum { module, peer: p(), checksum },
        Event::Proceeding { peer: p(), module, version, epoch, diff_check, own_version, own_epoch },
        Event::FetchServers { running, peer: p() },
        Event::SyncConflict {
            peer: p(),
            module,
            version,
            epoch,
            diff_check,
            checksum,
            own_version,
            own_epoch,
            own_checksum: computed,
            checks,
            load,
        },
        Event::VersionOne {
            peer: p(),
            module,
            version,
            epoch,
            diff_check,
            own_version,
            own_epoch,
            checks,
            load,
        },
        Event::Source { peer: p(), module, version, epoch },
        Event::SourceNotReady { module, seen, best },
        Event::VariablesNotReady { module, seen, best },
        Event::NoHostname {},
        Event::FetchStarted { subject, peer: p(), expected },
        Event::FetchServersStarted { subject, peer: p(), expected },
        Event::FetchRunningStarted { peer: p(), expected },
        Event::FetchVariablesStarted { variables, peer: p() },
        Event::FetchStarted2_0 { subject, peer: p() },
        Event::Fetched { subject, peer: p() },
        Event::FetchedAndComputed { subject, peer: p(), computed },
        Event::FetchedTable { subject, peer: p() },
        Event::FetchingTable { subject, peer: p() },
        Event::Computed { subject, peer: p(), computed },
        Event::ServersConfirmed { peer: p(), computed },
        Event::AskingChecksum { peer: p() },
        Event::ChecksumConfirmed { peer: p(), checksum },
        Event::ServersNotSaved2_0 { peer: p(), checksum },
        Event::ChecksumFailed { peer: p(), error: text.clone() },
        Event::WrongChecksum { subject, peer: p(), expected, computed },
        Event::WrongRulesChecksum { subject, peer: p(), expected, computed },
        Event::FetchFailed { subject, peer: p(), error: text.clone() },
        Event::FetchTableFailed { subject, peer: p(), error: text.clone() },
        Event::Writing { table: word.clone() },
        Event::Dumping { table: word.clone() },
        Event::Loading { subject, peer: p() },
        Event::Saving { subject, peer: p() },
        Event::NotSaving { subject, peer: p() },
        Event::ServersNotSaved { peer: p() },
        Event::Reenabled { setting },
        Event::AlgorithmChanged {},
        Event::CommandReceived { command: text.clone() },
        Event::LoadComputed { load, checksum, epoch },
        Event::ServersComputed { module, checksum },
        Event::TableChecksum { table: own, checksum: word },
        Event::Incompatible { table: remote, hostgroups: text },
    ]
}

proptest! {
    #[test]
    fn what_is_written_reads_back(
        peers in (address(), word(), word()),
        content in (text(), (sum(), sum()), module()),
        numbers: Numbers,
        names in (one(Subject::ALL), one(LoadWords::ALL), one(CheckQuery::ALL), one(&[YesNo::Yes, YesNo::No])),
    ) {
        for event in every_line(peers, content, numbers, names) {
            let text = event.to_string();
            let read: Result<Event, _> = text.parse();
            prop_assert_eq!(read.as_ref(), Ok(&event), "{}", text);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(Cluster: |Fetching |detected |peer |from |[a-z]:1 |'|, |\\PC){0,20}") {
        if let Ok(event) = text.parse::<Event>() {
            prop_assert_eq!(event.to_string(), text);
        }
    }
}

/// Were a kind missing above, its template would not be tried.
#[test]
fn every_kind_is_tried() {
    let word = || Word::from("w");
    let peer = Address::new("h", 1);
    let lines = every_line(
        (peer, word(), word()),
        ("t".into(), (None, None), ModuleKind::MysqlUsers),
        (1, 2, 3, 4, 5, 6),
        (Subject::Users, LoadWords::MysqlUsers, CheckQuery::Status, YesNo::No),
    );
    let source = include_str!("lines.rs");
    let declared = source.lines().filter(|line| {
        let line = line.trim_start();
        ["Info ", "Warning ", "Error "].iter().any(|level| line.starts_with(level)) && line.contains('{')
    });
    assert_eq!(lines.len(), declared.count());
    let mut templates: Vec<&str> = lines.iter().map(Event::template).collect();
    templates.sort_unstable();
    templates.dedup();
    assert_eq!(templates.len(), lines.len());
}

#[test]
fn levels_and_odd_texts() {
    let conflict = "Cluster: detected a peer h:1 with mysql_query_rules version 5, epoch 7, diff_check 30, checksum 0x12ABCDEF01000000. Own version: 2, epoch: 7, checksum . Sync conflict, epoch times are EQUAL, can't determine which server holds the latest config, we won't sync. This message will be repeated every 30 checks until LOAD MYSQL SERVERS TO RUNTIME is executed on candidate master.";
    let event: Event = conflict.parse().unwrap();
    assert_eq!(event.level(), Level::Error);
    assert!(matches!(
        &event,
        Event::SyncConflict { module: ModuleKind::MysqlQueryRules, own_checksum: None, diff_check: 30, .. }
    ));
    for text in
        ["", "Cluster: ", "Cluster: starting thread for peer h", "Cluster: starting thread for peer h:01"]
    {
        let error = text.parse::<Event>().unwrap_err();
        assert!(error.to_string().ends_with(text), "{error}");
    }
}
