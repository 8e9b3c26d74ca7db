//! R26: requests that are not as they should be, and those that are and look odd.

use super::*;

/// Returns the status codes of all answers that come until the server closes, or has answered `most` times.
async fn codes(address: SocketAddr, bytes: &[u8], most: usize) -> Vec<u16> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _reset_if_it_stops_reading = stream.write_all(bytes).await;
    let mut all = Vec::new();
    let mut found = Vec::new();
    let mut piece = [0; 4096];
    let read = async {
        while found.len() < most {
            match stream.read(&mut piece).await {
                Ok(0) | Err(_) => break,
                Ok(read) => all.extend_from_slice(&piece[..read]),
            }
            let text = String::from_utf8_lossy(&all);
            found = text.split("HTTP/1.").skip(1).map(|rest| rest[2..5].parse().unwrap()).collect();
        }
    };
    soon(read).await;
    found
}

#[tokio::test]
async fn r26_heads_that_are_too_long_are_refused() {
    let (address, _checks) = serving(vec![]);
    let long = format!("GET /livez HTTP/1.1\r\nhost: {address}\r\nx: {}\r\n\r\n", "y".repeat(17 << 10));
    assert_eq!(codes(address, long.as_bytes(), 1).await, [431]);
    let uri = format!("GET /livez?{} HTTP/1.1\r\nhost: {address}\r\n\r\n", "y".repeat(17 << 10));
    assert!(matches!(codes(address, uri.as_bytes(), 1).await[..], [414 | 431]));
    let many = format!("GET /livez HTTP/1.1\r\nhost: {address}\r\n{}\r\n", "a: b\r\n".repeat(1000));
    assert_eq!(codes(address, many.as_bytes(), 1).await, [431]);
    let short = format!("GET /livez HTTP/1.1\r\nhost: {address}\r\nx: {}\r\n\r\n", "y".repeat(8 << 10));
    assert_eq!(codes(address, short.as_bytes(), 1).await, [200]);
    assert_eq!(get(address, "/livez").await.0, 200);
}

#[tokio::test]
async fn r26_requests_one_behind_the_other_are_answered_in_order() {
    let (address, _checks) = serving(vec![report("db", CheckKind::Readiness, Standing::Unhealthy, None)]);
    let one = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    let all = [one("/livez"), one("/readyz"), one("/nothing"), one("/metrics"), one("/livez")].concat();
    assert_eq!(codes(address, all.as_bytes(), 5).await, [200, 503, 404, 200, 200]);
    // Who sends more and more and reads nothing is stopped by his own unread answers.
    let limits = Limits { stall: Duration::from_millis(200), connections: 1, ..Limits::default() };
    let address = serve(routes(&Checks::default()), limits);
    let mut stream = TcpStream::connect(address).await.unwrap();
    let many = format!("GET /healthz?verbose HTTP/1.1\r\nhost: {address}\r\n\r\n").repeat(1000);
    soon(async { while stream.write_all(many.as_bytes()).await.is_ok() {} }).await;
    soon(async { while ask(address, "GET", "/livez", "").await.starts_with("HTTP/1.1 503") {} }).await;
}

#[tokio::test]
async fn r26_a_body_that_never_ends_is_not_read() {
    let (address, _checks) = serving(vec![]);
    for head in ["content-length: 1000000000000\r\n", "transfer-encoding: chunked\r\n"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET /livez HTTP/1.1\r\nhost: {address}\r\n{head}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let (mut reader, mut writer) = stream.split();
        let mut written = 0_u64;
        let flood = async {
            let chunk = [b"1000\r\n".to_vec(), vec![b'x'; 0x1000], b"\r\n".to_vec()].concat();
            while writer.write_all(&chunk).await.is_ok() {
                written += chunk.len() as u64;
            }
        };
        let mut answer = Vec::new();
        let both = async { tokio::join!(flood, reader.read_to_end(&mut answer)) };
        soon(async { drop(both.await) }).await;
        assert!(written < 64 << 20, "it reads {written} bytes of a body that it has no use for");
    }
    assert_eq!(get(address, "/livez").await.0, 200);
}

#[tokio::test]
async fn r26_old_odd_and_broken_requests() {
    let (address, _checks) = serving(vec![]);
    let host = format!("host: {address}\r\n");
    for (request, code) in [
        ("GET /livez HTTP/1.0\r\n\r\n".to_owned(), 200),
        (format!("GET http://{address}/livez HTTP/1.1\r\n{host}\r\n"), 200),
        (format!("GET http://localhost/livez?verbose HTTP/1.1\r\n{host}\r\n"), 200),
        (format!("GET http://evil.example/livez HTTP/1.1\r\n{host}\r\n"), 403),
        (format!("get /livez HTTP/1.1\r\n{host}\r\n"), 405),
        (format!("Get /livez HTTP/1.1\r\n{host}\r\n"), 405),
        (format!("OPTIONS * HTTP/1.1\r\n{host}\r\n"), 405),
        (format!("CONNECT {address} HTTP/1.1\r\n{host}\r\n"), 405),
        (format!("GET /../livez HTTP/1.1\r\n{host}\r\n"), 404),
        (format!("GET //livez HTTP/1.1\r\n{host}\r\n"), 404),
        (format!("GET /livez\r\n{host}\r\n"), 400),
        (format!("GET /livez HTTP/1.1\r\n{host}content-length: 1\r\ncontent-length: 2\r\n\r\n"), 400),
        (format!("GET /livez HTTP/1.1\r\n{host}a b: c\r\n\r\n"), 400),
        ("\0\u{1}\u{2}\r\n\r\n".to_owned(), 400),
    ] {
        assert_eq!(codes(address, request.as_bytes(), 1).await, [code], "{request:?}");
    }
    assert_eq!(
        codes(address, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 1).await,
        [400],
        "TLS is not spoken here"
    );
}
