//! What a ProxySQL holds: typed rows and variables. Knows the schema and libconfig.
//!
//! | to | use |
//! |---|---|
//! | know what a server makes of a file | [`Config::load`] |
//! | make a configuration in code | [`Config`], plain structs with the tables' own defaults |
//! | read or write JSON or YAML | [`Config`]'s `from_json`, `to_json`, `from_yaml`, `to_yaml`; or serde |
//! | let editors help with them | `json_schema` |
//! | write admin SQL, read it (feature `sqlite`) | [`Config::to_sql`], `Config::from_sql`, `SqlScript` |
//! | write a `proxysql.cnf` | [`Config::to_cnf`]; as the server does, [`Config::to_saved_cnf`] |
//! | bring a file to match | [`Config::patch`] |
//! | keep the secrets out of a file | [`secrets_apart`] |
//! | see what a form loses | [`Config::round_trips`] |
//! | compare two | [`diff`] and its [`Plan`] |
//! | see what another version makes of a file | [`upgrade`] |

#[cfg(any(feature = "sqlite", feature = "wire"))]
pub(crate) mod command;
mod diff;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "json")]
mod json_schema;
mod load;
mod load_module;
mod output;
mod pasted;
mod patch;
mod roundtrip;
mod rows;
mod secrets_apart;
#[cfg(feature = "serde")]
mod serde;
mod settings;
mod sql;
#[cfg(any(feature = "json", feature = "yaml"))]
mod text_form;
mod upgrade;
#[cfg(feature = "yaml")]
mod yaml;

use std::borrow::Cow;

use crate::schema::{
    AdminVariables, Module, MysqlVariables, PgsqlVariables, Table, Variables, Version, for_each_table,
};

#[cfg(any(feature = "sqlite", feature = "wire"))]
pub use command::Layer;
pub use diff::{
    ChangeKind, ColumnDiff, Plan, RowDiff, SettingDiff, Shown, Summary, TableDiff, VariableDiff, diff,
};
#[cfg(feature = "json")]
pub use json_schema::json_schema;
pub use load::{
    Failure, Files, Instead, Level, LoadOptions, Loaded, Message, MessageKind, NoFiles, Note, NoteKind,
    Origins, RowOrigin,
};
pub(crate) use load::{running_rows, taken_over};
pub use load_module::LoadModule;
pub use output::{Cnf, Lost, Place, Reason, RowPlace};
pub use patch::{PatchOptions, Patched};
pub use roundtrip::{RoundTrip, RoundTripOutcome};
pub use rows::{AnyRows, Iter, Rows};
pub use secrets_apart::{SecretsApart, secrets_apart};
pub use settings::Settings;
pub use sql::{DeleteFirst, PlanStep, SqlOptions, StepKind};
#[cfg(feature = "sqlite")]
pub use sql::{SqlCommand, SqlError, SqlErrorKind, SqlLimits, SqlReadOptions, SqlScript};
#[cfg(any(feature = "json", feature = "yaml"))]
pub use text_form::FormatError;
pub use upgrade::{Fate, ShownUpgrade, Upgrade, UpgradeFinding, UpgradedVariable, upgrade};

macro_rules! config {
    ($($Variant:ident: $table:ident::$Row:ident,)+) => {
        /// What a ProxySQL of a [`Version`] holds: its tables, its variables, and the settings that only
        /// the file has.
        ///
        /// ```
        /// use proxysql_kit::config::Config;
        /// use proxysql_kit::schema::MysqlServer;
        ///
        /// let mut config = Config::default();
        /// config.mysql_servers.push(MysqlServer { hostname: "db1".into(), ..MysqlServer::default() });
        /// config.mysql.max_connections = 2048;
        /// assert_eq!(config.mysql_servers[0].port, 3306);
        /// assert_eq!(config.admin.cluster_check_interval_ms, 1000);
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Config {
            /// The version whose tables and defaults these are.
            pub version: Version,
            /// What stands in the file beside the sections.
            pub settings: Settings,
            /// The variables of the module Admin.
            pub admin: AdminVariables,
            /// The variables of the module that speaks MySQL.
            pub mysql: MysqlVariables,
            /// The variables of the module that speaks PostgreSQL.
            pub pgsql: PgsqlVariables,
            $(
                #[doc = concat!("The rows of `", stringify!($table), "`.")]
                pub $table: Rows<crate::schema::$Row>,
            )+
        }

        impl Config {
            /// Empty tables, and variables at their defaults in this version.
            pub fn new(version: Version) -> Self {
                Config {
                    version,
                    settings: Settings::default(),
                    admin: AdminVariables::of(version),
                    mysql: MysqlVariables::of(version),
                    pgsql: PgsqlVariables::of(version),
                    $($table: Rows::new(),)+
                }
            }

            /// The rows of any table.
            pub fn table(&self, table: Table) -> &dyn AnyRows {
                match table {
                    $(Table::$Variant => &self.$table,)+
                }
            }

            /// The rows of any table, to be changed.
            pub fn table_mut(&mut self, table: Table) -> &mut dyn AnyRows {
                match table {
                    $(Table::$Variant => &mut self.$table,)+
                }
            }
        }
    };
}

for_each_table!(config);

impl Config {
    /// The variables of any module.
    pub fn variables(&self, module: Module) -> &dyn Variables {
        match module {
            Module::Admin => &self.admin,
            Module::Mysql => &self.mysql,
            Module::Pgsql => &self.pgsql,
        }
    }

    /// The text of a variable by its name in `global_variables`; `None` where this version has no such
    /// variable, nor a row that is kept beside them. Of a secret it is the text itself.
    ///
    /// ```
    /// use proxysql_kit::config::Config;
    ///
    /// let config = Config::default();
    /// assert_eq!(config.variable("mysql-max_connections").as_deref(), Some(&b"10000"[..]));
    /// assert_eq!(config.variable("pgsql-threads"), None);
    /// ```
    pub fn variable(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        let (module, own) = name.split_once('-')?;
        let module = Module::ALL.into_iter().find(|known| known.name() == module)?;
        let variables = self.variables(module);
        match module.variable(self.version, own) {
            Some(variable) => Some(variables.text(variable.position())),
            None => {
                let kept = variables.others().iter().find(|(other, _)| other.as_bytes() == own.as_bytes());
                kept.map(|(_, text)| Cow::Borrowed(text.as_bytes()))
            }
        }
    }

    /// The variables of any module, to be changed.
    pub fn variables_mut(&mut self, module: Module) -> &mut dyn Variables {
        match module {
            Module::Admin => &mut self.admin,
            Module::Mysql => &mut self.mysql,
            Module::Pgsql => &mut self.pgsql,
        }
    }
}

/// That of the default version, 2.7.
impl Default for Config {
    fn default() -> Self {
        Config::new(Version::default())
    }
}
