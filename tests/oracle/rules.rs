//! The check of `rules.jsonl`: where a server sent queries, and which rules counted hits.

use std::collections::BTreeMap;

use proxysql_kit::config::Config;
use proxysql_kit::digest::digest;
use proxysql_kit::rules::{Answer, Engine, Route, Session};
use proxysql_kit::schema::{Cell, Module, Row, Table, Version};
use serde_json::{Value as Json, json};

use crate::support::{bytes, same, text};

/// One set of rules with its queries.
pub fn check(vector: &Json) -> Result<(), String> {
    let engine = Engine::new(&config(vector));
    let mut flags: BTreeMap<u64, i32> = BTreeMap::new();
    let mut hits: BTreeMap<String, u64> = engine.rule_ids().map(|id| (id.to_string(), 0)).collect();
    for (index, asked) in vector["queries"].as_array().unwrap().iter().enumerate() {
        let flag = flags.entry(asked["connection"].as_u64().unwrap()).or_default();
        let session = session(asked, *flag);
        let query = bytes(&asked["query"]);
        let route = engine.route(&session, &query);
        *flag = route.next_flag_in(*flag);
        for rule in route.hits() {
            *hits.get_mut(&rule.to_string()).unwrap() += 1;
        }
        let ours = result(&engine, &route, &asked["result"]);
        same(&format!("query {index} {}", asked["query"]), ours, asked["result"].clone())?;
        let explained = engine.explain(&session, &query);
        same("explained", explained.route, route)?;
    }
    same("hits", json!(hits), vector["hits"].clone())
}

/// The configuration of a set.
pub fn config(vector: &Json) -> Config {
    let mut config = Config::new(Version::V2_7);
    let variables = config.variables_mut(Module::Mysql);
    for (name, value) in vector["settings"].as_object().unwrap() {
        let known = Module::Mysql.variables(Version::V2_7).iter().find(|known| known.name() == name).unwrap();
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        variables.set_text(known.position(), value.as_bytes()).unwrap();
    }
    add(&mut config, Table::MysqlQueryRules, &vector["rules"]);
    add(&mut config, Table::MysqlQueryRulesFastRouting, &vector["fast_routing"]);
    add(&mut config, Table::MysqlUsers, &vector["users"]);
    config
}

fn add(config: &mut Config, table: Table, rows: &Json) {
    let schema = table.schema(Version::V2_7).unwrap();
    for row in rows.as_array().unwrap() {
        let ours = config.table_mut(table).push_default();
        for (name, value) in row.as_object().unwrap() {
            set(ours, schema.column(name).unwrap().position(), value);
        }
    }
}

fn set(row: &mut dyn Row, position: usize, value: &Json) {
    let text;
    let cell = match value {
        Json::Null => Cell::Null,
        Json::Number(number) => Cell::Int(number.as_i64().unwrap()),
        other => {
            text = bytes(other);
            Cell::Text(&text)
        }
    };
    row.set(position, cell).unwrap();
}

fn session(asked: &Json, flag: i32) -> Session {
    let name = |key: &str| bytes(&asked[key]);
    let port = u16::try_from(asked["proxy_port"].as_u64().unwrap()).unwrap();
    Session::new(name("username"))
        .schema(name("schemaname"))
        .client_addr(name("client_addr"))
        .proxy(name("proxy_addr"), port)
        .flag_in(flag)
}

/// A route as a vector shows it.
fn result(engine: &Engine, route: &Route<'_>, theirs: &Json) -> Json {
    let answer = route.answer();
    // The server behind it is not the engine's to know.
    let reached = theirs["error"]["code"] != 9001;
    let sent = answer.is_none();
    let mut ours = json!({
        "hostgroup": sent.then_some(route.hostgroup),
        "backend_query": (sent && reached).then(|| text(&route.query)),
        "error": if sent { theirs["error"].clone() } else { error(answer) },
        "ok_message": match answer {
            Some(Answer::Ok(message)) => text(message.as_bytes()),
            _ => Json::Null,
        },
        "mirrored": mirrored(route),
        "digest": null,
        "digest_text": null,
    });
    if sent && reached {
        ours["error"] = Json::Null;
    }
    if !sent {
        ours["stats_hostgroup"] = json!(route.default_hostgroup);
    }
    let Some(options) = engine.digest_options() else { return ours };
    let shown = digest(&route.query, options);
    ours["digest"] = json!(shown.hash().to_string());
    ours["digest_text"] = text(shown.text());
    let as_sent = route.digest.as_ref().unwrap();
    if as_sent.text() != shown.text() {
        ours["sent_digest"] = json!(as_sent.hash().to_string());
        ours["sent_digest_text"] = text(as_sent.text());
    }
    ours
}

fn error(answer: Option<Answer<'_>>) -> Json {
    match answer {
        Some(Answer::Error(message)) => {
            json!({ "code": 1148, "sqlstate": "42000", "message": text(message.as_bytes()) })
        }
        _ => Json::Null,
    }
}

/// The copies that reach a server, by hostgroup.
fn mirrored(route: &Route<'_>) -> Json {
    let copy = route.mirror.as_ref().filter(|mirror| mirror.answer().is_none());
    copy.map(|mirror| json!({ "hostgroup": mirror.hostgroup, "backend_query": text(&mirror.query) })).into_iter().collect()
}
