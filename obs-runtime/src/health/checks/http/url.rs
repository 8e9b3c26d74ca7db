//! A URL, taken apart.

use ::http::HeaderValue;
use ::http::uri::{Scheme, Uri};

use crate::health::checks::dial::Place;

/// Where a request goes.
#[derive(Debug)]
pub(super) struct Url {
    pub(super) place: Place,
    /// Whether the connection is secured.
    pub(super) is_secure: bool,
    /// The value of the `Host` header.
    pub(super) authority: HeaderValue,
    /// Path and query, the request target.
    pub(super) target: Uri,
    /// As people are told: without the query, which may hold a secret.
    pub(super) shown: String,
}

const NO_URL: &str = "it is no URL with a host; write one as `http://search:9200/health`";

impl Url {
    /// Takes a URL apart, or says what is wrong with it; not in its own words, which may be a secret's.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let url: Uri = url.parse().map_err(|_| NO_URL)?;
        let is_secure = match url.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => false,
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            _ => return Err(NO_URL.to_owned()),
        };
        let authority = url.authority().ok_or(NO_URL)?;
        if authority.as_str().contains('@') {
            return Err("the URL holds a user or a password; set the header `authorization`".to_owned());
        }
        let written = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
        let port = match written.trim_start_matches(':') {
            "" => Some(if is_secure { 443 } else { 80 }),
            port => port.parse().ok().filter(|port| *port > 0),
        };
        let port = port.ok_or("the URL's port is none; write one from 1 to 65535")?;
        let path = url.path_and_query().map_or("/", |path| path.as_str());
        let scheme = if is_secure { "https" } else { "http" };
        Ok(Url {
            place: Place::new(authority.host(), port).ok_or(NO_URL)?,
            is_secure,
            authority: HeaderValue::from_str(authority.as_str()).map_err(|_| NO_URL)?,
            target: path.parse().map_err(|_| NO_URL)?,
            shown: format!("{scheme}://{authority}{}", url.path()),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let six = Url::parse("http://[::1]:9200/health?token=secret#top").unwrap();
        assert_eq!((six.place.to_string(), six.is_secure), ("[::1]:9200".to_owned(), false));
        assert_eq!(
            (six.authority, six.target.to_string()),
            ("[::1]:9200".parse().unwrap(), "/health?token=secret".to_owned())
        );
        assert_eq!(six.shown, "http://[::1]:9200/health");
        let plain = Url::parse("https://search").unwrap();
        assert_eq!((plain.place.to_string(), plain.is_secure), ("search:443".to_owned(), true));
        assert_eq!((plain.target.to_string(), plain.shown), ("/".to_owned(), "https://search/".to_owned()));
    }

    #[test]
    fn what_is_no_url_is_refused_and_not_shown() {
        for bad in [
            "/health",
            "ftp://secret",
            "secret",
            "http://",
            "http://secret:0/",
            "http://secret:99999/",
            "http:///secret",
        ] {
            let problem = Url::parse(bad).unwrap_err();
            assert!(problem.contains("; write") && !problem.contains("secret"), "{bad}: {problem}");
        }
        let problem = Url::parse("http://ann:secret@search/").unwrap_err();
        assert!(problem.contains("`authorization`") && !problem.contains("secret"), "{problem}");
    }
}
