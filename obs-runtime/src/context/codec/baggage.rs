//! The `baggage` header (W3C Baggage, section 3).

use std::ops::ControlFlow;
use std::sync::Arc;

use super::super::Carrier;
use super::super::rejected::Reason;
use super::trimmed;

/// The header.
pub(in crate::context) const NAME: &str = "baggage";

/// The bytes that all headers may have together, with the commas between them (section 3.3.2).
pub(in crate::context) const BYTES: usize = 8192;
/// The members that it may have.
pub(in crate::context) const MEMBERS: usize = 64;

/// Reads the baggage that came in however many headers, combined in their order. What goes beyond the limits is cut off by
/// whole members, and said so.
pub(in crate::context) fn read(carrier: &(impl Carrier + ?Sized)) -> (Option<Arc<str>>, Option<Reason>) {
    let mut all = String::new();
    let mut reason = None;
    let _broken = carrier.get_all(NAME, &mut |value| match std::str::from_utf8(trimmed(value)) {
        Ok(text) if all.len() + text.len() < BYTES => {
            if !all.is_empty() && !text.is_empty() {
                all.push(',');
            }
            all.push_str(text);
            ControlFlow::Continue(())
        }
        _ => {
            reason = Some(Reason::TooLong);
            ControlFlow::Break(())
        }
    });
    ((!all.is_empty()).then(|| Arc::from(all)), reason)
}

/// One member, as it stands on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::context) struct Member<'a> {
    pub(in crate::context) key: &'a str,
    /// Percent-encoded.
    pub(in crate::context) value: &'a str,
    /// Its properties, without the semicolon before them; empty where there are none.
    pub(in crate::context) properties: &'a str,
}

/// Returns the members of what [`read`] gave; those that break the grammar are left out.
pub(in crate::context) fn members(text: &str) -> impl Iterator<Item = Member<'_>> {
    text.split(',').filter_map(|member| {
        let (pair, properties) = member.split_once(';').unwrap_or((member, ""));
        let (key, value) = pair.split_once('=')?;
        Some(Member { key: key.trim(), value: value.trim(), properties: properties.trim() })
    })
}

/// Tells whether a text is a name: a token (RFC 9110, section 5.6.2).
pub(in crate::context) fn is_key(text: &str) -> bool {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text.bytes().all(is_token)
}

/// Appends a value as it travels: percent-encoded.
pub(in crate::context) fn encode(value: &str, out: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_graphic() && !b"\",;\\%".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let hex = b"0123456789ABCDEF";
            let digit = |nibble: u8| hex.get(usize::from(nibble)).copied().map_or('0', char::from);
            out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

/// Returns a value as it was meant.
pub(in crate::context) fn decode(value: &str) -> std::borrow::Cow<'_, str> {
    if !value.contains('%') {
        return value.into();
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = |b: u8| char::from(b).to_digit(16).map(|d| d as u8);
        if let (b'%', [high, low, after @ ..]) = (*first, after)
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            bytes.push(high << 4 | low);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned().into()
}
