//! Round trips: a configuration written in each form and read back, and what does not survive.

use super::output::{Lost, Place, Reason, prove, read_back};
use super::{Config, Table};
use crate::schema::{Cell, Module, Text};

/// What becomes of a configuration that is written in one form and read back; see [`Config::round_trips`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RoundTrip {
    /// The form, as `convert --to` names it.
    pub form: &'static str,
    /// What the form is, in a few words.
    pub about: &'static str,
    /// What came of it.
    pub outcome: RoundTripOutcome,
}

/// What a round trip comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RoundTripOutcome {
    /// It was read back; all but this is as it was.
    Read(Vec<Lost>),
    /// What was written cannot be read, and why.
    Unreadable(String),
    /// It cannot be written in this form, and why.
    Unwritable(String),
    /// The version does not know the form.
    Unknown,
}

impl RoundTrip {
    /// Whether anything is lost.
    pub fn loses(&self) -> bool {
        match &self.outcome {
            RoundTripOutcome::Read(lost) => !lost.is_empty(),
            RoundTripOutcome::Unreadable(_) | RoundTripOutcome::Unwritable(_) => true,
            RoundTripOutcome::Unknown => false,
        }
    }
}

impl Config {
    /// Writes the configuration in each form, reads it back, and tells what was lost and why.
    ///
    /// The forms are `cnf` ([`to_cnf`](Config::to_cnf)) and `saved-cnf`
    /// ([`to_saved_cnf`](Config::to_saved_cnf)), and by their features `json`, `yaml` and `sql`.
    ///
    /// ```
    /// use proxysql_kit::config::Config;
    /// use proxysql_kit::schema::MysqlQueryRule;
    ///
    /// let mut config = Config::default();
    /// let rule = MysqlQueryRule { rule_id: 1, match_pattern: Some(r"\\bfoo".into()), ..MysqlQueryRule::default() };
    /// config.mysql_query_rules.push(rule);
    /// let trips = config.round_trips();
    /// let losing: Vec<_> = trips.iter().filter(|trip| trip.loses()).map(|trip| trip.form).collect();
    /// assert_eq!(losing, ["saved-cnf"]);
    /// ```
    pub fn round_trips(&self) -> Vec<RoundTrip> {
        let trip = |form: &Form| RoundTrip { form: form.name, about: form.about, outcome: (form.trip)(self) };
        FORMS.iter().map(trip).collect()
    }
}

/// A form in which configurations are written. A further one is one more entry of [`FORMS`].
struct Form {
    name: &'static str,
    about: &'static str,
    trip: fn(&Config) -> RoundTripOutcome,
}

const FORMS: &[Form] = &[
    Form { name: "cnf", about: "a proxysql.cnf", trip: cnf },
    Form { name: "saved-cnf", about: "the file of SELECT CONFIG INTO OUTFILE", trip: saved_cnf },
    #[cfg(feature = "json")]
    Form { name: "json", about: "JSON", trip: json },
    #[cfg(feature = "yaml")]
    Form { name: "yaml", about: "YAML", trip: yaml },
    #[cfg(feature = "sqlite")]
    Form { name: "sql", about: "admin SQL", trip: sql },
];

fn cnf(config: &Config) -> RoundTripOutcome {
    // It is proven there already.
    RoundTripOutcome::Read(config.to_cnf().lost)
}

fn saved_cnf(config: &Config) -> RoundTripOutcome {
    let Some(text) = config.to_saved_cnf() else { return RoundTripOutcome::Unknown };
    let read = match read_back(config, &text) {
        Ok(read) => read,
        Err(why) => return RoundTripOutcome::Unreadable(why),
    };
    let is_saved = |table: Table| {
        table.schema(config.version).is_none_or(|schema| schema.cnf_section().is_none() || schema.is_saved())
    };
    let unsaved = Table::ALL.iter().filter(|table| !is_saved(**table));
    let filled = unsaved.map(|&table| (table, config.table(table).len())).filter(|(_, rows)| *rows > 0);
    let unsaved = filled.map(|(table, rows)| Lost::new(Place::Table { table, rows }, Reason::NotSaved, None));
    // What no file holds this one does not hold either.
    let mut lost = config.to_cnf().lost;
    lost.retain(|lost| lost.place.table().is_none_or(is_saved));
    lost.extend(unsaved);
    prove(config, &read, &mut lost);
    for lost in lost.iter_mut().filter(|lost| lost.reason == Reason::Unforeseen) {
        lost.reason = saved_reason(config, &lost.place);
    }
    RoundTripOutcome::Read(lost)
}

/// Why a saved file does not hold something.
fn saved_reason(config: &Config, place: &Place) -> Reason {
    match place {
        Place::Setting(_) => Reason::NotSaved,
        Place::Variable { module, name } => text_reason(&variable(config, *module, name)),
        Place::Row(row) => {
            let Some(row) = config.table(row.table).row(row.index) else { return Reason::Unforeseen };
            let columns = 0..row.table().spec().columns.len();
            let reasons: Vec<Reason> = columns.map(|at| cell_reason(row.cell(at))).collect();
            // An empty text that is left out can be a key without which there is no row.
            let known = [Reason::NotEscaped, Reason::EmptyNotSaved];
            known.into_iter().find(|known| reasons.contains(known)).unwrap_or(Reason::Unforeseen)
        }
        Place::Column { row: place, column } => {
            let spec = place.table.spec();
            let position = spec.columns.iter().position(|other| other.name == *column);
            let row = config.table(place.table).row(place.index);
            let (Some(position), Some(row)) = (position, row) else { return Reason::Unforeseen };
            match row.cell(position) {
                _ if spec.columns[position].key.is_none() => Reason::NoKey,
                Cell::Null => Reason::Null,
                cell => cell_reason(cell),
            }
        }
        Place::Table { .. } | Place::Order(_) => Reason::Unforeseen,
    }
}

fn cell_reason(cell: Cell<'_>) -> Reason {
    if let Cell::Text(text) = cell { text_reason(text) } else { Reason::Unforeseen }
}

fn text_reason(text: &[u8]) -> Reason {
    if text.is_empty() {
        Reason::EmptyNotSaved
    } else if text.contains(&0) {
        Reason::Nul
    } else if text.iter().any(|byte| matches!(byte, b'\\' | b'"' | b'\'')) {
        Reason::NotEscaped
    } else {
        Reason::Unforeseen
    }
}

fn variable(config: &Config, module: Module, name: &Text) -> Vec<u8> {
    let variables = config.variables(module);
    match module.variables(config.version).iter().find(|variable| *name == variable.name()) {
        Some(variable) => variables.text(variable.position()).into_owned(),
        None => {
            let row = variables.others().iter().find(|(other, _)| other == name);
            row.map(|(_, text)| text.as_bytes().to_vec()).unwrap_or_default()
        }
    }
}

#[cfg(feature = "json")]
fn json(config: &Config) -> RoundTripOutcome {
    match config.to_json() {
        Ok(text) => compared(config, Config::from_json(&text), None),
        Err(error) => RoundTripOutcome::Unwritable(error.to_string()),
    }
}

#[cfg(feature = "yaml")]
fn yaml(config: &Config) -> RoundTripOutcome {
    match config.to_yaml() {
        Ok(text) => compared(config, Config::from_yaml(&text), None),
        Err(error) => RoundTripOutcome::Unwritable(error.to_string()),
    }
}

#[cfg(feature = "sqlite")]
fn sql(config: &Config) -> RoundTripOutcome {
    let options = super::SqlReadOptions::new().version(config.version);
    let script = super::SqlScript::run(config.to_sql(&super::SqlOptions::new()), &options);
    compared(config, script.map(|script| script.config), Some(&Reason::NotInSql))
}

/// Compares what was read back. `settings` says why the form does not hold what stands outside of
/// sections, if so.
#[cfg(any(feature = "json", feature = "yaml", feature = "sqlite"))]
fn compared<E: std::fmt::Display>(
    config: &Config,
    read: Result<Config, E>,
    settings: Option<&Reason>,
) -> RoundTripOutcome {
    let read = match read {
        Ok(read) => read,
        Err(error) => return RoundTripOutcome::Unreadable(error.to_string()),
    };
    let mut lost = Vec::new();
    prove(config, &read, &mut lost);
    for lost in &mut lost {
        if let (Place::Setting(_), Some(reason)) = (&lost.place, settings) {
            lost.reason = reason.clone();
        }
    }
    RoundTripOutcome::Read(lost)
}
