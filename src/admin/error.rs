//! What goes wrong on the wire, and the way out.

use std::fmt;

use thiserror::Error;

use crate::schema::Text;

/// Why a conversation ended. It can't go on after one of these: close the connection.
///
/// Not among them: the error that a server answers to one query, which is a
/// [`ClientEvent::Failed`](super::ClientEvent::Failed).
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum WireError {
    /// The other side speaks something else.
    #[error("this is no MySQL server: {0}")]
    NotMysql(Foreign),
    /// A MySQL server from before 4.1.
    #[error("the server speaks version {version} of the MySQL protocol; only version 10 is known here")]
    OldProtocol {
        /// The version that it names.
        version: u8,
    },
    /// A packet is not what it should be.
    #[error("malformed {packet} at byte {at}: expected {expected}")]
    Malformed {
        /// What the packet was taken for.
        packet: &'static str,
        /// What should have stood there.
        expected: &'static str,
        /// Where in the packet.
        at: usize,
    },
    /// A packet came that nobody waits for.
    #[error("a packet came out of turn {when}")]
    OutOfTurn {
        /// In which state of the conversation.
        when: &'static str,
    },
    /// A packet was lost or came twice.
    #[error("packets out of order: number {expected} was due, {found} came")]
    Sequence {
        /// The number that was due.
        expected: u8,
        /// The number that came.
        found: u8,
    },
    /// Something exceeds the [`Limits`](super::Limits).
    #[error("{what}: more than the limit of {limit}")]
    Limit {
        /// What there is too much of.
        what: LimitKind,
        /// How much would have been allowed.
        limit: u64,
    },
    /// The server does not let us in.
    #[error("{0}")]
    Refused(ServerError),
    /// The server ends a conversation in which nothing was asked of it.
    #[error("the server ended the connection: {0}")]
    Ended(ServerError),
    /// The connection was closed too early.
    #[error("the other side closed the connection {when}")]
    Closed {
        /// In which state of the conversation.
        when: &'static str,
    },
    /// TLS was demanded, and the server does not offer it.
    #[error("the server offers no TLS")]
    NoTls,
    /// Bytes came in plain text in the place where TLS begins; somebody may have put them there.
    #[error("bytes in plain text where TLS should begin")]
    BeforeTls,
    /// The server asks for a way of login that is not known here.
    #[error("the server asks for the login method `{name}`, which is not supported")]
    Plugin {
        /// Its name.
        name: Text,
    },
    /// The server asks for the password as it is, and that is not allowed here.
    #[error("the server asks for the readable password (`{plugin}`)")]
    ReadablePassword {
        /// The login method.
        plugin: &'static str,
    },
    /// The server answers a query by asking for a file of ours.
    #[error("the server asks for the local file `{name}`; it gets none")]
    LocalFile {
        /// The file's name.
        name: Text,
    },
    /// A method was called that does not fit the state of the conversation.
    #[error("{called} is not possible {when}")]
    Misuse {
        /// What was called.
        called: &'static str,
        /// In which state.
        when: &'static str,
    },
}

impl WireError {
    /// What to do about it, where something can be said.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            WireError::NotMysql(Foreign::XProtocol) => {
                Some("that is the port of MySQL's X protocol; ProxySQL's admin port is 6032 by default")
            }
            WireError::NotMysql(_) => Some("check the port: ProxySQL's admin port is 6032 by default"),
            WireError::Limit { .. } => Some("the limits can be raised"),
            WireError::Refused(error) => error.help(),
            WireError::NoTls => {
                Some("ProxySQL offers TLS unless mysql-have_ssl is false; or allow a connection without TLS")
            }
            WireError::Plugin { .. } => {
                Some("mysql_native_password, caching_sha2_password and mysql_clear_password are supported")
            }
            WireError::ReadablePassword { .. } => {
                Some("let TLS verify the server (a CA or a pin), or allow the readable password explicitly")
            }
            _ => None,
        }
    }
}

/// What the other side seems to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Foreign {
    /// HTTP.
    Http,
    /// TLS from the first byte on.
    Tls,
    /// SSH.
    Ssh,
    /// MySQL's X protocol.
    XProtocol,
    /// A text protocol, such as SMTP's.
    Lines,
    /// Nobody knows.
    Unknown,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Foreign::Http => "it speaks HTTP",
            Foreign::Tls => "it speaks TLS from the first byte on",
            Foreign::Ssh => "it speaks SSH",
            Foreign::XProtocol => "it speaks MySQL's X protocol",
            Foreign::Lines => "it begins with a line of text",
            Foreign::Unknown => "its first bytes are no greeting",
        })
    }
}

/// What can be limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitKind {
    /// Bytes of one packet.
    PacketBytes,
    /// Columns of a result set.
    Columns,
    /// Rows of a result set.
    Rows,
    /// Bytes of a result set.
    ResultBytes,
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LimitKind::PacketBytes => "bytes in a packet",
            LimitKind::Columns => "columns in a result set",
            LimitKind::Rows => "rows in a result set",
            LimitKind::ResultBytes => "bytes in a result set",
        })
    }
}

/// An error as a server sends it. Its `Display` is that of MySQL's own client.
///
/// ```
/// use proxysql_kit::admin::ServerError;
///
/// let error = ServerError::access_denied("app", "10.0.0.7", true);
/// assert_eq!(
///     error.to_string(),
///     "ERROR 1045 (28000): ProxySQL Error: Access denied for user 'app'@'10.0.0.7' (using password: YES)"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerError {
    code: u16,
    state: [u8; 5],
    message: Text,
}

impl ServerError {
    /// Any error. A state that is not five ASCII letters or digits becomes `HY000`.
    pub fn new(code: u16, state: &str, message: impl Into<Text>) -> Self {
        let state = state.as_bytes().try_into().ok().filter(|state: &[u8; 5]| is_state(*state));
        ServerError { code, state: state.unwrap_or(GENERAL), message: message.into() }
    }

    /// A wrong password or account, in ProxySQL's words.
    pub fn access_denied(user: &str, host: &str, using_password: bool) -> Self {
        let using = if using_password { "YES" } else { "NO" };
        let message =
            format!("ProxySQL Error: Access denied for user '{user}'@'{host}' (using password: {using})");
        ServerError::new(1045, "28000", message)
    }

    /// The account `admin` from another host, in ProxySQL's words.
    pub fn only_locally(user: &str) -> Self {
        ServerError::new(1040, "42000", format!("User '{user}' can only connect locally"))
    }

    /// A query that ProxySQL's admin does not run: the message of SQLite, in ProxySQL's words.
    pub fn admin(message: &str) -> Self {
        ServerError::new(1045, "28000", format!("ProxySQL Admin Error: {message}"))
    }

    /// The number.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The state of the SQL standard: five letters and digits.
    pub fn state(&self) -> &str {
        std::str::from_utf8(&self.state).unwrap_or("HY000")
    }

    /// The message.
    pub fn message(&self) -> &Text {
        &self.message
    }

    /// Whether it is about the one who asks: account, password, or where they connect from.
    pub fn is_access_denied(&self) -> bool {
        self.is_only_locally()
            || (self.code == 1045 && contains(&self.message, "Access denied"))
            || matches!(self.code, 1044 | 1698 | 1130)
    }

    /// Whether it says that an account may connect only from the server's own host.
    pub fn is_only_locally(&self) -> bool {
        self.code == 1040 && contains(&self.message, "only connect locally")
    }

    /// What to do about it, where something can be said.
    pub fn help(&self) -> Option<&'static str> {
        if self.is_only_locally() {
            return Some(
                "ProxySQL lets the account `admin` in from its own host only: use another account of \
                 admin-admin_credentials",
            );
        }
        if contains(&self.message, "no such table: global_variables") {
            return Some("an account of admin-stats_credentials reads statistics only: use another one");
        }
        let unknown = ["no such table", "no such column", "has no column named"];
        if unknown.iter().any(|text| contains(&self.message, text)) {
            return Some(
                "the node's version does not have it: what was sent is for another version of ProxySQL",
            );
        }
        if contains(&self.message, "SSL is required") {
            return Some("connect with TLS");
        }
        self.is_access_denied().then_some(
            "user and password must stand in admin-admin_credentials (or admin-stats_credentials, to read \
             statistics only) as they are at runtime; 6032 is the port for them, and 6033 that for applications",
        )
    }
}

/// The state of errors that have none.
const GENERAL: [u8; 5] = *b"HY000";

pub(super) fn is_state(state: [u8; 5]) -> bool {
    state.iter().all(u8::is_ascii_alphanumeric)
}

fn contains(text: &Text, part: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), part.as_bytes()).is_some()
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ERROR {} ({}): {}", self.code, self.state(), self.message)
    }
}

impl std::error::Error for ServerError {}
