//! Seconds since 1970 as people read them.

use std::fmt;

/// A time in seconds since 1970, of which `Display` is `YYYY-MM-DD HH:MM:SS` in UTC.
///
/// ```
/// use proxysql_kit::cluster::Date;
///
/// assert_eq!(Date(1_564_718_027).to_string(), "2019-08-02 03:53:47");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub u64);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.0 / 86_400, self.0 % 86_400);
        let (year, month, day) = civil(days);
        let (hour, minute) = (second / 3_600, second / 60 % 60);
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{:02}", second % 60)
    }
}

impl Date {
    /// The first second of a day in UTC; 1970 for days before that.
    pub(super) fn of_day(year: u64, month: u64, day: u64) -> Date {
        let (year, month) = if month > 2 { (year, month - 3) } else { (year.saturating_sub(1), month + 9) };
        let of_year = (153 * month + 2) / 5 + day.saturating_sub(1);
        let days = year * 365 + year / 4 - year / 100 + year / 400 + of_year;
        Date(days.saturating_sub(EPOCH) * 86_400)
    }
}

/// The days from the first of March of the year 0 to 1970.
const EPOCH: u64 = 719_468;

/// Year, month and day. Years begin in March here, so that the day that comes and goes is the last one.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + EPOCH;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let is_next_year = month >= 10;
    (era * 400 + year + u64::from(is_next_year), if is_next_year { month - 9 } else { month + 3 }, day)
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn dates() {
        for (second, text) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_399, "2000-02-28 23:59:59"),
            (951_782_400, "2000-02-29 00:00:00"),
            (951_868_800, "2000-03-01 00:00:00"),
            (1_564_686_378, "2019-08-01 19:06:18"),
            (4_107_542_400, "2100-03-01 00:00:00"),
        ] {
            assert_eq!(Date(second).to_string(), text);
        }
        // Nothing overflows, whatever a peer sends.
        assert!(!Date(u64::MAX).to_string().is_empty());
    }
}
