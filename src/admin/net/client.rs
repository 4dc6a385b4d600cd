//! Connections and queries.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::address::addresses;
use super::error::{Error, ErrorKind};
use super::fetch::ServerVersion;
use super::options::{ConnectOptions, Tls};
use super::stream::Stream;
use super::tls::{self, Pin, TlsFailure};
use crate::admin::{ClientConnection, ClientEvent, Column, Done, Greeting, Row, ServerError, WireError};
use crate::schema::Text;

/// How much is read at once.
const READ: usize = 64 << 10;

/// A connection to a node's admin port.
///
/// A query whose future is dropped before it is done costs nothing: the next one passes over what is left of
/// its answer. After an error of the connection (not of a query) nothing works any more: connect anew.
pub struct Client {
    stream: Stream,
    connection: ClientConnection,
    buffer: Box<[u8]>,
    node: String,
    address: SocketAddr,
    pin: Option<Pin>,
    query_timeout: Duration,
    version: Option<ServerVersion>,
}

/// Not what came and goes: passwords are among it.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("node", &self.node)
            .field("address", &self.address)
            .field("is_tls", &self.is_tls())
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Connects and logs in: to the first address of the host that takes the connection, with more tries if
    /// none does.
    ///
    /// # Errors
    /// Where no try succeeds, that of the last one. Wrong passwords and certificates are not tried twice.
    pub async fn connect(options: &ConnectOptions) -> Result<Client, Error> {
        retried(options, || async {
            let timed = timeout(options.connect_timeout, connect_to_host(options)).await;
            timed.unwrap_or_else(|_| Err(too_slow(options)))
        })
        .await
    }

    /// The same with one address, whatever the host's name stands for; TLS goes by the name.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_to(options: &ConnectOptions, address: SocketAddr) -> Result<Client, Error> {
        retried(options, || async {
            let timed = timeout(options.connect_timeout, connect_to_address(options, address)).await;
            timed.unwrap_or_else(|_| Err(too_slow(options)))
        })
        .await
    }

    /// The pin of the certificate that a node shows at an address, whatever certificate that is. Nobody logs in:
    /// it needs no account, and no password is sent.
    ///
    /// # Errors
    /// Where no connection comes about, or the node has no TLS.
    pub async fn shown_pin(options: &ConnectOptions, address: SocketAddr) -> Result<Pin, Error> {
        let options = options.clone().tls(Tls::Insecure);
        let timed = timeout(options.connect_timeout, async {
            let mut client = dial(&options, address).await?;
            client.until_tls(&options).await
        });
        timed.await.unwrap_or_else(|_| Err(too_slow(&options)))
    }

    /// The node, as errors name it: host and port.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// The address that it was reached at.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it speaks TLS.
    pub fn is_tls(&self) -> bool {
        self.connection.is_tls()
    }

    /// The certificate that the node showed; `None` without TLS.
    pub fn peer_pin(&self) -> Option<Pin> {
        self.pin
    }

    /// How the node introduced itself.
    pub fn greeting(&self) -> Option<&Greeting> {
        self.connection.greeting()
    }

    /// Which ProxySQL the node is. Asked once, and known from then on.
    ///
    /// # Errors
    /// Where it is no ProxySQL, or the connection breaks.
    pub async fn version(&mut self) -> Result<ServerVersion, Error> {
        if let Some(version) = &self.version {
            return Ok(version.clone());
        }
        let version = ServerVersion::ask(self).await?;
        Ok(self.version.insert(version).clone())
    }

    /// Runs a query. Its rows come one by one from [`Answer::next`].
    ///
    /// # Errors
    /// Where the node refuses it ([`ErrorKind::Server`]; the connection stays), or the connection breaks.
    pub async fn query(&mut self, sql: impl AsRef<[u8]>) -> Result<Answer<'_>, Error> {
        self.begin(sql.as_ref()).await?;
        let done = match self.event().await? {
            ClientEvent::Columns(_) => None,
            ClientEvent::Done(done) => Some(done),
            ClientEvent::Failed(error) => return Err(self.refused(error)),
            _ => return Err(self.unexpected()),
        };
        if done.is_some() {
            self.drain().await?;
        }
        Ok(Answer { client: self, done })
    }

    /// Runs a query whose rows are of no interest.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    pub async fn execute(&mut self, sql: impl AsRef<[u8]>) -> Result<Done, Error> {
        self.query(sql).await?.finish().await
    }

    /// Runs a query and holds its rows, which had better be few.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    pub async fn rows(&mut self, sql: impl AsRef<[u8]>) -> Result<Table, Error> {
        let mut answer = self.query(sql).await?;
        let columns = answer.columns().iter().map(|column| column.name.clone()).collect();
        let mut rows = Vec::new();
        while let Some(row) = answer.next().await? {
            rows.push(row.iter().map(|value| value.map(Text::from)).collect());
        }
        Ok(Table { columns, rows })
    }

    /// Asks whether the node is there.
    ///
    /// # Errors
    /// Where it is not.
    pub async fn ping(&mut self) -> Result<(), Error> {
        self.drain().await?;
        self.connection.ping().map_err(|error| self.wire(error))?;
        match self.event().await? {
            ClientEvent::Done(_) => Ok(()),
            ClientEvent::Failed(error) => Err(self.refused(error)),
            _ => Err(self.unexpected()),
        }
    }

    /// Takes leave. A connection that is just dropped is closed as well.
    pub async fn close(mut self) {
        if self.drain().await.is_ok() && self.connection.quit().is_ok() {
            // The node closes the connection whether it hears this or not.
            let _ = self.send("at the farewell").await;
        }
    }

    async fn begin(&mut self, sql: &[u8]) -> Result<(), Error> {
        self.drain().await?;
        self.connection.query(sql).map_err(|error| self.wire(error))
    }

    /// Passes over what is left of an earlier answer.
    async fn drain(&mut self) -> Result<(), Error> {
        while !self.connection.is_idle() {
            self.event().await?;
        }
        Ok(())
    }

    /// The next event, which is waited for.
    async fn event(&mut self) -> Result<ClientEvent<'_>, Error> {
        loop {
            match self.connection.has_event() {
                Ok(true) => break,
                Ok(false) => {}
                Err(error) => return Err(self.give_up(ErrorKind::Wire(error))),
            }
            self.send("while a query was sent").await?;
            self.receive().await?;
        }
        let node = &self.node;
        match self.connection.next_event() {
            Ok(Some(event)) => Ok(event),
            Ok(None) => Err(Error::new(node, ErrorKind::Answer("none"))),
            Err(error) => Err(Error::new(node, ErrorKind::Wire(error))),
        }
    }

    async fn send(&mut self, when: &'static str) -> Result<(), Error> {
        if self.connection.outgoing().is_empty() {
            return Ok(());
        }
        while !self.connection.outgoing().is_empty() {
            let written = timeout(self.query_timeout, self.stream.write(self.connection.outgoing())).await;
            match written {
                Ok(Ok(0)) => return Err(self.broken(when, std::io::ErrorKind::WriteZero.into())),
                Ok(Ok(count)) => self.connection.sent(count),
                Ok(Err(source)) => return Err(self.broken(when, source)),
                Err(_) => return Err(self.silent(when)),
            }
        }
        match timeout(self.query_timeout, self.stream.flush()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(source)) => Err(self.broken(when, source)),
            Err(_) => Err(self.silent(when)),
        }
    }

    async fn receive(&mut self) -> Result<(), Error> {
        const WHEN: &str = "while an answer was awaited";
        match timeout(self.query_timeout, self.stream.read(&mut self.buffer)).await {
            Ok(Ok(0)) => {
                let ended = self.connection.ended();
                let ended = ended.unwrap_or(WireError::Closed { when: WHEN });
                Err(self.give_up(ErrorKind::Wire(ended)))
            }
            Ok(Ok(count)) => {
                self.connection.receive(self.buffer.get(..count).unwrap_or_default());
                Ok(())
            }
            Ok(Err(source)) => Err(self.broken(WHEN, source)),
            Err(_) => Err(self.silent(WHEN)),
        }
    }

    fn broken(&mut self, when: &'static str, source: std::io::Error) -> Error {
        if matches!(self.stream, Stream::Closed) {
            return Error::new(&self.node, ErrorKind::GivenUp);
        }
        self.give_up(ErrorKind::Io { when, source })
    }

    fn silent(&mut self, when: &'static str) -> Error {
        self.give_up(ErrorKind::Timeout { when, after: self.query_timeout })
    }

    /// An error after which the connection is of no use.
    fn give_up(&mut self, kind: ErrorKind) -> Error {
        self.stream = Stream::Closed;
        Error::new(&self.node, kind)
    }

    fn wire(&self, error: WireError) -> Error {
        let is_over = matches!(self.stream, Stream::Closed);
        Error::new(&self.node, if is_over { ErrorKind::GivenUp } else { ErrorKind::Wire(error) })
    }

    pub(super) fn refused(&self, error: ServerError) -> Error {
        Error::new(&self.node, ErrorKind::Server(error))
    }

    fn unexpected(&mut self) -> Error {
        self.give_up(ErrorKind::Answer("events in another order than the protocol has"))
    }

    /// Logs in, with TLS if both sides want it.
    async fn log_in(&mut self, options: &ConnectOptions) -> Result<(), Error> {
        loop {
            let starts_tls = match self.connection.next_event() {
                Ok(Some(ClientEvent::LoggedIn)) => return Ok(()),
                Ok(Some(ClientEvent::StartTls)) => true,
                Ok(_) => false,
                Err(error) => return Err(self.give_up(ErrorKind::Wire(error))),
            };
            self.send("at the login").await?;
            if starts_tls {
                self.start_tls(options).await?;
                self.send("at the login").await?;
            } else {
                self.receive().await?;
            }
        }
    }

    /// Goes as far as TLS.
    async fn until_tls(&mut self, options: &ConnectOptions) -> Result<Pin, Error> {
        loop {
            let starts_tls = match self.connection.next_event() {
                Ok(event) => matches!(event, Some(ClientEvent::StartTls)),
                Err(error) => return Err(self.give_up(ErrorKind::Wire(error))),
            };
            self.send("before TLS").await?;
            if starts_tls {
                self.start_tls(options).await?;
                return self.pin.ok_or_else(|| self.give_up(ErrorKind::Wire(WireError::NoTls)));
            }
            self.receive().await?;
        }
    }

    async fn start_tls(&mut self, options: &ConnectOptions) -> Result<(), Error> {
        let Stream::Plain(stream) = std::mem::replace(&mut self.stream, Stream::Closed) else {
            return Err(Error::new(&self.node, ErrorKind::GivenUp));
        };
        let (stream, pin) = match tls::start(&options.tls, &options.host, stream).await {
            Ok(started) => started,
            Err(TlsFailure::Tls(error)) => return Err(Error::new(&self.node, ErrorKind::Tls(error))),
            Err(TlsFailure::Io(source)) => {
                return Err(Error::new(&self.node, ErrorKind::Io { when: "at the start of TLS", source }));
            }
        };
        self.stream = Stream::Tls(stream);
        self.pin = pin;
        self.connection.tls_started().map_err(|error| self.give_up(ErrorKind::Wire(error)))
    }
}

/// The rows of a query, one by one.
#[derive(Debug)]
pub struct Answer<'c> {
    client: &'c mut Client,
    /// That there are no rows, or no more.
    done: Option<Done>,
}

impl Answer<'_> {
    /// The columns; none where the query has no rows.
    pub fn columns(&self) -> &[Column] {
        match self.done {
            Some(_) => &[],
            None => self.client.connection.columns(),
        }
    }

    /// The next row; `None` when there are no more.
    ///
    /// # Errors
    /// Where the node ends the rows with an error, or the connection breaks.
    pub async fn next(&mut self) -> Result<Option<Row<'_>>, Error> {
        if self.done.is_some() {
            return Ok(None);
        }
        let node = &self.client.node.clone();
        match self.client.event().await? {
            ClientEvent::Row(row) => Ok(Some(row)),
            ClientEvent::End(done) => {
                self.done = Some(done);
                Ok(None)
            }
            ClientEvent::Failed(error) => {
                self.done = Some(Done::default());
                Err(Error::new(node, ErrorKind::Server(error)))
            }
            _ => Err(Error::new(node, ErrorKind::Answer("events in another order than the protocol has"))),
        }
    }

    /// Passes over all rows that are left.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn finish(mut self) -> Result<Done, Error> {
        while self.next().await?.is_some() {}
        Ok(self.done.unwrap_or_default())
    }
}

/// An answer that is held as a whole.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Table {
    /// The columns' names.
    pub columns: Vec<Text>,
    /// The rows: a value for each column, `None` for NULL.
    pub rows: Vec<Vec<Option<Text>>>,
}

impl Table {
    /// The value of a column by name in a row.
    pub fn get(&self, row: usize, column: &str) -> Option<&Text> {
        let at = self.columns.iter().position(|name| name == column)?;
        self.rows.get(row)?.get(at)?.as_ref()
    }
}

/// Not the values: they may be passwords.
impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("columns", &self.columns)
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}

/// Tries until it succeeds, or another try is of no use.
async fn retried<F: Future<Output = Result<Client, Error>>>(
    options: &ConnectOptions,
    connect: impl Fn() -> F,
) -> Result<Client, Error> {
    let mut attempt = 0;
    loop {
        match connect().await {
            Err(error) if error.may_pass() && attempt < options.retries => {
                sleep(options.pause(attempt)).await;
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

async fn connect_to_host(options: &ConnectOptions) -> Result<Client, Error> {
    let mut last = None;
    for address in addresses(&options.host, options.port).await? {
        match connect_to_address(options, address).await {
            // Only where nobody answers is the next address any better.
            Err(error) if matches!(error.kind(), ErrorKind::Connect(_)) => last = Some(error),
            outcome => return outcome,
        }
    }
    Err(last.unwrap_or_else(|| too_slow(options)))
}

async fn connect_to_address(options: &ConnectOptions, address: SocketAddr) -> Result<Client, Error> {
    let mut client = dial(options, address).await?;
    client.log_in(options).await?;
    client.query_timeout = options.query_timeout;
    Ok(client)
}

/// A connection on which nothing was said yet.
async fn dial(options: &ConnectOptions, address: SocketAddr) -> Result<Client, Error> {
    let node = options.node();
    let stream = TcpStream::connect(address).await;
    let stream = stream.map_err(|source| Error::new(&node, ErrorKind::Connect(source)))?;
    // Queries are short, and wait for their answer.
    let _ = stream.set_nodelay(true);
    Ok(Client {
        stream: Stream::Plain(stream),
        connection: ClientConnection::new(options.client()),
        buffer: vec![0; READ].into_boxed_slice(),
        node,
        address,
        pin: None,
        // The whole is timed.
        query_timeout: options.connect_timeout.saturating_mul(2),
        version: None,
    })
}

fn too_slow(options: &ConnectOptions) -> Error {
    let kind = ErrorKind::Timeout { when: "to connect", after: options.connect_timeout };
    Error::new(&options.node(), kind)
}
