//! The names of methods, of which there are few whatever clients send.

use http::Method;

/// Those that are known unless somebody says otherwise (RFC 9110, RFC 5789 and the draft of QUERY); all others are `_OTHER`.
pub(super) const KNOWN: &[&str] =
    &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "QUERY"];

/// What a request's method is called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'a> {
    /// In attributes and labels.
    pub(super) attribute: &'static str,
    /// In the name of a span.
    pub(super) verb: &'static str,
    /// What was sent, where that is not known.
    pub(super) original: Option<&'a str>,
}

impl<'a> Named<'a> {
    /// Names a method, out of those that are `known`.
    pub(super) fn of(method: &'a Method, known: &'static [&'static str]) -> Self {
        match known.iter().find(|known| **known == method.as_str()) {
            Some(known) => Named { attribute: known, verb: known, original: None },
            None => Named { attribute: "_OTHER", verb: "HTTP", original: Some(method.as_str()) },
        }
    }
}

/// Returns the version of the protocol, as in `1.1`.
pub(super) fn version(version: http::Version) -> Option<&'static str> {
    match version {
        http::Version::HTTP_09 => Some("0.9"),
        http::Version::HTTP_10 => Some("1.0"),
        http::Version::HTTP_11 => Some("1.1"),
        http::Version::HTTP_2 => Some("2"),
        http::Version::HTTP_3 => Some("3"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_known_as_it_is_written() {
        let named = |method: &str| {
            Method::from_bytes(method.as_bytes()).map(|method| Named::of(&method, KNOWN).attribute).ok()
        };
        assert_eq!(
            ["GET", "QUERY", "get", "PROPFIND"].map(named),
            [Some("GET"), Some("QUERY"), Some("_OTHER"), Some("_OTHER")]
        );
    }
}
