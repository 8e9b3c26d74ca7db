//! Disks that are full, gone or slow.

use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::{Duration, Instant};

use super::*;
use crate::export::OtlpConfig;
use crate::export::Reason;
use crate::export::delivery::Settings;
use crate::export::otlp::tests::SOON;
use crate::export::otlp::tests::collector::{Collector, wait_until};
use crate::export::testing::{balanced, span};
use crate::record::{Severity, SpanRecord};

/// Puts a span and returns how many were exported and how many were not written.
fn write(bench: &Bench) -> (u64, u64) {
    bench.put(&span("work"));
    let account = bench.settled(Signal::Traces, NAME);
    (account.exported, account.dropped(Reason::RetryExhausted))
}

/// Checks what was said about a loss and its end.
#[track_caller]
fn assert_told(bench: &Bench, path: &Path, why: &str, lost: u64) {
    let told: Vec<_> = bench.notices.try_iter().collect();
    let [(Severity::Warn, loss), (Severity::Info, end)] = &told[..] else { unreachable!("{told:?}") };
    let place = path.display();
    assert!(
        loss.starts_with(&format!("lost 1 span on the way to {place}: it could not be written: {why}")),
        "{loss}"
    );
    assert!(end.starts_with(&format!("spans reach {place} again; {lost} were lost")), "{end}");
}

#[test]
fn a_full_disk_is_counted_and_told_once_and_found_when_there_is_room() {
    let folder = Folder::new();
    let path = folder.0.join("traces.jsonl");
    symlink("/dev/full", &path).unwrap();
    let bench = bench(file(&path));
    assert_eq!((write(&bench), write(&bench)), ((0, 1), (0, 2)));
    fs::remove_file(&path).unwrap();
    assert_eq!(write(&bench), (1, 2));
    assert_told(&bench, &path, "No space left on device", 2);
    assert_eq!(ids(&path).len(), 1);
}

#[test]
fn a_folder_that_is_gone_is_found_when_it_is_back() {
    let folder = Folder::new();
    let path = folder.0.join("gone").join("traces.jsonl");
    let bench = bench(file(&path));
    assert_eq!(write(&bench), (0, 1));
    fs::create_dir(folder.0.join("gone")).unwrap();
    assert_eq!(write(&bench), (1, 1));
    assert_told(&bench, &path, "No such file or directory", 1);
}

#[test]
fn what_is_no_file_or_not_ours_is_counted() {
    let folder = Folder::new();
    let bench = bench(file(&folder.0));
    assert_eq!(write(&bench), (0, 1));
    let (_, loss) = bench.notices.try_recv().unwrap();
    assert!(loss.contains("Is a directory"), "{loss}");
}

/// A file system of 64 KiB, where this process may mount one.
struct Small(PathBuf);

impl Small {
    fn new(folder: &Folder) -> Option<Self> {
        let path = folder.0.join("small");
        fs::create_dir(&path).unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "obs-test"]).arg(&path).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Small(path))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_disk_that_fills_up_keeps_whole_lines_alone() {
    let folder = Folder::new();
    let Some(small) = Small::new(&folder) else {
        return eprintln!("not tried: nobody else than root may mount");
    };
    let path = small.0.join("traces.jsonl");
    let bench = bench(file(&path));
    let name = "n".repeat(5_000); // no divisor of a page
    let put = || {
        let named = SpanRecord { name: name.clone().into(), ..SpanRecord::clone(&span("")) };
        bench.put(&Arc::new(named));
        bench.settled(Signal::Traces, NAME)
    };
    (0..19).for_each(|_| {
        put();
    });
    let account = put();
    assert!((5..13).contains(&account.exported), "{account:?}");
    assert_eq!(account.exported + account.dropped(Reason::RetryExhausted), 20);
    assert_eq!(ids(&path).len() as u64, account.exported, "what was not counted as written is not there");
    fs::remove_file(&path).unwrap();
    assert_eq!(put().exported, account.exported + 1);
    assert_eq!(ids(&path).len(), 1);
}

/// Makes a file that takes 64 KiB and then nothing, until somebody reads it.
fn slow(folder: &Folder) -> PathBuf {
    let path = folder.0.join("slow");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

#[test]
fn a_disk_that_hangs_holds_nobody_else() {
    let folder = Folder::new();
    let path = slow(&folder);
    let collector = Collector::start([]);
    let settings = Settings { timeout: Duration::from_millis(300), ..quick() };
    let bench = Bench::new(|ledger, notices| {
        let slow =
            FileConfig { settings: Settings { batch: 1, max_batch: 1, ..settings.clone() }, ..file(&path) };
        let fast =
            OtlpConfig { settings: quick(), ..OtlpConfig::new(format!("http://{}/", collector.address)) };
        vec![
            Arc::new(otlp_spans(slow, ledger, notices).unwrap()),
            Arc::new(otlp_spans(fast, ledger, notices).unwrap()),
        ]
    });
    let large = SpanRecord { name: "n".repeat(100_000).into(), ..SpanRecord::clone(&span("")) };
    let large = Arc::new(large);
    (0..3).for_each(|_| bench.put(&large));
    let began = Instant::now();
    let account = bench.settled(Signal::Traces, NAME);
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    assert_eq!((account.exported, account.dropped(Reason::Timeout)), (0, 3));
    let other = bench.settled(Signal::Traces, "otlp");
    assert_eq!(other.exported, 3, "and the collector has all");

    let began = Instant::now();
    bench.put(&large);
    bench.worker.shutdown(SOON).unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    balanced(&bench.ledger, 0);
    // Lets go of the thread that writes.
    let mut pipe = fs::File::options().read(true).write(true).open(&path).unwrap();
    std::io::Read::read_exact(&mut pipe, &mut vec![0; 100_000]).unwrap();
}

#[test]
fn what_nobody_waits_for_any_more_is_taken_back() {
    let folder = Folder::new();
    let path = folder.0.join("traces.jsonl");
    let mut paper = file::Rotated::new(path.clone(), u64::MAX, 1);
    let wanted = Wanted::new();
    paper.append(b"first\n", &wanted).unwrap();
    drop(Waiting(wanted.clone()));
    paper.append(b"second\n", &wanted).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "first\n");
    paper.append(b"third\n", &Wanted::new()).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "first\nthird\n");
}

/// Lines that are on paper when a test says so.
struct Slowly(std::sync::mpsc::Receiver<()>, std::sync::mpsc::Sender<bool>);

impl Paper for Slowly {
    fn append(&mut self, _: &[u8], wanted: &Wanted) -> io::Result<()> {
        self.0.recv().unwrap();
        self.1.send(wanted.is_so()).unwrap();
        Ok(())
    }
}

#[tokio::test]
async fn a_writer_learns_that_nobody_waits_while_it_writes() {
    let ((go, gone), (said, wanted)) = (std::sync::mpsc::channel(), std::sync::mpsc::channel());
    let lines = Lines::new(Slowly(gone, said));
    let body = Body { bytes: b"line\n".as_slice().into(), gzip: false };
    let deadline = Duration::from_millis(20);
    assert!(tokio::time::timeout(deadline, lines.send(&body)).await.is_err());
    // The next waits for its turn, and holds no thread while it does.
    assert!(tokio::time::timeout(deadline, lines.send(&body)).await.is_err());
    go.send(()).unwrap();
    assert!(!wanted.recv_timeout(SOON).unwrap());
    go.send(()).unwrap();
    assert_eq!(lines.send(&body).await, Verdict::Done { rejected: 0, message: String::new() });
    assert!(wanted.recv_timeout(SOON).unwrap());
    assert!(wanted.try_recv().is_err(), "what had no turn was not begun");
}

#[test]
fn a_writer_waits_for_another_process() {
    let folder = Folder::new();
    let path = folder.0.join("traces.jsonl");
    let held = fs::File::create(&path).unwrap();
    held.lock().unwrap();
    let bench = bench(file(&path));
    bench.put(&span("work"));
    assert!(bench.worker.flush(Duration::from_millis(50)).is_err());
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    held.unlock().unwrap();
    assert_eq!(bench.settled(Signal::Traces, NAME).exported, 1);
    wait_until(|| held.try_lock().is_ok());
}
