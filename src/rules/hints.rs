//! Hints: what a query's first comment asks for.

use super::effects::{Effects, Value};
use crate::schema::{Text, atoi};

/// The longest lag that a hint can ask for, in milliseconds.
const MOST_LAG_MS: i32 = 600_000;

/// What the first `/* comment */` of a query asks for; `None` where it does not.
///
/// It is split at `;`, each part at `=`. Of a name that comes twice the last one counts. Numbers count if
/// they begin with a digit.
///
/// ```
/// use proxysql_kit::rules::Hints;
///
/// let hints = Hints::parse(b" hostgroup = 7; Cache_TTL=500; min_gtid=11111111-2222:5 ");
/// assert_eq!(hints.hostgroup, Some(7));
/// assert_eq!(hints.cache_ttl, Some(500));
/// assert_eq!(hints.min_gtid.unwrap(), "11111111-2222:5");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Hints {
    /// The destination. A negative one, which is what 4294967295 is, stands for the user's default
    /// hostgroup, even against a rule.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub hostgroup: Option<i32>,
    /// The hostgroup of a mirrored copy. A negative one takes mirroring to a hostgroup back.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub mirror: Option<i32>,
    /// How long the result stays in the query cache, in milliseconds; 0 does not cache it.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub cache_ttl: Option<i32>,
    /// Delay before the query is run, in milliseconds.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub query_delay: Option<i32>,
    /// How many times the query is run again after a lost connection.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub query_retries: Option<i32>,
    /// Run time after which the query is killed, in milliseconds.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub query_timeout: Option<i32>,
    /// How far the server may lag, in milliseconds, up to 600000.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub max_lag_ms: Option<i32>,
    /// The server must be as far as this time, in milliseconds since 1970. ProxySQL makes a `max_lag_ms` of
    /// it by its clock; here it stands as it was given.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub min_epoch_ms: Option<i64>,
    /// The GTID that the server must have executed, `UUID:NUMBER`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub min_gtid: Option<Text>,
    /// Whether a new connection is to be made; only the value 1 asks for it.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "std::ops::Not::not"))]
    pub create_new_connection: bool,
}

impl Hints {
    /// Reads the text of a first comment, as a [`digest`](crate::digest) gives it.
    pub fn parse(comment: &[u8]) -> Self {
        let mut hints = Hints::default();
        for part in comment.split(|&byte| byte == b';') {
            let mut fields = part.split(|&byte| byte == b'=').filter(|field| !field.is_empty());
            if let (Some(name), Some(value)) = (fields.next(), fields.next()) {
                hints.set(&words(name), &words(value));
            }
        }
        hints
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Hints::default()
    }

    /// What is asked for, by name.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let number = |name, value: Option<i32>| (name, value.map(|value| Value::Int(value.into())));
        let all = [
            number("hostgroup", self.hostgroup),
            number("mirror", self.mirror),
            number("cache_ttl", self.cache_ttl),
            number("query_delay", self.query_delay),
            number("query_retries", self.query_retries),
            number("query_timeout", self.query_timeout),
            number("max_lag_ms", self.max_lag_ms),
            ("min_epoch_ms", self.min_epoch_ms.map(Value::Int)),
            ("min_gtid", self.min_gtid.clone().map(Value::Text)),
            ("create_new_connection", self.create_new_connection.then_some(Value::Int(1))),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    fn set(&mut self, name: &[u8], value: &[u8]) {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        let number = value.first().filter(|first| first.is_ascii_digit()).map(|_| atoi(value));
        // Numbers over 31 bits wrap, and act as NULL when they come out negative.
        let slot = if is("hostgroup") {
            &mut self.hostgroup
        } else if is("mirror") {
            &mut self.mirror
        } else if is("cache_ttl") {
            &mut self.cache_ttl
        } else if is("query_delay") {
            &mut self.query_delay
        } else if is("query_retries") {
            &mut self.query_retries
        } else if is("query_timeout") {
            &mut self.query_timeout
        } else {
            return self.set_other(&is, number, value);
        };
        *slot = number.or(*slot);
    }

    fn set_other(&mut self, is: &dyn Fn(&str) -> bool, number: Option<i32>, value: &[u8]) {
        if is("max_lag_ms") {
            let lag = number.filter(|lag| (0..=MOST_LAG_MS).contains(lag));
            self.max_lag_ms = lag.or(self.max_lag_ms);
        } else if is("min_epoch_ms") && number.is_some() {
            self.min_epoch_ms = Some(leading_digits(value));
        } else if is("min_gtid") && is_gtid(value) {
            self.min_gtid = Some(value.into());
        } else if is("create_new_connection") && atoi(value) == 1 {
            self.create_new_connection = true;
        }
    }

    /// Lays what is asked for over what the rules set.
    pub(super) fn overlay(&self, effects: &mut Effects) {
        let pairs = [
            (self.hostgroup, &mut effects.destination_hostgroup),
            (self.mirror, &mut effects.mirror_hostgroup),
            (self.cache_ttl, &mut effects.cache_ttl),
            (self.query_delay, &mut effects.delay),
            (self.query_retries, &mut effects.retries),
            (self.query_timeout, &mut effects.timeout),
        ];
        for (asked, effect) in pairs {
            if let Some(number) = asked {
                *effect = (number >= 0).then_some(number);
            }
        }
    }
}

/// The digits in front; the largest number where they are more.
fn leading_digits(value: &[u8]) -> i64 {
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |sum: i64, digit| sum.saturating_mul(10).saturating_add(i64::from(digit - b'0')))
}

/// Something, the first colon, and something.
fn is_gtid(value: &[u8]) -> bool {
    memchr::memchr(b':', value).is_some_and(|colon| colon > 0 && colon + 1 < value.len())
}

/// A text without blanks around it, each run of blanks within it as one space.
fn words(text: &[u8]) -> Vec<u8> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | 9..=13);
    let words: Vec<_> = text.split(is_blank).filter(|word| !word.is_empty()).collect();
    words.join(&b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hostgroup(comment: &str) -> Option<i32> {
        Hints::parse(comment.as_bytes()).hostgroup
    }

    #[test]
    fn a_hostgroup_in_all_spellings() {
        for comment in [
            "hostgroup=7",
            " HostGroup = 7x ; ",
            "==hostgroup==7=8",
            "a;;hostgroup=1;hostgroup=4294967303",
            "hostgroup\u{b}=\u{c}7",
        ] {
            assert_eq!(hostgroup(comment), Some(7), "{comment}");
        }
        for comment in
            ["hostgroup", "hostgroup=", "hostgroup=x7", "hostgroup=-1", "host group=7", "a=b,hostgroup=7"]
        {
            assert_eq!(hostgroup(comment), None, "{comment}");
        }
        assert_eq!(hostgroup("hostgroup=4294967295"), Some(-1));
        // A value that is none leaves what was there.
        assert_eq!(hostgroup("hostgroup=3;hostgroup=x"), Some(3));
    }

    #[test]
    fn a_negative_number_undoes_what_rules_set() {
        let mut effects = Effects { destination_hostgroup: Some(5), ..Effects::default() };
        Hints::parse(b"hostgroup=4294967295;query_timeout=0").overlay(&mut effects);
        assert_eq!(effects.destination_hostgroup, None);
        assert_eq!(effects.timeout, Some(0));
    }

    #[test]
    fn lag_has_a_limit() {
        assert_eq!(Hints::parse(b"max_lag_ms=600000").max_lag_ms, Some(600_000));
        assert_eq!(Hints::parse(b"max_lag_ms=600001").max_lag_ms, None);
    }

    #[test]
    fn a_new_connection_is_asked_for_with_1() {
        for (comment, asked) in [("=1", true), ("= +1 ", true), ("=1x", true), ("=2", false), ("=", false)] {
            let comment = format!("create_new_connection{comment}");
            assert_eq!(Hints::parse(comment.as_bytes()).create_new_connection, asked, "{comment}");
        }
    }

    #[test]
    fn a_gtid_has_two_sides() {
        for (value, gtid) in [
            ("a:1", Some("a:1")),
            (" a  b:1\u{b}", Some("a b:1")),
            ("ab:", None),
            (":ab", None),
            ("ab1", None),
        ] {
            let hints = Hints::parse(format!("min_gtid={value}").as_bytes());
            assert_eq!(hints.min_gtid, gtid.map(Text::from), "{value}");
        }
    }
}
