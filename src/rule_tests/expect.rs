//! What is expected of a query: read, and held against its route.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::rules::{Answer, ChosenBy, Effects, MirrorRoute, Route, Value};
use crate::toml_fields::{self as fields, Fields, Problems};

/// What can be said of a copy, too.
const COPY: &[&str] = &["hostgroup", "rule", "rules", "not_rule", "rewrite"];
const QUERY: &[&str] = &["chosen_by", "error", "ok", "mirror", "digest", "digest_text", "unset"];

/// Who can choose a hostgroup.
const CHOOSERS: &[&str] = &["rule", "fast_routing", "hint", "user_default", "unknown_user"];

/// One thing that has to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expectation {
    Hostgroup(i32),
    ChosenBy(&'static str),
    Rule(i32),
    Rules(Vec<i32>),
    NotRules(Vec<i32>),
    Rewrite(Wanted),
    Error(Wanted),
    Ok(Wanted),
    /// Nothing: no copy.
    Mirror(Option<Vec<Expectation>>),
    Digest(String),
    DigestText(String),
    Unset(Vec<&'static str>),
    Column(&'static str, Value),
}

/// A text, or whether there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Text(String),
    Any(bool),
}

/// What does not hold: the field, what is expected, and what is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) field: String,
    pub(super) expected: String,
    pub(super) actual: String,
}

/// Reads the fields of `expect`.
pub(super) fn read(table: &DeTable<'_>, place: &Range<usize>, problems: &mut Problems) -> Vec<Expectation> {
    let fields = Fields::new(table, &[COPY, QUERY, Effects::COLUMNS], problems);
    if table.is_empty() {
        problems.tell(place.clone(), "`expect` says nothing, so that the test could not fail");
    }
    let mut all = of_copy(fields, problems);
    all.extend(chosen_by(fields, problems));
    all.extend(wanted(fields, "error", problems).map(Expectation::Error));
    all.extend(wanted(fields, "ok", problems).map(Expectation::Ok));
    all.extend(mirror(fields, place, problems));
    all.extend(fields.text("digest", problems).map(|digest| Expectation::Digest(digest.to_owned())));
    all.extend(fields.text("digest_text", problems).map(|text| Expectation::DigestText(text.to_owned())));
    all.extend(unset(fields, problems));
    all.extend(Effects::COLUMNS.iter().filter_map(|column| of_column(fields, column, problems)));
    all
}

fn of_copy(fields: Fields<'_>, problems: &mut Problems) -> Vec<Expectation> {
    let mut all = Vec::new();
    all.extend(fields.number("hostgroup", problems).map(Expectation::Hostgroup));
    all.extend(fields.number("rule", problems).map(Expectation::Rule));
    all.extend(fields.numbers("rules", problems).map(Expectation::Rules));
    all.extend(fields.numbers("not_rule", problems).map(Expectation::NotRules));
    all.extend(wanted(fields, "rewrite", problems).map(Expectation::Rewrite));
    all
}

fn wanted(fields: Fields<'_>, name: &str, problems: &mut Problems) -> Option<Wanted> {
    let value = fields.get(name)?;
    match value.get_ref() {
        DeValue::String(text) => Some(Wanted::Text(text.to_string())),
        DeValue::Boolean(any) => Some(Wanted::Any(*any)),
        other => {
            let kind = fields::kind(other);
            problems.tell(value.span(), format!("`{name}` is a text, or true or false, not {kind}"));
            None
        }
    }
}

fn chosen_by(fields: Fields<'_>, problems: &mut Problems) -> Option<Expectation> {
    let text = fields.text("chosen_by", problems)?;
    let known = CHOOSERS.iter().find(|known| **known == text);
    if known.is_none() {
        let near = crate::schema::closest(text, CHOOSERS.iter().copied());
        let hint = near.map_or_else(
            || format!("known are {}", CHOOSERS.join(", ")),
            |near| format!("did you mean {near:?}?"),
        );
        problems.tell(fields.get("chosen_by")?.span(), format!("nobody is called {text:?}: {hint}"));
    }
    known.map(|known| Expectation::ChosenBy(known))
}

fn mirror(fields: Fields<'_>, place: &Range<usize>, problems: &mut Problems) -> Option<Expectation> {
    let value = fields.get("mirror")?;
    match value.get_ref() {
        DeValue::Boolean(false) => Some(Expectation::Mirror(None)),
        DeValue::Boolean(true) => Some(Expectation::Mirror(Some(Vec::new()))),
        DeValue::Table(table) => {
            if table.is_empty() {
                problems.tell(place.clone(), "`mirror` says nothing; `true` asks for any copy");
            }
            Some(Expectation::Mirror(Some(of_copy(Fields::new(table, &[COPY], problems), problems))))
        }
        other => {
            let kind = fields::kind(other);
            problems.tell(value.span(), format!("`mirror` is a table, or true or false, not {kind}"));
            None
        }
    }
}

fn unset(fields: Fields<'_>, problems: &mut Problems) -> Option<Expectation> {
    fields.get("unset")?;
    let mut columns = Vec::new();
    for (name, place) in fields.texts("unset", problems) {
        match Effects::COLUMNS.iter().find(|column| **column == name) {
            Some(column) => columns.push(*column),
            None => {
                let near = crate::schema::closest(name, Effects::COLUMNS.iter().copied());
                let hint = near.map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
                problems.tell(place, format!("there is no column `{name}`{hint}"));
            }
        }
    }
    Some(Expectation::Unset(columns))
}

fn of_column(fields: Fields<'_>, column: &'static str, problems: &mut Problems) -> Option<Expectation> {
    let value = fields.get(column)?;
    let wanted = match value.get_ref() {
        DeValue::String(text) => Value::Text((&**text).into()),
        DeValue::Boolean(flag) => Value::Int((*flag).into()),
        DeValue::Integer(_) => Value::Int(fields.number(column, problems)?),
        other => {
            let kind = fields::kind(other);
            problems.tell(value.span(), format!("`{column}` is a number or a text, not {kind}"));
            return None;
        }
    };
    Some(Expectation::Column(column, wanted))
}

/// What is said of a query and of a copy of it alike.
struct Outcome<'r> {
    hostgroup: i32,
    answer: Option<Answer<'r>>,
    matched: &'r [i32],
    came: &'r [u8],
    sent: &'r [u8],
}

/// What of the expectations does not hold for a query, which came as this text.
pub(super) fn broken(all: &[Expectation], query: &[u8], route: &Route<'_>) -> Vec<Broken> {
    let outcome = Outcome {
        hostgroup: route.hostgroup,
        answer: route.answer(),
        matched: &route.matched,
        came: query,
        sent: &route.query,
    };
    all.iter().flat_map(|one| one.broken(&outcome, Some(route))).collect()
}

impl Expectation {
    /// Without a route it is about a copy.
    fn broken(&self, outcome: &Outcome<'_>, route: Option<&Route<'_>>) -> Vec<Broken> {
        let one = |field: &str, expected: String, actual: String| {
            let is_met = expected == actual;
            (!is_met).then(|| Broken { field: field.to_owned(), expected, actual }).into_iter().collect()
        };
        match (self, route) {
            (Expectation::Hostgroup(wanted), _) => one("hostgroup", wanted.to_string(), sent_to(outcome)),
            (Expectation::Rule(wanted), _) => {
                let last = outcome.matched.last();
                one("rule", wanted.to_string(), last.map_or_else(|| "none".to_owned(), i32::to_string))
            }
            (Expectation::Rules(wanted), _) => {
                one("rules", format!("{wanted:?}"), format!("{:?}", outcome.matched))
            }
            (Expectation::NotRules(wanted), _) => {
                let wrong = wanted.iter().filter(|rule| outcome.matched.contains(rule));
                let of = |rule: &i32| {
                    one("not_rule", format!("rule {rule} not to match"), format!("{:?}", outcome.matched))
                };
                wrong.flat_map(of).collect()
            }
            (Expectation::Rewrite(wanted), _) => {
                let text = (outcome.sent != outcome.came).then_some(outcome.sent);
                wanted.broken("rewrite", text, "sent as it came")
            }
            (Expectation::Mirror(wanted), Some(route)) => copy(wanted.as_deref(), route),
            (_, Some(route)) => self.of_query(route).into_iter().collect(),
            // Nothing else is read of a copy.
            (_, None) => Vec::new(),
        }
    }

    fn of_query(&self, route: &Route<'_>) -> Option<Broken> {
        let one = |field: &str, expected: String, actual: String| {
            (expected != actual).then(|| Broken { field: field.to_owned(), expected, actual })
        };
        match self {
            Expectation::ChosenBy(wanted) => {
                let actual = chooser(route);
                one("chosen_by", (*wanted).to_owned(), actual.to_owned())
            }
            Expectation::Error(wanted) => {
                let text = match route.answer() {
                    Some(Answer::Error(text)) => Some(text.as_bytes()),
                    _ => None,
                };
                wanted.broken("error", text, "no error").into_iter().next()
            }
            Expectation::Ok(wanted) => {
                let text = match route.answer() {
                    Some(Answer::Ok(text)) => Some(text.as_bytes()),
                    _ => None,
                };
                wanted.broken("ok", text, "no OK").into_iter().next()
            }
            Expectation::Digest(wanted) => {
                let digest = route.digest.as_ref().map_or_else(none, |digest| digest.hash().to_string());
                one("digest", wanted.clone(), digest)
            }
            Expectation::DigestText(wanted) => {
                let text =
                    |digest: &crate::digest::Digest| String::from_utf8_lossy(digest.text()).into_owned();
                one("digest_text", wanted.clone(), route.digest.as_ref().map_or_else(none, text))
            }
            Expectation::Unset(columns) => {
                let set = route.effects.columns().find(|(column, _)| columns.contains(column));
                set.and_then(|(column, value)| {
                    one("unset", format!("no {column}"), format!("{column} = {value}"))
                })
            }
            Expectation::Column(column, wanted) => {
                let found = route.effects.columns().find(|(name, _)| name == column);
                let actual = found.map_or_else(none, |(_, value)| value.to_string());
                one(column, wanted.to_string(), actual)
            }
            _ => None,
        }
    }
}

impl Wanted {
    /// What does not hold where there is this text, or none, which has a word of its own.
    fn broken(&self, field: &str, text: Option<&[u8]>, without: &str) -> Vec<Broken> {
        let is_met = match self {
            Wanted::Text(wanted) => text == Some(wanted.as_bytes()),
            Wanted::Any(any) => *any == text.is_some(),
        };
        let quoted = |text: &[u8]| format!("{:?}", String::from_utf8_lossy(text));
        let expected = match self {
            Wanted::Text(wanted) => quoted(wanted.as_bytes()),
            Wanted::Any(true) => "any".to_owned(),
            Wanted::Any(false) => without.to_owned(),
        };
        let actual = text.map_or_else(|| without.to_owned(), quoted);
        (!is_met).then(|| Broken { field: field.to_owned(), expected, actual }).into_iter().collect()
    }
}

fn copy(wanted: Option<&[Expectation]>, route: &Route<'_>) -> Vec<Broken> {
    let mirror = route.mirror.as_deref().filter(|mirror| mirror.answer().is_none());
    let broken = |expected: &str, actual: String| {
        vec![Broken { field: "mirror".to_owned(), expected: expected.to_owned(), actual }]
    };
    match (wanted, mirror) {
        (None, None) => Vec::new(),
        (None, Some(mirror)) => broken("no copy", format!("a copy to hostgroup {}", mirror.hostgroup)),
        (Some(_), None) => broken("a copy", "no copy".to_owned()),
        (Some(all), Some(mirror)) => of_mirror(all, route, mirror),
    }
}

fn of_mirror(all: &[Expectation], route: &Route<'_>, mirror: &MirrorRoute) -> Vec<Broken> {
    let outcome = Outcome {
        hostgroup: mirror.hostgroup,
        answer: None,
        matched: &mirror.matched,
        came: &route.query,
        sent: &mirror.query,
    };
    let mut broken: Vec<_> = all.iter().flat_map(|one| one.broken(&outcome, None)).collect();
    for one in &mut broken {
        one.field.insert_str(0, "mirror.");
    }
    broken
}

fn sent_to(outcome: &Outcome<'_>) -> String {
    match outcome.answer {
        None => outcome.hostgroup.to_string(),
        Some(Answer::Ok(text)) => format!("not sent: an OK with the text {text:?}"),
        Some(Answer::Error(text)) => format!("not sent: an error with the text {text:?}"),
    }
}

fn chooser(route: &Route<'_>) -> &'static str {
    match route.chosen_by {
        ChosenBy::Rule(_) => "rule",
        ChosenBy::FastRouting { .. } => "fast_routing",
        ChosenBy::Hint => "hint",
        ChosenBy::UnknownUser => "unknown_user",
        ChosenBy::UserDefault | ChosenBy::MirrorHostgroup => "user_default",
    }
}

fn none() -> String {
    "none".to_owned()
}
