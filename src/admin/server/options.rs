//! How a server introduces itself, and what it takes.

use mysql_common::constants::CapabilityFlags;

use crate::admin::{AuthPlugin, Limits};
use crate::schema::Text;

/// How a server introduces itself, and what it takes.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    pub(super) version: Text,
    pub(super) tls: bool,
    pub(super) compression: bool,
    pub(super) plugin: AuthPlugin,
    pub(super) limits: Limits,
}

impl Default for ServerOptions {
    fn default() -> Self {
        ServerOptions {
            version: "8.0.11".into(),
            tls: false,
            compression: false,
            plugin: AuthPlugin::NativePassword,
            limits: Limits::default(),
        }
    }
}

impl ServerOptions {
    /// ProxySQL 2.7.1 with its defaults, but neither TLS (mysql-have_ssl) nor compression
    /// (mysql-have_compress).
    pub fn new() -> Self {
        ServerOptions::default()
    }

    /// What mysql-server_version says.
    #[must_use]
    pub fn version(mut self, version: impl Into<Text>) -> Self {
        self.version = version.into();
        self
    }

    /// Whether to offer TLS.
    #[must_use]
    pub fn tls(mut self, tls: bool) -> Self {
        self.tls = tls;
        self
    }

    /// Whether the greeting speaks of compression, as ProxySQL's does by default. A client that takes it is
    /// refused: there is none here.
    #[must_use]
    pub fn compression(mut self, compression: bool) -> Self {
        self.compression = compression;
        self
    }

    /// The way of login that is preferred (mysql-default_authentication_plugin).
    #[must_use]
    pub fn plugin(mut self, plugin: AuthPlugin) -> Self {
        self.plugin = plugin;
        self
    }

    /// What a client may send at most.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    pub(super) fn capabilities(&self) -> u32 {
        let mut flags = CapabilityFlags::CLIENT_LONG_PASSWORD
            | CapabilityFlags::CLIENT_FOUND_ROWS
            | CapabilityFlags::CLIENT_LONG_FLAG
            | CapabilityFlags::CLIENT_CONNECT_WITH_DB
            | CapabilityFlags::CLIENT_PROTOCOL_41
            | CapabilityFlags::CLIENT_IGNORE_SIGPIPE
            | CapabilityFlags::CLIENT_TRANSACTIONS
            | CapabilityFlags::CLIENT_RESERVED
            | CapabilityFlags::CLIENT_SECURE_CONNECTION
            | CapabilityFlags::CLIENT_MULTI_STATEMENTS
            | CapabilityFlags::CLIENT_MULTI_RESULTS
            | CapabilityFlags::CLIENT_PS_MULTI_RESULTS
            | CapabilityFlags::CLIENT_PLUGIN_AUTH
            | CapabilityFlags::CLIENT_SESSION_TRACK
            | CapabilityFlags::CLIENT_REMEMBER_OPTIONS;
        flags.set(CapabilityFlags::CLIENT_COMPRESS, self.compression);
        flags.set(CapabilityFlags::CLIENT_SSL, self.tls);
        flags.bits()
    }
}
