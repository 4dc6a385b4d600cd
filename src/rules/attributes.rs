//! Weighted `flagOUTs`: what the attributes of a rule hold for the walk.

use super::random::Random;
use crate::schema::json;

/// Flags of which one is picked, each as often as its weight says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FlagOuts {
    /// Flag and weight.
    entries: Vec<(i32, u32)>,
    total: u32,
}

impl FlagOuts {
    /// Those of `{"flagOUTs":[{"id":6,"weight":3}]}`. What is no such entry is left out.
    pub(super) fn parse(attributes: &[u8]) -> Self {
        let Some(list) = json::member(attributes, "flagOUTs") else { return FlagOuts::default() };
        let mut flag_outs = FlagOuts::default();
        for entry in json::elements(list) {
            let number = |name| json::member(entry, name).and_then(unsigned);
            if let (Some(id), Some(weight)) = (number("id"), number("weight")) {
                flag_outs.total = flag_outs.total.saturating_add(weight);
                flag_outs.entries.push((id.cast_signed(), weight));
            }
        }
        flag_outs
    }

    /// Whether one can be picked.
    pub(super) fn is_some(&self) -> bool {
        self.total > 0
    }

    /// How many can be picked.
    pub(super) fn choices(&self) -> usize {
        self.entries.iter().filter(|(_, weight)| *weight > 0).count()
    }

    /// One of them.
    pub(super) fn pick(&self, random: &mut dyn Random) -> Option<i32> {
        let last = self.total.checked_sub(1)?;
        let mut drawn = random.below(self.total).min(last);
        for &(flag, weight) in &self.entries {
            if drawn < weight {
                return Some(flag);
            }
            drawn -= weight;
        }
        None
    }
}

/// A whole number without a sign; what is over 32 bits loses its high ones.
fn unsigned(text: &[u8]) -> Option<u32> {
    let number: u64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    #[allow(clippy::cast_possible_truncation)]
    text.first()?.is_ascii_digit().then_some(number as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pick(attributes: &str, number: u32) -> Option<i32> {
        FlagOuts::parse(attributes.as_bytes()).pick(&mut |_| number)
    }

    #[test]
    fn weights_share_the_numbers() {
        let two =
            r#" {"other": {"flagOUTs": []}, "flagOUTs": [{"id": 6, "weight": 3}, {"weight":1,"id":7}] } "#;
        assert_eq!([0, 2, 3, 9].map(|number| pick(two, number)), [Some(6), Some(6), Some(7), Some(7)]);
    }

    #[test]
    fn what_is_no_entry_is_left_out() {
        for attributes in [
            "",
            "{}",
            "[1]",
            "no json",
            r#"{"flagOUTs":{"id":0,"weight":1}}"#,
            r#"{"flagOUTs":[{"id":1,"weight":0}]}"#,
            r#"{"flagOUTs":[{"id":"4","weight":2},{"id":0},7,[]]}"#,
            r#"{"flagOUTs":[{"id":-1,"weight":2},{"id":1.5,"weight":2},{"id":1e1,"weight":2}]}"#,
            r#"{"flagOUTs":[{"id":1,"weight":2}],"flagOUTs":[]}"#,
        ] {
            assert_eq!(pick(attributes, 0), None, "{attributes}");
        }
        assert_eq!(pick(r#"{"flagOUTs":[{"id":3,"weight":0},{"id":7,"weight":7}]}"#, 0), Some(7));
        assert_eq!(pick(r#"{"flag\u004fUTs":[{"i\u0064":3,"weight":1}]}"#, 0), Some(3));
    }
}
