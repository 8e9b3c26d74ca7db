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
    /// Who comes sees everything, where there is no token.
    is_open: bool,
}

/// What who asks may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rights {
    /// Everything.
    All,
    /// What is for everybody: there is no token by which others are told from friends.
    Outsider,
    /// What probes need: there is a token, and it did not come along, or another one did.
    Unauthorised { has_presented: bool },
}

/// What is not for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guarded {
    /// Where there is a token.
    Scrape,
    /// Ever.
    Inside,
}

impl Door {
    /// Returns that of a server of ours. On loopback it is open, under loopback names.
    pub(crate) fn of_server(bound: SocketAddr) -> Self {
        let is_loopback = bound.ip().to_canonical().is_loopback();
        Door { only_local_names: is_loopback, is_open: is_loopback }
    }

    /// Returns that of a program's own server, whose names we do not know and which may be anybody's.
    #[cfg(any(test, feature = "axum"))]
    pub(crate) fn of_router() -> Self {
        Door { only_local_names: false, is_open: false }
    }

    /// Tells whether a request comes under a name that is answered.
    pub(super) fn knows(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        !self.only_local_names || host::is_local(uri, headers)
    }

    /// Tells what who asks may see.
    pub(super) async fn rights(&self, token: Option<&KnownToken>, headers: &HeaderMap) -> Rights {
        match (token, bearer(headers)) {
            (None, _) if self.is_open => Rights::All,
            (None, _) => Rights::Outsider,
            (Some(_), None) => Rights::Unauthorised { has_presented: false },
            (Some(token), Some(presented)) => match token.current().await.matches(presented) {
                true => Rights::All,
                false => Rights::Unauthorised { has_presented: true },
            },
        }
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
}

impl Rights {
    /// Returns the answer that is given in the place of something that may not be seen, and nothing if it may.
    pub(super) fn refusal(self, what: Guarded) -> Option<Response<Streamed>> {
        match (self, what) {
            (Rights::All, _) | (Rights::Outsider, Guarded::Scrape) => None,
            (Rights::Outsider, Guarded::Inside) => Some(text(StatusCode::FORBIDDEN, CLOSED)),
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

/// What is said to who may not see something on a server without a token.
const CLOSED: &str = "forbidden: this is for those who are authorised, and there is no token; set `OBS_ADMIN_TOKEN_FILE` to \
    the path of one, or ask on the loopback address\n";

const UNAUTHORISED: &str =
    "unauthorised: this needs the token of `OBS_ADMIN_TOKEN_FILE`; send it as `Authorization: Bearer ...`\n";
