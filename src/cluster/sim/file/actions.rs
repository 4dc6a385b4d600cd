//! What happens in a scenario, and when.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::super::scenario::{Action, Content, Millis, Scenario};
use super::values::{self, Values as _};
use super::{Reading, nodes};
use crate::schema::closest;
use crate::toml_fields::{Fields, Problems, Value};

/// What there is to do, and the fields that each takes beside `time` and `do`.
const DO: &[(&str, &[&str])] = &[
    ("load", &["node", "module", "content", "config", "save"]),
    ("set", &["node", "settings", "save"]),
    ("members", &["node", "members", "save"]),
    ("stop", &["node", "disk", "pause"]),
    ("start", &["node", "pause"]),
    ("restart", &["node", "disk", "down", "pause"]),
    ("split", &["groups", "until"]),
    ("heal", &[]),
    ("unresolve", &["node", "for", "until"]),
    ("resolve", &["node", "for", "to"]),
    ("clock", &["node", "ahead"]),
];

/// How long a node is down that restarts.
const DOWN: Millis = 2_000;

impl Reading<'_> {
    pub(super) fn actions(
        &mut self,
        table: &DeTable<'_>,
        place: &Range<usize>,
        scenario: &mut Scenario,
        problems: &mut Problems,
    ) {
        let what = table.get("do").and_then(|value| crate::toml_fields::text(value));
        let Some((what, own)) = what.and_then(|what| DO.iter().find(|(known, _)| *known == what)) else {
            let known = DO.iter().map(|(known, _)| *known);
            let hint = match what.and_then(|what| closest(what, known.clone())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known are {}", known.collect::<Vec<_>>().join(", ")),
            };
            let at = table.get("do").map_or(place.clone(), toml::Spanned::span);
            problems.tell(at, format!("`do` says what happens: {hint}"));
            return;
        };
        let fields = nodes::fields(table, &[&["time", "do"], own], problems);
        let time = fields.moment("time", scenario, problems);
        if !fields.has("time") {
            problems.tell(place.clone(), "there is no `time`");
        }
        if let (Some(time), Some(until)) = (time, fields.moment("until", scenario, problems))
            && until <= time
        {
            problems.tell(fields.place("until"), "`until` is not after `time`");
        }
        for due in ["node", "module", "members", "groups", "ahead"] {
            if own.contains(&due) && !fields.has(due) {
                problems.tell(place.clone(), format!("there is no `{due}`"));
            }
        }
        let one = One { fields, time: time.unwrap_or(0), on: fields.nodes("node", scenario, problems) };
        match *what {
            "load" => self.load(&one, scenario, problems),
            "split" => one.split(scenario, problems),
            "heal" => drop(scenario.at(one.time, Action::Heal)),
            "unresolve" | "resolve" => one.resolve(*what == "resolve", scenario, problems),
            "set" => one.set(scenario, problems),
            "members" => one.members(scenario, problems),
            "clock" => one.clock(scenario, problems),
            what => one.power(what, scenario, problems),
        }
    }

    fn load(&mut self, one: &One<'_>, scenario: &mut Scenario, problems: &mut Problems) {
        let fields = one.fields;
        let Some(module) = fields.module("module", problems) else { return };
        let named = fields.text("content", problems).map(|label| Content::named(module, label));
        let save = fields.flag("save", problems).unwrap_or(true);
        for &node in &one.on {
            let mut content = named.clone();
            if let Some(config) = fields.text("config", problems) {
                match self.configs.load(config, &scenario.nodes[node].version) {
                    Ok(loaded) => {
                        let label = content.as_ref().map_or(config, |content| &*content.label).to_owned();
                        content = super::contents(loaded, &label).remove(module);
                    }
                    Err(error) => problems.tell(fields.place("config"), error),
                }
            }
            scenario.at(one.time, Action::Load { node, module: module.into(), content, save });
        }
    }
}

/// One table of `[[at]]`.
struct One<'t> {
    fields: Fields<'t>,
    time: Millis,
    on: Vec<usize>,
}

impl One<'_> {
    fn save(&self, problems: &mut Problems) -> bool {
        self.fields.flag("save", problems).unwrap_or(true)
    }

    fn set(&self, scenario: &mut Scenario, problems: &mut Problems) {
        let settings: BTreeMap<_, _> = nodes::settings(self.fields, problems);
        let save = self.save(problems);
        for &node in &self.on {
            scenario.at(self.time, Action::Set { node, settings: settings.clone(), save });
        }
    }

    fn members(&self, scenario: &mut Scenario, problems: &mut Problems) {
        let members = self.fields.nodes("members", scenario, problems);
        let save = self.save(problems);
        for &node in &self.on {
            scenario.at(self.time, Action::Members { node, members: members.clone(), save });
        }
    }

    fn clock(&self, scenario: &mut Scenario, problems: &mut Problems) {
        let ahead = self.fields.offset("ahead", problems).unwrap_or(0);
        for &node in &self.on {
            scenario.at(self.time, Action::Clock { node, ahead });
        }
    }

    /// Stop, start, or both; one node after the other if there is a pause.
    fn power(&self, what: &str, scenario: &mut Scenario, problems: &mut Problems) {
        let pause = self.fields.duration("pause", problems).unwrap_or(0);
        let down = self.fields.duration("down", problems).unwrap_or(DOWN);
        let kept = match self.fields.text("disk", problems) {
            None | Some("kept") => true,
            Some("gone") => false,
            Some(_) => {
                problems.tell(self.fields.place("disk"), "`disk` is \"kept\" or \"gone\"");
                true
            }
        };
        let mut time = self.time;
        for &node in &self.on {
            if what != "start" {
                let loses_disk = !kept || !scenario.nodes[node].has_disk;
                scenario.at(time, Action::Stop { node, loses_disk });
            }
            if what != "stop" {
                let up = if what == "restart" { time.saturating_add(down) } else { time };
                scenario.at(up, Action::Start { node });
            }
            time = time.saturating_add(pause);
        }
    }

    fn split(&self, scenario: &mut Scenario, problems: &mut Problems) {
        let mut groups = Vec::new();
        match self.fields.get("groups").map(|value| (value.get_ref(), value.span())) {
            Some((DeValue::Array(all), _)) => {
                for group in all {
                    let group = group_of(group, &groups, scenario, problems);
                    groups.push(group);
                }
            }
            Some((_, place)) => problems.tell(place, "`groups` is a list of lists of nodes"),
            None => {}
        }
        scenario.at(self.time, Action::Split { groups });
        if let Some(until) = self.fields.duration("until", problems) {
            scenario.at(until, Action::Heal);
        }
    }

    fn resolve(&self, is_there: bool, scenario: &mut Scenario, problems: &mut Problems) {
        let observers = self.fields.nodes("for", scenario, problems);
        let to = self.fields.nodes("to", scenario, problems).first().copied();
        for &node in &self.on {
            let to = is_there.then(|| to.unwrap_or(node));
            scenario.at(self.time, Action::Dns { node, to, observers: observers.clone() });
            if let Some(until) = self.fields.duration("until", problems) {
                scenario.at(until, Action::Dns { node, to: Some(node), observers: observers.clone() });
            }
        }
    }
}

fn group_of(
    group: Value<'_>,
    others: &[Vec<usize>],
    scenario: &Scenario,
    problems: &mut Problems,
) -> Vec<usize> {
    let DeValue::Array(names) = group.get_ref() else {
        problems.tell(group.span(), "a group is a list of nodes");
        return Vec::new();
    };
    let mut nodes = Vec::new();
    for name in names {
        let Some(text) = crate::toml_fields::text(name) else {
            problems.tell(name.span(), "a node is a name in quotes");
            continue;
        };
        let found = values::known_nodes(text, name.span(), scenario, problems);
        if found.iter().any(|node| others.iter().any(|group| group.contains(node))) {
            problems.tell(name.span(), format!("`{text}` is in two groups"));
        }
        nodes.extend(found);
    }
    nodes
}
