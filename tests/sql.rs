//! Configurations as admin SQL and back, and differences that are run. `UPDATE_GOLDEN=1` writes the golden
//! files anew.

#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/configs.rs"]
mod configs;

use configs::Scope;
use proptest::prelude::*;
use proxysql_kit::config::{Config, DeleteFirst, SqlOptions, SqlReadOptions, SqlScript, diff};
use proxysql_kit::schema::{
    MysqlGaleraHostgroup, MysqlReplicationHostgroup, MysqlServer, MysqlUser, Table, Version,
};

/// What a script makes of a server that holds this.
fn run(script: &str, start: &Config) -> Config {
    match SqlScript::run(script, &SqlReadOptions::new().start(start.clone())) {
        Ok(script) => script.config,
        Err(error) => panic!("{error}\n{script}"),
    }
}

/// An empty server that was started with the same settings.
fn empty(config: &Config) -> Config {
    let mut empty = Config::new(config.version);
    empty.settings = config.settings.clone();
    empty
}

fn assert_turns(from: &Config, to: &Config) -> Result<(), TestCaseError> {
    let plan = diff(from, to);
    let script = plan.to_sql(&SqlOptions::new().load(true).save(true));
    let mut found = run(&script, from);
    found.settings = to.settings.clone();
    let left = diff(&found, to);
    prop_assert!(left.is_empty(), "{script}\n{}", left.with_secrets());
    // The least: a script that changes nothing has no statement.
    prop_assert_eq!(script.is_empty(), plan.only(&plan.modules()).is_empty() && plan.modules().is_empty());
    Ok(())
}

/// Two servers' configurations that have much in common.
fn pair() -> impl Strategy<Value = (Config, Config)> {
    prop::sample::select(Version::ALL.to_vec()).prop_flat_map(|version| {
        let side = || configs::config(version, Scope::Server);
        (side(), side(), any::<u64>()).prop_map(move |(one, other, choice)| {
            // What both hold together, by SQLite's own rule, is the second.
            let add = other
                .to_sql(&SqlOptions::new().delete(DeleteFirst::None))
                .replace("INSERT INTO", "INSERT OR REPLACE INTO");
            let mut both = run(&add, &one);
            for (bit, &table) in Table::ALL.iter().enumerate() {
                let rows = both.table_mut(table);
                let keep = choice.rotate_left(u32::try_from(bit).unwrap());
                rows.retain_indices(&mut |index| keep >> (index % 64) & 1 == 1);
            }
            (one, both)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_reads_back(config in configs::any_version(Scope::Server), all in any::<(bool, bool)>()) {
        let options = SqlOptions::new().all_columns(all.0).all_variables(all.1).load(true).save(true);
        let script = config.to_sql(&options);
        prop_assert!(run(&script, &empty(&config)) == config, "{}", script);
        // Over whatever was there.
        let whole = config.to_sql(&options.delete(DeleteFirst::All).all_variables(true));
        let other = run("SET mysql-threads=7; INSERT INTO mysql_users (username) VALUES ('x')", &empty(&config));
        prop_assert!(run(&whole, &other) == config, "{}", whole);
    }

    #[test]
    fn differences_turn_the_one_into_the_other((from, to) in pair()) {
        assert_turns(&from, &to)?;
        assert_turns(&to, &from)?;
        assert_turns(&empty(&to), &to)?;
        let (plan, back) = (diff(&from, &to), diff(&to, &from));
        prop_assert_eq!(plan.reversed().summary(), back.summary());
        prop_assert_eq!(plan.reversed().reversed().to_string(), plan.to_string());
        prop_assert!(diff(&from, &from).is_empty());
    }

    /// Readers that change places, in circles of any length: every step must be allowed.
    #[test]
    fn rows_may_change_places(
        old in Just((1..9).collect::<Vec<i32>>()).prop_shuffle(),
        new in Just((1..9).collect::<Vec<i32>>()).prop_shuffle(),
        third in Just((1..9).collect::<Vec<i32>>()).prop_shuffle(),
        counts in (0..8_usize, 0..8_usize),
    ) {
        let config = |readers: &[i32], others: &[i32], count: usize| {
            let mut config = Config::default();
            for (writer, (&reader, &other)) in (0..).zip(readers.iter().zip(others)).take(count) {
                let (writer_hostgroup, reader_hostgroup) = (100 + writer, reader);
                config.mysql_replication_hostgroups.push(MysqlReplicationHostgroup {
                    writer_hostgroup, reader_hostgroup, ..MysqlReplicationHostgroup::default()
                });
                config.mysql_galera_hostgroups.push(MysqlGaleraHostgroup {
                    writer_hostgroup, reader_hostgroup, backup_writer_hostgroup: other + 20,
                    offline_hostgroup: 50 - other + reader % 2 * 10,
                    ..MysqlGaleraHostgroup::default()
                });
            }
            run(&config.to_sql(&SqlOptions::new()).replace("INSERT INTO", "INSERT OR REPLACE INTO"), &Config::default())
        };
        assert_turns(&config(&old, &third, counts.0), &config(&new, &old, counts.1))?;
    }

    #[test]
    fn no_configuration_is_too_odd((from, to) in (configs::any_version(Scope::Any), configs::any_version(Scope::Any))) {
        let plan = diff(&from, &to);
        _ = plan.to_sql(&SqlOptions::new());
        _ = (from.to_sql(&SqlOptions::new()), serde_json::to_string(&plan).unwrap());
        prop_assert!(plan.to_string().lines().all(|line| !line.contains(|c: char| c.is_control())));
    }

    #[test]
    fn no_script_is_too_odd(script in prop::collection::vec(prop::sample::select(vec![
        "INSERT INTO ", "mysql_users", " (username)", " VALUES ", "('a'", ")", "'", "\"", ";", "\n", "-- ", "#", "/*", "*/",
        "SET ", "mysql-threads", "=", "4", "LOAD ", "SAVE ", "MYSQL USERS ", "TO ", "FROM ", "DISK", "RUNTIME", "MEMORY", "é",
        "SELECT ", "WITH a AS (SELECT 1) ", "DELETE FROM ", "UPDATE ", " WHERE ", "global_variables", " SET variable_value=", "\0", "[",
        "INSERT INTO mysql_users (username) VALUES ('x')",
    ]), 0..14)) {
        if let Err(error) = Config::from_sql(script.concat()) {
            prop_assert!(error.offset() <= script.concat().len());
            prop_assert!(!error.to_string().is_empty());
        }
    }
}

fn example() -> (Config, Config) {
    let server = |hostgroup_id, hostname: &str, weight| MysqlServer {
        hostgroup_id,
        hostname: hostname.into(),
        weight,
        ..MysqlServer::default()
    };
    let user = |username: &str, password: &str| MysqlUser {
        username: username.into(),
        password: Some(password.into()),
        ..MysqlUser::default()
    };
    let pair = |writer_hostgroup, reader_hostgroup| MysqlReplicationHostgroup {
        writer_hostgroup,
        reader_hostgroup,
        ..MysqlReplicationHostgroup::default()
    };
    let mut old = Config::default();
    old.settings.datadir = Some("/var/lib/proxysql".into());
    old.mysql.max_connections = 2048;
    old.mysql.monitor_password = "hunter2".into();
    old.mysql.others.push(("Threads".into(), "8".into()));
    old.mysql_servers.extend([server(10, "db1", 1), server(10, "db2", 1), server(20, "db3", 5)]);
    old.mysql_users.extend([user("app", "hunter3"), user("old", "hunter4")]);
    old.mysql_replication_hostgroups.extend([pair(10, 20), pair(30, 40)]);
    let mut new = old.clone();
    new.settings.datadir = None;
    new.mysql.max_connections = 4096;
    new.mysql.monitor_password = "hunter5".into();
    new.mysql.others.clear();
    new.admin.web_enabled = true;
    new.mysql_servers.get_mut(0).unwrap().comment = "it's\nhere".into();
    new.mysql_servers.get_mut(0).unwrap().max_connections = 200;
    new.mysql_servers.remove(1);
    new.mysql_servers.push(server(20, "db4", 7));
    new.mysql_users.get_mut(0).unwrap().password = Some("hunter6".into());
    new.mysql_users.remove(1);
    new.mysql_users.push(user("new", "hunter7"));
    new.mysql_replication_hostgroups.clear();
    new.mysql_replication_hostgroups.extend([pair(10, 40), pair(30, 20)]);
    (old, new)
}

fn golden(name: &str, found: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(file, found).unwrap();
        return;
    }
    assert_eq!(found, std::fs::read_to_string(&file).unwrap_or_default(), "{}", file.display());
}

#[test]
fn a_plan_is_as_it_was_read_and_liked() {
    let (old, new) = example();
    let plan = diff(&old, &new);
    let json = serde_json::to_string_pretty(&plan).unwrap();
    for told in [&plan.to_string(), &json, &format!("{plan:?}")] {
        assert!(!told.contains("hunter"), "{told}");
    }
    assert!(plan.with_secrets().to_string().contains("hunter6"));
    golden("plan.txt", &plan.to_string());
    golden("plan.json", &json);
    golden("plan.sql", &plan.to_sql(&SqlOptions::new().load(true).save(true)));
    golden("config.sql", &new.to_sql(&SqlOptions::new().load(true).save(true)));
    let only = plan.only(&[proxysql_kit::config::LoadModule::MysqlUsers]);
    assert_eq!(only.summary().add + only.summary().change + only.summary().remove, 3);
}
