//! Where the choice among weighted `flagOUTs` comes from.

/// A source of random numbers, given by the caller: the engine has none of its own.
///
/// A closure is one, too:
///
/// ```
/// use proxysql_kit::rules::Random;
///
/// let mut last = 0;
/// let mut counting = |below| {
///     last += 1;
///     last % below
/// };
/// assert_eq!(Random::below(&mut counting, 3), 1);
/// ```
pub trait Random {
    /// A number from 0 on, less than `below`, which is never 0. One that is too large counts as the largest.
    fn below(&mut self, below: u32) -> u32;
}

impl<F: FnMut(u32) -> u32> Random for F {
    fn below(&mut self, below: u32) -> u32 {
        self(below)
    }
}

/// Always the first entry that has a weight.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct First;

impl Random for First {
    fn below(&mut self, _: u32) -> u32 {
        0
    }
}
