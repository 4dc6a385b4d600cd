//! The Rust types of variables: from and to the text that the server keeps.

use std::borrow::Cow;

use crate::schema::choice::{AuthenticationPlugin, Choice, TrackGtids};
use crate::schema::text::{Secret, Text};

/// What a variable's Rust type holds; for JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueShape {
    /// A boolean.
    Bool,
    /// A number.
    Int,
    /// A text.
    Text,
    /// A text that must not be shown.
    Secret,
    /// One of a few texts.
    OneOf(&'static [&'static str]),
}

/// A Rust type that a variable can have.
pub(crate) trait Value: Sized + Clone {
    const SHAPE: ValueShape;

    /// The usual text.
    fn text(&self) -> Cow<'_, [u8]>;

    /// What a text means, by the rules of the server; `None` where it means nothing.
    fn from_text(text: &[u8]) -> Option<Self>;
}

impl Value for bool {
    const SHAPE: ValueShape = ValueShape::Bool;

    fn text(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(if *self { b"true" } else { b"false" })
    }

    fn from_text(text: &[u8]) -> Option<Self> {
        if text == b"1" || text.eq_ignore_ascii_case(b"true") {
            Some(true)
        } else if text == b"0" || text.eq_ignore_ascii_case(b"false") {
            Some(false)
        } else {
            None
        }
    }
}

impl Value for i32 {
    const SHAPE: ValueShape = ValueShape::Int;

    fn text(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.to_string().into_bytes())
    }

    fn from_text(text: &[u8]) -> Option<Self> {
        Some(atoi(text))
    }
}

impl Value for u32 {
    const SHAPE: ValueShape = ValueShape::Int;

    fn text(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.to_string().into_bytes())
    }

    fn from_text(text: &[u8]) -> Option<Self> {
        Some(strtoul_low_32(text))
    }
}

impl Value for Text {
    const SHAPE: ValueShape = ValueShape::Text;

    fn text(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.as_bytes())
    }

    fn from_text(text: &[u8]) -> Option<Self> {
        Some(text.into())
    }
}

impl Value for Secret {
    const SHAPE: ValueShape = ValueShape::Secret;

    fn text(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.expose().as_bytes())
    }

    fn from_text(text: &[u8]) -> Option<Self> {
        Some(text.into())
    }
}

macro_rules! choice_value {
    ($choice:ty) => {
        impl Value for $choice {
            const SHAPE: ValueShape = ValueShape::OneOf(<$choice>::NAMES);

            fn text(&self) -> Cow<'_, [u8]> {
                Cow::Borrowed(self.name().as_bytes())
            }

            fn from_text(text: &[u8]) -> Option<Self> {
                let same = |choice: &Self| choice.name().as_bytes().eq_ignore_ascii_case(text);
                Self::ALL.iter().copied().find(same)
            }
        }
    };
}

choice_value!(TrackGtids);
choice_value!(AuthenticationPlugin);

/// The number at the beginning of a text as C's `atoi` gives it: blanks, a sign, digits; over 64 bits
/// the nearest end, of which the low 32 bits.
pub(crate) fn atoi(text: &[u8]) -> i32 {
    let (negative, magnitude) = number(text);
    let limit = if negative { 1_u64 << 63 } else { i64::MAX.cast_unsigned() };
    let magnitude = u64::try_from(magnitude).unwrap_or(u64::MAX).min(limit);
    low_32(if negative { magnitude.wrapping_neg() } else { magnitude }).cast_signed()
}

/// The number at the beginning of a text as C's `strtoul` gives it, its low 32 bits.
pub(crate) fn strtoul_low_32(text: &[u8]) -> u32 {
    let (negative, magnitude) = number(text);
    let Ok(magnitude) = u64::try_from(magnitude) else { return u32::MAX };
    low_32(if negative { magnitude.wrapping_neg() } else { magnitude })
}

#[allow(clippy::cast_possible_truncation)]
fn low_32(number: u64) -> u32 {
    number as u32
}

/// Blanks, a sign and digits; the magnitude ends at more than 64 bits hold.
fn number(text: &[u8]) -> (bool, u128) {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | 9..=13)).count();
    let (negative, digits) = match &text[blanks..] {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
    let add = |sum: u128, byte: &u8| (sum * 10 + u128::from(byte - b'0')).min(u128::from(u64::MAX) + 1);
    (negative, digits.fold(0, add))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_c_does() {
        let cases: [(&str, i32); 12] = [
            ("12", 12),
            (" \t-7x", -7),
            ("+3", 3),
            ("", 0),
            ("abc", 0),
            ("- 3", 0),
            ("2147483648", i32::MIN),
            ("4294967303", 7),
            ("9223372036854775807", -1),
            ("99999999999999999999999", -1),
            ("-99999999999999999999999", 0),
            ("1.9", 1),
        ];
        for (text, number) in cases {
            assert_eq!(atoi(text.as_bytes()), number, "{text}");
        }
        assert_eq!(strtoul_low_32(b"-1"), u32::MAX);
        assert_eq!(strtoul_low_32(b"4294967306"), 10);
        assert_eq!(strtoul_low_32(b"18446744073709551616"), u32::MAX);
        assert_eq!(strtoul_low_32(b"-18446744073709551616"), u32::MAX);
    }
}
