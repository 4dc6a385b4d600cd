//! Literals, and what a column stores of them.

/// A value as it is written in SQL.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Null,
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
}

/// What a column's type makes of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Affinity {
    /// VARCHAR: numbers become text.
    Text,
    /// INT, INTEGER, INT UNSIGNED: texts that are numbers become numbers.
    Integer,
}

impl Literal {
    /// A number with a point, an exponent, or too many digits for an integer.
    pub(super) fn real(text: &[u8]) -> Literal {
        // Every such token is one that Rust reads too.
        let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
        number.map_or(Literal::Null, Literal::Real)
    }

    /// With a minus before it, if that needs no arithmetic on texts.
    pub(super) fn negated(self) -> Option<Literal> {
        match self {
            Literal::Null => Some(Literal::Null),
            Literal::Integer(i64::MIN) => Some(Literal::Real(9_223_372_036_854_775_808.0)),
            Literal::Integer(integer) => Some(Literal::Integer(-integer)),
            Literal::Real(real) => Some(Literal::Real(-real)),
            Literal::Text(_) => None,
        }
    }

    /// As a column of this affinity stores it.
    pub(crate) fn with_affinity(self, affinity: Affinity) -> Literal {
        match (affinity, self) {
            (Affinity::Text, Literal::Integer(integer)) => Literal::Text(integer.to_string().into_bytes()),
            (Affinity::Text, Literal::Real(real)) => Literal::Text(real_text(real).into_bytes()),
            (Affinity::Integer, Literal::Real(real)) => whole(real),
            (Affinity::Integer, Literal::Text(text)) => number(&text).unwrap_or(Literal::Text(text)),
            (_, literal) => literal,
        }
    }
}

/// A real without fraction as the integer it equals, unless it lies at or beyond the ends.
fn whole(real: f64) -> Literal {
    // A saturated end is no match.
    #[allow(clippy::cast_possible_truncation)]
    let integer = real as i64;
    #[allow(clippy::cast_precision_loss, clippy::float_cmp)]
    let equal = integer as f64 == real;
    if equal && integer > i64::MIN && integer < i64::MAX {
        Literal::Integer(integer)
    } else {
        Literal::Real(real)
    }
}

/// The number that a text is as a whole, with blanks around it or not.
fn number(text: &[u8]) -> Option<Literal> {
    let blank = |byte: &u8| super::is_space(*byte);
    let start = text.iter().position(|byte| !blank(byte))?;
    let end = text.iter().rposition(|byte| !blank(byte))? + 1;
    let text = std::str::from_utf8(&text[start..end]).ok()?;
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    // Rust reads more than SQLite: names of numbers.
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    if let Ok(integer) = text.parse() {
        return Some(Literal::Integer(integer));
    }
    text.parse().ok().map(whole)
}

/// How `SQLite` writes a real: 15 significant digits, and always a point.
fn real_text(real: f64) -> String {
    if real.is_infinite() {
        return if real > 0.0 { "Inf" } else { "-Inf" }.to_owned();
    }
    if real == 0.0 {
        return "0.0".to_owned();
    }
    let scientific = format!("{:.14e}", real.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits = mantissa.replace('.', "");
    let digits = digits.trim_end_matches('0');
    let sign = if real < 0.0 { "-" } else { "" };
    let (whole, fraction, suffix) = match exponent {
        -4..0 => {
            ("0".to_owned(), "0".repeat((-exponent - 1).unsigned_abs() as usize) + digits, String::new())
        }
        0..=14 => {
            let point = exponent.unsigned_abs() as usize + 1;
            let padded = format!("{digits:0<point$}");
            let (whole, fraction) = padded.split_at(point);
            (whole.to_owned(), fraction.to_owned(), String::new())
        }
        _ => {
            let (whole, fraction) = digits.split_at(digits.len().min(1));
            let sign = if exponent < 0 { '-' } else { '+' };
            (whole.to_owned(), fraction.to_owned(), format!("e{sign}{:02}", exponent.unsigned_abs()))
        }
    };
    let fraction = if fraction.is_empty() { "0" } else { &fraction };
    format!("{sign}{whole}.{fraction}{suffix}")
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use rusqlite::Connection;
    use rusqlite::types::Value;

    use super::*;

    /// What a column of each type stores of this value.
    fn stored(value: &Literal) -> (Literal, Literal) {
        thread_local!(static SQLITE: Connection = {
            let sqlite = Connection::open_in_memory().unwrap();
            sqlite.execute_batch("CREATE TABLE t (text VARCHAR, number INT UNSIGNED)").unwrap();
            sqlite
        });
        let value = match value {
            Literal::Null => Value::Null,
            Literal::Integer(integer) => Value::Integer(*integer),
            Literal::Real(real) => Value::Real(*real),
            Literal::Text(text) => Value::Text(String::from_utf8(text.clone()).unwrap()),
        };
        let literal = |value| match value {
            Value::Null => Literal::Null,
            Value::Integer(integer) => Literal::Integer(integer),
            Value::Real(real) => Literal::Real(real),
            Value::Text(text) => Literal::Text(text.into_bytes()),
            Value::Blob(_) => unreachable!(),
        };
        SQLITE.with(|sqlite| {
            sqlite.execute("DELETE FROM t", []).unwrap();
            sqlite.execute("INSERT INTO t VALUES (?1, ?1)", [value]).unwrap();
            sqlite
                .query_row("SELECT * FROM t", [], |row| Ok((literal(row.get(0)?), literal(row.get(1)?))))
                .unwrap()
        })
    }

    /// Newer versions write 17 digits.
    pub(in crate::config::pasted) fn writes_reals_as_3_43() -> bool {
        stored(&Literal::Real(0.1 + 0.2)).0 == Literal::Text(b"0.3".to_vec())
    }

    fn affinities(value: &Literal) -> (Literal, Literal) {
        (value.clone().with_affinity(Affinity::Text), value.clone().with_affinity(Affinity::Integer))
    }

    #[test]
    fn reals_are_written_as_sqlite_writes_them() {
        for (real, text) in [
            (1.0, "1.0"),
            (-0.5, "-0.5"),
            (-0.0, "0.0"),
            (1e14, "100000000000000.0"),
            (1e15, "1.0e+15"),
            (1.25e20, "1.25e+20"),
            (1e-4, "0.0001"),
            (1.5e-5, "1.5e-05"),
            (0.1 + 0.2, "0.3"),
            (999_999_999_999_999.9, "1.0e+15"),
            (123_456.789, "123456.789"),
            (f64::INFINITY, "Inf"),
        ] {
            assert_eq!(real_text(real), text);
            let (stored_text, stored_number) = stored(&Literal::Real(real));
            let (text, number) = affinities(&Literal::Real(real));
            assert_eq!(number, stored_number, "{real}");
            assert!(text == stored_text || !writes_reals_as_3_43(), "{real}");
        }
    }

    #[test]
    fn texts_that_are_numbers_become_numbers() {
        for text in [
            "",
            " ",
            "1",
            " 12\t",
            "\u{b}1",
            "\u{a0}1",
            "+5",
            "-5",
            "--5",
            "1.0",
            "1.",
            ".5",
            ".",
            "1e2",
            "1e",
            "1e+",
            "1E-2",
            "0x10",
            "1a",
            "inf",
            "nan",
            "9223372036854775807",
            "9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775809",
            "1e999",
            "-",
            "9223372036854774784.0",
            "9223372036854775807.0",
            "1 2",
            "-0",
            "-0.0",
            "00012",
        ] {
            let text = Literal::Text(text.into());
            assert_eq!(affinities(&text), stored(&text));
        }
    }

    proptest! {
        #[test]
        fn columns_store_what_sqlite_stores(value in prop_oneof![
            any::<i64>().prop_map(Literal::Integer),
            (-1e6..1e6_f64).prop_map(|real| Literal::Real((real * 1e4).round() / 1e4)),
            (-1000..1000_i32, -30..30).prop_map(|(digits, exponent)| Literal::Real(f64::from(digits) * 10_f64.powi(exponent))),
            "[ \t+-]{0,2}[0-9.]{0,20}([eE][+-]?[0-9]{0,2})?[ x]{0,1}".prop_map(|text| Literal::Text(text.into_bytes())),
        ]) {
            let (stored, ours) = (stored(&value), affinities(&value));
            prop_assert_eq!(ours.1, stored.1);
            if !matches!(value, Literal::Real(_)) || writes_reals_as_3_43() {
                prop_assert_eq!(ours.0, stored.0);
            }
        }
    }
}
