//! Single values: texts, secrets, choices, versions.

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

use super::found::{Found, HEX, to_hex};
use crate::schema::choice::{AnyCase, Choice};
use crate::schema::{Cell, Secret, Text, Version};

/// A string where it is UTF-8, else `{"hex": "…"}`.
impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_bytes(self.as_bytes(), serializer)
    }
}

/// The text itself.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.expose().serialize(serializer)
    }
}

pub(super) fn serialize_bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return serializer.serialize_str(text);
    }
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(HEX, &to_hex(bytes))?;
    map.end()
}

/// NULL as none, numbers as they are, texts as [`Text`].
impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Cell::Null => serializer.serialize_none(),
            Cell::Int(value) => serializer.serialize_i64(*value),
            Cell::Real(value) => serializer.serialize_f64(*value),
            Cell::Text(text) => serialize_bytes(text, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Found::deserialize(deserializer)? {
            Found::Text(text) => Ok(text.into()),
            other => Err(de::Error::custom(format_args!("a text is needed, not {}", other.kind()))),
        }
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text::deserialize(deserializer).map(Secret::from)
    }
}

/// A number where the names are numbers.
pub(crate) fn serialize_choice<C: Choice, S: Serializer>(
    choice: C,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match choice.name().parse() {
        Ok(number) => serializer.serialize_i64(number),
        Err(_) => serializer.serialize_str(choice.name()),
    }
}

pub(crate) fn deserialize_choice<'de, C: Choice, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<C, D::Error> {
    let found = text_or_number(deserializer)?;
    let choice = C::ALL.iter().copied().find(|choice| choice.name().as_bytes() == found);
    choice.ok_or_else(|| none_of::<C, _>(&found))
}

/// The text as it is written.
impl<C: Choice> Serialize for AnyCase<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_bytes(self.as_bytes(), serializer)
    }
}

impl<'de, C: Choice> Deserialize<'de> for AnyCase<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = text_or_number(deserializer)?;
        AnyCase::from_bytes(&found).ok_or_else(|| none_of::<C, _>(&found))
    }
}

fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    match Found::deserialize(deserializer)? {
        Found::Text(text) => Ok(text),
        Found::Int(number) => Ok(number.to_string().into_bytes()),
        other => Err(de::Error::custom(format_args!("a text is needed, not {}", other.kind()))),
    }
}

fn none_of<C: Choice, E: de::Error>(found: &[u8]) -> E {
    let found = super::shortened(&String::from_utf8_lossy(found));
    E::custom(format_args!("{found} is none of {}", C::NAMES.join(", ")))
}

/// Its name, `2.7`.
impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// What `FromStr` reads, and the number 2.7 that YAML makes of a name without quotes.
impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(VersionName)
    }
}

struct VersionName;

impl Visitor<'_> for VersionName {
    type Value = Version;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a version: \"2.0\", \"2.7\" or \"3.0\"")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Version, E> {
        name.parse().map_err(|_| E::invalid_value(Unexpected::Str(name), &self))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Version, E> {
        let named = |version: &Version| version.name().parse() == Ok(number);
        let found = Version::ALL.into_iter().find(named);
        found.ok_or_else(|| E::invalid_value(Unexpected::Float(number), &self))
    }
}
