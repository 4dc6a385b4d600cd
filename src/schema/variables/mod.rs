//! The variables, each described once: their type, default, range and unit, by version.
//!
//! `global_variables` is one table, but its rows belong to modules, as their names say
//! (`mysql-threads`), and each is of a type of its own.

mod admin;
mod charsets;
mod declare;
mod mysql;
mod pgsql;
mod shared;
mod spec;
mod value;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use thiserror::Error;

use super::sealed::Sealed;
use super::secret_names::may_be_secret;
use super::text::{REDACTED, Text};
use super::version::Version;
use value::Value;

pub use admin::AdminVariables;
pub(crate) use charsets::CHARSETS;
pub use mysql::MysqlVariables;
pub use pgsql::PgsqlVariables;
pub use spec::Unit;
pub(crate) use spec::{Kind, VariableSpec};
pub use value::ValueShape;
pub(crate) use value::{atoi, strtoul_low_32};

/// A part of the server that has variables of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Module {
    /// `admin_variables`.
    Admin,
    /// `mysql_variables`.
    Mysql,
    /// `pgsql_variables`, since 3.0.
    Pgsql,
}

impl Module {
    /// All modules, in the order in which their variables are loaded.
    pub const ALL: [Module; 3] = [Module::Admin, Module::Mysql, Module::Pgsql];

    /// The name before the dash: `mysql` of `mysql-threads`.
    pub fn name(self) -> &'static str {
        match self {
            Module::Admin => "admin",
            Module::Mysql => "mysql",
            Module::Pgsql => "pgsql",
        }
    }

    /// The section of a `proxysql.cnf`.
    pub fn section(self) -> &'static str {
        match self {
            Module::Admin => "admin_variables",
            Module::Mysql => "mysql_variables",
            Module::Pgsql => "pgsql_variables",
        }
    }

    /// Whether a version has it.
    pub fn is_in(self, version: Version) -> bool {
        self != Module::Pgsql || version >= Version::V3_0
    }

    /// Its variables in a version, by name.
    pub fn variables(self, version: Version) -> &'static [Variable] {
        static KNOWN: [OnceLock<Vec<Variable>>; 9] = [const { OnceLock::new() }; 9];
        KNOWN[self as usize * Version::ALL.len() + version.index()].get_or_init(|| {
            let specs = self.specs().iter().enumerate();
            let own = specs.filter(|(_, spec)| self.is_in(version) && spec.lifetime.holds(version));
            let mut variables: Vec<_> =
                own.map(|(position, spec)| Variable { spec, module: self, position, version }).collect();
            variables.sort_by_key(|variable| variable.spec.name);
            variables
        })
    }

    /// The variable of exactly this name (without prefix) in a version.
    pub fn variable(self, version: Version, name: &str) -> Option<&'static Variable> {
        let variables = self.variables(version);
        let found = variables.binary_search_by_key(&name, |variable| variable.name());
        found.ok().map(|index| &variables[index])
    }

    pub(crate) fn specs(self) -> &'static [VariableSpec] {
        match self {
            Module::Admin => AdminVariables::specs(),
            Module::Mysql => MysqlVariables::specs(),
            Module::Pgsql => PgsqlVariables::specs(),
        }
    }
}

/// Its name.
impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A variable in one version.
///
/// ```
/// use proxysql_kit::schema::{Module, Unit, Version};
///
/// let interval = Module::Admin.variable(Version::V2_7, "cluster_check_interval_ms").unwrap();
/// assert_eq!(interval.default(), "1000");
/// assert_eq!(interval.range(), Some((10, 300_000)));
/// assert_eq!(interval.unit(), Some(Unit::Milliseconds));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    spec: &'static VariableSpec,
    module: Module,
    position: usize,
    version: Version,
}

impl Variable {
    /// Its name, without the module.
    pub fn name(&self) -> &'static str {
        self.spec.name
    }

    /// Its name as `global_variables` has it: `mysql-threads`.
    pub fn full_name(&self) -> String {
        format!("{}-{}", self.module, self.name())
    }

    /// The module.
    pub fn module(&self) -> Module {
        self.module
    }

    /// What it sets, in a sentence.
    pub fn doc(&self) -> &'static str {
        self.spec.doc.trim()
    }

    /// Its place among the variables of all versions; see [`Variables`].
    pub fn position(&self) -> usize {
        self.position
    }

    /// The text that it has when nothing is said.
    pub fn default(&self) -> &'static str {
        default_text(self.spec, self.version)
    }

    /// What numbers are accepted, the least and the greatest.
    pub fn range(&self) -> Option<(i64, i64)> {
        matches!(self.kind(), Kind::Int | Kind::Uint32).then(|| self.spec.range.get(self.version))
    }

    /// What the number counts.
    pub fn unit(&self) -> Option<Unit> {
        self.spec.unit
    }

    /// What its Rust type holds.
    pub fn shape(&self) -> ValueShape {
        self.spec.shape
    }

    /// Whether it holds a password.
    pub fn is_secret(&self) -> bool {
        self.spec.shape == ValueShape::Secret
    }

    pub(crate) fn kind(&self) -> Kind {
        self.spec.kind.get(self.version)
    }

    pub(crate) fn spec(&self) -> &'static VariableSpec {
        self.spec
    }
}

/// The variables of a module, read and written as texts by position. Only those of this crate are.
pub trait Variables: fmt::Debug + Send + Sync + Sealed {
    /// The module.
    fn module(&self) -> Module;

    /// The text that a server keeps for the variable at a position; empty where there is none.
    fn text(&self, position: usize) -> Cow<'_, [u8]>;

    /// Sets the variable at a position to what a text means.
    ///
    /// # Errors
    /// Where the text means nothing for its type. Ranges are the server's to judge.
    fn set_text(&mut self, position: usize, text: &[u8]) -> Result<(), VariableError>;

    /// Whether the text of the variable at a position is the usual one for its value, as `true` is
    /// and `1` is not.
    fn is_usual(&self, position: usize) -> bool;

    /// Rows of the module whose names are none of a variable.
    fn others(&self) -> &[(Text, Text)];

    /// The same, to be changed.
    fn others_mut(&mut self) -> &mut Vec<(Text, Text)>;
}

/// Why a variable was not set.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum VariableError {
    /// No variable is at this position.
    #[error("there is no such variable")]
    Unknown,
    /// The text is none of the variable's type.
    #[error("the text means nothing for `{0}`")]
    Meaningless(&'static str),
}

/// Texts that mean their variable's value but are not the usual ones for it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Spellings(BTreeMap<usize, Text>);

impl Spellings {
    /// The text of a value: the noted one, if it still means the value.
    pub(crate) fn of<'a, T: Value>(&'a self, position: usize, value: &'a T) -> Cow<'a, [u8]> {
        let usual = value.text();
        let noted = self.0.get(&position).map(Text::as_bytes);
        let means = |text: &&[u8]| T::from_text(text).is_some_and(|meant| meant.text() == usual);
        match noted.filter(means) {
            Some(text) => Cow::Borrowed(text),
            None => usual,
        }
    }

    /// Notes the text of a value where it is not the usual one.
    pub(crate) fn note<T: Value>(&mut self, position: usize, value: &T, text: &[u8]) {
        if value.text() == text {
            self.0.remove(&position);
        } else {
            self.0.insert(position, text.into());
        }
    }
}

/// How many there are: a text may be a secret.
impl fmt::Debug for Spellings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spellings({})", self.0.len())
    }
}

/// Rows that are no variable's, shown without what may be a secret.
pub(crate) struct ShownOthers<'a>(pub(crate) &'a [(Text, Text)]);

impl fmt::Debug for ShownOthers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(name, value)| {
            let is_secret = may_be_secret(name);
            (name, if is_secret { Text::from(REDACTED) } else { value.clone() })
        });
        f.debug_list().entries(shown).finish()
    }
}

fn default_text(spec: &'static VariableSpec, version: Version) -> &'static str {
    if spec.kind.get(version) == Kind::Version {
        return version.version_string();
    }
    spec.default.get(version)
}

/// The default of a variable as its Rust type has it.
pub(crate) fn default_of<T: Value + Default>(spec: &'static VariableSpec, version: Version) -> T {
    T::from_text(default_text(spec, version).as_bytes()).unwrap_or_default()
}
