//! An upgrade as JSON, or in whatever else serde writes.

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::{Fate, ShownUpgrade, Upgrade, UpgradeFinding, UpgradedVariable};
use crate::config::diff::json::{Named, Tables};

/// Without secrets.
impl Serialize for Upgrade {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shown().serialize(serializer)
    }
}

impl Serialize for ShownUpgrade<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let upgrade = self.upgrade;
        let variables = upgrade.variables().map(|variable| Variable { variable, secrets: self.secrets });
        let runs = upgrade.runs_otherwise();
        let runs = if self.secrets { runs.with_secrets() } else { runs.shown() };
        let settings: Vec<_> = upgrade.memory().settings().iter().map(Named::setting).collect();
        let mut out = serializer.serialize_struct("Upgrade", 9)?;
        out.serialize_field("from", upgrade.from().name())?;
        out.serialize_field("to", upgrade.to().name())?;
        out.serialize_field("keeps_file", &upgrade.keeps_file())?;
        out.serialize_field("settings", &settings)?;
        out.serialize_field("variables", &variables.collect::<Vec<_>>())?;
        out.serialize_field("tables", &Tables(self.memory()))?;
        out.serialize_field("runs_otherwise", &runs)?;
        out.serialize_field("only_from", upgrade.only_from())?;
        out.serialize_field("only_to", upgrade.only_to())?;
        out.end()
    }
}

struct Variable<'a> {
    variable: UpgradedVariable<'a>,
    secrets: bool,
}

impl Serialize for Variable<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fate = match self.variable.fate() {
            Fate::Gone => "gone",
            Fate::New => "new",
            Fate::Default => "default",
            Fate::Value => "value",
        };
        let named = Named::variable(self.variable.diff(), self.secrets);
        let mut out = serializer.serialize_struct("Variable", 5)?;
        named.fields(&mut out)?;
        out.serialize_field("fate", fate)?;
        out.serialize_field("set_by_file", &self.variable.span().is_some())?;
        out.end()
    }
}

impl Serialize for UpgradeFinding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let location = self.location();
        let mut out = serializer.serialize_struct("Finding", 6)?;
        out.serialize_field("code", self.code())?;
        out.serialize_field("message", self.text())?;
        out.serialize_field("lost", &self.is_lost())?;
        out.serialize_field("file", &location.map(|location| &location.file))?;
        out.serialize_field("line", &location.map(|location| location.line))?;
        out.serialize_field("column", &location.map(|location| location.column))?;
        out.end()
    }
}
