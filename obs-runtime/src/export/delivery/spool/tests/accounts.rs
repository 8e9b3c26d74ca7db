//! A spool with its thread: what becomes of every item is counted.

use std::sync::mpsc::{Receiver, channel};

use super::faulty::Faulty;
use super::*;
use crate::export::testing::balanced;
use crate::export::{AccountSnapshot, Ledger, Signal};
use crate::record::Severity;

struct Bench {
    spool: Spool,
    ledger: Ledger,
    disk: Faulty,
    notices: Receiver<(Severity, String)>,
}

impl Bench {
    fn new(folder: &Folder, max_bytes: u64) -> Self {
        let (ledger, disk) = (Ledger::default(), Faulty::default());
        let (sender, notices) = channel();
        let place = Place { folder: folder.root(), max_bytes };
        let notify: Notices = Arc::new(move |severity, line| drop(sender.send((severity, line))));
        let account = ledger.account(Signal::Traces, "otlp", &[]);
        let spool = Spool::start_on(Box::new(disk.clone()), place, account, notify);
        Bench { spool, ledger, disk, notices }
    }

    /// Puts an entry and waits for what becomes of it.
    fn put(&self, entry: Entry) -> Result<(), Refusal> {
        let account = self.ledger.account(Signal::Traces, "otlp", &[]);
        let (sender, fate) = channel();
        account.accepted(entry.items);
        let items = entry.items;
        self.spool.put(entry, move |put| {
            if let Err(refusal) = &put {
                let full = matches!(refusal, Refusal::Full);
                account.dropped(if full { Reason::SpoolFull } else { Reason::Timeout }, items);
            }
            sender.send(put).unwrap();
        });
        fate.recv_timeout(SOON).unwrap()
    }

    fn next(&self) -> Option<Kept> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async { tokio::time::timeout(SOON, self.spool.next()).await.unwrap() })
    }

    fn account(&self) -> AccountSnapshot {
        balanced(&self.ledger, 0);
        self.ledger.account(Signal::Traces, "otlp", &[]).snapshot()
    }

    /// Ends as a process that is killed: nothing is done any more.
    fn die(self) -> AccountSnapshot {
        let account = self.account();
        self.spool.close(SOON);
        account
    }
}

#[test]
fn every_item_is_queued_spooled_or_met_its_fate() {
    let folder = Folder::new();
    let bench = Bench::new(&folder, 1 << 20);
    (1..=4).for_each(|n| bench.put(entry(n, 100)).unwrap());
    assert_eq!((bench.account().spooled, bench.account().spool_bytes), (10, 4 * (100 + HEAD as u64)));
    bench.next().unwrap().exported(0);
    bench.next().unwrap().exported(1);
    drop(bench.next().unwrap()); // not delivered: it waits again
    assert_eq!(bench.account().spooled, 7);
    assert_eq!(bench.next().unwrap().entry(), &entry(3, 100));
    let third = bench.next().unwrap();
    assert_eq!(third.entry().items, 3, "given back again");
    third.dropped(Reason::Refused);
    let account = bench.die();
    assert_eq!((account.accepted, account.exported, account.rejected, account.spooled), (10, 2, 1, 4));
    let next = Bench::new(&folder, 1 << 20);
    next.next().unwrap().exported(0);
    assert!(next.next().is_none());
    let account = next.account();
    assert_eq!((account.accepted, account.recovered, account.exported, account.spooled), (0, 4, 4, 0));
}

#[test]
fn what_is_full_or_fails_is_the_callers_to_count() {
    let folder = Folder::new();
    let bench = Bench::new(&folder, 1_000);
    bench.put(entry(1, 900)).unwrap();
    assert!(matches!(bench.put(entry(2, 900)), Err(Refusal::Full)));
    bench.disk.set(|f| f.room = Some((0, std::io::ErrorKind::Other)));
    for _ in 0..3 {
        assert!(matches!(bench.put(entry(3, 10)), Err(Refusal::Failed)));
    }
    let account = bench.account();
    assert_eq!((account.dropped(Reason::SpoolFull), account.dropped(Reason::Timeout)), (2, 9));
    assert_eq!((account.accepted, account.spooled), (12, 1));
    bench.spool.close(SOON);
    assert!(matches!(bench.put(entry(4, 10)), Err(Refusal::Failed)), "after the end");
    let lines: Vec<_> = bench.notices.try_iter().collect();
    assert_eq!(lines.len(), 1, "one warning, not one for each: {lines:?}");
    assert!(lines[0].1.contains("has trouble"), "{lines:?}");
}

#[test]
fn what_cannot_be_read_is_counted_as_corrupt() {
    let folder = Folder::new();
    let mut file = file_of(&[entry(1, 50), entry(2, 50), entry(3, 50), entry(4, 50)]);
    file[HEAD + 50 + HEAD + 7] ^= 1; // the second's body
    file[2 * (HEAD + 50) + 9] ^= 1; // the third's head
    file.truncate(file.len() - 1); // the fourth is torn
    folder.leave(&file);
    let bench = Bench::new(&folder, 1 << 20);
    bench.next().unwrap().exported(0);
    assert!(bench.next().is_none());
    bench.spool.close(SOON);
    let account = bench.account();
    assert_eq!((account.recovered, account.exported, account.spooled), (1 + 2 + 4, 1, 0));
    assert_eq!(account.dropped(Reason::SpoolCorrupt), 2 + 4);
    let lines: Vec<_> = bench.notices.try_iter().map(|(_, line)| line).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(
        lines[0].starts_with("lost 4 items in ") && lines[0].ends_with("while it wrote them"),
        "{lines:?}"
    );
    assert!(lines[1].starts_with("78 bytes in ") && lines[1].contains("is not known"), "{lines:?}");
    assert!(lines[2].starts_with("lost 2 items in "), "{lines:?}");
}

#[test]
fn without_a_folder_nothing_is_spooled_and_it_is_said() {
    let folder = Folder::new();
    std::fs::write(folder.root(), "a file").unwrap();
    let bench = Bench::new(&folder, 1 << 20);
    assert!(matches!(bench.put(entry(2, 10)), Err(Refusal::Failed)));
    assert!(bench.next().is_none());
    let (severity, line) = bench.notices.recv_timeout(SOON).unwrap();
    assert_eq!(severity, Severity::Warn);
    assert!(line.starts_with("nothing is spooled, as ") && line.contains("`OBS_SPOOL`"), "{line}");
    assert_eq!(bench.account().dropped(Reason::Timeout), 2);
}

#[test]
fn a_disk_that_hangs_bounds_what_waits_for_it() {
    let folder = Folder::new();
    let bench = Bench::new(&folder, 1 << 30);
    bench.put(entry(1, 10)).unwrap(); // the folder is open
    let held = bench.disk.0.lock().unwrap(); // every file operation waits
    let (sender, fates) = channel();
    let big = Entry { bytes: vec![0; 10 << 20].into(), gzip: false, items: 1 };
    for _ in 0..8 {
        let sender = sender.clone();
        bench.spool.put(big.clone(), move |fate| sender.send(fate.is_ok()).unwrap());
    }
    let refused: Vec<_> = fates.try_iter().collect();
    assert_eq!(refused, [false, false], "64 MiB wait, and nobody waited for that");
    drop(held);
    let taken = (0..6).map(|_| fates.recv_timeout(SOON).unwrap()).filter(|taken| *taken).count();
    assert_eq!(taken, 6);
}
