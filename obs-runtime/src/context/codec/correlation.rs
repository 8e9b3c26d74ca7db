//! The ids by which people find what belongs together: `x-correlation-id`, `x-request-id`.

use super::super::rejected::Reason;
use super::trimmed;

/// The header of the id that goes through all services.
pub(in crate::context) const CORRELATION: &str = "x-correlation-id";
/// The header of the id of one request, which proxies give.
pub(in crate::context) const REQUEST: &str = "x-request-id";

/// The characters that an id may have.
const LENGTH: usize = 128;

/// Reads an id: visible ASCII, but neither quotes, backslashes, commas nor semicolons.
pub(in crate::context) fn parse(value: &[u8]) -> Result<&str, Reason> {
    let value = trimmed(value);
    if value.is_empty() || value.len() > LENGTH {
        return Err(Reason::Length);
    }
    let fits = |b: &u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'\\' | b',' | b';');
    if !value.iter().all(fits) {
        return Err(Reason::Malformed);
    }
    std::str::from_utf8(value).map_err(|_| Reason::Malformed)
}
