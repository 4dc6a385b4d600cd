//! What stands in the fields of a line.

use std::fmt;
use std::sync::Arc;

use super::super::module::ModuleKind;
use super::super::settings::Address;
use crate::hash::Checksum;

/// Something that can be written into a line and read from it.
pub(super) trait Field: Sized {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
    fn read(text: &str) -> Option<Self>;
}

/// A text without blanks: a version string, a uuid, a user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Word(Arc<str>);

impl Word {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Arc<str>> for Word {
    fn from(text: Arc<str>) -> Self {
        Word(text)
    }
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        Word(text.into())
    }
}

impl Field for Word {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }

    fn read(text: &str) -> Option<Self> {
        (!text.contains(char::is_whitespace)).then(|| Word(text.into()))
    }
}

/// Any text.
impl Field for Arc<str> {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }

    fn read(text: &str) -> Option<Self> {
        Some(text.into())
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Field for $number {
            fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }

            fn read(text: &str) -> Option<Self> {
                // Only as it is written: no sign, no zero in front.
                text.parse().ok().filter(|number: &$number| number.to_string() == text)
            }
        }
    )*};
}

numbers!(u32, u64);

impl Field for Address {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }

    fn read(text: &str) -> Option<Self> {
        let (hostname, port) = text.rsplit_once(':')?;
        if hostname.contains(char::is_whitespace) {
            return None;
        }
        let number = port.parse::<u16>().ok().filter(|number| number.to_string() == port)?;
        Some(Address::new(hostname, number))
    }
}

/// A checksum, or the empty text of a module that is not computed.
impl Field for Option<Checksum> {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.map_or(Ok(()), |checksum| fmt::Display::fmt(&checksum, f))
    }

    fn read(text: &str) -> Option<Self> {
        if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
    }
}

/// An enum whose variants are written as fixed texts.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* #[doc = concat!(" `", $text, "`")] $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// As lines have it.
            pub fn text(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.text())
            }
        }

        impl Field for $name {
            fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.text())
            }

            fn read(text: &str) -> Option<Self> {
                $name::ALL.iter().copied().find(|known| known.text() == text)
            }
        }
    };
}

words! {
    /// What is fetched, as the lines of a pull name it.
    Subject {
        QueryRules = "MySQL Query Rules",
        Users = "MySQL Users",
        ProxysqlServers = "ProxySQL Servers",
        AdminVariables = "Admin Variables",
        MysqlVariables = "MySQL Variables",
        ServersV2 = "MySQL Servers v2",
        Servers = "MySQL Servers",
        GroupReplicationHostgroups = "MySQL Group Replication Hostgroups",
        GaleraHostgroups = "MySQL Galera Hostgroups",
        AuroraHostgroups = "MySQL Aurora Hostgroups",
        HostgroupAttributes = "MySQL Hostgroup Attributes",
        ServersSslParams = "MySQL Servers SSL Params",
    }
}

impl Subject {
    /// That of a module.
    pub fn of(module: ModuleKind) -> Subject {
        match module {
            ModuleKind::AdminVariables => Subject::AdminVariables,
            ModuleKind::MysqlQueryRules => Subject::QueryRules,
            ModuleKind::MysqlServersV2 => Subject::ServersV2,
            ModuleKind::MysqlServers => Subject::Servers,
            ModuleKind::MysqlUsers => Subject::Users,
            ModuleKind::MysqlVariables => Subject::MysqlVariables,
            ModuleKind::ProxysqlServers => Subject::ProxysqlServers,
        }
    }
}

words! {
    /// Which variables, in the line that a pull of them begins with.
    Variables {
        Admin = "Admin",
        Mysql = "MySQL",
    }
}

words! {
    /// Yes or no.
    YesNo {
        Yes = "YES",
        No = "NO",
    }
}

impl From<bool> for YesNo {
    fn from(yes: bool) -> Self {
        if yes { YesNo::Yes } else { YesNo::No }
    }
}

words! {
    /// A query of a check.
    CheckQuery {
        GlobalChecksum = "SELECT GLOBAL_CHECKSUM()",
        ChecksumRows = "SELECT * FROM runtime_checksums_values ORDER BY name",
        Status = "SELECT * FROM stats_mysql_global ORDER BY Variable_Name",
    }
}

words! {
    /// What is to be loaded, in LOAD ... TO RUNTIME.
    LoadWords {
        AdminVariables = "ADMIN VARIABLES",
        MysqlVariables = "MYSQL VARIABLES",
        LdapVariables = "LDAP VARIABLES",
        MysqlServers = "MYSQL SERVERS",
        MysqlUsers = "MYSQL USERS",
        MysqlQueryRules = "MYSQL QUERY RULES",
        ProxysqlServers = "PROXYSQL SERVERS",
    }
}

impl LoadWords {
    /// The words of a module.
    pub fn of(module: ModuleKind) -> LoadWords {
        match module {
            ModuleKind::AdminVariables => LoadWords::AdminVariables,
            ModuleKind::MysqlQueryRules => LoadWords::MysqlQueryRules,
            ModuleKind::MysqlServersV2 | ModuleKind::MysqlServers => LoadWords::MysqlServers,
            ModuleKind::MysqlUsers => LoadWords::MysqlUsers,
            ModuleKind::MysqlVariables => LoadWords::MysqlVariables,
            ModuleKind::ProxysqlServers => LoadWords::ProxysqlServers,
        }
    }

    /// The words that a sync conflict of a module names: all but variables say MYSQL SERVERS.
    pub fn named_for(module: ModuleKind) -> LoadWords {
        match module {
            ModuleKind::AdminVariables | ModuleKind::MysqlVariables => LoadWords::of(module),
            _ => LoadWords::MysqlServers,
        }
    }
}

impl Field for ModuleKind {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }

    fn read(text: &str) -> Option<Self> {
        ModuleKind::from_name(text)
    }
}
