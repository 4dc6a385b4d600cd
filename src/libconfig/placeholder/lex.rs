//! Where placeholders begin and end.
//!
//! All rules look at a bounded stretch of one line, so that hostile texts cost linear time.

use memchr::{memchr, memchr2, memchr3, memmem};

use super::super::token::{Lexed, Scalar, Token, token as plain_token};
use super::PlaceholderKind;

/// A placeholder is at most so many bytes long.
const LONGEST: usize = 512;

/// A string in which an action of a template has quotes of its own is at most so long.
const LONGEST_STRING: usize = 4_096;

/// So much text may be grown together with the first placeholder, before it.
const LONGEST_LEAD: usize = 64;

/// How deep `${A:-${B}}` may go. (None of it is filled; it shall end in the right place.)
const DEEPEST: usize = 4;

/// The token at the beginning of `input`, as `token::token` gives it, but with placeholders as values.
#[inline(never)]
pub(in crate::libconfig) fn token(input: &[u8]) -> Lexed<'_, Token> {
    let Some(&byte) = input.first() else { return plain_token(input) };
    if byte == b'"' {
        return string(input);
    }
    if !(matches!(byte, b'$' | b'{') || is_lead(byte)) {
        return plain_token(input);
    }
    match grown(input) {
        Some((len, token)) => Ok((&input[len..], token)),
        None => plain_token(input),
    }
}

/// A placeholder within a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Atom {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: PlaceholderKind,
}

/// The placeholders in a text, in order.
pub(super) fn atoms(text: &[u8]) -> impl Iterator<Item = Atom> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(found) = memchr2(b'$', b'{', &text[from..]) {
            let start = from + found;
            if let Some((len, kind)) = atom(&text[start..]) {
                from = start + len;
                return Some(Atom { start, end: from, kind });
            }
            from = start + 1;
        }
        None
    })
}

/// The placeholder at the beginning of a text, and how many bytes it takes.
pub(super) fn atom(text: &[u8]) -> Option<(usize, PlaceholderKind)> {
    let text = &text[..text.len().min(LONGEST)];
    let (len, kind) = match text {
        [b'$', b'{', first, ..] if begins_variable(*first) => (braces(text)?, PlaceholderKind::Braces),
        [b'$', first, ..] if begins_variable(*first) => (1 + variable_len(&text[1..]), PlaceholderKind::Bare),
        [b'{', b'{', ..] => (action(text)?, PlaceholderKind::Template),
        _ => return None,
    };
    // What people see in messages is text.
    std::str::from_utf8(&text[..len]).ok().map(|_| (len, kind))
}

/// The length of the name of a shell variable at the beginning of a text.
pub(super) fn variable_len(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()
}

/// Placeholders with the text that has grown together with them, or the control flow of a template.
fn grown(input: &[u8]) -> Option<(usize, Token)> {
    let lead = input.iter().take(LONGEST_LEAD).take_while(|byte| is_lead(**byte)).count();
    let mut len = lead;
    while let Some((more, kind)) = atom(&input[len..]) {
        if kind == PlaceholderKind::Template && is_control(&input[len..len + more]) {
            if len == 0 {
                return Some((more, Token::Control));
            }
            break;
        }
        len += more;
        len += trail(&input[len..]);
    }
    (len > lead).then_some((len, Token::Scalar(Scalar::Placeholder)))
}

/// A string; a placeholder where an action of a template in it has quotes of its own.
fn string(input: &[u8]) -> Lexed<'_, Token> {
    let (rest, token) = plain_token(input)?;
    let piece = &input[..input.len() - rest.len()];
    if memmem::find(piece, b"{{").is_some()
        && let Some(len) = string_with_quoting_actions(input)
    {
        return Ok((&input[len..], Token::Scalar(Scalar::Placeholder)));
    }
    Ok((rest, token))
}

/// How long a string is in which quotes within actions do not count. `None` where there are no such.
fn string_with_quoting_actions(input: &[u8]) -> Option<usize> {
    let input = &input[..input.len().min(LONGEST_STRING)];
    let mut at = 1;
    let mut quoting = false;
    while let Some(found) = memchr3(b'"', b'\\', b'{', &input[at..]) {
        at += found;
        at += match &input[at..] {
            [b'"', ..] => return quoting.then_some(at + 1),
            [b'\\', b'"' | b'\\', ..] => 2,
            rest @ [b'{', b'{', ..] => match atom(rest) {
                Some((len, _)) => {
                    quoting |= has_open_quote(&rest[..len]);
                    len
                }
                None => 1,
            },
            _ => 1,
        };
    }
    None
}

/// Whether a quote in an action would end a string of libconfig.
pub(super) fn has_open_quote(action: &[u8]) -> bool {
    let mut escaped = false;
    action.iter().any(|byte| {
        let open = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        open
    })
}

/// The length of `${...}`, with its braces.
fn braces(text: &[u8]) -> Option<usize> {
    let mut at = 2 + variable_len(&text[2..]);
    // What a shell may do with the variable.
    if !b"}:-+?=#%/^,@[".contains(text.get(at)?) {
        return None;
    }
    let mut depth = 1;
    while let Some(found) = memchr3(b'}', b'$', b'\n', &text[at..]) {
        at += found + 1;
        match text[at - 1] {
            b'}' if depth == 1 => return Some(at),
            b'}' => depth -= 1,
            b'$' if text.get(at) == Some(&b'{') => depth += 1,
            b'\n' => return None,
            _ => {}
        }
        if depth > DEEPEST {
            return None;
        }
    }
    None
}

/// The length of `{{...}}`, with its braces. Quotes hide what stands between them; within a string of
/// libconfig they are escaped.
fn action(text: &[u8]) -> Option<usize> {
    let inner = inside(text)?;
    let begins = |byte: &u8| byte.is_ascii_alphabetic() || matches!(byte, b'.' | b'$' | b'(' | b'/');
    if !inner.first().is_some_and(begins) {
        return None;
    }
    // Most of what has no end is found out here.
    memmem::find(inner, b"}}")?;
    let mut at = text.len() - inner.len();
    while let Some(&byte) = text.get(at) {
        at += match byte {
            b'\n' => return None,
            b'}' if text.get(at + 1) == Some(&b'}') => return Some(at + 2),
            b'`' => 2 + memchr(b'`', &text[at + 1..])?,
            b'"' => string_len(&text[at..])?,
            b'\\' if text.get(at + 1) == Some(&b'"') => 4 + memmem::find(&text[at + 2..], b"\\\"")?,
            _ => 1,
        };
    }
    None
}

/// What stands behind `{{`, a trim marker and blanks.
fn inside(action: &[u8]) -> Option<&[u8]> {
    let inner = action.strip_prefix(b"{{")?;
    let inner = match inner {
        [b'-', b' ' | b'\t', ..] => &inner[1..],
        inner => inner,
    };
    Some(inner.trim_ascii_start())
}

/// The length of a string of a template. A backslash hides what comes next.
fn string_len(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    while let Some(found) = memchr2(b'"', b'\\', text.get(at..)?) {
        at += found;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
    None
}

/// Whether an action decides which text there is, instead of giving a text.
fn is_control(action: &[u8]) -> bool {
    const WORDS: [&[u8]; 9] =
        [b"if", b"else", b"end", b"range", b"with", b"define", b"block", b"break", b"continue"];
    let inner = inside(action).unwrap_or_default();
    let word = &inner[..inner.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count()];
    let assigns = || inner.starts_with(b"$") && memmem::find(inner, b"=").is_some();
    WORDS.contains(&word) || inner.starts_with(b"/*") || assigns()
}

fn begins_variable(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// What can be a part of a number or a word, before the first placeholder.
fn is_lead(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'.' | b'*')
}

/// How much text goes on right behind a placeholder.
fn trail(text: &[u8]) -> usize {
    let goes_on = |at: &usize| match text[*at] {
        b':' | b'@' | b'%' => true,
        b'/' => !matches!(text.get(at + 1), Some(b'/' | b'*')),
        byte => is_lead(byte),
    };
    (0..text.len()).take_while(goes_on).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        atoms(text.as_bytes()).map(|atom| &text[atom.start..atom.end]).collect()
    }

    #[test]
    fn placeholders_in_texts() {
        assert_eq!(texts("a ${B} $C-$D1 {{ .E }}"), ["${B}", "$C", "$D1", "{{ .E }}"]);
        assert_eq!(texts("${A:-${B}}}"), ["${A:-${B}}"]);
        assert_eq!(texts(r#"{{ .x | default "}}" }} {{- `}}` | f -}}"#), [r#"{{ .x | default "}}" }}"#]);
        assert_eq!(texts(r#"{{ .x | default \"}}\" }}"#), [r#"{{ .x | default \"}}\" }}"#]);
        assert!(texts("^a$ $1 ${1} ${} ${A $$ {{}} {{ 2 }} { {.x}} {{ .x").is_empty());
        assert!(texts("${A\n} {{ .x\n}}").is_empty());
    }

    #[test]
    fn tokens() {
        let first = |text: &'static str| {
            let (rest, token) = token(text.as_bytes()).unwrap();
            (token, &text[..text.len() - rest.len()])
        };
        let placeholder = Token::Scalar(Scalar::Placeholder);
        for (text, found) in [
            ("${A}${B};", "${A}${B}"),
            ("10${N}L,", "10${N}L"),
            ("-$N ", "-$N"),
            ("{{ .a }}:{{ .b }}}", "{{ .a }}:{{ .b }}"),
            ("${A}/x//y", "${A}/x"),
            ("${A}/*y*/", "${A}"),
            ("${A}{{ end }}", "${A}"),
            (r#""a{{ f "x" "y" }}b" "#, r#""a{{ f "x" "y" }}b""#),
        ] {
            assert_eq!(first(text), (placeholder, found));
        }
        assert_eq!(first("{{- if .x }}1"), (Token::Control, "{{- if .x }}"));
        assert_eq!(first("{{ $x := 1 }}"), (Token::Control, "{{ $x := 1 }}"));
        assert_eq!(first("a=${A}"), (Token::Name, "a"));
        assert_eq!(first("a:${A}"), (Token::Name, "a"));
        assert_eq!(first("\"{{ .x }}\""), (Token::Str { plain: true }, "\"{{ .x }}\""));
        assert_eq!(first("\"{{\" \"}}\""), (Token::Str { plain: true }, "\"{{\""));
        assert_eq!(first("$ 1"), (Token::Garbage, "$"));
    }
}
