//! A report as text for a terminal.

use std::fmt;

use super::report::{Mark, MarkKind, ModuleRun, Report};
use super::scenario::Millis;

/// The most lines of what happened that are shown.
const MOST: usize = 60;

/// What happened, who won in each module, and whether it is as expected.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (nodes, seconds) = (self.nodes.len(), Seconds(self.duration));
        writeln!(f, "{}: {nodes} nodes, {seconds}, {} checks, seed {}", self.title, self.checks, self.seed)?;
        self.story(f)?;
        let eventful: Vec<_> = self.modules.iter().filter(|module| module.is_eventful()).collect();
        for module in &eventful {
            write!(f, "\n{module}")?;
        }
        if eventful.is_empty() {
            writeln!(f, "\nall modules stayed as they were")?;
        }
        if !self.expectations.is_empty() {
            writeln!(f)?;
        }
        for checked in &self.expectations {
            if checked.holds {
                writeln!(f, "ok    {}", checked.what)?;
            } else {
                writeln!(f, "FAIL  {}, but {}", checked.what, checked.actual)?;
            }
        }
        Ok(())
    }
}

impl Report {
    fn story(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self
            .nodes
            .iter()
            .map(|node| short_name(&node.name).chars().count())
            .max()
            .unwrap_or(0)
            .max("network".len());
        let all: Vec<&Mark> = self.marks.iter().collect();
        if !all.is_empty() {
            writeln!(f)?;
        }
        let times = all.iter().take(MOST).map(|mark| Seconds(mark.at).to_string().len()).max();
        let times = times.unwrap_or(0).max(10);
        for mark in all.iter().take(MOST) {
            let node = mark
                .node
                .and_then(|node| self.nodes.get(node))
                .map_or("network", |node| short_name(&node.name));
            let text = &mark.text;
            writeln!(f, "{:>times$}  {node:width$}  {text}", Seconds(mark.at).to_string())?;
        }
        let more = all.len().saturating_sub(MOST) as u64 + self.dropped;
        if more > 0 { writeln!(f, "{:>times$}  and {more} more", "") } else { Ok(()) }
    }
}

/// A paragraph: who won and what it took.
impl fmt::Display for ModuleRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.name)?;
        writeln!(f, "  {}", self.outcome())?;
        if !self.lost.is_empty() {
            let lost: Vec<_> = self.lost.iter().map(|label| format!("`{label}`")).collect();
            writeln!(f, "  lost: {}", lost.join(", "))?;
        }
        let mut facts = Vec::new();
        let mut fact = |count: u64, what: &str| {
            if count > 0 {
                facts.push(format!("{count} {what}"));
            }
        };
        fact(self.pulls, if self.pulls == 1 { "pull" } else { "pulls" });
        fact(self.flaps, "of them back to what a pull had replaced: flapping");
        fact(self.failed_pulls, "failed");
        fact(self.conflicts, "lines on a conflict");
        if facts.is_empty() { Ok(()) } else { writeln!(f, "  {}", facts.join(", ")) }
    }
}

impl ModuleRun {
    /// Who won, or that nobody did, in a sentence.
    pub(super) fn outcome(&self) -> String {
        match (&self.winner, self.converged_at) {
            (Some(winner), Some(at)) => {
                let after = match self.settled_after {
                    Some(after) if after > 0 => format!(", {} after the last event", Seconds(after)),
                    _ => String::new(),
                };
                format!("all hold `{winner}` since {}{after}", Seconds(at))
            }
            _ if self.conflict_at_end => "the nodes differ at the end, in a conflict that goes on".to_owned(),
            _ => "the nodes differ at the end".to_owned(),
        }
    }
}

impl MarkKind {
    /// Its name in a legend.
    pub(super) fn name(self) -> &'static str {
        match self {
            MarkKind::Start => "start",
            MarkKind::Stop => "stop",
            MarkKind::Load => "load",
            MarkKind::Pull { .. } => "pull",
            MarkKind::FailedPull => "failed pull",
            MarkKind::Conflict => "conflict",
            MarkKind::Split => "split",
            MarkKind::Heal => "heal",
            MarkKind::Change => "change",
        }
    }
}

/// A node without the port that nearly all have.
pub(super) fn short_name(name: &str) -> &str {
    name.strip_suffix(":6032").unwrap_or(name)
}

/// Milliseconds as people read them: `1.25 s`, `2 min 3 s`, `8 h 47 min 31.6 s`.
pub(super) struct Seconds(pub(super) Millis);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, millis) = (self.0 / 1_000, self.0 % 1_000);
        // Whole hours and minutes come apart only where there are two minutes of them.
        let (hours, minutes, seconds) = match seconds {
            0..120 => (0, 0, seconds),
            _ => (seconds / 3_600, seconds / 60 % 60, seconds % 60),
        };
        let mut gap = "";
        for (number, unit) in [(hours, "h"), (minutes, "min")] {
            if number > 0 {
                write!(f, "{gap}{number} {unit}")?;
                gap = " ";
            }
        }
        match (seconds, millis) {
            (0, 0) if !gap.is_empty() => Ok(()),
            (_, 0) => write!(f, "{gap}{seconds} s"),
            _ => write!(f, "{gap}{seconds}.{} s", format!("{millis:03}").trim_end_matches('0')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Seconds;

    #[test]
    fn times_are_short() {
        let texts = [0, 250, 1_000, 1_050, 119_900, 120_000, 123_456, 7_200_000, 31_620_010, 3_600_000];
        let texts: Vec<_> = texts.iter().map(|&millis| Seconds(millis).to_string()).collect();
        let expected = [
            "0 s",
            "0.25 s",
            "1 s",
            "1.05 s",
            "119.9 s",
            "2 min",
            "2 min 3.456 s",
            "2 h",
            "8 h 47 min 0.01 s",
            "1 h",
        ];
        assert_eq!(texts, expected);
    }
}
