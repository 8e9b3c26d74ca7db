//! The wire formats: from the bytes of a header to what they say, and back.
//!
//! Lengths come first: nothing looks at more than a few kilobytes, however long a header is or often it comes. Nothing is
//! allocated but what is kept, once it was accepted.

pub(super) mod b3;
pub(super) mod baggage;
pub(super) mod correlation;
pub(crate) mod hex;
mod list;
mod text;
pub(super) mod traceparent;
pub(super) mod tracestate;
pub mod wire;

use std::ops::ControlFlow;

use super::Carrier;
use super::rejected::Reason;
use list::{is_space, trimmed};

/// Returns the one value of a header, read without the white space around it. A header that came twice is refused, as is
/// one of more than `most` bytes, which nobody looks at.
fn one<T>(
    carrier: &(impl Carrier + ?Sized),
    name: &str,
    most: usize,
    read: impl Fn(&[u8]) -> Result<T, Reason>,
) -> Result<Option<T>, Reason> {
    let mut found = None;
    let _last = carrier.get_all(name, &mut |value| {
        if found.is_some() {
            found = Some(Err(Reason::Repeated));
            return ControlFlow::Break(());
        }
        found = Some(if value.len() > most { Err(Reason::Length) } else { read(trimmed(value, is_space)) });
        ControlFlow::Continue(())
    });
    found.transpose()
}

/// Returns the first value of a header, likewise.
fn first<T>(
    carrier: &(impl Carrier + ?Sized),
    name: &str,
    most: usize,
    mut read: impl FnMut(&[u8]) -> Result<T, Reason>,
) -> Result<Option<T>, Reason> {
    let mut found = None;
    let _last = carrier.get_all(name, &mut |value| {
        found = Some(if value.len() > most { Err(Reason::Length) } else { read(trimmed(value, is_space)) });
        ControlFlow::Break(())
    });
    found.transpose()
}

/// Returns the `N` bytes at a place.
fn part<const N: usize>(bytes: &[u8], at: usize) -> Option<&[u8; N]> {
    bytes.get(at..)?.first_chunk()
}

/// Tells whether all bytes are such. The compiler compares the bytes of a step at once; the last step overlaps the one before,
/// so that none is left for a slower loop.
#[inline]
fn all(bytes: &[u8], is: impl Fn(u8) -> bool) -> bool {
    if let Some(last) = bytes.last_chunk::<32>() {
        bytes.as_chunks::<32>().0.iter().all(|step| each(step, &is)) && each(last, &is)
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<16>(), bytes.last_chunk::<16>()) {
        each(first, &is) & each(last, &is)
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        each(first, &is) & each(last, &is)
    } else {
        bytes.iter().all(|byte| is(*byte))
    }
}

/// Does not stop at the first that is not.
#[inline]
fn each<const N: usize>(step: &[u8; N], is: impl Fn(u8) -> bool) -> bool {
    step.iter().fold(true, |so_far, byte| so_far & is(*byte))
}
