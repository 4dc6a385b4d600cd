//! A file of tests, read.

use std::ops::Range;

use toml::de::DeTable;

use super::error::TestFileError;
use super::expect::{self, Expectation};
use crate::rules::Session;
use crate::toml_fields::{self, Fields, Lines, Problems};

const FILE: &[&str] = &["session", "test"];
const SESSION: &[&str] =
    &["user", "schema", "client", "proxy_addr", "proxy_port", "flag", "default_hostgroup"];
const TEST: &[&str] = &["name", "query", "expect", "step"];
const STEP: &[&str] = &["schema", "query", "expect"];

/// The tests of a file. The [module](super) says how one is written.
#[derive(Clone, Debug)]
pub struct RuleTests {
    pub(super) file: String,
    pub(super) tests: Vec<Test>,
}

#[derive(Clone, Debug)]
pub(super) struct Test {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) session: Session,
    /// Whether the session names a schema.
    pub(super) has_schema: bool,
    pub(super) steps: Vec<Step>,
}

/// A query, and what is expected of it.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) line: usize,
    pub(super) schema: Option<String>,
    pub(super) query: String,
    pub(super) expect: Vec<Expectation>,
}

impl RuleTests {
    /// Reads the text of a file; its name is that in reports.
    ///
    /// # Errors
    /// Everything that is wrong with it, up to 50 problems.
    pub fn parse(file: &str, text: &str) -> Result<Self, TestFileError> {
        match toml_fields::read(text, |table, lines, problems| Reading { lines }.file(table, problems)) {
            Ok(tests) => Ok(RuleTests { file: file.to_owned(), tests }),
            Err(problems) => Err(TestFileError { file: file.to_owned(), problems }),
        }
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// How many tests there are.
    pub fn len(&self) -> usize {
        self.tests.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }
}

/// What is needed all along.
struct Reading<'l> {
    lines: &'l Lines<'l>,
}

impl Reading<'_> {
    fn file(&self, table: &DeTable<'_>, problems: &mut Problems) -> Vec<Test> {
        let fields = Fields::new(table, &[FILE], problems);
        let mut common = Given::default();
        if let Some(table) = fields.table("session", problems) {
            common.read(Fields::new(table, &[SESSION], problems), problems);
        }
        let mut tests = Vec::new();
        for (table, place) in fields.tables("test", problems) {
            self.test(table, &place, &common, &mut tests, problems);
        }
        if !fields.has("test") {
            problems.tell(0..0, "there is no test: write one below [[test]]");
        }
        tests
    }

    fn test(
        &self,
        table: &DeTable<'_>,
        place: &Range<usize>,
        common: &Given,
        tests: &mut Vec<Test>,
        problems: &mut Problems,
    ) {
        let fields = Fields::new(table, &[TEST, SESSION], problems);
        let mut given = common.clone();
        given.read(fields, problems);
        let name = fields.text("name", problems);
        let test = |name: &str, line, steps| Test {
            name: name.to_owned(),
            line,
            session: given.session.clone(),
            has_schema: given.has_schema,
            steps,
        };
        let line = self.lines.place(place.start).0;
        if fields.has("step") {
            for other in ["query", "expect"].into_iter().filter_map(|name| fields.get(name)) {
                problems.tell(other.span(), "a test has either steps, or a query and an expect of its own");
            }
            let tables = fields.tables("step", problems);
            let steps: Vec<_> = tables
                .into_iter()
                .flat_map(|(table, place)| {
                    let fields = Fields::new(table, &[STEP], problems);
                    self.steps(fields, &place, fields.text("schema", problems), problems)
                })
                .collect();
            let name = name.or_else(|| steps.first().map(|step| &*step.query)).unwrap_or_default().to_owned();
            tests.push(test(&name, line, steps));
            return;
        }
        let steps = self.steps(fields, place, None, problems);
        let is_one = steps.len() == 1;
        for (index, step) in steps.into_iter().enumerate() {
            let name = match name {
                Some(name) if is_one => name.to_owned(),
                Some(name) => format!("{name} ({})", index + 1),
                None => step.query.clone(),
            };
            let line = if is_one { line } else { step.line };
            tests.push(test(&name, line, vec![step]));
        }
    }

    /// A step for each query.
    fn steps(
        &self,
        fields: Fields<'_>,
        place: &Range<usize>,
        schema: Option<&str>,
        problems: &mut Problems,
    ) -> Vec<Step> {
        for due in ["query", "expect"].into_iter().filter(|due| !fields.has(due)) {
            problems.tell(place.clone(), format!("there is no `{due}`"));
        }
        if fields
            .get("query")
            .is_some_and(|value| matches!(value.get_ref(), toml::de::DeValue::Array(all) if all.is_empty()))
        {
            problems.tell(place.clone(), "there is no text in `query`");
        }
        let expect = match fields.table("expect", problems) {
            Some(table) => expect::read(table, place, problems),
            None => Vec::new(),
        };
        let step = |(query, place): (&str, Range<usize>)| Step {
            line: self.lines.place(place.start).0,
            schema: schema.map(str::to_owned),
            query: query.to_owned(),
            expect: expect.clone(),
        };
        fields.texts("query", problems).into_iter().map(step).collect()
    }
}

/// Who asks.
#[derive(Clone, Debug, Default)]
struct Given {
    session: Session,
    has_schema: bool,
}

impl Given {
    fn read(&mut self, fields: Fields<'_>, problems: &mut Problems) {
        let session = &mut self.session;
        let texts = [
            ("user", &mut session.username),
            ("schema", &mut session.schemaname),
            ("client", &mut session.client_addr),
            ("proxy_addr", &mut session.proxy_addr),
        ];
        for (name, text) in texts {
            if let Some(given) = fields.text(name, problems) {
                *text = given.into();
            }
        }
        self.has_schema |= fields.has("schema");
        if let Some(port) = fields.number("proxy_port", problems) {
            session.proxy_port = port;
        }
        if let Some(flag) = fields.number("flag", problems) {
            session.flag_in = flag;
        }
        if let Some(hostgroup) = fields.number("default_hostgroup", problems) {
            session.default_hostgroup = Some(hostgroup);
        }
    }
}
