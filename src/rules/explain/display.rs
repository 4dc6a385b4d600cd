//! An explanation as a trace for a terminal.

use std::fmt::{self, Formatter};

use super::{Explanation, FastRoutingStep, MatchStep, Mismatch, RuleStep, Step, Then, Verdict};
use crate::rules::effects::Value;
use crate::rules::hints::Hints;
use crate::rules::route::Answer;
use crate::rules::rule::Criterion;
use crate::schema::Text;

/// The longest text that is shown whole, in characters.
const SHOWN: usize = 100;

/// A trace: the query, a line for each rule that was looked at, and the outcome.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.head(f)?;
        steps(f, &self.steps)?;
        hints(f, &self.route.hints)?;
        self.outcome(f)?;
        self.mirror(f)?;
        if self.dropped > 0 {
            writeln!(f, "({} further steps are not shown)", self.dropped)?;
        }
        Ok(())
    }
}

impl Explanation {
    fn head(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let session = &self.session;
        writeln!(f, "query    {}", short(&self.query))?;
        if let Some(digest) = &self.route.digest {
            writeln!(f, "digest   {} {}", digest.hash(), short(&digest.text().into()))?;
        }
        write!(f, "session  user {:?}, schema {:?}", session.username, session.schemaname)?;
        if !session.client_addr.is_empty() {
            write!(f, ", client {}", session.client_addr)?;
        }
        if session.proxy_port != 0 || !session.proxy_addr.is_empty() {
            write!(f, ", proxy {}:{}", session.proxy_addr, session.proxy_port)?;
        }
        writeln!(f, ", flag {}", session.flag_in)?;
        writeln!(f)
    }

    fn outcome(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let route = &self.route;
        writeln!(f)?;
        match route.answer() {
            Some(answer) => writeln!(f, "-> {}", answer_words(answer))?,
            None => writeln!(f, "-> hostgroup {}, chosen by {}", route.hostgroup, route.chosen_by)?,
        }
        if route.query != self.query.as_bytes() {
            writeln!(f, "   as {}", short(&(&*route.query).into()))?;
        }
        for (column, value) in route.effects.columns() {
            if !matches!(column, "destination_hostgroup" | "error_msg" | "OK_msg") {
                writeln!(f, "   {column} = {}", shown(&value))?;
            }
        }
        Ok(())
    }

    fn mirror(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(mirror) = &self.route.mirror else { return Ok(()) };
        writeln!(f, "\nmirrored copy")?;
        steps(f, &self.mirror_steps)?;
        match mirror.answer() {
            Some(answer) => writeln!(f, "-> not sent: {}", answer_words(answer))?,
            None => writeln!(f, "-> hostgroup {}, chosen by {}", mirror.hostgroup, mirror.chosen_by)?,
        }
        if mirror.query != self.route.query {
            writeln!(f, "   as {}", short(&(&*mirror.query).into()))?;
        }
        Ok(())
    }
}

fn steps(f: &mut Formatter<'_>, steps: &[Step]) -> fmt::Result {
    for step in steps {
        match step {
            Step::Rule(step) => write!(f, "{step}")?,
            Step::FastRouting(step) => writeln!(f, "  fast routing  {step}")?,
        }
    }
    Ok(())
}

/// A line, and one more for each thing that a match did.
impl fmt::Display for RuleStep {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Verdict::NoMatch(mismatch) => writeln!(f, "  rule {:<8} no     {mismatch}", self.rule_id),
            Verdict::Match(step) => writeln!(f, "+ rule {:<8} MATCH  {step}", self.rule_id),
        }
    }
}

/// The column, both sides, and why they do not go together.
impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (column, wanted, found) = (self.criterion.column(), shown(&self.wanted), shown(&self.found));
        match self.criterion {
            Criterion::FlagIn => write!(f, "{column} is {wanted}, the flag is {found}"),
            Criterion::MatchDigest | Criterion::MatchPattern => write!(f, "{column} {wanted}: {}", self.why),
            Criterion::Digest => write!(f, "{column} is {wanted}, not {found}: {}", self.why),
            _ => write!(f, "{column} is {wanted}, not {found}"),
        }
    }
}

/// What it set, and how the walk goes on; each remark on a line of its own.
impl fmt::Display for MatchStep {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> =
            self.sets.iter().map(|change| format!("{} = {}", change.column, shown(&change.value))).collect();
        parts.extend(self.flag_out.map(|flag| format!("flag = {flag}")));
        parts.push(match self.then {
            Then::End => "apply: the walk ends".to_owned(),
            Then::Restart { left } => format!("starts again at the first rule ({left} left)"),
            Then::GoOn => "goes on".to_owned(),
        });
        f.write_str(&parts.join(", "))?;
        if let Some(text) = &self.rewritten {
            write!(f, "\n                       rewrites to {}", short(text))?;
        }
        for remark in &self.remarks {
            write!(f, "\n                       {remark}")?;
        }
        Ok(())
    }
}

impl fmt::Display for FastRoutingStep {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            FastRoutingStep::NotAsked { last_rule } => {
                write!(f, "not asked: rule {last_rule}, the last one looked at, has apply")
            }
            FastRoutingStep::NoRow { flag } => write!(f, "no row for this user and schema at flag {flag}"),
            FastRoutingStep::Row { flag, hostgroup, any_user } => {
                let whose = if *any_user { "any user" } else { "this user" };
                write!(f, "hostgroup {hostgroup}, the row of {whose} and this schema at flag {flag}")
            }
        }
    }
}

fn hints(f: &mut Formatter<'_>, hints: &Hints) -> fmt::Result {
    if hints.is_empty() {
        return Ok(());
    }
    let listed: Vec<_> = hints.named().map(|(name, value)| format!("{name} = {value}")).collect();
    writeln!(f, "  hints         {}", listed.join(", "))
}

fn answer_words(answer: Answer<'_>) -> String {
    match answer {
        Answer::Ok(text) => format!("the client gets an OK with the text {}", quoted(text)),
        Answer::Error(text) => format!("the client gets error 1148 with the text {}", quoted(text)),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        Value::Text(text) => quoted(text),
    }
}

fn quoted(text: &Text) -> String {
    format!("{:?}", cut(text))
}

/// On one line.
fn short(text: &Text) -> String {
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    cut(text).chars().map(visible).collect()
}

fn cut(text: &Text) -> String {
    let whole = text.to_string_lossy();
    match whole.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &whole[..end]),
        None => whole.into_owned(),
    }
}
