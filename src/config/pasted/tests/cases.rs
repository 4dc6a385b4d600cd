//! What stands in the facts, by hand.

use super::*;

/// `scheduler` has a column list, `restapi_routes` has none.
fn scheduler(texts: &[&str]) -> String {
    let values: Vec<String> = texts.iter().map(|text| format!("'{text}'")).collect();
    format!("INSERT OR REPLACE INTO scheduler (filename, arg1) VALUES ({})", values.join(", "))
}

fn error(statement: &str) -> String {
    match read(statement.as_bytes(), 2, Sqlite::V3_43) {
        Outcome::Error(message) => String::from_utf8(message).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn departure(statement: &str) -> (&str, Foreign) {
    match read(statement.as_bytes(), 2, Sqlite::V3_43) {
        Outcome::Unpredictable(Departure { span, what }) => (&statement[span], what),
        other => panic!("{other:?}"),
    }
}

#[test]
fn errors_name_the_token_that_does_not_fit() {
    for (text, message) in [
        ("it's", "near \"s\": syntax error"),
        ("a'\"b\"", "near \"\"b\"\": syntax error"),
        ("a''b'c", "near \"c\": syntax error"),
        ("a' 5", "near \"5\": syntax error"),
        ("a'\\", "unrecognized token: \"\\\""),
        ("a'1x", "unrecognized token: \"1x\""),
        ("a' + ', 'b", "near \"b\": syntax error"),
        ("a' --", "incomplete input"),
        ("a' /*", "incomplete input"),
        ("a' BETWEEN 1 OR 2 AND 3, '", "near \",\": syntax error"),
        ("', 1), (", "near \"y\": syntax error"),
        ("a', x", "unrecognized token: \"x', '\""),
        ("', name, '", "no such column: name"),
        ("', 'b", "3 values for 2 columns"),
    ] {
        let statement = scheduler(&[text, "y"]);
        assert_eq!(error(&statement), message, "{statement}");
    }
    assert_eq!(error(&scheduler(&["x", "a'"])), "unrecognized token: \"'a'')\"");
    assert_eq!(
        error("INSERT OR REPLACE INTO restapi_routes VALUES (1, 'a', 'b')"),
        "table restapi_routes has 2 columns but 3 values were supplied"
    );
}

#[test]
fn the_end_is_told_otherwise_by_3_19() {
    let message = |statement: &str| read(statement.as_bytes(), 2, Sqlite::V3_19);
    let comment = scheduler(&["a' --", "x"]);
    assert_eq!(message(&comment), Outcome::Error(b"near \"--', 'x')\": syntax error".to_vec()));
    assert_eq!(message(&scheduler(&["a' -> 'b", "x"])), Outcome::Error(b"near \">\": syntax error".to_vec()));
}

#[test]
fn literals_in_another_order_are_rows() {
    let rows = |statement: &str| match read(statement.as_bytes(), 2, Sqlite::V3_43) {
        Outcome::Rows(rows) => rows,
        other => panic!("{other:?}"),
    };
    let text = |text: &str| Literal::Text(text.into());
    assert_eq!(rows(&scheduler(&["it''s", "x"])), [[text("it's"), text("x")]]);
    assert_eq!(rows(&scheduler(&["a', - 5) --", "x"])), [[text("a"), Literal::Integer(-5)]]);
    assert_eq!(rows(&scheduler(&["a', (NULL)); ; /* ", "x"])), [[text("a"), Literal::Null]]);
    let two = [[text("a"), Literal::Real(1.5)], [text("b"), text("x")]];
    assert_eq!(rows(&scheduler(&["a', 1.5), ('b", "x"])), two);
}

#[test]
fn what_is_no_literal_has_its_place() {
    assert_eq!(departure(&scheduler(&["a' || 'b", "x"])), ("||", Foreign::Expression));
    assert_eq!(departure(&scheduler(&["a' || f('b'), '", "x"])), ("f", Foreign::Function));
    assert_eq!(
        departure(&scheduler(&["a', (SELECT password FROM mysql_users)) --", "x"])),
        ("SELECT", Foreign::Query)
    );
    assert_eq!(departure(&scheduler(&["a', 'b') RETURNING *; --", "x"])), ("RETURNING", Foreign::Clause));
    assert_eq!(
        departure(&scheduler(&["a', 'b'); DELETE FROM mysql_servers; --", "x"])),
        ("DELETE", Foreign::Statement)
    );
    assert_eq!(departure(&scheduler(&["a', 'b'), ('c') --", "x"])).1, Foreign::Clause);
    assert_eq!(
        departure(&scheduler(&[&format!("a', {}1", "(".repeat(100_000)), "x"])),
        ("(", Foreign::Excess)
    );
    assert_eq!(
        departure(&scheduler(&[&format!("a'{}", " || 'b'".repeat(100_000)), "x"])),
        ("||", Foreign::Excess)
    );
    assert_eq!(departure("DELETE FROM scheduler").1, Foreign::Statement);
}
