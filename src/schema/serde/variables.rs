//! The variables of any module.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeSeq as _, SerializeStruct as _, Serializer};

use super::found::{Found, no_text_quoted, shortened};
use super::positions::Positions;
use super::values::serialize_bytes;
use crate::schema::suggest::closest;
use crate::schema::variables::VariableSpec;
use crate::schema::{Module, Text, ValueShape, Variable, Variables, Version};

/// The member that holds the rows whose names are none of a variable.
const OTHERS: &str = "others";

/// Variables alone: all that the struct has.
pub(crate) fn serialize_variables<S: Serializer>(
    variables: &dyn Variables,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let specs = variables.module().specs();
    let mut all: Vec<_> = specs.iter().enumerate().map(|(position, spec)| (spec.name, position)).collect();
    all.sort_unstable();
    write(variables, &all, serializer)
}

/// The variables that a version has.
pub(crate) fn serialize_known<S: Serializer>(
    variables: &dyn Variables,
    version: Version,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let known = variables.module().variables(version).iter();
    let known: Vec<_> = known.map(|variable| (variable.name(), variable.position())).collect();
    write(variables, &known, serializer)
}

fn write<S: Serializer>(
    variables: &dyn Variables,
    known: &[(&'static str, usize)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let module = variables.module();
    let others = variables.others();
    let count = known.len() + usize::from(!others.is_empty());
    let mut object = serializer.serialize_struct(module.section(), count)?;
    for &(name, position) in known {
        object.serialize_field(name, &Value { variables, position, spec: &module.specs()[position] })?;
    }
    if !others.is_empty() {
        object.serialize_field(OTHERS, &Others(others))?;
    }
    object.end()
}

struct Value<'a> {
    variables: &'a dyn Variables,
    position: usize,
    spec: &'static VariableSpec,
}

/// By its type where the text is the usual one for the value, else the text.
impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.variables.text(self.position);
        if self.variables.is_usual(self.position) {
            match self.spec.shape {
                ValueShape::Bool => return serializer.serialize_bool(&*text == b"true"),
                ValueShape::Int => {
                    let number = std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok());
                    if let Some(number) = number {
                        return serializer.serialize_i64(number);
                    }
                }
                ValueShape::Text | ValueShape::Secret | ValueShape::OneOf(_) => {}
            }
        }
        serialize_bytes(&text, serializer)
    }
}

/// A list, since names may be there twice, and need be no UTF-8.
struct Others<'a>(&'a [(Text, Text)]);

impl Serialize for Others<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for (name, value) in self.0 {
            list.serialize_element(&Other { name, value })?;
        }
        list.end()
    }
}

struct Other<'a> {
    name: &'a Text,
    value: &'a Text,
}

impl Serialize for Other<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("other", 2)?;
        object.serialize_field("name", self.name)?;
        object.serialize_field("value", self.value)?;
        object.end()
    }
}

/// Variables alone: those of any version may be there.
pub(crate) fn deserialize_variables<'de, V: Variables + Default, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<V, D::Error> {
    let mut variables = V::default();
    VariablesSeed { variables: &mut variables, version: None }.deserialize(deserializer)?;
    Ok(variables)
}

/// Reads variables into those that have the defaults, and tells which were there.
///
/// With a version, one that it does not have is refused at once.
pub(crate) struct VariablesSeed<'a> {
    pub(crate) variables: &'a mut dyn Variables,
    pub(crate) version: Option<Version>,
}

impl<'de> DeserializeSeed<'de> for VariablesSeed<'_> {
    type Value = Positions;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Positions, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for VariablesSeed<'_> {
    type Value = Positions;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a map from variables to values as {}", self.variables.module().section())
    }

    no_text_quoted!();

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Positions, A::Error> {
        let module = self.variables.module();
        let section = module.section();
        let mut given = Positions::default();
        let mut others = None;
        while let Some(name) = map.next_key::<String>()? {
            if name == OTHERS {
                if others.replace(map.next_value_seed(OthersSeed(section))?).is_some() {
                    return Err(de::Error::custom(format_args!("{section}: `{OTHERS}` is there twice")));
                }
                continue;
            }
            let at_section = |message| de::Error::custom(format_args!("{section}: {message}"));
            let position = position(module, self.version, &name).map_err(at_section)?;
            if !given.insert(position) {
                return Err(at_section(format!("{} is there twice", shortened(&name))));
            }
            let found: Found = map.next_value()?;
            set(self.variables, position, &found)
                .map_err(|message| de::Error::custom(format_args!("{section}.{name}: {message}")))?;
        }
        *self.variables.others_mut() = others.unwrap_or_default();
        Ok(given)
    }
}

/// Whether a version has all variables that were given.
pub(crate) fn judge_variables(module: Module, version: Version, given: Positions) -> Result<(), String> {
    let mut all = module.specs().iter().enumerate();
    let foreign = all.find(|(position, spec)| given.contains(*position) && !spec.lifetime.holds(version));
    foreign.map_or(Ok(()), |(_, spec)| Err(of_other_versions(spec, version)))
}

fn position(module: Module, version: Option<Version>, name: &str) -> Result<usize, String> {
    let specs = module.specs();
    let Some(position) = specs.iter().position(|spec| spec.name == name) else {
        return Err(unknown(module, version, name));
    };
    match version {
        Some(version) if !specs[position].lifetime.holds(version) => {
            Err(of_other_versions(&specs[position], version))
        }
        _ => Ok(position),
    }
}

fn of_other_versions(spec: &VariableSpec, version: Version) -> String {
    format!("{version} has no variable `{}` (it is there in {})", spec.name, spec.lifetime)
}

fn unknown(module: Module, version: Option<Version>, name: &str) -> String {
    let names = module.variables(version.unwrap_or(Version::V3_0)).iter().map(Variable::name);
    // People know variables by the names that SHOW VARIABLES has.
    let bare = name.strip_prefix(module.name()).and_then(|rest| rest.strip_prefix('-')).unwrap_or(name);
    let name = shortened(name);
    match closest(bare, names) {
        Some(meant) => format!("there is no variable {name}; did you mean `{meant}`?"),
        None => format!(
            "there is no variable {name}; what a server keeps beside its variables stands in `{OTHERS}`"
        ),
    }
}

/// Sets a variable to a value of its type, or to what a text means.
fn set(variables: &mut dyn Variables, position: usize, found: &Found) -> Result<(), String> {
    let shape = variables.module().specs()[position].shape;
    let needed = match shape {
        ValueShape::Bool => "true or false".to_owned(),
        ValueShape::Int => "an integer".to_owned(),
        ValueShape::Text | ValueShape::Secret => "a text in quotes".to_owned(),
        ValueShape::OneOf(names) => format!("one of {}", names.join(", ")),
    };
    let refuse = || format!("{needed} is needed, not {}", found.kind());
    let meaningless = |_| match found {
        Found::Text(text) if shape != ValueShape::Secret => {
            format!("{needed} is needed, not {}", shortened(&String::from_utf8_lossy(text)))
        }
        _ => refuse(),
    };
    match (found, shape) {
        (Found::Text(text), _) => variables.set_text(position, text).map_err(meaningless),
        (Found::Bool(value), ValueShape::Bool) => set_flag(variables, position, *value),
        (Found::Int(value @ 0..=1), ValueShape::Bool) => set_flag(variables, position, *value == 1),
        (Found::Int(value), ValueShape::Int) => {
            variables.set_text(position, value.to_string().as_bytes()).map_err(meaningless)?;
            // A server takes more digits than the type has, and makes another number of them.
            let fits = variables.is_usual(position);
            fits.then_some(()).ok_or_else(|| format!("{value} is beyond what 32 bits hold"))
        }
        _ => Err(refuse()),
    }
}

fn set_flag(variables: &mut dyn Variables, position: usize, value: bool) -> Result<(), String> {
    let text = if value { "true" } else { "false" };
    variables.set_text(position, text.as_bytes()).map_err(|error| error.to_string())
}

struct OthersSeed(&'static str);

impl<'de> DeserializeSeed<'de> for OthersSeed {
    type Value = Vec<(Text, Text)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OthersSeed {
    type Value = Vec<(Text, Text)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of names and values as {}.{OTHERS}", self.0)
    }

    no_text_quoted!();

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut others = Vec::new();
        while let Some(OwnedOther(name, value)) = list.next_element()? {
            others.push((name, value));
        }
        Ok(others)
    }
}

struct OwnedOther(Text, Text);

impl<'de> Deserialize<'de> for OwnedOther {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OtherVisitor)
    }
}

struct OtherVisitor;

impl<'de> Visitor<'de> for OtherVisitor {
    type Value = OwnedOther;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of `name` and `value`")
    }

    no_text_quoted!();

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OwnedOther, A::Error> {
        let (mut name, mut value) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            let twice = match key.as_str() {
                "name" => name.replace(map.next_value()?).is_some(),
                "value" => value.replace(map.next_value()?).is_some(),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    true
                }
            };
            if twice {
                let key = shortened(&key);
                return Err(de::Error::custom(format_args!(
                    "`{OTHERS}` takes one `name` and one `value`, not {key}"
                )));
            }
        }
        match (name, value) {
            (Some(name), Some(value)) => Ok(OwnedOther(name, value)),
            _ => Err(de::Error::custom(format_args!("each of `{OTHERS}` needs a `name` and a `value`"))),
        }
    }
}
