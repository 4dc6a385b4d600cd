//! `route --from`: how the queries of logs spread over hostgroups and rules.

use std::fs::File;
use std::io::{Read, Write as _};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use proxysql_kit::config::Config;
use proxysql_kit::replay::{Progress, ReadError, ReadErrorKind, ReadOptions, Reader, Replay, Spread};
use proxysql_kit::rules::Engine;
use serde_json::{Value as Json, json};

use super::route::{Options, tell_problems};
use super::{Exit, Output, config_source, report, source};

/// A log that was read, as far as it could be.
struct Log {
    name: String,
    format: Option<&'static str>,
    events: u64,
    error: Option<String>,
}

pub(crate) fn run(options: &Options, config: &Config, output: &Output) -> std::io::Result<Exit> {
    tell_problems(&Engine::new(config))?;
    let mut replay = Replay::new(config).session(options.client.session());
    if let Some(against) = &options.against {
        let Ok(other) = config_source::open(against, None, &options.reading, &options.nodes, output)? else {
            return Ok(Exit::Failed);
        };
        replay = replay.against(&other.config);
    }
    if let Some(threads) = options.threads {
        replay = replay.threads(threads.get());
    }
    let mut spread = Spread::default();
    let logs: Vec<Log> =
        options.from.iter().map(|log| read(log, options, output, &replay, &mut spread)).collect();
    if output.is_json() {
        let against = options.against.as_deref().map(source::name);
        let logs: Vec<_> = logs.iter().map(Log::json).collect();
        let file = source::name(&options.file);
        report::json(&json!({ "file": file, "against": against, "logs": logs, "spread": spread }))?;
    } else {
        let mut out = anstream::stdout().lock();
        for log in logs.iter().filter(|log| log.format.is_some()) {
            writeln!(out, "{}: {}", log.name, log.format.unwrap_or_default())?;
        }
        if spread.queries() > 0 || logs.iter().any(|log| log.error.is_none()) {
            write!(out, "{}", spread.show(options.top))?;
        }
    }
    logs.iter().try_for_each(Log::tell_error)?;
    Ok(match logs.iter().all(|log| log.error.is_none()) {
        false => Exit::Failed,
        true if spread.moved() > 0 => Exit::Found,
        true => Exit::Fine,
    })
}

fn read(log: &Path, options: &Options, output: &Output, replay: &Replay, spread: &mut Spread) -> Log {
    let mut found = Log { name: source::name(log), format: None, events: 0, error: None };
    let opened = if log.as_os_str() == "-" {
        Ok((Box::new(std::io::stdin().lock()) as Box<dyn Read>, None))
    } else {
        File::open(log).map(|file| {
            let bytes = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|file| file.len());
            (Box::new(file) as Box<dyn Read>, bytes)
        })
    };
    match opened {
        Ok((bytes, length)) => {
            let bar = if output.is_json() { ProgressBar::hidden() } else { bar(&found.name, length) };
            let routed = found.route(bytes, &bar, options, replay, spread);
            bar.finish_and_clear();
            found.error = routed.err().map(|error| match error.kind() {
                ReadErrorKind::Compressed { program } => {
                    format!(
                        "it is compressed; try: {program} {} | proxysql-kit route ... --from -",
                        found.name
                    )
                }
                ReadErrorKind::Unknown => "no log looks like this; --log-format names its format".to_owned(),
                _ => error.to_string(),
            });
        }
        Err(error) => found.error = Some(error.to_string()),
    }
    found
}

impl Log {
    fn route(
        &mut self,
        bytes: Box<dyn Read>,
        bar: &ProgressBar,
        options: &Options,
        replay: &Replay,
        spread: &mut Spread,
    ) -> Result<(), ReadError> {
        let mut reading = ReadOptions::default();
        if let Some(format) = options.log_format {
            reading = reading.format(format.format());
        }
        let reader = Reader::with(bytes, &reading)?;
        self.format = Some(reader.format().name());
        replay.run(reader, spread, &mut |Progress { bytes, events, .. }| {
            bar.set_position(bytes);
            self.events = events;
        })
    }

    fn tell_error(&self) -> std::io::Result<()> {
        let Some(error) = &self.error else { return Ok(()) };
        let counted = if self.events > 0 { "; what stands before it is counted" } else { "" };
        writeln!(anstream::stderr(), "\x1b[31merror\x1b[0m: {}: {error}{counted}", self.name)
    }

    fn json(&self) -> Json {
        json!({ "file": self.name, "format": self.format, "events": self.events, "error": self.error })
    }
}

/// A bar on standard error, if that is a terminal.
fn bar(name: &str, length: Option<u64>) -> ProgressBar {
    let (bar, template) = match length {
        Some(length) => {
            (ProgressBar::new(length), "{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}")
        }
        None => (ProgressBar::new_spinner(), "{msg} {spinner} {bytes} {bytes_per_sec}"),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style).with_message(name.to_owned()),
        Err(_) => bar,
    }
}
