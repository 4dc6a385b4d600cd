//! What replaying a log costs in memory, however large it is.

#![cfg(feature = "replay")]
#![allow(clippy::unwrap_used)]

use std::io::Read;

use peak_alloc::PeakAlloc;
use proxysql_kit::config::Config;
use proxysql_kit::replay::{Reader, Replay, Spread};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// A log that is nowhere as a whole: the same line, so many times.
struct Endless {
    line: Vec<u8>,
    at: usize,
    left: u64,
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.line.len() && self.left > 0 {
            (self.at, self.left) = (0, self.left - 1);
        }
        let part = &self.line[self.at..];
        let count = part.len().min(into.len());
        into[..count].copy_from_slice(&part[..count]);
        self.at += count;
        Ok(count)
    }
}

#[test]
fn a_large_log_takes_no_more_memory_than_a_small_one() {
    let mut config = Config::default();
    config.mysql.query_digests = false;
    let replay = Replay::new(&config).threads(2);
    let line = format!("SELECT '{}'\n", "x".repeat(4000)).into_bytes();
    let size = line.len() as u64 * 40_000;
    ALLOCATED.reset_peak_usage();
    let before = ALLOCATED.current_usage();
    let mut spread = Spread::default();
    let log = Endless { line, at: 0, left: 39_999 };
    replay.run(Reader::new(log, None).unwrap(), &mut spread, &mut |_| {}).unwrap();
    let peak = ALLOCATED.peak_usage() - before;
    assert_eq!(spread.queries(), 40_000);
    assert!(peak < 16 << 20 && size > 150 << 20, "{peak} bytes for a log of {size}");
}
