//! `service.instance.id`: one process among those of its service.

use std::sync::{Mutex, PoisonError};

use crate::context::TraceId;

/// The process that drew it, and what it drew.
static OWN: Mutex<Option<(u32, String)>> = Mutex::new(None);

/// Returns a random UUID (RFC 9562, version 4), the same one for as long as the process lives; one that was forked off it
/// has its own.
pub(super) fn own() -> String {
    let process = std::process::id();
    let mut own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
    match own.as_ref() {
        Some((drawn_by, id)) if *drawn_by == process => id.clone(),
        _ => own.insert((process, uuid(TraceId::random().get()))).1.clone(),
    }
}

/// Writes 128 random bits as a UUID of version 4: six of them say that it is one.
fn uuid(bits: u128) -> String {
    const VERSION: u128 = 0xf << 76;
    const VARIANT: u128 = 0b11 << 62;
    let bits = bits & !VERSION & !VARIANT | 0x4 << 76 | 0b10 << 62;
    let part = |from: u32, digits: u32| bits >> (4 * from) & ((1 << (4 * digits)) - 1);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        part(24, 8),
        part(20, 4),
        part(16, 4),
        part(12, 4),
        part(0, 12)
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_a_uuid_of_version_4() {
        assert_eq!(uuid(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(uuid(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef), "01234567-89ab-4def-8123-456789abcdef");
    }

    #[test]
    fn an_instance_stays_the_same_for_the_process_and_another_draws_its_own() {
        let first = own();
        assert_eq!(own(), first);
        *OWN.lock().unwrap() = Some((0, first.clone())); // as in a child: drawn by another
        let second = own();
        assert_ne!(second, first);
        assert_eq!(own(), second);
    }
}
