//! How variables are declared.

use super::value::{Value, ValueShape};
use crate::schema::version::{ByVersion, Lifetime, Version};

/// A variable as it is declared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VariableSpec {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) shape: ValueShape,
    pub(crate) lifetime: Lifetime,
    pub(crate) default: ByVersion<&'static str>,
    pub(crate) kind: ByVersion<Kind>,
    pub(crate) range: ByVersion<(i64, i64)>,
    pub(crate) unit: Option<Unit>,
    /// Whether the case of a choice matters.
    pub(crate) exact_case: bool,
    /// The bit of the running `server_capabilities` that it sets or clears.
    pub(crate) capability: Option<u32>,
    /// The text in the table before the first load, where it is not the default.
    pub(crate) first_row_in_2_0: Option<&'static str>,
    /// An accepted number runs as the next of these.
    pub(crate) rounded_up_to: ByVersion<&'static [i32]>,
    /// The variable that false sets to 0, from 2.7 on.
    pub(crate) false_disables: Option<&'static str>,
}

/// What a server takes for a variable, and what it makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `true`, `1`, `false`, `0` in any case.
    Bool,
    /// C's `atoi`, in a range.
    Int,
    /// C's `strtoul`, its low 32 bits, in a range; runs as a signed number.
    Uint32,
    /// Any text.
    Text,
    /// Any text but the empty one.
    NonEmpty,
    /// Any text; an empty one changes nothing.
    EmptyIgnored,
    /// Any text; `(null)` runs as an empty one.
    TextOrNull,
    /// Any text; an empty one and `(null)` run as the default.
    TextOrDefault,
    /// One of the names of the Rust type.
    OneOf,
    /// Addresses; once set, they stay.
    Interfaces,
    /// Not empty; 5.1.30 runs as 5.5.30.
    ServerVersion,
    /// Only what the server is.
    Version,
    /// A file in a folder that can be opened.
    Filename,
    /// `database.table`, or empty.
    Heartbeat,
    /// Networks, or `*`.
    Networks,
    /// A file that can be written.
    Keylog,
    /// A character set, by the rules of 2.0.
    CharsetNr,
    /// A character set, settled together with the collation.
    Charset,
    /// A collation, settled together with the character set.
    Collation,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Megabytes (2^20 bytes).
    Megabytes,
    /// Hundredths.
    Percent,
    /// Things.
    Count,
    /// Bits, each with a meaning.
    Flags,
}

const fn spec(default: &'static str, kind: Kind) -> VariableSpec {
    VariableSpec {
        name: "",
        doc: "",
        shape: ValueShape::Text,
        lifetime: Lifetime::ALWAYS,
        default: ByVersion::always(default),
        kind: ByVersion::always(kind),
        range: ByVersion::always((0, 0)),
        unit: None,
        exact_case: false,
        capability: None,
        first_row_in_2_0: None,
        rounded_up_to: ByVersion::always(&[]),
        false_disables: None,
    }
}

pub(crate) const fn int(default: &'static str, min: i64, max: i64) -> VariableSpec {
    spec(default, Kind::Int).range(min, max)
}

pub(crate) const fn uint32(default: &'static str, min: i64, max: i64) -> VariableSpec {
    spec(default, Kind::Uint32).range(min, max)
}

pub(crate) const fn one_of(default: &'static str, exact_case: bool) -> VariableSpec {
    let mut choice = spec(default, Kind::OneOf);
    choice.exact_case = exact_case;
    choice
}

pub(crate) const fn version() -> VariableSpec {
    spec("", Kind::Version)
}

macro_rules! kinds {
    ($($function:ident = $kind:ident,)+) => {
        $(
            pub(crate) const fn $function(default: &'static str) -> VariableSpec {
                spec(default, Kind::$kind)
            }
        )+
    };
}

kinds! {
    boolean = Bool,
    text = Text,
    nonempty = NonEmpty,
    empty_ignored = EmptyIgnored,
    text_or_null = TextOrNull,
    text_or_default = TextOrDefault,
    interfaces = Interfaces,
    server_version = ServerVersion,
    filename = Filename,
    heartbeat = Heartbeat,
    networks = Networks,
    keylog = Keylog,
    charset = Charset,
    collation = Collation,
}

macro_rules! units {
    ($($function:ident = $unit:ident,)+) => {
        impl VariableSpec {
            $(
                pub(crate) const fn $function(mut self) -> Self {
                    self.unit = Some(Unit::$unit);
                    self
                }
            )+
        }
    };
}

units! {
    milliseconds = Milliseconds,
    seconds = Seconds,
    bytes = Bytes,
    megabytes = Megabytes,
    percent = Percent,
    count = Count,
    flags = Flags,
}

impl VariableSpec {
    /// What the struct says of it.
    pub(crate) const fn named<T: Value>(mut self, name: &'static str, doc: &'static str) -> Self {
        self.name = name;
        self.doc = doc;
        self.shape = T::SHAPE;
        self
    }

    pub(crate) const fn since(mut self, version: Version) -> Self {
        self.lifetime.since = version;
        self
    }

    pub(crate) const fn until(mut self, version: Version) -> Self {
        self.lifetime.until = version;
        self
    }

    const fn range(mut self, min: i64, max: i64) -> Self {
        self.range = ByVersion::always((min, max));
        self
    }

    pub(crate) const fn range_since_2_7(mut self, min: i64, max: i64) -> Self {
        self.range = self.range.since(Version::V2_7, (min, max));
        self
    }

    pub(crate) const fn default_since_2_7(mut self, default: &'static str) -> Self {
        self.default = self.default.since(Version::V2_7, default);
        self
    }

    /// Another kind in 2.0; the range of before 2.7 is then that of 2.0.
    pub(crate) const fn kind_in_2_0(mut self, kind: Kind) -> Self {
        self.kind = ByVersion::always(kind).since(Version::V2_7, self.kind.first());
        self
    }

    pub(crate) const fn capability(mut self, bit: u32) -> Self {
        self.capability = Some(bit);
        self
    }

    pub(crate) const fn first_row_in_2_0(mut self, text: &'static str) -> Self {
        self.first_row_in_2_0 = Some(text);
        self
    }

    pub(crate) const fn rounded_up_to(mut self, in_2_0: &'static [i32], since_2_7: &'static [i32]) -> Self {
        self.rounded_up_to = ByVersion::always(in_2_0).since(Version::V2_7, since_2_7);
        self
    }

    pub(crate) const fn false_disables(mut self, name: &'static str) -> Self {
        self.false_disables = Some(name);
        self
    }
}
