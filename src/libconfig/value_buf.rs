//! Values that belong to nobody: made in code, or copied from a document.

use std::fmt;

use thiserror::Error;

use super::placeholder::is_placeholder;
use super::text::{Escaping, lossy, quote};
use super::token::{begins_name, continues_name};
use super::tree::NodeId;
use super::value::{Setting, Value, ValueType};

/// A value with all that it holds, made in code to be put into a [`Document`](super::Document).
///
/// ```
/// use proxysql_kit::libconfig::ValueBuf;
///
/// let server = ValueBuf::group([("address", "db1".into()), ("port", ValueBuf::Int(3306))]);
/// assert_eq!(server.to_string(), r#"{ address="db1", port=3306 }"#);
/// ```
#[derive(Clone, PartialEq)]
pub enum ValueBuf {
    /// `true` or `false`.
    Bool(bool),
    /// An integer of 32 bits.
    Int(i32),
    /// An integer of 64 bits, written with `L`.
    Int64(i64),
    /// A number with a point or an exponent. libconfig holds no NaN.
    Float(f64),
    /// A string: any bytes but NUL.
    Str(Vec<u8>),
    /// A placeholder such as `${PORT}`, as it is written. A document takes it only where
    /// [`ParseOptions::placeholders`](super::ParseOptions::placeholders) was set.
    Placeholder(String),
    /// Settings with names, no name twice.
    Group(Vec<(String, ValueBuf)>),
    /// Elements of any type.
    List(Vec<ValueBuf>),
    /// Elements of one scalar type.
    Array(Vec<ValueBuf>),
}

/// A value that libconfig cannot hold.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueError {
    /// There is no way to write it.
    #[error("libconfig cannot hold NaN")]
    Nan,
    /// No string read by libconfig holds one.
    #[error("libconfig cannot hold a NUL in a string")]
    Nul,
    /// A name of other bytes than letters, digits, `-`, `_` and `*`, or one that begins with none of a
    /// letter and `*`, or `true` or `false`.
    #[error("`{0}` is no name in libconfig")]
    Name(String),
    /// A name that a group already has.
    #[error("the group has two settings named `{0}`")]
    Duplicate(String),
    /// An array with elements of two types, or of one that is no scalar.
    #[error("an array holds elements of one scalar type")]
    Array,
    /// A text that is no placeholder.
    #[error("a text that is no placeholder cannot stand outside quotes")]
    Placeholder,
    /// More brackets in brackets than [`MAX_DEPTH`](ValueBuf::MAX_DEPTH).
    #[error("more than {} values within values", ValueBuf::MAX_DEPTH)]
    Depth,
}

impl ValueBuf {
    /// How deep a value may be nested: what default [`Limits`](super::Limits) read back.
    pub const MAX_DEPTH: usize = 500;

    /// A group of these settings.
    pub fn group<N: Into<String>>(settings: impl IntoIterator<Item = (N, ValueBuf)>) -> Self {
        ValueBuf::Group(settings.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// A list of these elements.
    pub fn list(elements: impl IntoIterator<Item = ValueBuf>) -> Self {
        ValueBuf::List(elements.into_iter().collect())
    }

    /// Whether libconfig can hold it.
    ///
    /// # Errors
    /// The first reason why not.
    pub fn check(&self) -> Result<(), ValueError> {
        let mut left = vec![(self, 0)];
        while let Some((value, depth)) = left.pop() {
            if depth > ValueBuf::MAX_DEPTH {
                return Err(ValueError::Depth);
            }
            match value {
                ValueBuf::Float(number) if number.is_nan() => return Err(ValueError::Nan),
                ValueBuf::Str(text) if text.contains(&0) => return Err(ValueError::Nul),
                ValueBuf::Placeholder(text) if !is_placeholder(text.as_bytes()) => {
                    return Err(ValueError::Placeholder);
                }
                ValueBuf::Group(settings) => {
                    check_names(settings)?;
                    left.extend(settings.iter().map(|(_, value)| (value, depth + 1)));
                }
                ValueBuf::List(elements) => left.extend(elements.iter().map(|value| (value, depth + 1))),
                ValueBuf::Array(elements) => {
                    if !is_uniform(elements) || elements.iter().any(ValueBuf::is_aggregate) {
                        return Err(ValueError::Array);
                    }
                    left.extend(elements.iter().map(|value| (value, depth + 1)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether it is a group, list or array.
    pub fn is_aggregate(&self) -> bool {
        matches!(self, ValueBuf::Group(_) | ValueBuf::List(_) | ValueBuf::Array(_))
    }

    /// Whether values of a type hold nothing else.
    pub(super) fn is_scalar_type(value_type: ValueType) -> bool {
        !matches!(value_type, ValueType::Group | ValueType::List | ValueType::Array)
    }

    /// Writes a scalar so that it reads back equal; nothing for the others.
    pub(super) fn write_scalar(&self, out: &mut Vec<u8>) {
        match self {
            ValueBuf::Bool(value) => out.extend(value.to_string().bytes()),
            ValueBuf::Int(value) => out.extend(value.to_string().bytes()),
            ValueBuf::Int64(value) => out.extend(format!("{value}L").bytes()),
            ValueBuf::Float(value) => out.extend(float(*value).bytes()),
            ValueBuf::Str(text) => quote(text, Escaping::Utf8, out),
            ValueBuf::Placeholder(text) => out.extend(text.bytes()),
            ValueBuf::Group(_) | ValueBuf::List(_) | ValueBuf::Array(_) => {}
        }
    }
}

/// Whether a text can be the name of a setting.
pub(crate) fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.first().is_some_and(|&byte| begins_name(byte))
        && bytes.iter().all(|&byte| continues_name(byte))
        && !name.eq_ignore_ascii_case("true")
        && !name.eq_ignore_ascii_case("false")
}

/// A float so that it reads back as the same one. libconfig reads what is too large as infinite.
fn float(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "1e999".into() } else { "-1e999".into() };
    }
    // The shortest text that reads back equal, with a point or an exponent.
    format!("{value:?}")
}

fn check_names(settings: &[(String, ValueBuf)]) -> Result<(), ValueError> {
    let mut seen = std::collections::HashSet::with_capacity(settings.len());
    for (name, _) in settings {
        if !is_name(name) {
            return Err(ValueError::Name(name.clone()));
        }
        if !seen.insert(name) {
            return Err(ValueError::Duplicate(name.clone()));
        }
    }
    Ok(())
}

/// Whether all elements are of one type, as far as that is known.
fn is_uniform(elements: &[ValueBuf]) -> bool {
    let mut types = elements
        .iter()
        .filter(|element| !matches!(element, ValueBuf::Placeholder(_)))
        .map(std::mem::discriminant);
    types.next().is_none_or(|first| types.all(|other| other == first))
}

/// On one line, as an entry of a list stands in a file. A value that libconfig cannot hold is printed
/// all the same; see [`ValueBuf::check`].
impl fmt::Display for ValueBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::new();
        super::layout::one_line(self, &super::layout::Style::default(), &mut out);
        f.write_str(&lossy(&out))
    }
}

/// Types and names only: a string may be a secret.
impl fmt::Debug for ValueBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValueBuf::Bool(value) => f.debug_tuple("Bool").field(value).finish(),
            ValueBuf::Int(value) => f.debug_tuple("Int").field(value).finish(),
            ValueBuf::Int64(value) => f.debug_tuple("Int64").field(value).finish(),
            ValueBuf::Float(value) => f.debug_tuple("Float").field(value).finish(),
            ValueBuf::Str(text) => write!(f, "Str(<{} bytes>)", text.len()),
            ValueBuf::Placeholder(text) => write!(f, "Placeholder(<{} bytes>)", text.len()),
            ValueBuf::Group(settings) => {
                f.debug_map().entries(settings.iter().map(|(name, value)| (name, value))).finish()
            }
            ValueBuf::List(elements) => f.debug_tuple("List").field(elements).finish(),
            ValueBuf::Array(elements) => f.debug_tuple("Array").field(elements).finish(),
        }
    }
}

/// Copies a value out of a document.
///
/// Comparing, cloning and dropping a value takes stack for each level: raise the limit of
/// [`depth`](super::Limits::depth) only where there is much of it.
impl From<Setting<'_>> for ValueBuf {
    fn from(setting: Setting<'_>) -> Self {
        let tree = setting.tree;
        // From the last setting to the first, so that whatever one holds is complete, the first on top.
        let mut complete: Vec<(NodeId, ValueBuf)> = Vec::new();
        for id in (setting.id..tree.node(setting.id).next).rev() {
            let inner = Setting { tree, id };
            let mut held = complete.split_off(complete.len() - inner.len());
            held.reverse();
            let name = |id| (Setting { tree, id }).name().unwrap_or_default();
            let value = match inner.value() {
                Value::Bool(value) => ValueBuf::Bool(value),
                Value::Int(value) => ValueBuf::Int(value),
                Value::Int64(value) => ValueBuf::Int64(value),
                Value::Float(value) => ValueBuf::Float(value),
                Value::Str(text) => ValueBuf::Str(text.to_bytes().into_owned()),
                Value::Placeholder(placeholder) => ValueBuf::Placeholder(placeholder.text().to_owned()),
                Value::Group(_) => ValueBuf::group(held.into_iter().map(|(id, value)| (name(id), value))),
                Value::List(_) => ValueBuf::list(held.into_iter().map(|(_, value)| value)),
                Value::Array(_) => ValueBuf::Array(held.into_iter().map(|(_, value)| value).collect()),
            };
            complete.push((id, value));
        }
        complete.pop().map_or(ValueBuf::List(Vec::new()), |(_, value)| value)
    }
}

impl From<bool> for ValueBuf {
    fn from(value: bool) -> Self {
        ValueBuf::Bool(value)
    }
}

impl From<i32> for ValueBuf {
    fn from(value: i32) -> Self {
        ValueBuf::Int(value)
    }
}

/// An int where 32 bits hold it, as libconfig itself reads a number without suffix.
impl From<i64> for ValueBuf {
    fn from(value: i64) -> Self {
        i32::try_from(value).map_or(ValueBuf::Int64(value), ValueBuf::Int)
    }
}

impl From<f64> for ValueBuf {
    fn from(value: f64) -> Self {
        ValueBuf::Float(value)
    }
}

impl From<&str> for ValueBuf {
    fn from(text: &str) -> Self {
        ValueBuf::Str(text.into())
    }
}

impl From<String> for ValueBuf {
    fn from(text: String) -> Self {
        ValueBuf::Str(text.into())
    }
}

impl From<&[u8]> for ValueBuf {
    fn from(text: &[u8]) -> Self {
        ValueBuf::Str(text.into())
    }
}

impl From<Vec<u8>> for ValueBuf {
    fn from(text: Vec<u8>) -> Self {
        ValueBuf::Str(text)
    }
}
