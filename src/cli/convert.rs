//! `convert`: a file in another form.

use std::io::Write as _;
use std::path::PathBuf;

use clap::ValueEnum;
use proxysql_kit::libconfig::{Setting, Value};
use serde_json::{Map, Value as Json, json};

use super::source::{self, Opened};
use super::{Exit, Output, Reading, report};

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The file; `-` is standard input, FILE#KEY a key of a ConfigMap or Secret in YAML
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The form
    #[arg(long, value_enum)]
    to: Form,
    #[command(flatten)]
    reading: Reading,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// All settings as JSON: groups as objects, lists and arrays as arrays
    Tree,
}

pub(crate) fn run(options: &Options, output: &Output) -> std::io::Result<Exit> {
    let Form::Tree = options.to;
    let (opened, view) = source::open(&options.file, &options.reading);
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
