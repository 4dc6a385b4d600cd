//! What a node is told about its cluster.

use std::fmt;
use std::sync::Arc;

use super::module::{ModuleKind, PerModule};
use crate::schema::Version;

/// The admin variables that steer a node, and what is fixed at its start.
///
/// ```
/// use proxysql_kit::cluster::{ModuleKind, Settings};
/// use proxysql_kit::schema::Version;
///
/// let mut settings = Settings::new(Version::V2_7);
/// assert!(settings.set("cluster_mysql_users_diffs_before_sync", "5"));
/// assert_eq!(settings.diffs_before_sync[ModuleKind::MysqlUsers], 5);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Which version's behaviour.
    pub version: Version,
    /// What the node calls itself; peers must call themselves the same (not in 2.0).
    pub version_string: Arc<str>,
    /// The node's own uuid.
    pub uuid: Arc<str>,
    /// `admin-mysql_ifaces`, sent behind the uuid.
    pub interfaces: Arc<str>,
    /// `admin-cluster_username`; nothing happens while it is empty.
    pub username: Arc<str>,
    /// `admin-cluster_check_interval_ms`.
    pub check_interval_ms: u32,
    /// `admin-cluster_check_status_frequency`: every so many checks the peer's status is asked; 0 is never.
    pub check_status_frequency: u32,
    /// `admin-cluster_X_diffs_before_sync`: so many checks in a row must see another checksum before it is
    /// pulled; 0 is never. Both modules of servers have the one of `mysql_servers`.
    pub diffs_before_sync: PerModule<u32>,
    /// `admin-cluster_X_save_to_disk`: whether what was pulled is saved to disk as well.
    pub save_to_disk: PerModule<bool>,
    /// `admin-cluster_mysql_servers_sync_algorithm`.
    pub servers_algorithm: ServersAlgorithm,
    /// Whether the monitor runs (not started with `-M`).
    pub monitor: bool,
    /// `cluster_sync_interfaces` at the top level of the cnf file: whether variables that say where the node
    /// listens are pulled too.
    pub sync_interfaces: bool,
}

/// What is pulled of the servers (`admin-cluster_mysql_servers_sync_algorithm`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ServersAlgorithm {
    /// 1: what was loaded, and what runs.
    #[default]
    LoadedAndRunning,
    /// 2: what was loaded.
    Loaded,
    /// 3: `Loaded` where the monitor runs, else both.
    Auto,
}

impl ServersAlgorithm {
    /// That of a number; `None` where ProxySQL refuses it.
    pub fn from_number(number: u32) -> Option<Self> {
        match number {
            1 => Some(ServersAlgorithm::LoadedAndRunning),
            2 => Some(ServersAlgorithm::Loaded),
            3 => Some(ServersAlgorithm::Auto),
            _ => None,
        }
    }
}

impl Settings {
    /// The defaults of a version, with a cluster user named `cluster`.
    pub fn new(version: Version) -> Self {
        Settings {
            version,
            version_string: version.version_string().into(),
            uuid: "00000000-0000-0000-0000-000000000000".into(),
            interfaces: "0.0.0.0:6032".into(),
            username: "cluster".into(),
            check_interval_ms: 1000,
            check_status_frequency: 10,
            diffs_before_sync: PerModule::from_fn(|_| 3),
            save_to_disk: PerModule::from_fn(|_| true),
            servers_algorithm: ServersAlgorithm::default(),
            monitor: true,
            sync_interfaces: false,
        }
    }

    /// Takes over an admin variable by its name without `admin-`. Whether it is one of those that count here,
    /// with a value that can be read.
    pub fn set(&mut self, name: &str, value: &str) -> bool {
        let number = || value.parse::<u32>().ok();
        match name {
            "cluster_username" => {
                self.username = value.into();
                true
            }
            "mysql_ifaces" => {
                self.interfaces = value.into();
                true
            }
            "cluster_check_interval_ms" => put(&mut self.check_interval_ms, number()),
            "cluster_check_status_frequency" => put(&mut self.check_status_frequency, number()),
            "cluster_mysql_servers_sync_algorithm" => {
                put(&mut self.servers_algorithm, number().and_then(ServersAlgorithm::from_number))
            }
            _ => {
                let Some(name) = name.strip_prefix("cluster_") else { return false };
                if let Some(module) = name.strip_suffix("_diffs_before_sync").and_then(ModuleKind::from_name)
                {
                    put_for(&mut self.diffs_before_sync, module, number())
                } else if let Some(module) =
                    name.strip_suffix("_save_to_disk").and_then(ModuleKind::from_name)
                {
                    let is_on = matches!(value, "true" | "1").then_some(true);
                    let is_off = matches!(value, "false" | "0").then_some(false);
                    put_for(&mut self.save_to_disk, module, is_on.or(is_off))
                } else {
                    false
                }
            }
        }
    }

    /// Whether servers as they run are pulled too.
    pub(super) fn pulls_running_servers(&self) -> bool {
        match self.servers_algorithm {
            ServersAlgorithm::LoadedAndRunning => true,
            ServersAlgorithm::Loaded => false,
            ServersAlgorithm::Auto => !self.monitor,
        }
    }

    /// Sets `diffs_before_sync` of all modules.
    #[must_use]
    pub fn diffs(mut self, count: u32) -> Self {
        self.diffs_before_sync = PerModule::from_fn(|_| count);
        self
    }
}

fn put<T>(place: &mut T, value: Option<T>) -> bool {
    let Some(value) = value else { return false };
    *place = value;
    true
}

/// For all modules that have the setting.
fn put_for<T: Copy>(places: &mut PerModule<T>, module: ModuleKind, value: Option<T>) -> bool {
    let Some(value) = value else { return false };
    for each in ModuleKind::ALL.into_iter().filter(|each| each.setting() == module) {
        places[each] = value;
    }
    module.setting() == module
}

/// Where a peer's admin port is, as `proxysql_servers` says it. Its `Display` is `HOST:PORT`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The name or address, as it is written.
    pub hostname: Arc<str>,
    /// The port.
    pub port: u16,
}

impl Address {
    /// An address.
    pub fn new(hostname: impl Into<Arc<str>>, port: u16) -> Self {
        Address { hostname: hostname.into(), port }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.hostname, self.port)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}
