//! What a log tells of a query.

use crate::digest::DigestHash;
use crate::schema::Text;

/// A query of a log; of a dump of digests, all queries of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// What it is.
    pub kind: EventKind,
    /// The query, or the digest text.
    pub query: Vec<u8>,
    /// The user; `None` where the log has none.
    pub username: Option<Text>,
    /// The session's schema.
    pub schemaname: Option<Text>,
    /// The client's address, without its port.
    pub client_addr: Option<Text>,
    /// The hostgroup where it ran; `None` where no server took part.
    pub hostgroup: Option<i32>,
    /// The digest's hash, as the log has it.
    pub digest: Option<DigestHash>,
    /// The number of the session.
    pub session: Option<u64>,
    /// How many times it ran.
    pub count: u64,
}

/// What an event is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// A query: `COM_QUERY`.
    #[default]
    Query,
    /// A statement is prepared: `COM_STMT_PREPARE`.
    Prepare,
    /// A prepared statement runs: `COM_STMT_EXECUTE`. Its text is that of the statement.
    Execute,
    /// A row of digests: the literals and comments are gone.
    Digest,
}

impl Event {
    /// One query of which nothing more is known.
    pub fn query(query: impl Into<Vec<u8>>) -> Self {
        Event { query: query.into(), count: 1, ..Event::default() }
    }

    /// Whether the literals and comments of the query are gone.
    pub fn is_digest(&self) -> bool {
        self.kind == EventKind::Digest
    }

    /// Whether some of its bytes are lost: those that were no UTF-8 stand as U+FFFD.
    pub fn is_lossy(&self) -> bool {
        memchr::memmem::find(&self.query, "\u{fffd}".as_bytes()).is_some()
    }
}

/// The address of `ADDRESS:PORT`; nothing where none is known.
pub(super) fn address(client: &[u8]) -> Option<Text> {
    let address = memchr::memrchr(b':', client).map_or(client, |colon| &client[..colon]);
    (!address.is_empty()).then(|| address.into())
}
