//! How texts must begin for one of many rules to match: of a long INSERT that no rule wants, the first bytes say
//! so, and it is not searched through.

use crate::pattern::Needs;

/// How many bytes of a beginning are looked at.
const LENGTH: usize = 8;
/// How many beginnings are told apart.
const MOST: usize = 16;

/// The beginnings that rules want, in lower case.
#[derive(Debug)]
pub(in crate::rules) enum Starts {
    /// None that is known.
    Any,
    /// One of these.
    OneOf(Vec<Vec<u8>>),
}

impl Default for Starts {
    fn default() -> Self {
        Starts::OneOf(Vec::new())
    }
}

impl Starts {
    /// Adds the beginning that a rule wants.
    pub(super) fn add(&mut self, needs: Option<&Needs>) {
        let Starts::OneOf(starts) = self else { return };
        let prefix = needs.filter(|needs| needs.is_anchored()).map(Needs::prefix).unwrap_or_default();
        let start = prefix[..prefix.len().min(LENGTH)].to_ascii_lowercase();
        if starts.contains(&start) {
            return;
        }
        starts.push(start);
        if prefix.is_empty() || starts.len() > MOST {
            *self = Starts::Any;
        }
    }

    /// Whether one of the rules can match a text, as far as its beginning tells.
    pub(in crate::rules) fn allow(&self, text: &[u8]) -> bool {
        let begins =
            |start: &Vec<u8>| text.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start));
        match self {
            Starts::Any => true,
            Starts::OneOf(starts) => starts.iter().any(begins),
        }
    }
}
