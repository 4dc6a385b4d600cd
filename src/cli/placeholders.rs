//! What is said of placeholders: that there are some, and why they cannot be filled in.

use std::io::Write as _;

use annotate_snippets::{AnnotationKind, Level};
use proxysql_kit::libconfig::{Document, PlaceholderKind, PlaceholderRef, Span, Unfilled};
use serde_json::{Value as Json, json};

use super::report::{Shown, span};
use super::view::View;
use super::{Output, count};

/// So many of the places are shown.
const SHOWN: usize = 3;

/// Says, on standard error, that a file has placeholders.
pub(crate) fn told(document: &Document, view: &View, output: &Output) -> std::io::Result<()> {
    let Some(note) = Note::of(document) else { return Ok(()) };
    let places = note.places.iter().take(SHOWN);
    let shown = Shown {
        level: Level::NOTE,
        code: CODE,
        title: note.title,
        places: places.map(|place| (*place, None, AnnotationKind::Primary)).collect(),
        notes: vec![(Level::HELP, HELP.to_owned())],
    };
    writeln!(anstream::stderr(), "{}\n", shown.render(document.sources(), view, output))
}

pub(crate) fn told_json(document: &Document, view: &View) -> Vec<Json> {
    let one = |note: Note| {
        let first = note.places.first().copied();
        diagnostic("note", CODE, &note.title, first, document, view, Some(HELP))
    };
    Note::of(document).map(one).into_iter().collect()
}

/// All placeholders of a file, without defaults: they may be secrets.
pub(crate) fn list_json(document: &Document, view: &View) -> Vec<Json> {
    let one = |found: PlaceholderRef<'_>| {
        let place = view.location(document.sources(), found.location());
        json!({
            "name": found.name(),
            "kind": match found.kind() {
                PlaceholderKind::Template => "template",
                _ => "variable",
            },
            "in_string": found.is_in_string(),
            "path": found.setting().path(),
            "file": place.file,
            "line": place.line,
            "column": place.column,
            "span": span(found.span(), view),
        })
    };
    document.placeholders().filter(is_certain).map(one).collect()
}

/// Says which placeholders cannot be filled in.
pub(crate) fn unfilled(
    found: &[Unfilled],
    document: &Document,
    view: &View,
    output: &Output,
    help: impl Fn(&Unfilled) -> Option<String>,
) -> std::io::Result<()> {
    let mut out = anstream::stderr().lock();
    for one in found {
        let shown = Shown {
            level: Level::ERROR,
            code: one.reason.code(),
            title: title(one),
            places: vec![(one.span, None, AnnotationKind::Primary)],
            notes: help(one).map(|help| (Level::HELP, help)).into_iter().collect(),
        };
        writeln!(out, "{}\n", shown.render(document.sources(), view, output))?;
    }
    Ok(())
}

pub(crate) fn unfilled_json(
    found: &[Unfilled],
    document: &Document,
    view: &View,
    help: impl Fn(&Unfilled) -> Option<String>,
) -> Vec<Json> {
    let one = |one: &Unfilled| {
        let help = help(one);
        let span = Some(one.span);
        diagnostic("error", one.reason.code(), &title(one), span, document, view, help.as_deref())
    };
    found.iter().map(one).collect()
}

/// Warnings of `$NAME` in strings that are set and were left as they are.
pub(crate) struct LeftAlone<'d>(pub(crate) Vec<PlaceholderRef<'d>>);

impl LeftAlone<'_> {
    const CODE: &'static str = "bare-placeholder";
    const HELP: &'static str = "write `${NAME}`, or fill these too with `--bare`";

    pub(crate) fn told(&self, document: &Document, view: &View, output: &Output) -> std::io::Result<()> {
        for found in &self.0 {
            let shown = Shown {
                level: Level::WARNING,
                code: Self::CODE,
                title: Self::title(found),
                places: vec![(found.span(), None, AnnotationKind::Primary)],
                notes: vec![(Level::HELP, Self::HELP.to_owned())],
            };
            writeln!(anstream::stderr(), "{}\n", shown.render(document.sources(), view, output))?;
        }
        Ok(())
    }

    pub(crate) fn json(&self, document: &Document, view: &View) -> Vec<Json> {
        let one = |found: &PlaceholderRef<'_>| {
            let span = Some(found.span());
            let title = Self::title(found);
            diagnostic("warning", Self::CODE, &title, span, document, view, Some(Self::HELP))
        };
        self.0.iter().map(one).collect()
    }

    fn title(found: &PlaceholderRef<'_>) -> String {
        format!("`${}` is set, and was left as it is in a string", found.name().unwrap_or_default())
    }
}

const CODE: &str = "placeholders";
const HELP: &str = "`proxysql-kit render` fills them in";

/// That there are placeholders.
struct Note {
    title: String,
    places: Vec<Span>,
}

impl Note {
    fn of(document: &Document) -> Option<Self> {
        let found: Vec<_> = document.placeholders().filter(is_certain).collect();
        let (inside, outside): (Vec<_>, Vec<_>) = found.into_iter().partition(PlaceholderRef::is_in_string);
        let title = match (outside.len(), inside.len()) {
            (0, 0) => return None,
            (0, 1) => "1 placeholder stands in a string, whose text is not known".to_owned(),
            (0, some) => format!("{some} placeholders stand in strings, whose texts are not known"),
            (1, 0) => "1 placeholder was read as a value of unknown type".to_owned(),
            (some, 0) => format!("{some} placeholders were read as values of unknown type"),
            (some, more) => {
                let read = if some == 1 { "was read as a value" } else { "were read as values" };
                format!("{} {read} of unknown type; {more} more in strings", count(some, "placeholder"))
            }
        };
        let places = if outside.is_empty() { inside } else { outside };
        Some(Note { title, places: places.iter().map(PlaceholderRef::span).collect() })
    }
}

/// Whether it is a placeholder and nothing else: `$NAME` in a string can be anything.
fn is_certain(found: &PlaceholderRef<'_>) -> bool {
    !found.is_in_string() || found.kind() != PlaceholderKind::Bare
}

fn title(unfilled: &Unfilled) -> String {
    format!("the placeholder `{}` {}", unfilled.placeholder, unfilled.reason)
}

fn diagnostic(
    severity: &str,
    code: &str,
    message: &str,
    place: Option<Span>,
    document: &Document,
    view: &View,
    help: Option<&str>,
) -> Json {
    let location = place.map(|place| view.location(document.sources(), document.location(place)));
    json!({
        "severity": severity,
        "code": code,
        "message": message,
        "file": location.as_ref().map(|location| &location.file),
        "line": location.as_ref().map(|location| location.line),
        "column": location.as_ref().map(|location| location.column),
        "span": place.map(|place| span(place, view)),
        "help": help,
    })
}
