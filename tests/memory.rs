//! What a loaded configuration costs in memory.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss)]

use std::fmt::Write as _;

use peak_alloc::PeakAlloc;
use proxysql_kit::config::{Config, LoadOptions};
use proxysql_kit::libconfig::Document;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// The memory of what is loaded from a file, as a multiple of the file.
fn ratio(text: &str) -> f64 {
    let document = Document::parse(text).unwrap();
    let before = ALLOCATED.current_usage();
    let loaded = Config::load(&document, &LoadOptions::new());
    let taken = ALLOCATED.current_usage() - before;
    assert!(loaded.messages.iter().all(|message| message.span.is_none()), "{:?}", loaded.messages);
    taken as f64 / text.len() as f64
}

fn list(section: &str, count: usize, entry: impl Fn(usize) -> String) -> String {
    let mut text = format!("{section} =\n(\n");
    for index in 0..count {
        writeln!(text, "    {{ {} }},", entry(index)).unwrap();
    }
    text + ")\n"
}

#[test]
fn loaded_takes_less_than_six_times_the_file() {
    let rules = list("mysql_query_rules", 10_000, |index| {
        format!(
            "rule_id={}, active=1, match_pattern=\"^SELECT .* FROM t{index} WHERE\", \
             destination_hostgroup={}, apply=1",
            index + 1,
            index % 50
        )
    });
    let users = list("mysql_users", 100_000, |index| {
        format!(
            "username = \"user{index}\", password = \"pass{index}\", default_hostgroup = {}, active = 1",
            index % 50
        )
    });
    let servers = list("mysql_servers", 20_000, |index| {
        format!(
            "address=\"10.{}.{}.{}\", port=3306, hostgroup=10, max_connections=100",
            index >> 16,
            (index >> 8) & 255,
            index & 255
        )
    });
    for (name, text) in [("rules", rules), ("users", users), ("servers", servers)] {
        let ratio = ratio(&text);
        println!("{name}: {ratio:.2} times the file");
        assert!(ratio < 6.0, "{name}: {ratio:.2} times the file of {} bytes", text.len());
    }
}
