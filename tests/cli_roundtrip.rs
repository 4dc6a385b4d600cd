//! The command `roundtrip`, as people and scripts see it. `UPDATE_GOLDEN=1` writes the golden files anew.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/command.rs"]
mod command;

use command::{golden, text};
use serde_json::Value as Json;

fn run(arguments: &[&str]) -> std::process::Output {
    command::run(&[&["roundtrip"], arguments].concat())
}

#[test]
fn what_is_lost_is_told_with_its_reason() {
    for (file, expected) in [("lossy.sql", "lossy.txt"), ("lossy-saved.sql", "lossy-saved.txt")] {
        let output = run(&[&format!("tests/roundtrip/{file}")]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        let told = text(&output.stdout);
        assert!(!told.contains("hunter"), "{told}");
        golden(&format!("tests/roundtrip/{expected}"), &told);
    }
}

#[test]
fn for_machines() {
    let output = run(&["tests/roundtrip/lossy.sql", "--json"]);
    let json: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["ok"], false);
    let outcomes: Vec<_> = json["forms"].as_array().unwrap().iter().map(|form| &form["outcome"]).collect();
    assert_eq!(outcomes, ["differs", "differs", "equal", "equal", "equal"]);
    let lost = json["forms"][0]["lost"].as_array().unwrap();
    let routes = lost.iter().find(|lost| lost["table"] == "mysql_query_rules_fast_routing").unwrap();
    assert_eq!((&routes["code"], &routes["row"]), (&"no-section".into(), &Json::Null));
    let rule = lost.iter().find(|lost| lost["table"] == "mysql_query_rules").unwrap();
    assert_eq!((&rule["column"], &rule["row"]["key"]), (&"mirror_hostgroup".into(), &"rule_id=1".into()));
}

#[test]
fn nothing_lost_is_fine() {
    for version in ["2.0", "2.7", "3.0"] {
        let output = run(&["tests/golden/seed.cnf", "--target", version, "--only", "cnf", "--only", "json"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    }
    assert_eq!(run(&["tests/roundtrip/none.cnf"]).status.code(), Some(2));
}
