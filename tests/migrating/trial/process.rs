//! What a process has once: the guard, its page, and who is pushed to.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use obs::Guard;

/// A Pushgateway's door: takes every request, and hands out its head.
static GATEWAY: LazyLock<(SocketAddr, Mutex<Receiver<String>>)> = LazyLock::new(|| {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let _nobody_asks = tell.send(answer(stream.unwrap()));
        }
    });
    (address, Mutex::new(told))
});

/// Reads a request to its end, answers 200, and returns its first line.
fn answer(mut stream: TcpStream) -> String {
    let (mut request, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                    .unwrap();
                return text.lines().next().unwrap().to_owned();
            }
        }
        match stream.read(&mut piece).unwrap() {
            0 => panic!("a request that ends early: {text}"),
            n => request.extend_from_slice(&piece[..n]),
        }
    }
}

static OBS: LazyLock<Guard> = LazyLock::new(|| {
    let url = format!("http://{}", GATEWAY.0);
    let gateway = obs::Pushgateway::new(url).job("nightly").grouping("shard", "3");
    let port = SocketAddr::from(([127, 0, 0, 1], 0));
    obs::builder()
        .service_name("shop")
        .resource_attribute("zone", "a")
        .build_info(obs::build_info!())
        .admin(port)
        .log("off")
        .pushgateway(gateway)
        .init()
        .unwrap()
});

/// The process, from the first call on.
pub(crate) fn guard() -> &'static Guard {
    &OBS
}

/// Returns what `/metrics` answers to who asks for this form, head and body.
fn page(form: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(guard().admin_addr().unwrap()).unwrap();
    write!(stream, "GET /metrics HTTP/1.0\r\nhost: localhost\r\naccept: {form}\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

#[track_caller]
pub(crate) fn has(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.lines().any(|l| l == *line), "{line}\nin\n{text}");
    }
}

#[test]
fn the_page_is_served_and_has_the_process_and_what_it_is() {
    let obs = guard();
    let (served, text) = (String::from_utf8(page("*/*")).unwrap(), obs.metrics_text());
    for text in [served, text] {
        let target = text.lines().find(|l| l.starts_with("target_info{")).expect(&text);
        assert!(target.contains("service_name=\"shop\"") && target.contains("zone=\"a\""), "{target}");
        assert!(text.lines().any(|l| l.starts_with("build_info{") && l.contains("version=\"")), "{text}");
        if cfg!(target_os = "linux") {
            for name in ["process_cpu_seconds_total ", "process_open_fds ", "process_resident_memory_bytes "]
            {
                assert!(text.lines().any(|l| l.starts_with(name)), "{name}\nin\n{text}");
            }
        }
    }
}

#[obs::observed]
fn exemplary() {}

#[test]
fn who_asks_gets_exemplars_or_protobuf() {
    guard();
    exemplary();
    let text = String::from_utf8(page("application/openmetrics-text; version=1.0.0")).unwrap();
    let call = text.lines().find(|l| l.contains("\"exemplary\"") && l.contains(" # {")).expect(&text);
    assert!(call.contains("trace_id=\"") && call.contains("span_id=\""), "{call}");
    let form = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
    let answer = page(form);
    let head = String::from_utf8_lossy(&answer).split("\r\n\r\n").next().unwrap().to_ascii_lowercase();
    assert!(head.contains("content-type: application/vnd.google.protobuf"), "{head}");
}

#[test]
fn a_push_goes_to_the_group_of_the_job() {
    guard().flush(Duration::from_secs(100)).unwrap();
    let pushed = GATEWAY.1.lock().unwrap().recv_timeout(Duration::from_secs(100)).unwrap();
    assert_eq!(pushed, "PUT /metrics/job/nightly/shard/3 HTTP/1.1");
}
