//! The commands that talk to nodes, against a node of ours over real sockets. `UPDATE_GOLDEN=1` writes the golden
//! files anew.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/command.rs"]
mod command;
#[path = "support/node.rs"]
mod node;

use std::path::Path;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use command::{code, golden, text};
use node::{Fault, Identity, Node, NodeOptions};
use proxysql_kit::admin::ServerError;
use proxysql_kit::config::{Config, Layer, LoadOptions, diff};
use proxysql_kit::k8s::Embedded;
use proxysql_kit::libconfig::{Document, Fillings};
use proxysql_kit::schema::{MysqlFastRoute, MysqlUser};
use serde_json::Value as Json;
use tokio::runtime::Runtime;

/// A node, and what keeps it alive.
struct Live {
    node: Node,
    _runtime: Runtime,
}

fn start(options: NodeOptions) -> Live {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let node = runtime.block_on(Node::start(options));
    Live { node, _runtime: runtime }
}

const FILE: &str = "# The shop's proxies
mysql_variables = { max_connections=2048, interfaces=\"0.0.0.0:6033\" } // enough
mysql_servers =
(
    { address=\"db1\", hostgroup=10, weight=1 }, # writer
    { address=\"db2\", hostgroup=20 }
)
mysql_users = ( { username=\"app\", password=\"hunter2\" }, { username=\"batch\", password=\"hunter3\" } )
mysql_query_rules = ( { rule_id=1, active=1, match_digest=\"^SELECT\", destination_hostgroup=20, apply=1 } )
";

fn config() -> Config {
    let loaded = Config::load(&Document::parse(FILE).unwrap(), &LoadOptions::new());
    assert!(loaded.failure.is_none());
    loaded.memory
}

fn live() -> Live {
    start(NodeOptions::new(config()))
}

impl Live {
    fn url(&self, layer: &str) -> String {
        format!("mysql://radmin@127.0.0.1:{}/{layer}", self.node.port())
    }

    fn memory(&self) -> Config {
        self.node.database(|database| database.config(Layer::Memory))
    }
}

/// The command with the right password in the environment; what it prints never holds one.
fn run(arguments: &[&str]) -> Output {
    let mut command = command::command(arguments);
    command.env("PROXYSQL_ADMIN_PASSWORD", "radmin").stdin(Stdio::null());
    command.output().unwrap()
}

fn is_silent_on_passwords(output: &Output) {
    for stream in [&output.stdout, &output.stderr] {
        let told = text(stream);
        for password in ["hunter", "s3cret", ":radmin"] {
            assert!(!told.contains(password), "{told}");
        }
    }
}

fn file(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn read(file: &str) -> String {
    std::fs::read_to_string(file).unwrap()
}

#[test]
fn an_export_in_each_form_reads_back() {
    let live = live();
    let dir = tempfile::tempdir().unwrap();
    for layer in ["memory", "runtime", "disk"] {
        for (form, name) in [
            ("cnf", "x.cnf"),
            ("sql", "x.sql"),
            ("json", "x.json"),
            ("yaml", "x.yml"),
            ("configmap", "map.yaml"),
            ("secret", "secret.yaml"),
        ] {
            let out = dir.path().join(name).display().to_string();
            let exported = run(&["export", &live.url(layer), "--to", form, "-o", &out]);
            assert_eq!(code(&exported), 0, "{form}: {}", text(&exported.stderr));
            assert!(exported.stdout.is_empty());
            is_silent_on_passwords(&exported);
            assert_eq!(
                text(&exported.stderr).contains("passwords stand in this ConfigMap"),
                form == "configmap"
            );
            let same = run(&["diff", &out, &live.url("memory")]);
            assert_eq!(code(&same), 0, "{form}: {}{}", text(&same.stdout), text(&same.stderr));
            #[cfg(unix)]
            if form == "secret" {
                use std::os::unix::fs::PermissionsExt as _;
                assert_eq!(std::fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
            }
        }
    }
    let printed = run(&[
        "export",
        &live.url(""),
        "--to",
        "configmap",
        "--name",
        "px",
        "--namespace",
        "db",
        "--key",
        "p.cnf",
    ]);
    let map = Embedded::find(text(&printed.stdout), None).unwrap();
    assert_eq!((map.object(), map.namespace(), map.key()), ("px", "db", "p.cnf"));
}

#[test]
fn passwords_stay_apart() {
    let live = live();
    let dir = tempfile::tempdir().unwrap();
    let both = run(&["export", &live.url("runtime"), "--to", "configmap", "--secrets", "separate"]);
    assert_eq!((code(&both), text(&both.stderr).as_str()), (0, ""));
    golden("tests/nodes/separate.yaml", &text(&both.stdout));
    let (map, secret) =
        text(&both.stdout).split_once("---\n").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert!(!map.contains("hunter") && secret.contains("kind: Secret"));
    // Filled in, it is what the node holds.
    let mut values = Fillings::new();
    for line in secret.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(": ")) {
        values = values.variable(line.0, line.1.trim_matches('"').as_bytes().to_vec());
    }
    let cnf = Embedded::find(map, None).unwrap();
    let rendered = Document::parse(cnf.content()).unwrap().render(&values).unwrap();
    let loaded = Config::load(&rendered, &LoadOptions::new()).memory;
    assert!(diff(&loaded, &config()).is_empty(), "{}", diff(&loaded, &config()));

    let (out, secrets) = (dir.path().join("p.cnf"), dir.path().join("s.yaml"));
    let (out, secrets) = (out.display().to_string(), secrets.display().to_string());
    let apart = run(&[
        "export",
        &live.url(""),
        "--to",
        "cnf",
        "--secrets",
        "separate",
        "-o",
        &out,
        "--secrets-output",
        &secrets,
    ]);
    assert_eq!(code(&apart), 0, "{}", text(&apart.stderr));
    assert!(
        !read(&out).contains("hunter") && read(&secrets).contains("MYSQL_USERS_APP_PASSWORD: \"hunter2\"")
    );
    // Filled in, it is what would have been written with them.
    let back = run(&["render", &out, "--values", &secrets]);
    assert_eq!(text(&back.stdout), text(&run(&["export", &live.url(""), "--to", "cnf"]).stdout));
    for wrong in [
        &["--to", "json", "--secrets", "separate"][..],
        &["--to", "cnf", "--secrets", "separate"],
        &["--to", "cnf", "--secrets-output", "x"],
        &["--to", "cnf", "--watch"],
        &["--to", "cnf", "--into", "x"],
        &[],
    ] {
        let refused = run(&[&["export", &live.url("")], wrong].concat());
        assert_eq!(code(&refused), 2, "{wrong:?}");
        assert!(refused.stdout.is_empty() && !refused.stderr.is_empty(), "{wrong:?}");
    }
}

#[test]
fn a_file_is_brought_up_to_date() {
    let live = live();
    let dir = tempfile::tempdir().unwrap();
    let with_placeholder = FILE.replace("\"hunter3\"", "\"${BATCH_PASSWORD}\"");
    let cnf = file(dir.path(), "p.cnf", &with_placeholder);
    let manifest = format!(
        "apiVersion: v1\nkind: ConfigMap # ours\nmetadata:\n  name: px\ndata:\n  proxysql.cnf: |\n    {}\n",
        with_placeholder.trim_end().replace('\n', "\n    ")
    );
    let map = file(dir.path(), "map.yaml", &manifest);
    let nothing = run(&["export", &live.url(""), "--into", &cnf]);
    assert_eq!((code(&nothing), text(&nothing.stderr).as_str()), (0, ""));
    assert_eq!(read(&cnf), with_placeholder);

    live.node.run("UPDATE mysql_servers SET weight=7 WHERE hostname='db1'");
    live.node
        .run("INSERT INTO mysql_users (username, password, default_schema) VALUES ('new', 'hunter4', '')");
    live.node
        .run("UPDATE global_variables SET variable_value='99' WHERE variable_name='mysql-max_connections'");
    let expected = with_placeholder.replace("weight=1", "weight=7").replace("2048", "99");
    let is_new = |text: &str, indent: &str| {
        let added: String = text.lines().filter(|line| line.contains("\"new\"")).collect();
        let rest = added.find(", { username=\"new\"").expect(text);
        assert!(added.starts_with(indent));
        text.replacen(&added[rest..added.len() - " )".len()], "", 1)
    };
    for target in [&cnf, &map] {
        let done = run(&["export", &live.url(""), "--into", target]);
        assert_eq!((code(&done), text(&done.stderr).as_str()), (0, ""), "{target}");
        assert!(done.stdout.is_empty());
    }
    assert_eq!(is_new(&read(&cnf), "mysql_users"), expected);
    let content = Embedded::find(read(&map), None).unwrap();
    assert_eq!(is_new(&String::from_utf8_lossy(content.content()), "mysql_users"), expected);
    assert!(read(&map).contains("kind: ConfigMap # ours"));

    let secrets = dir.path().join("s.yaml").display().to_string();
    let apart = run(&[
        "export",
        &live.url(""),
        "--into",
        &map,
        "--secrets",
        "separate",
        "--secrets-output",
        &secrets,
    ]);
    assert_eq!(code(&apart), 0, "{}", text(&apart.stderr));
    assert!(!read(&map).contains("hunter") && read(&map).contains("${BATCH_PASSWORD}"));
    assert!(read(&secrets).contains("hunter4") && !read(&secrets).contains("BATCH"));

    let elsewhere = run(&["export", &live.url(""), "--into", &cnf, "-o", "-"]);
    assert_eq!(text(&elsewhere.stdout), read(&cnf));
    let broken = file(dir.path(), "broken.cnf", "x = ;");
    assert_eq!(code(&run(&["export", &live.url(""), "--into", &broken])), 2);
    assert_eq!(read(&broken), "x = ;");
}

/// Runtime shows less than the file says, and otherwise.
#[test]
fn what_runs_as_the_file_says_stays() {
    let with_more = FILE
        .replace("max_connections=2048", "server_version=\"5.1.30\" max_connections=2048")
        .replace("= ( { rule_id=1,", "= ( { rule_id=9, active=0 }, { rule_id=1,");
    let loaded = Config::load(&Document::parse(with_more.as_str()).unwrap(), &LoadOptions::new());
    let live = start(NodeOptions::new(loaded.runtime));
    assert!(live.memory().mysql_query_rules.iter().all(|rule| rule.rule_id != 9));
    let dir = tempfile::tempdir().unwrap();
    let cnf = file(dir.path(), "p.cnf", &with_more);
    let done = run(&["export", &live.url("runtime"), "--into", &cnf]);
    assert_eq!((code(&done), text(&done.stderr).as_str()), (0, ""));
    assert_eq!(read(&cnf), with_more);
    live.node.run("UPDATE mysql_servers SET weight=7 WHERE hostname='db1'");
    live.node.run("LOAD MYSQL SERVERS TO RUNTIME");
    assert_eq!(code(&run(&["export", &live.url("runtime"), "--into", &cnf])), 0);
    let heavier = with_more.replace("weight=1", "weight=7");
    assert_eq!(read(&cnf), heavier);
    // A rule that is not active is not gone because the others change.
    live.node.run("UPDATE mysql_query_rules SET destination_hostgroup=30 WHERE rule_id=1");
    live.node.run("LOAD MYSQL QUERY RULES TO RUNTIME");
    assert_eq!(code(&run(&["export", &live.url("runtime"), "--into", &cnf])), 0);
    assert_eq!(read(&cnf), heavier.replace("destination_hostgroup=20", "destination_hostgroup=30"));
}

#[test]
fn what_no_cnf_holds_is_told() {
    let mut config = config();
    config.mysql_query_rules_fast_routing.push(MysqlFastRoute::default());
    let live = start(NodeOptions::new(config));
    let exported = run(&["export", &live.url(""), "--to", "cnf"]);
    assert_eq!(code(&exported), 1);
    let told = text(&exported.stderr);
    assert!(
        told.contains("no cnf holds this: ") && told.contains("mysql_query_rules_fast_routing"),
        "{told}"
    );
    // And applying a file leaves it alone.
    let dir = tempfile::tempdir().unwrap();
    let cnf = file(dir.path(), "p.cnf", FILE);
    let nothing = run(&["apply", &cnf, &live.url(""), "--dry-run"]);
    assert_eq!((code(&nothing), text(&nothing.stdout).as_str()), (0, "no differences\n"));
    let told = text(&nothing.stderr);
    assert_eq!(told, "note: no cnf has mysql_query_rules_fast_routing: it stays as it is\n");
}

#[cfg(unix)]
#[test]
fn a_watched_node() {
    let live = live();
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("p.cnf").display().to_string();
    let mut command = command::command(&[
        "export",
        &live.url("runtime"),
        "--to",
        "cnf",
        "-o",
        &out,
        "--watch",
        "--interval",
        "0.05",
        "--retries",
        "0",
    ]);
    command.env("PROXYSQL_ADMIN_PASSWORD", "radmin").stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let until = |what: &str| {
        let began = Instant::now();
        while !std::fs::read_to_string(&out).unwrap_or_default().contains(what) {
            assert!(began.elapsed() < Duration::from_secs(30), "{what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    until("\"db1\"");
    let first = std::fs::metadata(&out).unwrap().modified().unwrap();
    live.node.run("UPDATE mysql_servers SET hostname='db9' WHERE hostname='db1'");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(std::fs::metadata(&out).unwrap().modified().unwrap(), first, "nothing was loaded yet");
    live.node.set_faults(vec![("@@version".to_owned(), Fault::Close)]);
    std::thread::sleep(Duration::from_millis(200));
    live.node.set_faults(vec![]);
    live.node.run("LOAD MYSQL SERVERS TO RUNTIME");
    until("\"db9\"");
    // What cannot be written is tried again.
    std::fs::remove_file(&out).unwrap();
    std::fs::create_dir(&out).unwrap();
    live.node.run("UPDATE mysql_servers SET hostname='db8' WHERE hostname='db9'");
    live.node.run("LOAD MYSQL SERVERS TO RUNTIME");
    std::thread::sleep(Duration::from_millis(400));
    std::fs::remove_dir(&out).unwrap();
    until("\"db8\"");
    // And it ends as services are ended.
    let ended = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(ended.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 0);
    let told = text(&output.stderr);
    assert!(told.contains("s a directory"), "{told}");
    assert!(told.contains("has changed: 1 added, 0 changed, 1 removed"), "{told}");
    assert!(told.contains("answers again"), "{told}");
}

#[test]
fn layers_are_compared() {
    let live = live();
    let exits = |a: &str, b: &str| code(&run(&["diff", &live.url(a), &live.url(b)]));
    assert_eq!([exits("memory", "runtime"), exits("runtime", "disk"), exits("memory", "disk")], [0, 0, 0]);
    live.node.run("UPDATE mysql_servers SET weight=7 WHERE hostname='db1'");
    // What is not active does not run, and that is no difference.
    live.node.run("INSERT INTO mysql_query_rules (rule_id, active) VALUES (9, 0)");
    assert_eq!([exits("memory", "runtime"), exits("runtime", "disk"), exits("memory", "disk")], [1, 0, 1]);
    let shown = run(&["diff", &live.url("runtime"), &live.url("memory")]);
    assert_eq!(
        text(&shown.stdout),
        "mysql_servers\n  ~ hostgroup_id=10 hostname='db1' port=3306\n      weight: 1 -> 7\n\n0 to add, 1 to change, 0 to remove\n"
    );
    live.node.run("LOAD MYSQL SERVERS TO RUNTIME");
    live.node.run("LOAD MYSQL QUERY RULES TO RUNTIME");
    assert_eq!([exits("memory", "runtime"), exits("runtime", "disk"), exits("memory", "disk")], [0, 1, 1]);

    let json = run(&["diff", &live.url("runtime"), &live.url("disk"), "--json"]);
    let json: Json = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["a"], live.url("runtime"));
    let with_password = live.url("").replace("radmin@", "radmin:s3cret@");
    let json = run(&["diff", &with_password, &live.url("disk"), "--json"]);
    assert_eq!(code(&json), 2);
    is_silent_on_passwords(&json);

    let routed = run(&["route", &live.url("runtime"), "SELECT 1"]);
    assert!(text(&routed.stdout).contains("hostgroup 20"), "{}", text(&routed.stderr));
    let converted = run(&["convert", &live.url("disk"), "--to", "yaml"]);
    assert!(text(&converted.stdout).contains("db2"));
    let own = "SELECT checksum FROM runtime_checksums_values WHERE name='mysql_servers_v2'";
    let own = live.node.run(own).value();
    let sums = run(&["checksum", &live.url("runtime")]);
    assert!(text(&sums.stdout).contains(&format!("mysql_servers_v2 {own}\n")), "{}", text(&sums.stdout));
}

/// A file with changes of each kind.
fn wanted() -> String {
    FILE.replace("weight=1", "weight=9")
        .replace(",\n    { address=\"db2\", hostgroup=20 }", "")
        .replace(", # writer", ",")
        .replace("\"hunter3\"", "\"hunter5\"")
        .replace("},\n)", "}\n)")
        .replace("{ rule_id=1,", "{ rule_id=2, active=1, match_digest=\"^SHOW\" }, { rule_id=1,")
}

#[test]
fn a_plan_is_shown_and_applied_once() {
    let live = live();
    let dir = tempfile::tempdir().unwrap();
    let cnf = file(dir.path(), "p.cnf", &wanted());
    let dry = run(&["apply", &cnf, &live.url(""), "--dry-run"]);
    assert_eq!(code(&dry), 1, "{}", text(&dry.stderr));
    is_silent_on_passwords(&dry);
    assert!(diff(&live.memory(), &config()).is_empty());

    let unasked = run(&["apply", &cnf, &live.url("")]);
    assert_eq!(code(&unasked), 2);
    assert!(text(&unasked.stderr).contains("`--yes` applies it without asking"), "{}", text(&unasked.stderr));
    assert!(diff(&live.memory(), &config()).is_empty());

    let applied = run(&["apply", &cnf, &live.url("memory"), "--yes", "--save"]);
    assert_eq!(code(&applied), 0, "{}", text(&applied.stderr));
    is_silent_on_passwords(&applied);
    golden("tests/nodes/apply.txt", &text(&applied.stdout));
    assert!(text(&applied.stdout).starts_with(&text(&dry.stdout)));
    for layer in ["memory", "runtime", "disk"] {
        let same = run(&["diff", &cnf, &live.url(layer)]);
        assert_eq!(code(&same), 0, "{layer}: {}", text(&same.stdout));
    }
    let before = live.node.queries().len();
    let again = run(&["apply", &cnf, &live.url(""), "--yes"]);
    assert_eq!((code(&again), text(&again.stdout).as_str()), (0, "no differences\n"));
    let asks = |query: &String| query.starts_with("SELECT") || query.starts_with("PROXY_SELECT");
    let asked = live.node.queries()[before..].iter().all(asks);
    assert!(asked, "{:?}", &live.node.queries()[before..]);

    let memory_only = run(&["apply", "-", &live.url(""), "--yes", "--no-load", "--json"]);
    assert_eq!(code(&memory_only), 0, "{}", text(&memory_only.stderr));
    let json: Json = serde_json::from_slice(&memory_only.stdout).unwrap();
    assert_eq!((&json["equal"], &json["applied"]["loaded"]), (&Json::Bool(false), &serde_json::json!([])));
    assert_eq!(code(&run(&["diff", &cnf, &live.url("runtime")])), 0);
    assert_eq!(code(&run(&["apply", &cnf, &live.url("runtime"), "--yes"])), 2);

    // One node takes over what another one holds.
    let other = self::live();
    let from_node = run(&["apply", &live.url("runtime"), &other.url(""), "--yes"]);
    assert_eq!(code(&from_node), 0, "{}", text(&from_node.stderr));
    assert_eq!(code(&run(&["diff", &live.url("runtime"), &other.url("runtime")])), 0);
}

/// Who applies a file wants it to run, and not just to stand in memory.
#[test]
fn what_memory_holds_already_is_loaded_and_saved() {
    let live = live();
    let dir = tempfile::tempdir().unwrap();
    let cnf = file(dir.path(), "p.cnf", FILE);
    let apply = |more: &[&str]| run(&[&["apply", &cnf, &live.url(""), "--yes"], more].concat());
    live.node.run("UPDATE mysql_query_rules SET destination_hostgroup=99");
    for command in ["LOAD MYSQL QUERY RULES TO RUNTIME", "SAVE MYSQL QUERY RULES TO DISK"] {
        live.node.run(command);
    }
    live.node.run("UPDATE mysql_query_rules SET destination_hostgroup=20");
    assert!(diff(&live.memory(), &config()).is_empty());

    let memory_only = apply(&["--no-load"]);
    assert_eq!((code(&memory_only), text(&memory_only.stdout).as_str()), (0, "no differences\n"));
    assert_eq!(code(&apply(&["--no-load", "--save", "--dry-run"])), 1);
    let dry = apply(&["--dry-run", "--json"]);
    let json: Json = serde_json::from_slice(&dry.stdout).unwrap();
    assert_eq!((code(&dry), &json["equal"]), (1, &Json::Bool(false)));
    assert_eq!(json["to_load"], serde_json::json!(["MYSQL QUERY RULES"]));
    assert_eq!(json["to_save"], serde_json::json!([]));
    assert_eq!(json["not_loaded"]["summary"]["change"], 1);

    let loaded = apply(&[]);
    assert_eq!(
        text(&loaded.stdout),
        "memory holds it, and it does not run; LOAD will bring to runtime (MYSQL QUERY RULES):\n\
         mysql_query_rules\n  ~ rule_id=1\n      destination_hostgroup: 99 -> 20\n\n\
         0 to add, 1 to change, 0 to remove\n\
         applied: 0 changes; loaded: MYSQL QUERY RULES; saved: nothing\n"
    );
    assert_eq!(code(&loaded), 0);
    assert_eq!(code(&run(&["diff", &cnf, &live.url("runtime")])), 0);
    assert_eq!(text(&apply(&[]).stdout), "no differences\n");
    let saved = apply(&["--save"]);
    assert_eq!(
        text(&saved.stdout),
        "not on disk as it is wanted; SAVE will bring it there: MYSQL QUERY RULES\n\
         applied: 0 changes; loaded: nothing; saved: MYSQL QUERY RULES\n"
    );
    assert_eq!(text(&apply(&["--save"]).stdout), "no differences\n");
}

/// What the monitor does to servers is not for anybody to load again.
#[test]
fn servers_that_the_monitor_moved_are_left_there() {
    let live = live();
    let dir = tempfile::tempdir().unwrap();
    let cnf = file(dir.path(), "p.cnf", FILE);
    live.node.run("UPDATE runtime_mysql_servers SET hostgroup_id=30 WHERE hostname='db1'");
    assert_eq!(code(&run(&["diff", &live.url("memory"), &live.url("runtime")])), 1, "that is what runs");
    assert_eq!(text(&run(&["apply", &cnf, &live.url(""), "--yes"]).stdout), "no differences\n");
    let status = run(&["status", "--strict", &live.url("")]);
    assert_eq!(code(&status), 0, "{}", text(&status.stdout));
}

#[test]
fn what_a_file_does_not_name() {
    let live = live();
    let dir = tempfile::tempdir().unwrap();
    let part = "mysql_users = ( { username=\"app\", password=\"hunter2\", max_connections=5 } )\n\
                mysql_variables = { max_connections=1000, Threads=1 }\n";
    let cnf = file(dir.path(), "part.cnf", part);
    let kept = run(&["apply", &cnf, &live.url(""), "--keep-unnamed", "--yes"]);
    assert_eq!(code(&kept), 0, "{}", text(&kept.stderr));
    let memory = live.memory();
    assert_eq!((memory.mysql_users.len(), memory.mysql_servers.len()), (1, 2));
    assert_eq!((memory.mysql.max_connections, memory.mysql.others.len()), (1000, 1));
    assert_eq!(memory.mysql.interfaces, config().mysql.interfaces);
    let again = run(&["apply", &cnf, &live.url(""), "--keep-unnamed"]);
    assert_eq!((code(&again), text(&again.stdout).as_str()), (0, "no differences\n"));
    // Without it, all is as on a fresh node.
    assert_eq!(code(&run(&["apply", &cnf, &live.url(""), "--yes"])), 0);
    assert!(live.memory().mysql_servers.is_empty());
    let json = file(dir.path(), "x.json", &text(&run(&["convert", &cnf, "--to", "json"]).stdout));
    let refused = run(&["apply", &json, &live.url(""), "--keep-unnamed"]);
    assert!(
        code(&refused) == 2 && text(&refused.stderr).contains("needs a cnf"),
        "{}",
        text(&refused.stderr)
    );
}

#[test]
fn what_the_node_does_not_take_over_is_told() {
    let live = live();
    let dir = tempfile::tempdir().unwrap();
    let cnf = file(dir.path(), "p.cnf", &FILE.replace("{ max_conn", "{ threads=8, max_conn"));
    // As LOAD does with what changes only at a start.
    let puts_back = "CREATE TRIGGER threads AFTER UPDATE ON global_variables WHEN NEW.variable_value='8' BEGIN \
                     UPDATE global_variables SET variable_value='4' WHERE variable_name='mysql-threads'; END";
    live.node.run(puts_back);
    let done = run(&["apply", &cnf, &live.url(""), "--yes"]);
    assert_eq!(code(&done), 1, "{}", text(&done.stderr));
    let told = text(&done.stderr);
    assert!(told.contains("did not take all of it over") && told.contains("--no-load --save"), "{told}");
    let shown = text(&done.stdout);
    assert!(shown.contains("applied: 1 change; loaded: MYSQL VARIABLES"), "{shown}");
    assert_eq!(shown.matches("~ threads: '4' -> '8'").count(), 2, "{shown}");
    let json = run(&["apply", &cnf, &live.url(""), "--yes", "--json"]);
    let json: Json = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["left"]["plan"]["variables"][0]["name"], "mysql-threads");
}

#[test]
fn what_fails_is_put_back_and_told() {
    let live = live();
    let dir = tempfile::tempdir().unwrap();
    let cnf = file(dir.path(), "p.cnf", &wanted());
    let error = ServerError::admin("no such column: digest");
    live.node.set_faults(vec![("INSERT INTO mysql_query_rules".to_owned(), Fault::Fail(error))]);
    let failed = run(&["apply", &cnf, &live.url(""), "--yes"]);
    assert_eq!(code(&failed), 2);
    is_silent_on_passwords(&failed);
    let told = text(&failed.stderr).replace(&live.node.port().to_string(), "PORT");
    golden("tests/nodes/failed.txt", &told);
    assert!(diff(&live.memory(), &config()).is_empty());
    let failed = run(&["apply", &cnf, &live.url(""), "--yes", "--json"]);
    let json: Json = serde_json::from_slice(&failed.stdout).unwrap();
    assert_eq!(json["error"]["failed"], "INSERT INTO mysql_query_rules");
    assert_eq!(json["error"]["put_back"], true);
    is_silent_on_passwords(&failed);
}

#[test]
fn errors_help() {
    let mut options = NodeOptions::new(config());
    options.accounts.push(("admin".to_owned(), "radmin".to_owned()));
    options.local_only = vec!["admin".to_owned()];
    let mut told = String::new();
    let mut tell = |live: &Live, what: &str, arguments: &[&str], environment: Option<&str>| {
        let mut command = command::command(arguments);
        command.stdin(Stdio::null()).env_remove("PROXYSQL_ADMIN_PASSWORD");
        if let Some(password) = environment {
            command.env("PROXYSQL_ADMIN_PASSWORD", password);
        }
        let output = command.output().unwrap();
        assert_eq!(code(&output), 2, "{what}: {}", text(&output.stdout));
        is_silent_on_passwords(&output);
        let error = text(&output.stderr).replace(&live.node.port().to_string(), "PORT");
        told += &format!("## {what}\n{error}\n");
    };
    let live = start(options.clone());
    let (memory, runtime) = (live.url(""), live.url("runtime"));
    tell(&live, "a wrong password", &["diff", &memory, &runtime], Some("s3cret"));
    tell(&live, "no password", &["export", &runtime, "--to", "cnf"], None);
    let with_s3cret = memory.replace("radmin@", "radmin:s3cret@");
    tell(&live, "a wrong password in the URL", &["export", &with_s3cret, "--to", "cnf"], None);
    let local = memory.replace("radmin@", "admin@");
    tell(&live, "an account that is local", &["diff", &memory, &local], Some("radmin"));
    tell(&live, "a URL that is none", &["export", "mysql://u:s3/cret@h", "--to", "cnf"], None);
    let bad_layer = live.url("main").replace("radmin@", "radmin:s3cret@");
    tell(&live, "a layer that is none", &["diff", &bad_layer, &runtime], None);
    tell(&live, "a layer to apply to", &["apply", "examples/proxysql.cnf", &runtime], None);
    let mut mysql = NodeOptions::new(config());
    mysql.version = "8.0.36".to_owned();
    let no_function = ServerError::new(1305, "42000", "FUNCTION GLOBAL_CHECKSUM does not exist");
    let mysql = start(mysql.fault("GLOBAL_CHECKSUM", Fault::Fail(no_function)));
    tell(&mysql, "a MySQL server", &["export", &mysql.url(""), "--to", "cnf"], Some("radmin"));
    tell(&live, "a node without TLS", &["export", &memory, "--to", "cnf", "--tls-insecure"], Some("radmin"));
    golden("tests/nodes/errors.txt", &told);

    let hangs = start(NodeOptions::new(config()).fault("FROM mysql_users", Fault::Hang));
    let slow = run(&["export", &hangs.url(""), "--to", "cnf", "--timeout", "0.2"]);
    assert!(
        text(&slow.stderr).contains("`--connect-timeout` and `--timeout` wait longer"),
        "{}",
        text(&slow.stderr)
    );

    let mut unknown = NodeOptions::new(config());
    unknown.version = "2.6.3-12-gabc".to_owned();
    let unknown = start(unknown);
    let exported = run(&["export", &unknown.url(""), "--to", "cnf"]);
    assert!(text(&exported.stderr).contains("ProxySQL 2.6.3-12-gabc (not known here: read as 2.7)"));
}

#[test]
fn where_a_password_comes_from() {
    let live = live();
    let dir = tempfile::tempdir().unwrap();
    let right = file(dir.path(), "password", "radmin\r\nand a note\n");
    let url = live.url("");
    let exit = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = command::command(&[&["export", "--to", "cnf"], arguments].concat());
        command.stdin(Stdio::null()).env_remove("PROXYSQL_ADMIN_PASSWORD").envs(environment.iter().copied());
        code(&command.output().unwrap())
    };
    assert_eq!(exit(&[&url.replace('@', ":radmin@")], &[("PROXYSQL_ADMIN_PASSWORD", "wrong")]), 0);
    assert_eq!(exit(&[&url, "--password-file", &right], &[("PROXYSQL_ADMIN_PASSWORD", "wrong")]), 0);
    assert_eq!(exit(&[&url, "--password-env", "MINE"], &[("MINE", "radmin")]), 0);
    assert_eq!(exit(&[&url, "--password-env", "MINE"], &[("PROXYSQL_ADMIN_PASSWORD", "radmin")]), 2);
    assert_eq!(exit(&[&url, "--password-file", "none"], &[("PROXYSQL_ADMIN_PASSWORD", "radmin")]), 2);
}

#[test]
fn certificates() {
    let identity = Identity::new(&[]);
    let mut options = NodeOptions::new(config());
    options.tls = Some(identity.clone());
    let live = start(options);
    let dir = tempfile::tempdir().unwrap();
    let authority = file(dir.path(), "ca.pem", &identity.authority_pem);
    let pin = run(&["tls-pin", &format!("127.0.0.1:{}", live.node.port())]);
    assert_eq!(text(&pin.stdout), format!("{}\n", identity.pin()), "{}", text(&pin.stderr));
    assert_eq!(text(&run(&["tls-pin", &live.url("")]).stdout), text(&pin.stdout));
    assert!(live.node.queries().is_empty());
    let pin = identity.pin().to_string();
    let wrong = pin.replace("sha256:", "sha256:00").get(..pin.len()).unwrap().to_owned();
    let url = live.url("");
    let export = |tls: &[&str]| run(&[&["export", &url, "--to", "cnf"], tls].concat());
    assert_eq!(code(&export(&[])), 0);
    assert_eq!(code(&export(&["--tls-pin", &pin])), 0);
    assert_eq!(code(&export(&["--tls-ca", &authority, "--tls-any-name"])), 0);
    let name = export(&["--tls-ca", &authority]);
    assert!(code(&name) == 2 && text(&name.stderr).contains("--tls-any-name"), "{}", text(&name.stderr));
    let other = export(&["--tls-pin", &wrong]);
    assert!(code(&other) == 2 && text(&other.stderr).contains("tls-pin"), "{}", text(&other.stderr));
    let insecure = export(&["--tls-insecure"]);
    assert_eq!(code(&insecure), 0);
    assert!(text(&insecure.stderr).contains("nobody checks whose certificate it is"));
    assert_eq!(code(&export(&["--tls-insecure", "--tls-pin", &pin])), 2);
}

#[test]
fn users_of_all_kinds_survive() {
    let mut config = config();
    let nasty = "hun'ter\"6\\ ${X} {{ y }}\n";
    config.mysql_users.push(MysqlUser {
        username: "it's".into(),
        password: Some(nasty.into()),
        default_schema: Some("".into()),
        ..MysqlUser::default()
    });
    let live = start(NodeOptions::new(config));
    let dir = tempfile::tempdir().unwrap();
    let cnf = dir.path().join("p.cnf").display().to_string();
    assert_eq!(code(&run(&["export", &live.url(""), "--to", "cnf", "-o", &cnf])), 0);
    let (other, config_before) = (self::live(), self::config());
    // Nobody knows that it is none.
    let refused = run(&["apply", &cnf, &other.url(""), "--yes"]);
    assert_eq!(code(&refused), 2);
    assert!(text(&refused.stderr).contains("nobody has filled in `${X}`"), "{}", text(&refused.stderr));
    assert!(diff(&other.memory(), &config_before).is_empty());
    let applied = run(&["apply", &cnf, &other.url(""), "--yes", "--literal"]);
    assert_eq!(code(&applied), 0, "{}", text(&applied.stderr));
    assert!(diff(&other.memory(), &live.memory()).is_empty());
}
