//! The commands `route` and `test-rules`, as people and scripts see them. `UPDATE_GOLDEN=1` writes the golden
//! files anew.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/command.rs"]
mod command;

use serde_json::Value as Json;

use command::{code, golden, root, run, run_with, text};

const SEED: &str = "examples/proxysql.cnf";
const OTHER: &str = "tests/route/other.cnf";
const QUERIES: &str = "tests/route/queries.sql";

/// The exit code, and what is on standard output and error.
fn ran(arguments: &[&str]) -> (i32, String, String) {
    let output = run(arguments);
    (code(&output), text(&output.stdout), text(&output.stderr))
}

fn json(arguments: &[&str]) -> Json {
    serde_json::from_slice(&run(arguments).stdout).unwrap()
}

#[test]
fn the_seeds_rules() {
    let queries = ["SELECT * FROM t FOR UPDATE", "select 1", "DELETE FROM t"];
    let arguments = [&["route", SEED, "--user", "wordpress", "--schema", "shop"], &queries[..]].concat();
    let (exit, out, err) = ran(&arguments);
    assert_eq!((exit, err.as_str()), (0, ""));
    golden("tests/route/routes.txt", &out);
    let json = json(&[&arguments[..], &["--json"]].concat());
    let found: Vec<_> = json["queries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|query| (query["route"]["hostgroup"].clone(), query["route"]["matched"].clone()))
        .collect();
    let expected = [(10, 100), (20, 200), (10, 300)]
        .map(|(hostgroup, rule)| (Json::from(hostgroup), serde_json::json!([rule])));
    assert_eq!(found, expected);
}

#[test]
fn a_route_is_explained() {
    let (locking, query) = ("SELECT c FROM t WHERE id = 7 FOR UPDATE", "SELECT c FROM t WHERE id = 7");
    let arguments = ["route", SEED, "--user", "sbtest", "--schema", "shop", "--explain", locking, query];
    let (exit, out, _) = ran(&arguments);
    assert_eq!(exit, 0);
    golden("tests/route/explained.txt", &out);
    assert!(
        text(&run(&[&arguments[..], &["--color", "always"]].concat()).stdout).contains("\x1b[32m+ rule 200")
    );
    let json = json(&[&arguments[..], &["--json"]].concat());
    assert_eq!(json["queries"][0]["route"]["hostgroup"], 10);
    assert_eq!(json["queries"][1]["query"], query);
    assert_eq!(json["queries"][1]["steps"].as_array().unwrap().len(), 3);
    assert_eq!(json["queries"][1]["route"]["hostgroup"], 20);
}

/// An option that would have no effect is refused.
#[test]
fn options_of_logs_want_a_log() {
    for option in [["--against", SEED], ["--log-format", "sql"], ["--threads", "2"], ["--top", "2"]] {
        for query in [&[][..], &["SELECT 1"]] {
            let (exit, out, err) = ran(&[&["route", SEED][..], &option, query].concat());
            assert!(exit == 2 && out.is_empty() && err.contains(option[0]), "{option:?} {query:?}: {err}");
        }
    }
}

#[test]
fn an_empty_query_is_a_query() {
    let (exit, out, _) = ran(&["route", SEED, "--user", "sbtest", ""]);
    assert_eq!((exit, out.as_str()), (0, "\n  -> hostgroup 10, chosen by rule 300\n"));
}

#[test]
fn queries_on_standard_input_share_a_session() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rules.cnf");
    let rules =
        "mysql_query_rules = ({ rule_id = 1, schemaname = \"shop\", next_query_flagIN = 5, OK_msg = \"\" },
        { rule_id = 2, schemaname = \"information_schema\", next_query_flagIN = 5 },
        { rule_id = 3, flagIN = 5, destination_hostgroup = 7, client_addr = \"10.%.1\" },
        { rule_id = 4, flagIN = 5, destination_hostgroup = 7, error_msg = \"no\" })";
    std::fs::write(&file, rules).unwrap();
    let output = run_with(&["route", file.to_str().unwrap()], "SELECT 1;\n\n-- two\nSELECT 2\n");
    assert_eq!(
        text(&output.stdout),
        "SELECT 1\n  -> hostgroup 0, chosen by nobody (the user is unknown)\n\
         SELECT 2\n  -> error 1148 at once: \"no\"\n"
    );
    assert!(text(&output.stderr).starts_with("warning: rule 3 is not loaded"), "{}", text(&output.stderr));
}

#[test]
fn traffic_spreads() {
    let arguments = ["route", SEED, "--user", "wordpress", "--from", QUERIES];
    let (exit, out, err) = ran(&arguments);
    assert_eq!((exit, err.as_str()), (0, ""));
    golden("tests/route/spread.txt", &out);
    let json = json(&[&arguments[..], &["--json"]].concat());
    assert_eq!(json["spread"]["queries"], 6);
    assert_eq!(json["spread"]["rules"][1], serde_json::json!({ "rule_id": 200, "matched": 3 }));
    assert_eq!(json["logs"][0]["format"], "sql");
    // The same log twice, in one run.
    let twice =
        ["route", SEED, "--user", "wordpress", "--from", QUERIES, "--from", QUERIES, "--threads", "3"];
    assert!(ran(&twice).1.contains("12 queries"));
}

#[test]
fn what_would_move() {
    let arguments = ["route", SEED, "--user", "wordpress", "--from", QUERIES, "--against", OTHER];
    let (exit, out, _) = ran(&arguments);
    assert_eq!(exit, 1);
    golden("tests/route/moves.txt", &out);
    let json = json(&[&arguments[..], &["--format", "json"]].concat());
    let moves = &json["spread"]["moves"];
    assert_eq!((&moves[0]["count"], &moves[0]["to"]["hostgroup"]), (&2.into(), &30.into()));
    assert_eq!(json["spread"]["moved_by_rule_only"], 1);
    let top = ran(&[&arguments[..], &["--top", "1"]].concat()).1;
    assert!(top.contains("1  of other statements"), "{top}");
    let same = ran(&["route", SEED, "--from", QUERIES, "--against", SEED]);
    assert!(same.0 == 0 && same.1.contains("nothing would move"), "{same:?}");
}

#[test]
fn digests_are_not_certain() {
    let (exit, out, _) = ran(&["route", SEED, "--from", "tests/route/digests.csv"]);
    assert_eq!(exit, 0);
    golden("tests/route/digests.txt", &out);
}

#[test]
fn a_broken_log_counts_as_far_as_it_goes() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("events");
    std::fs::write(&log, "{\"query\":\"SELECT 1\",\"username\":\"sbtest\"}\n{\"query\":\"SEL").unwrap();
    let (exit, out, err) = ran(&["route", SEED, "--from", log.to_str().unwrap()]);
    assert_eq!(exit, 2);
    assert!(out.contains("1 query\n"), "{out}");
    assert!(err.contains("events: line 2: the log ends within this record"), "{err}");
    let (exit, _, err) = ran(&["route", SEED, "--from", "no-such-log"]);
    assert!(exit == 2 && err.contains("error: no-such-log: ") && !err.contains("is counted"), "{err}");
    std::fs::write(&log, b"\x1f\x8b\x08\0").unwrap();
    let (exit, out, err) = ran(&["route", SEED, "--from", log.to_str().unwrap()]);
    assert!(exit == 2 && out.is_empty() && err.contains("it is compressed; try: zcat "), "{out}{err}");
    let (exit, _, err) = ran(&["route", SEED, "--from", QUERIES, "--log-format", "eventslog-binary"]);
    assert!(exit == 2 && err.contains("queries.sql: byte 0: "), "{err}");
}

#[test]
fn tests_that_pass() {
    let (exit, out, err) = ran(&["test-rules", SEED, "tests/route/seed.toml", "--coverage"]);
    assert_eq!((exit, err.as_str()), (0, ""), "{out}");
    golden("tests/route/passed.txt", &out);
}

#[test]
fn tests_that_fail() {
    let arguments = ["test-rules", SEED, "tests/route/failing.toml"];
    let (exit, out, _) = ran(&[&arguments[..], &["--coverage"]].concat());
    assert_eq!(exit, 1);
    golden("tests/route/failed.txt", &out);
    golden("tests/route/failed.xml", &ran(&[&arguments[..], &["--format", "junit"]].concat()).1);
    let json = json(&[&arguments[..], &["--json"]].concat());
    assert_eq!((&json["report"]["tests"], &json["report"]["failed"]), (&2.into(), &1.into()));
    let failure = &json["report"]["files"][0]["tests"][1]["failures"][0];
    assert_eq!((&failure["expected"], &failure["actual"]), (&"20".into(), &"10".into()));
    assert_eq!(failure["explanation"]["steps"].as_array().unwrap().len(), 4);
    assert_eq!(json["report"]["coverage"]["unreached"], serde_json::json!([100]));
}

#[test]
fn reports_and_exits_for_ci() {
    let dir = tempfile::tempdir().unwrap();
    let xml = dir.path().join("report.xml");
    let tests = "tests/route/seed.toml";
    let (exit, out, _) = ran(&["test-rules", SEED, tests, "--junit", xml.to_str().unwrap()]);
    assert_eq!(exit, 0);
    assert!(out.contains("4 tests, 0 failed"), "{out}");
    let xml = std::fs::read_to_string(xml).unwrap();
    assert!(xml.contains("tests=\"4\" failures=\"0\""), "{xml}");
    assert_eq!(ran(&["test-rules", SEED, tests, "--min-coverage", "100"]).0, 0);
    let (exit, _, err) = ran(&["test-rules", OTHER, tests, "--min-coverage", "90"]);
    assert!(exit == 1 && err.contains("of the active rules, less than 90 %"), "{err}");

    // Where the report cannot be written, what came of the tests is told all the same.
    let nowhere = dir.path().join("none/report.xml");
    let (exit, out, err) = ran(&["test-rules", SEED, tests, "--junit", nowhere.to_str().unwrap()]);
    assert!(exit == 2 && out.contains("0 failed") && err.contains("none/report.xml: "), "{out}{err}");
    let (exit, _, err) = ran(&["test-rules", "-", "-"]);
    assert!(exit == 2 && err.contains("only one file can be standard input"), "{err}");

    let wrong = dir.path().join("wrong.toml");
    std::fs::write(&wrong, "[[test]]\nquery = \"x\"\nexpect.hostgrup = 1\n").unwrap();
    let (exit, _, err) = ran(&["test-rules", SEED, wrong.to_str().unwrap()]);
    assert!(exit == 2 && err.contains("wrong.toml:3:8: there is no field `hostgrup`: did you mean"), "{err}");
    assert_eq!(ran(&["test-rules", "no-such-file", tests]).0, 2);
    assert_eq!(ran(&["check", SEED, "--format", "junit"]).0, 2);
}

#[test]
fn help_has_groups() {
    let (_, help, _) = ran(&["--help"]);
    let places: Vec<_> = ["Files:\n  check", "Rules:\n  route", "Cluster:\n", "Options:\n"]
        .map(|part| help.find(part).unwrap_or_else(|| panic!("{part}: {help}")))
        .into();
    assert!(places.is_sorted(), "{help}");
}

#[test]
fn the_readme_shows_what_is_printed() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for name in ["explained.txt", "moves.txt"] {
        let shown = std::fs::read_to_string(root().join("tests/route").join(name)).unwrap();
        let body = shown.strip_prefix("tests/route/queries.sql: sql\n").unwrap_or(&shown);
        assert!(readme.contains(body), "{name}");
    }
    let tests = readme.split_once("```toml\n[session]").unwrap().1.split_once("```").unwrap().0;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("routing.toml");
    std::fs::write(&file, format!("[session]{tests}")).unwrap();
    let (exit, out, _) = ran(&["test-rules", SEED, file.to_str().unwrap(), "--coverage"]);
    assert!(exit == 0 && readme.contains(&out), "{out}");
}
