//! The walk over the rules.

use std::borrow::Cow;
use std::ops::Range;

use super::candidates::Candidates;
use super::effects::Effects;
use super::engine::Inner;
use super::explain::{FastRoutingStep, Then};
use super::random::Random;
use super::regex::Replaced;
use super::route::ChosenBy;
use super::rule::{Facts, Failed, Rule};
use crate::schema::Text;

/// The longest text that a rule may make of a query. A server would go on until its memory is full.
const MOST_TEXT: usize = 64 << 20;
/// The most bytes that all rewriting of one query may read and write.
const MOST_WORK: usize = 256 << 20;

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

    /// These rules were looked at under that flag: all from the first to the one that matched, or to the end.
    fn passed(&mut self, _inner: &Inner, _rules: Range<usize>, _flag: i32, _facts: &Facts<'_>) {}

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

/// What came of a rewriting.
pub(super) struct Rewrite<'a> {
    /// The new text, if there is one.
    pub(super) text: Option<&'a [u8]>,
    /// What went wrong with it, or why there is none.
    pub(super) problem: Option<&'a str>,
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
    let mut candidates = Candidates::new(inner, facts, start);
    let mut budget = inner.settings.iterations;
    let mut work = 0;
    let mut at = 0;
    let mut applied = None;
    let mut cut = until_nul(&walked.text);
    loop {
        let found = candidates.next_match(at, walked.flag, &walked.text[..cut], trace);
        let end = found.map_or(inner.rules.len(), |position| position + 1);
        trace.passed(inner, at..end, walked.flag, facts);
        let Some(position) = found else { break };
        let rule = &inner.rules[position];
        at = position + 1;
        walked.matched.push(rule.id);
        walked.effects.overlay(&rule.effects);
        if rule.effects.destination_hostgroup.is_some() {
            walked.chosen_by = Some(ChosenBy::Rule(rule.id));
        }
        let rewritten = rule.replacement.as_ref().map(|to| rewrite(rule, to, &walked.text[..cut], &mut work));
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
        let shown = rewritten.as_ref().map(Rewrite::of);
        trace.took(rule, shown.as_ref(), flag, then);
        if let Some(replaced) = rewritten {
            take(&mut walked.text, replaced, cut);
            cut = until_nul(&walked.text);
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

/// What a rule makes of a text. Of one that would be too long it makes nothing, and no rule behind it does.
fn rewrite(rule: &Rule, to: &Text, text: &[u8], work: &mut usize) -> Replaced {
    let Some(pattern) = &rule.match_pattern else { return Replaced::Kept(String::new()) };
    let room = MOST_TEXT.min(MOST_WORK - *work);
    let replaced =
        if text.len() > room { Replaced::TooLong } else { pattern.replace(text, to.as_bytes(), room) };
    let done = match &replaced {
        Replaced::Text(new, _) => text.len() + new.len(),
        Replaced::Kept(_) => text.len(),
        Replaced::TooLong => MOST_WORK,
    };
    *work = MOST_WORK.min(*work + done);
    replaced
}

/// Takes over what a rule made of a text; where nothing was replaced, it still ends before its first NUL.
fn take(text: &mut Cow<'_, [u8]>, replaced: Replaced, cut: usize) {
    match replaced {
        Replaced::Text(new, _) => *text = Cow::Owned(new),
        Replaced::Kept(_) | Replaced::TooLong => match text {
            Cow::Borrowed(text) => *text = &text[..cut],
            Cow::Owned(text) => text.truncate(cut),
        },
    }
}

impl<'a> Rewrite<'a> {
    fn of(replaced: &'a Replaced) -> Self {
        match replaced {
            Replaced::Text(text, problem) => Rewrite { text: Some(text), problem: problem.as_deref() },
            Replaced::Kept(why) => Rewrite { text: None, problem: Some(why) },
            Replaced::TooLong => Rewrite { text: None, problem: Some("the text would become too long") },
        }
    }
}

/// Patterns see a text up to its first NUL.
fn until_nul(text: &[u8]) -> usize {
    memchr::memchr(0, text).unwrap_or(text.len())
}
