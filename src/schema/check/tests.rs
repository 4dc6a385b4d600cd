//! Every CHECK of ProxySQL's tables against `SQLite`.

use proptest::prelude::*;
use proptest::sample::select;
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};

use super::*;

/// A table with one CHECK that is judged on rows of it.
struct Judged {
    sqlite: Connection,
    types: Vec<String>,
    check: Check,
    text: String,
}

fn facts() -> serde_json::Value {
    serde_json::from_str(include_str!("../../../tests/facts/schema.json")).unwrap()
}

/// The value itself, or one of each version.
fn versions(value: &serde_json::Value) -> Vec<&str> {
    match value {
        serde_json::Value::Object(versions) => versions.values().filter_map(|v| v.as_str()).collect(),
        value => value.as_str().into_iter().collect(),
    }
}

fn cases() -> Vec<Judged> {
    let facts = facts();
    let mut cases = Vec::new();
    for table in facts["tables"].as_array().unwrap() {
        let columns = table["columns"].as_array().unwrap();
        let names: Vec<&str> = columns.iter().map(|column| column["name"].as_str().unwrap()).collect();
        let types: Vec<String> =
            columns.iter().map(|column| column["type"].as_str().unwrap().to_owned()).collect();
        for text in columns.iter().flat_map(|column| versions(&column["check"])) {
            let check = Check::parse(text, |name| names.iter().position(|column| *column == name)).unwrap();
            let sqlite = Connection::open_in_memory().unwrap();
            let declared: Vec<String> =
                names.iter().zip(&types).map(|(name, kind)| format!("\"{name}\" {kind}")).collect();
            sqlite.execute_batch(&format!("CREATE TABLE t ({})", declared.join(","))).unwrap();
            cases.push(Judged { sqlite, types: types.clone(), check, text: text.to_owned() });
        }
    }
    assert_eq!(cases.len(), 144);
    cases
}

fn value() -> impl Strategy<Value = SqlValue> {
    let ints = vec![
        -1,
        0,
        1,
        2,
        3,
        9,
        10,
        11,
        16,
        17,
        79,
        80,
        99,
        100,
        101,
        1000,
        1001,
        3000,
        3001,
        65535,
        65536,
        600_000,
        600_001,
        1_000_000,
        1_000_001,
        10_000_000,
        10_000_001,
        100_000_000,
        100_000_001,
        126_144_000,
        126_144_001,
        i64::MAX,
        i64::MIN,
    ];
    let texts = vec![
        "",
        ".",
        ".a",
        "a.b",
        "é",
        "online",
        "OFFLINE_SOFT",
        "Shunned",
        "offline_hard",
        "get",
        "POST",
        "PUT",
        "read_only",
        "INNODB_READ_ONLY",
        "super_read_only",
        "read_only|innodb_read_only",
        "Read_Only&Innodb_Read_Only",
        "OFF",
        "off",
        "DETECTING",
        "{}",
        "{\"a\":1}",
        "[",
        "nope",
        "1",
        "1.0",
        "1.5",
        "65536",
    ];
    prop_oneof![
        1 => Just(SqlValue::Null),
        6 => select(ints).prop_map(SqlValue::Integer),
        1 => select(vec![0.5, -0.5, 1.0, 65535.5, 1e300, -1e300, f64::INFINITY]).prop_map(SqlValue::Real),
        6 => select(texts).prop_map(|text| SqlValue::Text(text.to_owned())),
        1 => "\\PC{0,3}".prop_map(SqlValue::Text),
    ]
}

/// What the table keeps of a value that goes into a column of this type.
fn stored(case: &Judged, row: &[SqlValue]) -> (Vec<SqlValue>, Option<bool>) {
    let marks = vec!["?"; row.len()].join(",");
    case.sqlite.execute("DELETE FROM t", []).unwrap();
    let mut insert = case.sqlite.prepare_cached(&format!("INSERT INTO t VALUES ({marks})")).unwrap();
    let parameters = row.iter().map(|value| ToSqlOutput::Borrowed(ValueRef::from(value)));
    insert.execute(rusqlite::params_from_iter(parameters)).unwrap();
    let mut select = case.sqlite.prepare_cached(&format!("SELECT *, ({}) FROM t", case.text)).unwrap();
    let columns = row.len();
    select
        .query_row([], |row| {
            let cells = (0..columns).map(|column| row.get(column)).collect::<Result<_, _>>()?;
            Ok((cells, row.get(columns)?))
        })
        .unwrap()
}

fn cell(value: &SqlValue) -> Cell<'_> {
    match value {
        SqlValue::Null => Cell::Null,
        SqlValue::Integer(int) => Cell::Int(*int),
        SqlValue::Real(real) => Cell::Real(*real),
        SqlValue::Text(text) => Cell::Text(text.as_bytes()),
        SqlValue::Blob(_) => unreachable!("no blobs are generated"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn every_check_judges_as_sqlite(values in prop::collection::vec(value(), 40..41)) {
        thread_local!(static CASES: Vec<Judged> = cases());
        CASES.with(|cases| {
            for (number, case) in cases.iter().enumerate() {
                let row: Vec<SqlValue> = (0..case.types.len()).map(|column| values[(column * 7 + number) % values.len()].clone()).collect();
                let (row, expected) = stored(case, &row);
                prop_assert_eq!(case.check.holds(|column| cell(&row[column])), expected, "{} on {:?}", case.text, row);
            }
            Ok(())
        })?;
    }
}

fn parse(text: &str) -> Result<Check, CheckError> {
    Check::parse(text, |name| ["a", "b"].iter().position(|column| *column == name))
}

#[test]
fn unknown_is_neither_true_nor_false() {
    let holds = |text, a, b| parse(text).unwrap().holds(|column| [a, b][column]);
    assert_eq!(holds("a = 1 OR b = 1", Cell::Null, Cell::Int(1)), Some(true));
    assert_eq!(holds("a = 1 OR b = 1", Cell::Null, Cell::Int(2)), None);
    assert_eq!(holds("a = 1 AND b = 1", Cell::Null, Cell::Int(2)), Some(false));
    assert_eq!(holds("a = 1 AND b = 1", Cell::Null, Cell::Int(1)), None);
    assert_eq!(holds("a IN (1, 2)", Cell::Null, Cell::Null), None);
    assert_eq!(holds("CASE WHEN a = 1 THEN 0 ELSE 1 END", Cell::Null, Cell::Null), Some(true));
    assert_eq!(holds("CASE WHEN a = 1 THEN 0 END", Cell::Null, Cell::Null), None);
}

#[test]
fn what_is_not_understood_is_refused_with_its_place() {
    let message = |text| parse(text).unwrap_err().to_string();
    assert_eq!(
        message("a > "),
        "`` at byte 4 of a CHECK, where a column, a number, a text or a function is due: no table of ProxySQL has this"
    );
    assert_eq!(
        message("a = 1 é"),
        "`é` at byte 6 of a CHECK, where the end, `AND` or `OR` is due: no table of ProxySQL has this"
    );
    assert_eq!(
        message("a LIKE 'x'"),
        "`LIKE` at byte 2 of a CHECK, where a comparison, `IN` or `IS` is due: no table of ProxySQL has this"
    );
    assert_eq!(
        message("ABS(a) > 1"),
        "`ABS` at byte 0 of a CHECK, where UPPER, LOWER, SUBSTR or JSON_VALID is due: no table of ProxySQL has this"
    );
    assert_eq!(
        message("a = 'x"),
        "`'` at byte 4 of a CHECK, where a column, a number, a text or a function is due: no table of ProxySQL has this"
    );
    assert_eq!(
        message("a > 0 AND c > 0"),
        "no column `c`, which a CHECK names at byte 10: give the columns of the table it is from"
    );
    assert!(matches!(parse(&"(".repeat(10_000)), Err(CheckError::TooDeep { at: 33 })));
    assert!(matches!(parse(&"UPPER(".repeat(10_000)), Err(CheckError::TooDeep { .. })));
}
