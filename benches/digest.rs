//! Digests of several kinds of queries, beside a plain walk over them.
//!
//! `cargo bench --bench digest` prints both and, at its end, their ratio from one run.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss)]

#[path = "digest/walk.rs"]
mod walk;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group};
use proxysql_kit::digest::{Digester, Options};

fn queries() -> Vec<(&'static str, String)> {
    let list = |count: u64, separator: &str, item: fn(u64) -> String| {
        // Numbers of different lengths, always the same ones.
        let items = (1..=count).map(|index| item(index.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 44));
        items.collect::<Vec<_>>().join(separator)
    };
    vec![
        ("commit", "COMMIT".to_owned()),
        ("start", "START TRANSACTION".to_owned()),
        ("one", "SELECT 1".to_owned()),
        ("isolation", "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED".to_owned()),
        ("autocommit", "SET autocommit=0".to_owned()),
        ("point", "SELECT c FROM sbtest1 WHERE id=123456".to_owned()),
        (
            "join",
            "select u.id, u.name, o.total from users u join orders o on o.user_id = u.id where u.email = \
             'someone@example.com' and o.created_at > '2024-01-01 00:00:00' and o.status in (1,2,3,4,5,6) \
             order by o.created_at desc limit 20"
                .to_owned(),
        ),
        (
            "traced",
            "/* traceparent=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 */ UPDATE `orders` SET \
             `status` = 'paid', `updated_at` = NOW() WHERE `orders`.`id` = 42"
                .to_owned(),
        ),
        (
            "columns",
            format!("SELECT {} FROM t", list(200, ", ", |number| format!("t.some_column AS alias_{number}"))),
        ),
        ("ids", format!("SELECT * FROM t WHERE id IN ({})", list(1000, ", ", |number| number.to_string()))),
        (
            "rows",
            format!(
                "INSERT INTO t VALUES {}",
                list(1000, ",", |number| format!("({number},{},'ab{number}',7,8)", number % 97))
            ),
        ),
        (
            "texts",
            format!(
                "INSERT INTO t VALUES {}",
                list(100, ", ", |number| format!(
                    "({number}, '{}', '{}', 1, 2)",
                    number.to_string().repeat(20),
                    number.to_string().repeat(10)
                ))
            ),
        ),
    ]
}

fn digests(criterion: &mut Criterion) {
    let mut digester = Digester::new(&Options::new());
    for (name, query) in queries() {
        let query = query.as_bytes();
        let ours = digester.digest(query);
        assert_eq!((ours.text().to_vec(), ours.hash()), walk::digest(query), "{name}");
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(query.len() as u64)).sample_size(20);
        group.bench_function("digest", |bencher| {
            bencher.iter(|| black_box(digester.digest(black_box(query)).hash()));
        });
        group.bench_function("plain walk", |bencher| {
            bencher.iter(|| black_box(walk::digest(black_box(query))));
        });
        group.finish();
    }
}

criterion_group!(benches, digests);

fn main() {
    benches();
    // `cargo test` runs benches too, only to see that they run.
    if std::env::args().any(|argument| argument == "--bench")
        && !std::env::args().any(|argument| argument == "--test")
    {
        for (name, query) in queries() {
            beside_walk(name, query.as_bytes());
        }
    }
    Criterion::default().configure_from_args().final_summary();
}

/// Ours and the plain walk in turn.
fn beside_walk(name: &str, query: &[u8]) {
    let mut digester = Digester::new(&Options::new());
    let count = 5_000_000 / (query.len() + 50);
    let (mut ours, mut walk) = (Duration::MAX, Duration::MAX);
    for _ in 0..7 {
        ours = ours.min(took(count, || digester.digest(black_box(query)).hash()));
        walk = walk.min(took(count, || walk::digest(black_box(query)).1));
    }
    let nanoseconds = |took: Duration| took.as_secs_f64() * 1e9 / count as f64;
    println!(
        "{name}: {:.0} ns, {:.0} MB/s; plain walk {:.0} ns, {:.1} times",
        nanoseconds(ours),
        query.len() as f64 * 1e3 / nanoseconds(ours),
        nanoseconds(walk),
        walk.as_secs_f64() / ours.as_secs_f64()
    );
}

fn took<T>(count: usize, mut run: impl FnMut() -> T) -> Duration {
    let begin = Instant::now();
    for _ in 0..count {
        black_box(run());
    }
    begin.elapsed()
}
