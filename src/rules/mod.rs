//! A query goes where, and why: ProxySQL's query rules. Knows [`config`](crate::config),
//! [`digest`](crate::digest) and [`pattern`](crate::pattern).
//!
//! An [`Engine`] is made once of a [`Config`](crate::config::Config). It says where a query of a [`Session`]
//! goes, a [`Route`], and how it came to that, an [`Explanation`].
//!
//! ```
//! use proxysql_kit::config::{Config, LoadOptions};
//! use proxysql_kit::libconfig::Document;
//! use proxysql_kit::rules::{Engine, Session};
//!
//! let document = Document::parse(
//!     r#"
//!     mysql_users = ({ username = "app", password = "x", default_hostgroup = 10 })
//!     mysql_query_rules = (
//!         { rule_id = 1, match_pattern = "^SELECT .* FOR UPDATE$", destination_hostgroup = 10, apply = 1 },
//!         { rule_id = 2, match_pattern = "^SELECT", destination_hostgroup = 20, apply = 1 }
//!     )
//!     "#,
//! )?;
//! let engine = Engine::new(&Config::load(&document, &LoadOptions::new()).runtime);
//! let session = Session::new("app").schema("shop");
//! assert_eq!(engine.route(&session, b"SELECT 1").hostgroup, 20);
//! println!("{}", engine.explain(&session, b"SELECT 1 FOR UPDATE"));
//! # Ok::<(), proxysql_kit::libconfig::ParseError>(())
//! ```
//!
//! # The decision
//! As in ProxySQL 2.7.1, odd corners included:
//!
//! 1. The flag starts at the session's follow-up flag. Rules are tried in the order of `rule_id`; one matches
//!    if its `flagIN` is the flag and all its criteria hold.
//! 2. A match counts a hit, and what it sets overrides what earlier ones set, column by column
//!    ([`Effects`]). `replace_pattern` rewrites the text at once: later patterns see the new text.
//! 3. With `apply` the walk ends. Else, if the match set the flag, the walk starts again at the first rule, at
//!    most `mysql-query_processor_iterations` times.
//! 4. Unless the last rule looked at has `apply` (which is the last of all rules, if the walk got there), fast
//!    routing is asked, and overrides the rules' destination.
//! 5. [`Hints`] in the first comment override that again.
//! 6. `OK_msg` answers first, then `error_msg`. Only a query that is sent is mirrored, and sets the follow-up
//!    flag.
//!
//! # How it is fast
//! ProxySQL compares rule after rule. Here an index says which rules can match, and only those are compared, in the
//! same order, with the same answer. A rule stands under its `flagIN`, and there under one thing that a query
//! must have for it to match: `digest`, `schemaname`, `username`, or a few strings of which its `match_pattern`
//! or `match_digest` asks for one ([`Needs::choices`](crate::pattern::Needs::choices)). Of these the index takes
//! what the fewest rules ask for: of rules that differ in the name of a table, that name. All strings are
//! searched for in one pass over the query, and in one over its digest text, each only when the walk comes to
//! a rule that stands under one. When the walk restarts, no rule is compared again until the text changes.
//!
//! Rules that ask for none of this are compared each time, as long as their flag is on: negated ones, those with
//! only addresses or a port, and patterns without a string of their own (`\d+`, or all that stands behind
//! a `(?!`). So is what many rules share: ten thousand rules that all want `^SELECT` and nothing else that is
//! looked up are all compared with a SELECT. Strings have 4 MiB together; rules beyond that are compared each
//! time, too. An [`explain`](Engine::explain) looks at every rule.
//!
//! 10,000 rules are made ready in some ten milliseconds and take about 10 MB, also when each has been used
//! (`benches/rules.rs`, `tests/rules_memory.rs`). Automata, which are larger, are built only of patterns for
//! which backtracking took too long, and of RE2's for texts that are not ASCII.
//!
//! # What is not here
//! Transactions, locks, the firewall, what ProxySQL answers by itself, and limits of mirroring (a query of 15 MiB or
//! more has no copy there, nor has one while too many wait). Two things are undefined in
//! ProxySQL, and not here: a `digest` rule with digests switched off never matches; a text that rewriting blows
//! up beyond 64 MiB stays as it was.
//!
//! Only MySQL's rules are read. The rules of PostgreSQL in 3.0 have the same columns, but what its digests look
//! like is not known well enough.

mod attributes;
mod candidates;
mod default_schema;
mod effects;
mod engine;
mod explain;
mod fast_routing;
mod hints;
mod index;
#[cfg(feature = "serde")]
mod json;
mod problem;
mod random;
mod regex;
mod route;
mod rule;
mod session;
mod settings;
mod walk;
#[cfg(feature = "replay")]
mod watch;

pub use default_schema::default_schema;
pub use effects::{Effects, Value};
pub use engine::Engine;
pub use explain::{Change, Explanation, FastRoutingStep, MatchStep, Mismatch, RuleStep, Step, Then, Verdict};
pub use hints::Hints;
pub use problem::{Problem, ProblemKind};
pub use random::Random;
pub use route::{Answer, ChosenBy, MirrorRoute, Route};
pub use rule::Criterion;
pub use session::Session;
