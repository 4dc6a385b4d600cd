//! `fmt`: lay files out in the usual way.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use proxysql_kit::libconfig::FormatOptions;
use serde_json::json;

use super::source::{self, Opened};
use super::{Exit, Output, Reading, report};

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The files; `-` is standard input
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
        let name = source::name(file);
        match source::open(file, &options.reading) {
            Opened::Document(document) => {
                let formatted = document.format(&FormatOptions::default());
                let changed = formatted != document.to_bytes();
                let done = finish(options, output, file, &formatted, changed)?;
                exit = exit.max(done);
                files.push(json!({ "file": name, "ok": true, "changed": changed, "diagnostics": [] }));
            }
            Opened::Refused(error) => {
                exit = exit.max(Exit::Found);
                if !output.is_json() {
                    report::refused(&error, output)?;
                }
                let found = report::refused_json(&error);
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

fn finish(
    options: &Options,
    output: &Output,
    file: &Path,
    text: &[u8],
    changed: bool,
) -> std::io::Result<Exit> {
    let name = source::name(file);
    if options.check {
        if changed && !output.is_json() {
            writeln!(anstream::stdout(), "{name}: would be laid out anew")?;
        }
        return Ok(if changed { Exit::Found } else { Exit::Fine });
    }
    if options.write && file.as_os_str() != "-" {
        if changed {
            replace(file, text)
                .map_err(|error| std::io::Error::new(error.kind(), format!("{name}: {error}")))?;
            if !output.is_json() {
                writeln!(anstream::stdout(), "{name}: laid out anew")?;
            }
        }
    } else if !output.is_json() {
        std::io::stdout().write_all(text)?;
    }
    Ok(Exit::Fine)
}

/// Puts a text in the place of a file: all of it, or nothing. A link stays one, permissions stay.
fn replace(file: &Path, text: &[u8]) -> std::io::Result<()> {
    let real = std::fs::canonicalize(file)?;
    let folder = real.parent().unwrap_or(Path::new("."));
    let permissions = std::fs::metadata(&real)?.permissions();
    let mut new = tempfile::Builder::new().prefix(".proxysql-kit-").tempfile_in(folder)?;
    new.write_all(text)?;
    new.as_file().set_permissions(permissions)?;
    new.as_file().sync_all()?;
    new.persist(&real)?;
    Ok(())
}
