//! A server with very many rows in one table, made as they are sent: it costs neither time nor memory.

#![allow(dead_code, missing_docs, clippy::unwrap_used, unreachable_pub)]

use std::sync::atomic::{AtomicU64, Ordering};

use proxysql_kit::admin::{Column, Done, ServerConnection, ServerEvent, ServerOptions};
use proxysql_kit::schema::{Cell, Table, TableSchema, Version};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How many bytes of values were sent.
pub static SENT: AtomicU64 = AtomicU64::new(0);

/// Starts it; the port on loopback.
pub async fn start(table: &'static str, rows: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, table, rows));
        }
    });
    port
}

async fn serve(mut stream: TcpStream, table: &'static str, rows: usize) {
    let mut server = ServerConnection::new(ServerOptions::new(), 1, [9; 20]);
    let mut buffer = vec![0; 4096];
    loop {
        send(&mut stream, &mut server).await;
        let query = match server.next_event() {
            Ok(Some(ServerEvent::Query(query))) => String::from_utf8(query.to_vec()).unwrap(),
            Ok(Some(ServerEvent::Login(_))) => {
                server.accept().unwrap();
                continue;
            }
            Ok(Some(ServerEvent::Quit)) | Err(_) => return,
            Ok(Some(_)) => continue,
            Ok(None) => {
                let count = stream.read(&mut buffer).await.unwrap_or(0);
                if count == 0 {
                    return;
                }
                server.receive(&buffer[..count]);
                continue;
            }
        };
        answer(&mut stream, &mut server, &query, table, rows).await;
    }
}

async fn answer(
    stream: &mut TcpStream,
    server: &mut ServerConnection,
    query: &str,
    table: &str,
    rows: usize,
) {
    if query == "SELECT @@version" {
        server.begin_rows(&[Column::text("@@version")]).unwrap();
        server.row([Some(&b"2.7.1-0-g2726c27"[..])]).unwrap();
        return server.end_rows().unwrap();
    }
    let Some(name) = query.strip_prefix("SELECT * FROM ") else {
        return server.done(&Done::rows(0)).unwrap();
    };
    let Some(schema) = Table::from_name(name).and_then(|table| table.schema(Version::V2_7)) else {
        server.begin_rows(&[Column::text("variable_name"), Column::text("variable_value")]).unwrap();
        return server.end_rows().unwrap();
    };
    let columns: Vec<Column> = schema.columns().iter().map(|column| Column::text(column.name())).collect();
    server.begin_rows(&columns).unwrap();
    for id in 1..=if name == table { rows } else { 0 } {
        let values = values(schema, id);
        let bytes: usize = values.iter().flatten().map(Vec::len).sum();
        SENT.fetch_add(bytes as u64, Ordering::Relaxed);
        server.row(values.iter().map(Option::as_deref)).unwrap();
        if id % 500 == 0 {
            send(stream, server).await;
        }
    }
    server.end_rows().unwrap();
}

/// A row as it may be: its key, some texts, and defaults.
fn values(schema: &TableSchema, id: usize) -> Vec<Option<Vec<u8>>> {
    let value = |name: &str| {
        Some(match name {
            "rule_id" => id.to_string(),
            "match_digest" => format!("^SELECT .* FROM orders_{id} WHERE customer_id=\\?"),
            "destination_hostgroup" => "20".to_owned(),
            "username" => format!("user_{id}"),
            "password" => format!("*{id:040X}"),
            "comment" => format!("what number {id} is there for"),
            _ => return None,
        })
    };
    let text = |cell: Option<Cell<'_>>| match cell {
        Some(Cell::Int(number)) => Some(number.to_string().into_bytes()),
        Some(Cell::Text(text)) => Some(text.to_vec()),
        _ => None,
    };
    let columns = schema.columns().iter();
    columns
        .map(|column| value(column.name()).map(String::into_bytes).or_else(|| text(column.default())))
        .collect()
}

async fn send(stream: &mut TcpStream, server: &mut ServerConnection) {
    if stream.write_all(server.outgoing()).await.is_ok() {
        server.sent(usize::MAX);
    }
}
