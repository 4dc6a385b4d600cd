//! Typed views of what was read.

use std::borrow::Cow;
use std::fmt;

use super::lookup;
use super::placeholder::Placeholder;
use super::source::{Location, Sources, Span};
use super::text::lossy;
use super::tree::{Kind, NodeId, Tree};

/// A setting, an element of a list or array, or the root group: a view that borrows the document.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    pub(super) tree: &'a Tree<'a>,
    pub(super) id: NodeId,
}

impl<'a> Setting<'a> {
    pub(super) fn root(tree: &'a Tree<'a>) -> Self {
        Setting { tree, id: 0 }
    }

    /// Its name; `None` for elements and the root group.
    pub fn name(&self) -> Option<&'a str> {
        self.tree.name(self.id).and_then(|name| std::str::from_utf8(name).ok())
    }

    /// Its value.
    pub fn value(&self) -> Value<'a> {
        let node = self.tree.node(self.id);
        let setting = *self;
        match node.kind {
            Kind::Bool => Value::Bool(node.bool()),
            Kind::Int { .. } => Value::Int(node.int()),
            Kind::Int64 { .. } => Value::Int64(node.int64()),
            Kind::Float => Value::Float(node.float()),
            Kind::PlainStr | Kind::Str | Kind::StrAcross => Value::Str(Str { setting }),
            Kind::Placeholder => Value::Placeholder(Placeholder { setting }),
            Kind::Group => Value::Group(Group { setting }),
            Kind::List => Value::List(List { setting }),
            Kind::Array => Value::Array(Array { setting }),
        }
    }

    /// The type of its value.
    pub fn value_type(&self) -> ValueType {
        match self.tree.node(self.id).kind {
            Kind::Bool => ValueType::Bool,
            Kind::Int { .. } => ValueType::Int,
            Kind::Int64 { .. } => ValueType::Int64,
            Kind::Float => ValueType::Float,
            Kind::PlainStr | Kind::Str | Kind::StrAcross => ValueType::Str,
            Kind::Placeholder => ValueType::Placeholder,
            Kind::Group => ValueType::Group,
            Kind::List => ValueType::List,
            Kind::Array => ValueType::Array,
        }
    }

    /// Whether an integer is written in hexadecimal (libconfig keeps that when it prints).
    pub fn is_hex(&self) -> bool {
        matches!(self.tree.node(self.id).kind, Kind::Int { hex: true } | Kind::Int64 { hex: true })
    }

    /// The value's bytes in its file, brackets and quotes included.
    ///
    /// Where a value begins in one file and ends in another, the span goes to the end of the first.
    pub fn span(&self) -> Span {
        let node = self.tree.node(self.id);
        self.tree.sources.span(node.start, node.end)
    }

    /// The name's bytes in its file.
    pub fn name_span(&self) -> Option<Span> {
        let node = self.tree.node(self.id);
        (node.name_len > 0).then(|| self.tree.sources.span(node.name, node.name + node.name_len))
    }

    /// The line that libconfig gives to the setting, counted from 1 in its file: that of its name; of
    /// an element that of its bracket or token; but of an element that is a string that of the token
    /// behind it. The root group has line 0.
    pub fn line(&self) -> usize {
        if self.id == 0 { 0 } else { self.tree.sources.line(self.tree.reported_at(self.id)) }
    }

    /// The name of the file that libconfig gives to the setting, as it was opened.
    pub fn file(&self) -> Cow<'a, str> {
        let (_, source) = self.tree.sources.at(self.tree.reported_at(self.id));
        lossy(&source.name)
    }

    /// The place of its name, or of its value where it has none.
    pub fn location(&self) -> Location {
        self.tree.sources.location(self.name_span().unwrap_or_else(|| self.span()))
    }

    /// The bytes of its value as they stand in the file; `None` where they lie in several files.
    pub fn source(&self) -> Option<&'a [u8]> {
        let node = self.tree.node(self.id);
        let sources: &'a Sources<'a> = &self.tree.sources;
        sources.same_file(node.start, node.end).then(|| sources.slice(node.start, node.end))
    }

    /// The settings or elements that it holds, in order; none in a scalar.
    pub fn children(&self) -> Settings<'a> {
        let tree = self.tree;
        Settings { tree, inner: tree.children(self.id) }
    }

    /// How many settings or elements it holds.
    pub fn len(&self) -> usize {
        self.tree.node(self.id).len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The setting at a path from here, by libconfig's rules; see
    /// [`Document::lookup`](super::Document::lookup).
    pub fn lookup(&self, path: impl AsRef<[u8]>) -> Option<Setting<'a>> {
        lookup::by_path(*self, path.as_ref())
    }

    /// The setting of this name in this group.
    pub fn get(&self, name: &str) -> Option<Setting<'a>> {
        if self.value_type() != ValueType::Group {
            return None;
        }
        self.children().find(|child| child.tree.name(child.id) == Some(name.as_bytes()))
    }

    /// The setting or element at this position.
    pub fn at(&self, position: usize) -> Option<Setting<'a>> {
        self.children().nth(position)
    }

    /// Its path in libconfig's syntax, such as `mysql_servers.[0].port`; empty for the root group.
    pub fn path(&self) -> String {
        lookup::path_to(*self)
    }

    /// The number, if it is an int (32 bits).
    pub fn as_int(&self) -> Option<i32> {
        if let Value::Int(value) = self.value() { Some(value) } else { None }
    }

    /// The number, if it is an int or an int64.
    pub fn as_int64(&self) -> Option<i64> {
        match self.value() {
            Value::Int(value) => Some(value.into()),
            Value::Int64(value) => Some(value),
            _ => None,
        }
    }

    /// The number, if it is a float.
    pub fn as_float(&self) -> Option<f64> {
        if let Value::Float(value) = self.value() { Some(value) } else { None }
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(value) = self.value() { Some(value) } else { None }
    }

    /// The text, if it is a string and UTF-8.
    pub fn as_str(&self) -> Option<Cow<'a, str>> {
        if let Value::Str(value) = self.value() { value.to_str() } else { None }
    }

    /// The bytes, if it is a string.
    pub fn as_bytes(&self) -> Option<Cow<'a, [u8]>> {
        if let Value::Str(value) = self.value() { Some(value.to_bytes()) } else { None }
    }
}

/// What a setting is, without what it holds: the text may be a secret.
impl fmt::Debug for Setting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setting")
            .field("path", &self.path())
            .field("type", &self.value_type())
            .field("span", &self.span())
            .finish()
    }
}

/// The types of libconfig, and a placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// `true` or `false`.
    Bool,
    /// An integer of 32 bits.
    Int,
    /// An integer of 64 bits: one with `L`, or one that 32 bits do not hold.
    Int64,
    /// A number with a point or an exponent.
    Float,
    /// A string.
    Str,
    /// A placeholder: the type is that of what will take its place. Only where
    /// [`ParseOptions::placeholders`](super::ParseOptions::placeholders) is set.
    Placeholder,
    /// `{ }`: settings with names.
    Group,
    /// `( )`: elements of any type.
    List,
    /// `[ ]`: elements of one scalar type.
    Array,
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ValueType::Bool => "bool",
            ValueType::Int => "int",
            ValueType::Int64 => "int64",
            ValueType::Float => "float",
            ValueType::Str => "string",
            ValueType::Placeholder => "placeholder",
            ValueType::Group => "group",
            ValueType::List => "list",
            ValueType::Array => "array",
        })
    }
}

/// A value with its type.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// `true` or `false`.
    Bool(bool),
    /// An integer of 32 bits.
    Int(i32),
    /// An integer of 64 bits.
    Int64(i64),
    /// A number with a point or an exponent.
    Float(f64),
    /// A string.
    Str(Str<'a>),
    /// Text outside quotes that something else fills in before ProxySQL reads the file. Only where
    /// [`ParseOptions::placeholders`](super::ParseOptions::placeholders) is set.
    Placeholder(Placeholder<'a>),
    /// Settings with names.
    Group(Group<'a>),
    /// Elements of any type.
    List(List<'a>),
    /// Elements of one scalar type.
    Array(Array<'a>),
}

/// A string. It is unescaped when it is asked for.
#[derive(Clone, Copy)]
pub struct Str<'a> {
    setting: Setting<'a>,
}

impl<'a> Str<'a> {
    /// The bytes; borrowed where no escape and no second piece changes them.
    pub fn to_bytes(&self) -> Cow<'a, [u8]> {
        let Setting { tree, id } = self.setting;
        match tree.plain_bytes(id) {
            Some(bytes) => Cow::Borrowed(bytes),
            None => Cow::Owned(tree.unescaped_bytes(id)),
        }
    }

    /// The text, where it is UTF-8.
    pub fn to_str(&self) -> Option<Cow<'a, str>> {
        match self.to_bytes() {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
        }
    }
}

/// The place only: the text may be a secret.
impl fmt::Debug for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Str({:?})", self.setting.span())
    }
}

macro_rules! aggregate {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<'a> {
            pub(super) setting: Setting<'a>,
        }

        impl<'a> $name<'a> {
            /// The setting that this is the value of.
            pub fn setting(&self) -> Setting<'a> {
                self.setting
            }

            /// All that it holds, in order.
            pub fn iter(&self) -> Settings<'a> {
                self.setting.children()
            }

            /// How many settings or elements it holds.
            pub fn len(&self) -> usize {
                self.setting.len()
            }

            /// Whether it holds none.
            pub fn is_empty(&self) -> bool {
                self.setting.is_empty()
            }

            /// What stands at this position.
            pub fn at(&self, position: usize) -> Option<Setting<'a>> {
                self.setting.at(position)
            }
        }

        impl<'a> IntoIterator for $name<'a> {
            type Item = Setting<'a>;
            type IntoIter = Settings<'a>;

            fn into_iter(self) -> Settings<'a> {
                self.iter()
            }
        }

        impl<'a> IntoIterator for &$name<'a> {
            type Item = Setting<'a>;
            type IntoIter = Settings<'a>;

            fn into_iter(self) -> Settings<'a> {
                self.iter()
            }
        }
    };
}

aggregate! {
    /// A group: settings with names, no name twice.
    Group
}
aggregate! {
    /// A list: elements of any type.
    List
}
aggregate! {
    /// An array: elements of one scalar type.
    Array
}

impl<'a> Group<'a> {
    /// The setting of this name.
    pub fn get(&self, name: &str) -> Option<Setting<'a>> {
        self.setting.get(name)
    }
}

/// Goes over settings or elements in order.
#[derive(Clone)]
pub struct Settings<'a> {
    tree: &'a Tree<'a>,
    inner: super::tree::Children<'a>,
}

impl<'a> Iterator for Settings<'a> {
    type Item = Setting<'a>;

    fn next(&mut self) -> Option<Setting<'a>> {
        let tree = self.tree;
        self.inner.next().map(|id| Setting { tree, id })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl ExactSizeIterator for Settings<'_> {}

impl fmt::Debug for Settings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
