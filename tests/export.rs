//! What carries a configuration into a cluster: manifests, and files without secrets.

#![cfg(feature = "yaml")]
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use proxysql_kit::config::{Config, LoadOptions, secrets_apart};
use proxysql_kit::k8s::{Embedded, Manifest, ManifestError};
use proxysql_kit::libconfig::{Document, Fillings, ParseOptions};
use proxysql_kit::schema::{MysqlQueryRule, MysqlUser};

fn text() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        "[ -~]{0,12}",
        "[ \t\u{7f}\u{85}\u{a0}\u{2028}\u{feff}é漢\u{1F600}'\":#|>-]{0,6}",
        Just(String::new()),
    ];
    let lines = prop::collection::vec(line, 0..6).prop_map(|lines| lines.join("\n").into_bytes());
    prop_oneof![6 => lines, 1 => prop::collection::vec(any::<u8>(), 0..12)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_manifest_says_what_was_put_in(content in text(), other in text(), secret: bool) {
        let manifest = if secret { Manifest::secret("a.b-1") } else { Manifest::config_map("a.b-1") };
        let yaml = manifest.namespace("n").entry("x.cnf", content.clone()).entry("0", other.clone()).to_yaml().unwrap();
        for (key, content) in [("x.cnf", &content), ("0", &other)] {
            let found = Embedded::find(yaml.clone(), Some(key)).map_err(|error| TestCaseError::fail(format!("{error}\n{yaml}")))?;
            prop_assert_eq!(found.content(), content.as_slice(), "{}", &yaml);
            prop_assert_eq!((found.object(), found.namespace()), ("a.b-1", "n"));
        }
    }

    #[test]
    fn secrets_come_back(users in prop::collection::vec(("[a-c$é{}. ]{0,3}", "[ -~é]{0,9}|\\$\\{X\\}|[{]{2} .Values.x [}]{2}"), 0..6), pattern in "[ -~]{0,8}|\\$\\{Y\\}") {
        let mut config = Config::default();
        for (position, (username, password)) in users.into_iter().enumerate() {
            let row = MysqlUser { username: username.into(), password: Some(password.as_str().into()), default_hostgroup: i32::try_from(position).unwrap(), ..MysqlUser::default() };
            config.mysql_users.push(row);
        }
        config.admin.cluster_password = "${Z}\"".into();
        config.mysql_query_rules.push(MysqlQueryRule { rule_id: 1, match_pattern: Some(pattern.into()), ..MysqlQueryRule::default() });
        let text = config.to_cnf().text;
        // What a program wrote has no placeholders.
        let document = Document::parse(text.clone()).unwrap();
        let apart = secrets_apart(&document, true).unwrap();
        let values = apart.secrets.iter().fold(Fillings::new(), |values, (name, secret)| {
            values.variable(name, secret.expose().as_bytes().to_vec())
        });
        let template = Document::parse_with(apart.document.to_bytes(), &ParseOptions::new().placeholders(true));
        let filled = template.unwrap().render(&values).unwrap();
        let load = |document: &Document| Config::load(document, &LoadOptions::new()).memory;
        prop_assert_eq!(load(&filled), load(&Document::parse(text).unwrap()));
        let passwords = config.mysql_users.iter().filter_map(|user| user.password.as_ref());
        for password in passwords.map(|password| password.expose().as_bytes()).filter(|bytes| bytes.len() > 5) {
            prop_assert!(memchr::memmem::find(apart.document.to_bytes(), password).is_none());
        }
    }
}

#[test]
fn what_the_api_server_refuses_is_not_written() {
    let long = "a".repeat(254);
    for name in ["", "A", "a_b", "-a", "a-", "a..b", "a b", &long] {
        assert!(matches!(Manifest::secret(name).to_yaml(), Err(ManifestError::Name(_))), "{name}");
        let manifest = Manifest::secret("a").namespace(name);
        assert!(matches!(manifest.to_yaml(), Err(ManifestError::Name(_))), "{name}");
    }
    for key in ["", "a/b", "a b", "é", ".", "..", &long] {
        let manifest = Manifest::config_map("a").entry(key, "");
        assert!(matches!(manifest.to_yaml(), Err(ManifestError::Key(_))), "{key}");
    }
    let twice = Manifest::config_map("a").entry("k", "1").entry("k", "2");
    assert_eq!(twice.to_yaml(), Err(ManifestError::Twice("k".into())));
    let large = |bytes| Manifest::config_map("a").entry("k", "x".repeat(bytes)).to_yaml();
    assert!(large(1 << 20).is_ok());
    assert_eq!(large((1 << 20) + 1), Err(ManifestError::TooLarge((1 << 20) + 1)));
}

#[test]
fn a_manifest_shows_no_secret() {
    assert!(!format!("{:?}", Manifest::secret("a").entry("k", "s3cret")).contains("s3cret"));
}

#[test]
fn placeholders_that_are_there_stay_and_keep_their_names() {
    let file = r#"
admin_variables = { admin_credentials="admin:${PW}" cluster_password="" stats_credentials="s:t" }
mysql_users = ( { username="u" password="one" }, { username="u" password="two" }, { username="u" password="one" } )
x_password = "three"
note = "${MYSQL_USERS_U_PASSWORD_2}"
"#;
    let document = Document::parse_with(file, &ParseOptions::new().placeholders(true)).unwrap();
    let apart = secrets_apart(&document, false).unwrap();
    let names: Vec<_> = apart.secrets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["ADMIN_STATS_CREDENTIALS", "MYSQL_USERS_U_PASSWORD", "MYSQL_USERS_U_PASSWORD_3", "X_PASSWORD"]
    );
    let text = apart.document.to_string();
    assert_eq!(text.matches("${MYSQL_USERS_U_PASSWORD}").count(), 2);
    assert!(text.contains("admin:${PW}") && text.contains("cluster_password=\"\""));
    let again = secrets_apart(&apart.document, false).unwrap();
    assert!(again.secrets.is_empty());
    assert_eq!(again.document.to_string(), text);
}
