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

/// Returns what stands between the commas, without the white space around it; empty where nothing does.
pub(super) fn members(text: &[u8]) -> impl Iterator<Item = Member<'_>> {
    let mut start = Some(0);
    std::iter::from_fn(move || {
        let from = start?;
        let rest = text.get(from..)?;
        // Hostile ones may have nothing else.
        let length = if let [b',', ..] = rest { Some(0) } else { memchr::memchr(b',', rest) };
        start = length.map(|length| from + length + 1);
        let piece = length.map_or(rest, |length| rest.get(..length).unwrap_or_default());
        let begun = trimmed_start(piece);
        Some(Member { start: from + piece.len() - begun.len(), text: trimmed_end(begun) })
    })
}

/// A member, and where it stands in its list.
pub(super) struct Member<'a> {
    start: usize,
    pub(super) text: &'a [u8],
}

/// The members that are kept of a list: how many they are, how long together, and where they stand.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) count: usize,
    length: usize,
    start: usize,
    end: usize,
}

impl Kept {
    /// Adds a member.
    pub(super) fn add(&mut self, member: &Member<'_>) {
        if self.count == 0 {
            self.start = member.start;
        }
        self.length += member.text.len() + usize::from(self.count > 0);
        self.end = member.start + member.text.len();
        self.count += 1;
    }

    /// Returns them as a text of their own with nothing but commas between them; `None` where there are none. `members`
    /// gives them anew, should there be anything else.
    pub(super) fn copied<'a, const ROOM: usize, I: Iterator<Item = &'a [u8]>>(
        &self,
        text: &'a [u8],
        members: impl FnOnce() -> I,
    ) -> Option<Arc<str>> {
        match text.get(self.start..self.end)? {
            [] => None,
            whole if whole.len() == self.length => copied(whole),
            _ => rewritten::<ROOM>(&mut members()),
        }
    }
}

#[inline(never)]
fn rewritten<const ROOM: usize>(members: &mut dyn Iterator<Item = &[u8]>) -> Option<Arc<str>> {
    let mut room = Room::<ROOM>::new();
    for (number, member) in members.enumerate() {
        let _it_fits = (number == 0 || room.push(b",")) && room.push(member);
    }
    copied(room.bytes())
}

fn copied(text: &[u8]) -> Option<Arc<str>> {
    std::str::from_utf8(text).ok().map(Arc::from)
}

/// Returns a value without the white space that may stand around it (RFC 9110, section 5.6.3).
#[inline]
pub(super) fn trimmed(value: &[u8]) -> &[u8] {
    trimmed_end(trimmed_start(value))
}

fn is_space(byte: u8) -> bool {
    (byte == b' ') | (byte == b'\t')
}

/// Hostile ones have nothing else: it goes in large steps first.
#[inline]
fn trimmed_start(mut value: &[u8]) -> &[u8] {
    let [b' ' | b'\t', ..] = value else { return value };
    while let Some((step, rest)) = value.split_first_chunk::<64>()
        && all(step, is_space)
    {
        value = rest;
    }
    while let [b' ' | b'\t', rest @ ..] = value {
        value = rest;
    }
    value
}

#[inline]
fn trimmed_end(mut value: &[u8]) -> &[u8] {
    let [.., b' ' | b'\t'] = value else { return value };
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
