//! A client for the admin port of live nodes, over TCP and TLS (tokio and rustls). Knows the configuration.
//!
//! | to | use |
//! |---|---|
//! | connect | [`ConnectOptions`], [`Client::connect`] |
//! | run a query, row by row | [`Client::query`], [`Answer::next`] |
//! | run one whose answer is small | [`Client::execute`], [`Client::rows`] |
//! | run one on a table of the configuration, into typed rows | [`Client::rows_as`] |
//! | know what a node is | [`Client::version`], [`Client::peer_pin`] |
//! | read what a node holds | [`Client::fetch_config`] |
//! | read what was last loaded, before the monitor moved servers | [`Client::fetch_loaded`] |
//! | bring it to hold something else | [`Client::apply`] |
//! | find all nodes behind a name | [`nodes_behind`], [`addresses`] |
//! | name a node, and one of its layers | [`NodeUrl`] |
//! | learn the certificate of a node, without an account | [`Client::shown_pin`] |
//! | know how a whole cluster stands | [`status::Cluster`] |
//!
//! ```no_run
//! use proxysql_kit::admin::net::{Client, ConnectOptions, Pin, Tls};
//! use proxysql_kit::config::{Layer, diff};
//!
//! # async fn example() -> Result<(), proxysql_kit::admin::net::Error> {
//! let pin: Pin = "sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b".parse().unwrap();
//! let options = ConnectOptions::new("proxysql-0.proxysql", "radmin", "secret").tls(Tls::Pin(pin));
//! let mut node = Client::connect(&options).await?;
//! let memory = node.fetch_config(Layer::Memory).await?;
//! let runtime = node.fetch_config(Layer::Runtime).await?;
//! println!("not loaded yet: {}", diff(&runtime.config, &memory.config));
//! # Ok(())
//! # }
//! ```

mod address;
mod apply;
mod client;
mod error;
mod fetch;
mod options;
pub mod status;
mod stream;
mod tls;
mod url;

pub use address::{addresses, nodes_behind};
pub use apply::{Applied, ApplyError, ApplyOptions, PutBack};
pub use client::{Answer, Client, Table};
pub use error::{Error, ErrorKind};
pub use fetch::{Fetched, LeftOut, ServerVersion};
pub use options::{ConnectOptions, Tls};
pub use tls::{Authorities, Pin, PinError, TlsError};
pub use url::{NodeUrl, NodeUrlError};
