//! A report for people, and its JSON.

use std::fmt::{self, Formatter};

use super::coverage::Coverage;
use super::report::{FileReport, TestReport, TestResult};

/// A line for each test; of those that failed, what does not hold and why the query went where it went.
impl fmt::Display for TestReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            for test in &file.tests {
                self.test(f, file, test)?;
            }
        }
        let noun = if self.tests() == 1 { "test" } else { "tests" };
        writeln!(f, "{} {noun}, {} failed", self.tests(), self.failed())
    }
}

impl TestReport {
    fn test(&self, f: &mut Formatter<'_>, file: &FileReport, test: &TestResult) -> fmt::Result {
        if test.has_passed() {
            return writeln!(f, "ok    {}", test.name);
        }
        writeln!(f, "FAIL  {}", test.name)?;
        for failures in test.by_query() {
            let Some(first) = failures.first() else { continue };
            writeln!(f, "      {}:{}", file.file, first.line)?;
            for failure in failures {
                writeln!(f, "      {}: expected {}, is {}", failure.field, failure.expected, failure.actual)?;
            }
            let (explanation, left_out) = self.explain_shortly(first);
            writeln!(f)?;
            explanation
                .to_string()
                .lines()
                .try_for_each(|line| writeln!(f, "{}", format!("      {line}").trim_end()))?;
            if left_out > 0 {
                writeln!(f, "      ({left_out} rules that do not match are left out)")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// How many rules were reached, and which were not.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (all, unreached) = (self.hits().count(), self.unreached());
        writeln!(f, "{} of {all} active rules reached ({:.1} %)", all - unreached.len(), self.percent())?;
        for rule in unreached {
            let why = if self.unloaded().contains(&rule) { ": ProxySQL does not load it" } else { "" };
            writeln!(f, "  no test reaches rule {rule}{why}")?;
        }
        Ok(())
    }
}

#[cfg(feature = "serde")]
mod json {
    use serde::ser::{Serialize, SerializeStruct as _, Serializer};

    use super::{FileReport, TestReport, TestResult};
    use crate::rules::Explanation;

    /// The counts, the tests and the coverage; a failure has the explanation of its query.
    impl Serialize for TestReport {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut report = serializer.serialize_struct("TestReport", 4)?;
            report.serialize_field("tests", &self.tests())?;
            report.serialize_field("failed", &self.failed())?;
            let files: Vec<_> = self.files.iter().map(|file| File::of(self, file)).collect();
            report.serialize_field("files", &files)?;
            report.serialize_field("coverage", &Reached::of(self))?;
            report.end()
        }
    }

    #[derive(serde::Serialize)]
    struct File<'r> {
        file: &'r str,
        tests: Vec<Test<'r>>,
    }

    #[derive(serde::Serialize)]
    struct Test<'r> {
        name: &'r str,
        line: usize,
        passed: bool,
        failures: Vec<Failed<'r>>,
    }

    #[derive(serde::Serialize)]
    struct Failed<'r> {
        line: usize,
        query: &'r str,
        field: &'r str,
        expected: &'r str,
        actual: &'r str,
        explanation: Explanation,
        /// How many steps of a long walk are left out.
        left_out: usize,
    }

    #[derive(serde::Serialize)]
    struct Reached {
        percent: f64,
        rules: Vec<Rule>,
        unreached: Vec<i32>,
        unloaded: Vec<i32>,
    }

    #[derive(serde::Serialize)]
    struct Rule {
        rule_id: i32,
        matched: u64,
    }

    impl<'r> File<'r> {
        fn of(report: &'r TestReport, file: &'r FileReport) -> Self {
            File { file: &file.file, tests: file.tests.iter().map(|test| Test::of(report, test)).collect() }
        }
    }

    impl<'r> Test<'r> {
        fn of(report: &'r TestReport, test: &'r TestResult) -> Self {
            let failed = |failure: &'r super::super::report::Failure| {
                let (explanation, left_out) = report.explain_shortly(failure);
                Failed {
                    line: failure.line,
                    query: &failure.query,
                    field: &failure.field,
                    expected: &failure.expected,
                    actual: &failure.actual,
                    explanation,
                    left_out,
                }
            };
            let failures = test.failures.iter().map(failed).collect();
            Test { name: &test.name, line: test.line, passed: test.has_passed(), failures }
        }
    }

    impl Reached {
        fn of(report: &TestReport) -> Self {
            let coverage = report.coverage();
            Reached {
                percent: coverage.percent(),
                rules: coverage.hits().map(|(rule_id, matched)| Rule { rule_id, matched }).collect(),
                unreached: coverage.unreached(),
                unloaded: coverage.unloaded().to_vec(),
            }
        }
    }
}
