//! The answer: where a query goes.

use std::borrow::Cow;
use std::fmt;

use super::effects::Effects;
use super::hints::Hints;
use crate::digest::Digest;
use crate::schema::Text;

/// Where a query goes, and what else rules and hints say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Route<'q> {
    /// The hostgroup that the query is sent to, unless there is an [`answer`](Self::answer).
    pub hostgroup: i32,
    /// Who chose it.
    pub chosen_by: ChosenBy,
    /// The hostgroup of queries that nothing else sends anywhere: the session's or the user's. 0 where
    /// nobody knows the user.
    pub default_hostgroup: i32,
    /// The text that is sent. It is the client's unless a rule rewrote it.
    #[cfg_attr(feature = "serde", serde(serialize_with = "super::json::bytes"))]
    pub query: Cow<'q, [u8]>,
    /// What rules, fast routing and hints set, column by column. `next_query_flag_in` is the session's next
    /// [`flag_in`](super::Session::flag_in) if, and only if, the query is sent.
    pub effects: Effects,
    /// What the query's first comment asks for; all of it is in `effects` already as far as there is a column.
    pub hints: Hints,
    /// The rules that matched, by `rule_id`, in order. A rule that matched again after a restart stands here
    /// again.
    pub matched: Vec<i32>,
    /// The flag at the end of the walk.
    pub flag: i32,
    /// The digest of the query as it came; `None` with `mysql-query_digests=false`.
    #[cfg_attr(feature = "serde", serde(serialize_with = "super::json::digest"))]
    pub digest: Option<Digest>,
    /// The copy that is sent elsewhere. There is none of a query that gets an [`answer`](Self::answer).
    pub mirror: Option<Box<MirrorRoute>>,
}

impl Route<'_> {
    /// What the client gets in place of the query's result.
    pub fn answer(&self) -> Option<Answer<'_>> {
        Answer::of(&self.effects)
    }

    /// The follow-up flag of the session after this query.
    pub fn next_flag_in(&self, flag_in: i32) -> i32 {
        if self.answer().is_some() { flag_in } else { self.effects.next_query_flag_in.unwrap_or(flag_in) }
    }

    /// All rules that count a hit: those that matched the query, then those that matched its mirrored copy.
    pub fn hits(&self) -> impl Iterator<Item = i32> {
        let mirrored = self.mirror.as_ref().map_or(&[][..], |mirror| &mirror.matched);
        self.matched.iter().chain(mirrored).copied()
    }

    /// The same without borrowing the query.
    pub fn into_owned(self) -> Route<'static> {
        Route { query: Cow::Owned(self.query.into_owned()), ..self }
    }
}

/// Where the mirrored copy of a query goes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct MirrorRoute {
    /// The hostgroup that the copy is sent to, unless rules stop it with an [`answer`](Self::answer).
    pub hostgroup: i32,
    /// Who chose it.
    pub chosen_by: ChosenBy,
    /// The text that is sent.
    #[cfg_attr(feature = "serde", serde(serialize_with = "super::json::bytes"))]
    pub query: Cow<'static, [u8]>,
    /// What the rules of its own walk set.
    pub effects: Effects,
    /// The rules that matched in its own walk. Without a `mirror_flagOUT` there is none.
    pub matched: Vec<i32>,
    /// The flag at the end of its walk.
    pub flag: i32,
}

impl MirrorRoute {
    /// Why the copy is not sent, if so.
    pub fn answer(&self) -> Option<Answer<'_>> {
        Answer::of(&self.effects)
    }
}

/// What is said in place of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum Answer<'a> {
    /// An OK with this text (`OK_msg`), which may be empty.
    Ok(&'a Text),
    /// Error 1148, SQLSTATE 42000, with this text (`error_msg`).
    Error(&'a Text),
}

impl<'a> Answer<'a> {
    fn of(effects: &'a Effects) -> Option<Self> {
        let ok = effects.ok_msg.as_ref().map(Answer::Ok);
        ok.or_else(|| effects.error_msg.as_ref().map(Answer::Error))
    }
}

/// Who chose a hostgroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ChosenBy {
    /// Nobody: it is the user's default.
    UserDefault,
    /// Nobody, and nobody knows the user either: hostgroup 0.
    UnknownUser,
    /// The rule with this `rule_id`.
    Rule(i32),
    /// A row of `mysql_query_rules_fast_routing`.
    FastRouting {
        /// Whether it is the row of all users.
        any_user: bool,
    },
    /// A hint in the query's first comment.
    Hint,
    /// Of a mirrored copy: what `mirror_hostgroup` said for the query.
    MirrorHostgroup,
}

impl fmt::Display for ChosenBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChosenBy::UserDefault => f.write_str("the user's default"),
            ChosenBy::UnknownUser => f.write_str("nobody (the user is unknown)"),
            ChosenBy::Rule(id) => write!(f, "rule {id}"),
            ChosenBy::FastRouting { any_user: false } => f.write_str("fast routing"),
            ChosenBy::FastRouting { any_user: true } => f.write_str("fast routing of any user"),
            ChosenBy::Hint => f.write_str("a hint"),
            ChosenBy::MirrorHostgroup => f.write_str("mirror_hostgroup"),
        }
    }
}
