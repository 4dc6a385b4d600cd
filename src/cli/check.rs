//! `check`: what is wrong with files, and what is in them.

use std::io::Write as _;
use std::path::PathBuf;

use proxysql_kit::libconfig::{Document, Setting, ValueType};
use serde_json::{Value as Json, json};

use super::source::{self, Opened};
use super::{Exit, Output, Reading, report};

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The files; `-` is standard input
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
        let name = source::name(file);
        let opened = source::open(file, &options.reading);
        exit = exit.max(verdict(&opened, options.strict));
        if output.is_json() {
            files.push(as_json(&name, &opened));
        } else {
            for_people(&name, &opened, output)?;
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

fn for_people(name: &str, opened: &Opened, output: &Output) -> std::io::Result<()> {
    match opened {
        Opened::Document(document) => {
            report::unfinished(document, output)?;
            summary(name, document)
        }
        Opened::Refused(error) => report::refused(error, output),
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

fn count(number: usize, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        _ => format!("{number} {noun}s"),
    }
}

fn as_json(name: &str, opened: &Opened) -> Json {
    match opened {
        Opened::Document(document) => json!({
            "file": name,
            "ok": true,
            "diagnostics": report::unfinished_json(document),
            "sections": document.root().iter().map(section).collect::<Vec<_>>(),
        }),
        Opened::Refused(error) => json!({
            "file": name,
            "ok": false,
            "diagnostics": report::refused_json(error),
            "truncated": error.is_truncated(),
        }),
        Opened::Unreadable(why) => json!({ "file": name, "ok": false, "error": why, "diagnostics": [] }),
    }
}

fn section(section: Setting<'_>) -> Json {
    json!({
        "name": section.name(),
        "type": section.value_type().to_string(),
        "count": section.len(),
        "file": section.location().file,
        "line": section.line(),
    })
}
