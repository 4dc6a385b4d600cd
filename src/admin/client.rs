//! The client's end of a conversation.

use mysql_common::constants::{CapabilityFlags, Command};

use super::error::{Foreign, LimitKind, ServerError, WireError};
use super::limits::Limits;
use super::login::{AuthPlugin, Greeting, NONCE, Password, Response, foreign, nonce};
use super::packet::{Incoming, Order, Outgoing, PIECE, Packet};
use super::read::Reader;
use super::result::{Column, Done, Row, Span, split_row};
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
    user: Text,
    password: Password,
    database: Option<Text>,
    tls: TlsUse,
    readable_password: ReadablePassword,
    charset: u8,
    limits: Limits,
    local_files: bool,
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
    fn capabilities(&self, is_tls: bool) -> u32 {
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
const MAX_PACKET: u32 = 1 << 30;

/// What comes of the bytes that a client received.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientEvent<'a> {
    /// Send what there is to send, begin TLS, and call [`ClientConnection::tls_started`].
    StartTls,
    /// The server has let us in; queries may begin.
    LoggedIn,
    /// A command is done, and brings no rows.
    Done(Done),
    /// A query has rows; these are their columns.
    Columns(&'a [Column]),
    /// One row.
    Row(Row<'a>),
    /// There are no more rows.
    End(Done),
    /// The server does not do what was asked; the conversation goes on.
    Failed(ServerError),
}

/// The client's end of a conversation: bytes in, bytes and events out. It does no I/O itself.
///
/// Send [`outgoing`](Self::outgoing) and say so ([`sent`](Self::sent)); feed what came in
/// ([`receive`](Self::receive)) and ask for events until there are none
/// ([`next_event`](Self::next_event)).
///
/// See the [module](super) for an example.
#[derive(Debug)]
pub struct ClientConnection {
    options: ClientOptions,
    incoming: Incoming,
    outgoing: Outgoing,
    state: State,
    is_tls: bool,
    greeting: Option<Greeting>,
    columns: Vec<Column>,
    spans: Vec<Span>,
    rows: u64,
    bytes: u64,
    failure: Option<WireError>,
    /// What [`ClientConnection::has_event`] found.
    pending: Option<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Greeting,
    /// TLS was asked for, and is the caller's turn.
    Tls,
    Login {
        plugin: AuthPlugin,
        nonce: [u8; NONCE],
    },
    Idle,
    /// A command that has no rows.
    Command,
    /// A query, or the next one of its answers.
    Query,
    Columns {
        left: usize,
    },
    /// All columns came; EOF may be left out.
    ColumnsEnd,
    Rows,
    Quit,
    Failed,
}

impl State {
    fn when(&self) -> &'static str {
        match self {
            State::Greeting => "before the greeting",
            State::Tls => "before TLS has begun",
            State::Login { .. } => "during the login",
            State::Idle => "while nothing is asked for",
            State::Command | State::Query => "while an answer is awaited",
            State::Columns { .. } | State::ColumnsEnd | State::Rows => "while rows come",
            State::Quit => "after the end",
            State::Failed => "after an error that ended the conversation",
        }
    }
}

/// What a packet made of the state; the borrow of an event is taken later.
#[derive(Debug)]
enum Step {
    /// Nothing to tell.
    Quiet,
    StartTls,
    LoggedIn,
    Done(Done),
    Columns,
    Row(Packet),
    End(Done),
    Failed(ServerError),
}

impl ClientConnection {
    /// A conversation that waits for the server's greeting.
    pub fn new(options: ClientOptions) -> Self {
        ClientConnection {
            incoming: Incoming::new(options.limits.packet_bytes),
            outgoing: Outgoing::default(),
            state: State::Greeting,
            is_tls: false,
            greeting: None,
            columns: Vec::new(),
            spans: Vec::new(),
            rows: 0,
            bytes: 0,
            failure: None,
            pending: None,
            options,
        }
    }

    /// What is to be sent.
    pub fn outgoing(&self) -> &[u8] {
        self.outgoing.bytes()
    }

    /// Takes note that so many bytes of [`outgoing`](Self::outgoing) were sent.
    pub fn sent(&mut self, count: usize) {
        self.outgoing.sent(count);
    }

    /// Takes what came in. It is copied once; ask for events before you feed more, and no more is held than
    /// one packet and what was fed last.
    pub fn receive(&mut self, bytes: &[u8]) {
        // A row that waits to be taken stays where it is.
        match self.pending {
            Some(_) => self.incoming.append(bytes),
            None => self.incoming.receive(bytes),
        }
    }

    /// What the server said of itself; `None` before it did.
    pub fn greeting(&self) -> Option<&Greeting> {
        self.greeting.as_ref()
    }

    /// The columns of the rows that come, or that came last.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Whether TLS has begun.
    pub fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// Whether a command may be sent.
    pub fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    /// Whether an event is there for [`next_event`](Self::next_event); it waits until it is taken.
    ///
    /// # Errors
    /// As [`next_event`](Self::next_event).
    pub fn has_event(&mut self) -> Result<bool, WireError> {
        if self.pending.is_none() {
            self.pending = self.advance()?;
        }
        Ok(self.pending.is_some())
    }

    /// The next event; `None` when more bytes are needed.
    ///
    /// # Errors
    /// Where the server does not keep to the protocol, does not let us in, or exceeds a limit. The
    /// conversation is over then, and the same error comes again.
    pub fn next_event(&mut self) -> Result<Option<ClientEvent<'_>>, WireError> {
        let step = match self.pending.take() {
            Some(step) => Some(step),
            None => self.advance()?,
        };
        Ok(step.map(|step| match step {
            // Quiet steps do not come out of `step`.
            Step::Quiet | Step::Columns => ClientEvent::Columns(&self.columns),
            Step::StartTls => ClientEvent::StartTls,
            Step::LoggedIn => ClientEvent::LoggedIn,
            Step::Done(done) => ClientEvent::Done(done),
            Step::Row(packet) => ClientEvent::Row(Row::new(self.incoming.payload(packet), &self.spans)),
            Step::End(done) => ClientEvent::End(done),
            Step::Failed(error) => ClientEvent::Failed(error),
        }))
    }

    /// TLS has begun: what is received and sent from now on is what it carries.
    ///
    /// # Errors
    /// Where nobody asked for it, or where the server sent more in plain text already.
    pub fn tls_started(&mut self) -> Result<(), WireError> {
        if self.state != State::Tls {
            return Err(self.misuse("the beginning of TLS"));
        }
        if !self.incoming.rest().is_empty() {
            return Err(WireError::BeforeTls);
        }
        self.is_tls = true;
        self.log_in()
    }

    /// Sends a query; its answer comes as events.
    ///
    /// # Errors
    /// While another answer is awaited, and before the login and after the end.
    pub fn query(&mut self, sql: impl AsRef<[u8]>) -> Result<(), WireError> {
        self.command("a query", Command::COM_QUERY, sql.as_ref(), State::Query)
    }

    /// Asks whether the server is there; [`ClientEvent::Done`] comes back.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    pub fn ping(&mut self) -> Result<(), WireError> {
        self.command("a ping", Command::COM_PING, &[], State::Command)
    }

    /// Changes the database; [`ClientEvent::Done`] comes back.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    pub fn init_db(&mut self, database: impl AsRef<[u8]>) -> Result<(), WireError> {
        self.command("a change of the database", Command::COM_INIT_DB, database.as_ref(), State::Command)
    }

    /// Takes leave; the server closes the connection.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    pub fn quit(&mut self) -> Result<(), WireError> {
        self.command("a farewell", Command::COM_QUIT, &[], State::Quit)
    }

    /// Why the conversation is over too early, where the connection ended now.
    pub fn ended(&self) -> Option<WireError> {
        if let Some(failure) = &self.failure {
            return Some(failure.clone());
        }
        match self.state {
            State::Quit => None,
            State::Greeting if !self.incoming.rest().is_empty() => {
                Some(WireError::NotMysql(foreign(self.incoming.rest()).unwrap_or(Foreign::Unknown)))
            }
            _ => Some(WireError::Closed { when: self.state.when() }),
        }
    }

    fn command(
        &mut self,
        called: &'static str,
        command: Command,
        argument: &[u8],
        next: State,
    ) -> Result<(), WireError> {
        if self.state != State::Idle {
            return Err(self.misuse(called));
        }
        self.outgoing.set_sequence(0);
        let packet = self.outgoing.begin();
        packet.push(command as u8);
        packet.extend_from_slice(argument);
        self.outgoing.finish();
        self.incoming.set_sequence(self.outgoing.sequence());
        self.incoming.trim();
        self.state = next;
        Ok(())
    }

    fn misuse(&self, called: &'static str) -> WireError {
        WireError::Misuse { called, when: self.state.when() }
    }

    /// The next step; an error ends the conversation.
    fn advance(&mut self) -> Result<Option<Step>, WireError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        self.step().inspect_err(|error| {
            self.state = State::Failed;
            self.failure = Some(error.clone());
        })
    }

    /// Takes packets until one of them is worth telling.
    fn step(&mut self) -> Result<Option<Step>, WireError> {
        loop {
            if matches!(self.state, State::Quit | State::Tls) {
                return Ok(None);
            }
            let order = match self.state {
                State::Greeting => {
                    if let Some(foreign) = foreign(self.incoming.rest()) {
                        return Err(WireError::NotMysql(foreign));
                    }
                    Order::AnyForErrors
                }
                // A server may take leave with an error at any time.
                State::Login { .. } | State::Idle => Order::AnyForErrors,
                _ => Order::Strict,
            };
            let Some(packet) = self.incoming.next(order)? else { return Ok(None) };
            let step = self.take(packet)?;
            if !matches!(step, Step::Quiet) {
                return Ok(Some(step));
            }
        }
    }

    fn take(&mut self, packet: Packet) -> Result<Step, WireError> {
        match self.state {
            State::Greeting => self.take_greeting(packet),
            State::Login { plugin, nonce } => self.take_login(packet, plugin, nonce),
            State::Command => self.take_done(packet),
            State::Query => self.take_answer(packet),
            State::Columns { left } => self.take_column(packet, left),
            State::ColumnsEnd | State::Rows => self.take_row(packet),
            State::Idle | State::Tls | State::Quit | State::Failed => {
                let payload = self.incoming.payload(packet);
                match payload.first() {
                    Some(0xff) => Err(WireError::Ended(ServerError::read(payload)?)),
                    _ => Err(WireError::OutOfTurn { when: self.state.when() }),
                }
            }
        }
    }

    fn take_greeting(&mut self, packet: Packet) -> Result<Step, WireError> {
        let payload = self.incoming.payload(packet);
        if payload.first() == Some(&0xff) {
            return Err(WireError::Refused(ServerError::read(payload)?));
        }
        let greeting = Greeting::read(payload)?;
        self.outgoing.set_sequence(self.incoming.sequence());
        let wants_tls = match (self.options.tls, greeting.has_tls()) {
            (TlsUse::Never, _) | (TlsUse::IfOffered, false) => false,
            (TlsUse::Always, false) => return Err(WireError::NoTls),
            (TlsUse::IfOffered | TlsUse::Always, true) => true,
        };
        self.greeting = Some(greeting);
        if !wants_tls {
            self.log_in()?;
            return Ok(Step::Quiet);
        }
        let request = Response {
            capabilities: self.options.capabilities(true),
            max_packet: MAX_PACKET,
            charset: self.options.charset,
            user: b"",
            proof: b"",
            database: b"",
            plugin: b"",
            attributes: Vec::new(),
        };
        request.write_head(self.outgoing.begin());
        self.outgoing.finish();
        self.state = State::Tls;
        Ok(Step::StartTls)
    }

    fn log_in(&mut self) -> Result<(), WireError> {
        let Some(greeting) = &self.greeting else { return Err(self.misuse("a login")) };
        // A server that prefers another way will say so.
        let plugin = AuthPlugin::from_name(greeting.plugin.as_bytes()).unwrap_or_default();
        let nonce = greeting.nonce;
        let writes_attributes = greeting.offers(CapabilityFlags::CLIENT_CONNECT_ATTRS);
        // Not in the first answer, where a server's preference alone would give the password away.
        let proof = match plugin {
            AuthPlugin::ClearPassword if !self.may_be_read() => {
                return Err(WireError::ReadablePassword { plugin: plugin.name() });
            }
            plugin => Password::from(plugin.proof(self.options.password.expose(), &nonce)),
        };
        if plugin == AuthPlugin::ClearPassword {
            self.outgoing.hold_secret();
        }
        let response = Response {
            capabilities: self.options.capabilities(self.is_tls),
            max_packet: MAX_PACKET,
            charset: self.options.charset,
            user: self.options.user.as_bytes(),
            proof: proof.expose(),
            database: self.options.database.as_ref().map_or(b"", |database| database.as_bytes()),
            plugin: plugin.name().as_bytes(),
            attributes: vec![
                (b"_client_name", b"proxysql-kit"),
                (b"_client_version", env!("CARGO_PKG_VERSION").as_bytes()),
            ],
        };
        response.write(writes_attributes, self.outgoing.begin());
        self.outgoing.finish();
        self.incoming.set_sequence(self.outgoing.sequence());
        self.state = State::Login { plugin, nonce };
        Ok(())
    }

    /// Whether the password itself may be sent.
    fn may_be_read(&self) -> bool {
        match self.options.readable_password {
            ReadablePassword::Never => false,
            ReadablePassword::OverTls => self.is_tls,
            ReadablePassword::Always => true,
        }
    }

    fn take_login(
        &mut self,
        packet: Packet,
        plugin: AuthPlugin,
        challenge: [u8; NONCE],
    ) -> Result<Step, WireError> {
        let payload = self.incoming.payload(packet);
        let answer = match payload {
            [0, ..] => {
                Done::read(payload, self.tracks_session())?;
                self.state = State::Idle;
                return Ok(Step::LoggedIn);
            }
            [0xff, ..] => return Err(WireError::Refused(ServerError::read(payload)?)),
            [0xfe] => return Err(WireError::Plugin { name: "mysql_old_password".into() }),
            [0xfe, ..] => {
                let (plugin, challenge) = read_switch(payload)?;
                self.state = State::Login { plugin, nonce: challenge };
                if plugin == AuthPlugin::ClearPassword && !self.may_be_read() {
                    return Err(WireError::ReadablePassword { plugin: plugin.name() });
                }
                self.answer(plugin, &challenge)
            }
            // The server knows the password from before: OK follows.
            [1, 3] if plugin == AuthPlugin::CachingSha2Password => return Ok(Step::Quiet),
            [1, 4] if plugin == AuthPlugin::CachingSha2Password => {
                if !self.may_be_read() {
                    return Err(WireError::ReadablePassword { plugin: plugin.name() });
                }
                self.answer(AuthPlugin::ClearPassword, &challenge)
            }
            _ => {
                let reader = Reader::new("answer to the login", payload);
                return Err(reader.malformed("OK, an error, or another login method"));
            }
        };
        self.outgoing.set_sequence(self.incoming.sequence());
        self.outgoing.hold_secret();
        self.outgoing.begin().extend_from_slice(answer.expose());
        self.outgoing.finish();
        self.incoming.set_sequence(self.outgoing.sequence());
        Ok(Step::Quiet)
    }

    fn answer(&self, plugin: AuthPlugin, challenge: &[u8; NONCE]) -> Password {
        Password::from(plugin.proof(self.options.password.expose(), challenge))
    }

    fn tracks_session(&self) -> bool {
        self.greeting.as_ref().is_some_and(|greeting| greeting.offers(CapabilityFlags::CLIENT_SESSION_TRACK))
    }

    fn take_done(&mut self, packet: Packet) -> Result<Step, WireError> {
        let payload = self.incoming.payload(packet);
        let step = match payload.first() {
            Some(0) => Step::Done(Done::read(payload, self.tracks_session())?),
            Some(0xff) => Step::Failed(ServerError::read(payload)?),
            _ => return Err(Reader::new("answer", payload).malformed("OK or an error")),
        };
        self.state = State::Idle;
        Ok(step)
    }

    fn take_answer(&mut self, packet: Packet) -> Result<Step, WireError> {
        let payload = self.incoming.payload(packet);
        match payload.first() {
            Some(0) => {
                let done = Done::read(payload, self.tracks_session())?;
                self.state = if done.has_more() { State::Query } else { State::Idle };
                return Ok(Step::Done(done));
            }
            Some(0xff) => return self.take_done(packet),
            Some(0xfb) => {
                let name = payload.get(1..).unwrap_or_default().into();
                return Err(WireError::LocalFile { name });
            }
            _ => {}
        }
        let mut reader = Reader::new("answer to a query", payload);
        let count = reader.number("OK, an error, or a number of columns")?;
        reader.end()?;
        let limit = self.options.limits.columns;
        let left = usize::try_from(count).ok().filter(|count| *count <= limit);
        let left = left.ok_or(WireError::Limit { what: LimitKind::Columns, limit: limit as u64 })?;
        self.columns.clear();
        self.rows = 0;
        self.bytes = 0;
        self.state = State::Columns { left };
        Ok(Step::Quiet)
    }

    fn take_column(&mut self, packet: Packet, left: usize) -> Result<Step, WireError> {
        let payload = self.incoming.payload(packet);
        self.bytes += payload.len() as u64;
        self.within_bytes()?;
        // All columns are held together, and count as one packet.
        let limit = self.options.limits.packet_bytes as u64;
        if self.bytes > limit {
            return Err(WireError::Limit { what: LimitKind::PacketBytes, limit });
        }
        self.columns.push(Column::read(payload)?);
        if left > 1 {
            self.state = State::Columns { left: left - 1 };
            return Ok(Step::Quiet);
        }
        self.state = State::ColumnsEnd;
        Ok(Step::Columns)
    }

    fn take_row(&mut self, packet: Packet) -> Result<Step, WireError> {
        let payload = self.incoming.payload(packet);
        match payload.first() {
            Some(0xff) => {
                let error = ServerError::read(payload)?;
                self.state = State::Idle;
                return Ok(Step::Failed(error));
            }
            // A row that begins so is longer than 16 MiB.
            Some(0xfe) if payload.len() < PIECE => {
                // Five bytes are EOF; an OK in its place is longer, and ends the rows even if there are none.
                if self.state == State::ColumnsEnd && payload.len() <= 5 {
                    Done::read_end(payload, self.tracks_session())?;
                    self.state = State::Rows;
                    return Ok(Step::Quiet);
                }
                let done = Done::read_end(payload, self.tracks_session())?;
                self.state = if done.has_more() { State::Query } else { State::Idle };
                return Ok(Step::End(done));
            }
            _ => {}
        }
        self.state = State::Rows;
        self.rows += 1;
        self.bytes += payload.len() as u64;
        if self.rows > self.options.limits.rows {
            return Err(WireError::Limit { what: LimitKind::Rows, limit: self.options.limits.rows });
        }
        split_row(payload, self.columns.len(), &mut self.spans)?;
        self.within_bytes()?;
        Ok(Step::Row(packet))
    }

    fn within_bytes(&self) -> Result<(), WireError> {
        let limit = self.options.limits.result_bytes;
        if self.bytes > limit {
            return Err(WireError::Limit { what: LimitKind::ResultBytes, limit });
        }
        Ok(())
    }
}

/// AuthSwitchRequest.
fn read_switch(payload: &[u8]) -> Result<(AuthPlugin, [u8; NONCE]), WireError> {
    let mut reader = Reader::new("request for another login method", payload);
    reader.u8("its mark, fe")?;
    let name = reader.nul_text("a login method, and a NUL")?;
    let plugin = AuthPlugin::from_name(name).ok_or_else(|| WireError::Plugin { name: name.into() })?;
    let challenge = nonce(reader.rest());
    match plugin {
        // It needs no challenge, and some servers send none.
        AuthPlugin::ClearPassword => Ok((plugin, challenge.unwrap_or_default())),
        _ => Ok((plugin, challenge.ok_or_else(|| reader.malformed("a challenge of 20 bytes"))?)),
    }
}
