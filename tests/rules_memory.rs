//! What 10,000 rules cost, in time and memory: when they are made ready, and when all of them have been used.

#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use proxysql_kit::config::Config;
use proxysql_kit::rules::{Engine, Session};
use proxysql_kit::schema::MysqlQueryRule;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// A rule may take this much of 200 MB for 10,000 rules.
const BYTES_A_RULE: usize = (200 << 20) / 10_000;

fn config(regex: i32, rules: i32) -> Config {
    let mut config = Config::default();
    for rule_id in 1..=rules {
        config.mysql_query_rules.push(MysqlQueryRule {
            rule_id,
            active: true,
            match_pattern: Some(format!("^SELECT .* FROM tbl_{rule_id:05} .*").into()),
            destination_hostgroup: Some(rule_id),
            apply: true,
            ..MysqlQueryRule::default()
        });
    }
    config.mysql.query_processor_regex = regex;
    config
}

/// One test, so that nothing else allocates meanwhile.
#[test]
fn ten_thousand_rules_take_less_than_200_mb() {
    // RE2's syntax is slow to read in a debug build.
    for (regex, rules) in [(1, 10_000), (2, 1_000)] {
        let config = config(regex, rules);
        let most = BYTES_A_RULE * usize::try_from(rules).unwrap();
        let before = ALLOCATED.current_usage();
        ALLOCATED.reset_peak_usage();
        let begin = Instant::now();
        let engine = Engine::new(&config);
        let took = begin.elapsed();
        let (made, peak) = (ALLOCATED.current_usage() - before, ALLOCATED.peak_usage() - before);
        let session = Session::new("app");
        for rule_id in 1..=rules {
            let query = format!("SELECT c FROM tbl_{rule_id:05} WHERE id = {rule_id}");
            assert_eq!(engine.route(&session, query.as_bytes()).matched, [rule_id]);
        }
        let used = ALLOCATED.current_usage() - before;
        println!(
            "regex {regex}: made in {took:?}, {} KB, {} KB meanwhile; all used: {} KB",
            made >> 10,
            peak >> 10,
            used >> 10
        );
        assert!(peak < most && used < most);
        // How long it takes says something only in a release build.
        assert!(cfg!(debug_assertions) || took < Duration::from_secs(2), "{took:?}");
    }
}
