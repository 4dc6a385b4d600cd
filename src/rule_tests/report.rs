//! What came of tests.

use super::coverage::Coverage;
use crate::rules::{Engine, Explanation, Session, Step, Verdict};

/// The longest explanation that is shown whole, in steps.
const STEPS: usize = 30;

/// What came of all tests.
///
/// Its `Display` is for people, [`to_junit`](Self::to_junit) and serde are for machines.
#[derive(Clone, Debug)]
pub struct TestReport {
    pub(super) files: Vec<FileReport>,
    pub(super) coverage: Coverage,
    pub(super) engine: Engine,
}

/// What came of the tests of a file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FileReport {
    /// The file.
    pub file: String,
    /// Its tests, in order.
    pub tests: Vec<TestResult>,
}

/// What came of a test.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TestResult {
    /// Its name.
    pub name: String,
    /// The line where it stands.
    pub line: usize,
    /// What does not hold; nothing where it passed.
    pub failures: Vec<Failure>,
}

/// One thing that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The line of the query.
    pub line: usize,
    /// The field of `expect`.
    pub field: String,
    /// What is expected.
    pub expected: String,
    /// What is.
    pub actual: String,
    /// The query.
    pub query: String,
    /// Who asked.
    pub session: Session,
}

impl TestReport {
    /// The files.
    pub fn files(&self) -> &[FileReport] {
        &self.files
    }

    /// How many tests ran.
    pub fn tests(&self) -> usize {
        self.files.iter().map(|file| file.tests.len()).sum()
    }

    /// How many of them failed.
    pub fn failed(&self) -> usize {
        self.files.iter().map(FileReport::failed).sum()
    }

    /// Which rules they reached.
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// Why a query went where it went.
    pub fn explain(&self, failure: &Failure) -> Explanation {
        self.engine.explain(&failure.session, failure.query.as_bytes())
    }

    /// The same, of a long walk only the rules that matched; and how many are left out.
    pub(super) fn explain_shortly(&self, failure: &Failure) -> (Explanation, usize) {
        let mut explanation = self.explain(failure);
        let before = explanation.steps.len();
        if before > STEPS {
            let is_no_match =
                |step: &Step| matches!(step, Step::Rule(rule) if matches!(rule.verdict, Verdict::NoMatch(_)));
            explanation.steps.retain(|step| !is_no_match(step));
        }
        let left_out = before - explanation.steps.len();
        (explanation, left_out)
    }
}

impl FileReport {
    /// How many of its tests failed.
    pub fn failed(&self) -> usize {
        self.tests.iter().filter(|test| !test.has_passed()).count()
    }
}

impl TestResult {
    /// Whether all holds that is expected.
    pub fn has_passed(&self) -> bool {
        self.failures.is_empty()
    }

    /// The failures of each query, in order.
    pub(super) fn by_query(&self) -> impl Iterator<Item = &[Failure]> {
        self.failures.chunk_by(|one, next| one.line == next.line && one.session == next.session)
    }
}
