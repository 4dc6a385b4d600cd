//! Compiling at first use.

use std::fmt;
use std::sync::OnceLock;

use super::{Dialect, Modifiers, Pattern, PatternError, shown};

/// A pattern that is compiled when it is first asked for, once for all threads.
///
/// ```
/// use proxysql_kit::pattern::{Dialect, LazyPattern, Modifiers};
///
/// let lazy = LazyPattern::new(b"^SELECT", Dialect::Pcre, Modifiers::default());
/// assert!(lazy.get().is_ok_and(|pattern| pattern.is_match(b"SELECT 1")));
/// ```
pub struct LazyPattern {
    text: Box<[u8]>,
    dialect: Dialect,
    modifiers: Modifiers,
    compiled: OnceLock<Result<Pattern, PatternError>>,
}

impl LazyPattern {
    /// Notes the pattern; nothing can be wrong yet.
    pub fn new(text: &[u8], dialect: Dialect, modifiers: Modifiers) -> LazyPattern {
        LazyPattern { text: text.into(), dialect, modifiers, compiled: OnceLock::new() }
    }

    /// The compiled pattern.
    ///
    /// # Errors
    /// Those of [`Pattern::new`], the same each time.
    pub fn get(&self) -> Result<&Pattern, &PatternError> {
        self.compiled.get_or_init(|| Pattern::new(&self.text, self.dialect, self.modifiers)).as_ref()
    }

    /// The pattern as it was given.
    pub fn text(&self) -> &[u8] {
        &self.text
    }
}

impl fmt::Debug for LazyPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazyPattern")
            .field("text", &shown(&self.text))
            .field("dialect", &self.dialect)
            .field("modifiers", &self.modifiers)
            .finish_non_exhaustive()
    }
}
