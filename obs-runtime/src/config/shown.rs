//! Values as people are shown them: no secret among them.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use tracing_core::{Level, LevelFilter};
use tracing_subscriber::filter::Targets;

use super::destination::{FileTo, OtlpTo, Printed, Protocol, To, ZipkinTo};
use super::parse::NO_LIMIT;
use crate::admin::Token;
use crate::engine::exemplars::ExemplarFilter;
use crate::engine::sampler::Sampling;
use crate::export::{HistogramAggregation, LogFormat, Temporality};

/// A value that can be shown.
pub(super) trait Shown {
    /// Returns it as text of one line.
    fn shown(&self) -> String;
}

macro_rules! shown {
    ($($kind:ty: |$value:ident| $text:expr;)+) => {
        $(impl Shown for $kind {
            fn shown(&self) -> String {
                let $value = self;
                $text.to_string()
            }
        })+
    };
}

shown! {
    bool: |value| value;
    u16: |value| value;
    u64: |value| value;
    f64: |value| value;
    String: |value| value.escape_debug();
    PathBuf: |value| value.display().to_string().escape_debug();
    IpAddr: |value| value;
    SocketAddr: |value| value;
    Targets: |value| value;
    Level: |value| value.as_str().to_ascii_lowercase();
    LevelFilter: |value| value.to_string().to_ascii_lowercase();
    Protocol: |value| value.as_str();
    Token: |_token| "***";
}

impl Shown for usize {
    fn shown(&self) -> String {
        if *self == usize::MAX { "no limit".to_owned() } else { self.to_string() }
    }
}

impl Shown for Duration {
    fn shown(&self) -> String {
        if *self >= NO_LIMIT { "no limit".to_owned() } else { format!("{self:?}") }
    }
}

impl Shown for LogFormat {
    fn shown(&self) -> String {
        match self {
            LogFormat::Pretty => "pretty",
            LogFormat::Json => "json",
        }
        .to_owned()
    }
}

impl Shown for Temporality {
    fn shown(&self) -> String {
        match self {
            Temporality::Cumulative => "cumulative",
            Temporality::Delta => "delta",
            Temporality::LowMemory => "lowmemory",
        }
        .to_owned()
    }
}

impl Shown for HistogramAggregation {
    fn shown(&self) -> String {
        match self {
            HistogramAggregation::Explicit => "explicit_bucket_histogram",
            HistogramAggregation::Exponential => "base2_exponential_bucket_histogram",
        }
        .to_owned()
    }
}

impl Shown for ExemplarFilter {
    fn shown(&self) -> String {
        match self {
            ExemplarFilter::AlwaysOn => "always_on",
            ExemplarFilter::AlwaysOff => "always_off",
            ExemplarFilter::TraceBased => "trace_based",
        }
        .to_owned()
    }
}

impl Shown for Sampling {
    fn shown(&self) -> String {
        match self {
            Sampling::AlwaysOn => "always_on",
            Sampling::AlwaysOff => "always_off",
            Sampling::TraceIdRatio(_) => "traceidratio",
            Sampling::ParentBasedAlwaysOn => "parentbased_always_on",
            Sampling::ParentBasedAlwaysOff => "parentbased_always_off",
            Sampling::ParentBasedTraceIdRatio(_) => "parentbased_traceidratio",
        }
        .to_owned()
    }
}

/// What is not there.
pub(super) const NONE: &str = "-";

impl<T: Shown> Shown for Option<T> {
    fn shown(&self) -> String {
        self.as_ref().map_or_else(|| NONE.to_owned(), Shown::shown)
    }
}

/// `on` or `off`.
#[derive(Clone, Copy)]
pub(super) struct Switch(pub(super) bool);

impl Shown for Switch {
    fn shown(&self) -> String {
        if self.0 { "on" } else { "off" }.to_owned()
    }
}

/// A secret that was given in code.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Names and values.
pub(super) struct Pairs(pub(super) Vec<(String, String)>);

impl Shown for Pairs {
    fn shown(&self) -> String {
        let pair = |(name, value): &(String, String)| format!("{name}={value}").escape_debug().to_string();
        if self.0.is_empty() {
            NONE.to_owned()
        } else {
            self.0.iter().map(pair).collect::<Vec<_>>().join(",")
        }
    }
}

/// Names and values of which the values are secrets.
pub(super) struct Secrets(pub(super) Vec<(String, String)>);

impl Shown for Secrets {
    fn shown(&self) -> String {
        if self.0.is_empty() {
            return NONE.to_owned();
        }
        let secret = |(name, _): &(String, String)| format!("{}=***", name.escape_debug());
        self.0.iter().map(secret).collect::<Vec<_>>().join(",")
    }
}

/// An address, which may hold a user, a password or a key.
#[derive(Clone)]
pub(crate) struct Address(pub(crate) String);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl Shown for Address {
    fn shown(&self) -> String {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("", &self.0));
        let (whole, query) = rest.split_once('?').map_or((rest, ""), |(whole, _)| (whole, "?***"));
        let (authority, path) = whole.split_at(whole.find('/').unwrap_or(whole.len()));
        let host = authority.rsplit_once('@').map_or(authority.to_owned(), |(_, host)| format!("***@{host}"));
        let separator = if scheme.is_empty() { "" } else { "://" };
        format!("{scheme}{separator}{host}{path}{query}").escape_debug().to_string()
    }
}

impl Shown for To {
    fn shown(&self) -> String {
        match self {
            To::Otlp(OtlpTo { endpoint, protocol, headers, gzip, timeout, .. }) => format!(
                "{} ({}, {}, timeout {}, headers {})",
                Address(endpoint.clone()).shown(),
                protocol.as_str(),
                if *gzip { "gzip" } else { "not compressed" },
                timeout.shown(),
                Secrets(headers.clone()).shown(),
            ),
            To::Zipkin(ZipkinTo { endpoint, timeout }) => {
                format!("{} (timeout {})", Address(endpoint.clone()).shown(), timeout.shown())
            }
            To::File(FileTo { path, max_bytes, max_files }) => {
                format!(
                    "{} ({max_files} files of {max_bytes} bytes)",
                    path.display().to_string().escape_debug()
                )
            }
            To::Stdout(Printed::Json) => "standard output, as OTLP/JSON".to_owned(),
            To::Stdout(Printed::Pretty) => "standard output, for people".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let address = |text: &str| Address(text.to_owned()).shown();
        assert_eq!(address("http://user:secret@host:1/path?key=secret#x"), "http://***@host:1/path?***");
        assert_eq!(address("secret@host"), "***@host");
        assert_eq!(address("https://host"), "https://host");
        assert_eq!(address("http://host/a@b"), "http://host/a@b");
        let pairs =
            [("authorization", "secret"), ("x\n", "secret")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(Secrets(pairs.into()).shown(), "authorization=***,x\\n=***");
        assert_eq!(Secrets(Vec::new()).shown(), "-");
    }

    #[test]
    fn what_has_no_limit_says_so() {
        assert_eq!((usize::MAX.shown(), NO_LIMIT.shown()), ("no limit".to_owned(), "no limit".to_owned()));
        assert_eq!(
            (Duration::from_millis(1500).shown(), None::<u64>.shown()),
            ("1.5s".to_owned(), "-".to_owned())
        );
    }
}
