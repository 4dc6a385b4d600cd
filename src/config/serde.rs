//! A [`Config`] through serde: one form for JSON, YAML and every other format.
//!
//! Members, in this order: `version`; the settings that are said, under their names; the variables of
//! each module under the name of its section; the rows of each table of the version under its name.
//! What only other versions have (columns, variables, tables) is not written.
//!
//! Read, everything may be absent, and takes its default; `version` may stand anywhere. A name that
//! is not known, or that the version does not have, is an error that says what was probably meant.
//! Only `$schema`, which editors look for, is passed over.

use std::fmt;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde::ser::{Serialize, SerializeSeq as _, SerializeStruct as _, Serializer};

use super::settings::{SETTINGS, SettingKind, SettingSpec, SettingValue};
use super::{AnyRows, Config, Rows, Settings};
use crate::schema::serde::{
    Found, Positions, RowSeed, VariablesSeed, judge_row, judge_variables, no_text_quoted, serialize_columns,
    serialize_known, shortened,
};
use crate::schema::{Cell, Module, Row, Table, TableSchema, Variables, Version, closest};

const VERSION: &str = "version";

/// Where editors look for the schema of a file. It is read as if it were not there.
const SCHEMA: &str = "$schema";

impl Serialize for Config {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let settings = said(&self.settings);
        let modules = Module::ALL.into_iter().filter(|module| module.is_in(self.version));
        let count = 1 + settings.len() + modules.clone().count() + Table::of(self.version).count();
        let mut config = serializer.serialize_struct("Config", count)?;
        config.serialize_field(VERSION, &self.version)?;
        for (name, value) in settings {
            config.serialize_field(name, &value)?;
        }
        for module in modules {
            let known = Known { variables: self.variables(module), version: self.version };
            config.serialize_field(module.section(), &known)?;
        }
        for schema in Table::of(self.version) {
            config.serialize_field(schema.name(), &TableRows { rows: self.table(schema.table()), schema })?;
        }
        config.end()
    }
}

/// The settings that are said.
impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let said = said(self);
        let mut settings = serializer.serialize_struct("Settings", said.len())?;
        for (name, value) in said {
            settings.serialize_field(name, &value)?;
        }
        settings.end()
    }
}

fn said(settings: &Settings) -> Vec<(&'static str, SettingValue<'_>)> {
    SETTINGS.iter().filter_map(|spec| Some((spec.name, (spec.get)(settings)?))).collect()
}

impl Serialize for SettingValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            SettingValue::Text(text) => Cell::Text(text).serialize(serializer),
            SettingValue::Int(value) => serializer.serialize_i32(value),
            SettingValue::Bool(value) => serializer.serialize_bool(value),
        }
    }
}

struct Known<'a> {
    variables: &'a dyn Variables,
    version: Version,
}

impl Serialize for Known<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_known(self.variables, self.version, serializer)
    }
}

struct TableRows<'a> {
    rows: &'a dyn AnyRows,
    schema: &'static TableSchema,
}

impl Serialize for TableRows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.rows.len()))?;
        for row in self.rows.iter() {
            list.serialize_element(&OneRow { row, schema: self.schema })?;
        }
        list.end()
    }
}

struct OneRow<'a> {
    row: &'a dyn Row,
    schema: &'static TableSchema,
}

impl Serialize for OneRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_columns(self.row, self.schema, serializer)
    }
}

/// The rows in order.
impl<R: Serialize> Serialize for Rows<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de, R: Deserialize<'de>> Deserialize<'de> for Rows<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<R>::deserialize(deserializer).map(Rows::from_iter)
    }
}

impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ConfigVisitor)
    }
}

struct ConfigVisitor;

impl<'de> Visitor<'de> for ConfigVisitor {
    type Value = Config;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of the version, settings, variables and tables")
    }

    no_text_quoted!();

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Config, A::Error> {
        let mut reading = Reading::default();
        while let Some(name) = map.next_key::<String>()? {
            if name == SCHEMA {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let member = Member::of(&name, reading.version).map_err(de::Error::custom)?;
            if reading.members.contains(&member) {
                return Err(de::Error::custom(format_args!("`{name}` is there twice")));
            }
            reading.member(member, &mut map)?;
            reading.members.push(member);
        }
        reading.finish().map_err(de::Error::custom)
    }
}

/// A member of a configuration.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Member {
    Version,
    /// By its index.
    Setting(usize),
    Variables(Module),
    Table(Table),
}

impl Member {
    /// The member of this name, if the version has it; while none is known, if any has it.
    fn of(name: &str, version: Option<Version>) -> Result<Self, String> {
        let setting = || SETTINGS.iter().position(|setting| setting.name == name).map(Member::Setting);
        let module =
            || Module::ALL.into_iter().find(|module| module.section() == name).map(Member::Variables);
        let table = || Table::from_name(name).map(Member::Table);
        let version_itself = (name == VERSION).then_some(Member::Version);
        let member = version_itself.or_else(setting).or_else(module).or_else(table);
        let member = member.ok_or_else(|| unknown(name, version))?;
        version.map_or(Ok(()), |version| member.judge(version))?;
        Ok(member)
    }

    /// Whether a version has it. (Settings are kept whatever the version: they are the file's.)
    fn judge(self, version: Version) -> Result<(), String> {
        let (name, held) = match self {
            Member::Version | Member::Setting(_) => return Ok(()),
            Member::Variables(module) => (module.section(), module.is_in(version)),
            Member::Table(table) => (table.name(), table.schema(version).is_some()),
        };
        if held {
            return Ok(());
        }
        Err(format!("{version} has no `{name}`: does `{VERSION}` say what was meant?"))
    }
}

fn unknown(name: &str, version: Option<Version>) -> String {
    // Of files, people know tables by the names of their sections.
    let by_section = Table::ALL
        .iter()
        .find(|table| table.schema(Version::V3_0).is_some_and(|schema| schema.cnf_section() == Some(name)));
    let members = || {
        let version = version.unwrap_or(Version::V3_0);
        let modules = Module::ALL.into_iter().filter(move |module| module.is_in(version));
        let tables = Table::of(version).map(TableSchema::name);
        let settings = SETTINGS.iter().map(|setting| setting.name);
        [VERSION].into_iter().chain(settings).chain(modules.map(Module::section)).chain(tables)
    };
    let meant = by_section.map(|table| table.name()).or_else(|| closest(name, members()));
    let help = meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
    format!("a configuration has no member {}{help}", shortened(name))
}

/// What is there so far.
#[derive(Default)]
struct Reading {
    config: Config,
    version: Option<Version>,
    members: Vec<Member>,
    /// What was read before the version was known, and is to be judged by it.
    variables: Vec<(Module, Positions)>,
    rows: Vec<(Table, usize, Positions)>,
}

impl Reading {
    fn member<'de, A: MapAccess<'de>>(&mut self, member: Member, map: &mut A) -> Result<(), A::Error> {
        match member {
            Member::Version => {
                let version = map.next_value()?;
                if self.members.is_empty() {
                    self.config = Config::new(version);
                }
                self.version = Some(version);
            }
            Member::Setting(index) => {
                let spec = &SETTINGS[index];
                let found: Found = map.next_value()?;
                set(&mut self.config.settings, spec, &found)
                    .map_err(|message| de::Error::custom(format_args!("{}: {message}", spec.name)))?;
            }
            Member::Variables(module) => {
                let variables = self.config.variables_mut(module);
                let given = map.next_value_seed(VariablesSeed { variables, version: self.version })?;
                self.variables.push((module, given));
            }
            Member::Table(table) => {
                map.next_value_seed(TableSeed { reading: self, table })?;
            }
        }
        Ok(())
    }

    /// Brings everything to the version, wherever that stood.
    fn finish(mut self) -> Result<Config, String> {
        let version = self.version.unwrap_or_default();
        for member in &self.members {
            member.judge(version)?;
        }
        for &(table, index, given) in &self.rows {
            judge_row(table, version, given).map_err(|message| format!("{}: {message}", At(table, index)))?;
        }
        for &(module, given) in &self.variables {
            judge_variables(module, version, given)
                .map_err(|message| format!("{}: {message}", module.section()))?;
        }
        if self.config.version != version {
            self.take_defaults_of(version);
        }
        Ok(self.config)
    }

    /// Variables that were not there were at the defaults of another version.
    fn take_defaults_of(&mut self, version: Version) {
        let defaults = Config::new(version);
        for module in Module::ALL {
            let given = self.variables.iter().find(|(of, _)| *of == module).map(|(_, given)| *given);
            let given = given.unwrap_or_default();
            let absent = (0..module.specs().len()).filter(|position| !given.contains(*position));
            for position in absent {
                // A default means something for its type.
                let text = defaults.variables(module).text(position);
                let _ = self.config.variables_mut(module).set_text(position, &text);
            }
        }
        self.config.version = version;
    }
}

fn set(settings: &mut Settings, spec: &SettingSpec, found: &Found) -> Result<(), String> {
    let value = match found {
        // As if it were not there.
        Found::Null => return Ok(()),
        Found::Text(text) => Some(SettingValue::Text(text)),
        Found::Bool(value) => Some(SettingValue::Bool(*value)),
        Found::Int(value) => i32::try_from(*value).ok().map(SettingValue::Int),
        _ => None,
    };
    let set = value.map_or(Err(spec.kind), |value| (spec.set)(settings, value));
    set.map_err(|kind| {
        let needed = match kind {
            SettingKind::Text => "a text in quotes",
            SettingKind::Int => "an integer of 32 bits",
            SettingKind::Bool => "true or false",
        };
        format!("{needed} is needed, not {}", found.kind())
    })
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SettingsVisitor)
    }
}

struct SettingsVisitor;

impl<'de> Visitor<'de> for SettingsVisitor {
    type Value = Settings;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of settings")
    }

    no_text_quoted!();

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Settings, A::Error> {
        let mut settings = Settings::default();
        while let Some(name) = map.next_key::<String>()? {
            let Some(spec) = SETTINGS.iter().find(|setting| setting.name == name) else {
                let meant = closest(&name, SETTINGS.iter().map(|setting| setting.name));
                let help = meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
                return Err(de::Error::custom(format_args!(
                    "there is no setting {}{help}",
                    shortened(&name)
                )));
            };
            if (spec.get)(&settings).is_some() {
                return Err(de::Error::custom(format_args!("`{name}` is there twice")));
            }
            set(&mut settings, spec, &map.next_value()?)
                .map_err(|message| de::Error::custom(format_args!("{name}: {message}")))?;
        }
        Ok(settings)
    }
}

struct TableSeed<'a> {
    reading: &'a mut Reading,
    table: Table,
}

impl<'de> DeserializeSeed<'de> for TableSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TableSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of rows as {}", self.table.name())
    }

    no_text_quoted!();

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let TableSeed { reading, table } = self;
        let version = reading.version;
        for index in 0.. {
            // A row is made before it is known whether there is one more.
            let rows = reading.config.table_mut(table);
            let seed = RowSeed { row: rows.push_default(), place: &At(table, index), version };
            let Some(given) = list.next_element_seed(seed)? else {
                rows.remove_row(index);
                break;
            };
            if version.is_none() {
                reading.rows.push((table, index, given));
            }
        }
        Ok(())
    }
}

/// The place of a row, as in `mysql_servers[3]`.
struct At(Table, usize);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.0.name(), self.1)
    }
}
