//! Tests of query rules, as a file says them: queries, and where they are expected to go. Knows
//! [`rules`](crate::rules) and [`config`](crate::config).
//!
//! ```
//! use proxysql_kit::config::{Config, LoadOptions};
//! use proxysql_kit::libconfig::Document;
//! use proxysql_kit::rule_tests::{RuleTests, Runner};
//!
//! let document = Document::parse(r#"
//!     mysql_users = ({ username = "app", password = "x", default_hostgroup = 10 })
//!     mysql_query_rules = (
//!         { rule_id = 200, match_pattern = "SELECT", destination_hostgroup = 20, apply = 1 },
//!         { rule_id = 300, schemaname = "logs", destination_hostgroup = 30, apply = 1 }
//!     )
//! "#)?;
//! let tests = RuleTests::parse("routing.toml", r#"
//!     [session]
//!     user = "app"
//!     schema = "shop"
//!
//!     [[test]]
//!     name = "reads go to the replicas"
//!     query = ["SELECT 1", "/* app */ SELECT a FROM t"]
//!     expect = { hostgroup = 20, rule = 200 }
//!
//!     [[test]]
//!     name = "writes go to the writer, and logs do not"
//!     [[test.step]]
//!     query = "DELETE FROM t"
//!     expect = { hostgroup = 10, rules = [] }
//!     [[test.step]]
//!     schema = "logs"
//!     query = "DELETE FROM t"
//!     expect.hostgroup = 30
//! "#)?;
//! let config = Config::load(&document, &LoadOptions::new()).memory;
//! let report = Runner::new(&config).run(&[tests]);
//! assert_eq!((report.tests(), report.failed()), (3, 0), "{report}");
//! assert!(report.coverage().unreached().is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The file
//! TOML: a query is always a text in quotes, and nothing in it can be taken for a comment or a value of
//! another kind. What is not known is an error, with its line.
//!
//! `[session]` says of all tests, and each `[[test]]` of itself, who asks:
//!
//! | field | |
//! |---|---|
//! | `user` | the user |
//! | `schema` | the current schema; without it, the user's default schema |
//! | `client` | the client's address |
//! | `proxy_addr`, `proxy_port` | the address and port that the client came in at |
//! | `flag` | the follow-up flag at the start; 0 |
//! | `default_hostgroup` | the hostgroup of queries that no rule sends anywhere; that of the user's row |
//!
//! A `[[test]]` has a `name` besides, and either `query` and `expect`, or a `[[test.step]]` for each of several
//! queries on one connection, each with a `query`, an `expect` and, if it changes, a `schema`. A follow-up flag
//! that one of them sets is that of the next. A list of texts as `query` is one test for each.
//!
//! `expect` says what has to hold; it may not be empty:
//!
//! | field | |
//! |---|---|
//! | `hostgroup` | the query is sent there |
//! | `chosen_by` | who chose the hostgroup: `rule`, `fast_routing`, `hint`, `user_default`, or `unknown_user` |
//! | `rule` | the last rule that matched |
//! | `rules` | all rules that matched, in order; `[]` is none |
//! | `not_rule` | a rule, or a list of rules, that did not match |
//! | `rewrite` | the text that is sent instead; `false`: it is sent as it came |
//! | `error` | the error that the client gets; `true` and `false`: whether it gets one |
//! | `ok` | the text of the OK that the client gets; `true` and `false`: whether it gets one |
//! | `mirror` | `false`: no copy is made; or a table of `hostgroup`, `rule`, `rules`, `not_rule`, `rewrite` that hold for the copy |
//! | `digest`, `digest_text` | those of the query |
//! | `unset` | a list of columns that nothing sets |
//! | a column, such as `cache_ttl`, `timeout`, `multiplex`, `log`, `next_query_flagIN` | its value, by a rule or a hint; a flag may be `true` or `false` |
//!
//! Of weighted `flagOUTs` the first with a weight is taken, always.

mod coverage;
mod error;
mod expect;
mod file;
mod junit;
mod report;
mod runner;
mod show;

pub use coverage::Coverage;
pub use error::{Problem, TestFileError};
pub use file::RuleTests;
pub use report::{Failure, FileReport, TestReport, TestResult};
pub use runner::Runner;
