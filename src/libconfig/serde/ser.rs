//! From types of your own to libconfig.

use std::fmt::Display;

use serde::ser::{
    Error as _, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::{ARRAY, INT64, LIST, NOT_FILLED, SerdeError, sequence};
use crate::libconfig::layout::{Style, setting_value};
use crate::libconfig::text::lossy;
use crate::libconfig::value::{Setting, Value};
use crate::libconfig::value_buf::{ValueBuf, ValueError, is_name};

/// Writes a struct or map as a libconfig file, a setting a line.
///
/// An integer is an int where 32 bits hold it, else an int64. A sequence of scalars of one type is an
/// array, any other a list. A member that is `None` is left out.
///
/// ```
/// use proxysql_kit::libconfig::{SerdeError, to_string};
///
/// #[derive(serde::Serialize)]
/// struct Server { address: String, port: u16, comment: Option<String> }
///
/// let server = Server { address: "db1".into(), port: 3306, comment: None };
/// assert_eq!(to_string(&server)?, "address=\"db1\"\nport=3306\n");
/// # Ok::<(), SerdeError>(())
/// ```
///
/// # Errors
/// Where libconfig cannot hold it: NaN, integers over 64 bits, names that are no names, `None` in a
/// sequence, unit, NUL in a string, or anything but a struct or map at the top.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, SerdeError> {
    let ValueBuf::Group(settings) = to_value(value)? else {
        return Err(SerdeError::plain("a file holds settings with names: a struct or a map"));
    };
    let mut out = Vec::new();
    let style = Style::default();
    for (name, value) in &settings {
        out.extend(name.bytes());
        setting_value(value, &style, b"", &mut out);
        out.extend(style.newline);
    }
    Ok(lossy(&out).into_owned())
}

/// Makes a [`ValueBuf`] of any value, such as one to put into a [`Document`](crate::libconfig::Document).
///
/// # Errors
/// As [`to_string`], but any value may stand at the top.
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<ValueBuf, SerdeError> {
    let value = value.serialize(Writer { depth: 0 })?.ok_or_else(none)?;
    value.check()?;
    Ok(value)
}

/// Its exact type passes through this crate's own serialiser; others see what it holds.
impl Serialize for ValueBuf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            ValueBuf::Bool(value) => serializer.serialize_bool(*value),
            ValueBuf::Int(value) => serializer.serialize_i32(*value),
            ValueBuf::Int64(value) => serializer.serialize_newtype_struct(INT64, value),
            ValueBuf::Float(value) => serializer.serialize_f64(*value),
            ValueBuf::Str(bytes) => text(bytes, serializer),
            ValueBuf::Placeholder(_) => Err(S::Error::custom(NOT_FILLED)),
            ValueBuf::Group(settings) => {
                serializer.collect_map(settings.iter().map(|(name, value)| (name, value)))
            }
            ValueBuf::List(elements) => serializer.serialize_newtype_struct(LIST, elements),
            ValueBuf::Array(elements) => serializer.serialize_newtype_struct(ARRAY, elements),
        }
    }
}

impl Serialize for Setting<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

/// A string that is not UTF-8 becomes bytes.
impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => serializer.serialize_i32(*value),
            Value::Int64(value) => serializer.serialize_newtype_struct(INT64, value),
            Value::Float(value) => serializer.serialize_f64(*value),
            Value::Str(value) => text(&value.to_bytes(), serializer),
            Value::Placeholder(placeholder) => {
                let place = placeholder.setting.location();
                Err(S::Error::custom(format_args!("{place}: {NOT_FILLED}")))
            }
            Value::Group(group) => {
                serializer.collect_map(group.iter().map(|child| (child.name().unwrap_or_default(), child)))
            }
            Value::List(list) => serializer.serialize_newtype_struct(LIST, &Elements(list.setting())),
            Value::Array(array) => serializer.serialize_newtype_struct(ARRAY, &Elements(array.setting())),
        }
    }
}

struct Elements<'a>(Setting<'a>);

impl Serialize for Elements<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.children())
    }
}

fn text<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serializer.serialize_str(text),
        Err(_) => serializer.serialize_bytes(bytes),
    }
}

fn none() -> SerdeError {
    SerdeError::plain("libconfig has no value for `None`")
}

fn unit() -> SerdeError {
    SerdeError::plain("libconfig has no value for a unit")
}

/// Makes a value; nothing of `None`.
#[derive(Clone, Copy, Debug)]
struct Writer {
    depth: usize,
}

impl Writer {
    /// What writes the values inside.
    fn deeper(self) -> Result<Self, SerdeError> {
        if self.depth >= ValueBuf::MAX_DEPTH {
            return Err(ValueError::Depth.into());
        }
        Ok(Writer { depth: self.depth + 1 })
    }

    fn elements(self, name: Option<&'static str>, len: Option<usize>) -> Result<Elems, SerdeError> {
        // A hint can be anything.
        let elements = Vec::with_capacity(len.unwrap_or(0).min(1_024));
        Ok(Elems { inside: self.deeper()?, elements, variant: name })
    }

    fn members(self, variant: Option<&'static str>) -> Result<Members, SerdeError> {
        Ok(Members { inside: self.deeper()?, settings: Vec::new(), key: None, variant })
    }
}

type Written = Result<Option<ValueBuf>, SerdeError>;

impl Serializer for Writer {
    type Ok = Option<ValueBuf>;
    type Error = SerdeError;
    type SerializeSeq = Elems;
    type SerializeTuple = Elems;
    type SerializeTupleStruct = Elems;
    type SerializeTupleVariant = Elems;
    type SerializeMap = Members;
    type SerializeStruct = Members;
    type SerializeStructVariant = Members;

    fn serialize_bool(self, value: bool) -> Written {
        Ok(Some(ValueBuf::Bool(value)))
    }

    fn serialize_i8(self, value: i8) -> Written {
        self.serialize_i32(value.into())
    }

    fn serialize_i16(self, value: i16) -> Written {
        self.serialize_i32(value.into())
    }

    fn serialize_i32(self, value: i32) -> Written {
        Ok(Some(ValueBuf::Int(value)))
    }

    fn serialize_i64(self, value: i64) -> Written {
        Ok(Some(value.into()))
    }

    fn serialize_i128(self, value: i128) -> Written {
        integer(value)
    }

    fn serialize_u8(self, value: u8) -> Written {
        self.serialize_i32(value.into())
    }

    fn serialize_u16(self, value: u16) -> Written {
        self.serialize_i32(value.into())
    }

    fn serialize_u32(self, value: u32) -> Written {
        self.serialize_i64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Written {
        integer(value)
    }

    fn serialize_u128(self, value: u128) -> Written {
        integer(value)
    }

    fn serialize_f32(self, value: f32) -> Written {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Written {
        if value.is_nan() { Err(ValueError::Nan.into()) } else { Ok(Some(ValueBuf::Float(value))) }
    }

    fn serialize_char(self, value: char) -> Written {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Written {
        self.serialize_bytes(value.as_bytes())
    }

    fn serialize_bytes(self, value: &[u8]) -> Written {
        if value.contains(&0) { Err(ValueError::Nul.into()) } else { Ok(Some(value.into())) }
    }

    fn serialize_none(self) -> Written {
        Ok(None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        Err(unit())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        Err(unit())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Written {
        let written = value.serialize(self)?;
        Ok(match (name, written) {
            (INT64, Some(ValueBuf::Int(value))) => Some(ValueBuf::Int64(value.into())),
            (LIST, Some(ValueBuf::Array(elements))) => Some(ValueBuf::List(elements)),
            (ARRAY, Some(ValueBuf::List(elements))) => Some(ValueBuf::Array(elements)),
            (_, written) => written,
        })
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Written {
        let value = value.serialize(self.deeper()?).and_then(|value| value.ok_or_else(none));
        let value = value.map_err(|error| error.within(variant))?;
        Ok(Some(named(variant, value)?))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Elems, SerdeError> {
        self.elements(None, len)
    }

    fn serialize_tuple(self, len: usize) -> Result<Elems, SerdeError> {
        self.elements(None, Some(len))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Elems, SerdeError> {
        self.elements(None, Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Elems, SerdeError> {
        self.deeper()?.elements(Some(variant), Some(len))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members, SerdeError> {
        self.members(None)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members, SerdeError> {
        self.members(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Members, SerdeError> {
        self.deeper()?.members(Some(variant))
    }
}

/// An int where 32 bits hold it, an int64 where 64 do.
fn integer<N: TryInto<i64> + Display + Copy>(value: N) -> Written {
    let fits = value
        .try_into()
        .map_err(|_| SerdeError::plain(format!("libconfig cannot hold the integer {value}")))?;
    Ok(Some(fits.into()))
}

/// A group of one setting, as variants with values are written.
fn named(name: &str, value: ValueBuf) -> Result<ValueBuf, SerdeError> {
    if !is_name(name) {
        return Err(ValueError::Name(name.to_owned()).into());
    }
    Ok(ValueBuf::group([(name, value)]))
}

/// Elements on their way into a list or array.
#[derive(Debug)]
struct Elems {
    inside: Writer,
    elements: Vec<ValueBuf>,
    variant: Option<&'static str>,
}

impl Elems {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerdeError> {
        let position = self.elements.len();
        let value = value.serialize(self.inside).and_then(|value| value.ok_or_else(none));
        self.elements.push(value.map_err(|error| error.within_element(position))?);
        Ok(())
    }

    fn finish(self) -> Written {
        let value = sequence(self.elements);
        Ok(Some(match self.variant {
            Some(variant) => named(variant, value)?,
            None => value,
        }))
    }
}

macro_rules! elements {
    ($($compound:ident: $element:ident),*) => {$(
        impl $compound for Elems {
            type Ok = Option<ValueBuf>;
            type Error = SerdeError;

            fn $element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerdeError> {
                self.push(value)
            }

            fn end(self) -> Written {
                self.finish()
            }
        }
    )*};
}

elements! {
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
}

/// Settings on their way into a group.
#[derive(Debug)]
struct Members {
    inside: Writer,
    settings: Vec<(String, ValueBuf)>,
    key: Option<String>,
    variant: Option<&'static str>,
}

impl Members {
    fn push<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), SerdeError> {
        if !is_name(name) {
            return Err(ValueError::Name(name.to_owned()).into());
        }
        // What is not there is not written.
        if let Some(value) = value.serialize(self.inside).map_err(|error| error.within(name))? {
            self.settings.push((name.to_owned(), value));
        }
        Ok(())
    }

    fn finish(self) -> Written {
        let value = ValueBuf::Group(self.settings);
        Ok(Some(match self.variant {
            Some(variant) => named(variant, value)?,
            None => value,
        }))
    }
}

impl SerializeMap for Members {
    type Ok = Option<ValueBuf>;
    type Error = SerdeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), SerdeError> {
        self.key = Some(key.serialize(Key)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerdeError> {
        let key = self.key.take().unwrap_or_default();
        self.push(&key, value)
    }

    fn end(self) -> Written {
        self.finish()
    }
}

macro_rules! members {
    ($($compound:ident),*) => {$(
        impl $compound for Members {
            type Ok = Option<ValueBuf>;
            type Error = SerdeError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), SerdeError> {
                self.push(name, value)
            }

            fn end(self) -> Written {
                self.finish()
            }
        }
    )*};
}

members!(SerializeStruct, SerializeStructVariant);

/// Makes the text of a map's key. Whether it is a name is seen later.
#[derive(Debug)]
struct Key;

type Refused = Impossible<String, SerdeError>;

fn no_key<T>() -> Result<T, SerdeError> {
    Err(SerdeError::plain("the keys of a map must be texts"))
}

macro_rules! keys {
    ($($method:ident: $type:ty),*) => {$(
        fn $method(self, value: $type) -> Result<String, SerdeError> {
            Ok(value.to_string())
        }
    )*};
}

impl Serializer for Key {
    type Ok = String;
    type Error = SerdeError;
    type SerializeSeq = Refused;
    type SerializeTuple = Refused;
    type SerializeTupleStruct = Refused;
    type SerializeTupleVariant = Refused;
    type SerializeMap = Refused;
    type SerializeStruct = Refused;
    type SerializeStructVariant = Refused;

    keys! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_f32: f32,
        serialize_f64: f64, serialize_char: char, serialize_str: &str
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<String, SerdeError> {
        String::from_utf8(value.to_vec()).or_else(|_| no_key())
    }

    fn serialize_none(self) -> Result<String, SerdeError> {
        no_key()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<String, SerdeError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<String, SerdeError> {
        no_key()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<String, SerdeError> {
        no_key()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<String, SerdeError> {
        Ok(variant.to_owned())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<String, SerdeError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<String, SerdeError> {
        no_key()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Refused, SerdeError> {
        no_key()
    }

    fn serialize_tuple(self, _: usize) -> Result<Refused, SerdeError> {
        no_key()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Refused, SerdeError> {
        no_key()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Refused, SerdeError> {
        no_key()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Refused, SerdeError> {
        no_key()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Refused, SerdeError> {
        no_key()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Refused, SerdeError> {
        no_key()
    }
}
