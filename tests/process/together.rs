//! Every kind of metric beside all others, in every format: a process of its own.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)] // a test fails by panicking; its name says what holds

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use mock_collector::{MockServer, Protocol};

obs::metrics! {
    /// What was "built",\nin two lines.
    static BUILD: Info = "app_build_info" { commit: String };
    /// Orders.
    static ORDERS: Counter = "orders_total" { tenant: dynamic(max = 1), outcome: obs::Outcome };
    /// Worth.
    static WORTH: Histogram = "order_worth_bytes" buckets = [10.0, 100.0];
    /// Jobs that wait.
    static WAITING: Gauge = "jobs_waiting";
    /// Jobs that nobody can count.
    static BROKEN: Gauge = "jobs_broken";
    /// Turned on and set.
    static LEVEL: Gauge = "level_ratio";
}

#[obs::observed]
fn work() {
    WORTH.observe(20.0);
    BUILD.set(BUILD { commit: "a\"b\\c\nü".to_owned() });
}

#[obs::traced(producer, destination = "orders", system = "nats")]
fn publish() {}

fn scrape(admin: SocketAddr, accept: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(admin).unwrap();
    write!(stream, "GET /metrics HTTP/1.0\r\nhost: localhost\r\naccept: {accept}\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let body = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    assert!(answer.starts_with(b"HTTP/1.0 200"), "{}", String::from_utf8_lossy(&answer[..body]));
    answer.split_off(body)
}

fn accepted(mut command: Command, text: &str) {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let said = child.wait_with_output().unwrap();
    let both = [said.stdout, said.stderr.clone()].concat();
    assert!(
        said.status.success() && said.stderr.is_empty(),
        "{}\nof\n{text}",
        String::from_utf8_lossy(&both)
    );
}

/// The names of families in a text.
fn families(text: &str) -> BTreeSet<String> {
    let heads: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("# TYPE ")).collect();
    let names: BTreeSet<String> = heads.iter().map(|h| h.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(names.len(), heads.len(), "none twice: {heads:?}");
    names
}

fn varint(bytes: &mut &[u8]) -> usize {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = bytes[0];
        *bytes = &bytes[1..];
        value |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

/// The names of delimited messages, which are their first field.
fn names(mut bytes: &[u8]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    while !bytes.is_empty() {
        let len = varint(&mut bytes);
        let (mut message, rest) = bytes.split_at(len);
        bytes = rest;
        assert_eq!(message[0], 0x0a);
        message = &message[1..];
        let len = varint(&mut message);
        assert!(names.insert(String::from_utf8(message[..len].to_vec()).unwrap()));
    }
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_is_in_every_format() {
    let server = MockServer::builder().protocol(Protocol::HttpBinary).port(0).start().await.unwrap();
    let endpoint = format!("http://{}", server.addr());
    let guard = obs::builder().admin_port(0).log("off").service_name("shop").otlp_endpoint(endpoint);
    let guard = guard.build_info(obs::build_info!()).init().unwrap();
    for service in ["shop-api", "shop-worker"] {
        obs::service(service).in_scope(|| {
            work();
            publish();
            WAITING.observe(|| 2);
        });
    }
    work();
    for tenant in ["a\"b\nc", "late"] {
        ORDERS.with(ORDERS { tenant: ORDERS::tenant(tenant) }).outcome(obs::Outcome::Ok).inc();
    }
    BROKEN.observe(|| -> f64 { std::panic::resume_unwind(Box::new("broken")) });
    LEVEL.set(f64::NEG_INFINITY);
    metrics::counter!("third.party", "le" => "1", "service_name" => "x\\").increment(1);
    metrics::histogram!("third_party_seconds").record(0.1);
    let admin = guard.admin_addr().unwrap();

    let (text, open, proto) = tokio::task::spawn_blocking(move || {
        let text = |accept| String::from_utf8(scrape(admin, accept)).unwrap();
        let _first = text("text/plain"); // what a scrape brings about is shown from the second on
        let proto =
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
        (text("text/plain"), text("application/openmetrics-text;version=1.0.0"), scrape(admin, proto))
    })
    .await
    .unwrap();
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]);
    accepted(promtool, &text);
    let mut python = Command::new("/usr/bin/python3");
    let parse = "import sys\nfrom prometheus_client.openmetrics.parser import text_string_to_metric_families as p\n\
                 print(len(list(p(sys.stdin.read()))))";
    python.args(["-c", parse]).env("PYTHONIOENCODING", "utf-8");
    accepted(python, &open);

    let all = families(&text);
    assert_eq!(names(&proto), all);
    assert!(text.contains("\nobs_observation_panics_total{metric=\"jobs_broken\"} "), "{text}");
    let bare = |name: &String| {
        let name = name.strip_suffix("_total").or_else(|| name.strip_suffix("_info")).unwrap_or(name);
        name.to_owned()
    };
    assert_eq!(families(&open), all.iter().map(bare).collect::<BTreeSet<_>>());

    guard.flush(Duration::from_secs(60)).unwrap();
    server
        .with_collector(|collector| {
            let pushed: BTreeSet<&str> =
                collector.metrics().iter().map(|m| m.metric().name.as_str()).collect();
            // What is pushed has the resource itself, and so no `target_info`.
            assert_eq!(pushed.len() + 1, all.len(), "{pushed:?}\n{all:?}");
        })
        .await;
}
