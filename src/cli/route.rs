//! `route`: where queries go by the rules of a file, and why; those of a log with `--from`.

use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::ValueEnum;
use proxysql_kit::config::Config;
use proxysql_kit::replay::{LogFormat, Reader};
use proxysql_kit::rules::{Answer, Engine, Route, Session, default_schema};
use proxysql_kit::schema::Text;
use serde_json::{Value as Json, json};

use super::nodes::Connecting;
use super::{Exit, Output, Reading, config_source, replay, report, source};

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The file with the rules: a cnf, or by its ending `.json`, `.yaml` or `.sql`; or a node, `mysql://user@host:6032`
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The queries, one after the other on one connection [default: those of standard input, one a line,
    /// without the `;` at its end]
    #[arg(value_name = "QUERY", conflicts_with = "from")]
    queries: Vec<String>,
    /// Say why: every rule that is looked at, and what it did or did not match
    #[arg(long, conflicts_with = "from")]
    explain: bool,
    #[command(flatten)]
    pub(crate) client: Client,
    /// Say how the queries of a log spread over hostgroups and rules; may be given several times.
    /// An events log, SQL with a statement a line, or `stats_mysql_query_digest` as CSV or JSON
    #[arg(long, value_name = "LOG", help_heading = "Logs")]
    pub(crate) from: Vec<PathBuf>,
    /// Say which queries would go elsewhere by the rules of this file; exits with 1 if any does
    #[arg(long, value_name = "FILE", requires = "from", conflicts_with = "queries", help_heading = "Logs")]
    pub(crate) against: Option<PathBuf>,
    /// The format of the logs [default: told from how each begins]
    #[arg(long, value_enum, requires = "from", conflicts_with = "queries", help_heading = "Logs")]
    pub(crate) log_format: Option<LogFormatName>,
    /// How many of the statements that would move are shown
    #[arg(
        long,
        value_name = "N",
        default_value_t = 10,
        requires = "from",
        conflicts_with = "queries",
        help_heading = "Logs"
    )]
    pub(crate) top: usize,
    /// How many threads read and route [default: one for each core]
    #[arg(long, value_name = "N", requires = "from", conflicts_with = "queries", help_heading = "Logs")]
    pub(crate) threads: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) nodes: Connecting,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

/// Who asks; of a log, what it does not say itself.
#[derive(clap::Args, Debug)]
pub(crate) struct Client {
    /// The user
    #[arg(long, value_name = "USER", help_heading = "Client")]
    user: Option<String>,
    /// The current schema [default: the user's default schema]
    #[arg(long, value_name = "SCHEMA", help_heading = "Client")]
    schema: Option<String>,
    /// The client's address
    #[arg(long, value_name = "ADDRESS", help_heading = "Client")]
    client: Option<String>,
    /// The local address that the client came in at
    #[arg(long, value_name = "ADDRESS", help_heading = "Client")]
    proxy_addr: Option<String>,
    /// The local port that the client came in at
    #[arg(long, value_name = "PORT", help_heading = "Client")]
    proxy_port: Option<u16>,
    /// The follow-up flag that an earlier query left (`next_query_flagIN`)
    #[arg(long, value_name = "N", help_heading = "Client", default_value_t = 0)]
    flag: i32,
}

impl Client {
    /// The session as it was said: its schema may be empty.
    pub(crate) fn session(&self) -> Session {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Session::new(text(&self.user).as_str())
            .schema(text(&self.schema).as_str())
            .client_addr(text(&self.client).as_str())
            .proxy(text(&self.proxy_addr).as_str(), self.proxy_port.unwrap_or(0))
            .flag_in(self.flag)
    }
}

/// A format of logs as options name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormatName {
    EventslogJson,
    EventslogBinary,
    Sql,
    DigestsCsv,
    DigestsJson,
}

impl LogFormatName {
    pub(crate) fn format(self) -> LogFormat {
        match self {
            LogFormatName::EventslogJson => LogFormat::EventsJson,
            LogFormatName::EventslogBinary => LogFormat::EventsBinary,
            LogFormatName::Sql => LogFormat::Sql,
            LogFormatName::DigestsCsv => LogFormat::DigestsCsv,
            LogFormatName::DigestsJson => LogFormat::DigestsJson,
        }
    }
}

pub(crate) fn run(options: &Options, output: &Output) -> std::io::Result<Exit> {
    // Here 1 says that queries would move, whatever is wrong with a file.
    let Ok(read) = config_source::open(&options.file, None, &options.reading, &options.nodes, output)? else {
        return Ok(Exit::Failed);
    };
    if !options.from.is_empty() {
        return replay::run(options, &read.config, output);
    }
    let engine = Engine::new(&read.config);
    tell_problems(&engine)?;
    let mut asked =
        Asked { options, session: session(options, &read.config), engine, asked: 0, shown: Vec::new() };
    if options.queries.is_empty() {
        if options.file.as_os_str() == "-" {
            writeln!(anstream::stderr(), "error: there is no QUERY, and standard input is the file")?;
            return Ok(Exit::Failed);
        }
        let lines =
            Reader::new(std::io::stdin().lock(), Some(LogFormat::Sql)).map_err(std::io::Error::other)?;
        for event in lines {
            asked.query(&event.map_err(std::io::Error::other)?.query, output)?;
        }
    } else {
        options.queries.iter().try_for_each(|query| asked.query(query.as_bytes(), output))?;
    }
    if output.is_json() {
        let problems: Vec<_> = asked.engine.problems().iter().map(ToString::to_string).collect();
        let file = source::name(&options.file);
        report::json(&json!({ "file": file, "problems": problems, "queries": asked.shown }))?;
    }
    Ok(Exit::Fine)
}

/// Says on standard error what is wrong with rules.
pub(crate) fn tell_problems(engine: &Engine) -> std::io::Result<()> {
    let mut out = anstream::stderr().lock();
    engine.problems().iter().try_for_each(|problem| writeln!(out, "\x1b[33mwarning\x1b[0m: {problem}"))
}

fn session(options: &Options, config: &Config) -> Session {
    let session = options.client.session();
    if options.client.schema.is_some() {
        return session;
    }
    let schema = default_schema(config, session.username.as_bytes());
    session.schema(schema)
}

/// A connection on which queries are asked about.
struct Asked<'o> {
    options: &'o Options,
    engine: Engine,
    session: Session,
    asked: usize,
    shown: Vec<Json>,
}

impl Asked<'_> {
    fn query(&mut self, query: &[u8], output: &Output) -> std::io::Result<()> {
        let explanation = self.options.explain.then(|| self.engine.explain(&self.session, query));
        let route = match &explanation {
            Some(explanation) => explanation.route.clone(),
            None => self.engine.route(&self.session, query),
        };
        if output.is_json() {
            self.shown.push(match &explanation {
                Some(explanation) => json!(explanation),
                None => {
                    json!({ "session": self.session, "query": Text::from(query), "route": route })
                }
            });
        } else if let Some(explanation) = &explanation {
            if self.asked > 0 {
                writeln!(anstream::stdout())?;
            }
            traced(&explanation.to_string())?;
        } else {
            put(query, &route)?;
        }
        self.asked += 1;
        self.session.flag_in = route.next_flag_in(self.session.flag_in);
        Ok(())
    }
}

/// Prints a trace: what matched in green, the outcome in bold.
fn traced(trace: &str) -> std::io::Result<()> {
    report::styled(trace, |line| match line.as_bytes() {
        [b'+', ..] => "\x1b[32m",
        [b'-', b'>', ..] => "\x1b[1m",
        _ => "",
    })
}

/// Prints a query and where it goes.
fn put(query: &[u8], route: &Route<'_>) -> std::io::Result<()> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "{}", on_one_line(query))?;
    match route.answer() {
        Some(Answer::Ok(text)) => writeln!(out, "  -> \x1b[1man OK at once\x1b[0m with the text {text:?}")?,
        Some(Answer::Error(text)) => writeln!(out, "  -> \x1b[1merror 1148 at once\x1b[0m: {text:?}")?,
        None => {
            writeln!(out, "  -> \x1b[1mhostgroup {}\x1b[0m, chosen by {}", route.hostgroup, route.chosen_by)?;
        }
    }
    if *route.query != *query {
        writeln!(out, "     as {}", on_one_line(&route.query))?;
    }
    if let Some(mirror) = route.mirror.as_ref().filter(|mirror| mirror.answer().is_none()) {
        writeln!(out, "     and a copy to hostgroup {}, chosen by {}", mirror.hostgroup, mirror.chosen_by)?;
    }
    Ok(())
}

fn on_one_line(query: &[u8]) -> String {
    String::from_utf8_lossy(query).chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}
