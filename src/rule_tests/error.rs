//! What is wrong with a file of tests.

use std::fmt;

/// A file of tests that is none: all that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFileError {
    pub(super) file: String,
    pub(super) problems: Vec<Problem>,
}

/// One thing that is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, in characters, counted from 1.
    pub column: usize,
    /// What is wrong, and what was probably meant.
    pub message: String,
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
        for (index, Problem { line, column, message }) in self.problems.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{}:{line}:{column}: {message}", self.file)?;
        }
        Ok(())
    }
}

impl std::error::Error for TestFileError {}
