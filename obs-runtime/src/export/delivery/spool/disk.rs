//! What a spool asks of a file system. A trait, so that tests can have one that fails.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Files and folders. Every call may block for as long as the disk does.
pub(in crate::export) trait Disk: Send + 'static {
    /// Makes a folder for our user alone (0700), or makes sure that the one there is such. Folders above it are made too,
    /// and left alone where they are there.
    fn make_folder(&self, path: &Path) -> io::Result<()>;

    /// Returns the names in a folder, in no order.
    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>>;

    /// Takes the advisory lock of a file, which is made where it is not there; `None` where another holds it. It is free
    /// again when the returned value is dropped, and when the process ends, however it ends.
    fn lock(&self, path: &Path) -> io::Result<Option<Lock>>;

    /// Makes a file that was not there, for our user alone (0600).
    fn create(&self, path: &Path) -> io::Result<Box<dyn Handle>>;

    /// Opens a file to read it and to write into it.
    fn open(&self, path: &Path) -> io::Result<Box<dyn Handle>>;

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Has the names in a folder survive a power failure.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// An open file.
pub(in crate::export) trait Handle: Send {
    /// Returns its length in bytes.
    fn length(&self) -> io::Result<u64>;

    /// Reads at an offset, and less than asked for only at the end of the file.
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes everything at an offset. What is there after an error is not known.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file.
    fn truncate(&mut self, length: u64) -> io::Result<()>;

    /// Has what was written survive a power failure.
    fn sync(&mut self) -> io::Result<()>;
}

/// A lock that is held.
#[derive(Debug)]
pub(in crate::export) struct Lock {
    _file: File,
}

/// The file system of the process.
#[derive(Debug)]
pub(in crate::export) struct System;

impl Disk for System {
    fn make_folder(&self, path: &Path) -> io::Result<()> {
        if let Some(parent) = path.parent() {
            private_folder().recursive(true).create(parent)?;
        }
        match private_folder().create(path) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                // Not through a link: in a folder of everybody, anybody could have laid it there.
                if !fs::symlink_metadata(path)?.is_dir() {
                    return Err(io::ErrorKind::NotADirectory.into());
                }
                make_private(path) // refused where the folder is another user's
            }
            made => made,
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect()
    }

    fn lock(&self, path: &Path) -> io::Result<Option<Lock>> {
        let file = options().create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(e)) => Err(e),
        }
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn Handle>> {
        Ok(Box::new(options().create_new(true).open(path)?))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Handle>> {
        Ok(Box::new(options().open(path)?))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    #[cfg(unix)]
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    #[cfg(not(unix))]
    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(()) // a folder is no file there
    }
}

impl Handle for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&mut self, offset: u64, mut buffer: &mut [u8]) -> io::Result<usize> {
        self.seek(SeekFrom::Start(offset))?;
        let mut total = 0;
        while !buffer.is_empty() {
            match self.read(buffer) {
                Ok(0) => break,
                Ok(read) => {
                    total += read;
                    buffer = buffer.get_mut(read..).unwrap_or_default();
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(total)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.seek(SeekFrom::Start(offset))?;
        self.write_all(bytes)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

#[cfg(unix)]
fn options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

#[cfg(unix)]
fn private_folder() -> fs::DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = fs::DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

// Elsewhere a folder's own rights go for what is in it.
#[cfg(not(unix))]
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    options
}

#[cfg(not(unix))]
fn private_folder() -> fs::DirBuilder {
    fs::DirBuilder::new()
}

#[cfg(not(unix))]
fn make_private(_: &Path) -> io::Result<()> {
    Ok(())
}
