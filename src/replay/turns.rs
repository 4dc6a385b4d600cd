//! Whatever thread a piece of work is done by: what must be done in order is.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Something that is shared, and has its turns by number: 0, 1, 2, ...
pub(super) struct Turns<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    next: u64,
    is_over: bool,
    value: T,
}

impl<T> Turns<T> {
    pub(super) fn new(value: T) -> Self {
        let state = State { next: 0, is_over: false, value };
        Turns { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Waits for a turn, and takes it; nothing, if there will be none.
    pub(super) fn take<R>(&self, number: u64, with: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut state = self.lock();
        while state.next != number && !state.is_over {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.is_over {
            return None;
        }
        let result = with(&mut state.value);
        state.next += 1;
        self.changed.notify_all();
        Some(result)
    }

    /// Nobody gets a turn any more.
    pub(super) fn end(&self) {
        self.lock().is_over = true;
        self.changed.notify_all();
    }

    pub(super) fn into_value(self) -> T {
        self.state.into_inner().unwrap_or_else(PoisonError::into_inner).value
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
