//! Understands ProxySQL's configuration.
//!
//! Text comes in at one end, decisions go out at the other, and every room has one job.
//!
//! | room | what lives there |
//! |---|---|
//! | [`libconfig`] | the format of `proxysql.cnf`, without loss: parse, look up, edit, print |
//! | [`schema`] | every table and variable of ProxySQL 2.0, 2.7 and 3.0, each described once |
//! | [`config`] | what a ProxySQL holds: load, output in several forms, differences, upgrades |
//! | [`cluster`] | the checksums by which nodes compare what they hold |
//! | [`digest`] | a query's digest text, its hash and its first comment |
//! | [`hash`] | `SpookyHash` V2, and the text of a checksum |
//! | `pattern` | regular expressions as ProxySQL runs them, PCRE and RE2 (feature `pattern`) |
//! | `rules` | query rules: where a query goes, and why (feature `rules`) |
//! | `rule_tests` | tests of rules, as a file says them (feature `rule-tests`) |
//! | `replay` | where the queries of a log go (feature `replay`) |
//! | `admin` | the admin port: the protocol of both ends without I/O (feature `wire`), and a client (feature `net`) |
//! | `k8s` | a cnf inside a Kubernetes manifest (feature `yaml`) |
//!
//! ```
//! use proxysql_kit::config::{Config, LoadOptions};
//! use proxysql_kit::libconfig::Document;
//!
//! let document = Document::parse(r#"mysql_servers = ( { address="db1", hostgroup="1" } )"#)?;
//! let loaded = Config::load(&document, &LoadOptions::new());
//! assert!(loaded.memory.mysql_servers.is_empty());
//! assert_eq!(loaded.notes[0].to_string(), "`hostgroup` is read only as int, not as string: the row is lost");
//! # Ok::<(), proxysql_kit::libconfig::ParseError>(())
//! ```
//!
//! # Features
//! - `serde` (default): read libconfig into any `Deserialize` type, write any `Serialize` type; rows,
//!   variables and configurations are such types.
//! - `pattern` (default): regular expressions in ProxySQL's two dialects. Brings the parts of the `regex` crate.
//! - `json`: a configuration as JSON, and the JSON Schema of it.
//! - `yaml`: a configuration as YAML; a cnf inside a ConfigMap or Secret.
//! - `sqlite`: admin SQL, as people keep it in scripts, into a configuration. Brings SQLite, and with it C.
//! - `rule-tests`: files with tests of rules (TOML), their runner, and its reports.
//! - `simulate`: scenarios of clusters (TOML) for the simulator, which itself needs no feature.
//! - `replay`: readers of query logs, and where their queries go, on all cores.
//! - `wire`: the admin port's dialect of the MySQL protocol, client and server, without I/O.
//! - `net`: a client for live nodes over TCP and TLS; brings tokio and rustls.
//! - `cli`: the command `proxysql-kit`. The library alone pulls in no runtime and no command-line crate.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "wire")]
pub mod admin;
pub mod cluster;
pub mod config;
pub mod digest;
pub mod hash;
#[cfg(feature = "yaml")]
pub mod k8s;
pub mod libconfig;
#[cfg(feature = "pattern")]
pub mod pattern;
#[cfg(feature = "replay")]
pub mod replay;
#[cfg(feature = "rule-tests")]
pub mod rule_tests;
#[cfg(feature = "rules")]
pub mod rules;
pub mod schema;
#[cfg(any(feature = "rule-tests", feature = "simulate"))]
mod toml_fields;

/// The examples of the README run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
