//! Loading a file, beside SQLite running the statements that ProxySQL makes of the same rows.
//!
//! `cargo bench --bench config` prints both and, at its end, their ratio from one run.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group};
use proxysql_kit::config::{Config, LoadOptions};
use proxysql_kit::libconfig::Document;
use proxysql_kit::schema::{Table, Version};
use rusqlite::Connection;

/// A file, and its rows as ProxySQL would insert them.
struct Input {
    name: &'static str,
    table: Table,
    text: String,
    statements: Vec<String>,
}

fn inputs() -> [Input; 2] {
    [rules(10_000), users(100_000)]
}

/// Rules with a pattern each.
fn rules(count: usize) -> Input {
    let mut text = String::from("mysql_query_rules =\n(\n");
    let mut statements = Vec::new();
    for rule in 0..count {
        let (id, hostgroup) = (rule + 1, rule % 50);
        writeln!(
            text,
            "    {{ rule_id={id}, active=1, match_pattern=\"^SELECT .* FROM t{rule} WHERE\", \
             destination_hostgroup={hostgroup}, apply=1 }},"
        )
        .unwrap();
        statements.push(format!(
            "INSERT OR REPLACE INTO mysql_query_rules (rule_id, active, match_pattern, re_modifiers, \
             destination_hostgroup, apply, attributes) VALUES ({id}, 1, \"^SELECT .* FROM t{rule} WHERE\", \
             \"CASELESS\", {hostgroup}, 1, NULL)"
        ));
    }
    text.push_str(")\n");
    Input { name: "10,000 rules", table: Table::MysqlQueryRules, text, statements }
}

/// Users as a generator writes them.
fn users(count: usize) -> Input {
    let mut text = String::from("mysql_users =\n(\n");
    let mut statements = Vec::new();
    for user in 0..count {
        let hostgroup = user % 50;
        writeln!(
            text,
            "    {{ username = \"user{user}\", password = \"pass{user}\", default_hostgroup = {hostgroup}, active = 1 }},"
        )
        .unwrap();
        statements.push(format!(
            "INSERT OR REPLACE INTO mysql_users (username, password, active, default_hostgroup) VALUES \
             ('user{user}', 'pass{user}', 1, {hostgroup})"
        ));
    }
    text.push_str(")\n");
    Input { name: "100,000 users", table: Table::MysqlUsers, text, statements }
}

fn load(criterion: &mut Criterion) {
    for input in inputs() {
        let document = Document::parse(input.text.as_str()).unwrap();
        let mut group = criterion.benchmark_group("load");
        group.throughput(Throughput::Bytes(input.text.len() as u64)).sample_size(10);
        group.bench_function(input.name, |bencher| {
            bencher.iter(|| black_box(Config::load(&document, &LoadOptions::new())));
        });
        group.bench_function(format!("{} with parsing", input.name), |bencher| {
            bencher.iter(|| {
                let document = Document::parse(input.text.as_str()).unwrap();
                black_box(Config::load(&document, &LoadOptions::new()))
            });
        });
        group.finish();
    }
}

criterion_group!(benches, load);

fn main() {
    benches();
    // `cargo test` runs benches too, only to see that they run.
    if std::env::args().any(|argument| argument == "--bench")
        && !std::env::args().any(|argument| argument == "--test")
    {
        for input in inputs() {
            beside_sqlite(&input);
        }
    }
    Criterion::default().configure_from_args().final_summary();
}

/// Ours and SQLite's in turn, on the same rows.
fn beside_sqlite(input: &Input) {
    let document = Document::parse(input.text.as_str()).unwrap();
    let create = input.table.schema(Version::V2_7).unwrap().create_statement();
    let (mut ours, mut sqlite) = (Duration::MAX, Duration::MAX);
    for _ in 0..5 {
        ours = ours.min(took(|| drop(black_box(Config::load(&document, &LoadOptions::new())))));
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&create).unwrap();
        sqlite = sqlite.min(took(|| {
            for statement in &input.statements {
                connection.execute_batch(statement).unwrap();
            }
        }));
    }
    println!(
        "{}: load {:.1} ms; SQLite {:.1} ms, {:.1} times",
        input.name,
        ours.as_secs_f64() * 1e3,
        sqlite.as_secs_f64() * 1e3,
        sqlite.as_secs_f64() / ours.as_secs_f64()
    );
}

fn took(run: impl FnOnce()) -> Duration {
    let begin = Instant::now();
    run();
    begin.elapsed()
}
