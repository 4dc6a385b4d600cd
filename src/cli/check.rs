//! `check`: what is wrong with files, what a server would make of them, and what is in them.

use std::io::Write as _;
use std::path::PathBuf;

use proxysql_kit::config::{Config, Loaded};
use proxysql_kit::libconfig::{Document, Limits, Setting, ValueType};
use proxysql_kit::schema::{Table, TableSchema};
use serde_json::{Value as Json, json};

use super::findings::Findings;
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
        let checked = match &opened {
            Opened::Document(document) => Some(Checked::new(document, &options.reading)),
            Opened::Refused(_) | Opened::Unreadable(_) => None,
        };
        exit = exit.max(verdict(&opened, checked.as_ref(), options.strict));
        if output.is_json() {
            files.push(as_json(&opened, checked.as_ref(), &view, options));
        } else {
            for_people(&opened, checked.as_ref(), &view, options, output)?;
        }
    }
    if output.is_json() {
        report::json(&json!({ "files": files }))?;
    }
    Ok(exit)
}

/// A file that parses, and what the server makes of it.
struct Checked<'d> {
    document: &'d Document,
    loaded: Loaded,
    findings: Findings,
}

impl<'d> Checked<'d> {
    fn new(document: &'d Document, reading: &Reading) -> Self {
        let loaded = Config::load(document, &reading.target.options());
        let findings = Findings::of(&loaded, reading.target.version());
        Checked { document, loaded, findings }
    }

    /// How many rows of memory come from a section.
    fn rows(&self, section: &str) -> Option<usize> {
        let filled_by = |table: &&Table| {
            let schema = table.schema(self.loaded.memory.version);
            schema.and_then(TableSchema::cnf_section) == Some(section)
        };
        Table::ALL.iter().find(filled_by).map(|table| self.loaded.memory.table(*table).len())
    }

    fn warnings(&self) -> usize {
        self.findings.warnings() + usize::from(self.document.unfinished().is_some())
    }
}

fn verdict(opened: &Opened, checked: Option<&Checked<'_>>, strict: bool) -> Exit {
    match (opened, checked) {
        (Opened::Unreadable(_), _) => Exit::Failed,
        (_, Some(checked)) if checked.findings.errors() == 0 && !(strict && checked.warnings() > 0) => {
            Exit::Fine
        }
        _ => Exit::Found,
    }
}

fn for_people(
    opened: &Opened,
    checked: Option<&Checked<'_>>,
    view: &View,
    options: &Options,
    output: &Output,
) -> std::io::Result<()> {
    match (opened, checked) {
        (Opened::Refused(error), _) => report::refused(error, view, output),
        (Opened::Unreadable(why), _) => writeln!(anstream::stderr(), "error: {why}"),
        (Opened::Document(document), Some(checked)) => {
            report::unfinished(document, view, output)?;
            placeholders::told(document, view, output)?;
            let most = options.reading.max_errors.unwrap_or(Limits::default().errors);
            checked.findings.told(document, view, output, most)?;
            summary(view.name(), checked)
        }
        (Opened::Document(_), None) => Ok(()),
    }
}

/// A line for the file and one for each of its sections.
fn summary(name: &str, checked: &Checked<'_>) -> std::io::Result<()> {
    let mut out = anstream::stdout().lock();
    let document = checked.document;
    let found = match (checked.findings.errors(), checked.warnings()) {
        (0, 0) => "ok".to_owned(),
        (0, warnings) => count(warnings, "warning"),
        (errors, 0) => count(errors, "error"),
        (errors, warnings) => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    };
    let (bytes, sections) = (document.to_bytes().len(), count(document.root().len(), "section"));
    writeln!(out, "{name}: {found}, {bytes} bytes, {sections}")?;
    let width = document.root().iter().filter_map(|section| section.name()).map(str::len).max().unwrap_or(0);
    for section in document.root() {
        let name = section.name().unwrap_or_default();
        let mut what = match section.value_type() {
            ValueType::Group => format!("group   {}", count(section.len(), "setting")),
            ValueType::List => format!("list    {}", count(section.len(), "entry")),
            ValueType::Array => format!("array   {}", count(section.len(), "element")),
            scalar => scalar.to_string(),
        };
        if let Some(rows) = checked.rows(name) {
            what = format!("{what}, {}", count(rows, "row"));
        }
        writeln!(out, "  {name:width$}  {what}")?;
    }
    Ok(())
}

fn as_json(opened: &Opened, checked: Option<&Checked<'_>>, view: &View, options: &Options) -> Json {
    let name = view.name();
    let most = options.reading.max_errors.unwrap_or(usize::MAX);
    match opened {
        Opened::Document(document) => json!({
            "file": name,
            "ok": checked.is_some_and(|checked| checked.findings.errors() == 0),
            "diagnostics": diagnostics(document, checked, view, most),
            "truncated": checked.is_some_and(|checked| checked.findings.len() > most),
            "placeholders": placeholders::list_json(document, view),
            "sections": document.root().iter().map(|at| section(at, document, checked, view)).collect::<Vec<_>>(),
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

fn diagnostics(document: &Document, checked: Option<&Checked<'_>>, view: &View, most: usize) -> Vec<Json> {
    let found = checked.map(|checked| checked.findings.json(document, view, most)).unwrap_or_default();
    [report::unfinished_json(document, view), placeholders::told_json(document, view), found].concat()
}

fn section(section: Setting<'_>, document: &Document, checked: Option<&Checked<'_>>, view: &View) -> Json {
    let place = view.location(document.sources(), section.location());
    json!({
        "name": section.name(),
        "type": section.value_type().to_string(),
        "count": section.len(),
        "rows": checked.and_then(|checked| checked.rows(section.name().unwrap_or_default())),
        "file": place.file,
        "line": place.line,
    })
}
