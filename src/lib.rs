//! Understands ProxySQL's configuration.
//!
//! Text comes in at one end, decisions go out at the other, and every room has one job. Among
//! them: [`libconfig`], the format of `proxysql.cnf`, without loss; [`digest`], the text that stands for all
//! queries of a kind; `k8s` (feature `yaml`), a cnf inside
//! a Kubernetes manifest.
//!
//! # Features
//! - `serde` (default): read libconfig into any `Deserialize` type, write any `Serialize` type; rows,
//!   variables and configurations are such types.
//! - `json`: a configuration as JSON, and the JSON Schema of it.
//! - `yaml`: a configuration as YAML; a cnf inside a ConfigMap or Secret.
//! - `cli`: the command `proxysql-kit`. The library alone pulls in no runtime and no command-line crate.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod config;
pub mod digest;
pub mod hash;
#[cfg(feature = "yaml")]
pub mod k8s;
pub mod libconfig;
pub mod rules;
pub mod schema;

/// The examples of the README run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
