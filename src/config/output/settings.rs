//! The settings outside of sections, each with its name and the versions that read it.

use crate::config::Settings;
use crate::libconfig::ValueBuf;
use crate::schema::Version;

/// A setting outside of sections as it is written.
pub(crate) struct TopLevel {
    pub(crate) name: &'static str,
    pub(crate) since: Version,
    pub(crate) value: fn(&Settings) -> Option<ValueBuf>,
}

macro_rules! top_level {
    ($($name:ident since $since:ident,)+) => {
        /// In the order in which they are written.
        pub(crate) const TOP_LEVEL: &[TopLevel] = &[
            $(
                TopLevel {
                    name: stringify!($name),
                    since: Version::$since,
                    value: |settings| settings.$name.as_ref().map(AsValue::as_value),
                },
            )+
        ];
    };
}

top_level! {
    datadir since V2_0,
    errorlog since V2_0,
    pidfile since V2_7,
    uuid since V2_7,
    execute_on_exit_failure since V2_0,
    restart_on_missing_heartbeats since V2_0,
    cluster_sync_interfaces since V2_7,
    ldap_auth_plugin since V2_0,
    sqlite3_plugin since V2_7,
    web_interface_plugin since V2_7,
}

/// The libconfig value of a setting.
trait AsValue {
    fn as_value(&self) -> ValueBuf;
}

impl AsValue for crate::schema::Text {
    fn as_value(&self) -> ValueBuf {
        self.as_bytes().into()
    }
}

impl AsValue for i32 {
    fn as_value(&self) -> ValueBuf {
        (*self).into()
    }
}

impl AsValue for bool {
    fn as_value(&self) -> ValueBuf {
        (*self).into()
    }
}
