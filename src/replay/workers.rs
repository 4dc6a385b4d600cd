//! One thread reads, the others route: batches through bounded channels.

use std::io::Read;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use super::error::ReadError;
use super::event::Event;
use super::reader::Reader;
use super::run::{Progress, Replay};
use super::spread::Spread;
use super::tally::Tally;

/// The most events of a batch.
const EVENTS: usize = 1024;
/// The bytes of queries with which a batch is full.
const BYTES: usize = 1 << 20;
/// The bytes of queries that wait for their threads at most, but for one batch.
const WAITING: usize = 64 << 20;

/// Events that are routed together, with their numbers.
#[derive(Default)]
struct Batch {
    events: Vec<(u64, Event)>,
    bytes: usize,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.events.len() >= EVENTS || self.bytes >= BYTES
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

/// Leaves the gate even where a thread ends too early.
struct Inside<'g> {
    gate: &'g Gate,
    bytes: usize,
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.gate.leave(self.bytes);
    }
}

pub(super) fn run<R: Read>(
    replay: &Replay,
    reader: Reader<R>,
    spread: &mut Spread,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), ReadError> {
    let gate = Gate::default();
    thread::scope(|scope| {
        let mut senders = Vec::new();
        let mut workers = Vec::new();
        for _ in 0..replay.threads {
            let (sender, receiver) = sync_channel::<(Batch, Inside<'_>)>(2);
            senders.push(sender);
            workers.push(scope.spawn(move || {
                let mut tally = Tally::new(replay);
                for (batch, _inside) in receiver {
                    batch.events.into_iter().for_each(|(number, event)| tally.add(number, event));
                }
                tally.into_spread()
            }));
        }
        let mut dealer = Dealer { replay, gate: &gate, senders, batches: Vec::new(), next: 0 };
        let read = dealer.deal(reader, progress);
        drop(dealer);
        for worker in workers {
            match worker.join() {
                Ok(part) => spread.merge(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        read
    })
}

/// Hands the events out.
struct Dealer<'r, 'g> {
    replay: &'r Replay,
    gate: &'g Gate,
    senders: Vec<SyncSender<(Batch, Inside<'g>)>>,
    /// A batch in the making for each thread.
    batches: Vec<Batch>,
    next: usize,
}

impl Dealer<'_, '_> {
    fn deal<R: Read>(
        &mut self,
        mut reader: Reader<R>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), ReadError> {
        self.batches.resize_with(self.senders.len(), Batch::default);
        let mut events = 0;
        let mut read = Ok(());
        while let Some(event) = reader.next() {
            let event = match event {
                Ok(event) => event,
                Err(error) => {
                    read = Err(error);
                    break;
                }
            };
            let thread = self.thread(&event);
            let batch = &mut self.batches[thread];
            batch.bytes += event.query.len();
            batch.events.push((events, event));
            events += 1;
            if batch.is_full() {
                self.send(thread);
                progress(Progress { bytes: reader.position(), events });
            }
        }
        (0..self.batches.len()).for_each(|thread| self.send(thread));
        progress(Progress { bytes: reader.position(), events });
        read
    }

    /// The thread of an event. Where flags are kept, a session has one thread, which keeps its order.
    fn thread(&self, event: &Event) -> usize {
        let threads = self.senders.len();
        match event.session.filter(|_| self.replay.keeps_flags) {
            Some(session) => usize::try_from(session % threads as u64).unwrap_or(0),
            None => self.next,
        }
    }

    fn send(&mut self, thread: usize) {
        let batch = std::mem::take(&mut self.batches[thread]);
        self.gate.enter(batch.bytes);
        let inside = Inside { gate: self.gate, bytes: batch.bytes };
        // A thread that is gone has panicked, which is told when it is joined.
        let _ = self.senders[thread].send((batch, inside));
        self.next = (self.next + 1) % self.senders.len();
    }
}
