//! The walk over the rules.

use std::borrow::Cow;

use super::candidates::Candidates;
use super::effects::Effects;
use super::engine::Inner;
use super::explain::{FastRoutingStep, Then};
use super::random::Random;
use super::regex::Replaced;
use super::route::ChosenBy;
use super::rule::{Facts, Failed, Replacement, Rule};

/// The longest text that a rule may make of a query. A server would go on until its memory is full.
const MOST_TEXT: usize = 64 << 20;
/// The most bytes that all rewriting of one query may write.
const MOST_WRITTEN: usize = 256 << 20;

/// What a walk leads to.
pub(super) struct Walked<'q> {
    pub(super) effects: Effects,
    /// Who set the destination, if anybody did.
    pub(super) chosen_by: Option<ChosenBy>,
    pub(super) matched: Vec<i32>,
    pub(super) flag: i32,
    pub(super) text: Cow<'q, [u8]>,
}

impl<'q> Walked<'q> {
    fn begin(flag: i32, text: Cow<'q, [u8]>) -> Self {
        Walked { effects: Effects::default(), chosen_by: None, matched: Vec::new(), flag, text }
    }
}

/// Watches a walk.
pub(super) trait Trace {
    /// Whether it wants to see every rule that is looked at, not only those that may match.
    fn wants_all(&self) -> bool {
        false
    }

    /// A rule was compared with the text.
    fn looked_at(
        &mut self,
        _rule: &Rule,
        _flag: i32,
        _facts: &Facts<'_>,
        _text: &[u8],
        _verdict: Result<(), Failed>,
    ) {
    }

    /// What the match of that rule led to.
    fn took(&mut self, _rule: &Rule, _rewrite: Option<&Rewrite<'_>>, _flag: Option<i32>, _then: Then) {}

    /// Fast routing had its turn.
    fn fast_routing(&mut self, _step: FastRoutingStep) {}

    /// From here on it is the mirrored copy.
    fn mirror(&mut self) {}
}

/// Sees nothing.
pub(super) struct Blind;

impl Trace for Blind {}

/// A rewriting: the text before, and what came of it.
pub(super) struct Rewrite<'a> {
    pub(super) before: &'a [u8],
    pub(super) after: &'a [u8],
    /// Why nothing was replaced.
    pub(super) kept: Option<String>,
}

/// Walks the rules for a text, beginning at a flag; then asks fast routing.
pub(super) fn walk<'q>(
    inner: &Inner,
    facts: &Facts<'_>,
    start: i32,
    query: Cow<'q, [u8]>,
    random: &mut dyn Random,
    trace: &mut impl Trace,
) -> Walked<'q> {
    let mut walked = Walked::begin(start, query);
    let mut candidates = Candidates::new(inner, facts);
    let mut budget = inner.settings.iterations;
    let mut written = 0;
    let mut at = 0;
    let mut applied = None;
    while let Some(position) = candidates.next(at, walked.flag, &walked.text, trace.wants_all()) {
        let rule = &inner.rules[position];
        let text = until_nul(&walked.text);
        let verdict = candidates.check(position, walked.flag, text);
        trace.looked_at(rule, walked.flag, facts, text, verdict);
        at = position + 1;
        if verdict.is_err() {
            continue;
        }
        walked.matched.push(rule.id);
        walked.effects.overlay(&rule.effects);
        if rule.effects.destination_hostgroup.is_some() {
            walked.chosen_by = Some(ChosenBy::Rule(rule.id));
        }
        let rewritten = rule.replacement.as_ref().map(|to| rewrite(rule, to, text, &mut written));
        let flag = rule.next_flag(random);
        walked.flag = flag.unwrap_or(walked.flag);
        let then = if rule.apply {
            Then::End
        } else if flag.is_some() && budget > 0 {
            budget -= 1;
            at = 0;
            Then::Restart { left: budget }
        } else {
            Then::GoOn
        };
        let shown = rewritten.as_ref().map(|replaced| Rewrite::of(text, replaced));
        trace.took(rule, shown.as_ref(), flag, then);
        if let Some(replaced) = rewritten {
            let cut = text.len();
            take(&mut walked.text, replaced, cut);
            candidates.text_changed();
        }
        if then == Then::End {
            applied = Some(rule);
            break;
        }
    }
    let last = applied.or(inner.rules.last()).filter(|last| last.apply);
    ask_fast_routing(inner, facts, last, &mut walked, trace);
    walked
}

/// The walk of a mirrored copy that no rule is tried for: fast routing alone, at flag 0.
pub(super) fn walk_nothing<'q>(
    inner: &Inner,
    facts: &Facts<'_>,
    query: Cow<'q, [u8]>,
    trace: &mut impl Trace,
) -> Walked<'q> {
    let mut walked = Walked::begin(0, query);
    ask_fast_routing(inner, facts, None, &mut walked, trace);
    walked
}

/// Fast routing, unless the last rule that was looked at has apply=1.
fn ask_fast_routing(
    inner: &Inner,
    facts: &Facts<'_>,
    last: Option<&Rule>,
    walked: &mut Walked<'_>,
    trace: &mut impl Trace,
) {
    if let Some(last) = last {
        return trace.fast_routing(FastRoutingStep::NotAsked { last_rule: last.id });
    }
    let found = inner.fast_routing.find(facts.username, facts.schemaname, walked.flag);
    trace.fast_routing(FastRoutingStep::of(walked.flag, found));
    if let Some((hostgroup, by)) = found {
        walked.effects.destination_hostgroup = Some(hostgroup);
        walked.chosen_by = Some(by);
    }
}

/// What a rule makes of a text.
fn rewrite(rule: &Rule, to: &Replacement, text: &[u8], written: &mut usize) -> Replaced {
    let Some(pattern) = &rule.match_pattern else { return Replaced::Kept(String::new()) };
    let room = MOST_TEXT.min(MOST_WRITTEN - *written);
    let replaced = pattern.replace(text, to.text.as_bytes(), to.global, room);
    if let Replaced::Text(new) = &replaced {
        *written += new.len().min(room);
    }
    replaced
}

/// Takes over what a rule made of a text; where nothing was replaced, it still ends before its first NUL.
fn take(text: &mut Cow<'_, [u8]>, replaced: Replaced, cut: usize) {
    match replaced {
        Replaced::Text(new) => *text = Cow::Owned(new),
        Replaced::Kept(_) => match text {
            Cow::Borrowed(text) => *text = &text[..cut],
            Cow::Owned(text) => text.truncate(cut),
        },
    }
}

impl<'a> Rewrite<'a> {
    fn of(before: &'a [u8], replaced: &'a Replaced) -> Self {
        match replaced {
            Replaced::Text(after) => Rewrite { before, after, kept: None },
            Replaced::Kept(why) => Rewrite { before, after: before, kept: Some(why.clone()) },
        }
    }
}

fn until_nul(text: &[u8]) -> &[u8] {
    &text[..memchr::memchr(0, text).unwrap_or(text.len())]
}
