//! How new text is laid out: a value on one line, or on several.

use super::value_buf::ValueBuf;

/// How settings are written. The default is what ProxySQL's users write most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Style {
    /// What stands between a name and a scalar, such as `=` or ` : `.
    pub(super) assign: Vec<u8>,
    /// What stands between two settings of a group on one line.
    pub(super) between: Vec<u8>,
    /// What ends each setting of a group on lines of its own.
    pub(super) terminator: Vec<u8>,
    /// The line end.
    pub(super) newline: &'static [u8],
    /// One step of indentation.
    pub(super) step: Vec<u8>,
}

impl Default for Style {
    fn default() -> Self {
        Style {
            assign: b"=".to_vec(),
            between: b", ".to_vec(),
            terminator: Vec::new(),
            newline: b"\n",
            step: b"    ".to_vec(),
        }
    }
}

/// An entry of a new section stands on one line up to so many columns, counted as `fmt` does, which then
/// leaves it as it is: with a comma behind it, and one more for each setting.
const ENTRY_COLUMNS: usize = 120;

/// Writes a setting that stands outside of any other, as [`Document::format`](super::Document::format) lays
/// it out: a group with a setting a line, a list with an entry a line, and long entries on several.
pub(crate) fn section(name: &str, value: &ValueBuf, out: &mut Vec<u8>) {
    let style = Style::default();
    out.extend(name.bytes());
    match value {
        ValueBuf::Group(settings) if !settings.is_empty() => {
            out.extend(b" =\n");
            entry_lines(value, &style, b"", out);
        }
        ValueBuf::List(entries) if entries.iter().any(ValueBuf::is_aggregate) => {
            out.extend(b" =\n(\n");
            for (index, entry) in entries.iter().enumerate() {
                out.extend(&style.step);
                list_entry(entry, &style, out);
                out.extend(if index + 1 < entries.len() { &b",\n"[..] } else { b"\n" });
            }
            out.push(b')');
        }
        value => {
            out.extend(&style.assign);
            one_line(value, &style, out);
        }
    }
    out.extend(style.newline);
}

fn list_entry(entry: &ValueBuf, style: &Style, out: &mut Vec<u8>) {
    let start = out.len();
    one_line(entry, style, out);
    let settings = if let ValueBuf::Group(settings) = entry { settings.len() } else { 0 };
    if style.step.len() + out.len() - start + settings + 2 > ENTRY_COLUMNS {
        out.truncate(start);
        entry_lines(entry, style, &style.step, out);
    }
}

/// Writes a value on one line, whatever its length.
pub(super) fn one_line(value: &ValueBuf, style: &Style, out: &mut Vec<u8>) {
    match value {
        ValueBuf::Group(settings) if settings.is_empty() => out.extend(b"{ }"),
        ValueBuf::Group(settings) => {
            out.extend(b"{ ");
            for (index, (name, value)) in settings.iter().enumerate() {
                if index > 0 {
                    out.extend(&style.between);
                }
                out.extend(name.bytes());
                out.extend(&style.assign);
                one_line(value, style, out);
            }
            out.extend(b" }");
        }
        ValueBuf::List(elements) => sequence(elements, style, [b'(', b')'], out),
        ValueBuf::Array(elements) => sequence(elements, style, [b'[', b']'], out),
        scalar => scalar.write_scalar(out),
    }
}

/// Writes the value of a setting as sections are written: a group with a setting a line, a list with
/// an element a line, brackets on lines of their own. `indent` is that of the setting.
pub(super) fn many_lines(value: &ValueBuf, style: &Style, indent: &[u8], out: &mut Vec<u8>) {
    let inner = [indent, &style.step].concat();
    match value {
        ValueBuf::Group(settings) if !settings.is_empty() => {
            out.extend(style.newline);
            out.extend(indent);
            entry_lines(value, style, indent, out);
        }
        ValueBuf::List(elements) if elements.iter().any(ValueBuf::is_aggregate) => {
            open_line(b'(', style, indent, out);
            for (index, element) in elements.iter().enumerate() {
                out.extend(&inner);
                one_line(element, style, out);
                out.extend(if index + 1 < elements.len() { &b","[..] } else { b"" });
                out.extend(style.newline);
            }
            out.extend(indent);
            out.push(b')');
        }
        value => one_line(value, style, out),
    }
}

/// Writes what stands behind the name of a setting on a line of its own.
pub(super) fn setting_value(value: &ValueBuf, style: &Style, indent: &[u8], out: &mut Vec<u8>) {
    let lines = match value {
        ValueBuf::Group(settings) => !settings.is_empty(),
        ValueBuf::List(elements) => elements.iter().any(ValueBuf::is_aggregate),
        _ => false,
    };
    if lines {
        out.extend(style.assign.trim_ascii_end());
        many_lines(value, style, indent, out);
    } else {
        out.extend(&style.assign);
        one_line(value, style, out);
    }
}

/// Writes an element of a list that has lines of its own: a group with a setting a line.
pub(super) fn entry_lines(value: &ValueBuf, style: &Style, indent: &[u8], out: &mut Vec<u8>) {
    let ValueBuf::Group(settings) = value else { return one_line(value, style, out) };
    let inner = [indent, &style.step].concat();
    out.push(b'{');
    out.extend(style.newline);
    for (name, value) in settings {
        out.extend(&inner);
        out.extend(name.bytes());
        setting_value(value, style, &inner, out);
        out.extend(&style.terminator);
        out.extend(style.newline);
    }
    out.extend(indent);
    out.push(b'}');
}

fn open_line(bracket: u8, style: &Style, indent: &[u8], out: &mut Vec<u8>) {
    out.extend(style.newline);
    out.extend(indent);
    out.push(bracket);
    out.extend(style.newline);
}

fn sequence(elements: &[ValueBuf], style: &Style, brackets: [u8; 2], out: &mut Vec<u8>) {
    out.push(brackets[0]);
    out.push(b' ');
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            out.extend(b", ");
        }
        one_line(element, style, out);
    }
    if !elements.is_empty() {
        out.push(b' ');
    }
    out.push(brackets[1]);
}
