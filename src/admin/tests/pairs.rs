//! A client and a server of ours against each other, with bytes cut in every way.

use proptest::prelude::*;

use crate::admin::{
    AuthPlugin, ClientConnection, ClientEvent, ClientOptions, Column, Done, ReadablePassword,
    ServerConnection, ServerError, ServerEvent, ServerOptions, TlsUse, WireError,
};

type Rows = Vec<Vec<Option<Vec<u8>>>>;

/// What a server answers, or a client got.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Rows(Vec<Column>, Rows),
    /// Some rows, then an error.
    Broken(Vec<Column>, Rows, ServerError),
    Done(Done),
    Failed(ServerError),
}

/// A network that delivers as few bytes at once as it is told.
struct Net {
    client: ClientConnection,
    server: ServerConnection,
    cuts: Vec<usize>,
    step: usize,
    password: &'static [u8],
}

impl Net {
    fn cut(&mut self, len: usize) -> usize {
        self.step += 1;
        let cut = self.cuts.get(self.step % self.cuts.len().max(1)).copied().unwrap_or(len);
        cut.clamp(1, len.max(1)).min(len)
    }

    /// Carries some bytes each way; whether there were any.
    fn carry(&mut self) -> bool {
        let there = self.client.outgoing().len();
        let there = self.cut(there);
        self.server.receive(&self.client.outgoing()[..there]);
        self.client.sent(there);
        let back = self.server.outgoing().len();
        let back = self.cut(back);
        self.client.receive(&self.server.outgoing()[..back]);
        self.server.sent(back);
        there + back > 0
    }

    fn serve(&mut self, answer: &Answer) -> Result<(), WireError> {
        while let Some(event) = self.server.next_event()? {
            match event {
                ServerEvent::Login(login) => {
                    if login.is_password(self.password) {
                        self.server.accept()?;
                    } else {
                        self.server.refuse(&ServerError::access_denied("u", "h", true))?;
                    }
                }
                ServerEvent::Query(_) => reply(&mut self.server, answer)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn log_in(&mut self) -> Result<(), WireError> {
        let (mut ours, mut theirs) = (false, false);
        loop {
            self.serve(&Answer::Done(Done::default()))?;
            match self.client.next_event()? {
                Some(ClientEvent::LoggedIn) => return Ok(()),
                Some(ClientEvent::StartTls) => ours = true,
                _ => {}
            }
            // The request for TLS is the last that goes in plain text.
            theirs |= ours && self.client.outgoing().is_empty();
            if self.carry() {
                continue;
            }
            if ours && theirs {
                self.serve(&Answer::Done(Done::default()))?;
                self.client.tls_started()?;
                self.server.tls_started()?;
                ours = false;
            } else {
                return Err(self.client.ended().unwrap());
            }
        }
    }

    fn ask(&mut self, answer: &Answer) -> Result<Answer, WireError> {
        self.client.query("SELECT something")?;
        let (mut columns, mut rows) = (None, Vec::new());
        loop {
            self.serve(answer)?;
            while let Some(event) = self.client.next_event()? {
                match event {
                    ClientEvent::Columns(found) => columns = Some(found.to_vec()),
                    ClientEvent::Row(row) => {
                        assert_eq!(Some(row.len()), columns.as_ref().map(Vec::len));
                        rows.push(row.iter().map(|value| value.map(<[u8]>::to_vec)).collect());
                    }
                    ClientEvent::End(_) => return Ok(Answer::Rows(columns.unwrap(), rows)),
                    ClientEvent::Done(done) => return Ok(Answer::Done(done)),
                    ClientEvent::Failed(error) => {
                        return Ok(match columns {
                            Some(columns) => Answer::Broken(columns, rows, error),
                            None => Answer::Failed(error),
                        });
                    }
                    other => panic!("{other:?}"),
                }
            }
            assert!(self.carry(), "both ends wait");
        }
    }
}

fn reply(server: &mut ServerConnection, answer: &Answer) -> Result<(), WireError> {
    match answer {
        Answer::Done(done) => server.done(done),
        Answer::Failed(error) => server.fail(error),
        Answer::Rows(columns, rows) | Answer::Broken(columns, rows, _) => {
            server.begin_rows(columns)?;
            for row in rows {
                server.row(row.iter().map(Option::as_deref))?;
            }
            match answer {
                Answer::Broken(.., error) => server.fail(error),
                _ => server.end_rows(),
            }
        }
    }
}

fn net(client: ClientOptions, server: ServerOptions, cuts: Vec<usize>) -> Net {
    Net {
        client: ClientConnection::new(client),
        server: ServerConnection::new(server, 7, *b"tsrqponmlkjihgfedcba"),
        cuts,
        step: 0,
        password: b"secret",
    }
}

fn plugins() -> impl Strategy<Value = AuthPlugin> {
    prop_oneof![Just(AuthPlugin::NativePassword), Just(AuthPlugin::CachingSha2Password)]
}

fn values() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop_oneof![
        4 => proptest::collection::vec(any::<u8>(), 0..20).prop_map(Some),
        1 => Just(None),
        1 => (240_usize..260).prop_map(|len| Some(vec![0xfe; len])),
        1 => (65_530_usize..65_540).prop_map(|len| Some(vec![0xff; len])),
    ]
}

fn answers() -> impl Strategy<Value = Answer> {
    let rows = (1_usize..6).prop_flat_map(|columns| {
        let names = proptest::collection::vec("[a-z]{0,9}".prop_map(Column::text), columns);
        (names, proptest::collection::vec(proptest::collection::vec(values(), columns), 0..8))
    });
    let error = ("[ -~]{0,40}", any::<u16>()).prop_map(|(text, code)| ServerError::new(code, "42000", text));
    let done = (any::<u64>(), "[a-z ]{0,300}").prop_map(|(rows, info)| Done::rows(rows).info(info));
    prop_oneof![
        4 => rows.clone().prop_map(|(columns, rows)| Answer::Rows(columns, rows)),
        1 => (rows, error.clone()).prop_map(|((columns, rows), error)| Answer::Broken(columns, rows, error)),
        1 => error.prop_map(Answer::Failed),
        1 => done.prop_map(Answer::Done),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the cuts, all arrives as it was sent.
    #[test]
    fn all_arrives(
        plugin in plugins(),
        is_tls in any::<bool>(),
        cuts in proptest::collection::vec(1_usize..5000, 1..20),
        answers in proptest::collection::vec(answers(), 1..4),
    ) {
        let client = ClientOptions::new("u", "secret").tls(TlsUse::IfOffered);
        let mut net = net(client, ServerOptions::new().plugin(plugin).tls(is_tls), cuts);
        net.log_in().unwrap();
        prop_assert_eq!(net.client.is_tls(), is_tls);
        prop_assert_eq!(net.server.is_tls(), is_tls);
        for answer in &answers {
            prop_assert_eq!(&net.ask(answer).unwrap(), answer);
        }
    }

    /// A stranger's bytes make no end panic, nor hold more than they are.
    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..300) {
        let mut pair = net(ClientOptions::new("u", "secret"), ServerOptions::new(), vec![]);
        for _ in 0..at % 4 {
            let _ = pair.serve(&Answer::Done(Done::default()));
            let _ = pair.client.next_event();
            pair.carry();
        }
        pair.client.receive(&bytes);
        while let Ok(Some(_)) = pair.client.next_event() {}
        pair.server.receive(&bytes);
        let _ = pair.serve(&Answer::Done(Done::default()));
    }
}

#[test]
fn one_byte_at_a_time() {
    let columns = vec![Column::text("a")];
    let answer = Answer::Rows(columns, vec![vec![Some(b"x".to_vec())], vec![None]]);
    let mut net = net(ClientOptions::new("u", "secret"), ServerOptions::new(), vec![1]);
    net.log_in().unwrap();
    assert_eq!(net.ask(&answer).unwrap(), answer);
}

#[test]
fn a_row_beyond_16_mib() {
    let row: Vec<_> = [0xff_fff0, 0, 0x100_0010].into_iter().map(|len| Some(vec![b'x'; len])).collect();
    let answer = Answer::Rows(["a", "b", "c"].map(Column::text).to_vec(), vec![row.clone(), row]);
    let mut net = net(ClientOptions::new("u", "secret"), ServerOptions::new(), vec![100_000]);
    net.log_in().unwrap();
    assert!(net.ask(&answer).unwrap() == answer);
}

#[test]
fn a_query_beyond_16_mib() {
    let mut net = net(ClientOptions::new("u", "secret"), ServerOptions::new(), vec![1_000_000]);
    net.log_in().unwrap();
    let sql = "x".repeat(40_000_000);
    net.client.query(&sql).unwrap();
    while net.carry() {
        if let Some(ServerEvent::Query(query)) = net.server.next_event().unwrap() {
            assert!(query == sql.as_bytes());
            net.server.done(&Done::rows(1)).unwrap();
        }
    }
    assert!(matches!(net.client.next_event().unwrap(), Some(ClientEvent::Done(_))));
}

#[test]
fn every_login() {
    use AuthPlugin::{CachingSha2Password, ClearPassword, NativePassword};
    let log_in = |password: &str, client: AuthPlugin, server: AuthPlugin| {
        let options = ClientOptions::new("u", password).readable_password(ReadablePassword::Always);
        let mut pair = net(options, ServerOptions::new().plugin(client), vec![]);
        // The client answers to a greeting that prefers `client`; the server prefers `server`.
        if client != server {
            let mut other = ServerConnection::new(ServerOptions::new().plugin(server), 1, [9; 20]);
            other.sent(other.outgoing().len());
            pair.client.receive(pair.server.outgoing());
            pair.server = other;
        }
        pair.log_in()
    };
    for (client, server) in [
        (NativePassword, NativePassword),
        (CachingSha2Password, CachingSha2Password),
        (CachingSha2Password, NativePassword),
        (NativePassword, CachingSha2Password),
        (ClearPassword, NativePassword),
        (ClearPassword, CachingSha2Password),
    ] {
        assert_eq!(log_in("secret", client, server), Ok(()), "{client:?} {server:?}");
        for wrong in ["", "secre", "secret\0", "Secret"] {
            let refused = WireError::Refused(ServerError::access_denied("u", "h", true));
            assert_eq!(log_in(wrong, client, server), Err(refused), "{client:?} {server:?} {wrong}");
        }
    }
}

#[test]
fn calls_out_of_turn() {
    let mut pair = net(ClientOptions::new("u", "secret"), ServerOptions::new(), vec![]);
    assert!(matches!(pair.client.query("a"), Err(WireError::Misuse { when: "before the greeting", .. })));
    assert!(pair.server.accept().is_err() && pair.server.done(&Done::default()).is_err());
    pair.log_in().unwrap();
    pair.client.query("a").unwrap();
    assert!(pair.client.query("b").is_err() && pair.client.ping().is_err());
    assert!(pair.server.begin_rows(&[Column::text("a")]).is_err());
    assert_eq!(pair.client.ended(), Some(WireError::Closed { when: "while an answer is awaited" }));
}
