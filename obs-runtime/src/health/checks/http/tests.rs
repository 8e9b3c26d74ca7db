//! Real servers, of which most misbehave.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::io::Write;
use std::net::SocketAddr;
use std::sync::mpsc::channel;

#[cfg(feature = "tls")]
mod https;

use super::*;
use crate::health::checks::tests::{answers, detail, look, read_head, refused, said, server};
use crate::health::{CheckReport, Standing};
use crate::record::Value;

fn at(address: SocketAddr) -> String {
    format!("http://{address}/health?token=secret")
}

/// How it is shown.
fn shown(address: SocketAddr) -> String {
    format!("http://{address}/health")
}

/// What a run said; in none of it is the query.
fn look_at(check: impl Into<Check>) -> CheckReport {
    let report = look(check);
    assert!(!format!("{:?} {:?}", report.reason, report.details).contains("secret"), "{:?}", report.details);
    report
}

fn unhealthy(check: impl Into<Check>) -> String {
    let report = look_at(check);
    assert_eq!(report.standing, Standing::Unhealthy);
    report.reason.unwrap()
}

#[test]
fn a_good_answer_is_healthy_and_the_request_is_as_it_should_be() {
    let (told, heads) = channel();
    let address = server(move |stream| {
        let _test_ended = told.send(read_head(stream));
        let _sent = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
    });
    let report = look_at(http("search", at(address)).header("Authorization", "Bearer secret"));
    assert_eq!(said(&report), (Standing::Healthy, ""));
    assert_eq!(detail(&report, "status"), Some(Value::Int(204)));
    assert_eq!(detail(&report, "bytes"), Some(Value::Int(0)));
    assert_eq!(detail(&report, "url"), Some(Value::from(shown(address))));
    assert_eq!(detail(&report, "address"), Some(Value::from(address.to_string())));
    let head = heads.try_recv().unwrap();
    assert!(head.starts_with("GET /health?token=secret HTTP/1.1\r\n"), "{head}");
    for line in [
        format!("host: {address}"),
        "connection: close".to_owned(),
        "authorization: Bearer secret".to_owned(),
    ] {
        assert!(head.lines().any(|l| l == line), "{line} in {head}");
    }
}

#[test]
fn another_status_is_unhealthy_unless_it_is_wanted() {
    let address = answers("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");
    assert_eq!(
        unhealthy(http("search", at(address))),
        format!("{} answered 503 Service Unavailable", shown(address))
    );
    assert_eq!(said(&look_at(http("search", at(address)).status(503..=503))), (Standing::Healthy, ""));
    assert_eq!(said(&look_at(http("search", at(address)).status(500..))), (Standing::Healthy, ""));
}

#[test]
fn a_redirect_is_not_followed_and_its_host_is_told() {
    let (told, came) = channel();
    let other = server(move |_| told.send(()).unwrap_or_default());
    let redirect =
        |to: String| answers(format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n"));
    let address = redirect(format!("http://ann:secret@{other}/secret?secret"));
    let reason = unhealthy(http("search", at(address)));
    let to = "a redirect to `127.0.0.1`, which is not followed; name the place itself";
    assert_eq!(reason, format!("{} answered 302 Found, {to}", shown(address)));
    assert!(came.try_recv().is_err(), "nobody went there");
    let reason = unhealthy(http("search", at(redirect("/secret".to_owned()))));
    assert!(reason.contains("a redirect to the same host"), "{reason}");
    let wanted = http("search", at(address)).status(300..400);
    assert_eq!(said(&look_at(wanted)), (Standing::Healthy, ""));
}

#[test]
fn a_body_without_end_is_read_to_its_bound() {
    let endless = || {
        server(|stream| {
            read_head(stream);
            let chunk = [b"1000\r\n", vec![b'x'; 0x1000].as_slice(), b"\r\n"].concat();
            let mut all = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
            while all.is_ok() {
                all = stream.write_all(&chunk);
            }
        })
    };
    let report = look_at(http("search", at(endless())));
    assert_eq!(said(&report), (Standing::Healthy, ""));
    assert_eq!(detail(&report, "bytes"), Some(Value::Int(65_536)));
    let address = endless();
    let reason = unhealthy(http("search", at(address)).contains("green"));
    assert_eq!(reason, format!("`green` is not in the first 64 KiB of the answer of {}", shown(address)));
}

#[test]
fn a_text_is_found_where_it_is_in_two_chunks() {
    let address =
        answers("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nissg\r\n4\r\nreen\r\n0\r\n\r\n");
    let report = look_at(http("search", at(address)).contains("green"));
    assert_eq!(said(&report), (Standing::Healthy, ""));
    let reason = unhealthy(http("search", at(address)).contains("red"));
    assert_eq!(reason, format!("`red` is not in the answer of {}", shown(address)));
}

#[test]
fn who_speaks_no_http_is_told() {
    let address = answers("SSH-2.0-OpenSSH_9.2\r\n");
    let reason = unhealthy(http("search", at(address)));
    assert!(reason.starts_with(&format!("{} answered in what is no HTTP/1.1 (", shown(address))), "{reason}");
    assert!(reason.ends_with("; where it speaks TLS, write `https`"), "{reason}");
    let address = server(|stream| {
        read_head(stream);
        let mut all = stream.write_all(b"HTTP/1.1 200 OK\r\nx: ");
        while all.is_ok() {
            all = stream.write_all(&[b'x'; 4096]);
        }
    });
    let reason = unhealthy(http("search", at(address)));
    assert!(reason.contains("no HTTP/1.1 (message head is too large)"), "{reason}");
}

#[test]
fn who_hangs_up_is_told_and_where() {
    let address = server(|stream| drop(read_head(stream)));
    let reason = unhealthy(http("search", at(address)));
    assert_eq!(reason, format!("{} closed the connection and did not answer", shown(address)));
    let address = answers("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort");
    let reason = unhealthy(http("search", at(address)));
    assert!(reason.starts_with(&format!("{} answered 200 OK, and broke off: ", shown(address))), "{reason}");
}

#[test]
fn who_is_slow_is_told_and_where() {
    let silent = || {
        server(|stream| {
            read_head(stream);
            let _until_he_goes = read_head(stream);
        })
    };
    let short = Duration::from_secs(2);
    let address = silent();
    let reason = unhealthy(http("search", at(address)).timeout(short));
    assert_eq!(reason, format!("{} did not answer within 1.8s", shown(address)));
    let address = server(|stream| {
        read_head(stream);
        let _sent = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort");
        let _until_he_goes = read_head(stream);
    });
    let reason = unhealthy(http("search", at(address)).timeout(short));
    assert_eq!(reason, format!("{} answered 200 OK, and no more of it came within 1.8s", shown(address)));
}

#[test]
fn options_that_cannot_be_are_refused_when_it_is_registered() {
    let problem = |check: Check<Http>| refused(check).replace("health check `search`: ", "");
    assert_eq!(
        problem(http("search", "search:9200")),
        "it is no URL with a host; write one as `http://search:9200/health`"
    );
    let good = || http("search", "http://search:9200/");
    assert_eq!(
        problem(good().status(..100)),
        "from 100 to 99 are no statuses; write some of 100 to 599, as in `200..=204`"
    );
    assert!(problem(good().status(20..30)).contains("no statuses"));
    assert_eq!(
        problem(good().header("x y", "secret")),
        "the name of the header `x y` cannot be sent; write another"
    );
    assert_eq!(
        problem(good().header("x", "sec\nret")),
        "the value of the header `x` cannot be sent; write another"
    );
    #[cfg(not(feature = "tls"))]
    assert!(
        problem(http("search", "https://search/")).contains("write `features = [\"tls\"]` in `Cargo.toml`")
    );
}
