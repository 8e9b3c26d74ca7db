//! Protection against DNS rebinding: a web page must not read a loopback server through a name of its own.

use std::net::{IpAddr, SocketAddr};

use http::Request;
use http::header::HOST;
use http::uri::Authority;

/// Tells whether a request may be answered. A server on loopback is asked for under a loopback name or address only;
/// one that listens elsewhere has been given to the network on purpose and has names that nobody told us.
///
/// A request without a host passes: no browser sends one.
pub(super) fn allows<B>(request: &Request<B>, bound: SocketAddr) -> bool {
    if !bound.ip().is_loopback() {
        return true;
    }
    let mut in_headers = request.headers().get_all(HOST).iter().map(|value| {
        let authority: Option<Authority> = value.to_str().ok().and_then(|text| text.parse().ok());
        authority.is_some_and(|authority| is_local(authority.host()))
    });
    let in_target = request.uri().host().is_none_or(is_local);
    in_target && in_headers.all(|local| local)
}

fn is_local(host: &str) -> bool {
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

    fn allowed(host: &str, bound: &str) -> bool {
        let request = Request::builder().header(HOST, host).body(()).unwrap();
        allows(&request, bound.parse().unwrap())
    }

    #[test]
    fn a_loopback_server_answers_under_loopback_names_only() {
        for host in
            ["localhost", "LOCALHOST:9464", "localhost.:1", "127.0.0.1:9464", "127.1.2.3", "[::1]:9464"]
        {
            assert!(allowed(host, "127.0.0.1:9464"), "{host}");
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
            assert!(!allowed(host, "127.0.0.1:9464"), "{host}");
        }
        assert!(allowed("pod.cluster.local:9464", "0.0.0.0:9464"));
    }

    #[test]
    fn two_hosts_must_both_be_local() {
        let request = Request::get("http://evil.example/metrics").header(HOST, "localhost");
        assert!(!allows(&request.body(()).unwrap(), "127.0.0.1:1".parse().unwrap()));
        let request = Request::get("/").header(HOST, "localhost").header(HOST, "evil.example");
        assert!(!allows(&request.body(()).unwrap(), "127.0.0.1:1".parse().unwrap()));
    }
}
