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
pub(super) fn real_text(real: f64) -> String {
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
