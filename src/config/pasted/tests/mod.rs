//! The reader against `SQLite` itself, on ProxySQL's own statements.

mod cases;
mod texts;

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rusqlite::Connection;
use rusqlite::types::Value as SqlValue;

use super::*;
use texts::{any_text, expressions, ordinary, quotes, sql};

/// A table that a file can fill, and the statement that does it.
struct Target {
    name: String,
    columns: Vec<String>,
    /// The statement's columns: positions in the table.
    named: Vec<usize>,
    affinities: Vec<Affinity>,
    /// The statement's text, and the form of the value behind each piece of it.
    pieces: Vec<(String, Option<Form>)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Number,
    Quoted(char),
    Doubled,
}

/// Which of the reader's versions the `SQLite` at hand is to be compared with.
fn sqlite_version() -> Sqlite {
    if rusqlite::version_number() < 3_024_000 { Sqlite::V3_19 } else { Sqlite::V3_43 }
}

fn proxysql_version() -> &'static str {
    if sqlite_version() == Sqlite::V3_19 { "2.0.5" } else { "2.7.1" }
}

/// The value itself, or the one that the version has.
fn of_version(value: &serde_json::Value) -> Option<&str> {
    match value {
        serde_json::Value::Object(versions) => versions
            .iter()
            .rfind(|(since, _)| since.as_str() <= proxysql_version())
            .and_then(|(_, value)| value.as_str()),
        value => value.as_str(),
    }
}

static TARGETS: LazyLock<Vec<Target>> = LazyLock::new(|| {
    let facts: serde_json::Value =
        serde_json::from_str(include_str!("../../../../tests/facts/schema.json")).unwrap();
    let tables = facts["tables"].as_array().unwrap();
    tables.iter().filter_map(target).collect()
});

fn target(table: &serde_json::Value) -> Option<Target> {
    let statement = of_version(&table["cnf"]["statement"])?;
    let present = |column: &&serde_json::Value| {
        column["since"].as_str().is_none_or(|since| since <= proxysql_version())
            && column["until"].as_str().is_none_or(|until| until >= proxysql_version())
    };
    let columns: Vec<_> = table["columns"].as_array().unwrap().iter().filter(present).collect();
    let names: Vec<String> =
        columns.iter().map(|column| column["name"].as_str().unwrap().to_owned()).collect();
    let affinities = columns
        .iter()
        .map(|column| if column["type"] == "VARCHAR" { Affinity::Text } else { Affinity::Integer })
        .collect();
    let form = |column: &str| {
        let keys = table["cnf"]["keys"].as_array()?;
        let key = keys.iter().find(|key| key["column"] == column)?;
        let form = of_version(&key["sql"]).unwrap();
        Some(match form {
            "single_doubled" => Form::Doubled,
            form if form.starts_with("single") => Form::Quoted('\''),
            form if form.starts_with("double") => Form::Quoted('"'),
            _ => Form::Number,
        })
    };
    let mut pieces = Vec::new();
    let mut rest = statement;
    while let Some((text, behind)) = rest.split_once('{') {
        let (column, behind) = behind.split_once('}').unwrap();
        // global_variables has its quotes in the statement.
        let form = form(column).unwrap_or(if column == "value" { Form::Quoted(' ') } else { Form::Number });
        pieces.push((text.to_owned(), Some(form)));
        rest = behind;
    }
    pieces.push((rest.to_owned(), None));
    let named = match statement.split_once(" VALUES").unwrap().0.split_once('(') {
        Some((_, list)) => {
            let position = |name: &str| {
                names
                    .iter()
                    .position(|column| column.eq_ignore_ascii_case(name.trim()))
                    .unwrap_or_else(|| panic!("{name}"))
            };
            list.trim_end_matches(')').trim().trim_end_matches(')').split(',').map(position).collect()
        }
        None => (0..names.len()).collect(),
    };
    Some(Target {
        name: table["name"].as_str().unwrap().to_owned(),
        columns: names,
        named,
        affinities,
        pieces,
    })
}

impl Target {
    /// The statement with these texts pasted in, one after the other, again from the first when they are
    /// used up.
    fn paste(&self, texts: &[String]) -> String {
        let mut texts = texts.iter().cycle();
        let mut statement = String::new();
        for (piece, form) in &self.pieces {
            statement += piece;
            match form {
                Some(Form::Number) => statement += "1",
                Some(Form::Quoted(' ')) => statement += texts.next().unwrap(),
                Some(Form::Quoted(quote)) => {
                    statement.push(*quote);
                    statement += texts.next().unwrap();
                    statement.push(*quote);
                }
                Some(Form::Doubled) => {
                    statement += &format!("'{}'", texts.next().unwrap().replace('\'', "''"));
                }
                None => {}
            }
        }
        statement
    }

    /// The table, without its constraints: what it stores is compared, not what it allows.
    fn create(&self, sqlite: &Connection) {
        let kind = |affinity: &Affinity| if *affinity == Affinity::Text { "VARCHAR" } else { "INT" };
        let columns: Vec<String> = self
            .columns
            .iter()
            .zip(&self.affinities)
            .map(|(name, affinity)| format!("{name} {}", kind(affinity)))
            .collect();
        sqlite.execute_batch(&format!("CREATE TABLE {} ({})", self.name, columns.join(","))).unwrap();
    }

    /// The rows that are in the table, the statement's columns only; it is empty afterwards.
    fn take_rows(&self, sqlite: &Connection) -> Vec<Vec<Literal>> {
        let mut select = sqlite.prepare_cached(&format!("SELECT * FROM {}", self.name)).unwrap();
        let rows = select
            .query_map([], |row| self.named.iter().map(|column| Ok(literal(row.get(*column)?))).collect())
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        sqlite.execute(&format!("DELETE FROM {}", self.name), []).unwrap();
        rows
    }
}

fn literal(value: SqlValue) -> Literal {
    match value {
        SqlValue::Null => Literal::Null,
        SqlValue::Integer(integer) => Literal::Integer(integer),
        SqlValue::Real(real) => Literal::Real(real),
        SqlValue::Text(text) => Literal::Text(text.into_bytes()),
        SqlValue::Blob(_) => panic!("a blob was stored"),
    }
}

thread_local! {
    static SQLITE: Connection = {
        let sqlite = Connection::open_in_memory().unwrap();
        TARGETS.iter().for_each(|target| target.create(&sqlite));
        sqlite
    };
}

fn message(error: rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message,
        rusqlite::Error::SqlInputError { msg, .. } => msg,
        other => panic!("{other:?}"),
    }
}

/// Reads the statement, compares with what `SQLite` does to it, and tells whether it was predictable.
fn compare(target: &Target, statement: &str) -> Result<bool, TestCaseError> {
    let outcome = read(statement.as_bytes(), target.columns.len(), sqlite_version());
    if let Outcome::Unpredictable(_) = outcome {
        return Ok(false);
    }
    SQLITE.with(|sqlite| {
        sqlite.execute_batch("BEGIN").unwrap();
        let done = sqlite.execute_batch(statement);
        let stored = target.take_rows(sqlite);
        sqlite.execute_batch("ROLLBACK").unwrap();
        let expected = match done {
            Ok(()) => Outcome::Rows(stored),
            Err(error) => Outcome::Error(message(error).into_bytes()),
        };
        if let Outcome::Rows(rows) = &outcome
            && !literal::tests::writes_reals_as_3_43()
            && rows.iter().flatten().any(|value| matches!(value, Literal::Real(_)))
        {
            return Ok(true);
        }
        let affinity = |(value, column): (Literal, &usize)| value.with_affinity(target.affinities[*column]);
        let found = match outcome {
            Outcome::Rows(rows) => Outcome::Rows(
                rows.into_iter()
                    .map(|row| row.into_iter().zip(&target.named).map(affinity).collect())
                    .collect(),
            ),
            other => other,
        };
        prop_assert!(found == expected, "{statement}\n{}\n{}", show(&found), show(&expected));
        Ok(true)
    })
}

fn show(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Error(message) => String::from_utf8_lossy(message).into_owned(),
        other => format!("{other:?}"),
    }
}

/// Digit separators came with 3.46.
fn has_digit_separator(text: &str) -> bool {
    text.as_bytes().windows(2).any(|pair| pair[0].is_ascii_hexdigit() && pair[1] == b'_')
}

/// Each texts go into a statement of their own; gives the share of those that are unpredictable.
fn unpredictable_share(texts: BoxedStrategy<String>) -> f64 {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3_000);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let count = std::cell::Cell::new((0_u32, 0_u32));
    let targets = 0..TARGETS.len();
    let quiet = Just("x".to_owned());
    let texts = prop_oneof![2 => texts, 1 => quiet];
    let statements = (targets, prop::collection::vec(texts, 1..4)).prop_map(|(target, texts)| {
        let target = &TARGETS[target];
        (target.name.clone(), target.paste(&texts), texts)
    });
    let outcome = runner.run(&statements, |(name, statement, texts)| {
        let target = TARGETS.iter().find(|target| target.name == name).unwrap();
        if rusqlite::version_number() >= 3_046_000 && texts.iter().any(|text| has_digit_separator(text)) {
            return Ok(());
        }
        let predictable = compare(target, &statement)?;
        let (all, unpredictable) = count.get();
        count.set((all + 1, unpredictable + u32::from(!predictable)));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let (all, unpredictable) = count.get();
    let share = f64::from(unpredictable) / f64::from(all);
    println!("{unpredictable} of {all} unpredictable: {:.3} %", share * 100.0);
    share
}

#[test]
fn any_text_is_as_sqlite_says() {
    assert!(unpredictable_share(any_text()) < 0.005);
}

#[test]
fn ordinary_values_are_as_sqlite_says() {
    assert!(unpredictable_share(ordinary()) < 0.001);
}

#[test]
fn quotes_are_as_sqlite_says() {
    assert!(unpredictable_share(quotes()) < 0.01);
}

#[test]
fn sql_is_as_sqlite_says() {
    assert!(unpredictable_share(sql()) < 0.02);
}

#[test]
fn expressions_are_as_sqlite_says() {
    assert!(unpredictable_share(expressions()) < 0.25);
}
