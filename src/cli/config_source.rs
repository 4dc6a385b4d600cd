//! A configuration from a SOURCE: a FILE of any form that is understood, by its name, or a node by its URL.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::Path;

use annotate_snippets::{Group, Level, Origin, Renderer};
use clap::ValueEnum;
use proxysql_kit::admin::net::ServerVersion;
use proxysql_kit::cluster::would_run;
use proxysql_kit::config::{Config, FormatError, Layer, SqlError, SqlLimits, SqlReadOptions, SqlScript};
use proxysql_kit::libconfig::{Document, Limits};
use proxysql_kit::schema::{Module, Row, Table};

use super::nodes::{self, Connecting};
use super::source::{self, Opened};
use super::view::View;
use super::{Exit, Output, Reading, report};

/// The form of a file that holds a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputForm {
    /// A proxysql.cnf, or a ConfigMap or Secret that holds one
    Cnf,
    /// A configuration in JSON, as `convert` writes it
    Json,
    /// A configuration in YAML, as `convert` writes it
    Yaml,
    /// Admin SQL
    Sql,
}

impl InputForm {
    /// By the file's name, and by what JSON and YAML hold.
    fn of(file: &Path) -> Self {
        let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        match extension.to_ascii_lowercase().as_str() {
            "sql" => InputForm::Sql,
            "json" if !source::holds_manifest(file) => InputForm::Json,
            "yaml" | "yml" if !source::holds_manifest(file) => InputForm::Yaml,
            _ => InputForm::Cnf,
        }
    }
}

/// A configuration that was read.
pub(crate) struct Read {
    pub(crate) config: Config,
    /// How many rows and variables of the file the server would lose.
    pub(crate) lost: usize,
    /// Whether the form holds what stands outside of sections.
    pub(crate) has_settings: bool,
    /// Whether the form can hold every table.
    pub(crate) form_holds_all: bool,
    /// The sections of a cnf, and its variables by their full names: what it speaks of.
    pub(crate) named: Option<HashSet<String>>,
    /// A placeholder that nobody has filled in.
    pub(crate) placeholder: Option<String>,
    /// What would run of it, where that is known.
    runs: Option<Config>,
    /// The node, and the layer.
    pub(crate) node: Option<(ServerVersion, Layer)>,
}

impl Read {
    fn of(config: Config) -> Self {
        Read {
            config,
            lost: 0,
            has_settings: true,
            form_holds_all: true,
            named: None,
            placeholder: None,
            runs: None,
            node: None,
        }
    }

    /// Leaves out the variables of a node that are not known because its version is not.
    fn forget_what_is_not_known(&mut self) {
        if self.node.as_ref().is_some_and(|(version, _)| version.is_assumed) {
            forget_others(&mut self.config);
        }
    }

    /// Whether it is what is on disk of a node.
    pub(crate) fn is_disk(&self) -> bool {
        self.node.as_ref().is_some_and(|(_, layer)| *layer == Layer::Disk)
    }

    /// Whether it is what runs on a node.
    pub(crate) fn is_runtime(&self) -> bool {
        self.node.as_ref().is_some_and(|(_, layer)| *layer == Layer::Runtime)
    }

    /// What runs, or would run once it is loaded where this runs.
    pub(crate) fn running(&self, beside: &Config) -> Config {
        would_run(self.runs.as_ref().unwrap_or(&self.config), beside)
    }
}

/// What the server of `--target` would hold in memory, from a file of a form, or of the one that its name
/// tells. What is wrong is told on standard error; rows that are lost are told, too, but are no failure. Without one it
/// gives the exit: found where the file is wrong, failed where it cannot be read. Of a node it is what the layer
/// holds.
pub(crate) fn open(
    file: &Path,
    form: Option<InputForm>,
    reading: &Reading,
    nodes: &Connecting,
    output: &Output,
) -> std::io::Result<Result<Read, Exit>> {
    if form.is_none() && nodes::is_node(file) {
        return node(file, nodes);
    }
    match form.unwrap_or_else(|| InputForm::of(file)) {
        InputForm::Cnf => cnf(file, reading, output),
        InputForm::Sql => sql(file, reading),
        InputForm::Json => data(file, reading, Config::from_json),
        InputForm::Yaml => data(file, reading, Config::from_yaml),
    }
}

/// Two of them. A file beside a node is read as the node's version would read it.
pub(crate) fn open_both(
    [one, other]: [&Path; 2],
    reading: &Reading,
    nodes: &Connecting,
    output: &Output,
) -> std::io::Result<Result<[Read; 2], Exit>> {
    let node_last = nodes::is_node(other) && !nodes::is_node(one);
    let (first, second) = if node_last { (other, one) } else { (one, other) };
    let first = match open(first, None, reading, nodes, output)? {
        Ok(read) => read,
        Err(exit) => return Ok(Err(exit)),
    };
    let reading = match &first.node {
        Some((server, _)) => reading.clone().of_server(server),
        None => reading.clone(),
    };
    let second = match open(second, None, &reading, nodes, output)? {
        Ok(read) => read,
        Err(exit) => return Ok(Err(exit)),
    };
    let mut both = if node_last { [second, first] } else { [first, second] };
    // A file cannot speak of variables that only a newer node has.
    if both.iter().any(|read| read.node.is_none()) {
        both.iter_mut().for_each(Read::forget_what_is_not_known);
    }
    Ok(Ok(both))
}

fn node(source: &Path, nodes: &Connecting) -> std::io::Result<Result<Read, Exit>> {
    let fetched = nodes::block_on(async {
        let url = match nodes::url(source.to_str().unwrap_or_default()) {
            Ok(url) => url,
            Err(trouble) => return Ok(Err(trouble)),
        };
        Ok(nodes.fetch(&url).await.map(|fetched| (fetched, url.layer())))
    })?;
    match fetched {
        Ok((fetched, layer)) => {
            let node = Some((fetched.version, layer));
            Ok(Ok(Read { has_settings: false, node, ..Read::of(fetched.config) }))
        }
        Err(trouble) => trouble.tell().map(|()| Err(Exit::Failed)),
    }
}

/// A cnf that libconfig accepts. Else what is wrong is told on standard error, and the exit given: found where
/// the file is wrong, failed where it cannot be read.
pub(crate) fn document(
    file: &Path,
    reading: &Reading,
    output: &Output,
) -> std::io::Result<Result<(Document, View), Exit>> {
    let (opened, view) = source::open(file, reading);
    match opened {
        Opened::Document(document) => Ok(Ok((document, view))),
        Opened::Refused(error) => report::refused(&error, &view, output).map(|()| Err(Exit::Found)),
        Opened::Unreadable(why) => writeln!(anstream::stderr(), "error: {why}").map(|()| Err(Exit::Failed)),
    }
}

fn cnf(file: &Path, reading: &Reading, output: &Output) -> std::io::Result<Result<Read, Exit>> {
    match document(file, reading, output)? {
        Ok((document, view)) => loaded(&document, &view, reading),
        Err(exit) => Ok(Err(exit)),
    }
}

fn loaded(document: &Document, view: &View, reading: &Reading) -> std::io::Result<Result<Read, Exit>> {
    let loaded = Config::load(document, &reading.target.options());
    let place = |span| view.location(document.sources(), document.location(span));
    let mut out = anstream::stderr().lock();
    let mut lost = 0;
    for message in loaded.messages.iter().filter(|message| message.is_loss()) {
        let Some(span) = message.span else { continue };
        tell(&mut out, Level::WARNING, &message.text(), &Place::of(&place(span)), None)?;
        lost += 1;
    }
    for note in loaded.notes.iter().filter(|note| note.is_loss()) {
        tell(&mut out, Level::WARNING, &note.to_string(), &Place::of(&place(note.span)), None)?;
        lost += 1;
    }
    if let Some(failure) = &loaded.failure {
        tell(&mut out, Level::ERROR, &failure.to_string(), &Place::of(&place(failure.span())), None)?;
        return Ok(Err(Exit::Found));
    }
    let runs = Some(loaded.runtime);
    let placeholder = document.placeholders().next().map(|found| found.text().to_string());
    let named = Some(named(document));
    Ok(Ok(Read { lost, form_holds_all: false, named, placeholder, runs, ..Read::of(loaded.memory) }))
}

/// The sections of a cnf, and its variables by their full names. (In another case a name is none's.)
fn named(document: &Document) -> HashSet<String> {
    let mut names = HashSet::new();
    for setting in document.root() {
        let Some(section) = setting.name() else { continue };
        names.insert(section.to_owned());
        let module = section.strip_suffix("_variables");
        for variable in module.map(|_| setting.children()).into_iter().flatten() {
            let name = variable.name().unwrap_or_default();
            names.insert(format!("{}-{name}", module.unwrap_or_default()));
        }
    }
    names
}

/// Drops the rows of `global_variables` that are no variable of the version.
pub(crate) fn forget_others(config: &mut Config) {
    let version = config.version;
    for module in Module::ALL.into_iter().filter(|module| module.is_in(version)) {
        config.variables_mut(module).others_mut().clear();
    }
}

/// Puts the rows of a table of one configuration in the place of those of another one.
pub(crate) fn take_table(config: &mut Config, from: &Config, table: Table) {
    let rows = config.table_mut(table);
    rows.retain_indices(&mut |_| false);
    for row in from.table(table).iter() {
        take_row(config, row, table);
    }
}

/// Adds a row of the same table.
pub(crate) fn take_row(config: &mut Config, row: &dyn Row, table: Table) {
    let columns = table.schema(config.version).map_or(0, |schema| schema.columns().len());
    let new = config.table_mut(table).push_default();
    for position in 0..columns {
        // So it was in a row of this table before.
        let _ = new.set(position, row.cell(position));
    }
}

/// A configuration as data.
fn data(
    file: &Path,
    reading: &Reading,
    read: fn(&str) -> Result<Config, FormatError>,
) -> std::io::Result<Result<Read, Exit>> {
    let name = source::name(file);
    let mut out = anstream::stderr().lock();
    let limit = reading.max_bytes.unwrap_or(Limits::default().bytes);
    let text = match source::read(file, limit) {
        Ok(text) if text.len() > limit => {
            return writeln!(out, "error: {name}: it is too large").map(|()| Err(Exit::Failed));
        }
        Ok(text) => text,
        Err(error) => return writeln!(out, "error: {name}: {error}").map(|()| Err(Exit::Failed)),
    };
    let Ok(text) = String::from_utf8(text) else {
        return writeln!(out, "error: {name}: it is not UTF-8").map(|()| Err(Exit::Failed));
    };
    match read(&text) {
        Ok(config) => Ok(Ok(Read::of(config))),
        Err(error) => {
            let place = error.line().map(|line| Place {
                file: name.clone(),
                line,
                column: error.column().unwrap_or(1),
            });
            match place {
                Some(place) => tell(&mut out, Level::ERROR, error.message(), &place, None)?,
                None => writeln!(out, "error: {name}: {}", error.message())?,
            }
            Ok(Err(Exit::Found))
        }
    }
}

fn sql(file: &Path, reading: &Reading) -> std::io::Result<Result<Read, Exit>> {
    let mut limits = SqlLimits::default();
    if let Some(bytes) = reading.max_bytes {
        limits.script_bytes = bytes;
    }
    let name = source::name(file);
    let text = match source::read(file, limits.script_bytes) {
        Ok(text) => text,
        Err(error) => {
            return writeln!(anstream::stderr(), "error: {name}: {error}").map(|()| Err(Exit::Failed));
        }
    };
    let options = SqlReadOptions::new().version(reading.target.version()).limits(limits);
    match SqlScript::run(text, &options) {
        Ok(script) => Ok(Ok(Read { has_settings: false, ..Read::of(script.config) })),
        Err(error) => refused(&name, &error).map(|()| Err(Exit::Found)),
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
