//! `--target`: the version of ProxySQL that is meant.

use clap::{Args, ValueEnum};
use proxysql_kit::config::LoadOptions;
use proxysql_kit::schema::Version;

/// Which ProxySQL loads the file.
#[derive(Args, Clone, Debug)]
pub(crate) struct Target {
    /// The version of `ProxySQL`
    #[arg(long, value_enum, default_value = "2.7")]
    target: VersionName,
}

impl Target {
    pub(crate) fn version(&self) -> Version {
        self.target.version()
    }

    pub(crate) fn options(&self) -> LoadOptions<'static> {
        LoadOptions::new().version(self.version())
    }
}

/// A version as options name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum VersionName {
    #[value(name = "2.0")]
    V2_0,
    #[value(name = "2.7")]
    V2_7,
    #[value(name = "3.0")]
    V3_0,
}

impl VersionName {
    pub(crate) fn version(self) -> Version {
        match self {
            VersionName::V2_0 => Version::V2_0,
            VersionName::V2_7 => Version::V2_7,
            VersionName::V3_0 => Version::V3_0,
        }
    }
}
