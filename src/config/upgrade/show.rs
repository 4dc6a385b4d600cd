//! An upgrade as people read it.

use std::fmt;

use super::{Fate, ShownUpgrade, Upgrade, UpgradeFinding, UpgradedVariable};
use crate::config::Shown;

/// Without secrets.
impl fmt::Display for Upgrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown().fmt(f)
    }
}

impl fmt::Display for ShownUpgrade<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let upgrade = self.upgrade;
        let (from, to) = (upgrade.from(), upgrade.to());
        writeln!(f, "ProxySQL {from} -> {to}")?;
        self.memory().settings(f)?;
        let is_set = |variable: &UpgradedVariable<'_>| variable.span().is_some();
        self.list(
            f,
            "variables that the file sets",
            &upgrade.variables().filter(is_set).collect::<Vec<_>>(),
        )?;
        self.memory().tables(f)?;
        findings(f, &format!("only {from} says"), upgrade.only_from())?;
        findings(f, &format!("only {to} says"), upgrade.only_to())?;
        let runs = upgrade.runs_otherwise();
        if !runs.is_empty() {
            writeln!(f, "what runs otherwise, though memory is the same")?;
        }
        let shown = if self.secrets { runs.with_secrets() } else { runs.shown() };
        runs.variables().iter().try_for_each(|variable| {
            shown.variable(f, variable)?;
            writeln!(f)
        })?;
        shown.tables(f)?;
        let of = |fate| upgrade.variables().filter(move |found| !is_set(found) && found.fate() == fate);
        self.list(f, "other defaults", &of(Fate::Default).collect::<Vec<_>>())?;
        self.list(f, &format!("variables that {to} does not have"), &of(Fate::Gone).collect::<Vec<_>>())?;
        self.list(f, &format!("variables that {from} does not have"), &of(Fate::New).collect::<Vec<_>>())?;
        writeln!(f)?;
        let verdict = if upgrade.keeps_file() {
            "the file comes to the same"
        } else {
            "the file does not come to the same"
        };
        writeln!(f, "{verdict}")
    }
}

impl<'a> ShownUpgrade<'a> {
    pub(super) fn memory(self) -> Shown<'a> {
        if self.secrets { self.upgrade.memory.with_secrets() } else { self.upgrade.memory.shown() }
    }

    fn list(
        self,
        f: &mut fmt::Formatter<'_>,
        title: &str,
        variables: &[UpgradedVariable<'_>],
    ) -> fmt::Result {
        if !variables.is_empty() {
            writeln!(f, "{title}")?;
        }
        variables.iter().try_for_each(|variable| {
            self.memory().variable(f, variable.diff())?;
            let note = if variable.span().is_some() {
                match variable.fate() {
                    Fate::Gone => " (gone)",
                    Fate::New => " (not read before)",
                    Fate::Default | Fate::Value => "",
                }
            } else {
                ""
            };
            writeln!(f, "{note}")
        })
    }
}

fn findings(f: &mut fmt::Formatter<'_>, title: &str, findings: &[UpgradeFinding]) -> fmt::Result {
    if !findings.is_empty() {
        writeln!(f, "{title}")?;
    }
    findings.iter().try_for_each(|finding| {
        write!(f, "  ")?;
        if let Some(location) = finding.location() {
            write!(f, "{location}: ")?;
        }
        writeln!(f, "{}", finding.text())
    })
}
