//! Any bytes from a server or a client, cut anywhere: no panic, no more memory than they are; a row has as many
//! values as there are columns.

#![no_main]

use libfuzzer_sys::fuzz_target;
use proxysql_kit::admin::{
    ClientConnection, ClientEvent, ClientOptions, Column, Done, ReadablePassword, ServerConnection, ServerEvent,
    ServerOptions, TlsUse,
};

/// The login of both ends, so that bytes beyond it are reached, too.
fn logged_in() -> (ClientConnection, ServerConnection) {
    let mut client = ClientConnection::new(ClientOptions::new("u", "p"));
    let mut server = ServerConnection::new(ServerOptions::new(), 1, [9; 20]);
    for _ in 0..3 {
        client.receive(server.outgoing());
        server.sent(usize::MAX);
        client.next_event().expect("a login");
        server.receive(client.outgoing());
        client.sent(usize::MAX);
        if let Some(ServerEvent::Login(_)) = server.next_event().expect("a login") {
            server.accept().expect("a login");
        }
    }
    assert!(client.is_idle());
    (client, server)
}

fn client(client: &mut ClientConnection, pieces: &[Vec<u8>]) {
    for piece in pieces {
        client.receive(piece);
        let mut columns = 0;
        loop {
            match client.next_event() {
                Ok(Some(ClientEvent::Columns(found))) => columns = found.len(),
                Ok(Some(ClientEvent::Row(row))) => assert!(row.iter().count() == row.len() && row.len() >= columns),
                Ok(Some(ClientEvent::StartTls)) => drop(client.tls_started()),
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => {
                    assert!(!error.to_string().is_empty() && client.next_event().map(drop) == Err(error));
                    return;
                }
            }
            if client.is_idle() {
                client.query("SELECT 1").expect("it is idle");
            }
        }
        client.sent(usize::MAX);
    }
    assert!(client.ended().is_some());
}

fn server(server: &mut ServerConnection, pieces: &[Vec<u8>]) {
    for piece in pieces {
        server.receive(piece);
        loop {
            match server.next_event() {
                Ok(Some(ServerEvent::Login(login))) => {
                    let _ = login.is_password(b"p");
                    server.accept().expect("somebody asked");
                }
                Ok(Some(ServerEvent::StartTls)) => drop(server.tls_started()),
                Ok(Some(ServerEvent::Query([b's', ..]))) => server.done(&Done::rows(1)).expect("a query waits"),
                Ok(Some(ServerEvent::Query(_))) => {
                    server.begin_rows(&[Column::text("a")]).expect("a query waits");
                    server.row([None]).expect("one column");
                    server.end_rows().expect("rows were begun");
                }
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => {
                    assert!(server.next_event().map(drop) == Err(error));
                    return;
                }
            }
        }
        server.sent(usize::MAX);
    }
}

fuzz_target!(|input: (u8, Vec<Vec<u8>>)| {
    let (choice, pieces) = input;
    let options = ClientOptions::new("u", "p").readable_password(ReadablePassword::Always);
    match choice % 6 {
        0 => client(&mut ClientConnection::new(options), &pieces),
        1 => client(&mut ClientConnection::new(options.tls(TlsUse::IfOffered)), &pieces),
        2 => server(&mut ServerConnection::new(ServerOptions::new(), 1, [9; 20]), &pieces),
        3 => server(&mut ServerConnection::new(ServerOptions::new().tls(true), 1, [9; 20]), &pieces),
        4 => {
            let (mut end, _) = logged_in();
            end.query("SELECT 1").expect("it is idle");
            client(&mut end, &pieces);
        }
        _ => server(&mut logged_in().1, &pieces),
    }
});
