//! The style of what is there already, for what comes beside it.

use super::super::document::Document;
use super::super::layout::Style;
use super::super::source::FileId;
use super::super::value::Setting;
use super::surroundings::line_indent;

/// How many settings are looked at: a style shows soon.
const NEAR: usize = 64;

/// How settings near `container` are written.
pub(super) fn style_of(document: &Document, container: Setting<'_>) -> Style {
    let mut style = Style::default();
    // The last of its own settings, else one of its entries, else any.
    let own = container.children().take(NEAR).filter_map(|child| assign(document, child)).last();
    let in_entries = || container.children().take(NEAR).flat_map(|child| child.children());
    let in_sections = || document.root().iter().flat_map(|section| section.children()).take(NEAR);
    let found = own
        .or_else(|| in_entries().find_map(|child| assign(document, child)))
        .or_else(|| in_sections().find_map(|child| assign(document, child)))
        .or_else(|| document.root().iter().find_map(|child| assign(document, child)));
    if let Some(assign) = found {
        style.assign = assign;
    }
    if let Some(between) = container.children().take(NEAR).find_map(|entry| between(document, entry)) {
        style.between = between;
    }
    let text = document.source(file_of(container)).text();
    if crlf(text) {
        style.newline = b"\r\n";
    }
    if let Some(step) = step(document, container) {
        style.step = step;
    }
    style
}

/// What stands between the name and the value of a scalar, if it is on one line and no comment.
fn assign(document: &Document, setting: Setting<'_>) -> Option<Vec<u8>> {
    if super::super::value_buf::ValueBuf::is_scalar_type(setting.value_type()) {
        let (name, value) = (setting.name_span()?, setting.span());
        let plain = |byte: &u8| matches!(byte, b' ' | b'\t' | b'=' | b':');
        let gap = document.source(name.file).text().get(name.end..value.start)?;
        return (name.file == value.file && gap.iter().all(plain)).then(|| gap.to_vec());
    }
    None
}

/// What stands between the settings of a group that is on one line.
fn between(document: &Document, entry: Setting<'_>) -> Option<Vec<u8>> {
    let mut settings = entry.children();
    let (first, second) = (settings.next()?, settings.next()?);
    let (end, start) = (first.span(), second.name_span()?);
    let gap = document.source(end.file).text().get(end.end..start.start)?;
    let plain = |byte: &u8| matches!(byte, b' ' | b'\t' | b',' | b';');
    (end.file == start.file && gap.iter().all(plain)).then(|| gap.to_vec())
}

/// One step of indentation: what a child's line has more than its parent's.
fn step(document: &Document, container: Setting<'_>) -> Option<Vec<u8>> {
    let deeper = |outer: Setting<'_>, inner: Setting<'_>| {
        let (outer, inner) =
            (outer.name_span().unwrap_or(outer.span()), inner.name_span().unwrap_or(inner.span()));
        let text = document.source(inner.file).text();
        let (less, more) = (line_indent(text, outer.start), line_indent(text, inner.start));
        let step = more.strip_prefix(less)?;
        (outer.file == inner.file && !step.is_empty()).then(|| step.to_vec())
    };
    let within = |outer: Setting<'_>| outer.children().find_map(|inner| deeper(outer, inner));
    let root = document.root().setting();
    let near = (container.id != 0).then(|| within(container)).flatten();
    near.or_else(|| root.children().find_map(within))
}

fn crlf(text: &[u8]) -> bool {
    memchr::memchr(b'\n', text).is_some_and(|at| at > 0 && text[at - 1] == b'\r')
}

/// The file that new text for a group, list or array goes to.
pub(super) fn file_of(container: Setting<'_>) -> FileId {
    container.span().file
}
