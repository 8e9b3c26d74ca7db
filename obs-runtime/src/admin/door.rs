//! Doors: through which one a request comes in says who may see what.

use std::net::SocketAddr;

use http::{HeaderMap, Uri};

use super::host;

/// A way to the answers: the admin server, or a program's own server that has our routes.
#[derive(Debug)]
pub(crate) struct Door {
    /// Names of others are refused, because the server listens on loopback.
    only_local_names: bool,
    /// Who comes without a token sees everything, where there is none.
    is_open: bool,
}

/// What who asks may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rights {
    /// Everything.
    All,
    /// No more than that something is wrong: there is no token by which others are told from friends.
    Outsider,
}

impl Door {
    /// Returns that of a server of ours. On loopback it is open, under loopback names.
    pub(crate) fn of_server(bound: SocketAddr) -> Self {
        let is_loopback = bound.ip().to_canonical().is_loopback();
        Door { only_local_names: is_loopback, is_open: is_loopback }
    }

    /// Returns that of a program's own server, whose names we do not know and which may be anybody's.
    #[cfg(feature = "axum")]
    pub(crate) fn of_router() -> Self {
        Door { only_local_names: false, is_open: false }
    }

    /// Tells whether a request comes under a name that is answered.
    pub(super) fn knows(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        !self.only_local_names || host::is_local(uri, headers)
    }

    /// Tells what who asks may see.
    pub(super) fn rights(&self, _headers: &HeaderMap) -> Rights {
        if self.is_open { Rights::All } else { Rights::Outsider }
    }
}
