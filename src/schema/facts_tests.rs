//! The declarations against the verified facts: `tests/facts/schema.json`, everything in it, in all
//! versions.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;

use super::spec::{Form, Read};
use super::statement::{Slot, Statement};
use super::variables::{CHARSETS, Kind};
use super::*;

static FACTS: LazyLock<Value> = LazyLock::new(|| {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/facts/schema.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
});

/// The names that the facts have for versions.
const RELEASES: [&str; 3] = ["2.0.5", "2.7.1", "3.0.0-alpha"];

fn version_of(release: &str) -> Version {
    Version::ALL[RELEASES.iter().position(|&known| known == release).unwrap()]
}

/// A value in a version: itself, or of an object from version to value the last one up to it.
fn at(value: &Value, version: Version) -> &Value {
    let by_version = value
        .as_object()
        .filter(|object| !object.is_empty() && object.keys().all(|key| RELEASES.contains(&key.as_str())));
    let Some(by_version) = by_version else { return value };
    let valid = by_version.iter().filter(|(release, _)| version_of(release) <= version);
    valid.max_by_key(|(release, _)| version_of(release)).map_or(&Value::Null, |(_, value)| value)
}

/// Whether a version has a thing, by its `since` and `until`.
fn holds(thing: &Value, version: Version, first: Version) -> bool {
    let since = thing["since"].as_str().map_or(first, version_of);
    let until = thing["until"].as_str().map_or(Version::V3_0, version_of);
    since <= version && version <= until
}

fn list(value: &Value) -> Vec<&str> {
    value.as_array().map_or(vec![], |list| list.iter().map(|item| item.as_str().unwrap()).collect())
}

fn lists(value: &Value) -> Vec<Vec<&str>> {
    value.as_array().map_or(vec![], |all| all.iter().map(list).collect())
}

fn name(thing: &Value) -> &str {
    thing["name"].as_str().unwrap()
}

/// All tables of the facts but `global_variables`, whose rows are the variables here.
fn tables_of(version: Version) -> Vec<&'static Value> {
    let first = |table: &Value| if name(table).starts_with("pgsql") { Version::V3_0 } else { Version::V2_0 };
    let all = FACTS["tables"].as_array().unwrap().iter();
    all.filter(|table| name(table) != "global_variables" && holds(table, version, first(table))).collect()
}

fn columns_of(table: &Value, version: Version) -> Vec<&Value> {
    let all = table["columns"].as_array().unwrap().iter();
    all.filter(|column| holds(column, version, Version::V2_0)).collect()
}

/// Calls `judge` with each table of each version, as declared and as it is.
fn each_table(judge: impl Fn(&'static TableSchema, &'static Value, Version)) {
    for version in Version::ALL {
        for fact in tables_of(version) {
            let table = Table::from_name(name(fact)).unwrap_or_else(|| panic!("no {}", name(fact)));
            let schema = table.schema(version).unwrap_or_else(|| panic!("no {} in {version}", name(fact)));
            judge(schema, fact, version);
        }
    }
}

/// Calls `judge` with each table of each version that a file can fill.
fn each_section(judge: impl Fn(&'static TableSchema, &'static Value, Version)) {
    each_table(|schema, fact, version| match &fact["cnf"] {
        Value::Null => assert!(schema.section().is_none() && schema.statement().is_none(), "{schema:?}"),
        cnf => judge(schema, cnf, version),
    });
}

fn names_of(schema: &TableSchema, positions: &[usize]) -> Vec<&'static str> {
    let name = |&position: &usize| {
        schema.columns().iter().find(|column| column.position() == position).unwrap().name()
    };
    positions.iter().map(name).collect()
}

#[test]
fn every_version_has_its_tables() {
    for version in Version::ALL {
        let facts: BTreeSet<_> = tables_of(version).into_iter().map(name).collect();
        let declared: BTreeSet<_> = Table::of(version).map(TableSchema::name).collect();
        assert_eq!(declared, facts, "{version}");
    }
}

#[test]
fn create_statements_but_for_blanks() {
    let words = |sql: &str| sql.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    each_table(|schema, fact, version| {
        let create = at(&fact["create"], version).as_str().unwrap();
        assert_eq!(words(&schema.create_statement()), words(create), "{version}");
    });
}

#[test]
fn keys_of_tables() {
    each_table(|schema, fact, version| {
        let name = schema.name();
        assert_eq!(names_of(schema, schema.primary_key()), list(&fact["primary_key"]), "{name} {version}");
        let unique: Vec<_> = schema.unique().iter().map(|set| names_of(schema, set)).collect();
        assert_eq!(unique, lists(&fact["unique"]), "{name} {version}");
        let in_order = fact["columns"].as_array().unwrap().iter().any(|column| {
            column["type"] == "INTEGER" && fact["primary_key"] == serde_json::json!([column["name"]])
        });
        assert_eq!(schema.is_ordered_by_key(), in_order, "{name} {version}");
    });
}

#[test]
fn columns() {
    each_table(|schema, fact, version| {
        let facts = columns_of(fact, version);
        let declared: Vec<_> = schema.columns().iter().map(Column::name).collect();
        assert_eq!(
            declared,
            facts.iter().map(|fact| name(fact)).collect::<Vec<_>>(),
            "{} {version}",
            schema.name()
        );
        for (column, fact) in schema.columns().iter().zip(facts) {
            let place = format!("{}.{} {version}", schema.name(), column.name());
            assert_eq!(column.sql_type(), fact["type"], "{place}");
            let not_null = fact["not_null"].as_bool().unwrap_or(false);
            assert_eq!(column.is_not_null(), not_null, "{place}");
            assert_eq!(column.check(), at(&fact["check"], version).as_str(), "{place}");
            assert_eq!(
                column.check().is_some(),
                column.constraint().is_some(),
                "{place}: a CHECK is not understood"
            );
            assert_eq!(column.default(), default_cell(fact, version), "{place}");
            assert!(!column.doc().is_empty(), "{place}");
        }
        assert!(!schema.table().doc().is_empty());
    });
}

/// The default of a column; NULL where there is none, nothing where NULL is refused.
fn default_cell(fact: &'static Value, version: Version) -> Option<Cell<'static>> {
    match at(&fact["default"], version).as_str() {
        None if fact["not_null"] == true => None,
        None | Some("NULL") => Some(Cell::Null),
        Some(text) => Some(match text.strip_prefix('\'') {
            Some(text) => Cell::Text(text.strip_suffix('\'').unwrap().as_bytes()),
            None => Cell::Int(text.parse().unwrap()),
        }),
    }
}

#[test]
fn rust_types_hold_what_columns_hold() {
    each_table(|schema, _, version| {
        for column in schema.columns() {
            let place = format!("{}.{} {version}", schema.name(), column.name());
            assert_eq!(column.is_nullable(), !column.is_not_null() && !is_key(schema, column), "{place}");
            let is_text = matches!(column.shape(), Shape::Text | Shape::Secret | Shape::OneOf { .. });
            assert_eq!(is_text, column.is_text(), "{place}");
            let secret = matches!(column.name(), "password");
            assert_eq!(column.is_secret(), secret, "{place}");
        }
    });
}

/// An INTEGER PRIMARY KEY is never NULL, whatever is said.
fn is_key(schema: &TableSchema, column: &Column) -> bool {
    schema.is_ordered_by_key() && schema.primary_key() == [column.position()]
}

#[test]
fn sections() {
    each_section(|schema, cnf, version| {
        let name = schema.name();
        let section = schema.section().unwrap_or_else(|| panic!("no section for {name}"));
        assert_eq!(schema.cnf_section(), cnf["section"].as_str(), "{name}");
        assert_eq!(section.called, cnf["called"].as_str(), "{name}");

        let statement = schema.statement().unwrap();
        let value = |slot: &Slot| match slot {
            Slot::Column(index) | Slot::Fixed(index, _) => format!("{{{}}}", schema.columns()[*index].name()),
        };
        let mut text = statement.head.clone();
        for (index, slot) in statement.slots.iter().enumerate() {
            text = text + statement.before(index) + &value(slot);
        }
        assert_eq!(text + Statement::TAIL, at(&cnf["statement"], version).as_str().unwrap(), "{version}");

        let fixed = statement.slots.iter().filter_map(|slot| match slot {
            Slot::Fixed(index, text) => Some((schema.columns()[*index].name(), (*text).to_owned())),
            Slot::Column(_) => None,
        });
        let fact = at(&cnf["fixed"], version).as_object().into_iter().flatten();
        let fact = fact.map(|(name, value)| (name.as_str(), sql(value)));
        assert_eq!(fixed.collect::<BTreeSet<_>>(), fact.collect::<BTreeSet<_>>(), "{name} {version}");

        let never_set = schema.columns().iter().enumerate().filter(|(at, _)| {
            !statement
                .slots
                .iter()
                .any(|slot| matches!(slot, Slot::Column(index) | Slot::Fixed(index, _) if index == at))
        });
        let never_set: Vec<_> = never_set.map(|(_, column)| column.name()).collect();
        assert_eq!(never_set, list(&cnf["never_set"]), "{name} {version}");
    });
}

/// A JSON value as it stands in SQL.
fn sql(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| format!("'{text}'"))
}

#[test]
fn keys_of_sections() {
    each_section(|schema, cnf, version| {
        let facts = cnf["keys"].as_array().unwrap().iter();
        let facts: Vec<_> = facts.filter(|key| holds(key, version, Version::V2_0)).collect();
        let slots = schema.statement().unwrap().slots.iter();
        let columns = slots.filter_map(|slot| match slot {
            Slot::Column(index) => Some(&schema.columns()[*index]),
            Slot::Fixed(..) => None,
        });
        let columns: Vec<_> = columns.collect();
        let names: Vec<_> = columns.iter().map(|column| column.name()).collect();
        let fact_names: Vec<_> = facts.iter().map(|key| key["column"].as_str().unwrap()).collect();
        assert_eq!(names, fact_names, "the order of look-up of {} in {version}", schema.name());
        for (column, fact) in columns.into_iter().zip(facts) {
            key(column, fact, version, &format!("{}.{} {version}", schema.name(), column.name()));
        }
        let keyed = schema.columns().iter().filter(|column| column.key().is_some());
        let keyed: BTreeSet<_> = keyed.map(Column::name).collect();
        assert_eq!(keyed, names.into_iter().collect(), "keys without a place in {}", schema.name());
    });
}

fn key(column: &Column, fact: &'static Value, version: Version, place: &str) {
    let key = column.key().unwrap_or_else(|| panic!("{place} has no key"));
    assert_eq!(key.spellings.get(version), list(at(&fact["keys"], version)), "{place}");

    let mandatory = fact["mandatory"] == true;
    let missing = fact["missing"].as_str().or(fact["column"].as_str()).filter(|_| mandatory);
    assert_eq!(key.mandatory, missing, "{place}");

    let form = at(&fact["sql"], version).as_str().unwrap();
    let default = at(&fact["default"], version);
    let read = match fact["look_up"].as_str().unwrap() {
        // What is mandatory needs no default, and what becomes NULL is -1 without a key.
        "int" => match default.as_i64() {
            Some(default) => Read::Int(default.try_into().unwrap()),
            None if form == "int_or_null" => Read::Int(-1),
            None if mandatory => Read::Int(0),
            None => panic!("{place} has no default"),
        },
        "string" => match default.as_str() {
            Some(default) => Read::Str(Some(default)),
            None if form.ends_with("_or_null") => Read::Str(None),
            None if mandatory => Read::Str(Some("")),
            None => panic!("{place} has no default"),
        },
        other => panic!("{other}"),
    };
    assert_eq!(format!("{:?}", key.read.get(version)), format!("{read:?}"), "{place}");

    let form = match form {
        "int" => Form::Int,
        "int_or_null" => Form::IntOrNull,
        "zero_one" => Form::ZeroOne,
        "single" | "single_or_null" => Form::Single,
        "single_doubled" => Form::SingleDoubled,
        "double" | "double_or_null" => Form::Double,
        other => panic!("{other}"),
    };
    assert_eq!(key.form.get(version), form, "{place}");

    let one_of = key.one_of.map(|(names, otherwise)| (names.to_vec(), otherwise));
    let fact = fact.get("one_of").map(|names| (list(names), fact["otherwise"].as_str().unwrap()));
    assert_eq!(one_of, fact, "{place}");
}

#[test]
fn saved_tables() {
    each_table(|schema, fact, version| {
        let saved = fact["saved"] == true && version >= Version::V2_7;
        assert_eq!(schema.is_saved(), saved, "{} {version}", schema.name());
    });
    for (release, sections) in FACTS["sections_saved"].as_object().unwrap() {
        let tables = Table::of(version_of(release)).filter(|table| table.is_saved());
        let saved: BTreeSet<_> = tables.filter_map(TableSchema::cnf_section).collect();
        let fact = list(sections).into_iter().filter(|section| !section.ends_with("_variables")).collect();
        assert_eq!(saved, fact, "{release}");
    }
}

#[test]
fn sections_that_are_read() {
    for (release, sections) in FACTS["sections_read"].as_object().unwrap() {
        let version = version_of(release);
        let modules = Module::ALL.into_iter().filter(|module| module.is_in(version)).map(Module::section);
        let declared = Table::of(version).filter_map(TableSchema::cnf_section).chain(modules);
        assert_eq!(declared.collect::<BTreeSet<_>>(), list(sections).into_iter().collect(), "{release}");
    }
}

/// Calls `judge` with each variable of each version, as declared and as it is.
fn each_variable(judge: impl Fn(&Variable, &'static Value, Version, &str)) {
    for version in Version::ALL {
        for module in Module::ALL {
            let first = if module == Module::Pgsql { Version::V3_0 } else { Version::V2_0 };
            let facts = FACTS["variables"][module.name()].as_array().unwrap().iter();
            let facts: Vec<_> = facts.filter(|fact| holds(fact, version, first)).collect();
            let declared: Vec<_> = module.variables(version).iter().map(Variable::name).collect();
            let mut names: Vec<_> = facts.iter().map(|fact| name(fact)).collect();
            names.sort_unstable();
            assert_eq!(declared, names, "{module} {version}");
            for fact in facts {
                let variable = module.variable(version, name(fact)).unwrap();
                judge(variable, fact, version, &format!("{} {version}", variable.full_name()));
            }
        }
    }
}

#[test]
fn variables_have_their_defaults_kinds_and_ranges() {
    each_variable(|variable, fact, version, place| {
        assert_eq!(variable.default(), at(&fact["default"], version).as_str().unwrap(), "{place}");
        let fact_kind = at(&fact["kind"], version).as_str().unwrap();
        assert_eq!(variable.kind(), kind(fact_kind), "{place}");
        let bound = |name: &str| at(&fact[name], version).as_i64();
        assert_eq!(variable.range(), bound("min").zip(bound("max")), "{place}");
        assert!(!variable.doc().is_empty(), "{place}");
    });
}

fn kind(name: &str) -> Kind {
    match name {
        "bool" => Kind::Bool,
        "int" => Kind::Int,
        "uint32" => Kind::Uint32,
        "text" => Kind::Text,
        "nonempty" => Kind::NonEmpty,
        "empty_ignored" => Kind::EmptyIgnored,
        "text_or_null" => Kind::TextOrNull,
        "text_or_default" => Kind::TextOrDefault,
        "one_of" => Kind::OneOf,
        "interfaces" => Kind::Interfaces,
        "server_version" => Kind::ServerVersion,
        "version" => Kind::Version,
        "filename" => Kind::Filename,
        "heartbeat" => Kind::Heartbeat,
        "networks" => Kind::Networks,
        "keylog" => Kind::Keylog,
        "charset_nr" => Kind::CharsetNr,
        "charset" => Kind::Charset,
        "collation" => Kind::Collation,
        other => panic!("{other}"),
    }
}

#[test]
fn variables_have_their_oddities() {
    each_variable(|variable, fact, version, place| {
        let spec = variable.spec();
        assert_eq!(spec.capability.map(u64::from), fact["capability"].as_u64(), "{place}");
        if version >= Version::V2_7 {
            assert_eq!(spec.false_disables, at(&fact["false_disables"], version).as_str(), "{place}");
        } else {
            assert_eq!(at(&fact["false_disables"], version), &Value::Null, "{place}");
        }
        let first_row = spec.first_row_in_2_0.filter(|_| version == Version::V2_0);
        assert_eq!(first_row, at(&fact["first_row"], version).as_str(), "{place}");
        let rounded = at(&fact["rounded_up_to"], version).as_array().into_iter().flatten();
        let rounded: Vec<_> = rounded.map(|number| number.as_i64().unwrap()).collect();
        let declared: Vec<_> =
            spec.rounded_up_to.get(version).iter().map(|&number| i64::from(number)).collect();
        assert_eq!(declared, rounded, "{place}");
        assert_eq!(spec.exact_case, fact["case_matters"] == true, "{place}");
    });
}

#[test]
fn variables_have_types_that_hold_their_kind() {
    each_variable(|variable, fact, _, place| {
        let fits = match variable.kind() {
            Kind::Bool => variable.shape() == ValueShape::Bool,
            Kind::Int | Kind::Uint32 => variable.shape() == ValueShape::Int,
            Kind::OneOf => variable.shape() == ValueShape::OneOf(list(&fact["values"]).leak()),
            _ => matches!(variable.shape(), ValueShape::Text | ValueShape::Secret),
        };
        assert!(fits, "{place}: {:?}", variable.shape());
        let secret = variable.name().ends_with("password") || variable.name().ends_with("credentials");
        assert_eq!(variable.is_secret(), secret, "{place}");
    });
}

#[test]
fn character_sets() {
    let facts = FACTS["charsets"].as_object().unwrap().iter();
    let facts: Vec<_> = facts.map(|(charset, collations)| (charset.as_str(), list(collations))).collect();
    let declared: Vec<_> =
        CHARSETS.iter().map(|(charset, collations)| (*charset, collations.to_vec())).collect();
    assert_eq!(declared, facts);
}
