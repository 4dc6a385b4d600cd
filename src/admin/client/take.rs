//! What each packet from the server means, by the state of the conversation.

use mysql_common::constants::CapabilityFlags;

use super::options::MAX_PACKET;
use super::{ClientConnection, ReadablePassword, State, Step, TlsUse};
use crate::admin::error::{LimitKind, ServerError, WireError};
use crate::admin::login::{AuthPlugin, Greeting, NONCE, Password, Response, nonce};
use crate::admin::packet::{PIECE, Packet};
use crate::admin::read::Reader;
use crate::admin::result::{Column, Done, split_row};

impl ClientConnection {
    pub(super) fn take(&mut self, packet: Packet) -> Result<Step, WireError> {
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

    pub(super) fn log_in(&mut self) -> Result<(), WireError> {
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

/// `AuthSwitchRequest`.
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
