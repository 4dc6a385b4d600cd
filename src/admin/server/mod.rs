//! The server's end of a conversation, as ProxySQL's admin port holds it.

mod options;

use mysql_common::constants::{CapabilityFlags, Command};
use mysql_common::io::BufMutExt as _;

use super::error::{ServerError, WireError};
use super::login::{AuthPlugin, Greeting, NONCE, Password, Response};
use super::packet::{Incoming, Order, Outgoing, Packet};
use super::read::Reader;
use super::result::{Column, Done, write_value};
use crate::schema::Text;

pub use options::ServerOptions;

/// The status flags of what ProxySQL's admin answers (2.7.1): `AUTOCOMMIT`, `NO_BACKSLASH_ESCAPES`.
pub const STATUS: u16 = 0x0202;

/// What comes of the bytes that a server received.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerEvent<'a> {
    /// The client wants TLS: begin it, and call [`ServerConnection::tls_started`].
    StartTls,
    /// Somebody asks to be let in: call [`ServerConnection::accept`] or [`ServerConnection::refuse`].
    Login(Login<'a>),
    /// A query; it wants an answer.
    Query(&'a [u8]),
    /// The client chose another database. It was told OK, as ProxySQL does whatever the name.
    InitDb(&'a [u8]),
    /// The client asked whether anybody is there, and was answered.
    Ping,
    /// The client takes leave.
    Quit,
}

/// Who asks to be let in, and the proof that they have the password.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    parts: &'a LoginParts,
}

impl<'a> Login<'a> {
    /// The account.
    pub fn user(&self) -> &'a Text {
        &self.parts.user
    }

    /// The database to begin with; empty where none was named.
    pub fn database(&self) -> &'a Text {
        &self.parts.database
    }

    /// What the client says of itself.
    pub fn attributes(&self) -> &'a [(Text, Text)] {
        &self.parts.attributes
    }

    /// Whether a password was given.
    pub fn has_password(&self) -> bool {
        !matches!(self.parts.proof.expose(), [] | [0])
    }

    /// Whether this is the password. Takes the same time for every wrong proof of the same length.
    pub fn is_password(&self, password: &[u8]) -> bool {
        let expected = self.parts.plugin.proof(password, &self.parts.nonce);
        let given = self.parts.proof.expose();
        let difference =
            expected.iter().zip(given).fold(0, |difference, (ours, theirs)| difference | (ours ^ theirs));
        expected.len() == given.len() && difference == 0
    }
}

impl std::fmt::Debug for Login<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("user", &self.parts.user).finish_non_exhaustive()
    }
}

/// The server's end of a conversation: bytes in, bytes and events out. It does no I/O itself.
///
/// Send [`outgoing`](Self::outgoing) and say so ([`sent`](Self::sent)); feed what came in
/// ([`receive`](Self::receive)) and ask for events until there are none
/// ([`next_event`](Self::next_event)); answer logins and queries.
///
/// See the [module](super) for an example.
#[derive(Debug)]
pub struct ServerConnection {
    options: ServerOptions,
    incoming: Incoming,
    outgoing: Outgoing,
    state: State,
    is_tls: bool,
    nonce: [u8; NONCE],
    login: LoginParts,
    columns: usize,
    failure: Option<WireError>,
}

#[derive(Clone, Default)]
struct LoginParts {
    user: Text,
    database: Text,
    attributes: Vec<(Text, Text)>,
    plugin: AuthPlugin,
    proof: Password,
    nonce: [u8; NONCE],
}

impl std::fmt::Debug for LoginParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoginParts").field("user", &self.user).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Waits for what the client says of itself.
    Response,
    Tls,
    /// Waits for a proof by the login method that we asked for.
    Switched,
    /// The caller decides.
    Deciding,
    Idle,
    Query,
    Rows,
    Closed,
}

impl State {
    fn when(self) -> &'static str {
        match self {
            State::Response | State::Switched => "before the login",
            State::Tls => "before TLS has begun",
            State::Deciding => "while a login waits for a decision",
            State::Idle => "while nothing is asked for",
            State::Query => "while a query waits for its answer",
            State::Rows => "while rows are sent",
            State::Closed => "after the end",
        }
    }
}

/// What a packet made of the state; the borrow of an event is taken later.
enum Step {
    Quiet,
    StartTls,
    Login,
    Query(Packet),
    InitDb(Packet),
    Ping,
    Quit,
}

impl ServerConnection {
    /// A conversation that begins with our greeting. `random` are bytes that nobody can foresee; of each, 7
    /// bits are used.
    pub fn new(options: ServerOptions, connection_id: u32, random: [u8; 20]) -> Self {
        // Challenges are text: neither NUL nor the `$` of some password hashes.
        let nonce = random.map(|byte| match byte & 0x7f {
            0 => 0x7f,
            b'$' => b'%',
            byte => byte,
        });
        let greeting = Greeting {
            version: options.version.clone(),
            connection_id,
            capabilities: options.capabilities(),
            charset: 33,
            status: 0x0002,
            plugin: options.plugin.name().into(),
            nonce,
        };
        let mut outgoing = Outgoing::default();
        greeting.write(outgoing.begin());
        outgoing.finish();
        let mut incoming = Incoming::new(options.limits.packet_bytes);
        incoming.set_sequence(1);
        ServerConnection {
            incoming,
            outgoing,
            state: State::Response,
            is_tls: false,
            nonce,
            login: LoginParts::default(),
            columns: 0,
            failure: None,
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

    /// Takes what came in. It is copied once; ask for events before you feed more.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.incoming.receive(bytes);
    }

    /// Whether TLS has begun.
    pub fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// Whether the connection is to be closed once everything is sent.
    pub fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// The next event; `None` when more bytes are needed, or an answer of yours.
    ///
    /// # Errors
    /// Where the client does not keep to the protocol, or exceeds a limit. The conversation is over then,
    /// and the same error comes again.
    pub fn next_event(&mut self) -> Result<Option<ServerEvent<'_>>, WireError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let step = match self.step() {
            Ok(step) => step,
            Err(error) => {
                self.state = State::Closed;
                self.failure = Some(error.clone());
                return Err(error);
            }
        };
        let Some(step) = step else { return Ok(None) };
        let argument = |packet| self.incoming.payload(packet).get(1..).unwrap_or_default();
        Ok(Some(match step {
            // Quiet steps do not come out of `step`.
            Step::Quiet | Step::Ping => ServerEvent::Ping,
            Step::StartTls => ServerEvent::StartTls,
            Step::Login => ServerEvent::Login(Login { parts: &self.login }),
            Step::Query(packet) => ServerEvent::Query(argument(packet)),
            Step::InitDb(packet) => ServerEvent::InitDb(argument(packet)),
            Step::Quit => ServerEvent::Quit,
        }))
    }

    /// TLS has begun: what is received and sent from now on is what it carries.
    ///
    /// # Errors
    /// Where nobody asked for it, or where the client sent more in plain text already: bytes that belong to
    /// TLS must not be fed before it has begun, see [`take_unread`](Self::take_unread).
    pub fn tls_started(&mut self) -> Result<(), WireError> {
        if self.state != State::Tls {
            return Err(self.misuse("the beginning of TLS"));
        }
        if !self.incoming.rest().is_empty() {
            return Err(WireError::BeforeTls);
        }
        self.is_tls = true;
        self.state = State::Response;
        Ok(())
    }

    /// After [`ServerEvent::StartTls`]: what was fed and stands behind the request for TLS. It is TLS's.
    pub fn take_unread(&mut self) -> Vec<u8> {
        match self.state {
            State::Tls => self.incoming.take_rest(),
            _ => Vec::new(),
        }
    }

    /// Lets the client in.
    ///
    /// # Errors
    /// Where nobody asked.
    pub fn accept(&mut self) -> Result<(), WireError> {
        self.must_be(State::Deciding, "a welcome")?;
        if self.login.plugin == AuthPlugin::CachingSha2Password {
            self.outgoing.begin().extend_from_slice(&[1, 3]);
            self.outgoing.finish();
        }
        Done { status: 0x0002, ..Done::default() }.write(self.outgoing.begin());
        self.outgoing.finish();
        self.forget_login();
        self.state = State::Idle;
        Ok(())
    }

    /// Does not let the client in; the connection is to be closed.
    ///
    /// # Errors
    /// Where nobody asked.
    pub fn refuse(&mut self, error: &ServerError) -> Result<(), WireError> {
        self.must_be(State::Deciding, "a refusal")?;
        self.write_error(error);
        self.forget_login();
        self.state = State::Closed;
        Ok(())
    }

    /// Answers a query that has no rows.
    ///
    /// # Errors
    /// Where no query waits for an answer.
    pub fn done(&mut self, done: &Done) -> Result<(), WireError> {
        self.must_be(State::Query, "an answer")?;
        done.write(self.outgoing.begin());
        self.outgoing.finish();
        self.state = State::Idle;
        Ok(())
    }

    /// Answers a query with an error, also in the middle of its rows.
    ///
    /// # Errors
    /// Where no query waits for an answer.
    pub fn fail(&mut self, error: &ServerError) -> Result<(), WireError> {
        if self.state != State::Rows {
            self.must_be(State::Query, "an error")?;
        }
        self.write_error(error);
        self.state = State::Idle;
        Ok(())
    }

    /// Begins to answer a query with rows of these columns. What is written can be sent at any time.
    ///
    /// # Errors
    /// Where no query waits for an answer, or there are no columns.
    pub fn begin_rows(&mut self, columns: &[Column]) -> Result<(), WireError> {
        self.begin_rows_with(columns, STATUS)
    }

    /// The same, with other status flags behind the columns than [`STATUS`].
    ///
    /// # Errors
    /// As [`begin_rows`](Self::begin_rows).
    pub fn begin_rows_with(&mut self, columns: &[Column], status: u16) -> Result<(), WireError> {
        self.must_be(State::Query, "rows")?;
        if columns.is_empty() {
            return Err(WireError::Misuse { called: "rows", when: "without columns" });
        }
        self.outgoing.begin().put_lenenc_int(columns.len() as u64);
        self.outgoing.finish();
        for column in columns {
            column.write(self.outgoing.begin());
            self.outgoing.finish();
        }
        Done::write_end(status, self.outgoing.begin());
        self.outgoing.finish();
        self.columns = columns.len();
        self.state = State::Rows;
        Ok(())
    }

    /// A row: as many values as there are columns; `None` is NULL.
    ///
    /// # Errors
    /// Where rows were not begun, or there are more or fewer values; nothing is written then.
    pub fn row<'v>(&mut self, values: impl IntoIterator<Item = Option<&'v [u8]>>) -> Result<(), WireError> {
        self.must_be(State::Rows, "a row")?;
        let packet = self.outgoing.begin();
        let mut count = 0;
        for value in values {
            write_value(value, packet);
            count += 1;
        }
        if count != self.columns {
            self.outgoing.abandon();
            return Err(WireError::Misuse {
                called: "a row",
                when: "with more or fewer values than columns",
            });
        }
        self.outgoing.finish();
        Ok(())
    }

    /// There are no more rows.
    ///
    /// # Errors
    /// Where rows were not begun.
    pub fn end_rows(&mut self) -> Result<(), WireError> {
        self.end_rows_with(STATUS)
    }

    /// The same, with other status flags than [`STATUS`].
    ///
    /// # Errors
    /// As [`end_rows`](Self::end_rows).
    pub fn end_rows_with(&mut self, status: u16) -> Result<(), WireError> {
        self.must_be(State::Rows, "the end of rows")?;
        Done::write_end(status, self.outgoing.begin());
        self.outgoing.finish();
        self.state = State::Idle;
        Ok(())
    }

    fn must_be(&self, state: State, called: &'static str) -> Result<(), WireError> {
        if self.state == state { Ok(()) } else { Err(self.misuse(called)) }
    }

    fn misuse(&self, called: &'static str) -> WireError {
        WireError::Misuse { called, when: self.state.when() }
    }

    fn write_error(&mut self, error: &ServerError) {
        error.write(self.outgoing.begin());
        self.outgoing.finish();
    }

    fn forget_login(&mut self) {
        self.login = LoginParts::default();
        self.incoming.wipe();
    }

    /// Takes packets until one of them is worth telling.
    fn step(&mut self) -> Result<Option<Step>, WireError> {
        loop {
            match self.state {
                State::Response | State::Switched => {}
                State::Idle => self.incoming.begin_exchange(),
                State::Tls | State::Deciding | State::Query | State::Rows | State::Closed => return Ok(None),
            }
            let Some(packet) = self.incoming.next(Order::Strict)? else { return Ok(None) };
            self.outgoing.set_sequence(self.incoming.sequence());
            let step = match self.state {
                State::Response => self.take_response(packet)?,
                State::Switched => self.take_proof(packet),
                _ => self.take_command(packet),
            };
            if !matches!(step, Step::Quiet) {
                return Ok(Some(step));
            }
        }
    }

    fn take_response(&mut self, packet: Packet) -> Result<Step, WireError> {
        let payload = self.incoming.payload(packet);
        if Response::is_tls_request(payload) && !self.is_tls {
            if !self.options.tls {
                return Err(WireError::NoTls);
            }
            self.state = State::Tls;
            return Ok(Step::StartTls);
        }
        let response = Response::read(payload)?;
        if response.capabilities & CapabilityFlags::CLIENT_COMPRESS.bits() != 0 {
            return Err(Reader::new("login", payload).malformed("no compression"));
        }
        let own = self.options.plugin;
        let plugin = AuthPlugin::from_name(response.plugin);
        let plugin = plugin.filter(|plugin| *plugin == own || *plugin == AuthPlugin::ClearPassword);
        self.login = LoginParts {
            user: response.user.into(),
            database: response.database.into(),
            attributes: response.attributes.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect(),
            plugin: plugin.unwrap_or(own),
            proof: response.proof.to_vec().into(),
            nonce: self.nonce,
        };
        if plugin.is_some() {
            self.state = State::Deciding;
            return Ok(Step::Login);
        }
        let packet = self.outgoing.begin();
        packet.push(0xfe);
        packet.extend_from_slice(own.name().as_bytes());
        packet.push(0);
        packet.extend_from_slice(&self.nonce);
        packet.push(0);
        self.outgoing.finish();
        self.incoming.set_sequence(self.outgoing.sequence());
        self.state = State::Switched;
        Ok(Step::Quiet)
    }

    fn take_proof(&mut self, packet: Packet) -> Step {
        self.login.proof = self.incoming.payload(packet).to_vec().into();
        self.state = State::Deciding;
        Step::Login
    }

    fn take_command(&mut self, packet: Packet) -> Step {
        let command = self.incoming.payload(packet).first().copied();
        let is = |wanted: Command| command == Some(wanted as u8);
        if is(Command::COM_QUERY) {
            self.state = State::Query;
            return Step::Query(packet);
        }
        if is(Command::COM_QUIT) {
            self.state = State::Closed;
            return Step::Quit;
        }
        if is(Command::COM_PING) || is(Command::COM_INIT_DB) {
            Done { status: 0x0002, ..Done::default() }.write(self.outgoing.begin());
            self.outgoing.finish();
            return if is(Command::COM_PING) { Step::Ping } else { Step::InitDb(packet) };
        }
        self.write_error(&ServerError::new(1045, "28000", "Command not supported"));
        Step::Quiet
    }
}
