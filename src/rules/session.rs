//! What rules know of the client that sends a query.

use crate::schema::Text;

/// A client's session, as far as rules look at it.
///
/// ```
/// use proxysql_kit::rules::Session;
///
/// let session = Session::new("app").schema("shop").client_addr("10.0.0.7").proxy("10.0.0.1", 6033);
/// assert_eq!(session.schemaname, "shop");
/// assert_eq!(session.flag_in, 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Session {
    /// The user.
    pub username: Text,
    /// The current schema.
    pub schemaname: Text,
    /// The client's address. Empty where none is known: then only a rule with `%` alone, or without
    /// `client_addr`, matches.
    pub client_addr: Text,
    /// The local address that the client came in at.
    pub proxy_addr: Text,
    /// The local port that the client came in at. 0 where none is known; no TCP client has it.
    pub proxy_port: u16,
    /// The follow-up flag: what `next_query_flagIN` set last on this session, 0 on a new connection. A
    /// [`Route`](super::Route) says what is next.
    pub flag_in: i32,
    /// The hostgroup of queries that nothing else sends anywhere. `None`: that of the user's row in
    /// `mysql_users`.
    pub default_hostgroup: Option<i32>,
}

impl Session {
    /// A new connection of a user.
    pub fn new(username: impl Into<Text>) -> Self {
        Session { username: username.into(), ..Session::default() }
    }

    /// With this current schema.
    #[must_use]
    pub fn schema(self, schemaname: impl Into<Text>) -> Self {
        Session { schemaname: schemaname.into(), ..self }
    }

    /// From this address.
    #[must_use]
    pub fn client_addr(self, client_addr: impl Into<Text>) -> Self {
        Session { client_addr: client_addr.into(), ..self }
    }

    /// Come in at this local address and port.
    #[must_use]
    pub fn proxy(self, proxy_addr: impl Into<Text>, proxy_port: u16) -> Self {
        Session { proxy_addr: proxy_addr.into(), proxy_port, ..self }
    }

    /// With this follow-up flag.
    #[must_use]
    pub fn flag_in(self, flag_in: i32) -> Self {
        Session { flag_in, ..self }
    }

    /// With this default hostgroup, whatever `mysql_users` says.
    #[must_use]
    pub fn default_hostgroup(self, hostgroup: i32) -> Self {
        Session { default_hostgroup: Some(hostgroup), ..self }
    }
}
