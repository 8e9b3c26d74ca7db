//! The routes of the admin server, for an axum server of the program's own.

use std::io;
use std::sync::{Arc, Weak};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use axum::routing::any;

use super::desk::ended;
use super::{Desk, Door, Exposition, Routes, ServiceInfo};
use crate::health::Report;

/// Every route but the index, which would be the program's own `/`.
const PATHS: [&str; 18] = [
    "/metrics",
    "/catalog",
    "/livez",
    "/livez/",
    "/livez/{name}",
    "/readyz",
    "/readyz/",
    "/readyz/{name}",
    "/startupz",
    "/startupz/",
    "/startupz/{name}",
    "/healthz",
    "/healthz/",
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
        Mounted { answers: Answers::Idle(routes.desk()), door: Arc::new(Door::of_idle_router()) }
    }

    async fn answer(self, request: Request) -> Response<Body> {
        let desk = match &self.answers {
            Answers::Of(desk) => desk.upgrade(),
            Answers::Idle(desk) => Some(Arc::clone(desk)),
        };
        let (head, _unread) = request.into_parts();
        let (method, uri, headers) = (&head.method, &head.uri, &head.headers);
        match desk {
            Some(desk) => desk.answer(method, uri, headers, &self.door).await,
            None => ended(method, uri, headers),
        }
        .map(Body::new)
    }
}

/// Makes the routes. Every method is routed, so that others than `GET` and `HEAD` are told which there are.
pub(crate) fn router(mounted: Mounted) -> Router {
    let answer = any(move |request: Request| mounted.clone().answer(request));
    PATHS.into_iter().fold(Router::new(), |router, path| router.route(path, answer.clone()))
}

#[cfg(test)]
mod tests;
