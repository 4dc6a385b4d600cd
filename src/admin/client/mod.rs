//! The client's end of a conversation.

mod options;
mod take;

use mysql_common::constants::Command;

use super::error::{Foreign, ServerError, WireError};
use super::login::{AuthPlugin, Greeting, NONCE, foreign};
use super::packet::{Incoming, Order, Outgoing, Packet};
use super::result::{Column, Done, Row, Span};

pub use options::{ClientOptions, ReadablePassword, TlsUse};

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
}
