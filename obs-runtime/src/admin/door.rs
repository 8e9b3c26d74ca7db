//! Doors: through which one a request comes in says who may see what.

use std::net::SocketAddr;
use std::sync::Arc;

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri};

use super::desk::text;
use super::host;
use super::reload::Reloaded;
use super::stream::Streamed;
use super::token::{Token, bearer};

/// A way to the answers: the admin server, or a program's own server that has our routes.
#[derive(Debug)]
pub(crate) struct Door {
    /// Names of others are refused, because the server listens on loopback.
    only_local_names: bool,
    /// What who comes may see where there is no token.
    without_token: Rights,
}

/// What who asks may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rights {
    /// Everything.
    All,
    /// What is for everybody: there is no token by which others are told from friends.
    Outsider { sees_metrics: bool, closed: &'static str },
    /// What probes need: there is a token, and it did not come along, or another one did.
    Unauthorised { has_presented: bool },
}

/// What is not for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guarded {
    /// Where there is a token, and on a program's own server.
    Scrape,
    /// Ever.
    Inside,
}

impl Door {
    /// Returns that of a server of ours. On loopback it is open, under loopback names; elsewhere its operators are near.
    pub(crate) fn of_server(bound: SocketAddr) -> Self {
        let is_loopback = bound.ip().to_canonical().is_loopback();
        let outsider = Rights::Outsider { sees_metrics: true, closed: CLOSED };
        Door {
            only_local_names: is_loopback,
            without_token: if is_loopback { Rights::All } else { outsider },
        }
    }

    /// Returns that of a program's own server, whose names we do not know and which may be anybody's.
    #[cfg(any(test, feature = "axum"))]
    pub(crate) fn of_router() -> Self {
        let outsider = Rights::Outsider { sees_metrics: false, closed: CLOSED_TO_THE_PUBLIC };
        Door { only_local_names: false, without_token: outsider }
    }

    /// Returns that of a program's own server where `obs` does not run, and so has no metrics to see.
    #[cfg(feature = "axum")]
    pub(crate) fn of_idle_router() -> Self {
        let outsider = Rights::Outsider { sees_metrics: true, closed: CLOSED_TO_THE_PUBLIC };
        Door { only_local_names: false, without_token: outsider }
    }

    /// Tells whether a request comes under a name that is answered.
    pub(super) fn knows(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        !self.only_local_names || host::is_local(uri, headers)
    }

    /// Tells what who asks may see. Waits for a token's file that is to be looked at, for a moment; who is to have an answer
    /// at once gets the one by the token that was there.
    pub(super) async fn rights(
        &self,
        token: Option<&KnownToken>,
        headers: &HeaderMap,
        may_wait: bool,
    ) -> Rights {
        let Some(token) = token else { return self.without_token };
        let Some(presented) = bearer(headers) else { return Rights::Unauthorised { has_presented: false } };
        let known = if may_wait { token.current().await } else { token.latest() };
        if known.matches(presented) { Rights::All } else { Rights::Unauthorised { has_presented: true } }
    }
}

/// The token of this process.
#[derive(Clone, Debug)]
pub(crate) enum KnownToken {
    Given(Arc<Token>),
    /// It is in a file, which may change.
    InFile(Arc<Reloaded<Token>>),
}

impl KnownToken {
    async fn current(&self) -> Arc<Token> {
        match self {
            KnownToken::Given(token) => Arc::clone(token),
            KnownToken::InFile(file) => file.current().await,
        }
    }

    /// Returns it as it was known last, at once.
    fn latest(&self) -> Arc<Token> {
        match self {
            KnownToken::Given(token) => Arc::clone(token),
            KnownToken::InFile(file) => file.latest(),
        }
    }
}

impl Rights {
    /// Returns the answer that is given in the place of something that may not be seen, and nothing if it may.
    pub(super) fn refusal(self, what: Guarded) -> Option<Response<Streamed>> {
        match (self, what) {
            (Rights::All, _) | (Rights::Outsider { sees_metrics: true, .. }, Guarded::Scrape) => None,
            (Rights::Outsider { closed, .. }, _) => Some(text(StatusCode::FORBIDDEN, closed)),
            (Rights::Unauthorised { has_presented }, _) => {
                let mut response = text(StatusCode::UNAUTHORIZED, UNAUTHORISED);
                // RFC 6750, section 3: no error code for who brought nothing.
                let challenge = if has_presented { "Bearer error=\"invalid_token\"" } else { "Bearer" };
                response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
                Some(response)
            }
        }
    }
}

/// What is said to who may not see something on an admin server without a token.
const CLOSED: &str = "forbidden: this is for those who are authorised, and there is no token; set `OBS_ADMIN_TOKEN_FILE` to \
    the path of one, or ask on the loopback address\n";

/// The same on a program's own server.
#[cfg(any(test, feature = "axum"))]
const CLOSED_TO_THE_PUBLIC: &str = "forbidden: this is for those who are authorised, and there is no token; set \
    `OBS_ADMIN_TOKEN_FILE` to the path of one and send it as `Authorization: Bearer ...`\n";

const UNAUTHORISED: &str =
    "unauthorised: this needs the token of `OBS_ADMIN_TOKEN_FILE`; send it as `Authorization: Bearer ...`\n";
