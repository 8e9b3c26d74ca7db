//! R26: clients that take nothing of what they asked for, and those that do.

use std::time::Instant;

use super::limits::begin;
use super::*;

/// Returns a server whose metrics are so long.
fn long(bytes: usize, limits: Limits) -> SocketAddr {
    let mut routes = routes(&Checks::default());
    routes.metrics = Arc::new(move |_| exposing(move |out| out.write_all(&vec![b'#'; bytes])));
    serve(routes, limits)
}

#[tokio::test]
async fn r26_the_place_of_who_takes_nothing_goes_to_who_comes_long_before_it_is_cut() {
    let limits = Limits { connections: 2, stall: Duration::from_secs(100), ..Limits::default() };
    let address = long(32 << 20, limits);
    let _unread = [begin(address, "/metrics").await, begin(address, "/metrics").await];
    let began = Instant::now();
    soon(async { while get(address, "/livez").await.0 != 200 {} }).await;
    assert!(began.elapsed() < 10 * Duration::from_millis(150), "{:?}", began.elapsed());
}

#[cfg(feature = "grpc")]
#[tokio::test]
async fn r26_a_stream_that_lets_nothing_in_is_cut() {
    let limits = Limits { stall: Duration::from_millis(300), ..Limits::default() };
    let address = serve(routes(&Checks::default()), limits);
    for window in [0, 1] {
        let began = Instant::now();
        let mut client =
            http2::Client::new(TcpStream::connect(address).await.unwrap(), window).await.unwrap();
        client.get("/livez").await.unwrap();
        soon(async { while let Ok(Some(_)) = client.frame().await {} }).await;
        let took = began.elapsed();
        assert!(took >= limits.stall, "{window}: {took:?}");
        assert!(took < limits.head, "{window}: it idled, for whoever served it: {took:?}");
    }
}

#[cfg(feature = "grpc")]
#[tokio::test]
async fn r26_a_stream_that_lets_some_in_now_and_then_is_served_to_the_end() {
    let limits = Limits { stall: Duration::from_secs(2), ..Limits::default() };
    let address = long(256 << 10, limits);
    let mut client = http2::Client::new(TcpStream::connect(address).await.unwrap(), 0).await.unwrap();
    let stream = client.get("/metrics").await.unwrap();
    let (began, mut whole, mut is_over) = (Instant::now(), 0, false);
    while !is_over {
        tokio::time::sleep(Duration::from_millis(200)).await;
        client.let_in(stream, 16 << 10).await.unwrap();
        let upto = whole + (16 << 10);
        while whole < upto && !is_over {
            let (data, ended) = client.frame().await.unwrap().unwrap();
            (whole, is_over) = (whole + data, ended);
        }
    }
    assert_eq!(whole, 256 << 10);
    assert!(began.elapsed() > limits.stall, "{:?}", began.elapsed());
}

/// Reads an answer piece by piece. Returns how much there was and the longest time between two pieces.
async fn steadily(address: SocketAddr) -> (usize, Duration) {
    let mut stream = begin(address, "/metrics").await;
    let (mut whole, mut longest, mut piece) = (0, Duration::ZERO, vec![0; 64 << 10]);
    let mut last = Instant::now();
    while let Ok(read @ 1..) = stream.read(&mut piece).await {
        whole += read;
        longest = longest.max(last.elapsed());
        last = Instant::now();
        if piece[..read].ends_with(b"0\r\n\r\n") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (whole, longest)
}

#[test]
fn r26_who_reads_slowly_and_steadily_keeps_its_place() {
    let limits = Limits { connections: 2, ..Limits::default() };
    let runtime =
        || tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (server, others) = (runtime(), runtime());
    let address = server.block_on(async { long(16 << 20, limits) });
    let served = Arc::new(AtomicU32::new(0));
    let counts = Arc::clone(&served);
    // Always more than there are places for.
    for _ in 0..3 {
        let counts = Arc::clone(&counts);
        others.spawn(async move {
            loop {
                let Ok(mut unread) = TcpStream::connect(address).await else { continue };
                let _cut = unread.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
                let mut probe = TcpStream::connect(address).await.unwrap();
                let _cut = probe.write_all(b"GET /livez HTTP/1.0\r\n\r\n").await;
                let mut answer = String::new();
                let _cut = probe.read_to_string(&mut answer).await;
                counts.fetch_add(u32::from(answer.starts_with("HTTP/1.0 200 ")), Ordering::SeqCst);
            }
        });
    }
    let reader = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for _ in 0..20 {
        let began = served.load(Ordering::SeqCst);
        let (whole, longest) = reader.block_on(steadily(address));
        let others = served.load(Ordering::SeqCst) - began;
        // Where the machine itself held it up, it was no steady reader.
        if longest < Duration::from_millis(50) && others > 3 {
            assert!(whole >= 16 << 20, "cut after {whole}, with at most {longest:?} between two pieces");
            return;
        }
    }
    panic!("the machine is too busy for anything to be steady");
}
