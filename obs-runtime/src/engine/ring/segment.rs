//! A piece of a ring: words, written from the front, and the piece that comes after it.
//!
//! Unsynchronised: the ring's count of pushed records says who may touch what.

use std::ptr;

use super::super::sync::UnsafeCell;

/// Records are preceded by a word with their length in bytes, and padded to whole words.
pub(super) const WORD: usize = 8;

/// In the place of a length: the next record is in the next segment.
const MOVED_ON: u64 = u64::MAX;

pub(super) struct Segment {
    words: Box<[UnsafeCell<u64>]>,
    next: UnsafeCell<*mut Segment>,
}

// SAFETY: it owns what it points to only through the ring, whose ends are both `Send`.
unsafe impl Send for Segment {}

/// What stands at a place of a segment.
pub(super) enum Found {
    /// A record of so many bytes.
    Record(usize),
    /// Nothing: reading goes on in that segment.
    Next(*mut Segment),
}

impl Segment {
    /// Makes a zeroed segment of `bytes`, rounded up to whole words.
    pub(super) fn new(bytes: usize) -> Box<Self> {
        let words = (0..bytes.div_ceil(WORD)).map(|_| UnsafeCell::new(0)).collect();
        Box::new(Segment { words, next: UnsafeCell::new(ptr::null_mut()) })
    }

    pub(super) fn bytes(&self) -> usize {
        self.words.len() * WORD
    }

    /// Says what stands at `at`.
    ///
    /// # Safety
    /// `at` is where a record ended, or 0; what comes there is published, and the caller is the consumer.
    #[inline]
    pub(super) unsafe fn find(&self, at: usize) -> Found {
        let length = self.words.get(at / WORD).map_or(MOVED_ON, |word| {
            // SAFETY: published, and the producer never writes to a published word again.
            unsafe { get(word) }
        });
        if length != MOVED_ON {
            return Found::Record(usize::try_from(length).unwrap_or(0));
        }
        // SAFETY: the producer linked the next segment before it published a record in it.
        Found::Next(unsafe { get(&self.next) })
    }

    /// Returns the next segment, or null; for who owns the whole chain.
    pub(super) fn next(&mut self) -> *mut Segment {
        // SAFETY: the borrow is exclusive.
        unsafe { get(&self.next) }
    }

    /// Forgets the next segment, before it is used again.
    pub(super) fn unlink(&mut self) {
        // SAFETY: the borrow is exclusive.
        unsafe { set(&self.next, ptr::null_mut()) };
    }

    /// Ends the segment at `at` and links `next`.
    ///
    /// # Safety
    /// The caller is the producer, and has written nothing behind `at`.
    pub(super) unsafe fn move_on(&self, at: usize, next: *mut Segment) {
        if let Some(word) = self.words.get(at / WORD) {
            // SAFETY: not published, and the caller is the only one who writes.
            unsafe { set(word, MOVED_ON) };
        }
        // SAFETY: nobody reads the link before a record behind it is published.
        unsafe { set(&self.next, next) };
    }
}

/// # Safety
/// Nobody writes to the cell at the same time.
#[cfg(not(obs_loom))]
#[inline]
unsafe fn get<T: Copy>(cell: &UnsafeCell<T>) -> T {
    // SAFETY: as promised by the caller.
    unsafe { *cell.get() }
}

/// # Safety
/// Nobody else touches the cell at the same time.
#[cfg(not(obs_loom))]
#[inline]
unsafe fn set<T: Copy>(cell: &UnsafeCell<T>, value: T) {
    // SAFETY: as promised by the caller.
    unsafe { *cell.get() = value };
}

#[cfg(not(obs_loom))]
impl Segment {
    /// Lets `write` fill a record of `len` bytes at `at`.
    ///
    /// # Safety
    /// The caller is the producer; word, record and padding fit behind `at`, a multiple of [`WORD`]; nothing there is
    /// published.
    #[inline]
    pub(super) unsafe fn fill(&self, at: usize, len: usize, write: impl FnOnce(&mut [u8])) {
        debug_assert!(at.is_multiple_of(WORD) && at + WORD + len <= self.bytes());
        // The whole of the words is borrowed as cells, so that writing through a pointer to them is allowed.
        let start = self.words.as_ptr().cast_mut().cast::<u8>();
        // SAFETY: inside the allocation, aligned, initialised when it was made, and only this thread's until published.
        let record = unsafe {
            start.add(at).cast::<u64>().write(len as u64);
            std::slice::from_raw_parts_mut(start.add(at + WORD), len)
        };
        write(record);
    }

    /// Shows the record of `len` bytes at `at` to `each`.
    ///
    /// # Safety
    /// As for [`Segment::find`], which found the record.
    #[inline]
    pub(super) unsafe fn show<R>(&self, at: usize, len: usize, each: impl FnOnce(&[u8]) -> R) -> R {
        let start = self.words.as_ptr().cast::<u8>();
        // SAFETY: the record is published and inside the allocation, and the producer will not write there.
        each(unsafe { std::slice::from_raw_parts(start.add(at + WORD), len) })
    }
}

/// Under loom a record goes through its cells word by word, so that every conflicting access is seen.
#[cfg(obs_loom)]
impl Segment {
    pub(super) unsafe fn fill(&self, at: usize, len: usize, write: impl FnOnce(&mut [u8])) {
        let mut bytes = vec![0; len.next_multiple_of(WORD)];
        write(&mut bytes[..len]);
        // SAFETY: of the model: loom checks what the caller promises.
        unsafe { set(&self.words[at / WORD], len as u64) };
        for (word, bytes) in self.words[at / WORD + 1..].iter().zip(bytes.chunks(WORD)) {
            // SAFETY: as above.
            unsafe { set(word, u64::from_le_bytes(bytes.try_into().unwrap())) };
        }
    }

    pub(super) unsafe fn show<R>(&self, at: usize, len: usize, each: impl FnOnce(&[u8]) -> R) -> R {
        let words = self.words[at / WORD + 1..].iter().take(len.div_ceil(WORD));
        // SAFETY: of the model: loom checks what the caller promises.
        let bytes: Vec<u8> = words.flat_map(|w| unsafe { get(w) }.to_le_bytes()).collect();
        each(&bytes[..len])
    }
}

#[cfg(obs_loom)]
unsafe fn get<T: Copy>(cell: &UnsafeCell<T>) -> T {
    // SAFETY: loom checks it.
    cell.with(|p| unsafe { *p })
}

#[cfg(obs_loom)]
unsafe fn set<T: Copy>(cell: &UnsafeCell<T>, value: T) {
    // SAFETY: loom checks it.
    cell.with_mut(|p| unsafe { *p = value })
}
