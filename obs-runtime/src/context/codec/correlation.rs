//! The ids by which people find what belongs together: `x-correlation-id`, `x-request-id`.

use std::sync::Arc;

use super::super::Carrier;
use super::super::rejected::Reason;
use super::{all, first, one};

/// The header of the id that goes through all services.
pub(crate) const CORRELATION: &str = "x-correlation-id";
/// The header of the id of one request, which proxies give.
pub(in crate::context) const REQUEST: &str = "x-request-id";

/// The characters that an id may have.
const LENGTH: usize = 128;
/// As many bytes as are looked at: an id with white space around it.
const LONGEST: usize = 2 * LENGTH;

/// Reads the id in one of these headers; one that came more than once is refused.
pub(in crate::context) fn read(
    carrier: &(impl Carrier + ?Sized),
    name: &str,
) -> Result<Option<Arc<str>>, Reason> {
    // What came twice is known before anything is kept.
    match one(carrier, name, LONGEST, |value| parse(value).map(drop))? {
        Some(()) => first(carrier, name, LONGEST, |value| parse(value).map(Arc::from)),
        None => Ok(None),
    }
}

/// Reads an id: visible ASCII, but neither quotes, backslashes, commas nor semicolons.
pub(in crate::context) fn parse(value: &[u8]) -> Result<&str, Reason> {
    if !(1..=LENGTH).contains(&value.len()) {
        return Err(Reason::Length);
    }
    let fits = |b: u8| b.is_ascii_graphic() & !matches!(b, b'"' | b'\'' | b'\\' | b',' | b';');
    if !all(value, fits) {
        return Err(Reason::Malformed);
    }
    std::str::from_utf8(value).map_err(|_| Reason::Malformed)
}

#[cfg(test)]
#[allow(clippy::expect_used)] // a test fails by panicking
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::*;

    fn read_lines(lines: &[&str]) -> Result<Option<String>, Reason> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(REQUEST, HeaderValue::from_bytes(line.as_bytes()).expect("a header holds it"));
        }
        read(&headers, REQUEST).map(|id| id.map(|id| id.to_string()))
    }

    #[test]
    fn an_id_is_visible_and_needs_no_quoting_anywhere() {
        for id in ["a", "7f3b2c", "01JD8Z:order/42", "urn:uuid:f81d4fae-7dec", "<x>", &"x".repeat(128)] {
            assert_eq!(read_lines(&[id]), Ok(Some(id.to_owned())));
            assert_eq!(read_lines(&[&format!(" \t{id} ")]), Ok(Some(id.to_owned())));
        }
        for id in ["a b", "a\tb", "a\"b", "it's", "a\\b", "a,b", "a;b", "é"] {
            assert_eq!(read_lines(&[id]), Err(Reason::Malformed), "{id:?}");
        }
        for id in ["", " ", &"x".repeat(129), &" ".repeat(1 << 20)] {
            assert_eq!(read_lines(&[id]), Err(Reason::Length), "{id:?}");
        }
    }

    #[test]
    fn two_ids_are_none() {
        assert_eq!(read_lines(&[]), Ok(None));
        assert_eq!(read_lines(&["a", "a"]), Err(Reason::Repeated));
    }
}
