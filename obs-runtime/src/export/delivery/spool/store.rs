//! All that waits on disk for one destination: files in the order in which they were begun.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::folder::Folder;
use super::record::{Entry, Head};
use super::segment::{Scan, Segment, Step, Stuck};
use crate::clock;
use crate::context::SpanId;

/// How the files of a spool end.
const ENDING: &str = ".spool";

/// The most bytes in a file: what is on disk is given back file by file.
const MAX_SEGMENT: u64 = 4 << 20;

/// A bounded, ordered store of requests. Every call may block for as long as the disk does.
pub(super) struct Store {
    disk: Box<dyn Disk>,
    folder: Folder,
    max_bytes: u64,
    segments: BTreeMap<u64, Segment>,
    /// Files without anything that waits, which could not be removed.
    stuck: Vec<Stuck>,
    /// The number of the next segment.
    next: u64,
    /// Whether records are appended to the last segment.
    writing: bool,
    /// Items that cannot be read, since they were last asked for.
    lost: u64,
    /// What went wrong last, and costs nothing by itself.
    trouble: Option<io::Error>,
}

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Token {
    segment: u64,
    at: u64,
}

/// Why a request was not taken.
#[derive(Debug)]
pub(in crate::export) enum Refusal {
    /// The spool has as many bytes as it may, or the disk has no room.
    Full,
    /// It cannot be written.
    Failed,
}

/// What an earlier process left.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) scan: Scan,
    /// Files that could not be opened; they are left for the next start.
    pub(super) unopened: Vec<(PathBuf, io::Error)>,
    /// Other processes that spool in the same folder.
    pub(super) others: usize,
}

impl Store {
    /// Takes a folder, or one beside that of another process, and what dead ones left there.
    pub(super) fn open(disk: Box<dyn Disk>, root: &Path, max_bytes: u64) -> io::Result<(Self, Found)> {
        let folder = Folder::claim(&*disk, root)?;
        let mut store = Store {
            disk,
            folder,
            max_bytes,
            segments: BTreeMap::new(),
            stuck: Vec::new(),
            next: 0,
            writing: false,
            lost: 0,
            trouble: None,
        };
        let mut found = Found { others: store.folder.others, ..Found::default() };
        for path in store.left_files() {
            match Segment::open(&*store.disk, path.clone()) {
                Ok((segment, scan)) => store.adopt(segment, scan, &mut found.scan),
                Err(e) => found.unopened.push((path, e)),
            }
        }
        Ok((store, found))
    }

    /// Returns the files of earlier processes, in the order of their names, which is that of time.
    fn left_files(&mut self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for folder in std::iter::once(&self.folder.home).chain(&self.folder.left) {
            match self.disk.list(folder) {
                Ok(names) => files.extend(names.into_iter().filter_map(|name| {
                    name.to_str()?.ends_with(ENDING).then(|| (name.clone(), folder.join(&name)))
                })),
                Err(e) => self.trouble = Some(e),
            }
        }
        files.sort();
        files.into_iter().map(|(_, path)| path).collect()
    }

    fn adopt(&mut self, segment: Segment, scan: Scan, total: &mut Scan) {
        total.items = total.items.saturating_add(scan.items);
        total.torn = total.torn.saturating_add(scan.torn);
        total.unreadable = total.unreadable.saturating_add(scan.unreadable);
        if scan.items == 0 {
            return self.remove(segment);
        }
        self.segments.insert(self.next, segment);
        self.next += 1;
    }

    /// Appends a request. Nothing survives a power failure before its file is full or the store is closed; everything
    /// survives the end of the process, whatever ends it.
    pub(super) fn append(&mut self, entry: &Entry) -> Result<(), Refusal> {
        let head = Head::of(entry).ok_or(Refusal::Full)?;
        if self.bytes().saturating_add(head.size()) > self.max_bytes {
            return Err(Refusal::Full);
        }
        let most = (self.max_bytes / 8).min(MAX_SEGMENT);
        if self.last().is_some_and(|last| last.bytes() > 0 && last.bytes() + head.size() > most) {
            self.seal();
        }
        if !self.writing {
            self.begin().map_err(|e| self.refuse(e))?;
        }
        let Some(mut last) = self.segments.last_entry() else { return Err(Refusal::Failed) };
        if let Err((error, usable)) = last.get_mut().append(&*self.disk, entry, head) {
            self.writing = usable;
            return Err(self.refuse(error));
        }
        Ok(())
    }

    /// Returns the oldest request that waits; it is this caller's until it is settled or given back.
    pub(super) fn next(&mut self) -> Option<(Token, Entry)> {
        let mut found = None;
        'all: for (number, segment) in &mut self.segments {
            loop {
                match segment.next(&*self.disk) {
                    Ok(Step::Entry(at, entry)) => {
                        found = Some((Token { segment: *number, at }, entry));
                        break 'all;
                    }
                    Ok(Step::Lost(items)) => self.lost = self.lost.saturating_add(items),
                    Ok(Step::End) => break,
                    Err(e) => {
                        self.trouble = Some(e);
                        break 'all;
                    }
                }
            }
        }
        self.sweep();
        found
    }

    /// Notes that a request met its fate.
    pub(super) fn settle(&mut self, token: Token) {
        if let Some(segment) = self.segments.get_mut(&token.segment)
            && let Err(e) = segment.settle(&*self.disk, token.at)
        {
            self.trouble = Some(e);
        }
        self.sweep();
    }

    /// Has a request wait again.
    pub(super) fn give_back(&mut self, token: Token) {
        if let Some(segment) = self.segments.get_mut(&token.segment) {
            segment.give_back(token.at);
        }
    }

    /// Has everything survive a power failure.
    pub(super) fn close(&mut self) {
        self.sweep();
        self.seal();
    }

    /// Returns the bytes that the files take.
    pub(super) fn bytes(&self) -> u64 {
        let segments = self.segments.values().map(Segment::bytes);
        segments.chain(self.stuck.iter().map(|s| s.bytes)).fold(0, u64::saturating_add)
    }

    /// Returns the items that could not be read, once.
    pub(super) fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    /// Returns what went wrong, once.
    pub(super) fn take_trouble(&mut self) -> Option<io::Error> {
        self.trouble.take()
    }

    /// Returns where this process writes.
    pub(super) fn home(&self) -> &Path {
        &self.folder.home
    }

    /// Returns the segment that is written to.
    fn last(&self) -> Option<&Segment> {
        self.segments.last_key_value().map(|(_, last)| last).filter(|_| self.writing)
    }

    /// Begins a segment behind all others.
    fn begin(&mut self) -> io::Result<()> {
        let micros = clock::unix_nanos() / 1_000;
        let name = format!("{micros:016x}-{:06x}-{:016x}{ENDING}", self.next, SpanId::random().get());
        let segment = Segment::create(&*self.disk, self.folder.home.join(name))?;
        self.segments.insert(self.next, segment);
        self.next += 1;
        self.writing = true;
        Ok(())
    }

    /// Ends the segment that is written to.
    fn seal(&mut self) {
        if !std::mem::take(&mut self.writing) {
            return;
        }
        if let Some(mut last) = self.segments.last_entry() {
            let last = last.get_mut();
            let synced = last.sync(&*self.disk).and_then(|()| self.disk.sync_folder(&self.folder.home));
            self.trouble = synced.err().or(self.trouble.take());
            last.rest();
        }
    }

    /// Removes files in which nothing waits.
    fn sweep(&mut self) {
        while let Some(number) = self.segments.iter().find(|(_, s)| s.is_over()).map(|(number, _)| *number) {
            if self.segments.last_key_value().is_some_and(|(last, _)| *last == number) {
                self.writing = false;
            }
            if let Some(mut segment) = self.segments.remove(&number) {
                self.lost = self.lost.saturating_add(segment.forget());
                self.remove(segment);
            }
        }
    }

    fn remove(&mut self, segment: Segment) {
        let gone = |e: &io::Error| e.kind() == io::ErrorKind::NotFound;
        self.stuck.retain(|stuck| self.disk.remove(&stuck.path).is_err_and(|e| !gone(&e)));
        self.stuck.extend(segment.remove(&*self.disk).err());
        if let Some(stuck) = self.stuck.last() {
            self.trouble = Some(io::Error::new(stuck.error.kind(), stuck.error.to_string()));
        }
    }

    fn refuse(&mut self, error: io::Error) -> Refusal {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        if matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge) {
            return Refusal::Full;
        }
        self.trouble = Some(error);
        Refusal::Failed
    }
}
