//! Where queries go, as far as it is counted.

use std::fmt;

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use crate::rules::ChosenBy;

/// Where a query goes, and who said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Destination {
    /// To a hostgroup.
    Hostgroup {
        /// The hostgroup.
        hostgroup: i32,
        /// Who chose it.
        chosen_by: ChosenBy,
    },
    /// Nowhere: the client gets an OK with the `OK_msg` of a rule.
    Ok {
        /// The rule.
        rule: i32,
    },
    /// Nowhere: the client gets an error with the `error_msg` of a rule.
    Error {
        /// The rule.
        rule: i32,
    },
}

impl Destination {
    /// The hostgroup; nothing for what the client is answered at once.
    pub fn hostgroup(self) -> Option<i32> {
        match self {
            Destination::Hostgroup { hostgroup, .. } => Some(hostgroup),
            Destination::Ok { .. } | Destination::Error { .. } => None,
        }
    }

    /// Whether both are the same for the client: the same hostgroup, or an OK, or an error, whoever said so.
    pub fn is_same_place(self, other: Self) -> bool {
        match (self, other) {
            (Destination::Ok { .. }, Destination::Ok { .. }) => true,
            (Destination::Error { .. }, Destination::Error { .. }) => true,
            _ => self.hostgroup().is_some() && self.hostgroup() == other.hostgroup(),
        }
    }

    /// The place alone, in words.
    pub(super) fn what(self) -> String {
        match self {
            Destination::Hostgroup { hostgroup, .. } => format!("hostgroup {hostgroup}"),
            Destination::Ok { .. } => "an OK at once".to_owned(),
            Destination::Error { .. } => "an error at once".to_owned(),
        }
    }

    /// Who said so, in words.
    pub(super) fn who(self) -> String {
        match self {
            Destination::Hostgroup { chosen_by, .. } => chosen_by.to_string(),
            Destination::Ok { rule } | Destination::Error { rule } => format!("rule {rule}"),
        }
    }
}

/// `{"hostgroup": 20, "chosen_by": {"rule": 200}}`, or `{"answer": "error", "chosen_by": {"rule": 7}}`.
impl Serialize for Destination {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Destination", 2)?;
        let by = match *self {
            Destination::Hostgroup { hostgroup, chosen_by } => {
                fields.serialize_field("hostgroup", &hostgroup)?;
                chosen_by
            }
            Destination::Ok { rule } => {
                fields.serialize_field("answer", "ok")?;
                ChosenBy::Rule(rule)
            }
            Destination::Error { rule } => {
                fields.serialize_field("answer", "error")?;
                ChosenBy::Rule(rule)
            }
        };
        fields.serialize_field("chosen_by", &by)?;
        fields.end()
    }
}

/// The place, and who said so: `hostgroup 20 by rule 200`.
impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {}", self.what(), self.who())
    }
}
