//! What a CHECK says of one number alone.

use super::{Check, Comparison, Condition, Operand};

impl Check {
    /// The least and the greatest integer that it lets into a column, as far as it says so by plain
    /// comparisons that all must hold.
    pub(crate) fn bounds(&self, column: usize) -> (Option<i64>, Option<i64>) {
        let alone = std::slice::from_ref(&self.0);
        let parts = if let Condition::All(parts) = &self.0 { parts } else { alone };
        let (mut min, mut max) = (None, None);
        for part in parts {
            let Condition::Compare(Operand::Column(at), comparison, Operand::Int(bound)) = part else {
                continue;
            };
            if *at != column {
                continue;
            }
            let (least, greatest) = match comparison {
                Comparison::GreaterOrEqual => (Some(*bound), None),
                Comparison::Greater => (bound.checked_add(1), None),
                Comparison::LessOrEqual => (None, Some(*bound)),
                Comparison::Less => (None, bound.checked_sub(1)),
                Comparison::Equal => (Some(*bound), Some(*bound)),
                Comparison::NotEqual => (None, None),
            };
            min = min.max(least);
            max = [max, greatest].into_iter().flatten().min();
        }
        (min, max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_plain_comparisons() {
        let bounds = |text: &str| {
            let columns = ["a", "b"];
            Check::parse(text, |name| columns.iter().position(|&column| column == name)).unwrap().bounds(0)
        };
        assert_eq!(bounds("a >= 0 AND a <= 65535"), (Some(0), Some(65535)));
        assert_eq!(bounds("a > 0"), (Some(1), None));
        assert_eq!(bounds("a <> b AND a >= 1 AND a >= 3 AND a < 9 AND a <= 30"), (Some(3), Some(8)));
        assert_eq!(bounds("a >= 0 OR a <= 5"), (None, None));
        assert_eq!(bounds("b >= 0"), (None, None));
        assert_eq!(bounds("a IN (0,1)"), (None, None));
    }
}
