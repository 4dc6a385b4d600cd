//! The file that a server saves of itself, against those that real servers saved.
//!
//! The vectors are read from the folder that `PROXYSQL_KIT_ORACLE` names, else from `tests/oracle/`.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub, dead_code, clippy::explicit_write)]

#[path = "oracle/support.rs"]
mod support;

use proxysql_kit::config::Config;
use proxysql_kit::schema::{Cell, Module, Table, Version};
use serde_json::Value as Json;

#[test]
fn config() {
    support::all_agree("config", |vector| saved(vector, Version::V2_7));
}

#[test]
fn config_3_0() {
    support::all_agree("config_3_0", |vector| saved(vector, Version::V3_0));
}

fn saved(vector: &Json, version: Version) -> Result<(), String> {
    if vector["starts"] == false {
        return Ok(());
    }
    let config = memory(vector, version);
    let text = config.to_saved_cnf().unwrap();
    if vector.get("saved_full").is_some() {
        support::same("saved_full", support::text(&text), vector["saved_full"].clone())?;
    }
    let tables = text.windows(13).position(|window| window == b"mysql_users:\n").unwrap();
    support::same("saved_tables", support::text(&text[tables..]), vector["saved_tables"].clone())
}

/// The memory that a vector holds.
fn memory(vector: &Json, version: Version) -> Config {
    let mut config = Config::new(version);
    for (name, value) in vector["variables"].as_object().unwrap() {
        let (prefix, own) = name.split_once('-').unwrap();
        let module = Module::ALL.into_iter().find(|module| module.name() == prefix).unwrap();
        let text = support::bytes(value);
        match module.variable(version, own) {
            Some(variable) => config.variables_mut(module).set_text(variable.position(), &text).unwrap(),
            None => config.variables_mut(module).others_mut().push((own.into(), text.into())),
        }
    }
    for (name, content) in vector["tables"].as_object().unwrap() {
        let schema = Table::from_name(name).unwrap().schema(version).unwrap();
        let columns: Vec<&str> =
            content["columns"].as_array().unwrap().iter().map(|column| column.as_str().unwrap()).collect();
        for values in content["rows"].as_array().unwrap() {
            let row = config.table_mut(schema.table()).push_default();
            for (column, value) in columns.iter().zip(values.as_array().unwrap()) {
                let column = schema.column(column).unwrap();
                let text = (!value.is_null()).then(|| support::bytes(value));
                let cell = match &text {
                    None => Cell::Null,
                    Some(text) if column.is_text() => Cell::Text(text),
                    Some(text) => Cell::Int(String::from_utf8_lossy(text).parse().unwrap()),
                };
                row.set(column.position(), cell).unwrap();
            }
        }
    }
    config
}
