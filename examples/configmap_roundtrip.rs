//! Once around: a file starts a node, SQL changes it, and what runs comes back as a ConfigMap from which a fresh
//! node gets the same checksums. The nodes are those of the tests, over real sockets; `tests/interop.rs` does the
//! same with a ProxySQL.
//!
//! ```sh
//! cargo run --all-features --example configmap_roundtrip
//! ```

#[path = "../tests/support/node.rs"]
mod node;

use std::error::Error;

use node::{Node, NodeOptions};
use proxysql_kit::admin::net::{Client, NodeUrl};
use proxysql_kit::config::{Config, Layer, LoadOptions};
use proxysql_kit::k8s::{Embedded, Manifest};
use proxysql_kit::libconfig::Document;

fn main() -> Result<(), Box<dyn Error>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(around())
}

async fn around() -> Result<(), Box<dyn Error>> {
    let file = Document::parse(include_str!("proxysql.cnf"))?;
    let old = Node::start(NodeOptions::new(loaded(&file))).await;
    let mut client = connect(&old).await?;
    let before = checksums(&mut client).await?;

    for sql in [
        "UPDATE mysql_servers SET weight=10 WHERE hostname='192.168.0.21'",
        "INSERT INTO mysql_users (username, password, default_schema) VALUES ('reports', 's3cret', 'shop')",
        "DELETE FROM mysql_query_rules WHERE rule_id=300",
        "SET mysql-max_connections=4096",
        "LOAD MYSQL SERVERS TO RUNTIME",
        "LOAD MYSQL USERS TO RUNTIME",
        "LOAD MYSQL QUERY RULES TO RUNTIME",
        "LOAD MYSQL VARIABLES TO RUNTIME",
    ] {
        client.execute(sql).await?;
    }
    let changed = checksums(&mut client).await?;

    let running = client.fetch_config(Layer::Runtime).await?.config;
    let cnf = running.to_cnf();
    for lost in &cnf.lost {
        println!("no cnf holds this: {lost}");
    }
    let config_map = Manifest::config_map("proxysql").entry("proxysql.cnf", cnf.text).to_yaml()?;

    // Elsewhere, later: the pods are gone, the ConfigMap is there.
    drop((client, old));
    let mounted = Embedded::find(config_map, Some("proxysql.cnf"))?;
    let file = Document::parse(mounted.content())?;
    let fresh = Node::start(NodeOptions::new(loaded(&file))).await;
    let restored = checksums(&mut connect(&fresh).await?).await?;

    println!("{:18} {:18} {:18} from the ConfigMap", "", "the file's own", "changed by SQL");
    for (((name, before), (_, changed)), (_, restored)) in before.iter().zip(&changed).zip(&restored) {
        println!("{name:18} {before:18} {changed:18} {restored}");
    }
    if restored == changed { Ok(()) } else { Err("the checksums differ".into()) }
}

/// What a server holds that starts with this file.
fn loaded(file: &Document) -> Config {
    Config::load(file, &LoadOptions::new()).memory
}

async fn connect(node: &Node) -> Result<Client, Box<dyn Error>> {
    let url: NodeUrl = format!("mysql://radmin:radmin@127.0.0.1:{}", node.port()).parse()?;
    Ok(Client::connect(&(&url).into()).await?)
}

/// What the node says of its modules. (The global checksum counts the LOADs of a node, too.)
async fn checksums(client: &mut Client) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let table = client.rows("SELECT name, checksum FROM runtime_checksums_values ORDER BY name").await?;
    let text = |row: usize, column| table.get(row, column).map(ToString::to_string).unwrap_or_default();
    Ok((0..table.rows.len()).map(|row| (text(row, "name"), text(row, "checksum"))).collect())
}
