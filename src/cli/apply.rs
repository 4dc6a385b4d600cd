//! `apply`: brings a node to hold what a file says, after showing what that changes.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

use proxysql_kit::admin::net::{Applied, ApplyError, ApplyOptions, NodeUrl, PutBack};
use proxysql_kit::config::{self, Layer, LoadModule, Plan};
use proxysql_kit::schema::Table;
use serde_json::{Value as Json, json};

use super::config_source::{self, Read};
use super::nodes::{self, Connecting, Trouble};
use super::{Exit, Output, Reading, diff, report, source};

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// What the node shall hold: a file, a ConfigMap, another node
    #[arg(value_name = "SOURCE")]
    from: PathBuf,
    /// The node: mysql://user@host:6032
    #[arg(value_name = "URL")]
    to: String,
    /// Only show what it would change; exits with 1 if that is anything
    #[arg(long)]
    dry_run: bool,
    /// Also SAVE ... TO DISK what changed
    #[arg(long)]
    save: bool,
    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
    /// Change memory only, without LOAD ... TO RUNTIME
    #[arg(long)]
    no_load: bool,
    #[command(flatten)]
    nodes: Connecting,
    #[command(flatten)]
    reading: Reading,
}

pub(crate) fn run(options: &Options, output: &Output) -> std::io::Result<Exit> {
    let url = match nodes::url(&options.to) {
        Ok(url) if url.layer() == Layer::Memory => url,
        Ok(url) => {
            let trouble =
                Trouble::new(format!("{url}: what changes is memory, which is then loaded and saved"));
            return trouble.help("leave the layer out, or name memory").tell().map(|()| Exit::Failed);
        }
        Err(trouble) => return trouble.tell().map(|()| Exit::Failed),
    };
    let sides = [options.from.as_path(), options.to.as_ref()];
    let Ok([from, now]) = config_source::open_both(sides, &options.reading, &options.nodes, output)? else {
        return Ok(Exit::Failed);
    };
    let plan = plan(&now, from)?;
    if !output.is_json() {
        show(&plan, output)?;
    }
    let name = source::name(&options.from);
    let tell = |done: Json| match output.is_json() {
        true => report::json(&json!({
            "source": name,
            "node": url.to_string(),
            "equal": plan.is_empty(),
            "dry_run": options.dry_run,
            "plan": if output.show_secrets { json!(plan.with_secrets()) } else { json!(plan) },
            "applied": done["applied"],
            "error": done["error"],
        })),
        false => Ok(()),
    };
    if plan.is_empty() || options.dry_run {
        tell(json!({}))?;
        return Ok(if plan.is_empty() { Exit::Fine } else { Exit::Found });
    }
    if !options.yes && !is_wanted(&url, output)? {
        return Ok(Exit::Failed);
    }
    let how = ApplyOptions::new().load(!options.no_load).save(options.save);
    let carried_out = nodes::block_on(async {
        let mut client = match options.nodes.connect(&url).await {
            Ok(client) => client,
            Err(trouble) => return Ok(Err(trouble)),
        };
        let carried_out = client.apply(&plan, &how).await;
        client.close().await;
        Ok(Ok(carried_out))
    })?;
    match carried_out {
        Err(trouble) => {
            tell(json!({ "error": { "message": trouble.message, "help": trouble.help } }))?;
            trouble.tell()?;
            Ok(Exit::Failed)
        }
        Ok(Ok(applied)) => {
            tell(json!({ "applied": as_json(&applied) }))?;
            if !output.is_json() {
                writeln!(anstream::stdout(), "\x1b[32mapplied\x1b[0m: {applied}")?;
            }
            Ok(Exit::Fine)
        }
        Ok(Err(failed)) => {
            tell(json!({ "applied": as_json(&failed.applied), "error": error_as_json(&failed) }))?;
            if !output.is_json() {
                tell_failure(&failed)?;
            }
            Ok(Exit::Failed)
        }
    }
}

/// What changes memory as it is now to what is wanted, as far as the source's form can say it.
fn plan(now: &Read, mut wanted: Read) -> std::io::Result<Plan> {
    // SQL does not reach what stands outside of sections.
    wanted.config.settings = now.config.settings.clone();
    let mut plan = config::diff(&now.config, &wanted.config);
    if wanted.form_holds_all {
        return Ok(plan);
    }
    let version = now.config.version;
    let in_cnf = |table: Table| table.schema(version).is_none_or(|schema| schema.cnf_section().is_some());
    let mut out = anstream::stderr().lock();
    let left: Vec<_> =
        plan.tables().iter().map(|table| table.table()).filter(|&table| !in_cnf(table)).collect();
    for table in left {
        writeln!(out, "note: no cnf has {}: it stays as it is", table.name())?;
    }
    plan.retain_tables(in_cnf);
    Ok(plan)
}

fn show(plan: &Plan, output: &Output) -> std::io::Result<()> {
    let text = if output.show_secrets { plan.with_secrets().to_string() } else { plan.to_string() };
    diff::coloured(&text)?;
    let doors = ["admin-admin_credentials", "admin-mysql_ifaces"];
    let mut out = anstream::stderr().lock();
    for variable in plan.variables() {
        let name = variable.full_name().to_string();
        if doors.contains(&name.as_str()) {
            writeln!(out, "\x1b[33mwarning\x1b[0m: `{name}` changes: who may come in, or where")?;
        }
    }
    Ok(())
}

/// Whether somebody at the terminal says so.
fn is_wanted(url: &NodeUrl, output: &Output) -> std::io::Result<bool> {
    if output.is_json() || !std::io::stdin().is_terminal() {
        let trouble = Trouble::new("nothing was applied: there is nobody to ask");
        trouble.help("`--yes` applies it without asking, `--dry-run` only shows it").tell()?;
        return Ok(false);
    }
    let mut out = anstream::stderr().lock();
    write!(out, "Apply this to {url}? [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    let is_wanted = ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str());
    if !is_wanted {
        writeln!(out, "nothing was applied")?;
    }
    Ok(is_wanted)
}

fn tell_failure(failed: &ApplyError) -> std::io::Result<()> {
    let mut trouble = Trouble::new(format!("stopped at `{}`: {}", failed.failed, failed.error));
    trouble.help = nodes::way_out(&failed.error);
    trouble.tell()?;
    let mut out = anstream::stderr().lock();
    writeln!(out, "applied before: {}", failed.applied)?;
    writeln!(out, "not applied:    {}", failed.failed)?;
    for step in &failed.not_applied {
        writeln!(out, "                {step}")?;
    }
    match &failed.put_back {
        PutBack::Failed(error) => writeln!(out, "memory could not be put back: {error}"),
        _ => writeln!(out, "memory is as it was before"),
    }
}

fn as_json(applied: &Applied) -> Json {
    let words = |modules: &[LoadModule]| modules.iter().map(|module| module.words()).collect::<Vec<_>>();
    json!({ "changes": applied.changes, "loaded": words(&applied.loaded), "saved": words(&applied.saved) })
}

fn error_as_json(failed: &ApplyError) -> Json {
    let steps: Vec<String> = failed.not_applied.iter().map(ToString::to_string).collect();
    json!({
        "message": failed.error.to_string(),
        "help": nodes::way_out(&failed.error),
        "failed": failed.failed.to_string(),
        "not_applied": steps,
        "put_back": !matches!(failed.put_back, PutBack::Failed(_)),
    })
}
