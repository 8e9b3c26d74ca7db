//! The routes of the admin server, for an axum server of the program's own.

use std::io;
use std::sync::{Arc, Weak};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::routing::any;

use super::{Desk, Door, Exposition, Routes, ServiceInfo};
use crate::health::Report;

/// Every route but the index, which would be the program's own `/`.
const PATHS: [&str; 14] = [
    "/metrics",
    "/catalog",
    "/livez",
    "/livez/{name}",
    "/readyz",
    "/readyz/{name}",
    "/startupz",
    "/startupz/{name}",
    "/healthz",
    "/healthz/{name}",
    "/health",
    "/health/live",
    "/health/ready",
    "/health/detailed",
];

/// Who answers, for as long as there is somebody.
#[derive(Clone)]
pub(crate) struct Mounted {
    answers: Answers,
    door: Arc<Door>,
}

#[derive(Clone)]
enum Answers {
    /// Lives no longer than the guard.
    Of(Weak<Desk>),
    /// Without a running `obs`.
    Idle(Arc<Desk>),
}

impl Mounted {
    /// Makes one that asks a desk, and does not keep it.
    pub(crate) fn of(desk: &Arc<Desk>) -> Self {
        Mounted { answers: Answers::Of(Arc::downgrade(desk)), door: Arc::new(Door::of_router()) }
    }

    /// Makes one without checks and metrics.
    pub(crate) fn idle() -> Self {
        let nothing = |_: Option<&str>| Exposition {
            content_type: "text/plain; version=0.0.4; charset=utf-8",
            write: Box::new(|_: &mut dyn io::Write| Ok(())),
        };
        let routes = Routes {
            metrics: Arc::new(nothing),
            health: Arc::new(|question| Report::empty(question.probe)),
            service: ServiceInfo::default(),
            token: None,
        };
        Mounted { answers: Answers::Idle(routes.desk()), door: Arc::new(Door::of_router()) }
    }

    async fn answer(self, request: Request) -> Response<Body> {
        let desk = match &self.answers {
            Answers::Of(desk) => desk.upgrade(),
            Answers::Idle(desk) => Some(Arc::clone(desk)),
        };
        let Some(desk) = desk else { return shut_down() };
        let (head, _unread) = request.into_parts();
        desk.answer(&head.method, &head.uri, &head.headers, &self.door).await.map(Body::new)
    }
}

/// Makes the routes. Every method is routed, so that others than `GET` and `HEAD` are told which there are.
pub(crate) fn router(mounted: Mounted) -> Router {
    let answer = any(move |request: Request| mounted.clone().answer(request));
    PATHS.into_iter().fold(Router::new(), |router, path| router.route(path, answer.clone()))
}

fn shut_down() -> Response<Body> {
    let mut response = Response::new(Body::from("shut down\n"));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests;
