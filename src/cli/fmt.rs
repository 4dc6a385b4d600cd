//! `fmt`: lay files out in the usual way.

use std::io::Write as _;
use std::path::PathBuf;

use proxysql_kit::libconfig::FormatOptions;
use serde_json::json;

use super::source::{self, Opened};
use super::view::View;
use super::{Exit, Output, Reading, report, write};

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The files; `-` is standard input, FILE#KEY a key of a ConfigMap or Secret in YAML
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Change nothing; name the files that would change, and exit with 1 if there are any
    #[arg(long, conflicts_with = "write")]
    check: bool,
    /// Put the result in the file's place, all at once
    #[arg(long)]
    write: bool,
    #[command(flatten)]
    reading: Reading,
}

pub(crate) fn run(options: &Options, output: &Output) -> std::io::Result<Exit> {
    let mut exit = Exit::Fine;
    let mut files = Vec::new();
    for file in &options.files {
        let (opened, view) = source::open(file, &options.reading);
        let name = view.name();
        match opened {
            Opened::Document(document) => {
                let formatted = document.format(&FormatOptions::default());
                let (changed, whole) = view.replaced(document.to_bytes(), formatted);
                let (done, error) = finish(options, output, &view, changed, whole)?;
                exit = exit.max(done);
                let mut told =
                    json!({ "file": name, "ok": error.is_none(), "changed": changed, "diagnostics": [] });
                if let Some(error) = error {
                    told["error"] = error.into();
                }
                files.push(told);
            }
            Opened::Refused(error) => {
                exit = exit.max(Exit::Found);
                if !output.is_json() {
                    report::refused(&error, &view, output)?;
                }
                let found = report::refused_json(&error, &view);
                files.push(json!({ "file": name, "ok": false, "changed": false, "diagnostics": found }));
            }
            Opened::Unreadable(why) => {
                exit = Exit::Failed;
                if !output.is_json() {
                    writeln!(anstream::stderr(), "error: {why}")?;
                }
                files.push(json!({ "file": name, "ok": false, "error": why, "diagnostics": [] }));
            }
        }
    }
    if output.is_json() {
        report::json(&json!({ "files": files }))?;
    }
    Ok(exit)
}

/// Does with the whole file what the options say; what could not be done is told, and given back.
fn finish(
    options: &Options,
    output: &Output,
    view: &View,
    changed: bool,
    whole: Result<Vec<u8>, String>,
) -> std::io::Result<(Exit, Option<String>)> {
    let name = view.name();
    if options.check {
        if changed && !output.is_json() {
            writeln!(anstream::stdout(), "{name}: would be laid out anew")?;
        }
        return Ok((if changed { Exit::Found } else { Exit::Fine }, None));
    }
    let target = view.path().filter(|_| options.write);
    if target.is_some() && !changed {
        return Ok((Exit::Fine, None));
    }
    match (whole, target) {
        (Err(error), _) => {
            if !output.is_json() {
                writeln!(anstream::stderr(), "error: {error}")?;
            }
            return Ok((Exit::Failed, Some(error)));
        }
        (Ok(text), Some(file)) => {
            write::whole(file, &text)?;
            if !output.is_json() {
                writeln!(anstream::stdout(), "{name}: laid out anew")?;
            }
        }
        (Ok(text), None) if !output.is_json() => std::io::stdout().write_all(&text)?,
        (Ok(_), None) => {}
    }
    Ok((Exit::Fine, None))
}
