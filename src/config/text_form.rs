//! What goes wrong between a configuration and its JSON or YAML.

use std::fmt;

use thiserror::Error;

/// A text that is no configuration, with the place in it.
///
/// It shows neither a line of the text nor the value of a secret.
///
/// ```
/// # #[cfg(feature = "json")] {
/// use proxysql_kit::config::Config;
///
/// let error = Config::from_json("{\"mysql_servers\": [\n{\"hostname\": \"db1\", \"prot\": 1}]}").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "2:26: mysql_servers[0]: there is no column `prot`; did you mean `port`?"
/// );
/// # }
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{}{message}", Place(*.line, *.column))]
pub struct FormatError {
    message: String,
    line: usize,
    column: usize,
}

impl FormatError {
    /// From a message and a place, 0 where none is known.
    pub(super) fn new(message: String, line: usize, column: usize) -> Self {
        FormatError { message, line, column }
    }

    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The line in the text, counted from 1, of the same place; `None` where no place is known.
    pub fn line(&self) -> Option<usize> {
        (self.line > 0).then_some(self.line)
    }

    /// The column in the line, counted from 1. Of JSON, how far the text was read; of YAML, where the
    /// row or section begins.
    pub fn column(&self) -> Option<usize> {
        (self.line > 0).then_some(self.column)
    }
}

struct Place(usize, usize);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 0 { write!(f, "{}:{}: ", self.0, self.1) } else { Ok(()) }
    }
}
