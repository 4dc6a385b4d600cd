//! `check`: what is wrong with files, and what is in them.

use std::io::Write as _;
use std::path::PathBuf;

use proxysql_kit::libconfig::{Document, Setting, ValueType};
use serde_json::{Value as Json, json};

use super::source::{self, Opened};
use super::view::View;
use super::{Exit, Output, Reading, count, placeholders, report};

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The files; `-` is standard input, FILE#KEY a key of a ConfigMap or Secret in YAML
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Take a warning for an error
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    reading: Reading,
}

pub(crate) fn run(options: &Options, output: &Output) -> std::io::Result<Exit> {
    let mut exit = Exit::Fine;
    let mut files = Vec::new();
    for file in &options.files {
        let (opened, view) = source::open(file, &options.reading);
        exit = exit.max(verdict(&opened, options.strict));
        if output.is_json() {
            files.push(as_json(&opened, &view));
        } else {
            for_people(&opened, &view, output)?;
        }
    }
    if output.is_json() {
        report::json(&json!({ "files": files }))?;
    }
    Ok(exit)
}

fn verdict(opened: &Opened, strict: bool) -> Exit {
    match opened {
        Opened::Document(document) if strict && document.unfinished().is_some() => Exit::Found,
        Opened::Document(_) => Exit::Fine,
        Opened::Refused(_) => Exit::Found,
        Opened::Unreadable(_) => Exit::Failed,
    }
}

fn for_people(opened: &Opened, view: &View, output: &Output) -> std::io::Result<()> {
    match opened {
        Opened::Document(document) => {
            report::unfinished(document, view, output)?;
            placeholders::told(document, view, output)?;
            summary(view.name(), document)
        }
        Opened::Refused(error) => report::refused(error, view, output),
        Opened::Unreadable(why) => writeln!(anstream::stderr(), "error: {why}"),
    }
}

/// A line for the file and one for each of its sections.
fn summary(name: &str, document: &Document) -> std::io::Result<()> {
    let mut out = anstream::stdout().lock();
    writeln!(
        out,
        "{name}: ok, {} bytes, {}",
        document.to_bytes().len(),
        count(document.root().len(), "section")
    )?;
    let width = document.root().iter().filter_map(|section| section.name()).map(str::len).max().unwrap_or(0);
    for section in document.root() {
        let what = match section.value_type() {
            ValueType::Group => format!("group   {}", count(section.len(), "setting")),
            ValueType::List => format!("list    {}", count(section.len(), "entry")),
            ValueType::Array => format!("array   {}", count(section.len(), "element")),
            scalar => scalar.to_string(),
        };
        writeln!(out, "  {:width$}  {what}", section.name().unwrap_or_default())?;
    }
    Ok(())
}

fn as_json(opened: &Opened, view: &View) -> Json {
    let name = view.name();
    match opened {
        Opened::Document(document) => json!({
            "file": name,
            "ok": true,
            "diagnostics": notes(document, view),
            "placeholders": placeholders::list_json(document, view),
            "sections": document.root().iter().map(|at| section(at, document, view)).collect::<Vec<_>>(),
        }),
        Opened::Refused(error) => json!({
            "file": name,
            "ok": false,
            "diagnostics": report::refused_json(error, view),
            "truncated": error.is_truncated(),
        }),
        Opened::Unreadable(why) => json!({ "file": name, "ok": false, "error": why, "diagnostics": [] }),
    }
}

fn notes(document: &Document, view: &View) -> Vec<Json> {
    [report::unfinished_json(document, view), placeholders::told_json(document, view)].concat()
}

fn section(section: Setting<'_>, document: &Document, view: &View) -> Json {
    let place = view.location(document.sources(), section.location());
    json!({
        "name": section.name(),
        "type": section.value_type().to_string(),
        "count": section.len(),
        "file": place.file,
        "line": place.line,
    })
}
