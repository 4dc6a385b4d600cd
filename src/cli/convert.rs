//! `convert`: a file in another form.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use proxysql_kit::config::{self, FormatError, SqlOptions};
use proxysql_kit::libconfig::{Setting, Value};
use serde_json::{Map, Value as Json, json};

use super::config_source::{self, InputForm};
use super::nodes::Connecting;
use super::source::{self, Opened};
use super::{Exit, Output, Reading, report};

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The file: a cnf, or by its ending `.json`, `.yaml` or `.sql`; `-` is standard input, FILE#KEY a key
    /// of a ConfigMap or Secret in YAML; or a node, mysql://user@host:6032/memory, `runtime` or `disk`
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The form. Passwords are in it as they are in the file
    #[arg(long, value_enum)]
    to: Form,
    /// The form of the file, where its name does not tell
    #[arg(long, value_enum)]
    from: Option<InputForm>,
    /// With LOAD ... TO RUNTIME in SQL
    #[arg(long)]
    load: bool,
    /// With SAVE ... TO DISK in SQL
    #[arg(long)]
    save: bool,
    #[command(flatten)]
    nodes: Connecting,
    #[command(flatten)]
    reading: Reading,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// All settings as JSON: groups as objects, lists and arrays as arrays
    Tree,
    /// What the server would hold, as JSON: one member a table
    Json,
    /// The same as YAML
    Yaml,
    /// The same as admin SQL
    Sql,
    /// A cnf that loads back to just that
    Cnf,
    /// The cnf that SELECT CONFIG INTO OUTFILE would write, gaps included
    SavedCnf,
    /// The JSON Schema of a configuration, for editors; needs no file
    JsonSchema,
}

pub(crate) fn run(options: &Options, output: &Output) -> std::io::Result<Exit> {
    let version = options.reading.target.version();
    let file = match (&options.file, options.to) {
        (_, Form::JsonSchema) => return print(config::json_schema(version).as_bytes(), Exit::Fine),
        (Some(file), _) => file,
        (None, _) => {
            writeln!(anstream::stderr(), "error: a FILE is needed")?;
            return Ok(Exit::Failed);
        }
    };
    if options.to == Form::Tree {
        return tree_of(file, options, output);
    }
    let read = match config_source::open(file, options.from, &options.reading, &options.nodes, output)? {
        Ok(read) => read,
        Err(exit) => return Ok(exit),
    };
    let exit = if read.lost > 0 { Exit::Found } else { Exit::Fine };
    let written = |text: Result<String, FormatError>| match text {
        Ok(text) => print(text.as_bytes(), exit),
        Err(error) => writeln!(anstream::stderr(), "error: {error}").map(|()| Exit::Failed),
    };
    match options.to {
        Form::Tree | Form::JsonSchema => Ok(Exit::Fine),
        Form::Json => written(read.config.to_json()),
        Form::Yaml => written(read.config.to_yaml()),
        Form::Sql => {
            let sql = SqlOptions::new().load(options.load).save(options.save);
            print(read.config.to_sql(&sql).as_bytes(), exit)
        }
        Form::Cnf => {
            let cnf = read.config.to_cnf();
            for lost in &cnf.lost {
                writeln!(anstream::stderr(), "warning: no cnf holds this: {lost}")?;
            }
            print(&cnf.text, if cnf.lost.is_empty() { exit } else { Exit::Found })
        }
        Form::SavedCnf => match read.config.to_saved_cnf() {
            Some(text) => print(&text, exit),
            None => {
                writeln!(
                    anstream::stderr(),
                    "error: ProxySQL {version} cannot write its configuration to a file"
                )?;
                Ok(Exit::Failed)
            }
        },
    }
}

fn print(text: &[u8], exit: Exit) -> std::io::Result<Exit> {
    let mut out = std::io::stdout().lock();
    out.write_all(text)?;
    if !text.ends_with(b"\n") {
        writeln!(out)?;
    }
    Ok(exit)
}

fn tree_of(file: &Path, options: &Options, output: &Output) -> std::io::Result<Exit> {
    let (opened, view) = source::open(file, &options.reading);
    match opened {
        Opened::Document(document) => {
            report::json(&tree(document.root().setting()))?;
            Ok(Exit::Fine)
        }
        Opened::Refused(error) => {
            if output.is_json() {
                let found = report::refused_json(&error, &view);
                report::json(
                    &json!({ "files": [{ "file": view.name(), "ok": false, "diagnostics": found }] }),
                )?;
            } else {
                report::refused(&error, &view, output)?;
            }
            Ok(Exit::Found)
        }
        Opened::Unreadable(why) => {
            writeln!(anstream::stderr(), "error: {why}")?;
            Ok(Exit::Failed)
        }
    }
}

/// A setting as JSON. What JSON cannot hold becomes `"inf"`, or `{"hex": ...}` for bytes that are no
/// UTF-8; a placeholder is `{"placeholder": ...}`. Nesting is limited by what the parser accepts.
fn tree(setting: Setting<'_>) -> Json {
    match setting.value() {
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::Int64(value) => json!(value),
        Value::Float(value) if value.is_finite() => json!(value),
        Value::Float(value) => json!(value.to_string()),
        Value::Str(value) => match value.to_str() {
            Some(text) => json!(text),
            None => json!({ "hex": hex(&value.to_bytes()) }),
        },
        Value::Placeholder(placeholder) => json!({ "placeholder": placeholder.text() }),
        Value::Group(group) => {
            let members =
                group.iter().map(|child| (child.name().unwrap_or_default().to_owned(), tree(child)));
            Json::Object(members.collect::<Map<_, _>>())
        }
        Value::List(_) | Value::Array(_) => setting.children().map(tree).collect(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
