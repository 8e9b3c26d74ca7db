//! What export costs a program, and what it says, while its collector does what it should not: R2, R3, R5, R6, R18, R25.
//! The program is `tests/src/load`, a process of its own, so that its memory is its own.

pub(crate) mod run;

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use obs::export::Signal;
use obs::testing::{Fault, FaultyCollector};
use obs_tests::{Program, scratch_dir};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use prost::Message;

use run::{Ended, load};

const MIB: u64 = 1 << 20;

/// Longer than anything takes that is not on purpose.
const SOON: Duration = Duration::from_secs(60);

/// R2 and R3, of ten minutes ten seconds: memory, lines, and how soon it goes on.
#[test]
fn an_outage_costs_bounded_memory_and_few_lines_and_ends_soon() {
    let collector = FaultyCollector::start().unwrap();
    collector.keep_bodies(false);
    collector.down();
    let enough = scratch_dir().join("enough");
    let arguments = ["--rate", "50000", "--until", enough.to_str().unwrap(), "--flush", "60000"];
    let mut command = load(&collector, &arguments);
    let mut program =
        Program::start(command.env("OTEL_BSP_SCHEDULE_DELAY", "500").env("OBS_LOG_FORMAT", "pretty"));
    program.wait_for_word("on the way to "); // a loss has begun, and is told
    std::thread::sleep(Duration::from_secs(10)); // the outage
    collector.up().unwrap();
    let back = Instant::now();
    assert!(collector.wait_until(|received| received.items(Signal::Traces) > 0, SOON));
    let first = back.elapsed();
    assert!(first < Duration::from_secs(35), "{first:?}");
    program.wait_for_word(" again; ");
    fs::write(&enough, "").unwrap();
    let ended = Ended::of(program);
    ended.balances();
    assert!(ended.extra_heap() <= 24 * MIB, "{} bytes\n{}", ended.extra_heap(), ended.output);
    let lines = |what: &str| ended.output.lines().filter(|line| line.contains(what)).count();
    assert_eq!((lines("/v1/traces: "), lines("/v1/traces again; ")), (1, 1), "{}", ended.output);
    assert_eq!(ended.figure("traces-otlp-exported"), collector.items(Signal::Traces));
}

/// R4, with what `init()` gives. At a tenth of the rate and ten times the delay there are as many spans for which there is no
/// answer yet, and a build without optimisations keeps up.
#[test]
fn a_slow_collector_loses_nothing() {
    let collector = FaultyCollector::start().unwrap();
    collector.slow(Duration::from_secs(2));
    let mut command = load(&collector, &["--rate", "5000", "--seconds", "8", "--flush", "60000"]);
    let ended = Ended::of(Program::start(command.env("OTEL_BSP_SCHEDULE_DELAY", "500")));
    ended.balances();
    assert_eq!(ended.figure("traces-otlp-exported"), ended.figure("made"), "{}", ended.output);
    assert_eq!(collector.items(Signal::Traces), ended.figure("made"));
}

/// R5.
#[test]
fn a_collector_that_hangs_does_not_hold_up_the_end_and_what_is_lost_is_told() {
    let collector = FaultyCollector::start().unwrap();
    collector.answer(Fault::Hang);
    let ended = Ended::of(Program::start(&mut load(
        &collector,
        &["--spans", "10", "--flush", "100", "--leave", "500"],
    )));
    for (what, timeout) in [("flush", 100), ("shutdown", 500)] {
        assert!(ended.figure(what) <= (timeout + 100) * 10, "{}", ended.output);
    }
    let lost = "telemetry was not flushed in time; outstanding: 10 spans at otlp";
    assert_eq!(
        ended.output.matches(lost).count(),
        2,
        "the flush says it, and so does the end\n{}",
        ended.output
    );
}

/// R6. Values are cut where the limit is, on a boundary of UTF-8; without a limit the queue's bytes are.
#[test]
fn huge_values_are_bounded() {
    let collector = FaultyCollector::start().unwrap();
    let huge = ["--spans", "10000", "--rate", "100000", "--text", "1048576", "--threads", "2"];
    // Characters of two bytes, and an odd limit.
    let mut command = load(&collector, &huge);
    let cut = Ended::of(Program::start(command.env("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "1001")));
    cut.balances();
    assert!(cut.figure("traces-otlp-exported") > 0, "{}", cut.output);
    assert!(cut.extra_heap() <= 64 * MIB, "{} bytes\n{}", cut.extra_heap(), cut.output);
    let arrived = texts(&collector);
    assert!(!arrived.is_empty() && arrived.iter().all(|text| *text == "é".repeat(500)));

    let collector = FaultyCollector::start().unwrap();
    collector.answer(Fault::Hang);
    let mut command = load(&collector, &[&huge[..], &["--flush", "1000"]].concat());
    let whole = Ended::of(Program::start(command.env("OTEL_EXPORTER_OTLP_TIMEOUT", "500")));
    whole.adds_up();
    assert!(whole.extra_heap() <= 128 * MIB, "{} bytes\n{}", whole.extra_heap(), whole.output);
    let arrived = texts(&collector);
    assert!(!arrived.is_empty() && arrived.iter().all(|text| text.chars().all(|c| c == 'é')));
}

/// Returns the values of the attribute `text` of all spans that arrived.
fn texts(collector: &FaultyCollector) -> Vec<String> {
    let mut texts = Vec::new();
    for request in collector.requests().iter().filter(|request| request.path.ends_with("/traces")) {
        let request = ExportTraceServiceRequest::decode(request.body.clone()).unwrap();
        let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        let attributes = scopes.flat_map(|scope| scope.spans).flat_map(|span| span.attributes);
        texts.extend(attributes.filter(|a| a.key == "text").map(|a| text(a.value.unwrap()).unwrap()));
    }
    texts
}

/// Returns a value that is a text.
pub(crate) fn text(value: AnyValue) -> Option<String> {
    match value.value? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

/// R18. An exporter that logs and traces on the I/O thread, beside one whose requests fail, at every level.
#[test]
fn what_exporting_does_is_never_exported() {
    let collector = FaultyCollector::start().unwrap();
    collector.script([Fault::Reset, Fault::Unavailable { retry_after: None }]);
    let mut command = load(&collector, &["--spans", "100", "--rate", "10000", "--chatty"]);
    command.env("OBS_LOG", "trace").env("OBS_EXPORT_LEVEL", "trace");
    let ended = Ended::of(Program::start(&mut command));
    ended.balances();
    assert_eq!(ended.figure("traces-engine-accepted"), 100, "{}", ended.output);
    assert_eq!(collector.spans().iter().map(|span| span.name.as_str()).collect::<Vec<_>>(), ["work"; 100]);
    assert!(!ended.output.contains("chatter"), "{}", ended.output);
}

/// R25. What the collector answers costs no memory, and everything is counted.
#[test]
fn a_hostile_collector_costs_no_memory() {
    let faults =
        [Fault::Gigantic, Fault::GzipBomb, Fault::Drip, Fault::Redirect, Fault::Garbage, Fault::Truncated];
    for fault in faults {
        let collector = FaultyCollector::start().unwrap();
        collector.keep_bodies(false);
        collector.answer(fault);
        let mut command = load(&collector, &["--spans", "4000", "--rate", "4000", "--flush", "60000"]);
        command.env("OTEL_EXPORTER_OTLP_TIMEOUT", "2000").env("OTEL_BSP_SCHEDULE_DELAY", "100");
        let ended = Ended::of(Program::start(&mut command));
        ended.balances();
        let lost = ended.figure("traces-otlp-dropped");
        assert_eq!((lost, ended.figure("traces-otlp-exported")), (4_000, 0), "{fault:?}\n{}", ended.output);
        // Eight answers at the same time, of 4 MiB each before and after decompression.
        assert!(ended.extra_heap() <= 80 * MIB, "{fault:?}: {} bytes\n{}", ended.extra_heap(), ended.output);
        assert!(
            ended.figure("heap-after") <= ended.figure("heap-before") + 16 * MIB,
            "{fault:?}\n{}",
            ended.output
        );
    }
}

/// R8, of an hour twenty seconds; `scripts/soak` takes as long as one likes.
#[test]
fn a_short_soak_leaks_nothing_and_accounts_for_everything() {
    let mut soak = Program::start(Command::new(env!("CARGO_BIN_EXE_soak")).args([
        "faults",
        "--seconds",
        "20",
        "--rate",
        "2000",
    ]));
    assert!(soak.wait().success(), "{}", soak.output());
    assert!(soak.output().contains("descriptors: at most "), "{}", soak.output());
}
