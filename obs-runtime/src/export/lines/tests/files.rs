//! What stands in which file.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::sync::Barrier;
use std::thread;

use super::*;
use crate::export::delivery::Settings;
use crate::export::testing::{log, span};
use crate::export::{OtlpMetrics, Periodic, Source, otlp_logs};
use crate::record::{Family, MetricKind, MetricSource, MetricVisitor, Point, Record};

#[test]
fn a_line_is_a_request_in_json() {
    let folder = Folder::new();
    let path = folder.0.join("traces.jsonl");
    let bench = bench(file(&path));
    let spans = [span("one"), span("two"), span("three")];
    bench.put(&spans[0]);
    assert_eq!(bench.settled(Signal::Traces, NAME).exported, 1);
    spans[1..].iter().for_each(|span| bench.put(span));
    assert_eq!(bench.settled(Signal::Traces, NAME).exported, 3);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
    let expected: Vec<_> = spans.iter().map(|s| s.context.span_id.get().to_be_bytes().to_vec()).collect();
    assert_eq!(ids(&path), expected);
    bench.worker.shutdown(crate::export::otlp::tests::SOON).unwrap();
}

struct One;

impl MetricSource for One {
    fn visit(&self, visitor: &mut dyn MetricVisitor) {
        visitor.family(&Family { name: "orders_total", help: "", unit: "", kind: MetricKind::Counter });
        visitor.point(&[("region", "eu")], Point::Counter(7));
    }
}

#[test]
fn log_records_and_metrics_have_files_of_their_own() {
    let folder = Folder::new();
    let (logs, metrics) = (folder.0.join("logs.jsonl"), folder.0.join("metrics.jsonl"));
    let source = Source::default();
    source.provide(vec![Arc::new(One)]);
    let bench = Bench::new(|ledger, notices| {
        let resource = Arc::new(crate::record::Resource { service: "shop".into(), attributes: Vec::new() });
        let pushed = OtlpMetrics::new(file(&metrics), Default::default(), resource, 1_000, ledger, notices);
        let hour = std::time::Duration::from_secs(3_600);
        vec![
            Arc::new(otlp_logs(file(&logs), ledger, notices).unwrap()),
            Arc::new(Periodic::new(pushed.unwrap(), &source, hour, ledger)),
        ]
    });
    bench.sink.put(Record::Log(log("hello\nworld")));
    assert_eq!(bench.settled(Signal::Logs, NAME).exported, 1);
    let text = fs::read_to_string(logs).unwrap();
    let line: serde_json::Value = serde_json::from_str(&text).unwrap();
    let record = line.pointer("/resourceLogs/0/scopeLogs/0/logRecords/0").unwrap();
    assert_eq!(record["body"]["stringValue"], "hello\nworld");
    let text = fs::read_to_string(metrics).unwrap();
    let line: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let metric = line.pointer("/resourceMetrics/0/scopeMetrics/0/metrics/0").unwrap();
    assert_eq!(metric["sum"]["dataPoints"][0]["asInt"], "7");
    assert_eq!(metric["sum"]["isMonotonic"], true);
}

#[test]
fn under_load_rotation_loses_nothing_and_tears_nothing_also_of_two_writers() {
    const THREADS: usize = 4;
    const EACH: usize = 2_500;
    let folder = Folder::new();
    let limited = |name| FileConfig {
        name,
        max_bytes: 40_000,
        max_files: 10_000,
        settings: Settings { batch: 64, max_batch: 64, ..quick() },
        ..file(&folder.0.join("traces.jsonl"))
    };
    // As two processes would be: each opens the file for itself.
    let benches = ["file", "other"].map(|name| (name, bench(FileConfig { name, ..limited(name) })));
    let start = Barrier::new(2 * THREADS);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            for (_, bench) in &benches {
                let (sink, start) = (Arc::clone(&bench.sink), &start);
                scope.spawn(move || {
                    start.wait();
                    (0..EACH).for_each(|_| sink.put(Record::Span(span("work"))));
                });
            }
        }
    });
    let exported: u64 =
        benches.iter().map(|(name, bench)| bench.settled(Signal::Traces, name).exported).sum();
    assert_eq!(exported, (2 * THREADS * EACH) as u64);
    assert_eq!(all_ids(&folder).len(), 2 * THREADS * EACH);
    let files = all(&folder);
    assert!(files.len() > 20, "{}", files.len());
    assert!(files.iter().all(|path| fs::metadata(path).unwrap().len() <= 40_000));
}

#[test]
fn the_newest_files_are_kept_and_no_more_than_wanted() {
    for kept in [1, 2, 4] {
        let folder = Folder::new();
        let path = folder.0.join("traces.jsonl");
        let bench = bench(FileConfig { max_bytes: 1, max_files: kept, ..file(&path) });
        let spans: Vec<_> = (0..6).map(|_| span("work")).collect();
        for span in &spans {
            bench.put(span);
            bench.settled(Signal::Traces, NAME);
        }
        let id = |at: usize| spans[at].context.span_id.get().to_be_bytes().to_vec();
        assert_eq!(ids(&path), [id(5)], "a request that is too large for any has one of its own");
        for number in 1..kept {
            assert_eq!(ids(&folder.0.join(format!("traces.jsonl.{number}"))), [id(5 - number)]);
        }
        assert_eq!(all(&folder).len(), kept);
    }
}

#[test]
fn a_file_that_was_moved_away_or_deleted_begins_anew() {
    let folder = Folder::new();
    let (path, moved) = (folder.0.join("traces.jsonl"), folder.0.join("traces.jsonl-20261121"));
    let bench = bench(file(&path));
    let write = || {
        bench.put(&span("work"));
        bench.settled(Signal::Traces, NAME)
    };
    write();
    fs::rename(&path, &moved).unwrap();
    write();
    assert_eq!((ids(&moved).len(), ids(&path).len()), (1, 1));
    fs::remove_file(&path).unwrap();
    write();
    assert_eq!(ids(&path).len(), 1);
    fs::File::options().write(true).open(&path).unwrap().set_len(0).unwrap(); // `copytruncate`
    assert_eq!(write().exported, 4);
    assert_eq!(ids(&path).len(), 1);
}

#[test]
fn a_line_that_was_torn_by_a_crash_stays_alone() {
    let folder = Folder::new();
    let path = folder.0.join("traces.jsonl");
    fs::File::create(&path).unwrap().write_all(b"{\"resourceSp").unwrap();
    let bench = bench(file(&path));
    for _ in 0..2 {
        bench.put(&span("work"));
        bench.settled(Signal::Traces, NAME);
    }
    let text = fs::read_to_string(&path).unwrap();
    let (torn, whole) = text.split_once('\n').unwrap();
    assert_eq!(torn, "{\"resourceSp");
    fs::write(&path, whole).unwrap();
    assert_eq!(ids(&path).len(), 2);
}

#[test]
fn files_are_for_their_owner_until_somebody_says_otherwise() {
    let folder = Folder::new();
    let path = folder.0.join("traces.jsonl");
    let bench = bench(FileConfig { max_bytes: 1, max_files: 2, ..file(&path) });
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let write = || {
        bench.put(&span("work"));
        bench.settled(Signal::Traces, NAME);
    };
    write();
    assert_eq!(mode(&path), 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    write();
    assert_eq!((mode(&path), mode(&folder.0.join("traces.jsonl.1"))), (0o640, 0o640));
}
