//! One call, from its head to its answer ("gRPC over HTTP2" of gRPC's documentation).

use std::pin::pin;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use tokio::time::Instant;

use super::body::Body;
use super::message::{self, HEAD, MOST, ServingStatus, TOO_LARGE};
use super::services::{LIVENESS, ShutDown};
use super::status::{Code, Status, answer};
use super::watch::{LATE, SHUT_DOWN, Watch, at};
use super::{Calls, NAME, Places};
use crate::export::proto::Reader;

/// How long a request of a few bytes may take.
const BODY: Duration = Duration::from_secs(5);

const NOT_FOUND: Status = Code::NotFound
    .because("no such service: there are the empty one, liveness, readiness, startup, groups, and checks");

/// Tells whether a request is a call of gRPC, ours or not.
pub(super) fn is_call<B>(request: &Request<B>) -> bool {
    is_grpc(request.headers()).is_some() || method(request.uri().path()).is_some()
}

impl From<ShutDown> for Status {
    fn from(ShutDown: ShutDown) -> Self {
        SHUT_DOWN
    }
}

impl Calls {
    /// Answers a call. Waits for the request alone, at most for 5 s or what the client gives.
    pub(super) async fn answer<B>(&self, request: Request<B>, places: &dyn Places) -> Response<Body>
    where
        B: hyper::body::Body,
    {
        match no_call(&request) {
            Some(refused) => refused,
            None => self.call(request, places).await.unwrap_or_else(Status::alone),
        }
    }

    async fn call<B>(&self, request: Request<B>, places: &dyn Places) -> Result<Response<Body>, Status>
    where
        B: hyper::body::Body,
    {
        let (head, body) = request.into_parts();
        if is_grpc(&head.headers) != Some(true) {
            return Err(Code::Unimplemented.because("messages are protobuf; send application/grpc"));
        }
        let Some(method) = method(head.uri.path()) else {
            return Err(Code::Unimplemented.because("no such service; there is grpc.health.v1.Health"));
        };
        if !["Check", "List", "Watch"].contains(&method) {
            return Err(Code::Unimplemented.because("no such method; there are Check, List and Watch"));
        }
        let deadline = timeout(&head.headers)?.and_then(|timeout| Instant::now().checked_add(timeout));
        let identity = head.headers.get("grpc-encoding").is_none_or(|encoding| encoding == "identity");
        let message = tokio::select! {
            biased;
            () = at(deadline) => return Err(LATE),
            read = read(body) => message::unframed(&read?, identity)?,
            () = tokio::time::sleep(BODY) => {
                return Err(Code::DeadlineExceeded.because("the request did not end within 5 s"));
            }
        };
        match method {
            "Check" => self.check(&message),
            "List" => self.list(&message),
            _ => self.watch(&message, deadline, places),
        }
    }

    fn check(&self, message: &[u8]) -> Result<Response<Body>, Status> {
        let name = message::service(message)?;
        let serving = match self.0.stands(&name) {
            // Nobody is to be restarted for ending.
            Err(ShutDown) if name == LIVENESS => ServingStatus::Serving,
            stands => stands?.serving.ok_or(NOT_FOUND)?,
        };
        Ok(answer(Body::of(message::one(serving))))
    }

    fn list(&self, message: &[u8]) -> Result<Response<Body>, Status> {
        if Reader::new(message).any(|field| field.is_err()) {
            return Err(Code::Internal.because("the message is no grpc.health.v1.HealthListRequest"));
        }
        let many = Code::ResourceExhausted.because("there are more than 100 services; ask for them by name");
        let services = self.0.list()?.ok_or(many)?;
        let services = services.iter().map(|(name, serving)| (name.as_str(), *serving));
        Ok(answer(Body::of(message::list(services))))
    }

    fn watch(
        &self,
        message: &[u8],
        deadline: Option<Instant>,
        places: &dyn Places,
    ) -> Result<Response<Body>, Status> {
        let watch = Watch::new(self.0.clone(), message::service(message)?, deadline)?;
        let full = Code::ResourceExhausted.because("too many watches; try again later, or use Check");
        let held = places.take().ok_or(full)?;
        Ok(answer(Body::watching(watch, held)))
    }
}

/// Answers what is no call at all, in HTTP.
fn no_call<B>(request: &Request<B>) -> Option<Response<Body>> {
    let mut response = Response::new(Body::empty());
    if is_grpc(request.headers()).is_none() {
        *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    } else if request.method() != Method::POST {
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    } else {
        return None;
    }
    Some(response)
}

/// Tells whether a body is gRPC's, and if so, whether its messages are protobuf. gRPC-Web is another protocol.
fn is_grpc(headers: &HeaderMap) -> Option<bool> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
    match kind.strip_prefix("application/grpc")? {
        "" | "+proto" => Some(true),
        rest if rest.starts_with(';') || rest.starts_with("+proto;") => Some(true),
        rest if rest.starts_with('+') => Some(false),
        _ => None,
    }
}

/// Returns the method of the health service that a path names.
fn method(path: &str) -> Option<&str> {
    path.strip_prefix('/')?.strip_prefix(NAME)?.strip_prefix('/')
}

/// Reads `grpc-timeout`: at most eight digits and a unit.
fn timeout(headers: &HeaderMap) -> Result<Option<Duration>, Status> {
    let Some(value) = headers.get("grpc-timeout") else { return Ok(None) };
    let malformed = Code::Internal.because("grpc-timeout is up to eight digits and one of H, M, S, m, u, n");
    let (unit, digits) = value.as_bytes().split_last().ok_or(malformed)?;
    if !(1..=8).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return Err(malformed);
    }
    let number = digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
    Ok(Some(match unit {
        b'H' => Duration::from_secs(number * 3600),
        b'M' => Duration::from_secs(number * 60),
        b'S' => Duration::from_secs(number),
        b'm' => Duration::from_millis(number),
        b'u' => Duration::from_micros(number),
        b'n' => Duration::from_nanos(number),
        _ => return Err(malformed),
    }))
}

/// Reads a request to its end, or as far as it may go.
async fn read<B: hyper::body::Body>(body: B) -> Result<Bytes, Status> {
    let (mut body, mut read) = (pin!(body), BytesMut::new());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Code::Cancelled.because("the request broke off"))?;
        let Ok(data) = frame.into_data() else { continue };
        if read.len() + data.remaining() > HEAD + MOST {
            return Err(TOO_LARGE);
        }
        read.put(data);
    }
    Ok(read.freeze())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    fn given(text: &'static str) -> Result<Option<Duration>, Code> {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-timeout", HeaderValue::from_static(text));
        timeout(&headers).map_err(|status| status.code)
    }

    #[test]
    fn a_timeout_has_eight_digits_and_a_unit() {
        assert_eq!(timeout(&HeaderMap::new()), Ok(None));
        assert_eq!(given("1S"), Ok(Some(Duration::from_secs(1))));
        assert_eq!(given("0n"), Ok(Some(Duration::ZERO)));
        assert_eq!(given("250m"), Ok(Some(Duration::from_millis(250))));
        assert_eq!(given("7u"), Ok(Some(Duration::from_micros(7))));
        assert_eq!(given("2M"), Ok(Some(Duration::from_secs(120))));
        assert_eq!(given("99999999H"), Ok(Some(Duration::from_secs(359_999_996_400))));
        for malformed in ["", "S", "1", "1s", "-1S", "+1S", "1.5S", " 1S", "123456789m", "1S "] {
            assert_eq!(given(malformed), Err(Code::Internal), "{malformed:?}");
        }
    }

    #[test]
    fn what_is_grpc_is_told_by_its_content_type() {
        let kind = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(text));
            is_grpc(&headers)
        };
        for ours in [
            "application/grpc",
            "Application/gRPC+proto",
            "application/grpc;x=y",
            "application/grpc+proto; a=b",
        ] {
            assert_eq!(kind(ours), Some(true), "{ours}");
        }
        assert_eq!(kind("application/grpc+json"), Some(false));
        for other in ["application/json", "application/grpc-web", "application/grpcx", "text/plain"] {
            assert_eq!(kind(other), None, "{other}");
        }
        assert_eq!(is_grpc(&HeaderMap::new()), None);
    }
}
