//! Where the values of placeholders come from.

use std::collections::BTreeMap;
use std::fmt;

/// Gives values to placeholders; see [`Document::render`](crate::libconfig::Document::render).
pub trait Fill {
    /// The value of a shell's variable: `$NAME`, `${NAME}`. `None` where it is not set.
    fn variable(&self, name: &str) -> Option<Filling>;

    /// The value of `{{ .Values.PATH }}`, such as `mysql.port`. `None` where it is not set.
    fn value(&self, path: &str) -> Option<Filling>;
}

/// The value of a placeholder.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Filling {
    /// A text, of any bytes but NUL.
    Text(Vec<u8>),
    /// A number, as it is written.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
    /// A list or a map, which no placeholder can take.
    NotScalar,
}

impl Filling {
    /// The text that takes the place of the placeholder.
    pub(super) fn into_text(self) -> Option<Vec<u8>> {
        match self {
            Filling::Text(text) => Some(text),
            Filling::Number(number) => Some(number.into_bytes()),
            Filling::Bool(value) => Some(value.to_string().into_bytes()),
            Filling::NotScalar => None,
        }
    }

    /// Whether a template's `default` takes its place: an empty text, 0 and `false`.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Filling::Text(text) => text.is_empty(),
            Filling::Number(number) => number.parse::<f64>().is_ok_and(|number| number == 0.0),
            Filling::Bool(value) => !value,
            Filling::NotScalar => false,
        }
    }
}

/// The kind only: the value may be a secret.
impl fmt::Debug for Filling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Filling::Text(_) => "Text(..)",
            Filling::Number(_) => "Number(..)",
            Filling::Bool(_) => "Bool(..)",
            Filling::NotScalar => "NotScalar",
        })
    }
}

impl From<&str> for Filling {
    fn from(text: &str) -> Self {
        Filling::Text(text.into())
    }
}

impl From<String> for Filling {
    fn from(text: String) -> Self {
        Filling::Text(text.into())
    }
}

impl From<Vec<u8>> for Filling {
    fn from(text: Vec<u8>) -> Self {
        Filling::Text(text)
    }
}

impl From<i64> for Filling {
    fn from(number: i64) -> Self {
        Filling::Number(number.to_string())
    }
}

impl From<bool> for Filling {
    fn from(value: bool) -> Self {
        Filling::Bool(value)
    }
}

/// Values held in memory: variables by name, values by path. With the feature `serde` it is read from
/// a map as in Helm's `values.yaml`: maps in maps make paths, and what is at the top is a variable
/// (`${NAME}`) too.
///
/// ```
/// use proxysql_kit::libconfig::{Document, Fillings};
///
/// let template = Document::parse("address=\"${DB_HOST}:{{ .Values.mysql.port }}\"")?;
/// let values = Fillings::new().variable("DB_HOST", "db1").value("mysql.port", 3306);
/// assert_eq!(template.render(&values)?.to_string(), "address=\"db1:3306\"");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fillings {
    variables: BTreeMap<String, Filling>,
    values: BTreeMap<String, Filling>,
}

impl Fillings {
    /// No values at all.
    pub fn new() -> Self {
        Fillings::default()
    }

    /// The same and a variable, `$NAME` and `${NAME}`.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<Filling>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// The same and a value, `{{ .Values.PATH }}`.
    #[must_use]
    pub fn value(mut self, path: impl Into<String>, value: impl Into<Filling>) -> Self {
        self.values.insert(path.into(), value.into());
        self
    }
}

impl Fill for Fillings {
    fn variable(&self, name: &str) -> Option<Filling> {
        self.variables.get(name).cloned()
    }

    fn value(&self, path: &str) -> Option<Filling> {
        self.values.get(path).cloned()
    }
}

#[cfg(feature = "serde")]
mod from_maps {
    use std::fmt;

    use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

    use super::{Filling, Fillings};

    impl<'de> Deserialize<'de> for Fillings {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let mut fillings = Fillings::new();
            match Node::deserialize(deserializer)? {
                Node::Map(members) => fillings.add(members),
                Node::Null => {}
                Node::Scalar(_) => return Err(D::Error::custom("values are a map of names and values")),
            }
            Ok(fillings)
        }
    }

    impl Fillings {
        fn add(&mut self, members: Vec<(String, Node)>) {
            // A name with a point in it is none that a path could lead to.
            let mut left: Vec<_> = members.into_iter().filter(|(name, _)| !name.contains('.')).collect();
            for (name, node) in &left {
                if let Some(filling) = node.filling() {
                    self.variables.insert(name.clone(), filling);
                }
            }
            while let Some((path, node)) = left.pop() {
                if let Some(filling) = node.filling() {
                    self.values.insert(path.clone(), filling);
                }
                if let Node::Map(members) = node {
                    let members = members.into_iter().filter(|(name, _)| !name.contains('.'));
                    left.extend(members.map(|(name, node)| (format!("{path}.{name}"), node)));
                }
            }
        }
    }

    enum Node {
        Null,
        Scalar(Filling),
        Map(Vec<(String, Node)>),
    }

    impl Node {
        fn filling(&self) -> Option<Filling> {
            match self {
                Node::Null => None,
                Node::Scalar(filling) => Some(filling.clone()),
                Node::Map(_) => Some(Filling::NotScalar),
            }
        }
    }

    impl<'de> Deserialize<'de> for Node {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(AnyNode)
        }
    }

    struct AnyNode;

    impl<'de> Visitor<'de> for AnyNode {
        type Value = Node;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map, a list, a text, a number or a boolean")
        }

        fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
            Ok(Node::Scalar(Filling::Bool(value)))
        }

        fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
            Ok(Node::Scalar(Filling::Number(value.to_string())))
        }

        fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
            Ok(Node::Scalar(Filling::Number(value.to_string())))
        }

        fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
            // With a point or an exponent, so that it stays a float.
            Ok(Node::Scalar(Filling::Number(format!("{value:?}"))))
        }

        fn visit_str<E>(self, text: &str) -> Result<Node, E> {
            Ok(Node::Scalar(text.into()))
        }

        fn visit_bytes<E>(self, text: &[u8]) -> Result<Node, E> {
            Ok(Node::Scalar(text.to_vec().into()))
        }

        fn visit_unit<E>(self) -> Result<Node, E> {
            Ok(Node::Null)
        }

        fn visit_none<E>(self) -> Result<Node, E> {
            Ok(Node::Null)
        }

        fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
            deserializer.deserialize_any(self)
        }

        fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
            deserializer.deserialize_any(self)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
            while access.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Node::Scalar(Filling::NotScalar))
        }

        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = access.next_entry()? {
                members.push(member);
            }
            Ok(Node::Map(members))
        }
    }
}
