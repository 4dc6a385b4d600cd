//! How fast files are read: text to values, text to the lossless document, and beside them the C library
//! where pkg-config finds one.
//!
//! `cargo bench --bench libconfig`. To compare with another libconfig than the system's, set
//! `PKG_CONFIG_PATH`.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use proxysql_kit::libconfig::{Document, FormatOptions, Values};

/// A file to read.
struct Input {
    name: &'static str,
    text: Vec<u8>,
}

fn inputs() -> Vec<Input> {
    let generated = |name, rules| Input { name, text: rules_file(rules) };
    vec![
        Input { name: "seed", text: include_bytes!("../examples/proxysql.cnf").to_vec() },
        generated("200 kB", 1_000),
        generated("2 MB", 10_000),
        generated("10 MB", 50_000),
    ]
}

/// A file of query rules, about 200 bytes each, laid out as people do.
fn rules_file(rules: usize) -> Vec<u8> {
    let mut text = String::from("mysql_query_rules =\n(\n");
    for rule in 0..rules {
        let comma = if rule + 1 < rules { "," } else { "" };
        let (user, hostgroup, ttl) = (rule % 97, rule % 50, rule % 7 * 1_000);
        write!(
            text,
            "    {{\n        rule_id={rule}\n        active=1\n        username=\"user{user}\"\n        \
             match_pattern=\"^SELECT .* FROM t{rule} WHERE\"\n        destination_hostgroup={hostgroup}\n        \
             cache_ttl={ttl}\n        apply=1\n    }}{comma}\n"
        )
        .unwrap();
    }
    text.push_str(")\n");
    text.into_bytes()
}

fn read(criterion: &mut Criterion) {
    for Input { name, text } in inputs() {
        let mut group = criterion.benchmark_group("read");
        group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
        group.bench_with_input(BenchmarkId::new("values", name), &text, |bencher, text| {
            bencher.iter(|| black_box(Values::parse(text).unwrap()));
        });
        group.bench_with_input(BenchmarkId::new("document", name), &text, |bencher, text| {
            bencher.iter(|| black_box(Document::parse(text.as_slice()).unwrap()));
        });
        group.finish();
    }
}

fn print(criterion: &mut Criterion) {
    let text = rules_file(1_000);
    let document = Document::parse(text.as_slice()).unwrap();
    let mut group = criterion.benchmark_group("print");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
    group.bench_function("canonical", |bencher| bencher.iter(|| black_box(document.to_canonical())));
    group.bench_function("fmt", |bencher| {
        bencher.iter(|| black_box(document.format(&FormatOptions::default())));
    });
    group.finish();
}

criterion_group!(benches, read, print);

fn main() {
    benches();
    // `cargo test` runs benches too, only to see that they run.
    if std::env::args().any(|argument| argument == "--bench")
        && !std::env::args().any(|argument| argument == "--test")
    {
        memory();
        beside_c();
    }
    Criterion::default().configure_from_args().final_summary();
}

fn memory() {
    let text = rules_file(10_000);
    let values = Values::parse(&text).unwrap();
    #[allow(clippy::cast_precision_loss)]
    let ratio = values.memory() as f64 / text.len() as f64;
    println!("\nmemory of the values of the {} byte file: {ratio:.2} times its size", text.len());
}

/// Ours and the C library's in turn, on the same files.
fn beside_c() {
    let Some(program) = c_program() else {
        println!("comparison with C left out: no C compiler, or pkg-config finds no libconfig");
        return;
    };
    // The macros in the header of 1.7.3 still say 1.7.0.
    let version = pkg_config(&["--modversion"]).unwrap_or_default();
    let version = version.trim();
    for Input { name, text } in inputs() {
        let file = program.with_file_name("input.cnf");
        std::fs::write(&file, &text).unwrap();
        let runs = if text.len() > 1_000_000 { 5 } else { 40 };
        let (mut values, mut document, mut c) = (Duration::MAX, Duration::MAX, f64::MAX);
        for _ in 0..4 {
            values = values.min(best(runs, || drop(black_box(Values::parse(&text).unwrap()))));
            document =
                document.min(best(runs, || drop(black_box(Document::parse(text.as_slice()).unwrap()))));
            let output = Command::new(&program).arg(&file).arg(runs.to_string()).output().unwrap();
            let output = String::from_utf8(output.stdout).unwrap();
            c = c.min(output.trim().parse::<f64>().unwrap());
        }
        #[allow(clippy::cast_precision_loss)]
        let rate = |nanoseconds: f64| text.len() as f64 * 1e3 / nanoseconds;
        let nanoseconds = |took: Duration| took.as_secs_f64() * 1e9;
        let (values, document) = (nanoseconds(values), nanoseconds(document));
        println!(
            "{name}: libconfig {version} {:.0} MB/s; values {:.0} MB/s, {:.1} times; document {:.0} MB/s, {:.1} times",
            rate(c),
            rate(values),
            c / values,
            rate(document),
            c / document
        );
    }
}

fn best(runs: u32, mut read: impl FnMut()) -> Duration {
    let once = |()| {
        let begin = Instant::now();
        read();
        begin.elapsed()
    };
    std::iter::repeat_n((), runs as usize).map(once).min().unwrap_or_default()
}

/// Compiles the program that reads with C.
fn c_program() -> Option<PathBuf> {
    let source: PathBuf = [env!("CARGO_MANIFEST_DIR"), "benches", "libconfig", "read.c"].iter().collect();
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("read-with-c");
    let flags = pkg_config(&["--cflags", "--libs"])?;
    let folder = pkg_config(&["--variable=libdir"])?;
    let compiled = Command::new("cc")
        .args(["-O2", "-o"])
        .arg(&program)
        .arg(&source)
        .args(flags.split_whitespace())
        .arg(format!("-Wl,-rpath,{}", folder.trim()))
        .status();
    compiled.is_ok_and(|status| status.success()).then_some(program)
}

fn pkg_config(arguments: &[&str]) -> Option<String> {
    let output = Command::new("pkg-config").args(arguments).arg("libconfig").output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok()).flatten()
}
