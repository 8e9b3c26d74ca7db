//! A file that lines are appended to, and those it was before.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};

use super::{Paper, Wanted};

/// How often a file may be replaced while it is opened.
const OPENINGS: usize = 16;

/// A file of lines, which is renamed to `name.1` before it would grow beyond its limit, `name.1` to `name.2` and so on.
///
/// It is opened for every append: one that was moved or deleted begins anew, and a directory or disk that comes back is
/// found. It is locked meanwhile, so that processes with the same file write whole lines, one after the other. New ones
/// are for the owner's eyes (0600) until somebody says otherwise: their successors have the permissions of those before.
/// Nothing is synced: what was written survives the process, and not the machine.
#[derive(Debug)]
pub(super) struct Rotated {
    path: PathBuf,
    max_bytes: u64,
    /// Those of the past.
    kept: usize,
}

impl Rotated {
    /// Makes one of at most `max_files` files of `max_bytes` each; lines that are longer by themselves have a file of
    /// their own. The oldest is deleted to make room.
    pub(super) fn new(path: PathBuf, max_bytes: u64, max_files: usize) -> Self {
        Rotated { path, max_bytes, kept: max_files.saturating_sub(1) }
    }

    /// Opens the file and waits until no other process writes to it.
    fn open(&self) -> io::Result<Locked> {
        for _ in 0..OPENINGS {
            let file = options().create(true).open(&self.path)?;
            let _not_everywhere = file.lock();
            let file = Locked(file);
            if is_at(&file, &self.path) {
                return Ok(file);
            }
        }
        Err(io::Error::other("it is replaced again and again"))
    }

    /// Opens the file, a new one where this one would grow beyond its limit; returns how long it is.
    fn with_room(&self, bytes: u64) -> io::Result<(Locked, u64)> {
        loop {
            let file = self.open()?;
            let length = file.metadata()?.len();
            if length == 0 || length.saturating_add(bytes) <= self.max_bytes {
                return Ok((file, length));
            }
            self.rotate(&file)?;
        }
    }

    /// Makes room for another file, which has the permissions of this one.
    fn rotate(&self, full: &File) -> io::Result<()> {
        if self.kept == 0 {
            return full.set_len(0);
        }
        let permissions = full.metadata()?.permissions();
        let is_free = |number: &usize| fs::symlink_metadata(self.numbered(*number)).is_err();
        let free = (1..self.kept).find(is_free).unwrap_or(self.kept);
        for number in (1..free).rev() {
            fs::rename(self.numbered(number), self.numbered(number + 1))?;
        }
        fs::rename(&self.path, self.numbered(1))?;
        options().create_new(true).open(&self.path)?.set_permissions(permissions)
    }

    fn numbered(&self, number: usize) -> PathBuf {
        let mut name = OsString::from(&self.path);
        name.push(format!(".{number}"));
        name.into()
    }
}

impl Paper for Rotated {
    fn append(&mut self, lines: &[u8], wanted: &Wanted) -> io::Result<()> {
        let (mut file, length) = self.with_room(lines.len() as u64)?;
        if !wanted.is_so() {
            return Ok(()); // it was waited for in vain, and is counted
        }
        let written = write(&mut file, length, lines);
        if written.is_err() || !wanted.is_so() {
            let cut = file.set_len(length);
            return written.and(cut); // why it was not written is nearer
        }
        Ok(())
    }
}

/// Writes lines behind what there is. If that is a torn line, as after a power failure, it stays alone.
fn write(file: &mut File, length: u64, lines: &[u8]) -> io::Result<()> {
    if length > 0 {
        let mut last = [0];
        file.seek(SeekFrom::Start(length - 1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    file.write_all(lines)
}

/// Reading is for the end of what others left.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Tells whether a path still leads to an open file.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let (Ok(open), Ok(there)) = (file.metadata(), fs::metadata(path)) else { return false };
    (open.dev(), open.ino()) == (there.dev(), there.ino())
}

/// An open file cannot be moved there.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

/// A file that nobody else writes to, until it is dropped.
struct Locked(File);

impl Deref for Locked {
    type Target = File;

    fn deref(&self) -> &File {
        &self.0
    }
}

impl DerefMut for Locked {
    fn deref_mut(&mut self) -> &mut File {
        &mut self.0
    }
}

/// Closing alone would leave it locked in a process that was forked meanwhile.
impl Drop for Locked {
    fn drop(&mut self) {
        let _was_not_locked = self.0.unlock();
    }
}
