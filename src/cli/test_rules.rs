//! `test-rules`: tests of the rules of a file, and a report that CI systems understand.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use proxysql_kit::rule_tests::{RuleTests, Runner, TestReport};
use serde_json::json;

use super::nodes::Connecting;
use super::route::tell_problems;
use super::{Exit, Format, Output, Reading, config_source, report, source};

/// The largest file of tests.
const LIMIT: usize = 64 << 20;

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The file with the rules: a cnf, or by its ending `.json`, `.yaml` or `.sql`; or a node, `mysql://user@host:6032`
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The tests, in TOML; the README shows some
    #[arg(value_name = "TESTS", required = true)]
    tests: Vec<PathBuf>,
    /// Say which active rules no test reaches
    #[arg(long)]
    coverage: bool,
    /// Fail if fewer of the active rules are reached, in percent
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    min_coverage: Option<u8>,
    /// Write JUnit's XML to a file, whatever is printed
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    nodes: Connecting,
    #[command(flatten)]
    reading: Reading,
}

pub(crate) fn run(options: &Options, output: &Output) -> std::io::Result<Exit> {
    let from_stdin = |file: &&PathBuf| file.as_os_str() == "-";
    if options.tests.iter().chain([&options.file]).filter(from_stdin).count() > 1 {
        writeln!(anstream::stderr(), "\x1b[31merror\x1b[0m: only one file can be standard input")?;
        return Ok(Exit::Failed);
    }
    // Here 1 says that a test failed, whatever is wrong with a file.
    let Ok(read) = config_source::open(&options.file, None, &options.reading, &options.nodes, output)? else {
        return Ok(Exit::Failed);
    };
    let mut tests = Vec::new();
    let mut errors = anstream::stderr().lock();
    let mut are_read = true;
    for file in &options.tests {
        match parsed(file) {
            Ok(file) => tests.push(file),
            Err(why) => {
                are_read = false;
                why.lines().try_for_each(|line| writeln!(errors, "\x1b[31merror\x1b[0m: {line}"))?;
            }
        }
    }
    drop(errors);
    if !are_read {
        return Ok(Exit::Failed);
    }
    let runner = Runner::new(&read.config);
    tell_problems(runner.engine())?;
    let report = runner.run(&tests);
    put(&report, options, output)?;
    let is_covered = covers(&report, options)?;
    if let Some(file) = &options.junit {
        std::fs::write(file, report.to_junit())
            .map_err(|error| std::io::Error::new(error.kind(), format!("{}: {error}", file.display())))?;
    }
    Ok(if report.failed() == 0 && is_covered { Exit::Fine } else { Exit::Found })
}

fn parsed(file: &Path) -> Result<RuleTests, String> {
    let name = source::name(file);
    let text = source::read(file, LIMIT).map_err(|error| format!("{name}: {error}"))?;
    if text.len() > LIMIT {
        return Err(format!("{name}: it is too large"));
    }
    let text = String::from_utf8(text).map_err(|_| format!("{name}: it is not UTF-8"))?;
    RuleTests::parse(&name, &text).map_err(|error| error.to_string())
}

fn put(report: &TestReport, options: &Options, output: &Output) -> std::io::Result<()> {
    if output.is_json() {
        return report::json(&json!({ "file": source::name(&options.file), "report": report }));
    }
    if output.format == Format::Junit {
        return anstream::stdout().write_all(report.to_junit().as_bytes());
    }
    report::styled(&report.to_string(), report::outcome)?;
    if options.coverage {
        write!(anstream::stdout(), "{}", report.coverage())?;
    }
    Ok(())
}

fn covers(report: &TestReport, options: &Options) -> std::io::Result<bool> {
    let Some(least) = options.min_coverage else { return Ok(true) };
    let percent = report.coverage().percent();
    let is_covered = percent >= f64::from(least);
    if !is_covered {
        writeln!(
            anstream::stderr(),
            "\x1b[31merror\x1b[0m: the tests reach {percent:.1} % of the active rules, less than {least} %; `--coverage` names the others"
        )?;
    }
    Ok(is_covered)
}
