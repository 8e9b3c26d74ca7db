//! The messages of `grpc.health.v1` (`health.proto` of grpc-proto), and how gRPC frames them.

use bytes::{BufMut, Bytes, BytesMut};

use super::status::{Code, Status};
use crate::export::proto::{Field, Reader, Writer};

/// The bytes before a message: whether it is compressed, and its length ("gRPC over HTTP2", "Length-Prefixed-Message").
pub(super) const HEAD: usize = 5;

/// The largest message that is read: one with the name of a service.
pub(super) const MOST: usize = 4 * 1024;

/// `HealthCheckResponse.ServingStatus`, by its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ServingStatus {
    Unknown = 0,
    Serving = 1,
    NotServing = 2,
    /// For watches alone.
    ServiceUnknown = 3,
}

impl From<bool> for ServingStatus {
    fn from(passes: bool) -> Self {
        if passes { ServingStatus::Serving } else { ServingStatus::NotServing }
    }
}

/// Writes `HealthCheckResponse { 1: status }`. A default value is left out, as proto3 has it.
fn response(out: &mut Writer, serving: ServingStatus) {
    if serving != ServingStatus::Unknown {
        out.varint(1, serving as u64);
    }
}

/// Returns a framed `HealthCheckResponse`.
pub(super) fn one(serving: ServingStatus) -> Bytes {
    let mut out = Writer::default();
    response(&mut out, serving);
    framed(out.as_bytes())
}

/// Returns a framed `HealthListResponse { 1: statuses }`, a map: entries `{ 1: name, 2: HealthCheckResponse }`.
pub(super) fn list<'a>(services: impl Iterator<Item = (&'a str, ServingStatus)>) -> Bytes {
    let mut out = Writer::default();
    for (name, serving) in services {
        out.message(1, |entry| {
            entry.bytes(1, name.as_bytes());
            entry.message(2, |value| response(value, serving));
        });
    }
    framed(out.as_bytes())
}

fn framed(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(HEAD + message.len());
    frame.put_u8(0);
    // A list is of 100 names at most, which are no longer than a request.
    frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    frame.put_slice(message);
    frame.freeze()
}

/// Returns the one message of a request. `identity` tells whether the request names no compression. What an error is called
/// is the table of gRPC's documentation of status codes.
pub(super) fn unframed(body: &Bytes, identity: bool) -> Result<Bytes, Status> {
    let Some((&[compressed, ref length @ ..], rest)) = body.split_first_chunk::<HEAD>() else {
        return Err(match body.is_empty() {
            true => Code::Unimplemented.because("the request has no message; send exactly one"),
            false => Code::Internal.because("the request ends within the head of a message"),
        });
    };
    match compressed {
        0 => {}
        1 if !identity => {
            return Err(Code::Unimplemented.because("compressed messages are not read; send it as it is"));
        }
        _ => return Err(Code::Internal.because("the message is flagged as compressed, and by nothing known")),
    }
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if length > MOST {
        return Err(TOO_LARGE);
    }
    match rest.len() {
        got if got < length => Err(Code::Internal.because("the request ends within a message")),
        got if got > length => {
            Err(Code::Unimplemented.because("the request has several messages; send exactly one"))
        }
        _ => Ok(body.slice(HEAD..)),
    }
}

/// What a request gets that is larger than any of ours.
pub(super) const TOO_LARGE: Status = Code::ResourceExhausted.because("the message is larger than 4 KiB");

/// Reads `HealthCheckRequest { 1: service }`. Of several values the last counts, and other fields are passed over, as
/// protobuf has it.
pub(super) fn service(message: &[u8]) -> Result<String, Status> {
    let mut name = "";
    for field in Reader::new(message) {
        match field {
            Ok((1, Field::Bytes(bytes))) => name = std::str::from_utf8(bytes).map_err(|_| NO_REQUEST)?,
            Ok((1, _)) | Err(_) => return Err(NO_REQUEST),
            Ok(_) => {}
        }
    }
    Ok(name.to_owned())
}

/// What a request gets that cannot be read.
const NO_REQUEST: Status = Code::Internal.because("the message is no grpc.health.v1.HealthCheckRequest");
