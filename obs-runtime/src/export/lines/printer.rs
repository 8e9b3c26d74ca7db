//! Standard output, or whatever else cannot take anything back.

use std::io::{self, Write};

use super::{Paper, Wanted};

/// Prints lines, each request with one `write_all`, which locks standard output.
#[derive(Debug)]
pub(super) struct Printer<W> {
    out: W,
    /// Whether the last attempt may have left a part of its lines.
    torn: bool,
}

impl<W> Printer<W> {
    pub(super) fn new(out: W) -> Self {
        Printer { out, torn: false }
    }
}

impl<W: Write + Send + 'static> Paper for Printer<W> {
    /// What failed half way stays there, ended by a line break; what was begun is printed, whoever waits for it.
    fn append(&mut self, lines: &[u8], wanted: &Wanted) -> io::Result<()> {
        if !wanted.is_so() {
            return Ok(());
        }
        if self.torn {
            self.out.write_all(b"\n")?;
        }
        self.torn = true;
        self.out.write_all(lines)?;
        self.out.flush()?;
        self.torn = false;
        Ok(())
    }
}
