//! `checksum`: what `runtime_checksums_values` of a node will hold that loads a file.

use std::io::Write as _;
use std::path::PathBuf;

use proxysql_kit::cluster::{Checksums, Value, would_run};
use proxysql_kit::config::Config;
use serde_json::{Value as Json, json};

use super::nodes::{self, Connecting};
use super::{Exit, Output, Reading, config_source, report, source};

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The file; `-` is standard input, FILE#KEY a key of a ConfigMap or Secret in YAML; or a layer
    /// of a node, `mysql://user@host:6032/memory`, `runtime` or `disk`
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What the server calls itself (admin-version), which is part of the checksum of its variables
    /// [default: that of a build from source]
    #[arg(long, value_name = "TEXT")]
    version_string: Option<String>,
    #[command(flatten)]
    nodes: Connecting,
    #[command(flatten)]
    reading: Reading,
}

pub(crate) fn run(options: &Options, output: &Output) -> std::io::Result<Exit> {
    let (name, checksums) = if nodes::is_node(&options.file) {
        match of_node(options)? {
            Some(checksums) => (source::name(&options.file), checksums),
            None => return Ok(Exit::Failed),
        }
    } else {
        match of_file(options, output)? {
            Ok(found) => found,
            Err(exit) => return Ok(exit),
        }
    };
    if output.is_json() {
        let modules = checksums.modules.iter().filter(|module| module.is_shown).map(|module| -> Json {
            json!({
                "name": module.name,
                "checksum": module.value.checksum().map(|checksum| checksum.to_string()),
                "certainty": certainty(module.value),
            })
        });
        let global = checksums.global().map(|global| global.to_string());
        report::json(&json!({ "file": name, "modules": modules.collect::<Vec<_>>(), "global": global }))?;
    } else {
        for_people(&checksums)?;
    }
    Ok(if checksums.global().is_some() { Exit::Fine } else { Exit::Found })
}

fn of_file(options: &Options, output: &Output) -> std::io::Result<Result<(String, Checksums), Exit>> {
    let (document, view) = match config_source::document(&options.file, &options.reading, output)? {
        Ok(opened) => opened,
        Err(exit) => return Ok(Err(exit)),
    };
    let mut load = options.reading.target.options();
    if let Some(text) = &options.version_string {
        load = load.version_string(text);
    }
    let loaded = Config::load(&document, &load);
    if let Some(failure) = &loaded.failure {
        writeln!(anstream::stderr(), "error: {}: {failure}", view.name())?;
        return Ok(Err(Exit::Found));
    }
    let lost = loaded.messages.iter().filter(|message| message.is_loss()).count();
    if lost > 0 {
        let file = view.name();
        writeln!(
            anstream::stderr(),
            "note: the server does not take all of {file}; `proxysql-kit check` says what"
        )?;
    }
    Ok(Ok((view.name().to_owned(), loaded.checksums())))
}

/// Those of what the layer holds, once it is loaded on that node.
fn of_node(options: &Options) -> std::io::Result<Option<Checksums>> {
    let read = nodes::block_on(async {
        match nodes::url(options.file.to_str().unwrap_or_default()) {
            Ok(url) => Ok(options.nodes.fetch_beside_runtime(&url).await),
            Err(trouble) => Ok(Err(trouble)),
        }
    })?;
    match read {
        Ok((fetched, running)) => {
            Ok(Some(Checksums::of(&fetched.config, &would_run(&fetched.config, &running))))
        }
        Err(trouble) => trouble.tell().map(|()| None),
    }
}

fn for_people(checksums: &Checksums) -> std::io::Result<()> {
    let mut out = anstream::stdout().lock();
    for module in checksums.modules.iter().filter(|module| module.is_shown) {
        let why = match module.value {
            Value::WithoutMonitor(_) => " (with the monitor off)",
            _ => "",
        };
        writeln!(out, "{module}{why}")?;
    }
    match checksums.global() {
        Some(global) => writeln!(out, "global {global}"),
        None => writeln!(out, "global (unknown)"),
    }
}

fn certainty(value: Value) -> &'static str {
    match value {
        Value::Known(_) => "known",
        Value::WithoutMonitor(_) => "without-monitor",
        Value::NotComputed => "not-computed",
        _ => "unknown",
    }
}
