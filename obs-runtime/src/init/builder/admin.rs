//! The admin server.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::Builder;
use crate::config::Secret;

impl Builder {
    /// Sets where the admin server listens (`OTEL_EXPORTER_PROMETHEUS_HOST` and `_PORT`); port 0 takes a free one.
    pub fn admin(mut self, address: SocketAddr) -> Self {
        self.overrides.admin = Some(Some(address));
        self
    }

    /// Sets the admin server's port and leaves its address (`OTEL_EXPORTER_PROMETHEUS_PORT`); 0 takes a free one.
    pub fn admin_port(mut self, port: u16) -> Self {
        self.overrides.admin_port = Some(port);
        self
    }

    /// Goes without an admin server (`OBS_ADMIN=off`).
    pub fn admin_off(mut self) -> Self {
        self.overrides.admin = Some(None);
        self
    }

    /// Sets the token by which the admin server knows who may see everything (`OBS_ADMIN_TOKEN`): `/metrics`, `/catalog`,
    /// `/health/detailed`, and why health checks fail. Probes are answered to everybody.
    ///
    /// It is sent as `Authorization: Bearer ...` (RFC 6750) and never printed; `init()` fails where it is empty, or has
    /// characters that no header carries, and warns of fewer than 16. Wins over both variables. Where the server is reached
    /// over a network, sending a token needs TLS to stay a secret: [`Builder::admin_tls`].
    pub fn admin_token(mut self, token: impl Into<String>) -> Self {
        self.overrides.admin_token = Some(Secret(token.into()));
        self
    }

    /// Has the admin server's token read from a file (`OBS_ADMIN_TOKEN_FILE`), and again when that changes: at most once a
    /// second, when somebody shows a token. Once it was read, a file that cannot be used leaves the former token in force, with
    /// a warning; at the start it is an error of `init()`. Wins over both variables.
    pub fn admin_token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.overrides.admin_token_file = Some(path.into());
        self
    }

    /// Serves the admin server by TLS 1.2 and 1.3, and no longer by plain HTTP (`OBS_ADMIN_TLS_CERT`, `OBS_ADMIN_TLS_KEY`); needs
    /// the feature `tls`. The files are PEM: the certificate with those of who issued it behind it, and its key without a
    /// password.
    ///
    /// They are read again when they change: at most once a second, when somebody connects. Files that cannot be used leave the
    /// former certificate in force, with a warning; at the start they are an error of `init()`.
    pub fn admin_tls(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.overrides.admin_tls = Some((certificate.into(), key.into()));
        self
    }
}
