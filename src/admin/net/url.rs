//! URLs of nodes.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use thiserror::Error;

use super::options::ConnectOptions;
use crate::admin::Password;
use crate::config::Layer;

const SCHEME: &str = "mysql://";
/// ProxySQL's admin port, unless it is told otherwise.
const PORT: u16 = 6032;

/// A node, an account on it, and one of its layers: `mysql://user[:password]@host[:port][/layer]`. The port is
/// 6032 and the layer `memory` unless they stand there; an IPv6 address stands in brackets. User and password
/// are percent-encoded.
///
/// `Display` and `Debug` do without the password.
///
/// ```
/// use proxysql_kit::admin::net::NodeUrl;
/// use proxysql_kit::config::Layer;
///
/// let url: NodeUrl = "mysql://radmin:s%40cret@proxysql-0.proxysql/runtime".parse()?;
/// assert_eq!((url.user(), url.host(), url.port()), ("radmin", "proxysql-0.proxysql", 6032));
/// assert_eq!(url.password().unwrap().expose(), b"s@cret");
/// assert_eq!(url.layer(), Layer::Runtime);
/// assert_eq!(url.to_string(), "mysql://radmin@proxysql-0.proxysql:6032/runtime");
/// # Ok::<(), proxysql_kit::admin::net::NodeUrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct NodeUrl {
    user: String,
    password: Option<Password>,
    host: String,
    port: u16,
    layer: Layer,
}

/// Why a text is no URL of a node. No part of the text that could be a password stands in it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeUrlError {
    /// It begins otherwise.
    #[error("the URL of a node begins with `mysql://`")]
    Scheme,
    /// A character of the password or user ends it.
    #[error("in a user or password `/` is written %2F, `?` %3F, `#` %23 and `@` %40")]
    Unescaped,
    /// There is no user.
    #[error("it names no user: `mysql://user@host:6032/layer`")]
    User,
    /// A `%` without two hexadecimal digits behind it, or bytes that are no UTF-8 in the user.
    #[error("`%` and two hexadecimal digits stand for a byte; `%` itself is %25")]
    Percent,
    /// No host, or none that can be one.
    #[error("`{0}` is no host; an IPv6 address stands in brackets")]
    Host(String),
    /// No port.
    #[error("`{0}` is no port")]
    Port(String),
    /// No layer of a node.
    #[error("`{0}` is no layer of a node: memory, runtime or disk")]
    Layer(String),
}

impl NodeUrl {
    /// Whether a text is meant as one: it begins with `mysql://`.
    pub fn is_meant(text: &str) -> bool {
        text.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
    }

    /// The account.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Its password, if it stands in the URL.
    pub fn password(&self) -> Option<&Password> {
        self.password.as_ref()
    }

    /// The host: a name or an address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The layer.
    pub fn layer(&self) -> Layer {
        self.layer
    }

    /// How to connect with this password, whatever stands in the URL.
    pub fn connect_options(&self, password: impl Into<Password>) -> ConnectOptions {
        ConnectOptions::new(self.host.as_str(), self.user.as_str(), password).port(self.port)
    }
}

/// With the password of the URL; with an empty one where none stands there.
impl From<&NodeUrl> for ConnectOptions {
    fn from(url: &NodeUrl) -> Self {
        url.connect_options(url.password.clone().unwrap_or_default())
    }
}

impl FromStr for NodeUrl {
    type Err = NodeUrlError;

    fn from_str(text: &str) -> Result<Self, NodeUrlError> {
        if !NodeUrl::is_meant(text) {
            return Err(NodeUrlError::Scheme);
        }
        let rest = text.get(SCHEME.len()..).unwrap_or_default();
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, behind) = rest.split_at(end);
        // What stands behind may be told, so no password may have got there.
        if behind.contains('@') {
            return Err(NodeUrlError::Unescaped);
        }
        let (account, host) = authority.rsplit_once('@').ok_or(NodeUrlError::User)?;
        let (user, password) = match account.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (account, None),
        };
        if account.contains('@') {
            return Err(NodeUrlError::Unescaped);
        }
        if user.is_empty() {
            return Err(NodeUrlError::User);
        }
        let user = String::from_utf8(decoded(user)?).map_err(|_| NodeUrlError::Percent)?;
        let password = password.map(decoded).transpose()?.map(Password::from);
        let (host, port) = host_and_port(host)?;
        Ok(NodeUrl { user, password, host, port, layer: layer(behind)? })
    }
}

fn host_and_port(text: &str) -> Result<(String, u16), NodeUrlError> {
    let no_host = || NodeUrlError::Host(text.to_owned());
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or_else(no_host)?;
            host.parse::<Ipv6Addr>().map_err(|_| no_host())?;
            (host, port)
        }
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let strange = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '[' | ']' | '%' | ',' | '\\');
    if host.is_empty() || host.contains(strange) {
        return Err(no_host());
    }
    let port = match port.strip_prefix(':') {
        Some(port) if port.contains(':') => return Err(no_host()),
        Some(digits) => {
            let number = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
            number.filter(|&port| port > 0).ok_or_else(|| NodeUrlError::Port(digits.to_owned()))?
        }
        None if port.is_empty() => PORT,
        None => return Err(no_host()),
    };
    Ok((host.to_owned(), port))
}

fn layer(behind: &str) -> Result<Layer, NodeUrlError> {
    match behind.strip_prefix('/').unwrap_or(behind) {
        "" | "memory" => Ok(Layer::Memory),
        "runtime" => Ok(Layer::Runtime),
        "disk" => Ok(Layer::Disk),
        other => Err(NodeUrlError::Layer(other.to_owned())),
    }
}

fn decoded(text: &str) -> Result<Vec<u8>, NodeUrlError> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    let digit = |byte: Option<u8>| {
        let digit = byte.and_then(|byte| char::from(byte).to_digit(16));
        digit.and_then(|digit| u8::try_from(digit).ok()).ok_or(NodeUrlError::Percent)
    };
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => digit(bytes.next())? << 4 | digit(bytes.next())?,
            byte => byte,
        });
    }
    Ok(decoded)
}

/// Without the password.
impl fmt::Display for NodeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCHEME)?;
        for byte in self.user.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    write!(f, "{}", char::from(byte))?;
                }
                byte => write!(f, "%{byte:02X}")?,
            }
        }
        let layer = match self.layer {
            Layer::Disk => "disk",
            Layer::Runtime => "runtime",
            _ => "memory",
        };
        match self.host.contains(':') {
            true => write!(f, "@[{}]:{}/{layer}", self.host, self.port),
            false => write!(f, "@{}:{}/{layer}", self.host, self.port),
        }
    }
}

/// Without the password.
impl fmt::Debug for NodeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn url(text: &str) -> Result<NodeUrl, NodeUrlError> {
        text.parse()
    }

    #[test]
    fn what_is_left_out_is_filled_in() {
        for (text, shown) in [
            ("mysql://u@h", "mysql://u@h:6032/memory"),
            ("MySQL://u@h/", "mysql://u@h:6032/memory"),
            ("mysql://u:p@h:1/disk", "mysql://u@h:1/disk"),
            ("mysql://u:@h:1/runtime", "mysql://u@h:1/runtime"),
            ("mysql://u%3Ax:p@[::1]", "mysql://u%3Ax@[::1]:6032/memory"),
            ("mysql://u@[fe80::1]:7/disk", "mysql://u@[fe80::1]:7/disk"),
        ] {
            assert_eq!(url(text).unwrap().to_string(), shown);
        }
        assert_eq!(url("mysql://u:@h").unwrap().password(), Some(&Password::from("")));
        assert_eq!(url("mysql://u@h").unwrap().password(), None);
        assert_eq!(url("mysql://u:a:b%00@h").unwrap().password().unwrap().expose(), b"a:b\0");
        let options = ConnectOptions::from(&url("mysql://u:p@[::1]:7").unwrap());
        assert_eq!(options.node(), "[::1]:7");
    }

    #[test]
    fn what_is_none_is_told_without_the_password() {
        for (text, error) in [
            ("proxysql.cnf", NodeUrlError::Scheme),
            ("mysql://h", NodeUrlError::User),
            ("mysql://:hunter2@h", NodeUrlError::User),
            ("mysql://u:hunter2", NodeUrlError::User),
            ("mysql://u:hun/ter2@h", NodeUrlError::Unescaped),
            ("mysql://u:hun#ter2@h", NodeUrlError::Unescaped),
            ("mysql://u:hun?ter2@h/disk", NodeUrlError::Unescaped),
            ("mysql://u:hun@ter2@h", NodeUrlError::Unescaped),
            ("mysql://u:hunter%2@h", NodeUrlError::Percent),
            ("mysql://%ff@h", NodeUrlError::Percent),
            ("mysql://u:hunter2@", NodeUrlError::Host(String::new())),
            ("mysql://u:hunter2@::1", NodeUrlError::Host("::1".to_owned())),
            ("mysql://u:hunter2@[h]", NodeUrlError::Host("[h]".to_owned())),
            ("mysql://u:hunter2@[::1]6032", NodeUrlError::Host("[::1]6032".to_owned())),
            ("mysql://u:hunter2@a b", NodeUrlError::Host("a b".to_owned())),
            ("mysql://u:hunter2@h:0", NodeUrlError::Port("0".to_owned())),
            ("mysql://u:hunter2@h:+1", NodeUrlError::Port("+1".to_owned())),
            ("mysql://u:hunter2@h:65536", NodeUrlError::Port("65536".to_owned())),
            ("mysql://u:hunter2@h/main", NodeUrlError::Layer("main".to_owned())),
            ("mysql://u:hunter2@h/disk/", NodeUrlError::Layer("disk/".to_owned())),
            ("mysql://u:hunter2@h/memory?tls=1", NodeUrlError::Layer("memory?tls=1".to_owned())),
        ] {
            assert_eq!(url(text), Err(error.clone()), "{text}");
            assert!(!error.to_string().contains("hun"), "{error}");
        }
        let debug = format!("{:?}", url("mysql://u:hunter2@h"));
        assert_eq!(debug, "Ok(NodeUrl(mysql://u@h:6032/memory))");
    }

    proptest! {
        /// Any user comes back, and no text makes it panic.
        #[test]
        fn shown_and_read_again(user in "\\PC{1,8}", text in "(mysql://)?[a-z:/@%0-9\\[\\]?#]{0,24}") {
            let known = NodeUrl {
                user,
                password: None,
                host: "h".to_owned(),
                port: 1,
                layer: Layer::Disk,
            };
            prop_assert_eq!(url(&known.to_string()), Ok(known));
            if let Ok(read) = url(&text) {
                let again = url(&read.to_string()).unwrap();
                prop_assert_eq!(again.to_string(), read.to_string());
            }
        }
    }
}
