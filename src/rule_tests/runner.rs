//! Running tests.

use super::coverage::Coverage;
use super::expect;
use super::file::{RuleTests, Test};
use super::report::{Failure, FileReport, TestReport, TestResult};
use crate::config::Config;
use crate::rules::{Engine, default_schema};

/// Runs tests of the rules of a configuration.
#[derive(Clone, Debug)]
pub struct Runner<'c> {
    config: &'c Config,
    engine: Engine,
}

impl<'c> Runner<'c> {
    /// Makes the rules of a configuration ready.
    pub fn new(config: &'c Config) -> Self {
        Runner { config, engine: Engine::new(config) }
    }

    /// The engine that is tested.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Runs all tests of files.
    pub fn run(&self, files: &[RuleTests]) -> TestReport {
        let mut coverage = Coverage::new(&self.engine);
        let file = |tests: &RuleTests| FileReport {
            file: tests.file.clone(),
            tests: tests.tests.iter().map(|test| self.test(test, &mut coverage)).collect(),
        };
        let files = files.iter().map(file).collect();
        TestReport { files, coverage, engine: self.engine.clone() }
    }

    fn test(&self, test: &Test, coverage: &mut Coverage) -> TestResult {
        let mut session = test.session.clone();
        if !test.has_schema {
            session.schemaname = default_schema(self.config, session.username.as_bytes());
        }
        let mut failures = Vec::new();
        for step in &test.steps {
            if let Some(schema) = &step.schema {
                session.schemaname = schema.as_str().into();
            }
            let query = step.query.as_bytes();
            let route = self.engine.route(&session, query);
            coverage.hit(route.hits());
            let broken = expect::broken(&step.expect, query, &route);
            let failure = |broken: expect::Broken| Failure {
                line: step.line,
                field: broken.field,
                expected: broken.expected,
                actual: broken.actual,
                query: step.query.clone(),
                session: session.clone(),
            };
            let next = route.next_flag_in(session.flag_in);
            failures.extend(broken.into_iter().map(failure));
            session.flag_in = next;
        }
        TestResult { name: test.name.clone(), line: test.line, failures }
    }
}
