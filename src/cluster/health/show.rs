//! Health as a table for a terminal.

use std::fmt;

use super::finding::List;
use super::{Health, ModuleHealth, Verdict};
use crate::cluster::Date;

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Verdict::InStep => "in step",
            Verdict::Converging => "converging",
            Verdict::Apart => "APART",
            Verdict::NotSynced => "not synced",
            Verdict::NotComputed => "not computed",
        })
    }
}

/// A line for each module; below it, for those that are not in step, who holds what, who pulls, and what to do.
impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.modules.iter().map(|module| module.name.len()).max().unwrap_or(0);
        for module in &self.modules {
            writeln!(f, "{:width$}  {:12}  {}", module.name, module.verdict, summary(module))?;
        }
        for finding in &self.findings {
            writeln!(f, "\n{finding}")?;
        }
        for module in self.modules.iter().filter(|module| !module.is_quiet()) {
            write!(f, "\n{module}")?;
        }
        Ok(())
    }
}

/// The paragraph of one module.
impl fmt::Display for ModuleHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.name, self.verdict)?;
        let holders = self.contents.iter().flat_map(|content| &content.holders);
        let width = holders.map(|holder| holder.node.len()).max().unwrap_or(0);
        for content in self.contents.iter().filter(|_| self.contents.len() > 1) {
            for holder in &content.holders {
                writeln!(
                    f,
                    "  {:width$}  {}  version {}, epoch {} ({} UTC)",
                    holder.node,
                    content.checksum,
                    holder.version,
                    holder.epoch,
                    Date(holder.epoch)
                )?;
            }
        }
        f.write_str(&self.outlook())
    }
}

impl ModuleHealth {
    /// Who pulls, what keeps nodes apart, and what to do, a line each.
    pub(crate) fn outlook(&self) -> String {
        let mut lines = String::new();
        for pull in &self.pulls {
            let left = match pull.checks_left {
                None => String::new(),
                Some(0) => " at its next check".to_owned(),
                Some(1) => " in 1 check".to_owned(),
                Some(left) => format!(" in {left} checks"),
            };
            lines += &format!("  {} pulls from {}{left}\n", pull.node, pull.from);
        }
        for finding in &self.findings {
            lines += &format!("  ! {finding}\n");
        }
        for remedy in self.remedies() {
            lines += &format!("  > {remedy}\n");
        }
        lines
    }

    /// Whether there is nothing to say of it but its verdict.
    pub(crate) fn is_quiet(&self) -> bool {
        matches!(self.verdict, Verdict::InStep | Verdict::NotComputed) && self.findings.is_empty()
    }
}

fn summary(module: &ModuleHealth) -> String {
    match &*module.contents {
        [] => String::new(),
        [one] => one.checksum.to_string(),
        all => {
            let ahead: Vec<_> = module.ahead().map(str::to_owned).collect();
            match &*ahead {
                [] => format!("{} contents", all.len()),
                [one] => format!("{} contents, {one} is ahead", all.len()),
                many => format!("{} contents, {} are ahead", all.len(), List(many)),
            }
        }
    }
}
