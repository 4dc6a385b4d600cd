//! A rule, ready to be compared with queries.

use super::attributes::FlagOuts;
use super::effects::Effects;
use super::problem::ProblemKind;
use super::random::Random;
use super::regex::{Match, Regex};
use super::settings::Settings;
use crate::pattern::Modifiers;
use crate::schema::{MysqlQueryRule, Text};

/// A client address this long is refused.
const ADDRESS_LIMIT: usize = 46;

/// A loaded rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: i32,
    pub(super) flag_in: i32,
    pub(super) username: Option<Text>,
    pub(super) schemaname: Option<Text>,
    pub(super) client_addr: Option<Text>,
    pub(super) proxy_addr: Option<Text>,
    pub(super) proxy_port: Option<u16>,
    pub(super) digest: Option<u64>,
    pub(super) match_digest: Option<Regex>,
    pub(super) match_pattern: Option<Regex>,
    pub(super) negate: bool,
    /// What it puts in the place of what `match_pattern` matches.
    pub(super) replacement: Option<Text>,
    flag_out: Option<i32>,
    flag_outs: FlagOuts,
    pub(super) effects: Effects,
    pub(super) apply: bool,
}

/// What a rule is compared with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    pub(super) username: &'a [u8],
    pub(super) schemaname: &'a [u8],
    /// A mirrored query has no client.
    pub(super) client: Option<Client<'a>>,
    pub(super) proxy_port: u16,
    /// The digest of the query as it was sent; none with `query_digests=false`.
    pub(super) digest: Option<(u64, &'a [u8])>,
}

/// The two ends of a client's connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Client<'a> {
    pub(super) addr: &'a [u8],
    pub(super) proxy_addr: &'a [u8],
}

/// A criterion of a rule: the columns that decide whether it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Criterion {
    /// `flagIN`.
    #[cfg_attr(feature = "serde", serde(rename = "flagIN"))]
    FlagIn,
    /// `username`.
    Username,
    /// `schemaname`.
    Schemaname,
    /// `client_addr`.
    ClientAddr,
    /// `proxy_addr`.
    ProxyAddr,
    /// `proxy_port`.
    ProxyPort,
    /// `digest`.
    Digest,
    /// `match_digest`.
    MatchDigest,
    /// `match_pattern`.
    MatchPattern,
}

impl Criterion {
    /// The name of the column.
    pub fn column(self) -> &'static str {
        match self {
            Criterion::FlagIn => "flagIN",
            Criterion::Username => "username",
            Criterion::Schemaname => "schemaname",
            Criterion::ClientAddr => "client_addr",
            Criterion::ProxyAddr => "proxy_addr",
            Criterion::ProxyPort => "proxy_port",
            Criterion::Digest => "digest",
            Criterion::MatchDigest => "match_digest",
            Criterion::MatchPattern => "match_pattern",
        }
    }
}

/// The first criterion of a rule that does not hold; of a regular expression, what it said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failed {
    pub(super) criterion: Criterion,
    pub(super) said: Option<Match>,
}

impl Rule {
    /// Makes a rule ready. Nothing where it is not loaded; what is wrong with it goes to `problems`.
    pub(super) fn new(
        row: &MysqlQueryRule,
        settings: &Settings,
        problems: &mut Vec<ProblemKind>,
    ) -> Option<Self> {
        let client_addr = given(row.client_addr.as_ref());
        if let Some(addr) = &client_addr
            && let Some(problem) = unloadable(addr)
        {
            problems.push(problem);
            return None;
        }
        let modifiers = Modifiers::from_column(row.re_modifiers.as_ref().map(Text::as_bytes));
        let regex = |source: &Text| Regex::new(source, settings.dialect, modifiers);
        let match_pattern = row.match_pattern.as_ref().map(regex);
        // The table takes a replacement only with a pattern.
        let replacement = row.replace_pattern.clone().filter(|_| match_pattern.is_some());
        let rule = Rule {
            id: row.rule_id,
            flag_in: row.flag_in,
            username: given(row.username.as_ref()),
            schemaname: given(row.schemaname.as_ref()),
            client_addr,
            proxy_addr: given(row.proxy_addr.as_ref()),
            proxy_port: row.proxy_port,
            digest: row.digest.as_ref().and_then(|digest| hash(digest.as_bytes())),
            match_digest: row.match_digest.as_ref().filter(|_| settings.digest.is_some()).map(regex),
            match_pattern,
            negate: row.negate_match_pattern,
            replacement,
            flag_out: row.flag_out.filter(|&flag| flag >= 0),
            flag_outs: FlagOuts::parse(row.attributes.as_bytes()),
            effects: Effects::of(row),
            apply: row.apply,
        };
        rule.judge(row, settings, problems);
        Some(rule)
    }

    fn judge(&self, row: &MysqlQueryRule, settings: &Settings, problems: &mut Vec<ProblemKind>) {
        if self.flag_in < 0 {
            problems.push(ProblemKind::NegativeFlagIn);
        }
        if self.proxy_port == Some(0) {
            problems.push(ProblemKind::ProxyPortZero);
        }
        match (&row.digest, self.digest, &settings.digest) {
            (Some(digest), None, _) => problems.push(ProblemKind::DigestIgnored(digest.clone())),
            (Some(_), Some(_), None) => problems.push(ProblemKind::DigestUndefined),
            _ => {}
        }
        if row.match_digest.is_some() && settings.digest.is_none() {
            problems.push(ProblemKind::MatchDigestIgnored);
        }
        let regexes = [("match_digest", &self.match_digest), ("match_pattern", &self.match_pattern)];
        for (column, regex) in regexes {
            if let Some(message) = regex.as_ref().and_then(Regex::error) {
                let (message, negated) = (message.to_owned(), self.negate);
                problems.push(ProblemKind::InvalidRegex { column, message, negated });
            }
        }
    }

    /// Compares all criteria, in ProxySQL's order. `text` is the query up to its first NUL.
    pub(super) fn check(&self, flag: i32, facts: &Facts<'_>, text: &[u8]) -> Result<(), Failed> {
        self.check_before_pattern(flag, facts)?;
        match &self.match_pattern {
            Some(regex) => self.check_regex(Criterion::MatchPattern, regex, text),
            None => Ok(()),
        }
    }

    /// Whether it comes to the pattern: there is one, and all other criteria hold.
    #[cfg(feature = "replay")]
    pub(super) fn asks_pattern(&self, flag: i32, facts: &Facts<'_>) -> bool {
        self.match_pattern.is_some() && self.check_before_pattern(flag, facts).is_ok()
    }

    fn check_before_pattern(&self, flag: i32, facts: &Facts<'_>) -> Result<(), Failed> {
        let failed = |criterion| Failed { criterion, said: None };
        if self.flag_in != flag {
            return Err(failed(Criterion::FlagIn));
        }
        self.check_session(facts).map_err(failed)?;
        if let Some(wanted) = self.digest
            && facts.digest.is_none_or(|(hash, _)| hash != wanted)
        {
            return Err(failed(Criterion::Digest));
        }
        if let (Some(regex), Some((_, digest_text))) = (&self.match_digest, facts.digest) {
            self.check_regex(Criterion::MatchDigest, regex, digest_text)?;
        }
        Ok(())
    }

    fn check_session(&self, facts: &Facts<'_>) -> Result<(), Criterion> {
        let holds = |wanted: &Option<Text>, found: &[u8]| {
            wanted.as_ref().is_none_or(|wanted| wanted.as_bytes() == found)
        };
        if !holds(&self.username, facts.username) {
            return Err(Criterion::Username);
        }
        if !holds(&self.schemaname, facts.schemaname) {
            return Err(Criterion::Schemaname);
        }
        if let Some(client) = facts.client {
            if self.client_addr.as_ref().is_some_and(|wanted| !is_address(wanted, client.addr)) {
                return Err(Criterion::ClientAddr);
            }
            if !holds(&self.proxy_addr, client.proxy_addr) {
                return Err(Criterion::ProxyAddr);
            }
        }
        if self.proxy_port.is_some_and(|wanted| wanted != facts.proxy_port) {
            return Err(Criterion::ProxyPort);
        }
        Ok(())
    }

    fn check_regex(&self, criterion: Criterion, regex: &Regex, text: &[u8]) -> Result<(), Failed> {
        let said = regex.matches(text);
        if (said == Match::Yes) == self.negate {
            return Err(Failed { criterion, said: Some(said) });
        }
        Ok(())
    }

    /// The flag that a match sets.
    pub(super) fn next_flag(&self, random: &mut dyn Random) -> Option<i32> {
        self.flag_out.or_else(|| self.flag_outs.pick(random))
    }

    /// Among how many weighted flags a match picks one.
    pub(super) fn flag_choices(&self) -> usize {
        if self.flag_out.is_none() && self.flag_outs.is_some() { self.flag_outs.choices() } else { 0 }
    }
}

/// A criterion that is not empty.
fn given(text: Option<&Text>) -> Option<Text> {
    text.filter(|text| !text.is_empty()).cloned()
}

fn unloadable(addr: &Text) -> Option<ProblemKind> {
    let bytes = addr.as_bytes();
    let wildcard = memchr::memchr(b'%', bytes);
    if wildcard.is_some_and(|at| at + 1 < bytes.len()) {
        return Some(ProblemKind::ClientAddrWildcard(addr.clone()));
    }
    (bytes.len() >= ADDRESS_LIMIT).then(|| ProblemKind::ClientAddrTooLong(addr.clone()))
}

fn is_address(wanted: &Text, addr: &[u8]) -> bool {
    match wanted.as_bytes() {
        [prefix @ .., b'%'] => addr.starts_with(prefix),
        whole => addr == whole,
    }
}

/// The hash that a text names, read as C's `strtoull` reads a number of any base. None where it is 0 or
/// all ones: the column is then no criterion.
fn hash(text: &[u8]) -> Option<u64> {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | 9..=13)).count();
    let (negative, rest) = match &text[blanks..] {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (base, digits) = match rest {
        [b'0', b'x' | b'X', digits @ ..] => (16, digits),
        [b'0', digits @ ..] => (8, digits),
        digits => (10, digits),
    };
    let mut number: Option<u64> = Some(0);
    for digit in digits.iter().map_while(|&byte| char::from(byte).to_digit(base)) {
        let shifted = number.and_then(|number| number.checked_mul(base.into()));
        number = shifted.and_then(|number| number.checked_add(digit.into()));
    }
    let number = number.map_or(u64::MAX, |number| if negative { number.wrapping_neg() } else { number });
    (number != 0 && number != u64::MAX).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_like_a_number_of_c() {
        for (text, number) in [
            ("0x1C46AE529DD5A40E", 0x1C46_AE52_9DD5_A40E),
            ("0X1c46ae529dd5a40e", 0x1C46_AE52_9DD5_A40E),
            ("1C46AE529DD5A40E", 1),
            (" \t12 3", 12),
            ("017", 15),
            ("08", 0),
            ("zz", 0),
            ("", 0),
            ("0x0", 0),
            ("-1", 0),
            ("-2", u64::MAX - 1),
            ("0x1FFFFFFFFFFFFFFFF", 0),
            ("18446744073709551616", 0),
            ("-18446744073709551616", 0),
        ] {
            assert_eq!(hash(text.as_bytes()).unwrap_or(0), number, "{text}");
        }
    }

    #[test]
    fn a_wildcard_stands_at_the_end() {
        for (addr, loads) in
            [("127.0.0.%", true), ("%", true), ("%%", false), ("127.%.1", false), ("%1", false)]
        {
            assert_eq!(unloadable(&addr.into()).is_none(), loads, "{addr}");
        }
        assert!(unloadable(&"1".repeat(45).into()).is_none());
        assert!(unloadable(&"1".repeat(46).into()).is_some());
        assert!(is_address(&"127.%".into(), b"127.0.0.1") && is_address(&"%".into(), b""));
        assert!(!is_address(&"127.0.0.1".into(), b"127.0.0.11"));
    }
}
