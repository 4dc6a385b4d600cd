//! A node for tests, benches and examples: the server's end of the admin protocol over SQLite. It holds memory,
//! disk and runtime, knows LOAD and SAVE, the versions, epochs and checksums of its modules, and what nodes ask
//! each other. Its runtime is as a file that was loaded makes it: no monitor moves anything.

#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    unreachable_pub
)]

#[path = "node/database.rs"]
mod database;
#[path = "node/wire.rs"]
mod wire;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proxysql_kit::admin::net::Pin;
use proxysql_kit::admin::{AuthPlugin, ServerError};
use proxysql_kit::config::Config;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use database::{Answer, Database};

/// What a node is and how it behaves.
#[derive(Clone)]
pub struct NodeOptions {
    /// What it holds in memory, on disk and at runtime.
    pub config: Config,
    /// What it answers to `SELECT @@version`.
    pub version: String,
    /// Who may come in.
    pub accounts: Vec<(String, String)>,
    /// Accounts that may come in from the node's own host only; it takes every client for a stranger.
    pub local_only: Vec<String>,
    /// Its certificate, if it offers TLS.
    pub tls: Option<Identity>,
    /// The way of login that it prefers.
    pub plugin: AuthPlugin,
    /// What goes wrong, with queries that contain a text.
    pub faults: Vec<(String, Fault)>,
    /// How it sends: this many bytes at a time, with a pause between.
    pub drip: Option<(usize, Duration)>,
}

/// What goes wrong with a query.
#[derive(Clone, Debug)]
pub enum Fault {
    /// An error in the place of an answer.
    Fail(ServerError),
    /// An error behind so many rows.
    FailAfter(usize, ServerError),
    /// No answer at all.
    Hang,
    /// The connection ends in the middle of the answer, after so many bytes of it.
    Cut(usize),
    /// The connection ends at once.
    Close,
}

/// A certificate and its key.
#[derive(Clone)]
pub struct Identity {
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
    /// The certificate as PEM, of its authority where another one signed it.
    pub authority_pem: String,
}

impl Identity {
    /// One that signed itself, for some names; for none, as ProxySQL makes them, but its own authority apart.
    pub fn new(names: &[&str]) -> Identity {
        let mut authority = rcgen::CertificateParams::new(vec![]).unwrap();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        authority.distinguished_name.push(rcgen::DnType::CommonName, "test authority");
        let authority_key = rcgen::KeyPair::generate().unwrap();
        let authority = rcgen::CertifiedIssuer::self_signed(authority, authority_key).unwrap();
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let params = rcgen::CertificateParams::new(names).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        Identity {
            certificate: certificate.der().to_vec(),
            key: key.serialize_der(),
            authority_pem: authority.pem(),
        }
    }

    pub fn pin(&self) -> Pin {
        Pin::of(&self.certificate)
    }
}

impl NodeOptions {
    /// A node that holds this everywhere, with the account `radmin`, password `radmin`.
    pub fn new(config: Config) -> Self {
        NodeOptions {
            version: config.version.version_string().to_owned(),
            config,
            accounts: vec![("radmin".to_owned(), "radmin".to_owned())],
            local_only: Vec::new(),
            tls: None,
            plugin: AuthPlugin::NativePassword,
            faults: Vec::new(),
            drip: None,
        }
    }

    #[must_use]
    pub fn fault(mut self, query: &str, fault: Fault) -> Self {
        self.faults.push((query.to_owned(), fault));
        self
    }
}

/// A node that runs. It ends when this is dropped.
pub struct Node {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    options: Mutex<NodeOptions>,
    database: Mutex<Database>,
    /// The queries that came, in order.
    queries: Mutex<Vec<String>>,
}

impl Node {
    /// Starts one on loopback, on a port of its own.
    pub async fn start(options: NodeOptions) -> Node {
        Node::start_at(options, "127.0.0.1:0".parse().unwrap()).await
    }

    pub async fn start_at(options: NodeOptions, address: SocketAddr) -> Node {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let database = Mutex::new(Database::new(&options.config, &options.version));
        let queries = Mutex::new(Vec::new());
        let shared = Arc::new(Shared { options: Mutex::new(options), database, queries });
        let task = tokio::spawn(wire::listen(listener, Arc::clone(&shared)));
        Node { address, shared, task }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Looks at what it holds, or changes it.
    pub fn database<T>(&self, look: impl FnOnce(&mut Database) -> T) -> T {
        look(&mut self.shared.database.lock().unwrap())
    }

    /// Runs a query without the wire.
    pub fn run(&self, sql: &str) -> Answer {
        self.database(|database| database.query(sql.as_bytes(), &mut None))
    }

    /// What goes wrong from now on.
    pub fn set_faults(&self, faults: Vec<(String, Fault)>) {
        self.shared.options.lock().unwrap().faults = faults;
    }

    /// The queries that came so far.
    pub fn queries(&self) -> Vec<String> {
        self.shared.queries.lock().unwrap().clone()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.task.abort();
    }
}
