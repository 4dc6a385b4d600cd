//! Routing events and counting them, on one thread.

use hashbrown::{HashMap, HashSet};

use super::event::{Event, EventKind};
use super::place::Destination;
use super::run::Replay;
use super::spread::{MoveKey, Spread};
use crate::config::Config;
use crate::digest::{Digest, DigestHash};
use crate::rules::{Answer, Engine, Random, Route, Session, default_schema};
use crate::schema::Text;

/// How many sessions' flags are kept, of each of sixteen parts.
const SESSIONS: usize = 65_536;
/// How much of a digest text is kept, in characters.
const TEXT: usize = 200;

/// The rules of a configuration, and what counting needs to know of them.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) engine: Engine,
    config_schema: Schemas,
    ok: HashSet<i32>,
    error: HashSet<i32>,
    has_follow_up: bool,
}

pub(super) type Against<'a> = Option<&'a Side>;

/// Default schemas.
#[derive(Clone, Debug)]
struct Schemas {
    of_users: HashMap<Text, Text>,
    of_all: Text,
}

impl Side {
    pub(super) fn new(config: &Config) -> Self {
        let active = || config.mysql_query_rules.iter().filter(|rule| rule.active);
        let with = |has: &dyn Fn(&crate::schema::MysqlQueryRule) -> bool| {
            active().filter(|rule| has(rule)).map(|rule| rule.rule_id).collect()
        };
        let users = config.mysql_users.iter().map(|user| user.username.clone());
        Side {
            engine: Engine::new(config),
            config_schema: Schemas {
                of_users: users.map(|user| (user.clone(), default_schema(config, user.as_bytes()))).collect(),
                of_all: default_schema(config, b""),
            },
            ok: with(&|rule| rule.ok_msg.is_some()),
            error: with(&|rule| rule.error_msg.is_some()),
            has_follow_up: active().any(|rule| rule.next_query_flag_in.is_some_and(|flag| flag >= 0)),
        }
    }

    /// Whether queries set the flag of those behind them.
    pub(super) fn has_follow_up(&self) -> bool {
        self.has_follow_up
    }

    fn schema(&self, user: &Text) -> Text {
        self.config_schema.of_users.get(user).unwrap_or(&self.config_schema.of_all).clone()
    }

    fn destination(&self, route: &Route<'_>) -> Destination {
        let last = |rules: &HashSet<i32>| {
            route.matched.iter().rev().copied().find(|rule| rules.contains(rule)).unwrap_or(0)
        };
        match route.answer() {
            Some(Answer::Ok(_)) => Destination::Ok { rule: last(&self.ok) },
            Some(Answer::Error(_)) => Destination::Error { rule: last(&self.error) },
            None => Destination::Hostgroup { hostgroup: route.hostgroup, chosen_by: route.chosen_by },
        }
    }
}

/// The counts of one thread.
pub(super) struct Tally<'r> {
    replay: &'r Replay,
    spread: Spread,
    /// The flags of sessions that have one, here and under the other rules.
    flags: HashMap<u64, (i32, i32)>,
}

impl<'r> Tally<'r> {
    pub(super) fn new(replay: &'r Replay) -> Self {
        Tally { replay, spread: Spread::default(), flags: HashMap::new() }
    }

    pub(super) fn into_spread(self) -> Spread {
        self.spread
    }

    /// Counts an event; its place in the log decides the lots that are drawn for it.
    pub(super) fn add(&mut self, place: u64, mut event: Event) {
        let (side, against) = self.replay.sides();
        let mut session = self.session(&mut event, side);
        let flags = self.flags(&event, session.flag_in);
        session.flag_in = flags.0;
        let route = self.routed(side, &event, &session, place);
        let from = side.destination(&route);
        let mut next = (route.next_flag_in(flags.0), flags.1);
        self.count(&event, &route, from);
        if let Some(other) = against {
            session.flag_in = flags.1;
            let there = other.engine.route_with(&session, &event.query, &mut Lots::new(place));
            next.1 = there.next_flag_in(flags.1);
            self.compare(&event, &route, from, other.destination(&there));
        }
        self.keep(&event, next);
    }

    fn session(&self, event: &mut Event, side: &Side) -> Session {
        let given = &self.replay.session;
        let username = event.username.take().unwrap_or_else(|| given.username.clone());
        let schemaname = match event.schemaname.take() {
            Some(schemaname) => schemaname,
            None if given.schemaname.is_empty() => side.schema(&username),
            None => given.schemaname.clone(),
        };
        let client_addr = event.client_addr.take().unwrap_or_else(|| given.client_addr.clone());
        Session { username, schemaname, client_addr, ..given.clone() }
    }

    fn routed<'q>(&mut self, side: &Side, event: &'q Event, session: &Session, place: u64) -> Route<'q> {
        let mut lots = Lots::new(place);
        if !event.is_digest() {
            return side.engine.route_with(session, &event.query, &mut lots);
        }
        let (route, looks_at_query) = side.engine.route_and_watch(session, &event.query, &mut lots);
        // Another query of the same digest could go another way if a rule looks at the query itself; or the text
        // does not lead back to its digest.
        let hash = route.digest.as_ref().map(Digest::hash);
        if looks_at_query || hash.is_none() || event.digest.is_some_and(|digest| hash != Some(digest)) {
            self.spread.uncertain = self.spread.uncertain.saturating_add(event.count);
        }
        route
    }

    fn count(&mut self, event: &Event, route: &Route<'_>, to: Destination) {
        let spread = &mut self.spread;
        let is_rewritten = *route.query != *event.query;
        let ran = event.hostgroup;
        let counts = [
            (&mut spread.queries, true),
            (&mut spread.prepared, event.kind == EventKind::Prepare),
            (&mut spread.executed, event.kind == EventKind::Execute),
            (&mut spread.digests, event.is_digest()),
            (&mut spread.lossy, !event.is_digest() && event.is_lossy()),
            (&mut spread.rewritten, is_rewritten),
            (&mut spread.mirrored, route.mirror.as_ref().is_some_and(|mirror| mirror.answer().is_none())),
            (&mut spread.recorded, ran.is_some()),
            (&mut spread.elsewhere, ran.is_some() && ran != to.hostgroup()),
        ];
        for (sum, holds) in counts {
            *sum = sum.saturating_add(if holds { event.count } else { 0 });
        }
        spread.destinations.count(to, event.count);
        let mut hit: Vec<i32> = route.hits().collect();
        hit.sort_unstable();
        hit.dedup();
        for rule in hit {
            spread.rules.count(rule, event.count);
        }
    }

    fn compare(&mut self, event: &Event, route: &Route<'_>, from: Destination, to: Destination) {
        if from == to {
            return;
        }
        let spread = &mut self.spread;
        if from.is_same_place(to) {
            spread.other_rule = spread.other_rule.saturating_add(event.count);
            return;
        }
        spread.moved = spread.moved.saturating_add(event.count);
        let (hash, text) = match (&route.digest, event.digest) {
            (_, Some(hash)) if event.is_digest() => (hash, &*event.query),
            (Some(digest), _) => (digest.hash(), digest.text()),
            (None, _) => (DigestHash::of(&event.query, usize::MAX), &*event.query),
        };
        spread.move_on(MoveKey { digest: hash, from, to }, event.count, || shortened(text));
    }

    fn flags(&self, event: &Event, default: i32) -> (i32, i32) {
        let kept = event.session.filter(|_| self.replay.keeps_flags);
        kept.and_then(|session| self.flags.get(&session).copied()).unwrap_or((default, default))
    }

    fn keep(&mut self, event: &Event, flags: (i32, i32)) {
        let Some(session) = event.session.filter(|_| self.replay.keeps_flags) else { return };
        let default = self.replay.session.flag_in;
        if flags == (default, default) {
            self.flags.remove(&session);
        } else {
            if self.flags.len() >= SESSIONS && !self.flags.contains_key(&session) {
                self.flags.clear();
            }
            self.flags.insert(session, flags);
        }
    }
}

/// The beginning of a text, on one line.
fn shortened(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(TEXT * 4)]);
    text.chars().take(TEXT).map(|char| if char.is_control() { ' ' } else { char }).collect()
}

/// Lots that are drawn for an event, the same each time (`SplitMix64`, public domain).
struct Lots(u64);

impl Lots {
    fn new(place: u64) -> Self {
        Lots(place.wrapping_mul(0xD134_2543_DE82_EF95))
    }
}

impl Random for Lots {
    fn below(&mut self, below: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        let scaled = ((mixed >> 32) * u64::from(below)) >> 32;
        u32::try_from(scaled).unwrap_or(0)
    }
}
