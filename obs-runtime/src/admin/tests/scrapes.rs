//! Scrapes that are long, slow, compressed, or too many.

use std::io::Read;
use std::sync::mpsc;

use flate2::read::GzDecoder;

use super::*;

/// Exposes what a function writes.
fn exposes(
    write: impl Fn(&mut dyn io::Write) -> io::Result<()> + Send + Sync + 'static,
    limits: Limits,
) -> SocketAddr {
    let write = Arc::new(write);
    let mut routes = routes(&Checks::default());
    routes.metrics = Arc::new(move |_| {
        let write = Arc::clone(&write);
        exposing(move |out| write(out))
    });
    serve(routes, limits)
}

async fn bytes_of(address: SocketAddr, headers: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /metrics HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _cut = stream.read_to_end(&mut answer).await;
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    (String::from_utf8(answer[..end].to_vec()).unwrap(), answer[end + 4..].to_vec())
}

/// Puts the chunks of a body together; `None` where the last is missing.
fn dechunked(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|w| w == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        if length == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(body.get(end + 2..end + 2 + length)?);
        body = body.get(end + 4 + length..)?;
    }
}

fn lines(count: usize) -> impl Fn(&mut dyn io::Write) -> io::Result<()> + Send + Sync + 'static {
    move |out| (0..count).try_for_each(|n| writeln!(out, "a_total{{n=\"{n}\"}} 1"))
}

fn lined(count: usize) -> Vec<u8> {
    let mut text = Vec::new();
    lines(count)(&mut text).unwrap();
    text
}

#[tokio::test]
async fn a_short_scrape_has_a_length_and_a_long_one_comes_in_chunks() {
    for (count, is_short) in [(0, true), (10, true), (100_000, false)] {
        let (head, body) = bytes_of(exposes(lines(count), Limits::default()), "").await;
        assert_eq!(head.contains("content-length: "), is_short, "{head}");
        assert_eq!(head.contains("transfer-encoding: chunked"), !is_short, "{head}");
        assert!(!head.contains("content-encoding"), "{head}");
        assert!(if is_short { body } else { dechunked(&body).unwrap() } == lined(count));
    }
}

#[tokio::test]
async fn those_who_read_gzip_get_it() {
    for count in [10, 100_000] {
        let address = exposes(lines(count), Limits::default());
        let (head, body) = bytes_of(address, "accept-encoding: br\r\naccept-encoding: gzip;q=0.5\r\n").await;
        assert!(head.contains("content-encoding: gzip"), "{head}");
        let body = if head.contains("chunked") { dechunked(&body).unwrap() } else { body };
        let mut plain = Vec::new();
        GzDecoder::new(&body[..]).read_to_end(&mut plain).unwrap();
        assert!(plain == lined(count) && body.len() < plain.len().max(200));
        let (head, _) = bytes_of(address, "accept-encoding: gzip;q=0\r\n").await;
        assert!(!head.contains("content-encoding"), "{head}");
    }
}

#[tokio::test]
async fn a_renderer_that_panics_late_is_told_from_one_that_is_done() {
    let late = |out: &mut dyn io::Write| {
        lines(10_000)(out)?;
        panic!("broken");
    };
    let (head, body) = bytes_of(exposes(late, Limits::default()), "").await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert_eq!(dechunked(&body), None);
}

#[tokio::test]
async fn two_are_rendered_at_a_time_others_wait_and_those_who_wait_too_long_are_told() {
    let (begun, begins) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let (begun, released) = (Mutex::new(begun), Arc::new(Mutex::new(released)));
    let write = move |out: &mut dyn io::Write| {
        begun.lock().unwrap().send(()).unwrap();
        let _told = released.lock().unwrap().recv();
        out.write_all(b"done\n")
    };
    let limits = Limits { scrape: Duration::from_millis(300), ..Limits::default() };
    let address = exposes(write, limits);
    let first = tokio::spawn(get(address, "/metrics"));
    let second = tokio::spawn(get(address, "/metrics"));
    let begins = tokio::task::spawn_blocking(move || {
        begins.recv().unwrap();
        begins.recv().unwrap();
        begins
    });
    let begins = begins.await.unwrap();
    let busy = ask(address, "GET", "/metrics", "").await;
    assert!(busy.starts_with("HTTP/1.1 503 ") && busy.contains("retry-after: 1\r\n"), "{busy}");
    assert!(begins.try_recv().is_err(), "the third was not begun");
    assert_eq!(get(address, "/livez").await.0, 200, "probes are answered meanwhile");
    // With those two ended there are turns again, for one that waits as well.
    let third =
        tokio::spawn(async move { soon(async { while get(address, "/metrics").await.0 != 200 {} }).await });
    for _ in 0..3 {
        release.send(()).unwrap();
    }
    third.await.unwrap();
    let _cut_or_whole = (first.await, second.await);
}

#[tokio::test]
async fn those_who_do_not_read_give_their_turn_to_others() {
    let limits = Limits { scrape: Duration::from_millis(300), ..Limits::default() };
    let turns = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&turns);
    // The first two are longer than any socket's buffer; the connection itself would be kept for 30 seconds.
    let write = move |out: &mut dyn io::Write| {
        let turn = {
            let mut turns = counted.lock().unwrap();
            *turns += 1;
            *turns
        };
        if turn <= 2 { lines(2_000_000)(out) } else { out.write_all(b"well\n") }
    };
    let address = exposes(write, limits);
    let mut stuck = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET /metrics HTTP/1.1\r\nhost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        assert!(stream.read(&mut [0; 16]).await.unwrap() > 0);
        stuck.push(stream);
    }
    soon(async { while get(address, "/metrics").await != (200, "well\n".to_owned()) {} }).await;
    for mut stream in stuck {
        let mut rest = Vec::new();
        let _cut = stream.read_to_end(&mut rest).await;
        assert!(!rest.ends_with(b"0\r\n\r\n"), "what was cut off does not look complete");
    }
}
