//! `upgrade`: what another version of ProxySQL makes of a file.

use std::io::Write as _;
use std::path::PathBuf;

use proxysql_kit::config;
use proxysql_kit::schema::Version;
use serde_json::json;

use super::source::{self, Opened};
use super::target::VersionName;
use super::{DialectName, Exit, Output, Reading, config_source, diff, report};

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The file; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The version that there is
    #[arg(long, value_enum)]
    from: VersionName,
    /// The version that shall be
    #[arg(long, value_enum)]
    to: VersionName,
    #[command(flatten)]
    reading: Reading,
}

pub(crate) fn run(options: &Options, output: &Output) -> std::io::Result<Exit> {
    let opened = config_source::document(&options.file, &options.reading, output)?;
    let Ok((document, view)) = opened else { return Ok(Exit::Failed) };
    let unread = unread_by_2_0(options, output)?;
    let upgrade = config::upgrade(&document, options.from.version(), options.to.version());
    if output.is_json() {
        let shown = if output.show_secrets { json!(upgrade.with_secrets()) } else { json!(upgrade) };
        report::json(&json!({ "file": view.name(), "upgrade": shown }))?;
    } else {
        let text = if output.show_secrets { upgrade.with_secrets().to_string() } else { upgrade.to_string() };
        diff::coloured(&text)?;
    }
    Ok(if upgrade.keeps_file() && !unread { Exit::Fine } else { Exit::Found })
}

/// Whether the libconfig of 2.0 refuses a file that the newer one reads; told on standard error.
fn unread_by_2_0(options: &Options, output: &Output) -> std::io::Result<bool> {
    let concerns = [options.from, options.to].iter().any(|name| name.version() == Version::V2_0);
    if !concerns || options.file.as_os_str() == "-" {
        return Ok(false);
    }
    let reading = Reading { dialect: Some(DialectName::V1_7_2), ..options.reading.clone() };
    match source::open(&options.file, &reading) {
        (Opened::Refused(error), view) => {
            writeln!(anstream::stderr(), "warning: 2.0 does not start with this file")?;
            report::refused(&error, &view, output)?;
            Ok(true)
        }
        _ => Ok(false),
    }
}
