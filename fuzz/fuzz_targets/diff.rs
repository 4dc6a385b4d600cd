//! Any two configurations: no panic; the SQL of their difference turns the one into the other.

#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use proxysql_kit::config::{Config, DeleteFirst, SqlOptions, SqlReadOptions, SqlScript, diff};
use proxysql_kit::schema::{Cell, Module, Table, Version};

/// A value for some column of some row.
#[derive(Arbitrary, Debug)]
struct Set {
    table: u8,
    row: u8,
    column: u8,
    value: Value,
}

#[derive(Arbitrary, Debug)]
enum Value {
    Null,
    Small(i8),
    Int(i64),
    Text(Vec<u8>),
}

#[derive(Debug)]
struct Two(Config, Config);

impl<'a> Arbitrary<'a> for Two {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let version = *input.choose(&Version::ALL)?;
        Ok(Two(config(version, input)?, config(version, input)?))
    }
}

fn config(version: Version, input: &mut Unstructured<'_>) -> arbitrary::Result<Config> {
    let mut config = Config::new(version);
    let tables: Vec<_> = Table::of(version).collect();
    for _ in 0..input.int_in_range(0..=12)? {
        let set = Set::arbitrary(input)?;
        let schema = tables[usize::from(set.table) % tables.len()];
        let rows = config.table_mut(schema.table());
        let row = usize::from(set.row) % 4;
        while rows.len() <= row {
            rows.push_default();
        }
        let column = &schema.columns()[usize::from(set.column) % schema.columns().len()];
        let cell = match &set.value {
            Value::Null => Cell::Null,
            Value::Small(number) => Cell::Int((*number).into()),
            Value::Int(number) => Cell::Int(*number),
            Value::Text(text) => Cell::Text(text),
        };
        if let Some(row) = rows.row_mut(row) {
            let _ = row.set(column.position(), cell);
        }
    }
    for _ in 0..input.int_in_range(0..=3)? {
        let variable = input.choose(Module::Mysql.variables(version))?;
        let text = Vec::<u8>::arbitrary(input)?;
        let _ = config.variables_mut(Module::Mysql).set_text(variable.position(), &text);
    }
    Ok(config)
}

/// The configuration that a server would hold, if it takes the rows at all.
fn held(config: &Config) -> Option<Config> {
    let insert = config.to_sql(&SqlOptions::new().delete(DeleteFirst::None));
    let insert = insert.replace("\nINSERT INTO", "\nINSERT OR REPLACE INTO");
    let start = SqlReadOptions::new().version(config.version);
    SqlScript::run(insert, &start).ok().map(|script| script.config)
}

fuzz_target!(|two: Two| {
    let Two(one, other) = two;
    let plan = diff(&one, &other);
    assert_eq!(plan.reversed().reversed().to_string(), plan.to_string());
    let _ = plan.to_sql(&SqlOptions::new());
    if let (Some(one), Some(other)) = (held(&one), held(&other)) {
        let sql = diff(&one, &other).to_sql(&SqlOptions::new());
        let turned = SqlScript::run(&sql, &SqlReadOptions::new().start(one));
        let turned = turned.unwrap_or_else(|error| panic!("{error}\n{sql}")).config;
        assert!(diff(&turned, &other).is_empty(), "{sql}");
    }
});
