//! Which rules can match a query, without a look at each: an index.
//!
//! Each rule stands under one thing that a query must have for it to match: a digest, a schema, a user, or one
//! of a few literals in the query or in its digest text. Of what a rule asks for, the index takes what the
//! fewest rules ask for: of rules that differ in a table's name, that name. All literals are searched for in one
//! pass over a text. What is found is compared in the order of the rules, so that the answer is that of a walk
//! over all of them ([`candidates`](super::candidates)).

mod keys;
mod literals;
mod starts;

use hashbrown::HashMap;

use super::rule::{Facts, Rule};
use keys::{Key, Wants, choose};
use literals::Literals;
use starts::Starts;

/// The place of a rule among the loaded ones.
pub(super) type Position = u32;

/// No place: behind all rules.
pub(super) const NOWHERE: Position = Position::MAX;

/// With fewer rules than this under literals, comparing them all is as fast as searching for the literals.
const FEW: usize = 4;
/// The most bytes that all literals have together. Rules beyond are compared always.
const MOST_LITERALS: usize = 4 << 20;

/// Rules by what they ask for.
#[derive(Debug, Default)]
pub(super) struct Index {
    flags: HashMap<i32, FlagIndex>,
    /// What is searched for in the query.
    pub(super) query: Searched,
    /// What is searched for in the digest text.
    pub(super) digest_text: Searched,
}

/// The rules of one `flagIN`.
#[derive(Debug, Default)]
pub(super) struct FlagIndex {
    /// Those that are always compared.
    pub(super) always: Vec<Position>,
    digests: HashMap<u64, Vec<Position>>,
    schemas: HashMap<Box<[u8]>, Vec<Position>>,
    users: HashMap<Box<[u8]>, Vec<Position>>,
    /// Those under literals of the query.
    pub(super) query: Under,
    /// Those under literals of the digest text.
    pub(super) digest_text: Under,
}

/// Rules of one `flagIN` that stand under literals.
#[derive(Debug)]
pub(super) struct Under {
    /// The first of them.
    pub(super) first: Position,
    /// How a text must begin for one of them to match.
    pub(super) starts: Starts,
}

/// Literals that are searched for in a text, and the rules under each.
#[derive(Debug, Default)]
pub(super) struct Searched {
    literals: Literals,
    /// Where a literal's part of `flags` begins; one more, for the end of the last.
    begins: Vec<u32>,
    /// `flagIN`, and where its part of `rules` begins and ends.
    flags: Vec<(i32, u32, u32)>,
    /// The rules under each literal and flag, in order.
    rules: Vec<Position>,
}

impl Index {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let wants: Vec<Wants> = rules.iter().map(Wants::of).collect();
        let mut keys = choose(rules, &wants);
        always_compare_few(rules, &mut keys);
        let mut index = Index::default();
        let (mut query, mut digest_text) = (Collected::default(), Collected::default());
        for (position, ((rule, wants), key)) in (0..).zip(rules.iter().zip(&wants).zip(keys)) {
            let flag = index.flags.entry(rule.flag_in).or_default();
            match key {
                Key::Never => {}
                Key::Always => flag.always.push(position),
                Key::Digest(digest) => flag.digests.entry(digest).or_default().push(position),
                Key::Schema(schema) => flag.schemas.entry(schema.into()).or_default().push(position),
                Key::User(user) => flag.users.entry(user.into()).or_default().push(position),
                Key::Query(literals) => {
                    if query.add(literals, rule.flag_in, position) {
                        flag.query.add(position, wants.query.as_ref());
                    } else {
                        flag.always.push(position);
                    }
                }
                Key::DigestText(literals) => {
                    if digest_text.add(literals, rule.flag_in, position) {
                        flag.digest_text.add(position, wants.digest_text.as_ref());
                    } else {
                        flag.always.push(position);
                    }
                }
            }
        }
        index.query = query.finish();
        index.digest_text = digest_text.finish();
        index
    }

    /// The rules of a flag.
    pub(super) fn of_flag(&self, flag: i32) -> Option<&FlagIndex> {
        self.flags.get(&flag)
    }
}

/// Where few rules of a flag stand under literals, there is no search for them.
fn always_compare_few(rules: &[Rule], keys: &mut [Key<'_>]) {
    let mut counts: HashMap<i32, [usize; 2]> = HashMap::new();
    for (rule, key) in rules.iter().zip(&*keys) {
        let count = counts.entry(rule.flag_in).or_default();
        match key {
            Key::Query(_) => count[0] += 1,
            Key::DigestText(_) => count[1] += 1,
            _ => {}
        }
    }
    for (rule, key) in rules.iter().zip(keys) {
        let count = counts.get(&rule.flag_in).copied().unwrap_or_default();
        let few = match key {
            Key::Query(_) => count[0] < FEW,
            Key::DigestText(_) => count[1] < FEW,
            _ => false,
        };
        if few {
            *key = Key::Always;
        }
    }
}

impl FlagIndex {
    /// The rules that stand under what needs no search.
    pub(super) fn look_up(&self, facts: &Facts<'_>) -> impl Iterator<Item = &[Position]> {
        let of_digest = facts.digest.and_then(|(hash, _)| self.digests.get(&hash));
        let all = [of_digest, self.schemas.get(facts.schemaname), self.users.get(facts.username)];
        all.into_iter().flatten().map(Vec::as_slice)
    }
}

impl Default for Under {
    fn default() -> Self {
        Under { first: NOWHERE, starts: Starts::default() }
    }
}

impl Under {
    fn add(&mut self, position: Position, needs: Option<&crate::pattern::Needs>) {
        self.first = self.first.min(position);
        self.starts.add(needs);
    }
}

impl Searched {
    /// The literals that a text holds, by number.
    pub(super) fn search(&self, text: &[u8]) -> Vec<u32> {
        self.literals.search(text)
    }

    /// The rules of a flag under a literal.
    pub(super) fn look_up(&self, literal: u32, flag: i32) -> Option<&[Position]> {
        let literal = literal as usize;
        let (&begin, &end) = (self.begins.get(literal)?, self.begins.get(literal + 1)?);
        let flags = self.flags.get(begin as usize..end as usize)?;
        let place = flags.binary_search_by_key(&flag, |&(flag, ..)| flag).ok()?;
        let &(_, begin, end) = flags.get(place)?;
        self.rules.get(begin as usize..end as usize)
    }
}

/// Literals on the way to being searched for.
#[derive(Default)]
struct Collected<'a> {
    numbers: HashMap<&'a [u8], u32>,
    literals: Vec<&'a [u8]>,
    /// Literal, `flagIN` and rule.
    rules: Vec<(u32, i32, Position)>,
    bytes: usize,
}

impl<'a> Collected<'a> {
    /// Whether there is room for the literals of a rule.
    fn add(&mut self, literals: &'a [Vec<u8>], flag: i32, position: Position) -> bool {
        let bytes: usize = literals.iter().map(Vec::len).sum();
        if self.bytes + bytes > MOST_LITERALS {
            return false;
        }
        for literal in literals {
            let next = self.literals.len();
            let Ok(next) = u32::try_from(next) else { return false };
            let number = *self.numbers.entry(literal).or_insert_with(|| {
                self.literals.push(literal);
                self.bytes += literal.len();
                next
            });
            self.rules.push((number, flag, position));
        }
        true
    }

    fn finish(mut self) -> Searched {
        self.rules.sort_unstable();
        let mut searched = Searched { literals: Literals::new(&self.literals), ..Searched::default() };
        let mut at = 0;
        for of_flag in self.rules.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
            let Some(&(literal, flag, _)) = of_flag.first() else { continue };
            searched.begins.resize(literal as usize + 1, index(searched.flags.len()));
            searched.flags.push((flag, index(at), index(at + of_flag.len())));
            at += of_flag.len();
        }
        searched.begins.push(index(searched.flags.len()));
        searched.rules = self.rules.into_iter().map(|(.., position)| position).collect();
        searched
    }
}

/// Rules and literals are far fewer than 2^32.
fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
