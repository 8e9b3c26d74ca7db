//! What an answer to a call means (OTLP specification, "OTLP/gRPC Response"; gRPC's documentation of status codes).

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use super::message::plain;
use crate::context::wire;
use crate::export::Reason;
use crate::export::delivery::response::{from_protobuf, retry_after};
use crate::export::delivery::transport::Verdict;
use crate::export::proto::{Field, Reader};

/// An answer as it came; the body is `None` where it was larger than allowed.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) trailers: Option<HeaderMap>,
    pub(super) body: Option<Bytes>,
}

/// What follows from a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Received,
    /// Worth another attempt.
    Again,
    /// Worth another attempt where the answer says when.
    AgainIfTold,
    Lost,
}

/// A status code of gRPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Code(&'static str, Fate);

/// All, at their numbers; which of them are worth another attempt is the table of the OTLP specification.
const CODES: [Code; 17] = [
    Code("OK", Fate::Received),
    Code("CANCELLED", Fate::Again),
    Code("UNKNOWN", Fate::Lost),
    Code("INVALID_ARGUMENT", Fate::Lost),
    Code("DEADLINE_EXCEEDED", Fate::Again),
    Code("NOT_FOUND", Fate::Lost),
    Code("ALREADY_EXISTS", Fate::Lost),
    Code("PERMISSION_DENIED", Fate::Lost),
    Code("RESOURCE_EXHAUSTED", Fate::AgainIfTold),
    Code("FAILED_PRECONDITION", Fate::Lost),
    Code("ABORTED", Fate::Again),
    Code("OUT_OF_RANGE", Fate::Again),
    Code("UNIMPLEMENTED", Fate::Lost),
    Code("INTERNAL", Fate::Lost),
    Code("UNAVAILABLE", Fate::Again),
    Code("DATA_LOSS", Fate::Again),
    Code("UNAUTHENTICATED", Fate::Lost),
];

/// Returns a code; one that is not known counts as UNKNOWN.
fn code(number: usize) -> Code {
    CODES.get(number).copied().unwrap_or(Code("UNKNOWN", Fate::Lost))
}

/// Judges an answer. Its status stands in the trailers, or in the headers where nothing else came; without any, HTTP's
/// counts.
pub(super) fn judge(answer: &Answer) -> Verdict {
    let places = [answer.trailers.as_ref(), Some(&answer.headers)];
    let place = places.into_iter().flatten().find(|place| place.contains_key("grpc-status"));
    match place {
        Some(place) => by_status(answer, place),
        None => by_http(answer),
    }
}

fn by_status(answer: &Answer, place: &HeaderMap) -> Verdict {
    let text = |name: &str| place.get(name).map_or(&b""[..], |value| value.as_bytes());
    let number = std::str::from_utf8(text("grpc-status")).ok().and_then(|number| number.parse().ok());
    let code = code(number.unwrap_or(usize::MAX));
    if code.1 == Fate::Received {
        return receipt(answer).unwrap_or_else(|| Verdict::Drop {
            reason: Reason::ResponseInvalid,
            detail: "it answered OK with a message that is no OTLP".to_owned(),
        });
    }
    let message = String::from_utf8_lossy(text("grpc-message"));
    let after = retry_info(text("grpc-status-details-bin"));
    verdict(code, &format!("it answered {}", code.0), wire::decode(&message).trim(), after)
}

/// "HTTP to gRPC Status Code Mapping". A redirection is followed nowhere, and a good status alone is no receipt.
fn by_http(answer: &Answer) -> Verdict {
    let number = match answer.status.as_u16() {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 | 502..=504 => 14,
        _ => 2,
    };
    let kind = answer.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("nothing");
    let detail = format!("it answered {} with {kind}, and without a status of gRPC", answer.status.as_u16());
    match answer.status.as_u16() {
        200..=299 => Verdict::Drop { reason: Reason::ResponseInvalid, detail },
        300..=399 => Verdict::Drop { reason: Reason::Redirect, detail },
        _ => verdict(code(number), &detail, "", retry_after(&answer.headers, SystemTime::now())),
    }
}

/// Judges a call that the other side ended by a reset ("Errors" of "gRPC over HTTP2").
pub(super) fn of_reset(reason: h2::Reason) -> Verdict {
    let number = match reason {
        h2::Reason::REFUSED_STREAM => 14,
        h2::Reason::CANCEL => 1,
        h2::Reason::ENHANCE_YOUR_CALM => 8,
        h2::Reason::INADEQUATE_SECURITY => 7,
        _ => 13,
    };
    let code = code(number);
    verdict(code, &format!("it ended the call: {} ({})", reason.description(), code.0), "", None)
}

fn verdict(code: Code, what: &str, message: &str, after: Option<Duration>) -> Verdict {
    let hint = match code.0 {
        "UNIMPLEMENTED" => "; it takes no OTLP/gRPC there, which is mostly on port 4317",
        _ => "",
    };
    let said = if message.is_empty() { String::new() } else { format!(": {message}") };
    let detail = format!("{what}{hint}{said}");
    let again = code.1 == Fate::Again || (code.1 == Fate::AgainIfTold && after.is_some());
    if again { Verdict::Retry { after, detail } } else { Verdict::Drop { reason: Reason::Refused, detail } }
}

fn receipt(answer: &Answer) -> Option<Verdict> {
    let gzip = answer.headers.get("grpc-encoding").is_some_and(|encoding| encoding == "gzip");
    let message = plain(answer.body.as_ref()?, gzip)?;
    let (rejected, message) = from_protobuf(&message)?;
    Some(Verdict::Done { rejected, message })
}

/// Reads when to come again: `google.rpc.Status { 3: details: Any { 1: type_url, 2: value: RetryInfo { 1: retry_delay } } }`.
fn retry_info(encoded: &[u8]) -> Option<Duration> {
    let status = STANDARD_PAD_INDIFFERENT.decode(encoded).ok()?;
    let details = messages(&status, 3);
    let found = details.into_iter().find(|detail| {
        let name = messages(detail, 1).first().copied().unwrap_or_default();
        name.rsplit(|byte| *byte == b'/').next() == Some(b"google.rpc.RetryInfo")
    })?;
    let info = messages(found, 2).first().copied().unwrap_or_default();
    let delay = messages(info, 1).first().copied().unwrap_or_default();
    Some(duration(delay))
}

/// Returns the fields of a number that hold bytes, as far as they can be read.
fn messages(message: &[u8], number: u64) -> Vec<&[u8]> {
    let of_number = |(field, value)| match value {
        Field::Bytes(bytes) if field == number => Some(bytes),
        _ => None,
    };
    Reader::new(message).map_while(Result::ok).filter_map(of_number).collect()
}

/// Reads `google.protobuf.Duration { 1: seconds, 2: nanos }`; a negative one is none.
fn duration(message: &[u8]) -> Duration {
    let (mut seconds, mut nanos) = (0, 0);
    for field in Reader::new(message).map_while(Result::ok) {
        match field {
            (1, Field::Varint(value)) => seconds = value.cast_signed(),
            (2, Field::Varint(value)) => nanos = value.cast_signed(),
            _ => {}
        }
    }
    let nanos = u32::try_from(nanos).unwrap_or(0).min(999_999_999);
    u64::try_from(seconds).map_or(Duration::ZERO, |seconds| Duration::new(seconds, nanos))
}

#[cfg(test)]
mod tests;
