//! `diff`: what turns one configuration into another one.

use std::io::Write as _;
use std::path::PathBuf;

use proxysql_kit::config::{self, LoadModule, Plan, SqlOptions};
use serde_json::json;

use super::nodes::Connecting;
use super::{Exit, Output, Reading, config_source, report, source};

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// What there is: a cnf, or by its ending `.json`, `.yaml` or `.sql`; `-` is standard input; or a layer of a
    /// node, `mysql://user@host:6032/memory`, `runtime` or `disk`
    #[arg(value_name = "A")]
    from: PathBuf,
    /// What shall be
    #[arg(value_name = "B")]
    to: PathBuf,
    /// Print the SQL that turns a running A into B. It holds the passwords that change
    #[arg(long)]
    sql: bool,
    /// With LOAD ... TO RUNTIME of the modules concerned
    #[arg(long, requires = "sql")]
    load: bool,
    /// With SAVE ... TO DISK of the modules concerned
    #[arg(long, requires = "sql")]
    save: bool,
    #[command(flatten)]
    nodes: Connecting,
    #[command(flatten)]
    reading: Reading,
}

pub(crate) fn run(options: &Options, output: &Output) -> std::io::Result<Exit> {
    // Here 1 says that there are differences, whatever is wrong with a file.
    let sides = [options.from.as_path(), options.to.as_path()];
    let Ok([mut from, mut to]) = config_source::open_both(sides, &options.reading, &options.nodes, output)?
    else {
        return Ok(Exit::Failed);
    };
    // What runs is compared with what would run. SQL changes memory.
    if (from.is_runtime() || to.is_runtime()) && !options.sql {
        let running = if from.is_runtime() { from.config.clone() } else { to.config.clone() };
        from.config = from.running(&running);
        to.config = to.running(&running);
    }
    if !(from.has_settings && to.has_settings) {
        to.config.settings = from.config.settings.clone();
    }
    let mut plan = config::diff(&from.config, &to.config);
    if from.is_disk() || to.is_disk() {
        plan.retain_tables(|table| LoadModule::of(table).is_none_or(LoadModule::has_disk));
    }
    let sql = options.sql.then(|| plan.to_sql(&SqlOptions::new().load(options.load).save(options.save)));
    if output.is_json() {
        let shown = if output.show_secrets { json!(plan.with_secrets()) } else { json!(plan) };
        let (from, to) = (source::name(&options.from), source::name(&options.to));
        report::json(&json!({ "a": from, "b": to, "equal": plan.is_empty(), "plan": shown, "sql": sql }))?;
    } else if let Some(sql) = sql {
        std::io::stdout().write_all(sql.as_bytes())?;
        unreached(&plan)?;
    } else {
        let text = if output.show_secrets { plan.with_secrets().to_string() } else { plan.to_string() };
        coloured(&text)?;
    }
    Ok(if plan.is_empty() { Exit::Fine } else { Exit::Found })
}

/// What changes and is not in the SQL.
fn unreached(plan: &Plan) -> std::io::Result<()> {
    let mut out = anstream::stderr().lock();
    plan.settings().iter().try_for_each(|setting| {
        writeln!(out, "warning: `{}` is a setting of the file, which SQL does not reach", setting.name())
    })
}

/// Prints the lines of a plan in the colour of their sign.
pub(crate) fn coloured(text: &str) -> std::io::Result<()> {
    report::styled(text, |line| match line.as_bytes() {
        [b' ', b' ', b'+', ..] => "\x1b[32m",
        [b' ', b' ', b'~', ..] => "\x1b[33m",
        [b' ', b' ', b'-', ..] => "\x1b[31m",
        _ => "",
    })
}
