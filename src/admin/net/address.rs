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

/// The addresses of a host at which each node behind its name is reached once: those of IPv4, or of IPv6 where there
/// are none, as a node mostly has one of each.
///
/// ```no_run
/// # async fn example() -> Result<(), proxysql_kit::admin::net::Error> {
/// use proxysql_kit::admin::net::{Client, ConnectOptions, nodes_behind};
///
/// let options = ConnectOptions::new("proxysql", "radmin", "secret");
/// for address in nodes_behind("proxysql", 6032).await? {
///     let mut node = Client::connect_to(&options, address).await?;
///     println!("{address}: {}", node.version().await?);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`addresses`].
pub async fn nodes_behind(host: &str, port: u16) -> Result<Vec<SocketAddr>, Error> {
    addresses(host, port).await.map(one_family)
}

fn one_family(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let of_v4: Vec<SocketAddr> = addresses.iter().copied().filter(SocketAddr::is_ipv4).collect();
    if of_v4.is_empty() { addresses } else { of_v4 }
}

#[cfg(test)]
mod tests {
    use super::one_family;

    #[test]
    fn both_families_are_likely_the_same_nodes() {
        let all = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>();
        let v4 = ["10.0.0.1:6032", "10.0.0.2:6032"];
        assert_eq!(one_family(all(&[v4[0], v4[1], "[fd00::1]:6032", "[fd00::2]:6032"])), all(&v4));
        assert_eq!(one_family(all(&["[fd00::1]:6032"])), all(&["[fd00::1]:6032"]));
    }
}
