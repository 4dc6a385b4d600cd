//! The command `checksum`, as people and scripts see it.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used)]

#[path = "support/command.rs"]
mod command;

use command::{code, run, run_with, text};
use serde_json::Value as Json;

const SEED: &str = "examples/proxysql.cnf";

fn told(arguments: &[&str]) -> String {
    let output = run(&[&["checksum", SEED], arguments].concat());
    assert_eq!((code(&output), text(&output.stderr).as_str()), (0, ""));
    text(&output.stdout)
}

/// The rules' checksum was printed in the log of the server that the file comes from; the README says so.
#[test]
fn what_the_readme_shows() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let command = "$ cargo run --features cli -- checksum examples/proxysql.cnf\n";
    let shown = readme.split_once(command).unwrap().1.split_once("```").unwrap().0;
    assert_eq!(told(&[]), shown);
    assert!(shown.contains("mysql_query_rules 0x3FEC69A5C9D96848\n"));
}

/// A server of that version said so, with its monitor off.
#[test]
fn the_known_answers_of_2_0() {
    assert_eq!(
        told(&["--target", "2.0"]),
        "\
admin_variables (not computed)
mysql_query_rules 0x3FEC69A5C9D96848
mysql_servers 0x788C53BEF92F5C71 (with the monitor off)
mysql_users 0x51BAFDE21799F532
mysql_variables (not computed)
proxysql_servers 0xC2AEF9DFA5A0229A
global 2854949138372511685
"
    );
    let json: Json = serde_json::from_str(&told(&["--target", "2.0", "--json"])).unwrap();
    let certainties: Vec<_> =
        json["modules"].as_array().unwrap().iter().map(|one| &one["certainty"]).collect();
    assert_eq!(certainties, ["not-computed", "known", "without-monitor", "known", "not-computed", "known"]);
    assert_eq!(
        (&json["global"], &json["modules"][0]["checksum"]),
        (&"2854949138372511685".into(), &Json::Null)
    );
}

/// What the server calls itself is one of its variables.
#[test]
fn the_version_string_takes_part() {
    let (usual, other) = (told(&[]), told(&["--version-string", "2.7.1-16-g2726c27"]));
    let differing: Vec<_> = usual
        .lines()
        .zip(other.lines())
        .filter(|(one, other)| one != other)
        .map(|(line, _)| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(differing, ["admin_variables", "global"]);
    assert!(told(&["--target", "3.0"]).contains("pgsql_variables (not computed)\nproxysql_servers 0x"));
}

#[test]
fn what_cannot_be_told() {
    let unknown = "mysql_users=( { username=\"a'||'b\" } )";
    let output = run_with(&["checksum", "-"], unknown);
    assert_eq!(code(&output), 1);
    let out = text(&output.stdout);
    assert!(out.contains("mysql_users (unknown)\n") && out.ends_with("global (unknown)\n"), "{out}");
    assert_eq!(code(&run_with(&["checksum", "-"], "mysql_users = (")), 1);
    assert_eq!(code(&run(&["checksum", "none.cnf"])), 2);
}
