//! `roundtrip`: what each form of a configuration loses.

use std::io::Write as _;
use std::path::PathBuf;

use proxysql_kit::config::{Lost, Place, RoundTrip, RoundTripOutcome};
use serde_json::{Value as Json, json};

use super::config_source::{self, InputForm};
use super::nodes::Connecting;
use super::{Exit, Output, Reading, report, source};

/// So many losses of a form are shown to people.
const SHOWN: usize = 20;

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The file: a cnf, or by its ending `.json`, `.yaml` or `.sql`; `-` is standard input; or a node,
    /// mysql://user@host:6032
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only these forms [default: all]
    #[arg(long, value_name = "FORM", value_parser = ["cnf", "saved-cnf", "json", "yaml", "sql"])]
    only: Vec<String>,
    /// The form of the file, where its name does not tell
    #[arg(long, value_enum)]
    from: Option<InputForm>,
    #[command(flatten)]
    nodes: Connecting,
    #[command(flatten)]
    reading: Reading,
}

pub(crate) fn run(options: &Options, output: &Output) -> std::io::Result<Exit> {
    let read =
        match config_source::open(&options.file, options.from, &options.reading, &options.nodes, output)? {
            Ok(read) => read,
            Err(exit) => return Ok(exit),
        };
    let mut trips = read.config.round_trips();
    trips.retain(|trip| options.only.is_empty() || options.only.iter().any(|form| form == trip.form));
    let loses = trips.iter().any(RoundTrip::loses);
    let name = source::name(&options.file);
    if output.is_json() {
        let version = read.config.version.name();
        let forms: Vec<Json> = trips.iter().map(as_json).collect();
        report::json(&json!({ "file": name, "version": version, "ok": !loses, "forms": forms }))?;
    } else {
        let mut out = anstream::stdout().lock();
        writeln!(out, "{name}, as ProxySQL {} holds it:", read.config.version)?;
        trips.iter().try_for_each(|trip| for_people(trip, &mut out))?;
    }
    Ok(if loses { Exit::Found } else { Exit::Fine })
}

fn for_people(trip: &RoundTrip, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    write!(out, "  {:10}", trip.form)?;
    match &trip.outcome {
        RoundTripOutcome::Read(lost) if lost.is_empty() => writeln!(out, "reads back equal"),
        RoundTripOutcome::Read(lost) => {
            let things = if lost.len() == 1 { "1 loss".to_owned() } else { format!("{} losses", lost.len()) };
            writeln!(out, "{things}")?;
            for lost in lost.iter().take(SHOWN) {
                writeln!(out, "    - {lost}")?;
            }
            match lost.len().saturating_sub(SHOWN) {
                0 => Ok(()),
                more => writeln!(out, "    ... and {more} more; `--format json` tells them all"),
            }
        }
        RoundTripOutcome::Unreadable(why) => writeln!(out, "all is lost: it does not read back: {why}"),
        RoundTripOutcome::Unwritable(why) => writeln!(out, "cannot be written: {why}"),
        _ => writeln!(out, "not known to this version"),
    }
}

fn as_json(trip: &RoundTrip) -> Json {
    let (outcome, message, lost) = match &trip.outcome {
        RoundTripOutcome::Read(lost) => (if lost.is_empty() { "equal" } else { "differs" }, None, &**lost),
        RoundTripOutcome::Unreadable(why) => ("unreadable", Some(why), &[][..]),
        RoundTripOutcome::Unwritable(why) => ("unwritable", Some(why), &[][..]),
        _ => ("unknown", None, &[][..]),
    };
    let lost: Vec<Json> = lost.iter().map(lost_as_json).collect();
    json!({ "form": trip.form, "about": trip.about, "outcome": outcome, "message": message, "lost": lost })
}

fn lost_as_json(lost: &Lost) -> Json {
    let (row, column) = match &lost.place {
        Place::Row(row) => (Some(row), None),
        Place::Column { row, column } => (Some(row), Some(*column)),
        _ => (None, None),
    };
    json!({
        "place": lost.place.to_string(),
        "table": lost.place.table().map(proxysql_kit::schema::Table::name),
        "row": row.map(|row| json!({ "index": row.index, "key": row.key })),
        "column": column,
        "code": lost.reason.code(),
        "reason": lost.reason.to_string(),
        "becomes": lost.becomes,
    })
}
