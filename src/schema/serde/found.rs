//! One value as a format has it, whatever it is: so that every error can say where it is and what is
//! due there, and none shows a secret.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A value of any type.
#[derive(Clone, PartialEq)]
pub(crate) enum Found {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer beyond 64 bits.
    Huge,
    /// With a fraction or an exponent; to YAML, also an integer that begins with 0.
    Real,
    Text(Vec<u8>),
    List,
    Map,
}

impl Found {
    /// What it is, for an error.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Found::Null => "null",
            Found::Bool(_) => "a boolean",
            Found::Int(_) => "a number",
            Found::Huge => "a number of more than 64 bits",
            Found::Real => "another kind of number",
            Found::Text(_) => "a text",
            Found::List => "a list",
            Found::Map => "a map",
        }
    }
}

impl<'de> Deserialize<'de> for Found {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Found, E> {
        Ok(Found::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Found, E> {
        Ok(Found::Int(value))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Found, E> {
        Ok(i64::try_from(value).map_or(Found::Huge, Found::Int))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Found, E> {
        Ok(i64::try_from(value).map_or(Found::Huge, Found::Int))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Found, E> {
        Ok(i64::try_from(value).map_or(Found::Huge, Found::Int))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Found, E> {
        Ok(Found::Real)
    }

    fn visit_str<E>(self, value: &str) -> Result<Found, E> {
        Ok(Found::Text(value.as_bytes().to_vec()))
    }

    fn visit_string<E>(self, value: String) -> Result<Found, E> {
        Ok(Found::Text(value.into_bytes()))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Found, E> {
        Ok(Found::Text(value.to_vec()))
    }

    fn visit_byte_buf<E>(self, value: Vec<u8>) -> Result<Found, E> {
        Ok(Found::Text(value))
    }

    fn visit_none<E>(self) -> Result<Found, E> {
        Ok(Found::Null)
    }

    fn visit_unit<E>(self) -> Result<Found, E> {
        Ok(Found::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        Found::deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        Found::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Found, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Found::List)
    }

    /// `{"hex": "…"}` is a text.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let mut found = Found::Map;
        let mut count = 0;
        while let Some(key) = map.next_key::<String>()? {
            count += 1;
            if count == 1 && key == HEX {
                let digits = map.next_value::<String>()?;
                let bytes = from_hex(&digits)
                    .ok_or_else(|| de::Error::custom("`hex` takes hexadecimal digits, two for each byte"))?;
                found = Found::Text(bytes);
            } else {
                map.next_value::<IgnoredAny>()?;
                found = Found::Map;
            }
        }
        Ok(found)
    }
}

/// The key under which bytes stand that are no UTF-8.
pub(super) const HEX: &str = "hex";

pub(super) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.as_bytes();
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let byte = |pair: &[u8]| Some(value(pair[0])? << 4 | value(pair[1])?);
    digits.len().is_multiple_of(2).then(|| digits.chunks_exact(2).map(byte).collect())?
}

/// A name for an error: not more of it than a person reads.
pub(crate) fn shortened(name: &str) -> String {
    const MOST: usize = 60;
    match name.char_indices().nth(MOST) {
        Some((end, _)) => format!("`{}…`", &name[..end]),
        None => format!("`{name}`"),
    }
}

/// For visitors that want a map or a list: refuses a text without quoting it, since it may be a secret.
macro_rules! no_text_quoted {
    () => {
        fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Self::Value, E> {
            Err(E::invalid_type(serde::de::Unexpected::Other("a text"), &self))
        }
    };
}

pub(crate) use no_text_quoted;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_hex_and_what_is_not() {
        assert_eq!(from_hex("00fF"), Some(vec![0, 255]));
        assert_eq!(from_hex(""), Some(vec![]));
        for text in ["0", "0x", "é", "+1", " 1"] {
            assert_eq!(from_hex(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn hex_both_ways(bytes in prop::collection::vec(any::<u8>(), 0..9)) {
            prop_assert_eq!(from_hex(&to_hex(&bytes)), Some(bytes));
        }
    }
}
