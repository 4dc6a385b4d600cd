//! Whether a text is JSON, what `JSON_VALID` says; and the parts of one.
//!
//! `SQLite` 3.43 (inside ProxySQL 2.7.1 and 3.0.0-alpha) wants the JSON of RFC 8259, without the JSON5 that
//! it can read otherwise, up to 1000 objects and arrays within each other.

#[cfg(feature = "rules")]
mod parts;

#[cfg(feature = "rules")]
pub(crate) use parts::{elements, member};

/// How deep objects and arrays may lie within each other.
const MAX_DEPTH: usize = 1000;

/// Whether the whole text is one JSON value. A NUL ends the text, as it does in `SQLite`.
pub(super) fn is_valid(text: &[u8]) -> bool {
    let end = memchr::memchr(0, text).unwrap_or(text.len());
    let mut reader = Reader { rest: &text[..end] };
    reader.document().is_some()
}

struct Reader<'a> {
    rest: &'a [u8],
}

/// `None` everywhere: it is no JSON.
impl<'a> Reader<'a> {
    fn document(&mut self) -> Option<()> {
        self.value()?;
        self.rest.is_empty().then_some(())
    }

    /// A value and the blanks behind it.
    fn value(&mut self) -> Option<()> {
        let mut open = Containers::default();
        loop {
            // A value is due.
            self.blanks();
            match self.next()? {
                b'{' => {
                    open.push(true)?;
                    self.blanks();
                    if !self.eat(b'}') {
                        self.key()?;
                        continue;
                    }
                    open.pop();
                }
                b'[' => {
                    open.push(false)?;
                    self.blanks();
                    if !self.eat(b']') {
                        continue;
                    }
                    open.pop();
                }
                first => self.scalar(first)?,
            }
            // A value is complete, and with it perhaps what is around it.
            loop {
                self.blanks();
                let Some(object) = open.innermost() else {
                    return Some(());
                };
                match (self.next()?, object) {
                    (b',', true) => {
                        self.blanks();
                        self.key()?;
                        break;
                    }
                    (b',', false) => break,
                    (b'}', true) | (b']', false) => open.pop(),
                    _ => return None,
                }
            }
        }
    }

    /// The name of a member and its colon.
    fn key(&mut self) -> Option<()> {
        (self.next()? == b'"').then_some(())?;
        self.string()?;
        self.blanks();
        self.eat(b':').then_some(())
    }

    fn scalar(&mut self, first: u8) -> Option<()> {
        match first {
            b'"' => self.string(),
            b't' => self.word(b"rue"),
            b'f' => self.word(b"alse"),
            b'n' => self.word(b"ull"),
            b'-' => {
                let digit = self.next()?;
                self.number(digit)
            }
            _ => self.number(first),
        }
    }

    /// The rest of a string behind its opening quote.
    fn string(&mut self) -> Option<()> {
        loop {
            match self.next()? {
                b'"' => return Some(()),
                b'\\' => match self.next()? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' => {
                        let (digits, rest) = self.rest.split_at_checked(4)?;
                        digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                        self.rest = rest;
                    }
                    _ => return None,
                },
                0..=0x1f => return None,
                _ => {}
            }
        }
    }

    /// The rest of a number behind its first digit.
    fn number(&mut self, first: u8) -> Option<()> {
        match first {
            b'0' => {}
            b'1'..=b'9' => {
                self.digits();
            }
            _ => return None,
        }
        if self.eat(b'.') {
            (self.digits() > 0).then_some(())?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _ = self.eat(b'+') || self.eat(b'-');
            (self.digits() > 0).then_some(())?;
        }
        Some(())
    }

    fn digits(&mut self) -> usize {
        let count = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.rest = &self.rest[count..];
        count
    }

    fn word(&mut self, rest_of_it: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(rest_of_it)?;
        Some(())
    }

    fn blanks(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    fn next(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }
}

/// The objects and arrays around the current place: a bit each, set for an object.
struct Containers {
    depth: usize,
    objects: [u64; MAX_DEPTH.div_ceil(64)],
}

impl Default for Containers {
    fn default() -> Self {
        Containers { depth: 0, objects: [0; MAX_DEPTH.div_ceil(64)] }
    }
}

impl Containers {
    fn push(&mut self, object: bool) -> Option<()> {
        (self.depth < MAX_DEPTH).then_some(())?;
        let (word, bit) = (self.depth / 64, 1 << (self.depth % 64));
        if object {
            self.objects[word] |= bit;
        } else {
            self.objects[word] &= !bit;
        }
        self.depth += 1;
        Some(())
    }

    fn pop(&mut self) {
        self.depth -= 1;
    }

    /// Whether the innermost one is an object; nothing outside all of them.
    fn innermost(&self) -> Option<bool> {
        let last = self.depth.checked_sub(1)?;
        Some(self.objects[last / 64] & (1 << (last % 64)) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sqlite() -> rusqlite::Connection {
        rusqlite::Connection::open_in_memory().unwrap()
    }

    fn json_valid(sqlite: &rusqlite::Connection, text: &str) -> bool {
        sqlite.prepare_cached("SELECT json_valid(?1)").unwrap().query_row([text], |row| row.get(0)).unwrap()
    }

    #[test]
    fn as_sqlite_says() {
        let sqlite = sqlite();
        for text in [
            "",
            " ",
            "{}",
            "[]",
            "{\"a\":[1,{}]}",
            "{\"a\":1,}",
            "[1,]",
            "[,]",
            "{a:1}",
            "{'a':1}",
            "1",
            "-",
            "-0",
            "01",
            "1.",
            ".5",
            "1.5e",
            "1e5",
            "1E+05",
            "+1",
            "0x10",
            "NaN",
            "Infinity",
            "nul",
            "null",
            "nullx",
            "true false",
            "\"a\u{1}\"",
            "\"\\u00e9\"",
            "\"\\u00g9\"",
            "\"\\x41\"",
            "\"\u{7f}\u{e9}\"",
            "{\"a\" : 1 }\n",
            "{\"a\"\u{b}:1}",
            "\u{a0}1",
            "// c\n1",
            "[1}",
            "{\"a\":1]",
            "]",
            "\"",
            "\"\\\"",
            "[\"a\",\"b\"]",
            "{\"default-connection_timeout\":4000}",
            "{}{}",
            "\u{feff}{}",
        ] {
            assert_eq!(is_valid(text.as_bytes()), json_valid(&sqlite, text), "{text:?}");
        }
        for (depth, valid) in [(1000, true), (1001, false)] {
            for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
                let inner = if open == "[" { "" } else { "1" };
                let text = open.repeat(depth) + inner + &close.repeat(depth);
                assert_eq!(
                    (is_valid(text.as_bytes()), json_valid(&sqlite, &text)),
                    (valid, valid),
                    "{depth}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn as_sqlite_says_to_anything(pieces in prop::collection::vec(
            prop_oneof![
                prop::sample::select(vec!["{", "}", "[", "]", ",", ":", "\"", "\\", " ", "\n", "-", "0", "12", ".", "e", "+", "\"a\"",
                    "\"a\":", "true", "null", "\"\\u00e4\"", "1.5e-3", "{\"a\":1}", "[1,2]"]).prop_map(str::to_owned),
                "\\PC{0,2}",
            ], 0..9)) {
            let text = pieces.concat();
            thread_local!(static SQLITE: rusqlite::Connection = sqlite());
            let expected = SQLITE.with(|sqlite| json_valid(sqlite, &text));
            prop_assert_eq!(is_valid(text.as_bytes()), expected);
        }
    }
}
