//! Checksums: known answers, and what does not change them.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use proxysql_kit::cluster::{Checksums, Value};
use proxysql_kit::config::{Config, LoadOptions};
use proxysql_kit::libconfig::{Document, ParseOptions};
use proxysql_kit::schema::Version;

fn checksums(text: &str, version: Version) -> Checksums {
    let options = ParseOptions::new().placeholders(true);
    let document = Document::parse_with(text, &options).unwrap();
    Config::load(&document, &LoadOptions::new().version(version)).checksums()
}

fn seed() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/proxysql.cnf")).unwrap()
}

fn text(checksums: &Checksums, module: &str) -> String {
    checksums.module(module).unwrap().value.to_string()
}

/// The first was printed in the log of the server that the file comes from.
#[test]
fn the_seed_has_its_known_checksums() {
    let found = checksums(&seed(), Version::V2_0);
    assert_eq!(text(&found, "mysql_query_rules"), "0x3FEC69A5C9D96848");
    assert_eq!(text(&found, "mysql_servers"), "0x788C53BEF92F5C71");
    assert_eq!(text(&found, "mysql_users"), "0x51BAFDE21799F532");
    assert_eq!(text(&found, "proxysql_servers"), "0xC2AEF9DFA5A0229A");
    assert_eq!(found.global(), Some(2_854_949_138_372_511_685));
    assert_eq!(text(&checksums(&seed(), Version::V3_0), "mysql_query_rules"), "0x3FEC69A5C9D96848");
}

#[test]
fn what_cannot_be_told_is_not_guessed() {
    let found = checksums("mysql_users=( { username=\"a'||'b\" } )", Version::V2_7);
    assert_eq!(found.module("mysql_users").unwrap().value, Value::Unknown);
    assert!(found.module("mysql_query_rules").unwrap().value.checksum().is_some());
    assert_eq!(found.global(), None);
    let found = checksums("mysql_users=( { username=\"a\", default_hostgroup=${HG} } )", Version::V2_7);
    assert_eq!(found.module("mysql_users").unwrap().value, Value::Unknown);
    let off = "admin_variables={ checksum_mysql_users=false }";
    assert_eq!(checksums(off, Version::V2_0).module("mysql_users").unwrap().value, Value::NotComputed);
    assert!(checksums(off, Version::V2_7).module("mysql_users").unwrap().value.checksum().is_some());
    let servers = checksums("", Version::V2_7).module("mysql_servers").unwrap().value;
    assert!(matches!(servers, Value::WithoutMonitor(checksum) if checksum.is_zero()));
}

#[test]
fn the_version_is_part_of_the_variables() {
    let document = Document::parse("").unwrap();
    let with = |text| Config::load(&document, &LoadOptions::new().version_string(text)).checksums();
    let (one, other) = (with("2.7.1-16-g2726c27"), with("2.7.1"));
    assert_ne!(text(&one, "admin_variables"), text(&other, "admin_variables"));
    assert_eq!(text(&one, "mysql_variables"), text(&other, "mysql_variables"));
}

proptest! {
    #[test]
    fn the_order_of_entries_does_not_matter(order in Just((0..8).collect::<Vec<i32>>()).prop_shuffle()) {
        let file = |order: &[i32]| {
            let list = |entry: &dyn Fn(i32) -> String| {
                order.iter().map(|index| entry(*index)).collect::<Vec<_>>().join(",")
            };
            format!(
                "mysql_users=({}) mysql_servers=({}) mysql_query_rules=({}) proxysql_servers=({})",
                list(&|index| format!("{{ username=\"u{index}\", password=\"p\" }}")),
                list(&|index| format!("{{ address=\"db{}\", hostgroup={}, port={} }}", index % 3, index % 2, 3000 + index)),
                list(&|index| format!("{{ rule_id={}, apply=1, destination_hostgroup={index} }}", 10 * index - 20)),
                list(&|index| format!("{{ hostname=\"p{index}\", port=6032 }}")),
            )
        };
        let sorted: Vec<i32> = (0..8).collect();
        for version in Version::ALL {
            prop_assert_eq!(checksums(&file(&order), version), checksums(&file(&sorted), version));
        }
    }
}
