//! Headers that are lists: however many lines, combined in their order, with commas between their members.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::super::Carrier;
use super::super::rejected::Reason;
use super::all;

/// What a list header holds, as far as anybody looks at it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Combined<'a> {
    /// Its lines with commas between them.
    pub(super) text: &'a [u8],
    /// Why there is more than that.
    pub(super) rest: Option<Reason>,
    /// Whether the text ends within a line: with the byte that is one too many.
    pub(super) is_cut: bool,
}

/// Calls `read` with a list header (RFC 9110, section 5.3), of which at most `LINES` lines and `ROOM` bytes are looked at:
/// one byte more than it may have. `None` where it did not come.
pub(super) fn combined<const LINES: usize, const ROOM: usize, R>(
    carrier: &(impl Carrier + ?Sized),
    name: &str,
    mut read: impl FnMut(Combined<'_>) -> R,
) -> Option<R> {
    let mut lines = 0;
    let _last = carrier.get_all(name, &mut |_| {
        lines += 1;
        if lines > 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    match lines {
        0 => None,
        1 => {
            let mut result = None;
            let _last = carrier.get_all(name, &mut |line| {
                result = Some(read(within(line, ROOM)));
                ControlFlow::Break(())
            });
            result
        }
        _ => Some(joined::<LINES, ROOM, R>(carrier, name, &mut read)),
    }
}

/// Returns the beginning of a line that has to have less than `room` bytes.
fn within(line: &[u8], room: usize) -> Combined<'_> {
    let is_cut = line.len() >= room;
    let text = line.get(..room).unwrap_or(line);
    Combined { text, rest: is_cut.then_some(Reason::TooLong), is_cut }
}

/// The rare case: it is put together on the stack. Lines that are empty add nothing.
#[inline(never)]
fn joined<const LINES: usize, const ROOM: usize, R>(
    carrier: &(impl Carrier + ?Sized),
    name: &str,
    read: &mut impl FnMut(Combined<'_>) -> R,
) -> R {
    let mut room = Room::<ROOM>::new();
    let (mut lines, mut bytes) = (0, 0);
    let (mut rest, mut is_cut) = (None, false);
    let _last = carrier.get_all(name, &mut |line| {
        lines += 1;
        if lines > LINES {
            rest = Some(Reason::TooManyMembers);
            return ControlFlow::Break(());
        }
        let part = within(line, ROOM.saturating_sub(bytes));
        // White space counts, too: it is looked at.
        bytes += line.len() + usize::from(!line.is_empty());
        let text = trimmed_start(part.text, is_blank);
        if !text.is_empty() {
            room.push_member(if part.is_cut { text } else { trimmed_end(text, is_blank) });
            is_cut = part.is_cut;
        }
        rest = part.rest;
        if rest.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    read(Combined { text: room.bytes(), rest, is_cut })
}

/// Bytes on the stack.
pub(super) struct Room<const ROOM: usize> {
    bytes: [u8; ROOM],
    used: usize,
}

impl<const ROOM: usize> Room<ROOM> {
    pub(super) fn new() -> Self {
        Room { bytes: [0; ROOM], used: 0 }
    }

    /// Appends as many bytes as there is room for.
    fn push(&mut self, bytes: &[u8]) {
        let free = self.bytes.get_mut(self.used..).unwrap_or_default();
        let fit = free.len().min(bytes.len());
        if let (Some(free), Some(bytes)) = (free.get_mut(..fit), bytes.get(..fit)) {
            free.copy_from_slice(bytes);
        }
        self.used += fit;
    }

    /// Appends a member, after a comma where it is not the first.
    pub(super) fn push_member(&mut self, member: &[u8]) {
        if self.used > 0 {
            self.push(b",");
        }
        self.push(member);
    }

    pub(super) fn bytes(&self) -> &[u8] {
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
        let begun = trimmed_start(piece, is_space);
        Some(Member { start: from + piece.len() - begun.len(), text: trimmed_end(begun, is_space) })
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
            whole if whole.len() == self.length => copied(whole),
            _ => rewritten::<ROOM>(&mut members()),
        }
    }
}

#[inline(never)]
fn rewritten<const ROOM: usize>(members: &mut dyn Iterator<Item = &[u8]>) -> Option<Arc<str>> {
    let mut room = Room::<ROOM>::new();
    members.for_each(|member| room.push_member(member));
    copied(room.bytes())
}

/// Returns a text of its own; `None` for an empty one.
pub(super) fn copied(text: &[u8]) -> Option<Arc<str>> {
    std::str::from_utf8(text).ok().filter(|text| !text.is_empty()).map(Arc::from)
}

/// Tells whether a byte is white space (RFC 9110, section 5.6.3).
pub(super) fn is_space(byte: u8) -> bool {
    (byte == b' ') | (byte == b'\t')
}

/// Tells whether a byte is none of a member at the end of a list.
pub(super) fn is_blank(byte: u8) -> bool {
    is_space(byte) | (byte == b',')
}

/// Returns a value without such bytes around it.
#[inline]
pub(super) fn trimmed(value: &[u8], is: impl Fn(u8) -> bool) -> &[u8] {
    trimmed_end(trimmed_start(value, &is), &is)
}

/// Hostile ones have nothing else: it goes in large steps first.
#[inline]
fn trimmed_start(mut value: &[u8], is: impl Fn(u8) -> bool) -> &[u8] {
    while let Some((step, rest)) = value.split_first_chunk::<64>()
        && value.first().is_some_and(|first| is(*first))
        && all(step, &is)
    {
        value = rest;
    }
    while let Some((first, rest)) = value.split_first()
        && is(*first)
    {
        value = rest;
    }
    value
}

#[inline]
fn trimmed_end(mut value: &[u8], is: impl Fn(u8) -> bool) -> &[u8] {
    while let Some((rest, step)) = value.split_last_chunk::<64>()
        && value.last().is_some_and(|last| is(*last))
        && all(step, &is)
    {
        value = rest;
    }
    while let Some((last, rest)) = value.split_last()
        && is(*last)
    {
        value = rest;
    }
    value
}
