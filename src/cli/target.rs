//! `--target`: the version of ProxySQL that is meant.

use clap::{Args, ValueEnum};
use proxysql_kit::admin::net::ServerVersion;
use proxysql_kit::config::LoadOptions;
use proxysql_kit::schema::Version;

/// Which ProxySQL loads the file.
#[derive(Args, Clone, Debug)]
pub(crate) struct Target {
    /// The version of `ProxySQL` [default: 2.7, or that of the node beside the file]
    #[arg(long, value_enum)]
    target: Option<VersionName>,
    /// What the node calls itself.
    #[arg(skip)]
    version_string: Option<String>,
}

impl Target {
    pub(crate) fn version(&self) -> Version {
        self.target.map(VersionName::version).unwrap_or_default()
    }

    pub(crate) fn options(&self) -> LoadOptions<'_> {
        let options = LoadOptions::new().version(self.version());
        match &self.version_string {
            Some(text) => options.version_string(text),
            None => options,
        }
    }

    /// Takes a node's version, unless another one was named.
    pub(crate) fn default_to(&mut self, server: &ServerVersion) {
        if self.target.is_none_or(|name| name.version() == server.version) {
            self.target = Some(VersionName::of(server.version));
            self.version_string = Some(server.text.clone());
        }
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
    fn of(version: Version) -> Self {
        match version {
            Version::V2_0 => VersionName::V2_0,
            Version::V3_0 => VersionName::V3_0,
            _ => VersionName::V2_7,
        }
    }

    pub(crate) fn version(self) -> Version {
        match self {
            VersionName::V2_0 => Version::V2_0,
            VersionName::V2_7 => Version::V2_7,
            VersionName::V3_0 => Version::V3_0,
        }
    }
}
