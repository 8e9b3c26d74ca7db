//! Where OTLP goes: the variables that every signal has of its own, and those that go for all.

use std::path::PathBuf;
use std::time::Duration;

use super::destination::{OtlpTo, Protocol, TlsFiles};
use super::env::{Env, Names, Origin};
use super::exports::Otlp;
use super::parse;
use super::shown::{Address, Secrets, Shown};
use super::variables::{EVERY, Signals, Variable};
use super::{ConfigError, signal::Kind};

/// What the variables of a signal say.
pub(super) struct Said {
    /// The endpoint with its signal's path, and the option that named it.
    pub(super) endpoint: Option<(&'static str, String)>,
    protocol: Protocol,
    headers: Vec<(String, String)>,
    gzip: bool,
    timeout: Duration,
    insecure: bool,
    tls: TlsFiles,
}

/// Reads `OTEL_EXPORTER_OTLP_{SIGNAL}_*`, then `OTEL_EXPORTER_OTLP_*`. `given` is the builder's endpoint for all signals.
pub(super) fn read(env: &mut Env<'_>, kind: &Kind, given: Option<&str>) -> Result<Said, ConfigError> {
    let own: &'static Signals = kind.otlp;
    let protocol =
        env.option(Names(&own.protocol, Some(&EVERY.protocol)), None, protocol, Protocol::default())?;
    let endpoint = endpoint(env, kind, protocol, given)?;
    let secrets = |text: &str| parse::pairs(text).map(Secrets);
    let headers =
        env.option(Names(&own.headers, Some(&EVERY.headers)), None, secrets, Secrets(Vec::new()))?;
    let compression = parse::one_of(&[("gzip", Gzip(true)), ("none", Gzip(false))]);
    Ok(Said {
        endpoint,
        protocol,
        headers: headers.0,
        gzip: env.option(Names(&own.compression, Some(&EVERY.compression)), None, compression, Gzip(true))?.0,
        timeout: env.option(
            Names(&own.timeout, Some(&EVERY.timeout)),
            None,
            parse::timeout,
            Duration::from_secs(10),
        )?,
        insecure: env.option(Names(&own.insecure, Some(&EVERY.insecure)), None, parse::boolean, false)?,
        tls: tls(env, own)?,
    })
}

/// Whether bodies are compressed.
#[derive(Clone, Copy)]
struct Gzip(bool);

impl Shown for Gzip {
    fn shown(&self) -> String {
        if self.0 { "gzip" } else { "none" }.to_owned()
    }
}

fn protocol(text: &str) -> Result<Protocol, String> {
    let known = Protocol::ALL.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(text));
    known.ok_or_else(|| {
        let known = parse::any_of(&Protocol::ALL.map(Protocol::as_str));
        format!("`{text}` is unknown; write {known}")
    })
}

fn endpoint(
    env: &mut Env<'_>,
    kind: &Kind,
    protocol: Protocol,
    given: Option<&str>,
) -> Result<Option<(&'static str, String)>, ConfigError> {
    let own = &kind.otlp.endpoint;
    let every = |base: &str| below(base, protocol, kind.path);
    let (option, endpoint, origin) = if let Some(given) = given {
        (OTLP_ENDPOINT, every(given), Origin::Builder(OTLP_ENDPOINT))
    } else if let Some(whole) = env.text(own) {
        (own.name(), whole, Origin::Environment(own.name()))
    } else if let Some(base) = env.text(&EVERY.endpoint) {
        (EVERY.endpoint.name(), every(&base), Origin::Environment(EVERY.endpoint.name()))
    } else {
        env.note(own, None::<Address>.shown(), Origin::Default);
        return Ok(None);
    };
    env.note(own, Address(endpoint.clone()).shown(), origin);
    Ok(Some((option, endpoint)))
}

/// The method that names an endpoint for all signals and leaves everything else to the environment.
const OTLP_ENDPOINT: &str = "Builder::otlp_endpoint";

/// An endpoint for all signals gets the signal's path over HTTP (OTLP exporter, "Endpoint URLs for OTLP/HTTP").
fn below(base: &str, protocol: Protocol, path: &str) -> String {
    let (whole, query) = base.split_at(base.find('?').unwrap_or(base.len()));
    let whole = whole.trim_end_matches('/');
    match protocol {
        Protocol::Grpc => whole.to_owned(),
        Protocol::HttpProtobuf | Protocol::HttpJson => format!("{whole}/{path}{query}"),
    }
}

/// The client's certificate and its key are of use together.
fn tls(env: &mut Env<'_>, own: &'static Signals) -> Result<TlsFiles, ConfigError> {
    let mut file = |own: &'static Variable, every: &'static Variable| {
        env.option(Names(own, Some(every)), None, |text| Ok(Some(PathBuf::from(text))), None)
    };
    let mut tls = TlsFiles {
        certificate: file(&own.certificate, &EVERY.certificate)?,
        client_certificate: file(&own.client_certificate, &EVERY.client_certificate)?,
        client_key: file(&own.client_key, &EVERY.client_key)?,
    };
    let alone = match (&tls.client_certificate, &tls.client_key) {
        (Some(_), None) => Some((&own.client_certificate, &EVERY.client_certificate, &own.client_key)),
        (None, Some(_)) => Some((&own.client_key, &EVERY.client_key, &own.client_certificate)),
        _ => None,
    };
    if let Some((own, every, other)) = alone {
        let set = if env.text(own).is_some() { own } else { every };
        env.warn(set, &format!("it is of use only with its counterpart; write `{}`, too", other.name()));
        tls = TlsFiles { certificate: tls.certificate, ..TlsFiles::default() };
    }
    Ok(tls)
}

impl Said {
    /// Returns the destination that the environment names, or the usual one.
    pub(super) fn destination(&self, kind: &Kind) -> (&'static str, OtlpTo) {
        let (option, endpoint) = self.endpoint.clone().unwrap_or_else(|| {
            let usual = match self.protocol {
                Protocol::Grpc => "http://localhost:4317",
                Protocol::HttpProtobuf | Protocol::HttpJson => "http://localhost:4318",
            };
            (kind.exporter.name(), below(usual, self.protocol, kind.path))
        });
        let to = OtlpTo {
            endpoint: with_scheme(endpoint, self.protocol, self.insecure),
            protocol: self.protocol,
            headers: self.headers.clone(),
            gzip: self.gzip,
            timeout: self.timeout,
            tls: self.tls.clone(),
        };
        (option, to)
    }

    /// Returns the destination that the builder was given; what it leaves open is as the environment says.
    pub(super) fn given(&self, otlp: &Otlp, kind: &Kind) -> OtlpTo {
        let endpoint = below(&otlp.endpoint, otlp.protocol, kind.path);
        let Otlp { protocol, headers, gzip, timeout, tls, .. } = otlp;
        let has_client = tls.client_certificate.is_some();
        let client = if has_client { tls } else { &self.tls };
        OtlpTo {
            endpoint: with_scheme(endpoint, *protocol, self.insecure),
            protocol: *protocol,
            headers: headers.clone(),
            gzip: gzip.unwrap_or(self.gzip),
            timeout: timeout.unwrap_or(self.timeout),
            tls: TlsFiles {
                certificate: tls.certificate.clone().or_else(|| self.tls.certificate.clone()),
                client_certificate: client.client_certificate.clone(),
                client_key: client.client_key.clone(),
            },
        }
    }
}

/// gRPC goes by TLS where nothing says otherwise: a scheme does, and wins over `INSECURE` (OTLP exporter, "Insecure").
fn with_scheme(endpoint: String, protocol: Protocol, insecure: bool) -> String {
    match protocol {
        Protocol::Grpc if !endpoint.contains("://") => {
            format!("{}://{endpoint}", if insecure { "http" } else { "https" })
        }
        _ => endpoint,
    }
}

/// Refuses what needs a feature that is not there.
pub(super) fn refuse(option: &'static str, to: &OtlpTo) -> Result<(), ConfigError> {
    if to.protocol == Protocol::Grpc && !cfg!(feature = "grpc") {
        let problem = "the protocol `grpc` needs the feature `grpc`; write `obs = { features = [\"grpc\"] }`, or \
                       `http/protobuf` and the collector's port for it, which is mostly 4318";
        return Err(ConfigError { option, problem: problem.to_owned() });
    }
    if is_https(&to.endpoint) && !cfg!(feature = "tls") {
        return Err(ConfigError { option, problem: NO_TLS.to_owned() });
    }
    Ok(())
}

/// What is said where a scheme asks for what is not built in.
pub(super) const NO_TLS: &str = "an `https` endpoint needs the feature `tls`; write `obs = { features = [\"tls\"] }`, or \
     send to a collector on this host by `http`";

pub(super) fn is_https(endpoint: &str) -> bool {
    endpoint.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
}
