//! One thread cuts the log into jobs, the others read and route them.
//!
//! What comes out does not depend on how many they are: behind an error nothing counts, for each job waits until
//! those before it are known to be read; and where a session has a flag, its queries wait for those before them.

use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use super::blocks::{Block, Blocks, can_cut};
use super::error::ReadError;
use super::event::Event;
use super::format::LogFormat;
use super::reader::Reader;
use super::records::Records;
use super::run::{Progress, Replay};
use super::spread::Spread;
use super::tally::Tally;
use super::turns::Turns;

/// The most events of a job.
const EVENTS: usize = 1024;
/// The bytes of queries with which a job is full.
const BYTES: usize = 1 << 20;
/// The bytes that wait for their threads at most, but for one job.
const WAITING: usize = 64 << 20;
/// In so many parts sessions are divided that keep flags: whatever the number of threads is, for a part has a limit.
const LANES: u64 = 16;

/// Routes the queries of a log; gives why it could not be read to its end.
pub(super) fn run<R: Read>(
    replay: &Replay,
    reader: Reader<R>,
    spread: &mut Spread,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), ReadError> {
    let lanes = if replay.keeps_flags { LANES } else { 0 };
    let shared = Shared {
        replay,
        format: reader.format(),
        limit: reader.records.input.limit,
        error: Turns::new(None),
        lanes: (0..lanes).map(|_| Turns::new(Tally::new(replay))).collect(),
        events: AtomicU64::new(0),
    };
    let gate = Gate::default();
    let (read, bytes) = thread::scope(|scope| {
        let (jobs, queue) = sync_channel(2 * replay.threads);
        let queue = Arc::new(Mutex::new(queue));
        let work = |_| {
            let (shared, queue) = (&shared, Arc::clone(&queue));
            scope.spawn(move || shared.work(&queue))
        };
        let workers: Vec<_> = (0..replay.threads).map(work).collect();
        // When the last of the threads is gone, so is the queue.
        drop(queue);
        let dealer = Dealer { jobs, gate: &gate, dealt: 0, events: &shared.events, progress };
        let read = dealer.deal(reader);
        for worker in workers {
            match worker.join() {
                Ok(part) => spread.merge(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        read
    });
    for lane in shared.lanes {
        spread.merge(lane.into_value().into_spread());
    }
    progress(Progress { bytes, events: shared.events.into_inner() });
    shared.error.into_value().map_or(read, Err)
}

/// What one thread does at a time.
struct Job<'g> {
    number: u64,
    work: Work,
    _inside: Inside<'g>,
}

enum Work {
    /// To be read.
    Block(Block),
    /// Read already, each event with the place behind it.
    Events(Vec<(u64, Event)>),
}

/// What the threads share.
struct Shared<'r> {
    replay: &'r Replay,
    format: LogFormat,
    limit: usize,
    /// The first error.
    error: Turns<Option<ReadError>>,
    /// Sessions with flags.
    lanes: Vec<Turns<Tally<'r>>>,
    events: AtomicU64,
}

impl Shared<'_> {
    fn work(&self, queue: &Mutex<Receiver<Job<'_>>>) -> Spread {
        let _alarm = Alarm(self);
        let mut tally = Tally::new(self.replay);
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        while let Ok(job) = next() {
            if self.job(job, &mut tally).is_none() {
                break;
            }
        }
        tally.into_spread()
    }

    /// Does a job; nothing, if the log is not read so far.
    fn job(&self, job: Job<'_>, tally: &mut Tally<'_>) -> Option<()> {
        let (events, error) = self.read(job.work);
        let is_read = self.error.take(job.number, |first| {
            let is_read = first.is_none();
            if is_read {
                *first = error;
            }
            is_read
        })?;
        if !is_read {
            return None;
        }
        self.events.fetch_add(events.len() as u64, Ordering::Relaxed);
        let mut lanes: Vec<Vec<_>> = self.lanes.iter().map(|_| Vec::new()).collect();
        for (place, event) in events {
            let lane = event.session.and_then(|session| usize::try_from(session % LANES).ok());
            match lane.and_then(|lane| lanes.get_mut(lane)) {
                Some(lane) => lane.push((place, event)),
                None => tally.add(place, event),
            }
        }
        for (lane, events) in self.lanes.iter().zip(lanes) {
            lane.take(job.number, |tally| {
                for (place, event) in events {
                    tally.add(place, event);
                }
            })?;
        }
        Some(())
    }

    fn read(&self, work: Work) -> (Vec<(u64, Event)>, Option<ReadError>) {
        let block = match work {
            Work::Block(block) => block,
            Work::Events(events) => return (events, None),
        };
        let mut records = Records::of_block(&block, self.format, self.limit);
        let mut events = Vec::new();
        while let Some(event) = records.next() {
            match event {
                Ok(event) => events.push((records.input.at, event)),
                Err(error) => return (events, Some(error)),
            }
        }
        (events, None)
    }
}

/// Where a thread panics, the others do not wait for it.
struct Alarm<'s, 'r>(&'s Shared<'r>);

impl Drop for Alarm<'_, '_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.error.end();
            self.0.lanes.iter().for_each(Turns::end);
        }
    }
}

/// Hands the jobs out.
struct Dealer<'g, 'p> {
    jobs: SyncSender<Job<'g>>,
    gate: &'g Gate,
    dealt: u64,
    events: &'g AtomicU64,
    progress: &'p mut dyn FnMut(Progress),
}

impl Dealer<'_, '_> {
    /// Gives how the reading ended, and how many bytes were read.
    fn deal<R: Read>(mut self, reader: Reader<R>) -> (Result<(), ReadError>, u64) {
        if can_cut(reader.format()) {
            let Records { input, format, .. } = reader.records;
            let mut blocks = Blocks::new(input, format);
            loop {
                match blocks.next() {
                    Ok(Some(block)) => {
                        let bytes = block.bytes.len();
                        if !self.send(Work::Block(block), bytes, blocks.position()) {
                            return (Ok(()), blocks.position());
                        }
                    }
                    Ok(None) => return (Ok(()), blocks.position()),
                    Err(error) => return (Err(error), blocks.position()),
                }
            }
        }
        self.deal_events(reader)
    }

    fn deal_events<R: Read>(mut self, mut reader: Reader<R>) -> (Result<(), ReadError>, u64) {
        loop {
            let mut events = Vec::new();
            let mut bytes = 0;
            let end = loop {
                if events.len() >= EVENTS || bytes >= BYTES {
                    break None;
                }
                match reader.next() {
                    Some(Ok(event)) => {
                        bytes += event.query.len();
                        events.push((reader.position(), event));
                    }
                    Some(Err(error)) => break Some(Err(error)),
                    None => break Some(Ok(())),
                }
            };
            let is_sent = self.send(Work::Events(events), bytes, reader.position());
            match end {
                Some(end) => return (end, reader.position()),
                None if !is_sent => return (Ok(()), reader.position()),
                None => {}
            }
        }
    }

    /// Whether anybody is there to do it.
    fn send(&mut self, work: Work, bytes: usize, position: u64) -> bool {
        self.gate.enter(bytes);
        let job = Job { number: self.dealt, work, _inside: Inside { gate: self.gate, bytes } };
        self.dealt += 1;
        (self.progress)(Progress { bytes: position, events: self.events.load(Ordering::Relaxed) });
        // Threads that are gone found an error, or have panicked: both is told at the end.
        self.jobs.send(job).is_ok()
    }
}

/// How many bytes wait.
#[derive(Default)]
struct Gate {
    waiting: Mutex<usize>,
    changed: Condvar,
}

impl Gate {
    fn enter(&self, bytes: usize) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while *waiting > 0 && waiting.saturating_add(bytes) > WAITING {
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        *waiting = waiting.saturating_add(bytes);
    }

    fn leave(&self, bytes: usize) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        *waiting = waiting.saturating_sub(bytes);
        self.changed.notify_all();
    }
}

/// Leaves the gate when its job is done, or is not done at all.
struct Inside<'g> {
    gate: &'g Gate,
    bytes: usize,
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.gate.leave(self.bytes);
    }
}
