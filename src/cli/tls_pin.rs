//! `tls-pin`: the certificate that nodes show, as a pin.

use std::io::Write as _;

use proxysql_kit::admin::net::{Client, NodeUrl, Pin, addresses};
use serde_json::json;

use super::nodes::{self, Connecting, Trouble};
use super::{Exit, Output, report};

#[derive(clap::Args, Debug)]
pub(crate) struct Options {
    /// The node, as HOST:PORT or as a URL; of a name that stands for several nodes, each
    #[arg(value_name = "URL")]
    node: String,
    #[command(flatten)]
    nodes: Connecting,
}

pub(crate) fn run(options: &Options, output: &Output) -> std::io::Result<Exit> {
    let pins = nodes::block_on(async { Ok(pins(options).await) })?;
    let pins = match pins {
        Ok(pins) => pins,
        Err(trouble) => return trouble.tell().map(|()| Exit::Failed),
    };
    if output.is_json() {
        let pins: Vec<_> =
            pins.iter().map(|(address, pin)| json!({ "address": address, "pin": pin.to_string() })).collect();
        report::json(&json!({ "nodes": pins }))?;
        return Ok(Exit::Fine);
    }
    let mut out = anstream::stdout().lock();
    match pins.as_slice() {
        [(_, pin)] => writeln!(out, "{pin}")?,
        pins => pins.iter().try_for_each(|(address, pin)| writeln!(out, "{address} {pin}"))?,
    }
    Ok(Exit::Fine)
}

async fn pins(options: &Options) -> Result<Vec<(String, Pin)>, Trouble> {
    // Nobody logs in, so that any account will do.
    let is_url = NodeUrl::is_meant(&options.node);
    let url = nodes::url(&if is_url { options.node.clone() } else { format!("mysql://x@{}", options.node) })?;
    let connect = options.nodes.options_without_login(&url)?;
    let mut pins = Vec::new();
    let mut last = None;
    for address in addresses(url.host(), url.port()).await? {
        match Client::shown_pin(&connect, address).await {
            Ok(pin) => pins.push((address.to_string(), pin)),
            // `localhost` has addresses at which nobody listens.
            Err(error) if address.ip().is_loopback() => last = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    match last {
        Some(error) if pins.is_empty() => Err(error.into()),
        _ => Ok(pins),
    }
}
