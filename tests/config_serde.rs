//! Configurations as JSON and YAML. `UPDATE_GOLDEN=1` writes the golden files anew.

#![cfg(all(feature = "json", feature = "yaml"))]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/configs.rs"]
mod configs;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proxysql_kit::config::{Config, LoadOptions, Rows, Settings, json_schema};
use proxysql_kit::libconfig::Document;
use proxysql_kit::schema::{
    AdminVariables, AnyCase, Autocommit, MysqlAwsAuroraHostgroup, MysqlQueryRule, MysqlServer, MysqlUser,
    MysqlVariables, Secret, ServerStatus, Text, TrackGtids, Variables as _, Version,
};

use configs::{Scope, any_version};
use serde_json::Value;

fn json_error(json: &str) -> String {
    Config::from_json(json).unwrap_err().message().to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn json_both_ways(config in any_version(Scope::Any)) {
        let json = config.to_json().unwrap();
        prop_assert_eq!(Config::from_json(&json).unwrap(), config);
    }

    #[test]
    fn yaml_both_ways(config in any_version(Scope::Any)) {
        let yaml = config.to_yaml().unwrap();
        let read = Config::from_yaml(&yaml);
        prop_assert!(read.is_ok(), "{}\n{yaml}", read.unwrap_err());
        prop_assert_eq!(read.unwrap(), config, "{}", yaml);
    }

    /// YAML is more than JSON: what is JSON reads the same, but for some characters of control.
    #[test]
    fn json_is_yaml(config in any_version(Scope::Server)) {
        let json = config.to_json().unwrap().replace('\u{7f}', "\\u007f");
        prop_assert_eq!(Config::from_yaml(&json).unwrap(), config);
    }

    /// A tree of values sorts its members: the version comes last.
    #[test]
    fn any_order_of_members(config in any_version(Scope::Any)) {
        let tree: BTreeMap<String, Value> = serde_json::from_str(&config.to_json().unwrap()).unwrap();
        let sorted = serde_json::to_string(&tree).unwrap();
        prop_assert_eq!(Config::from_json(&sorted).unwrap(), config);
    }

    #[test]
    fn debug_shows_no_secret(mut config in any_version(Scope::Server), password in "[A-Z]{20}") {
        config.mysql_users.push(MysqlUser { password: Some(Secret::from(password.as_str())), ..MysqlUser::default() });
        config.admin.admin_credentials = Secret::from(format!("admin:{password}"));
        config.mysql.monitor_password = Secret::from(password.as_str());
        let debug = format!("{config:?}") + &format!("{config:#?}");
        prop_assert!(!debug.contains(&password));
        prop_assert_eq!(config.to_json().unwrap().matches(&password).count(), 3);
    }
}

#[test]
fn everything_has_a_default() {
    assert_eq!(Config::from_json("{}").unwrap(), Config::default());
    assert_eq!(Config::from_yaml("{}").unwrap(), Config::default());
    for version in Version::ALL {
        let json = format!("{{\"version\": \"{version}\"}}");
        assert_eq!(Config::from_json(&json).unwrap(), Config::new(version));
        // A number to YAML.
        assert_eq!(Config::from_yaml(&format!("version: {version}")).unwrap(), Config::new(version));
        let late = format!(
            "{{\"datadir\": \"/d\", \"mysql_variables\": {{\"threads\": 2}}, \"version\": \"{version}\"}}"
        );
        let config = Config::from_json(&late).unwrap();
        let mut expected = Config::new(version);
        expected.settings.datadir = Some("/d".into());
        expected.mysql.threads = 2;
        assert_eq!(config, expected, "{version}");
    }
}

#[test]
fn flags_are_numbers_and_read_from_booleans() {
    let json = r#"{"mysql_users": [{"username": "a", "active": false, "use_ssl": true, "fast_forward": 1}],
        "mysql_query_rules": [{"rule_id": 1, "log": true, "multiplex": 2}]}"#;
    let config = Config::from_json(json).unwrap();
    let user = &config.mysql_users[0];
    assert_eq!((user.active, user.use_ssl, user.fast_forward), (false, true, true));
    let json = config.to_json().unwrap();
    assert!(json.contains("\"active\": 0,\n      \"use_ssl\": 1,"), "{json}");
    assert!(json.contains("\"multiplex\": 2,") && json.contains("\"log\": 1,"), "{json}");
}

#[test]
fn unusual_texts_of_variables_are_texts() {
    let mut config = Config::default();
    let position =
        |name| proxysql_kit::schema::Module::Mysql.variable(Version::V2_7, name).unwrap().position();
    for (name, text) in [
        ("have_ssl", "1"),
        ("threads", " 8"),
        ("default_session_track_gtids", "off"),
        ("max_connections", "4294967303"),
    ] {
        config.mysql.set_text(position(name), text.as_bytes()).unwrap();
        let json = config.to_json().unwrap();
        assert!(json.contains(&format!("\"{name}\": \"{text}\"")), "{name}");
        assert_eq!(Config::from_json(&json).unwrap(), config);
    }
    let json = r#"{"mysql_variables": {"have_ssl": 0, "threads": "8", "server_capabilities": 4294967295}}"#;
    let config = Config::from_json(json).unwrap();
    assert!(!config.mysql.have_ssl && config.mysql.is_usual(position("have_ssl")));
    assert_eq!((config.mysql.threads, config.mysql.server_capabilities), (8, u32::MAX));
}

#[test]
fn unknown_names_are_errors_that_help() {
    for (json, message) in [
        (r#"{"mysql_user": []}"#, "a configuration has no member `mysql_user`; did you mean `mysql_users`?"),
        (r#"{"restapi": []}"#, "a configuration has no member `restapi`; did you mean `restapi_routes`?"),
        (r#"{"xyz": 1}"#, "a configuration has no member `xyz`"),
        (
            r#"{"mysql_query_rules": [{"rule_id": 1}, {"rule_id": 2, "mathc_pattern": "x"}]}"#,
            "mysql_query_rules[1]: there is no column `mathc_pattern`; did you mean `match_pattern`?",
        ),
        (
            r#"{"mysql_servers": [{"address": "db1"}]}"#,
            "mysql_servers[0]: there is no column `address`; did you mean `hostname`?",
        ),
        (
            r#"{"mysql_variables": {"mysql-thread": 1}}"#,
            "mysql_variables: there is no variable `mysql-thread`; did you mean `threads`?",
        ),
        (
            r#"{"admin_variables": {"qqqqqq": 1}}"#,
            "admin_variables: there is no variable `qqqqqq`; what a server keeps beside its variables stands in `others`",
        ),
    ] {
        assert_eq!(json_error(json), message);
    }
}

#[test]
fn what_the_version_does_not_have_is_an_error_wherever_the_version_stands() {
    for (members, message) in [
        (r#""pgsql_users": []"#, "2.0 has no `pgsql_users`: does `version` say what was meant?"),
        (r#""pgsql_variables": {}"#, "2.0 has no `pgsql_variables`: does `version` say what was meant?"),
        (
            r#""mysql_users": [{"username": "a", "attributes": ""}]"#,
            "mysql_users[0]: 2.0 has no column `attributes` (it is there in 2.7 and 3.0)",
        ),
        (
            r#""admin_variables": {"web_verbosity": 1}"#,
            "admin_variables: 2.0 has no variable `web_verbosity` (it is there in 2.7 and 3.0)",
        ),
    ] {
        assert_eq!(json_error(&format!("{{\"version\": \"2.0\", {members}}}")), message);
        assert_eq!(json_error(&format!("{{{members}, \"version\": \"2.0\"}}")), message);
    }
}

#[test]
#[allow(clippy::too_many_lines)]
fn wrong_values_are_errors_that_name_their_place() {
    for (json, message) in [
        ("[]", "invalid type: sequence, expected a map of the version, settings, variables and tables"),
        (
            r#"{"version": "1.4"}"#,
            "invalid value: string \"1.4\", expected a version: \"2.0\", \"2.7\" or \"3.0\"",
        ),
        (r#"{"mysql_users": {}}"#, "invalid type: map, expected a list of rows as mysql_users"),
        (
            r#"{"mysql_users": ["app:pass"]}"#,
            "invalid type: a text, expected a map from columns to values as mysql_users[0]",
        ),
        (
            r#"{"mysql_users": [{}]}"#,
            "mysql_users[0]: the column `username` is missing, which has no default",
        ),
        (
            r#"{"mysql_users": [{"username": 7}]}"#,
            "mysql_users[0].username: a text in quotes is needed, not a number",
        ),
        (r#"{"mysql_users": [{"username": null}]}"#, "mysql_users[0].username: it cannot be NULL"),
        (
            r#"{"mysql_users": [{"username": "a", "username": "b"}]}"#,
            "mysql_users[0]: the column `username` is there twice",
        ),
        (
            r#"{"mysql_users": [{"username": "a", "active": 2}]}"#,
            "mysql_users[0].active: 2 is not between 0 and 1",
        ),
        (
            r#"{"mysql_users": [{"username": "a", "active": "1"}]}"#,
            "mysql_users[0].active: 0 or 1 is needed, not a text",
        ),
        (
            r#"{"mysql_users": [{"username": "a", "max_connections": true}]}"#,
            "mysql_users[0].max_connections: an integer is needed, not a boolean",
        ),
        (
            r#"{"mysql_users": [{"username": "a", "max_connections": 1.5}]}"#,
            "mysql_users[0].max_connections: an integer is needed, not another kind of number",
        ),
        (
            r#"{"mysql_users": [{"username": "a", "max_connections": 18446744073709551615}]}"#,
            "mysql_users[0].max_connections: an integer is needed, not a number of more than 64 bits",
        ),
        (
            r#"{"mysql_users": [{"username": "a", "comment": {"hex": "f"}}]}"#,
            "`hex` takes hexadecimal digits, two for each byte",
        ),
        (
            r#"{"mysql_users": [{"username": "a", "comment": {"hex": "ff", "x": 1}}]}"#,
            "mysql_users[0].comment: a text in quotes is needed, not a map",
        ),
        (
            r#"{"mysql_users": [{"username": "a", "password": 123456}]}"#,
            "mysql_users[0].password: a text in quotes is needed, not a number",
        ),
        (
            r#"{"mysql_servers": [{"hostname": "a", "port": 70000}]}"#,
            "mysql_servers[0].port: 70000 is not between 0 and 65535",
        ),
        (
            r#"{"mysql_servers": [{"hostname": "a", "status": "up"}]}"#,
            "mysql_servers[0].status: `up` is none of ONLINE, SHUNNED, OFFLINE_SOFT, OFFLINE_HARD",
        ),
        (r#"{"mysql_users": [], "mysql_users": []}"#, "`mysql_users` is there twice"),
        (r#"{"datadir": 1}"#, "datadir: a text in quotes is needed, not a number"),
        (
            r#"{"restart_on_missing_heartbeats": 5000000000}"#,
            "restart_on_missing_heartbeats: an integer of 32 bits is needed, not a number",
        ),
        (
            r#"{"mysql_variables": {"threads": 5000000000}}"#,
            "mysql_variables.threads: 5000000000 is beyond what 32 bits hold",
        ),
        (
            r#"{"mysql_variables": {"threads": true}}"#,
            "mysql_variables.threads: an integer is needed, not a boolean",
        ),
        (
            r#"{"mysql_variables": {"have_ssl": "yes"}}"#,
            "mysql_variables.have_ssl: true or false is needed, not `yes`",
        ),
        (
            r#"{"mysql_variables": {"have_ssl": 2}}"#,
            "mysql_variables.have_ssl: true or false is needed, not a number",
        ),
        (
            r#"{"mysql_variables": {"default_session_track_gtids": "on"}}"#,
            "mysql_variables.default_session_track_gtids: one of OFF, OWN_GTID is needed, not `on`",
        ),
        (
            r#"{"mysql_variables": {"monitor_password": 123456}}"#,
            "mysql_variables.monitor_password: a text in quotes is needed, not a number",
        ),
        (r#"{"mysql_variables": {"threads": 1, "threads": 2}}"#, "mysql_variables: `threads` is there twice"),
        (
            r#"{"mysql_variables": "x"}"#,
            "invalid type: a text, expected a map from variables to values as mysql_variables",
        ),
        (
            r#"{"mysql_variables": {"others": [{"name": "a"}]}}"#,
            "each of `others` needs a `name` and a `value`",
        ),
        (
            r#"{"mysql_variables": {"others": [{"name": "a", "valeu": 1}]}}"#,
            "`others` takes one `name` and one `value`, not `valeu`",
        ),
    ] {
        assert_eq!(json_error(json), message, "{json}");
    }
}

#[test]
fn errors_have_their_place() {
    let json = "{\n  \"mysql_users\": [\n    {\"username\": \"a\", \"activ\": 1}\n  ]\n}";
    let error = Config::from_json(json).unwrap_err();
    assert_eq!((error.line(), error.column()), (Some(3), Some(29)));
    let yaml = "mysql_users:\n- username: a\n  active: 1\n- username: b\n  activ: 1\n";
    let error = Config::from_yaml(yaml).unwrap_err();
    assert_eq!(error.message(), "mysql_users[1]: there is no column `activ`; did you mean `active`?");
    assert_eq!((error.line(), error.column()), (Some(4), Some(3)), "where the row begins");
}

#[test]
fn a_row_alone_has_all_its_columns() {
    let cluster = MysqlAwsAuroraHostgroup {
        endpoint_address: "e".into(),
        domain_name: ".d".into(),
        ..MysqlAwsAuroraHostgroup::default()
    };
    let json = serde_json::to_string(&cluster).unwrap();
    assert!(json.contains("\"endpoint_address\":\"e\",\"domain_name\":\".d\""), "{json}");
    assert_eq!(serde_json::from_str::<MysqlAwsAuroraHostgroup>(&json).unwrap(), cluster);
    // Needed by 2.7 and 3.0 only.
    let old: MysqlAwsAuroraHostgroup =
        serde_json::from_str(r#"{"writer_hostgroup": 1, "reader_hostgroup": 2}"#).unwrap();
    assert_eq!(old.domain_name, "");
    let error = serde_json::from_str::<MysqlServer>("{\"port\": 1}").unwrap_err();
    assert_eq!(error.to_string(), "mysql_servers: the column `hostname` is missing, which has no default");
}

#[test]
fn parts_alone_both_ways() {
    fn both_ways<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(
        value: &T,
        json: &str,
    ) {
        assert_eq!(serde_json::to_string(value).unwrap(), json);
        assert_eq!(serde_json::from_str::<T>(json).unwrap(), *value);
    }
    both_ways(&Text::from("é"), "\"é\"");
    both_ways(&Text::from(b"\xff\x00".as_slice()), "{\"hex\":\"ff00\"}");
    both_ways(&Secret::from("pass"), "\"pass\"");
    both_ways(&Version::V3_0, "\"3.0\"");
    both_ways(&TrackGtids::OwnGtid, "\"OWN_GTID\"");
    both_ways(&Autocommit::Client, "-1");
    both_ways(&"Shunned".parse::<AnyCase<ServerStatus>>().unwrap(), "\"Shunned\"");
    both_ways(&Settings::default(), "{}");
    both_ways(
        &serde_json::from_str::<Settings>("{\"pidfile\":\"/p\",\"datadir\":null}").unwrap(),
        "{\"pidfile\":\"/p\"}",
    );
    let rules: Rows<MysqlQueryRule> = serde_json::from_str("[{\"rule_id\":7}]").unwrap();
    assert_eq!(
        serde_json::from_str::<Rows<MysqlQueryRule>>(&serde_json::to_string(&rules).unwrap()).unwrap(),
        rules
    );
    let variables = MysqlVariables { threads: 9, client_found_rows: false, ..MysqlVariables::default() };
    assert_eq!(
        serde_json::from_str::<MysqlVariables>(&serde_json::to_string(&variables).unwrap()).unwrap(),
        variables
    );
    assert_eq!(serde_json::from_str::<AdminVariables>("{}").unwrap(), AdminVariables::default());
    assert!(
        serde_json::from_str::<Settings>("{\"datadirr\":1}")
            .unwrap_err()
            .to_string()
            .contains("did you mean `datadir`?")
    );
}

#[test]
fn texts_that_look_like_something_else_stay_texts_in_yaml() {
    for text in [
        "on",
        "no",
        "y",
        "~",
        "null",
        "2.7",
        "0x1F",
        "0123",
        "1e3",
        ".inf",
        "true",
        "",
        " ",
        "- a",
        "a: b",
        "#",
        "\n",
        "a\n",
        "'",
        "\"",
        "!x",
        "&a",
        "*a",
        "<<",
        "{",
        "1_000",
        "2024-01-01",
        "=",
        "\u{feff}",
        "\u{85}",
        "\t",
    ] {
        let mut config = Config::default();
        config.mysql_users.push(MysqlUser {
            username: text.into(),
            comment: text.into(),
            ..MysqlUser::default()
        });
        config.settings.datadir = Some(text.into());
        let yaml = config.to_yaml().unwrap();
        assert_eq!(Config::from_yaml(&yaml).unwrap(), config, "{text:?}\n{yaml}");
    }
}

#[test]
fn a_bomb_of_aliases_is_an_error() {
    let mut yaml = "a: &a0 [x, x]\n".to_owned();
    for level in 1..40 {
        yaml += &format!("b{level}: &a{level} [*a{}, *a{}]\n", level - 1, level - 1);
    }
    assert!(Config::from_yaml(&yaml).is_err());
    assert!(Config::from_json(&"[".repeat(100_000)).is_err());
    assert!(Config::from_yaml(&"[".repeat(100_000)).is_err());
    let deep = format!("{{\"datadir\": {}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(Config::from_json(&deep).is_err());
    assert!(Config::from_yaml(&deep).is_err());
}

#[test]
fn a_long_yaml_is_read() {
    let mut config = Config::default();
    for rule_id in 0..8_000 {
        config.mysql_query_rules.push(MysqlQueryRule { rule_id, ..MysqlQueryRule::default() });
    }
    assert_eq!(Config::from_yaml(&config.to_yaml().unwrap()).unwrap(), config);
}

/// The example of the README as 2.7 holds it.
fn seed() -> Config {
    let document = Document::parse(include_str!("../examples/proxysql.cnf")).unwrap();
    Config::load(&document, &LoadOptions::new()).memory
}

fn golden(name: &str, found: &str) {
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    assert_eq!(found, std::fs::read_to_string(&path).unwrap_or_default(), "{name}");
}

#[test]
fn the_example_as_json_and_yaml() {
    let (json, yaml) = (seed().to_json().unwrap(), seed().to_yaml().unwrap());
    golden("seed.config.json", &json);
    golden("seed.config.yaml", &yaml);
    assert_eq!(Config::from_json(&json).unwrap(), seed());
    assert_eq!(Config::from_yaml(&yaml).unwrap(), seed());
}

#[test]
fn an_excerpt_of_the_schema() {
    let schema: Value = serde_json::from_str(&json_schema(Version::V2_7)).unwrap();
    let variables = &schema["properties"]["mysql_variables"]["properties"];
    let excerpt = serde_json::json!({
        "title": schema["title"],
        "pidfile": schema["properties"]["pidfile"],
        "threads": variables["threads"],
        "have_ssl": variables["have_ssl"],
        "monitor_password": variables["monitor_password"],
        "default_session_track_gtids": variables["default_session_track_gtids"],
        "restapi_routes": schema["properties"]["restapi_routes"],
        "mysql_query_rules.multiplex": schema["properties"]["mysql_query_rules"]["items"]["properties"]["multiplex"],
    });
    golden("schema.excerpt.json", &format!("{excerpt:#}\n"));
}

#[test]
fn the_schema_knows_what_each_version_has() {
    let of = |version| serde_json::from_str::<Value>(&json_schema(version)).unwrap();
    let (old, new) = (of(Version::V2_0), of(Version::V3_0));
    assert!(old["properties"].get("pgsql_users").is_none() && new["properties"].get("pgsql_users").is_some());
    assert!(old["properties"].get("uuid").is_none() && new["properties"].get("uuid").is_some());
    let check_types = |schema: &Value| {
        let column =
            &schema["properties"]["mysql_replication_hostgroups"]["items"]["properties"]["check_type"];
        column["anyOf"][0]["enum"].as_array().unwrap().len()
    };
    assert_eq!((check_types(&old), check_types(&new)), (3, 5));
    assert_eq!(
        (&old["required"], &of(Version::V2_7)["required"]),
        (&serde_json::json!(["version"]), &serde_json::json!([]))
    );
}

#[test]
fn what_is_wrong_by_the_schema() {
    let schema: Value = serde_json::from_str(&json_schema(Version::V2_7)).unwrap();
    for (config, place) in [
        (r#"{"mysql_servers": [{"hostname": "a", "port": 70000}]}"#, "$.mysql_servers.0.port"),
        (r#"{"mysql_servers": [{"hostname": "a", "weight": 10000001}]}"#, "$.mysql_servers.0.weight"),
        (r#"{"mysql_servers": [{"port": 1}]}"#, "$.mysql_servers.0"),
        (r#"{"mysql_servers": [{"hostname": "a", "prot": 1}]}"#, "$.mysql_servers.0"),
        (r#"{"mysql_servers": [{"hostname": null}]}"#, "$.mysql_servers.0.hostname"),
        (r#"{"mysql_users": [{"username": "a", "active": 2}]}"#, "$.mysql_users.0.active"),
        (r#"{"mysql_variables": {"threads": -1}}"#, "$.mysql_variables.threads"),
        (r#"{"mysql_variables": {"threads": true}}"#, "$.mysql_variables.threads"),
        (r#"{"version": "3.0"}"#, "$.version"),
        (r#"{"pgsql_users": []}"#, "$"),
    ] {
        let config = serde_json::from_str(config).unwrap();
        assert_eq!(schema::violation(&schema, &config).as_deref(), Some(place), "{config}");
    }
    assert_eq!(schema::violation(&schema, &serde_json::from_str(&seed().to_json().unwrap()).unwrap()), None);
    let with_schema = r#"{"$schema": "proxysql.schema.json", "mysql_users": [{"username": "a", "active": true, "password": null}]}"#;
    assert_eq!(schema::violation(&schema, &serde_json::from_str(with_schema).unwrap()), None);
    assert_eq!(Config::from_json(with_schema).unwrap().mysql_users.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What a server holds is right by the schema of its version.
    #[test]
    fn the_schema_takes_what_a_server_holds(config in any_version(Scope::Server)) {
        let schema: Value = serde_json::from_str(&json_schema(config.version)).unwrap();
        let json = config.to_json().unwrap();
        let found = schema::violation(&schema, &serde_json::from_str(&json).unwrap());
        prop_assert_eq!(found, None, "{}", json);
    }
}

/// The part of JSON Schema that the schema uses.
mod schema {
    use serde_json::Value;

    /// The first place that breaks a rule.
    pub(super) fn violation(schema: &Value, value: &Value) -> Option<String> {
        check(schema, schema, value, "$").err()
    }

    fn check(root: &Value, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
        for (keyword, rule) in schema.as_object().unwrap() {
            let fine = match keyword.as_str() {
                "$schema" | "title" | "description" | "default" | "$defs" => true,
                "$ref" => {
                    check(
                        root,
                        root.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap()).unwrap(),
                        value,
                        place,
                    )?;
                    true
                }
                "anyOf" => rule.as_array().unwrap().iter().any(|one| check(root, one, value, place).is_ok()),
                "type" => match rule.as_array() {
                    Some(types) => types.iter().any(|one| is(one, value)),
                    None => is(rule, value),
                },
                "enum" => rule.as_array().unwrap().contains(value),
                "const" => rule == value,
                "minimum" => value.as_i64().is_none_or(|number| number >= rule.as_i64().unwrap()),
                "maximum" => value.as_i64().is_none_or(|number| number <= rule.as_i64().unwrap()),
                "pattern" => value.as_str().is_none_or(|text| regex_matches(rule.as_str().unwrap(), text)),
                "required" => {
                    rule.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some())
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        check(root, rule, item, &format!("{place}.{index}"))?;
                    }
                    true
                }
                "properties" => {
                    for (name, member) in value.as_object().into_iter().flatten() {
                        if let Some(rule) = rule.get(name) {
                            check(root, rule, member, &format!("{place}.{name}"))?;
                        }
                    }
                    true
                }
                "additionalProperties" => {
                    let known = schema["properties"].as_object().unwrap();
                    value
                        .as_object()
                        .is_none_or(|members| members.keys().all(|name| known.contains_key(name)))
                }
                other => panic!("a keyword that the test does not know: {other}"),
            };
            if !fine {
                return Err(place.to_owned());
            }
        }
        Ok(())
    }

    fn is(kind: &Value, value: &Value) -> bool {
        match kind.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            other => panic!("{other}"),
        }
    }

    fn regex_matches(pattern: &str, text: &str) -> bool {
        regex::Regex::new(pattern).unwrap().is_match(text)
    }
}
