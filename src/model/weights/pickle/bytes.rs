//! The bytes of a pickle, taken from its start; a length is believed only as far as there are bytes.

use super::machine::Step;

/// Longest line of a text opcode that is a number or a name.
const MAX_LINE: usize = 4096;

/// Bytes and how far they are read.
pub(super) struct Bytes<'b> {
    bytes: &'b [u8],
    position: usize,
}

impl<'b> Bytes<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// How many bytes were taken.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Step<&'b [u8]> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let taken = rest.get(..count).ok_or_else(|| format!("it ends {} bytes early", count - rest.len()))?;
        self.position += count;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Step<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// The next byte.
    pub(super) fn byte(&mut self) -> Step<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Bytes after a little-endian length of `width` bytes.
    pub(super) fn counted(&mut self, width: usize) -> Step<&'b [u8]> {
        let mut length = [0; 8];
        length[..width].copy_from_slice(self.take(width)?);
        let length = usize::try_from(u64::from_le_bytes(length)).map_err(|_| "a length beyond this machine")?;
        self.take(length)
    }

    /// A line without its end.
    pub(super) fn line(&mut self) -> Step<&'b [u8]> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let end = rest.iter().position(|&byte| byte == b'\n').ok_or("a line that never ends")?;
        self.position += end + 1;
        let line = &rest[..end];
        Ok(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// A short line of ASCII or UTF-8 text: a number or a name.
    pub(super) fn short_line(&mut self) -> Step<&'b str> {
        let line = self.line()?;
        if line.len() > MAX_LINE {
            return Err(format!("a number or name of {} characters", line.len()));
        }
        std::str::from_utf8(line).map_err(|_| "a number or name that is no text".into())
    }
}
