//! What a ProxySQL holds: typed rows and variables. Knows the schema and libconfig.
//!
//! | to | use |
//! |---|---|
//! | make a configuration in code | [`Config`], plain structs with the tables' own defaults |

mod load;
mod output;
mod pasted;
mod patch;
mod rows;

use crate::schema::{
    AdminVariables, Module, MysqlVariables, PgsqlVariables, Table, Text, Variables, Version, for_each_table,
};

pub use load::{
    Failure, Files, Instead, Level, LoadOptions, Loaded, Message, MessageKind, NoFiles, Note, NoteKind,
    Origins, RowOrigin,
};
pub use output::{Cnf, Lost, Place, Reason, RowPlace};
pub use patch::{PatchOptions, Patched};
pub use rows::{AnyRows, Iter, Rows};

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

/// The settings of a `proxysql.cnf` that stand outside of any section. `None`: not said.
///
/// Of 2.0 are only the first five.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// The folder of the database and the logs.
    pub datadir: Option<Text>,
    /// The file of the error log.
    pub errorlog: Option<Text>,
    /// The program to run when the process ends by an error.
    pub execute_on_exit_failure: Option<Text>,
    /// After how many missing heartbeats the process restarts.
    pub restart_on_missing_heartbeats: Option<i32>,
    /// The plugin for LDAP.
    pub ldap_auth_plugin: Option<Text>,
    /// The identity of this node in a cluster.
    pub uuid: Option<Text>,
    /// The file with the number of the process.
    pub pidfile: Option<Text>,
    /// Whether the variables that name interfaces are pulled from peers, too, and part of checksums.
    pub cluster_sync_interfaces: Option<bool>,
    /// The plugin that serves SQLite.
    pub sqlite3_plugin: Option<Text>,
    /// The plugin of the web interface.
    pub web_interface_plugin: Option<Text>,
}
