//! `simulate`: what becomes of a cluster in a scenario.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use proxysql_kit::cluster::sim::{Report, Scenario, Simulation};

use super::{Exit, Output, report, source, write};

/// The largest scenario, and the largest configuration that it names.
const LIMIT: usize = 64 << 20;

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The scenario, in TOML; `examples/scenarios/` has some
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,
    /// Draw what each node held, and when, as an SVG
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Where the random numbers begin [default: what the scenario says]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Print what the nodes logged, too
    #[arg(long)]
    log: bool,
}

pub(crate) fn run(options: &Options, output: &Output) -> std::io::Result<Exit> {
    let mut scenario = match read(&options.scenario) {
        Ok(scenario) => scenario,
        Err(why) => {
            let mut errors = anstream::stderr().lock();
            why.lines().try_for_each(|line| writeln!(errors, "\x1b[31merror\x1b[0m: {line}"))?;
            return Ok(Exit::Failed);
        }
    };
    if let Some(seed) = options.seed {
        scenario.seed = seed;
    }
    let bar = bar(scenario.duration);
    let report = Simulation::new(&scenario).run_with(&mut |now| bar.set_position(now));
    bar.finish_and_clear();
    if let Some(file) = &options.svg {
        write::whole(file, report.svg().as_bytes())?;
    }
    put(&report, options, output)?;
    Ok(if report.is_as_expected() { Exit::Fine } else { Exit::Found })
}

/// A scenario; the configurations that it names stand beside it.
fn read(file: &Path) -> Result<Scenario, String> {
    let name = source::name(file);
    let text = text(file)?;
    let beside = file.parent().map(Path::to_owned).unwrap_or_default();
    Scenario::parse_with(&name, &text, &mut |config| self::text(&beside.join(config)))
        .map_err(|error| error.to_string())
}

fn text(file: &Path) -> Result<String, String> {
    let name = source::name(file);
    let text = source::read(file, LIMIT).map_err(|error| format!("{name}: {error}"))?;
    if text.len() > LIMIT {
        return Err(format!("{name}: it is too large"));
    }
    String::from_utf8(text).map_err(|_| format!("{name}: it is not UTF-8"))
}

fn put(report: &Report, options: &Options, output: &Output) -> std::io::Result<()> {
    if output.is_json() {
        let json = serde_json::to_value(report).map_err(std::io::Error::other)?;
        return report::json(&json);
    }
    let mut out = anstream::stdout().lock();
    if options.log {
        for line in &report.log {
            let node = report.nodes.get(line.node).map_or("", |node| &*node.name);
            writeln!(out, "{node} {line}")?;
        }
        writeln!(out)?;
    }
    for line in report.to_string().lines() {
        let style = match line.as_bytes() {
            [b'o', b'k', b' ', ..] => "\x1b[32m",
            [b'F', b'A', b'I', b'L', ..] => "\x1b[31m",
            _ => "",
        };
        let reset = if style.is_empty() { "" } else { "\x1b[0m" };
        writeln!(out, "{style}{line}{reset}")?;
    }
    Ok(())
}

/// A bar on standard error, if that is a terminal.
fn bar(duration: u64) -> ProgressBar {
    let bar = ProgressBar::new(duration);
    match ProgressStyle::with_template("{bar:30} {percent} % of the time {eta}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
