//! Where OTLP goes: the variables that every signal has of its own, and those that go for all.

use std::time::Duration;

use super::destination::{Destination, OtlpTo, Protocol, TlsFiles, To};
use super::{Env, parse};

/// What the variables of a signal are called, and its path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    /// As in `TRACES`.
    pub(super) signal: &'static str,
    /// The variable for its endpoint, which names the path itself.
    pub(super) endpoint: &'static str,
    /// The path below an endpoint for every signal.
    pub(super) path: &'static str,
}

/// The endpoint for every signal.
const EVERY: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Reads `OTEL_EXPORTER_OTLP_{SIGNAL}_*`, then `OTEL_EXPORTER_OTLP_*`. `given` is the builder's endpoint, `usual` the one
/// where nothing gives any; `None` where there is none.
pub(super) fn destination(
    env: &mut Env<'_>,
    names: Names,
    given: Option<&str>,
    usual: Option<(&'static str, &str)>,
) -> Option<Destination> {
    let below = |base: &str| format!("{}/{}", base.trim_end_matches('/'), names.path);
    let found = match given {
        Some(given) => Some(("Builder::otlp_endpoint", below(given))),
        None => env
            .text(names.endpoint)
            .map(|whole| (names.endpoint, whole))
            .or_else(|| env.text(EVERY).map(|base| (EVERY, below(&base)))),
    };
    let (option, endpoint) = found.or(usual.map(|(option, base)| (option, below(base))))?;
    let to = OtlpTo {
        endpoint,
        protocol: Protocol::HttpProtobuf,
        headers: headers(env, names),
        gzip: gzip(env, names),
        timeout: either(env, names, "TIMEOUT", |env, name| env.number(name, "a number of milliseconds"))
            .map_or(Duration::from_secs(10), Duration::from_millis),
        tls: TlsFiles::default(),
    };
    Some(Destination { option, name: "otlp".to_owned(), to: To::Otlp(to) })
}

/// The variable for the signal, then the one for all.
fn either<'e, T>(
    env: &mut Env<'e>,
    names: Names,
    what: &str,
    read: impl Fn(&mut Env<'e>, &str) -> Option<T>,
) -> Option<T> {
    read(env, &format!("OTEL_EXPORTER_OTLP_{}_{what}", names.signal))
        .or_else(|| read(env, &format!("OTEL_EXPORTER_OTLP_{what}")))
}

fn headers(env: &mut Env<'_>, names: Names) -> Vec<(String, String)> {
    let read = |env: &mut Env<'_>, name: &str| match parse::pairs(&env.text(name)?) {
        Ok(pairs) => Some(pairs),
        Err(problem) => {
            env.warn(name, &problem);
            None
        }
    };
    either(env, names, "HEADERS", read).unwrap_or_default()
}

fn gzip(env: &mut Env<'_>, names: Names) -> bool {
    let read = |env: &mut Env<'_>, name: &str| match env.text(name)?.as_str() {
        "gzip" => Some(true),
        "none" => Some(false),
        other => {
            env.warn(name, &format!("`{other}` is unknown; write `gzip` or `none`"));
            None
        }
    };
    either(env, names, "COMPRESSION", read).unwrap_or(true)
}
