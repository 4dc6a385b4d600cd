//! A spread as a table for a terminal.

use std::fmt::{self, Formatter};

use super::spread::Spread;

/// How many moves are shown where nothing else is said.
const MOVES: usize = 10;
/// How many rules without a match are named.
const RULES: usize = 20;

/// A table of the hostgroups, a table of the rules, and remarks; with other rules, what would move.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.show(MOVES).fmt(f)
    }
}

impl Spread {
    /// As its `Display`, with so many of the [`moves`](Self::moves).
    pub fn show(&self, moves: usize) -> impl fmt::Display + '_ {
        Shown { spread: self, moves }
    }
}

struct Shown<'s> {
    spread: &'s Spread,
    moves: usize,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Shown { spread, moves } = *self;
        writeln!(f, "{}", queries(spread.queries()))?;
        if spread.queries() == 0 {
            return Ok(());
        }
        hostgroups(f, spread)?;
        rules(f, spread)?;
        remarks(f, spread)?;
        if spread.is_compared { moved(f, spread, moves) } else { Ok(()) }
    }
}

/// A place, how many queries go there, and who sends how many.
type Group = (String, u64, Vec<(String, u64)>);

/// A line for each place and, below it, one for each who sends queries there.
fn hostgroups(f: &mut Formatter<'_>, spread: &Spread) -> fmt::Result {
    let mut groups: Vec<Group> = Vec::new();
    for (place, count) in spread.destinations() {
        let what = place.what();
        let who = (place.who(), count);
        match groups.iter_mut().find(|(known, ..)| *known == what) {
            Some((_, sum, all)) => {
                *sum = sum.saturating_add(count);
                all.push(who);
            }
            None => groups.push((what, count, vec![who])),
        }
    }
    groups.sort_by_key(|(_, sum, _)| std::cmp::Reverse(*sum));
    writeln!(f)?;
    let row = |f: &mut Formatter<'_>, name: &str, count| line(f, spread, name, count);
    for (what, sum, all) in groups {
        row(f, &what, sum)?;
        for (who, count) in all {
            row(f, &format!("  by {who}"), count)?;
        }
    }
    match spread.destinations.rest {
        0 => Ok(()),
        rest => row(f, "elsewhere", rest),
    }
}

/// A line for each rule that matched, and the others.
fn rules(f: &mut Formatter<'_>, spread: &Spread) -> fmt::Result {
    let rules = spread.rules();
    if !rules.is_empty() {
        writeln!(f, "\nrules that match")?;
        for (rule, count) in rules {
            line(f, spread, &format!("  rule {rule}"), count)?;
        }
    }
    let unmatched = spread.unmatched_rules();
    if unmatched.is_empty() {
        return Ok(());
    }
    let named: Vec<_> = unmatched.iter().take(RULES).map(i32::to_string).collect();
    let more = match unmatched.len().saturating_sub(RULES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let noun = if unmatched.len() == 1 { "rule" } else { "rules" };
    writeln!(f, "no query matches {noun} {}{more}", named.join(", "))
}

fn remarks(f: &mut Formatter<'_>, spread: &Spread) -> fmt::Result {
    let mut all = Vec::new();
    let mut remark = |count: u64, text: &str| {
        if count > 0 {
            all.push(format!("{} {text}", queries(count)));
        }
    };
    remark(spread.rewritten(), "rewritten");
    remark(spread.mirrored(), "mirrored");
    remark(
        spread.elsewhere(),
        "ran in another hostgroup than these rules say: other rules at that time, or a transaction",
    );
    remark(spread.lossy(), "with bytes that the log has lost, which stand as U+FFFD");
    remark(spread.prepared(), "to prepare a statement: rules are asked for that, too");
    remark(spread.executed(), "to run a prepared statement: rules are asked with its text");
    remark(spread.digests(), "known by their digests only");
    remark(
        spread.uncertain(),
        "of them uncertain: a rule with match_pattern was asked, or the digest was cut short",
    );
    if spread.digests() > 0 {
        all.push("hints in comments are not seen, for digests have no comments".to_owned());
    }
    if all.is_empty() {
        return Ok(());
    }
    writeln!(f)?;
    all.iter().try_for_each(|remark| writeln!(f, "note: {remark}"))
}

fn moved(f: &mut Formatter<'_>, spread: &Spread, most: usize) -> fmt::Result {
    writeln!(f)?;
    if spread.moved() == 0 {
        writeln!(f, "nothing would move")?;
    } else {
        let (count, share) = (queries(spread.moved()), share(spread.moved(), spread.queries()));
        writeln!(f, "{count} ({share}) would move")?;
    }
    let moves = spread.moves();
    for one in moves.iter().take(most) {
        writeln!(f, "{:>14}  {} -> {}", grouped(one.count), one.from, one.to)?;
        writeln!(f, "{:>14}  {} {}", "", one.digest, one.digest_text)?;
    }
    if moves.len() > most || spread.moves.rest > 0 {
        let shown: u64 = moves.iter().take(most).map(|one| one.count).sum();
        writeln!(f, "{:>14}  of other statements", grouped(spread.moved().saturating_sub(shown)))?;
    }
    match spread.moved_by_rule_only() {
        0 => Ok(()),
        count => writeln!(f, "note: {} would go to the same place by another rule", queries(count)),
    }
}

fn line(f: &mut Formatter<'_>, spread: &Spread, name: &str, count: u64) -> fmt::Result {
    writeln!(f, "{name:<40} {:>14} {:>8}", grouped(count), share(count, spread.queries()))
}

fn queries(count: u64) -> String {
    let noun = if count == 1 { "query" } else { "queries" };
    format!("{} {noun}", grouped(count))
}

/// `1,234,567`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `12.3 %`.
fn share(part: u64, whole: u64) -> String {
    let whole = u128::from(whole.max(1));
    let tenths = (u128::from(part) * 1000 + whole / 2) / whole;
    format!("{}.{} %", tenths / 10, tenths % 10)
}
