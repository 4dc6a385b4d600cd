//! What goes wrong between text and types.

use std::fmt;

use serde::{de, ser};
use thiserror::Error;

use crate::libconfig::error::ParseError;
use crate::libconfig::source::Location;
use crate::libconfig::value::{Setting, ValueType};
use crate::libconfig::value_buf::ValueError;

/// Why a text or value could not be read into a type, or a value not be written.
///
/// Its `Display` is one line: path, place and message. It does not tell the value of a setting whose
/// path speaks of passwords, credentials or secrets.
///
/// ```
/// use std::collections::BTreeMap;
/// use proxysql_kit::libconfig::from_str;
///
/// let error = from_str::<BTreeMap<String, u16>>("port = \"x\"").unwrap_err();
/// assert_eq!(error.to_string(), "port: 1:1: invalid type: string \"x\", expected u16");
/// let error = from_str::<BTreeMap<String, u16>>("password = \"x\"").unwrap_err();
/// assert_eq!(error.to_string(), "password: 1:1: invalid type: string, expected u16");
/// ```
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum SerdeError {
    /// The text is not libconfig.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// A value does not fit the type, or the type does not fit libconfig.
    #[error(transparent)]
    Data(Box<DataError>),
}

impl SerdeError {
    /// The path of the setting in libconfig's syntax, such as `mysql_servers.[0].port`; empty for the
    /// root, and for a text that is not libconfig.
    pub fn path(&self) -> &str {
        match self {
            SerdeError::Parse(_) => "",
            SerdeError::Data(error) => error.path(),
        }
    }

    /// The place in the text, where there is a text.
    pub fn location(&self) -> Option<&Location> {
        match self {
            SerdeError::Parse(error) => Some(&error.first().location),
            SerdeError::Data(error) => error.location(),
        }
    }

    /// An error that no value is quoted in.
    pub(super) fn plain(message: impl fmt::Display) -> Self {
        SerdeError::new(message.to_string(), None)
    }

    /// Says that it happened at this setting, if nothing further inside has said so.
    pub(super) fn at(mut self, setting: Setting<'_>) -> Self {
        if let SerdeError::Data(error) = &mut self
            && error.location.is_none()
        {
            error.path = setting.path();
            error.location = Some(setting.location());
            if let Some(discreet) = error.discreet.take()
                && reveals(&error.message, setting, &error.path)
            {
                error.message = discreet;
            }
        }
        self
    }

    /// Says that it happened inside of the setting of this name.
    pub(super) fn within(mut self, name: &str) -> Self {
        if let SerdeError::Data(error) = &mut self {
            if !error.path.is_empty() {
                error.path.insert(0, '.');
            }
            error.path.insert_str(0, name);
        }
        self
    }

    /// Says that it happened inside of the element at this position.
    pub(super) fn within_element(self, position: usize) -> Self {
        self.within(&format!("[{position}]"))
    }

    fn new(message: String, discreet: Option<String>) -> Self {
        SerdeError::Data(Box::new(DataError { message, discreet, path: String::new(), location: None }))
    }
}

/// A value that does not fit its type, or a type that does not fit libconfig.
#[derive(Clone, Debug, Error)]
#[error("{}{message}", Place(.path, .location.as_ref()))]
pub struct DataError {
    message: String,
    /// The message without values, as long as it is open whether they are secrets.
    discreet: Option<String>,
    path: String,
    location: Option<Location>,
}

impl DataError {
    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The path of the setting in libconfig's syntax; empty for the root.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The place of the setting in the text; `None` when a value is written.
    pub fn location(&self) -> Option<&Location> {
        self.location.as_ref()
    }
}

impl From<ValueError> for SerdeError {
    fn from(error: ValueError) -> Self {
        SerdeError::plain(error)
    }
}

impl ser::Error for SerdeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        SerdeError::plain(message)
    }
}

/// Of every message that can quote a value there is a second one that does not.
impl de::Error for SerdeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        SerdeError::new(message.to_string(), Some("the value is refused".into()))
    }

    fn invalid_type(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let discreet = kind(&unexpected).map(|kind| format!("invalid type: {kind}, expected {expected}"));
        SerdeError::new(format!("invalid type: {unexpected}, expected {expected}"), discreet)
    }

    fn invalid_value(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let discreet = kind(&unexpected).map(|kind| format!("invalid value: {kind}, expected {expected}"));
        SerdeError::new(format!("invalid value: {unexpected}, expected {expected}"), discreet)
    }

    fn invalid_length(len: usize, expected: &dyn de::Expected) -> Self {
        SerdeError::plain(format_args!("invalid length {len}, expected {expected}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let expected = OneOf(expected);
        SerdeError::new(
            format!("unknown variant `{variant}`, {expected}"),
            Some(format!("unknown variant, {expected}")),
        )
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        SerdeError::plain(format_args!("unknown field `{field}`, {}", OneOf(expected)))
    }

    fn missing_field(field: &'static str) -> Self {
        SerdeError::plain(format_args!("missing field `{field}`"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        SerdeError::plain(format_args!("duplicate field `{field}`"))
    }
}

struct Place<'a>(&'a str, Option<&'a Location>);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.is_empty() {
            write!(f, "{}: ", self.0)?;
        }
        self.1.map_or(Ok(()), |location| write!(f, "{location}: "))
    }
}

struct OneOf(&'static [&'static str]);

impl fmt::Display for OneOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, rest)) = self.0.split_first() else { return f.write_str("expected none") };
        write!(f, "expected {}`{first}`", if rest.is_empty() { "" } else { "one of " })?;
        rest.iter().try_for_each(|name| write!(f, ", `{name}`"))
    }
}

/// The type of a value that is quoted; `None` where nothing is quoted.
fn kind(unexpected: &de::Unexpected<'_>) -> Option<&'static str> {
    use de::Unexpected;
    Some(match unexpected {
        Unexpected::Bool(_) => "boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "integer",
        Unexpected::Float(_) => "floating point",
        Unexpected::Char(_) => "character",
        Unexpected::Str(_) => "string",
        Unexpected::Other(_) => "value",
        _ => return None,
    })
}

/// Whether a message quotes, or may quote, a secret that this setting is or holds. Types that serde
/// buffers (`flatten`, `untagged`) fail at the group around the value.
fn reveals(message: &str, setting: Setting<'_>, path: &str) -> bool {
    let secret = is_secret(path);
    if !is_aggregate(setting) {
        return secret;
    }
    let mut left = vec![(setting, secret)];
    while let Some((setting, secret)) = left.pop() {
        if secret && !is_aggregate(setting) && quotes(message, setting) {
            return true;
        }
        left.extend(setting.children().map(|child| (child, secret || child.name().is_some_and(is_secret))));
    }
    false
}

fn is_aggregate(setting: Setting<'_>) -> bool {
    matches!(setting.value_type(), ValueType::Group | ValueType::List | ValueType::Array)
}

/// Numbers come in too many forms to look for them.
fn quotes(message: &str, scalar: Setting<'_>) -> bool {
    scalar
        .as_str()
        .is_none_or(|text| message.contains(&*text) || message.contains(&text.escape_debug().to_string()))
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["passw", "credential", "secret"].iter().any(|word| name.contains(word))
}
