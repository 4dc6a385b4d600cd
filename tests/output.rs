//! What is written of a configuration, and that it reads back.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

#[path = "support/configs.rs"]
mod configs;
#[allow(dead_code, clippy::explicit_write, clippy::needless_pass_by_value)]
#[path = "oracle/support.rs"]
mod support;

use std::cell::{Cell, RefCell};
use std::path::PathBuf;

use configs::Scope;
use proptest::prelude::*;
use proxysql_kit::config::{Config, LoadOptions, PatchOptions, Patched, Reason, RoundTripOutcome};
use proxysql_kit::libconfig::{Dialect, Document, FormatOptions, ParseOptions};
use proxysql_kit::schema::{MysqlQueryRule, MysqlServer, SchedulerJob, Version};

/// The strategies change with the schema, so that old seeds say nothing.
fn few_words() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, max_shrink_iters: 1000, ..ProptestConfig::default() }
}

fn parse(text: &[u8], version: Version) -> Document {
    let dialect = if version == Version::V2_0 { Dialect::V1_7_2 } else { Dialect::V1_7_3 };
    Document::parse_with(text, &ParseOptions::new().dialect(dialect)).unwrap()
}

/// What a server like this one holds that has read the text.
fn load(text: &[u8], like: &Config) -> Config {
    let own = like.admin.version.to_string();
    let options = LoadOptions::new().version(like.version).version_string(&own);
    Config::load(&parse(text, like.version), &options).memory
}

proptest! {
    #![proptest_config(few_words())]
    #[test]
    fn what_a_cnf_can_hold_reads_back_equal(config in configs::any_version(Scope::Cnf)) {
        let cnf = config.to_cnf();
        let lost: Vec<_> = cnf.lost.iter().map(ToString::to_string).collect();
        prop_assert!(lost.is_empty(), "{lost:#?}\n{}", String::from_utf8_lossy(&cnf.text));
        prop_assert!(load(&cnf.text, &config) == config);
        // The usual layout, and a text that editors can read.
        let formatted = parse(&cnf.text, config.version).format(&FormatOptions::default());
        prop_assert_eq!(String::from_utf8(formatted).unwrap(), String::from_utf8(cnf.text).unwrap());
    }

    #[test]
    fn what_is_lost_is_told_and_nothing_else(
        config in prop_oneof![configs::any_version(Scope::Server), configs::any_version(Scope::Any)]
    ) {
        let cnf = config.to_cnf();
        let equal = load(&cnf.text, &config) == config;
        prop_assert_eq!(equal, cnf.lost.is_empty(), "{:#?}", cnf.lost);
        for lost in &cnf.lost {
            prop_assert_ne!(&lost.reason, &Reason::Unforeseen, "{}", lost);
        }
    }
}

proptest! {
    #![proptest_config(few_words())]
    #[test]
    fn a_patched_file_loads_as_wanted((old, new) in configs::related(Scope::Cnf)) {
        let file = parse(&old.to_cnf().text, old.version);
        let patched = new.patch(&file, &PatchOptions::default()).unwrap();
        let lost: Vec<_> = patched.lost.iter().map(ToString::to_string).collect();
        prop_assert!(lost.is_empty(), "{lost:#?}\n{file}\n{}", patched.document);
        prop_assert!(load(patched.document.to_bytes(), &new) == new);
        prop_assert_eq!(patched.changed, old != new);
        let again = new.patch(&patched.document, &PatchOptions::default()).unwrap();
        prop_assert!(!again.changed);
        prop_assert_eq!(again.document.to_bytes(), patched.document.to_bytes());
    }

    #[test]
    fn patching_tells_what_is_lost((old, new) in configs::related(Scope::Any)) {
        let file = parse(&old.to_cnf().text, old.version);
        let patched = new.patch(&file, &PatchOptions::default()).unwrap();
        let equal = load(patched.document.to_bytes(), &new) == new;
        prop_assert_eq!(equal, patched.lost.is_empty(), "{:#?}", patched.lost);
        let again = new.patch(&patched.document, &PatchOptions::default()).unwrap();
        prop_assert!(!again.changed, "{}\n{}", patched.document, again.document);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..few_words() })]

    #[test]
    #[cfg(all(feature = "json", feature = "yaml", feature = "sqlite"))]
    fn other_forms_hold_what_a_server_holds(config in configs::any_version(Scope::Server)) {
        for trip in config.round_trips().iter().filter(|trip| !trip.form.ends_with("cnf")) {
            let RoundTripOutcome::Read(lost) = &trip.outcome else { panic!("{trip:?}") };
            let told = lost.iter().all(|lost| trip.form == "sql" && lost.reason == Reason::NotInSql);
            prop_assert!(told, "{}: {lost:#?}", trip.form);
        }
    }

    /// The reason why a saved file loses something is always known.
    #[test]
    fn what_a_saved_file_loses_has_a_reason(config in configs::any_version(Scope::Server)) {
        let trips = config.round_trips();
        let saved = trips.iter().find(|trip| trip.form == "saved-cnf").unwrap();
        if let RoundTripOutcome::Read(lost) = &saved.outcome {
            prop_assert!(lost.iter().all(|lost| lost.reason != Reason::Unforeseen), "{lost:#?}");
        }
    }
}

/// Every file that a server started on can be written anew, and brought to match the next one.
#[test]
fn files_of_the_vectors() {
    for (name, version) in
        [("config_2_0", Version::V2_0), ("config", Version::V2_7), ("config_3_0", Version::V3_0)]
    {
        let before = RefCell::new(None::<Document>);
        let count = Cell::new(0_usize);
        support::all_agree(name, |vector| {
            let file = support::bytes(&vector["cnf"]);
            if vector["starts"] == false {
                return Ok(());
            }
            let file = parse(&file, version);
            let wanted = Config::load(&file, &LoadOptions::new().version(version)).memory;
            support::same("lost", wanted.to_cnf().lost, vec![])?;
            let own = patch(&wanted, &file)?;
            support::same("changed", own.changed, false)?;
            support::same("text", own.document.to_bytes(), file.to_bytes())?;
            // Every third, for the sake of time.
            count.set(count.get() + 1);
            let before = before.borrow_mut().replace(file).filter(|_| count.get().is_multiple_of(3));
            if let Some(before) = before {
                let patched = patch(&wanted, &before)?;
                support::same("lost by patching", &patched.lost, &vec![])?;
                support::same("memory", load(patched.document.to_bytes(), &wanted) == wanted, true)?;
                support::same("changed again", patch(&wanted, &patched.document)?.changed, false)?;
            }
            Ok(())
        });
    }
}

fn patch(wanted: &Config, file: &Document) -> Result<Patched, String> {
    wanted.patch(file, &PatchOptions::default()).map_err(|error| error.to_string())
}

const FILE: &str = include_str!("golden/patch.cnf");

#[test]
fn comments_layout_and_names_stay() {
    let file = Document::parse(FILE).unwrap();
    let mut config = Config::load(&file, &LoadOptions::new()).memory;
    config.settings.errorlog = None;
    config.mysql.threads = 4;
    config.mysql.max_connections = 500;
    config.mysql.default_schema = "shop".into();
    // The second server moves to the end, the third one goes, a new one comes.
    let moved = config.mysql_servers.remove(1).unwrap();
    config.mysql_servers.remove(1);
    config.mysql_servers.get_mut(0).unwrap().weight = 7;
    config.mysql_servers.push(MysqlServer {
        hostgroup_id: 2,
        hostname: "db9".into(),
        ..MysqlServer::default()
    });
    config.mysql_servers.push(moved);
    config.mysql_users.get_mut(0).unwrap().password = Some("it's \"new\"".into());
    let rule = config.mysql_query_rules.get_mut(0).unwrap();
    (rule.active, rule.destination_hostgroup, rule.comment) = (true, None, Some("why".into()));
    let number = |rule_id| MysqlQueryRule { rule_id, active: true, ..MysqlQueryRule::default() };
    for rule_id in [15, 5] {
        config.mysql_query_rules.push(number(rule_id));
    }
    config.scheduler.push(SchedulerJob {
        id: 1,
        interval_ms: 1000,
        filename: "/bin/true".into(),
        ..SchedulerJob::default()
    });
    let patched = patch(&config, &file).unwrap();
    // The table gives rules in the order of their ids.
    let told: Vec<_> = patched.lost.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["mysql_query_rules: the order of rows: the table gives its rows in the order of `rule_id`"]
    );
    golden("patched.cnf", patched.document.to_bytes());
}

#[test]
fn placeholders_are_left_alone() {
    let text = "mysql_variables={ threads=${THREADS} monitor_password=\"${PASSWORD}\" max_connections=100 }\n\
                mysql_servers=( { address=\"${HOST}\" port=3307 hostgroup=1 weight=2 },\n\
                                { address=\"db2\" hostgroup=1 max_connections=${MAX} } )\n";
    let file = Document::parse_with(text, &ParseOptions::new().placeholders(true)).unwrap();
    let mut config = Config::default();
    config.mysql.threads = 16;
    config.mysql.monitor_password = "secret".into();
    config.mysql.max_connections = 200;
    for (hostname, port) in [("10.0.0.1", 3307), ("db2", 3306), ("db3", 3306)] {
        config.mysql_servers.push(MysqlServer {
            hostgroup_id: 1,
            hostname: hostname.into(),
            port,
            max_connections: 50,
            ..MysqlServer::default()
        });
    }
    let patched = config.patch(&file, &PatchOptions::default().keep_placeholders(true)).unwrap();
    let wanted = text
        .replace("=100", "=200")
        .replace("${MAX} } )", "${MAX} },\n{ address=\"db3\" port=3306 hostgroup=1 max_connections=50 }\n)");
    assert_eq!(patched.document.to_string(), wanted);
    assert!(!patched.lost.is_empty());
    assert!(patched.lost.iter().all(|lost| lost.reason == Reason::Placeholder), "{:?}", patched.lost);
    let again = config.patch(&patched.document, &PatchOptions::default().keep_placeholders(true)).unwrap();
    assert!(!again.changed);
    // Without that they are values like others.
    let patched = patch(&config, &file).unwrap();
    assert_eq!(patched.lost, []);
}

#[test]
fn golden_files() {
    for (from, version, to) in [
        ("seed.cnf", Version::V2_7, "seed.faithful.cnf"),
        ("seed.cnf", Version::V2_0, "seed.faithful-2.0.cnf"),
        ("rich.cnf", Version::V3_0, "rich.faithful.cnf"),
    ] {
        let text = std::fs::read(golden_path(from)).unwrap();
        let loaded = Config::load(&parse(&text, version), &LoadOptions::new().version(version));
        let cnf = loaded.memory.to_cnf();
        assert_eq!(cnf.lost, []);
        golden(to, &cnf.text);
    }
}

/// Compares with a file in `tests/golden`, or writes it where `UPDATE_GOLDEN` is set.
fn golden(name: &str, text: &[u8]) {
    let path = golden_path(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let wanted = std::fs::read(&path).unwrap();
    assert_eq!(String::from_utf8_lossy(text), String::from_utf8_lossy(&wanted), "{}", path.display());
}

fn golden_path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "golden", name].iter().collect()
}
