//! The commands `status` and `watch` against writable nodes over real sockets.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/command.rs"]
mod command;
#[path = "support/node.rs"]
mod node;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use command::{code, text};
use node::{Answer, Node, NodeOptions};
use proxysql_kit::config::Config;
use proxysql_kit::schema::MysqlUser;
use serde_json::Value as Json;

/// Runs a test beside its nodes.
fn beside(test: impl AsyncFnOnce()) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(test());
}

fn config() -> Config {
    let mut config = Config::default();
    config.mysql_users.push(MysqlUser { username: "app".into(), ..MysqlUser::default() });
    config
}

async fn nodes(count: usize) -> Vec<Node> {
    let mut nodes = Vec::new();
    for _ in 0..count {
        let node = Node::start(NodeOptions::new(config())).await;
        for table in [
            "stats_proxysql_servers_checksums (hostname, port, name, version, epoch, checksum, changed_at, updated_at, diff_check)",
            "stats_proxysql_servers_metrics (hostname, port, weight, comment, response_time_ms, Uptime_s, last_check_ms, Queries, Client_Connections_connected, Client_Connections_created)",
        ] {
            sql(&node, &format!("CREATE TABLE {table}"));
        }
        nodes.push(node);
    }
    for node in &nodes {
        for peer in &nodes {
            sql(
                node,
                &format!(
                    "INSERT INTO proxysql_servers (hostname, port) VALUES ('127.0.0.1', {})",
                    peer.port()
                ),
            );
        }
        sql(node, "LOAD PROXYSQL SERVERS TO RUNTIME");
        sql(node, "SAVE PROXYSQL SERVERS TO DISK");
    }
    hear(&nodes);
    nodes
}

fn sql(node: &Node, sql: &str) {
    if let Answer::Failed(error) = node.run(sql) {
        panic!("{sql}: {error}");
    }
}

/// Each node hears from each other one.
fn hear(nodes: &[Node]) {
    for node in nodes {
        sql(node, "DELETE FROM stats_proxysql_servers_checksums");
        sql(node, "DELETE FROM stats_proxysql_servers_metrics");
        for peer in nodes {
            let port = peer.port();
            for module in peer.database(|database| database.modules().to_vec()) {
                let own = node.database(|database| database.modules().to_vec());
                let differs =
                    own.iter().any(|own| own.name == module.name && own.checksum != module.checksum);
                sql(
                    node,
                    &format!(
                        "INSERT INTO stats_proxysql_servers_checksums VALUES ('127.0.0.1', {port}, '{}', {}, {}, '{}', \
                         strftime('%s', 'now'), strftime('%s', 'now'), {})",
                        module.name,
                        module.version,
                        module.epoch,
                        module.checksum,
                        u8::from(differs)
                    ),
                );
            }
            sql(
                node,
                &format!(
                    "INSERT INTO stats_proxysql_servers_metrics VALUES ('127.0.0.1', {port}, 0, '', 1, 7300, 20, 5, 2, 9)"
                ),
            );
        }
    }
}

/// Loads a user of this name at this time.
fn load_user(node: &Node, name: &str, clock: i64) {
    sql(node, &format!("INSERT INTO mysql_users (username, password) VALUES ('{name}', 'hunter2')"));
    node.database(|database| database.clock = Some(clock));
    sql(node, "LOAD MYSQL USERS TO RUNTIME");
    sql(node, "SAVE MYSQL USERS TO DISK");
}

const CLOCK: i64 = 1_700_000_000;

fn url(node: &Node) -> String {
    format!("mysql://radmin@127.0.0.1:{}", node.port())
}

fn command(first: &[&str], urls: &[String]) -> Command {
    let mut arguments = first.to_vec();
    arguments.extend(urls.iter().map(String::as_str));
    let mut command = command::command(&arguments);
    command.env("PROXYSQL_ADMIN_PASSWORD", "radmin").stdin(Stdio::null());
    command
}

fn run(first: &[&str], urls: &[String]) -> Output {
    command(first, urls).output().unwrap()
}

/// The lines from the header of the modules on, without ports, dates and ages.
fn modules(output: &Output, nodes: &[Node]) -> String {
    let mut told = text(&output.stdout);
    for (at, node) in nodes.iter().enumerate() {
        told = told.replace(&format!("127.0.0.1:{}", node.port()), &format!("node-{at}"));
    }
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    told.lines().map(words).collect::<Vec<_>>().join("\n")
}

#[test]
fn nodes_in_step() {
    beside(async || {
        let nodes = nodes(2).await;
        let urls: Vec<_> = nodes.iter().map(url).collect();
        let output = run(&["status"], &urls);
        assert_eq!((code(&output), text(&output.stderr).as_str()), (0, ""), "{}", text(&output.stdout));
        let told = modules(&output, &nodes);
        assert!(told.contains(" UTC 2 nodes, in step\n"), "{told}");
        assert!(told.contains("\nnode-0 2.7.1-0-g2726c27 2 h\nnode-1 2.7.1-0-g2726c27 2 h\n"), "{told}");
        assert!(told.contains("\n= layers: everything is loaded and saved"), "{told}");
        assert!(!told.contains('!') && !told.contains('?') && !told.contains('\x1b'), "{told}");
        let output = run(&["status", "--color", "always", "--no-layers"], &urls);
        assert!(text(&output.stdout).starts_with("\x1b[32m= "));
        // Nothing but reading, and of one node as of many.
        let reads = |query: &String| query.starts_with("SELECT ") || query.starts_with("PROXY_SELECT ");
        let writes = nodes[0].queries().into_iter().filter(|query| !reads(query));
        assert_eq!(writes.collect::<Vec<_>>(), [""; 0]);
    });
}

#[test]
fn members_are_found_and_names_stand_for_all_addresses() {
    beside(async || {
        let nodes = nodes(3).await;
        let headless = format!("mysql://radmin@localhost:{}", nodes[0].port());
        let output = run(&["status", "--no-layers", "--json"], std::slice::from_ref(&headless));
        let json: Json = serde_json::from_slice(&output.stdout).unwrap();
        let name = |at: usize| format!("127.0.0.1:{}", nodes[at].port());
        assert_eq!(json["nodes"][0]["node"], name(0).as_str());
        assert_eq!(json["nodes"][0]["address"], name(0).as_str());
        assert_eq!(json["unasked"].as_array().unwrap().len(), 2);
        assert_eq!(json["is_settled"], Json::Null);
        // The same node by two names is asked once.
        let output = run(&["status", "--no-layers", "--discover", "--json"], &[headless, url(&nodes[0])]);
        let json: Json = serde_json::from_slice(&output.stdout).unwrap();
        let mut found: Vec<_> =
            json["nodes"].as_array().unwrap().iter().map(|node| node["node"].clone()).collect();
        found.sort_by_key(ToString::to_string);
        let mut expected: Vec<_> = (0..3).map(name).collect();
        expected.sort();
        assert_eq!(found, expected);
        assert_eq!(
            (code(&output), &json["is_in_step"], &json["unasked"]),
            (0, &true.into(), &Json::Array(vec![]))
        );
        // Without the option, it is named.
        let output = run(&["status", "--no-layers"], &[url(&nodes[0])]);
        assert!(text(&output.stdout).contains("  > --discover asks members"), "{}", text(&output.stdout));
    });
}

#[test]
fn a_conflict_and_a_pull() {
    beside(async || {
        let nodes = nodes(2).await;
        let urls: Vec<_> = nodes.iter().map(url).collect();
        load_user(&nodes[0], "one", CLOCK);
        load_user(&nodes[1], "two", CLOCK);
        hear(&nodes);
        let output = run(&["status"], &urls);
        let told = modules(&output, &nodes);
        assert_eq!(code(&output), 1, "{told}");
        assert!(told.contains("2 nodes, APART: mysql_users"), "{told}");
        assert!(told.contains(
            "> on the one of node-0 and node-1 whose content is wanted: LOAD MYSQL USERS TO RUNTIME;"
        ));
        assert!(!told.contains("hunter2"));
        load_user(&nodes[1], "three", CLOCK + 5);
        hear(&nodes);
        let output = run(&["status", "--no-layers"], &urls);
        let told = modules(&output, &nodes);
        assert_eq!(code(&output), 1, "{told}");
        assert!(told.contains("\n~ mysql_users node-0 2 2023-11-14 22:13:20 "), "{told}");
        assert!(told.contains("\n+ node-1 3 2023-11-14 22:13:25 "), "{told}");
        assert!(told.contains("\nnode-0 pulls from node-1 in 2 checks"), "{told}");
    });
}

#[test]
fn layers_that_differ() {
    beside(async || {
        let nodes = nodes(2).await;
        let urls: Vec<_> = nodes.iter().map(url).collect();
        sql(&nodes[1], "INSERT INTO mysql_users (username, password) VALUES ('new', 'hunter2')");
        let output = run(&["status"], &urls);
        let told = modules(&output, &nodes);
        assert_eq!(code(&output), 0, "{told}");
        assert!(
            told.contains(
                "~ node-1 MYSQL USERS changed, not loaded +1 ~0 -0 LOAD MYSQL USERS TO RUNTIME; SAVE MYSQL USERS TO DISK;"
            ),
            "{told}"
        );
        assert_eq!(code(&run(&["status", "--strict"], &urls)), 1);
        assert_eq!(code(&run(&["status", "--strict", "--no-layers"], &urls)), 0);
        let output = run(&["status", "--json"], &urls);
        let json = text(&output.stdout);
        assert!(!json.contains("hunter2"));
        let json: Json = serde_json::from_str(&json).unwrap();
        assert_eq!(json["is_settled"], false);
        assert_eq!(json["nodes"][1]["layers"][0]["state"], "not_loaded");
        assert_eq!(json["nodes"][0]["layers"], Json::Array(vec![]));
    });
}

#[test]
fn nodes_that_do_not_answer() {
    beside(async || {
        let mut nodes = nodes(2).await;
        let urls: Vec<_> = nodes.iter().map(url).collect();
        nodes.pop();
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let output = run(&["status", "--retries", "0"], &urls);
        let told = text(&output.stdout);
        assert_eq!(code(&output), 1, "{told}");
        assert!(told.contains("1 of 2 nodes answered"), "{told}");
        assert!(told.contains("cannot connect: "), "{told}");
        let output = run(&["status", "--retries", "0"], &urls[1..]);
        assert_eq!(code(&output), 2, "{}", text(&output.stdout));
        // A wrong password is told, and does not stand there.
        let wrong = format!("mysql://radmin:hunter2@127.0.0.1:{}", nodes[0].port());
        let output = run(&["status"], std::slice::from_ref(&wrong));
        assert_eq!(code(&output), 2);
        assert!(text(&output.stdout).contains("Access denied"), "{}", text(&output.stdout));
        assert!(!text(&output.stdout).contains("hunter2"));
        let output = run(&["watch", "--once", "--json"], &[wrong]);
        assert_eq!(code(&output), 2);
        let json: Json = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["nodes"][0]["errors"][0]["part"], "connection");
    });
}

/// What a node cannot tell is said; the rest of its answer counts.
#[test]
fn a_part_of_an_answer() {
    beside(async || {
        let nodes = nodes(1).await;
        sql(&nodes[0], "DROP TABLE stats_proxysql_servers_metrics");
        let output = run(&["status"], &[url(&nodes[0])]);
        let told = text(&output.stdout);
        assert_eq!(code(&output), 0, "{told}");
        assert!(told.contains("stats_proxysql_servers_metrics: "), "{told}");
        assert!(told.contains("= layers: everything"), "{told}");
    });
}

#[test]
fn a_probe() {
    beside(async || {
        let nodes = nodes(2).await;
        let urls: Vec<_> = nodes.iter().map(url).collect();
        let output = run(&["watch", "--once", "--format", "json"], &urls);
        assert_eq!(code(&output), 0);
        let told = text(&output.stdout);
        assert_eq!(told.lines().count(), 1);
        assert_eq!(serde_json::from_str::<Json>(&told).unwrap()["is_in_step"], true);
        load_user(&nodes[0], "one", CLOCK);
        assert_eq!(code(&run(&["watch", "--once"], &urls)), 1);
    });
}

/// A `watch` that runs, and what it says line by line.
struct Watch {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Watch {
    fn start(first: &[&str], urls: &[String]) -> Watch {
        let mut child = command(first, urls).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Watch { child, lines }
    }

    fn next(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    /// The first line that holds a text; others may come before it.
    fn until(&mut self, part: &str) -> String {
        for _ in 0..40 {
            let line = self.next();
            if line.contains(part) {
                return line;
            }
        }
        panic!("no line with {part}");
    }

    fn interrupt(mut self) -> i32 {
        let killed = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

#[cfg(unix)]
#[test]
fn changes_line_by_line() {
    beside(async || {
        let mut nodes = nodes(2).await;
        let urls: Vec<_> = nodes.iter().map(url).collect();
        let mut watch = Watch::start(&["watch", "--interval", "100ms"], &urls);
        assert!(watch.next().ends_with("  2 nodes, in step"));
        load_user(&nodes[0], "one", CLOCK);
        let line = watch.until("  mysql_users  ");
        assert!(line.contains(&format!("127.0.0.1:{}  mysql_users  0x", nodes[0].port())), "{line}");
        assert!(line.ends_with(", version 1 -> 2, epoch 2023-11-14 22:13:20 UTC"), "{line}");
        watch.until("mysql_users: in step -> ");
        // One goes away, and comes back at the same place.
        let address = nodes[1].address;
        nodes.pop();
        watch.until("  does not answer: ");
        nodes.push(Node::start_at(NodeOptions::new(config()), address).await);
        watch.until("  answers again");
        assert_eq!(watch.interrupt(), 0);
    });
}

#[cfg(unix)]
#[test]
fn changes_as_objects() {
    beside(async || {
        let nodes = nodes(1).await;
        let mut watch = Watch::start(
            &["watch", "--interval", "100ms", "--layers", "--format", "json"],
            &[url(&nodes[0])],
        );
        let start: Json = serde_json::from_str(&watch.next()).unwrap();
        assert_eq!((&start["event"], &start["status"]["is_in_step"]), (&"start".into(), &true.into()));
        sql(&nodes[0], "INSERT INTO mysql_users (username, password) VALUES ('new', 'hunter2')");
        let change: Json = serde_json::from_str(&watch.next()).unwrap();
        assert_eq!(change["event"], "layers");
        assert_eq!(
            (&change["module"], &change["from"], &change["to"]),
            (&"MYSQL USERS".into(), &Json::Null, &"not_loaded".into())
        );
        node_loads(&nodes[0]);
        let change: Json = serde_json::from_str(&watch.until("\"module\"")).unwrap();
        assert_eq!(change["event"], "module");
        assert_eq!((&change["from"]["version"], &change["to"]["version"]), (&1.into(), &2.into()));
        assert_ne!(change["from"]["checksum"], change["to"]["checksum"]);
        assert_eq!(watch.interrupt(), 0);
    });
}

fn node_loads(node: &Node) {
    node.database(|database| database.clock = Some(CLOCK));
    sql(node, "LOAD MYSQL USERS TO RUNTIME");
}
