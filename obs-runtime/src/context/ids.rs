//! Trace and span identifiers.

use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::num::{NonZeroU64, NonZeroU128};
use std::sync::{Arc, Once};

use crate::engine::fork;

/// A trace id: 16 bytes, never all zero (W3C Trace Context, section 3.2.2.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId(NonZeroU128);

/// A span id: 8 bytes, never all zero (W3C Trace Context, section 3.2.2.4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId(NonZeroU64);

impl TraceId {
    /// Makes an id of a number; `None` for zero.
    pub const fn new(value: u128) -> Option<Self> {
        match NonZeroU128::new(value) {
            Some(v) => Some(TraceId(v)),
            None => None,
        }
    }

    /// Makes a random id; all 128 bits are random.
    pub fn random() -> Self {
        let value = (u128::from(random_u64()) << 64) | u128::from(random_u64());
        TraceId(NonZeroU128::new(value).unwrap_or(NonZeroU128::MIN))
    }

    /// Returns the id as a number; its big-endian bytes are the wire form.
    pub const fn get(self) -> u128 {
        self.0.get()
    }
}

impl SpanId {
    /// Makes an id of a number; `None` for zero.
    pub const fn new(value: u64) -> Option<Self> {
        match NonZeroU64::new(value) {
            Some(v) => Some(SpanId(v)),
            None => None,
        }
    }

    /// Makes a random id.
    pub fn random() -> Self {
        SpanId(NonZeroU64::new(random_u64()).unwrap_or(NonZeroU64::MIN))
    }

    /// Returns the id as a number; its big-endian bytes are the wire form.
    pub const fn get(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What identifies a span everywhere: the part that travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanContext {
    /// The trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// The trace flags; bit 0 is `sampled`, bit 1 `random` (W3C Trace Context level 2, section 3.2.2.5).
    pub flags: u8,
    /// The `tracestate` header as it came, vendors' own; passed on untouched.
    pub tracestate: Option<Arc<str>>,
}

impl SpanContext {
    /// The bit of `flags` that says the trace is recorded.
    pub const SAMPLED: u8 = 0x01;
    /// The bit of `flags` that says the trace id's right-most 7 bytes are random.
    pub const RANDOM: u8 = 0x02;

    /// Tells whether the trace is recorded.
    pub const fn is_sampled(&self) -> bool {
        self.flags & Self::SAMPLED != 0
    }
}

thread_local! {
    /// A generator. 0 is not seeded yet; should it come by there, it is seeded once more.
    static STATE: Cell<u64> = const { Cell::new(0) };
}

/// A 64-bit random number from a per-thread generator (splitmix64), seeded by the standard library's keyed hasher.
#[inline]
fn random_u64() -> u64 {
    let next = |state: u64| state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let state = STATE
        .try_with(|s| {
            let known = s.get();
            let v = next(if known == 0 { seed() } else { known });
            s.set(v);
            v
        })
        .unwrap_or_else(|_| seed());
    let mut z = state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Makes the first state of a thread's generator.
///
/// `RandomState` takes its keys from the operating system, once per thread, and steps them on every call. A process that is
/// forked off has the same ones, and another number.
#[cold]
fn seed() -> u64 {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| fork::in_child(forget));
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u64(crate::clock::unix_nanos());
    hasher.write_u32(std::process::id());
    hasher.finish()
}

/// Has the thread's generator seeded anew: a process that was forked off must not repeat what its parent draws.
extern "C" fn forget() {
    let _thread_ends = STATE.try_with(|state| state.set(0));
}
