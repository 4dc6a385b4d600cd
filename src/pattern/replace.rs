//! Replacing, by the rules of PCRE's class for C++ and of RE2.

use std::borrow::Cow;

use thiserror::Error;

use super::matcher::Search;
use super::{Dialect, Pattern, Spans, StepLimitReached};

/// How many groups PCRE's class for C++ looks at.
const CLASS_GROUPS: usize = 16;

/// What [`Pattern::replace`] made of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced<'t> {
    /// The text afterwards; borrowed where nothing was replaced.
    pub text: Cow<'t, [u8]>,
    /// How many occurrences were replaced.
    pub count: usize,
    /// Why nothing was replaced though the pattern matches, or why occurrences became less than was meant.
    pub problem: Option<ReplaceProblem>,
}

/// What is wrong with a replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReplaceProblem {
    /// A backslash with something other than a digit or a backslash behind it, or with nothing.
    #[error("only a digit or a backslash may follow the backslash at byte {0} of the replacement")]
    BadEscape(usize),
    /// A group that the pattern does not have; in PCRE also one that took no part in the match, with no group
    /// behind it that did.
    #[error("there is no group {0}, or in PCRE neither it nor one behind it took part")]
    NoSuchGroup(u8),
    /// The pattern took too many steps on this text: what comes behind the occurrences that were found till
    /// then stays as it was.
    #[error("the pattern takes too many steps on this text")]
    StepLimit,
    /// `\K` within a look ahead put the beginning of the match behind its end.
    #[error("the match ends before it begins")]
    Backwards,
}

pub(super) fn replace<'t>(pattern: &Pattern, subject: &'t [u8], replacement: &[u8]) -> Replaced<'t> {
    let replacing = Replacing { pattern, subject, replacement };
    let result = if pattern.modifiers.global { replacing.all() } else { replacing.first() };
    result.unwrap_or_else(|problem| Replaced { text: Cow::Borrowed(subject), count: 0, problem })
}

struct Replacing<'a, 't> {
    pattern: &'a Pattern,
    subject: &'t [u8],
    replacement: &'a [u8],
}

/// Nothing is replaced, and perhaps there is a reason.
type Nothing = Option<ReplaceProblem>;

impl<'t> Replacing<'_, 't> {
    fn first(&self) -> Result<Replaced<'t>, Nothing> {
        self.check_groups()?;
        let spans = self.find(Search::default())?.ok_or(None)?;
        let (start, end) = whole(&spans)?;
        let mut text = self.between(0, start).to_vec();
        self.rewrite(&spans, &mut text).map_err(Some)?;
        text.extend_from_slice(self.between(end, self.subject.len()));
        Ok(Replaced { text: Cow::Owned(text), count: 1, problem: None })
    }

    fn all(&self) -> Result<Replaced<'t>, Nothing> {
        self.check_groups()?;
        let mut replaced = Replaced { text: Cow::Owned(Vec::new()), count: 0, problem: None };
        match self.pattern.dialect {
            Dialect::Pcre => self.all_pcre(&mut replaced)?,
            Dialect::Re2 => self.all_re2(&mut replaced)?,
        }
        if replaced.count == 0 {
            return Err(None);
        }
        Ok(replaced)
    }

    /// Behind an empty match PCRE looks for another at the same place that is not empty; only then it goes on.
    fn all_pcre(&self, replaced: &mut Replaced<'t>) -> Result<(), Nothing> {
        let mut at = 0;
        let mut was_empty = false;
        while at <= self.subject.len() {
            let found = match self.find(Search { from: at, only_there: was_empty, not_empty: was_empty }) {
                // What was replaced before stays so.
                Err(limit) if replaced.count > 0 => {
                    replaced.problem = limit.or(replaced.problem);
                    break;
                }
                found => found?,
            };
            match found {
                Some(spans) => {
                    let (start, end) = whole(&spans)?;
                    self.occurrence(replaced, at, start, &spans);
                    at = end;
                    was_empty = start == end;
                }
                None if was_empty => {
                    self.copy(replaced, at, at + 1);
                    at += 1;
                    was_empty = false;
                }
                None => break,
            }
        }
        self.copy(replaced, at, self.subject.len());
        Ok(())
    }

    /// RE2 takes no empty match right behind another match; it goes on by one character.
    fn all_re2(&self, replaced: &mut Replaced<'t>) -> Result<(), Nothing> {
        let mut at = 0;
        let mut last_end = None;
        while at <= self.subject.len() {
            let Some(spans) = self.find(Search { from: at, ..Search::default() })? else { break };
            let (start, end) = whole(&spans)?;
            if start == end && Some(start) == last_end {
                self.copy(replaced, at, start);
                let width = character_width(self.between(start, self.subject.len()));
                self.copy(replaced, start, start + width);
                at = start + width;
                continue;
            }
            self.occurrence(replaced, at, start, &spans);
            at = end;
            last_end = Some(end);
        }
        self.copy(replaced, at, self.subject.len());
        Ok(())
    }

    /// What stands before an occurrence, and what it becomes.
    fn occurrence(&self, replaced: &mut Replaced<'t>, from: usize, start: usize, spans: &Spans) {
        self.copy(replaced, from, start);
        if let Err(problem) = self.rewrite(spans, replaced.text.to_mut()) {
            replaced.problem.get_or_insert(problem);
        }
        replaced.count += 1;
    }

    fn copy(&self, replaced: &mut Replaced<'t>, from: usize, to: usize) {
        replaced.text.to_mut().extend_from_slice(self.between(from, to));
    }

    fn between(&self, from: usize, to: usize) -> &'t [u8] {
        self.subject.get(from..to.min(self.subject.len())).unwrap_or_default()
    }

    fn find(&self, search: Search) -> Result<Option<Spans>, Nothing> {
        let found = self.pattern.matcher.find_to_replace(self.subject, search);
        found.map_err(|StepLimitReached| Some(ReplaceProblem::StepLimit))
    }

    /// RE2 looks at the numbers before it replaces anything.
    fn check_groups(&self) -> Result<(), Nothing> {
        if self.pattern.dialect == Dialect::Pcre {
            return Ok(());
        }
        let mut most = 0;
        let mut bytes = self.replacement.iter();
        while let Some(&byte) = bytes.next() {
            if byte == b'\\' {
                most = bytes
                    .next()
                    .filter(|byte| byte.is_ascii_digit())
                    .map_or(most, |digit| most.max(digit - b'0'));
            }
        }
        if usize::from(most) > self.pattern.groups() {
            return Err(self.matches().then_some(ReplaceProblem::NoSuchGroup(most)));
        }
        Ok(())
    }

    fn matches(&self) -> bool {
        matches!(self.find(Search::default()), Ok(Some(_)))
    }

    /// Appends what an occurrence becomes, up to the first fault.
    fn rewrite(&self, spans: &Spans, text: &mut Vec<u8>) -> Result<(), ReplaceProblem> {
        let known = match self.pattern.dialect {
            // The groups up to the last that took part, of those that the class looks at.
            Dialect::Pcre => {
                let seen = spans.get(..=CLASS_GROUPS).unwrap_or(spans);
                seen.iter().rposition(Option::is_some).map_or(0, |last| last + 1)
            }
            Dialect::Re2 => spans.len(),
        };
        let mut bytes = self.replacement.iter().enumerate();
        while let Some((place, &byte)) = bytes.next() {
            if byte != b'\\' {
                text.push(byte);
                continue;
            }
            match bytes.next() {
                Some((_, b'\\')) => text.push(b'\\'),
                Some((_, digit @ b'0'..=b'9')) => {
                    let group = digit - b'0';
                    if usize::from(group) >= known {
                        return Err(ReplaceProblem::NoSuchGroup(group));
                    }
                    if let Some(Some((start, end))) = spans.get(usize::from(group)) {
                        text.extend_from_slice(self.between(*start, *end));
                    }
                }
                _ => return Err(ReplaceProblem::BadEscape(place)),
            }
        }
        Ok(())
    }
}

fn whole(spans: &Spans) -> Result<(usize, usize), Nothing> {
    let (start, end) = spans.first().copied().flatten().ok_or(None)?;
    if start > end {
        return Err(Some(ReplaceProblem::Backwards));
    }
    Ok((start, end))
}

/// How many bytes the first character has, or 1 where the bytes are no UTF-8.
fn character_width(text: &[u8]) -> usize {
    let start = text.get(..text.len().min(4)).unwrap_or_default();
    let valid = match std::str::from_utf8(start) {
        Ok(valid) => valid,
        Err(error) => std::str::from_utf8(start.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or(""),
    };
    valid.chars().next().map_or(1, char::len_utf8)
}
