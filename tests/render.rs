//! The commands on files with placeholders. `UPDATE_GOLDEN=1` writes the golden files anew.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;

const TEMPLATE: &str = "tests/cli/render/template.cnf";
const VALUES: &str = "tests/cli/render/values.yaml";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxysql-kit"));
    command.args(arguments).current_dir(root()).env_clear();
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn run_with(arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Output {
    let mut child = command(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that fails may not read its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn golden(name: &str, found: &str) {
    let file = root().join("tests/cli/render").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(file, found).unwrap();
        return;
    }
    assert_eq!(found, std::fs::read_to_string(&file).unwrap_or_default(), "{}", file.display());
}

#[test]
fn check_says_that_there_are_placeholders() {
    let output = run(&["check", "--strict", TEMPLATE]);
    assert_eq!(code(&output), 0);
    golden("check.stdout", &text(&output.stdout));
    golden("check.stderr", &text(&output.stderr));
    let json: Json = serde_json::from_slice(&run(&["check", "--json", TEMPLATE]).stdout).unwrap();
    let file = &json["files"][0];
    assert_eq!(file["diagnostics"][0]["severity"], "note");
    assert_eq!(file["placeholders"].as_array().unwrap().len(), 9);
    assert_eq!(file["placeholders"][8]["name"], "REPLICA");
    assert_eq!(file["placeholders"][8]["line"], 18);
    assert!(!json.to_string().contains("hunter"));
    let plain = run_with(&["check", "-"], &[], "datadir=\"^x$|$y\"\n");
    assert!(plain.stderr.is_empty());
}

#[test]
fn values_come_from_a_file() {
    let output = run(&["render", TEMPLATE, "--values", VALUES]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    golden("rendered.cnf", &text(&output.stdout));
    golden("rendered.stderr", &text(&output.stderr));
    let bare = text(&run(&["render", TEMPLATE, "--values", VALUES, "--bare"]).stdout);
    assert!(bare.contains("init_connect=\"app\"") && bare.contains("\"$A$005$x\""), "{bare}");
    let dir = tempfile::tempdir().unwrap();
    let json = dir.path().join("values.json");
    std::fs::write(&json, r#"{"a": 1, "b": {"c": "x\"y"}}"#).unwrap();
    let arguments = ["render", "-", "--values", json.to_str().unwrap()];
    let output = run_with(&arguments, &[], "a=${a} c={{ .Values.b.c }}\n");
    assert_eq!(text(&output.stdout), "a=1 c=\"x\\\"y\"\n");
}

#[test]
fn values_come_from_the_environment() {
    let render =
        |variables: &[(&str, &str)], input: &str| run_with(&["render", "-", "--env"], variables, input);
    let output = render(&[("A", "1"), ("B", "x\" admin=1")], "a=$A b=\"${B}\" c=${B}\n");
    assert_eq!(text(&output.stdout), "a=1 b=\"x\\\" admin=1\" c=\"x\\\" admin=1\"\n");
    assert_eq!(code(&output), 0);
    let output = render(&[("A", "hunter")], "a=${X} b=\"${Y:?}\" c={{ .Values.z }} d=${A}\n");
    assert_eq!((code(&output), output.stdout.len()), (1, 0));
    golden("unset.stderr", &text(&output.stderr));
    assert_eq!(code(&render(&[], "a=${X")), 1);
}

#[test]
fn nothing_is_written_unless_all_is_filled() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("proxysql.cnf");
    let to = target.to_str().unwrap();
    let arguments = ["render", "-", "--env", "--output", to];
    assert_eq!(code(&run_with(&arguments, &[], "a=${A} b=${B}")), 1);
    assert!(!target.exists());
    assert_eq!(code(&run_with(&arguments, &[("A", "1"), ("B", "2")], "a=${A} b=${B}")), 0);
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "a=1 b=2");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn machines_are_served() {
    let arguments = ["render", "-", "--env", "--json"];
    let json = |variables: &[(&str, &str)]| -> Json {
        serde_json::from_slice(&run_with(&arguments, variables, "a=${A}\nb=\"${B}\" c=\"$A\"").stdout)
            .unwrap()
    };
    let file = &json(&[("A", "hunter")])["files"][0];
    assert_eq!((&file["ok"], &file["content"]), (&Json::Bool(false), &Json::Null));
    assert_eq!(file["diagnostics"][0]["code"], "unset-placeholder");
    assert_eq!(file["diagnostics"][0]["line"], 2);
    let file = &json(&[("A", "1"), ("B", "2")])["files"][0];
    assert_eq!(file["content"], "a=1\nb=\"2\" c=\"$A\"");
    assert_eq!(file["diagnostics"][0]["code"], "bare-placeholder");
}

#[test]
fn what_cannot_run_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let bad = dir.path().join("bad.yaml");
    std::fs::write(&bad, "password: hunter2\n  x: [\n").unwrap();
    let list = dir.path().join("list.yaml");
    std::fs::write(&list, "- hunter2\n").unwrap();
    for values in [&bad, &list, &dir.path().join("none.yaml")] {
        let output = run(&["render", TEMPLATE, "--values", values.to_str().unwrap()]);
        let told = text(&output.stderr);
        assert_eq!(code(&output), 2, "{told}");
        assert!(told.contains(values.to_str().unwrap()) && !told.contains("hunter"), "{told}");
    }
    assert_eq!(code(&run(&["render", TEMPLATE])), 2);
    assert_eq!(code(&run_with(&["render", "-", "--values", "-"], &[], "a=1")), 2);
    assert_eq!(code(&run(&["render", TEMPLATE, "--env", "--values", VALUES])), 2);
    assert_eq!(code(&run(&["render", "tests/cli/none.cnf", "--env"])), 2);
}

#[test]
fn included_files_are_rendered_by_themselves() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("in.cnf"), "b=${A}\n").unwrap();
    std::fs::write(dir.path().join("plain.cnf"), "b=1\n").unwrap();
    let render = |text: &str| {
        let folder = dir.path().to_str().unwrap();
        run_with(&["render", "-", "--env", "--include-dir", folder], &[("A", "7")], text)
    };
    let output = render("a=${A}\n@include \"plain.cnf\"\n");
    assert_eq!(text(&output.stdout), "a=7\n@include \"plain.cnf\"\n");
    let output = render("a=${A}\n@include \"in.cnf\"\n");
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("in.cnf has placeholders too"));
}

#[test]
fn a_cnf_in_a_manifest_is_rendered_in_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config.yaml");
    let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndata:\n  proxysql.cnf: |\n    a=${A}\n    b=\"${B}\"\n";
    std::fs::write(&file, manifest).unwrap();
    let path = file.to_str().unwrap();
    let output = run_with(&["render", path, "--env"], &[("A", "1"), ("B", "x")], "");
    assert_eq!(text(&output.stdout), manifest.replace("${A}", "1").replace("${B}", "x"));
    let output = run_with(&["render", path, "--env"], &[("A", "1")], "");
    assert!(text(&output.stderr).contains("config.yaml:7:8"), "{}", text(&output.stderr));
    assert!(Path::new(path).exists());
}
