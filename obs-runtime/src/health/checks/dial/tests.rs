//! Addresses, and real sockets that accept and do not.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use super::*;
use crate::health::checks::tests::{BlackHole, SOON, refuses, server};

#[test]
fn addresses_are_taken_apart() {
    let shown = |text: &str| Place::parse(text).map(|place| place.to_string());
    for good in ["db:5432", "10.0.0.1:80", "[::1]:443", "bücher.example:80", "a_b.c-d:1"] {
        assert_eq!(shown(good).unwrap(), good);
    }
    let long = "::1:443";
    for bad in
        ["db", "db:", ":5432", "db:0", "db:65536", "http://db:80", "user@db:80", "d b:1", "[db]:1", long]
    {
        let problem = shown(bad).unwrap_err();
        assert!(problem.contains(bad) && problem.contains("; write"), "{problem}");
    }
}

#[test]
fn families_take_turns() {
    let of = |texts: [&str; 5]| texts.map(parse).to_vec();
    let six_first = of(["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "2.2.2.2:1"]);
    let sorted = of(["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"]);
    assert_eq!(interleaved(six_first), sorted);
    assert_eq!(
        interleaved(vec![parse("1.1.1.1:1"), parse("[::1]:1")]),
        [parse("1.1.1.1:1"), parse("[::1]:1")]
    );
}
fn parse(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[tokio::test]
async fn the_first_address_that_accepts_will_do() {
    let (hole, (_socket, refusing), good) = (BlackHole::new(), refuses(), server(|_| {}));
    let mut failed = Vec::new();
    let began = Instant::now();
    let (stream, address) = race(&[refusing, hole.address, good], &mut failed).await.unwrap();
    assert_eq!((stream.peer_addr().unwrap(), address), (good, good));
    assert!(began.elapsed() >= STAGGER, "the silent one had its time");
    let failed: Vec<_> = failed.iter().map(|(address, error)| (*address, error.kind())).collect();
    assert_eq!(failed, [(refusing, io::ErrorKind::ConnectionRefused)]);
}

#[tokio::test]
async fn a_look_up_that_hangs_keeps_one_thread() {
    let place = Place::parse("localhost:1").unwrap();
    let hangs = Arc::clone(&place.turn).acquire_owned().await.unwrap();
    let limit = Duration::from_millis(50);
    for _ in 0..3 {
        let late = place.dial(Instant::now() + limit, limit).await.unwrap_err();
        assert_eq!(late, "`localhost` did not resolve within 50ms");
    }
    drop(hangs);
    let refused = place.dial(Instant::now() + SOON, SOON).await.unwrap_err();
    assert!(refused.contains("localhost:1"), "{refused}");
}

#[tokio::test]
async fn a_connection_to_ourselves_is_none() {
    let (socket, address) = refuses();
    let ours = socket.connect(address).await.unwrap();
    assert_eq!(to_another(ours).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    assert!(to_another(TcpStream::connect(server(|_| {})).await.unwrap()).is_ok());
}
