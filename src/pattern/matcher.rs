//! Which engine a search runs on.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::OnceLock;

use regex_automata::meta::Regex;
use regex_automata::{Anchored, Input};

use super::backtrack::{self, Found, Scratch, UNSET};
use super::error::{Cause, PatternError};
use super::linear::{self, Linear};
use super::program::Program;
use super::{Dialect, Outcome, Spans, StepLimitReached, ascii, pcre, re2};

/// After so many steps of the backtracking matcher a PCRE pattern counts as not matching. PCRE's own limit,
/// 10,000,000 by default, counts calls of a function that do about four of these steps each.
pub const STEP_LIMIT: u64 = 40_000_000;

/// How many steps the matcher has before an automaton takes over: some, and some for each byte.
const FIRST_STEPS: (u64, u64) = (2_000, 16);

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// How to search.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Search {
    pub(super) from: usize,
    /// The match must begin at `from`.
    pub(super) only_there: bool,
    /// The match must not be empty.
    pub(super) not_empty: bool,
}

/// A compiled pattern's engines.
pub(super) enum Matcher {
    Pcre(Box<Pcre>),
    Re2(Box<Re2>),
}

pub(super) struct Pcre {
    text: Box<[u8]>,
    caseless: bool,
    program: Program,
    /// Built when the matcher needs too many steps; `None` in it when there is none.
    linear: OnceLock<Option<Linear>>,
}

pub(super) struct Re2 {
    text: Box<[u8]>,
    caseless: bool,
    groups: u32,
    /// Is too large to be a program of the matcher.
    is_large: bool,
    /// What the matcher does with texts that are ASCII, if it can; made at first use.
    ascii: OnceLock<Option<Program>>,
    /// Built at first use: it is some twenty times larger than a program of the matcher.
    regex: OnceLock<Option<Regex>>,
    /// The pattern without CASELESS, by which it replaces.
    cased: OnceLock<Option<Regex>>,
}

impl Matcher {
    pub(super) fn new(text: &[u8], dialect: Dialect, caseless: bool) -> Result<Matcher, PatternError> {
        Ok(match dialect {
            Dialect::Pcre => {
                let ast = pcre::parse(text, caseless)?;
                let program = Program::new(&ast);
                let linear = OnceLock::new();
                Matcher::Pcre(Box::new(Pcre { text: text.into(), caseless, program, linear }))
            }
            Dialect::Re2 => {
                let parsed = re2::parse(text, caseless)?;
                let regex = OnceLock::new();
                if parsed.is_large() {
                    let built = linear::build_re2(&parsed.hir);
                    let built = built.ok_or_else(|| PatternError::new(text.len(), Cause::TooLarge))?;
                    regex.get_or_init(|| Some(built));
                }
                Matcher::Re2(Box::new(Re2 {
                    text: text.into(),
                    caseless,
                    groups: parsed.groups,
                    is_large: parsed.is_large(),
                    ascii: OnceLock::new(),
                    regex,
                    cased: OnceLock::new(),
                }))
            }
        })
    }

    pub(super) fn groups(&self) -> u32 {
        match self {
            Matcher::Pcre(pcre) => pcre.program.groups,
            Matcher::Re2(re2) => re2.groups,
        }
    }

    pub(super) fn test(&self, subject: &[u8]) -> Outcome {
        match self {
            Matcher::Pcre(pcre) => pcre.test(subject),
            Matcher::Re2(re2) => re2.test(subject),
        }
    }

    pub(super) fn find(&self, subject: &[u8], search: Search) -> Result<Option<Spans>, StepLimitReached> {
        match self {
            Matcher::Pcre(pcre) => pcre.find(subject, search),
            Matcher::Re2(re2) => Ok(re2.spans(re2.regex(), subject, search)),
        }
    }

    /// As [`Matcher::find`], by the pattern that replaces.
    pub(super) fn find_to_replace(
        &self,
        subject: &[u8],
        search: Search,
    ) -> Result<Option<Spans>, StepLimitReached> {
        match self {
            Matcher::Pcre(pcre) => pcre.find(subject, search),
            Matcher::Re2(re2) => Ok(re2.spans(re2.cased(), subject, search)),
        }
    }
}

impl Re2 {
    fn test(&self, subject: &[u8]) -> Outcome {
        let ascii = if subject.is_ascii() { self.ascii() } else { None };
        let first = ascii.map(|program| {
            let limit = first_steps(subject);
            with_scratch(|scratch| {
                backtrack::search(program, subject, Search::default(), false, limit, scratch)
            })
        });
        let found = match first {
            Some(Found::Yes) => true,
            Some(Found::No) => false,
            _ => self.regex().is_some_and(|regex| regex.is_match(Input::new(subject).earliest(true))),
        };
        if found { Outcome::Match } else { Outcome::NoMatch }
    }

    fn ascii(&self) -> Option<&Program> {
        let make = || ascii::program(&re2::parse(&self.text, self.caseless).ok()?.hir, self.groups);
        if self.is_large { None } else { self.ascii.get_or_init(make).as_ref() }
    }

    fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| self.build(self.caseless)).as_ref()
    }

    fn cased(&self) -> Option<&Regex> {
        if !self.caseless {
            return self.regex();
        }
        self.cased.get_or_init(|| self.build(false)).as_ref()
    }

    fn build(&self, caseless: bool) -> Option<Regex> {
        linear::build_re2(&re2::parse(&self.text, caseless).ok()?.hir)
    }

    fn spans(&self, regex: Option<&Regex>, subject: &[u8], search: Search) -> Option<Spans> {
        spans(regex?, self.groups, subject, search)
    }
}

impl Pcre {
    fn test(&self, subject: &[u8]) -> Outcome {
        let search = Search::default();
        let found = self.tiers(
            subject,
            search,
            |limit| with_scratch(|scratch| self.backtrack(subject, search, false, limit, scratch)),
            |linear| Found::from(linear.regex.is_match(Input::new(subject).earliest(true))),
            |found| *found != Found::Limit,
        );
        match found {
            Found::Yes => Outcome::Match,
            Found::No => Outcome::NoMatch,
            Found::Limit => Outcome::StepLimit,
        }
    }

    fn find(&self, subject: &[u8], search: Search) -> Result<Option<Spans>, StepLimitReached> {
        self.tiers(
            subject,
            search,
            |limit| {
                with_scratch(|scratch| match self.backtrack(subject, search, true, limit, scratch) {
                    Found::Yes => Ok(Some(self.spans(scratch))),
                    Found::No => Ok(None),
                    Found::Limit => Err(StepLimitReached),
                })
            },
            |linear| Ok(spans(&linear.regex, self.program.groups, subject, search)),
            Result::is_ok,
        )
    }

    /// First the matcher with few steps, then an automaton if there is one for this, then the matcher again.
    fn tiers<T>(
        &self,
        subject: &[u8],
        search: Search,
        backtrack: impl Fn(u64) -> T,
        automaton: impl Fn(&Linear) -> T,
        is_clear: impl Fn(&T) -> bool,
    ) -> T {
        let first = backtrack(first_steps(subject));
        if is_clear(&first) {
            return first;
        }
        match self.linear(subject, search) {
            Some(linear) => automaton(linear),
            None => backtrack(STEP_LIMIT),
        }
    }

    fn linear(&self, subject: &[u8], search: Search) -> Option<&Linear> {
        let build = || Linear::new(&pcre::parse(&self.text, self.caseless).ok()?);
        let linear = self.linear.get_or_init(build).as_ref()?;
        let minds = linear.minds_last_newline && subject.last() == Some(&b'\n');
        (!minds && !search.not_empty).then_some(linear)
    }

    fn backtrack(
        &self,
        subject: &[u8],
        search: Search,
        groups: bool,
        limit: u64,
        scratch: &mut Scratch,
    ) -> Found {
        backtrack::search(&self.program, subject, search, groups, limit, scratch)
    }

    fn spans(&self, scratch: &Scratch) -> Spans {
        let pairs = scratch.slots.chunks_exact(2).take(self.program.groups as usize + 1);
        pairs
            .map(|pair| match pair {
                &[start, end] if start != UNSET && end != UNSET => Some((start, end)),
                _ => None,
            })
            .collect()
    }
}

fn first_steps(subject: &[u8]) -> u64 {
    FIRST_STEPS.0 + FIRST_STEPS.1 * subject.len() as u64
}

impl From<bool> for Found {
    fn from(found: bool) -> Found {
        if found { Found::Yes } else { Found::No }
    }
}

/// A group that can never take part is unknown to the automaton.
fn spans(regex: &Regex, groups: u32, subject: &[u8], search: Search) -> Option<Spans> {
    let anchored = if search.only_there { Anchored::Yes } else { Anchored::No };
    let mut captures = regex.create_captures();
    let input = Input::new(subject).anchored(anchored).range(search.from..);
    regex.search_captures(&input, &mut captures);
    let span = |group: u32| captures.get_group(group as usize).map(|span| (span.start, span.end));
    captures.is_match().then(|| (0..=groups).map(span).collect())
}

/// The thread's scratch memory, or new one if it is in use.
fn with_scratch<T>(search: impl Fn(&mut Scratch) -> T) -> T {
    let shared = SCRATCH.try_with(|scratch| match scratch.try_borrow_mut() {
        Ok(mut scratch) => ControlFlow::Break(search(&mut scratch)),
        Err(_) => ControlFlow::Continue(()),
    });
    match shared {
        Ok(ControlFlow::Break(found)) => found,
        _ => search(&mut Scratch::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both engines on every short text over a few bytes.
    #[test]
    fn automata_answer_as_the_matcher() {
        let patterns = [
            "a",
            "^a",
            "a$",
            "(?m)^a",
            "(?m)a$",
            "\\Aa|b\\Z",
            "a\\z",
            "\\ba",
            "a\\B",
            "(a|ab)(b|\\n)?",
            "(a+?)(b*)",
            "(?i)A.b",
            "((a)|b)*",
            "(a|b)*?b",
            "(?:(a)|(b))+\\n",
            "(a??)(a?)b",
            "(a{0,2}){2}b",
            "(ab|a)(bab|b)?$",
            "(?s)a.*b",
            "[^a]+a",
            "(a|b){2,3}?",
            "(?:a?){2}b",
            "(?|(a)b|b(a))",
            "(a){0}b",
            "\\n$",
            "$",
            "^$",
            "(?m)^$",
            "(?m)^|b$",
        ];
        let mut automata = 0;
        for pattern in patterns {
            let Ok(Matcher::Pcre(pcre)) = Matcher::new(pattern.as_bytes(), Dialect::Pcre, false) else {
                panic!("{pattern}")
            };
            for number in 0..3_usize.pow(6) {
                let subject: Vec<u8> = (0..6).map(|place| b"ab\n"[number / 3_usize.pow(place) % 3]).collect();
                let subject = &subject[..number % 7];
                for from in 0..=subject.len().min(2) {
                    let search = Search { from, only_there: number % 2 == 0, not_empty: false };
                    let Some(linear) = pcre.linear(subject, search) else { continue };
                    automata += 1;
                    let theirs = spans(&linear.regex, pcre.program.groups, subject, search);
                    assert_eq!(
                        pcre.find(subject, search),
                        Ok(theirs),
                        "{pattern} {}",
                        subject.escape_ascii()
                    );
                }
            }
        }
        assert!(automata > 20_000, "{automata}");
    }

    /// The matcher on ASCII, and RE2's automata.
    #[test]
    fn the_matcher_answers_as_re2_on_ascii() {
        let patterns = [
            "a",
            "^a",
            "a$",
            "(?m)a$",
            r"\ba",
            r"a\B",
            "(a|ab)(b|\n)?",
            "(?i)A.b|S",
            "((a)|b)*b",
            "(a??)(a?)b",
            "(?s)a.*b",
            "[^a]+a",
            "a.*b",
            ".*b",
            "^.*$",
            "(a|b){2,3}?$",
            "(?:a?){2}b",
            "(ab|a)(bab|b)?$",
            r"\n$",
            "$",
            "^$",
            r"\pL+b",
            r"\Aa|b\z",
            "(?i)k|ab+",
            "(a|)b",
        ];
        for pattern in patterns {
            for caseless in [false, true] {
                let Ok(Matcher::Re2(re2)) = Matcher::new(pattern.as_bytes(), Dialect::Re2, caseless) else {
                    panic!("{pattern}")
                };
                assert!(re2.ascii().is_some(), "{pattern}");
                for number in 0..3_usize.pow(6) {
                    let subject: Vec<u8> =
                        (0..6).map(|place| b"aB\nb"[number / 3_usize.pow(place) % 3 + number % 2]).collect();
                    let subject = &subject[..number % 7];
                    let theirs = re2.regex().is_some_and(|regex| regex.is_match(subject));
                    assert_eq!(re2.test(subject).is_match(), theirs, "{pattern} {}", subject.escape_ascii());
                }
            }
        }
    }

    #[test]
    fn automata_take_only_what_is_surely_the_same() {
        let has_automaton = |pattern: &str, subject: &[u8]| {
            let Ok(Matcher::Pcre(pcre)) = Matcher::new(pattern.as_bytes(), Dialect::Pcre, false) else {
                panic!("{pattern}")
            };
            pcre.linear(subject, Search::default()).is_some()
        };
        for pattern in
            ["(a*)*", "(a|)+", "(?=a)a", "(a)\\1", "(?>a)", "a++", "a\\K", "\\Ga", "(?(1)a)(b)", "\\R"]
        {
            assert!(!has_automaton(pattern, b""), "{pattern}");
        }
        for pattern in ["a$", "a\\Z", "(?m)^a"] {
            assert_eq!(
                (has_automaton(pattern, b"a"), has_automaton(pattern, b"a\n")),
                (true, false),
                "{pattern}"
            );
        }
    }
}
