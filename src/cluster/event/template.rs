//! Templates of lines: texts with fields in braces.

use std::fmt;

/// Writes a template, each field by its name.
pub(super) fn write(
    template: &str,
    f: &mut fmt::Formatter<'_>,
    field: &dyn Fn(&str, &mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    let mut rest = template;
    while let Some((before, name, behind)) = next_field(rest) {
        f.write_str(before)?;
        field(name, f)?;
        rest = behind;
    }
    f.write_str(rest)
}

/// Reads a text by a template: each field ends where what follows it in the template first fits. Whether all
/// of it fits; a field that cannot be read is given further pieces.
pub(super) fn read<'t>(template: &str, text: &'t str, field: &mut dyn FnMut(&str, &'t str) -> bool) -> bool {
    let Some((before, name, behind)) = next_field(template) else { return template == text };
    let Some(text) = text.strip_prefix(before) else { return false };
    let literal = behind.split('{').next().unwrap_or_default();
    if behind.is_empty() {
        return field(name, text);
    }
    // Words cannot hold a blank, so that few ends are tried.
    text.match_indices(literal).any(|(end, _)| field(name, &text[..end]) && read(behind, &text[end..], field))
}

/// What stands before the first field, its name, and what stands behind it.
fn next_field(template: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = template.split_once('{')?;
    let (name, behind) = rest.split_once('}')?;
    Some((before, name, behind))
}
