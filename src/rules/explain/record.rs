//! Watching a walk and noting its steps.

use super::{Change, Explanation, FastRoutingStep, MatchStep, Mismatch, RuleStep, Step, Then, Verdict};
use crate::digest::DigestHash;
use crate::rules::effects::Value;
use crate::rules::regex::{Match, Regex};
use crate::rules::route::Route;
use crate::rules::rule::{Criterion, Facts, Failed, Rule};
use crate::rules::session::Session;
use crate::rules::walk::{Rewrite, Trace};
use crate::schema::Text;

/// The most steps of a walk that are kept: restarts can make a million of a few rules.
const MOST_STEPS: usize = 100_000;

/// Notes the steps of a walk, and of its mirrored copy's.
#[derive(Debug, Default)]
pub(in crate::rules) struct Recorder {
    steps: Vec<Step>,
    /// The steps before the mirror's.
    first: Option<Vec<Step>>,
    dropped: usize,
}

impl Recorder {
    pub(in crate::rules) fn finish(
        self,
        session: &Session,
        query: &[u8],
        route: Route<'static>,
    ) -> Explanation {
        let (steps, mirror_steps) = match self.first {
            Some(first) => (first, self.steps),
            None => (self.steps, Vec::new()),
        };
        let (session, query) = (session.clone(), query.into());
        Explanation { session, query, steps, mirror_steps, dropped: self.dropped, route }
    }

    fn push(&mut self, step: Step) {
        if self.steps.len() < MOST_STEPS { self.steps.push(step) } else { self.dropped += 1 }
    }
}

impl Trace for Recorder {
    /// Beyond the last step that is kept there is no need to look at every rule.
    fn wants_all(&self) -> bool {
        self.steps.len() < MOST_STEPS
    }

    fn looked_at(
        &mut self,
        rule: &Rule,
        flag: i32,
        facts: &Facts<'_>,
        text: &[u8],
        verdict: Result<(), Failed>,
    ) {
        if !self.wants_all() {
            self.dropped += 1;
            return;
        }
        let verdict = match verdict {
            Err(failed) => Verdict::NoMatch(mismatch(rule, flag, facts, text, failed)),
            Ok(()) => Verdict::Match(MatchStep {
                remarks: remarks(rule, facts, text),
                sets: rule.effects.columns().map(|(column, value)| Change { column, value }).collect(),
                rewritten: None,
                flag_out: None,
                then: Then::GoOn,
            }),
        };
        self.steps.push(Step::Rule(RuleStep { rule_id: rule.id, flag, verdict }));
    }

    fn took(&mut self, rule: &Rule, rewrite: Option<&Rewrite<'_>>, flag: Option<i32>, then: Then) {
        if self.dropped > 0 {
            return;
        }
        let Some(Step::Rule(RuleStep { verdict: Verdict::Match(step), .. })) = self.steps.last_mut() else {
            return;
        };
        (step.flag_out, step.then) = (flag, then);
        if let Some(rewrite) = rewrite {
            step.rewritten = rewrite.text.map(Text::from);
            let what = if rewrite.text.is_some() { "replace_pattern" } else { "nothing was replaced" };
            step.remarks.extend(rewrite.problem.map(|problem| format!("{what}: {problem}")));
        }
        if rule.flag_choices() > 1 {
            step.remarks.push(format!("one of {} weighted flagOUTs was picked", rule.flag_choices()));
        }
    }

    fn fast_routing(&mut self, step: FastRoutingStep) {
        self.push(Step::FastRouting(step));
    }

    fn mirror(&mut self) {
        self.first = Some(std::mem::take(&mut self.steps));
    }
}

/// The criterion that does not hold, with both sides.
fn mismatch(rule: &Rule, flag: i32, facts: &Facts<'_>, text: &[u8], failed: Failed) -> Mismatch {
    let wanted_text = |text: &Option<Text>| Value::Text(text.clone().unwrap_or_default());
    let found_text = |text: &[u8]| Value::Text(text.into());
    let regex_source = |regex: Option<&Text>| Value::Text(regex.cloned().unwrap_or_default());
    let client = facts.client;
    let (wanted, found) = match failed.criterion {
        Criterion::FlagIn => (Value::Int(rule.flag_in.into()), Value::Int(flag.into())),
        Criterion::Username => (wanted_text(&rule.username), found_text(facts.username)),
        Criterion::Schemaname => (wanted_text(&rule.schemaname), found_text(facts.schemaname)),
        Criterion::ClientAddr => {
            (wanted_text(&rule.client_addr), found_text(client.map_or(b"", |client| client.addr)))
        }
        Criterion::ProxyAddr => {
            (wanted_text(&rule.proxy_addr), found_text(client.map_or(b"", |client| client.proxy_addr)))
        }
        Criterion::ProxyPort => {
            (Value::Int(rule.proxy_port.unwrap_or_default().into()), Value::Int(facts.proxy_port.into()))
        }
        Criterion::Digest => {
            let hash = |hash: u64| Value::Text(DigestHash::from(hash).to_string().into());
            let found = facts.digest.map_or(Value::Text(Text::default()), |(found, _)| hash(found));
            (hash(rule.digest.unwrap_or_default()), found)
        }
        Criterion::MatchDigest => (
            regex_source(rule.match_digest.as_ref().map(Regex::source)),
            found_text(facts.digest.map_or(b"", |(_, text)| text)),
        ),
        Criterion::MatchPattern => {
            (regex_source(rule.match_pattern.as_ref().map(Regex::source)), found_text(text))
        }
    };
    let why = match (failed.criterion, failed.said) {
        (Criterion::FlagIn, _) => "the flag is another one".to_owned(),
        (Criterion::Digest, _) if facts.digest.is_none() => {
            "there are no digests, for mysql-query_digests is false".to_owned()
        }
        (criterion, Some(said)) => regex_words(rule, criterion, said),
        (Criterion::ProxyPort, None) if client.is_none() => "a mirrored query has port 0".to_owned(),
        (_, None) => "they differ".to_owned(),
    };
    Mismatch { criterion: failed.criterion, wanted, found, why }
}

/// Why a regular expression that said this does not let the rule match.
fn regex_words(rule: &Rule, criterion: Criterion, said: Match) -> String {
    let regex = if criterion == Criterion::MatchDigest { &rule.match_digest } else { &rule.match_pattern };
    match said {
        Match::Yes => "it matches, and negate_match_pattern turns that around".to_owned(),
        Match::No => "it does not match".to_owned(),
        Match::Invalid => {
            let message = regex.as_ref().and_then(|regex| regex.error()).unwrap_or_default();
            format!("it is invalid and never matches: {message}")
        }
        Match::GaveUp => "it needs too many steps, which counts as no match".to_owned(),
    }
}

/// What is odd about a match.
fn remarks(rule: &Rule, facts: &Facts<'_>, text: &[u8]) -> Vec<String> {
    let mut remarks = Vec::new();
    if !rule.negate {
        return remarks;
    }
    let digest_text = facts.digest.map(|(_, text)| text);
    let regexes = [
        (Criterion::MatchDigest, rule.match_digest.as_ref().zip(digest_text)),
        (Criterion::MatchPattern, rule.match_pattern.as_ref().zip(Some(text))),
    ];
    for (criterion, regex) in regexes {
        let Some((regex, text)) = regex else { continue };
        let why = match regex.matches(text) {
            Match::Invalid => format!("is invalid ({})", regex.error().unwrap_or_default()),
            Match::GaveUp => "needs too many steps".to_owned(),
            Match::Yes | Match::No => continue,
        };
        remarks.push(format!("{} {why}, and negated it matches", criterion.column()));
    }
    remarks
}
