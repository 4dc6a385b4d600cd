//! Why a query goes where it goes: the walk, step by step.

mod display;
mod record;

use super::effects::Value;
use super::route::{ChosenBy, Route};
use super::rule::Criterion;
use super::session::Session;
use crate::schema::Text;

pub(super) use record::Recorder;

/// Where a query goes, and every step that led there.
///
/// Its `Display` is a trace for a terminal, without colours. serde writes the same for machines.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Explanation {
    /// Who asked.
    pub session: Session,
    /// The query as it came.
    pub query: Text,
    /// The steps in order: a rule each, and fast routing at the end.
    pub steps: Vec<Step>,
    /// The steps of the mirrored copy, if one is made.
    pub mirror_steps: Vec<Step>,
    /// How many further steps are not shown, not counting rules that do not match. Of each walk at most 100,000
    /// steps are shown.
    pub dropped: usize,
    /// The outcome, the same as [`Engine::route`](super::Engine::route) gives.
    pub route: Route<'static>,
}

/// A step of a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Step {
    /// A rule was looked at.
    Rule(RuleStep),
    /// Fast routing had its turn.
    FastRouting(FastRoutingStep),
}

/// A rule that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RuleStep {
    /// The rule.
    pub rule_id: i32,
    /// The flag at that time.
    pub flag: i32,
    /// Whether it matched, and why.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub verdict: Verdict,
}

/// Whether a rule matched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Verdict {
    /// It did not, and this is the first criterion that does not hold.
    NoMatch(Mismatch),
    /// It did.
    Match(MatchStep),
}

/// A criterion that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Mismatch {
    /// The column.
    pub criterion: Criterion,
    /// What the rule wants.
    pub wanted: Value,
    /// What it was compared with.
    pub found: Value,
    /// Why it does not hold, in words.
    pub why: String,
}

/// What a match led to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct MatchStep {
    /// What is odd about the match: a criterion that counts for nothing, for one.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub remarks: Vec<String>,
    /// The columns that it set.
    pub sets: Vec<Change>,
    /// The text that it made of the query, if it changed it.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub rewritten: Option<Text>,
    /// The flag that it set, by `flagOUT` or one of the weighted `flagOUTs`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub flag_out: Option<i32>,
    /// How the walk went on.
    pub then: Then,
}

/// A column that a match set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Change {
    /// The column's name.
    pub column: &'static str,
    /// Its value now.
    pub value: Value,
}

/// How a walk goes on behind a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Then {
    /// It ends: the rule has `apply`.
    End,
    /// It starts again at the first rule, for the match set the flag.
    Restart {
        /// How many restarts are left.
        left: u32,
    },
    /// It goes on with the next rule.
    GoOn,
}

/// What fast routing said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum FastRoutingStep {
    /// It was not asked: the last rule that was looked at has `apply`, whether it matched or not.
    NotAsked {
        /// That rule.
        last_rule: i32,
    },
    /// There is no row for this user or any, this schema and this flag.
    NoRow {
        /// The flag at that time.
        flag: i32,
    },
    /// There is a row.
    Row {
        /// The flag at that time.
        flag: i32,
        /// The row's hostgroup.
        hostgroup: i32,
        /// Whether it is the row of all users.
        any_user: bool,
    },
}

impl FastRoutingStep {
    pub(super) fn of(flag: i32, found: Option<(i32, ChosenBy)>) -> Self {
        match found {
            Some((hostgroup, by)) => {
                let any_user = by == ChosenBy::FastRouting { any_user: true };
                FastRoutingStep::Row { flag, hostgroup, any_user }
            }
            None => FastRoutingStep::NoRow { flag },
        }
    }
}
