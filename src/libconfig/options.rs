//! How a file is read: dialect, limits, includes.

use std::fmt;

use super::include::Includes;

/// A version of libconfig, as far as versions differ in what they accept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// libconfig 1.7.2, inside ProxySQL 2.0: a `#` or `//` comment counts only if a line feed ends it
    /// in the same file.
    V1_7_2,
    /// libconfig 1.7.3, inside ProxySQL 2.7 and 3.0.
    #[default]
    V1_7_3,
}

/// What a file may cost. Within these limits the verdict is libconfig's own; beyond them reading ends
/// in an error of its own kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of all opened files together. More than 4 GiB are never read.
    pub bytes: usize,
    /// Brackets open at once. (libconfig's own parser ends between 1,000 and 5,000, depending on
    /// what they hold; that verdict stands too.)
    pub depth: usize,
    /// Files opened by `@include` in all. (How many may be open at once is libconfig's to say: 10.)
    pub includes: usize,
    /// Errors collected before reading stops.
    pub errors: usize,
}

impl Default for Limits {
    /// 256 MiB, 1,000 brackets, 10,000 includes, 100 errors.
    fn default() -> Self {
        Limits { bytes: 256 << 20, depth: 1_000, includes: 10_000, errors: 100 }
    }
}

impl Limits {
    /// The same limits with another number of [`bytes`](Limits::bytes).
    #[must_use]
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// The same limits with another [`depth`](Limits::depth).
    #[must_use]
    pub fn depth(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }

    /// The same limits with another number of [`includes`](Limits::includes).
    #[must_use]
    pub fn includes(mut self, includes: usize) -> Self {
        self.includes = includes;
        self
    }

    /// The same limits with another number of [`errors`](Limits::errors).
    #[must_use]
    pub fn errors(mut self, errors: usize) -> Self {
        self.errors = errors;
        self
    }
}

/// How to read a file; [`Document::parse`](super::Document::parse) takes the defaults.
///
/// ```
/// use proxysql_kit::libconfig::{Dialect, Document, MemoryIncludes, ParseOptions};
///
/// let files = MemoryIncludes::new().with("users.cnf", "{ username=\"app\" }");
/// let options = ParseOptions::new().dialect(Dialect::V1_7_3).includes(&files);
/// let text = "mysql_users = (\n@include \"users.cnf\"\n)";
/// let document = Document::parse_with(text, &options)?;
/// assert_eq!(document.lookup("mysql_users.[0].username").unwrap().as_str().unwrap(), "app");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct ParseOptions<'a> {
    pub(super) dialect: Dialect,
    pub(super) limits: Limits,
    pub(super) name: Vec<u8>,
    pub(super) include_dir: Option<Vec<u8>>,
    pub(super) includes: Option<&'a dyn Includes>,
    pub(super) placeholders: bool,
}

impl<'a> ParseOptions<'a> {
    /// The defaults: libconfig 1.7.3, default [`Limits`], no name, no file is ever opened.
    pub fn new() -> Self {
        ParseOptions::default()
    }

    /// Reads as this version of libconfig does.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Sets the limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The name under which errors and spans speak of the text itself.
    #[must_use]
    pub fn name(mut self, name: impl Into<Vec<u8>>) -> Self {
        self.name = name.into();
        self
    }

    /// The folder put before relative include paths (libconfig's `config_set_include_dir`; ProxySQL
    /// sets none, so that they are relative to its working directory).
    #[must_use]
    pub fn include_dir(mut self, dir: impl Into<Vec<u8>>) -> Self {
        self.include_dir = Some(dir.into());
        self
    }

    /// Where `@include` finds its files. Without it a directive is an error.
    #[must_use]
    pub fn includes(mut self, includes: &'a dyn Includes) -> Self {
        self.includes = Some(includes);
        self
    }

    /// Whether placeholders outside quotes are values: `${VAR}`, `$VAR` and `{{ .Values.x }}`, alone
    /// or grown together with other text as in `10${N}`. libconfig refuses them, so this is off unless
    /// it is asked for. A file is a template then, which something else fills in before ProxySQL reads
    /// it; see [`Document::placeholders`](super::Document::placeholders) and
    /// [`Document::render`](super::Document::render).
    ///
    /// A placeholder is one where a number or a string may stand. Elsewhere (in place of a name or of
    /// a whole setting, in the path of an include directive) it is an error, and so is the control flow
    /// of templates (`{{ if }}`, `{{ range }}`). A template action in a string may have quotes of its
    /// own: `"{{ .Values.host | default "db1" }}"` is a placeholder too. Each is at most 512 bytes on
    /// one line. What libconfig accepts is read the same, but for strings with such actions.
    ///
    /// ```
    /// use proxysql_kit::libconfig::{Document, ParseOptions, Value};
    ///
    /// let options = ParseOptions::new().placeholders(true);
    /// let document = Document::parse_with("threads=${THREADS} name=\"${HOSTNAME}\"", &options)?;
    /// let Value::Placeholder(threads) = document.get("threads").unwrap().value() else { panic!() };
    /// assert_eq!(threads.text(), "${THREADS}");
    /// assert_eq!(document.get("name").unwrap().as_str().unwrap(), "${HOSTNAME}");
    /// # Ok::<(), proxysql_kit::libconfig::ParseError>(())
    /// ```
    #[must_use]
    pub fn placeholders(mut self, placeholders: bool) -> Self {
        self.placeholders = placeholders;
        self
    }
}

impl fmt::Debug for ParseOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParseOptions")
            .field("dialect", &self.dialect)
            .field("limits", &self.limits)
            .field("name", &super::text::lossy(&self.name))
            .field("include_dir", &self.include_dir.as_deref().map(super::text::lossy))
            .field("includes", &self.includes.is_some())
            .field("placeholders", &self.placeholders)
            .finish()
    }
}
