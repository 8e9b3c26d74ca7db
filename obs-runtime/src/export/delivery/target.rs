//! Where requests over a network go.

use std::fmt;

use http::HeaderValue;
use http::uri::{Scheme, Uri};

#[cfg(feature = "tls")]
use crate::tls::TlsError;

/// A URL, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Without the brackets of an IPv6 address.
    pub(in crate::export) host: String,
    pub(in crate::export) port: u16,
    /// Whether the connection is secured.
    pub(in crate::export) tls: bool,
    /// The value of the `Host` header.
    pub(in crate::export) authority: HeaderValue,
    /// Path and query, the request target.
    pub(in crate::export) path: Uri,
}

impl Target {
    /// Takes a URL apart, or says what is wrong with it.
    pub(crate) fn new(endpoint: &str) -> Result<Self, EndpointError> {
        let endpoint: Uri = endpoint.parse().map_err(|_| EndpointError::NoUrl)?;
        let tls = match endpoint.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => false,
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            _ => return Err(EndpointError::NoUrl),
        };
        if tls && cfg!(not(feature = "tls")) {
            return Err(EndpointError::Tls);
        }
        let authority = endpoint.authority().ok_or(EndpointError::NoUrl)?;
        if authority.as_str().contains('@') {
            return Err(EndpointError::Credentials);
        }
        let port = authority.as_str().trim_start_matches(authority.host()).trim_start_matches(':');
        if authority.port_u16().is_none() && !port.is_empty() {
            return Err(EndpointError::Port);
        }
        let path = endpoint.path_and_query().map_or("/", |p| p.as_str());
        Ok(Target {
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(if tls { 443 } else { 80 }),
            tls,
            authority: HeaderValue::from_str(authority.as_str()).map_err(|_| EndpointError::NoUrl)?,
            path: path.parse().map_err(|_| EndpointError::NoUrl)?,
        })
    }
}

impl Target {
    /// Names the host to people.
    pub(in crate::export) fn origin(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.authority.to_str().unwrap_or_default())
    }
}

/// Names the place to people, without the query: it may hold a secret.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.path.path())
    }
}

/// An endpoint that cannot be used. The endpoint itself is not shown: it may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EndpointError {
    /// It is no `http` URL with a host.
    NoUrl,
    /// Its port is none.
    Port,
    /// It needs TLS.
    Tls,
    /// It holds a user or a password.
    Credentials,
    /// gRPC is not built in.
    #[cfg(not(feature = "grpc"))]
    Grpc,
    /// A file of TLS cannot be used.
    #[cfg(feature = "tls")]
    Files(TlsError),
}

impl EndpointError {
    /// Returns the option to blame, where it is not the endpoint.
    pub(crate) fn option(&self) -> Option<&'static str> {
        #[cfg(feature = "tls")]
        if let EndpointError::Files(error) = self {
            return error.option;
        }
        None
    }
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EndpointError::NoUrl => {
                "the endpoint is no URL with a host; write one as `http://127.0.0.1:4318`"
            }
            EndpointError::Port => "the endpoint's port is none; write one from 1 to 65535",
            EndpointError::Tls => {
                "an `https` endpoint needs the feature `tls` of `obs`; write `features = [\"tls\"]` in `Cargo.toml`, \
                 or send to a collector on this host by `http`"
            }
            EndpointError::Credentials => {
                "the endpoint holds a user or a password, which would not be sent; set the header `authorization`"
            }
            #[cfg(not(feature = "grpc"))]
            EndpointError::Grpc => {
                "gRPC needs the feature `grpc` of `obs`; write `features = [\"grpc\"]` in `Cargo.toml`, or \
                 `http/protobuf` and the collector's port for it, which is mostly 4318"
            }
            #[cfg(feature = "tls")]
            EndpointError::Files(error) => return error.fmt(f),
        })
    }
}

impl std::error::Error for EndpointError {}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_taken_apart() {
        let six = Target::new("http://[::1]:4318/v1/traces?tenant=a").unwrap();
        assert_eq!(
            (six.host.as_str(), six.port, six.authority.to_str().unwrap()),
            ("::1", 4318, "[::1]:4318")
        );
        assert_eq!((six.path.to_string().as_str(), six.tls), ("/v1/traces?tenant=a", false));
        assert_eq!(six.to_string(), "http://[::1]:4318/v1/traces");
        assert_eq!(Target::new("http://collector").unwrap().port, 80);
        let refused = |url| Target::new(url).unwrap_err();
        assert_eq!(refused("/v1/traces"), EndpointError::NoUrl);
        assert_eq!(refused("ftp://collector"), EndpointError::NoUrl);
        assert_eq!(refused("http://127.0.0.1:99999/v1/logs"), EndpointError::Port);
        assert_eq!(refused("http://[::1]:65536"), EndpointError::Port);
        assert_eq!(refused("http://user:secret@collector/"), EndpointError::Credentials);
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn https_without_the_feature_is_an_error_that_names_it() {
        let error = Target::new("https://collector/").unwrap_err();
        assert_eq!(error, EndpointError::Tls);
        assert!(error.to_string().contains("feature `tls`"));
    }

    #[cfg(feature = "tls")]
    #[test]
    fn https_has_a_port_of_its_own() {
        let target = Target::new("https://collector/v1/logs").unwrap();
        assert_eq!(
            (target.port, target.tls, target.to_string().as_str()),
            (443, true, "https://collector/v1/logs")
        );
    }
}
