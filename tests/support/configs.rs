//! Configurations for tests of laws: arbitrary rows, texts and variables of every version.

#![allow(dead_code, clippy::unwrap_used, unreachable_pub)]

use proptest::collection::vec;
use proptest::prelude::*;
use proxysql_kit::config::Config;
use proxysql_kit::schema::{
    Cell, Column, Module, Row, Shape, Table, TableSchema, Text, ValueShape, Variable, Version,
};

/// How far a configuration may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// What a `proxysql.cnf` can hold.
    Cnf,
    /// What the memory of a server can hold: every CHECK holds, keys are unique, rows are in order.
    Server,
    /// What the types hold.
    Any,
}

/// Configurations of one version.
pub fn config(version: Version, scope: Scope) -> impl Strategy<Value = Config> {
    let tables =
        Table::of(version).filter(move |schema| scope > Scope::Cnf || schema.cnf_section().is_some());
    let tables: Vec<_> = tables.map(|schema| rows(schema, scope)).collect();
    let variables = vec(variable(version, scope), 0..6);
    (settings(version, scope), variables, others(scope), tables).prop_map(
        move |(settings, variables, others, tables)| {
            let mut config = Config::new(version);
            set_settings(&mut config, settings);
            for (variable, text) in variables {
                // A text that means nothing for the type is no value of it.
                let _ = config.variables_mut(variable.module()).set_text(variable.position(), &text);
            }
            for (module, name, text) in others {
                config.variables_mut(module).others_mut().push((name, text));
            }
            for (schema, rows) in tables {
                add_rows(&mut config, schema, &rows, scope);
            }
            config
        },
    )
}

/// Configurations of any version.
pub fn any_version(scope: Scope) -> impl Strategy<Value = Config> {
    prop::sample::select(Version::ALL.to_vec()).prop_flat_map(move |version| config(version, scope))
}

/// Two configurations of one version that have rows in common, some of them changed or in another order.
pub fn related(scope: Scope) -> impl Strategy<Value = (Config, Config)> {
    prop::sample::select(Version::ALL.to_vec()).prop_flat_map(move |version| {
        let choices = vec(any::<u8>(), 1..40);
        (config(version, scope), config(version, scope), choices)
            .prop_map(move |(old, other, choices)| (old.clone(), mixed(&old, &other, &choices, scope)))
    })
}

/// Rows of one configuration among those of another.
fn mixed(old: &Config, other: &Config, choices: &[u8], scope: Scope) -> Config {
    let mut choices = choices.iter().cycle();
    let mut mixed = other.clone();
    for schema in Table::of(old.version) {
        let (rows, more) = (old.table(schema.table()), other.table(schema.table()));
        let into = mixed.table_mut(schema.table());
        for index in 0..rows.len() {
            let choice = choices.next().unwrap();
            if choice.is_multiple_of(4) {
                continue;
            }
            let row = into.push_default();
            for column in schema.columns() {
                let at = column.position();
                row.set(at, rows.row(index).unwrap().cell(at)).unwrap();
                // A value of another row, here and there.
                if let Some(donor) = more.row(index).filter(|_| choices.next().unwrap().is_multiple_of(3)) {
                    let before = Owned::from(row.cell(at));
                    row.set(at, donor.cell(at)).unwrap();
                    if scope < Scope::Any && !holds(schema, row) {
                        row.set(at, before.cell()).unwrap();
                    }
                }
            }
        }
        if scope < Scope::Any {
            keep_what_keys_allow(&mut mixed, schema);
        }
    }
    if choices.next().unwrap().is_multiple_of(2) {
        for module in Module::ALL {
            for variable in module.variables(old.version) {
                let text = old.variables(module).text(variable.position()).into_owned();
                mixed.variables_mut(module).set_text(variable.position(), &text).unwrap();
            }
        }
        mixed.settings.datadir.clone_from(&old.settings.datadir);
    }
    mixed
}

/// Texts made of what breaks quotes, lines, encodings and parsers.
pub fn text() -> BoxedStrategy<Vec<u8>> {
    let pieces: &[&[u8]] = &[
        b"'",
        b"\"",
        b"\\",
        b"\n",
        b"\r",
        b"\t",
        b"\x0c",
        b"\x01",
        b"\x7f",
        b"\xff",
        "é".as_bytes(),
        "漢".as_bytes(),
        b"--",
        b"/*",
        b"*/",
        b";",
        b"''",
        b"\"\"",
        b"\\x41",
        b"\\n",
        b"\\\"",
        b"@include \"x\"",
        b"${VAR}",
        b"{{ .x }}",
        b"#",
        b"//",
        b")",
        b"(",
        b"}",
        b",",
        b"NULL",
        b" ",
        b"a",
        b"db1",
        b"10.0.0.1",
        b"% s%d",
        b"0",
        b"=",
        b"' || 'x",
    ];
    let piece = prop::sample::select(pieces.to_vec()).prop_map(<[u8]>::to_vec);
    prop_oneof![
        2 => "[a-z][a-z0-9_.]{0,10}".prop_map(String::into_bytes),
        3 => vec(piece, 0..6).prop_map(|pieces| pieces.concat()),
        1 => vec(1..=255_u8, 0..12),
        1 => Just(Vec::new()),
    ]
    .boxed()
}

/// A value that is proposed for a column.
#[derive(Clone, Debug)]
enum Proposal {
    Default,
    Null,
    Int(i64),
    Text(Vec<u8>),
}

impl Proposal {
    fn cell(&self) -> Option<Cell<'_>> {
        Some(match self {
            Proposal::Default => return None,
            Proposal::Null => Cell::Null,
            Proposal::Int(number) => Cell::Int(*number),
            Proposal::Text(text) => Cell::Text(text),
        })
    }
}

type Rows = (&'static TableSchema, Vec<Vec<Proposal>>);

fn rows(schema: &'static TableSchema, scope: Scope) -> BoxedStrategy<Rows> {
    let columns: Vec<_> = schema.columns().iter().map(|column| proposal(column, schema, scope)).collect();
    let some = vec(columns, 1..4);
    prop_oneof![3 => Just(Vec::new()), 1 => some].prop_map(move |rows| (schema, rows)).boxed()
}

fn proposal(column: &Column, schema: &TableSchema, scope: Scope) -> BoxedStrategy<Proposal> {
    let value = match column.shape() {
        Shape::Bool => (0..=1_i64).prop_map(Proposal::Int).boxed(),
        Shape::Int { min, max } => number(min, max).prop_map(Proposal::Int).boxed(),
        Shape::Numbers(names) => {
            let numbers: Vec<i64> = names.iter().map(|name| name.parse().unwrap()).collect();
            prop::sample::select(numbers).prop_map(Proposal::Int).boxed()
        }
        Shape::OneOf { names, any_case } => {
            let name = prop::sample::select(names.to_vec());
            (name, any::<bool>())
                .prop_map(move |(name, lower)| {
                    let name = if any_case && lower { name.to_ascii_lowercase() } else { name.to_owned() };
                    Proposal::Text(name.into_bytes())
                })
                .boxed()
        }
        _ if is_json(column) => {
            let texts = vec!["", "{}", "[1, \"it's\"]", "{\"a\": \"\\u0041\\n\"}", "not json"];
            prop::sample::select(texts).prop_map(|text| Proposal::Text(text.into())).boxed()
        }
        _ if column.name() == "domain_name" => {
            text().prop_map(|text| Proposal::Text([b".", &text[..]].concat())).boxed()
        }
        _ if scope == Scope::Any => {
            prop_oneof![9 => text(), 1 => Just(b"a\0b".to_vec())].prop_map(Proposal::Text).boxed()
        }
        _ => text().prop_map(Proposal::Text).boxed(),
    };
    let is_key = schema.primary_key().contains(&column.position());
    let null = u32::from(column.is_nullable());
    prop_oneof![if is_key { 1 } else { 8 } => Just(Proposal::Default), 4 => value, null => Just(Proposal::Null)].boxed()
}

fn is_json(column: &Column) -> bool {
    column.check().is_some_and(|check| check.contains("JSON_VALID"))
}

fn number(min: i64, max: i64) -> BoxedStrategy<i64> {
    let edges = vec![min, max, -1, 0, 1, 80, 100, 1000, 65_535, 10_000_000];
    let edges: Vec<_> = edges.into_iter().filter(|edge| (min..=max).contains(edge)).collect();
    prop_oneof![4 => 0..=20_i64, 2 => 100..=3000_i64, 1 => min..=max, 1 => prop::sample::select(edges)]
        .boxed()
}

fn add_rows(config: &mut Config, schema: &'static TableSchema, rows: &[Vec<Proposal>], scope: Scope) {
    let table = schema.table();
    for (index, proposals) in rows.iter().enumerate() {
        let row = config.table_mut(table).push_default();
        start(row, schema, index);
        for (column, proposal) in schema.columns().iter().zip(proposals) {
            let Some(cell) = proposal.cell() else { continue };
            if scope == Scope::Cnf && !can_stand_in_cnf(schema, column, cell) {
                continue;
            }
            let before = Owned::from(row.cell(column.position()));
            let set = row.set(column.position(), cell);
            if set.is_ok() && scope < Scope::Any && !holds(schema, row) {
                row.set(column.position(), before.cell()).unwrap();
            }
        }
    }
    if scope < Scope::Any {
        keep_what_keys_allow(config, schema);
    }
}

/// A row that every CHECK accepts, or nearly so, to begin with.
fn start(row: &mut dyn Row, schema: &TableSchema, index: usize) {
    let mut hostgroup = i64::try_from(index * 10).unwrap() + 1;
    for column in schema.columns() {
        let name = column.name();
        let value: Cell<'_> = match name {
            "reader_hostgroup" | "writer_hostgroup" | "backup_writer_hostgroup" | "offline_hostgroup" => {
                hostgroup += 1;
                Cell::Int(hostgroup)
            }
            "rule_id" | "id" | "priority" => Cell::Int(hostgroup),
            "interval_ms" | "timeout_ms" => Cell::Int(1000),
            "domain_name" => Cell::Text(b".example"),
            "gtid_port" if schema.version() == Version::V2_0 => Cell::Int(1),
            "comment" | "default_schema" | "password" if column.is_nullable() => Cell::Text(b""),
            _ => continue,
        };
        row.set(column.position(), value).unwrap();
    }
}

/// Drops rows that a server would not hold beside the others, and orders the rest.
fn keep_what_keys_allow(config: &mut Config, schema: &'static TableSchema) {
    let rows = config.table_mut(schema.table());
    let mut keys = schema.unique().to_vec();
    keys.push(schema.primary_key().to_vec());
    let mut kept: Vec<usize> = Vec::new();
    for index in 0..rows.len() {
        let row = rows.row(index).unwrap();
        let alike = |other: &usize| {
            let other = rows.row(*other).unwrap();
            keys.iter().any(|key| key.iter().all(|&at| row.cell(at) == other.cell(at)))
        };
        if holds(schema, row) && !kept.iter().any(alike) {
            kept.push(index);
        }
    }
    if let (true, &[key]) = (schema.is_ordered_by_key(), schema.primary_key()) {
        kept.sort_by_key(|&index| match rows.row(index).unwrap().cell(key) {
            Cell::Int(number) => number,
            other => panic!("{other:?}"),
        });
    }
    rows.arrange(&kept);
}

fn holds(schema: &TableSchema, row: &dyn Row) -> bool {
    let constraints = schema.columns().iter().filter_map(Column::constraint);
    constraints.map(|check| check.holds(|at| row.cell(at))).all(|verdict| verdict != Some(false))
}

/// Whether a key of a file can give a column this value: written down by hand from
/// what the reader does, to hold the code against.
fn can_stand_in_cnf(schema: &TableSchema, column: &Column, cell: Cell<'_>) -> bool {
    let name = column.name();
    let table = schema.name();
    let never_set = match name {
        "backend" | "frontend" | "endpoint_address" => true,
        "active" => table.ends_with("_hostgroups"),
        _ => false,
    };
    let null = cell != Cell::Null
        || match name {
            "password" | "default_schema" | "re_modifiers" => false,
            "comment" => !table.ends_with("_hostgroups"),
            _ => true,
        };
    let negative =
        table.ends_with("query_rules") && column.name() != "rule_id" && matches!(cell, Cell::Int(..0));
    let joined = name == "check_type"
        && matches!(cell, Cell::Text(text) if text.contains(&b'|') || text.contains(&b'&'));
    let dies = schema.version() == Version::V2_0
        && table == "mysql_group_replication_hostgroups"
        && name == "writer_is_also_reader"
        && cell == Cell::Int(2);
    !never_set && null && !negative && !joined && !dies
}

/// A cell with its text.
enum Owned {
    Null,
    Int(i64),
    Real(f64),
    Text(Vec<u8>),
}

impl From<Cell<'_>> for Owned {
    fn from(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Null => Owned::Null,
            Cell::Int(number) => Owned::Int(number),
            Cell::Real(number) => Owned::Real(number),
            Cell::Text(text) => Owned::Text(text.to_vec()),
        }
    }
}

impl Owned {
    fn cell(&self) -> Cell<'_> {
        match self {
            Owned::Null => Cell::Null,
            Owned::Int(number) => Cell::Int(*number),
            Owned::Real(number) => Cell::Real(*number),
            Owned::Text(text) => Cell::Text(text),
        }
    }
}

fn variable(version: Version, scope: Scope) -> BoxedStrategy<(&'static Variable, Vec<u8>)> {
    let all = Module::ALL.iter().flat_map(|module| module.variables(version));
    let own: Vec<_> = all.filter(|variable| scope == Scope::Any || is_free(variable, version)).collect();
    prop::sample::select(own)
        .prop_flat_map(move |variable| (Just(variable), variable_text(variable, scope)))
        .boxed()
}

/// Whether its text depends on nothing but itself.
fn is_free(variable: &Variable, version: Version) -> bool {
    match variable.name() {
        "version" | "ssl_keylog_file" | "default_charset" | "default_collation_connection" => false,
        // They decide together what memory holds.
        "server_capabilities" | "have_compress" | "have_ssl" => version > Version::V2_0,
        _ => true,
    }
}

fn variable_text(variable: &Variable, scope: Scope) -> BoxedStrategy<Vec<u8>> {
    let texts = |texts: &[&str]| {
        let texts: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
        prop::sample::select(texts).boxed()
    };
    if scope == Scope::Any {
        return prop_oneof![4 => text(), 1 => any::<i32>().prop_map(|number| number.to_string().into_bytes())].boxed();
    }
    match (variable.name(), variable.shape()) {
        ("auditlog_filename" | "eventslog_filename", _) => texts(&["", "audit.log", "it's \"here\""]),
        ("monitor_replication_lag_use_percona_heartbeat", _) => texts(&["", "db.beats", "`db`.`beats`"]),
        (_, ValueShape::Bool) => texts(&["true", "false", "1", "0", "TRUE"]),
        (_, ValueShape::Int) => {
            let (min, max) = variable.range().unwrap();
            let number = prop_oneof![min..=max, Just(min), Just(max)];
            (number, prop::sample::select(vec!["", " ", "x", "\"'\\"]))
                .prop_map(|(number, tail)| format!("{number}{tail}").into_bytes())
                .boxed()
        }
        (_, ValueShape::OneOf(names)) => texts(names),
        _ => text().prop_filter("some take no empty text", |text| !text.is_empty()).boxed(),
    }
}

fn others(scope: Scope) -> BoxedStrategy<Vec<(Module, Text, Text)>> {
    if scope < Scope::Any {
        return Just(Vec::new()).boxed();
    }
    let names = vec!["Max_Connections", "no such name", "", "threads2", "admin-web_enabled", "THREADS"];
    let module = prop::sample::select(vec![Module::Admin, Module::Mysql]);
    let other = (module, prop::sample::select(names), text());
    vec(other.prop_map(|(module, name, text)| (module, name.into(), text.into())), 0..2).boxed()
}

type SettingTexts = (Vec<Option<Vec<u8>>>, Option<i32>, Option<bool>);

fn settings(version: Version, scope: Scope) -> BoxedStrategy<SettingTexts> {
    let old = version == Version::V2_0 && scope < Scope::Any;
    let text = prop_oneof![6 => Just(None), 1 => text().prop_map(Some)];
    let sync = if old { Just(None).boxed() } else { prop::option::weighted(0.1, any::<bool>()).boxed() };
    (vec(text, if old { 4 } else { 8 }), prop::option::weighted(0.1, any::<i32>()), sync).boxed()
}

fn set_settings(config: &mut Config, (texts, heartbeats, sync): SettingTexts) {
    let mut texts = texts.into_iter().map(|text| text.map(Text::from)).chain(std::iter::repeat(None));
    let mut next = || texts.next().unwrap();
    let settings = &mut config.settings;
    settings.datadir = next();
    settings.errorlog = next();
    settings.execute_on_exit_failure = next();
    settings.ldap_auth_plugin = next();
    settings.uuid = next();
    settings.pidfile = next();
    settings.sqlite3_plugin = next();
    settings.web_interface_plugin = next();
    settings.restart_on_missing_heartbeats = heartbeats;
    settings.cluster_sync_interfaces = sync;
}
