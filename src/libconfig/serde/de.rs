//! From libconfig to types.

use std::fmt;

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer, U8Deserializer};
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};

use super::{NOT_FILLED, SerdeError, VALUE, sequence};
use crate::libconfig::document::{Document, Values};
use crate::libconfig::tree::{Children, Kind, NodeId, Tree};
use crate::libconfig::value::Setting;
use crate::libconfig::value_buf::{ValueBuf, ValueError};

/// Reads a text into a type. Strings without escapes can be borrowed from it.
///
/// ```
/// use serde::Deserialize;
/// use proxysql_kit::libconfig::from_str;
///
/// #[derive(Deserialize)]
/// struct Config<'a> {
///     #[serde(borrow)]
///     mysql_servers: Vec<Server<'a>>,
/// }
///
/// #[derive(Deserialize)]
/// struct Server<'a> {
///     address: &'a str,
///     port: u16,
///     weight: Option<u32>,
/// }
///
/// let config: Config = from_str("mysql_servers = ( { address=\"db1\", port=3306 } )")?;
/// let server = &config.mysql_servers[0];
/// assert_eq!((server.address, server.port, server.weight), ("db1", 3306, None));
/// # Ok::<(), proxysql_kit::libconfig::SerdeError>(())
/// ```
///
/// # Errors
/// The text is not libconfig, or does not hold what the type needs.
pub fn from_str<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, SerdeError> {
    from_slice(text.as_bytes())
}

/// Reads a text that need not be UTF-8 into a type; see [`from_str`].
///
/// # Errors
/// As [`from_str`].
pub fn from_slice<'de, T: Deserialize<'de>>(text: &'de [u8]) -> Result<T, SerdeError> {
    let values = Values::parse(text)?;
    Reader::root(Home::Lent(&values.tree), 0).read()
}

/// Reads a document into a type. Strings without escapes can be borrowed from it.
///
/// ```
/// use std::collections::BTreeMap;
/// use proxysql_kit::libconfig::{Document, from_document};
///
/// let document = Document::parse("port = 6033; threads = 4")?;
/// let numbers: BTreeMap<&str, u16> = from_document(&document)?;
/// assert_eq!(numbers["port"], 6033);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The document does not hold what the type needs.
pub fn from_document<'de, T: Deserialize<'de>>(document: &'de Document) -> Result<T, SerdeError> {
    from_setting(document.root().setting())
}

/// Reads a setting, with all that it holds, into a type.
///
/// ```
/// use proxysql_kit::libconfig::{Document, from_setting};
///
/// let document = Document::parse("mysql_variables = { ports = [ 6033, 6034 ] }")?;
/// let ports: Vec<u16> = from_setting(document.lookup("mysql_variables.ports").unwrap())?;
/// assert_eq!(ports, [6033, 6034]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The setting does not hold what the type needs.
pub fn from_setting<'de, T: Deserialize<'de>>(setting: Setting<'de>) -> Result<T, SerdeError> {
    Reader::root(Home::Kept(setting.tree), setting.id).read()
}

/// Takes any libconfig value. From libconfig itself the type stays as it is: an int64 that 32 bits
/// hold is an int64. From another format an integer is an int where 32 bits hold it, and elements of
/// one scalar type are an array. Names are not checked; see [`ValueBuf::check`].
impl<'de> Deserialize<'de> for ValueBuf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(VALUE, TypedValue)
    }
}

/// Where settings lie, and so how long their strings live.
#[derive(Clone, Copy)]
enum Home<'t, 'de> {
    /// The tree is dropped after the reading, the text that the caller lent is not.
    Lent(&'t Tree<'de>),
    /// The tree outlives what is read.
    Kept(&'de Tree<'de>),
}

impl<'t, 'de> Home<'t, 'de> {
    fn tree(self) -> &'t Tree<'de>
    where
        'de: 't,
    {
        match self {
            Home::Lent(tree) => tree,
            Home::Kept(tree) => tree,
        }
    }

    fn text(self, node: NodeId) -> Option<&'de [u8]> {
        match self {
            Home::Lent(tree) => tree.borrowed_bytes(node),
            Home::Kept(tree) => tree.plain_bytes(node),
        }
    }

    fn name(self, node: NodeId) -> Option<&'de [u8]> {
        match self {
            Home::Lent(tree) => {
                let at = tree.node(node);
                tree.sources.borrowed_slice(at.name, at.name + at.name_len)
            }
            Home::Kept(tree) => tree.name(node),
        }
    }
}

/// Reads one setting.
#[derive(Clone, Copy)]
struct Reader<'t, 'de> {
    home: Home<'t, 'de>,
    id: NodeId,
    /// Groups, lists and arrays around it, and options and newtypes: all that takes stack.
    depth: usize,
}

impl<'t, 'de> Reader<'t, 'de> {
    fn root(home: Home<'t, 'de>, id: NodeId) -> Self {
        Reader { home, id, depth: 0 }
    }

    fn read<T: Deserialize<'de>>(self) -> Result<T, SerdeError> {
        T::deserialize(self).map_err(|error| error.at(self.setting()))
    }

    fn setting(&self) -> Setting<'_> {
        Setting { tree: self.home.tree(), id: self.id }
    }

    fn kind(&self) -> Kind {
        self.home.tree().node(self.id).kind
    }

    fn deeper(self) -> Result<Self, SerdeError> {
        if self.depth >= ValueBuf::MAX_DEPTH {
            return Err(ValueError::Depth.into());
        }
        Ok(Reader { depth: self.depth + 1, ..self })
    }

    fn inner(self) -> Result<Inner<'t, 'de>, SerdeError> {
        let children = self.home.tree().children(self.id);
        let around = if children.len() > 0 { self.deeper()? } else { self };
        Ok(Inner { around, children, value: None })
    }

    fn string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        if let Some(bytes) = self.home.text(self.id) {
            return match std::str::from_utf8(bytes) {
                Ok(text) => visitor.visit_borrowed_str(text),
                Err(_) => visitor.visit_borrowed_bytes(bytes),
            };
        }
        match String::from_utf8(self.string_bytes()) {
            Ok(text) => visitor.visit_string(text),
            Err(error) => visitor.visit_byte_buf(error.into_bytes()),
        }
    }

    fn string_bytes(self) -> Vec<u8> {
        let tree = self.home.tree();
        tree.plain_bytes(self.id).map_or_else(|| tree.unescaped_bytes(self.id), <[u8]>::to_vec)
    }

    fn elements<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        let mut inner = self.inner()?;
        let len = inner.children.len();
        let value = visitor.visit_seq(&mut inner)?;
        if inner.children.len() == 0 {
            return Ok(value);
        }
        Err(de::Error::invalid_length(len, &"fewer elements"))
    }

    fn unexpected(&self) -> Unexpected<'static> {
        let tree = self.home.tree();
        match self.kind() {
            Kind::Bool => Unexpected::Bool(tree.node(self.id).bool()),
            Kind::Int { .. } | Kind::Int64 { .. } => Unexpected::Signed(tree.node(self.id).int64()),
            Kind::Float => Unexpected::Float(tree.node(self.id).float()),
            Kind::PlainStr | Kind::Str | Kind::StrAcross => Unexpected::Other("string"),
            Kind::Placeholder => Unexpected::Other("placeholder"),
            Kind::Group => Unexpected::Map,
            Kind::List | Kind::Array => Unexpected::Seq,
        }
    }
}

impl<'de> Deserializer<'de> for Reader<'_, 'de> {
    type Error = SerdeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        let node = self.home.tree().node(self.id);
        match node.kind {
            Kind::Bool => visitor.visit_bool(node.bool()),
            Kind::Int { .. } => visitor.visit_i32(node.int()),
            Kind::Int64 { .. } => visitor.visit_i64(node.int64()),
            Kind::Float => visitor.visit_f64(node.float()),
            Kind::PlainStr | Kind::Str | Kind::StrAcross => self.string(visitor),
            Kind::Placeholder => Err(SerdeError::plain(NOT_FILLED)),
            Kind::Group => visitor.visit_map(self.inner()?),
            Kind::List | Kind::Array => self.elements(visitor),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        if !self.kind().is_string() {
            return self.deserialize_any(visitor);
        }
        match self.home.text(self.id) {
            Some(bytes) => visitor.visit_borrowed_bytes(bytes),
            None => visitor.visit_byte_buf(self.string_bytes()),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        self.deserialize_bytes(visitor)
    }

    /// Types that take bytes for text decide themselves what is text; here it must be UTF-8.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        if self.kind().is_string() && self.setting().as_str().is_none() {
            return Err(de::Error::invalid_value(Unexpected::Bytes(&[]), &"a string in UTF-8"));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        self.deserialize_str(visitor)
    }

    /// What is not there is `None`; what is there is `Some`.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        visitor.visit_some(self.deeper()?)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        if name == VALUE {
            return visitor.visit_enum(Typed(self));
        }
        visitor.visit_newtype_struct(self.deeper()?)
    }

    /// A struct is a group: fields without names are none that libconfig's users would write.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        match self.kind() {
            Kind::List | Kind::Array => Err(de::Error::invalid_type(self.unexpected(), &visitor)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        match self.kind() {
            kind if kind.is_string() => visitor.visit_enum(Variant { name: self, content: None }),
            Kind::Group => {
                let inner = self.inner()?;
                let content = inner.around.only_child(inner.children).ok_or_else(|| {
                    SerdeError::plain("a group that stands for a variant has one setting, its name")
                })?;
                visitor.visit_enum(Variant { name: content, content: Some(content) })
            }
            Kind::Placeholder => self.deserialize_any(visitor),
            _ => Err(de::Error::invalid_type(self.unexpected(), &visitor)),
        }
    }

    /// Goes into nothing, however deep it is.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char unit unit_struct seq tuple
        tuple_struct map identifier
    }
}

impl Reader<'_, '_> {
    fn only_child(self, mut children: Children<'_>) -> Option<Self> {
        let id = children.next()?;
        (children.len() == 0).then_some(Reader { id, ..self })
    }
}

/// What a group, list or array holds.
struct Inner<'t, 'de> {
    /// What holds it, with the depth of what it holds.
    around: Reader<'t, 'de>,
    children: Children<'t>,
    value: Option<NodeId>,
}

impl<'de> Inner<'_, 'de> {
    fn read<T: DeserializeSeed<'de>>(&self, seed: T, id: NodeId) -> Result<T::Value, SerdeError> {
        let child = Reader { id, ..self.around };
        seed.deserialize(child).map_err(|error| error.at(child.setting()))
    }
}

impl<'de> SeqAccess<'de> for Inner<'_, 'de> {
    type Error = SerdeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, SerdeError> {
        self.children.next().map(|id| self.read(seed, id)).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.children.len())
    }
}

impl<'de> MapAccess<'de> for Inner<'_, 'de> {
    type Error = SerdeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, SerdeError> {
        let Some(id) = self.children.next() else { return Ok(None) };
        self.value = Some(id);
        let member = Reader { id, ..self.around };
        seed.deserialize(Name(member)).map(Some).map_err(|error| error.at(member.setting()))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, SerdeError> {
        let id =
            self.value.take().ok_or_else(|| SerdeError::plain("a value was asked for before its name"))?;
        self.read(seed, id)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.children.len())
    }
}

/// Reads the name of a setting.
struct Name<'t, 'de>(Reader<'t, 'de>);

impl Name<'_, '_> {
    fn as_str(&self) -> &str {
        let Reader { home, id, .. } = self.0;
        home.tree().name(id).and_then(|name| std::str::from_utf8(name).ok()).unwrap_or_default()
    }
}

impl<'de> Name<'_, 'de> {
    fn borrowed(&self) -> Option<&'de str> {
        self.0.home.name(self.0.id).and_then(|name| std::str::from_utf8(name).ok())
    }
}

impl<'de> Deserializer<'de> for Name<'_, 'de> {
    type Error = SerdeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.borrowed() {
            Some(name) => visitor.visit_borrowed_str(name),
            None => visitor.visit_str(self.as_str()),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        match self.borrowed() {
            Some(text) => BorrowedStrDeserializer::new(text).deserialize_enum(name, variants, visitor),
            None => StrDeserializer::new(self.as_str()).deserialize_enum(name, variants, visitor),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// A variant of an enum: a string alone, or the one setting of a group.
struct Variant<'t, 'de> {
    name: Reader<'t, 'de>,
    content: Option<Reader<'t, 'de>>,
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = SerdeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), SerdeError> {
        let variant = match self.content {
            Some(content) => seed.deserialize(Name(content))?,
            None => seed.deserialize(self.name)?,
        };
        Ok((variant, self))
    }
}

impl<'t, 'de> Variant<'t, 'de> {
    fn read<T>(
        self,
        expected: &'static str,
        read: impl FnOnce(Reader<'t, 'de>) -> Result<T, SerdeError>,
    ) -> Result<T, SerdeError> {
        match self.content {
            Some(content) => read(content).map_err(|error| error.at(content.setting())),
            None => Err(de::Error::invalid_type(Unexpected::UnitVariant, &expected)),
        }
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = SerdeError;

    fn unit_variant(self) -> Result<(), SerdeError> {
        match self.content {
            None => Ok(()),
            Some(_) => Err(de::Error::invalid_type(Unexpected::Map, &"the name of the variant as a string")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, SerdeError> {
        self.read("newtype variant", |content| seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, SerdeError> {
        self.read("tuple variant", |content| content.deserialize_tuple(len, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        self.read("struct variant", |content| content.deserialize_struct("", fields, visitor))
    }
}

/// Hands a [`TypedValue`] the type along with the value.
struct Typed<'t, 'de>(Reader<'t, 'de>);

/// The types that a value alone does not tell.
const INT64: u8 = 1;
const LIST: u8 = 2;
const ARRAY: u8 = 3;

impl<'de> EnumAccess<'de> for Typed<'_, 'de> {
    type Error = SerdeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), SerdeError> {
        let kind = match self.0.kind() {
            Kind::Int64 { .. } => INT64,
            Kind::List => LIST,
            Kind::Array => ARRAY,
            _ => 0,
        };
        seed.deserialize(U8Deserializer::new(kind)).map(|kind| (kind, self))
    }
}

impl<'de> VariantAccess<'de> for Typed<'_, 'de> {
    type Error = SerdeError;

    fn unit_variant(self) -> Result<(), SerdeError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, SerdeError> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, SerdeError> {
        self.0.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        self.0.deserialize_any(visitor)
    }
}

/// Takes a value with its type from [`Typed`], and any other one as it comes.
struct TypedValue;

impl<'de> Visitor<'de> for TypedValue {
    type Value = ValueBuf;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        PlainValue.expecting(f)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<ValueBuf, D::Error> {
        deserializer.deserialize_any(PlainValue)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<ValueBuf, A::Error> {
        let (kind, content) = access.variant::<u8>()?;
        Ok(match (kind, content.tuple_variant(0, PlainValue)?) {
            (INT64, ValueBuf::Int(value)) => ValueBuf::Int64(value.into()),
            (LIST, ValueBuf::Array(elements)) => ValueBuf::List(elements),
            (ARRAY, ValueBuf::List(elements)) => ValueBuf::Array(elements),
            (_, value) => value,
        })
    }
}

/// Takes any value that libconfig could hold.
struct PlainValue;

impl<'de> Visitor<'de> for PlainValue {
    type Value = ValueBuf;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that libconfig can hold")
    }

    fn visit_bool<E>(self, value: bool) -> Result<ValueBuf, E> {
        Ok(ValueBuf::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<ValueBuf, E> {
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<ValueBuf, E> {
        match i64::try_from(value) {
            Ok(value) => Ok(value.into()),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(value), &self)),
        }
    }

    fn visit_f64<E>(self, value: f64) -> Result<ValueBuf, E> {
        Ok(ValueBuf::Float(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<ValueBuf, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<ValueBuf, E> {
        Ok(text.into())
    }

    fn visit_bytes<E>(self, text: &[u8]) -> Result<ValueBuf, E> {
        Ok(text.into())
    }

    fn visit_byte_buf<E>(self, text: Vec<u8>) -> Result<ValueBuf, E> {
        Ok(text.into())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<ValueBuf, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<ValueBuf, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<ValueBuf, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = access.next_element()? {
            elements.push(element);
        }
        Ok(sequence(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<ValueBuf, A::Error> {
        let mut settings = Vec::new();
        while let Some(setting) = access.next_entry()? {
            settings.push(setting);
        }
        Ok(ValueBuf::Group(settings))
    }
}
