//! Sets of code points: ranges, names, case folding.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange, HirKind};

use super::super::byte_set::posix_class;
use super::utf8::MAX;

/// A set of code points, surrogates among them.
#[derive(Debug, Clone, Default)]
pub(super) struct CodeSet(Vec<(u32, u32)>);

const SURROGATES: (u32, u32) = (0xD800, 0xDFFF);

impl CodeSet {
    pub(super) fn insert(&mut self, from: u32, to: u32) {
        self.0.push((from, to));
    }

    pub(super) fn join(&mut self, other: &CodeSet) {
        self.0.extend_from_slice(&other.0);
    }

    /// The ranges, sorted and apart.
    pub(super) fn ranges(mut self) -> Vec<(u32, u32)> {
        self.0.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::new();
        for (from, to) in self.0 {
            match merged.last_mut() {
                Some((_, end)) if from <= end.saturating_add(1) => *end = to.max(*end),
                _ => merged.push((from, to)),
            }
        }
        merged
    }

    pub(super) fn negated(self) -> CodeSet {
        let mut others = Vec::new();
        let mut next = 0;
        for (from, to) in self.ranges() {
            if from > next {
                others.push((next, from - 1));
            }
            next = to + 1;
        }
        if next <= MAX {
            others.push((next, MAX));
        }
        CodeSet(others)
    }

    /// With all that differs from a member only in case, by Unicode's simple folding.
    pub(super) fn folded(self) -> CodeSet {
        let ranges = self.ranges();
        let characters = ranges
            .iter()
            .flat_map(|&(from, to)| [(from, to.min(SURROGATES.0 - 1)), (from.max(SURROGATES.1 + 1), to)]);
        let characters = characters.filter(|(from, to)| from <= to).filter_map(|(from, to)| {
            Some(ClassUnicodeRange::new(char::from_u32(from)?, char::from_u32(to)?))
        });
        let mut class = ClassUnicode::new(characters);
        // It fails only without Unicode's tables, and they are there.
        let _ = class.try_case_fold_simple();
        let mut folded = CodeSet(ranges);
        folded.join(&CodeSet::from_unicode(&class));
        folded
    }

    fn from_unicode(class: &ClassUnicode) -> CodeSet {
        CodeSet(class.iter().map(|range| (u32::from(range.start()), u32::from(range.end()))).collect())
    }

    pub(super) fn of_bytes(test: impl Fn(u8) -> bool) -> CodeSet {
        CodeSet((0..=0x7F_u8).filter(|&byte| test(byte)).map(|byte| (byte.into(), byte.into())).collect())
    }
}

/// `\d`, `\s`, `\w` and their opposites: ASCII, and `\s` without the vertical tab.
pub(super) fn perl(letter: char) -> Option<CodeSet> {
    let class = match letter.to_ascii_lowercase() {
        'd' => CodeSet::of_bytes(|byte| byte.is_ascii_digit()),
        's' => CodeSet::of_bytes(|byte| matches!(byte, b'\t' | b'\n' | 0x0C | b'\r' | b' ')),
        'w' => CodeSet::of_bytes(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
        _ => return None,
    };
    Some(if letter.is_ascii_uppercase() { class.negated() } else { class })
}

/// `[:alpha:]`, `[:^alpha:]`, by what stands between the colons.
pub(super) fn posix(name: &str) -> Option<CodeSet> {
    let (negated, name) = name.strip_prefix('^').map_or((false, name), |name| (true, name));
    let test = posix_class(name.as_bytes())?;
    let class = CodeSet::of_bytes(test);
    Some(if negated { class.negated() } else { class })
}

/// The general categories that RE2 knows.
const CATEGORIES: [&str; 37] = [
    "C", "Cc", "Cf", "Co", "Cs", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd", "Nl",
    "No", "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs",
    "Any",
];
/// Scripts whose whole name has four letters; otherwise that is an abbreviation, which RE2 does not know.
const SHORT_SCRIPTS: [&str; 7] = ["Ahom", "Cham", "Lisu", "Modi", "Newa", "Thai", "Toto"];

/// `\p{name}`.
pub(super) fn property(name: &str) -> Option<CodeSet> {
    let mut class = CodeSet::default();
    match name {
        "Any" => class.insert(0, MAX),
        "Cs" => class.insert(SURROGATES.0, SURROGATES.1),
        "C" => {
            class.insert(SURROGATES.0, SURROGATES.1);
            for part in ["Cc", "Cf", "Co"] {
                class.join(&tables(&format!(r"\p{{gc={part}}}"))?);
            }
        }
        _ if CATEGORIES.contains(&name) => class = tables(&format!(r"\p{{gc={name}}}"))?,
        _ if is_script(name) => class = tables(&format!(r"\p{{sc={name}}}"))?,
        _ => return None,
    }
    Some(class)
}

/// Whether a name is spelled as scripts are: `Old_Italic`.
fn is_script(name: &str) -> bool {
    let word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_uppercase())
            && word.chars().all(|letter| letter.is_ascii_alphabetic())
    };
    name.split('_').all(word) && (name.len() != 4 || SHORT_SCRIPTS.contains(&name))
}

fn tables(pattern: &str) -> Option<CodeSet> {
    match regex_syntax::parse(pattern).ok()?.into_kind() {
        HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => Some(CodeSet::from_unicode(&class)),
        _ => None,
    }
}
