//! Connections to a node: the server's end over TCP and TLS, with its faults.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use proxysql_kit::admin::{ServerConnection, ServerError, ServerEvent, ServerOptions};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

use super::database::Answer;
use super::{Fault, Identity, Shared};

pub async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    let next = AtomicU32::new(1);
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let number = next.fetch_add(1, Ordering::Relaxed);
        // A client that does not keep to the protocol loses its connection.
        connections.spawn(serve(stream, number, Arc::clone(&shared)));
    }
}

async fn serve(stream: TcpStream, number: u32, shared: Arc<Shared>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let options = shared.options.lock().unwrap().clone();
    let server = ServerOptions::new().tls(options.tls.is_some()).plugin(options.plugin);
    let mut random = [0; 20];
    for (at, byte) in random.iter_mut().enumerate() {
        *byte = u8::try_from((number as usize * 31 + at * 7) % 256).unwrap();
    }
    let connection = ServerConnection::new(server, number, random);
    let mut session = Session { stream: Some(Stream::Plain(stream)), connection, shared, peer: None };
    session.run().await
}

struct Session {
    stream: Option<Stream>,
    connection: ServerConnection,
    shared: Arc<Shared>,
    /// The node at the other end, once it has introduced itself.
    peer: Option<String>,
}

/// What a session does about an event, once the event is let go.
enum Next {
    Wait,
    /// There is an answer already.
    Send,
    StartTls,
    Login(Result<(), ServerError>),
    Query(Vec<u8>),
    End,
}

impl Session {
    async fn run(&mut self) -> io::Result<()> {
        let mut buffer = vec![0; 64 << 10];
        loop {
            self.send().await?;
            if self.connection.is_closed() {
                return Ok(());
            }
            match self.next() {
                Next::Wait => {
                    let count = self.stream().read(&mut buffer).await?;
                    if count == 0 {
                        return Ok(());
                    }
                    self.connection.receive(&buffer[..count]);
                }
                Next::Send => {}
                Next::StartTls => self.start_tls().await?,
                Next::Login(Ok(())) => self.connection.accept().unwrap(),
                Next::Login(Err(error)) => self.connection.refuse(&error).unwrap(),
                Next::Query(query) => {
                    if self.answer(&query).await?.is_none() {
                        return Ok(());
                    }
                }
                Next::End => return Ok(()),
            }
        }
    }

    fn stream(&mut self) -> &mut Stream {
        self.stream.as_mut().unwrap()
    }

    fn next(&mut self) -> Next {
        match self.connection.next_event() {
            Ok(None) => Next::Wait,
            Ok(Some(ServerEvent::Ping | ServerEvent::InitDb(_))) => Next::Send,
            Ok(Some(ServerEvent::StartTls)) => Next::StartTls,
            Ok(Some(ServerEvent::Login(login))) => {
                let options = self.shared.options.lock().unwrap();
                let user = login.user().to_string();
                let is_right = |(name, password): &(String, String)| {
                    *name == user && login.is_password(password.as_bytes())
                };
                Next::Login(if !options.accounts.iter().any(is_right) {
                    Err(ServerError::access_denied(&user, "127.0.0.1", login.has_password()))
                } else if options.local_only.contains(&user) {
                    Err(ServerError::only_locally(&user))
                } else {
                    Ok(())
                })
            }
            Ok(Some(ServerEvent::Query(query))) => Next::Query(query.to_vec()),
            Ok(Some(_)) | Err(_) => Next::End,
        }
    }

    async fn start_tls(&mut self) -> io::Result<()> {
        let unread = self.connection.take_unread();
        let Some(Stream::Plain(stream)) = self.stream.take() else { return Err(io::ErrorKind::Other.into()) };
        let identity = self.shared.options.lock().unwrap().tls.clone().unwrap();
        let accepted = acceptor(&identity).accept(Prefixed { prefix: unread, stream }).await?;
        self.stream = Some(Stream::Tls(Box::new(accepted)));
        self.connection.tls_started().unwrap();
        Ok(())
    }

    /// Answers; `None` where the connection ends.
    async fn answer(&mut self, query: &[u8]) -> io::Result<Option<()>> {
        let text = String::from_utf8_lossy(query).into_owned();
        self.shared.queries.lock().unwrap().push(text.clone());
        let fault = self
            .shared
            .options
            .lock()
            .unwrap()
            .faults
            .iter()
            .find_map(|(part, fault)| text.contains(part.as_str()).then(|| fault.clone()));
        let answer = match fault {
            Some(Fault::Fail(ref error)) => Answer::Failed(error.clone()),
            Some(Fault::Close) => Answer::Close,
            Some(Fault::Hang) => std::future::pending().await,
            _ => self.shared.database.lock().unwrap().query(query, &mut self.peer),
        };
        match answer {
            Answer::Close => return Ok(None),
            Answer::Done(done) => self.connection.done(&done).unwrap(),
            Answer::Failed(error) => self.connection.fail(&error).unwrap(),
            Answer::Rows { columns, rows, status } => {
                self.connection.begin_rows_with(&columns, status).unwrap();
                let some = match &fault {
                    Some(Fault::FailAfter(count, _)) => (*count).min(rows.len()),
                    _ => rows.len(),
                };
                for row in &rows[..some] {
                    self.connection.row(row.iter().map(Option::as_deref)).unwrap();
                }
                match &fault {
                    Some(Fault::FailAfter(_, error)) => self.connection.fail(error).unwrap(),
                    _ => self.connection.end_rows_with(status).unwrap(),
                }
            }
        }
        if let Some(Fault::Cut(count)) = fault {
            let bytes = self.connection.outgoing();
            let bytes = bytes[..count.min(bytes.len())].to_vec();
            self.stream().write_all(&bytes).await?;
            self.stream().flush().await?;
            return Ok(None);
        }
        Ok(Some(()))
    }

    async fn send(&mut self) -> io::Result<()> {
        let drip = self.shared.options.lock().unwrap().drip;
        while !self.connection.outgoing().is_empty() {
            let bytes = self.connection.outgoing();
            let count = drip.map_or(bytes.len(), |(count, _)| count.min(bytes.len()));
            let bytes = bytes[..count].to_vec();
            self.stream().write_all(&bytes).await?;
            self.stream().flush().await?;
            self.connection.sent(count);
            if let Some((_, pause)) = drip {
                tokio::time::sleep(pause).await;
            }
        }
        Ok(())
    }
}

fn acceptor(identity: &Identity) -> TlsAcceptor {
    let certificate = CertificateDer::from(identity.certificate.clone());
    let key = PrivateKeyDer::try_from(identity.key.clone()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<Prefixed>>),
}

impl Stream {
    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(stream) => stream.read(buffer).await,
            Stream::Tls(stream) => stream.read(buffer).await,
        }
    }

    async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Stream::Plain(stream) => stream.write_all(bytes).await,
            Stream::Tls(stream) => stream.write_all(bytes).await,
        }
    }

    async fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(stream) => stream.flush().await,
            Stream::Tls(stream) => stream.flush().await,
        }
    }
}

/// A connection of which some bytes were read already.
struct Prefixed {
    prefix: Vec<u8>,
    stream: TcpStream,
}

impl AsyncRead for Prefixed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.prefix.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        let count = self.prefix.len().min(buf.remaining());
        buf.put_slice(&self.prefix[..count]);
        self.prefix.drain(..count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Prefixed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
