//! What 10,000 rules cost, in time and memory: when they are made ready, and when all of them have been used.

#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use proxysql_kit::config::Config;
use proxysql_kit::rules::{Engine, Session};
use proxysql_kit::schema::MysqlQueryRule;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

const RULES: i32 = 10_000;
const MOST_BYTES: usize = 200 << 20;

fn config(regex: i32) -> Config {
    let mut config = Config::default();
    for rule_id in 1..=RULES {
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
    for regex in [1, 2] {
        let config = config(regex);
        let before = ALLOCATED.current_usage();
        ALLOCATED.reset_peak_usage();
        let begin = Instant::now();
        let engine = Engine::new(&config);
        let took = begin.elapsed();
        let (made, peak) = (ALLOCATED.current_usage() - before, ALLOCATED.peak_usage() - before);
        let session = Session::new("app");
        for rule_id in 1..=RULES {
            let query = format!("SELECT c FROM tbl_{rule_id:05} WHERE id = {rule_id}");
            assert_eq!(engine.route(&session, query.as_bytes()).matched, [rule_id]);
        }
        let used = ALLOCATED.current_usage() - before;
        println!(
            "regex {regex}: made in {took:?}, {} MB, {} MB meanwhile; all used: {} MB",
            made >> 20,
            peak >> 20,
            used >> 20
        );
        assert!(peak < MOST_BYTES && used < MOST_BYTES);
        // Two seconds in release.
        assert!(took < Duration::from_secs(if cfg!(debug_assertions) { 30 } else { 2 }), "{took:?}");
    }
}
