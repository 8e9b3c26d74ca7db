//! What relates ticks to wall time, readable without a lock.

use super::super::sync::{AtomicU64, Ordering, fence, spin};

/// A tick with its wall time, and the scale to go on from there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Anchor {
    pub(crate) tick: u64,
    pub(crate) unix_nanos: u64,
    /// Nanoseconds per tick, as a fraction of 2^32; 0 where none was set yet.
    pub(crate) scale: u64,
}

/// Holds an anchor: one writer at a time, any number of readers, who begin anew when it changes under them.
///
/// The version is odd while it is written. Who saw one even version before and after saw one anchor: had he seen a part
/// of the next, the fences would have let him see its odd version too.
#[derive(Debug)]
pub(crate) struct Holder {
    version: AtomicU64,
    parts: [AtomicU64; 3],
}

impl Holder {
    /// Makes an empty one, of zeroes.
    pub(crate) const fn of([version, a, b, c]: [AtomicU64; 4]) -> Self {
        Holder { version, parts: [a, b, c] }
    }

    #[inline]
    pub(crate) fn get(&self) -> Anchor {
        loop {
            let before = self.version.load(Ordering::Acquire);
            let [tick, unix_nanos, scale] = self.parts.each_ref().map(|part| part.load(Ordering::Relaxed));
            fence(Ordering::Acquire);
            if before.is_multiple_of(2) && self.version.load(Ordering::Relaxed) == before {
                return Anchor { tick, unix_nanos, scale };
            }
            spin();
        }
    }

    /// Sets it. Nobody else may do so at the same time.
    pub(crate) fn set(&self, anchor: Anchor) {
        let version = self.version.load(Ordering::Relaxed);
        self.version.store(version.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        let Anchor { tick, unix_nanos, scale } = anchor;
        for (part, value) in self.parts.iter().zip([tick, unix_nanos, scale]) {
            part.store(value, Ordering::Relaxed);
        }
        self.version.store(version.wrapping_add(2), Ordering::Release);
    }
}
