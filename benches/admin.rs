//! The admin protocol: how fast the rows of a result set are taken apart, and written. With the feature `net`
//! also how long it takes to export 100,000 rules, and users, from a server that is not the bottleneck.

#![allow(missing_docs, clippy::unwrap_used)]

#[cfg(feature = "net")]
#[path = "../tests/support/bulk.rs"]
mod bulk;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use proxysql_kit::admin::{
    ClientConnection, ClientEvent, ClientOptions, Column, ServerConnection, ServerEvent, ServerOptions,
};

/// As much as a client reads from a socket at once.
const READ: usize = 64 << 10;

type Rows = Vec<Vec<Option<Vec<u8>>>>;

/// Query rules as they are read and pulled: 34 columns, most of them short or NULL.
fn rules() -> (Vec<Column>, Rows) {
    let columns = (0..34).map(|at| Column::text(format!("column_{at}"))).collect();
    let row = |id: usize| {
        let mut row: Vec<Option<Vec<u8>>> = vec![None; 34];
        row[0] = Some(id.to_string().into_bytes());
        row[1] = Some(b"app".to_vec());
        row[2] = Some(b"shop".to_vec());
        row[8] = Some(format!("^SELECT .* FROM orders_{id} WHERE customer_id=\\?").into_bytes());
        row[14] = Some(b"20".to_vec());
        for number in [3, 10, 30, 31] {
            row[number] = Some(b"0".to_vec());
        }
        row[33] = Some(b"reads of one tenant go to its own replicas".to_vec());
        row
    };
    (columns, (0..100_000).map(row).collect())
}

/// Users: 14 columns.
fn users() -> (Vec<Column>, Rows) {
    let columns = (0..14).map(|at| Column::text(format!("column_{at}"))).collect();
    let row = |id: usize| {
        let mut row: Vec<Option<Vec<u8>>> = vec![Some(b"1".to_vec()); 14];
        row[0] = Some(format!("user_{id}").into_bytes());
        row[1] = Some(format!("*{id:040X}").into_bytes());
        row[5] = None;
        row
    };
    (columns, (0..100_000).map(row).collect())
}

/// A client and a server that have logged in.
fn logged_in() -> (ClientConnection, ServerConnection) {
    let mut client = ClientConnection::new(ClientOptions::new("u", "p"));
    let mut server = ServerConnection::new(ServerOptions::new(), 1, [9; 20]);
    while !client.is_idle() {
        client.receive(server.outgoing());
        server.sent(usize::MAX);
        client.next_event().unwrap();
        server.receive(client.outgoing());
        client.sent(usize::MAX);
        if let Some(ServerEvent::Login(_)) = server.next_event().unwrap() {
            server.accept().unwrap();
        }
    }
    (client, server)
}

fn ask(client: &mut ClientConnection, server: &mut ServerConnection) {
    client.query("SELECT").unwrap();
    server.receive(client.outgoing());
    client.sent(usize::MAX);
    assert!(matches!(server.next_event().unwrap(), Some(ServerEvent::Query(_))));
}

fn write(server: &mut ServerConnection, columns: &[Column], rows: &[Vec<Option<Vec<u8>>>]) {
    server.begin_rows(columns).unwrap();
    for row in rows {
        server.row(row.iter().map(Option::as_deref)).unwrap();
    }
    server.end_rows().unwrap();
}

/// Reads an answer as a client does, and looks at every value.
fn read(client: &mut ClientConnection, bytes: &[u8]) -> usize {
    let mut seen = 0;
    for piece in bytes.chunks(READ) {
        client.receive(piece);
        while let Some(event) = client.next_event().unwrap() {
            if let ClientEvent::Row(row) = event {
                seen += row.iter().map(|value| value.map_or(0, <[u8]>::len)).sum::<usize>();
            }
        }
    }
    assert!(client.is_idle());
    seen
}

fn result_sets(c: &mut Criterion) {
    let mut group = c.benchmark_group("admin");
    group.sample_size(20);
    for (name, (columns, rows)) in [("rules", rules()), ("users", users())] {
        let (mut client, mut server) = logged_in();
        ask(&mut client, &mut server);
        write(&mut server, &columns, &rows);
        let bytes = server.outgoing().to_vec();
        server.sent(usize::MAX);
        read(&mut client, &bytes);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("read {name}"), |b| {
            b.iter(|| {
                client.query("SELECT").unwrap();
                client.sent(usize::MAX);
                read(&mut client, &bytes)
            });
        });
        group.bench_function(format!("write {name}"), |b| {
            b.iter(|| {
                let mut asking = logged_in().0;
                ask(&mut asking, &mut server);
                write(&mut server, &columns, &rows);
                server.sent(usize::MAX);
            });
        });
    }
    group.finish();
}

#[cfg(feature = "net")]
fn exports(c: &mut Criterion) {
    use proxysql_kit::admin::net::{Client, ConnectOptions};
    use proxysql_kit::config::Layer;

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut group = c.benchmark_group("admin");
    group.sample_size(10);
    for table in ["mysql_query_rules", "mysql_users"] {
        let bulk = runtime.block_on(bulk::start(table, 100_000));
        let options = ConnectOptions::new("127.0.0.1", "u", "p").port(bulk);
        let mut client = runtime.block_on(Client::connect(&options)).unwrap();
        group.bench_function(format!("export 100,000 of {table}"), |b| {
            b.iter(|| {
                let fetched = runtime.block_on(client.fetch_config(Layer::Memory)).unwrap();
                assert_eq!(
                    fetched.config.mysql_query_rules.len() + fetched.config.mysql_users.len(),
                    100_000
                );
                fetched
            });
        });
    }
    group.finish();
}

#[cfg(not(feature = "net"))]
fn exports(_: &mut Criterion) {}

criterion_group!(benches, result_sets, exports);
criterion_main!(benches);
