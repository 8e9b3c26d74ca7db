//! Percent-encoding of values (W3C Baggage, section 3.3.1.3; RFC 3986, section 2.1).

use std::borrow::Cow;

use super::member::is_octet;

/// Appends a value in the form in which it travels. A plus sign need not be encoded, but some take it for a space.
pub(in crate::context) fn encode(value: &str, out: &mut String) {
    let mut rest = value;
    while let Some(at) = rest.bytes().position(|byte| !is_octet(byte) || matches!(byte, b'%' | b'+')) {
        let (plain, others) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(plain);
        let mut characters = others.chars();
        if let Some(character) = characters.next() {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
            }
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
}

/// RFC 3986 asks for upper case.
fn digit(nibble: u8) -> char {
    char::from_digit(nibble.into(), 16).unwrap_or_default().to_ascii_uppercase()
}

/// Returns a value as it was before it was encoded. Octets that are not UTF-8 become U+FFFD; a percent sign before anything
/// but two digits stands for itself. Allocates only where something was encoded.
pub(in crate::context) fn decode(value: &str) -> Cow<'_, str> {
    if memchr::memchr(b'%', value.as_bytes()).is_none() {
        return Cow::Borrowed(value);
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [byte, others @ ..] = rest {
        let encoded = others.split_first_chunk().filter(|_| *byte == b'%');
        let decoded = encoded.and_then(|(digits, after)| Some((octet(digits)?, after)));
        let (octet, after) = decoded.unwrap_or((*byte, others));
        bytes.push(octet);
        rest = after;
    }
    match String::from_utf8(bytes) {
        Ok(text) => Cow::Owned(text),
        Err(error) => Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()),
    }
}

fn octet(digits: &[u8; 2]) -> Option<u8> {
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    u8::try_from((high? << 4) | low?).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test fails by panicking
mod tests {
    use super::*;

    fn encoded(value: &str) -> String {
        let mut out = String::new();
        encode(value, &mut out);
        out
    }

    #[test]
    fn what_a_value_may_not_hold_is_encoded() {
        for (value, expected) in [
            ("", ""),
            ("alice", "alice"),
            ("DF 28", "DF%2028"),
            ("Amélie", "Am%C3%A9lie"),
            ("100%", "100%25"),
            ("%20", "%2520"),
            ("a,b;c=d\\e\"f", "a%2Cb%3Bc=d%5Ce%22f"),
            ("\0\n\u{7f}\u{1f980}", "%00%0A%7F%F0%9F%A6%80"),
        ] {
            assert_eq!(encoded(value), expected);
            assert_eq!(decode(expected), value);
        }
    }

    #[test]
    fn every_character_comes_back() {
        let all: String = (0..=0x1_10ff).chain(0x1_f900..0x1_fa00).filter_map(char::from_u32).collect();
        assert!(encoded(&all).bytes().all(is_octet));
        assert_eq!(decode(&encoded(&all)), all);
    }

    #[test]
    fn what_is_not_utf8_is_replaced_and_what_is_not_encoded_stays() {
        for (value, expected) in [
            ("a%FFb", "a\u{fffd}b"),
            ("%C3", "\u{fffd}"),
            ("%C3%28", "\u{fffd}("),
            ("%ED%A0%80", "\u{fffd}\u{fffd}\u{fffd}"),
            ("%c3%a9", "é"),
            ("%", "%"),
            ("%4", "%4"),
            ("%4g", "%4g"),
            ("%%41", "%A"),
            ("%+1", "%+1"),
        ] {
            assert_eq!(decode(value), expected, "{value}");
        }
        assert!(matches!(decode("plain"), Cow::Borrowed("plain")));
    }
}
