//! What a server would do with a file, as findings with places: lost rows are errors, what it changes
//! or passes over are warnings.

use std::io::Write as _;

use annotate_snippets::{AnnotationKind, Level};
use proxysql_kit::config::{Loaded, Message, MessageKind, Note, NoteKind};
use proxysql_kit::libconfig::{Document, Span};
use proxysql_kit::schema::{Table, Version};
use serde_json::{Value as Json, json};

use super::Output;
use super::report::{Shown, span};
use super::view::View;

/// All that is found in one file, in the order of the text.
pub(crate) struct Findings(Vec<Finding>);

struct Finding {
    severity: Severity,
    code: &'static str,
    title: String,
    span: Span,
    /// Another place that it is about.
    other: Option<(Span, &'static str)>,
    /// What the server logs.
    says: Option<String>,
    help: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Severity {
    Warning,
    Error,
}

impl Findings {
    /// What was said while a file was loaded. Messages about defaults, which no file holds, are left
    /// out, and so are placeholders, which are told of elsewhere.
    pub(crate) fn of(loaded: &Loaded, version: Version) -> Self {
        let messages = loaded.messages.iter().filter_map(|message| of_message(message, version));
        let mut all: Vec<Finding> = messages.chain(loaded.notes.iter().filter_map(of_note)).collect();
        if let Some(failure) = &loaded.failure {
            all.push(Finding {
                severity: Severity::Error,
                code: "does-not-start",
                title: failure.to_string(),
                span: failure.span(),
                other: None,
                says: None,
                help: None,
            });
        }
        all.sort_by_key(|finding| (finding.span.file, finding.span.start));
        // The server says some things several times.
        all.dedup_by(|one, other| {
            (one.span, one.code, &one.says, &one.title) == (other.span, other.code, &other.says, &other.title)
        });
        Findings(all)
    }

    pub(crate) fn errors(&self) -> usize {
        self.0.iter().filter(|finding| finding.severity == Severity::Error).count()
    }

    pub(crate) fn warnings(&self) -> usize {
        self.0.len() - self.errors()
    }

    /// Draws them on standard error, up to a number of them.
    pub(crate) fn told(
        &self,
        document: &Document,
        view: &View,
        output: &Output,
        most: usize,
    ) -> std::io::Result<()> {
        let mut out = anstream::stderr().lock();
        for finding in self.0.iter().take(most) {
            let mut places = vec![(finding.span, None, AnnotationKind::Primary)];
            let other =
                finding.other.map(|(span, label)| (span, Some(label.to_owned()), AnnotationKind::Context));
            places.extend(other);
            let says = finding.says.as_ref().map(|says| (Level::NOTE, format!("ProxySQL says: {says}")));
            let help = finding.help.as_ref().map(|help| (Level::HELP, help.clone()));
            let shown = Shown {
                level: match finding.severity {
                    Severity::Error => Level::ERROR,
                    Severity::Warning => Level::WARNING,
                },
                code: finding.code,
                title: finding.title.clone(),
                places,
                notes: says.into_iter().chain(help).collect(),
            };
            writeln!(out, "{}\n", shown.render(document.sources(), view, output))?;
        }
        match self.0.len().checked_sub(most) {
            None | Some(0) => Ok(()),
            Some(more) => writeln!(out, "note: {more} more findings; `--max-errors` shows them"),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// As JSON, up to a number of them.
    pub(crate) fn json(&self, document: &Document, view: &View, most: usize) -> Vec<Json> {
        let one = |finding: &Finding| {
            let place = |at: Span| view.location(document.sources(), document.location(at));
            let location = place(finding.span);
            let label = |(at, text): (Span, &str)| {
                let location = place(at);
                json!({
                    "text": text,
                    "file": location.file,
                    "line": location.line,
                    "column": location.column,
                    "span": span(at, view),
                })
            };
            json!({
                "severity": match finding.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                },
                "code": finding.code,
                "message": finding.title,
                "proxysql_says": finding.says,
                "file": location.file,
                "line": location.line,
                "column": location.column,
                "span": span(finding.span, view),
                "labels": finding.other.map(label).into_iter().collect::<Vec<_>>(),
                "help": finding.help,
            })
        };
        self.0.iter().take(most).map(one).collect()
    }
}

fn of_message(message: &Message, version: Version) -> Option<Finding> {
    use proxysql_kit::config::Level as Said;
    let lost = |table: Option<Table>| {
        format!("this row of {} is lost", table.map_or("global_variables", Table::name))
    };
    let title = match &message.kind {
        MessageKind::AddingPeer { .. } => return None,
        MessageKind::MissingKey { table, key, .. } => format!("{}: it has no `{key}`", lost(Some(*table))),
        MessageKind::Sqlite { table, .. } => format!("{}: SQLite refuses it", lost(*table)),
        MessageKind::Refused { module, name, .. } => format!("`{module}-{name}` does not take this value"),
        MessageKind::NoSuchVariable { module, name, .. } => format!("there is no variable `{module}-{name}`"),
        MessageKind::Incompatible { table, .. } => {
            format!(
                "this row of {} is not used: its writer hostgroup has another role elsewhere",
                table.name()
            )
        }
        _ => message.text(),
    };
    // The server also says ERROR where nothing is lost: of a charset and a collation that do not fit, say.
    let is_error = message.level() == Said::Error && !matches!(message.kind, MessageKind::Line { .. });
    Some(Finding {
        severity: if is_error { Severity::Error } else { Severity::Warning },
        code: message.code(),
        title,
        span: message.span?,
        other: None,
        says: Some(message.to_string()),
        help: message.help(version),
    })
}

fn of_note(note: &Note) -> Option<Finding> {
    let other = match note.kind {
        NoteKind::Placeholder { .. } => return None,
        NoteKind::Replaced { by, .. } => Some((by, "this one")),
        _ => None,
    };
    Some(Finding {
        severity: if note.is_loss() { Severity::Error } else { Severity::Warning },
        code: note.code(),
        title: note.to_string(),
        span: note.span,
        other,
        says: None,
        help: note.help(),
    })
}
