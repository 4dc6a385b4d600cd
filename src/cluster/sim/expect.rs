//! What is expected of a run, held against what came of it.

use super::report::{Checked, ModuleRun, Report};
use super::scenario::Expectation;
use super::show::Seconds;

pub(super) fn check(all: &[Expectation], report: &Report) -> Vec<Checked> {
    all.iter().flat_map(|expectation| one(expectation, report)).collect()
}

fn one(expectation: &Expectation, report: &Report) -> Vec<Checked> {
    let mut checked = Vec::new();
    let modules = report.modules.iter().filter(|module| match &expectation.module {
        Some(name) => module.name == name,
        None => true,
    });
    let modules: Vec<_> = modules.collect();
    if let (true, Some(name)) = (modules.is_empty(), &expectation.module) {
        let (what, actual) = (format!("{name}: it is synced"), "no node has such a module".to_owned());
        checked.push(Checked { what, holds: false, actual });
    }
    for module in modules {
        checked.extend(of_module(expectation, module));
    }
    for part in &expectation.log {
        let holds = report.log.iter().any(|line| line.text.contains(part));
        let what = format!("a line says `{part}`");
        checked.push(Checked { what, holds, actual: "none does".into() });
    }
    for part in &expectation.no_log {
        let line = report.log.iter().find(|line| line.text.contains(part));
        let actual = line.map(|line| format!("one does at {}", Seconds(line.at))).unwrap_or_default();
        checked.push(Checked { what: format!("no line says `{part}`"), holds: line.is_none(), actual });
    }
    checked
}

fn of_module(expectation: &Expectation, module: &ModuleRun) -> Vec<Checked> {
    let mut checked = Vec::new();
    let mut tell = |what: String, holds: bool, actual: String| {
        checked.push(Checked { what: format!("{}: {what}", module.name), holds, actual });
    };
    let list = |labels: &[std::sync::Arc<str>]| match labels {
        [] => "nothing".to_owned(),
        labels => labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", "),
    };
    if let Some(wanted) = expectation.converged {
        let what = if wanted { "all hold the same at the end" } else { "the nodes differ at the end" };
        tell(what.into(), module.converged == wanted, module.outcome());
    }
    if let Some(within) = expectation.within {
        let holds = module.settled_after.is_some_and(|after| after <= within);
        let what = format!("that takes at most {}", Seconds(within));
        tell(what, holds, module.outcome());
    }
    if let Some(winner) = &expectation.winner {
        tell(format!("all hold `{winner}`"), module.winner.as_deref() == Some(winner), module.outcome());
    }
    if let Some(lost) = &expectation.lost {
        let mut labels: Vec<std::sync::Arc<str>> = lost.iter().map(|label| label.as_str().into()).collect();
        let mut found = module.lost.clone();
        labels.sort();
        found.sort();
        tell(format!("lost: {}", list(&labels)), labels == found, format!("lost: {}", list(&found)));
    }
    let mut number = |name: &str, wanted: Option<u64>, found: u64| {
        if let Some(wanted) = wanted {
            tell(format!("{name}: {wanted}"), wanted == found, format!("there are {found}"));
        }
    };
    number("pulls", expectation.pulls, module.pulls);
    number("failed pulls", expectation.failed_pulls, module.failed_pulls);
    let mut flag = |wanted: Option<bool>, found: bool, yes: &str, no: &str| {
        if let Some(wanted) = wanted {
            let word = |is: bool| if is { yes } else { no };
            tell(word(wanted).into(), wanted == found, word(found).into());
        }
    };
    flag(expectation.conflict, module.conflicts > 0, "a conflict is reported", "no conflict is reported");
    let (yes, no) = ("a conflict goes on at the end", "no conflict goes on at the end");
    flag(expectation.conflict_at_end, module.conflict_at_end, yes, no);
    flag(expectation.flapping, module.flaps > 0, "a node flaps", "no node flaps");
    checked
}
