//! OTLP/gRPC: what a call says, what its answers mean, and what becomes of connections.

use std::io::{Read, Write};

use flate2::Compression as Level;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use h2::Reason as Code;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use tokio::sync::Barrier;

#[cfg(feature = "tls")]
use super::authority::{Authority, BOTH, Folder, door};
use super::collector::{Arrived, nobody, wait_until};
use super::receiver::{Answer, Receiver, framed};
use super::*;
use crate::export::delivery::{
    Body, Calls, Compression, Connector, Gate, Grpc, Queue, Target, TlsFiles, Transport, Verdict, Version,
};

/// Settings for a receiver of the test.
fn called(address: &str) -> OtlpConfig {
    OtlpConfig { endpoint: format!("http://{address}"), protocol: Protocol::Grpc, ..config(address) }
}

fn local_calls(receiver: &Receiver) -> OtlpConfig {
    called(&receiver.address.to_string())
}

fn one_by_one(settings: Settings) -> Settings {
    Settings { batch: 1, max_batch: 1, ..settings }
}

fn unframed(arrived: &Arrived) -> (u8, Vec<u8>) {
    let (head, message) = arrived.body.split_first_chunk::<5>().unwrap();
    let [flag, length @ ..] = *head;
    assert_eq!(u32::from_be_bytes(length) as usize, message.len());
    (flag, message.to_vec())
}

fn spans_in(message: &[u8]) -> usize {
    let request = ExportTraceServiceRequest::decode(message).unwrap();
    request.resource_spans.iter().flat_map(|r| &r.scope_spans).map(|s| s.spans.len()).sum()
}

fn header<'a>(arrived: &'a Arrived, name: &str) -> &'a str {
    arrived.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn partial(rejected_spans: i64, error_message: &str) -> Vec<u8> {
    let error_message = error_message.to_owned();
    let partial_success = Some(ExportTracePartialSuccess { rejected_spans, error_message });
    ExportTraceServiceResponse { partial_success }.encode_to_vec()
}

#[test]
fn a_call_says_what_grpc_wants_to_hear() {
    let receiver = Receiver::start([]);
    let mut config = local_calls(&receiver);
    let pair = |name: &'static str, value: &'static str| (name.parse().unwrap(), value.parse().unwrap());
    config.headers = vec![
        pair("x-tenant", "a"),
        pair("content-type", "text/plain"),
        pair("host", "elsewhere"),
        pair("connection", "close"),
        pair("user-agent", "mine"),
    ];
    assert_eq!(Pipeline::new(config).deliver(3).exported, 3);
    let arrived = receiver.arrived.try_recv().unwrap();
    let method = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    assert_eq!(arrived.path, format!("http://{}{method}", receiver.address));
    assert_eq!(arrived.method, "POST");
    for (name, value) in [
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("grpc-encoding", "gzip"),
        ("grpc-accept-encoding", "identity,gzip"),
        ("grpc-timeout", "10000m"),
        ("x-tenant", "a"),
        ("user-agent", "mine"),
        ("host", ""),
        ("connection", ""),
    ] {
        assert_eq!(header(&arrived, name), value, "{name}");
    }
    let (flag, message) = unframed(&arrived);
    let mut plain = Vec::new();
    GzDecoder::new(message.as_slice()).read_to_end(&mut plain).unwrap();
    assert_eq!((flag, spans_in(&plain)), (1, 3));
}

#[test]
fn what_is_not_compressed_does_not_say_so() {
    let receiver = Receiver::start([]);
    let config = with(local_calls(&receiver), |s| Settings { compression: Compression::None, ..s });
    assert_eq!(Pipeline::new(config).deliver(2).exported, 2);
    let arrived = receiver.arrived.try_recv().unwrap();
    let (flag, message) = unframed(&arrived);
    assert_eq!((flag, spans_in(&message), header(&arrived, "grpc-encoding")), (0, 2, ""));
    assert!(header(&arrived, "user-agent").starts_with("obs/"));
}

#[test]
fn eight_calls_run_at_the_same_time_on_one_connection() {
    let all = Arc::new(Barrier::new(8));
    let receiver = Receiver::start(vec![Answer::Together(all); 8]);
    let pipeline = Pipeline::new(with(local_calls(&receiver), one_by_one));
    assert_eq!(pipeline.deliver(8).exported, 8);
    assert_eq!(pipeline.deliver(4).exported, 12);
    assert_eq!(receiver.connections(), [0; 12]);
    assert_eq!(pipeline.notices.try_iter().count(), 0);
}

#[test]
fn a_partial_success_is_split_however_it_comes() {
    let compressed = Answer::Message(
        vec![("grpc-encoding", "gzip".to_owned())],
        framed(1, &gzip(&partial(1, "too new"))),
        vec![("grpc-status", "0".to_owned())],
    );
    let receiver = Receiver::start([Answer::ok(&partial(2, "too old")), compressed]);
    let pipeline = Pipeline::new(local_calls(&receiver));
    let account = pipeline.deliver(5);
    assert_eq!((account.exported, account.rejected), (3, 2));
    let account = pipeline.deliver(5);
    assert_eq!((account.exported, account.rejected, account.dropped_total()), (7, 3, 0));
    let (_, line) = pipeline.notices.try_recv().unwrap();
    assert!(line.ends_with("it rejected them: too old"), "{line}");
}

#[test]
fn passing_failures_are_repeated() {
    let unavailable = Answer::Http(503, Vec::new(), Vec::new());
    let answers = [Answer::status(14), Answer::Reset(Code::REFUSED_STREAM), unavailable, Answer::status(10)];
    let receiver = Receiver::start(answers);
    let account = Pipeline::new(local_calls(&receiver)).deliver(3);
    assert_eq!((account.exported, account.dropped_total()), (3, 0));
    assert_eq!(receiver.connections(), [0; 5], "none of them costs the connection");
}

#[test]
fn a_lost_connection_is_replaced_and_nothing_is_lost() {
    for answer in [Answer::GoAway(Code::NO_ERROR), Answer::GoAway(Code::ENHANCE_YOUR_CALM), Answer::Close] {
        let receiver = Receiver::start([Answer::ok(b""), answer]);
        let pipeline = Pipeline::new(local_calls(&receiver));
        assert_eq!(pipeline.deliver(1).exported, 1);
        let account = pipeline.deliver(2);
        assert_eq!((account.exported, account.dropped_total()), (3, 0));
        assert_eq!(receiver.connections(), [0, 0, 1]);
    }
}

#[test]
fn a_receiver_that_says_goodbye_is_called_again_on_a_new_connection() {
    let receiver = Receiver::start([Answer::Last]);
    let pipeline = Pipeline::new(local_calls(&receiver));
    let mut sent = 0;
    wait_until(|| {
        sent += 1;
        assert_eq!(pipeline.deliver(1).exported, sent);
        receiver.connections().contains(&1)
    });
    assert_eq!(pipeline.notices.try_iter().count(), 0);
}

#[test]
fn final_answers_are_not_repeated() {
    let ok = || vec![("grpc-status", "0".to_owned())];
    let zipped = || vec![("grpc-encoding", "gzip".to_owned())];
    let html = vec![("content-type", "text/html".to_owned())];
    let giant = framed(0, &vec![0; 4 * 1024 * 1024 + 1]);
    let bomb = framed(1, &gzip(&vec![0; 64 * 1024 * 1024]));
    let cases = [
        (Answer::status(3), Reason::Refused),
        (Answer::status(13), Reason::Refused),
        (Answer::status(99), Reason::Refused),
        (Answer::Reset(Code::INTERNAL_ERROR), Reason::Refused),
        (Answer::Http(404, html.clone(), b"<html>".to_vec()), Reason::Refused),
        (Answer::Http(302, html.clone(), Vec::new()), Reason::Redirect),
        (Answer::Http(200, html, b"<html>".to_vec()), Reason::ResponseInvalid),
        (Answer::status(0), Reason::ResponseInvalid),
        (Answer::Message(Vec::new(), framed(0, b""), Vec::new()), Reason::ResponseInvalid),
        (Answer::Message(Vec::new(), giant, ok()), Reason::ResponseInvalid),
        (Answer::Message(zipped(), bomb, ok()), Reason::ResponseInvalid),
        (Answer::Message(zipped(), framed(1, b"not gzip"), ok()), Reason::ResponseInvalid),
        (Answer::Message(Vec::new(), framed(1, &gzip(b"")), ok()), Reason::ResponseInvalid),
        (Answer::Message(Vec::new(), framed(2, b""), ok()), Reason::ResponseInvalid),
        (Answer::Message(Vec::new(), framed(0, b"")[..3].to_vec(), ok()), Reason::ResponseInvalid),
        (
            Answer::Message(Vec::new(), [framed(0, b""), framed(0, b"")].concat(), ok()),
            Reason::ResponseInvalid,
        ),
        (Answer::ok(b"<html>"), Reason::ResponseInvalid),
    ];
    for (number, (answer, reason)) in cases.into_iter().enumerate() {
        let receiver = Receiver::start([answer]);
        let pipeline = Pipeline::new(local_calls(&receiver));
        let account = pipeline.deliver(2);
        assert_eq!((account.dropped(reason), account.dropped_total()), (2, 2), "{number}: {reason}");
        assert_eq!(pipeline.deliver(1).exported, 1, "{number}: the next one arrives");
        assert_eq!(receiver.connections(), [0, 0], "{number}: one attempt, one connection");
    }
}

#[test]
fn a_receiver_that_hangs_costs_the_batch_at_the_deadline_and_its_connection() {
    for answer in [Answer::Hang, Answer::Drip] {
        let receiver = Receiver::start([answer]);
        let timeout = Duration::from_secs(1);
        let pipeline = Pipeline::new(with(local_calls(&receiver), |s| Settings { timeout, ..s }));
        let account = pipeline.deliver(2);
        assert_eq!((account.dropped(Reason::Timeout), account.dropped_total()), (2, 2));
        assert_eq!(pipeline.deliver(1).exported, 1);
        assert_eq!(receiver.connections(), [0, 1]);
    }
}

#[test]
fn a_connection_that_was_idle_for_long_is_not_used_again() {
    let receiver = Receiver::start([]);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let target = Target::new(&format!("http://{}", receiver.address)).unwrap();
    let connector = Connector::new(&target, &TlsFiles::default(), Version::Http2).unwrap();
    let account = Arc::<Ledger>::default().account(Signal::Traces, NAME, LIKELY);
    let gate = Arc::new(Gate::new(SOON, &Queue::new(&Settings::default(), account)));
    let calls = Calls { target, method: "/a.Service/Method", headers: Vec::new(), timeout: SOON };
    let grpc = Grpc::new(calls.prepare().unwrap(), connector, &gate);
    let body = Body { bytes: "a message".into(), gzip: false };
    runtime.block_on(async {
        for idle in [0, 239, 240] {
            tokio::time::advance(Duration::from_secs(idle)).await;
            assert_eq!(grpc.send(&body).await, Verdict::Done { rejected: 0, message: String::new() });
        }
    });
    assert_eq!(receiver.connections(), [0, 0, 1]);
}

#[test]
fn a_call_that_hangs_holds_no_other_up() {
    let receiver = Receiver::start([Answer::Hang]);
    let pipeline = Pipeline::new(with(local_calls(&receiver), one_by_one));
    pipeline.put(5);
    wait_until(|| pipeline.account().exported == 4);
    assert_eq!(pipeline.account().queued, 1);
}

#[test]
fn a_receiver_out_of_resources_is_believed_where_it_says_when() {
    // google.rpc.Status { code: 8, details: [Any { type.googleapis.com/google.rpc.RetryInfo, retry_delay: 1 s }] }
    let info = "CAgaMAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIECgIIAQ";
    let told = Answer::Status(8, vec![("grpc-status-details-bin", info.to_owned())]);
    let receiver = Receiver::start([told]);
    let began = std::time::Instant::now();
    assert_eq!(Pipeline::new(local_calls(&receiver)).deliver(3).exported, 3);
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());

    let receiver = Receiver::start([Answer::status(8)]);
    let account = Pipeline::new(local_calls(&receiver)).deliver(3);
    assert_eq!((account.exported, account.dropped(Reason::Refused)), (0, 3));
}

/// Sends a span to where it cannot arrive, and returns what people are told.
#[track_caller]
fn told(config: OtlpConfig, reason: Reason) -> String {
    let pipeline = Pipeline::new(config);
    assert_eq!(pipeline.deliver(1).dropped(reason), 1);
    pipeline.notices.try_recv().unwrap().1
}

#[test]
fn people_are_told_what_is_wrong() {
    let text = vec![("grpc-message", "no%20such%0Aservice \u{1b}".replace('\u{1b}', "%1B"))];
    let receiver = Receiver::start([Answer::Status(12, text)]);
    let line = told(local_calls(&receiver), Reason::Refused);
    let url = format!("http://{}", receiver.address);
    let why = "it answered UNIMPLEMENTED; it takes no OTLP/gRPC there, which is mostly on port 4317: no such\\nservice";
    assert!(line.starts_with(&format!("lost 1 span on the way to {url}: {why}")), "{line}");
    assert!(!line.contains('\u{1b}'), "{line}");

    let other = Collector::start([]);
    let line = told(called(&other.address.to_string()), Reason::RetryExhausted);
    assert!(line.contains("is there HTTP/2? OTLP/gRPC is mostly on port 4317"), "{line}");

    let line = told(called(&nobody()), Reason::RetryExhausted);
    assert!(line.contains(": no connection: "), "{line}");
}

#[test]
fn accounts_hold_under_a_receiver_that_does_everything() {
    let receiver = Receiver::start((0..120).map(Answer::of_everything));
    let timeout = Duration::from_millis(100);
    let pipeline =
        Pipeline::new(with(local_calls(&receiver), |s| Settings { batch: 16, max_batch: 16, timeout, ..s }));
    std::thread::scope(|threads| {
        for _ in 0..4 {
            let sink = Arc::clone(&pipeline.sink);
            threads.spawn(move || (0..500).for_each(|_| sink.put(Record::Span(span("work")))));
        }
    });
    pipeline.worker.shutdown(SOON).unwrap();
    balanced(&pipeline.ledger, 0);
    let account = pipeline.account();
    assert_eq!(account.accepted, 2_000);
    assert!(account.exported > 0 && account.dropped_total() > 0, "{account:?}");
}

#[cfg(feature = "tls")]
fn secured_calls(receiver: &Receiver, folder: &Folder, authority: &Authority) -> OtlpConfig {
    let endpoint = format!("https://localhost:{}", receiver.address.port());
    OtlpConfig { endpoint, tls: folder.trust(authority), ..local_calls(receiver) }
}

#[cfg(feature = "tls")]
#[test]
fn calls_go_by_tls_where_both_agree_on_http_2() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let receiver = Receiver::behind(door(&authority.local(), BOTH, None, &[b"h2"]), []);
    let pipeline = Pipeline::new(secured_calls(&receiver, &folder, &authority));
    assert_eq!(pipeline.deliver(3).exported, 3);
    let arrived = receiver.arrived.try_recv().unwrap();
    assert!(arrived.path.starts_with("https://localhost:"), "{}", arrived.path);

    let silent = Receiver::behind(door(&authority.local(), BOTH, None, &[]), []);
    let line = told(secured_calls(&silent, &folder, &authority), Reason::RetryExhausted);
    assert!(line.contains("it speaks no HTTP/2 by TLS (ALPN `h2`), which gRPC needs"), "{line}");
    let old = Receiver::behind(door(&authority.local(), BOTH, None, &[b"http/1.1"]), []);
    let line = told(secured_calls(&old, &folder, &authority), Reason::RetryExhausted);
    assert!(line.contains("NoApplicationProtocol"), "{line}");
}

#[cfg(feature = "tls")]
#[test]
fn calls_show_a_certificate_where_there_is_one() {
    let (authority, clients, folder) = (Authority::new(), Authority::new(), Folder::new());
    let receiver = Receiver::behind(door(&authority.local(), BOTH, Some(&clients), &[b"h2"]), []);
    let plain = secured_calls(&receiver, &folder, &authority);
    let tls = folder.identify(&authority, &clients.local());
    assert_eq!(Pipeline::new(OtlpConfig { tls, ..plain.clone() }).deliver(1).exported, 1);
    let unknown = with(plain, |s| Settings { reconnect_delay: SOON, ..s });
    let line = told(unknown, Reason::RetryExhausted);
    assert!(line.contains("it may want a certificate of ours: name one by"), "{line}");
    assert_eq!(receiver.connections(), [0]);
}
