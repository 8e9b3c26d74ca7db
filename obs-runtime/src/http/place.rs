//! The server of a request, as its client calls it.

use http::uri::Authority;
use http::{HeaderMap, Uri, header};

/// A host, and the port if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) address: String,
    pub(super) port: Option<u16>,
}

impl Place {
    /// Returns the server that a request names, in its target or else in its one `Host`; `None` where that is not
    /// well-formed.
    pub(super) fn of(uri: &Uri, headers: &HeaderMap) -> Option<Self> {
        match uri.authority() {
            Some(authority) => Place::named(authority),
            None => Place::named(&host(headers)?),
        }
    }

    fn named(authority: &Authority) -> Option<Self> {
        let host = authority.host();
        // An IPv6 address stands in brackets for the sake of the port behind it only.
        let address = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        (!address.is_empty()).then(|| Place { address: address.to_owned(), port: authority.port_u16() })
    }

    /// Fills in the port that a scheme stands for.
    pub(super) fn or_port_of(self, scheme: &str) -> Self {
        let default = match scheme {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        };
        Place { port: self.port.or(default), ..self }
    }
}

fn host(headers: &HeaderMap) -> Option<Authority> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().filter(|_| hosts.next().is_none())?;
    // A host has no user (RFC 9110, section 7.2).
    Authority::try_from(host.as_bytes()).ok().filter(|a| !a.as_str().contains('@'))
}

/// Returns the address that a request goes to, without user, password, query and fragment: what may be secret.
pub(super) fn url(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let of_target = uri.authority().cloned();
    let authority = of_target.or_else(|| host(headers))?;
    let (_, place) = authority.as_str().rsplit_once('@').unwrap_or(("", authority.as_str()));
    Some(format!("{}://{place}{}", uri.scheme_str().unwrap_or("http"), uri.path()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use super::*;

    fn headers(hosts: &[&str]) -> HeaderMap {
        hosts.iter().map(|host| (header::HOST, host.parse().unwrap())).collect()
    }

    fn place(target: &str, hosts: &[&str]) -> Option<(String, Option<u16>)> {
        Place::of(&target.parse().unwrap(), &headers(hosts)).map(|place| (place.address, place.port))
    }

    #[test]
    fn a_server_is_what_the_target_or_one_well_formed_host_says() {
        let is = |address: &str, port| Some((address.to_owned(), port));
        assert_eq!(place("http://shop:8080/x", &["other"]), is("shop", Some(8080)));
        assert_eq!(place("/x", &["shop.example:81"]), is("shop.example", Some(81)));
        assert_eq!(place("/x", &["shop.example"]), is("shop.example", None));
        assert_eq!(place("/x", &["[::1]:80"]), is("::1", Some(80)));
        for bad in [&[][..], &["a", "b"], &["user@shop"], &["a b"], &[""], &["shop:99999"]] {
            assert_eq!(place("/x", bad).and_then(|(_, port)| port), None, "{bad:?}");
        }
        assert_eq!(place("/x", &["a", "b"]), None);
        assert_eq!(place("/x", &["user@shop"]), None);
    }

    #[test]
    fn a_url_has_no_secrets() {
        let of = |target: &str, hosts: &[&str]| url(&target.parse().unwrap(), &headers(hosts));
        let expected = Some("https://shop:8443/orders".to_owned());
        assert_eq!(of("https://user:pass@shop:8443/orders?token=1", &[]), expected);
        assert_eq!(of("/orders?token=1", &["shop"]), Some("http://shop/orders".to_owned()));
        assert_eq!(of("/orders", &[]), None);
    }

    #[test]
    fn a_port_that_nobody_named_is_that_of_the_scheme() {
        let port = |scheme| Place { address: "shop".into(), port: None }.or_port_of(scheme).port;
        assert_eq!([port("http"), port("https"), port("_OTHER")], [Some(80), Some(443), None]);
    }
}
