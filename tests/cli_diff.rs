//! The commands `diff` and `upgrade`, as people and scripts see them. `UPDATE_GOLDEN=1` writes the golden
//! files anew.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/command.rs"]
mod command;

use command::{golden, run, text};
use serde_json::Value as Json;

const OLD: &str = "tests/diff/old.cnf";
const NEW: &str = "tests/diff/new.sql";

#[test]
fn a_plan_for_people_shows_no_passwords() {
    let output = run(&["diff", OLD, NEW]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(!text(&output.stdout).contains("hunter") && !text(&output.stdout).contains('\x1b'));
    golden("tests/diff/plan.txt", &text(&output.stdout));
    assert!(text(&run(&["diff", OLD, NEW, "--show-secrets"]).stdout).contains("'hunter2' -> 'hunter5'"));
    assert!(text(&run(&["diff", OLD, NEW, "--color", "always"]).stdout).contains("\x1b[3"));
    let same = run(&["diff", OLD, OLD]);
    assert_eq!((same.status.code(), text(&same.stdout).as_str()), (Some(0), "no differences\n"));
}

#[test]
fn a_plan_for_machines() {
    let output = run(&["diff", OLD, NEW, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let json: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert!(!text(&output.stdout).contains("hunter"));
    let servers = &json["plan"]["tables"]["mysql_servers"];
    assert_eq!(servers["added"][0]["hostname"], "db4");
    assert_eq!(
        servers["changed"][0]["columns"]["max_connections"],
        serde_json::json!({ "old": 100, "new": 200 })
    );
    assert_eq!(json["plan"]["variables"][1]["old"], "***");
    assert_eq!((&json["equal"], &json["sql"]), (&Json::Bool(false), &Json::Null));
}

#[test]
fn its_sql_turns_the_one_into_the_other() {
    let output = run(&["diff", OLD, NEW, "--sql", "--load", "--save"]);
    assert_eq!(output.status.code(), Some(1));
    golden("tests/diff/plan.sql", &text(&output.stdout));
    let dir = tempfile::tempdir().unwrap();
    let whole = |arguments: &[&str]| text(&run(arguments).stdout);
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let empty = file("empty.cnf", "");
    // SQL says nothing of what stands outside of sections, and a diff of two files does.
    assert!(
        text(&run(&["diff", OLD, &empty, "--sql"]).stderr).contains("`datadir` is a setting of the file")
    );
    assert!(!text(&run(&["diff", OLD, NEW]).stdout).contains("datadir"));
    let old = whole(&["diff", &empty, OLD, "--sql"]);
    let turned = file("turned.sql", &(old + &text(&output.stdout)));
    let left = run(&["diff", &turned, NEW]);
    assert_eq!(left.status.code(), Some(0), "{}{}", text(&left.stdout), text(&left.stderr));
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let bad = dir.path().join("bad.sql");
    std::fs::write(&bad, "DELETE FROM mysql_users;\nINSERT INTO mysql_user VALUES ('hunter8');\n").unwrap();
    let output = run(&["diff", OLD, bad.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    assert!(told.contains("bad.sql:2:13") && told.contains("did you mean `mysql_users`?"), "{told}");
    assert!(!told.contains("hunter"), "{told}");
    assert_eq!(run(&["diff", OLD, "tests/diff/none.cnf"]).status.code(), Some(2));
    assert_eq!(run(&["diff", OLD, "tests/cli/yes.cnf"]).status.code(), Some(2));
    // A row that a file loses is no secret of `diff`.
    let lost = dir.path().join("lost.cnf");
    std::fs::write(&lost, "mysql_servers=({address=\"a\"})").unwrap();
    let output = run(&["diff", lost.to_str().unwrap(), lost.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("without a mandatory hostgroup_id"), "{}", text(&output.stderr));
}

#[test]
fn every_form_is_read_by_its_name() {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("a.json", "{\"mysql_users\": [{\"username\": \"a\"}]}"),
        ("a.yaml", "mysql_users: [{username: a}]\n"),
        ("a.sql", "INSERT INTO mysql_users (username) VALUES ('a');"),
        (
            "map.yaml",
            "apiVersion: v1\nkind: ConfigMap\ndata:\n  proxysql.cnf: |\n    mysql_users=({username=\"a\"})\n",
        ),
    ] {
        let file = dir.path().join(name);
        std::fs::write(&file, content).unwrap();
        let output = run(&["diff", file.to_str().unwrap(), OLD]);
        assert_eq!(output.status.code(), Some(1), "{name}: {}", text_of(&output));
        assert!(text(&output.stdout).contains("- username='a'"), "{name}");
    }
    let bad = dir.path().join("bad.json");
    std::fs::write(&bad, "{\"mysql_user\": 1}").unwrap();
    let output = run(&["diff", bad.to_str().unwrap(), OLD]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("bad.json:1:"), "{}", text(&output.stderr));
}

fn text_of(output: &std::process::Output) -> String {
    text(&output.stdout) + &text(&output.stderr)
}

#[test]
fn the_version_counts() {
    let dir = tempfile::tempdir().unwrap();
    let pg = dir.path().join("pg.sql");
    std::fs::write(&pg, "INSERT INTO pgsql_users (username) VALUES ('a')").unwrap();
    let pg = pg.to_str().unwrap();
    assert_eq!(run(&["diff", pg, pg]).status.code(), Some(2));
    assert_eq!(run(&["diff", pg, pg, "--target", "3.0"]).status.code(), Some(0));
}

#[test]
fn an_upgrade_is_told() {
    let upgrade =
        |to: &str, more: &[&str]| run(&[&["upgrade", OLD, "--from", "2.0", "--to", to], more].concat());
    let output = upgrade("2.7", &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!text(&output.stdout).contains("hunter"));
    golden("tests/diff/upgrade.txt", &text(&output.stdout));
    let json = upgrade("2.7", &["--json"]);
    let json: Json = serde_json::from_slice(&json.stdout).unwrap();
    let variables = json["upgrade"]["variables"].as_array().unwrap();
    let gone = variables.iter().find(|variable| variable["set_by_file"] == true).unwrap();
    assert_eq!((&gone["name"], &gone["fate"]), (&"mysql-default_sql_mode".into(), &"gone".into()));
    assert_eq!(upgrade("2.0", &[]).status.code(), Some(0));
    assert_eq!(run(&["upgrade", OLD, "--from", "2.7", "--to", "3.0"]).status.code(), Some(0));
    let dir = tempfile::tempdir().unwrap();
    let open = dir.path().join("open.cnf");
    std::fs::write(&open, "a=1 # the end").unwrap();
    let output = run(&["upgrade", open.to_str().unwrap(), "--from", "2.0", "--to", "2.7"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("2.0 does not start with this file"));
}
