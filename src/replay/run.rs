//! Routing the queries of a log on all cores.

use std::io::Read;
use std::num::NonZeroUsize;

use super::error::ReadError;
use super::reader::Reader;
use super::spread::Spread;
use super::tally::{Against, Side};
use super::workers;
use crate::config::Config;
use crate::rules::Session;

/// The rules that traffic is held against. It does not change, and serves any number of logs.
#[derive(Clone, Debug)]
pub struct Replay {
    pub(super) side: Side,
    pub(super) against: Option<Side>,
    pub(super) session: Session,
    pub(super) threads: usize,
    pub(super) keeps_flags: bool,
}

/// How far a log is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes that were read.
    pub bytes: u64,
    /// Events that were read.
    pub events: u64,
}

impl Replay {
    /// Traffic is routed by the rules of this configuration, on all cores.
    pub fn new(config: &Config) -> Self {
        let side = Side::new(config);
        let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Replay {
            keeps_flags: side.has_follow_up(),
            side,
            against: None,
            session: Session::default(),
            threads,
        }
    }

    /// And compared with what the rules of this one say.
    #[must_use]
    pub fn against(self, config: &Config) -> Self {
        let side = Side::new(config);
        Replay { keeps_flags: self.keeps_flags || side.has_follow_up(), against: Some(side), ..self }
    }

    /// What stands in for all that a log does not say of its sessions. Without a schema it is the default
    /// schema of the user.
    #[must_use]
    pub fn session(self, session: Session) -> Self {
        Replay { session, ..self }
    }

    /// On so many threads, besides the one that takes the log in.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Replay { threads: threads.max(1), ..self }
    }

    /// Routes the queries of a log and adds them to a spread. `progress` is told from time to time how far
    /// the log is read.
    ///
    /// All threads read records and route them; only dumps of digests are read by one. The result does not depend
    /// on the number of threads. No more of the log is in memory than some 64 MiB, or one record if that is longer.
    ///
    /// Where a rule sets `next_query_flagIN`, the queries of a session are routed in their order, and its flag is
    /// kept; of the flags of more than a million sessions some are forgotten. Weighted `flagOUTs` are picked by
    /// lot, each time alike.
    ///
    /// # Errors
    /// Where the log cannot be read on. What came before is counted.
    pub fn run<R: Read>(
        &self,
        reader: Reader<R>,
        spread: &mut Spread,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), ReadError> {
        spread.is_compared |= self.against.is_some();
        spread.merge(Spread { unmatched: self.side.engine.rule_ids().collect(), ..Spread::default() });
        workers::run(self, reader, spread, progress)
    }

    pub(super) fn sides(&self) -> (&Side, Against<'_>) {
        (&self.side, self.against.as_ref())
    }
}
