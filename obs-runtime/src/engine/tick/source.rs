//! What ticks: the processor's time stamp counter where it can be trusted, the operating system's clock elsewhere.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;

const UNKNOWN: u8 = 0;
const COUNTER: u8 = 1;
const SYSTEM: u8 = 2;

/// Which of them it is; found out once, by the first who asks.
static SOURCE: AtomicU8 = AtomicU8::new(UNKNOWN);

/// What the system's clock is counted from.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Reads the clock.
#[inline]
pub(super) fn read() -> u64 {
    if SOURCE.load(Ordering::Relaxed) == COUNTER { counter() } else { read_slowly() }
}

#[cold]
fn read_slowly() -> u64 {
    if SOURCE.load(Ordering::Relaxed) == UNKNOWN {
        let found = if counter_is_good() { COUNTER } else { SYSTEM };
        SOURCE.store(found, Ordering::Relaxed);
        super::SCALE.begin();
        return read();
    }
    u64::try_from(BEGAN.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Tells whether a tick is a nanosecond.
pub(super) fn is_nanos() -> bool {
    read();
    SOURCE.load(Ordering::Relaxed) == SYSTEM
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn counter() -> u64 {
    // SAFETY: every x86-64 processor has the instruction, and no operating system that threads run on forbids it.
    unsafe { core::arch::x86_64::_rdtsc() }
}

#[cfg(not(target_arch = "x86_64"))]
fn counter() -> u64 {
    0
}

/// The counter must run at one speed in every state of the processor, and the kernel must not have found that it
/// differs between processors: it takes such a counter off its list of clocks.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn counter_is_good() -> bool {
    use core::arch::x86_64::__cpuid;
    const POWER: u32 = 0x8000_0007;
    const INVARIANT: u32 = 1 << 8;
    const CLOCKS: &str = "/sys/devices/system/clocksource/clocksource0/available_clocksource";
    let invariant = __cpuid(0x8000_0000).eax >= POWER && __cpuid(POWER).edx & INVARIANT != 0;
    invariant
        && std::fs::read_to_string(CLOCKS).is_ok_and(|clocks| clocks.split_whitespace().any(|c| c == "tsc"))
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn counter_is_good() -> bool {
    false
}
