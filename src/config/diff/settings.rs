//! The settings that stand outside of sections.

use crate::config::Config;
use crate::config::settings::{SETTINGS, SettingValue};
use crate::schema::Text;

/// What becomes of a setting of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingDiff {
    name: &'static str,
    old: Option<Text>,
    new: Option<Text>,
}

impl SettingDiff {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it says; `None` where it is not there.
    pub fn before(&self) -> Option<&Text> {
        self.old.as_ref()
    }

    /// What it shall say.
    pub fn after(&self) -> Option<&Text> {
        self.new.as_ref()
    }

    /// What becomes of it.
    pub fn kind(&self) -> super::ChangeKind {
        super::kind_of(self.old.as_ref(), self.new.as_ref())
    }

    pub(super) fn reversed(&self) -> Self {
        SettingDiff { name: self.name, old: self.new.clone(), new: self.old.clone() }
    }
}

pub(super) fn compare(from: &Config, to: &Config) -> Vec<SettingDiff> {
    let all = SETTINGS.iter().map(|spec| SettingDiff {
        name: spec.name,
        old: (spec.get)(&from.settings).map(text),
        new: (spec.get)(&to.settings).map(text),
    });
    all.filter(|setting| setting.old != setting.new).collect()
}

fn text(value: SettingValue<'_>) -> Text {
    match value {
        SettingValue::Text(text) => text.into(),
        SettingValue::Int(number) => number.to_string().into(),
        SettingValue::Bool(value) => value.to_string().into(),
    }
}
