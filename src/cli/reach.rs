//! How nodes are reached: URLs, accounts, TLS.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use proxysql_kit::admin::net::{Authorities, ConnectOptions, Pin, Tls};

/// Nodes, and how to log in.
#[derive(clap::Args, Debug)]
pub(crate) struct Nodes {
    /// The nodes: `mysql://USER[:PASSWORD]@HOST[:PORT]`. A name that stands for several addresses means all of them
    #[arg(value_name = "URL", required = true)]
    urls: Vec<String>,
    /// The variable of the environment that holds the password
    #[arg(long, value_name = "VAR", default_value = "PROXYSQL_KIT_PASSWORD")]
    password_env: String,
    /// The file that holds the password; a newline at its end does not count
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// The authorities that signed the nodes' certificates, as PEM
    #[arg(long, value_name = "FILE", conflicts_with_all = ["tls_pin", "tls_insecure"])]
    tls_ca: Option<PathBuf>,
    /// The nodes' certificate: `sha256:HEX`
    #[arg(long, value_name = "PIN", conflicts_with = "tls_insecure")]
    tls_pin: Option<Pin>,
    /// Insist on TLS, and take any certificate
    #[arg(long)]
    tls_insecure: bool,
}

impl Nodes {
    /// The nodes in the order in which they were named.
    pub(crate) fn targets(&self, timeout: Duration) -> io::Result<Vec<ConnectOptions>> {
        let tls = self.tls()?;
        let password = self.password()?;
        let target = |url: &String| {
            let url = Url::parse(url)?;
            let password = url.password.or_else(|| password.clone()).unwrap_or_default();
            let options = ConnectOptions::new(url.host, url.user, password.as_str()).port(url.port);
            Ok(options.tls(tls.clone()).connect_timeout(timeout))
        };
        self.urls.iter().map(target).collect()
    }

    fn password(&self) -> io::Result<Option<String>> {
        match &self.password_file {
            Some(file) => {
                let text = std::fs::read_to_string(file);
                let text = text.map_err(|error| invalid(format!("{}: {error}", file.display())))?;
                Ok(Some(text.trim_end_matches(['\n', '\r']).to_owned()))
            }
            None => Ok(std::env::var(&self.password_env).ok()),
        }
    }

    fn tls(&self) -> io::Result<Tls> {
        if let Some(file) = &self.tls_ca {
            let pem = std::fs::read(file).map_err(|error| invalid(format!("{}: {error}", file.display())))?;
            let authorities = Authorities::from_pem(&pem);
            return Ok(Tls::Ca(
                authorities.map_err(|error| invalid(format!("{}: {error}", file.display())))?,
            ));
        }
        Ok(match self.tls_pin {
            Some(pin) => Tls::Pin(pin),
            None if self.tls_insecure => Tls::Insecure,
            None => Tls::Prefer,
        })
    }
}

struct Url {
    user: String,
    password: Option<String>,
    host: String,
    port: u16,
}

impl Url {
    /// What is wrong is said without the text, which may hold a password.
    fn parse(url: &str) -> io::Result<Self> {
        let wrong = || invalid("a node is `mysql://USER[:PASSWORD]@HOST[:PORT]`".to_owned());
        let rest = url.strip_prefix("mysql://").ok_or_else(wrong)?.trim_end_matches('/');
        let (account, place) = rest.rsplit_once('@').unwrap_or(("radmin", rest));
        let (user, password) = match account.split_once(':') {
            Some((user, password)) => (user, Some(password.to_owned())),
            None => (account, None),
        };
        let (host, port) =
            match place.rsplit_once(':').filter(|(host, _)| !host.contains(':') || host.ends_with(']')) {
                Some((host, port)) => (host, port.parse().map_err(|_| wrong())?),
                None => (place, 6032),
            };
        if host.is_empty() || user.is_empty() {
            return Err(wrong());
        }
        Ok(Url { user: user.to_owned(), password, host: host.to_owned(), port })
    }
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}
