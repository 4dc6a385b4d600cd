//! The modules that a cluster keeps alike, and what is known of one.

use std::fmt;
use std::ops::{Index, IndexMut};
use std::str::FromStr;

use thiserror::Error;

use crate::hash::Checksum;
use crate::schema::Version;

/// A part of the configuration that nodes compare and pull as a whole. In the order in which a node decides.
///
/// Those of Enterprise (`ldap_variables`) and of 3.0.0-alpha's pgsql, which do not sync, are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ModuleKind {
    /// `admin-` variables.
    AdminVariables,
    /// `mysql_query_rules` and fast routing.
    MysqlQueryRules,
    /// Servers as an operator loaded them, and the hostgroup tables (since 2.6).
    MysqlServersV2,
    /// Servers as they run, which the monitor may move. In 2.0 with the hostgroup tables.
    MysqlServers,
    /// `mysql_users`.
    MysqlUsers,
    /// `mysql-` variables.
    MysqlVariables,
    /// The nodes of the cluster.
    ProxysqlServers,
}

impl ModuleKind {
    /// How many there are.
    pub const COUNT: usize = 7;

    /// All of them, in the order in which a node decides.
    pub const ALL: [ModuleKind; ModuleKind::COUNT] = [
        ModuleKind::AdminVariables,
        ModuleKind::MysqlQueryRules,
        ModuleKind::MysqlServersV2,
        ModuleKind::MysqlServers,
        ModuleKind::MysqlUsers,
        ModuleKind::MysqlVariables,
        ModuleKind::ProxysqlServers,
    ];

    /// All of them by name: the order of `runtime_checksums_values` and of the global checksum.
    pub const BY_NAME: [ModuleKind; ModuleKind::COUNT] = [
        ModuleKind::AdminVariables,
        ModuleKind::MysqlQueryRules,
        ModuleKind::MysqlServers,
        ModuleKind::MysqlServersV2,
        ModuleKind::MysqlUsers,
        ModuleKind::MysqlVariables,
        ModuleKind::ProxysqlServers,
    ];

    /// Its name in `runtime_checksums_values`.
    pub fn name(self) -> &'static str {
        match self {
            ModuleKind::AdminVariables => "admin_variables",
            ModuleKind::MysqlQueryRules => "mysql_query_rules",
            ModuleKind::MysqlServersV2 => "mysql_servers_v2",
            ModuleKind::MysqlServers => "mysql_servers",
            ModuleKind::MysqlUsers => "mysql_users",
            ModuleKind::MysqlVariables => "mysql_variables",
            ModuleKind::ProxysqlServers => "proxysql_servers",
        }
    }

    /// The module of this name.
    ///
    /// ```
    /// use proxysql_kit::cluster::ModuleKind;
    /// assert_eq!(ModuleKind::from_name("mysql_users"), Some(ModuleKind::MysqlUsers));
    /// assert_eq!(ModuleKind::from_name("pgsql_users"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<ModuleKind> {
        ModuleKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The module whose variables `admin-cluster_X_diffs_before_sync` and `_save_to_disk` count for it.
    #[must_use]
    pub fn setting(self) -> ModuleKind {
        match self {
            ModuleKind::MysqlServersV2 => ModuleKind::MysqlServers,
            other => other,
        }
    }

    /// The words for it in LOAD and SAVE.
    pub fn words(self) -> &'static str {
        match self {
            ModuleKind::AdminVariables => "ADMIN VARIABLES",
            ModuleKind::MysqlQueryRules => "MYSQL QUERY RULES",
            ModuleKind::MysqlServersV2 | ModuleKind::MysqlServers => "MYSQL SERVERS",
            ModuleKind::MysqlUsers => "MYSQL USERS",
            ModuleKind::MysqlVariables => "MYSQL VARIABLES",
            ModuleKind::ProxysqlServers => "PROXYSQL SERVERS",
        }
    }

    /// Whether nodes of a version sync it: 2.0 knows no `mysql_servers_v2` and pulls no variables.
    pub fn syncs_in(self, version: Version) -> bool {
        version >= Version::V2_7
            || !matches!(
                self,
                ModuleKind::AdminVariables | ModuleKind::MysqlVariables | ModuleKind::MysqlServersV2
            )
    }

    /// As a set of one, for small sets of modules.
    pub(super) fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Its [`name`](ModuleKind::name).
impl fmt::Display for ModuleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// No module of that name syncs.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "`{0}` is no module that syncs; those are: admin_variables, mysql_query_rules, mysql_servers_v2, mysql_servers, mysql_users, mysql_variables, proxysql_servers"
)]
pub struct UnknownModule(String);

impl FromStr for ModuleKind {
    type Err = UnknownModule;

    fn from_str(name: &str) -> Result<Self, UnknownModule> {
        ModuleKind::from_name(name).ok_or_else(|| UnknownModule(name.chars().take(64).collect()))
    }
}

/// Something for each module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PerModule<T>([T; ModuleKind::COUNT]);

impl<T> PerModule<T> {
    /// What a function gives for each module.
    pub fn from_fn(mut each: impl FnMut(ModuleKind) -> T) -> Self {
        PerModule(ModuleKind::ALL.map(&mut each))
    }

    /// Modules and values, in the order of [`ModuleKind::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (ModuleKind, &T)> {
        ModuleKind::ALL.into_iter().zip(&self.0)
    }
}

impl<T> Index<ModuleKind> for PerModule<T> {
    type Output = T;

    fn index(&self, kind: ModuleKind) -> &T {
        &self.0[kind as usize]
    }
}

impl<T> IndexMut<ModuleKind> for PerModule<T> {
    fn index_mut(&mut self, kind: ModuleKind) -> &mut T {
        &mut self.0[kind as usize]
    }
}

/// A module as a row of `runtime_checksums_values` has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ModuleState {
    /// 0 before the first load, 1 after start, one more with each load.
    pub version: u64,
    /// When it was loaded first, wherever that was: Unix seconds.
    pub epoch: u64,
    /// The checksum; `None` where the text is empty (not computed), or no checksum of ProxySQL 2 or later.
    pub checksum: Option<Checksum>,
}

impl ModuleState {
    /// A module.
    pub fn new(version: u64, epoch: u64, checksum: Checksum) -> Self {
        ModuleState { version, epoch, checksum: Some(checksum) }
    }
}

/// A row of a peer's `runtime_checksums_values`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChecksumRow {
    /// The module; `None` for one that does not sync, which is passed over.
    pub module: Option<ModuleKind>,
    /// What it says.
    pub state: ModuleState,
}

impl ChecksumRow {
    /// A row of the texts that come over the wire. As ProxySQL does, what is no number reads as one up to the
    /// first other character, or as 0.
    ///
    /// ```
    /// use proxysql_kit::cluster::{ChecksumRow, ModuleKind};
    ///
    /// let row = ChecksumRow::read("mysql_users", "3", "1795408232", "0x780E6010A1198CA9");
    /// assert_eq!(row.module, Some(ModuleKind::MysqlUsers));
    /// assert_eq!(row.state.version, 3);
    /// assert_eq!(ChecksumRow::read("mysql_users", "0", "0", "").state.checksum, None);
    /// ```
    pub fn read(name: &str, version: &str, epoch: &str, checksum: &str) -> Self {
        ChecksumRow {
            module: ModuleKind::from_name(name),
            state: ModuleState {
                version: leading_number(version),
                epoch: leading_number(epoch),
                checksum: checksum.parse().ok(),
            },
        }
    }
}

/// The digits that a text begins with.
pub(super) fn leading_number(text: &str) -> u64 {
    let digits = text.trim_start();
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().unwrap_or(if end == 0 { 0 } else { u64::MAX })
}
