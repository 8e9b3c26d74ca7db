//! Spans on their way from those who recorded them to those who export them.

use std::fmt;
use std::sync::Arc;

use super::SpanRecord;

/// Makes a span's record of its bytes; `None` for bytes that are none.
pub(crate) type Decode = Arc<dyn Fn(&[u8]) -> Option<Arc<SpanRecord>> + Send + Sync>;

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
    pub(crate) fn new(decode: &Decode) -> Self {
        Spans { decode: Some(Arc::clone(decode)), ..Spans::default() }
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
    type Item = Arc<SpanRecord>;

    fn next(&mut self) -> Option<Arc<SpanRecord>> {
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

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

    use super::*;
    use crate::export::testing::span;

    /// Spans whose bytes are their names; of `?` there is no record, and `!` panics.
    fn spans(names: &[&str]) -> Spans {
        let decode: Decode = Arc::new(|bytes| {
            let name = std::str::from_utf8(bytes).unwrap();
            if name == "!" {
                resume_unwind(Box::new(()));
            }
            let name = name.to_owned().into();
            (bytes != b"?").then(|| Arc::new(SpanRecord { name, ..SpanRecord::clone(&span("unused")) }))
        });
        let mut spans = Spans::new(&decode);
        for name in names {
            let (a, b) = name.split_at(name.len() / 2);
            spans.push(&[a.as_bytes(), b.as_bytes()]);
        }
        spans
    }

    fn names(spans: &mut Spans) -> Vec<String> {
        spans.map(|span| span.name.to_string()).collect()
    }

    #[test]
    fn they_come_out_in_order_and_not_beyond_what_was_left_alone() {
        let mut all = spans(&["one", "", "?", "three"]);
        assert_eq!(
            (all.len(), names(&mut all)),
            (4, vec!["one".to_owned(), String::new(), "three".to_owned()])
        );
        assert_eq!((all.len(), all.next().is_none()), (0, true));
        let mut some = spans(&["one", "two", "three"]);
        some.truncate(2);
        assert_eq!((some.len(), names(&mut some)), (2, vec!["one".to_owned(), "two".to_owned()]));
    }

    #[test]
    fn a_panic_costs_one_span() {
        let mut all = spans(&["one", "!", "three"]);
        assert!(all.next().is_some());
        assert!(catch_unwind(AssertUnwindSafe(|| all.next().is_none())).is_err());
        assert_eq!(names(&mut all), ["three"]);
    }
}
