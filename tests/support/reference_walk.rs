//! The query rules as `RULES.md` tells them, walked one by one: slow, and plain to see.
//!
//! The engine must say the same. It is also the baseline of `benches/rules.rs`.

#![allow(dead_code, clippy::unwrap_used, unreachable_pub)]

use proxysql_kit::config::Config;
use proxysql_kit::digest::{Options, digest};
use proxysql_kit::pattern::{Dialect, Modifiers, Pattern};
use proxysql_kit::rules::{Hints, Route, Session};
use proxysql_kit::schema::{MysqlFastRoute, MysqlQueryRule, MysqlUser, Text};

/// The longest text that is followed.
const MOST_TEXT: usize = 10_000;

/// Rules that are walked one by one.
pub struct Reference {
    rules: Vec<Rule>,
    fast_routing: Vec<MysqlFastRoute>,
    users: Vec<MysqlUser>,
    iterations: i32,
    digests: Option<Options>,
}

/// The inner `None` is a pattern that is none.
#[allow(clippy::option_option)]
struct Rule {
    row: MysqlQueryRule,
    digest: Option<u64>,
    match_digest: Option<Option<Pattern>>,
    match_pattern: Option<Option<Pattern>>,
    flag_outs: Vec<(i32, u64)>,
}

/// Where a query goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub hostgroup: i32,
    pub query: Vec<u8>,
    pub error_msg: Option<Text>,
    pub ok_msg: Option<Text>,
    pub flag: i32,
    pub next_flag_in: i32,
    pub timeout: Option<i32>,
    pub hits: Vec<i32>,
    /// Whether rewriting went too far to be followed.
    pub is_endless: bool,
    /// Hostgroup, text, and whether it is sent.
    pub mirror: Option<(i32, Vec<u8>, bool)>,
}

impl Outcome {
    /// What a route of the engine says of the same.
    pub fn of(route: &Route<'_>, session: &Session) -> Self {
        let mirror = route.mirror.as_ref();
        Outcome {
            hostgroup: route.hostgroup,
            query: route.query.to_vec(),
            error_msg: route.effects.error_msg.clone(),
            ok_msg: route.effects.ok_msg.clone(),
            flag: route.flag,
            next_flag_in: route.next_flag_in(session.flag_in),
            timeout: route.effects.timeout,
            hits: route.hits().collect(),
            mirror: mirror.map(|mirror| (mirror.hostgroup, mirror.query.to_vec(), mirror.answer().is_none())),
            is_endless: false,
        }
    }
}

/// What a walk has set so far.
#[derive(Default)]
struct State {
    flag: i32,
    text: Vec<u8>,
    destination: Option<i32>,
    next_flag_in: Option<i32>,
    mirror_flag_out: Option<i32>,
    mirror_hostgroup: Option<i32>,
    error_msg: Option<Text>,
    ok_msg: Option<Text>,
    timeout: Option<i32>,
    hits: Vec<i32>,
}

impl Reference {
    pub fn new(config: &Config) -> Self {
        let dialect = Dialect::from_setting(config.mysql.query_processor_regex.into()).unwrap();
        let mut rows: Vec<_> = config.mysql_query_rules.iter().filter(|row| row.active).collect();
        rows.sort_by_key(|row| row.rule_id);
        let loaded = rows.into_iter().filter(|row| is_loaded(row));
        Reference {
            rules: loaded.map(|row| Rule::new(row, dialect)).collect(),
            fast_routing: config.mysql_query_rules_fast_routing.iter().cloned().collect(),
            users: config.mysql_users.iter().cloned().collect(),
            iterations: config.mysql.query_processor_iterations,
            digests: config.mysql.query_digests.then(|| Options::from(config)),
        }
    }

    /// Where a query goes.
    pub fn route(&self, session: &Session, query: &[u8]) -> Outcome {
        let first = State { flag: session.flag_in, text: query.to_vec(), ..State::default() };
        let mut state = self.walk(session, false, first);
        let comment = self.digests.as_ref().and_then(|options| {
            let digest = digest(query, options);
            digest.first_comment().map(<[u8]>::to_vec)
        });
        let hints = comment.map(|comment| Hints::parse(&comment)).unwrap_or_default();
        override_by(&mut state.destination, hints.hostgroup);
        override_by(&mut state.mirror_hostgroup, hints.mirror);
        override_by(&mut state.timeout, hints.query_timeout);
        let user = self.users.iter().find(|user| user.username == session.username);
        let default = session.default_hostgroup.or(user.map(|user| user.default_hostgroup)).unwrap_or(0);
        let sent = state.error_msg.is_none() && state.ok_msg.is_none();
        let mut outcome = Outcome {
            hostgroup: state.destination.unwrap_or(default),
            flag: state.flag,
            next_flag_in: state.next_flag_in.filter(|_| sent).unwrap_or(session.flag_in),
            timeout: state.timeout,
            ..Outcome::default()
        };
        if sent && (state.mirror_hostgroup.is_some() || state.mirror_flag_out.is_some()) {
            let start = State {
                flag: state.mirror_flag_out.unwrap_or(0),
                text: state.text.clone(),
                destination: state.mirror_hostgroup.or(Some(default)),
                ..State::default()
            };
            let mirror = match state.mirror_flag_out {
                Some(_) => self.walk(session, true, start),
                None => self.fast_routing(session, start),
            };
            let sent = mirror.error_msg.is_none() && mirror.ok_msg.is_none();
            state.hits.extend(&mirror.hits);
            outcome.mirror = Some((mirror.destination.unwrap_or(default), mirror.text, sent));
        }
        Outcome {
            query: state.text,
            error_msg: state.error_msg,
            ok_msg: state.ok_msg,
            hits: state.hits,
            ..outcome
        }
    }

    fn walk(&self, session: &Session, mirrored: bool, mut state: State) -> State {
        let digest = self.digests.as_ref().map(|options| digest(&state.text, options));
        let digest = digest.as_ref().map(|digest| (digest.hash().value(), digest.text()));
        let mut budget = self.iterations;
        let mut last_applies = false;
        let mut at = 0;
        while at < self.rules.len() && state.text.len() <= MOST_TEXT {
            let rule = &self.rules[at];
            at += 1;
            last_applies = rule.row.apply;
            if !rule.matches(session, mirrored, digest, &state) {
                continue;
            }
            rule.take_effect(&mut state);
            if rule.row.apply {
                rule.set_flag(&mut state);
                break;
            }
            if rule.set_flag(&mut state) && budget > 0 {
                budget -= 1;
                at = 0;
            }
        }
        if last_applies { state } else { self.fast_routing(session, state) }
    }

    fn fast_routing(&self, session: &Session, mut state: State) -> State {
        let find = |username: &Text| {
            self.fast_routing.iter().find(|row| {
                row.username == *username && row.schemaname == session.schemaname && row.flag_in == state.flag
            })
        };
        if let Some(row) = find(&session.username).or_else(|| find(&Text::default())) {
            state.destination = Some(row.destination_hostgroup);
        }
        state
    }
}

impl Rule {
    fn new(row: &MysqlQueryRule, dialect: Dialect) -> Self {
        let modifiers = Modifiers::from_column(row.re_modifiers.as_ref().map(Text::as_bytes));
        let pattern = |text: &Text| Pattern::new(text.as_bytes(), dialect, modifiers).ok();
        Rule {
            digest: row.digest.as_ref().and_then(digest_of),
            match_digest: row.match_digest.as_ref().map(pattern),
            match_pattern: row.match_pattern.as_ref().map(pattern),
            flag_outs: flag_outs(&row.attributes),
            row: row.clone(),
        }
    }

    fn matches(
        &self,
        session: &Session,
        mirrored: bool,
        digest: Option<(u64, &[u8])>,
        state: &State,
    ) -> bool {
        let row = &self.row;
        let is = |wanted: &Option<Text>, found: &Text| {
            wanted.as_ref().is_none_or(|wanted| wanted.is_empty() || wanted == found)
        };
        let port = if mirrored { 0 } else { session.proxy_port };
        let holds = |pattern: &Option<Option<Pattern>>, text: &[u8]| match pattern {
            None => true,
            Some(Some(pattern)) => pattern.is_match(text) != row.negate_match_pattern,
            Some(None) => row.negate_match_pattern,
        };
        row.flag_in == state.flag
            && is(&row.username, &session.username)
            && is(&row.schemaname, &session.schemaname)
            && (mirrored || is_address(row.client_addr.as_ref(), &session.client_addr))
            && (mirrored || is(&row.proxy_addr, &session.proxy_addr))
            && row.proxy_port.is_none_or(|wanted| wanted == port)
            && self.digest.is_none_or(|wanted| digest.is_some_and(|(found, _)| wanted == found))
            && digest.is_none_or(|(_, text)| holds(&self.match_digest, text))
            && holds(&self.match_pattern, until_nul(&state.text))
    }

    fn take_effect(&self, state: &mut State) {
        let row = &self.row;
        state.hits.push(row.rule_id);
        let number = |set: &mut Option<i32>, column: Option<i32>| {
            *set = column.filter(|&number| number >= 0).or(*set);
        };
        number(&mut state.destination, row.destination_hostgroup);
        number(&mut state.next_flag_in, row.next_query_flag_in);
        number(&mut state.mirror_flag_out, row.mirror_flag_out);
        number(&mut state.mirror_hostgroup, row.mirror_hostgroup);
        number(&mut state.timeout, row.timeout);
        state.error_msg = row.error_msg.clone().or(state.error_msg.take());
        state.ok_msg = row.ok_msg.clone().or(state.ok_msg.take());
        if let Some(replacement) = &row.replace_pattern {
            let cut = until_nul(&state.text).to_vec();
            state.text = match &self.match_pattern {
                Some(Some(pattern)) => pattern.replace(&cut, replacement.as_bytes()).text.into_owned(),
                _ => cut,
            };
        }
    }

    /// The flag after a match, with the first of weighted flags that has a weight; whether it was set.
    fn set_flag(&self, state: &mut State) -> bool {
        let weighted = self.flag_outs.iter().find(|(_, weight)| *weight > 0).map(|(id, _)| *id);
        let flag = self.row.flag_out.filter(|&flag| flag >= 0).or(weighted);
        state.flag = flag.unwrap_or(state.flag);
        flag.is_some()
    }
}

fn override_by(set: &mut Option<i32>, hint: Option<i32>) {
    if let Some(number) = hint {
        *set = (number >= 0).then_some(number);
    }
}

fn is_loaded(row: &MysqlQueryRule) -> bool {
    row.client_addr.as_ref().is_none_or(|addr| {
        let addr = addr.as_bytes();
        addr.len() < 46 && addr.iter().rev().skip(1).all(|&byte| byte != b'%')
    })
}

fn is_address(wanted: Option<&Text>, found: &Text) -> bool {
    let Some(wanted) = wanted.map(Text::as_bytes).filter(|wanted| !wanted.is_empty()) else { return true };
    match wanted.strip_suffix(b"%") {
        Some(prefix) => found.as_bytes().starts_with(prefix),
        None => wanted == found.as_bytes(),
    }
}

/// Only what the tests write: `0x` and hex digits.
fn digest_of(text: &Text) -> Option<u64> {
    let number = u64::from_str_radix(text.to_str()?.strip_prefix("0x")?, 16).ok()?;
    (number != 0 && number != u64::MAX).then_some(number)
}

fn flag_outs(attributes: &Text) -> Vec<(i32, u64)> {
    let json: serde_json::Value = serde_json::from_slice(attributes.as_bytes()).unwrap_or_default();
    let entries = json["flagOUTs"].as_array().cloned().unwrap_or_default();
    let entry = |entry: &serde_json::Value| {
        Some((i32::try_from(entry["id"].as_u64()?).ok()?, entry["weight"].as_u64()?))
    };
    entries.iter().filter_map(entry).collect()
}

fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap()
}
