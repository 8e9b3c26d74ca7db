//! Spans on their way from those who recorded them to those who export them.

use std::fmt;
use std::sync::Arc;

use super::SpanRecord;

/// Makes a span's record of its bytes; `None` for bytes that are none.
pub(crate) type Decode = Arc<dyn Fn(&[u8]) -> Option<SpanRecord> + Send + Sync>;

/// Spans in the bytes in which they were recorded, one behind the other. Each becomes a record when it is taken out: in
/// the thread that exports it, which then frees what it allocated itself. Bytes take a fraction of a record's memory.
#[derive(Default)]
pub(crate) struct Spans {
    bytes: Vec<u8>,
    /// The bytes that were taken out.
    taken: usize,
    left: usize,
    decode: Option<Decode>,
}

/// The bytes before each span: its length.
const LENGTH: usize = size_of::<u32>();

impl Spans {
    /// Makes an empty one, with room for so many bytes.
    pub(crate) fn with_capacity(bytes: usize, decode: &Decode) -> Self {
        Spans { bytes: Vec::with_capacity(bytes), decode: Some(Arc::clone(decode)), ..Spans::default() }
    }

    /// Appends a span, whose bytes are those of all `parts`: far less than 4 GiB.
    pub(crate) fn push(&mut self, parts: &[&[u8]]) {
        let length = parts.iter().map(|part| part.len()).sum::<usize>();
        let Ok(length) = u32::try_from(length) else { return };
        self.bytes.extend_from_slice(&length.to_le_bytes());
        parts.iter().for_each(|part| self.bytes.extend_from_slice(part));
        self.left += 1;
    }

    /// Returns how many spans have not been taken out.
    pub(crate) fn len(&self) -> usize {
        self.left
    }

    /// Returns the bytes that they take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Leaves the first `most` alone.
    pub(crate) fn truncate(&mut self, most: usize) {
        self.left = self.left.min(most);
    }
}

impl Iterator for Spans {
    type Item = SpanRecord;

    fn next(&mut self) -> Option<SpanRecord> {
        while self.left > 0 {
            self.left -= 1;
            let (length, rest) = self.bytes.get(self.taken..)?.split_first_chunk::<LENGTH>()?;
            let length = u32::from_le_bytes(*length) as usize;
            self.taken += LENGTH + length; // first, so that a span whose decoder panics does not come back
            if let Some(span) = (self.decode.as_ref()?)(rest.get(..length)?) {
                return Some(span);
            }
        }
        None
    }
}

impl fmt::Debug for Spans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spans").field("left", &self.left).finish_non_exhaustive()
    }
}
