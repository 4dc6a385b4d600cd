//! Values that only scenarios have: lengths of time, dates, nodes, modules, links.

use std::ops::Range;

use toml::de::DeValue;

use super::super::scenario::{Link, Millis, Scenario};
use super::super::show::Seconds;
use crate::cluster::ModuleKind;
use crate::schema::closest;
use crate::toml_fields::{self, Fields, Problems};

/// Fields by what scenarios mean by them.
pub(super) trait Values {
    /// `"1m30s"`.
    fn duration(self, name: &str, problems: &mut Problems) -> Option<Millis>;
    /// The same, within the run.
    fn moment(self, name: &str, scenario: &Scenario, problems: &mut Problems) -> Option<Millis>;
    /// `"+90s"`, `"-1h"`, in milliseconds.
    fn offset(self, name: &str, problems: &mut Problems) -> Option<i64>;
    /// `"2019-08-01 19:06:16"`, in seconds since 1970.
    fn date(self, name: &str, problems: &mut Problems) -> Option<u64>;
    /// `true` or `false`.
    fn flag(self, name: &str, problems: &mut Problems) -> Option<bool>;
    /// A module of the cluster.
    fn module(self, name: &str, problems: &mut Problems) -> Option<&'static str>;
    /// One node, several, or `"all"`.
    fn nodes(self, name: &str, scenario: &Scenario, problems: &mut Problems) -> Vec<usize>;
}

impl Values for Fields<'_> {
    fn duration(self, name: &str, problems: &mut Problems) -> Option<Millis> {
        let text = self.text(name, problems)?;
        let length = millis(text);
        if length.is_none() {
            let place = self.place(name);
            problems.tell(
                place,
                format!("`{text}` is no length of time: write \"500ms\", \"10s\", \"1m30s\", \"2h\""),
            );
        }
        length
    }

    fn moment(self, name: &str, scenario: &Scenario, problems: &mut Problems) -> Option<Millis> {
        let moment = self.duration(name, problems)?;
        if moment > scenario.duration {
            let (text, end) = (self.text(name, problems).unwrap_or_default(), Seconds(scenario.duration));
            problems.tell(self.place(name), format!("`{text}` is after the end: `duration` is {end}"));
        }
        Some(moment)
    }

    fn offset(self, name: &str, problems: &mut Problems) -> Option<i64> {
        let text = self.text(name, problems)?;
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let offset = millis(rest).and_then(|millis| i64::try_from(millis).ok());
        if offset.is_none() {
            let place = self.place(name);
            problems.tell(place, format!("`{text}` is no difference of clocks: write \"+90s\" or \"-1h\""));
        }
        offset.map(|offset| sign * offset)
    }

    fn date(self, name: &str, problems: &mut Problems) -> Option<u64> {
        let text = self.text(name, problems)?;
        let date = seconds(text);
        if date.is_none() {
            let place = self.place(name);
            problems.tell(place, format!("`{text}` is no date: write \"2019-08-01 19:06:16\" (UTC)"));
        }
        date
    }

    fn flag(self, name: &str, problems: &mut Problems) -> Option<bool> {
        let value = self.get(name)?;
        match value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            other => {
                let kind = toml_fields::kind(other);
                problems.tell(value.span(), format!("`{name}` is true or false, not {kind}"));
                None
            }
        }
    }

    fn module(self, name: &str, problems: &mut Problems) -> Option<&'static str> {
        let text = self.text(name, problems)?;
        module(text, self.place(name), problems)
    }

    fn nodes(self, name: &str, scenario: &Scenario, problems: &mut Problems) -> Vec<usize> {
        let mut nodes = Vec::new();
        for (text, place) in self.texts(name, problems) {
            nodes.extend(known_nodes(text, place, scenario, problems));
        }
        nodes
    }
}

/// A name without the port.
fn host(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(host, _)| host)
}

/// A module of the cluster by its name.
pub(super) fn module(text: &str, place: Range<usize>, problems: &mut Problems) -> Option<&'static str> {
    let found = ModuleKind::from_name(text).map(ModuleKind::name);
    if found.is_none() {
        let names = ModuleKind::ALL.map(ModuleKind::name);
        let hint = match closest(text, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are {}", names.join(", ")),
        };
        problems.tell(place, format!("there is no module `{text}`: {hint}"));
    }
    found
}

/// The nodes of a name: the whole one, or without port, or without port and domain; `all`.
pub(super) fn node(text: &str, scenario: &Scenario) -> Option<Vec<usize>> {
    if text == "all" {
        return Some((0..scenario.nodes.len()).collect());
    }
    let short = |name: &str| {
        let host = name.rsplit_once(':').map_or(name, |(host, _)| host).to_owned();
        host == text || host.split('.').next() == Some(text)
    };
    let names = || scenario.nodes.iter().map(|node| &*node.name);
    let whole = names().position(|name| name == text);
    whole.or_else(|| names().position(short)).map(|node| vec![node])
}

/// The same, and a word on a name that there is not.
pub(super) fn known_nodes(
    text: &str,
    place: Range<usize>,
    scenario: &Scenario,
    problems: &mut Problems,
) -> Vec<usize> {
    node(text, scenario).unwrap_or_else(|| {
        let hint = closest(text, scenario.nodes.iter().map(|node| host(&node.name)))
            .map(|near| format!(": did you mean `{near}`?"));
        problems.tell(place, format!("there is no node `{text}`{}", hint.unwrap_or_default()));
        Vec::new()
    })
}

/// The fields of a link that are said; the others are as they were.
pub(super) fn link(fields: Fields<'_>, usual: Link, problems: &mut Problems) -> Link {
    let mut link = usual;
    let micros = |name: &str, problems: &mut Problems| {
        let text = fields.text(name, problems)?;
        let micros = micros(text).and_then(|micros| u32::try_from(micros).ok());
        if micros.is_none() {
            let place = fields.place(name);
            problems.tell(place, format!("`{text}` is no delay: write \"500us\", \"2ms\", \"1s\""));
        }
        micros
    };
    link.delay_us = micros("delay", problems).unwrap_or(link.delay_us);
    link.jitter_us = micros("jitter", problems).unwrap_or(link.jitter_us);
    if let Some(value) = fields.get("loss") {
        let part = match value.get_ref() {
            DeValue::Float(number) => number.as_str().parse::<f64>().ok(),
            DeValue::Integer(number) => number.as_str().parse::<f64>().ok(),
            _ => None,
        };
        match part.filter(|part| (0.0..=1.0).contains(part)) {
            // From 0 to a million.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            Some(part) => link.loss = (part * 1e6).round() as u32,
            None => problems.tell(value.span(), "`loss` is a part of all queries, from 0.0 to 1.0"),
        }
    }
    link
}

fn millis(text: &str) -> Option<Millis> {
    micros(text).map(|micros| micros / 1_000)
}

/// `1m30s`, `1.5s`, `500us`, in microseconds.
fn micros(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut sum = 0_u64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(end);
        let end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let unit = match unit.trim() {
            "us" => 1_u64,
            "ms" => 1_000,
            "s" => 1_000_000,
            "m" | "min" => 60_000_000,
            "h" => 3_600_000_000,
            "d" => 86_400_000_000,
            _ => return None,
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        sum = sum.checked_add(whole.parse::<u64>().ok()?.checked_mul(unit)?)?;
        if !part.is_empty() {
            let digits = u32::try_from(part.len()).ok().filter(|digits| *digits <= 6)?;
            sum = sum.checked_add(part.parse::<u64>().ok()? * unit / 10_u64.pow(digits))?;
        }
        rest = tail;
    }
    Some(sum)
}

/// `YYYY-MM-DD HH:MM:SS`, in seconds since 1970.
fn seconds(text: &str) -> Option<u64> {
    let (date, time) = text.trim_end_matches('Z').split_once([' ', 'T'])?;
    let three = |text: &str, mark: char| -> Option<[u64; 3]> {
        let numbers: Option<Vec<u64>> =
            text.split(mark).map(|part| part.parse().ok().filter(|number| *number < 10_000)).collect();
        numbers?.try_into().ok()
    };
    let ([year, month, day], [hour, minute, second]) = (three(date, '-')?, three(time, ':')?);
    if year < 1970
        || !(1..=12).contains(&month)
        || !(1..=31).contains(&day)
        || hour > 23
        || minute > 59
        || second > 60
    {
        return None;
    }
    // A year that begins in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    Some((days - 719_468) * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Date;

    #[test]
    fn lengths_of_time() {
        for (text, expected) in [
            ("10s", Some(10_000_000)),
            ("1m30s", Some(90_000_000)),
            ("1.5s", Some(1_500_000)),
            ("250us", Some(250)),
            ("2h", Some(7_200_000_000)),
            ("10", None),
            ("", None),
            ("s", None),
            ("1x", None),
            ("99999999999999999999s", None),
            ("9999999999999999d", None),
        ] {
            assert_eq!(micros(text), expected, "{text}");
        }
    }

    #[test]
    fn dates_go_both_ways() {
        for text in
            ["1970-01-01 00:00:00", "2019-08-01 19:06:16", "2024-02-29 23:59:59", "2000-03-01 00:00:00"]
        {
            assert_eq!(seconds(text).map(|second| Date(second).to_string()).as_deref(), Some(text));
        }
        assert!(
            ["2019-08-01", "2019-13-01 00:00:00", "1969-01-01 00:00:00", "x y"]
                .iter()
                .all(|text| seconds(text).is_none())
        );
    }
}
