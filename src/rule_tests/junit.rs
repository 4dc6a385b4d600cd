//! A report as the XML of JUnit, as CI systems read it.

use std::fmt::Write as _;

use super::report::{FileReport, TestReport, TestResult};

impl TestReport {
    /// As the XML of JUnit: a suite for each file, a case for each test. A failure holds what does not hold, and the
    /// explanation of the query.
    pub fn to_junit(&self) -> String {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let (tests, failed) = (self.tests(), self.failed());
        let _ = writeln!(xml, "<testsuites name=\"query rules\" tests=\"{tests}\" failures=\"{failed}\">");
        self.files.iter().for_each(|file| self.suite(&mut xml, file));
        xml.push_str("</testsuites>\n");
        xml
    }

    fn suite(&self, xml: &mut String, file: &FileReport) {
        let (name, tests, failed) = (escaped(&file.file), file.tests.len(), file.failed());
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failed}\" errors=\"0\" skipped=\"0\">"
        );
        file.tests.iter().for_each(|test| self.case(xml, file, test));
        xml.push_str("  </testsuite>\n");
    }

    fn case(&self, xml: &mut String, file: &FileReport, test: &TestResult) {
        let (name, file, line) = (escaped(&test.name), escaped(&file.file), test.line);
        let _ =
            write!(xml, "    <testcase classname=\"{file}\" name=\"{name}\" file=\"{file}\" line=\"{line}\"");
        if test.has_passed() {
            xml.push_str("/>\n");
            return;
        }
        xml.push_str(">\n");
        for failures in test.by_query() {
            let Some(first) = failures.first() else { continue };
            let says: Vec<_> = failures
                .iter()
                .map(|failure| {
                    format!("{}: expected {}, is {}", failure.field, failure.expected, failure.actual)
                })
                .collect();
            let message = escaped(&says.join("; "));
            let text = content(&format!(
                "line {}\n{}\n\n{}",
                first.line,
                says.join("\n"),
                self.explain_shortly(first).0
            ));
            let _ =
                writeln!(xml, "      <failure type=\"expectation\" message=\"{message}\">{text}</failure>");
        }
        xml.push_str("    </testcase>\n");
    }
}

/// A text within an element.
fn content(text: &str) -> String {
    escaped(text).replace("&#10;", "\n")
}

/// A text for an attribute. Characters that XML cannot hold stand as U+FFFD.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            '\r' => escaped.push_str("&#13;"),
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}
