//! `export`: what a node holds, as a file, a ConfigMap or a Secret; or an existing file, brought up to date.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use proxysql_kit::admin::net::{Fetched, NodeUrl};
use proxysql_kit::cluster::{what_runs, would_run};
use proxysql_kit::config::{
    ChangeKind, Config, Layer, Loaded, Lost, PatchOptions, Reason, RowDiff, SqlOptions, TableDiff, diff,
    secrets_apart,
};
use proxysql_kit::k8s::Manifest;
use proxysql_kit::libconfig::{Document, ParseOptions};
use proxysql_kit::schema::{Module, Row, Secret, Table, TableSchema, Version};

use super::nodes::{self, Connecting, Trouble};
use super::{Exit, Output, Reading, config_source, source, write};

#[derive(clap::Args, Debug)]
#[command(after_help = "\
A file is put in its place as a whole: nobody reads half of one, whenever this ends.
Exit codes: 0 all of it is there; 1 something is not, as no cnf holds it; 2 could not run.")]
#[command(group = clap::ArgGroup::new("form").required(true).args(["to", "into"]))]
pub(crate) struct Options {
    /// The node, and the layer: `mysql://user@host:6032/runtime` [default layer: memory]
    #[arg(value_name = "URL")]
    url: String,
    /// The form
    #[arg(long, value_enum)]
    to: Option<Form>,
    /// Bring this file up to date: a cnf, or FILE#KEY of a manifest. Comments, layout and placeholders stay
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
    /// Put it here, all of it or nothing [default: standard output; with --into, that file]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Go on, and export again when the node has changed, until Ctrl-C or SIGTERM. A node that goes away is waited for,
    /// and what cannot be written is tried again
    #[arg(long)]
    watch: bool,
    /// How often to look
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = nodes::seconds, requires = "watch")]
    interval: Duration,
    /// The name of the ConfigMap or Secret; with `-secrets` behind it, of the Secret for passwords that are
    /// kept apart
    #[arg(long, default_value = "proxysql", help_heading = "Kubernetes")]
    name: String,
    /// Its namespace
    #[arg(long, value_name = "NAMESPACE", help_heading = "Kubernetes")]
    namespace: Option<String>,
    /// The key of the file in it
    #[arg(long, default_value = "proxysql.cnf", help_heading = "Kubernetes")]
    key: String,
    /// Where passwords go
    #[arg(long, value_enum, default_value_t = Secrets::Keep, help_heading = "Kubernetes")]
    secrets: Secrets,
    /// Put the Secret of --secrets separate here [default: behind the ConfigMap]
    #[arg(long, value_name = "FILE", help_heading = "Kubernetes")]
    secrets_output: Option<PathBuf>,
    #[command(flatten)]
    nodes: Connecting,
    #[command(flatten)]
    reading: Reading,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A cnf that loads back to just that
    Cnf,
    /// Admin SQL
    Sql,
    /// One member a table
    Json,
    /// The same as YAML
    Yaml,
    /// A ConfigMap with the cnf
    #[value(name = "configmap")]
    ConfigMap,
    /// A Secret with the cnf
    Secret,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Secrets {
    /// They stay where they are
    Keep,
    /// Placeholders, `${NAME}`, stand in the file, and the values in a Secret; `render` fills them in
    Separate,
}

/// What an export has made.
struct Made {
    text: Vec<u8>,
    /// The Secret for what was taken out.
    secrets: Option<String>,
    /// Whether the text differs from what stands in the file already.
    is_new: bool,
    /// How much of the configuration is not in it.
    lost: usize,
}

pub(crate) fn run(options: &Options, output: &Output) -> std::io::Result<Exit> {
    let url = match nodes::url(&options.url).and_then(|url| options.check().map(|()| url)) {
        Ok(url) => url,
        Err(trouble) => return trouble.tell().map(|()| Exit::Failed),
    };
    nodes::block_on(async {
        let fetched = match options.nodes.fetch(&url).await {
            Ok(fetched) => fetched,
            Err(trouble) => return trouble.tell().map(|()| Exit::Failed),
        };
        let exit = export(options, output, &fetched, url.layer())?;
        if options.watch && exit != Exit::Failed {
            return watch(options, output, &url, fetched).await;
        }
        Ok(exit)
    })
}

impl Options {
    /// What options do not go together.
    fn check(&self) -> Result<(), Trouble> {
        let separate = self.secrets == Secrets::Separate;
        let to_configmap = self.to == Some(Form::ConfigMap);
        match self.to {
            Some(Form::Json | Form::Yaml | Form::Sql | Form::Secret) if separate => Err(Trouble::new(
                "passwords are taken out of a cnf only: `--to cnf`, `--to configmap`, `--into FILE`",
            )),
            _ if separate && !to_configmap && self.secrets_output.is_none() => {
                Err(Trouble::new("`--secrets-output FILE` must say where the passwords go"))
            }
            _ if !separate && self.secrets_output.is_some() => {
                Err(Trouble::new("`--secrets-output` goes with `--secrets separate`"))
            }
            Some(_) if self.watch && self.output.is_none() => {
                Err(Trouble::new("`--watch` needs a file that it keeps up to date: `--output FILE`"))
            }
            None if self.watch && separate => Err(Trouble::new(
                "`--into` leaves placeholders alone, also when the password behind one changes: with `--watch` \
                 that would not be seen",
            )
            .help("`--to configmap --secrets separate --watch` keeps both up to date")),
            None if self.into.as_deref().is_some_and(|file| file.as_os_str() == "-") && self.watch => {
                Err(Trouble::new("standard input cannot be watched"))
            }
            _ => Ok(()),
        }
    }
}

/// Exports again whenever the node has changed, until somebody ends it. Trouble is told, and passes or stays: what
/// could not be written is tried again, after longer and longer pauses.
async fn watch(options: &Options, output: &Output, url: &NodeUrl, first: Fetched) -> std::io::Result<Exit> {
    let mut ended = std::pin::pin!(nodes::ended());
    let mut written = first.config;
    let mut trouble = None;
    let mut pause = options.interval;
    loop {
        let fetched = tokio::select! {
            end = &mut ended => return end.map(|()| Exit::Fine),
            fetched = async {
                tokio::time::sleep(pause).await;
                options.nodes.fetch(url).await
            } => fetched,
        };
        let fetched = match fetched {
            Ok(fetched) => fetched,
            Err(new) => {
                if trouble.as_ref() != Some(&new.message) {
                    new.tell()?;
                }
                trouble = Some(new.message);
                continue;
            }
        };
        if trouble.take().is_some() {
            writeln!(anstream::stderr(), "note: {url} answers again")?;
        }
        if fetched.config == written {
            continue;
        }
        let summary = diff(&written, &fetched.config).summary();
        writeln!(
            anstream::stderr(),
            "note: {url} has changed: {} added, {} changed, {} removed",
            summary.add,
            summary.change,
            summary.remove
        )?;
        let exit = export(options, output, &fetched, url.layer())
            .or_else(|error| Trouble::new(error.to_string()).tell().map(|()| Exit::Failed))?;
        if exit == Exit::Failed {
            pause = pause.saturating_mul(2).min(options.interval.max(LONGEST_PAUSE));
        } else {
            pause = options.interval;
            written = fetched.config;
        }
    }
}

/// The longest pause between two tries to write.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

fn export(options: &Options, output: &Output, fetched: &Fetched, layer: Layer) -> std::io::Result<Exit> {
    let made = match (&options.into, options.to) {
        (Some(file), _) => brought_up_to_date(file, options, output, fetched, layer)?,
        (None, Some(form)) => Ok(made(form, options, &fetched.config)?),
        (None, None) => return Ok(Exit::Failed),
    };
    let made = match made {
        Ok(Ok(made)) => made,
        Ok(Err(trouble)) => return trouble.tell().map(|()| Exit::Failed),
        Err(exit) => return Ok(exit),
    };
    let Made { mut text, secrets, is_new, lost } = made;
    match (secrets, &options.secrets_output) {
        // First, so that no file names a placeholder that nobody knows.
        (Some(secrets), Some(file)) => write::private(file, secrets.as_bytes())?,
        (Some(secrets), None) => text.extend([b"---\n", secrets.as_bytes()].concat()),
        (None, _) => {}
    }
    match options.output.as_ref().or(options.into.as_ref()) {
        Some(file) if file.as_os_str() != "-" => {
            let path = target(file);
            if options.to == Some(Form::Secret) {
                write::private(&path, &text)?;
            } else if is_new || options.output.is_some() {
                write::whole(&path, &text)?;
            }
        }
        _ => {
            let mut out = std::io::stdout().lock();
            out.write_all(&text)?;
            if !text.ends_with(b"\n") {
                writeln!(out)?;
            }
        }
    }
    Ok(if lost > 0 { Exit::Found } else { Exit::Fine })
}

/// The file of `FILE#KEY`.
fn target(file: &std::path::Path) -> PathBuf {
    source::located(file).0.to_owned()
}

/// A new file.
fn made(form: Form, options: &Options, config: &Config) -> std::io::Result<Result<Made, Trouble>> {
    let data = |text: Result<String, proxysql_kit::config::FormatError>| match text {
        Ok(text) => Ok(Ok(Made { text: text.into_bytes(), secrets: None, is_new: true, lost: 0 })),
        Err(error) => Ok(Err(Trouble::new(error.to_string()))),
    };
    match form {
        Form::Json => data(config.to_json()),
        Form::Yaml => data(config.to_yaml()),
        Form::Sql => data(Ok(config.to_sql(&SqlOptions::new()))),
        Form::Cnf | Form::ConfigMap | Form::Secret => {
            let cnf = config.to_cnf();
            let lost = tell_lost(&cnf.lost)?;
            let text = match ready(cnf.text, config.version, form, options)? {
                Ok(ready) => ready,
                Err(trouble) => return Ok(Err(trouble)),
            };
            let (text, secrets) = text;
            let manifest = match form {
                Form::ConfigMap => Manifest::config_map(&options.name),
                Form::Secret => Manifest::secret(&options.name),
                _ => return Ok(Ok(Made { text, secrets, is_new: true, lost })),
            };
            let manifest = placed(manifest, options).entry(&options.key, text).to_yaml();
            Ok(manifest
                .map(|yaml| Made { text: yaml.into_bytes(), secrets, is_new: true, lost })
                .map_err(|error| Trouble::new(error.to_string())))
        }
    }
}

/// The text as the form wants it, and the Secret of what was taken out.
type Ready = (Vec<u8>, Option<String>);

fn ready(
    text: Vec<u8>,
    version: Version,
    form: Form,
    options: &Options,
) -> std::io::Result<Result<Ready, Trouble>> {
    if options.secrets == Secrets::Keep && form != Form::ConfigMap {
        return Ok(Ok((text, None)));
    }
    let dialect = ParseOptions::new().placeholders(true).dialect(source::dialect_of(version));
    let apart = Document::parse_with(text.clone(), &dialect)
        .map_err(|error| error.to_string())
        .and_then(|document| secrets_apart(&document, true).map_err(|error| error.to_string()));
    let apart = match apart {
        Ok(apart) => apart,
        Err(why) => return Ok(Err(Trouble::new(format!("the passwords cannot be taken out: {why}")))),
    };
    if options.secrets == Secrets::Separate {
        return Ok(secret(&apart.secrets, options).map(|secret| (apart.document.to_bytes().to_vec(), secret)));
    }
    if !apart.secrets.is_empty() {
        writeln!(
            anstream::stderr(),
            "\x1b[33mwarning\x1b[0m: passwords stand in this ConfigMap, which many may read; `--secrets separate` \
             puts them into a Secret"
        )?;
    }
    Ok(Ok((text, None)))
}

/// The file that is there already, with what has changed. The exit where it cannot be read.
fn brought_up_to_date(
    file: &std::path::Path,
    options: &Options,
    output: &Output,
    fetched: &Fetched,
    layer: Layer,
) -> std::io::Result<Result<Result<Made, Trouble>, Exit>> {
    let reading = options.reading.clone().of_server(&fetched.version);
    let Ok((document, view)) = config_source::document(file, &reading, output)? else {
        return Ok(Err(Exit::Failed));
    };
    let loaded = Config::load(&document, &reading.target.options());
    let mut config = fetched.config.clone();
    if layer == Layer::Runtime {
        keep_what_runs_so(&mut config, &loaded);
    }
    // What stands outside of sections is the file's own; no node tells of it.
    config.settings = loaded.memory.settings;
    let patched = match config.patch(&document, &PatchOptions::default().keep_placeholders(true)) {
        Ok(patched) => patched,
        Err(error) => return Ok(Ok(Err(Trouble::new(format!("{}: {error}", view.name()))))),
    };
    let lost = tell_lost(&patched.lost)?;
    let (mut new, mut secrets) = (patched.document, None);
    if options.secrets == Secrets::Separate {
        let apart = match secrets_apart(&new, false) {
            Ok(apart) => apart,
            Err(error) => return Ok(Ok(Err(Trouble::new(format!("{}: {error}", view.name()))))),
        };
        secrets = match secret(&apart.secrets, options) {
            Ok(secrets) => secrets,
            Err(trouble) => return Ok(Ok(Err(trouble))),
        };
        new = apart.document;
    }
    let (is_new, whole) = view.replaced(document.to_bytes(), new.to_bytes().to_vec());
    Ok(Ok(whole.map(|text| Made { text, secrets, is_new, lost }).map_err(Trouble::new)))
}

/// Runtime shows no rows that are not active, some variables as they run, and rows in an order of its own. Where the
/// file runs as the node does, it stays as it is.
fn keep_what_runs_so(config: &mut Config, loaded: &Loaded) {
    let plan = diff(&would_run(&loaded.runtime, config), &what_runs(config));
    let version = config.version;
    for module in Module::ALL.into_iter().filter(|module| module.is_in(version)) {
        let changed: Vec<_> =
            plan.variables().iter().filter(|variable| variable.module() == module).collect();
        for variable in module.variables(version) {
            let name = variable.full_name();
            if changed.iter().all(|changed| changed.full_name() != name.as_str()) {
                let text = loaded.memory.variables(module).text(variable.position()).into_owned();
                // It was one of its texts before.
                let _ = config.variables_mut(module).set_text(variable.position(), &text);
            }
        }
    }
    let at_rest = diff(&loaded.memory, &what_runs(&loaded.runtime));
    for table in Table::of(version).map(TableSchema::table) {
        if plan.tables().iter().all(|changed| changed.table() != table) {
            config_source::take_table(config, &loaded.memory, table);
        } else if let Some(at_rest) = at_rest.tables().iter().find(|changed| changed.table() == table) {
            keep_rows_at_rest(config, at_rest);
        }
    }
}

/// Rows of the file that no server runs, such as rules that are not active, are not gone because none runs them.
fn keep_rows_at_rest(config: &mut Config, at_rest: &TableDiff) {
    let Some(schema) = at_rest.table().schema(config.version) else { return };
    let key = |row: &dyn Row| {
        let cells = schema.primary_key().iter().map(|&position| format!("{:?}", row.cell(position)));
        cells.collect::<Vec<_>>()
    };
    let running: HashSet<_> = config.table(at_rest.table()).iter().map(key).collect();
    let rows = at_rest.rows().iter().filter(|row| row.kind() == ChangeKind::Removed);
    for row in rows.filter_map(RowDiff::before).filter(|row| !running.contains(&key(*row))) {
        config_source::take_row(config, row, at_rest.table());
    }
}

/// The Secret for values that were taken out; none where there are none.
fn secret(values: &[(String, Secret)], options: &Options) -> Result<Option<String>, Trouble> {
    if values.is_empty() {
        return Ok(None);
    }
    let mut manifest = placed(Manifest::secret(format!("{}-secrets", options.name)), options);
    for (name, value) in values {
        manifest = manifest.entry(name, value.expose().as_bytes());
    }
    manifest.to_yaml().map(Some).map_err(|error| Trouble::new(error.to_string()))
}

fn placed(manifest: Manifest, options: &Options) -> Manifest {
    match &options.namespace {
        Some(namespace) => manifest.namespace(namespace),
        None => manifest,
    }
}

/// Tells what no cnf holds. What was left to a placeholder is not lost.
fn tell_lost(lost: &[Lost]) -> std::io::Result<usize> {
    let mut out = anstream::stderr().lock();
    let lost = lost.iter().filter(|lost| lost.reason != Reason::Placeholder);
    let mut count = 0;
    for lost in lost {
        writeln!(out, "\x1b[33mwarning\x1b[0m: no cnf holds this: {lost}")?;
        count += 1;
    }
    Ok(count)
}
