//! How traffic spreads: the counts.

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::capped::Capped;
use super::place::Destination;
use crate::digest::DigestHash;

/// How traffic spreads over hostgroups and rules, and what would move under other rules.
///
/// Its `Display` is a table for a terminal; serde writes the same for machines. Counts are of queries: a row of
/// digests counts as often as it says. The memory that it takes has a limit: beyond 50,000 places or statements
/// that move, only a sum is kept, and which of them are kept is left to chance.
#[derive(Clone, Debug, Default)]
pub struct Spread {
    pub(super) queries: u64,
    pub(super) destinations: Capped<Destination, u64>,
    pub(super) rules: Capped<i32, u64>,
    pub(super) unmatched: Vec<i32>,
    pub(super) rewritten: u64,
    pub(super) mirrored: u64,
    pub(super) recorded: u64,
    pub(super) elsewhere: u64,
    pub(super) prepared: u64,
    pub(super) executed: u64,
    pub(super) digests: u64,
    pub(super) uncertain: u64,
    pub(super) lossy: u64,
    pub(super) is_compared: bool,
    pub(super) moved: u64,
    pub(super) other_rule: u64,
    pub(super) moves: Capped<MoveKey, (u64, String)>,
}

/// What is counted as one move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct MoveKey {
    pub(super) digest: DigestHash,
    pub(super) from: Destination,
    pub(super) to: Destination,
}

/// Statements of a digest that would go elsewhere under other rules.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Move {
    /// The digest's hash.
    pub digest: DigestHash,
    /// The digest text, cut at 200 characters.
    pub digest_text: String,
    /// Where they go.
    pub from: Destination,
    /// Where they would go.
    pub to: Destination,
    /// How many queries.
    pub count: u64,
}

impl Spread {
    /// All queries.
    pub fn queries(&self) -> u64 {
        self.queries
    }

    /// Where they go, the most frequent first.
    pub fn destinations(&self) -> Vec<(Destination, u64)> {
        let mut all: Vec<_> = self.destinations.all.iter().map(|(place, count)| (*place, *count)).collect();
        all.sort_by_key(|(place, count)| (std::cmp::Reverse(*count), place.hostgroup(), place.who()));
        all
    }

    /// How many queries each rule matched, by `rule_id`. A query can match several.
    pub fn rules(&self) -> Vec<(i32, u64)> {
        let mut all: Vec<_> = self.rules.all.iter().map(|(rule, count)| (*rule, *count)).collect();
        all.sort_unstable();
        all
    }

    /// The active rules that no query matched, by `rule_id`.
    pub fn unmatched_rules(&self) -> Vec<i32> {
        self.unmatched.iter().copied().filter(|rule| !self.rules.all.contains_key(rule)).collect()
    }

    /// Queries that a rule rewrites.
    pub fn rewritten(&self) -> u64 {
        self.rewritten
    }

    /// Queries of which a copy goes elsewhere.
    pub fn mirrored(&self) -> u64 {
        self.mirrored
    }

    /// Queries of which the log says where they ran.
    pub fn recorded(&self) -> u64 {
        self.recorded
    }

    /// Those of [`recorded`](Self::recorded) that ran in another hostgroup than these rules say.
    pub fn elsewhere(&self) -> u64 {
        self.elsewhere
    }

    /// Those that prepare a statement (`COM_STMT_PREPARE`): rules are asked for them as for any query.
    pub fn prepared(&self) -> u64 {
        self.prepared
    }

    /// Those that run a prepared statement (`COM_STMT_EXECUTE`): rules are asked again, with its text.
    pub fn executed(&self) -> u64 {
        self.executed
    }

    /// Queries of which only the digest is known.
    pub fn digests(&self) -> u64 {
        self.digests
    }

    /// Those of [`digests`](Self::digests) of which it cannot be known where they go: a rule was asked that
    /// looks at the query itself, or the text of the digest does not give its hash, as when it was cut short.
    pub fn uncertain(&self) -> u64 {
        self.uncertain
    }

    /// Queries of which some bytes are lost in the log.
    pub fn lossy(&self) -> u64 {
        self.lossy
    }

    /// Queries that would go elsewhere under the other rules.
    pub fn moved(&self) -> u64 {
        self.moved
    }

    /// Queries that would go to the same place under the other rules, but by another one of them.
    pub fn moved_by_rule_only(&self) -> u64 {
        self.other_rule
    }

    /// What would move, the most frequent first.
    pub fn moves(&self) -> Vec<Move> {
        let of = |(key, (count, text)): (&MoveKey, &(u64, String))| Move {
            digest: key.digest,
            digest_text: text.clone(),
            from: key.from,
            to: key.to,
            count: *count,
        };
        let mut all: Vec<_> = self.moves.all.iter().map(of).collect();
        all.sort_by_cached_key(|one| {
            (std::cmp::Reverse(one.count), one.digest, one.from.to_string(), one.to.to_string())
        });
        all
    }

    /// Adds the counts of another part of the traffic.
    pub fn merge(&mut self, other: Spread) {
        let counts = [
            (&mut self.queries, other.queries),
            (&mut self.rewritten, other.rewritten),
            (&mut self.mirrored, other.mirrored),
            (&mut self.recorded, other.recorded),
            (&mut self.elsewhere, other.elsewhere),
            (&mut self.prepared, other.prepared),
            (&mut self.executed, other.executed),
            (&mut self.digests, other.digests),
            (&mut self.uncertain, other.uncertain),
            (&mut self.lossy, other.lossy),
            (&mut self.moved, other.moved),
            (&mut self.other_rule, other.other_rule),
        ];
        for (sum, more) in counts {
            *sum = sum.saturating_add(more);
        }
        self.is_compared |= other.is_compared;
        self.destinations.merge(other.destinations);
        self.rules.merge(other.rules);
        self.unmatched.extend(other.unmatched);
        self.unmatched.sort_unstable();
        self.unmatched.dedup();
        self.moves.rest = self.moves.rest.saturating_add(other.moves.rest);
        for (key, (count, text)) in other.moves.all {
            self.move_on(key, count, || text);
        }
    }

    pub(super) fn move_on(&mut self, key: MoveKey, count: u64, text: impl FnOnce() -> String) {
        let add = |sum: &mut (u64, String), count| sum.0 = sum.0.saturating_add(count);
        self.moves.add(key, count, |count| (count, text()), add);
    }
}

/// The counts of the same names; destinations, rules and moves as lists.
impl Serialize for Spread {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut spread = serializer.serialize_struct("Spread", 16)?;
        spread.serialize_field("queries", &self.queries)?;
        let destinations: Vec<_> =
            self.destinations().into_iter().map(|(place, count)| Counted { place, count }).collect();
        spread.serialize_field("destinations", &destinations)?;
        let rules: Vec<_> =
            self.rules().into_iter().map(|(rule_id, matched)| Hits { rule_id, matched }).collect();
        spread.serialize_field("rules", &rules)?;
        spread.serialize_field("unmatched_rules", &self.unmatched_rules())?;
        spread.serialize_field("rewritten", &self.rewritten)?;
        spread.serialize_field("mirrored", &self.mirrored)?;
        spread.serialize_field("recorded", &self.recorded)?;
        spread.serialize_field("elsewhere", &self.elsewhere)?;
        spread.serialize_field("prepared", &self.prepared)?;
        spread.serialize_field("executed", &self.executed)?;
        spread.serialize_field("digests", &self.digests)?;
        spread.serialize_field("uncertain", &self.uncertain)?;
        spread.serialize_field("lossy", &self.lossy)?;
        if self.is_compared {
            spread.serialize_field("moved", &self.moved)?;
            spread.serialize_field("moved_by_rule_only", &self.other_rule)?;
            spread.serialize_field("moves", &self.moves())?;
        }
        spread.end()
    }
}

#[derive(serde::Serialize)]
struct Counted {
    #[serde(flatten)]
    place: Destination,
    count: u64,
}

#[derive(serde::Serialize)]
struct Hits {
    rule_id: i32,
    matched: u64,
}

impl Serialize for Move {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut one = serializer.serialize_struct("Move", 5)?;
        one.serialize_field("digest", &self.digest.to_string())?;
        one.serialize_field("digest_text", &self.digest_text)?;
        one.serialize_field("from", &self.from)?;
        one.serialize_field("to", &self.to)?;
        one.serialize_field("count", &self.count)?;
        one.end()
    }
}
