//! The template that a request matched.

#[cfg(feature = "axum")]
pub(super) use axum::extract::MatchedPath as Matched;
use http::{Extensions, Request, Uri};

/// The template that a request matched, as in `/orders/{id}`, told by routers other than axum's: among the extensions of
/// the request before [`ServerLayer`](super::ServerLayer) sees it, or of the response.
///
/// It becomes `http.route`, a label of metrics and a part of the span's name: a text of the program's, never what a client
/// sent.
///
/// ```
/// # extern crate obs_runtime as obs;
/// # mod obs { pub use obs::*; }
/// # let mut response = http::Response::new(());
/// response.extensions_mut().insert(obs::http::Route("/orders/{id}"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route(pub &'static str);

/// Stands for axum's, where that is not there.
#[cfg(not(feature = "axum"))]
#[derive(Clone, Debug)]
pub(super) enum Matched {}

#[cfg(not(feature = "axum"))]
impl Matched {
    pub(super) fn as_str(&self) -> &str {
        match *self {}
    }
}

/// Who told the template.
#[derive(Clone, Debug)]
pub(super) enum Template {
    Axum(Matched),
    Told(Route),
}

impl Template {
    /// Returns what is known before the request is served.
    pub(super) fn of(extensions: &Extensions) -> Option<Self> {
        let told = || extensions.get::<Route>().copied().map(Template::Told);
        matched(extensions).map(Template::Axum).or_else(told)
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Template::Axum(matched) => matched.as_str(),
            Template::Told(Route(route)) => route,
        }
    }
}

#[cfg(feature = "axum")]
fn matched(extensions: &Extensions) -> Option<Matched> {
    extensions.get().cloned()
}

#[cfg(not(feature = "axum"))]
fn matched(_extensions: &Extensions) -> Option<Matched> {
    None
}

/// Returns the target as it came: nested routers of axum's shorten it.
#[cfg(feature = "axum")]
pub(super) fn target<B>(request: &Request<B>) -> &Uri {
    let original = request.extensions().get::<axum::extract::OriginalUri>();
    original.map_or(request.uri(), |original| &original.0)
}

#[cfg(not(feature = "axum"))]
pub(super) fn target<B>(request: &Request<B>) -> &Uri {
    request.uri()
}
