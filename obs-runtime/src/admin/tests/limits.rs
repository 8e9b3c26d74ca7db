//! Clients that want too much.

use std::time::Instant;

use super::*;

#[tokio::test]
async fn one_connection_too_many_is_turned_away_and_a_place_that_gets_free_is_given() {
    let limits = Limits { connections: 2, ..Limits::default() };
    let address = serve(routes(&Checks::default()), limits);
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET /livez HTTP/1.1\r\nhost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
        open.push(stream);
    }
    let mut third = TcpStream::connect(address).await.unwrap();
    let mut answer = String::new();
    third.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    open.pop();
    soon(async { while free(address).await.is_none() {} }).await;
}

/// Returns an answer, or nothing if the server turned the connection away.
async fn free(address: SocketAddr) -> Option<()> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let request = format!("GET /livez HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    answer.starts_with("HTTP/1.1 200 ").then_some(())
}

#[tokio::test]
async fn a_slow_client_is_cut() {
    let limits = Limits { head: Duration::from_millis(100), ..Limits::default() };
    let address = serve(routes(&Checks::default()), limits);
    let started = Instant::now();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost: loc").await.unwrap();
    let mut answer = String::new();
    let _reset = stream.read_to_string(&mut answer).await;
    assert!(!answer.contains(" 200 "), "{answer}");
    assert!(started.elapsed() >= limits.head);
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(format!("GET /livez HTTP/1.1\r\nhost: {address}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    idle.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("ok\n"), "answered, then closed for idling: {answer}");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut() {
    let limits = Limits { connections: 1, connection: Duration::from_millis(200), ..Limits::default() };
    let mut routes = routes(&Checks::default());
    routes.metrics = Arc::new(|_| exposing(|out| out.write_all(&vec![b'#'; 32 << 20])));
    let address = serve(routes, limits);
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /metrics HTTP/1.1\r\nhost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let _begun = stream.read(&mut [0; 16]).await; // the rest stays unread
    soon(async { while free(address).await.is_none() {} }).await; // the only place is free again
}
