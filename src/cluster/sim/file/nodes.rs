//! The nodes of a scenario: what holds for all, then what holds for each.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::super::scenario::{Content, NodeSpec, Scenario};
use super::values::{self, Values as _};
use super::{MOST_NODES, NODE, Reading};
use crate::config::Loaded;
use crate::schema::closest;
use crate::toml_fields::{self, Fields, Problems, Value};

/// What only one node has.
const ONE: &[&str] = &["name", "starts"];

impl Reading<'_> {
    pub(super) fn nodes(&mut self, fields: Fields<'_>, scenario: &mut Scenario, problems: &mut Problems) {
        let count: usize = fields.number("nodes", problems).unwrap_or(0);
        let names = fields.text("names", problems).unwrap_or("proxysql-{}:6032");
        if !names.contains("{}") || !names.contains(':') {
            problems.tell(
                fields.place("names"),
                "`names` has a {} for the number and a port: \"proxysql-{}:6032\"",
            );
        }
        if count > MOST_NODES {
            problems.tell(fields.place("nodes"), format!("at most {MOST_NODES} nodes"));
            return;
        }
        let name = |index: usize| names.replace("{}", &index.to_string());
        scenario.nodes = (0..count).map(|index| NodeSpec::new(name(index))).collect();
        // New ones first, so that everything can name them.
        let tables = fields.tables("node", problems);
        let own: Vec<(usize, Fields<'_>)> = tables
            .into_iter()
            .filter_map(|(table, place)| {
                let one = Fields::new(table, &[NODE, ONE], problems);
                Some((known(one, place, scenario, problems)?, one))
            })
            .collect();
        let is_told = fields.has("nodes") && count == 0 && !problems.0.is_empty();
        if scenario.nodes.is_empty() && !is_told {
            problems.tell(0..0, "there is no node: write `nodes = 3`, or name each one below [[node]]");
        }
        if scenario.nodes.len() > MOST_NODES {
            problems.tell(fields.place("node"), format!("at most {MOST_NODES} nodes"));
            return;
        }
        for node in 0..scenario.nodes.len() {
            let mut all = vec![fields];
            all.extend(own.iter().filter(|(of, _)| *of == node).map(|(_, one)| *one));
            self.node(node, &all, scenario, problems);
        }
    }

    /// What the fields of all nodes, and those of this one behind them, say of it.
    fn node(&mut self, node: usize, all: &[Fields<'_>], scenario: &mut Scenario, problems: &mut Problems) {
        let mut spec = scenario.nodes[node].clone();
        for fields in all {
            if let Some(version) = fields.text("version", problems) {
                spec.version = super::version_string(version).into();
            }
        }
        let mut members = None;
        for fields in all {
            if let Some(config) = fields.text("config", problems) {
                match self.configs.load(config, &spec.version) {
                    Ok(loaded) => {
                        spec.contents.extend(super::contents(loaded, config));
                        settings_of(loaded, &mut spec.settings);
                        members = members_of(loaded, scenario).or(members);
                    }
                    Err(error) => problems.tell(fields.place("config"), error),
                }
            }
        }
        for fields in all {
            if fields.has("members") {
                members = Some(fields.nodes("members", scenario, problems));
            }
            spec.clock = fields.offset("clock", problems).unwrap_or(spec.clock);
            spec.has_disk = fields.flag("disk", problems).unwrap_or(spec.has_disk);
            spec.settings.extend(settings(*fields, problems));
            spec.contents.extend(named_contents(*fields, problems));
        }
        spec.members = members.unwrap_or_else(|| (0..scenario.nodes.len()).collect());
        if let Some(own) = all.get(1).filter(|own| own.has("starts")) {
            spec.starts = match own.get("starts").map(toml::Spanned::get_ref) {
                Some(DeValue::Boolean(false)) => None,
                _ => own.moment("starts", scenario, problems).or(spec.starts),
            };
        }
        scenario.nodes[node] = spec;
    }
}

/// The node that a table is about; a new one if there is none of its name.
fn known(
    one: Fields<'_>,
    place: Range<usize>,
    scenario: &mut Scenario,
    problems: &mut Problems,
) -> Option<usize> {
    let Some(name) = one.text("name", problems) else {
        if !one.has("name") {
            problems.tell(place, "there is no `name`");
        }
        return None;
    };
    if let Some([node]) = values::node(name, scenario).as_deref() {
        return Some(*node);
    }
    let port = name.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    if port.is_none() {
        problems.tell(
            one.place("name"),
            format!("there is no node `{name}`; a new one has a port: `{name}:6032`"),
        );
        return None;
    }
    scenario.nodes.push(NodeSpec::new(name));
    Some(scenario.nodes.len() - 1)
}

/// The nodes that a loaded file names as peers, as far as the scenario has them; `None` if it names nobody.
fn members_of(loaded: &Loaded, scenario: &Scenario) -> Option<Vec<usize>> {
    let rows = &loaded.runtime.proxysql_servers;
    let of = |row: &crate::schema::ProxysqlServer| {
        let name = format!("{}:{}", row.hostname, row.port);
        scenario.nodes.iter().position(|node| *node.name == name)
    };
    (!rows.is_empty()).then(|| rows.iter().filter_map(of).collect())
}

/// The variables of a loaded file that the cluster follows.
fn settings_of(loaded: &Loaded, settings: &mut BTreeMap<String, String>) {
    for (name, value) in super::super::settings::of_config(&loaded.runtime) {
        settings.insert(name, value);
    }
}

/// The table `settings`: admin variables, with or without `admin-`.
pub(super) fn settings(fields: Fields<'_>, problems: &mut Problems) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    let Some(table) = fields.table("settings", problems) else { return settings };
    for (name, value) in table {
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.as_str().to_owned(),
            DeValue::Boolean(flag) => flag.to_string(),
            other => {
                let kind = toml_fields::kind(other);
                problems
                    .tell(value.span(), format!("a variable is a number, a text, true or false, not {kind}"));
                continue;
            }
        };
        let word: &str = name.get_ref();
        let word = word.strip_prefix("admin-").unwrap_or(word);
        if let Some(why) = super::super::settings::refuses(word, &text) {
            problems.tell(value.span(), format!("`{text}` is no value of `{word}`: {why}"));
        } else if super::super::settings::is_known(word) {
            settings.insert(word.to_owned(), text);
        } else {
            let near = closest(word, super::super::settings::names());
            let hint = near.map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
            problems.tell(name.span(), format!("`{word}` is no variable that the cluster follows{hint}"));
        }
    }
    settings
}

/// The table `contents`: a name for what each module holds.
fn named_contents(fields: Fields<'_>, problems: &mut Problems) -> BTreeMap<String, Content> {
    let mut contents = BTreeMap::new();
    let Some(table) = fields.table("contents", problems) else { return contents };
    for (name, value) in table {
        let Some(module) = values::module(name.get_ref(), name.span(), problems) else { continue };
        if let Some(label) = label(value, problems) {
            contents.insert(module.to_owned(), Content::named(module, label));
        }
    }
    contents
}

fn label<'t>(value: Value<'t>, problems: &mut Problems) -> Option<&'t str> {
    let label = toml_fields::text(value);
    if label.is_none() {
        problems.tell(value.span(), "a content is a name in quotes");
    }
    label
}

/// A table that is there for its fields only.
pub(super) fn fields<'t>(
    table: &'t DeTable<'t>,
    known: &[&[&'static str]],
    problems: &mut Problems,
) -> Fields<'t> {
    Fields::new(table, known, problems)
}
