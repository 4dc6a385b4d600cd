//! What was observed on the wire of 2.7.1, byte by byte.

use crate::admin::{
    AuthPlugin, ClientConnection, ClientEvent, ClientOptions, Column, Done, Foreign, Limits,
    ReadablePassword, ServerConnection, ServerError, ServerEvent, ServerOptions, TlsUse, WireError,
};

const CHALLENGE: [u8; 20] = *b"abcdefghijklmnopqrst";

/// A packet: its length, its number, and what it holds.
pub(super) fn packet(number: u8, payload: &[u8]) -> Vec<u8> {
    let [a, b, c, ..] = u32::try_from(payload.len()).unwrap().to_le_bytes();
    [&[a, b, c, number], payload].concat()
}

/// The greeting of 2.7.1 with its defaults, or with other capabilities and another login method.
fn greeting(capabilities: u32, plugin: &str) -> Vec<u8> {
    let [a, b, c, d] = capabilities.to_le_bytes();
    let mut payload = vec![10];
    payload.extend_from_slice(b"8.0.11\0");
    payload.extend_from_slice(&[42, 0, 0, 0]);
    payload.extend_from_slice(b"abcdefgh\0");
    payload.extend_from_slice(&[a, b, 33, 2, 0, c, d, 21]);
    payload.extend_from_slice(&[0; 10]);
    payload.extend_from_slice(b"ijklmnopqrst\0");
    payload.extend_from_slice(plugin.as_bytes());
    payload.push(0);
    packet(0, &payload)
}

const NATIVE: &str = "mysql_native_password";
const SHA2: &str = "caching_sha2_password";

pub(super) fn take(server: &mut ServerConnection) -> Vec<u8> {
    let bytes = server.outgoing().to_vec();
    server.sent(bytes.len());
    bytes
}

fn sent(client: &mut ClientConnection) -> Vec<u8> {
    let bytes = client.outgoing().to_vec();
    client.sent(bytes.len());
    bytes
}

#[test]
fn the_greeting() {
    let options = ServerOptions::new().tls(true).compression(true);
    let mut server = ServerConnection::new(options, 42, CHALLENGE);
    assert_eq!(take(&mut server), greeting(0x808F_FA2F, NATIVE));
    let mut server = ServerConnection::new(ServerOptions::new().tls(true), 42, CHALLENGE);
    assert_eq!(take(&mut server), greeting(0x808F_FA0F, NATIVE), "mysql-have_compress=false");
    let options = ServerOptions::new().plugin(AuthPlugin::CachingSha2Password);
    let mut server = ServerConnection::new(options, 42, CHALLENGE);
    assert_eq!(take(&mut server), greeting(0x808F_F20F, SHA2), "mysql-have_ssl=false too");

    let mut client = ClientConnection::new(ClientOptions::new("a", "b"));
    client.receive(&greeting(0x808F_FA2F, NATIVE));
    assert!(client.next_event().unwrap().is_none());
    let read = client.greeting().unwrap();
    assert_eq!((read.version.to_str(), read.connection_id), (Some("8.0.11"), 42));
    assert_eq!((read.capabilities, read.charset, read.status), (0x808F_FA2F, 33, 2));
    assert_eq!(read.plugin, NATIVE);
    assert!(read.has_tls());
}

#[test]
fn a_challenge_is_text() {
    let random: [u8; 20] = std::array::from_fn(|at| [0, 128, b'$', 0xa4, 7][at % 5]);
    let mut server = ServerConnection::new(ServerOptions::new(), 1, random);
    let bytes = take(&mut server);
    assert_eq!(&bytes[16..24], b"\x7f\x7f%%\x07\x7f\x7f%");
}

#[test]
fn a_peer_asks_for_tls_and_then_logs_in() {
    let mut client = ClientConnection::new(ClientOptions::peer("cluster", "secret"));
    client.receive(&greeting(0x808F_FA2F, NATIVE));
    assert!(matches!(client.next_event().unwrap(), Some(ClientEvent::StartTls)));
    let head = [&[0x85, 0xaa, 0xb8, 0, 0, 0, 0, 0x40, 8][..], &[0; 23]].concat();
    assert_eq!(sent(&mut client), packet(1, &head));
    client.tls_started().unwrap();
    let login = sent(&mut client);
    assert_eq!(&login[3..36], [&[2][..], &head].concat());
    assert_eq!(&login[36..45], b"cluster\0\x14");
    assert_eq!(&login[65..], b"mysql_native_password\0");
}

#[test]
fn a_peer_in_plain_text() {
    let mut client = ClientConnection::new(ClientOptions::peer("cluster", "secret"));
    client.receive(&greeting(0x808F_F22F, SHA2));
    assert!(client.next_event().unwrap().is_none());
    let login = sent(&mut client);
    assert_eq!(&login[3..13], [1, 0x85, 0xa2, 0xb8, 0, 0, 0, 0, 0x40, 8]);
    assert_eq!(&login[36..45], b"cluster\0\x20");
    assert_eq!(&login[77..], b"caching_sha2_password\0");
    // Nothing when there is no password.
    let mut client = ClientConnection::new(ClientOptions::peer("cluster", ""));
    client.receive(&greeting(0x808F_F22F, SHA2));
    client.next_event().unwrap();
    assert_eq!(&sent(&mut client)[36..46], b"cluster\0\0c");
}

#[test]
fn attributes_where_they_are_wanted() {
    let mut client = ClientConnection::new(ClientOptions::new("a", ""));
    client.receive(&greeting(0x809F_F22F, NATIVE));
    client.next_event().unwrap();
    let login = sent(&mut client);
    assert!(memchr::memmem::find(&login, b"\x0c_client_name\x0cproxysql-kit").is_some());
    let mut server = ServerConnection::new(ServerOptions::new(), 1, CHALLENGE);
    server.receive(&login);
    let Some(ServerEvent::Login(login)) = server.next_event().unwrap() else { panic!() };
    assert_eq!(login.attributes()[0].0, "_client_name");
    assert!(!login.has_password() && login.is_password(b"") && !login.is_password(b"x"));
}

/// A client that was let in.
pub(super) fn logged_in() -> ClientConnection {
    let mut client = ClientConnection::new(ClientOptions::new("a", "b"));
    client.receive(&greeting(0x808F_F22F, NATIVE));
    assert!(client.next_event().unwrap().is_none());
    sent(&mut client);
    client.receive(&packet(2, &[0, 0, 0, 2, 0, 0, 0]));
    assert!(matches!(client.next_event().unwrap(), Some(ClientEvent::LoggedIn)));
    client
}

/// A server that let somebody in.
pub(super) fn welcoming() -> ServerConnection {
    let mut server = ServerConnection::new(ServerOptions::new(), 42, CHALLENGE);
    let mut client = ClientConnection::new(ClientOptions::new("a", "b"));
    client.receive(&take(&mut server));
    client.next_event().unwrap();
    server.receive(&sent(&mut client));
    assert!(matches!(server.next_event().unwrap(), Some(ServerEvent::Login(_))));
    server.accept().unwrap();
    assert_eq!(take(&mut server), packet(2, &[0, 0, 0, 2, 0, 0, 0]));
    server
}

pub(super) fn ask(server: &mut ServerConnection, query: &str) {
    server.receive(&packet(0, &[&[3], query.as_bytes()].concat()));
    assert!(
        matches!(server.next_event().unwrap(), Some(ServerEvent::Query(text)) if text == query.as_bytes())
    );
}

/// A column definition as 2.7.1 writes it.
pub(super) fn definition(name: &str, fixed: [u8; 12]) -> Vec<u8> {
    let name = [&[u8::try_from(name.len()).unwrap()], name.as_bytes()].concat();
    [b"\x03def\0\0\0".as_slice(), &name, b"\0\x0c", &fixed].concat()
}

pub(super) const TEXT: [u8; 12] = [33, 0, 15, 0, 0, 0, 253, 1, 0, 31, 0, 0];
pub(super) const NUMBER: [u8; 12] = [63, 0, 31, 0, 0, 0, 8, 161, 0, 0, 0, 0];

#[test]
fn answers() {
    let mut server = welcoming();
    ask(&mut server, "SELECT * FROM runtime_checksums_values ORDER BY name");
    let names = ["name", "version", "epoch", "checksum"];
    server.begin_rows(&names.map(Column::text)).unwrap();
    server.row([Some(&b"mysql_users"[..]), Some(b"2"), Some(b"1700000000"), None]).unwrap();
    assert!(server.row([None]).is_err());
    server.end_rows().unwrap();
    let mut expected = packet(1, &[4]);
    for (at, name) in names.into_iter().enumerate() {
        expected.extend(packet(u8::try_from(at).unwrap() + 2, &definition(name, TEXT)));
    }
    expected.extend(packet(6, &[0xfe, 0, 0, 2, 2]));
    expected.extend(packet(7, b"\x0bmysql_users\x012\x0a1700000000\xfb"));
    expected.extend(packet(8, &[0xfe, 0, 0, 2, 2]));
    let bytes = take(&mut server);
    assert_eq!(bytes, expected);

    let mut client = logged_in();
    client.query("SELECT 1").unwrap();
    assert_eq!(sent(&mut client), packet(0, b"\x03SELECT 1"));
    client.receive(&bytes);
    let Some(ClientEvent::Columns(columns)) = client.next_event().unwrap() else { panic!() };
    assert_eq!(columns, names.map(Column::text));
    let Some(ClientEvent::Row(row)) = client.next_event().unwrap() else { panic!() };
    let values: Vec<_> = row.iter().collect();
    assert_eq!(values, [Some(&b"mysql_users"[..]), Some(b"2"), Some(b"1700000000"), None]);
    let Some(ClientEvent::End(end)) = client.next_event().unwrap() else { panic!() };
    assert_eq!(end.status, 0x0202);
    assert!(client.is_idle());
}

#[test]
fn the_global_checksum() {
    let mut server = welcoming();
    ask(&mut server, "SELECT GLOBAL_CHECKSUM()");
    server.begin_rows_with(&[Column::number("CHECKSUM")], 0x0200).unwrap();
    server.row([Some(&b"7359252339228650124"[..])]).unwrap();
    server.end_rows_with(0x0200).unwrap();
    let expected = [
        packet(1, &[1]),
        packet(2, &definition("CHECKSUM", NUMBER)),
        packet(3, &[0xfe, 0, 0, 0, 2]),
        packet(4, b"\x137359252339228650124"),
        packet(5, &[0xfe, 0, 0, 0, 2]),
    ];
    assert_eq!(take(&mut server), expected.concat());
}

#[test]
fn ok_and_errors() {
    let mut server = welcoming();
    ask(&mut server, "PROXYSQL CLUSTER_NODE_UUID 0a1b2c3d-1111-4222-8333-444455556666 127.0.0.1:6032");
    server.done(&Done::rows(0)).unwrap();
    assert_eq!(take(&mut server), packet(1, &[0, 0, 0, 2, 2, 0, 0]));
    ask(&mut server, "SELECT x");
    server.fail(&ServerError::admin("no such column: x")).unwrap();
    let payload = [&[0xff, 0x15, 0x04][..], b"#28000ProxySQL Admin Error: no such column: x"].concat();
    assert_eq!(take(&mut server), packet(1, &payload));

    let mut client = logged_in();
    client.query("SELECT x").unwrap();
    client.receive(&packet(1, &payload));
    let Some(ClientEvent::Failed(error)) = client.next_event().unwrap() else { panic!() };
    assert_eq!(error, ServerError::admin("no such column: x"));
    assert_eq!(error.to_string(), "ERROR 1045 (28000): ProxySQL Admin Error: no such column: x");
    let help = "the node's version does not have it: what was sent is for another version of ProxySQL";
    assert_eq!(error.help(), Some(help));
    client.ping().unwrap();
    assert_eq!(&sent(&mut client)[..], [packet(0, b"\x03SELECT x"), packet(0, &[14])].concat());
    client.receive(&packet(1, &[0, 5, 0, 2, 2, 0, 0]));
    let Some(ClientEvent::Done(done)) = client.next_event().unwrap() else { panic!() };
    assert_eq!(done, Done::rows(5));
}

#[test]
fn what_else_a_client_may_say() {
    let mut server = welcoming();
    for (payload, answer) in [
        (&b"\x0e"[..], &b"\0\0\0\x02\0\0\0"[..]),
        (b"\x02main", b"\0\0\0\x02\0\0\0"),
        (b"\x04x", b"\xff\x15\x04#28000Command not supported"),
        (b"", b"\xff\x15\x04#28000Command not supported"),
    ] {
        server.receive(&packet(0, payload));
        while server.next_event().unwrap().is_some() {}
        assert_eq!(take(&mut server), packet(1, answer));
    }
    server.receive(&packet(0, &[1]));
    assert!(matches!(server.next_event().unwrap(), Some(ServerEvent::Quit)));
    assert!(server.is_closed() && server.outgoing().is_empty());
}

#[test]
fn refused() {
    for (error, number, help) in [
        (ServerError::access_denied("a", "10.0.0.7", true), 2, "admin-admin_credentials"),
        (ServerError::only_locally("admin"), 5, "another account"),
    ] {
        let mut payload = vec![0xff];
        payload.extend_from_slice(&error.code().to_le_bytes());
        payload.extend_from_slice(format!("#{}{}", error.state(), error.message()).as_bytes());
        let mut client = ClientConnection::new(ClientOptions::new("a", "b"));
        client.receive(&greeting(0x808F_F22F, NATIVE));
        assert!(client.next_event().unwrap().is_none());
        client.receive(&packet(number, &payload));
        let refused = client.next_event().unwrap_err();
        assert_eq!(refused, WireError::Refused(error.clone()));
        assert_eq!(client.next_event().unwrap_err(), refused);
        assert!(error.is_access_denied() && refused.help().unwrap().contains(help));
    }
    assert_eq!(
        ServerError::only_locally("admin").to_string(),
        "ERROR 1040 (42000): User 'admin' can only connect locally"
    );
    // In the place of a greeting, without a state.
    let mut client = ClientConnection::new(ClientOptions::new("a", "b"));
    client.receive(&packet(1, b"\xff\x10\x04Too many connections"));
    let error = ServerError::new(1040, "HY000", "Too many connections");
    assert_eq!(client.next_event().unwrap_err(), WireError::Refused(error));
}

#[test]
fn no_mysql_at_all() {
    let first = |bytes: &[u8]| {
        let mut client = ClientConnection::new(ClientOptions::new("a", "b"));
        client.receive(bytes);
        client.next_event().map(|event| event.is_some())
    };
    for (bytes, foreign) in [
        (&b"HTTP/1.1 400 Bad Request\r\n"[..], Foreign::Http),
        (b"SSH-2.0-OpenSSH_9.6\r\n", Foreign::Ssh),
        (b"220 mail.example.org ESMTP\r\n", Foreign::Lines),
        (b"-ERR unknown\r\n", Foreign::Lines),
        (b"\x15\x03\x03\x00\x02\x02\x46", Foreign::Tls),
        (b"\x05\0\0\0\x0b\x08\x05\x1a\0", Foreign::XProtocol),
        (b"\0\0\0\x14\x12\x34\x56\x78", Foreign::Unknown),
    ] {
        assert_eq!(first(bytes), Err(WireError::NotMysql(foreign)), "{bytes:?}");
    }
    assert_eq!(first(&packet(0, b"\x09 3.23.58")), Err(WireError::OldProtocol { version: 9 }));
    assert_eq!(first(b"HTT"), Ok(false));
}

#[test]
fn passwords_are_not_given_away() {
    let client = |plugin: &str, when, tls| {
        let options = ClientOptions::new("a", "hunter2").readable_password(when).tls(tls);
        let mut client = ClientConnection::new(options);
        client.receive(&greeting(0x808F_FA2F, plugin));
        client
    };
    let refused = |mut client: ClientConnection| {
        let error = client.next_event().map(|_| ()).unwrap_err();
        assert!(matches!(error, WireError::ReadablePassword { .. }), "{error}");
        assert!(!client.outgoing().windows(7).any(|part| part == b"hunter2"));
    };
    refused(client("mysql_clear_password", ReadablePassword::Never, TlsUse::Never));
    refused(client("mysql_clear_password", ReadablePassword::OverTls, TlsUse::Never));
    let mut open = client("mysql_clear_password", ReadablePassword::Always, TlsUse::Never);
    assert!(open.next_event().unwrap().is_none());
    assert!(sent(&mut open).windows(8).any(|part| part == b"hunter2\0"));

    let mut full = client(SHA2, ReadablePassword::OverTls, TlsUse::Never);
    full.next_event().unwrap();
    sent(&mut full);
    full.receive(&packet(2, &[1, 4]));
    refused(full);

    let mut full = client(SHA2, ReadablePassword::OverTls, TlsUse::Always);
    assert!(matches!(full.next_event().unwrap(), Some(ClientEvent::StartTls)));
    sent(&mut full);
    full.tls_started().unwrap();
    sent(&mut full);
    full.receive(&packet(3, &[1, 4]));
    assert!(full.next_event().unwrap().is_none());
    assert_eq!(sent(&mut full), packet(4, b"hunter2\0"));

    // Another login method may be asked for.
    let switch = packet(2, b"\xfemysql_clear_password\0");
    let mut switched = client(NATIVE, ReadablePassword::Never, TlsUse::Never);
    switched.next_event().unwrap();
    switched.receive(&switch);
    refused(switched);
    let mut unknown = client(NATIVE, ReadablePassword::Never, TlsUse::Never);
    unknown.next_event().unwrap();
    unknown.receive(&packet(2, b"\xfedialog\0"));
    let error = unknown.next_event().map(|_| ()).unwrap_err();
    assert_eq!(error, WireError::Plugin { name: "dialog".into() });
    let debug = format!("{:?}", client(SHA2, ReadablePassword::Never, TlsUse::Never));
    assert!(!debug.contains("hunter2"));
}

#[test]
fn tls_cannot_be_talked_away_or_slipped_into() {
    let mut client = ClientConnection::new(ClientOptions::new("a", "b").tls(TlsUse::Always));
    client.receive(&greeting(0x808F_F22F, NATIVE));
    assert_eq!(client.next_event().map(|_| ()), Err(WireError::NoTls));
    let mut client = ClientConnection::new(ClientOptions::new("a", "b").tls(TlsUse::Always));
    client.receive(&greeting(0x808F_FA2F, NATIVE));
    client.receive(&packet(2, &[0, 0, 0, 2, 0, 0, 0]));
    assert!(matches!(client.next_event().unwrap(), Some(ClientEvent::StartTls)));
    assert_eq!(client.tls_started(), Err(WireError::BeforeTls));
}

#[test]
fn newer_servers_leave_eof_out() {
    let mut client = logged_in();
    for rows in [&[][..], &[&b"\x01x"[..]]] {
        client.query("SELECT 1").unwrap();
        client.receive(&[packet(1, &[1]), packet(2, &definition("a", TEXT))].concat());
        let mut number = 3;
        for row in rows {
            client.receive(&packet(number, row));
            number += 1;
        }
        client.receive(&packet(number, &[0xfe, 0, 0, 2, 0, 0, 0]));
        let mut found = 0;
        loop {
            match client.next_event().unwrap().unwrap() {
                ClientEvent::Row(_) => found += 1,
                ClientEvent::End(_) => break,
                _ => {}
            }
        }
        assert_eq!(found, rows.len());
        assert!(client.is_idle());
    }
}

#[test]
fn limits_hold() {
    let limited = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        let mut client = ClientConnection::new(ClientOptions::new("a", "b").limits(limits));
        client.receive(&greeting(0x808F_F22F, NATIVE));
        client.next_event().unwrap();
        client.receive(&packet(2, &[0, 0, 0, 2, 0, 0, 0]));
        client.next_event().unwrap();
        client.query("SELECT 1").unwrap();
        let rows = [packet(4, b"\x01x"), packet(5, b"\x01x"), packet(6, &[0xfe, 0, 0, 2, 2])];
        let head = [packet(1, &[1]), packet(2, &definition("a", TEXT)), packet(3, &[0xfe, 0, 0, 2, 2])];
        client.receive(&[head.concat(), rows.concat()].concat());
        loop {
            match client.next_event() {
                Err(error) => return error.to_string(),
                Ok(event) => assert!(!matches!(event, None | Some(ClientEvent::End(_)))),
            }
        }
    };
    assert_eq!(limited(|limits| limits.rows = 1), "rows in a result set: more than the limit of 1");
    assert_eq!(limited(|limits| limits.columns = 0), "columns in a result set: more than the limit of 0");
    assert_eq!(
        limited(|limits| limits.result_bytes = 23),
        "bytes in a result set: more than the limit of 23"
    );
}

#[test]
fn malformed_packets_say_what_is_wrong() {
    let after_login = |bytes: &[u8]| {
        let mut client = logged_in();
        client.query("SELECT 1").unwrap();
        client.receive(bytes);
        loop {
            match client.next_event() {
                Err(error) => return error.to_string(),
                Ok(event) => assert!(event.is_some()),
            }
        }
    };
    let rows = |row: &[u8]| {
        let head = [packet(1, &[1]), packet(2, &definition("a", TEXT)), packet(3, &[0xfe, 0, 0, 2, 2])];
        after_login(&[head.concat(), packet(4, row)].concat())
    };
    assert_eq!(rows(b"\x05ab"), "malformed row at byte 0: expected as many bytes as a value says");
    assert_eq!(
        rows(b"\x01ab"),
        "malformed row at byte 2: expected as many values as there are columns, and no more"
    );
    assert_eq!(rows(b"\xfc\x05"), "malformed row at byte 0: expected a value for each column");
    assert_eq!(after_login(&packet(2, &[1])), "packets out of order: number 1 was due, 2 came");
    assert_eq!(
        after_login(&packet(1, b"\xfb/etc/passwd")),
        "the server asks for the local file `/etc/passwd`; it gets none"
    );
    assert_eq!(
        after_login(&packet(1, &[])),
        "malformed answer to a query at byte 0: expected OK, an error, or a number of columns"
    );
    let mut client = ClientConnection::new(ClientOptions::new("a", "b"));
    client.receive(&packet(0, b"\x0a8.0.11"));
    let error = client.next_event().map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "malformed greeting at byte 1: expected the server's version, and a NUL");
}
