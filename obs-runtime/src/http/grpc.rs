//! What tells gRPC from other requests, and how its calls end ("gRPC over HTTP2", "Status codes and their use in gRPC").

use http::{HeaderMap, StatusCode, Uri, header};

/// The value of `rpc.system.name`.
pub(super) const SYSTEM: &str = "grpc";

/// What stands for methods that the server does not know.
pub(super) const UNKNOWN_METHOD: &str = "_OTHER";

/// Tells whether a request is a call of gRPC; gRPC-Web is plain HTTP, whose status is in the body.
pub(super) fn is_call(headers: &HeaderMap) -> bool {
    let of_type = |value: &header::HeaderValue| {
        let rest = value.as_bytes().strip_prefix(b"application/grpc");
        rest.is_some_and(|rest| matches!(rest, [] | [b'+' | b';', ..]))
    };
    headers.get(header::CONTENT_TYPE).is_some_and(of_type)
}

/// Returns the method that a call names, as in `shop.Orders/Place`.
pub(super) fn method(uri: &Uri) -> Option<&str> {
    let path = uri.path().strip_prefix('/')?;
    let (service, method) = path.split_once('/')?;
    let is_one = !service.is_empty() && !method.is_empty() && !method.contains('/');
    is_one.then_some(path)
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code(usize);

const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

impl Code {
    const OK: Code = Code(0);
    /// Also what a status means that nobody sent, or that is none.
    pub(super) const UNKNOWN: Code = Code(2);
    const DEADLINE_EXCEEDED: Code = Code(4);
    const PERMISSION_DENIED: Code = Code(7);
    pub(super) const UNIMPLEMENTED: Code = Code(12);
    const INTERNAL: Code = Code(13);
    const UNAVAILABLE: Code = Code(14);
    const DATA_LOSS: Code = Code(15);
    const UNAUTHENTICATED: Code = Code(16);

    /// Returns what an answer says before its body: where it has none, or does not come from a server of gRPC.
    pub(super) fn of_head(status: StatusCode, headers: &HeaderMap) -> Option<Self> {
        let of_status = || (status != StatusCode::OK).then(|| Code::of_status(status));
        Code::of(headers).or_else(of_status)
    }

    /// Returns what trailers say.
    pub(super) fn of(trailers: &HeaderMap) -> Option<Self> {
        let status = trailers.get("grpc-status")?;
        let code = status.to_str().ok().and_then(|text| text.parse().ok());
        Some(code.filter(|code| *code < NAMES.len()).map_or(Code::UNKNOWN, Code))
    }

    /// "HTTP to gRPC status code mapping".
    fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            400 => Code::INTERNAL,
            401 => Code::UNAUTHENTICATED,
            403 => Code::PERMISSION_DENIED,
            404 => Code::UNIMPLEMENTED,
            429 | 502..=504 => Code::UNAVAILABLE,
            _ => Code::UNKNOWN,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        NAMES.get(self.0).copied().unwrap_or_default()
    }

    /// Tells whether it is an error of the server's; the others are its client's.
    pub(super) fn is_server_error(self) -> bool {
        [
            Code::UNKNOWN,
            Code::DEADLINE_EXCEEDED,
            Code::UNIMPLEMENTED,
            Code::INTERNAL,
            Code::UNAVAILABLE,
            Code::DATA_LOSS,
        ]
        .contains(&self)
    }

    /// Tells whether it is an error to a client.
    pub(super) fn is_client_error(self) -> bool {
        self != Code::OK
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    #[test]
    fn a_call_is_told_by_its_type_alone() {
        let is = |value: &'static str| {
            is_call(&HeaderMap::from_iter([(header::CONTENT_TYPE, header::HeaderValue::from_static(value))]))
        };
        assert!(is("application/grpc") && is("application/grpc+proto") && is("application/grpc;charset=x"));
        assert!(!is("application/grpc-web") && !is("application/json") && !is_call(&HeaderMap::new()));
    }

    #[test]
    fn a_method_has_a_service() {
        let of = |path: &'static str| method(&Uri::from_static(path)).map(str::to_owned);
        assert_eq!(of("/shop.Orders/Place").as_deref(), Some("shop.Orders/Place"));
        assert_eq!(of("http://h/shop.Orders/Place").as_deref(), Some("shop.Orders/Place"));
        for bad in ["/", "/a", "/a/", "//b", "/a/b/c"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_answer_ends_with_its_status_or_with_one_of_https() {
        let says = |status: &str| {
            Code::of(&HeaderMap::from_iter([(
                header::HeaderName::from_static("grpc-status"),
                status.parse().unwrap(),
            )]))
        };
        assert_eq!(says("0").map(Code::as_str), Some("OK"));
        assert_eq!(says("16").map(Code::as_str), Some("UNAUTHENTICATED"));
        for odd in ["17", "-1", "x", "", "99999999999999999999"] {
            assert_eq!(says(odd), Some(Code::UNKNOWN), "{odd}");
        }
        let head = |status: u16| Code::of_head(StatusCode::from_u16(status).unwrap(), &HeaderMap::new());
        assert_eq!(head(200), None);
        let names = [400, 401, 403, 404, 429, 503, 500].map(|status| head(status).unwrap().as_str());
        let expected = [
            "INTERNAL",
            "UNAUTHENTICATED",
            "PERMISSION_DENIED",
            "UNIMPLEMENTED",
            "UNAVAILABLE",
            "UNAVAILABLE",
            "UNKNOWN",
        ];
        assert_eq!(names, expected);
    }
}
