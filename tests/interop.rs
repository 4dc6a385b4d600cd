//! The client against a real node: the ProxySQL that the environment variable `PROXYSQL_BIN` names is started on
//! loopback, in a folder and on ports of its own. Without the variable nothing is tried, and that is said.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use proxysql_kit::admin::net::{ApplyOptions, Client, ConnectOptions};
use proxysql_kit::cluster::{Layers, what_runs, would_run};
use proxysql_kit::config::{
    Config, Layer, LoadModule, LoadOptions, SqlOptions, SqlReadOptions, SqlScript, diff,
};
use proxysql_kit::k8s::{Embedded, Manifest};
use proxysql_kit::libconfig::Document;
use proxysql_kit::schema::{MysqlServer, MysqlUser, Table, Version};

/// A ProxySQL that ends when this is dropped.
struct Server {
    process: Child,
    ports: Ports,
    _folder: tempfile::TempDir,
}

#[derive(Clone, Copy)]
struct Ports {
    admin: u16,
    mysql: u16,
    pgsql: u16,
    pgsql_admin: u16,
}

impl Ports {
    fn free() -> Ports {
        let listeners: Vec<_> = (0..4).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let port = |index: usize| listeners[index].local_addr().unwrap().port();
        Ports { admin: port(0), mysql: port(1), pgsql: port(2), pgsql_admin: port(3) }
    }
}

impl Server {
    async fn start(binary: &Path, cnf: &str, ports: Ports) -> Server {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("proxysql.cnf");
        std::fs::write(&file, cnf).unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let process = Command::new(binary)
            .args(["-f", "-M", "--initial", "-c"])
            .arg(&file)
            .arg("-D")
            .arg(folder.path())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Server { process, ports, _folder: folder };
        let began = Instant::now();
        loop {
            if let Ok(client) = Client::connect(&server.options().retries(0)).await {
                client.close().await;
                // The admin answers before all modules are loaded.
                tokio::time::sleep(Duration::from_secs(1)).await;
                return server;
            }
            assert!(server.process.try_wait().unwrap().is_none(), "it does not start");
            assert!(began.elapsed() < Duration::from_secs(30), "it does not answer");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    fn options(&self) -> ConnectOptions {
        ConnectOptions::new("127.0.0.1", "radmin", "radmin").port(self.ports.admin)
    }

    async fn client(&self) -> Client {
        Client::connect(&self.options()).await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The least that a node of its own ports needs.
fn cnf(ports: Ports, version: Version) -> String {
    let Ports { admin, mysql, pgsql, pgsql_admin } = ports;
    let mut cnf = format!(
        "admin_variables = {{ admin_credentials=\"admin:admin;radmin:radmin\" mysql_ifaces=\"127.0.0.1:{admin}\" "
    );
    if version >= Version::V3_0 {
        let _ = write!(cnf, "pgsql_ifaces=\"127.0.0.1:{pgsql_admin}\" ");
    }
    let _ = writeln!(cnf, "}}\nmysql_variables = {{ interfaces=\"127.0.0.1:{mysql}\" }}");
    if version >= Version::V3_0 {
        let _ = writeln!(cnf, "pgsql_variables = {{ interfaces=\"127.0.0.1:{pgsql}\" }}");
    }
    cnf
}

/// A row in every table that 2.0 has.
const ROWS: &str = "
INSERT INTO mysql_servers (hostgroup_id, hostname, port, weight, status, comment) VALUES
 (10, 'db1', 3306, 5, 'ONLINE', 'it''s; \"the\" writer'), (20, 'db2', 3307, 1, 'OFFLINE_SOFT', ''), (30, 'db3', 3306, 1, 'ONLINE', '');
INSERT INTO mysql_replication_hostgroups (writer_hostgroup, reader_hostgroup) VALUES (10, 20);
INSERT INTO mysql_group_replication_hostgroups
 (writer_hostgroup, backup_writer_hostgroup, reader_hostgroup, offline_hostgroup) VALUES (100, 101, 102, 103);
INSERT INTO mysql_galera_hostgroups
 (writer_hostgroup, backup_writer_hostgroup, reader_hostgroup, offline_hostgroup) VALUES (110, 111, 112, 113);
INSERT INTO mysql_users (username, password, default_schema, active, backend, frontend) VALUES
 ('app', 'it''s \"secret\"', 'shop', 1, 1, 1), ('back', 'b', '', 1, 1, 0), ('front', 'f', '', 1, 0, 1);
INSERT INTO mysql_query_rules (rule_id, active, match_digest, destination_hostgroup, apply) VALUES
 (1, 1, '^SELECT .* FOR UPDATE$', 10, 1), (2, 1, '^SELECT', 20, 1), (3, 1, 'it''s \\d', 10, 0);
INSERT INTO mysql_query_rules_fast_routing (username, schemaname, flagIN, destination_hostgroup, comment) VALUES
 ('app', 'shop', 0, 20, '');
INSERT INTO scheduler (id, active, interval_ms, filename, arg1) VALUES (1, 1, 100000, '/bin/true', 'x');
INSERT INTO proxysql_servers (hostname, port, weight, comment) VALUES ('127.0.0.1', 1, 1, 'nobody is there');
UPDATE global_variables SET variable_value='4096' WHERE variable_name='mysql-max_connections';
UPDATE global_variables SET variable_value='it''s' WHERE variable_name='mysql-monitor_password';
";

/// And those that came with 2.7.
const ROWS_OF_2_7: &str = "
INSERT INTO mysql_aws_aurora_hostgroups (writer_hostgroup, reader_hostgroup, domain_name, comment) VALUES
 (120, 121, '.example.com', '');
INSERT INTO mysql_hostgroup_attributes (hostgroup_id, hostgroup_settings) VALUES (10, '{\"handle_warnings\":1}');
INSERT INTO mysql_servers_ssl_params (hostname, port, username, ssl_ca) VALUES ('db1', 3306, '', '/ca.pem');
INSERT INTO mysql_firewall_whitelist_users (active, username, client_address, mode, comment) VALUES
 (1, 'app', '', 'DETECTING', '');
INSERT INTO mysql_firewall_whitelist_rules (active, username, client_address, schemaname, flagIN, digest, comment)
 VALUES (1, 'app', '', 'shop', 0, '0x3E9B4F1A8C7D2B60', '');
INSERT INTO mysql_firewall_whitelist_sqli_fingerprints (active, fingerprint) VALUES (1, '1&1');
INSERT INTO restapi_routes (id, active, timeout_ms, method, uri, script) VALUES (1, 1, 1000, 'GET', 'x', '/bin/true');
INSERT INTO coredump_filters (filename, line) VALUES ('MySQL_Thread.cpp', 1);
";

/// And those that came with 3.0.
const ROWS_OF_3_0: &str = "
INSERT INTO pgsql_servers (hostgroup_id, hostname) VALUES (10, 'pg1');
INSERT INTO pgsql_replication_hostgroups (writer_hostgroup, reader_hostgroup) VALUES (10, 20);
INSERT INTO pgsql_hostgroup_attributes (hostgroup_id) VALUES (10);
INSERT INTO pgsql_users (username, password) VALUES ('pg', 'pg');
INSERT INTO pgsql_query_rules (rule_id, active, match_digest, destination_hostgroup, apply) VALUES (1, 1, '^S', 20, 1);
INSERT INTO pgsql_query_rules_fast_routing (username, database, flagIN, destination_hostgroup, comment) VALUES
 ('pg', 'pg', 0, 20, '');
INSERT INTO pgsql_firewall_whitelist_users (active, username, client_address, mode, comment) VALUES
 (1, 'pg', '', 'DETECTING', '');
INSERT INTO pgsql_firewall_whitelist_rules (active, username, client_address, database, flagIN, digest, comment)
 VALUES (1, 'pg', '', 'pg', 0, '0x3E9B4F1A8C7D2B60', '');
INSERT INTO pgsql_firewall_whitelist_sqli_fingerprints (active, fingerprint) VALUES (1, '1&1');
";

/// Tables whose rows do not run with the monitor off or without a plugin, or that this build shows otherwise.
fn is_left_out(table: Table) -> bool {
    table == Table::PgsqlLdapMapping
}

#[test]
fn a_real_node() {
    let Some(binary) = std::env::var_os("PROXYSQL_BIN").map(PathBuf::from) else {
        // Past the test harness, which would keep it to itself.
        let said = "\ninterop: left out: PROXYSQL_BIN names no ProxySQL\n";
        std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes()).unwrap();
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let ports = Ports::free();
        // Which version it is shows when it runs. What a version does not know in a file it passes over.
        let server = Server::start(&binary, &cnf(ports, Version::V3_0), ports).await;
        let version = server.client().await.version().await.unwrap();
        println!("interop: ProxySQL {version}");
        every_table_comes_back(&server, version.version).await;
        Box::pin(a_plan_is_carried_out(&server)).await;
        from_the_config_map(&binary, server, version.version, &version.text).await;
    });
}

/// The rows that the admin took as SQL, and loaded, are those that come back from its runtime.
async fn every_table_comes_back(server: &Server, version: Version) {
    let mut client = server.client().await;
    let mut sql = ROWS.to_owned();
    if version >= Version::V2_7 {
        sql += ROWS_OF_2_7;
    }
    if version >= Version::V3_0 {
        sql += ROWS_OF_3_0;
    }
    let before = client.fetch_config(Layer::Memory).await.unwrap().config;
    for statement in sql.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()) {
        client.execute(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    for module in LoadModule::ALL.into_iter().filter(|module| module.is_in(version)) {
        let load = format!("LOAD {} TO RUNTIME", module.words());
        client.execute(&load).await.unwrap_or_else(|error| panic!("{load}: {error}"));
    }
    // What was loaded, as the library reads the same SQL on top of what was there.
    let all = SqlOptions::new().all_columns(true).all_variables(true);
    let script = format!("{}\n{sql}", before.to_sql(&all));
    let loaded = SqlScript::run(script, &SqlReadOptions::new().version(version)).unwrap().config;
    for layer in [Layer::Memory, Layer::Runtime] {
        let fetched = client.fetch_config(layer).await.unwrap();
        assert_eq!(fetched.left_out, [], "{layer:?}");
        let mut filled = 0;
        for schema in Table::of(version).filter(|schema| !is_left_out(schema.table())) {
            assert!(
                !fetched.config.table(schema.table()).is_empty(),
                "{layer:?}: {} is empty",
                schema.name()
            );
            filled += 1;
        }
        let plan = match layer {
            Layer::Runtime => diff(&would_run(&loaded, &fetched.config), &what_runs(&fetched.config)),
            _ => diff(&loaded, &fetched.config),
        };
        assert!(plan.is_empty(), "{layer:?}:\n{plan}");
        println!("interop: {layer:?}: {filled} tables and all variables as they were loaded");
    }
}

async fn a_plan_is_carried_out(server: &Server) {
    let mut client = server.client().await;
    let memory = client.fetch_config(Layer::Memory).await.unwrap().config;
    let mut wanted = memory.clone();
    wanted.mysql_servers.get_mut(0).unwrap().weight = 77;
    wanted.mysql_servers.remove(1);
    wanted.mysql_servers.push(MysqlServer {
        hostname: "db'4".into(),
        hostgroup_id: 30,
        ..MysqlServer::default()
    });
    wanted.mysql_users.push(MysqlUser { username: "new".into(), ..MysqlUser::default() });
    wanted.mysql.max_connections = 8192;
    let plan = diff(&memory, &wanted);
    let before = versions(&mut client).await;
    let applied = client.apply(&plan, &ApplyOptions::new().save(true)).await.unwrap();
    println!("interop: applied {applied}");
    let memory = client.fetch_config(Layer::Memory).await.unwrap().config;
    assert!(diff(&memory, &wanted).is_empty(), "{}", diff(&memory, &wanted));
    let runtime = client.fetch_config(Layer::Runtime).await.unwrap().config;
    let left = diff(&what_runs(&runtime), &would_run(&wanted, &runtime));
    assert!(left.is_empty(), "{left}");
    assert_eq!(runtime.mysql.max_connections, 8192);
    // What was loaded is told apart from what runs.
    let loaded = client.fetch_loaded().await.unwrap().config;
    let left = diff(&loaded, &wanted).only(&[LoadModule::MysqlServers]);
    assert!(left.is_empty(), "{left}");
    // Disk has what was saved, of the modules concerned, and nothing of the others.
    let disk = client.fetch_config(Layer::Disk).await.unwrap().config;
    let concerned = plan.modules();
    let unsaved = diff(&disk, &wanted);
    assert!(unsaved.only(&concerned).is_empty(), "{}", unsaved.only(&concerned));
    assert!(!unsaved.is_empty(), "the other modules were never saved");
    let after = versions(&mut client).await;
    let moved: Vec<_> = before
        .iter()
        .zip(&after)
        .filter(|(before, after)| before != after)
        .map(|(_, (name, _))| name.as_str())
        .collect();
    let allowed = ["mysql_servers", "mysql_servers_v2", "mysql_users", "mysql_variables"];
    assert!(!moved.is_empty() && moved.iter().all(|name| allowed.contains(name)), "{moved:?}");
    println!("interop: only these got new versions: {}", moved.join(", "));
    // Everything else is saved, too, and then nothing is left.
    let layers = Layers::of(&wanted, &loaded, &disk);
    assert!(layers.modules.iter().all(|module| module.to_runtime.is_empty()), "{layers}");
    let unsaved = layers.modules.iter().map(|module| module.module);
    let options = ApplyOptions::new().save(true).save_also(unsaved);
    let saved = client.apply(&diff(&memory, &wanted), &options).await.unwrap();
    let disk = client.fetch_config(Layer::Disk).await.unwrap().config;
    let layers = Layers::of(&wanted, &loaded, &disk);
    assert!(layers.is_settled(), "{layers}{}", diff(&disk, &wanted));
    println!("interop: saved {saved}");
    let again = client.apply(&diff(&memory, &wanted), &ApplyOptions::new()).await.unwrap();
    assert_eq!((again.changes, again.loaded.len(), again.saved.len()), (0, 0, 0));
    assert_eq!(versions(&mut client).await, after);
    println!("interop: a second apply is empty");
}

async fn from_the_config_map(binary: &Path, old: Server, version: Version, version_text: &str) {
    let mut client = old.client().await;
    // What no file can hold is made first as a file has it.
    let memory = client.fetch_config(Layer::Memory).await.unwrap().config;
    let cnf = memory.to_cnf();
    cnf.lost.iter().for_each(|lost| println!("interop: no cnf holds this: {lost}"));
    let options = LoadOptions::new().version(version).version_string(version_text);
    let mut wanted = Config::load(&Document::parse(cnf.text).unwrap(), &options).memory;
    wanted.settings = memory.settings.clone();
    client.apply(&diff(&memory, &wanted), &ApplyOptions::new()).await.unwrap();

    let running = client.fetch_config(Layer::Runtime).await.unwrap().config;
    let cnf = running.to_cnf();
    assert!(cnf.lost.is_empty(), "{:?}", cnf.lost);
    let yaml = Manifest::config_map("proxysql").entry("proxysql.cnf", cnf.text).to_yaml().unwrap();
    let file = Embedded::find(yaml, Some("proxysql.cnf")).unwrap().content().to_vec();
    let before = checksums(&mut client).await;
    let ports = old.ports;
    drop((client, old));

    let fresh = Server::start(binary, std::str::from_utf8(&file).unwrap(), ports).await;
    let mut client = fresh.client().await;
    let after = checksums(&mut client).await;
    assert_eq!(before, after);
    for (name, checksum) in &after {
        println!("interop: from the ConfigMap: {name} {checksum}, as before");
    }
    let now = client.fetch_config(Layer::Runtime).await.unwrap().config;
    assert!(diff(&running, &now).is_empty(), "{}", diff(&running, &now));
    // And they are those that the library foretells.
    let foretold = Config::load(&Document::parse(file).unwrap(), &options).checksums();
    for (name, checksum) in &after {
        let module = foretold.module(name).and_then(|module| module.value.checksum());
        if let Some(foretold) = module {
            assert_eq!(&foretold.to_string(), checksum, "{name}");
        }
    }
}

async fn versions(client: &mut Client) -> Vec<(String, String)> {
    column(client, "version").await
}

/// Those of the modules that were loaded at all.
async fn checksums(client: &mut Client) -> Vec<(String, String)> {
    let checksums = column(client, "checksum").await;
    checksums
        .into_iter()
        .filter(|(_, checksum)| !checksum.trim_start_matches("0x").trim_matches('0').is_empty())
        .collect()
}

async fn column(client: &mut Client, column: &str) -> Vec<(String, String)> {
    let table = client.rows("SELECT * FROM runtime_checksums_values ORDER BY name").await.unwrap();
    let text = |row, column: &str| table.get(row, column).map(ToString::to_string).unwrap_or_default();
    (0..table.rows.len()).map(|row| (text(row, "name"), text(row, column))).collect()
}
