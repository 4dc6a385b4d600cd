//! A configuration from a FILE of any form that is understood: by its name.

use std::io::Write as _;
use std::path::Path;

use annotate_snippets::{Group, Level, Origin, Renderer};
use proxysql_kit::config::{Config, FormatError, SqlError, SqlLimits, SqlReadOptions, SqlScript};
use proxysql_kit::libconfig::Document;

use super::source::{self, Opened};
use super::view::View;
use super::{Output, Reading, report};

/// What the server of `--target` would hold in memory: from a cnf (also one within a manifest); from admin
/// SQL in a file that ends in `.sql`; from JSON or YAML, which say their version themselves. What is wrong
/// is told on standard error; rows that a cnf loses are told, too, but are no failure.
pub(crate) fn open(file: &Path, reading: &Reading, output: &Output) -> std::io::Result<Option<Config>> {
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "sql" => sql(file, reading),
        "json" => text_form(file, reading, output, Config::from_json),
        "yaml" | "yml" => text_form(file, reading, output, Config::from_yaml),
        _ => cnf(file, reading, output),
    }
}

fn cnf(file: &Path, reading: &Reading, output: &Output) -> std::io::Result<Option<Config>> {
    let (opened, view) = source::open(file, reading);
    match opened {
        Opened::Document(document) => loaded(&document, &view, reading),
        Opened::Refused(error) => report::refused(&error, &view, output).map(|()| None),
        Opened::Unreadable(why) => writeln!(anstream::stderr(), "error: {why}").map(|()| None),
    }
}

fn loaded(document: &Document, view: &View, reading: &Reading) -> std::io::Result<Option<Config>> {
    let loaded = Config::load(document, &reading.target.options());
    let place = |span| view.location(document.sources(), document.location(span));
    let mut out = anstream::stderr().lock();
    for message in loaded.messages.iter().filter(|message| message.is_loss()) {
        let Some(span) = message.span else { continue };
        tell(&mut out, Level::WARNING, &message.text(), &Place::of(&place(span)), None)?;
    }
    if let Some(failure) = &loaded.failure {
        tell(&mut out, Level::ERROR, &failure.to_string(), &Place::of(&place(failure.span())), None)?;
        return Ok(None);
    }
    Ok(Some(loaded.memory))
}

fn sql(file: &Path, reading: &Reading) -> std::io::Result<Option<Config>> {
    let mut limits = SqlLimits::default();
    if let Some(bytes) = reading.max_bytes {
        limits.script_bytes = bytes;
    }
    let name = source::name(file);
    let text = match source::read(file, limits.script_bytes) {
        Ok(text) => text,
        Err(error) => return writeln!(anstream::stderr(), "error: {name}: {error}").map(|()| None),
    };
    let options = SqlReadOptions::new().version(reading.target.version()).limits(limits);
    match SqlScript::run(text, &options) {
        Ok(script) => Ok(Some(script.config)),
        Err(error) => refused(&name, &error).map(|()| None),
    }
}

/// JSON or YAML of a configuration; a manifest holds a cnf.
fn text_form(
    file: &Path,
    reading: &Reading,
    output: &Output,
    read: impl Fn(&str) -> Result<Config, FormatError>,
) -> std::io::Result<Option<Config>> {
    let name = source::name(file);
    let limit = reading.max_bytes.unwrap_or(SqlLimits::default().script_bytes);
    let text = match source::read(file, limit).map(String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(_)) => return writeln!(anstream::stderr(), "error: {name}: no UTF-8").map(|()| None),
        Err(error) => return writeln!(anstream::stderr(), "error: {name}: {error}").map(|()| None),
    };
    if text.len() > limit {
        return writeln!(anstream::stderr(), "error: {name}: longer than {limit} bytes").map(|()| None);
    }
    if text.contains("apiVersion") {
        return cnf(file, reading, output);
    }
    match read(&text) {
        Ok(config) => Ok(Some(config)),
        Err(error) => {
            let (line, column) = (error.line().unwrap_or(1), error.column().unwrap_or(1));
            let place = Place { file: name, line, column };
            tell(&mut anstream::stderr().lock(), Level::ERROR, error.message(), &place, None).map(|()| None)
        }
    }
}

/// An error of a script. Its line is not shown: nobody knows which part of it is a password.
fn refused(name: &str, error: &SqlError) -> std::io::Result<()> {
    let place = Place { file: name.to_owned(), line: error.line(), column: error.column() };
    tell(&mut anstream::stderr().lock(), Level::ERROR, &error.kind().to_string(), &place, error.help())
}

struct Place {
    file: String,
    line: usize,
    column: usize,
}

impl Place {
    fn of(location: &proxysql_kit::libconfig::Location) -> Self {
        Place { file: location.file.clone(), line: location.line, column: location.column }
    }
}

fn tell(
    out: &mut dyn std::io::Write,
    level: Level<'_>,
    title: &str,
    place: &Place,
    help: Option<String>,
) -> std::io::Result<()> {
    let origin = Origin::path(place.file.as_str()).line(place.line).char_column(place.column);
    let mut group = Group::with_title(level.primary_title(title)).element(origin);
    if let Some(help) = help {
        group = group.element(Level::HELP.message(help));
    }
    writeln!(out, "{}\n", Renderer::styled().render(&[group]))
}
