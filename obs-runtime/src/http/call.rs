//! One request, served or sent: its span and its metrics, from its making to its end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use http::{HeaderMap, StatusCode, Version};
use tracing::Span;
use tracing::span::Entered;

use super::grpc::{self, Code};
use super::method;
use super::place::Place;
use super::route::{Route, Template};
use crate::clock::Moment;
use crate::context::Passing;
use crate::engine::pending::Parent;
use crate::engine::port;
use crate::metrics::{self, Ended};
use crate::outcome::{Outcome, Verdict};
use crate::service::Service;
use crate::task::Here;

/// A request that is under way. Dropped before it ended, it says `cancelled`.
#[derive(Debug)]
pub(super) struct Call {
    span: Span,
    /// What goes on as it came, where nobody records the span.
    passing: Option<Passing>,
    method: &'static str,
    scheme: &'static str,
    /// The method of gRPC, where it is one.
    rpc: Option<String>,
    side: Side,
    started: Moment,
    service: Service,
    ended: AtomicBool,
}

/// Where this process stands.
#[derive(Debug)]
pub(super) enum Side {
    /// It serves the request.
    Server { verb: &'static str, route: Option<Template>, active: metrics::http::Active },
    /// It sent the request.
    Client { server: Option<Place> },
}

/// What a call is known by before it is sent or served.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) span: Span,
    pub(super) method: &'static str,
    pub(super) scheme: &'static str,
    pub(super) rpc: Option<String>,
    pub(super) side: Side,
}

/// What an answer says before its body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'a> {
    pub(super) status: StatusCode,
    pub(super) version: Version,
    pub(super) headers: &'a HeaderMap,
    pub(super) route: Option<Route>,
}

impl<'a> Head<'a> {
    pub(super) fn of<B>(response: &'a http::Response<B>) -> Self {
        Head {
            status: response.status(),
            version: response.version(),
            headers: response.headers(),
            route: response.extensions().get().copied(),
        }
    }
}

impl Call {
    pub(super) fn new(begun: Begun, started: Moment) -> Self {
        let Begun { span, method, scheme, rpc, side } = begun;
        let (service, ended) = (Service::current(), AtomicBool::new(false));
        Call { span, passing: None, method, scheme, rpc, side, started, service, ended }
    }

    /// The same, of a request whose context nobody took, for its span is not recorded.
    pub(super) fn passing(mut self, left: Option<&Parent>) -> Self {
        self.passing = left.and_then(Passing::of);
        self
    }

    /// Returns the service that it runs under.
    pub(super) fn service(&self) -> Service {
        self.service
    }

    /// Runs a part of it: inside its span, and a panic is seen when it happens, for what is dropped may be so much later.
    pub(super) fn inside<R>(&self, part: impl FnOnce() -> R) -> R {
        let _watch = Watch { call: self, unwinding: thread::panicking() };
        let _entered = self.enter();
        part()
    }

    /// Returns where a server makes the body of an answer, which its call does not wait for; `None` where it does, and for
    /// clients, who read theirs wherever they are.
    pub(super) fn carried(&self) -> Option<Here> {
        let goes_on = matches!(self.side, Side::Server { .. }) && self.rpc.is_none();
        goes_on.then(|| {
            self.service.in_scope(|| {
                let _inside = self.enter();
                Here::now()
            })
        })
    }

    /// Enters the span, or what is in its place.
    pub(super) fn enter(&self) -> Inside<'_> {
        let span = self.span.enter();
        let passing = self.passing.as_ref().inspect(|passing| passing.enter());
        Inside { passing, _span: span }
    }

    /// Takes the head of the answer, and tells whether the call ended with it; one of gRPC has yet to give its status.
    pub(super) fn answered(&self, head: Head<'_>) -> bool {
        if let Side::Client { .. } = self.side {
            self.span.record("network.protocol.version", method::version(head.version));
        }
        if self.rpc.is_none() {
            self.end_with_status(head);
            return true;
        }
        let code = Code::of_head(head.status, head.headers);
        code.inspect(|code| self.end_with_code(*code)).is_some()
    }

    /// Ends a call of gRPC by what stands behind the body; without a status there nobody knows how it went.
    pub(super) fn trailed(&self, trailers: Option<&HeaderMap>) {
        self.end_with_code(trailers.and_then(Code::of).unwrap_or(Code::UNKNOWN));
    }

    /// Ends it without an answer, or with half of one.
    pub(super) fn failed(&self, error_type: &'static str) {
        let verdict = Verdict { outcome: Outcome::Error, error_type: Some(error_type) };
        self.end(verdict, None, None);
    }

    /// An answer of 5xx is an error; to clients one of 4xx is, too.
    fn end_with_status(&self, head: Head<'_>) {
        let Head { status, route, .. } = head;
        self.span.record("http.response.status_code", status.as_u16());
        if let (Some(Route(route)), Side::Server { verb, route: None, .. }) = (route, &self.side) {
            self.span.record("http.route", route);
            self.span.record("otel.name", format!("{verb} {route}").as_str());
        }
        let is_client = matches!(self.side, Side::Client { .. });
        let is_error = status.is_server_error() || is_client && status.is_client_error();
        self.end(self.judged(is_error, status.as_str()), Some(status.as_str()), route);
    }

    fn end_with_code(&self, code: Code) {
        self.span.record("rpc.response.status_code", code.as_str());
        let is_error = match self.side {
            Side::Server { .. } => code.is_server_error(),
            Side::Client { .. } => code.is_client_error(),
        };
        if matches!(self.side, Side::Server { .. }) && code == Code::UNIMPLEMENTED {
            // What it was called is the client's word.
            self.span.record("otel.name", grpc::SYSTEM);
            self.span.record("rpc.method_original", self.rpc.as_deref());
            self.span.record("rpc.method", grpc::UNKNOWN_METHOD);
        }
        self.end(self.judged(is_error, code.as_str()), Some(code.as_str()), None);
    }

    fn judged(&self, is_error: bool, error_type: &str) -> Verdict {
        if is_error {
            self.span.record("error.type", error_type);
        }
        let outcome = if is_error { Outcome::Error } else { Outcome::Ok };
        Verdict { outcome, error_type: None }
    }

    fn end(&self, verdict: Verdict, status: Option<&str>, told: Option<Route>) {
        if self.ended.swap(true, Ordering::Relaxed) {
            return;
        }
        if matches!(verdict.outcome, Outcome::Error | Outcome::Panicked) {
            self.span.record("otel.status_code", "ERROR");
        }
        self.count(verdict, status, told);
        port::set_verdict(&self.span, verdict);
    }

    /// Tells the metrics, which see nothing of the request that a client may choose at will.
    fn count(&self, verdict: Verdict, status: Option<&str>, told: Option<Route>) {
        let Call { method, scheme, started, service, .. } = *self;
        let witness = port::witness_of(&self.span);
        let ended = Ended { status, verdict, started, service, witness: witness.as_ref() };
        match (&self.side, self.rpc.as_deref()) {
            (Side::Server { route, active, .. }, None) => {
                active.end();
                let told = told.map(|Route(route)| route);
                metrics::http::served(method, scheme, route.as_ref().map(Template::as_str).or(told), &ended);
            }
            (Side::Server { active, .. }, Some(rpc)) => {
                active.end();
                let is_known = status.is_some_and(|status| status != Code::UNIMPLEMENTED.as_str());
                let rpc = if is_known { rpc } else { grpc::UNKNOWN_METHOD };
                metrics::rpc::served(grpc::SYSTEM, rpc, &ended);
            }
            (Side::Client { server }, rpc) => {
                let port = server.as_ref().and_then(|server| server.port).map(|port| port.to_string());
                let address = server.as_ref().map(|server| server.address.as_str());
                let server = metrics::Server { address, port: port.as_deref() };
                match rpc {
                    None => metrics::http::sent(method, scheme, server, &ended),
                    Some(rpc) => metrics::rpc::sent(grpc::SYSTEM, rpc, server, &ended),
                }
            }
        }
    }
}

/// This thread is in the call, until this is dropped.
pub(super) struct Inside<'a> {
    passing: Option<&'a Passing>,
    _span: Entered<'a>,
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        if let Some(passing) = self.passing {
            passing.exit();
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // A panic was told by the part that saw it; whatever else unwinds now is not this request's.
        self.end(Verdict { outcome: Outcome::Cancelled, error_type: None }, None, None);
    }
}

/// One part of a call.
struct Watch<'a> {
    call: &'a Call,
    /// Whether the thread was unwinding before.
    unwinding: bool,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if thread::panicking() && !self.unwinding {
            self.call.end(Verdict::PANICKED, None, None);
        }
    }
}
