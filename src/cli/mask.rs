//! Secrets in the lines of diagnostics: hidden, by the names of settings.

use std::collections::HashMap;
use std::ops::Range;

use proxysql_kit::schema::may_be_secret;

/// Where a text has secrets: the values behind names that tell so. They may go on for lines, and a line
/// that is shown in part may begin within one.
pub(crate) struct Secrets(Vec<Range<usize>>);

impl Secrets {
    /// Those of a whole text. It need be neither libconfig nor YAML without a mistake: that is what is
    /// shown.
    pub(crate) fn of(text: &[u8]) -> Self {
        let mut found = Vec::new();
        let mut known: HashMap<&[u8], bool> = HashMap::new();
        let mut at = 0;
        while let Some(name) = next_name(text, at) {
            at = name.end;
            let Some(value) = behind_assign(text, name.end) else { continue };
            let name = &text[name];
            if *known.entry(name).or_insert_with(|| may_be_secret(name)) {
                at = values(text, value, &mut found);
            }
        }
        Secrets(found)
    }

    /// A part of the text, from a byte of it on, each byte of a secret behind one `*`.
    pub(crate) fn hide(&self, part: &str, start: usize) -> String {
        let mut shown = String::with_capacity(part.len());
        let mut ranges = &self.0[self.0.partition_point(|range| range.end <= start)..];
        for (at, character) in part.char_indices() {
            while ranges.first().is_some_and(|range| range.end <= start + at) {
                ranges = &ranges[1..];
            }
            let is_secret = ranges.first().is_some_and(|range| range.start <= start + at);
            match character {
                '"' | '\'' | '\r' | '\n' => shown.push(character),
                _ if is_secret => shown.extend(std::iter::repeat_n('*', character.len_utf8())),
                _ => shown.push(character),
            }
        }
        shown
    }
}

fn next_name(text: &[u8], from: usize) -> Option<Range<usize>> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'*');
    let start = from + text[from..].iter().position(is_part)?;
    let len = text[start..].iter().position(|byte| !is_part(byte)).unwrap_or(text.len() - start);
    Some(start..start + len)
}

/// Where the value begins, if a name that ends here is given one.
fn behind_assign(text: &[u8], name_end: usize) -> Option<usize> {
    let quote = usize::from(matches!(text.get(name_end), Some(b'"' | b'\'')));
    let assign = behind_blanks(text, name_end + quote);
    matches!(text.get(assign), Some(b'=' | b':')).then(|| behind_blanks(text, assign + 1))
}

/// How far is looked ahead for the end of blanks, comments and placeholders, so that no text costs more
/// than its length.
const AHEAD: usize = 4096;

/// Where blanks and comments that begin here end.
fn behind_blanks(text: &[u8], mut at: usize) -> usize {
    let text = &text[..text.len().min(at + AHEAD)];
    loop {
        let rest = &text[at.min(text.len())..];
        let end = |end: &[u8]| memmem(rest, end).map_or(rest.len(), |found| found + end.len());
        at += match rest {
            [byte, ..] if byte.is_ascii_whitespace() => 1,
            [b'#', ..] | [b'/', b'/', ..] => end(b"\n"),
            [b'/', b'*', ..] => end(b"*/"),
            _ => return at,
        };
    }
}

fn memmem(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// Notes the value that begins here: a string goes on with the one behind it. Gives its end.
fn values(text: &[u8], mut at: usize, found: &mut Vec<Range<usize>>) -> usize {
    loop {
        let end = at + value_len(&text[at..]);
        if !tells_nothing(&text[at..end]) {
            found.push(at..end);
        }
        let next = behind_blanks(text, end);
        if text.get(at) != Some(&b'"') || text.get(next) != Some(&b'"') {
            return end;
        }
        at = next;
    }
}

/// How long the value at the beginning of a text is. Quotes and separators within placeholders do not
/// end it.
fn value_len(text: &[u8]) -> usize {
    let quote = text.first().copied().filter(|byte| matches!(byte, b'"' | b'\''));
    let brackets = matches!(text.first(), Some(b'(' | b'['));
    let mut at = usize::from(quote.is_some());
    while let Some(&byte) = text.get(at) {
        if let Some(len) = placeholder_len(&text[at..]) {
            at += len;
            continue;
        }
        match (byte, quote) {
            (b'\\', Some(_)) => at += 2,
            (_, Some(quote)) if byte == quote => return at + 1,
            // Only libconfig's strings go on for lines.
            (b'\n', Some(b'\'')) => return at,
            (b')' | b']', None) if brackets => return at,
            (b',' | b';' | b'}' | b')' | b'#' | b'\n', None) if !brackets => return at,
            _ => at += 1,
        }
    }
    text.len()
}

/// How long the placeholder at the beginning of a text is, if one is there and ends in its line.
fn placeholder_len(text: &[u8]) -> Option<usize> {
    let (open, close): (&[u8], &[u8]) = match text {
        [b'{', b'{', ..] => (b"{{", b"}}"),
        [b'$', b'{', ..] => (b"${", b"}"),
        _ => return None,
    };
    let near = &text[..text.len().min(AHEAD)];
    let line = near.split(|&byte| byte == b'\n').next()?;
    Some(memmem(&line[open.len()..], close)? + open.len() + close.len())
}

/// Whether a value is one placeholder without a default.
fn tells_nothing(value: &[u8]) -> bool {
    let Ok(value) = std::str::from_utf8(value).map(str::trim_end) else { return false };
    let inner = value.strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
    let is_name =
        |name: &str| name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    let text = inner.unwrap_or(value);
    if let Some(name) = text.strip_prefix("${").and_then(|name| name.strip_suffix('}')) {
        return is_name(name);
    }
    if let Some(action) = text.strip_prefix("{{").and_then(|action| action.strip_suffix("}}")) {
        let path = action.trim().strip_prefix(".Values.");
        return path.is_some_and(|path| path.split('.').all(is_name));
    }
    // In quotes it may be a password.
    inner.is_none() && text.strip_prefix('$').is_some_and(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_placeholders_stay() {
        for (line, shown) in [
            ("a=1, password=\"ab\", b=2", "a=1, password=\"**\", b=2"),
            (r#"password="a\"bc" b=1"#, r#"password="**"**" b=1"#),
            ("password=abc, x=1", "password=***, x=1"),
            ("password=${PASSWORD}, x=1", "password=${PASSWORD}, x=1"),
            ("password=\"${PW}\" x=1", "password=\"${PW}\" x=1"),
            ("password=${PW:-a,b}, x=1", "password=**********, x=1"),
            ("password=$PW, secret=\"$ecret\"", "password=$PW, secret=\"******\""),
            ("password={{ .Values.pw }} }", "password={{ .Values.pw }} }"),
            (r#"password="{{ .x | default "a;b" }}" x=1"#, r#"password="****************"***"***" x=1"#),
            ("password=\"{{ab\"", "password=\"****\""),
            ("password=", "password="),
            ("password = \"ab\"\n /* c */ \"cd\" b=\"e\"", "password = \"**\"\n /* c */ \"**\" b=\"e\""),
            ("password = # c\n \"ab\"", "password = # c\n \"**\""),
            ("password=[ \"ab\",\n\"cd\" ] x=1", "password=**\"**\"*\n\"**\"*] x=1"),
            ("# was: monitor_pasword=\"ab\"", "# was: monitor_pasword=\"**\""),
            ("hash_passwords=true, a=\"password\", b=1", "hash_passwords=true, a=\"password\", b=1"),
            ("{\"password\": \"ab\"}", "{\"password\": \"**\"}"),
            ("password='ab\nx=1", "password='**\nx=1"),
        ] {
            assert_eq!(Secrets::of(line.as_bytes()).hide(line, 0), shown);
        }
    }

    #[test]
    fn a_part_may_begin_within_a_secret() {
        let text = "password=\"abcdef\" x=1";
        assert_eq!(Secrets::of(text.as_bytes()).hide(&text[13..], 13), "***\" x=1");
    }
}
