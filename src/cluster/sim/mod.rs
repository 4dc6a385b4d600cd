//! A cluster without a network: nodes ([`Node`](crate::cluster::Node)) and a scenario of what happens to them.
//! Deterministic: the same scenario and seed give the same report. Knows the algorithm's rules, its settings and
//! its log; reads no clock and no file.
//!
//! ```
//! use proxysql_kit::cluster::sim::{Action, Scenario, Simulation};
//!
//! // Two operators load different users within one second.
//! let mut scenario = Scenario::new("equal epochs", 2);
//! scenario.at(5_000, Action::load(0, "mysql_users", "one"));
//! scenario.at(5_400, Action::load(1, "mysql_users", "other"));
//!
//! let report = Simulation::new(&scenario).run();
//! let users = report.module("mysql_users").unwrap();
//! assert!(!users.converged && users.conflict_at_end);
//! assert!(report.svg().starts_with("<svg"));
//! ```
//!
//! What is simulated, and what not: peers are walked in ProxySQL's own order; an update runs under one lock, so a
//! pull that is slow or has failed stops all monitors of its node; a split network leaves connections hanging, for
//! there is no read timeout. A peer's statistics are not asked for, and who is connected to logs nothing. The monitor
//! moves no servers, and no value of a variable is refused. What a client library says of a connection that fails
//! is much the same everywhere, but not word for word.
//!
#![doc = include_str!("../../../docs/scenarios.md")]

mod contents;
mod expect;
#[cfg(feature = "simulate")]
mod file;
mod look;
mod machine;
mod monitor;
mod network;
mod operate;
mod pull;
mod queue;
mod random;
mod record;
mod report;
mod run;
mod scenario;
#[cfg(feature = "simulate")]
mod settings;
mod show;
mod svg;

#[cfg(feature = "simulate")]
pub use file::{Problem, ScenarioError};
pub use report::{Checked, ContentRun, Held, Logged, Mark, MarkKind, ModuleRun, NodeRun, Report};
pub use run::Simulation;
pub use scenario::{Action, Content, Expectation, Link, Millis, NodeSpec, Scenario};
