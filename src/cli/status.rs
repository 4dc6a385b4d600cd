//! `status`: how the nodes of a cluster stand.

use std::io::{self, Write as _};
use std::time::Duration;

use proxysql_kit::admin::net::ConnectOptions;
use proxysql_kit::admin::net::status::{Cluster, ClusterStatus, NodeStatus, StatusOptions};
use proxysql_kit::cluster::health::ModuleHealth;
use serde_json::{Value as Json, json};

use super::nodes::{Connecting, Trouble, block_on, url};
use super::{Exit, Output, report};

#[derive(clap::Args, Debug)]
#[command(after_help = "\
Signs: = in step, + the content that wins, ~ behind, but coming, or not loaded, not saved, ! to be mended, ? not known, \
. not synced.
Exit codes: 0 in step, 1 not in step (with --strict also if something is not loaded or not saved), 2 could not run.")]
pub(crate) struct Options {
    #[command(flatten)]
    asked: Asked,
    #[command(flatten)]
    layers: Layers,
    /// Exit with 1 if something is not loaded or not saved, too
    #[arg(long)]
    strict: bool,
}

/// Whether the layers are read.
#[derive(clap::Args, Debug)]
pub(crate) struct Layers {
    /// Compare memory, runtime and disk of each node: all that it holds; `status` does so without being told
    #[arg(long, overrides_with = "no_layers")]
    layers: bool,
    /// Leave out memory, runtime and disk; `watch` does so without being told
    #[arg(long, overrides_with = "layers")]
    no_layers: bool,
}

impl Layers {
    /// What was said last, or else this.
    pub(crate) fn or(&self, usual: bool) -> bool {
        (usual || self.layers) && !self.no_layers
    }
}

/// Which nodes are asked, and how.
#[derive(clap::Args, Debug)]
pub(crate) struct Asked {
    /// The nodes: `mysql://USER[:PASSWORD]@HOST[:PORT]`; a name that stands for several addresses means a node at
    /// each of them
    #[arg(value_name = "URL", required = true)]
    urls: Vec<String>,
    /// Ask the members in their `proxysql_servers` too, with the account of the first URL
    #[arg(long)]
    pub(crate) discover: bool,
    /// How many nodes are asked at once
    #[arg(long, value_name = "N", default_value_t = 16)]
    at_once: usize,
    #[command(flatten)]
    connecting: Connecting,
}

impl Asked {
    /// The nodes in the order in which they were named.
    pub(crate) fn targets(&self) -> Result<Vec<ConnectOptions>, Trouble> {
        self.urls.iter().map(|text| self.connecting.options(&url(text)?)).collect()
    }

    pub(crate) fn options(&self, layers: bool) -> StatusOptions {
        StatusOptions::default().layers(layers).discover(self.discover).at_once(self.at_once)
    }
}

pub(crate) fn run(options: &Options, output: &Output) -> io::Result<Exit> {
    let asked = &options.asked;
    let targets = match asked.targets() {
        Ok(targets) => targets,
        Err(trouble) => return trouble.tell().map(|()| Exit::Failed),
    };
    let mut cluster = Cluster::new(targets, asked.options(options.layers.or(true)));
    let status = block_on(async { Ok(cluster.look().await) })?;
    if output.is_json() {
        report::json(&machine(&status))?;
    } else {
        people(&status, asked.discover)?;
    }
    Ok(exit(&status, options.strict))
}

pub(crate) fn exit(status: &ClusterStatus, strict: bool) -> Exit {
    match status.is_in_step() && (!strict || status.is_settled()) {
        _ if !status.is_any_reached() => Exit::Failed,
        true => Exit::Fine,
        false => Exit::Found,
    }
}

/// The whole table on standard output.
pub(crate) fn people(status: &ClusterStatus, discovers: bool) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    for line in status.to_string().lines() {
        writeln!(out, "{}", coloured(line))?;
    }
    if !discovers && !status.unasked.is_empty() {
        writeln!(out, "  > --discover asks members that were not named")?;
    }
    Ok(())
}

/// A line of the table in the colour of its sign.
pub(crate) fn coloured(line: &str) -> String {
    let mut characters = line.chars();
    let colour = match (characters.next(), characters.next()) {
        (Some('='), Some(' ')) => "\x1b[32m",
        (Some('+'), Some(' ')) => "\x1b[32;1m",
        (Some('~' | '?'), Some(' ')) => "\x1b[33m",
        (Some('!'), Some(' ')) => "\x1b[31m",
        (Some('.' | '-'), Some(' ')) => "\x1b[2m",
        _ if line.starts_with("  MODULE ")
            || line.starts_with("  NODE ")
            || line.starts_with("  LAYERS OF ") =>
        {
            "\x1b[1m"
        }
        _ => return line.to_owned(),
    };
    format!("{colour}{line}\x1b[0m")
}

/// All of it, for machines.
pub(crate) fn machine(status: &ClusterStatus) -> Json {
    let module = |module: &ModuleHealth| {
        let mut told = json!(module);
        told["is_well"] = json!(module.is_well());
        told["remedies"] = json!(module.remedies());
        told["texts"] = json!(module.findings.iter().map(ToString::to_string).collect::<Vec<_>>());
        told
    };
    json!({
        "at": status.at,
        "is_in_step": status.is_in_step(),
        "is_well": status.health.is_well(),
        "is_settled": status.nodes.iter().any(|node| node.layers.is_some()).then(|| status.is_settled()),
        "nodes": status.nodes.iter().map(node).collect::<Vec<_>>(),
        "modules": status.health.modules.iter().map(module).collect::<Vec<_>>(),
        "findings": status.health.findings,
        "unasked": status.unasked,
        "unmatched": status.unmatched,
    })
}

fn node(node: &NodeStatus) -> Json {
    let layers = node.layers.as_ref().map(|layers| {
        let module = |module: &proxysql_kit::cluster::ModuleLayers| {
            let counts = |plan: &proxysql_kit::config::Plan| {
                let summary = plan.summary();
                json!({ "add": summary.add, "change": summary.change, "remove": summary.remove })
            };
            json!({
                "module": module.module.to_string(),
                "state": module.state(),
                "to_runtime": counts(&module.to_runtime),
                "to_disk": counts(&module.to_disk),
                "commands": module.commands(),
            })
        };
        layers.modules.iter().map(module).collect::<Vec<_>>()
    });
    let peers = node.peers.as_ref().map(|peers| {
        let peer = |peer: &proxysql_kit::admin::net::status::PeerMetrics| {
            json!({
                "peer": peer.peer, "response_ms": peer.response_ms, "uptime": peer.uptime,
                "last_check_ms": peer.last_check_ms, "queries": peer.queries, "clients": peer.clients,
            })
        };
        peers.iter().map(peer).collect::<Vec<_>>()
    });
    let errors = node.errors.iter().map(|error| {
        json!({ "part": error.part.to_string(), "error": error.error.reason(), "help": error.error.help() })
    });
    json!({
        "node": node.name,
        "asked": node.asked,
        "address": node.address.map(|address| address.to_string()),
        "is_reached": node.is_reached(),
        "version": node.version.as_ref().map(|version| &version.text),
        "read_as": node.version.as_ref().map(|version| version.version.to_string()),
        "ahead": node.ahead,
        "uptime": node.uptime,
        "modules": node.modules,
        "members": node.members,
        "peers": peers,
        "layers": layers,
        "errors": errors.collect::<Vec<_>>(),
    })
}

/// `500ms`, `2s`, `1m`; seconds where there is no unit.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: f64 = digits.parse().map_err(|_| "a time is a number and ms, s or m".to_owned())?;
    let seconds = match text.get(digits.len()..).unwrap_or_default() {
        "ms" => number / 1_000.0,
        "" | "s" => number,
        "m" | "min" => number * 60.0,
        _ => return Err("a time is a number and ms, s or m".to_owned()),
    };
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if time >= Duration::from_millis(10) && time <= Duration::from_secs(86_400) => Ok(time),
        _ => Err("a time is 10 ms to a day".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, ms) in [("500ms", 500), ("2s", 2_000), ("1m", 60_000), ("3", 3_000), ("0.5s", 500)] {
            assert_eq!(time(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "s", "0", "-1s", "1 h", "9999m", "nan", "inf"] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_sign_says_the_colour() {
        assert_eq!(coloured("! a"), "\x1b[31m! a\x1b[0m");
        assert_eq!(coloured("  ! a"), "  ! a");
        assert_eq!(coloured(""), "");
    }
}
