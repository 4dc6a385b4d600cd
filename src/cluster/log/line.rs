//! A line of a log: date, source position, level and text.

use crate::cluster::Date;
use crate::config::Level;

/// A line of ProxySQL's log, taken apart: `YYYY-MM-DD HH:MM:SS FILE:LINE:FUNCTION(): [LEVEL] TEXT`.
///
/// What log collectors put before it is kept apart: `kubectl logs --prefix`, `docker compose logs`, timestamps.
///
/// ```
/// use proxysql_kit::cluster::LogLine;
/// use proxysql_kit::config::Level;
///
/// let line = LogLine::parse("[pod/proxysql-0/proxysql] 2019-08-01 19:06:18 [INFO] Cluster: hello").unwrap();
/// assert_eq!((line.prefix, line.date, line.level), ("[pod/proxysql-0/proxysql]", "2019-08-01 19:06:18", Level::Info));
/// assert_eq!(line.text, "Cluster: hello");
/// assert_eq!(line.seconds(), 1_564_686_378);
/// assert!(LogLine::parse("Standard ProxySQL Admin rev. 2.0.6").is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogLine<'t> {
    /// What stands before the date; may tell the node.
    pub prefix: &'t str,
    /// `YYYY-MM-DD HH:MM:SS`, in the node's local time.
    pub date: &'t str,
    /// `FILE:LINE:FUNCTION()`, which warnings and errors have.
    pub source: Option<&'t str>,
    /// How grave it is.
    pub level: Level,
    /// The rest.
    pub text: &'t str,
}

/// `YYYY-MM-DD HH:MM:SS`.
const DATE: usize = 19;

impl<'t> LogLine<'t> {
    /// Takes a line apart; `None` where it is none, such as the second line of a message, or what other programs
    /// say.
    pub fn parse(line: &'t str) -> Option<Self> {
        let line = line.trim_end_matches(['\n', '\r']);
        let at = (0..line.len().checked_sub(DATE)?).find(|&at| starts_with_date(&line.as_bytes()[at..]))?;
        let (prefix, rest) = line.split_at_checked(at)?;
        let (date, rest) = rest.split_at_checked(DATE)?;
        let rest = rest.strip_prefix(' ')?;
        let (source, rest) = match rest.strip_prefix('[') {
            Some(rest) => (None, rest),
            None => rest.split_once(": [").map(|(source, rest)| (Some(source), rest))?,
        };
        let (level, text) = rest.split_once("] ")?;
        let level =
            [Level::Info, Level::Warning, Level::Error].into_iter().find(|known| known.name() == level)?;
        Some(LogLine { prefix: prefix.trim(), date, source, level, text })
    }

    /// The node, where `kubectl logs --prefix` (`[pod/NAME/CONTAINER]`) or `docker compose logs` (`NAME  |`) put it
    /// before the line.
    pub fn node(&self) -> Option<&'t str> {
        if let Some(path) = self.prefix.strip_prefix("[pod/") {
            return path.split(['/', ']']).next();
        }
        self.prefix.strip_suffix('|').map(str::trim).filter(|name| !name.is_empty())
    }

    /// The date in seconds since 1970, as if it were UTC: for the order of lines and the time between them.
    pub fn seconds(&self) -> u64 {
        let number = |range: std::ops::Range<usize>| {
            self.date.as_bytes()[range].iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
        };
        let time = number(11..13) * 3_600 + number(14..16) * 60 + number(17..19);
        Date::of_day(number(0..4), number(5..7), number(8..10)).0.saturating_add(time)
    }
}

fn starts_with_date(text: &[u8]) -> bool {
    let pattern = b"dddd-dd-dd dd:dd:dd";
    text.len() >= DATE
        && pattern
            .iter()
            .zip(text)
            .all(|(want, byte)| if *want == b'd' { byte.is_ascii_digit() } else { want == byte })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_apart() {
        let line = LogLine::parse(
            "2019-08-01 19:06:18 ProxySQL_Cluster.cpp:215:ProxySQL_Cluster_Monitor_thread(): [WARNING] Cluster: a [b] : [c] d\r\n",
        )
        .unwrap();
        assert_eq!(line.source, Some("ProxySQL_Cluster.cpp:215:ProxySQL_Cluster_Monitor_thread()"));
        assert_eq!((line.level, line.text), (Level::Warning, "Cluster: a [b] : [c] d"));
        for prefix in ["proxysql-0  | ", "2026-11-24T10:00:00.123456789Z ", "é "] {
            let line = format!("{prefix}2026-11-24 10:00:00 [ERROR] x");
            let line = LogLine::parse(&line).unwrap();
            assert_eq!((line.prefix, line.level, line.text), (prefix.trim(), Level::Error, "x"));
        }
        for line in [
            "",
            "2019-08-01 19:06:18",
            "2019-08-01 19:06:18 [INFO]",
            "2019-08-01 19:06:18 [NOISE] x",
            "2019-08-01 19:06:1 [INFO] x",
        ] {
            assert_eq!(LogLine::parse(line), None, "{line}");
        }
    }

    #[test]
    fn seconds() {
        for (date, second) in [
            ("1970-01-01 00:00:00", 0),
            ("2000-02-28 23:59:59", 951_782_399),
            ("2000-02-29 00:00:00", 951_782_400),
            ("2000-03-01 00:00:00", 951_868_800),
            ("2100-03-01 00:00:00", 4_107_542_400),
            // No date at all, and still no panic.
            ("0000-00-00 00:00:00", 0),
        ] {
            let line = format!("{date} [INFO] x");
            assert_eq!(LogLine::parse(&line).unwrap().seconds(), second, "{date}");
        }
        assert!(LogLine::parse("9999-99-99 99:99:99 [INFO] x").unwrap().seconds() > 0);
    }
}
