//! The client and a node of ours, over real sockets, with and without TLS.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/node.rs"]
mod node;

use std::future::Future;
use std::time::{Duration, Instant};

use node::{Fault, Identity, Node, NodeOptions};
use proxysql_kit::admin::net::{
    ApplyOptions, Authorities, Client, ConnectOptions, Error, ErrorKind, LeftOut, PutBack, Tls, TlsError,
};
use proxysql_kit::admin::{AuthPlugin, LimitKind, Limits, ServerError, WireError};
use proxysql_kit::cluster::{Checksums, ModuleKind, PullQuery, Settings};
use proxysql_kit::config::{Config, Layer, LoadModule, LoadOptions, Rows, diff};
use proxysql_kit::libconfig::Document;
use proxysql_kit::schema::{
    MysqlQueryRule, MysqlReplicationHostgroup, MysqlServer, MysqlUser, PgsqlUser, ServerStatus, Version,
};

fn run<F: Future>(test: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(test)
}

fn to(node: &Node) -> ConnectOptions {
    ConnectOptions::new("127.0.0.1", "radmin", "radmin").port(node.port()).retries(0)
}

async fn client(node: &Node) -> Client {
    Client::connect(&to(node)).await.unwrap()
}

/// A configuration with some of everything that matters here.
fn config() -> Config {
    let mut config = Config::default();
    for (hostgroup, name) in [(10, "db1"), (20, "db2"), (20, "db3")] {
        let server = MysqlServer { hostgroup_id: hostgroup, hostname: name.into(), ..MysqlServer::default() };
        config.mysql_servers.push(server);
    }
    config.mysql_servers.get_mut(2).unwrap().status = ServerStatus::OfflineSoft.into();
    for (name, frontend, backend) in [("app", true, true), ("in", true, false), ("out", false, true)] {
        let password = Some(format!("{name}'s; \"password\"\n").into());
        let user = MysqlUser { username: name.into(), password, frontend, backend, ..MysqlUser::default() };
        config.mysql_users.push(user);
    }
    for id in [10, 20] {
        let rule = MysqlQueryRule {
            rule_id: id,
            active: true,
            match_digest: Some("^SELECT".into()),
            destination_hostgroup: Some(id),
            ..MysqlQueryRule::default()
        };
        config.mysql_query_rules.push(rule);
    }
    let pair = MysqlReplicationHostgroup { writer_hostgroup: 10, reader_hostgroup: 20, ..Default::default() };
    config.mysql_replication_hostgroups.push(pair);
    config.mysql.max_connections = 4096;
    config.mysql.monitor_password = "monitor's".into();
    config.mysql.others.push(("Max_Connections".into(), "7".into()));
    config
}

fn fails<T>(result: Result<T, Error>) -> Error {
    match result {
        Ok(_) => panic!("it should not succeed"),
        Err(error) => error,
    }
}

#[test]
fn every_layer_is_read_as_it_is() {
    run(async {
        let node = Node::start(NodeOptions::new(config())).await;
        let mut client = client(&node).await;
        assert_eq!(client.version().await.unwrap().to_string(), "2.7.1-0-g2726c27");
        for layer in [Layer::Memory, Layer::Disk, Layer::Runtime] {
            let fetched = client.fetch_config(layer).await.unwrap();
            assert_eq!(fetched.left_out, []);
            // Neither as text nor as bytes.
            let debug = format!("{fetched:?}{client:?}");
            let bytes = format!("{:?}", b"monitor's").trim_matches(['[', ']']).to_owned();
            assert!(!debug.contains("monitor's") && !debug.contains(&bytes), "{debug}");
            assert_eq!(fetched.config.mysql_users.len(), 3, "{layer:?}");
            assert!(
                diff(&config(), &fetched.config).is_empty(),
                "{layer:?}: {}",
                diff(&config(), &fetched.config)
            );
            if layer != Layer::Runtime {
                assert!(fetched.config == node.database(|database| database.config(layer)));
            }
        }
        assert!(matches!(fails(client.fetch_config(Layer::File).await).kind(), ErrorKind::NoSuchLayer));
        client.close().await;
    });
}

#[test]
fn typed_rows() {
    run(async {
        let node = Node::start(NodeOptions::new(config())).await;
        let mut client = client(&node).await;
        let users: Rows<MysqlUser> = client.rows_as("SELECT * FROM disk.mysql_users").await.unwrap();
        assert!(users == node.database(|database| database.config(Layer::Disk).mysql_users));
        let query = "SELECT username, max_connections, 'x' AS other FROM mysql_users LIMIT 1";
        let users: Rows<MysqlUser> = client.rows_as(query).await.unwrap();
        assert_eq!((users.len(), &users[0].password, users[0].default_hostgroup), (1, &None, 0));
        let refused = fails(client.rows_as::<MysqlUser>("SELECT * FROM mysql_user").await);
        assert!(matches!(refused.kind(), ErrorKind::Server(_)), "{refused}");
        let refused = fails(client.rows_as::<MysqlUser>("SELECT 'x' AS active").await);
        assert!(matches!(refused.kind(), ErrorKind::Value { column: "active", .. }), "{refused}");
        let refused = fails(client.rows_as::<PgsqlUser>("SELECT * FROM pgsql_users").await);
        assert!(refused.to_string().ends_with("ProxySQL 2.7 has no table `pgsql_users`"), "{refused}");
        client.ping().await.unwrap();
    });
}

#[test]
fn servers_as_they_were_loaded() {
    run(async {
        let node = Node::start(NodeOptions::new(config())).await;
        let mut client = client(&node).await;
        node.run("UPDATE runtime_mysql_servers SET hostgroup_id=77, status='SHUNNED'");
        let runs = client.fetch_config(Layer::Runtime).await.unwrap().config;
        let loaded = client.fetch_loaded().await.unwrap().config;
        assert!(runs.mysql_servers.iter().all(|server| server.hostgroup_id == 77));
        assert!(diff(&config(), &loaded).is_empty(), "{}", diff(&config(), &loaded));
        // Where the node does not tell, they are as they run.
        node.set_faults(vec![("PROXY_SELECT".to_owned(), Fault::Fail(ServerError::admin("near \"x\"")))]);
        let loaded = client.fetch_loaded().await.unwrap().config;
        assert!(loaded == runs);
    });
}

#[test]
fn modules_loaded_and_saved_besides() {
    run(async {
        let node = Node::start(NodeOptions::new(config())).await;
        let mut client = client(&node).await;
        let nothing = diff(&config(), &config());
        let also = [LoadModule::Scheduler, LoadModule::MysqlUsers];
        let options = ApplyOptions::new().load_also(also).save_also([LoadModule::Coredump]);
        let applied = client.apply(&nothing, &options).await.unwrap();
        assert_eq!(applied.to_string(), "0 changes; loaded: MYSQL USERS, SCHEDULER; saved: nothing");
        let options = options.load(false).save(true).save_also(also);
        let applied = client.apply(&nothing, &options).await.unwrap();
        assert_eq!(applied.to_string(), "0 changes; loaded: nothing; saved: MYSQL USERS, SCHEDULER");
    });
}

#[test]
fn any_task_may_do_it() {
    run(async {
        let node = Node::start(NodeOptions::new(config())).await;
        let options = to(&node);
        let task = tokio::spawn(async move {
            let mut client = Client::connect(&options).await?;
            let memory = client.fetch_config(Layer::Memory).await?.config;
            client
                .apply(&diff(&memory, &memory), &ApplyOptions::new())
                .await
                .map_err(|failed| failed.error)?;
            client.version().await
        });
        assert!(!task.await.unwrap().unwrap().is_assumed);
    });
}

#[test]
fn an_account_for_statistics() {
    run(async {
        let node = Node::start(NodeOptions::new(config())).await;
        let no_table = ServerError::admin("no such table: global_variables");
        node.set_faults(vec![("FROM global_variables".to_owned(), Fault::Fail(no_table))]);
        let error = fails(client(&node).await.fetch_config(Layer::Memory).await);
        assert!(error.help().unwrap().contains("stats_credentials"), "{error}");
    });
}

#[test]
fn every_version_is_read() {
    run(async {
        for version in Version::ALL {
            let mut config = Config::new(version);
            config.mysql_users.push(MysqlUser { username: "app".into(), ..MysqlUser::default() });
            let node = Node::start(NodeOptions::new(config.clone())).await;
            let mut client = client(&node).await;
            for layer in [Layer::Memory, Layer::Disk, Layer::Runtime] {
                let fetched = client.fetch_config(layer).await.unwrap();
                assert_eq!(fetched.config.version, version);
                assert!(diff(&config, &fetched.config).is_empty(), "{version} {layer:?}");
            }
        }
    });
}

#[test]
fn versions_that_nobody_knows() {
    run(async {
        let mut options = NodeOptions::new(config());
        options.version = "2.6.3-12-gabc".to_owned();
        let node = Node::start(options).await;
        node.run("ALTER TABLE mysql_servers ADD COLUMN colour VARCHAR");
        node.run("ALTER TABLE mysql_users DROP COLUMN attributes");
        node.run("DROP TABLE main.restapi_routes");
        node.run("DROP TABLE disk.restapi_routes");
        node.run("INSERT INTO global_variables VALUES ('ldap-x', '1')");
        let fetched = client(&node).await.fetch_config(Layer::Memory).await.unwrap();
        assert_eq!(fetched.version.to_string(), "2.6.3-12-gabc (not known here: read as 2.7)");
        assert_eq!(
            fetched.left_out,
            [
                LeftOut::Variable("ldap-x".to_owned()),
                LeftOut::Column("mysql_servers", "colour".to_owned()),
                LeftOut::NoColumn("mysql_users", "attributes"),
                LeftOut::NoTable("restapi_routes"),
            ]
        );
        assert_eq!(fetched.config.mysql_users.len(), 3);

        let mut options = NodeOptions::new(config());
        options.version = "8.0.36".to_owned();
        let node = Node::start(options).await;
        let no_function = ServerError::new(1305, "42000", "FUNCTION GLOBAL_CHECKSUM does not exist");
        node.set_faults(vec![("GLOBAL_CHECKSUM".to_owned(), Fault::Fail(no_function))]);
        let error = fails(client(&node).await.fetch_config(Layer::Memory).await);
        assert!(error.to_string().contains("no ProxySQL admin port") && error.to_string().contains("8.0.36"));
    });
}

#[test]
fn values_that_no_column_holds() {
    run(async {
        let node = Node::start(NodeOptions::new(config())).await;
        node.run("UPDATE mysql_servers SET max_connections='many' WHERE hostname='db2'");
        let error = fails(client(&node).await.fetch_config(Layer::Memory).await);
        let told = error.to_string();
        assert!(
            told.contains("mysql_servers hostgroup_id=20 hostname=db2 port=3306: `max_connections`"),
            "{told}"
        );
    });
}

#[test]
fn a_plan_is_carried_out_and_nothing_else() {
    run(async {
        let node = Node::start(NodeOptions::new(config())).await;
        let mut client = client(&node).await;
        let before = node.database(|database| database.modules().to_vec());
        let mut wanted = config();
        wanted.mysql_servers.get_mut(0).unwrap().weight = 9;
        wanted.mysql_servers.remove(1);
        wanted.mysql_servers.push(MysqlServer { hostname: "db'4".into(), ..MysqlServer::default() });
        wanted.mysql.monitor_password = "it's; new".into();
        let memory = client.fetch_config(Layer::Memory).await.unwrap().config;
        let plan = diff(&memory, &wanted);
        let applied = client.apply(&plan, &ApplyOptions::new().save(true)).await.unwrap();
        assert_eq!(applied.loaded, [LoadModule::MysqlVariables, LoadModule::MysqlServers]);
        assert_eq!(applied.saved, applied.loaded);
        assert_eq!(
            applied.to_string(),
            "4 changes; loaded: MYSQL VARIABLES, MYSQL SERVERS; saved: MYSQL VARIABLES, MYSQL SERVERS"
        );
        for layer in [Layer::Memory, Layer::Disk, Layer::Runtime] {
            let now = client.fetch_config(layer).await.unwrap().config;
            assert!(diff(&now, &wanted).is_empty(), "{layer:?}");
        }
        let after = node.database(|database| database.modules().to_vec());
        for (before, after) in before.iter().zip(&after) {
            let concerned = ["mysql_servers", "mysql_servers_v2", "mysql_variables"].contains(&after.name);
            assert_eq!(after.version - before.version, u64::from(concerned), "{}", after.name);
        }
        let commands = node.queries().len();
        let nothing = client.apply(&diff(&wanted, &wanted), &ApplyOptions::new()).await.unwrap();
        assert_eq!((nothing.changes, nothing.loaded.len()), (0, 0));
        assert_eq!(node.queries().len(), commands);
    });
}

#[test]
fn an_error_in_the_middle_of_a_plan() {
    run(async {
        let node = Node::start(NodeOptions::new(config())).await;
        let mut client = client(&node).await;
        let mut wanted = config();
        wanted.mysql_servers.get_mut(0).unwrap().weight = 9;
        wanted.mysql_servers.remove(1);
        wanted.mysql_servers.push(MysqlServer { hostname: "db4".into(), ..MysqlServer::default() });
        wanted.mysql.max_connections = 1;
        wanted.mysql.others.clear();
        wanted.mysql_users.push(MysqlUser { username: "new".into(), ..MysqlUser::default() });
        let plan = diff(&config(), &wanted);
        let error = ServerError::admin("CHECK constraint failed: something");
        node.set_faults(vec![("INSERT INTO mysql_users".to_owned(), Fault::Fail(error.clone()))]);

        let failed = client.apply(&plan, &ApplyOptions::new()).await.unwrap_err();
        assert_eq!((failed.applied.changes, failed.applied.loaded.len()), (5, 0));
        assert_eq!(failed.failed.to_string(), "INSERT INTO mysql_users");
        assert_eq!(failed.not_applied.len(), 3, "three modules to load");
        assert_eq!(failed.error.server_error(), Some(&error));
        assert!(matches!(failed.put_back, PutBack::Done));
        assert!(failed.to_string().ends_with("Memory was put back as it was"), "{failed}");
        let memory = client.fetch_config(Layer::Memory).await.unwrap().config;
        assert!(diff(&memory, &config()).is_empty(), "{}", diff(&memory, &config()));

        let keep = ApplyOptions::new().put_back(false);
        let failed = client.apply(&plan, &keep).await.unwrap_err();
        assert!(matches!(failed.put_back, PutBack::NotAskedFor));
        let memory = client.fetch_config(Layer::Memory).await.unwrap().config;
        assert!(!memory.mysql_servers.iter().any(|server| server.hostname == "db2"));
        assert_eq!(diff(&memory, &wanted).summary().add, 1);
    });
}

#[test]
fn a_load_that_fails() {
    run(async {
        let node = Node::start(NodeOptions::new(config())).await;
        let mut client = client(&node).await;
        let mut wanted = config();
        wanted.mysql.max_connections = 1;
        wanted.mysql_servers.get_mut(0).unwrap().weight = 9;
        let refuse = Fault::Fail(ServerError::admin("no"));
        node.set_faults(vec![("LOAD MYSQL SERVERS".to_owned(), refuse)]);
        let failed = client.apply(&diff(&config(), &wanted), &ApplyOptions::new()).await.unwrap_err();
        assert_eq!(failed.applied.loaded, [LoadModule::MysqlVariables]);
        assert_eq!(failed.failed.to_string(), "LOAD MYSQL SERVERS TO RUNTIME");
        let memory = client.fetch_config(Layer::Memory).await.unwrap().config;
        assert!(diff(&memory, &config()).is_empty());
    });
}

#[test]
fn a_node_that_was_changed_in_the_meantime() {
    run(async {
        let node = Node::start(NodeOptions::new(config())).await;
        let mut wanted = config();
        wanted.mysql.max_connections = 1;
        wanted.mysql_servers.get_mut(0).unwrap().weight = 9;
        node.run("DELETE FROM mysql_servers WHERE hostname='db1'");
        let plan = diff(&config(), &wanted);
        let failed = client(&node).await.apply(&plan, &ApplyOptions::new()).await.unwrap_err();
        assert!(matches!(failed.error.kind(), ErrorKind::Drift));
        let memory = node.database(|database| database.config(Layer::Memory));
        assert_eq!(memory.mysql.max_connections, 4096);
    });
}

#[test]
fn who_may_come_in() {
    run(async {
        for plugin in [AuthPlugin::NativePassword, AuthPlugin::CachingSha2Password] {
            let mut options = NodeOptions::new(config());
            options.plugin = plugin;
            options.accounts.push(("admin".to_owned(), "admin".to_owned()));
            options.local_only = vec!["admin".to_owned()];
            let node = Node::start(options).await;
            client(&node).await.ping().await.unwrap();
            let wrong = |user: &str, password: &str| {
                ConnectOptions::new("127.0.0.1", user, password).port(node.port()).retries(5)
            };
            for (user, password) in [("radmin", "wrong"), ("radmin", ""), ("nobody", "radmin")] {
                let began = Instant::now();
                let error = fails(Client::connect(&wrong(user, password)).await);
                assert!(began.elapsed() < Duration::from_secs(3), "nobody tries a wrong password twice");
                let refused = error.server_error().unwrap();
                assert_eq!(refused, &ServerError::access_denied(user, "127.0.0.1", !password.is_empty()));
                assert!(error.help().unwrap().contains("admin-admin_credentials"));
            }
            let error = fails(Client::connect(&wrong("admin", "admin")).await);
            let node = format!("127.0.0.1:{}", node.port());
            assert_eq!(
                error.to_string(),
                format!("{node}: ERROR 1040 (42000): User 'admin' can only connect locally")
            );
            assert!(error.help().unwrap().contains("another account"));
        }
    });
}

/// A node that offers TLS, and its identity.
async fn secure(names: &[&str]) -> (Node, Identity) {
    let identity = Identity::new(names);
    let mut options = NodeOptions::new(config());
    options.tls = Some(identity.clone());
    (Node::start(options).await, identity)
}

fn authorities(identity: &Identity) -> Authorities {
    Authorities::from_pem(identity.authority_pem.as_bytes()).unwrap()
}

#[test]
fn tls_by_pin_and_by_authority() {
    run(async {
        let (node, identity) = secure(&["127.0.0.1"]).await;
        for tls in [
            Tls::Prefer,
            Tls::Insecure,
            Tls::Pin(identity.pin()),
            Tls::Ca(authorities(&identity)),
            Tls::Ca(authorities(&identity).any_name()),
        ] {
            let mut client = Client::connect(&to(&node).tls(tls.clone())).await.unwrap();
            assert!(client.is_tls(), "{tls:?}");
            assert_eq!(client.peer_pin(), Some(identity.pin()));
            let fetched = client.fetch_config(Layer::Memory).await.unwrap();
            assert!(diff(&config(), &fetched.config).is_empty());
            client.close().await;
        }
        let plain = Client::connect(&to(&node).tls(Tls::Off)).await.unwrap();
        assert!(!plain.is_tls() && plain.peer_pin().is_none());
    });
}

#[test]
fn wrong_certificates_and_pins() {
    run(async {
        let (node, identity) = secure(&[]).await;
        let other = Identity::new(&["127.0.0.1"]);
        let refused = async |tls: Tls| {
            let error = fails(Client::connect(&to(&node).tls(tls).retries(5)).await);
            let ErrorKind::Tls(reason) = error.kind() else { panic!("{error}") };
            assert!(error.help().is_some());
            reason.clone()
        };
        let pinned = TlsError::Pin { expected: other.pin(), found: identity.pin() };
        assert_eq!(refused(Tls::Pin(other.pin())).await, pinned);
        assert_eq!(refused(Tls::Ca(authorities(&other))).await, TlsError::UnknownIssuer);
        assert_eq!(refused(Tls::Ca(authorities(&other).any_name())).await, TlsError::UnknownIssuer);
        assert_eq!(refused(Tls::Ca(authorities(&identity))).await, TlsError::Name("127.0.0.1".to_owned()));
        Client::connect(&to(&node).tls(Tls::Ca(authorities(&identity).any_name()))).await.unwrap();
        assert!(node.queries().is_empty());

        let plain = Node::start(NodeOptions::new(config())).await;
        let error = fails(Client::connect(&to(&plain).tls(Tls::Insecure)).await);
        assert!(matches!(error.kind(), ErrorKind::Wire(WireError::NoTls)), "{error}");
        assert!(Authorities::from_pem(b"nothing").is_err());
    });
}

#[test]
fn connections_that_end_in_the_middle() {
    run(async {
        let node = Node::start(NodeOptions::new(config())).await;
        for count in [0, 1, 4, 5, 30, 200, 400] {
            node.set_faults(vec![("mysql_users".to_owned(), Fault::Cut(count))]);
            let mut client = client(&node).await;
            let error = fails(client.fetch_config(Layer::Memory).await);
            assert!(matches!(error.kind(), ErrorKind::Wire(WireError::Closed { .. })), "{count}: {error}");
            let again = fails(client.ping().await);
            assert!(matches!(again.kind(), ErrorKind::GivenUp), "{again}");
        }
        node.set_faults(vec![("mysql_users".to_owned(), Fault::Close)]);
        let error = fails(client(&node).await.fetch_config(Layer::Memory).await);
        assert!(matches!(error.kind(), ErrorKind::Wire(WireError::Closed { .. })), "{error}");
        let (secure, identity) = secure(&[]).await;
        secure.set_faults(vec![("mysql_users".to_owned(), Fault::Cut(30))]);
        let mut client = Client::connect(&to(&secure).tls(Tls::Pin(identity.pin()))).await.unwrap();
        let error = fails(client.fetch_config(Layer::Memory).await);
        assert!(matches!(error.kind(), ErrorKind::Wire(WireError::Closed { .. })), "{error}");
    });
}

#[test]
fn slow_nodes_are_waited_for_silent_ones_are_not() {
    run(async {
        let mut options = NodeOptions::new(Config::default());
        options.drip = Some((50, Duration::from_millis(1)));
        let node = Node::start(options).await;
        let patient = to(&node).query_timeout(Duration::from_millis(500));
        let mut client = Client::connect(&patient).await.unwrap();
        let rows = client.rows("SELECT * FROM global_variables").await.unwrap();
        assert!(rows.rows.len() > 200);
        node.set_faults(vec![("hostgroup_id".to_owned(), Fault::Hang)]);
        let began = Instant::now();
        let error = fails(client.execute("SELECT hostgroup_id FROM mysql_servers").await);
        assert!(matches!(error.kind(), ErrorKind::Timeout { .. }), "{error}");
        assert!(began.elapsed() < Duration::from_secs(3));
        assert!(matches!(fails(client.ping().await).kind(), ErrorKind::GivenUp));
    });
}

/// A port that takes connections and does something else than a node with them.
async fn other_port(says: &'static [u8], then_close: bool) -> u16 {
    use tokio::io::AsyncWriteExt as _;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(says).await.unwrap();
            if !then_close {
                held.push(stream);
            }
        }
    });
    port
}

#[test]
fn ports_that_are_no_node() {
    run(async {
        let connect = async |port: u16| {
            let options = ConnectOptions::new("127.0.0.1", "radmin", "radmin").port(port);
            let options = options.connect_timeout(Duration::from_millis(300)).retries(1);
            fails(Client::connect(&options.backoff(Duration::from_millis(1))).await)
        };
        let http = connect(other_port(b"HTTP/1.1 400 Bad Request\r\n\r\n", true).await).await;
        assert!(http.to_string().ends_with("this is no MySQL server: it speaks HTTP"), "{http}");
        assert!(http.help().unwrap().contains("6032"));
        let half = connect(other_port(b"", false).await).await;
        assert!(half.to_string().ends_with("no answer within 0.3 s to connect"), "{half}");
        let closed = connect(other_port(b"", true).await).await;
        assert!(
            matches!(closed.kind(), ErrorKind::Wire(WireError::Closed { .. }) | ErrorKind::Io { .. }),
            "{closed}"
        );
        let cut = connect(other_port(b"\x4a\0\0\0\x0a8.0", true).await).await;
        assert!(matches!(cut.kind(), ErrorKind::Wire(WireError::NotMysql(_))), "{cut}");
        // Nobody listens.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let nobody = connect(port).await;
        assert!(nobody.to_string().contains("cannot connect") && nobody.help().is_some(), "{nobody}");
    });
}

#[test]
fn a_node_that_comes_late() {
    run(async {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let starts = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            Node::start_at(NodeOptions::new(config()), address).await
        };
        let options = ConnectOptions::new("localhost", "radmin", "radmin").port(address.port());
        let options = options.retries(6).backoff(Duration::from_millis(50));
        let (connected, node) = tokio::join!(Client::connect(&options), starts);
        assert_eq!(connected.unwrap().address(), node.address);
    });
}

#[test]
fn huge_rows_and_limits() {
    run(async {
        let node = Node::start(NodeOptions::new(config())).await;
        node.run("UPDATE mysql_servers SET comment=printf('%.*c', 17000000, 'x') WHERE hostname='db1'");
        let mut client = client(&node).await;
        let memory = client.fetch_config(Layer::Memory).await.unwrap().config;
        assert_eq!(memory.mysql_servers[0].comment.len(), 17_000_000);
        // And the other way.
        let plan = diff(&config(), &memory);
        let other = Node::start(NodeOptions::new(config())).await;
        let mut second = self::client(&other).await;
        second.apply(&plan, &ApplyOptions::new()).await.unwrap();
        assert!(
            second.fetch_config(Layer::Runtime).await.unwrap().config.mysql_servers == memory.mysql_servers
        );

        let mut limits = Limits::default();
        limits.packet_bytes = 1 << 20;
        let mut limited = Client::connect(&to(&node).limits(limits)).await.unwrap();
        let error = fails(limited.fetch_config(Layer::Memory).await);
        let too_long = WireError::Limit { what: LimitKind::PacketBytes, limit: 1 << 20 };
        assert!(matches!(error.kind(), ErrorKind::Wire(found) if *found == too_long), "{error}");
    });
}

#[test]
fn answers_that_nobody_reads_to_their_end() {
    run(async {
        let node = Node::start(NodeOptions::new(config())).await;
        let mut client = client(&node).await;
        let mut answer = client.query("SELECT hostname FROM mysql_servers").await.unwrap();
        assert_eq!(answer.columns()[0].name, "hostname");
        assert_eq!(answer.next().await.unwrap().unwrap().get(0), Some(&b"db1"[..]));
        drop(answer);
        assert_eq!(client.rows("SELECT 7 AS a").await.unwrap().get(0, "a").unwrap(), &"7");
        // A query whose future is dropped.
        node.set_faults(vec![]);
        let slow = client.execute("SELECT * FROM global_variables");
        drop(tokio::time::timeout(Duration::ZERO, slow).await);
        assert_eq!(client.rows("SELECT 8 AS a").await.unwrap().get(0, "a").unwrap(), &"8");
        // An error behind some rows.
        let late = Fault::FailAfter(1, ServerError::admin("disk I/O error"));
        node.set_faults(vec![("mysql_users".to_owned(), late)]);
        let mut answer = client.query("SELECT * FROM mysql_users").await.unwrap();
        assert!(answer.next().await.unwrap().is_some());
        assert!(matches!(fails(answer.next().await).kind(), ErrorKind::Server(_)));
        assert!(answer.next().await.unwrap().is_none());
        client.ping().await.unwrap();
    });
}

#[test]
fn checksums_are_those_of_a_file_that_was_loaded() {
    let file = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/proxysql.cnf"));
    let loaded = Config::load(&Document::parse(file).unwrap(), &LoadOptions::new());
    run(async {
        // LOAD corrects the variables of memory.
        let (admin, mysql) = (loaded.runtime.admin.clone(), loaded.runtime.mysql.clone());
        let memory = Config { admin, mysql, ..loaded.memory.clone() };
        let node = Node::start(NodeOptions::new(memory)).await;
        let mut client = client(&node).await;
        let rows = client.rows("SELECT * FROM runtime_checksums_values ORDER BY name").await.unwrap();
        assert_eq!(rows.rows.len(), 7);
        for (at, module) in loaded.checksums().modules.iter().enumerate() {
            assert_eq!(rows.get(at, "name").unwrap(), &module.name);
            assert_eq!(rows.get(at, "version").unwrap(), &"1");
            assert_eq!(rows.get(at, "checksum").unwrap().to_string(), module.value.to_string());
        }
        let global = client.rows("SELECT GLOBAL_CHECKSUM()").await.unwrap();
        let expected = loaded.checksums().global().unwrap().to_string();
        assert_eq!(global.get(0, "CHECKSUM").unwrap().to_string(), expected);
        let runtime = client.fetch_config(Layer::Runtime).await.unwrap().config;
        let memory = client.fetch_config(Layer::Memory).await.unwrap().config;
        assert_eq!(Checksums::of(&memory, &runtime), loaded.checksums());
    });
}

#[test]
fn what_nodes_ask_each_other() {
    run(async {
        let node = Node::start(NodeOptions::new(config())).await;
        let mut client = client(&node).await;
        client
            .execute("PROXYSQL CLUSTER_NODE_UUID 0a1b2c3d-1111-4222-8333-444455556666 127.0.0.1:6032")
            .await
            .unwrap();
        let settings = Settings::new(Version::V2_7);
        for module in [ModuleKind::MysqlUsers, ModuleKind::MysqlServersV2, ModuleKind::ProxysqlServers] {
            for query in PullQuery::of(module, &settings) {
                let rows = client.rows(query.text(Version::V2_7)).await.unwrap();
                assert_eq!(rows.columns, query.columns(Version::V2_7), "{query:?}");
            }
        }
        let pairs = client.rows(PullQuery::ReplicationHostgroups.text(Version::V2_7)).await.unwrap();
        assert_eq!(pairs.get(0, "check_type").unwrap(), &"read_only");
        let error = fails(client.rows("PROXY_SELECT 1").await);
        assert!(error.to_string().contains("near \"PROXY_SELECT\": syntax error"));
        let other = client.execute("PROXYSQL CLUSTER_NODE_UUID 1a1b2c3d-1111-4222-8333-444455556666 x").await;
        assert!(matches!(fails(other).kind(), ErrorKind::Wire(WireError::Closed { .. })));
    });
}
