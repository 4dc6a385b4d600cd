//! Who a client is, and what it wants.

use mysql_common::constants::CapabilityFlags;

use crate::admin::{Limits, Password};
use crate::schema::Text;

/// Whether a client demands TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsUse {
    /// No TLS, even where the server offers it.
    #[default]
    Never,
    /// TLS where the server offers it.
    IfOffered,
    /// TLS, or nothing.
    Always,
}

/// When a client hands out the password as it is, because the server asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadablePassword {
    /// Never. Right where TLS is not there, or does not verify whom it talks to.
    #[default]
    Never,
    /// Only through TLS.
    OverTls,
    /// Always, in plain text too. Whoever can pose as the server can have the password.
    Always,
}

/// Who a client is, and what it wants.
///
/// ```
/// use proxysql_kit::admin::{ClientOptions, Password, TlsUse};
///
/// let options = ClientOptions::new("radmin", Password::from("radmin")).tls(TlsUse::IfOffered);
/// assert!(!format!("{options:?}").contains("\"radmin\", \"radmin\""));
/// ```
#[derive(Clone, Debug)]
pub struct ClientOptions {
    pub(super) user: Text,
    pub(super) password: Password,
    pub(super) database: Option<Text>,
    pub(super) tls: TlsUse,
    pub(super) readable_password: ReadablePassword,
    pub(super) charset: u8,
    pub(super) limits: Limits,
    pub(super) local_files: bool,
}

impl ClientOptions {
    /// An account, without TLS.
    pub fn new(user: impl Into<Text>, password: impl Into<Password>) -> Self {
        ClientOptions {
            user: user.into(),
            password: password.into(),
            database: None,
            tls: TlsUse::Never,
            readable_password: ReadablePassword::Never,
            charset: 33,
            limits: Limits::default(),
            local_files: false,
        }
    }

    /// As a node of a cluster connects to another one (2.7.1): the capabilities, charset and answers of its
    /// client library, TLS if offered. Asked for its password it gives it, as the node does, in plain text
    /// too.
    pub fn peer(user: impl Into<Text>, password: impl Into<Password>) -> Self {
        ClientOptions {
            tls: TlsUse::IfOffered,
            readable_password: ReadablePassword::Always,
            charset: 8,
            local_files: true,
            ..ClientOptions::new(user, password)
        }
    }

    /// Whether to use TLS.
    #[must_use]
    pub fn tls(mut self, tls: TlsUse) -> Self {
        self.tls = tls;
        self
    }

    /// When to hand out the password as it is.
    #[must_use]
    pub fn readable_password(mut self, when: ReadablePassword) -> Self {
        self.readable_password = when;
        self
    }

    /// The database to begin with. ProxySQL's admin does not need any.
    #[must_use]
    pub fn database(mut self, database: impl Into<Text>) -> Self {
        self.database = Some(database.into());
        self
    }

    /// What the server may send at most.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Capabilities as libmariadb has them.
    pub(super) fn capabilities(&self, is_tls: bool) -> u32 {
        let mut flags = CapabilityFlags::CLIENT_LONG_PASSWORD
            | CapabilityFlags::CLIENT_LONG_FLAG
            | CapabilityFlags::CLIENT_PROTOCOL_41
            | CapabilityFlags::CLIENT_TRANSACTIONS
            | CapabilityFlags::CLIENT_SECURE_CONNECTION
            | CapabilityFlags::CLIENT_PLUGIN_AUTH
            | CapabilityFlags::CLIENT_CONNECT_ATTRS
            | CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA
            | CapabilityFlags::CLIENT_SESSION_TRACK;
        flags.set(CapabilityFlags::CLIENT_LOCAL_FILES, self.local_files);
        flags.set(CapabilityFlags::CLIENT_SSL, is_tls);
        flags.set(CapabilityFlags::CLIENT_CONNECT_WITH_DB, self.database.is_some());
        flags.bits()
    }
}

/// The longest packet that a client says it takes: 1 GiB, as libmariadb does.
pub(super) const MAX_PACKET: u32 = 1 << 30;
