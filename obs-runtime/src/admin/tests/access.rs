//! R26: who may see what, over real sockets.

use std::fs;

use super::*;
use crate::folder::Folder;

const TOKEN: &str = "c4n4ry-0123456789";
const RIGHT: &str = "authorization: Bearer c4n4ry-0123456789\r\n";
const WRONG: &str = "authorization: Bearer c4n4ry-0123456788\r\n";

/// A bus that is down and says why, and with what details; a cache that is slow.
fn checks() -> Checks {
    let mut bus = report("bus", CheckKind::Readiness, Standing::Unhealthy, Some("refused by 10.1.2.3"));
    bus.details = vec![crate::record::Attribute { key: "node".into(), value: "10.1.2.3".into() }];
    let cache = report("cache", CheckKind::Readiness, Standing::Degraded, Some("slow at 10.1.2.3"));
    Arc::new(Mutex::new(vec![bus, cache]))
}

fn guarded(address: &str, token: Option<KnownToken>) -> SocketAddr {
    serve_at(address, Routes { token, ..routes(&checks()) }, Limits::default())
}

fn given() -> Option<KnownToken> {
    Some(KnownToken::Given(Arc::new(Token::new(TOKEN).unwrap())))
}

async fn codes<const N: usize>(address: SocketAddr, headers: &str, paths: [&str; N]) -> [u16; N] {
    let mut codes = [0; N];
    for (code, path) in codes.iter_mut().zip(paths) {
        *code = ask(address, "GET", path, headers).await[9..12].parse().unwrap();
    }
    codes
}

const INSIDE: [&str; 4] = ["/metrics", "/catalog", "/health/detailed", "/health/detailed?format=text"];
const PROBES: [&str; 4] = ["/livez", "/readyz", "/startupz", "/healthz"];

#[tokio::test]
async fn r26_with_a_token_probes_are_everybodys_and_the_rest_is_for_who_shows_it() {
    for bound in ["127.0.0.1:0", "0.0.0.0:0"] {
        let address = guarded(bound, given());
        for headers in
            ["", WRONG, "authorization: Basic YTpi\r\n", &format!("{RIGHT}{RIGHT}"), "authorization: x\r\n"]
        {
            assert_eq!(codes(address, headers, INSIDE).await, [401; 4], "{bound} {headers}");
            assert_eq!(codes(address, headers, PROBES).await, [200, 503, 200, 503], "{bound} {headers}");
        }
        assert_eq!(codes(address, RIGHT, INSIDE).await, [200, 200, 503, 503], "{bound}");
        assert_eq!(codes(address, RIGHT, PROBES).await, [200, 503, 200, 503], "{bound}");
        let in_query = format!("/metrics?access_token={TOKEN}");
        assert_eq!(codes(address, "", [&in_query]).await, [401], "a query is in everybody's log");
    }
    let address = guarded("127.0.0.1:0", given());
    let nothing = ask(address, "GET", "/metrics", "").await;
    assert!(nothing.contains("www-authenticate: Bearer\r\n"), "{nothing}");
    assert!(nothing.contains("`OBS_ADMIN_TOKEN_FILE`; send it as `Authorization: Bearer ...`"), "{nothing}");
    let wrong = ask(address, "GET", "/metrics", WRONG).await;
    assert!(wrong.contains("www-authenticate: Bearer error=\"invalid_token\"\r\n"), "{wrong}");
    assert!(!wrong.contains("c4n4ry"), "{wrong}");
}

#[tokio::test]
async fn r26_reasons_and_details_are_for_who_is_authorised() {
    let paths = ["/readyz", "/readyz?verbose", "/readyz?format=json", "/readyz/bus", "/readyz/bus?verbose"];
    let (behind, on_network) = (guarded("127.0.0.1:0", given()), guarded("0.0.0.0:0", None));
    for path in paths {
        for address in [behind, on_network] {
            let answer = ask(address, "GET", path, "").await;
            assert!(!answer.contains("10.1.2.3") && answer.contains("reason withheld"), "{answer}");
            assert!(answer.contains("bus") && !answer.contains("details"), "{answer}");
        }
        for address in [behind, guarded("127.0.0.1:0", None)] {
            let answer = ask(address, "GET", path, RIGHT).await;
            assert!(answer.contains("refused by 10.1.2.3") && !answer.contains("withheld"), "{answer}");
        }
    }
    let short = "not ready: bus: unhealthy, reason withheld\n";
    assert_eq!(get(behind, "/readyz").await, (503, short.to_owned()));
    let verbose = get(behind, "/readyz?verbose").await.1;
    assert!(verbose.starts_with("[-]bus failed: reason withheld (since "), "{verbose}");
    assert!(verbose.contains("\n[+]cache degraded: reason withheld (since "), "{verbose}");
}

#[tokio::test]
async fn r26_without_a_token_loopback_is_open_and_another_address_is_not() {
    assert_eq!(codes(guarded("127.0.0.1:0", None), "", INSIDE).await, [200, 200, 503, 503]);
    let address = guarded("0.0.0.0:0", None);
    for headers in ["", RIGHT] {
        assert_eq!(codes(address, headers, INSIDE).await, [200, 403, 403, 403]);
        assert_eq!(codes(address, headers, PROBES).await, [200, 503, 200, 503]);
    }
    let (_, text) = get(address, "/health/detailed").await;
    assert!(text.contains("set `OBS_ADMIN_TOKEN_FILE`"), "{text}");
    let elsewhere = "GET /metrics HTTP/1.1\r\nhost: shop.example\r\nconnection: close\r\n\r\n";
    assert!(
        exchange(address, elsewhere).await.starts_with("HTTP/1.1 200 "),
        "it has names that nobody told us"
    );
}

#[tokio::test]
async fn r26_a_foreign_host_is_refused_whatever_it_shows() {
    let address = guarded("127.0.0.1:0", given());
    let request = format!("GET /readyz HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n{RIGHT}\r\n");
    assert!(exchange(address, &request).await.starts_with("HTTP/1.1 403 "));
}

#[tokio::test]
async fn a_token_that_is_rotated_counts_from_then_on() {
    let folder = Folder::new().with("token", &format!("{TOKEN}\n"));
    let path = folder.path().join("token");
    let told = Arc::new(Mutex::new(Vec::new()));
    let tells = Arc::clone(&told);
    let tell: Tell = Arc::new(move |severity, line| tells.lock().unwrap().push((severity, line)));
    let from = crate::config::admin::TokenFrom::File(crate::config::admin::Named {
        option: "x",
        path: path.clone(),
    });
    let token = crate::init::admin_token(&from, &tell).unwrap();
    let address = guarded("127.0.0.1:0", Some(token));
    let code = async |headers: &'static str| codes(address, headers, ["/metrics"]).await[0];
    assert_eq!((code(RIGHT).await, code(WRONG).await), (200, 401));
    fs::write(&path, "c4n4ry-0123456788").unwrap();
    soon(async { while code(WRONG).await != 200 {} }).await;
    assert_eq!(code(RIGHT).await, 401, "the former one is none any more");
    fs::write(&path, "c4n4ry with space").unwrap();
    soon(async {
        while told.lock().unwrap().len() < 2 {
            assert_eq!(code(WRONG).await, 200, "what is broken leaves the former one in force");
        }
    })
    .await;
    let told = told.lock().unwrap().clone();
    assert_eq!(told[0], (Severity::Info, "the admin server's token was read anew".to_owned()));
    assert!(told[1].0 == Severity::Warn && !told[1].1.contains("c4n4ry"), "{told:?}");
}
