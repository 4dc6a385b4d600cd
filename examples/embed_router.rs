//! A program with the query rules inside: several sessions, each with its follow-up flag, ask one router where
//! their queries go, while an operator puts other rules in place.
//!
//! `cargo run --example embed_router`

use std::error::Error;
use std::sync::{PoisonError, RwLock};
use std::thread;

use proxysql_kit::config::{Config, LoadOptions};
use proxysql_kit::libconfig::Document;
use proxysql_kit::rules::{Answer, Engine, Session};

/// What all sessions share. An engine is an `Arc` inside: to take a copy, or to put another in its place, costs
/// next to nothing, and whoever is routing goes on with the old one.
struct Router(RwLock<Engine>);

impl Router {
    fn engine(&self) -> Engine {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, engine: Engine) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = engine;
    }
}

/// A client's connection.
struct Connection<'r> {
    router: &'r Router,
    session: Session,
}

impl Connection<'_> {
    fn send(&mut self, query: &str) -> String {
        let engine = self.router.engine();
        let route = engine.route(&self.session, query.as_bytes());
        match route.answer() {
            Some(Answer::Error(text)) => format!("{query}\n    error 1148: {text}"),
            Some(Answer::Ok(text)) => format!("{query}\n    OK: {text}"),
            None => {
                // The query is sent: only now the session takes its follow-up flag over.
                self.session.flag_in = route.next_flag_in(self.session.flag_in);
                let sent = String::from_utf8_lossy(&route.query);
                format!("{sent}\n    to hostgroup {} ({})", route.hostgroup, route.chosen_by)
            }
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let text = std::fs::read_to_string("examples/proxysql.cnf")?;
    let router = Router(RwLock::new(engine(&text)?));

    let clients = [
        ("sbtest", ["SELECT c FROM t WHERE id = 1", "SELECT c FROM t WHERE id = 1 FOR UPDATE", "COMMIT"]),
        ("wordpress", ["DELETE FROM t", "UPDATE t SET c = 2 WHERE id = 1", "SELECT c FROM t WHERE id = 1"]),
    ];
    let run = |title: &str| {
        println!("== {title}");
        let said = thread::scope(|scope| {
            let client = |(user, queries): (&'static str, [&'static str; 3])| {
                let session = Session::new(user).schema("shop").client_addr("10.0.0.7");
                let mut connection = Connection { router: &router, session };
                scope.spawn(move || queries.map(|query| format!("{user}: {}", connection.send(query))))
            };
            let threads = clients.map(client);
            threads.map(|thread| thread.join().map(|said| said.join("\n")).unwrap_or_default())
        });
        println!("{}", said.join("\n"));
    };
    run("by the rules of the file");

    // Two more rules: no DELETE of all rows, and what follows an UPDATE is read where it was written.
    let with_more = text.replacen(
        "mysql_query_rules =\n(",
        r#"mysql_query_rules =
(
    { rule_id=10, active=1, match_digest="^DELETE FROM \w+$", error_msg="no WHERE", apply=1 },
    { rule_id=20, active=1, match_digest="^UPDATE", destination_hostgroup=10, next_query_flagIN=7, apply=1 },
    { rule_id=30, active=1, flagIN=7, destination_hostgroup=10, next_query_flagIN=0, apply=1 },"#,
        1,
    );
    router.replace(engine(&with_more)?);
    run("by other rules, without a restart");
    Ok(())
}

/// What a server would run with after it has read this text.
fn engine(text: &str) -> Result<Engine, Box<dyn Error>> {
    let document = Document::parse(text)?;
    let engine = Engine::new(&Config::load(&document, &LoadOptions::new()).runtime);
    for problem in engine.problems() {
        eprintln!("{problem}");
    }
    Ok(engine)
}
