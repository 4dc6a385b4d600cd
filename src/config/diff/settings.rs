//! The settings that stand outside of sections.

use crate::config::{Config, Settings};
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
    let pairs = texts(&from.settings).into_iter().zip(texts(&to.settings));
    let differences = pairs.map(|((name, old), (_, new))| SettingDiff { name, old, new });
    differences.filter(|setting| setting.old != setting.new).collect()
}

fn texts(settings: &Settings) -> [(&'static str, Option<Text>); 10] {
    let number = |number: Option<i32>| number.map(|number| number.to_string().into());
    let boolean = |value: Option<bool>| value.map(|value| value.to_string().into());
    [
        ("datadir", settings.datadir.clone()),
        ("errorlog", settings.errorlog.clone()),
        ("execute_on_exit_failure", settings.execute_on_exit_failure.clone()),
        ("restart_on_missing_heartbeats", number(settings.restart_on_missing_heartbeats)),
        ("ldap_auth_plugin", settings.ldap_auth_plugin.clone()),
        ("uuid", settings.uuid.clone()),
        ("pidfile", settings.pidfile.clone()),
        ("cluster_sync_interfaces", boolean(settings.cluster_sync_interfaces)),
        ("sqlite3_plugin", settings.sqlite3_plugin.clone()),
        ("web_interface_plugin", settings.web_interface_plugin.clone()),
    ]
}
