//! The checks of the `config*.jsonl` vectors: what a server held and said after it read a file.

use std::collections::BTreeMap;

use proxysql_kit::cluster::ModuleChecksum;
use proxysql_kit::config::{Config, LoadOptions, Loaded, Message};
use proxysql_kit::libconfig::{Dialect, Document, ParseOptions};
use proxysql_kit::schema::{Cell, Module, Row, Table, Version};
use serde_json::Value as Json;

use crate::support::{self, bytes, same};

/// The variables of a server started on a file that says nothing.
pub fn defaults(name: &str) -> BTreeMap<String, Json> {
    let text = std::fs::read_to_string(support::folder().join(format!("{name}.json"))).unwrap();
    let json: Json = serde_json::from_str(&text).unwrap();
    let pairs = match &json {
        Json::Object(map) => map.get("variables").unwrap_or(&json),
        other => other,
    };
    match pairs {
        Json::Object(map) => map.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        Json::Array(rows) => {
            rows.iter().map(|row| (row[0].as_str().unwrap().to_owned(), row[1].clone())).collect()
        }
        other => panic!("no variables: {other}"),
    }
}

/// One vector for a version.
pub fn check(vector: &Json, version: Version, defaults: &BTreeMap<String, Json>) -> Result<(), String> {
    let dialect = if version == Version::V2_0 { Dialect::V1_7_2 } else { Dialect::V1_7_3 };
    let options = ParseOptions::new().dialect(dialect).name("proxysql.cnf");
    let starts = vector["starts"].as_bool().unwrap();
    let document = match Document::parse_with(bytes(&vector["cnf"]), &options) {
        Ok(document) => document,
        Err(error) => return refused(vector, starts, &error.to_string()),
    };
    let mut options = LoadOptions::new().version(version);
    if let Some(text) = vector["version"].as_str() {
        options = options.version_string(text);
    }
    let loaded = Config::load(&document, &options);
    same("starts", loaded.failure.is_none(), starts)?;
    same("messages", messages(&loaded), texts(&vector["messages"]))?;
    if !starts {
        return Ok(());
    }
    same("tables", tables(&loaded.memory), tables_of(&vector["tables"]))?;
    let mut memory = defaults.clone();
    overlay(&mut memory, &vector["variables"]);
    same("variables", variables(&loaded.memory), memory.clone())?;
    overlay(&mut memory, &vector["runtime_variables"]);
    let runtime = variables(&loaded.runtime);
    memory.retain(|name, _| runtime.contains_key(name));
    same("runtime variables", runtime, memory)?;
    checksums(vector, &loaded)?;
    saved(vector, &loaded)
}

/// What `runtime_checksums_values` held; an empty text where the version computes none.
fn checksums(vector: &Json, loaded: &Loaded) -> Result<(), String> {
    let checksums = loaded.checksums();
    let shown = checksums.modules.iter().filter(|module| module.is_shown);
    let text = |module: &ModuleChecksum| {
        let text = module.value.checksum().map_or(String::new(), |checksum| checksum.to_string());
        (module.name.to_owned(), text)
    };
    let ours: BTreeMap<String, String> = shown.map(text).collect();
    let theirs = vector["checksums"].as_object().unwrap().iter();
    let theirs = theirs.map(|(name, text)| (name.clone(), text.as_str().unwrap().to_owned())).collect();
    same("checksums", ours, theirs)?;
    let global = checksums.global().map(|global| global.to_string());
    let theirs = match &vector["global_checksum"] {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    same("global checksum", global, Some(theirs))
}

fn refused(vector: &Json, starts: bool, error: &str) -> Result<(), String> {
    same("starts", false, starts)?;
    let first = vector["messages"][0].as_str().unwrap_or_default();
    let first_line = error.lines().next().unwrap_or_default();
    let verdict = first.rsplit(" - ").next().unwrap_or_default();
    let line = first.rsplit_once(" - ").and_then(|(place, _)| place.rsplit(':').next()).unwrap_or_default();
    if first_line.contains(verdict) && first_line.contains(line) {
        Ok(())
    } else {
        Err(format!("ours {error:?}, theirs {first:?}"))
    }
}

/// The file that SELECT CONFIG INTO OUTFILE writes: from `mysql_users:` on, or from its first setting.
fn saved(vector: &Json, loaded: &Loaded) -> Result<(), String> {
    let Some(ours) = loaded.memory.to_saved_cnf() else {
        return same("saved", vector.get("saved_tables").is_some(), false);
    };
    let tables = ours.windows(12).position(|window| window == b"mysql_users:").unwrap();
    same("saved tables", support::text(&ours[tables..]), vector["saved_tables"].clone())?;
    match vector.get("saved_full") {
        Some(full) => same("saved file", support::text(&ours), full.clone()),
        None => Ok(()),
    }
}

/// The lines that the vectors keep. A statement that failed stands in them as its table's name.
fn messages(loaded: &Loaded) -> Vec<String> {
    const KEPT: [&str; 4] = ["SQLITE error", "Admin: detected", "Impossible to set", "Disabling deprecated"];
    let line = |message: &Message| {
        let mut text = String::from_utf8_lossy(&message.log_line()).into_owned();
        if let Some((before, statement)) = text.split_once(" --- ").filter(|_| text.starts_with("SQLITE")) {
            let table = statement.trim_start_matches("INSERT OR REPLACE INTO ").split(' ').next().unwrap();
            text = format!("{before} --- {table}");
        }
        KEPT.iter().any(|kept| text.starts_with(kept)).then(|| format!("{} {text}", message.level()))
    };
    loaded.messages.iter().filter_map(line).collect()
}

fn texts(json: &Json) -> Vec<String> {
    json.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

type Rows = (Vec<String>, Vec<Vec<Option<Vec<u8>>>>);

fn tables(config: &Config) -> BTreeMap<String, Rows> {
    let rows = |table: Table| {
        let schema = table.schema(config.version)?;
        let rows = config.table(table);
        if rows.is_empty() {
            return None;
        }
        let columns = schema.columns().iter().map(|column| column.name().to_owned()).collect();
        let texts = |row: &dyn Row| {
            schema.columns().iter().map(|column| cell_text(row.cell(column.position()))).collect()
        };
        Some((table.name().to_owned(), (columns, rows.iter().map(texts).collect())))
    };
    Table::ALL.iter().copied().filter_map(rows).collect()
}

fn cell_text(cell: Cell<'_>) -> Option<Vec<u8>> {
    match cell {
        Cell::Null => None,
        Cell::Int(number) => Some(number.to_string().into_bytes()),
        Cell::Real(number) => Some(number.to_string().into_bytes()),
        Cell::Text(text) => Some(text.to_vec()),
    }
}

fn tables_of(json: &Json) -> BTreeMap<String, Rows> {
    let cell = |cell: &Json| if cell.is_null() { None } else { Some(bytes(cell)) };
    let row = |row: &Json| row.as_array().unwrap().iter().map(cell).collect();
    let table = |(name, table): (&String, &Json)| {
        let columns = texts(&table["columns"]);
        (name.clone(), (columns, table["rows"].as_array().unwrap().iter().map(row).collect()))
    };
    let tables = json.as_object().unwrap().iter().filter(|(name, _)| *name != "global_variables");
    tables.map(table).collect()
}

fn variables(config: &Config) -> BTreeMap<String, Json> {
    let mut all = BTreeMap::new();
    for module in Module::ALL.into_iter().filter(|module| module.is_in(config.version)) {
        let variables = config.variables(module);
        for variable in module.variables(config.version) {
            all.insert(variable.full_name(), support::text(&variables.text(variable.position())));
        }
        for (name, value) in variables.others() {
            all.insert(format!("{module}-{name}"), support::text(value.as_bytes()));
        }
    }
    all
}

fn overlay(variables: &mut BTreeMap<String, Json>, changes: &Json) {
    for (name, value) in changes.as_object().into_iter().flatten() {
        if value.is_null() {
            variables.remove(name);
        } else {
            variables.insert(name.clone(), value.clone());
        }
    }
}
