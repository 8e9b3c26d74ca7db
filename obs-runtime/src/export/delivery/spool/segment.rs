//! One file of a spool: records behind one another.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

use memchr::memmem;

use super::disk::{Disk, Handle};
use super::record::{DONE, Entry, HEAD, Head, MAGIC, MARK};

/// Bytes looked at at once while the next record is searched for.
const CHUNK: usize = 64 << 10;

/// How often a file that cannot be read is tried.
const PATIENCE: u32 = 3;

/// A file, and what this process knows of it.
pub(super) struct Segment {
    path: PathBuf,
    file: Option<Box<dyn Handle>>,
    /// Bytes of the records in it.
    length: u64,
    /// Bytes of an unfinished record behind them, which could not be cut off.
    torn: u64,
    /// Items in records that wait or are being sent.
    pub(super) items: u64,
    /// Where the next record to be sent is looked for.
    read: u64,
    /// Records that are being sent: offsets and items.
    sent: BTreeMap<u64, u64>,
    /// Records that are done and could not be marked as such.
    unmarked: BTreeSet<u64>,
    /// Reads that failed one after the other.
    failures: u32,
}

/// What the next look into a file shows.
#[derive(Debug)]
pub(super) enum Step {
    /// A record to be sent, at an offset.
    Entry(u64, Entry),
    /// Items that cannot be read.
    Lost(u64),
    /// Nothing any more, unless a record is given back.
    End,
}

/// A file that could not be removed.
pub(super) struct Stuck {
    pub(super) error: io::Error,
    pub(super) path: PathBuf,
    /// What it still takes on the disk.
    pub(super) bytes: u64,
}

/// What a file of another process holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scan {
    /// Items in records that are not done.
    pub(super) items: u64,
    /// Items, not among these, of a record that was not written to its end.
    pub(super) torn: u64,
    /// Bytes that belong to no record that can be recognised.
    pub(super) unreadable: u64,
}

impl Segment {
    /// Makes a file.
    pub(super) fn create(disk: &dyn Disk, path: PathBuf) -> io::Result<Self> {
        let file = disk.create(&path)?;
        Ok(Segment { file: Some(file), ..Segment::at(path) })
    }

    /// Looks through a file that is there. Nothing is ever appended to it: its end may be torn.
    pub(super) fn open(disk: &dyn Disk, path: PathBuf) -> io::Result<(Self, Scan)> {
        let mut segment = Segment::at(path);
        segment.length = segment.file(disk)?.length()?;
        let scan = segment.scan(disk)?;
        segment.items = scan.items;
        segment.rest();
        Ok((segment, scan))
    }

    fn at(path: PathBuf) -> Self {
        Segment {
            path,
            file: None,
            length: 0,
            torn: 0,
            items: 0,
            read: 0,
            sent: BTreeMap::new(),
            unmarked: BTreeSet::new(),
            failures: 0,
        }
    }

    fn scan(&mut self, disk: &dyn Disk) -> io::Result<Scan> {
        let (mut scan, mut at, length) = (Scan::default(), 0, self.length);
        while let Some((found, head)) = find(self.file(disk)?, at, length)? {
            scan.unreadable += found - at;
            at = found.saturating_add(head.size());
            match (head.done, at > length) {
                (true, _) => {}
                (false, false) => scan.items = scan.items.saturating_add(head.items),
                (false, true) => {
                    scan.torn = head.items;
                    // Counted once: not again by whoever opens it next.
                    let _harmless = self.file(disk)?.write_at(found + MARK, &[DONE]);
                }
            }
        }
        scan.unreadable += length.saturating_sub(at);
        Ok(scan)
    }

    /// Appends a record. After an error the file is as before where it could be cut, and else has a torn end that counts
    /// for nothing; `false` tells that nothing should be appended to it any more.
    pub(super) fn append(
        &mut self,
        disk: &dyn Disk,
        entry: &Entry,
        head: Head,
    ) -> Result<(), (io::Error, bool)> {
        let at = self.length;
        let file = self.file(disk).map_err(|e| (e, false))?;
        let written = file.write_at(at, &head.to_bytes());
        let written = written.and_then(|()| file.write_at(at + HEAD as u64, &entry.bytes));
        if let Err(error) = written {
            let cut = file.truncate(at).is_ok();
            self.torn = if cut { 0 } else { head.size() };
            return Err((error, cut));
        }
        self.length += head.size();
        self.items = self.items.saturating_add(entry.items);
        Ok(())
    }

    /// Returns the next record that waits. An error is worth another try; after a few, all that waits in the file is lost.
    pub(super) fn next(&mut self, disk: &dyn Disk) -> io::Result<Step> {
        let step = self.try_next(disk);
        self.failures = if step.is_err() { self.failures + 1 } else { 0 };
        if self.failures < PATIENCE {
            return step;
        }
        self.read = self.length;
        Ok(Step::Lost(self.forget()))
    }

    fn try_next(&mut self, disk: &dyn Disk) -> io::Result<Step> {
        while self.read < self.length {
            let (length, read) = (self.length, self.read);
            let Some((at, head)) = find(self.file(disk)?, read, length)? else { break };
            let end = at.saturating_add(head.size());
            if end > length {
                break; // torn, and counted when the file was looked through
            }
            if head.done || self.sent.contains_key(&at) || self.unmarked.contains(&at) {
                self.read = end;
                continue;
            }
            let mut body = vec![0; head.length as usize];
            let had = self.file(disk)?.read_at(at + HEAD as u64, &mut body)?;
            body.truncate(had);
            self.read = end;
            if let Some(entry) = head.entry(body) {
                self.sent.insert(at, entry.items);
                return Ok(Step::Entry(at, entry));
            }
            let _again_at_the_next_start = self.mark(disk, at);
            let lost = head.items.min(self.items); // a file that another writes to could say anything
            self.items -= lost;
            return Ok(Step::Lost(lost));
        }
        self.read = self.length;
        Ok(Step::End)
    }

    /// Notes that a record met its fate; an error says that another process may send it once more.
    pub(super) fn settle(&mut self, disk: &dyn Disk, at: u64) -> io::Result<()> {
        let items = self.sent.remove(&at).unwrap_or(0);
        self.items = self.items.saturating_sub(items);
        self.mark(disk, at)
    }

    /// Notes that a record was not sent after all.
    pub(super) fn give_back(&mut self, at: u64) {
        if self.sent.remove(&at).is_some() {
            self.read = self.read.min(at);
        }
    }

    /// Tells whether nothing in it waits or is being sent, as far as it can be read.
    pub(super) fn is_over(&self) -> bool {
        self.read >= self.length && self.sent.is_empty()
    }

    /// Returns how many items nobody will find in it, and counts them no more.
    pub(super) fn forget(&mut self) -> u64 {
        let sent = self.sent.values().fold(0_u64, |sum, items| sum.saturating_add(*items));
        let lost = self.items.saturating_sub(sent);
        self.items -= lost;
        lost
    }

    /// Has it survive a power failure.
    pub(super) fn sync(&mut self, disk: &dyn Disk) -> io::Result<()> {
        self.file(disk)?.sync()
    }

    /// Closes the file; it is opened again where that is needed.
    pub(super) fn rest(&mut self) {
        self.file = None;
    }

    /// Removes the file, or at least gives back its room.
    pub(super) fn remove(mut self, disk: &dyn Disk) -> Result<(), Stuck> {
        let Err(error) = disk.remove(&self.path) else { return Ok(()) };
        let emptied = self.file(disk).and_then(|file| file.truncate(0)).is_ok();
        Err(Stuck { error, bytes: if emptied { 0 } else { self.bytes() }, path: self.path })
    }

    /// Returns the bytes that the file may take on the disk.
    pub(super) fn bytes(&self) -> u64 {
        self.length + self.torn
    }

    fn mark(&mut self, disk: &dyn Disk, at: u64) -> io::Result<()> {
        let marked = self.file(disk).and_then(|file| file.write_at(at + MARK, &[DONE]));
        if marked.is_err() {
            self.unmarked.insert(at);
        }
        marked
    }

    fn file(&mut self, disk: &dyn Disk) -> io::Result<&mut dyn Handle> {
        let file = match self.file.take() {
            Some(file) => file,
            None => disk.open(&self.path)?,
        };
        Ok(&mut **self.file.insert(file))
    }
}

/// Returns the first head at or behind an offset, and where it stands: elsewhere where bytes were damaged.
fn find(file: &mut dyn Handle, from: u64, length: u64) -> io::Result<Option<(u64, Head)>> {
    if let Some(head) = head_at(file, from)? {
        return Ok(Some((from, head)));
    }
    let mut at = from.saturating_add(1);
    let mut chunk = vec![0; CHUNK];
    while at < length {
        let read = file.read_at(at, &mut chunk)?;
        let seen = chunk.get(..read).unwrap_or_default();
        for offset in memmem::find_iter(seen, &MAGIC) {
            let found = at + offset as u64;
            if let Some(head) = head_at(file, found)? {
                return Ok(Some((found, head)));
            }
        }
        if read < CHUNK {
            return Ok(None);
        }
        at += (CHUNK - MAGIC.len() + 1) as u64; // one may stand across the border
    }
    Ok(None)
}

fn head_at(file: &mut dyn Handle, at: u64) -> io::Result<Option<Head>> {
    let mut bytes = [0; HEAD];
    let read = file.read_at(at, &mut bytes)?;
    Ok(bytes.get(..read).and_then(Head::read))
}
