//! Why a process could not start observing.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use crate::config::ConfigError;
use crate::health::CheckError;

/// Why `init()` refused.
#[non_exhaustive]
pub enum InitError {
    /// It was called before: a process starts once.
    AlreadyStarted,
    /// This process was forked off one that had called it, whose threads it does not have.
    Forked,
    /// The program installed a `tracing` subscriber without our layer.
    SubscriberTaken,
    /// An option has a wrong value.
    Config(ConfigError),
    /// The admin server cannot listen.
    Admin {
        /// Where it was to listen.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// Two crates declare the same name in different ways; each line names both places.
    Conflicts(Vec<String>),
    /// Health checks that were expected are not linked into the program.
    MissingHealth(Vec<String>),
    /// Health checks cannot be registered.
    HealthChecks(Vec<CheckError>),
    /// The exporters' thread cannot start.
    Thread(io::Error),
    /// Signals that were asked for cannot be handled.
    Signals(io::Error),
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InitError::AlreadyStarted => f.write_str("`init()` was called twice; keep the first guard"),
            InitError::Forked => f.write_str(
                "`init()` was called before this process was forked off, which has none of the threads that export; fork \
                 before `init()`, or let the child `exec` its program",
            ),
            InitError::SubscriberTaken => f.write_str(
                "another `tracing` subscriber is installed; leave that to `init()`, or add `obs::layer()` to your \
                 registry before it is installed",
            ),
            InitError::Config(error) => error.fmt(f),
            InitError::HealthChecks(errors) => {
                let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
                f.write_str(&errors.join("; "))
            }
            InitError::Admin { address, source } if source.kind() == io::ErrorKind::AddrInUse => write!(
                f,
                "the admin server cannot listen on {address}: the port is taken; set \
                 `OTEL_EXPORTER_PROMETHEUS_PORT` to another one (0 takes a free one) or `OBS_ADMIN=off`",
            ),
            InitError::Admin { address, source } => write!(
                f,
                "the admin server cannot listen on {address}: {source}; set `OTEL_EXPORTER_PROMETHEUS_HOST` and \
                 `OTEL_EXPORTER_PROMETHEUS_PORT` to an address of this machine, or `OBS_ADMIN=off`",
            ),
            InitError::Conflicts(lines) => write!(f, "names are used twice: {}", lines.join("; ")),
            InitError::MissingHealth(names) => write!(
                f,
                "health checks that were expected are not in the program: {}; use their crate (`use some_crate as _;`) \
                 so that it is linked",
                names.join(", "),
            ),
            InitError::Signals(source) => write!(
                f,
                "signals cannot be handled: {source}; leave `shutdown_on_signals()` away, and drop the guard before the end"
            ),
            InitError::Thread(source) => write!(f, "the exporters' thread cannot start: {source}"),
        }
    }
}

/// The same text: `fn main() -> Result<(), InitError>` prints `Debug`, and the remedy must not be lost there.
impl fmt::Debug for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for InitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            InitError::Config(error) => Some(error),
            InitError::Admin { source, .. } | InitError::Thread(source) | InitError::Signals(source) => {
                Some(source)
            }
            _ => None,
        }
    }
}

impl From<ConfigError> for InitError {
    fn from(error: ConfigError) -> Self {
        InitError::Config(error)
    }
}
