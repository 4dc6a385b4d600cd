//! ProxySQL's admin port: its dialect of the MySQL protocol, both ends, without any I/O. What queries mean
//! is told by cluster and config.
//!
//! [`ClientConnection`] and [`ServerConnection`] turn bytes into events and calls into bytes. The caller
//! carries the bytes, over whatever it likes; when TLS is to begin the machines say so, and the caller does
//! it. What ProxySQL does on the wire was observed on 2.7.1.
//!
//! | to | use |
//! |---|---|
//! | talk to a server | [`ClientConnection`] |
//! | be one | [`ServerConnection`] |
//! | know what a query asks of the admin | [`AdminQuery`] |
//! | talk to a live node over TCP and TLS (feature `net`) | `net::Client` |
//! | bound what the other side can make us hold | [`Limits`] |
//!
//! Rows are borrowed from what was received, one at a time: no result set is held as a whole.
//!
//! ```
//! use proxysql_kit::admin::{
//!     ClientConnection, ClientEvent, ClientOptions, Column, ServerConnection, ServerEvent, ServerOptions,
//! };
//!
//! let mut client = ClientConnection::new(ClientOptions::new("radmin", "secret"));
//! // The random bytes of a real server are random.
//! let mut server = ServerConnection::new(ServerOptions::new(), 1, [7; 20]);
//! let mut version = None;
//! while version.is_none() {
//!     client.receive(server.outgoing());
//!     server.sent(server.outgoing().len());
//!     while let Some(event) = client.next_event()? {
//!         match event {
//!             ClientEvent::LoggedIn => {
//!                 client.query("SELECT @@version")?;
//!                 break;
//!             }
//!             ClientEvent::Row(row) => version = row.get(0).map(<[u8]>::to_vec),
//!             _ => {}
//!         }
//!     }
//!
//!     server.receive(client.outgoing());
//!     client.sent(client.outgoing().len());
//!     match server.next_event()? {
//!         Some(ServerEvent::Login(login)) => {
//!             assert!(login.user() == &"radmin" && login.is_password(b"secret"));
//!             server.accept()?;
//!         }
//!         Some(ServerEvent::Query(query)) => {
//!             assert_eq!(query, b"SELECT @@version");
//!             server.begin_rows(&[Column::text("@@version")])?;
//!             server.row([Some(&b"2.7.1-0-g2726c27"[..])])?;
//!             server.end_rows()?;
//!         }
//!         _ => {}
//!     }
//! }
//! assert_eq!(version.unwrap(), b"2.7.1-0-g2726c27");
//! # Ok::<(), proxysql_kit::admin::WireError>(())
//! ```

mod client;
mod error;
mod limits;
mod login;
#[cfg(feature = "net")]
pub mod net;
mod packet;
mod query;
mod read;
mod result;
mod server;
#[cfg(test)]
mod tests;

pub use client::{ClientConnection, ClientEvent, ClientOptions, ReadablePassword, TlsUse};
pub use error::{Foreign, LimitKind, ServerError, WireError};
pub use limits::Limits;
pub use login::{AuthPlugin, Greeting, Password};
pub use query::AdminQuery;
pub use result::{Column, Done, Row};
pub use server::{Login, STATUS, ServerConnection, ServerEvent, ServerOptions};
