//! Real sockets that accept, refuse and stay silent.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::io::Read;
use std::sync::mpsc::channel;
use std::time::Duration;

use super::*;
use crate::health::Standing;
use crate::health::checks::tests::{BlackHole, SOON, detail, look, refused, refuses, runtime, said, server};
use crate::record::Value;

#[test]
fn a_port_that_accepts_is_healthy_and_the_connection_is_closed_at_once() {
    let (told, read) = channel();
    let address = server(move |stream| {
        let mut bytes = Vec::new();
        let _ended = stream.read_to_end(&mut bytes);
        let _test_ended = told.send(bytes);
    });
    let report = look(tcp("db", address.to_string()));
    assert_eq!(said(&report), (Standing::Healthy, ""));
    assert_eq!(detail(&report, "address"), Some(Value::from(address.to_string())));
    assert_eq!(detail(&report, "addresses"), Some(Value::Int(1)));
    assert_eq!(detail(&report, "target"), Some(Value::from(address.to_string())));
    assert!(matches!(detail(&report, "seconds"), Some(Value::Double(seconds)) if seconds > 0.0));
    assert_eq!(read.recv_timeout(SOON).unwrap(), b"", "nothing is sent, and the end comes");
}

#[test]
fn a_refused_connection_says_so() {
    let runtime = runtime();
    let _entered = runtime.enter();
    let (_socket, address) = refuses();
    let report = look(tcp("db", address.to_string()));
    assert_eq!(said(&report), (Standing::Unhealthy, format!("{address} refused the connection").as_str()));
}

#[test]
fn a_name_that_does_not_resolve_says_so() {
    let report = look(tcp("db", "no-such-host.invalid:5432")); // RFC 6761: it never does
    let (standing, reason) = said(&report);
    assert_eq!(standing, Standing::Unhealthy);
    assert!(reason.starts_with("`no-such-host.invalid` d") && reason.contains("resolve"), "{reason}");
}

#[test]
fn who_does_not_answer_is_told_before_the_timeout_even_where_that_is_set_last() {
    let runtime = runtime();
    let _entered = runtime.enter();
    let hole = BlackHole::new();
    let report = look(tcp("db", hole.address.to_string()).timeout(Duration::from_secs(2)));
    let reason = format!("{} did not accept a connection within 1.8s", hole.address);
    assert_eq!(said(&report), (Standing::Unhealthy, reason.as_str()));
    assert!(report.took.unwrap() >= Duration::from_millis(1_800));
}

#[test]
fn a_name_of_several_addresses_is_reachable_by_one() {
    let address = server(|_| {});
    // In most places `localhost` is `::1`, too, where nobody listens.
    let report = look(tcp("db", format!("localhost:{}", address.port())));
    assert_eq!(said(&report), (Standing::Healthy, ""));
    assert_eq!(detail(&report, "address"), Some(Value::from(address.to_string())));
}

#[test]
fn what_is_no_address_is_refused_when_it_is_registered() {
    let problem = refused(tcp("db", "db").critical());
    let remedy = "write a name or an IP address, and a port, as in `db:5432`";
    assert_eq!(problem, format!("health check `db`: `db` is no address; {remedy}"));
}
