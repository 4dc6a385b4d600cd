//! Ranges of code points as RE2 looks for them in bytes.
//!
//! RE2 does not ask whether bytes are well-formed UTF-8 beyond their pattern: surrogates are characters like
//! others, and a range over everything above ASCII takes any lead byte with enough continuation bytes.

use regex_syntax::hir::Hir;

use super::super::byte_set::ByteSet;
use super::super::linear::byte_class;

/// The largest code point.
pub(super) const MAX: u32 = 0x10_FFFF;
/// The largest code points with one, two, three and four bytes.
const LAST: [u32; 4] = [0x7F, 0x7FF, 0xFFFF, MAX];

/// One character of some ranges, which are sorted and apart.
pub(super) fn class(ranges: &[(u32, u32)]) -> Hir {
    let mut ascii = ByteSet::EMPTY;
    let mut sequences = Vec::new();
    for &(from, to) in ranges {
        if from <= 0x7F {
            ascii.insert_range(byte(from), byte(to.min(0x7F)));
        }
        if to <= 0x7F {
            continue;
        }
        if from <= 0x80 && to == MAX {
            any_above_ascii(&mut sequences);
        } else {
            split(from.max(0x80), to, &mut sequences);
        }
    }
    let mut alternatives = Vec::new();
    if ascii.len() > 0 {
        alternatives.push(byte_class(&ascii));
    }
    alternatives.extend(sequences.iter().map(|sequence| {
        Hir::concat(
            sequence
                .iter()
                .map(|&(from, to)| {
                    let mut set = ByteSet::EMPTY;
                    set.insert_range(from, to);
                    byte_class(&set)
                })
                .collect(),
        )
    }));
    if alternatives.is_empty() { Hir::fail() } else { Hir::alternation(alternatives) }
}

type Sequence = Vec<(u8, u8)>;

fn any_above_ascii(sequences: &mut Vec<Sequence>) {
    const MORE: (u8, u8) = (0x80, 0xBF);
    sequences.push(vec![(0xC2, 0xDF), MORE]);
    sequences.push(vec![(0xE0, 0xEF), MORE, MORE]);
    sequences.push(vec![(0xF0, 0xF4), MORE, MORE, MORE]);
}

/// Splits a range until in each part only the last bytes differ, over their full range.
fn split(from: u32, to: u32, sequences: &mut Vec<Sequence>) {
    for last in LAST {
        if from <= last && last < to {
            split(from, last, sequences);
            split(last + 1, to, sequences);
            return;
        }
    }
    for level in 1..4 {
        let mask = (1_u32 << (6 * level)) - 1;
        if from & !mask != to & !mask {
            if from & mask != 0 {
                split(from, from | mask, sequences);
                split((from | mask) + 1, to, sequences);
                return;
            }
            if to & mask != mask {
                split(from, (to & !mask) - 1, sequences);
                split(to & !mask, to, sequences);
                return;
            }
        }
    }
    let (from, to) = (encode(from), encode(to));
    sequences.push(from.into_iter().zip(to).collect());
}

/// The bytes of a code point; surrogates have theirs, too.
fn encode(code: u32) -> Vec<u8> {
    let more = |shift: u32| byte(0x80 | (code >> shift & 0x3F));
    match code {
        0..=0x7F => vec![byte(code)],
        0x80..=0x7FF => vec![byte(0xC0 | code >> 6), more(0)],
        0x800..=0xFFFF => vec![byte(0xE0 | code >> 12), more(6), more(0)],
        _ => vec![byte(0xF0 | code >> 18), more(12), more(6), more(0)],
    }
}

fn byte(code: u32) -> u8 {
    u8::try_from(code).unwrap_or(u8::MAX)
}
