//! Clients that want too much.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

/// Waits until a connection was closed.
async fn closed(client: &mut Client) {
    soon(async {
        while client.sender.ready().await.is_ok() {
            tokio::task::yield_now().await
        }
    })
    .await;
}

/// Tells what a probe by HTTP/1 is answered on a connection of its own.
async fn http1(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    let _refused = stream.write_all(request.as_bytes()).await;
    let mut answer = String::new();
    let _refused = stream.read_to_string(&mut answer).await;
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn watches_take_no_place_from_probes() {
    let limits = Limits { connections: 2, ..Limits::default() };
    let address = serve(&monitor(), limits);
    let mut open = Vec::new();
    for _ in 0..connection::WATCHING {
        let mut client = Client::connect(address).await;
        let mut watch = client.watch("").await;
        assert_eq!(watch.next().await, Ok(ServingStatus::Serving));
        open.push((client, watch));
    }
    assert_eq!(http1(address).await, "HTTP/1.1 200 OK");
    let mut client = Client::connect(address).await;
    assert_eq!(client.watch("").await.next().await, Err("8".to_owned()), "RESOURCE_EXHAUSTED");
    assert_eq!(client.check("").await, Ok(ServingStatus::Serving), "what needs no place goes on");
    drop(client);
    open.pop();
    let mut client = Client::connect(address).await;
    soon(async { while client.watch("").await.next().await != Ok(ServingStatus::Serving) {} }).await;
}

#[tokio::test]
async fn watches_are_counted_over_all_connections() {
    let address = serve(&monitor(), Limits::default());
    let mut open = Vec::new();
    for _ in 0..connection::WATCHES / 16 {
        let mut client = Client::connect(address).await;
        for _ in 0..16 {
            let mut watch = client.watch("").await;
            assert_eq!(watch.next().await, Ok(ServingStatus::Serving));
            open.push(watch);
        }
    }
    let mut client = Client::connect(address).await;
    assert_eq!(client.watch("").await.next().await, Err("8".to_owned()), "RESOURCE_EXHAUSTED");
    open.pop(); // the client is gone, but its other watches hold the connection
    soon(async { while client.watch("").await.next().await != Ok(ServingStatus::Serving) {} }).await;
}

#[tokio::test]
async fn a_connection_has_so_many_calls_at_once_and_others_wait() {
    let address = serve(&monitor(), Limits::default());
    let (mut client, mut other) = (Client::connect(address).await, Client::connect(address).await);
    let mut open = Vec::new();
    for _ in 0..connection::STREAMS {
        let mut watch = client.watch("").await;
        assert_eq!(watch.next().await, Ok(ServingStatus::Serving));
        open.push(watch);
    }
    let one_more = client.check("");
    tokio::pin!(one_more);
    let others = async {
        for _ in 0..10 {
            assert_eq!(other.check("").await, Ok(ServingStatus::Serving));
        }
    };
    tokio::select! {
        biased;
        answer = &mut one_more => panic!("it did not wait: {answer:?}"),
        () = others => {}
    }
    open.pop();
    assert_eq!(soon(one_more).await, Ok(ServingStatus::Serving));
}

/// A body that never ends.
struct Endless;

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
        std::task::Poll::Pending
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_does_not_end_is_given_up_in_servers_of_others_too() {
    use tower_service::Service;

    let mut service = GrpcHealth::new(Calls::idle());
    for (timeout, seconds) in [("1H", 5), ("2S", 2)] {
        let request =
            Request::post("/grpc.health.v1.Health/Check").header("content-type", "application/grpc");
        let began = tokio::time::Instant::now();
        let answer =
            service.call(request.header("grpc-timeout", timeout).body(Endless).unwrap()).await.unwrap();
        assert_eq!(
            (answer.status(), &answer.headers()["grpc-status"]),
            (StatusCode::OK, &"4".parse().unwrap())
        );
        assert_eq!(began.elapsed().as_secs(), seconds, "{timeout}");
    }
}

#[tokio::test]
async fn a_connection_that_asks_nothing_is_closed_and_one_that_watches_is_not() {
    let limits = Limits {
        head: Duration::from_millis(100),
        connection: Duration::from_millis(300),
        ..Limits::default()
    };
    let monitor = monitor();
    let address = serve(&monitor, limits);
    let mut watching = Client::connect(address).await;
    let mut watch = watching.watch("").await;
    assert_eq!(watch.next().await, Ok(ServingStatus::Serving));
    let mut idle = Client::connect(address).await;
    assert_eq!(idle.check("").await, Ok(ServingStatus::Serving));
    closed(&mut idle).await;
    // A client that asks all the time lives as long as it may, and comes again.
    let mut busy = Client::connect(address).await;
    let (began, request) = (std::time::Instant::now(), busy.request("Check", asked("")));
    soon(async {
        while busy.sender.ready().await.is_ok() {
            let _may_end = busy.sender.send_request(request.clone()).await;
        }
    })
    .await;
    assert!(began.elapsed() >= limits.connection, "{:?}", began.elapsed());
    assert_eq!(
        watching.check("").await,
        Ok(ServingStatus::Serving),
        "the one with the watch is as old as all of them"
    );
    drop(watch);
    closed(&mut watching).await;
}

#[tokio::test]
async fn a_beginning_without_an_end_is_cut() {
    let limits = Limits { head: Duration::from_millis(100), connections: 1, ..Limits::default() };
    let address = serve(&monitor(), limits);
    let whole = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let settings = b"\0\0\0\x04\0\0\0\0\0";
    let half_a_head = b"\0\0\x01\x01\0\0\0\0\x01\x83"; // HEADERS, and no end of them
    for parts in [&[&whole[..3]][..], &[&whole[..]], &[whole, settings], &[whole, settings, half_a_head]] {
        let mut stream = soon(async {
            loop {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.write_all(&parts.concat()).await.unwrap();
                let mut begun = [0; 9];
                // What has no place is turned away in HTTP/1.
                match stream.read(&mut begun).await {
                    Ok(read) if begun[..read].starts_with(b"HTTP/1.1 ") && parts[0].len() > 3 => {}
                    _ => break stream,
                }
            }
        })
        .await;
        let mut rest = Vec::new();
        let _cut = soon(stream.read_to_end(&mut rest)).await;
        soon(async { while http1(address).await != "HTTP/1.1 200 OK" {} }).await; // the only place is free again
    }
}

#[tokio::test]
async fn a_head_of_more_than_16_kib_is_refused() {
    let address = serve(&monitor(), Limits::default());
    let mut client = Client::connect(address).await;
    let mut request = client.request("Check", asked(""));
    request.headers_mut().insert("x-long", "x".repeat(17 * 1024).parse().unwrap());
    client.sender.ready().await.unwrap();
    match client.sender.send_request(request).await {
        Ok(response) => assert_eq!(response.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        Err(_reset) => {}
    }
    assert_eq!(Client::connect(address).await.check("").await, Ok(ServingStatus::Serving));
}

#[tokio::test]
async fn r26_the_place_of_an_idle_connection_goes_to_who_comes() {
    let limits = Limits { connections: 2, ..Limits::default() };
    let address = serve(&monitor(), limits);
    let mut watching = Client::connect(address).await;
    let mut watch = watching.watch("").await;
    assert_eq!(watch.next().await, Ok(ServingStatus::Serving));
    let mut idle = Vec::new();
    for _ in 0..2 {
        let mut client = Client::connect(address).await;
        assert_eq!(client.check("").await, Ok(ServingStatus::Serving));
        idle.push(client);
    }
    assert_eq!(http1(address).await, "HTTP/1.1 200 OK");
    assert_eq!(Client::connect(address).await.check("").await, Ok(ServingStatus::Serving));
    closed(&mut idle[0]).await; // long before its time
    assert_eq!(watching.check("").await, Ok(ServingStatus::Serving), "who watches is never in the way");
}

#[tokio::test]
async fn r26_a_thousand_beginnings_of_http_2_keep_no_probe_out() {
    crate::admin::tests::allow_many_sockets();
    let address = serve(&monitor(), Limits::default());
    let mut open = Vec::new();
    for number in 0..1_000 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let begun = &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"[..1 + number % 33];
        let _may_be_cut = stream.write_all(begun).await;
        open.push(stream);
        if number % 50 == 0 {
            assert_eq!(http1(address).await, "HTTP/1.1 200 OK", "after {number}");
            assert_eq!(
                Client::connect(address).await.check("").await,
                Ok(ServingStatus::Serving),
                "after {number}"
            );
        }
    }
}

/// A client that is gone without a word, as behind a broken network, gives its place for watching back.
#[tokio::test]
async fn a_watcher_that_is_gone_is_missed() {
    let address = serve(&monitor(), Limits::default());
    let stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_nonblocking(true).unwrap();
    let mut looks = TcpStream::from_std(stream.try_clone().unwrap()).unwrap();
    let io = TokioIo::new(TcpStream::from_std(stream).unwrap());
    let (sender, mut connection) = handshake(TokioExecutor::new(), io).await.unwrap();
    let mut client = Client { sender, address };
    let mut watch = tokio::select! {
        _ended = &mut connection => panic!("it ended"),
        watch = client.watch("") => watch,
    };
    tokio::select! {
        _ended = &mut connection => panic!("it ended"),
        said = watch.next() => assert_eq!(said, Ok(ServingStatus::Serving)),
    }
    // From now on nobody moves the client's bytes, and time passes as fast as it can.
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    let mut rest = Vec::new();
    let _closed = looks.read_to_end(&mut rest).await;
    assert!(
        rest.windows(4).any(|frame| frame == b"\0\0\x08\x06"),
        "it was asked by a PING whether it is there: {rest:?}"
    );
    assert!(began.elapsed() <= Duration::from_secs(41), "{:?}", began.elapsed());
}
