//! Bytes that begin no token, as the characters that people see or do not see.

use super::super::text::lossy;

/// The character at the beginning of a text, and how many bytes it takes.
pub(super) fn first(text: &[u8]) -> (char, usize) {
    let head = &text[..text.len().min(4)];
    let valid = head.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    match valid.chars().next() {
        Some(character) => (character, character.len_utf8()),
        None => ('\u{FFFD}', 1),
    }
}

/// The name of a character that looks like a blank or like nothing.
pub(super) fn invisible(character: char) -> Option<&'static str> {
    Some(match character {
        '\0' => "NUL",
        '\u{0B}' => "vertical tab",
        '\u{85}' => "next line",
        '\u{A0}' => "no-break space",
        '\u{AD}' => "soft hyphen",
        '\u{1680}' => "ogham space mark",
        '\u{2000}'..='\u{200A}' => "wide or narrow space",
        '\u{200B}' => "zero-width space",
        '\u{200C}' => "zero-width non-joiner",
        '\u{200D}' => "zero-width joiner",
        '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => "direction mark",
        '\u{2028}' => "line separator",
        '\u{2029}' => "paragraph separator",
        '\u{202F}' => "narrow no-break space",
        '\u{205F}' => "mathematical space",
        '\u{2060}' => "word joiner",
        '\u{3000}' => "ideographic space",
        '\u{FEFF}' => "zero-width no-break space",
        _ if character.is_control() => "control character",
        _ => return None,
    })
}

/// The quote that closes a typographic quote.
pub(super) fn curly_partner(character: char) -> Option<char> {
    Some(match character {
        '\u{2018}' | '\u{201A}' | '\u{2019}' => '\u{2019}',
        '\u{201C}' | '\u{201E}' | '\u{201D}' => '\u{201D}',
        '\u{AB}' => '\u{BB}',
        '\u{BB}' => '\u{AB}',
        _ => return None,
    })
}

/// A piece of the text for a message: short, and without controls.
pub(super) fn shown(text: &[u8]) -> String {
    const LONGEST: usize = 40;
    let text = lossy(&text[..text.len().min(4 * LONGEST)]);
    let mut shown: String = text.chars().take(LONGEST).flat_map(printable).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

fn printable(character: char) -> impl Iterator<Item = char> {
    let escape = character.is_control() || invisible(character).is_some() && character != ' ';
    let plain = (!escape).then_some(character);
    plain.into_iter().chain(escape.then(|| character.escape_unicode()).into_iter().flatten())
}
