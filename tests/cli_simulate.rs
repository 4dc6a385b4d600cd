//! The command `simulate`, as people and scripts see it. `UPDATE_GOLDEN=1` writes the golden files anew.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/command.rs"]
mod command;

use command::{code, golden, run, run_with, text};

const SCENARIO: &str = "examples/scenarios/core-restarted.toml";

#[test]
fn a_report_and_a_picture() {
    let folder = tempfile::tempdir().unwrap();
    let svg = folder.path().join("out.svg");
    let output = run(&["simulate", SCENARIO, "--svg", svg.to_str().unwrap()]);
    assert_eq!((code(&output), text(&output.stderr).as_str()), (0, ""));
    golden("tests/sim/core-restarted.txt", &text(&output.stdout));
    assert!(std::fs::read_to_string(svg).unwrap().starts_with("<svg"));
}

#[test]
fn json_has_everything() {
    let output = run(&["simulate", SCENARIO, "--json", "--seed", "9"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["seed"], 9);
    let rules =
        json["modules"].as_array().unwrap().iter().find(|module| module["name"] == "mysql_query_rules");
    assert_eq!(rules.unwrap()["winner"], "new rules");
    assert!(json["log"][0]["level"] == "INFO" && json["marks"][0]["kind"] == "load");
}

#[test]
fn the_log_is_that_of_the_nodes() {
    let output = run(&["simulate", SCENARIO, "--log"]);
    assert!(text(&output.stdout).contains(
        "proxysql-1:6032 2023-11-14 22:13:20 [INFO] Created new Cluster Node Entry for host proxysql-0:6032\n"
    ));
}

#[test]
fn exit_codes() {
    let unexpected = "nodes = 2\nduration = \"5s\"\n[expect]\nmodule = \"mysql_users\"\npulls = 1\n";
    let output = run_with(&["simulate", "-"], unexpected);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stdout).contains("FAIL  mysql_users: pulls: 1, but there are 0"));
    let output = run_with(&["simulate", "-"], "nodes = 2\nnode = 3\n");
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("<stdin>:2:8: "), "{}", text(&output.stderr));
    assert_eq!(code(&run(&["simulate", "none.toml"])), 2);
    assert_eq!(code(&run_with(&["simulate", "-"], "nodes = 1\nconfig = \"none.cnf\"\n")), 2);
}
