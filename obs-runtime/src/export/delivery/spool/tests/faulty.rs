//! A disk that fails as a test wants it, and is the real one otherwise.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::super::disk::{Disk, Handle, Lock, System};

/// What fails now.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faults {
    /// Bytes that can still be written, and the error from then on; the write that crosses it is torn.
    pub(super) room: Option<(usize, io::ErrorKind)>,
    /// Files can neither be cut nor marked.
    pub(super) stiff: bool,
    /// Reads fail, so many of them.
    pub(super) reads: u32,
    /// Files cannot be opened, nor made.
    pub(super) closed: bool,
    /// Files cannot be removed.
    pub(super) sticky: bool,
    /// Nothing can be made to survive a power failure.
    pub(super) unsynced: bool,
}

/// The disk. Copies are the same one.
#[derive(Clone, Default)]
pub(super) struct Faulty(pub(super) Arc<Mutex<Faults>>);

impl Faulty {
    pub(super) fn set(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.0.lock().unwrap());
    }

    fn fails(&self, what: impl FnOnce(&mut Faults) -> bool) -> io::Result<()> {
        if what(&mut self.0.lock().unwrap()) { Err(io::Error::other("input/output error")) } else { Ok(()) }
    }

    fn wrap(&self, file: Box<dyn Handle>) -> Box<dyn Handle> {
        Box::new(FaultyFile { file, faults: self.clone() })
    }
}

impl Disk for Faulty {
    fn make_folder(&self, path: &Path) -> io::Result<()> {
        System.make_folder(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        System.list(folder)
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Lock>> {
        System.lock(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn Handle>> {
        self.fails(|f| f.closed)?;
        Ok(self.wrap(System.create(path)?))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Handle>> {
        self.fails(|f| f.closed)?;
        Ok(self.wrap(System.open(path)?))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.fails(|f| f.sticky)?;
        System.remove(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.fails(|f| f.unsynced)?;
        System.sync_folder(path)
    }
}

struct FaultyFile {
    file: Box<dyn Handle>,
    faults: Faulty,
}

impl Handle for FaultyFile {
    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }

    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.faults.fails(|f| {
            let fails = f.reads > 0;
            f.reads = f.reads.saturating_sub(1);
            fails
        })?;
        self.file.read_at(offset, buffer)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let faults = *self.faults.0.lock().unwrap();
        if bytes.len() == 1 {
            self.faults.fails(|f| f.stiff)?; // a mark: it needs no room
            return self.file.write_at(offset, bytes);
        }
        let Some((room, kind)) = faults.room else { return self.file.write_at(offset, bytes) };
        let fits = bytes.len().min(room);
        self.faults.set(|f| f.room = Some((room - fits, kind)));
        self.file.write_at(offset, &bytes[..fits])?;
        if fits < bytes.len() { Err(kind.into()) } else { Ok(()) }
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.faults.fails(|f| f.stiff)?;
        self.file.truncate(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.faults.fails(|f| f.unsynced)?;
        self.file.sync()
    }
}
