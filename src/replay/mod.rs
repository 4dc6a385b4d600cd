//! Traffic of the past against query rules: reads logs, and counts where their queries go. Knows
//! [`rules`](crate::rules) and [`config`](crate::config).
//!
//! A [`Reader`] gives the [`Event`]s of a log one by one; a [`Replay`] routes them on all cores and counts, into a
//! [`Spread`]. A log of any size streams through.
//!
//! ```
//! use proxysql_kit::config::{Config, LoadOptions};
//! use proxysql_kit::libconfig::Document;
//! use proxysql_kit::replay::{Reader, Replay, Spread};
//! use proxysql_kit::rules::Session;
//!
//! let document = Document::parse(r#"
//!     mysql_users = ({ username = "app", password = "x", default_hostgroup = 10 })
//!     mysql_query_rules = ({ rule_id = 1, match_pattern = "SELECT", destination_hostgroup = 20, apply = 1 })
//! "#)?;
//! let config = Config::load(&document, &LoadOptions::new()).memory;
//! let replay = Replay::new(&config).session(Session::new("app"));
//! let log = "SELECT 1\nSELECT 2\nUPDATE t SET a = 1\n";
//! let mut spread = Spread::default();
//! replay.run(Reader::new(log.as_bytes(), None)?, &mut spread, &mut |_| {})?;
//! let counts: Vec<_> = spread.destinations().iter().map(|(place, count)| (place.hostgroup(), *count)).collect();
//! assert_eq!(counts, [(Some(20), 2), (Some(10), 1)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a log does not say
//! A prepared statement stands in an events log when it is prepared and each time that it runs. ProxySQL 2.7.1 asks
//! its rules both times, the second time with the statement's text and digest, and so both are routed and counted
//! ([`Spread::prepared`], [`Spread::executed`]).
//!
//! An events log has the query as it was sent to the server, so behind a rewrite, and only those queries that
//! were to be logged; bytes that are no UTF-8 are gone from its JSON ([`Event::is_lossy`]). No log has the address that a client
//! came in at. Of transactions and their locks nothing is followed. A digest has no literals and no
//! comments, so only what rules on digests say of it is certain: a [`Spread`] counts the others.

mod blocks;
mod capped;
mod error;
mod event;
mod format;
mod input;
mod place;
mod read;
mod reader;
mod records;
mod run;
mod show;
mod spread;
mod tally;
mod turns;
mod workers;

pub use error::{Place, ReadError, ReadErrorKind};
pub use event::{Event, EventKind};
pub use format::LogFormat;
pub use place::Destination;
pub use reader::{ReadOptions, Reader};
pub use run::{Progress, Replay};
pub use spread::{Move, Spread};
