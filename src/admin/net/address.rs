//! Names to addresses.

use std::net::SocketAddr;

use super::error::{Error, ErrorKind};

/// All addresses that a host's name stands for, each once, in order: those of the pods behind a headless
/// service, say.
///
/// # Errors
/// Where the name stands for none.
pub async fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let node = format!("{host}:{port}");
    let found = tokio::net::lookup_host((host, port)).await;
    let mut found: Vec<SocketAddr> =
        found.map_err(|source| Error::new(&node, ErrorKind::Resolve(source)))?.collect();
    found.sort_unstable();
    found.dedup();
    if found.is_empty() {
        let nothing = std::io::Error::new(std::io::ErrorKind::NotFound, "the name has no address");
        return Err(Error::new(&node, ErrorKind::Resolve(nothing)));
    }
    Ok(found)
}
