//! What rules stand under: of what each asks for, that which the fewest queries are likely to have.

use std::hash::Hash;

use hashbrown::HashMap;

use crate::pattern::Needs;
use crate::rules::regex::Regex;
use crate::rules::rule::Rule;
use crate::schema::Text;

/// What a rule stands under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key<'a> {
    /// It cannot match.
    Never,
    /// Nothing: it is compared with every query.
    Always,
    Digest(u64),
    Schema(&'a [u8]),
    User(&'a [u8]),
    /// One of these in the query, in lower case.
    Query(&'a [Vec<u8>]),
    /// One of these in the digest text, in lower case.
    DigestText(&'a [Vec<u8>]),
}

/// What the regular expressions of a rule ask for.
#[derive(Debug, Default)]
pub(super) struct Wants {
    never: bool,
    pub(super) query: Option<Needs>,
    pub(super) digest_text: Option<Needs>,
}

impl Wants {
    pub(super) fn of(rule: &Rule) -> Self {
        // A negated rule wants that they do not match.
        if rule.negate {
            return Wants::default();
        }
        let regexes = || [&rule.match_pattern, &rule.match_digest].into_iter().flatten();
        Wants {
            never: regexes().any(|regex| regex.error().is_some()),
            query: rule.match_pattern.as_ref().and_then(Regex::needs).map(Needs::into_lower_case),
            digest_text: rule.match_digest.as_ref().and_then(Regex::needs).map(Needs::into_lower_case),
        }
    }
}

/// What each rule stands under.
pub(super) fn choose<'a>(rules: &'a [Rule], wants: &'a [Wants]) -> Vec<Key<'a>> {
    let mut counts = Counts::default();
    for (rule, wants) in rules.iter().zip(wants) {
        counts.add(rule, wants);
    }
    rules.iter().zip(wants).map(|(rule, wants)| counts.best(rule, wants)).collect()
}

/// How many rules of a flag ask for the same.
#[derive(Default)]
struct Counts<'a> {
    digests: HashMap<(i32, u64), u32>,
    schemas: HashMap<(i32, &'a [u8]), u32>,
    users: HashMap<(i32, &'a [u8]), u32>,
    query: HashMap<(i32, &'a [u8]), u32>,
    digest_text: HashMap<(i32, &'a [u8]), u32>,
}

impl<'a> Counts<'a> {
    fn add(&mut self, rule: &'a Rule, wants: &'a Wants) {
        let flag = rule.flag_in;
        let Rule { digest, schemaname, username, .. } = rule;
        count(&mut self.digests, digest.map(|digest| (flag, digest)));
        count(&mut self.schemas, schemaname.as_ref().map(|schema| (flag, schema.as_bytes())));
        count(&mut self.users, username.as_ref().map(|user| (flag, user.as_bytes())));
        for (counts, needs) in [(&mut self.query, &wants.query), (&mut self.digest_text, &wants.digest_text)]
        {
            let literals = needs.iter().flat_map(Needs::choices).flatten();
            count(counts, literals.map(|literal| (flag, &**literal)));
        }
    }

    fn best(&self, rule: &'a Rule, wants: &'a Wants) -> Key<'a> {
        if wants.never {
            return Key::Never;
        }
        let flag = rule.flag_in;
        let mut best = (i32::MAX, Key::Always);
        let mut offer = |cost: i32, key: Key<'a>| {
            if cost < best.0 {
                best = (cost, key);
            }
        };
        if let Some(digest) = rule.digest {
            offer(shared(&self.digests, &(flag, digest)) - LENGTHS - 4, Key::Digest(digest));
        }
        if let Some(schema) = rule.schemaname.as_ref().map(Text::as_bytes) {
            offer(shared(&self.schemas, &(flag, schema)) - 8, Key::Schema(schema));
        }
        if let Some(user) = rule.username.as_ref().map(Text::as_bytes) {
            offer(shared(&self.users, &(flag, user)) - 8, Key::User(user));
        }
        let of_literals = |counts: &HashMap<(i32, &'a [u8]), u32>, literals: &'a [Vec<u8>]| {
            let cost = |literal: &'a Vec<u8>| shared(counts, &(flag, &**literal)) - length(literal.len());
            literals.iter().map(cost).max().unwrap_or(i32::MAX).saturating_add(steps(literals.len()))
        };
        for literals in wants.query.iter().flat_map(Needs::choices) {
            offer(of_literals(&self.query, literals), Key::Query(literals));
        }
        for literals in wants.digest_text.iter().flat_map(Needs::choices) {
            offer(of_literals(&self.digest_text, literals), Key::DigestText(literals));
        }
        best.1
    }
}

/// Beyond this length a literal is not rarer for being longer.
const LENGTHS: i32 = 12;

fn length(bytes: usize) -> i32 {
    i32::try_from(bytes).unwrap_or(LENGTHS).min(LENGTHS)
}

/// What it costs that many rules ask for the same: each doubling as much as four bytes less.
fn shared<K: Hash + Eq>(counts: &HashMap<K, u32>, key: &K) -> i32 {
    4 * steps(counts.get(key).map_or(1, |&count| count as usize))
}

/// How often a number can be halved.
fn steps(number: usize) -> i32 {
    number.max(1).ilog2().cast_signed()
}

fn count<K: Hash + Eq>(counts: &mut HashMap<K, u32>, keys: impl IntoIterator<Item = K>) {
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
}
