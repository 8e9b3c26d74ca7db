//! Outages with a spool: what cannot be sent waits on disk, and is sent and counted once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use super::collector::{nobody, wait_until};
use super::*;
use crate::export::SpoolPlace;

/// A folder of a test's own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("obs-spooling-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// Returns the settings of a destination that spools here.
    fn spools(&self, config: OtlpConfig) -> OtlpConfig {
        self.spools_at_most(config, 1 << 30)
    }

    fn spools_at_most(&self, config: OtlpConfig, max_bytes: u64) -> OtlpConfig {
        let folder = self.0.clone();
        with(config, |s| Settings { spool: Some(SpoolPlace { folder, max_bytes }), ..s })
    }

    /// Returns how many files wait.
    fn files(&self) -> usize {
        let home = self.0.join("otlp-traces").join("0");
        let names = std::fs::read_dir(home).unwrap().map(|e| e.unwrap().file_name());
        names.filter(|n| n.to_str().unwrap().ends_with(".spool")).count()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _system_clears_it = std::fs::remove_dir_all(&self.0);
    }
}

impl Pipeline {
    /// Flushes, where what cannot be sent may go to disk, and returns the account.
    fn settle(&self) -> AccountSnapshot {
        self.worker.flush(SOON).unwrap();
        balanced(&self.ledger, 0);
        self.account()
    }

    /// Waits until nothing is on disk any more.
    fn drained(&self) -> AccountSnapshot {
        wait_until(|| self.account().spooled == 0);
        balanced(&self.ledger, 0);
        self.account()
    }
}

/// Returns the ids of the spans that arrived; each of them once.
fn ids(collector: &Collector) -> BTreeSet<Vec<u8>> {
    let mut ids = BTreeSet::new();
    for span in collector.arrived.try_iter().flat_map(|a| a.spans()) {
        assert!(ids.insert(span.span_id), "a span arrived twice");
    }
    ids
}

#[test]
fn what_an_outage_holds_up_waits_on_disk_and_follows() {
    let (folder, address) = (Folder::new(), nobody());
    let pipeline = Pipeline::new(folder.spools(config(&address)));
    pipeline.put(3);
    let account = pipeline.settle();
    assert_eq!((account.spooled, account.dropped_total(), folder.files()), (3, 0, 1));
    pipeline.put(4);
    assert_eq!(pipeline.settle().spooled, 7);
    let collector = Collector::start_on(&address, []);
    let account = pipeline.drained();
    assert_eq!((account.accepted, account.exported, account.dropped_total()), (7, 7, 0));
    assert_eq!(ids(&collector).len(), 7);
    wait_until(|| folder.files() == 0 && pipeline.account().spool_bytes == 0);
    let notices: Vec<_> = pipeline.notices.try_iter().collect();
    let [(Severity::Warn, begun), (Severity::Info, over)] = &notices[..] else { panic!("{notices:?}") };
    let url = format!("http://{address}/v1/traces");
    assert!(begun.starts_with(&format!("spans on the way to {url} wait on disk: no connection")), "{begun}");
    assert!(over.starts_with(&format!("spans reach {url} again; 0 were lost in ")), "{over}");
    assert!(over.ends_with("; 7 went to disk and follow"), "{over}");
}

#[test]
fn the_oldest_follow_first() {
    let (folder, address) = (Folder::new(), nobody());
    let pipeline = Pipeline::new(folder.spools(config(&address)));
    for name in ["first", "second", "third", "fourth", "fifth", "sixth"] {
        pipeline.sink.put(Record::Span(span(name)));
        pipeline.settle();
    }
    let collector = Collector::start_on(&address, []);
    pipeline.drained();
    let names: Vec<_> = collector.arrived.try_iter().flat_map(|a| a.spans()).map(|s| s.name).collect();
    // Two are on their way at a time, so that neighbours may change places.
    let place = |name: &str| names.iter().position(|n| n == name).unwrap();
    assert!(
        place("first") < 2 && place("second") < 3 && place("third") > 0 && place("sixth") > 3,
        "{names:?}"
    );
}

#[test]
fn a_destination_that_hangs_or_is_busy_has_them_follow_too() {
    let folder = Folder::new();
    let busy = vec![Reply::status(503); 5]; // as often as it is tried
    let collector = Collector::start([Reply::Hang].into_iter().chain(busy));
    let timeout = Duration::from_millis(200);
    let pipeline = Pipeline::new(folder.spools(with(local(&collector), |s| Settings { timeout, ..s })));
    pipeline.put(2);
    pipeline.settle();
    let account = pipeline.drained();
    assert_eq!((account.exported, account.dropped_total()), (2, 0));
    let collector = Collector::start(vec![Reply::status(503); 5]);
    let pipeline = Pipeline::new(folder.spools(local(&collector)));
    pipeline.put(2);
    pipeline.settle();
    let account = pipeline.drained();
    assert_eq!((account.exported, account.dropped_total()), (2, 0));
    let lines = pipeline.notices.try_iter().filter(|(_, line)| line.contains("wait on disk")).count();
    assert_eq!(lines, 1, "it was on disk");
}

#[test]
fn what_the_destination_refused_never_goes_to_disk() {
    for reply in [Reply::status(400), Reply::status(302), Reply::With(200, Vec::new(), b"garbage".to_vec())] {
        let folder = Folder::new();
        let collector = Collector::start([reply]);
        let pipeline = Pipeline::new(folder.spools(local(&collector)));
        pipeline.put(2);
        let account = pipeline.settle();
        assert_eq!((account.dropped_total(), account.spooled, account.exported), (2, 0, 0));
        pipeline.worker.shutdown(SOON).unwrap();
        assert_eq!(folder.files(), 0);
        assert_eq!(collector.arrived.try_iter().count(), 1);
    }
}

#[test]
fn what_is_refused_on_the_way_from_the_disk_is_lost_once() {
    let (folder, address) = (Folder::new(), nobody());
    let pipeline = Pipeline::new(folder.spools(config(&address)));
    pipeline.put(2);
    pipeline.settle();
    let _collector = Collector::start_on(&address, [Reply::status(400)]);
    let account = pipeline.drained();
    assert_eq!((account.dropped(Reason::Refused), account.dropped_total()), (2, 2));
    wait_until(|| folder.files() == 0);
}

#[test]
fn a_queue_that_fills_in_an_outage_overflows_to_disk() {
    let (folder, address) = (Folder::new(), nobody());
    let pipeline = Pipeline::new(folder.spools(with(config(&address), |s| Settings {
        reconnect_delay: Duration::from_secs(3_600), // nothing is tried a second time by itself
        max_queue_items: 1_024,
        batch: 64,
        max_batch: 64,
        ..s
    })));
    for round in 1..=40 {
        pipeline.put(250);
        wait_until(|| pipeline.account().accepted == round * 250);
    }
    let account = pipeline.account();
    assert_eq!((account.accepted, account.dropped_total()), (10_000, 0), "{account:?}");
    wait_until(|| pipeline.account().spooled > 8_000);
    let collector = Collector::start_on(&address, []);
    pipeline.settle();
    assert_eq!(pipeline.drained().exported, 10_000);
    assert_eq!(ids(&collector).len(), 10_000);
}

#[test]
fn a_shutdown_leaves_on_disk_what_a_hanging_destination_does_not_take() {
    let folder = Folder::new();
    let collector = Collector::start(vec![Reply::Hang; 4]);
    let small = |s| Settings { batch: 2, max_batch: 2, ..s };
    let pipeline = Pipeline::new(folder.spools(with(local(&collector), small)));
    pipeline.put(2);
    collector.next();
    pipeline.put(5);
    let began = Instant::now();
    assert_eq!(pipeline.worker.shutdown(Duration::from_millis(50)), Ok(()), "nothing is outstanding");
    assert!(began.elapsed() < Duration::from_millis(1_500), "{:?}", began.elapsed());
    balanced(&pipeline.ledger, 0);
    let account = pipeline.account();
    assert_eq!((account.spooled, account.dropped_total()), (7, 0));
    let good = Collector::start([]);
    let next = Pipeline::new(folder.spools(local(&good)));
    wait_until(|| next.account().exported == 7);
    let account = next.drained();
    assert_eq!((account.accepted, account.recovered, account.dropped_total()), (0, 7, 0));
    assert_eq!(ids(&good).len(), 7);
}

#[test]
fn a_full_spool_is_counted_and_told() {
    let (folder, address) = (Folder::new(), nobody());
    let pipeline = Pipeline::new(folder.spools_at_most(config(&address), 600));
    for _ in 0..20 {
        pipeline.put(1);
        pipeline.settle();
    }
    let account = pipeline.account();
    assert!(account.spooled > 0 && account.spool_bytes <= 600, "{account:?}");
    assert_eq!((account.spooled + account.dropped(Reason::SpoolFull), account.accepted), (20, 20));
    assert!(pipeline.notices.try_iter().any(|(_, line)| line.ends_with("the spool is full")));
    let _collector = Collector::start_on(&address, []);
    assert_eq!(pipeline.drained().exported, account.spooled);
}

#[test]
fn without_a_usable_folder_the_losses_are_those_without_a_spool() {
    let (folder, address) = (Folder::new(), nobody());
    std::fs::write(folder.0.join("otlp-traces"), "a file").unwrap();
    let pipeline = Pipeline::new(folder.spools(config(&address)));
    pipeline.put(3);
    let account = pipeline.settle();
    assert_eq!((account.spooled, account.dropped(Reason::RetryExhausted)), (0, 3));
    assert!(pipeline.notices.try_iter().any(|(_, line)| line.starts_with("nothing is spooled, as ")));
}

#[test]
fn new_spans_are_not_held_up_by_what_comes_from_disk() {
    let (folder, address) = (Folder::new(), nobody());
    let pipeline = Pipeline::new(folder.spools(config(&address)));
    for _ in 0..10 {
        pipeline.put(1);
        pipeline.settle();
    }
    pipeline.worker.shutdown(SOON).unwrap();
    let collector = Collector::start([Reply::Hang, Reply::Hang]);
    let timeout = Duration::from_secs(3_600);
    let next = Pipeline::new(folder.spools(with(local(&collector), |s| Settings { timeout, ..s })));
    drop((collector.next(), collector.next())); // all that come from disk at a time hang
    next.put(5);
    next.worker.flush(SOON).unwrap();
    assert_eq!((next.account().exported, next.account().spooled), (5, 10));
}

#[test]
fn accounts_hold_over_restarts_with_a_collector_that_does_everything() {
    let folder = Folder::new();
    let collector = Collector::start((0..60).map(Reply::of_everything));
    let timeout = Duration::from_millis(30);
    let (mut met, mut left) = (0, 0);
    for _ in 0..4 {
        let settings = with(local(&collector), |s| Settings {
            batch: 16,
            max_batch: 16,
            timeout,
            max_queue_items: 2_048,
            ..s
        });
        let pipeline = Pipeline::new(folder.spools(settings));
        pipeline.put(250);
        wait_until(|| pipeline.account().recovered == left);
        let _whatever = pipeline.worker.shutdown(Duration::from_millis(100));
        balanced(&pipeline.ledger, 0);
        let account = pipeline.account();
        assert_eq!((account.accepted, account.recovered), (250, left));
        met += account.exported + account.rejected + account.dropped_total();
        left = account.spooled;
    }
    assert_eq!(met + left, 1_000);
}

/// What the process does that is killed: spans into an outage, and a line when they are on disk.
#[test]
#[ignore = "the child of another test"]
fn child_that_spools_and_waits() {
    let Ok(place) = std::env::var("OBS_TEST_SPOOL") else { return };
    let (address, folder) = place.split_once(' ').unwrap();
    let place = SpoolPlace { folder: Path::new(folder).to_owned(), max_bytes: 1 << 30 };
    let pipeline = Pipeline::new(with(config(address), |s| Settings { spool: Some(place), ..s }));
    for n in 1..=100 {
        pipeline.put(10);
        let spooled = pipeline.settle().spooled;
        println!("spooled {spooled}");
        assert_eq!(spooled, n * 10);
    }
    std::thread::sleep(Duration::from_secs(600)); // it is killed before
}

#[test]
fn what_a_killed_process_had_on_disk_is_sent_and_counted_once() {
    use std::io::{BufRead, BufReader};
    let (folder, address) = (Folder::new(), nobody());
    let name = "export::otlp::tests::spooling::child_that_spools_and_waits";
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env("OBS_TEST_SPOOL", format!("{address} {}", folder.0.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut spooled = lines.filter_map(|line| line.split_once("spooled ")?.1.trim().parse::<u64>().ok());
    let seen = spooled.find(|spooled| *spooled >= 300).unwrap();
    let beside = Pipeline::new(folder.spools(config(&address)));
    beside.put(1);
    let account = beside.settle();
    assert_eq!((account.recovered, account.spooled), (0, 1), "what another process has is its own");
    assert!(beside.notices.try_iter().any(|(_, line)| line.starts_with("another process spools in ")));
    beside.worker.shutdown(SOON).unwrap();
    child.kill().unwrap(); // SIGKILL, while it goes on
    child.wait().unwrap();
    let collector = Collector::start_on(&address, []);
    let next = Pipeline::new(folder.spools(config(&address)));
    wait_until(|| next.account().recovered > 0);
    let account = next.drained();
    assert!(account.recovered > seen && account.recovered <= 1_001, "{seen} {account:?}");
    let torn = account.dropped(Reason::SpoolCorrupt);
    assert!(torn == 0 || torn == 10, "at most what was being written: {account:?}");
    assert_eq!((account.exported, account.dropped_total()), (account.recovered - torn, torn));
    assert_eq!(ids(&collector).len() as u64, account.exported);
    next.worker.shutdown(SOON).unwrap();
    let last = Pipeline::new(folder.spools(config(&address)));
    last.worker.shutdown(SOON).unwrap();
    assert_eq!((last.account().recovered, collector.arrived.try_iter().count()), (0, 0), "and never again");
}
