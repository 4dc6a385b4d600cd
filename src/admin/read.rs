//! The fields of a packet, one after the other, each with an error that says what it should have been.

use mysql_common::io::ParseBuf;

use super::error::WireError;

/// What is left of a packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    packet: &'static str,
    len: usize,
    rest: ParseBuf<'a>,
}

impl<'a> Reader<'a> {
    /// A packet from its beginning; its name is for errors.
    pub(super) fn new(packet: &'static str, payload: &'a [u8]) -> Self {
        Reader { packet, len: payload.len(), rest: ParseBuf(payload) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn u8(&mut self, what: &'static str) -> Result<u8, WireError> {
        let value = self.rest.checked_eat_u8();
        value.ok_or_else(|| self.malformed(what))
    }

    pub(super) fn u16(&mut self, what: &'static str) -> Result<u16, WireError> {
        let value = self.rest.checked_eat_u16_le();
        value.ok_or_else(|| self.malformed(what))
    }

    pub(super) fn u32(&mut self, what: &'static str) -> Result<u32, WireError> {
        let value = self.rest.checked_eat_u32_le();
        value.ok_or_else(|| self.malformed(what))
    }

    pub(super) fn bytes(&mut self, len: usize, what: &'static str) -> Result<&'a [u8], WireError> {
        let value = self.rest.checked_eat(len);
        value.ok_or_else(|| self.malformed(what))
    }

    /// Up to a NUL, which must be there.
    pub(super) fn nul_text(&mut self, what: &'static str) -> Result<&'a [u8], WireError> {
        let end = memchr::memchr(0, self.rest.0);
        let end = end.ok_or_else(|| self.malformed(what))?;
        let text = self.bytes(end, what)?;
        self.rest.skip(1);
        Ok(text)
    }

    /// A number that says itself how long it is.
    pub(super) fn number(&mut self, what: &'static str) -> Result<u64, WireError> {
        // NULL and the mark of an error are no numbers.
        if matches!(self.rest.0.first(), Some(0xfb | 0xff)) {
            return Err(self.malformed(what));
        }
        let value = self.rest.checked_eat_lenenc_int();
        value.ok_or_else(|| self.malformed(what))
    }

    /// Bytes that say how many they are.
    pub(super) fn text(&mut self, what: &'static str) -> Result<&'a [u8], WireError> {
        let len = self.number(what)?;
        let len = usize::try_from(len).map_err(|_| self.malformed(what))?;
        self.bytes(len, what)
    }

    pub(super) fn rest(&mut self) -> &'a [u8] {
        self.rest.eat_all()
    }

    pub(super) fn end(&self) -> Result<(), WireError> {
        if self.is_empty() { Ok(()) } else { Err(self.malformed("the end of the packet")) }
    }

    pub(super) fn malformed(&self, expected: &'static str) -> WireError {
        WireError::Malformed { packet: self.packet, expected, at: self.len - self.rest.len() }
    }
}
