//! The parts of a text that is JSON, each as it stands there.

use super::Reader;

/// The member of an object: its text. Of a name that stands there twice the last one; nothing where the text
/// is no object.
pub(crate) fn member<'a>(object: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut reader = Reader { rest: object };
    reader.blanks();
    reader.eat(b'{').then_some(())?;
    let mut found = None;
    loop {
        reader.blanks();
        if reader.eat(b'}') {
            return found;
        }
        let from = reader.rest;
        reader.key()?;
        let key = &from[..from.len() - reader.rest.len()];
        let value = reader.element()?;
        if is_key(key, name) {
            found = Some(value);
        }
        if !reader.eat(b',') {
            return reader.eat(b'}').then_some(found)?;
        }
    }
}

/// The elements of an array, a text each; none where the text is no array.
pub(crate) fn elements(array: &[u8]) -> Vec<&[u8]> {
    let mut elements = Vec::new();
    let mut reader = Reader { rest: array };
    reader.blanks();
    if !reader.eat(b'[') {
        return elements;
    }
    while let Some(element) = reader.element() {
        elements.push(element);
        if !reader.eat(b',') {
            break;
        }
    }
    elements
}

/// Whether a key, from its opening quote to its colon, is this name of ASCII letters.
fn is_key(key: &[u8], name: &str) -> bool {
    let mut names = name.bytes();
    let mut rest = key;
    if !matches!(rest, [b'"', ..]) {
        return false;
    }
    rest = &rest[1..];
    loop {
        let byte = match rest {
            [b'"', ..] => return names.next().is_none(),
            [b'\\', b'u', digits @ ..] if digits.len() >= 4 => {
                let digits = std::str::from_utf8(&digits[..4]).unwrap_or_default();
                rest = &rest[6..];
                u16::from_str_radix(digits, 16).ok().and_then(|unit| u8::try_from(unit).ok())
            }
            [byte, after @ ..] => {
                rest = after;
                Some(*byte)
            }
            [] => return false,
        };
        if byte.is_none() || byte != names.next() {
            return false;
        }
    }
}

impl<'a> Reader<'a> {
    /// The text of a value, without the blanks around it.
    fn element(&mut self) -> Option<&'a [u8]> {
        self.blanks();
        let from = self.rest;
        self.value()?;
        Some(from[..from.len() - self.rest.len()].trim_ascii_end())
    }
}
