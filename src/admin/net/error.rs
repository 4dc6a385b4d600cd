//! What goes wrong with a live node, and the way out.

use std::fmt;
use std::io;
use std::time::Duration;

use thiserror::Error as ThisError;

use super::tls::TlsError;
use crate::admin::{ServerError, WireError};
use crate::schema::FieldError;

/// What went wrong with which node. No password stands in it, nor the text of a query.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    node: String,
    kind: ErrorKind,
}

/// What went wrong.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The host's name stands for no address.
    #[error("no address: {0}")]
    Resolve(#[source] io::Error),
    /// No connection came about.
    #[error("cannot connect: {0}")]
    Connect(#[source] io::Error),
    /// The connection broke.
    #[error("the connection broke {when}: {source}")]
    Io {
        /// During what.
        when: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The node was silent for too long.
    #[error("no answer within {} s {when}", .after.as_secs_f64())]
    Timeout {
        /// During what.
        when: &'static str,
        /// How long we waited.
        after: Duration,
    },
    /// TLS failed.
    #[error(transparent)]
    Tls(TlsError),
    /// The protocol was not kept to, or the login failed.
    #[error(transparent)]
    Wire(WireError),
    /// The node refused a query.
    #[error(transparent)]
    Server(ServerError),
    /// The other side speaks MySQL, and is no ProxySQL's admin.
    #[error(
        "this is no ProxySQL admin port, but a MySQL server, or a ProxySQL's port for applications{}",
        of_version(.version)
    )]
    NotProxysql {
        /// What it calls its version; may be empty.
        version: String,
    },
    /// A value is none that the column can hold.
    #[error("{table} {key}: `{column}`: {reason}")]
    Value {
        /// The table.
        table: &'static str,
        /// The key of the row.
        key: String,
        /// The column.
        column: &'static str,
        /// What is wrong with it.
        reason: FieldError,
    },
    /// A variable has a text that means nothing for it.
    #[error("the variable `{name}`: {reason}")]
    Variable {
        /// The variable.
        name: String,
        /// What is wrong with it.
        reason: crate::schema::VariableError,
    },
    /// An answer is not what this query is answered with.
    #[error("unexpected answer: {0}")]
    Answer(&'static str),
    /// A plan's statement found no row to change: the node holds something else than the plan was made for.
    #[error("the row is not there any more: something else changed the node in the meantime")]
    Drift,
    /// The connection was broken by an earlier error.
    #[error("the connection was given up after an earlier error; connect anew")]
    GivenUp,
    /// The node's version does not have a table.
    #[error("ProxySQL {version} has no table `{table}`")]
    NoSuchTable {
        /// The table.
        table: &'static str,
        /// What the node is taken for.
        version: crate::schema::Version,
    },
    /// A layer that a node cannot show.
    #[error("a node does not show its file; ask for memory, runtime or disk")]
    NoSuchLayer,
}

fn of_version(version: &str) -> String {
    if version.is_empty() { String::new() } else { format!(" (version {version})") }
}

impl Error {
    pub(super) fn new(node: &str, kind: ErrorKind) -> Self {
        Error(Box::new(Inner { node: node.to_owned(), kind }))
    }

    /// The node: host and port as they were asked for.
    pub fn node(&self) -> &str {
        &self.0.node
    }

    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The error that the node itself sent, to a query or to the login.
    pub fn server_error(&self) -> Option<&ServerError> {
        match self.kind() {
            ErrorKind::Server(error)
            | ErrorKind::Wire(WireError::Refused(error) | WireError::Ended(error)) => Some(error),
            _ => None,
        }
    }

    /// What to do about it, where something can be said.
    pub fn help(&self) -> Option<&'static str> {
        match self.kind() {
            ErrorKind::Connect(source) if source.kind() == io::ErrorKind::ConnectionRefused => {
                Some("nothing listens there: ProxySQL's admin port is 6032 by default (admin-mysql_ifaces)")
            }
            ErrorKind::Tls(error) => error.help(),
            ErrorKind::Wire(error) => error.help(),
            ErrorKind::Server(error) => error.help(),
            ErrorKind::NotProxysql { .. } => Some("ProxySQL's admin port is 6032 by default"),
            ErrorKind::Timeout { .. } => Some("the timeouts can be raised"),
            ErrorKind::Drift => Some("read the node again, and make a new plan"),
            _ => None,
        }
    }

    /// Whether another try may go better.
    pub(super) fn may_pass(&self) -> bool {
        match self.kind() {
            ErrorKind::Resolve(_)
            | ErrorKind::Connect(_)
            | ErrorKind::Io { .. }
            | ErrorKind::Timeout { .. } => true,
            ErrorKind::Wire(WireError::Closed { .. } | WireError::Ended(_)) => true,
            // Too many connections.
            ErrorKind::Wire(WireError::Refused(error)) => error.code() == 1040 && !error.is_only_locally(),
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.node, self.0.kind)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.0.kind)
    }
}
