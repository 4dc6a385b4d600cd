//! Live nodes: how commands connect to them, with whose password, and how what goes wrong is told.

use std::cell::RefCell;
use std::future::Future;
use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use annotate_snippets::{Group, Level, Renderer};
use proxysql_kit::admin::Password;
use proxysql_kit::admin::net::{
    self, Authorities, Client, ConnectOptions, ErrorKind, Fetched, NodeUrl, Pin, Tls, TlsError, addresses,
    nodes_behind,
};
use proxysql_kit::config::{Config, Layer, Summary, diff};

const HEADING: &str = "Nodes";

/// How to connect to nodes.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Connecting {
    /// The environment variable with the password, where the URL has none. (A password in the URL is seen by whoever
    /// sees the processes of this machine)
    #[arg(long, value_name = "NAME", default_value = "PROXYSQL_ADMIN_PASSWORD", help_heading = HEADING)]
    password_env: String,
    /// A file with the password in its first line; comes before the environment variable. Without any of
    /// them a terminal is asked
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    password_file: Option<PathBuf>,
    /// Want TLS, and a certificate signed by an authority of this PEM file [default: TLS where the node has
    /// it, with any certificate]
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    tls_ca: Option<PathBuf>,
    /// The certificate may be for another name, or for none, as those are that `ProxySQL` makes
    #[arg(long, requires = "tls_ca", help_heading = HEADING)]
    tls_any_name: bool,
    /// Want TLS, and just this certificate; `tls-pin` prints the pin of a node
    #[arg(long, value_name = "sha256:HEX", conflicts_with = "tls_ca", help_heading = HEADING)]
    tls_pin: Option<Pin>,
    /// Want TLS, with whatever certificate
    #[arg(long, conflicts_with_all = ["tls_ca", "tls_pin"], help_heading = HEADING)]
    tls_insecure: bool,
    /// How long a try to connect may take
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds, help_heading = HEADING)]
    connect_timeout: Duration,
    /// How long a node may be silent that owes an answer
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds, help_heading = HEADING)]
    timeout: Duration,
    /// How many more tries to connect there are
    #[arg(long, value_name = "N", default_value_t = 2, help_heading = HEADING)]
    retries: u32,
    /// What was found out for this run.
    #[arg(skip)]
    known: Known,
}

#[derive(Clone, Debug, Default)]
struct Known {
    /// The passwords that were typed, by account and host.
    typed: RefCell<Vec<((String, String), Password)>>,
    /// The hosts that were said to stand for several nodes.
    said: RefCell<Vec<String>>,
    /// Of a host that stands for several nodes the one that is meant now.
    meant: RefCell<Option<(String, SocketAddr)>>,
}

/// A positive number of seconds.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "no number of seconds".to_owned())?;
    let duration = Duration::try_from_secs_f64(number).map_err(|error| error.to_string())?;
    if duration.is_zero() { Err("more than nothing is needed".to_owned()) } else { Ok(duration) }
}

/// What went wrong, and the way out.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Trouble {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Trouble { message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Tells it on standard error.
    pub(crate) fn tell(&self) -> std::io::Result<()> {
        let mut group = Group::with_title(Level::ERROR.primary_title(self.message.as_str()));
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        writeln!(anstream::stderr(), "{}", Renderer::styled().render(&[group]))
    }
}

impl From<net::Error> for Trouble {
    fn from(error: net::Error) -> Self {
        Trouble { message: error.to_string(), help: way_out(&error) }
    }
}

/// The library's way out, with the options that it means.
pub(crate) fn way_out(error: &net::Error) -> Option<String> {
    let help = error.help().map(ToOwned::to_owned);
    let option = match error.kind() {
        ErrorKind::Timeout { .. } => {
            return Some("`--connect-timeout` and `--timeout` wait longer".to_owned());
        }
        ErrorKind::Tls(TlsError::Pin { .. }) => "`proxysql-kit tls-pin` prints it",
        ErrorKind::Tls(TlsError::UnknownIssuer) => "`--tls-ca FILE`, `--tls-pin PIN`",
        ErrorKind::Tls(TlsError::Name(_)) => "`--tls-pin PIN`, `--tls-any-name`",
        _ => return help,
    };
    help.map(|help| format!("{help} ({option})"))
}

/// Does what has to be waited for.
pub(crate) fn block_on<T>(work: impl Future<Output = std::io::Result<T>>) -> std::io::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// Waits until somebody ends the command: with Ctrl-C, or as the system ends services.
pub(crate) async fn ended() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            end = tokio::signal::ctrl_c() => end,
            _ = terminated.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// Whether a source is a node.
pub(crate) fn is_node(source: &Path) -> bool {
    source.to_str().is_some_and(NodeUrl::is_meant)
}

/// The node that a text names. The text is not told: it may hold a password.
pub(crate) fn url(text: &str) -> Result<NodeUrl, Trouble> {
    text.parse().map_err(|error| Trouble::new(format!("no URL of a node: {error}")))
}

impl Connecting {
    /// Connects to a node; to one of them where its host stands for several, which is told.
    pub(crate) async fn connect(&self, url: &NodeUrl) -> Result<Client, Trouble> {
        let options = self.options(url)?;
        if let Some(address) = self.meant(url) {
            return Ok(Client::connect_to(&options, address).await?);
        }
        let client = Client::connect(&options).await?;
        let found = addresses(url.host(), url.port()).await.unwrap_or_default();
        self.say_which(url, &found, client.address());
        Ok(client)
    }

    /// The nodes behind a host that stands for several; none where it stands for one.
    pub(crate) async fn several(&self, url: &NodeUrl) -> Vec<SocketAddr> {
        let mut found = nodes_behind(url.host(), url.port()).await.unwrap_or_default();
        if found.len() < 2 || is_one_host(&found) {
            found.clear();
        }
        found
    }

    /// From now on, one of the nodes behind a host is meant.
    pub(crate) fn mean(&self, url: &NodeUrl, address: SocketAddr) {
        self.known.meant.replace(Some((url.host().to_owned(), address)));
    }

    /// The one that is meant of the nodes behind a host, if that was said.
    fn meant(&self, url: &NodeUrl) -> Option<SocketAddr> {
        let meant = self.known.meant.borrow();
        meant.as_ref().filter(|(host, _)| host == url.host()).map(|(_, address)| *address)
    }

    /// Reads a layer of a node. What of the node is not known is told.
    pub(crate) async fn fetch(&self, url: &NodeUrl) -> Result<Fetched, Trouble> {
        let mut client = self.connect(url).await?;
        let fetched = self.fetch_by(&mut client, url.layer()).await?;
        Box::pin(self.finish(client, url, &fetched.config)).await?;
        Ok(fetched)
    }

    /// The same, and what runs on the node.
    pub(crate) async fn fetch_beside_runtime(&self, url: &NodeUrl) -> Result<(Fetched, Config), Trouble> {
        let mut client = self.connect(url).await?;
        let fetched = self.fetch_by(&mut client, url.layer()).await?;
        let running = if url.layer() == Layer::Runtime {
            fetched.config.clone()
        } else {
            client.fetch_config(Layer::Runtime).await?.config
        };
        Box::pin(self.finish(client, url, &fetched.config)).await?;
        Ok((fetched, running))
    }

    /// What a node was told to run, and, where that is wanted, what it has on disk.
    pub(crate) async fn fetch_loaded(
        &self,
        url: &NodeUrl,
        with_disk: bool,
    ) -> Result<(Config, Option<Config>), Trouble> {
        let mut client = self.connect(url).await?;
        let loaded = client.fetch_loaded().await?.config;
        let disk = if with_disk { Some(client.fetch_config(Layer::Disk).await?.config) } else { None };
        client.close().await;
        Ok((loaded, disk))
    }

    async fn fetch_by(&self, client: &mut Client, layer: Layer) -> Result<Fetched, Trouble> {
        let fetched = client.fetch_config(layer).await?;
        let node = client.node();
        let mut out = anstream::stderr().lock();
        // Nobody hears it where standard error is closed, and then nobody needs it.
        if self.known.is_new(node) {
            if fetched.version.is_assumed {
                let _ = writeln!(out, "\x1b[33mwarning\x1b[0m: {node}: ProxySQL {}", fetched.version);
            }
            for left_out in &fetched.left_out {
                let _ = writeln!(out, "\x1b[33mwarning\x1b[0m: {node}: {left_out}");
            }
        }
        Ok(fetched)
    }

    /// Takes leave of a node that was read, and says, once for each layer, which of the other nodes behind its host hold
    /// something else.
    async fn finish(&self, client: Client, url: &NodeUrl, config: &Config) -> Result<(), Trouble> {
        let read = client.address();
        client.close().await;
        if self.meant(url).is_some() || !self.known.is_new(&format!("others of {url}, {:?}", url.layer())) {
            return Ok(());
        }
        let several = self.several(url).await;
        if several.is_empty() {
            return Ok(());
        }
        let options = self.options(url)?;
        let layer = async |address| {
            let mut client = Client::connect_to(&options, address).await?;
            let fetched = client.fetch_config(url.layer()).await?;
            client.close().await;
            Ok::<_, net::Error>(fetched.config)
        };
        for address in several.into_iter().filter(|address| *address != read) {
            let word = match layer(address).await {
                Ok(other) => {
                    let plan = diff(config, &other);
                    if plan.is_empty() {
                        continue;
                    }
                    let Summary { add, change, remove, .. } = plan.summary();
                    format!(
                        "the node at {address} holds something else (+{add} ~{change} -{remove}); `status` compares"
                    )
                }
                Err(error) => format!("the node at {address} was not compared: {error}"),
            };
            let _ = writeln!(anstream::stderr(), "\x1b[33mwarning\x1b[0m: {word}");
        }
        Ok(())
    }

    /// How to connect to a node, with its password.
    pub(crate) fn options(&self, url: &NodeUrl) -> Result<ConnectOptions, Trouble> {
        let password = match url.password() {
            Some(password) => password.clone(),
            None => self.password(url)?,
        };
        self.without_password(url.connect_options(password))
    }

    /// How to connect to a node that nobody logs in to.
    pub(crate) fn options_without_login(&self, url: &NodeUrl) -> Result<ConnectOptions, Trouble> {
        self.without_password(url.connect_options(""))
    }

    fn without_password(&self, options: ConnectOptions) -> Result<ConnectOptions, Trouble> {
        Ok(options
            .tls(self.tls()?)
            .connect_timeout(self.connect_timeout)
            .query_timeout(self.timeout)
            .retries(self.retries))
    }

    fn tls(&self) -> Result<Tls, Trouble> {
        if let Some(file) = &self.tls_ca {
            let authorities =
                Authorities::from_file(file).map_err(|error| Trouble::new(error.to_string()))?;
            return Ok(Tls::Ca(if self.tls_any_name { authorities.any_name() } else { authorities }));
        }
        if let Some(pin) = self.tls_pin {
            return Ok(Tls::Pin(pin));
        }
        if !self.tls_insecure {
            return Ok(Tls::default());
        }
        if self.known.is_new("--tls-insecure") {
            let warning = "nobody checks whose certificate it is (--tls-insecure): whoever stands in the middle \
                           can be the node";
            let _ = writeln!(anstream::stderr(), "\x1b[33mwarning\x1b[0m: {warning}");
        }
        Ok(Tls::Insecure)
    }

    fn password(&self, url: &NodeUrl) -> Result<Password, Trouble> {
        if let Some(file) = &self.password_file {
            let text =
                std::fs::read(file).map_err(|error| Trouble::new(format!("{}: {error}", file.display())))?;
            let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
            return Ok(line.strip_suffix(b"\r").unwrap_or(line).to_vec().into());
        }
        if let Some(password) = std::env::var_os(&self.password_env) {
            return Ok(password.into_encoded_bytes().into());
        }
        let account = (url.user().to_owned(), url.host().to_owned());
        let known = self.known.typed.borrow().iter().find(|(known, _)| *known == account).cloned();
        if let Some((_, password)) = known {
            return Ok(password);
        }
        if !std::io::stdin().is_terminal() {
            let nothing = format!("there is no password for {url}, and no terminal to ask on");
            return Err(Trouble::new(nothing)
                .help(format!("`{}` in the environment, or `--password-file FILE`", self.password_env)));
        }
        let typed = rpassword::prompt_password(format!("Password of {url}: "));
        let typed = typed.map_err(|error| Trouble::new(format!("no password: {error}")))?;
        let password = Password::from(typed);
        self.known.typed.borrow_mut().push((account, password.clone()));
        Ok(password)
    }

    fn say_which(&self, url: &NodeUrl, found: &[SocketAddr], address: SocketAddr) {
        if found.len() > 1 && !is_one_host(found) && self.known.is_new(url.host()) {
            let (host, count) = (url.host(), found.len());
            let note = format!("`{host}` stands for {count} addresses; this is of the node at {address}");
            let _ = writeln!(anstream::stderr(), "note: {note}");
        }
    }
}

/// Whether these are the addresses of one host for itself.
fn is_one_host(addresses: &[SocketAddr]) -> bool {
    addresses.iter().all(|address| address.ip().is_loopback())
}

impl Known {
    /// Whether something was not said yet; from now on it was.
    fn is_new(&self, what: &str) -> bool {
        let mut said = self.said.borrow_mut();
        let is_new = !said.iter().any(|known| known == what);
        if is_new {
            said.push(what.to_owned());
        }
        is_new
    }
}
