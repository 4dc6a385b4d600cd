//! Any pattern is compiled or refused, ends on any text, and says truly what a text must hold.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use proxysql_kit::pattern::{Dialect, Modifiers, Outcome, Pattern};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    pattern: &'a [u8],
    subject: &'a [u8],
    replacement: &'a [u8],
    re2: bool,
    caseless: bool,
    global: bool,
}

fuzz_target!(|input: Input<'_>| {
    let dialect = if input.re2 { Dialect::Re2 } else { Dialect::Pcre };
    let modifiers = Modifiers { caseless: input.caseless, global: input.global };
    let Ok(pattern) = Pattern::new(input.pattern, dialect, modifiers) else { return };
    let outcome = pattern.test(input.subject);
    if outcome == Outcome::Match {
        assert!(pattern.needs().allow(input.subject));
    }
    if let Ok(found) = pattern.find(input.subject)
        && outcome != Outcome::StepLimit
    {
        assert_eq!(found.is_some(), outcome == Outcome::Match);
    }
    let replaced = pattern.replace(input.subject, input.replacement);
    assert!(replaced.count > 0 || *replaced.text == *input.subject);
    assert_eq!(pattern.covers(&pattern), Some(true));
});
