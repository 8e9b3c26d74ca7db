//! Requests of `reqwest`.

use std::any::type_name;
use std::future::poll_fn;
use std::pin::pin;

use http::Uri;
use reqwest::{RequestBuilder, Response};

use super::call::Head;
use super::client;
use super::method::{KNOWN, Named};
use crate::context;

/// Requests of [`reqwest`] that have spans, as [`ClientLayer`](super::ClientLayer) makes them.
///
/// ```no_run
/// # extern crate obs_runtime as obs;
/// # mod obs { pub use obs::*; }
/// use obs::http::SendTraced;
///
/// # async fn order(client: reqwest::Client) -> reqwest::Result<String> {
/// client.get("http://127.0.0.1:8080/orders/7").send_traced().await?.text().await
/// # }
/// ```
///
/// Redirects, which `reqwest` follows by itself, belong to the request that was redirected, and carry its context.
pub trait SendTraced {
    /// Sends the request inside a client span, with its context in the headers; otherwise as `send`.
    ///
    /// # Errors
    ///
    /// Those of `send`, untouched.
    fn send_traced(self) -> impl Future<Output = reqwest::Result<Response>> + Send;
}

impl SendTraced for RequestBuilder {
    async fn send_traced(self) -> reqwest::Result<Response> {
        if cfg!(feature = "off") {
            return self.send().await;
        }
        let (client, request) = self.build_split();
        let mut request = request?;
        let uri = request.url().as_str().parse::<Uri>().unwrap_or_default();
        let call = client::start(Named::of(request.method(), KNOWN), &uri, request.headers());
        call.inside(|| context::inject(request.headers_mut()));
        let mut future = pin!(client.execute(request));
        let result = poll_fn(|cx| call.inside(|| future.as_mut().poll(cx))).await;
        match &result {
            Ok(response) => {
                let (status, version) = (response.status(), response.version());
                call.answered(Head { status, version, headers: response.headers(), route: None });
            }
            Err(error) => call.failed(error_type(error)),
        }
        result
    }
}

/// Says what went wrong in a word of few; all else is the type.
fn error_type(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "connect"
    } else if error.is_redirect() {
        "redirect"
    } else {
        type_name::<reqwest::Error>()
    }
}
