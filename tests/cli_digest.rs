//! The command `digest`, as people and scripts see it.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used)]

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::{Value as Json, json};

fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxysql-kit"));
    command.arg("digest").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn stdout(arguments: &[&str], input: &[u8]) -> String {
    let output = run(arguments, input);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn objects(text: &str) -> Vec<Json> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn queries_are_arguments_or_lines() {
    let expected = "0x1C46AE529DD5A40E  SELECT ?\n0x75718A2A256F7E58  SELECT a\n";
    assert_eq!(stdout(&["SELECT 1", "SELECT a"], b""), expected);
    assert_eq!(stdout(&[], b"SELECT 1\r\n\nSELECT a"), expected);
    assert_eq!(stdout(&["-0"], b"SELECT\n1\0SELECT a\0"), expected);
}

#[test]
fn for_machines_one_object_a_line() {
    let text = stdout(&["--json", "SELECT /* hostgroup=1 */ 1", "COMMIT"], b"");
    assert_eq!(
        objects(&text),
        [
            json!({
                "query": "SELECT /* hostgroup=1 */ 1",
                "digest_text": "SELECT ?",
                "digest": "0x1C46AE529DD5A40E",
                "first_comment": " hostgroup=1 ",
            }),
            json!({ "query": "COMMIT", "digest_text": "COMMIT", "digest": "0x695FBF255DBEB0DD", "first_comment": null }),
        ]
    );
    let short = objects(&stdout(&["--json", "--no-query"], b"SELECT '\xFF' \xFF"));
    assert!(short[0].get("query").is_none());
    assert_eq!(short[0]["digest_text"], "SELECT ? \u{FFFD}");
}

#[test]
fn options_are_flags() {
    let query = "INSERT INTO T1 /* c */ VALUES (1,NULL,3),(1,2,3),(1,2,3)";
    let text = |flags: &[&str]| {
        let line = stdout(&[flags, &[query]].concat(), b"");
        line.split_once("  ").unwrap().1.trim_end().to_owned()
    };
    assert_eq!(text(&[]), "INSERT INTO T1 VALUES (?,NULL,?),(?,?,?),(?,?,?)");
    assert_eq!(text(&["--lowercase"]), "insert into t1 values (?,null,?),(?,?,?),(?,?,?)");
    assert_eq!(text(&["--no-digits"]), "INSERT INTO T? VALUES (?,NULL,?),(?,?,?),(?,?,?)");
    assert_eq!(text(&["--keep-comment"]), "INSERT INTO T1 /* c */ VALUES (?,NULL,?),(?,?,?),(?,?,?)");
    let grouped = ["--replace-null", "--grouping-limit=1", "--groups-grouping-limit=2"];
    assert_eq!(text(&grouped), "INSERT INTO T1 VALUES (?,...),(?,...),...");
    // A comment that begins at the limit is none.
    assert_eq!(text(&["--max-query-length=16"]), "INSERT INTO T1 /");
    assert_ne!(stdout(&["--max-digest-length=16", query], b""), stdout(&[query], b""));
}

#[test]
fn what_no_server_takes_is_refused() {
    let output = run(&["--grouping-limit=0", "SELECT 1"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("1..=2089"));
}
