//! Which node, and how to reach it.

use std::time::Duration;

use super::tls::{Authorities, Pin};
use crate::admin::{ClientOptions, Limits, Password, ReadablePassword, TlsUse};

/// Which node to connect to, as whom, and with how much patience.
///
/// ```
/// use std::time::Duration;
/// use proxysql_kit::admin::net::{ConnectOptions, Tls};
///
/// let options = ConnectOptions::new("127.0.0.1", "radmin", "secret")
///     .port(6032)
///     .tls(Tls::Off)
///     .connect_timeout(Duration::from_secs(1));
/// assert_eq!(options.node(), "127.0.0.1:6032");
/// assert!(!format!("{options:?}").contains("secret"));
/// ```
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: String,
    pub(super) password: Password,
    pub(super) tls: Tls,
    pub(super) connect_timeout: Duration,
    pub(super) query_timeout: Duration,
    pub(super) retries: u32,
    pub(super) backoff: Duration,
    pub(super) limits: Limits,
    pub(super) readable_password: bool,
}

/// Whether to speak TLS, and how the node proves that it is the right one.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Tls {
    /// No TLS.
    Off,
    /// TLS where the node offers it, with whatever certificate: as ProxySQL's own nodes connect. Who only
    /// listens learns nothing; who stands in the middle does.
    #[default]
    Prefer,
    /// TLS, and a certificate that one of these authorities has signed.
    Ca(Authorities),
    /// TLS, and exactly this certificate. Right for nodes that sign their own.
    Pin(Pin),
    /// TLS, with whatever certificate. Who stands in the middle can be the node.
    Insecure,
}

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl ConnectOptions {
    /// An account on a node's admin port, 6032. TLS as the node likes it; 5 s to connect, 30 s for an answer,
    /// two more tries.
    pub fn new(host: impl Into<String>, user: impl Into<String>, password: impl Into<Password>) -> Self {
        ConnectOptions {
            host: host.into(),
            port: 6032,
            user: user.into(),
            password: password.into(),
            tls: Tls::default(),
            connect_timeout: Duration::from_secs(5),
            query_timeout: Duration::from_secs(30),
            retries: 2,
            backoff: Duration::from_millis(100),
            limits: Limits::default(),
            readable_password: false,
        }
    }

    /// Another port.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Another host, for several nodes that are reached in the same way.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// How to speak TLS.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// How long one try to connect may take, up to and with the login.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long a node may be silent while it owes an answer, or take nothing of a query. An answer that
    /// comes steadily may take longer.
    #[must_use]
    pub fn query_timeout(mut self, timeout: Duration) -> Self {
        self.query_timeout = timeout;
        self
    }

    /// How many more tries to connect there are, where another try may go better: a wrong password or
    /// certificate is final.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// The pause before the second try; each further one is twice as long, up to 5 s.
    #[must_use]
    pub fn backoff(mut self, pause: Duration) -> Self {
        self.backoff = pause;
        self
    }

    /// What the node may send at most.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Allows the password to be sent as it is, also in plain text, if the node asks. Without it, that is
    /// done only where TLS verifies the node.
    #[must_use]
    pub fn readable_password(mut self, allowed: bool) -> Self {
        self.readable_password = allowed;
        self
    }

    /// The node as errors name it: host and port.
    pub fn node(&self) -> String {
        if self.host.contains(':') && !self.host.starts_with('[') {
            return format!("[{}]:{}", self.host, self.port);
        }
        format!("{}:{}", self.host, self.port)
    }

    pub(super) fn pause(&self, attempt: u32) -> Duration {
        self.backoff.saturating_mul(1 << attempt.min(16)).min(LONGEST_PAUSE)
    }

    pub(super) fn client(&self) -> ClientOptions {
        let tls = match self.tls {
            Tls::Off => TlsUse::Never,
            Tls::Prefer => TlsUse::IfOffered,
            Tls::Ca(_) | Tls::Pin(_) | Tls::Insecure => TlsUse::Always,
        };
        let readable = match self.tls {
            _ if self.readable_password => ReadablePassword::Always,
            Tls::Ca(_) | Tls::Pin(_) => ReadablePassword::OverTls,
            Tls::Off | Tls::Prefer | Tls::Insecure => ReadablePassword::Never,
        };
        ClientOptions::new(self.user.as_str(), self.password.clone())
            .tls(tls)
            .readable_password(readable)
            .limits(self.limits)
    }
}
