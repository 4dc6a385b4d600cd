//! The command `explain-log`, as people and scripts see it.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used)]

#[path = "support/command.rs"]
mod support;

use serde_json::{Value as Json, json};
use support::{code, golden, run, run_with, text};

const THREE: &str = "tests/explain_log/three.log";

#[test]
fn the_story_of_the_seed() {
    let output = run(&["explain-log", "proxysql-0=tests/explain_log/seed.log"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    golden("tests/explain_log/seed.txt", &text(&output.stdout));
}

#[test]
fn the_story_of_two_nodes_in_one_file() {
    let output = run(&["explain-log", THREE]);
    assert_eq!(code(&output), 1, "{}", text(&output.stderr));
    golden("tests/explain_log/three.txt", &text(&output.stdout));
    assert!(!text(&output.stdout).contains("s3cret"));
}

#[test]
fn for_machines() {
    let output = run(&["explain-log", "--json", THREE]);
    let told: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["logs"][0]["node"], "px-0");
    let pull = told["chapters"]
        .as_array()
        .unwrap()
        .iter()
        .find(|chapter| chapter["what"]["what"] == "pull")
        .unwrap();
    assert_eq!(
        pull["what"],
        json!({
            "what": "pull", "peer": "px-0:6032", "module": "mysql_users", "version": 2, "epoch": 1_767_261_660,
            "diff_check": 3, "end": { "loaded": { "saved": false } },
        })
    );
    let kinds: Vec<_> =
        told["obstacles"].as_array().unwrap().iter().map(|found| found["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["unreachable", "conflict", "not_saved", "off"]);
    assert!(told["obstacles"][0]["remedy"].as_str().unwrap().contains("admin_credentials"));
    let short = run(&["explain-log", "--json", "--short", THREE]);
    let short: Json = serde_json::from_slice(&short.stdout).unwrap();
    assert_eq!((&short["chapters"], &short["obstacles"]), (&json!([]), &told["obstacles"]));
}

#[test]
fn what_is_no_log_is_told() {
    let output = run_with(&["explain-log", "-"], "nothing\n");
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("no line is one of ProxySQL's"));
    let output = run(&["explain-log", "tests/explain_log/none.log"]);
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("none.log"));
}

/// What is compressed, or of another encoding, is said, with a way out; line ends of Windows do no harm.
#[test]
fn other_kinds_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let seed = std::fs::read_to_string("tests/explain_log/seed.log").unwrap();
    let utf_16: Vec<u8> =
        [0xFEFF].into_iter().chain(seed.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (name, bytes, words) in [
        ("log.gz", &b"\x1f\x8b\x08\0\0\0"[..], "it is compressed (gzip): `zcat "),
        ("log.zst", b"\x28\xb5\x2f\xfd\0", "it is compressed (zstd): `zstdcat "),
        ("log.txt", &utf_16, "it is UTF-16: `iconv -f UTF-16 "),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let output = run(&["explain-log", file.to_str().unwrap()]);
        assert_eq!(code(&output), 2);
        assert!(text(&output.stderr).contains(words), "{}", text(&output.stderr));
    }
    let plain = run_with(&["explain-log", "-"], &seed);
    let windows = run_with(&["explain-log", "-"], &seed.replace('\n', "\r\n"));
    assert_eq!(text(&plain.stdout), text(&windows.stdout));
}

#[test]
fn odd_input_is_passed_over() {
    let mut input = "x".repeat(200_000) + "\n";
    input += "2026-01-01 10:00:00 [INFO] Created new Cluster Node Entry for host px-1:6032\n";
    input += "\u{0}\u{FFFD}[ERROR] ] [\n2026-01-01 10:00:00 [INFO] \n";
    let output = run_with(&["explain-log", "-"], &input);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("px-1:6032 is a peer now"));
}
