//! Protection against DNS rebinding: a web page must not read a loopback server through a name of its own.

use std::net::IpAddr;

use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, Uri};

/// Tells whether a request asks under a loopback name or address. A server on loopback answers no other one; one that listens
/// elsewhere has been given to the network on purpose and has names that nobody told us.
///
/// A request without a host passes: no browser sends one.
pub(super) fn is_local(uri: &Uri, headers: &HeaderMap) -> bool {
    let mut in_headers = headers.get_all(HOST).iter().map(|value| {
        let authority: Option<Authority> = value.to_str().ok().and_then(|text| text.parse().ok());
        authority.is_some_and(|authority| is_loopback(authority.host()))
    });
    let in_target = uri.host().is_none_or(is_loopback);
    in_target && in_headers.all(|local| local)
}

fn is_loopback(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    match address.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host.trim_end_matches('.').eq_ignore_ascii_case("localhost"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    fn allowed(uri: &str, hosts: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, host.parse().unwrap());
        }
        is_local(&uri.parse().unwrap(), &headers)
    }

    #[test]
    fn loopback_names_only() {
        for host in
            ["localhost", "LOCALHOST:9464", "localhost.:1", "127.0.0.1:9464", "127.1.2.3", "[::1]:9464"]
        {
            assert!(allowed("/", &[host]), "{host}");
        }
        for host in [
            "evil.example:9464",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "[::2]",
            "",
            "a b",
        ] {
            assert!(!allowed("/", &[host]), "{host}");
        }
    }

    #[test]
    fn two_hosts_must_both_be_local() {
        assert!(!allowed("http://evil.example/metrics", &["localhost"]));
        assert!(!allowed("/", &["localhost", "evil.example"]));
        assert!(allowed("http://localhost/", &["localhost", "127.0.0.1"]) && allowed("/", &[]));
    }
}
