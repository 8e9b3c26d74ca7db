//! R26: clients that want too much.

use std::sync::mpsc;
use std::time::Instant;

use super::*;

/// Sends a request and returns once an answer begins. Tries again where it was too slow for the server, as on a busy machine.
pub(super) async fn begin(address: SocketAddr, path: &str) -> TcpStream {
    let begun = async {
        loop {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
            let _cut = stream.write_all(request.as_bytes()).await;
            let mut piece = [0; 1024];
            match stream.read(&mut piece).await {
                Ok(1..) if piece.starts_with(b"HTTP/1.1 200 ") => return stream,
                _ => {}
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), begun).await.unwrap()
}

#[tokio::test]
async fn r26_the_place_of_who_says_nothing_goes_to_who_comes() {
    let limits = Limits { connections: 2, ..Limits::default() };
    let address = serve(routes(&Checks::default()), limits);
    let mut idle = begin(address, "/livez").await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    assert_eq!(get(address, "/livez").await.0, 200);
    assert_eq!(idle.read(&mut [0; 16]).await.unwrap_or(0), 0, "it waited longest for a request");
    silent.write_all(b"GET /livez HTTP/1.0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    silent.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.0 200 "), "there was a place for it yet: {answer}");
}

#[tokio::test]
async fn r26_where_all_are_answered_one_too_many_is_turned_away_and_nobody_is_cut() {
    let (release, released) = mpsc::channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let mut routes = routes(&Checks::default());
    routes.metrics = Arc::new(move |_| {
        let released = Arc::clone(&released);
        exposing(move |out| {
            out.write_all(&[b'#'; 32 << 10])?; // more than a piece: the answer begins
            let _told = released.lock().unwrap().recv();
            out.write_all(b"end\n")
        })
    });
    let address = serve(routes, Limits { connections: 2, ..Limits::default() });
    let mut answered = [begin(address, "/metrics").await, begin(address, "/metrics").await];
    for _ in 0..8 {
        let answer = ask(address, "GET", "/livez", "").await;
        assert!(
            answer.starts_with("HTTP/1.1 503 ") && answer.ends_with("\r\ntoo many connections\n"),
            "{answer}"
        );
    }
    drop(release);
    for stream in &mut answered {
        let mut whole = Vec::new();
        while !whole.ends_with(b"0\r\n\r\n") {
            let mut piece = [0; 4096];
            let read = stream.read(&mut piece).await.unwrap();
            assert!(read > 0, "it was cut");
            whole.extend_from_slice(&piece[..read]);
        }
    }
    assert_eq!(get(address, "/livez").await.0, 200, "those who were answered wait again");
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
async fn r26_a_slow_client_is_cut() {
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
async fn r26_who_sends_a_byte_now_and_then_has_no_more_time_for_it() {
    let limits = Limits { head: Duration::from_millis(300), ..Limits::default() };
    let address = serve(routes(&Checks::default()), limits);
    let mut stream = TcpStream::connect(address).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let drip = async {
        writer.write_all(b"GET /livez HTTP/1.1\r\nx: ").await.unwrap();
        while writer.write_all(b"y").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let mut answer = Vec::new();
    let cut = reader.read_to_end(&mut answer);
    tokio::select! {
        () = drip => {}
        _ = cut => {}
        () = tokio::time::sleep(limits.head * 10) => panic!("it is served for ever"),
    }
    assert!(!answer.starts_with(b"HTTP/1.1 200 "));
}

#[tokio::test]
async fn r26_a_client_that_does_not_read_is_cut() {
    let unread = |limits: Limits| {
        let mut routes = routes(&Checks::default());
        routes.metrics = Arc::new(|_| exposing(|out| out.write_all(&vec![b'#'; 32 << 20])));
        serve(routes, limits)
    };
    let brief = Duration::from_millis(200);
    for limits in [
        Limits { connection: brief, connections: 1, ..Limits::default() },
        Limits { stall: brief, connections: 1, ..Limits::default() },
    ] {
        let address = unread(limits);
        let _the_rest_stays_unread = begin(address, "/metrics").await;
        soon(async { while free(address).await.is_none() {} }).await; // the only place is free again
    }
}

#[tokio::test]
async fn r26_who_reads_slowly_and_steadily_is_served_to_the_end() {
    let limits = Limits { stall: Duration::from_millis(400), ..Limits::default() };
    let mut routes = routes(&Checks::default());
    routes.metrics = Arc::new(|_| exposing(|out| out.write_all(&vec![b'#'; 16 << 20])));
    let mut stream = begin(serve(routes, limits), "/metrics").await;
    let (started, mut whole, mut piece) = (Instant::now(), 0, vec![0; 1 << 20]);
    loop {
        let read = stream.read(&mut piece).await.unwrap();
        assert!(read > 0, "it was cut");
        whole += read;
        if piece[..read].ends_with(b"0\r\n\r\n") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(whole >= 16 << 20 && started.elapsed() > Duration::from_millis(300), "{whole}");
}

#[tokio::test]
async fn r26_scrapes_that_wait_leave_places_to_probes() {
    let (release, released) = mpsc::channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let mut routes = routes(&Checks::default());
    routes.metrics = Arc::new(move |_| {
        let released = Arc::clone(&released);
        exposing(move |_| {
            let _told = released.lock().unwrap().recv();
            Ok(())
        })
    });
    let address = serve(routes, Limits::default());
    let mut open = Vec::new();
    for _ in 0..40 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET /metrics HTTP/1.1\r\nhost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        open.push(stream);
    }
    for _ in 0..20 {
        assert_eq!(get(address, "/livez").await.0, 200);
    }
    drop(release);
}

#[test]
fn r26_the_figures() {
    let limits = Limits::default();
    assert_eq!(limits.connections, 16);
    assert_eq!((limits.head, limits.stall), (Duration::from_secs(5), Duration::from_secs(5)));
    assert_eq!(super::super::scrape::RENDERS, 2);
}
