//! Routing by rules that match late, beside a plain walk over them, one by one.
//!
//! `cargo bench --bench rules` prints both and, at its end, their ratio from one run: rules that differ in a
//! table's name, of which the last one matches, in several shapes; the rules of `examples/proxysql.cnf`; and how
//! long it takes to make an engine.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss)]

#[path = "../tests/support/reference_walk.rs"]
mod reference_walk;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group};
use proxysql_kit::config::{Config, LoadOptions};
use proxysql_kit::libconfig::Document;
use proxysql_kit::rules::{Engine, Session};
use proxysql_kit::schema::{MysqlQueryRule, Text};
use reference_walk::Reference;

const COUNTS: [usize; 4] = [10, 100, 1_000, 10_000];
const QUERY: &str = "SELECT c, pad FROM tbl_9999 WHERE id = 12345 AND k BETWEEN 10 AND 20 ORDER BY c LIMIT 1";

/// Rules of one shape.
struct Shape {
    name: &'static str,
    /// The rule of a table.
    rule: fn(&str) -> MysqlQueryRule,
    /// `mysql-query_processor_regex`.
    regex: i32,
    digests: bool,
}

/// A rule with a `match_pattern`, caseless as the column's default is.
fn pattern(text: String) -> MysqlQueryRule {
    MysqlQueryRule { match_pattern: Some(text.into()), ..MysqlQueryRule::default() }
}

fn shapes() -> Vec<Shape> {
    let shape = |name, rule| Shape { name, rule, regex: 1, digests: false };
    vec![
        shape("^SELECT .* FROM t .*", |table| pattern(format!("^SELECT .* FROM {table} .*"))),
        Shape {
            digests: true,
            ..shape("the same, with digests", |table| pattern(format!("^SELECT .* FROM {table} .*")))
        },
        Shape { regex: 2, ..shape("the same, RE2", |table| pattern(format!("^SELECT .* FROM {table} .*"))) },
        shape("the same, with case", |table| MysqlQueryRule {
            re_modifiers: None,
            ..pattern(format!("^SELECT .* FROM {table} .*"))
        }),
        shape(r"FROM\s+t\b", |table| pattern(format!(r"FROM\s+{table}\b"))),
        shape(".*FROM t.*", |table| pattern(format!(".*FROM {table}.*"))),
        shape("^(SELECT|DELETE) .* (FROM|JOIN) `?t`?( |$)", |table| {
            pattern(format!("^(SELECT|DELETE) .* (FROM|JOIN) `?{table}`?( |$)"))
        }),
        shape(r"^(?!.*FOR UPDATE)SELECT.*\bt\b", |table| {
            pattern(format!(r"^(?!.*FOR UPDATE)SELECT.*\b{table}\b"))
        }),
        Shape {
            digests: true,
            ..shape("match_digest", |table| MysqlQueryRule {
                match_digest: Some(format!("^SELECT .* FROM {table} WHERE id = \\?").into()),
                ..MysqlQueryRule::default()
            })
        },
        shape("schema and ^SELECT", |table| MysqlQueryRule {
            schemaname: Some(Text::from(table)),
            ..pattern("^SELECT".to_owned())
        }),
        shape("user and ^SELECT", |table| MysqlQueryRule {
            username: Some(Text::from(table)),
            ..pattern("^SELECT".to_owned())
        }),
    ]
}

/// The last rule is the one that matches.
fn config(shape: &Shape, count: usize) -> Config {
    let mut config = Config::default();
    for (rule_id, table) in (1..).zip(10_000 - count..10_000) {
        let rule = (shape.rule)(&format!("tbl_{table:04}"));
        config.mysql_query_rules.push(MysqlQueryRule {
            rule_id,
            active: true,
            destination_hostgroup: Some(rule_id),
            apply: true,
            ..rule
        });
    }
    config.mysql.query_processor_regex = shape.regex;
    config.mysql.query_digests = shape.digests;
    config
}

fn session() -> Session {
    Session::new("tbl_9999").schema("tbl_9999").client_addr("10.0.0.1").proxy("10.0.0.2", 6033)
}

fn seed() -> Config {
    let text = std::fs::read_to_string("examples/proxysql.cnf").unwrap();
    Config::load(&Document::parse(text).unwrap(), &LoadOptions::new()).runtime
}

fn routes(criterion: &mut Criterion) {
    let session = session();
    let (late, digests) = (&shapes()[0], &shapes()[1]);
    for count in COUNTS {
        let mut group = criterion.benchmark_group(format!("{count} rules"));
        group.sample_size(20);
        let mut run = |name: &str, shape: &Shape| {
            let engine = Engine::new(&config(shape, count));
            assert_eq!(engine.route(&session, QUERY.as_bytes()).matched.len(), 1);
            group.bench_function(name, |bencher| {
                bencher.iter(|| black_box(engine.route(&session, black_box(QUERY.as_bytes()))));
            });
        };
        run("route", late);
        run("route with digest", digests);
        group.finish();
    }
    let engine = Engine::new(&seed());
    criterion.bench_function("seed", |bencher| {
        bencher.iter(|| black_box(engine.route(&session, black_box(QUERY.as_bytes()))));
    });
    let rules = config(late, 1_000);
    criterion.bench_function("compile 1000 rules", |bencher| bencher.iter(|| Engine::new(black_box(&rules))));
}

criterion_group!(benches, routes);

fn main() {
    benches();
    // `cargo test` runs benches too, only to see that they run.
    if std::env::args().any(|argument| argument == "--bench")
        && !std::env::args().any(|argument| argument == "--test")
    {
        for shape in shapes() {
            for count in COUNTS {
                beside_walk(&format!("{}, {count} rules", shape.name), &config(&shape, count), QUERY);
            }
        }
        beside_walk("seed", &seed(), QUERY);
        // The reference follows texts of up to 10,000 bytes.
        let long = format!("INSERT INTO tbl_9999 VALUES {}", "(1, 'some text'), ".repeat(500));
        beside_walk("9 KB INSERT, 10 rules", &config(&shapes()[0], 10), &long);
        let long = format!("SELECT a FROM tbl_9999 WHERE id IN ({})", "123456, ".repeat(1_100));
        beside_walk("9 KB SELECT, 10 rules", &config(&shapes()[0], 10), &long);
        all_in_turn();
        compiling();
    }
    Criterion::default().configure_from_args().final_summary();
}

/// Ours and the plain walk in turn, on rules that both have compiled.
fn beside_walk(name: &str, config: &Config, query: &str) {
    let (engine, reference, session) = (Engine::new(config), Reference::new(config), session());
    let query = query.as_bytes();
    let route = engine.route(&session, query);
    assert_eq!(route.hits().collect::<Vec<_>>(), reference.route(&session, query).hits, "{name}");
    let rules = config.mysql_query_rules.len();
    let (mut ours, mut walk) = (Duration::MAX, Duration::MAX);
    let (our_count, walk_count) =
        (10_000_000 / (query.len() * 20), 1 + 1_000_000 / (rules * (query.len() + 100)));
    for _ in 0..5 {
        ours = ours.min(took(our_count, || engine.route(&session, black_box(query)).hostgroup));
        walk = walk.min(took(walk_count, || reference.route(&session, black_box(query)).hostgroup));
    }
    let microseconds = |took: Duration| took.as_secs_f64() * 1e6;
    println!(
        "{name}: {:.2} us; plain walk {:.2} us, {:.1} times",
        microseconds(ours),
        microseconds(walk),
        walk.as_secs_f64() / ours.as_secs_f64()
    );
}

/// Each of 10,000 rules is the one that matches once: nothing stays in the caches of the processor.
fn all_in_turn() {
    let engine = Engine::new(&config(&shapes()[0], 10_000));
    let session = session();
    // A prime far from a divisor of the count goes through all in a mixed order.
    let queries: Vec<String> = (0..10_000)
        .map(|index| QUERY.replace("tbl_9999", &format!("tbl_{:04}", index * 7_919 % 10_000)))
        .collect();
    let mut each = Duration::MAX;
    for _ in 0..5 {
        let mut next = queries.iter().cycle();
        each = each
            .min(took(queries.len(), || engine.route(&session, next.next().unwrap().as_bytes()).hostgroup));
    }
    println!("each of 10000 rules in turn: {:.2} us", each.as_secs_f64() * 1e6);
}

fn compiling() {
    for shape in shapes() {
        let config = config(&shape, 10_000);
        let begin = Instant::now();
        black_box(Engine::new(&config));
        println!("{}, 10000 rules: made in {:.0} ms", shape.name, begin.elapsed().as_secs_f64() * 1e3);
    }
}

/// How long one run takes.
fn took<T>(count: usize, mut run: impl FnMut() -> T) -> Duration {
    let count = u32::try_from(count).unwrap().max(1);
    let begin = Instant::now();
    for _ in 0..count {
        black_box(run());
    }
    begin.elapsed() / count
}
