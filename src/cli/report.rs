//! Diagnostics: for people with the source line and a caret, for machines as JSON.

use std::io::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use proxysql_kit::libconfig::{
    Cause, Diagnostic, Document, FileId, IncludeError, Label, ParseError, Source, Span, Unfinished,
};
use serde_json::{Value as Json, json};

use super::Output;
use super::mask::Secrets;
use super::view::{Text, View};

/// Prints one JSON document.
pub(crate) fn json(value: &Json) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)
}

/// Prints the lines of a text, each in its style: the escape sequence that begins it, or nothing.
pub(crate) fn styled(text: &str, style: impl Fn(&str) -> &'static str) -> std::io::Result<()> {
    let mut out = anstream::stdout().lock();
    for line in text.lines() {
        let style = style(line);
        let reset = if style.is_empty() { "" } else { "\x1b[0m" };
        writeln!(out, "{style}{line}{reset}")?;
    }
    Ok(())
}

/// The style of a line of a report on tests or expectations: what holds, and what does not.
pub(crate) fn outcome(line: &str) -> &'static str {
    match line.as_bytes() {
        [b'o', b'k', b' ', ..] => "\x1b[32m",
        [b'F', b'A', b'I', b'L', ..] => "\x1b[31m",
        _ => "",
    }
}

/// Prints all that is wrong with a file, on standard error.
pub(crate) fn refused(error: &ParseError, view: &View, output: &Output) -> std::io::Result<()> {
    let mut out = anstream::stderr().lock();
    for (index, found) in error.diagnostics().enumerate() {
        let title = format!("{}: {}", found.verdict, found.cause);
        let mut notes = Vec::new();
        // Of a template ProxySQL says something only when it is rendered.
        let is_template = matches!(found.cause, Cause::TemplateControl(_) | Cause::PlaceholderPlace(_));
        if index == 0 && found.location.line > 0 && !is_template {
            let place = view.told(&found.location);
            notes.push((Level::NOTE, format!("ProxySQL says: Parse error at {place} - {}", found.verdict)));
        }
        if let Some(note) = view.note().filter(|_| index == 0) {
            notes.push((Level::NOTE, note.to_owned()));
        }
        if let Some(help) = help(found) {
            notes.push((Level::HELP, help));
        }
        let mut places = vec![(found.span, None, AnnotationKind::Primary)];
        let label = |label: &Label| (label.span, Some(label.text.clone()), AnnotationKind::Context);
        places.extend(found.labels.iter().map(label));
        let shown = Shown { level: Level::ERROR, code: found.cause.code(), title, places, notes };
        writeln!(out, "{}\n", shown.render(error.sources(), view, output))?;
    }
    if error.is_truncated() {
        writeln!(out, "error: there are more errors; these are the first {}", error.diagnostics().count())?;
    }
    Ok(())
}

/// Prints a warning where the end of the file cuts something off.
pub(crate) fn unfinished(document: &Document, view: &View, output: &Output) -> std::io::Result<()> {
    let Some((what, span)) = document.unfinished() else { return Ok(()) };
    let first = Span::clone(&span);
    let shown = Shown {
        level: Level::WARNING,
        code: "unfinished",
        title: cut_off(what).to_owned(),
        places: vec![(first, Some("it begins here".to_owned()), AnnotationKind::Primary)],
        notes: vec![(
            Level::NOTE,
            "libconfig drops it, and all that stands in it, without a word".to_owned(),
        )],
    };
    writeln!(anstream::stderr(), "{}\n", shown.render(document.sources(), view, output))
}

pub(crate) fn refused_json(error: &ParseError, view: &View) -> Vec<Json> {
    let one = |found: &Diagnostic| {
        let label = |label: &Label| {
            let place = view.location(error.sources(), error.location(label.span));
            json!({ "text": label.text, "file": place.file, "line": place.line, "column": place.column, "span": span(label.span, view) })
        };
        let place = view.location(error.sources(), found.location.clone());
        json!({
            "severity": "error",
            "code": found.cause.code(),
            "verdict": found.verdict.to_string(),
            "message": found.cause.to_string(),
            "file": place.file,
            "line": place.line,
            "column": place.column,
            "span": span(found.span, view),
            "labels": found.labels.iter().map(label).collect::<Vec<_>>(),
            "help": help(found),
        })
    };
    error.diagnostics().map(one).collect()
}

pub(crate) fn unfinished_json(document: &Document, view: &View) -> Vec<Json> {
    let one = |(what, place): (Unfinished, Span)| {
        let location = view.location(document.sources(), document.location(place));
        json!({
            "severity": "warning",
            "code": "unfinished",
            "message": cut_off(what),
            "file": location.file,
            "line": location.line,
            "column": location.column,
            "span": span(place, view),
        })
    };
    document.unfinished().map(one).into_iter().collect()
}

/// A way out: the library's, or an option of this command.
fn help(found: &Diagnostic) -> Option<String> {
    let outside = matches!(&found.cause, Cause::File { reason: IncludeError::Outside { .. }, .. });
    let option = outside.then(|| "`--include-root DIR` names another folder".to_owned());
    found.help.clone().or(option)
}

/// A span as bytes of the text in which it is shown.
pub(crate) fn span(span: Span, view: &View) -> Json {
    let range = view.range(span);
    json!({ "start": range.start, "end": range.end })
}

fn cut_off(what: Unfinished) -> &'static str {
    match what {
        Unfinished::String => "the file ends within a string",
        Unfinished::Comment => "the file ends within a comment",
        _ => "the file ends within the path of an include directive",
    }
}

/// A diagnostic as it is drawn.
pub(crate) struct Shown<'a> {
    pub(crate) level: Level<'a>,
    pub(crate) code: &'a str,
    pub(crate) title: String,
    pub(crate) places: Vec<(Span, Option<String>, AnnotationKind)>,
    pub(crate) notes: Vec<(Level<'a>, String)>,
}

impl Shown<'_> {
    /// The lines that are shown, without a line end.
    pub(crate) fn render(self, sources: &[Source<'static>], view: &View, output: &Output) -> String {
        let mut windows: Vec<Window> = Vec::new();
        for (span, label, kind) in self.places {
            if span.file.index() >= sources.len() {
                continue;
            }
            let text = view.text(sources, span.file);
            let range = view.range(span);
            let lines = text.line(range.start)..text.line(range.start) + 1;
            let known = windows.iter_mut().find(|window| window.file == span.file && window.is_near(&lines));
            match known {
                Some(window) => window.extend(&lines, text),
                None => {
                    let name = view.text_name(sources, span.file);
                    windows.push(Window::new(span.file, name, range.start, lines, text));
                }
            }
            if let Some(window) =
                windows.iter_mut().find(|window| window.file == span.file && window.holds(range.start))
            {
                window.places.push((range, label, kind));
            }
        }
        let texts: Vec<String> = windows
            .iter()
            .map(|window| {
                let secrets = (!output.show_secrets).then(|| view.secrets(sources, window.file));
                window.text(view.text(sources, window.file), secrets.as_deref())
            })
            .collect();
        let names: Vec<String> = windows.iter().map(|window| window.name.clone()).collect();
        let mut group =
            Group::with_title(self.level.primary_title(self.title.clone()).id(self.code.to_owned()));
        for ((window, text), name) in windows.iter().zip(&texts).zip(&names) {
            let annotations = window.places.iter().map(|(range, label, kind)| {
                let range = window.local(range, text);
                kind.span(range).label(label.clone())
            });
            let path = (!name.is_empty()).then_some(name.as_str());
            let snippet = Snippet::source(text.as_str()).line_start(window.lines.start).path(path);
            group = group.element(snippet.annotations(annotations));
        }
        for (level, note) in self.notes {
            group = group.element(level.message(visible(&note)));
        }
        let mut shown = Renderer::styled().render(&[group]);
        // The renderer counts columns from where a line is cut.
        for (window, text) in windows.iter().zip(&texts) {
            if let Some([counted, column]) = window.columns(text, view.text(sources, window.file)) {
                let place = format!("{}:{}:", window.name, window.lines.start);
                shown = shown.replacen(&format!("{place}{counted}"), &format!("{place}{column}"), 1);
            }
        }
        shown
    }
}

/// A text with control characters as their pictures: a value must not steer a terminal.
fn visible(text: &str) -> String {
    let picture = |character: char| match u32::from(character) {
        code @ 0..32 => char::from_u32(0x2400 + code).unwrap_or(char::REPLACEMENT_CHARACTER),
        0x7f..0xa0 => char::REPLACEMENT_CHARACTER,
        _ => character,
    };
    text.chars().map(picture).collect()
}

/// The lines of a file that are shown, so that a large file costs nothing.
struct Window {
    file: FileId,
    name: String,
    lines: Range<usize>,
    bytes: Range<usize>,
    places: Vec<(Range<usize>, Option<String>, AnnotationKind)>,
}

/// Places so many lines apart are shown together.
const NEAR: usize = 50;

/// A line is shown up to so many bytes.
const LONGEST: usize = 400;

impl Window {
    fn new(file: FileId, name: String, start: usize, lines: Range<usize>, text: Text<'_>) -> Self {
        let mut bytes = text.line_range(lines.start);
        if bytes.len() > 4 * LONGEST {
            bytes = bytes.start.max(start.saturating_sub(LONGEST))..bytes.end.min(start + LONGEST);
        }
        Window { file, name, lines, bytes, places: Vec::new() }
    }

    /// The column of what it is about in the text that is shown, and in the file, where the line is shown
    /// without its beginning.
    fn columns(&self, shown: &str, text: Text<'_>) -> Option<[usize; 2]> {
        let line = text.line_range(self.lines.start);
        let (first, _, _) = self.places.first().filter(|_| line.start < self.bytes.start)?;
        let before = text.bytes().get(line.start..first.start)?;
        let before = std::str::from_utf8(before).map_or(before.len(), |before| before.chars().count());
        let counted = shown.get(..self.local(first, shown).start)?.chars().count();
        Some([1 + counted, 1 + before])
    }

    fn is_near(&self, lines: &Range<usize>) -> bool {
        lines.start + NEAR >= self.lines.start && lines.start <= self.lines.end + NEAR
    }

    fn extend(&mut self, lines: &Range<usize>, text: Text<'_>) {
        if self.bytes.len() > 2 * NEAR * LONGEST || text.line_range(lines.start).len() > 4 * LONGEST {
            return;
        }
        self.lines = self.lines.start.min(lines.start)..self.lines.end.max(lines.end);
        self.bytes = text.line_range(self.lines.start).start..text.line_range(self.lines.end - 1).end;
    }

    fn holds(&self, offset: usize) -> bool {
        (self.bytes.start..=self.bytes.end).contains(&offset)
    }

    /// The text, each byte that is no UTF-8 as `?`, so that places stay; secrets as `*`.
    fn text(&self, text: Text<'_>, secrets: Option<&Secrets>) -> String {
        let bytes = &text.bytes()[self.bytes.clone()];
        let mut text = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|_| '?'));
        }
        if text.ends_with('\r') {
            text.pop();
            text.push(' ');
        }
        // The line end of other systems is no part of the line; a blank keeps places where they are.
        let text = text.replace("\r\n", " \n");
        match secrets {
            Some(secrets) => secrets.hide(&text, self.bytes.start),
            None => text,
        }
    }

    /// A place within the text that is shown.
    fn local(&self, range: &Range<usize>, text: &str) -> Range<usize> {
        let offset = |place: usize| {
            let place = place.saturating_sub(self.bytes.start).min(text.len());
            (0..=place).rev().find(|&place| text.is_char_boundary(place)).unwrap_or(0)
        };
        let start = offset(range.start);
        // What goes on for lines is marked where it begins.
        start..offset(range.end.min(range.start + LONGEST)).max(start)
    }
}
