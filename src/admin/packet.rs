//! Bytes to packets and back: headers, sequence numbers, and what is longer than 16 MiB.

use std::fmt;

use zeroize::Zeroize as _;

use super::error::{LimitKind, WireError};

/// What one piece of a packet can hold; one that is full is followed by another one.
pub(super) const PIECE: usize = 0xff_ffff;
const HEADER: usize = 4;

/// What was received, cut into packets.
#[derive(Default)]
pub(super) struct Incoming {
    bytes: Vec<u8>,
    /// What lies before is done with.
    start: usize,
    /// A packet in several pieces, put together.
    joined: Vec<u8>,
    is_joining: bool,
    /// The number that is due.
    sequence: u8,
    limit: usize,
}

/// Where a packet lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet {
    /// `None`: it was put together from pieces.
    range: Option<(usize, usize)>,
}

/// How strictly the number of a packet is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Strict,
    /// Errors may have any number: servers send some before they know which one is due.
    AnyForErrors,
}

/// Not the bytes: passwords are among them.
impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.bytes.len().saturating_sub(self.start);
        f.debug_struct("Incoming")
            .field("bytes", &bytes)
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
    }
}

impl Incoming {
    pub(super) fn new(limit: usize) -> Self {
        // Places in a packet are kept in 32 bits.
        Incoming { limit: limit.min(u32::MAX as usize - 1), ..Incoming::default() }
    }

    pub(super) fn receive(&mut self, bytes: &[u8]) {
        if self.start == self.bytes.len() {
            self.bytes.clear();
            self.start = 0;
        } else if self.start > self.bytes.len() / 2 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The same, while nothing may move.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// What is not yet made a packet.
    pub(super) fn rest(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    pub(super) fn take_rest(&mut self) -> Vec<u8> {
        self.bytes.split_off(self.start)
    }

    /// The number that is due.
    pub(super) fn sequence(&self) -> u8 {
        self.sequence
    }

    pub(super) fn set_sequence(&mut self, sequence: u8) {
        self.sequence = sequence;
    }

    /// The next packet begins an exchange, if none is on its way.
    pub(super) fn begin_exchange(&mut self) {
        if !self.is_joining {
            self.joined = Vec::new();
            self.sequence = 0;
        }
    }

    /// The next packet that is there as a whole.
    pub(super) fn next(&mut self, order: Order) -> Result<Option<Packet>, WireError> {
        loop {
            let [a, b, c, number, ..] = *self.rest() else { return Ok(None) };
            let len = u32::from_le_bytes([a, b, c, 0]) as usize;
            let so_far = if self.is_joining { self.joined.len() } else { 0 };
            if so_far + len > self.limit {
                return Err(WireError::Limit { what: LimitKind::PacketBytes, limit: self.limit as u64 });
            }
            let first = self.rest().get(HEADER).copied();
            let may_be_error = len > 0 && !self.is_joining && matches!(first, None | Some(0xff));
            if number != self.sequence && !(order == Order::AnyForErrors && may_be_error) {
                return Err(WireError::Sequence { expected: self.sequence, found: number });
            }
            let (start, end) = (self.start + HEADER, self.start + HEADER + len);
            if self.bytes.len() < end {
                return Ok(None);
            }
            self.start = end;
            self.sequence = number.wrapping_add(1);
            if !self.is_joining {
                if len < PIECE {
                    return Ok(Some(Packet { range: Some((start, end)) }));
                }
                self.joined.clear();
                self.is_joining = true;
            }
            self.joined.extend_from_slice(self.bytes.get(start..end).unwrap_or_default());
            if len < PIECE {
                self.is_joining = false;
                return Ok(Some(Packet { range: None }));
            }
        }
    }

    pub(super) fn payload(&self, packet: Packet) -> &[u8] {
        match packet.range {
            Some((start, end)) => self.bytes.get(start..end).unwrap_or_default(),
            None => &self.joined,
        }
    }

    /// Gives back the memory of a big packet once it is done with.
    pub(super) fn trim(&mut self) {
        if !self.is_joining && self.joined.capacity() > 0 {
            self.joined = Vec::new();
        }
    }

    /// Overwrites what was received so far, which may hold a password.
    pub(super) fn wipe(&mut self) {
        if let Some(done) = self.bytes.get_mut(..self.start) {
            done.zeroize();
        }
    }
}

/// What is to be sent.
#[derive(Default)]
pub(super) struct Outgoing {
    bytes: Vec<u8>,
    sent: usize,
    /// Where the packet that is being written begins.
    begin: usize,
    /// The number of the next packet.
    sequence: u8,
    is_secret: bool,
}

impl Outgoing {
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.sent..).unwrap_or_default()
    }

    /// Takes note that bytes were sent; more than there are count as all.
    pub(super) fn sent(&mut self, count: usize) {
        self.sent = self.sent.saturating_add(count).min(self.bytes.len());
        if self.sent == self.bytes.len() {
            if self.is_secret {
                self.bytes.zeroize();
                self.is_secret = false;
            }
            self.bytes.clear();
            self.sent = 0;
        }
    }

    /// From now on to the next time that all is sent it holds a password.
    pub(super) fn hold_secret(&mut self) {
        self.is_secret = true;
    }

    pub(super) fn sequence(&self) -> u8 {
        self.sequence
    }

    pub(super) fn set_sequence(&mut self, sequence: u8) {
        self.sequence = sequence;
    }

    /// Begins a packet, to which the caller appends.
    pub(super) fn begin(&mut self) -> &mut Vec<u8> {
        self.begin = self.bytes.len();
        self.bytes.extend_from_slice(&[0; HEADER]);
        &mut self.bytes
    }

    /// Takes back the packet that was begun.
    pub(super) fn abandon(&mut self) {
        self.bytes.truncate(self.begin);
    }

    /// Ends the packet that was begun: puts its length in, and cuts it where it is too long.
    pub(super) fn finish(&mut self) {
        let len = self.bytes.len() - self.begin - HEADER;
        if len < PIECE {
            self.header(self.begin, len);
            return;
        }
        let payload = self.bytes.split_off(self.begin + HEADER);
        self.bytes.truncate(self.begin);
        for piece in payload.chunks(PIECE) {
            self.piece(piece);
        }
        if payload.len().is_multiple_of(PIECE) {
            self.piece(&[]);
        }
    }

    fn piece(&mut self, piece: &[u8]) {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&[0; HEADER]);
        self.bytes.extend_from_slice(piece);
        self.header(at, piece.len());
    }

    fn header(&mut self, at: usize, len: usize) {
        let [a, b, c, ..] = (len as u64).to_le_bytes();
        if let Some(header) = self.bytes.get_mut(at..at + HEADER) {
            header.copy_from_slice(&[a, b, c, self.sequence]);
        }
        self.sequence = self.sequence.wrapping_add(1);
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        if self.is_secret {
            self.bytes.zeroize();
        }
    }
}

/// Not the bytes: they may hold a password.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("len", &self.bytes().len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(payload: &[u8]) -> Vec<u8> {
        let mut out = Outgoing::default();
        out.begin().extend_from_slice(payload);
        out.finish();
        out.bytes().to_vec()
    }

    #[test]
    fn long_packets_are_cut_and_put_together() {
        for len in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 5] {
            let payload: Vec<u8> = (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let bytes = written(&payload);
            assert_eq!(bytes.len(), len + HEADER * (len / PIECE + 1), "{len}");
            let mut incoming = Incoming::new(100 << 20);
            let mut found = None;
            for part in bytes.chunks(7_000_003) {
                assert!(found.is_none());
                incoming.receive(part);
                found = incoming.next(Order::Strict).unwrap();
            }
            assert!(incoming.payload(found.unwrap()) == payload, "{len}");
            assert_eq!(usize::from(incoming.sequence()), len / PIECE + 1);
            assert!(incoming.next(Order::Strict).unwrap().is_none());
        }
    }

    #[test]
    fn too_long_is_known_from_the_header() {
        let mut incoming = Incoming::new(PIECE);
        incoming.receive(&[0xff, 0xff, 0xff, 0]);
        assert!(incoming.next(Order::Strict).unwrap().is_none());
        incoming.receive(&vec![1; PIECE]);
        incoming.receive(&[1, 0, 0, 1]);
        let limit = WireError::Limit { what: LimitKind::PacketBytes, limit: PIECE as u64 };
        assert_eq!(incoming.next(Order::Strict).unwrap_err(), limit);
    }

    #[test]
    fn numbers_are_looked_at() {
        let wrong = WireError::Sequence { expected: 0, found: 7 };
        let mut incoming = Incoming::new(99);
        incoming.receive(&[1, 0, 0, 7, 0xff]);
        assert_eq!(incoming.next(Order::Strict).unwrap_err(), wrong);
        assert!(incoming.next(Order::AnyForErrors).unwrap().is_some());
        let mut incoming = Incoming::new(99);
        incoming.receive(&[1, 0, 0, 7, 0]);
        assert_eq!(incoming.next(Order::AnyForErrors).unwrap_err(), wrong);
    }
}
