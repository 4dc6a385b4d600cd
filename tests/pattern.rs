//! Patterns against what PCRE and RE2 answered, and laws.
#![cfg(feature = "pattern")]
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proxysql_kit::pattern::{Cause, Dialect, LazyPattern, Modifiers, Outcome, Pattern, ReplaceProblem};

const PLAIN: Modifiers = Modifiers { caseless: false, global: false };

#[test]
fn pcre_answers() {
    check_table(Dialect::Pcre, include_str!("pattern/pcre.tsv"), 2400);
}

#[test]
fn re2_answers() {
    check_table(Dialect::Re2, include_str!("pattern/re2.tsv"), 2000);
}

/// Each line of a table is what the library answered; the head of the file has the columns.
fn check_table(dialect: Dialect, table: &str, least: usize) {
    let mut failures = Vec::new();
    let mut lines = 0;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        lines += 1;
        let columns: Vec<&str> = line.split('\t').collect();
        let answer = match columns[..] {
            [modifiers, pattern, "refused"] => {
                let compiled = Pattern::new(&bytes(pattern), dialect, self::modifiers(modifiers));
                if compiled.is_ok() { "it is taken".to_owned() } else { continue }
            }
            [modifiers, pattern, subject, spans, replacement, count, text] => {
                let expected = format!("{spans} {count} {text}");
                let answer = answer(dialect, modifiers, pattern, subject, replacement);
                if answer == expected {
                    continue;
                }
                answer
            }
            _ => "the line has another number of columns".to_owned(),
        };
        failures.push(format!("{line}\n    {answer}"));
    }
    assert!(failures.is_empty(), "{} of {lines} lines:\n{}", failures.len(), failures.join("\n"));
    assert!(lines >= least, "only {lines} lines");
}

fn answer(dialect: Dialect, modifiers: &str, pattern: &str, subject: &str, replacement: &str) -> String {
    let pattern = match Pattern::new(&bytes(pattern), dialect, self::modifiers(modifiers)) {
        Ok(pattern) => pattern,
        Err(error) => return error.to_string(),
    };
    let subject = bytes(subject);
    let spans = pattern.find(&subject).unwrap();
    assert_eq!(spans.is_some(), pattern.is_match(&subject));
    assert!(spans.is_none() || pattern.needs().allow(&subject), "{pattern:?} needs {:?}", pattern.needs());
    let replaced = pattern.replace(&subject, &bytes(replacement));
    let spans = spans.map_or("-".to_owned(), |spans| {
        let shown =
            spans.iter().map(|span| span.map_or("x".to_owned(), |(start, end)| format!("{start}:{end}")));
        shown.collect::<Vec<_>>().join(",")
    });
    format!("{spans} {} {}", replaced.count, shown(&replaced.text))
}

fn modifiers(text: &str) -> Modifiers {
    Modifiers { caseless: text.contains('c'), global: text.contains('g') }
}

/// `%XX` is a byte.
fn bytes(text: &str) -> Vec<u8> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    bytes
}

fn shown(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|&byte| match byte {
            b' '..=b'~' if byte != b'%' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[test]
fn refusals_have_a_place_and_a_cause() {
    let refusal =
        |text: &str, dialect| Pattern::new(text.as_bytes(), dialect, PLAIN).unwrap_err().to_string();
    let table = [
        (Dialect::Pcre, "*", "at byte 0: `*` has nothing to repeat; the character itself is `\\*`"),
        (Dialect::Pcre, "a(b", "at byte 3: a `)` is missing"),
        (Dialect::Pcre, "a)b", "at byte 1: the `)` closes nothing; the character itself is `\\)`"),
        (Dialect::Pcre, "[b-a]", "at byte 4: the range ends before it begins"),
        (
            Dialect::Pcre,
            "(?<=a*)b",
            "at byte 6: a look behind must have a fixed length in each of its alternatives",
        ),
        (Dialect::Pcre, "\\pL", "at byte 1: `\\p` means nothing in PCRE as ProxySQL builds it"),
        (Dialect::Pcre, "(a)\\2", "at byte 5: there is no group `2`"),
        (
            Dialect::Pcre,
            "(*COMMIT)a",
            "at byte 2: the verb `(*COMMIT)` is not supported here, though ProxySQL knows it",
        ),
        (
            Dialect::Pcre,
            "\\Qab",
            "at byte 4: within `(?:..)` as ProxySQL also compiles it, the pattern is wrong: a `)` is missing",
        ),
        (Dialect::Re2, "a(?!b)", "at byte 1: `(?` is not followed by anything that RE2 knows"),
        (Dialect::Re2, "a\\1", "at byte 1: `\\1` means nothing in RE2"),
        (Dialect::Re2, "x{2000}", "at byte 1: a repeat of more than 1000 times"),
    ];
    for (dialect, text, expected) in table {
        assert_eq!(refusal(text, dialect), expected, "{text}");
    }
    assert_eq!(Pattern::new(b"\xFF", Dialect::Re2, PLAIN).unwrap_err().cause, Cause::NotUtf8);
    assert!(Pattern::new(b"\xFF", Dialect::Pcre, PLAIN).unwrap().is_match(b"a\xFF"));
}

#[test]
fn a_pattern_ends_at_a_nul_byte() {
    let pattern = Pattern::new(b"a\0(", Dialect::Pcre, PLAIN).unwrap();
    assert_eq!((pattern.text(), pattern.is_match(b"a")), (&b"a"[..], true));
}

#[test]
fn a_lazy_pattern_says_the_same_each_time() {
    let lazy = LazyPattern::new(b"(", Dialect::Pcre, PLAIN);
    let first = lazy.get().unwrap_err().clone();
    assert_eq!(lazy.get().unwrap_err(), &first);
}

#[test]
fn hostile_patterns_end() {
    let a = "a".repeat(5000);
    let table = [
        // The automata take these over.
        ("(a+)+$", "ab", Outcome::NoMatch),
        ("(a|aa)+$", "ab", Outcome::NoMatch),
        ("(x+x+)+y", "", Outcome::NoMatch),
        ("^(.*?,){11}P", "", Outcome::NoMatch),
        // This has only the limit.
        ("(a*)*(?<=b)", "", Outcome::StepLimit),
    ];
    for (pattern, end, expected) in table {
        let compiled = Pattern::new(pattern.as_bytes(), Dialect::Pcre, PLAIN).unwrap();
        let subject = format!("{a}{end}");
        let start = Instant::now();
        assert_eq!(compiled.test(subject.as_bytes()), expected, "{pattern}");
        assert!(start.elapsed() < Duration::from_secs(20), "{pattern}: {:?}", start.elapsed());
    }
    let global = Modifiers { caseless: false, global: true };
    let replacing = Pattern::new(b"(a+)+\\1b\\1$", Dialect::Pcre, global).unwrap();
    assert_eq!(replacing.replace(a.as_bytes(), b"x").problem, Some(ReplaceProblem::StepLimit));
    // What stands before the place where it gives up is replaced.
    let replacing = Pattern::new(b"c|(a+)+\\1b\\1$", Dialect::Pcre, global).unwrap();
    let text = format!("cc{a}");
    let replaced = replacing.replace(text.as_bytes(), b"x");
    assert_eq!((replaced.count, replaced.problem), (2, Some(ReplaceProblem::StepLimit)));
    assert_eq!(&*replaced.text, format!("xx{a}").as_bytes());
}

#[test]
fn deep_and_large_patterns_are_refused_or_compiled() {
    let deep = |open: &str, count: usize| format!("{}a{}", open.repeat(count), ")".repeat(count));
    for dialect in [Dialect::Pcre, Dialect::Re2] {
        for open in ["(", "(?:", "((?:", "(?i:"] {
            assert!(Pattern::new(deep(open, 100_000).as_bytes(), dialect, PLAIN).is_err());
        }
        for pattern in ["(?:(?:(?:a{1,100}){1,100}){1,100}){1,100}", "((((a?){99}){99}){99}){99}"] {
            assert!(Pattern::new(pattern.as_bytes(), dialect, PLAIN).is_err(), "{pattern}");
        }
    }
    assert!(Pattern::new(deep("(", 249).as_bytes(), Dialect::Pcre, PLAIN).unwrap().is_match(b"a"));
    assert!(Pattern::new(deep("(", 250).as_bytes(), Dialect::Pcre, PLAIN).is_err());
    // Each group calls the next one twice.
    let calls: String = (2..60).map(|group| format!("((?{group})(?{group}))")).collect();
    let _ = Pattern::new(format!("(?<=(?1)){calls}(a)").as_bytes(), Dialect::Pcre, PLAIN);
}

#[test]
fn covering() {
    let caseless = Modifiers { caseless: true, global: false };
    let pcre = |text: &str, modifiers| Pattern::new(text.as_bytes(), Dialect::Pcre, modifiers).unwrap();
    let table = [
        (".*", PLAIN, "anything", PLAIN, Some(true)),
        ("", PLAIN, "x(?=y)", caseless, Some(true)),
        ("^", PLAIN, "^SELECT", PLAIN, Some(true)),
        ("^SELECT", PLAIN, "^SELECT.*FOR UPDATE", PLAIN, Some(true)),
        ("^SELECT", caseless, "^select", PLAIN, Some(true)),
        ("^SELECT", PLAIN, "^select", caseless, Some(false)),
        ("^SELECT.*FOR UPDATE", PLAIN, "^SELECT", PLAIN, Some(false)),
        ("orders", PLAIN, "FROM (my_orders|orders_2)$", PLAIN, Some(true)),
        ("orders", PLAIN, "FROM (orders|users)$", PLAIN, Some(false)),
        ("orders", PLAIN, "(?=.*orders)F", PLAIN, None),
        ("^a", PLAIN, "a", PLAIN, None),
        (".+", PLAIN, "", PLAIN, Some(false)),
        ("$", PLAIN, "a", PLAIN, None),
    ];
    for (first, first_modifiers, second, second_modifiers, expected) in table {
        let (one, other) = (pcre(first, first_modifiers), pcre(second, second_modifiers));
        assert_eq!(one.covers(&other), expected, "{first} {second}");
    }
}

/// Patterns that PCRE and the `regex` crate both know, with loops only over what is not empty.
fn shared_pattern() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        8 => "[abcABx1 ]",
        2 => Just(".".to_owned()),
        3 => prop::sample::select(vec!["[ab]", "[^a]", r"\w", r"\d", r"\s", r"\S", "[a-c1]"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["^", r"\b", r"\B", r"\A", r"\z"]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let quantifier = prop::sample::select(vec!["", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}?"]);
        prop_oneof![
            3 => (prop::collection::vec(inner.clone(), 1..4)).prop_map(|parts| parts.concat()),
            2 => (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("(?:{one}|{other})")),
            2 => ("[abc]", inner.clone(), quantifier).prop_map(|(first, rest, many)| format!("({first}{rest}){many}")),
            1 => inner.prop_map(|inner| format!("(?i:{inner})")),
        ]
    })
}

fn subject() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(b"aabbccAB1x .\n\xC3\xA9\xFF".to_vec()), 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn shared_patterns_answer_as_the_regex_crate(pattern in shared_pattern(), mut subject in subject()) {
        // A newline at the end is where `$` and the like differ.
        subject.push(b'a');
        let theirs = regex::bytes::Regex::new(&format!("(?-u){pattern}")).unwrap();
        let ours = Pattern::new(pattern.as_bytes(), Dialect::Pcre, PLAIN).unwrap();
        let expected = theirs.captures(&subject).map(|captures| {
            captures.iter().map(|group| group.map(|group| (group.start(), group.end()))).collect::<Vec<_>>()
        });
        prop_assert_eq!(ours.find(&subject).unwrap(), expected);
    }

    #[test]
    fn nothing_panics(
        pattern in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40),
            "[\\(\\)\\[\\]\\?<>=!:|*+{},0-9a-cRPC&'#\\^\\$\\\\\\.-]{0,30}".prop_map(String::into_bytes),
        ],
        subject in subject(),
        replacement in "[a\\\\0-9]{0,6}",
        caseless: bool,
        global: bool,
    ) {
        for dialect in [Dialect::Pcre, Dialect::Re2] {
            let Ok(pattern) = Pattern::new(&pattern, dialect, Modifiers { caseless, global }) else { continue };
            let found = pattern.find(&subject).unwrap_or_default();
            let replaced = pattern.replace(&subject, replacement.as_bytes());
            if found.is_none() && !(dialect == Dialect::Re2 && caseless) {
                prop_assert_eq!(&*replaced.text, &*subject);
            }
            if found.is_some() {
                prop_assert!(pattern.needs().allow(&subject), "{:?}", pattern.needs());
            }
        }
    }

    #[test]
    fn covering_is_certain(
        first in shared_pattern(),
        second in shared_pattern(),
        subject in subject(),
        caseless: bool,
        other_caseless: bool,
        re2: bool,
    ) {
        let dialect = if re2 { Dialect::Re2 } else { Dialect::Pcre };
        let new = |text: &str, caseless| Pattern::new(text.as_bytes(), dialect, Modifiers { caseless, global: false });
        // Shorter ones, so that some do cover another.
        let shorter = first.get(..2).unwrap_or(&first);
        for first in [&*first, shorter] {
            let (Ok(first), Ok(second)) = (new(first, caseless), new(&second, other_caseless)) else { continue };
            if first.covers(&second) == Some(true) && second.is_match(&subject) {
                prop_assert!(first.is_match(&subject), "{first:?} {second:?}");
            }
        }
    }
}
