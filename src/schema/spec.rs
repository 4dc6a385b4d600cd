//! How tables are declared: small builders for what a Rust type cannot say.

use super::field::{Field, Shape};
use super::version::{ByVersion, Lifetime, Version};

/// A column as it is declared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColumnSpec {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) shape: Shape,
    pub(crate) nullable: bool,
    pub(crate) lifetime: Lifetime,
    /// What stands behind the name in CREATE TABLE.
    pub(crate) definition: ByVersion<&'static str>,
    pub(crate) key: Option<Key>,
}

/// A column with this text behind its name in CREATE TABLE.
pub(crate) const fn sql(definition: &'static str) -> ColumnSpec {
    ColumnSpec {
        name: "",
        doc: "",
        shape: Shape::Text,
        nullable: false,
        lifetime: Lifetime::ALWAYS,
        definition: ByVersion::always(definition),
        key: None,
    }
}

impl ColumnSpec {
    /// What the struct says of it.
    pub(crate) const fn named<T: Field>(mut self, name: &'static str, doc: &'static str) -> Self {
        self.name = name;
        self.doc = doc;
        self.shape = T::SHAPE;
        self.nullable = T::NULLABLE;
        self
    }

    /// The first version that has it.
    pub(crate) const fn since(mut self, version: Version) -> Self {
        self.lifetime.since = version;
        self
    }

    /// The last version that has it.
    pub(crate) const fn until(mut self, version: Version) -> Self {
        self.lifetime.until = version;
        self
    }

    /// Another definition from a version on.
    pub(crate) const fn later(mut self, version: Version, definition: &'static str) -> Self {
        self.definition = self.definition.since(version, definition);
        self
    }

    /// What a file says of it.
    pub(crate) const fn key(mut self, key: Key) -> Self {
        self.key = Some(key);
        self
    }
}

/// How a file fills a column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// The names under which it is looked for, in order; none: the column's own.
    pub(crate) spellings: ByVersion<&'static [&'static str]>,
    /// The type that is read, and what takes its place where nothing of that type is found.
    pub(crate) read: ByVersion<Read>,
    /// How it stands in the statement.
    pub(crate) form: ByVersion<Form>,
    /// Without it the row is skipped; the name that the message has for it.
    pub(crate) mandatory: Option<&'static str>,
    /// The only texts that are taken, in any case, and what takes the place of others.
    pub(crate) one_of: Option<(&'static [&'static str], &'static str)>,
}

/// The type that ProxySQL reads, with its own default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// An int of 32 bits.
    Int(i32),
    /// A string; without one nothing (NULL) or this text.
    Str(Option<&'static str>),
}

/// How a value stands in the statement that ProxySQL makes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Decimal, no quotes.
    Int,
    /// Decimal, or NULL when negative.
    IntOrNull,
    /// 0 when 0, else 1.
    ZeroOne,
    /// In single quotes, nothing escaped.
    Single,
    /// In single quotes, each single quote doubled.
    SingleDoubled,
    /// In double quotes, nothing escaped.
    Double,
}

/// An int that is read, with its default.
pub(crate) const fn int(default: i32) -> Key {
    Key::new(Read::Int(default), Form::Int)
}

/// An int that is NULL when it is negative or not there.
pub(crate) const fn int_or_null() -> Key {
    Key::new(Read::Int(-1), Form::IntOrNull)
}

/// A text in single quotes, with its default.
pub(crate) const fn single(default: &'static str) -> Key {
    Key::new(Read::Str(Some(default)), Form::Single)
}

/// A text in single quotes, or NULL.
pub(crate) const fn single_or_null() -> Key {
    Key::new(Read::Str(None), Form::Single)
}

/// A text whose single quotes are doubled, with its default.
pub(crate) const fn doubled(default: &'static str) -> Key {
    Key::new(Read::Str(Some(default)), Form::SingleDoubled)
}

/// A text in double quotes, with its default.
pub(crate) const fn double(default: &'static str) -> Key {
    Key::new(Read::Str(Some(default)), Form::Double)
}

/// A text in double quotes, or NULL.
pub(crate) const fn double_or_null() -> Key {
    Key::new(Read::Str(None), Form::Double)
}

impl Key {
    const fn new(read: Read, form: Form) -> Self {
        Key {
            spellings: ByVersion::always(&[]),
            read: ByVersion::always(read),
            form: ByVersion::always(form),
            mandatory: None,
            one_of: None,
        }
    }

    /// Other names than the column's, in the order in which they are tried.
    pub(crate) const fn spelled(mut self, names: &'static [&'static str]) -> Self {
        self.spellings = ByVersion::always(names);
        self
    }

    /// Other names from 2.7 on.
    pub(crate) const fn spelled_since_2_7(mut self, names: &'static [&'static str]) -> Self {
        self.spellings = self.spellings.since(Version::V2_7, names);
        self
    }

    /// Another default from 2.7 on.
    pub(crate) const fn since_2_7(mut self, read: Read) -> Self {
        self.read = self.read.since(Version::V2_7, read);
        self
    }

    /// Another form from 2.7 on.
    pub(crate) const fn form_since_2_7(mut self, form: Form) -> Self {
        self.form = self.form.since(Version::V2_7, form);
        self
    }

    /// The row is skipped without it, and this name stands in the message.
    pub(crate) const fn mandatory(mut self, name: &'static str) -> Self {
        self.mandatory = Some(name);
        self
    }

    /// An int that holds 0 or 1, whatever is written.
    pub(crate) const fn zero_one(mut self) -> Self {
        self.form = ByVersion::always(Form::ZeroOne);
        self
    }

    /// A negative int is NULL.
    pub(crate) const fn or_null(mut self) -> Self {
        self.form = ByVersion::always(Form::IntOrNull);
        self
    }

    /// The texts that are taken, and what takes the place of others.
    pub(crate) const fn one_of(mut self, names: &'static [&'static str], otherwise: &'static str) -> Self {
        self.one_of = Some((names, otherwise));
        self
    }
}

/// A table as it is declared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableSpec {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) lifetime: Lifetime,
    pub(crate) primary_key: &'static [&'static str],
    pub(crate) unique: &'static [&'static [&'static str]],
    pub(crate) section: Option<Section>,
    pub(crate) saved: bool,
    pub(crate) columns: &'static [ColumnSpec],
}

/// A table of this name and primary key, in all versions.
pub(crate) const fn table(name: &'static str, primary_key: &'static [&'static str]) -> TableSpec {
    TableSpec {
        name,
        doc: "",
        lifetime: Lifetime::ALWAYS,
        primary_key,
        unique: &[],
        section: None,
        saved: false,
        columns: &[],
    }
}

impl TableSpec {
    /// The first version that has it.
    pub(crate) const fn since(mut self, version: Version) -> Self {
        self.lifetime.since = version;
        self
    }

    /// Columns that no two rows may have alike.
    pub(crate) const fn unique(mut self, sets: &'static [&'static [&'static str]]) -> Self {
        self.unique = sets;
        self
    }

    /// The section of a file that fills it.
    pub(crate) const fn section(mut self, section: Section) -> Self {
        self.section = Some(section);
        self
    }

    /// SELECT CONFIG writes it.
    pub(crate) const fn saved(mut self) -> Self {
        self.saved = true;
        self
    }

    pub(crate) const fn declared(mut self, doc: &'static str, columns: &'static [ColumnSpec]) -> Self {
        self.doc = doc;
        self.columns = columns;
        self
    }
}

/// A section of a file, and how ProxySQL makes statements of its rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section {
    pub(crate) name: &'static str,
    /// What messages call the table.
    pub(crate) called: Option<&'static str>,
    /// The order in which columns are looked up and stand in the statement. Columns that a version
    /// does not have are left out.
    pub(crate) order: &'static [&'static str],
    /// Columns in the statement that no key fills, with what stands there.
    pub(crate) fixed: &'static [(&'static str, &'static str)],
    /// Whether the statement names its columns.
    pub(crate) names_columns: bool,
    /// A column that the statement spells otherwise.
    pub(crate) spelled: Option<(&'static str, &'static str)>,
    /// What stands behind the last column's name, from 2.7 on.
    pub(crate) behind_names: &'static str,
    /// What stands before the last value, from 2.7 on.
    pub(crate) before_last: &'static str,
}

/// A section whose rows are looked up in this order.
pub(crate) const fn section(name: &'static str, order: &'static [&'static str]) -> Section {
    Section {
        name,
        called: None,
        order,
        fixed: &[],
        names_columns: true,
        spelled: None,
        behind_names: "",
        before_last: ", ",
    }
}

impl Section {
    pub(crate) const fn called(mut self, name: &'static str) -> Self {
        self.called = Some(name);
        self
    }

    pub(crate) const fn fixed(mut self, fixed: &'static [(&'static str, &'static str)]) -> Self {
        self.fixed = fixed;
        self
    }

    pub(crate) const fn without_names(mut self) -> Self {
        self.names_columns = false;
        self
    }

    pub(crate) const fn spelled(mut self, column: &'static str, text: &'static str) -> Self {
        self.spelled = Some((column, text));
        self
    }

    pub(crate) const fn behind_names(mut self, text: &'static str) -> Self {
        self.behind_names = text;
        self
    }

    pub(crate) const fn before_last(mut self, text: &'static str) -> Self {
        self.before_last = text;
        self
    }
}
