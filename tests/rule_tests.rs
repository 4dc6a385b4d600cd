//! Files with tests of rules: what they hold, what is wrong with them, and what is reported.

#![cfg(feature = "rule-tests")]
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use proxysql_kit::config::{Config, LoadOptions};
use proxysql_kit::libconfig::Document;
use proxysql_kit::rule_tests::{RuleTests, Runner, TestReport};

const RULES: &str = r#"
    mysql_variables = { default_schema = "common" }
    mysql_users = (
        { username = "app", password = "x", default_hostgroup = 10 },
        { username = "shop", password = "x", default_hostgroup = 11, default_schema = "shop" }
    )
    mysql_query_rules = (
        { rule_id = 1, schemaname = "reads", destination_hostgroup = 20, cache_ttl = 500, log = 1, apply = 1 },
        { rule_id = 2, schemaname = "closed", error_msg = "it's <closed>", apply = 1 },
        { rule_id = 3, schemaname = "done", OK_msg = "", apply = 1 },
        { rule_id = 4, schemaname = "copied", mirror_hostgroup = 50, mirror_flagOUT = 7 },
        { rule_id = 5, flagIN = 7, proxy_port = 0, destination_hostgroup = 60 },
        { rule_id = 6, schemaname = "chain", next_query_flagIN = 3 },
        { rule_id = 7, flagIN = 3, destination_hostgroup = 70, next_query_flagIN = 0 },
        { rule_id = 8, client_addr = "10.%.1", destination_hostgroup = 80 }
    )
"#;

fn config() -> Config {
    Config::load(&Document::parse(RULES).unwrap(), &LoadOptions::new()).memory
}

fn run(tests: &str) -> TestReport {
    let tests = RuleTests::parse("tests.toml", tests).map_err(|error| error.to_string()).unwrap();
    Runner::new(&config()).run(&[tests])
}

/// One test of a query of `app` in a schema, with what is expected.
fn broken(schema: &str, expect: &str) -> Vec<String> {
    let report = run(&format!(
        "[[test]]\nuser = \"app\"\nschema = \"{schema}\"\nquery = \"SELECT 1\"\nexpect = {{ {expect} }}\n"
    ));
    let failures = &report.files()[0].tests[0].failures;
    failures.iter().map(|one| format!("{}: {} / {}", one.field, one.expected, one.actual)).collect()
}

#[test]
fn each_field_holds_and_fails() {
    for (schema, holds, fails, why) in [
        ("reads", "hostgroup = 20", "hostgroup = 10", "hostgroup: 10 / 20"),
        (
            "closed",
            "error = true",
            "hostgroup = 10",
            "hostgroup: 10 / not sent: an error with the text \"it's <closed>\"",
        ),
        ("closed", "error = \"it's <closed>\"", "error = \"no\"", "error: \"no\" / \"it's <closed>\""),
        ("reads", "error = false", "error = true", "error: any / no error"),
        ("done", "ok = \"\"", "ok = false", "ok: no OK / \"\""),
        ("done", "error = false", "error = \"\"", "error: \"\" / no error"),
        ("reads", "rule = 1", "rule = 2", "rule: 2 / 1"),
        ("none", "rules = []", "rule = 2", "rule: 2 / none"),
        ("reads", "rules = [1]", "rules = []", "rules: [] / [1]"),
        ("reads", "not_rule = 2", "not_rule = [2, 1]", "not_rule: rule 1 not to match / [1]"),
        ("reads", "chosen_by = \"rule\"", "chosen_by = \"hint\"", "chosen_by: hint / rule"),
        ("none", "chosen_by = \"user_default\"", "chosen_by = \"rule\"", "chosen_by: rule / user_default"),
        ("reads", "cache_ttl = 500", "cache_ttl = 0", "cache_ttl: 0 / 500"),
        ("reads", "log = true", "log = 0", "log: 0 / 1"),
        ("none", "unset = [\"cache_ttl\", \"log\"]", "cache_ttl = 1", "cache_ttl: 1 / none"),
        ("none", "rewrite = false", "rewrite = \"x\"", "rewrite: \"x\" / sent as it came"),
        ("reads", "unset = [\"timeout\"]", "unset = [\"log\"]", "unset: no log / log = 1"),
        ("reads", "mirror = false", "mirror = true", "mirror: a copy / no copy"),
        (
            "copied",
            "mirror = { rule = 5, hostgroup = 60 }",
            "mirror.hostgroup = 50",
            "mirror.hostgroup: 50 / 60",
        ),
        ("copied", "mirror = true", "mirror = false", "mirror: no copy / a copy to hostgroup 60"),
        (
            "none",
            "digest_text = \"SELECT ?\"",
            "digest_text = \"SELECT 1\"",
            "digest_text: SELECT 1 / SELECT ?",
        ),
        ("chain", "next_query_flagIN = 3", "next_query_flagIN = 4", "next_query_flagIN: 4 / 3"),
    ] {
        assert!(broken(schema, holds).is_empty(), "{holds}: {:?}", broken(schema, holds));
        assert_eq!(broken(schema, fails), [why], "{fails}");
    }
}

#[test]
fn a_schema_that_is_not_said_is_the_users() {
    let report = run(r#"
        [[test]]
        user = "shop"
        query = ["SELECT DATABASE()", "SELECT 2"]
        expect = { hostgroup = 11, chosen_by = "hint" }
        [[test]]
        user = "app"
        query = "SELECT 1"
        expect.hostgroup = 0
    "#);
    let schemas: Vec<_> = report.files()[0]
        .tests
        .iter()
        .flat_map(|test| test.failures.iter().map(|one| one.session.schemaname.to_string()))
        .collect();
    assert_eq!(schemas, ["shop", "shop", "common"]);
}

#[test]
fn steps_share_a_session() {
    let report = run(r#"
        [session]
        user = "app"
        schema = "chain"
        [[test]]
        name = "follow up"
        [[test.step]]
        query = "a"
        expect.hostgroup = 10
        [[test.step]]
        query = "b"
        expect = { hostgroup = 70, rule = 7 }
        [[test.step]]
        query = "c"
        schema = "reads"
        expect.hostgroup = 20
        [[test.step]]
        query = "d"
        expect.hostgroup = 20
        [[test]]
        name = "a new session"
        query = "b"
        expect.hostgroup = 10
    "#);
    assert_eq!((report.tests(), report.failed()), (2, 0), "{report}");
    assert_eq!(report.coverage().unreached(), [2, 3, 4, 5, 8]);
    assert_eq!(report.coverage().unloaded(), [8]);
    assert_eq!(report.coverage().hits().next(), Some((1, 2)));
    assert!((report.coverage().percent() - 37.5).abs() < 0.001);
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    for (text, wrong) in [
        ("", "tests.toml:1:1: there is no test: write one below [[test]]"),
        ("[[test]]\nquery = \"x\"\n", "tests.toml:1:1: there is no `expect`"),
        ("[[test]]\nexpect.rule = 1\n", "tests.toml:1:1: there is no `query`"),
        ("[[test]]\nquery = []\nexpect.rule = 1\n", "tests.toml:1:1: there is no text in `query`"),
        (
            "[[test]]\nquery = \"x\"\nexpect = {}\n",
            "tests.toml:1:1: `expect` says nothing, so that the test could not fail",
        ),
        (
            "[[test]]\nquery = \"x\"\nexpect = { hostgrop = 1 }\n",
            "tests.toml:3:12: there is no field `hostgrop`: did you mean `hostgroup`?",
        ),
        (
            "[session]\nuser_name = 1\n[[test]]\nquery = \"x\"\nexpect.rule = 1\n",
            "tests.toml:2:1: there is no field `user_name`: known are user, schema, client, proxy_addr, proxy_port, flag, default_hostgroup",
        ),
        (
            "[[test]]\nquery = 1\nexpect.rule = \"1\"\n",
            "tests.toml:2:9: `query` is a text in quotes, or a list of them, not a number\n\
             tests.toml:3:15: `rule` is a number, not a text",
        ),
        (
            "[[test]]\nquery = \"x\"\nproxy_port = 70000\nexpect.chosen_by = \"hints\"\n",
            "tests.toml:3:14: 70000 is no value of `proxy_port`\n\
             tests.toml:4:20: nobody is called \"hints\": did you mean \"hint\"?",
        ),
        (
            "[[test]]\nquery = \"ä\"\nexpect = { unset = [\"cache_tll\"] }\n",
            "tests.toml:3:21: there is no column `cache_tll`: did you mean `cache_ttl`?",
        ),
        (
            "[[test]]\nquery = \"x\"\nexpect.rule = 1\n[[test.step]]\nquery = \"y\"\nexpect.rule = 1\n",
            "tests.toml:2:9: a test has either steps, or a query and an expect of its own\n\
             tests.toml:3:1: a test has either steps, or a query and an expect of its own",
        ),
        ("test = 1\n", "tests.toml:1:8: `test` is a list: write [[test]], not a number"),
    ] {
        let error = RuleTests::parse("tests.toml", text).unwrap_err();
        assert_eq!(error.to_string(), wrong, "{text}");
    }
    let error = RuleTests::parse("tests.toml", "[[test]]\nquery = \"x\n").unwrap_err();
    assert!(error.to_string().starts_with("tests.toml:2:"), "{error}");
}

#[test]
fn junit_is_xml() {
    let report = run(r#"
        [[test]]
        name = "a <b> & \"c\" \u0001"
        user = "app"
        schema = "closed"
        query = "SELECT 1"
        expect = { hostgroup = 10, rule = 3 }
        [[test]]
        query = "SELECT 2"
        expect.chosen_by = "unknown_user"
    "#);
    let xml = report.to_junit();
    assert!(xml.contains(r#"<testsuites name="query rules" tests="2" failures="1">"#), "{xml}");
    assert!(xml.contains(r#"name="a &lt;b&gt; &amp; &quot;c&quot; �""#), "{xml}");
    assert!(xml.contains("rule: expected 3, is 2"), "{xml}");
    assert!(
        xml.contains("classname=\"tests.toml\" name=\"SELECT 2\" file=\"tests.toml\" line=\"8\"/>"),
        "{xml}"
    );
    assert_eq!(xml.matches('<').count(), xml.matches('>').count());
}

#[test]
fn every_field_is_documented() {
    let docs = include_str!("../src/rule_tests/mod.rs");
    let text = "[[test]]\nquery = \"x\"\nzzzzzzzzzzzz = 1\nexpect = { zzzzzzzzzzzz = 1 }\n";
    let error = RuleTests::parse("t", text).unwrap_err().to_string();
    let columns = proxysql_kit::rules::Effects::COLUMNS;
    let known: Vec<&str> =
        error.lines().flat_map(|line| line.split_once("known are ").unwrap().1.split(", ")).collect();
    assert!(known.len() > 25, "{known:?}");
    for field in known.into_iter().filter(|field| !columns.contains(field)) {
        assert!(docs.contains(&format!("`{field}`")) || docs.contains(&format!("test.{field}")), "{field}");
    }
}

proptest! {
    #[test]
    fn any_text_is_tests_or_an_error(text in "([\\[\\]={}\"',.a-z0-9 \n]|test|query|expect|rule|mirror|step){0,60}") {
        if let Ok(tests) = RuleTests::parse("t", &text) {
            let _ = Runner::new(&config()).run(&[tests]).to_string();
        }
    }
}
