//! The command `proxysql-kit`: one file a command; sources, reports and exit codes once.

mod apply;
mod check;
mod checksum;
mod config_source;
mod convert;
mod diff;
mod digest;
mod explain_log;
mod export;
mod findings;
mod fmt;
mod groups;
mod mask;
mod nodes;
mod placeholders;
mod render;
mod replay;
mod report;
mod roundtrip;
mod route;
mod simulate;
mod source;
mod status;
mod target;
mod test_rules;
mod tls_pin;
mod upgrade;
mod view;
mod watch;
mod write;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use proxysql_kit::admin::net::ServerVersion;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

/// Understands ProxySQL's configuration.
#[derive(Parser, Debug)]
#[command(name = "proxysql-kit", version, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    output: Output,
}

const EXIT_CODES: &str =
    "Exit codes: 0 no error, 1 an error was found (with --strict also a warning), 2 could not run.";

#[derive(Subcommand, Debug)]
enum Command {
    /// Say what is wrong with files, and what is in them
    Check(check::Options),
    /// Lay files out in the usual way
    Fmt(fmt::Options),
    /// Print a file in another form
    Convert(convert::Options),
    /// Fill in the placeholders of a file: `${VAR}`, `$VAR`, `{{ .Values.x }}`
    Render(render::Options),
    /// Say what turns one configuration into another one; exits with 1 if anything does
    Diff(diff::Options),
    /// Say what another version of `ProxySQL` makes of a file; exits with 1 if it is not the same
    Upgrade(upgrade::Options),
    /// Say what each form of a configuration loses; exits with 1 if one loses anything
    Roundtrip(roundtrip::Options),
    /// Say where queries go by the rules of a file, and why; with --from, the queries of a log
    Route(route::Options),
    /// Run tests of the rules of a file; exits with 1 if one fails
    TestRules(test_rules::Options),
    /// Print the digests of queries: what `ProxySQL`'s statistics and rules call them
    Digest(digest::Options),
    /// Print the checksums that a cluster node will have that loads a file
    Checksum(checksum::Options),
    /// Tell the story of logs: what was detected, pulled, refused, and why a cluster does not sync
    ExplainLog(explain_log::Options),
    /// Say what becomes of a cluster in a scenario; exits with 1 if it is not what the scenario expects
    Simulate(simulate::Options),
    /// Print what a node holds, as a file, a ConfigMap or a Secret; or bring a file up to date
    Export(export::Options),
    /// Bring a node to hold what a file says; shows what changes, and asks
    Apply(apply::Options),
    /// Print the certificate of a node as a pin, for --tls-pin; take it over a way that you trust
    TlsPin(tls_pin::Options),
    /// Say whether nodes hold the same, and what mends it if not; exits with 1 if they do not
    Status(status::Options),
    /// Keep the status of nodes on screen, and tell what changes
    Watch(watch::Options),
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// How everything is printed.
#[derive(Args, Debug)]
struct Output {
    /// For people or for machines
    #[arg(long, value_enum, global = true, default_value_t = Format::Human)]
    format: Format,
    /// Short for --format json
    #[arg(long, global = true)]
    json: bool,
    /// Colours
    #[arg(long, value_enum, global = true, default_value_t = Color::Auto)]
    color: Color,
    /// Show passwords in the lines of diagnostics
    #[arg(long, global = true)]
    show_secrets: bool,
}

impl Output {
    fn is_json(&self) -> bool {
        self.json || self.format == Format::Json
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    #[value(alias = "text")]
    Human,
    Json,
    /// Of test-rules only: the XML that CI systems read
    Junit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal only
    Auto,
    Always,
    Never,
}

/// How a command ended; the worst of several files counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Exit {
    Fine = 0,
    Found = 1,
    Failed = 2,
}

/// Room for the deepest file that libconfig accepts (some 5,000 brackets), whatever limit is set.
const STACK: usize = 256 << 20;

fn main() -> ExitCode {
    let matches = groups::grouped(Cli::command()).get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let worker = std::thread::Builder::new().stack_size(STACK).spawn(move || run(&cli));
    match worker.map(std::thread::JoinHandle::join) {
        Ok(Ok(exit)) => ExitCode::from(exit as u8),
        _ => ExitCode::from(Exit::Failed as u8),
    }
}

fn run(cli: &Cli) -> Exit {
    match cli.output.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    if cli.output.format == Format::Junit && !matches!(cli.command, Command::TestRules(_)) {
        let _ = writeln!(anstream::stderr(), "error: only test-rules has a report for JUnit");
        return Exit::Failed;
    }
    let done = match &cli.command {
        Command::Check(options) => check::run(options, &cli.output),
        Command::Fmt(options) => fmt::run(options, &cli.output),
        Command::Convert(options) => convert::run(options, &cli.output),
        Command::Render(options) => render::run(options, &cli.output),
        Command::Diff(options) => diff::run(options, &cli.output),
        Command::Upgrade(options) => upgrade::run(options, &cli.output),
        Command::Roundtrip(options) => roundtrip::run(options, &cli.output),
        Command::Route(options) => route::run(options, &cli.output),
        Command::TestRules(options) => test_rules::run(options, &cli.output),
        Command::Digest(options) => digest::run(options, &cli.output),
        Command::Checksum(options) => checksum::run(options, &cli.output),
        Command::ExplainLog(options) => explain_log::run(options, &cli.output),
        Command::Simulate(options) => simulate::run(options, &cli.output),
        Command::Export(options) => export::run(options, &cli.output),
        Command::Apply(options) => apply::run(options, &cli.output),
        Command::TlsPin(options) => tls_pin::run(options, &cli.output),
        Command::Status(options) => status::run(options, &cli.output),
        Command::Watch(options) => watch::run(options, &cli.output),
        Command::Completions { shell } => completions(*shell),
    };
    match done {
        Ok(exit) => exit,
        // Nobody reads on: `proxysql-kit check … | head`.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Fine,
        Err(error) => {
            let _ = writeln!(anstream::stderr(), "error: {error}");
            Exit::Failed
        }
    }
}

/// A number with its noun, `1 entry` or `2 entries`.
fn count(number: usize, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        _ => format!("{number} {noun}s"),
    }
}

fn completions(shell: clap_complete::Shell) -> std::io::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "proxysql-kit", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(Exit::Fine)
}

/// How files are read.
#[derive(Args, Clone, Debug)]
struct Reading {
    #[command(flatten)]
    target: target::Target,
    /// The version of libconfig [default: 1.7.2 for 2.0, 1.7.3 for 2.7 and 3.0]
    #[arg(long, value_enum)]
    dialect: Option<DialectName>,
    /// Where relative include paths begin [default: the working directory, as for ProxySQL]
    #[arg(long, value_name = "DIR")]
    include_dir: Option<PathBuf>,
    /// The folder that includes may read from [default: the include folder]
    #[arg(long, value_name = "DIR")]
    include_root: Option<PathBuf>,
    /// The most bytes to read
    #[arg(long, value_name = "N")]
    max_bytes: Option<usize>,
    /// The most brackets open at once
    #[arg(long, value_name = "N")]
    max_depth: Option<usize>,
    /// The most errors to tell of a file
    #[arg(long, value_name = "N")]
    max_errors: Option<usize>,
}

impl Reading {
    /// The same, as a node reads that has introduced itself, unless the options name another version.
    fn of_server(mut self, server: &ServerVersion) -> Self {
        self.target.default_to(server);
        self
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DialectName {
    #[value(name = "1.7.3")]
    V1_7_3,
    #[value(name = "1.7.2")]
    V1_7_2,
}
