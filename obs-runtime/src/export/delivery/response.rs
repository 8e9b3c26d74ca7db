//! What an answer means (OTLP specification, "OTLP/HTTP Response").

use std::io::Read;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};

use super::transport::Verdict;
use crate::export::Reason;
use crate::export::proto::{Field, Reader};

/// The most bytes of an answer that are read, before and after decompression.
pub(super) const MAX_BODY: usize = 4 * 1024 * 1024;

/// An answer as it came; the body is `None` where it was larger than allowed or broke off.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
}

/// What the body of a good answer tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::export) enum Receipts {
    /// What was received, as OTLP has it.
    Otlp,
    /// Nothing: the status is all.
    Status,
}

/// Judges an answer.
///
/// The specification demands a protobuf body with 200 and says nothing about any other. An empty body, also that of a
/// 2xx other than 200, is a full success. JSON is read where the answer says that it is JSON. Everything else that cannot
/// be decoded is `response_invalid`: a web page with status 200 is no receipt, and a repetition could duplicate.
pub(super) fn judge(answer: &Answer, receipts: Receipts, now: SystemTime) -> Verdict {
    let status = answer.status;
    let detail = format!("it answered {}{}", status.as_u16(), said(answer));
    if status.is_success() && receipts == Receipts::Status {
        return Verdict::Done { rejected: 0, message: String::new() };
    }
    if status.is_success() {
        return receipt(answer).unwrap_or(Verdict::Drop {
            reason: Reason::ResponseInvalid,
            detail: format!("{detail} with a body that is no OTLP"),
        });
    }
    match status.as_u16() {
        // "Retryable Response Codes" of the specification.
        429 | 502..=504 => Verdict::Retry { after: retry_after(&answer.headers, now), detail },
        300..=399 => {
            let detail = format!("{detail}; redirects are not followed, so name the place itself");
            Verdict::Drop { reason: Reason::Redirect, detail }
        }
        _ => Verdict::Drop { reason: Reason::Refused, detail },
    }
}

/// Returns what a plain text says about a failure; it is foreign.
fn said(answer: &Answer) -> String {
    let kind = answer.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let text =
        answer.body.as_deref().filter(|_| !answer.status.is_success() && kind.starts_with("text/plain"));
    let text = String::from_utf8_lossy(text.unwrap_or_default());
    let text = text.trim();
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

fn receipt(answer: &Answer) -> Option<Verdict> {
    let body = plain(answer)?;
    let kind = answer.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let (rejected, message) = if body.is_empty() {
        (0, String::new())
    } else if kind.eq_ignore_ascii_case("application/json") {
        from_json(&body)?
    } else if kind.is_empty() || kind.eq_ignore_ascii_case("application/x-protobuf") {
        from_protobuf(&body)?
    } else {
        return None;
    };
    Some(Verdict::Done { rejected, message })
}

/// Returns the body without compression; `None` where it is broken or too large.
fn plain(answer: &Answer) -> Option<Bytes> {
    let body = answer.body.clone()?;
    match answer.headers.get(CONTENT_ENCODING).map(http::HeaderValue::as_bytes) {
        None | Some(b"" | b"identity") => Some(body),
        Some(b"gzip") => {
            let mut plain = Vec::new();
            let mut limited = MultiGzDecoder::new(&body[..]).take(MAX_BODY as u64 + 1);
            limited.read_to_end(&mut plain).ok()?;
            (plain.len() <= MAX_BODY).then(|| plain.into())
        }
        Some(_) => None,
    }
}

/// Reads `ExportTraceServiceResponse { 1: partial_success { 1: rejected_spans, 2: error_message } }`, and the same of
/// metrics and logs, where they are `rejected_data_points` and `rejected_log_records`.
pub(super) fn from_protobuf(body: &[u8]) -> Option<(u64, String)> {
    let (mut rejected, mut message) = (0, String::new());
    for field in Reader::new(body) {
        let (1, Field::Bytes(partial)) = field.ok()? else {
            continue;
        };
        for field in Reader::new(partial) {
            match field.ok()? {
                // A negative count makes no sense and counts as none.
                (1, Field::Varint(count)) => rejected = u64::try_from(count.cast_signed()).unwrap_or(0),
                (2, Field::Bytes(text)) => message = String::from_utf8_lossy(text).into_owned(),
                _ => {}
            }
        }
    }
    Some((rejected, message))
}

/// Reads the JSON mapping, in which a 64-bit number is a text.
fn from_json(body: &[u8]) -> Option<(u64, String)> {
    let answer: serde_json::Value = serde_json::from_slice(body).ok()?;
    let Some(partial) = answer.as_object()?.get("partialSuccess") else {
        return Some((0, String::new()));
    };
    let of = ["rejectedSpans", "rejectedDataPoints", "rejectedLogRecords"];
    let rejected = of.iter().find_map(|name| partial.get(name));
    let rejected = rejected.and_then(|r| r.as_u64().or_else(|| r.as_str()?.parse().ok()));
    let message = partial.get("errorMessage").and_then(|m| m.as_str()).unwrap_or_default();
    Some((rejected.unwrap_or(0), message.to_owned()))
}

/// Reads `Retry-After`: seconds or a date (RFC 9110, section 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests;
