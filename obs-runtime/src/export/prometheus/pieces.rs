//! Bytes on their way out, a piece at a time.

use std::io;

/// How much is gathered before it is passed on; a series more is held at most.
const PIECE_BYTES: usize = 16 * 1024;

/// What was rendered and not yet passed on. After an error nothing is.
pub(super) struct Pieces<'a> {
    pub(super) buffer: Vec<u8>,
    out: &'a mut dyn io::Write,
    result: io::Result<()>,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(out: &'a mut dyn io::Write) -> Self {
        Pieces { buffer: Vec::with_capacity(PIECE_BYTES + 4 * 1024), out, result: Ok(()) }
    }

    /// Passes on what was gathered, if it is enough.
    #[inline]
    pub(super) fn pass_on(&mut self) {
        if self.buffer.len() >= PIECE_BYTES {
            self.pass_on_all();
        }
    }

    /// Tells whether what takes the bytes takes no more.
    #[inline]
    pub(super) fn is_cut(&self) -> bool {
        self.result.is_err()
    }

    /// Passes on what is left; returns the error if there was one.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.pass_on_all();
        self.result
    }

    fn pass_on_all(&mut self) {
        if self.result.is_ok() {
            self.result = self.out.write_all(&self.buffer);
        }
        self.buffer.clear();
    }
}
