//! Field values on their way into bytes, straight from `tracing`.

use std::cell::Cell;
use std::error::Error;
use std::fmt::{self, Write};
use std::mem;
use std::sync::Arc;

use tracing_core::Field;
use tracing_core::field::Visit;

use super::entry::{Entry, Fixed, Scalar, WORD, last_word, text_head, text_words, words};
use super::flags;
use crate::engine::arena::INLINE;
use crate::hostile;
use crate::record::Sink;

/// The bytes of fields that one record may have: a ring takes no record of more than a quarter of its bound.
pub(crate) const MOST: usize = 64 << 10;

/// The bytes that a lent buffer may keep.
const KEPT: usize = 4096;

/// Writes fields: the first ones to a buffer of its own, what does not fit to one that grows. An entry is never divided.
pub(crate) struct Encoder<'a> {
    inline: [u64; INLINE],
    /// Words of it that are used.
    length: usize,
    /// Empty and without memory until something is put there: then it is `lent`.
    spilled: Vec<u8>,
    lent: &'a Cell<Vec<u8>>,
    value_length: usize,
    /// Counts what is cut.
    sink: &'a Arc<dyn Sink>,
    named: bool,
    failed: bool,
}

impl<'a> Encoder<'a> {
    /// Makes an encoder. It borrows what is `lent`, if it needs that: who finds it lent out gets a new one. Texts are cut
    /// after `value_length` bytes, and `sink` counts them.
    #[inline(always)]
    pub(crate) fn new(lent: &'a Cell<Vec<u8>>, value_length: usize, sink: &'a Arc<dyn Sink>) -> Self {
        let spilled = Vec::new();
        Encoder {
            inline: [0; INLINE],
            length: 0,
            spilled,
            lent,
            value_length,
            sink,
            named: false,
            failed: false,
        }
    }

    /// Returns the fields that fit, as bytes that it puts into `room`.
    pub(crate) fn inline<'b>(&self, room: &'b mut [u8; INLINE * WORD]) -> &'b [u8] {
        for (to, word) in room.as_chunks_mut::<WORD>().0.iter_mut().zip(self.words()) {
            *to = word.to_le_bytes();
        }
        room.get(..self.length * WORD).unwrap_or_default()
    }

    /// Returns the words of the fields that fit.
    #[inline]
    pub(crate) fn words(&self) -> &[u64] {
        self.inline.get(..self.length).unwrap_or_default()
    }

    /// Returns the bytes of the others.
    #[inline]
    pub(crate) fn spilled(&self) -> &[u8] {
        &self.spilled
    }

    /// Returns the flags of a span with these fields: whether one gave it another name, or said that it failed.
    #[inline]
    pub(crate) fn flags(&self) -> u16 {
        let named = if self.named { flags::NAMED } else { 0 };
        let failed = if self.failed { flags::WANTED } else { 0 };
        named | failed
    }

    /// Makes room for an entry of `count` words.
    #[inline]
    fn room(&mut self, count: usize) -> Option<&mut [u64]> {
        let (at, end) = (self.length, self.length + count);
        if !self.spilled.is_empty() || end > INLINE {
            return None;
        }
        self.length = end;
        self.inline.get_mut(at..end)
    }

    #[inline(always)]
    fn fixed(&mut self, field: &Field, value: Fixed) {
        let (words, count) = words(index(field), value);
        match self.inline.get_mut(self.length..).and_then(|left| left.first_chunk_mut()) {
            // Both, whether they are two or not: the next entry begins where this one ends.
            Some(to) if self.spilled.is_empty() => {
                *to = words;
                self.length += count;
            }
            _ => self.spill_fixed(index(field), value),
        }
    }

    #[cold]
    #[inline(never)]
    fn spill_fixed(&mut self, field: u16, value: Fixed) {
        self.spill(&Entry::Field(field, value.into()));
    }

    #[cold]
    #[inline(never)]
    fn spill(&mut self, entry: &Entry<'_>) {
        if self.spilled.is_empty() {
            self.spilled = self.lent.take();
        }
        entry.write(&mut self.spilled);
    }

    /// Writes a text; `shortened` tells that it is not all that was to be said.
    #[inline]
    fn str(&mut self, field: &Field, value: &str, shortened: bool) {
        let is_short = value.len() <= self.value_length && value.len() < INLINE * WORD;
        if is_short && !shortened && !may_speak(field) {
            self.put_text(index(field), value);
        } else {
            self.any_str(field, value, shortened);
        }
    }

    /// Does so for what few texts are.
    #[inline(never)]
    fn any_str(&mut self, field: &Field, value: &str, shortened: bool) {
        self.notice(field, value);
        // What is left goes to those that come later as well.
        let left = MOST.saturating_sub(self.spilled.len()) / 2;
        let kept = cut(value, self.value_length.min(left));
        if (shortened || kept.len() < value.len()) && self.lacks_room(kept, left) {
            return;
        }
        self.put_text(index(field), kept);
    }

    #[inline]
    fn put_text(&mut self, field: u16, value: &str) {
        let Some([head, text @ ..]) = self.room(1 + text_words(value.len())) else {
            return self.spill(&Entry::Field(field, Scalar::Str(value)));
        };
        *head = text_head(field, value.len());
        for (to, from) in text.iter_mut().zip(value.as_bytes().as_chunks::<WORD>().0) {
            *to = u64::from_le_bytes(*from);
        }
        if let [.., last] = text
            && !value.len().is_multiple_of(WORD)
        {
            *last = last_word(value.as_bytes());
        }
    }

    /// Counts a text that was cut. True where nothing of it fits: then it is a field that was dropped.
    #[cold]
    fn lacks_room(&mut self, kept: &str, left: usize) -> bool {
        if kept.is_empty() && left < self.value_length {
            self.spill(&Entry::DroppedFields(1));
            return true;
        }
        self.sink.truncated(1);
        false
    }

    /// Writes a value as text. Its implementation is the user's: one that fails leaves what it wrote, one that panics a mark.
    fn text(&mut self, field: &Field, value: &dyn fmt::Display) {
        let left = self.value_length.min(MOST);
        let (buffer, long) = ([0; INLINE * WORD], String::new());
        let mut text = Text { encoder: self, left, shortened: false, buffer, length: 0, long };
        if hostile::guarded(|| write!(text, "{value}")).is_none() {
            let _room_for_all = text.write_str(hostile::PANICKED);
        }
        text.end(field);
    }

    /// Looks for the names that speak to us.
    #[inline]
    fn notice(&mut self, field: &Field, value: &str) {
        let name = field.name();
        if name.starts_with("otel.") {
            self.named |= name == "otel.name";
            self.failed |= name == "otel.status_description"
                || name == "otel.status_code" && value.eq_ignore_ascii_case("error");
        }
    }
}

impl Drop for Encoder<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.spilled.capacity() > 0 {
            self.spilled.clear();
            self.spilled.shrink_to(KEPT);
            self.lent.set(mem::take(&mut self.spilled));
        }
    }
}

/// A text of unknown length, up to the limit.
struct Text<'a, 'b> {
    encoder: &'a mut Encoder<'b>,
    /// Bytes that may still come.
    left: usize,
    /// Something was cut.
    shortened: bool,
    buffer: [u8; INLINE * WORD],
    length: usize,
    /// Takes over when the buffer is full.
    long: String,
}

impl Write for Text<'_, '_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        let kept = cut(piece, self.left);
        self.shortened |= kept.len() < piece.len();
        self.left = if self.shortened { 0 } else { self.left - kept.len() };
        let end = self.length + kept.len();
        match self.buffer.get_mut(self.length..end) {
            Some(room) if self.long.is_empty() => {
                room.copy_from_slice(kept.as_bytes());
                self.length = end;
            }
            _ => {
                if self.long.is_empty() {
                    let short = self.buffer.get(..self.length).unwrap_or_default();
                    self.long = String::from_utf8_lossy(short).into_owned();
                }
                self.long.push_str(kept);
            }
        }
        Ok(())
    }
}

impl Text<'_, '_> {
    fn end(self, field: &Field) {
        let Text { encoder, left: _, shortened, buffer, length, long } = self;
        let short = buffer.get(..length).unwrap_or_default();
        let short = std::str::from_utf8(short).unwrap_or_default(); // whole pieces of UTF-8
        encoder.str(field, if long.is_empty() { short } else { &long }, shortened);
    }
}

/// Tells whether a field may be one that speaks to us.
#[inline]
fn may_speak(field: &Field) -> bool {
    field.name().as_bytes().first() == Some(&b'o')
}

fn index(field: &Field) -> u16 {
    u16::try_from(field.index()).unwrap_or(u16::MAX - 1)
}

/// Cuts a text to at most `most` bytes, on a character's boundary.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most { text } else { text.get(..text.floor_char_boundary(most)).unwrap_or_default() }
}

impl Visit for Encoder<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.fixed(field, Fixed::Double(value));
    }

    #[inline]
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.fixed(field, Fixed::Int(value));
    }

    #[inline]
    fn record_u64(&mut self, field: &Field, value: u64) {
        match i64::try_from(value) {
            Ok(value) => self.fixed(field, Fixed::Int(value)),
            Err(_) => self.text(field, &value),
        }
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        match i64::try_from(value) {
            Ok(value) => self.fixed(field, Fixed::Int(value)),
            Err(_) => self.text(field, &value),
        }
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        match i64::try_from(value) {
            Ok(value) => self.fixed(field, Fixed::Int(value)),
            Err(_) => self.text(field, &value),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.fixed(field, Fixed::Bool(value));
    }

    #[inline]
    fn record_str(&mut self, field: &Field, value: &str) {
        self.str(field, value, false);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.text(field, &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, &format_args!("{value:?}"));
    }
}
