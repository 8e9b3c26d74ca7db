//! Headers that are lists: however many lines, combined in their order, with commas between their members.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::super::Carrier;
use super::super::rejected::Reason;
use super::all;

/// What a list header holds, as far as anybody looks at it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Combined<'a> {
    /// Its lines with commas between them; where it is too long, one byte more than it may have.
    pub(super) text: &'a [u8],
    /// Why there is more than that.
    pub(super) rest: Option<Reason>,
}

/// Calls `read` with a list header (RFC 9110, section 5.3), of which at most `LINES` lines and `ROOM` bytes are looked at:
/// one byte more than it may have. `None` where it did not come.
pub(super) fn combined<const LINES: usize, const ROOM: usize, R>(
    carrier: &(impl Carrier + ?Sized),
    name: &str,
    mut read: impl FnMut(Combined<'_>) -> R,
) -> Option<R> {
    let (mut lines, mut bytes) = (0, 0_usize);
    let _last = carrier.get_all(name, &mut |line| {
        lines += 1;
        bytes = bytes.saturating_add(line.len()).saturating_add(usize::from(lines > 1));
        if lines > LINES || bytes >= ROOM { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    match lines {
        0 => None,
        1 => {
            let mut result = None;
            let _last = carrier.get_all(name, &mut |line| {
                let text = line.get(..ROOM).unwrap_or(line);
                result = Some(read(Combined { text, rest: (text.len() == ROOM).then_some(Reason::TooLong) }));
                ControlFlow::Break(())
            });
            result
        }
        _ => Some(joined::<LINES, ROOM, R>(carrier, name, &mut read)),
    }
}

/// The rare case: it is put together on the stack.
#[inline(never)]
fn joined<const LINES: usize, const ROOM: usize, R>(
    carrier: &(impl Carrier + ?Sized),
    name: &str,
    read: &mut impl FnMut(Combined<'_>) -> R,
) -> R {
    let mut room = Room::<ROOM>::new();
    let (mut lines, mut rest) = (0, None);
    let _last = carrier.get_all(name, &mut |line| {
        lines += 1;
        if lines > LINES {
            rest = Some(Reason::TooManyMembers);
        } else if (lines > 1 && !room.push(b",")) || !room.push(line) || room.is_full() {
            rest = Some(Reason::TooLong);
        }
        if rest.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    read(Combined { text: room.bytes(), rest })
}

/// Bytes on the stack.
struct Room<const ROOM: usize> {
    bytes: [u8; ROOM],
    used: usize,
}

impl<const ROOM: usize> Room<ROOM> {
    fn new() -> Self {
        Room { bytes: [0; ROOM], used: 0 }
    }

    /// Appends as many bytes as there is room for; tells whether that was all.
    fn push(&mut self, bytes: &[u8]) -> bool {
        let Some(free) = self.bytes.get_mut(self.used..) else { return false };
        let fit = free.len().min(bytes.len());
        if let (Some(free), Some(bytes)) = (free.get_mut(..fit), bytes.get(..fit)) {
            free.copy_from_slice(bytes);
        }
        self.used += fit;
        fit == bytes.len()
    }

    fn is_full(&self) -> bool {
        self.used == ROOM
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.used).unwrap_or_default()
    }
}

/// Returns the members of a list, without the white space around them; those that are empty are left out. Ends before the
/// member after `most`, empty ones among them.
pub(super) fn members(text: &[u8], most: usize) -> impl Iterator<Item = &[u8]> {
    pieces(text).take(most).map(trimmed).filter(|member| !member.is_empty())
}

/// Returns what stands between the commas.
pub(super) fn pieces(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = Some(0);
    let mut commas = memchr::memchr_iter(b',', text);
    std::iter::from_fn(move || {
        let from = start?;
        let comma = commas.next();
        start = comma.map(|at| at + 1);
        text.get(from..comma.unwrap_or(text.len()))
    })
}

/// Returns the members as a text of their own, with nothing but commas between them; `None` where there are none. `length`
/// is what that takes, and `members` gives them anew.
pub(super) fn kept<'a, const ROOM: usize, I: Iterator<Item = &'a [u8]>>(
    text: &'a [u8],
    length: usize,
    members: impl FnOnce() -> I,
) -> Option<Arc<str>> {
    if length == text.len() {
        return arc(text);
    }
    rewritten::<ROOM>(&mut members())
}

#[inline(never)]
fn rewritten<const ROOM: usize>(members: &mut dyn Iterator<Item = &[u8]>) -> Option<Arc<str>> {
    let mut room = Room::<ROOM>::new();
    for (number, member) in members.enumerate() {
        let _it_fits = (number == 0 || room.push(b",")) && room.push(member);
    }
    arc(room.bytes())
}

fn arc(text: &[u8]) -> Option<Arc<str>> {
    std::str::from_utf8(text).ok().filter(|text| !text.is_empty()).map(Arc::from)
}

/// Returns a value without the white space that may stand around it (RFC 9110, section 5.6.3).
#[inline]
pub(super) fn trimmed(value: &[u8]) -> &[u8] {
    match value {
        [b' ' | b'\t', ..] | [.., b' ' | b'\t'] => trimmed_slowly(value),
        _ => value,
    }
}

/// Hostile ones have nothing else: it goes in large steps first.
fn trimmed_slowly(mut value: &[u8]) -> &[u8] {
    let is_space = |byte| matches!(byte, b' ' | b'\t');
    while let Some((step, rest)) = value.split_first_chunk::<64>()
        && all(step, is_space)
    {
        value = rest;
    }
    while let [b' ' | b'\t', rest @ ..] = value {
        value = rest;
    }
    while let Some((rest, step)) = value.split_last_chunk::<64>()
        && all(step, is_space)
    {
        value = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}
