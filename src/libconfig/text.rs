//! What stands between quotes: from source to bytes and back.

use std::borrow::Cow;

use memchr::memchr;

/// Turns the source of quoted pieces into the bytes that they stand for (libconfig 1.7: `\n \r \t \f
/// \\ \"` and `\xHH`; any other backslash stays).
///
/// No value holds a NUL: of a run between quotes and backslashes, what stands behind a NUL is lost,
/// and `\x00` cuts the rest of its piece.
#[derive(Debug, Default)]
pub(super) struct Unescape {
    out: Vec<u8>,
    cut: bool,
}

impl Unescape {
    /// Adds source of the current piece. Escapes do not go on from one call to the next.
    pub(super) fn push(&mut self, source: &[u8]) {
        let mut rest = source;
        loop {
            let run = memchr(b'\\', rest).unwrap_or(rest.len());
            self.run(&rest[..run]);
            rest = match &rest[run..] {
                [] => return,
                [_, b'x' | b'X', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    self.byte(hex_digit(*high) << 4 | hex_digit(*low));
                    &rest[run + 4..]
                }
                [_, escape, ..] if unescaped(*escape).is_some() => {
                    self.byte(unescaped(*escape).unwrap_or_default());
                    &rest[run + 2..]
                }
                _ => {
                    self.byte(b'\\');
                    &rest[run + 1..]
                }
            };
        }
    }

    /// Ends a quoted piece; the next one is joined to it.
    pub(super) fn end_piece(&mut self) {
        self.cut = false;
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.out
    }

    fn run(&mut self, run: &[u8]) {
        if !self.cut {
            self.out.extend_from_slice(before_nul(run));
        }
    }

    fn byte(&mut self, byte: u8) {
        self.cut |= byte == 0;
        if !self.cut {
            self.out.push(byte);
        }
    }
}

/// Turns the source of an include path into the path: only `\\` and `\"` are escapes, any other
/// backslash disappears.
#[derive(Debug, Default)]
pub(super) struct UnescapePath {
    out: Vec<u8>,
}

impl UnescapePath {
    pub(super) fn push(&mut self, source: &[u8]) {
        let mut rest = source;
        loop {
            let run = memchr(b'\\', rest).unwrap_or(rest.len());
            self.out.extend_from_slice(before_nul(&rest[..run]));
            rest = match &rest[run..] {
                [] => return,
                [_, escaped @ (b'"' | b'\\'), ..] => {
                    self.out.push(*escaped);
                    &rest[run + 2..]
                }
                _ => &rest[run + 1..],
            };
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.out
    }
}

/// Which bytes an escaped text may hold as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escaping {
    /// Every byte from 0x7F up, as `config_write` does it.
    Canonical,
    /// UTF-8 only, so that the file stays UTF-8: other bytes become `\xHH`.
    Utf8,
}

/// Appends `text` between quotes so that libconfig reads the same bytes. A NUL cannot be read back;
/// callers refuse it first.
pub(super) fn quote(text: &[u8], escaping: Escaping, out: &mut Vec<u8>) {
    out.push(b'"');
    escape(text, escaping, out);
    out.push(b'"');
}

/// The same without the quotes.
pub(super) fn escape(text: &[u8], escaping: Escaping, out: &mut Vec<u8>) {
    match escaping {
        Escaping::Canonical => escape_controls(text, out),
        Escaping::Utf8 => {
            for chunk in text.utf8_chunks() {
                escape_controls(chunk.valid().as_bytes(), out);
                for byte in chunk.invalid() {
                    push_hex(*byte, out);
                }
            }
        }
    }
}

/// UTF-8 text, or a readable stand-in for it.
pub(super) fn lossy(text: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(text)
}

fn escape_controls(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            0x0c => out.extend(b"\\f"),
            0..=0x1f => push_hex(byte, out),
            _ => out.push(byte),
        }
    }
}

fn push_hex(byte: u8, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend([b'\\', b'x', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}

fn unescaped(escape: u8) -> Option<u8> {
    Some(match escape {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'f' => 0x0c,
        b'\\' | b'"' => escape,
        _ => return None,
    })
}

fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

fn before_nul(run: &[u8]) -> &[u8] {
    &run[..memchr(0, run).unwrap_or(run.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &[u8]) -> Vec<u8> {
        let mut unescape = Unescape::default();
        unescape.push(source);
        unescape.finish()
    }

    #[test]
    fn only_the_known_escapes_are_escapes() {
        assert_eq!(read(br#"\bfoo\b \d \x4g \x41\X42 \\ \" \n"#), b"\\bfoo\\b \\d \\x4g AB \\ \" \n");
        assert_eq!(read(br"end\"), br"end\");
    }

    #[test]
    fn a_nul_cuts_its_run_and_its_escape_cuts_the_piece() {
        assert_eq!(read(b"ab\0cd\\nef"), b"ab\nef");
        assert_eq!(read(br"ab\x00cd\nef"), b"ab");
    }

    #[test]
    fn what_is_quoted_reads_back() {
        let every: Vec<u8> = (1..=255).collect();
        for escaping in [Escaping::Canonical, Escaping::Utf8] {
            let mut out = Vec::new();
            quote(&every, escaping, &mut out);
            assert_eq!(read(&out[1..out.len() - 1]), every);
            assert_eq!(std::str::from_utf8(&out).is_ok(), escaping == Escaping::Utf8);
        }
    }

    #[test]
    fn paths_lose_other_backslashes() {
        let mut path = UnescapePath::default();
        path.push(br#"a\nb\\c\"d\x41"#);
        assert_eq!(path.finish(), br#"anb\c"dx41"#);
    }
}
