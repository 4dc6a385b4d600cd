//! The settings outside of sections as libconfig values.

use crate::config::Settings;
use crate::config::settings::{SettingSpec, SettingValue};
use crate::libconfig::ValueBuf;

/// What is written of a setting; `None` where it says nothing.
pub(crate) fn setting_value(spec: &SettingSpec, settings: &Settings) -> Option<ValueBuf> {
    (spec.get)(settings).map(|value| match value {
        SettingValue::Text(text) => text.into(),
        SettingValue::Int(number) => number.into(),
        SettingValue::Bool(value) => value.into(),
    })
}
