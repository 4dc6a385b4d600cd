//! The file that a server saves of itself, against those that real servers saved.
//!
//! The vectors are read from the folder that `PROXYSQL_KIT_ORACLE` names, else from `tests/oracle/`.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub, dead_code, clippy::explicit_write)]

#[path = "oracle/support.rs"]
mod support;

use proxysql_kit::config::{Config, LoadOptions, PatchOptions};
use proxysql_kit::libconfig::{Dialect, Document, ParseOptions};
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

/// The memory of every server can be written to a file that gives it again, and each file can be brought to
/// match the memory of the next vector.
#[test]
fn what_came_from_a_file_goes_back() {
    for (name, version) in
        [("config_2_0", Version::V2_0), ("config", Version::V2_7), ("config_3_0", Version::V3_0)]
    {
        let before = std::cell::RefCell::new(None::<Document>);
        support::all_agree(name, |vector| {
            if vector["starts"] == false {
                return Ok(());
            }
            let mut wanted = memory(vector, version);
            let dialect = if version == Version::V2_0 { Dialect::V1_7_2 } else { Dialect::V1_7_3 };
            let file = support::bytes(&vector["cnf"]);
            let file = Document::parse_with(file, &ParseOptions::new().dialect(dialect)).unwrap();
            // The vectors do not hold them.
            wanted.settings = Config::load(&file, &LoadOptions::new().version(version)).memory.settings;
            support::same("lost", wanted.to_cnf().lost, vec![])?;
            let options = PatchOptions::default();
            let own = wanted.patch(&file, &options).map_err(|error| error.to_string())?;
            support::same("changed", own.changed, false)?;
            if let Some(before) = before.borrow_mut().replace(file) {
                let patched = wanted.patch(&before, &options).map_err(|error| error.to_string())?;
                support::same("lost by patching", patched.lost, vec![])?;
                let again = wanted.patch(&patched.document, &options).map_err(|error| error.to_string())?;
                support::same("changed again", again.changed, false)?;
            }
            Ok(())
        });
    }
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
