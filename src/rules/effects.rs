//! What rules set for a query: the columns that take effect on a match, once.

use std::fmt;

use crate::schema::{Multiplex, MysqlQueryRule, Text};

/// Declares the columns: the struct that holds them, what it takes from a rule, and how one is laid over
/// another.
macro_rules! effects {
    ($( $(#[doc = $doc:literal])+ $name:ident $(($column:literal))?: $type:ty; )+) => {
        /// What rules set, column by column; `None` where nothing does.
        ///
        /// A later match overrides an earlier one in the columns that it sets. A negative number is as NULL.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        #[non_exhaustive]
        pub struct Effects {
            $(
                $(#[doc = $doc])+
                $(#[cfg_attr(feature = "serde", serde(rename = $column))])?
                #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
                pub $name: Option<$type>,
            )+
        }

        impl Effects {
            /// The names of all columns.
            pub const COLUMNS: &[&'static str] = &[$(effects!(@name $name $($column)?)),+];

            /// What a rule sets.
            pub(super) fn of(rule: &MysqlQueryRule) -> Self {
                Effects { $($name: Column::effect(&rule.$name),)+ }
            }

            /// Lays what a later match sets over this.
            pub(super) fn overlay(&mut self, later: &Effects) {
                $(
                    if later.$name.is_some() {
                        self.$name.clone_from(&later.$name);
                    }
                )+
            }

            /// The columns that are set, under ProxySQL's names.
            pub fn columns(&self) -> impl Iterator<Item = (&'static str, Value)> {
                let all = [
                    $((effects!(@name $name $($column)?), self.$name.as_ref().map(Value::from)),)+
                ];
                all.into_iter().filter_map(|(name, value)| Some((name, value?)))
            }
        }
    };
    (@name $name:ident) => { stringify!($name) };
    (@name $name:ident $column:literal) => { $column };
}

effects! {
    /// The hostgroup that the query is sent to.
    destination_hostgroup: i32;
    /// The flag from which a mirrored copy walks the rules.
    mirror_flag_out("mirror_flagOUT"): i32;
    /// The hostgroup of a mirrored copy.
    mirror_hostgroup: i32;
    /// The flag with which the session's next query starts; the session takes it over only when this query
    /// is sent.
    next_query_flag_in("next_query_flagIN"): i32;
    /// An error that the client gets in place of an answer.
    error_msg: Text;
    /// The text of an OK that the client gets in place of an answer; it wins over `error_msg`.
    ok_msg("OK_msg"): Text;
    /// How long the result stays in the query cache, in milliseconds; 0, by a hint, does not cache it.
    cache_ttl: i32;
    /// Whether empty results are cached. In 2.7.1, false caches nothing.
    cache_empty_result: bool;
    /// Without effect in 2.7.1.
    cache_timeout: i32;
    /// Without effect in 2.7.1.
    reconnect: bool;
    /// Run time after which the query is killed, in milliseconds.
    timeout: i32;
    /// How many times the query is run again after a lost connection.
    retries: i32;
    /// Delay before the query is run, in milliseconds.
    delay: i32;
    /// Without effect in 2.7.1.
    sticky_conn: bool;
    /// Whether the connection is kept for the session.
    multiplex: Multiplex;
    /// The hostgroup whose last GTID the server must have executed.
    gtid_from_hostgroup: i32;
    /// Whether the query is written to the query log.
    log: bool;
    /// The attributes of a rule, a JSON object.
    attributes: Text;
}

/// A value of a column, as the table has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(untagged))]
#[non_exhaustive]
pub enum Value {
    /// A number; a flag is 0 or 1.
    Int(i64),
    /// A text.
    Text(Text),
}

/// A number as it is, a text in quotes.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Int(number) => number.fmt(f),
            Value::Text(text) => write!(f, "{text:?}"),
        }
    }
}

/// A column of the table.
trait Column<E> {
    /// What it sets.
    fn effect(&self) -> Option<E>;
}

impl Column<i32> for Option<i32> {
    fn effect(&self) -> Option<i32> {
        self.filter(|&number| number >= 0)
    }
}

impl Column<bool> for Option<bool> {
    fn effect(&self) -> Option<bool> {
        *self
    }
}

impl Column<Multiplex> for Option<Multiplex> {
    fn effect(&self) -> Option<Multiplex> {
        *self
    }
}

impl Column<Text> for Option<Text> {
    fn effect(&self) -> Option<Text> {
        self.clone()
    }
}

/// A text that is empty where there is none.
impl Column<Text> for Text {
    fn effect(&self) -> Option<Text> {
        (!self.is_empty()).then(|| self.clone())
    }
}

impl From<&i32> for Value {
    fn from(number: &i32) -> Self {
        Value::Int((*number).into())
    }
}

impl From<&bool> for Value {
    fn from(flag: &bool) -> Self {
        Value::Int((*flag).into())
    }
}

impl From<&Multiplex> for Value {
    fn from(multiplex: &Multiplex) -> Self {
        Value::Int(match multiplex {
            Multiplex::Disabled => 0,
            Multiplex::Enabled => 1,
            Multiplex::Unchanged => 2,
        })
    }
}

impl From<&Text> for Value {
    fn from(text: &Text) -> Self {
        Value::Text(text.clone())
    }
}
