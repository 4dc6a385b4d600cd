//! What a server makes of single values, one fact a line: what memory keeps, what runs, what is said.

#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use proptest::sample::select;
use proxysql_kit::config::{Config, Files, LoadOptions, Loaded};
use proxysql_kit::libconfig::{Document, ParseOptions};
use proxysql_kit::schema::{Module, Version};

fn load_for(version: Version, text: &str) -> Loaded {
    Config::load(&Document::parse(text).unwrap(), &LoadOptions::new().version(version))
}

fn load(text: &str) -> Loaded {
    load_for(Version::V2_7, text)
}

/// The texts of a variable in memory and at runtime.
fn texts(loaded: &Loaded, module: Module, name: &str) -> (String, String) {
    let variable = module.variable(loaded.memory.version, name).unwrap();
    let text = |config: &Config| {
        String::from_utf8(config.variables(module).text(variable.position()).into_owned()).unwrap()
    };
    (text(&loaded.memory), text(&loaded.runtime))
}

/// What is said of a file's values.
fn said(loaded: &Loaded) -> Vec<String> {
    let own = loaded.messages.iter().filter(|message| message.span.is_some());
    own.map(ToString::to_string).collect()
}

fn codes(loaded: &Loaded) -> Vec<&'static str> {
    loaded.notes.iter().map(proxysql_kit::config::Note::code).collect()
}

/// Each line: a setting of `mysql_variables` in 2.7, what memory keeps, what runs, whether it was refused.
#[test]
fn kinds_of_variables() {
    let cases: &[(&str, &str, &str, &str, bool)] = &[
        ("multiplexing", "\"TRUE\"", "TRUE", "true", false),
        ("multiplexing", "0", "0", "false", false),
        ("multiplexing", "false", "false", "false", false),
        ("multiplexing", "2", "true", "true", true),
        ("multiplexing", "\"yes\"", "true", "true", true),
        ("max_connections", "\" 12abc\"", " 12abc", "12", false),
        ("max_connections", "\"4294967303\"", "4294967303", "7", false),
        ("max_connections", "0", "10000", "10000", true),
        ("max_connections", "1L", "10000", "10000", true),
        ("max_connections", "true", "10000", "10000", true),
        ("query_retries_on_failure", "\"\"", "", "0", false),
        ("query_retries_on_failure", "true", "true", "0", false),
        ("server_capabilities", "\"4294967295\"", "4294967295", "-1", false),
        // What ran at that moment: have_compress and have_ssl are set before.
        ("server_capabilities", "10", "571947", "571947", true),
        ("have_compress", "true", "true", "true", false),
        ("server_version", "\"5.1.30\"", "5.1.30", "5.5.30", false),
        ("server_version", "\"\"", "8.0.11", "8.0.11", true),
        ("init_connect", "\"(null)\"", "(null)", "", false),
        ("default_schema", "\"\"", "information_schema", "information_schema", true),
        ("default_session_track_gtids", "\"own_gtid\"", "own_gtid", "OWN_GTID", false),
        ("default_session_track_gtids", "\"x\"", "OFF", "OFF", true),
        (
            "default_authentication_plugin",
            "\"CACHING_SHA2_PASSWORD\"",
            "mysql_native_password",
            "mysql_native_password",
            true,
        ),
        ("eventslog_filename", "\"log/\"", "", "", true),
        ("eventslog_filename", "\"log\"", "log", "log", false),
        ("monitor_replication_lag_use_percona_heartbeat", "\"`db`.t_1\"", "`db`.t_1", "`db`.t_1", false),
        ("monitor_replication_lag_use_percona_heartbeat", "\"db\"", "", "", true),
        (
            "proxy_protocol_networks",
            "\"10.0.0.0/8,::1/128\"",
            "10.0.0.0/8,::1/128",
            "10.0.0.0/8,::1/128",
            false,
        ),
        ("proxy_protocol_networks", "\"10.0.0.0/129\"", "10.0.0.0/129", "", false),
        ("monitor_password", "\"\"", "", "", false),
    ];
    for (name, written, memory, runtime, refused) in cases {
        let loaded = load(&format!("mysql_variables={{ {name}={written} }}"));
        let (kept, runs) = texts(&loaded, Module::Mysql, name);
        assert_eq!((kept.as_str(), runs.as_str()), (*memory, *runtime), "{name}={written}");
        let is_refused = said(&loaded).iter().any(|line| line.contains("Impossible to set variable"));
        assert_eq!(is_refused, *refused, "{name}={written}: {:?}", said(&loaded));
    }
}

#[test]
fn variables_of_admin() {
    let loaded = load("admin_variables={ stats_system_cpu=7 version=\"9\" checksum_mysql_users=false }");
    assert_eq!(texts(&loaded, Module::Admin, "stats_system_cpu"), ("7".into(), "10".into()));
    let users = texts(&loaded, Module::Admin, "cluster_mysql_users_diffs_before_sync");
    assert_eq!(users, ("3".into(), "0".into()));
    let lines = said(&loaded);
    assert!(
        lines
            .iter()
            .any(|line| line.contains("Impossible to set read-only variable version with value \"9\""))
    );
    assert!(lines.contains(
        &"WARNING Disabling deprecated 'admin-checksum_mysql_users', setting 'admin-cluster_mysql_users_diffs_before_sync=0'"
            .to_owned()
    ));
    // Beyond the last interval the last one runs.
    let loaded = load("admin_variables={ stats_system_memory=600 debug=true }");
    assert_eq!(texts(&loaded, Module::Admin, "stats_system_memory"), ("600".into(), "600".into()));
    assert_eq!(codes(&loaded), ["variable-dropped"]);
    // Accepted while the other one is false, it runs as 0 all the same.
    let file = "admin_variables={ checksum_mysql_users=false cluster_mysql_users_diffs_before_sync=5 }";
    let users = texts(&load(file), Module::Admin, "cluster_mysql_users_diffs_before_sync");
    assert_eq!(users, ("5".into(), "0".into()));
}

#[test]
fn names_in_another_case_set_the_variable_and_stay() {
    let loaded = load("mysql_variables={ Max_Connections=5 }");
    assert_eq!(texts(&loaded, Module::Mysql, "max_connections"), ("10000".into(), "5".into()));
    assert_eq!(loaded.memory.mysql.others, [("Max_Connections".into(), "5".into())]);
    assert!(codes(&loaded).contains(&"other-case"));
}

/// Each line: charset and collation as written, and as they end up.
#[test]
fn charset_and_collation_are_settled_together() {
    let cases = [
        ("utf8mb4", "", "utf8mb4", "utf8mb4_general_ci"),
        ("", "latin1_bin", "latin1", "latin1_bin"),
        ("UTF8MB3", "utf8_bin", "UTF8MB3", "utf8_bin"),
        ("none", "utf8mb4_bin", "utf8mb4", "utf8mb4_bin"),
        ("none", "none", "utf8", "utf8_general_ci"),
        ("latin1", "none", "latin1", "latin1_swedish_ci"),
        ("latin1", "utf8mb4_bin", "utf8mb4", "utf8mb4_bin"),
    ];
    for (charset, collation, settled, with) in cases {
        let setting = |name: &str, text: &str| {
            if text.is_empty() { String::new() } else { format!("{name}=\"{text}\" ") }
        };
        let (one, other) =
            (setting("default_charset", charset), setting("default_collation_connection", collation));
        let loaded = load(&format!("mysql_variables={{ {one}{other}}}"));
        let found = (
            texts(&loaded, Module::Mysql, "default_charset").0,
            texts(&loaded, Module::Mysql, "default_collation_connection").0,
        );
        assert_eq!(found, (settled.to_owned(), with.to_owned()), "{charset} {collation}");
    }
}

#[test]
fn interfaces_that_nobody_sets_run_on_the_usual_port() {
    let loaded = load("");
    assert_eq!(texts(&loaded, Module::Mysql, "interfaces"), (String::new(), "0.0.0.0:6033".into()));
    let line = "WARNING Impossible to set variable interfaces with value \"\". Resetting to current \"\".";
    assert_eq!(loaded.messages[0].to_string(), line);
    assert!(load_for(Version::V2_0, "").messages.iter().all(|message| message.to_string() != line));
    let loaded = load_for(Version::V3_0, "");
    assert_eq!(texts(&loaded, Module::Pgsql, "interfaces"), (String::new(), "0.0.0.0:6133".into()));
}

#[test]
fn compression_is_a_capability() {
    let capabilities =
        |version, text: &str| texts(&load_for(version, text), Module::Mysql, "server_capabilities");
    let on = "mysql_variables={ have_compress=true }";
    assert_eq!(capabilities(Version::V2_7, ""), ("569867".into(), "569867".into()));
    assert_eq!(capabilities(Version::V2_7, on), ("569867".into(), "569899".into()));
    assert_eq!(capabilities(Version::V2_0, ""), ("569899".into(), "569899".into()));
    assert_eq!(capabilities(Version::V2_0, on), ("569867".into(), "569899".into()));
}

#[test]
fn files_and_folders_are_asked_for() {
    struct Nothing;
    impl Files for Nothing {
        fn can_open_folder(&self, path: &[u8]) -> bool {
            path == b"/var/log"
        }

        fn can_append(&self, path: &[u8]) -> bool {
            path == b"/data/keys"
        }
    }
    let file = "datadir=\"/data\" admin_variables={ ssl_keylog_file=\"keys\" } \
                mysql_variables={ eventslog_filename=\"/var/log/x\" auditlog_filename=\"/nowhere/x\" }";
    let loaded = Config::load(&Document::parse(file).unwrap(), &LoadOptions::new().files(&Nothing));
    assert_eq!(texts(&loaded, Module::Admin, "ssl_keylog_file"), ("keys".into(), "/data/keys".into()));
    assert_eq!(texts(&loaded, Module::Mysql, "eventslog_filename").1, "/var/log/x");
    assert_eq!(texts(&loaded, Module::Mysql, "auditlog_filename").1, "");
    let why =
        "ERROR /nowhere is an invalid value for auditlog_filename path, the directory cannot be accessed";
    assert!(said(&loaded).contains(&why.to_owned()));
}

/// Each line: a section, and what is noted of it.
#[test]
fn what_is_passed_over() {
    let cases: &[(&str, &[&str])] = &[
        ("mysql_servers=( { address=\"a\" hostgroup=1 } )", &[]),
        ("mysql_servers=( { address=\"a\" hostgroup=1 hostgroup_id=2 } )", &["shadowed-key"]),
        ("mysql_servers=( { address=\"a\" hostgroup=\"1\" hostgroup_id=2 } )", &["wrong-type"]),
        ("mysql_servers=( { address=\"a\" hostgroup=1 status=\"UP\" } )", &["not-taken"]),
        ("mysql_servers={ one={ address=\"a\" hostgroup=1 } }", &["group-for-list"]),
        ("mysql_servers=1", &["no-rows"]),
        ("mysql_servers=( 1 )", &["not-a-group"]),
        ("mysql_users=( { username=\"a\" frontend=1 } )", &["column-not-read"]),
        ("mysql_users=( { username=\"a\" usrname=\"a\" } )", &["unknown-key"]),
        ("mysql_users=( { username=\"a\" }, { username=\"a\" } )", &["replaced-row"]),
        ("mysql_users=( { username=\"a''b\" } )", &["text-changed"]),
        ("mysql_users=( { username=\"a'||'b\" } )", &["unpredictable-row"]),
        (
            "mysql_query_rules=( { rule_id=1 flagIN=-1 apply=2 cache_ttl=-5 retries=-1 } )",
            &["number-changed"; 3],
        ),
        ("mysql_variables={ threads=1.5 session_debug=1 }", &["variable-emptied", "variable-dropped"]),
        ("mysql_variables={ server_version=\"5.1.30\" }", &["runs-as"]),
        ("mysql_hostgroup_attributes=( )", &["table-not-read"]),
        ("mysql-threads=4", &["variable-outside"]),
        ("my_servers=( )", &["unknown-setting"]),
        ("datadir=1", &["wrong-type"]),
        (
            "mysql_replication_hostgroups=( { writer_hostgroup=1 reader_hostgroup=2 }, { writer_hostgroup=2 reader_hostgroup=3 } )",
            &["not-loaded"],
        ),
    ];
    for (text, noted) in cases {
        assert_eq!(codes(&load(text)), *noted, "{text}");
    }
}

#[test]
fn chained_rows_stay_in_memory() {
    let row = |writer: i32, reader: i32| format!("{{ writer_hostgroup={writer} reader_hostgroup={reader} }}");
    let file = format!("mysql_replication_hostgroups=( {}, {}, {} )", row(1, 2), row(2, 3), row(3, 8));
    let loaded = load(&file);
    assert_eq!(loaded.memory.mysql_replication_hostgroups.len(), 3);
    let left: Vec<i32> =
        loaded.runtime.mysql_replication_hostgroups.iter().map(|row| row.writer_hostgroup).collect();
    assert_eq!(left, [1]);
    let line = "ERROR Incompatible entry in mysql_replication_hostgroups will be ignored : ( 2 , 3 )";
    assert_eq!(said(&loaded)[0], line);
}

#[test]
fn runtime_has_what_is_in_use() {
    let file = "mysql_servers=( { address=\"a\" hostgroup=1 status=\"offline_hard\" }, \
                { address=\"b\" hostgroup=1 status=\"Offline_Soft\" } ) \
                mysql_users=( { username=\"on\" password=\"p\" }, { username=\"off\" active=0 } ) \
                mysql_query_rules=( { rule_id=2 active=0 }, { rule_id=-1 } )";
    let loaded = load_for(Version::V2_0, file);
    assert_eq!(loaded.memory.mysql_servers[1].status.to_string(), "Offline_Soft");
    assert_eq!(loaded.runtime.mysql_servers.len(), 1);
    assert_eq!(loaded.runtime.mysql_servers[0].status.to_string(), "OFFLINE_SOFT");
    assert_eq!(loaded.memory.mysql_query_rules.iter().map(|rule| rule.rule_id).collect::<Vec<_>>(), [-1, 2]);
    assert_eq!(loaded.runtime.mysql_query_rules.len(), 1);
    assert_eq!(loaded.runtime.mysql_users.len(), 1);
    let password =
        |loaded: &Loaded| loaded.runtime.mysql_users[0].password.as_ref().unwrap().expose().to_string();
    assert_eq!(password(&loaded), "*7B9EBEED26AA52ED10C0F549FA863F13C39E0209");
    assert_eq!(password(&load_for(Version::V2_7, file)), "p");
}

#[test]
fn a_section_of_variables_must_be_a_group() {
    let loaded = load("mysql_variables=( 1 )");
    assert!(loaded.failure.unwrap().to_string().contains("signal 11"));
    assert!(load("mysql_variables=( )").failure.is_none());
    let row = "mysql_group_replication_hostgroups=( { writer_hostgroup=1 backup_writer_hostgroup=2 \
               reader_hostgroup=3 offline_hostgroup=4 writer_is_also_reader=2 } )";
    assert!(load_for(Version::V2_0, row).failure.is_some());
    assert!(load(row).failure.is_none());
}

#[test]
fn places_are_those_of_the_file() {
    let text =
        "mysql_users=( { username=\"b\" }, { username=\"a\" password=\"x\" } ) mysql_variables={ threads=2 }";
    let document = Document::parse(text).unwrap();
    let loaded = Config::load(&document, &LoadOptions::new());
    let row = loaded.origins.row(proxysql_kit::schema::Table::MysqlUsers, 1).unwrap();
    assert_eq!(&text[row.span().range()], "{ username=\"a\" password=\"x\" }");
    assert_eq!(&text[row.column(1).unwrap().range()], "\"x\"");
    assert!(row.column(2).is_none());
    let threads = loaded.origins.variable(Module::Mysql, "threads").unwrap();
    assert_eq!(&text[threads.range()], "2");
}

#[test]
fn no_secret_is_shown() {
    let file = "mysql_users=( { username=\"a\" password=\"hun'ter2\" } ) \
                admin_variables={ cluster_password=\"hunter3\" my_password=\"hunter4\" admin_credentials=\"\" }";
    let loaded = load(file);
    let shown = format!("{loaded:?} {:?} {:?}", said(&loaded), loaded.notes);
    assert!(!shown.contains("ter2") && !shown.contains("hunter"), "{shown}");
}

/// Names that mean something to a server, and values of every type.
fn text() -> impl Strategy<Value = String> {
    let names = [
        "mysql_servers",
        "mysql_users",
        "mysql_query_rules",
        "admin_variables",
        "mysql_variables",
        "scheduler",
        "proxysql_servers",
        "restapi",
        "pgsql_users",
        "datadir",
        "address",
        "hostgroup",
        "port",
        "username",
        "rule_id",
        "threads",
        "interfaces",
        "x",
    ];
    let values = [
        "1",
        "-1",
        "true",
        "1.5",
        "5L",
        "\"a\"",
        "\"it's\"",
        "\"a\\\"b\"",
        "\"\\xff\"",
        "${X}",
        "[ 1 ]",
        "( )",
        "{ }",
    ];
    let leaf = (select(names.to_vec()), select(values.to_vec()))
        .prop_map(|(name, value)| format!("{name}={value} "));
    leaf.prop_recursive(4, 40, 6, move |inner| {
        (select(names.to_vec()), proptest::collection::vec(inner, 0..6), any::<bool>()).prop_map(
            |(name, inner, is_list)| {
                let entries = || inner.iter().map(|one| format!("{{ {one} }}")).collect::<Vec<_>>().join(",");
                if is_list {
                    format!("{name}=( {} ) ", entries())
                } else {
                    format!("{name}={{ {} }} ", inner.concat())
                }
            },
        )
    })
}

proptest! {
    #[test]
    fn loading_never_panics_and_places_lie_in_the_file(text in text()) {
        let options = ParseOptions::new().placeholders(true);
        let Ok(document) = Document::parse_with(text.as_str(), &options) else { return Ok(()) };
        for version in Version::ALL {
            let loaded = Config::load(&document, &LoadOptions::new().version(version));
            let messages = loaded.messages.iter().filter_map(|message| message.span);
            for span in messages.chain(loaded.notes.iter().map(|note| note.span)) {
                prop_assert!(text.get(span.range()).is_some());
            }
            // Twice the same.
            let again = Config::load(&document, &LoadOptions::new().version(version));
            prop_assert_eq!(again.memory, loaded.memory);
            prop_assert_eq!(again.notes, loaded.notes);
        }
    }
}
