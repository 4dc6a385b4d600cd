//! One value of a row, whatever its table and column.

use std::cmp::Ordering;

/// What SQLite holds in one column of one row, borrowed.
///
/// ProxySQL's tables are `SQLite` tables: a column has a type, but a value brings its own kind along. A
/// `VARCHAR` column holds text or NULL; an `INT` column holds whole numbers, but also a real with a
/// fraction and a text that is no number, if somebody puts them there.
///
/// ```
/// use std::cmp::Ordering;
/// use proxysql_kit::schema::Cell;
///
/// assert_eq!(Cell::Int(9).compare(Cell::Text(b"10")), Some(Ordering::Less));
/// assert_eq!(Cell::Text(b"9").compare(Cell::Text(b"10")), Some(Ordering::Greater));
/// assert_eq!(Cell::Null.compare(Cell::Null), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// NULL.
    Null,
    /// A whole number.
    Int(i64),
    /// A number with a fraction, or beyond 64 bits. Never NaN in `SQLite`, which makes NULL of it.
    Real(f64),
    /// A text; nearly always, but not always, UTF-8.
    Text(&'a [u8]),
}

impl Cell<'_> {
    /// How `SQLite` compares two values that have their column's affinity already: numbers by value,
    /// texts byte by byte, every number before every text. Nothing with NULL.
    pub fn compare(self, other: Cell<'_>) -> Option<Ordering> {
        match (self, other) {
            (Cell::Null, _) | (_, Cell::Null) => None,
            (Cell::Int(a), Cell::Int(b)) => Some(a.cmp(&b)),
            (Cell::Real(a), Cell::Real(b)) => a.partial_cmp(&b),
            (Cell::Int(a), Cell::Real(b)) => compare_int_with_real(a, b),
            (Cell::Real(a), Cell::Int(b)) => compare_int_with_real(b, a).map(Ordering::reverse),
            (Cell::Text(a), Cell::Text(b)) => Some(a.cmp(b)),
            (Cell::Text(_), _) => Some(Ordering::Greater),
            (_, Cell::Text(_)) => Some(Ordering::Less),
        }
    }
}

/// Exact, where a conversion of either one to the other's type would round.
fn compare_int_with_real(int: i64, real: f64) -> Option<Ordering> {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    if real.is_nan() {
        return None;
    }
    if real >= TWO_TO_63 {
        return Some(Ordering::Less);
    }
    if real < -TWO_TO_63 {
        return Some(Ordering::Greater);
    }
    // In range, so that only the fraction is cut off.
    #[allow(clippy::cast_possible_truncation)]
    let whole = real as i64;
    Some(int.cmp(&whole).then_with(|| 0.0_f64.total_cmp(&(real.fract() + 0.0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_and_reals_compare_without_rounding() {
        let compare = |int, real| Cell::Int(int).compare(Cell::Real(real)).unwrap();
        assert_eq!(compare(i64::MAX, 9_223_372_036_854_775_808.0), Ordering::Less);
        assert_eq!(compare(i64::MIN, -9_223_372_036_854_775_808.0), Ordering::Equal);
        assert_eq!(compare((1 << 53) + 1, 9_007_199_254_740_992.0), Ordering::Greater);
        assert_eq!(compare(0, -0.0), Ordering::Equal);
        assert_eq!(compare(0, -0.5), Ordering::Greater);
        assert_eq!(compare(-1, -1.5), Ordering::Greater);
        assert_eq!(compare(1, 1.5), Ordering::Less);
        assert_eq!(compare(1, f64::INFINITY), Ordering::Less);
    }
}
