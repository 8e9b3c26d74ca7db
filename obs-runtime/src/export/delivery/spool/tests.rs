#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking

mod accounts;
mod damage;
mod faulty;
mod limits;
mod owners;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::disk::System;
use super::record::{DONE, HEAD, MARK};
use super::store::{Found, Store, Token};
use super::*;

/// Longer than anything here takes; reached only where a test fails.
const SOON: Duration = Duration::from_secs(20);

/// A folder of a test's own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // In memory where there is such a folder: thousands of files are made, and a disk may be busy.
        let memory = Path::new("/dev/shm");
        let all = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let path = all.join(format!("obs-spool-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// Where the spool is: it makes this folder itself.
    fn root(&self) -> PathBuf {
        self.0.join("otlp-traces")
    }

    fn open(&self, max_bytes: u64) -> (Store, Found) {
        Store::open(Box::new(System), &self.root(), max_bytes).unwrap()
    }

    /// Returns the segments of the first process, in order.
    fn segments(&self) -> Vec<PathBuf> {
        segments(&self.root().join("0"))
    }

    /// Makes a file that an earlier process could have left.
    fn leave(&self, bytes: &[u8]) -> PathBuf {
        let home = self.root().join("0");
        std::fs::create_dir_all(&home).unwrap();
        let path = home.join("0000000000000001-left.spool");
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _system_clears_it = std::fs::remove_dir_all(&self.0);
    }
}

fn segments(home: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(home).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "spool"));
    files.sort();
    files
}

/// A request whose body tells what it is.
fn entry(items: u64, size: usize) -> Entry {
    let bytes: Vec<u8> = (0..size).map(|i| (i as u64 * 31 + items) as u8).collect();
    Entry { bytes: bytes.into(), gzip: items.is_multiple_of(2), items }
}

/// Returns the file that entries make.
fn file_of(entries: &[Entry]) -> Vec<u8> {
    let folder = Folder::new();
    let (mut store, _) = folder.open(1 << 30);
    entries.iter().for_each(|e| store.append(e).unwrap());
    drop(store);
    let files = folder.segments();
    assert_eq!(files.len(), 1, "one file");
    std::fs::read(&files[0]).unwrap()
}

/// Takes everything out, as if each were delivered.
fn drain(store: &mut Store) -> Vec<Entry> {
    let mut all = Vec::new();
    while let Some((token, entry)) = store.next() {
        store.settle(token);
        all.push(entry);
    }
    all
}

#[test]
fn what_is_put_comes_back_in_order_and_leaves_nothing() {
    let folder = Folder::new();
    let (mut store, found) = folder.open(1 << 20);
    assert_eq!((found.scan.items, found.others, store.next().is_none()), (0, 0, true));
    let entries = [entry(3, 10), entry(4, 0), entry(5, 100_000)];
    entries.iter().for_each(|e| store.append(e).unwrap());
    assert_eq!(drain(&mut store), entries);
    assert_eq!((store.bytes(), folder.segments().len(), store.take_lost()), (0, 0, 0));
    store.append(&entry(6, 5)).unwrap();
    assert_eq!(drain(&mut store), [entry(6, 5)]);
}

#[test]
fn who_does_not_deliver_gives_back_and_others_may_overtake() {
    let folder = Folder::new();
    let (mut store, _) = folder.open(1 << 20);
    (1..=3).for_each(|n| store.append(&entry(n, 10)).unwrap());
    let first = store.next().unwrap();
    let second = store.next().unwrap();
    store.give_back(first.0);
    assert_eq!(store.next().unwrap(), first, "the oldest comes first again");
    assert_eq!(store.next().unwrap().1, entry(3, 10), "and the second is still on its way");
    store.settle(second.0);
    store.give_back(first.0);
    assert_eq!(store.next().unwrap(), first);
    assert!(store.next().is_none());
}

#[test]
fn a_restart_finds_what_was_not_delivered_once() {
    let folder = Folder::new();
    let (mut store, _) = folder.open(1 << 20);
    (1..=4).for_each(|n| store.append(&entry(n, 10)).unwrap());
    let first = store.next().unwrap();
    let _on_its_way = store.next().unwrap();
    store.settle(first.0);
    drop(store); // as a process dies: nothing is done at the end of a store
    let (mut store, found) = folder.open(1 << 20);
    assert_eq!((found.scan.items, found.scan.torn, found.scan.unreadable), (9, 0, 0));
    store.append(&entry(5, 10)).unwrap();
    assert_eq!(drain(&mut store), [entry(2, 10), entry(3, 10), entry(4, 10), entry(5, 10)]);
    drop(store);
    assert_eq!(folder.open(1 << 20).1.scan.items, 0);
}

#[test]
fn a_file_in_which_all_is_done_is_removed_beside_others() {
    let folder = Folder::new();
    let (mut store, _) = folder.open(8 * 1_000); // eight files
    (1..=12).for_each(|n| store.append(&entry(n, 400)).unwrap());
    assert_eq!(folder.segments().len(), 6);
    let tokens: Vec<Token> = (0..5).map(|_| store.next().unwrap().0).collect();
    tokens.iter().rev().for_each(|t| store.settle(*t));
    assert_eq!(folder.segments().len(), 4, "two are empty, of the third a half");
    assert_eq!(drain(&mut store).len(), 7);
    assert_eq!(folder.segments().len(), 0);
}
