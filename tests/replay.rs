//! Logs of queries: every format is read as it is written, whatever the bytes are.

#![cfg(feature = "replay")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::Read;

use proptest::prelude::*;
use proxysql_kit::config::{Config, LoadOptions};
use proxysql_kit::libconfig::Document;
use proxysql_kit::replay::{
    Event, EventKind, LogFormat, Place, ReadErrorKind, ReadOptions, Reader, Replay, Spread,
};
use proxysql_kit::rules::Session;

/// The binary log as ProxySQL 2.7.1 writes it.
mod binary {
    pub(super) struct Record<'a> {
        pub(super) kind: u8,
        pub(super) thread: u64,
        pub(super) texts: [&'a [u8]; 3],
        pub(super) hostgroup: Option<u64>,
        pub(super) digest: u64,
        pub(super) query: &'a [u8],
    }

    fn len(out: &mut Vec<u8>, number: u64) {
        let bytes = number.to_le_bytes();
        match number {
            0..251 => out.push(bytes[0]),
            251..0x1_0000 => out.extend([&[0xfc], &bytes[..2]].concat()),
            0x1_0000..0x100_0000 => out.extend([&[0xfd], &bytes[..3]].concat()),
            _ => out.extend([&[0xfe], &bytes[..]].concat()),
        }
    }

    fn text(out: &mut Vec<u8>, text: &[u8]) {
        len(out, text.len() as u64);
        out.extend(text);
    }

    pub(super) fn encode(record: &Record<'_>) -> Vec<u8> {
        let mut out = vec![record.kind];
        len(&mut out, record.thread);
        record.texts.iter().for_each(|one| text(&mut out, one));
        len(&mut out, record.hostgroup.unwrap_or(u64::MAX));
        if record.hostgroup.is_some() {
            text(&mut out, b"db1:3306");
        }
        len(&mut out, 1_700_000_000_000_000);
        len(&mut out, 1_700_000_000_000_900);
        if record.kind != 0 {
            len(&mut out, 3);
        }
        for number in [0, 0, 1] {
            len(&mut out, number);
        }
        len(&mut out, record.digest);
        text(&mut out, record.query);
        let total = out.len() as u64 + u64::from(record.kind == 0);
        [&total.to_le_bytes(), &out[..]].concat()
    }
}

fn read(log: &[u8]) -> (LogFormat, Vec<Event>, Option<(Place, String)>) {
    read_as(log, None)
}

fn read_as(log: &[u8], format: Option<LogFormat>) -> (LogFormat, Vec<Event>, Option<(Place, String)>) {
    let mut reader = Reader::new(log, format).unwrap();
    let mut events = Vec::new();
    for event in &mut reader {
        match event {
            Ok(event) => events.push(event),
            Err(error) => return (reader.format(), events, Some((error.place(), error.kind().to_string()))),
        }
    }
    assert_eq!(reader.position(), log.len() as u64);
    (reader.format(), events, None)
}

fn queries(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| String::from_utf8_lossy(&event.query).into_owned()).collect()
}

const EVENTS: &str = concat!(
    r#"{"client":"10.0.0.7:4711","digest":"0x1D1F6ABD3FDA4187","duration_us":90,"endtime":"2024-11-23 10:00:00.000090","#,
    r#""event":"COM_QUERY","hostgroup_id":20,"query":"SELECT 'ä\n' -- \"digest_text\"","rows_sent":1,"schemaname":"shop","#,
    r#""server":"db1:3306","thread_id":7,"username":"app"}"#,
    "\n",
    r#"{"client":"","event":"COM_STMT_EXECUTE","hostgroup_id":-1,"query":"x","schemaname":"","thread_id":8,"username":""}"#,
    "\n",
);

#[test]
fn an_events_log_in_json() {
    let (format, events, error) = read(EVENTS.as_bytes());
    assert_eq!((format, error), (LogFormat::EventsJson, None));
    assert_eq!(queries(&events), ["SELECT 'ä\n' -- \"digest_text\"", "x"]);
    let first = &events[0];
    assert_eq!(first.username.as_ref().unwrap(), &"app");
    assert_eq!(first.schemaname.as_ref().unwrap(), &"shop");
    assert_eq!(first.client_addr.as_ref().unwrap(), &"10.0.0.7");
    assert_eq!((first.hostgroup, first.session, first.count), (Some(20), Some(7), 1));
    assert_eq!(first.digest.unwrap().to_string(), "0x1D1F6ABD3FDA4187");
    assert_eq!((events[1].hostgroup, &events[1].client_addr), (None, &None));
    assert_eq!(events[1].kind, EventKind::Execute);
}

#[test]
fn what_is_wrong_with_json_has_its_line() {
    let cut = &EVENTS.as_bytes()[..EVENTS.len() - 9];
    let (_, events, error) = read(cut);
    assert_eq!(events.len(), 1, "what came before counts");
    assert_eq!(error.unwrap(), (Place::Line(2), "the log ends within this record".into()));

    let broken = format!("{EVENTS}\n{{\"query\": 1}}\n{EVENTS}");
    let (_, events, error) = read(broken.as_bytes());
    let (place, message) = error.unwrap();
    assert_eq!((events.len(), place), (2, Place::Line(4)));
    assert!(message.contains("invalid type: integer `1`, expected a string"), "{message}");
    assert!(!message.contains("at line"), "only one place is told: {message}");

    let (_, _, error) = read(b"{\"event\":\"COM_QUERY\"}\n");
    assert_eq!(error.unwrap(), (Place::Line(1), "there is no `query`".into()));
}

#[test]
fn a_binary_events_log() {
    let one = |kind, hostgroup, query| {
        let texts = [&b"app"[..], b"shop", b"::1:4711"];
        binary::encode(&binary::Record { kind, thread: 7, texts, hostgroup, digest: 0xfeed, query })
    };
    let long = vec![b'x'; 70_000];
    let log = [one(0, Some(20), b"SELECT '\xff'"), one(16, None, &long), one(17, Some(0), b"")].concat();
    let (format, events, error) = read(&log);
    assert_eq!((format, error), (LogFormat::EventsBinary, None));
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Query, EventKind::Execute, EventKind::Prepare]);
    assert_eq!(events[0].query, b"SELECT '\xff'");
    assert_eq!(events[0].client_addr.as_ref().unwrap(), &"::1");
    assert_eq!(events[0].digest.unwrap().value(), 0xfeed);
    assert_eq!(events.iter().map(|event| event.hostgroup).collect::<Vec<_>>(), [Some(20), None, Some(0)]);
    assert_eq!(events[1].query.len(), 70_000);
}

#[test]
fn what_is_wrong_with_a_binary_log_has_its_byte() {
    let texts = [&b"app"[..], b"", b""];
    let record =
        binary::Record { kind: 0, thread: 1, texts, hostgroup: Some(1), digest: 1, query: b"SELECT 1" };
    let one = binary::encode(&record);
    let at = one.len() as u64;
    let with = |second: &[u8]| read(&[&one, second].concat());
    for cut in 1..one.len() {
        let (_, events, error) = with(&one[..cut]);
        assert_eq!((events.len(), error.unwrap().0), (1, Place::Byte(at)), "cut at {cut}");
    }
    let broken = |place: usize, byte: u8| {
        let mut second = one.clone();
        second[place] = byte;
        with(&second).2.unwrap().1
    };
    assert_eq!(broken(8, 5), "5 is no type of record: 0, 16 and 17 are");
    assert_eq!(broken(9, 0xff), "byte 0xff begins no length");
    assert_eq!(
        broken(0, 200),
        format!("a record says that it has 200 bytes, and its fields have {}", one.len() - 8)
    );
    // A length that no memory has.
    let mut huge = one[..10].to_vec();
    huge.extend([0xfe, 0, 0, 0, 0, 0, 0, 0, 0x40]);
    assert!(with(&huge).2.unwrap().1.starts_with("a record of more than"));
}

#[test]
fn plain_sql() {
    let log = "\u{feff}SELECT 1;\r\n\n  # no statement\n-- none\n--1\n  UPDATE t SET a = 1 ; \nlast";
    let (format, events, error) = read(log.as_bytes());
    assert_eq!((format, error), (LogFormat::Sql, None));
    assert_eq!(queries(&events), ["SELECT 1", "--1", "UPDATE t SET a = 1", "last"]);
    assert_eq!(events[0], Event::query("SELECT 1"));
    assert!(read(b"").1.is_empty());
    let options = ReadOptions::default().max_record(10);
    let results: Vec<_> =
        Reader::with(&b"SELECT 1\nSELECT 1234\nSELECT 2\n"[..], &options).unwrap().collect();
    assert_eq!(results.len(), 2);
    assert!(results[0].is_ok(), "{results:?}");
    let error = results[1].as_ref().unwrap_err();
    assert!(matches!(error.kind(), ReadErrorKind::TooLong { limit: 10 }), "{error}");
    assert_eq!(error.to_string(), "line 2: a record of more than 10 bytes");
}

#[test]
fn digests_as_csv() {
    for log in [
        "hostgroup,schemaname,username,client_address,digest,digest_text,count_star,first_seen\r\n\
         20,shop,app,,0x1D1F6ABD3FDA4187,\"SELECT \"\"a\"\",\n? FROM t\",7,0\r\n\r\n\
         10,shop,app,10.0.0.7,0x1D1F6ABD3FDA4188,COMMIT,1,0\n",
        "\"Digest_Text\";\"count_star\";\"hostgroup\";\"client_address\";\"digest\"\n\
         \"SELECT \"\"a\"\",\n? FROM t\";7;20;;0x1D1F6ABD3FDA4187\nCOMMIT;1;10;10.0.0.7;0x1d1f6abd3fda4188",
        "hostgroup\tdigest\tdigest_text\tcount_star\tclient_address\n\
         20\t0x1D1F6ABD3FDA4187\tSELECT \"a\",\\n? FROM t\t7\t\n10\t0x1D1F6ABD3FDA4188\tCOMMIT\t1\t10.0.0.7\n",
    ] {
        let (format, events, error) = read(log.as_bytes());
        assert_eq!((format, error), (LogFormat::DigestsCsv, None), "{log}");
        assert_eq!(queries(&events), ["SELECT \"a\",\n? FROM t", "COMMIT"], "{log}");
        assert!(events.iter().all(Event::is_digest));
        assert_eq!((events[0].count, events[0].hostgroup, &events[0].client_addr), (7, Some(20), &None));
        assert_eq!(events[1].digest.unwrap().to_string(), "0x1D1F6ABD3FDA4188");
        assert_eq!(events[1].client_addr.as_ref().unwrap(), &"10.0.0.7");
    }
}

#[test]
fn what_is_wrong_with_csv_has_its_line() {
    let with = |rows: &str| read(format!("digest_text,count_star\n\"a\nb\",1\n{rows}").as_bytes()).2.unwrap();
    assert_eq!(with("c,many\n"), (Place::Line(4), "\"many\" is not a value of `count_star`".into()));
    assert_eq!(with("\"c\n\nd"), (Place::Line(4), "the log ends within this record".into()));
    assert_eq!(with("\n\"c\"d,1\n"), (Place::Line(5), "a field goes on behind its closing quote".into()));
    let error = Reader::new(&b"digest,count_star\n"[..], Some(LogFormat::DigestsCsv)).unwrap_err();
    assert_eq!(error.to_string(), "line 1: there is no `digest_text`");
}

#[test]
fn digests_as_json() {
    let row = r#"{"digest_text": "SELECT \"}\" ?", "count_star": "7", "hostgroup": 20, "username": "app", "other": {"a": [1]}}"#;
    for log in [format!("[\n{row},\n{row}]\n"), format!("{row}\n{row}\n"), format!("[{row},{row}]")] {
        let (format, events, error) = read(log.as_bytes());
        assert_eq!((format, error), (LogFormat::DigestsJson, None));
        assert_eq!(queries(&events), ["SELECT \"}\" ?"; 2]);
        assert_eq!((events[0].count, events[1].hostgroup), (7, Some(20)));
    }
    let (_, events, error) = read(format!("[{row},\n{{\"digest\": \"0x1\"}}]").as_bytes());
    assert_eq!((events.len(), error.unwrap()), (1, (Place::Line(2), "there is no `digest_text`".into())));
    let (_, events, error) = read(format!("[{row},\n\n{{\"digest_text\": \"").as_bytes());
    assert_eq!(
        (events.len(), error.unwrap()),
        (1, (Place::Line(3), "the log ends within this record".into()))
    );
}

fn config(text: &str) -> Config {
    Config::load(&Document::parse(text).unwrap(), &LoadOptions::new()).memory
}

const RULES: &str = r#"
    mysql_users = ({ username = "app", password = "x", default_hostgroup = 10 })
    mysql_query_rules = (
        { rule_id = 1, digest = "0x1D1F6ABD3FDA4187", destination_hostgroup = 20, apply = 1 },
        { rule_id = 2, flagIN = 5, schemaname = "shop", destination_hostgroup = 30, apply = 1 },
        { rule_id = 3, schemaname = "shop", next_query_flagIN = 5 },
        { rule_id = 4, schemaname = "closed", error_msg = "no" },
        { rule_id = 5, schemaname = "never" }
    )
"#;

fn spread(rules: &str, log: &[u8], threads: usize) -> Spread {
    let replay = Replay::new(&config(rules)).session(Session::new("app")).threads(threads);
    let mut spread = Spread::default();
    replay.run(Reader::new(log, None).unwrap(), &mut spread, &mut |_| {}).unwrap();
    spread
}

/// Two queries each of many sessions, mixed.
fn sessions() -> String {
    let line = |session: u64, schema: &str| {
        format!(
            "{{\"event\":\"COM_QUERY\",\"hostgroup_id\":10,\"query\":\"x\",\"schemaname\":\"{schema}\",\"thread_id\":{session},\"username\":\"app\"}}\n"
        )
    };
    let first: String = (0..3000).map(|session| line(session, "shop")).collect();
    first + &(0..3000).rev().map(|session| line(session, "shop")).collect::<String>() + &line(1, "closed")
}

#[test]
fn a_session_keeps_its_flag_on_any_number_of_threads() {
    let log = sessions();
    let shown: Vec<_> = [1, 2, 7].map(|threads| spread(RULES, log.as_bytes(), threads).to_string()).into();
    let spread = spread(RULES, log.as_bytes(), 3);
    // The second query of each, and the closed one leaves its session under flag 5, where no rule is for it.
    assert_eq!(spread.rules(), [(2, 3000), (3, 3000)]);
    assert_eq!(spread.unmatched_rules(), [1, 4, 5]);
    assert_eq!((spread.recorded(), spread.elsewhere()), (6001, 3000));
    assert!(shown.iter().all(|other| *other == spread.to_string()), "{shown:?}");
}

#[test]
fn digests_say_what_is_certain() {
    let log = "digest_text,digest,count_star,username\nSELECT ?,0x1D1F6ABD3FDA4187,5,app\nCOMMIT,,2,app\n"
        .replace(",,2", ",0x1,2");
    let hash =
        proxysql_kit::digest::digest(b"SELECT ?", &proxysql_kit::digest::Options::new()).hash().to_string();
    let commit =
        proxysql_kit::digest::digest(b"COMMIT", &proxysql_kit::digest::Options::new()).hash().to_string();
    let log = log.replace("0x1D1F6ABD3FDA4187", &hash).replace("0x1,", &format!("{commit},"));
    let by_digest = RULES.replace("0x1D1F6ABD3FDA4187", &hash);
    let certain = spread(&by_digest, log.as_bytes(), 2);
    assert_eq!((certain.queries(), certain.digests(), certain.uncertain()), (7, 7, 0));
    let places: Vec<_> =
        certain.destinations().iter().map(|(place, count)| (place.to_string(), *count)).collect();
    assert_eq!(places[0], ("hostgroup 20 by rule 1".to_owned(), 5));
    // COMMIT is not stopped before the rule that looks at the query.
    let by_pattern =
        by_digest.replace("rule_id = 5,", "rule_id = 5, match_pattern = \"secret\",").replace("never", "");
    assert_eq!(spread(&by_pattern, log.as_bytes(), 2).uncertain(), 2);
    // A hash that the text does not give.
    assert_eq!(spread(&by_digest, log.replace(&commit, "0x1").as_bytes(), 2).uncertain(), 2);
}

#[test]
fn what_would_move_is_told() {
    let other = RULES
        .replace("schemaname = \"never\"", "schemaname = \"shop\", flagIN = 5, destination_hostgroup = 40")
        .replace("rule_id = 2,", "rule_id = 6,")
        .replace("apply = 1 },\n        { rule_id = 3", "apply = 0 },\n        { rule_id = 3");
    let replay = Replay::new(&config(RULES)).against(&config(&other)).threads(2);
    let mut spread = Spread::default();
    replay.run(Reader::new(sessions().as_bytes(), None).unwrap(), &mut spread, &mut |_| {}).unwrap();
    assert_eq!((spread.moved(), spread.moved_by_rule_only()), (0, 3000));
    let other = other.replace("rule_id = 6, flagIN = 5", "rule_id = 6, flagIN = 6");
    let replay = Replay::new(&config(RULES)).against(&config(&other)).threads(2);
    let mut spread = Spread::default();
    replay.run(Reader::new(sessions().as_bytes(), None).unwrap(), &mut spread, &mut |_| {}).unwrap();
    let moves = spread.moves();
    assert_eq!((spread.moved(), moves.len(), moves[0].count), (3000, 1, 3000));
    assert_eq!(moves[0].from.to_string(), "hostgroup 30 by rule 2");
    assert_eq!(moves[0].to.to_string(), "hostgroup 40 by rule 5");
    assert_eq!(moves[0].digest_text, "x");
}

#[test]
fn what_is_no_log_is_refused() {
    for (log, why) in [
        (&b"\x1f\x8b\x08\0\0\0\0\0\0\x03"[..], "byte 0: it is compressed: read it with `zcat`"),
        (b"\x28\xb5\x2f\xfd\x04", "byte 0: it is compressed: read it with `zstdcat`"),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0", "byte 0: it is no log of a known format"),
        (b"S\0E\0L\0E\0C\0T\0", "byte 0: it is no log of a known format"),
    ] {
        let error = Reader::new(log, None).unwrap_err().to_string();
        assert!(error.starts_with(why), "{error}");
        assert!(Reader::new(log, Some(LogFormat::Sql)).is_ok());
    }
}

#[test]
fn what_was_read_before_an_error_counts() {
    let replay = Replay::new(&config(RULES)).threads(2);
    let mut spread = Spread::default();
    let cut = &EVENTS.as_bytes()[..EVENTS.len() - 9];
    let mut last = None;
    let run = replay.run(Reader::new(cut, None).unwrap(), &mut spread, &mut |progress| last = Some(progress));
    assert_eq!(run.unwrap_err().place(), Place::Line(2));
    assert_eq!((spread.queries(), last.unwrap().bytes), (1, cut.len() as u64));
}

/// Gives a log in small pieces, so that it is cut into many blocks.
struct Trickle<'l> {
    log: &'l [u8],
    piece: usize,
}

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.piece.min(self.log.len()).min(buffer.len());
        let (now, later) = self.log.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.log = later;
        Ok(count)
    }
}

/// Whatever the blocks and the threads are, as much is counted as a `Reader` gives, and the same error is told.
fn check_any_blocks(rules: &str, log: &[u8], format: LogFormat) -> Spread {
    let options = ReadOptions::default().format(format).max_record(2000);
    let (mut events, mut error) = (0, None);
    for event in Reader::with(log, &options).unwrap() {
        match event {
            Ok(_) => events += 1,
            Err(wrong) => error = Some(wrong.to_string()),
        }
    }
    let replay = Replay::new(&config(rules)).session(Session::new("app"));
    let mut first: Option<Spread> = None;
    for (piece, threads) in [(usize::MAX, 1), (3000, 3), (700, 4), (61, 2)] {
        let replay = replay.clone().threads(threads);
        let (mut spread, mut last) = (Spread::default(), None);
        let reader = Reader::with(Trickle { log, piece }, &options).unwrap();
        let run = replay.run(reader, &mut spread, &mut |progress| last = Some(progress));
        assert_eq!(run.err().map(|error| error.to_string()), error, "pieces of {piece}");
        assert_eq!((spread.queries(), last.unwrap().events), (events, events), "pieces of {piece}");
        let first = first.get_or_insert_with(|| spread.clone());
        assert_eq!(serde_json::to_string(&*first).unwrap(), serde_json::to_string(&spread).unwrap());
    }
    first.unwrap()
}

#[test]
fn what_is_counted_does_not_depend_on_threads_and_blocks() {
    let lots = r#"mysql_query_rules = (
        { rule_id = 1, flagIN = 0, attributes = "{\"flagOUTs\":[{\"id\":1,\"weight\":1},{\"id\":2,\"weight\":2}]}" },
        { rule_id = 2, flagIN = 1, destination_hostgroup = 20 },
        { rule_id = 3, flagIN = 2, match_digest = "7", destination_hostgroup = 30 }
    )"#;
    let sql: String =
        (0..1000).map(|number| format!("SELECT a{number}\n{}", "\n".repeat(number % 3))).collect();
    let json: String = sessions().split_inclusive('\n').skip(2500).take(1000).collect();
    let one = |number: u64| {
        let query = format!("SELECT a{number}");
        let record = binary::Record {
            kind: [0, 16, 17][(number % 3) as usize],
            thread: number % 50,
            texts: [b"app", b"shop", b"::1:4711"],
            hostgroup: number.is_multiple_of(2).then_some(20),
            digest: number,
            query: query.as_bytes(),
        };
        binary::encode(&record)
    };
    let records: Vec<_> = (0..999).map(one).collect();
    let binary = records.concat();
    for rules in [RULES, lots] {
        check_any_blocks(rules, sql.as_bytes(), LogFormat::Sql);
        check_any_blocks(rules, json.as_bytes(), LogFormat::EventsJson);
        let spread = check_any_blocks(rules, &binary, LogFormat::EventsBinary);
        assert_eq!((spread.queries(), spread.executed(), spread.prepared()), (999, 333, 333));

        // And with an error in the middle, or at the end.
        let long = sql.replace("a500", &"x".repeat(3000));
        check_any_blocks(rules, long.as_bytes(), LogFormat::Sql);
        for wrong in ["{}", "{\"query\":", "x", &"x".repeat(5000)] {
            let wrong = format!("{json}\n{wrong}\n{json}");
            check_any_blocks(rules, wrong.as_bytes(), LogFormat::EventsJson);
            check_any_blocks(rules, &wrong.as_bytes()[..wrong.len() - 20], LogFormat::EventsJson);
        }
        check_any_blocks(rules, &json.as_bytes()[..json.len() - 20], LogFormat::EventsJson);
        let begin: usize = records[..500].iter().map(Vec::len).sum();
        for (place, byte) in [(0, 200), (8, 5), (9, 0xff), (10, 250)] {
            let mut wrong = binary.clone();
            wrong[begin + place] = byte;
            check_any_blocks(rules, &wrong, LogFormat::EventsBinary);
        }
        check_any_blocks(rules, &binary[..binary.len() - 5], LogFormat::EventsBinary);
    }
    assert!(spread(lots, sql.as_bytes(), 2).destinations().len() > 2);
}

#[test]
fn what_cannot_be_read_has_its_place() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("unplugged"))
        }
    }
    let log = b"SELECT 1\nSELECT 2\nSEL".chain(Broken);
    let replay = Replay::new(&config(RULES));
    let mut spread = Spread::default();
    let reader = Reader::new(log, Some(LogFormat::Sql)).unwrap();
    let error = replay.run(reader, &mut spread, &mut |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "line 3: it cannot be read: unplugged");
    assert_eq!(spread.queries(), 2);
}

/// Rules are asked when a statement is prepared and each time it runs: both count, and are told.
#[test]
fn prepared_statements_are_told() {
    let line =
        |event: &str| format!("{{\"event\":\"COM_{event}\",\"query\":\"SELECT ?\",\"username\":\"app\"}}\n");
    let log = [line("STMT_PREPARE"), line("STMT_EXECUTE"), line("STMT_EXECUTE"), line("QUERY")].concat();
    let spread = spread(RULES, log.as_bytes(), 2);
    assert_eq!((spread.queries(), spread.prepared(), spread.executed()), (4, 1, 2));
    let shown = spread.to_string();
    assert!(shown.contains("note: 1 query to prepare a statement: "), "{shown}");
    assert!(shown.contains("note: 2 queries to run a prepared statement: "), "{shown}");
}

/// A dump of many digests takes no explanation of each: only what it comes to is asked.
#[test]
fn a_rule_with_a_pattern_makes_digests_uncertain_where_it_is_asked() {
    let log = b"digest_text,schemaname,username\nSELECT ?,shop,app\nSELECT ?,other,app\nUPDATE t,other,app\n";
    let uncertain = |rules: &str| spread(&format!("mysql_query_rules = ({rules})"), log, 2).uncertain();
    for (rules, expected) in [
        ("{ rule_id = 1, match_digest = \"x\" }", 0),
        ("{ rule_id = 1, match_pattern = \"x\" }", 3),
        ("{ rule_id = 1, match_pattern = \"SELECT\", apply = 1 }", 3),
        ("{ rule_id = 1, match_pattern = \"x\", schemaname = \"shop\" }", 1),
        ("{ rule_id = 1, match_pattern = \"x\", match_digest = \"^SELECT\" }", 2),
        ("{ rule_id = 1, match_pattern = \"x\", flagIN = 1 }", 0),
        (
            "{ rule_id = 1, match_digest = \"^S\", flagOUT = 1 }, { rule_id = 2, match_pattern = \"x\", flagIN = 1 }",
            2,
        ),
        ("{ rule_id = 1, match_digest = \"^S\", apply = 1 }, { rule_id = 2, match_pattern = \"x\" }", 1),
        ("{ rule_id = 1, mirror_flagOUT = 1 }, { rule_id = 2, match_pattern = \"x\", flagIN = 1 }", 0),
    ] {
        assert_eq!(uncertain(rules), expected, "{rules}");
    }
}

fn texts() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![prop::collection::vec(any::<u8>(), 0..40), Just(vec![b'a'; 300])]
}

proptest! {
    #[test]
    fn any_bytes_are_read_to_an_end(bytes: Vec<u8>, format in 0..6_usize, prefix in 0..5_usize) {
        let prefix = [&b""[..], b"digest_text,count_star,hostgroup\n", b"{\"query\":\"", b"[{", &[9, 0, 0, 0, 0, 0, 0, 0, 0, 1]][prefix];
        let log = [prefix, &bytes].concat();
        if let Ok(reader) = Reader::new(&log[..], LogFormat::ALL.get(format).copied()) {
            prop_assert!(reader.take(10_000).count() <= log.len());
        }
    }

    #[test]
    fn a_binary_log_reads_as_it_was_written(
        records in prop::collection::vec(
            (prop::sample::select(vec![0_u8, 16, 17]), any::<u64>(), [texts(), texts(), texts()], prop::option::of(0..1_u64 << 31), any::<u64>(), texts()),
            1..5,
        )
    ) {
        let mut log = Vec::new();
        for (kind, thread, [user, schema, client], hostgroup, digest, query) in &records {
            let texts = [&user[..], schema, client];
            log.extend(binary::encode(&binary::Record { kind: *kind, thread: *thread, texts, hostgroup: *hostgroup, digest: *digest, query }));
        }
        let (format, events, error) = read_as(&log, None);
        prop_assert_eq!((format, error), (LogFormat::EventsBinary, None));
        prop_assert_eq!(events.len(), records.len());
        for (event, (_, thread, [user, schema, _], hostgroup, digest, query)) in events.iter().zip(&records) {
            prop_assert_eq!(&event.query, query);
            prop_assert_eq!(event.username.as_ref().unwrap().as_bytes(), &user[..]);
            prop_assert_eq!(event.schemaname.as_ref().unwrap().as_bytes(), &schema[..]);
            prop_assert_eq!(event.session, Some(*thread));
            prop_assert_eq!(event.hostgroup, hostgroup.map(|hostgroup| i32::try_from(hostgroup).unwrap()));
            prop_assert_eq!(event.digest.unwrap().value(), *digest);
        }
    }

    #[test]
    fn digests_read_as_they_were_written(rows in prop::collection::vec((any::<String>(), any::<u64>()), 0..5)) {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let csv: String = rows.iter().map(|(text, count)| format!("{count},{}\n", quoted(text))).collect();
        let json: Vec<_> = rows.iter().map(|(text, count)| serde_json::json!({ "digest_text": text, "count_star": count })).collect();
        let expected: Vec<_> = rows.iter().map(|(text, count)| (text.clone().into_bytes(), *count)).collect();
        for (log, format) in [
            (format!("count_star,digest_text\n{csv}"), LogFormat::DigestsCsv),
            (serde_json::to_string_pretty(&json).unwrap(), LogFormat::DigestsJson),
            (serde_json::to_string(&json).unwrap(), LogFormat::DigestsJson),
        ] {
            let (_, events, error) = read_as(log.as_bytes(), Some(format));
            prop_assert_eq!(error, None);
            let found: Vec<_> = events.into_iter().map(|event| (event.query, event.count)).collect();
            prop_assert_eq!(&found, &expected);
        }
    }
}
