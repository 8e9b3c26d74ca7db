//! How a call ends: a code and a sentence.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Response};

use super::body::Body;

/// Those of gRPC's status codes that are used here, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Ok = 0,
    Cancelled = 1,
    DeadlineExceeded = 4,
    NotFound = 5,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
}

impl Code {
    /// Makes a status. The sentence is of ASCII that can be printed, without `%`: it needs no encoding.
    pub(super) const fn because(self, message: &'static str) -> Status {
        Status { code: self, message }
    }

    const fn text(self) -> &'static str {
        match self {
            Code::Ok => "0",
            Code::Cancelled => "1",
            Code::DeadlineExceeded => "4",
            Code::NotFound => "5",
            Code::PermissionDenied => "7",
            Code::ResourceExhausted => "8",
            Code::Unimplemented => "12",
            Code::Internal => "13",
            Code::Unavailable => "14",
        }
    }
}

/// A code, and what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) code: Code,
    message: &'static str,
}

impl Status {
    /// The end of a call that went well.
    pub(super) const OK: Status = Code::Ok.because("");

    /// What comes behind the messages.
    pub(super) fn trailers(self) -> HeaderMap {
        let mut trailers = HeaderMap::new();
        self.write(&mut trailers);
        trailers
    }

    fn write(self, headers: &mut HeaderMap) {
        headers.insert("grpc-status", HeaderValue::from_static(self.code.text()));
        if !self.message.is_empty() {
            headers.insert("grpc-message", HeaderValue::from_static(self.message));
        }
    }

    /// Returns the answer of a call that has no message ("Trailers-Only").
    pub(super) fn alone(self) -> Response<Body> {
        let mut response = answer(Body::empty());
        self.write(response.headers_mut());
        response
    }
}

/// Returns an answer whose status comes behind its messages.
pub(super) fn answer(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert("grpc-accept-encoding", HeaderValue::from_static("identity"));
    response
}
