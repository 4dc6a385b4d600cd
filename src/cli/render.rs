//! `render`: placeholders filled in from the environment or from a file of values.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use proxysql_kit::k8s;
use proxysql_kit::libconfig::{
    Document, FileId, Fill, Fillings, PlaceholderKind, RenderError, RenderOptions, Unfilled, UnfilledReason,
};
use serde_json::{Value as Json, json};

use super::placeholders::{self, LeftAlone};
use super::source::{self, Opened};
use super::view::View;
use super::{Exit, Output, Reading, report, write};

#[derive(clap::Args, Debug)]
#[command(after_long_help = RULES)]
pub(crate) struct Options {
    /// The file; `-` is standard input, FILE#KEY a key of a ConfigMap or Secret in YAML
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    from: Origin,
    /// Fill `$NAME` without braces in strings too, where NAME is set; by default it is left alone
    /// there, as it can be a part of a regular expression or of a password's hash
    #[arg(long)]
    bare: bool,
    /// Write into this file, all at once, instead of to standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

const RULES: &str = "\
Each value is escaped for where it stands: in quotes its bytes are kept exactly; outside quotes a value
that looks like an integer, a float or a boolean is written as it is, and any other as a string. So put
quotes around the placeholder of a text that can look like a number, such as a password.

These are filled: $NAME, ${NAME}, ${NAME:-text} (the text if unset or empty), ${NAME-text} (if unset),
and {{ .Values.a.b }} with `| default \"text\"` and `| quote`. Any other placeholder, and one that is
not set, is an error, and nothing is written then.";

/// Where values come from.
#[derive(clap::Args, Debug)]
#[group(required = true, multiple = false)]
struct Origin {
    /// Take values from the environment: `$NAME`, `${NAME}`
    #[arg(long)]
    env: bool,
    /// Take values from a YAML or JSON file: `{{ .Values.a.b }}`, and what is at its top as `${a}` too; of a manifest
    /// what its Secrets and ConfigMaps hold, as `${KEY}`
    #[arg(long, value_name = "FILE")]
    values: Option<PathBuf>,
}

pub(crate) fn run(options: &Options, output: &Output) -> std::io::Result<Exit> {
    let values = match &options.from.values {
        Some(file) if file.as_os_str() == "-" && options.file == *file => {
            return failed("standard input cannot be both the file and its values", output);
        }
        Some(file) => match read_values(file) {
            Ok(values) => values,
            Err(why) => return failed(&why, output),
        },
        None => environment(),
    };
    let (opened, view) = source::open(&options.file, &options.reading);
    match opened {
        Opened::Document(document) => render(options, output, &document, &view, &values),
        Opened::Refused(error) => {
            if output.is_json() {
                told_json(&view, false, &report::refused_json(&error, &view), None)?;
            } else {
                report::refused(&error, &view, output)?;
            }
            Ok(Exit::Found)
        }
        Opened::Unreadable(why) => failed(&why, output),
    }
}

fn render(
    options: &Options,
    output: &Output,
    document: &Document,
    view: &View,
    values: &Fillings,
) -> std::io::Result<Exit> {
    let help = |unfilled: &Unfilled| help(unfilled, options);
    let rendered = document.render_with(values, &RenderOptions::default().bare_in_strings(options.bare));
    let rendered = match rendered {
        Ok(rendered) => rendered,
        Err(RenderError::Unfilled(found)) => {
            if output.is_json() {
                let found = placeholders::unfilled_json(&found, document, view, help);
                told_json(view, false, &found, None)?;
            } else {
                placeholders::unfilled(&found, document, view, output, help)?;
            }
            return Ok(Exit::Found);
        }
        Err(error) => return refused(&format!("{}: {error}", view.name()), view, output),
    };
    if let Some(included) = changed_include(document, &rendered) {
        let why = format!(
            "{included} has placeholders too, and is not written: render it by itself, into its place"
        );
        return refused(&why, view, output);
    }
    let (_, whole) = view.replaced(document.to_bytes(), rendered.to_bytes().to_vec());
    let whole = match whole {
        Ok(whole) => whole,
        Err(why) => return failed(&why, output),
    };
    let left = left_alone(document, values, options.bare);
    finish(options, output, (document, view), &left, &whole)
}

fn finish(
    options: &Options,
    output: &Output,
    (document, view): (&Document, &View),
    left: &LeftAlone<'_>,
    whole: &[u8],
) -> std::io::Result<Exit> {
    if let Some(file) = &options.output {
        write::whole(file, whole)?;
    }
    if output.is_json() {
        let content = options.output.is_none().then(|| String::from_utf8_lossy(whole).into_owned());
        told_json(view, true, &left.json(document, view), content)?;
    } else {
        left.told(document, view, output)?;
        if options.output.is_none() {
            std::io::stdout().write_all(whole)?;
        }
    }
    Ok(Exit::Fine)
}

/// The environment; what is no UTF-8 in it is kept as it is.
fn environment() -> Fillings {
    let set = |values: Fillings, (name, value): (std::ffi::OsString, std::ffi::OsString)| match name.to_str()
    {
        Some(name) => values.variable(name, value.into_encoded_bytes()),
        None => values,
    };
    std::env::vars_os().fold(Fillings::new(), set)
}

/// The values of a file. Messages tell places and never what the file holds.
fn read_values(file: &Path) -> Result<Fillings, String> {
    let name = source::name(file);
    let text = source::read(file, MOST_VALUES).map_err(|error| format!("{name}: {error}"))?;
    if text.len() > MOST_VALUES {
        return Err(format!("{name}: more than {MOST_VALUES} bytes of values"));
    }
    let text = String::from_utf8(text).map_err(|_| format!("{name}: the values are no UTF-8"))?;
    if let Ok(values) = serde_json::from_str(&text) {
        return Ok(values);
    }
    k8s::values(&text, &k8s::Limits::default()).map_err(|error| format!("{name}: {error}"))
}

/// A file of values is at most so large.
const MOST_VALUES: usize = 16 << 20;

/// An included file that had to be changed.
fn changed_include(document: &Document, rendered: &Document) -> Option<String> {
    let mut pairs = document.sources().iter().zip(rendered.sources()).skip(FileId::MAIN.index() + 1);
    pairs.find(|(old, new)| old.text() != new.text()).map(|(old, _)| old.name().into_owned())
}

/// The `$NAME` in strings that could have been filled.
fn left_alone<'d>(document: &'d Document, values: &Fillings, bare: bool) -> LeftAlone<'d> {
    let found = document.placeholders().filter(|found| {
        let name = found.name().filter(|name| *name != "_" && !bare);
        found.is_in_string()
            && found.kind() == PlaceholderKind::Bare
            && name.is_some_and(|name| values.variable(name).is_some())
    });
    LeftAlone(found.collect())
}

/// A way out: the library's, or that of this command.
fn help(unfilled: &Unfilled, options: &Options) -> Option<String> {
    if unfilled.reason != UnfilledReason::Unset {
        return unfilled.reason.help().map(str::to_owned);
    }
    let template = unfilled.placeholder.starts_with("{{");
    Some(match &options.from.values {
        None if template => "`--values FILE` gives values to it".to_owned(),
        None => "set it in the environment, or give it a default: `${NAME:-text}`".to_owned(),
        Some(file) if template => {
            format!("add it to {}, or give it a default: `| default \"text\"`", source::name(file))
        }
        Some(file) => format!("add it at the top of {}", source::name(file)),
    })
}

/// What is wrong with the file as a whole.
fn refused(why: &str, view: &View, output: &Output) -> std::io::Result<Exit> {
    if output.is_json() {
        told_json(view, false, &[json!({ "severity": "error", "code": "render", "message": why })], None)?;
    } else {
        writeln!(anstream::stderr(), "error: {why}")?;
    }
    Ok(Exit::Found)
}

fn failed(why: &str, output: &Output) -> std::io::Result<Exit> {
    if output.is_json() {
        report::json(&json!({ "files": [{ "ok": false, "error": why, "diagnostics": [] }] }))?;
    } else {
        writeln!(anstream::stderr(), "error: {why}")?;
    }
    Ok(Exit::Failed)
}

fn told_json(view: &View, ok: bool, diagnostics: &[Json], content: Option<String>) -> std::io::Result<()> {
    let mut told = json!({ "file": view.name(), "ok": ok, "diagnostics": diagnostics });
    if let Some(content) = content {
        told["content"] = content.into();
    }
    report::json(&json!({ "files": [told] }))
}
