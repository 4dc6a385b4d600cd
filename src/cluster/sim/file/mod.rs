//! A scenario as TOML: read, with a word on each field that is not as it should be.

mod actions;
mod nodes;
mod values;

use std::collections::BTreeMap;
use std::fmt;

use super::scenario::{Action, Content, Expectation, Scenario};
use crate::config::{Config, LoadOptions, Loaded};
use crate::libconfig::Document;
use crate::schema::Version;
pub use crate::toml_fields::Problem;
use crate::toml_fields::{self, Fields, Lines, Problems};
use values::Values as _;

const FILE: &[&str] = &[
    "title",
    "seed",
    "start",
    "duration",
    "nodes",
    "names",
    "log_limit",
    "link",
    "between",
    "node",
    "at",
    "expect",
];
/// What holds for all nodes, or for one.
const NODE: &[&str] = &["version", "config", "clock", "disk", "members", "settings", "contents"];
const LINK: &[&str] = &["delay", "jitter", "loss"];
const EXPECT: &[&str] = &[
    "module",
    "converged",
    "within",
    "winner",
    "lost",
    "pulls",
    "failed_pulls",
    "conflict",
    "conflict_at_end",
    "flapping",
    "log",
    "no_log",
];

/// The most nodes of a scenario.
const MOST_NODES: usize = 2_000;
/// The most pairs of nodes that know each other: some 2 GB.
const MOST_PAIRS: u64 = 1_200_000;
/// The most checks of peers, so the most time: minutes to a quarter of an hour.
const MOST_CHECKS: u64 = 5_000_000_000;
/// The most lines of logs that are kept.
const MOST_LINES: usize = 10_000_000;
/// What `cluster_check_interval_ms` is where nothing is said.
const USUAL_INTERVAL: u64 = 1_000;

/// A scenario that is none: all that is wrong with its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    file: String,
    problems: Vec<Problem>,
}

impl ScenarioError {
    /// All problems, in the order of the text.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

/// A line for each problem: `FILE:LINE:COLUMN: MESSAGE`.
impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        toml_fields::show(&self.file, &self.problems, f)
    }
}

impl std::error::Error for ScenarioError {}

impl Scenario {
    /// Reads the text of a file that names no other ones; its name is that in errors.
    ///
    /// # Errors
    /// Everything that is wrong with it, up to 50 problems.
    pub fn parse(file: &str, text: &str) -> Result<Self, ScenarioError> {
        Self::parse_with(file, text, &mut |name| Err(format!("`{name}` is not read here")))
    }

    /// The same, with a function that gives the text of a configuration file by the name that stands in the
    /// scenario, or why there is none.
    ///
    /// # Errors
    /// Everything that is wrong with it, up to 50 problems.
    pub fn parse_with(
        file: &str,
        text: &str,
        open: &mut dyn FnMut(&str) -> Result<String, String>,
    ) -> Result<Self, ScenarioError> {
        let read = |table: &toml::de::DeTable<'_>, _: &Lines<'_>, problems: &mut Problems| {
            let fields = Fields::new(table, &[FILE, NODE], problems);
            Reading { configs: Configs { open, known: BTreeMap::new() }, file }.scenario(fields, problems)
        };
        toml_fields::read(text, read).map_err(|problems| ScenarioError { file: file.to_owned(), problems })
    }
}

/// What is needed all along.
struct Reading<'r> {
    configs: Configs<'r>,
    file: &'r str,
}

impl Reading<'_> {
    fn scenario(&mut self, fields: Fields<'_>, problems: &mut Problems) -> Scenario {
        let title = fields.text("title", problems).unwrap_or(self.file);
        let mut scenario = Scenario::new(title, 0);
        if let Some(seed) = fields.number("seed", problems) {
            scenario.seed = seed;
        }
        if let Some(start) = fields.date("start", problems) {
            scenario.start = start;
        }
        if let Some(duration) = fields.duration("duration", problems) {
            scenario.duration = duration;
        }
        if let Some(limit) = fields.number("log_limit", problems) {
            scenario.log_limit = limit;
        }
        if scenario.log_limit > MOST_LINES {
            problems
                .tell(fields.place("log_limit"), format!("at most {} lines", thousands(MOST_LINES as u64)));
        }
        self.nodes(fields, &mut scenario, problems);
        if let Some(table) = fields.table("link", problems) {
            let link = Fields::new(table, &[LINK], problems);
            scenario.link = values::link(link, scenario.link, problems);
        }
        for (table, _) in fields.tables("between", problems) {
            let between = Fields::new(table, &[LINK, &["nodes", "others"]], problems);
            let nodes = between.nodes("nodes", &scenario, problems);
            let others = if between.has("others") {
                between.nodes("others", &scenario, problems)
            } else {
                (0..scenario.nodes.len()).filter(|node| !nodes.contains(node)).collect()
            };
            scenario.links.push((nodes, others, values::link(between, scenario.link, problems)));
        }
        for (table, place) in fields.tables("at", problems) {
            self.actions(table, &place, &mut scenario, problems);
        }
        is_too_much(fields, &scenario, problems);
        // A list of them, or one.
        let all = match fields.get("expect").map(toml::Spanned::get_ref) {
            Some(toml::de::DeValue::Table(table)) => vec![table],
            _ => fields.tables("expect", problems).into_iter().map(|(table, _)| table).collect(),
        };
        for table in all {
            scenario.expect.push(expectation(Fields::new(table, &[EXPECT], problems), problems));
        }
        scenario
    }
}

/// Tells of what takes more memory, or more time, than anybody has.
fn is_too_much(fields: Fields<'_>, scenario: &Scenario, problems: &mut Problems) {
    let (mut longest, mut interval) = (0, USUAL_INTERVAL);
    let mut look = |members: &[usize], settings: Option<&BTreeMap<String, String>>| {
        longest = longest.max(members.len());
        let said = settings.and_then(|settings| settings.get("cluster_check_interval_ms"));
        interval = interval.min(said.and_then(|text| text.parse().ok()).unwrap_or(interval));
    };
    for node in &scenario.nodes {
        look(&node.members, Some(&node.settings));
    }
    for (_, action) in &scenario.actions {
        match action {
            Action::Members { members, .. } => look(members, None),
            Action::Set { settings, .. } => look(&[], Some(settings)),
            _ => {}
        }
    }
    // Lists of members travel, and so do variables.
    let pairs = (scenario.nodes.len() as u64).saturating_mul(longest as u64);
    if pairs > MOST_PAIRS {
        let (pairs, most) = (thousands(pairs), thousands(MOST_PAIRS));
        let message = format!(
            "{pairs} pairs of nodes that know each other are more than {most}: fewer nodes, or fewer `members`"
        );
        problems.tell(fields.place("nodes"), message);
    }
    let checks = pairs.saturating_mul(scenario.duration) / interval.max(1);
    if checks > MOST_CHECKS {
        let (checks, most) = (thousands(checks), thousands(MOST_CHECKS));
        let message = format!(
            "{checks} checks of peers are more than {most}: a shorter time, fewer nodes, or a longer \
             `cluster_check_interval_ms`"
        );
        problems.tell(fields.place("duration"), message);
    }
}

/// `1,200,000`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn expectation(fields: Fields<'_>, problems: &mut Problems) -> Expectation {
    let texts = |name, problems: &mut Problems| -> Vec<String> {
        fields.texts(name, problems).into_iter().map(|(text, _)| text.to_owned()).collect()
    };
    Expectation {
        module: fields.module("module", problems).map(str::to_owned),
        converged: fields.flag("converged", problems),
        within: fields.duration("within", problems),
        winner: fields.text("winner", problems).map(str::to_owned),
        lost: fields.has("lost").then(|| texts("lost", problems)),
        pulls: fields.number("pulls", problems),
        failed_pulls: fields.number("failed_pulls", problems),
        conflict: fields.flag("conflict", problems),
        conflict_at_end: fields.flag("conflict_at_end", problems),
        flapping: fields.flag("flapping", problems),
        log: texts("log", problems),
        no_log: texts("no_log", problems),
    }
}

/// Configuration files, as the versions that take part load them.
struct Configs<'r> {
    open: &'r mut dyn FnMut(&str) -> Result<String, String>,
    known: BTreeMap<(String, String), Result<Loaded, String>>,
}

impl Configs<'_> {
    /// A file as a node of a version string loads it.
    fn load(&mut self, name: &str, version: &str) -> Result<&Loaded, String> {
        let key = (name.to_owned(), version.to_owned());
        let open = &mut self.open;
        let loaded = self.known.entry(key).or_insert_with(|| {
            let text = open(name)?;
            let document = Document::parse(&*text).map_err(|error| format!("{name}: {error}"))?;
            let behaves = version.parse().unwrap_or_default();
            let options = LoadOptions::new().version(behaves).version_string(version);
            let loaded = Config::load(&document, &options);
            match &loaded.failure {
                Some(failure) => Err(format!("{name}: {failure}")),
                None => Ok(loaded),
            }
        });
        loaded.as_ref().map_err(Clone::clone)
    }
}

/// The contents of all modules of a loaded file whose checksums can be told, by the file's name.
fn contents(loaded: &Loaded, label: &str) -> BTreeMap<String, Content> {
    let checksums = loaded.checksums();
    let known = checksums.modules.iter().filter_map(|module| {
        let checksum = module.value.checksum()?;
        Some((module.name.to_owned(), Content { label: label.into(), checksum }))
    });
    known.collect()
}

/// A version by its short name, or whatever a server may call itself.
fn version_string(text: &str) -> String {
    let short = Version::ALL.into_iter().find(|version| version.name() == text);
    short.map_or_else(|| text.to_owned(), |version| version.version_string().to_owned())
}
