//! The settings that stand outside of the sections of a `proxysql.cnf`, each described once.

use crate::schema::{Text, Version};

/// Declares the settings: the struct that holds them and their description.
macro_rules! settings {
    ($( $(#[doc = $doc:literal])+ $name:ident: $type:ty, since $since:ident; )+) => {
        /// The settings of a `proxysql.cnf` that stand outside of any section. `None`: not said.
        ///
        /// 2.0 reads only some of them.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Settings {
            $(
                $(#[doc = $doc])+
                pub $name: Option<$type>,
            )+
        }

        /// All settings in their order.
        pub(crate) static SETTINGS: &[SettingSpec] = &[
            $(
                SettingSpec {
                    name: stringify!($name),
                    doc: concat!($($doc, "\n"),+),
                    since: Version::$since,
                    kind: <$type as OfSetting>::KIND,
                    get: |settings| settings.$name.as_ref().map(OfSetting::value),
                    set: |settings, value| {
                        settings.$name = Some(<$type as OfSetting>::from_value(value)?);
                        Ok(())
                    },
                },
            )+
        ];
    };
}

settings! {
    /// The folder of the database and the logs.
    datadir: Text, since V2_0;
    /// The file of the error log.
    errorlog: Text, since V2_0;
    /// The program to run when the process ends by an error.
    execute_on_exit_failure: Text, since V2_0;
    /// After how many missing heartbeats the process restarts.
    restart_on_missing_heartbeats: i32, since V2_0;
    /// The plugin for LDAP.
    ldap_auth_plugin: Text, since V2_0;
    /// The identity of this node in a cluster.
    uuid: Text, since V2_7;
    /// The file with the number of the process.
    pidfile: Text, since V2_7;
    /// Whether the variables that name interfaces are pulled from peers, too, and part of checksums.
    cluster_sync_interfaces: bool, since V2_7;
    /// The plugin that serves SQLite.
    sqlite3_plugin: Text, since V2_7;
    /// The plugin of the web interface.
    web_interface_plugin: Text, since V2_7;
}

/// A setting as it is declared.
pub(crate) struct SettingSpec {
    pub(crate) name: &'static str,
    /// For the JSON Schema.
    #[cfg_attr(not(feature = "json"), allow(dead_code))]
    pub(crate) doc: &'static str,
    /// The first version that reads it.
    pub(crate) since: Version,
    pub(crate) kind: SettingKind,
    pub(crate) get: fn(&Settings) -> Option<SettingValue<'_>>,
    /// Takes over a value; the kind that is needed where it is another one.
    pub(crate) set: fn(&mut Settings, SettingValue<'_>) -> Result<(), SettingKind>,
}

/// What a setting holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SettingKind {
    Text,
    Int,
    Bool,
}

/// What a setting holds, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SettingValue<'a> {
    Text(&'a [u8]),
    Int(i32),
    Bool(bool),
}

/// A Rust type that a setting can have.
trait OfSetting: Sized {
    const KIND: SettingKind;

    fn value(&self) -> SettingValue<'_>;
    fn from_value(value: SettingValue<'_>) -> Result<Self, SettingKind>;
}

impl OfSetting for Text {
    const KIND: SettingKind = SettingKind::Text;

    fn value(&self) -> SettingValue<'_> {
        SettingValue::Text(self.as_bytes())
    }

    fn from_value(value: SettingValue<'_>) -> Result<Self, SettingKind> {
        if let SettingValue::Text(text) = value { Ok(text.into()) } else { Err(Self::KIND) }
    }
}

macro_rules! of_setting {
    ($type:ty, $kind:ident) => {
        impl OfSetting for $type {
            const KIND: SettingKind = SettingKind::$kind;

            fn value(&self) -> SettingValue<'_> {
                SettingValue::$kind(*self)
            }

            fn from_value(value: SettingValue<'_>) -> Result<Self, SettingKind> {
                if let SettingValue::$kind(value) = value { Ok(value) } else { Err(Self::KIND) }
            }
        }
    };
}

of_setting!(i32, Int);
of_setting!(bool, Bool);

#[cfg(test)]
mod tests {
    use super::*;

    /// `tests/facts/schema.json`, where all the facts stand.
    #[test]
    fn as_the_facts_have_them() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/facts/schema.json");
        let facts: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let facts = facts["top_level"].as_array().unwrap();
        assert_eq!(facts.len(), SETTINGS.len());
        for (spec, fact) in SETTINGS.iter().zip(facts) {
            assert_eq!(spec.name, fact["key"]);
            assert_eq!(spec.since.release(), fact["since"].as_str().unwrap_or("2.0.5"), "{}", spec.name);
            let kind = match fact["look_up"].as_str().unwrap() {
                "string" => SettingKind::Text,
                "int" => SettingKind::Int,
                "bool" => SettingKind::Bool,
                other => panic!("{other}"),
            };
            assert_eq!(spec.kind, kind, "{}", spec.name);
            assert!(!spec.doc.trim().is_empty());
        }
    }
}
