//! What is wrong with a file of tests.

use std::fmt;

use crate::toml_fields;
pub use crate::toml_fields::Problem;

/// A file of tests that is none: all that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFileError {
    pub(super) file: String,
    pub(super) problems: Vec<Problem>,
}

impl TestFileError {
    /// All problems, in the order of the text.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

/// A line for each problem: `FILE:LINE:COLUMN: MESSAGE`.
impl fmt::Display for TestFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        toml_fields::show(&self.file, &self.problems, f)
    }
}

impl std::error::Error for TestFileError {}
