//! The plain way: one byte at a time, a state, and a pass for each thing to be done. It knows what ordinary
//! queries hold, and nothing of limits, options and odd corners.

use proxysql_kit::digest::DigestHash;

#[derive(Clone, Copy)]
enum State {
    Text,
    Comment,
    String(u8),
    Number,
}

pub(crate) fn digest(query: &[u8]) -> (Vec<u8>, DigestHash) {
    let text = groups(&lists(&blanks(&literals(query))));
    let hash = DigestHash::of(&text, 2048);
    (text, hash)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$'
}

/// Literals become `?`, comments go, blanks become one.
fn literals(query: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(query.len());
    let mut state = State::Text;
    let mut before = 0;
    let mut at = 0;
    while at < query.len() {
        let byte = query[at];
        let next = query.get(at + 1).copied();
        match state {
            State::Text if byte == b'/' && next == Some(b'*') => {
                state = State::Comment;
                at += 1;
            }
            State::Text if byte == b'\'' || byte == b'"' => state = State::String(byte),
            State::Text if byte.is_ascii_digit() && !is_word(before) => {
                state = State::Number;
                continue;
            }
            State::Text => {
                let byte = if byte.is_ascii_whitespace() { b' ' } else { byte };
                if byte != b' ' || !out.is_empty() && before != b' ' {
                    out.push(byte);
                }
                before = byte;
            }
            State::Comment if byte == b'*' && next == Some(b'/') => {
                if !out.is_empty() && out.last() != Some(&b' ') {
                    out.push(b' ');
                }
                state = State::Text;
                before = b' ';
                at += 1;
            }
            State::Comment => {}
            State::String(quote) if byte == b'\\' || byte == quote && next == Some(quote) => at += 1,
            State::String(quote) => {
                if byte == quote {
                    out.push(b'?');
                    state = State::Text;
                    before = b'?';
                }
            }
            State::Number => {
                if !is_word(byte) && byte != b'.' || next.is_none() {
                    out.push(b'?');
                    state = State::Text;
                    before = b'?';
                    if !is_word(byte) {
                        continue;
                    }
                }
            }
        }
        at += 1;
    }
    while matches!(out.last(), Some(b' ' | b';')) {
        out.pop();
    }
    out
}

/// No blank beside brackets and commas.
fn blanks(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for (at, &byte) in text.iter().enumerate() {
        let left = at.checked_sub(1).and_then(|at| text.get(at));
        let right = text.get(at + 1);
        let dropped = matches!(left, Some(b'(' | b',')) || matches!(right, Some(b')' | b','));
        if byte != b' ' || !dropped {
            out.push(byte);
        }
    }
    out
}

/// Lists of more than four values end after three.
fn lists(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut inside = false;
    let mut at = 0;
    while at < text.len() {
        let mut values = 0;
        while inside && text[at + 2 * values..].starts_with(b"?,") {
            values += 1;
        }
        let closed = text[at + 2 * values..].starts_with(b"?)");
        if values >= 4 && closed {
            out.extend(b"?,?,?,...");
            at += 2 * values + 1;
            continue;
        }
        inside = text[at] == b'(' || inside && text[at] != b')';
        out.push(text[at]);
        at += 1;
    }
    out
}

/// More than ten such lists end after ten.
fn groups(text: &[u8]) -> Vec<u8> {
    const GROUP: &[u8] = b"(?,?,?,...),";
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let mut count = 0;
        while text[at + count * GROUP.len()..].starts_with(GROUP) {
            count += 1;
        }
        if count >= 10 && text[at + count * GROUP.len()..].starts_with(&GROUP[..GROUP.len() - 1]) {
            out.extend(&text[at..at + 10 * GROUP.len()]);
            out.extend(b"...");
            at += (count + 1) * GROUP.len() - 1;
            continue;
        }
        out.push(text[at]);
        at += 1;
    }
    out
}
