//! The engine: rules made ready, and the questions that it answers.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use hashbrown::HashMap;

use super::effects::Effects;
use super::explain::{Explanation, Recorder};
use super::fast_routing::FastRouting;
use super::hints::Hints;
use super::index::Index;
use super::problem::Problem;
use super::random::{First, Random};
use super::route::{ChosenBy, MirrorRoute, Route};
use super::rule::{Client, Facts, Rule};
use super::session::Session;
use super::settings::Settings;
use super::walk::{Blind, Trace, walk, walk_nothing};
#[cfg(feature = "replay")]
use super::watch::Watch;
use crate::config::Config;
use crate::digest::{self, Digest};
use crate::schema::Text;

/// The query rules of a configuration, ready to route queries.
///
/// It does not change, can be shared between threads, and a copy costs next to nothing: to load other rules,
/// make another engine and put it in the place of this one. Regular expressions are compiled when they are
/// first needed.
///
/// ```
/// use proxysql_kit::config::Config;
/// use proxysql_kit::rules::{ChosenBy, Engine, Session};
/// use proxysql_kit::schema::MysqlQueryRule;
///
/// let mut config = Config::default();
/// config.mysql_query_rules.push(MysqlQueryRule {
///     rule_id: 200,
///     active: true,
///     match_pattern: Some("^SELECT".into()),
///     destination_hostgroup: Some(20),
///     apply: true,
///     ..MysqlQueryRule::default()
/// });
/// let engine = Engine::new(&config);
/// let session = Session::new("app").default_hostgroup(10);
/// assert_eq!(engine.route(&session, b"select 1").hostgroup, 20);
/// assert_eq!(engine.route(&session, b"select 1").chosen_by, ChosenBy::Rule(200));
/// assert_eq!(engine.route(&session, b"DELETE FROM t").hostgroup, 10);
/// ```
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

/// What an engine holds.
pub(super) struct Inner {
    pub(super) settings: Settings,
    /// The loaded rules in the order in which they are tried.
    pub(super) rules: Vec<Rule>,
    /// Which of them can match a query.
    pub(super) index: Index,
    /// The places of those with a `match_pattern`.
    #[cfg(feature = "replay")]
    pub(super) with_pattern: Vec<usize>,
    pub(super) fast_routing: FastRouting,
    /// Default hostgroups.
    users: HashMap<Text, i32>,
    problems: Vec<Problem>,
}

impl Engine {
    /// Makes the rules of a configuration ready: `mysql_query_rules`, `mysql_query_rules_fast_routing`, the
    /// default hostgroups of `mysql_users`, and the variables `mysql-query_digests...`,
    /// `mysql-query_processor_iterations` and `mysql-query_processor_regex`.
    ///
    /// What is in memory and what is at runtime give the same engine: rows that are not active are left out.
    pub fn new(config: &Config) -> Self {
        let settings = Settings::of(&config.mysql);
        let mut rows: Vec<_> = config.mysql_query_rules.iter().filter(|row| row.active).collect();
        rows.sort_by_key(|row| row.rule_id);
        let mut problems = Vec::new();
        let mut rules = Vec::with_capacity(rows.len());
        for row in rows {
            let mut kinds = Vec::new();
            rules.extend(Rule::new(row, &settings, &mut kinds));
            problems.extend(kinds.into_iter().map(|kind| Problem { rule_id: row.rule_id, kind }));
        }
        let users = config.mysql_users.iter().filter(|user| user.active && user.frontend);
        Engine(Arc::new(Inner {
            settings,
            index: Index::new(&rules),
            #[cfg(feature = "replay")]
            with_pattern: (0..rules.len()).filter(|&at| rules[at].match_pattern.is_some()).collect(),
            rules,
            fast_routing: FastRouting::new(&config.mysql_query_rules_fast_routing),
            users: users.map(|user| (user.username.clone(), user.default_hostgroup)).collect(),
            problems,
        }))
    }

    /// The rules that are not loaded, that never match, or that match what they should not, in the order of
    /// `rule_id`.
    pub fn problems(&self) -> &[Problem] {
        &self.0.problems
    }

    /// The loaded rules, by `rule_id`, in the order in which they are tried.
    pub fn rule_ids(&self) -> impl ExactSizeIterator<Item = i32> {
        self.0.rules.iter().map(|rule| rule.id)
    }

    /// How digests are made; none with `mysql-query_digests=false`.
    pub fn digest_options(&self) -> Option<&digest::Options> {
        self.0.settings.digest.as_ref()
    }

    /// Where a query goes. Any bytes are a query.
    ///
    /// Of weighted `flagOUTs` it takes the first with a weight, always; [`route_with`](Self::route_with)
    /// picks.
    pub fn route<'q>(&self, session: &Session, query: &'q [u8]) -> Route<'q> {
        self.route_with(session, query, &mut First)
    }

    /// Where a query goes, with a source of random numbers for weighted `flagOUTs`.
    pub fn route_with<'q>(&self, session: &Session, query: &'q [u8], random: &mut dyn Random) -> Route<'q> {
        self.0.route(session, query, random, &mut Blind)
    }

    /// Where a query goes, and whether a `match_pattern` was asked on the way, so that not only its digest decides.
    #[cfg(feature = "replay")]
    pub(crate) fn route_and_watch<'q>(
        &self,
        session: &Session,
        query: &'q [u8],
        random: &mut dyn Random,
    ) -> (Route<'q>, bool) {
        let mut watch = Watch::default();
        let route = self.0.route(session, query, random, &mut watch);
        (route, watch.pattern_asked)
    }

    /// Where a query goes, and why: every rule that is looked at, with the first criterion that does not
    /// hold.
    ///
    /// Of weighted `flagOUTs` it takes the first with a weight, as [`route`](Self::route) does.
    pub fn explain(&self, session: &Session, query: &[u8]) -> Explanation {
        self.explain_with(session, query, &mut First)
    }

    /// Where a query goes, and why, with a source of random numbers for weighted `flagOUTs`.
    pub fn explain_with(&self, session: &Session, query: &[u8], random: &mut dyn Random) -> Explanation {
        let mut recorder = Recorder::default();
        let route = self.0.route(session, query, random, &mut recorder).into_owned();
        recorder.finish(session, query, route)
    }
}

/// How many rules it holds.
impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("rules", &self.0.rules.len()).finish_non_exhaustive()
    }
}

impl Inner {
    fn route<'q>(
        &self,
        session: &Session,
        query: &'q [u8],
        random: &mut dyn Random,
        trace: &mut impl Trace,
    ) -> Route<'q> {
        let digest = self.digest(query);
        let client =
            Client { addr: session.client_addr.as_bytes(), proxy_addr: session.proxy_addr.as_bytes() };
        let facts = Facts {
            username: session.username.as_bytes(),
            schemaname: session.schemaname.as_bytes(),
            client: Some(client),
            proxy_port: session.proxy_port,
            digest: digest.as_ref().map(|digest| (digest.hash().value(), digest.text())),
        };
        let walked = walk(self, &facts, session.flag_in, Cow::Borrowed(query), random, trace);
        let comment = digest.as_ref().and_then(Digest::first_comment);
        let hints = comment.map(Hints::parse).unwrap_or_default();
        let mut effects = walked.effects;
        hints.overlay(&mut effects);
        let default = session.default_hostgroup.or_else(|| self.users.get(&session.username).copied());
        let nobody = if default.is_some() { ChosenBy::UserDefault } else { ChosenBy::UnknownUser };
        let default_hostgroup = default.unwrap_or(0);
        let by_hint = hints.hostgroup.map(|_| ChosenBy::Hint);
        let mut route = Route {
            hostgroup: effects.destination_hostgroup.unwrap_or(default_hostgroup),
            chosen_by: by_hint.or(walked.chosen_by).unwrap_or(nobody),
            default_hostgroup,
            query: walked.text,
            effects,
            hints,
            matched: walked.matched,
            flag: walked.flag,
            digest: None,
            mirror: None,
        };
        route.mirror = self.mirror(&facts, &route, nobody, random, trace).map(Box::new);
        route.digest = digest;
        route
    }

    /// Where a copy of the query goes, if one is made.
    fn mirror(
        &self,
        facts: &Facts<'_>,
        route: &Route<'_>,
        nobody: ChosenBy,
        random: &mut dyn Random,
        trace: &mut impl Trace,
    ) -> Option<MirrorRoute> {
        let Effects { mirror_hostgroup, mirror_flag_out, .. } = route.effects;
        if route.answer().is_some() || (mirror_hostgroup.is_none() && mirror_flag_out.is_none()) {
            return None;
        }
        trace.mirror();
        let digest = self.digest(&route.query);
        let facts = Facts {
            client: None,
            proxy_port: 0,
            digest: digest.as_ref().map(|digest| (digest.hash().value(), digest.text())),
            ..*facts
        };
        let query = Cow::Borrowed(&*route.query);
        let walked = match mirror_flag_out {
            Some(flag) => walk(self, &facts, flag, query, random, trace),
            None => walk_nothing(self, &facts, query, trace),
        };
        let nobody = if mirror_hostgroup.is_some() { ChosenBy::MirrorHostgroup } else { nobody };
        let start = mirror_hostgroup.unwrap_or(route.default_hostgroup);
        Some(MirrorRoute {
            hostgroup: walked.effects.destination_hostgroup.unwrap_or(start),
            chosen_by: walked.chosen_by.unwrap_or(nobody),
            query: walked.text.into_owned().into(),
            effects: walked.effects,
            matched: walked.matched,
            flag: walked.flag,
        })
    }

    fn digest(&self, query: &[u8]) -> Option<Digest> {
        self.settings.digest.as_ref().map(|options| digest::digest(query, options))
    }
}

const _: () = {
    const fn shared<T: Send + Sync>() {}
    shared::<Engine>();
};
