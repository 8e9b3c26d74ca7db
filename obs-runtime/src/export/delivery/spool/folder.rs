//! Whose folder it is: every process writes to one of its own, and takes over those of the dead.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::{Disk, Lock};

/// The most processes that spool side by side in one folder.
const MAX_PROCESSES: u16 = 1_024;

/// The name of the file that is locked for as long as a process owns the folder around it.
const LOCK: &str = "lock";

/// Folders that are ours until this is dropped or the process ends. A process that was forked off it and does not become
/// another program (`exec`) holds them too, for as long as it lives.
pub(super) struct Folder {
    /// Where we write.
    pub(super) home: PathBuf,
    /// Where processes wrote that are gone.
    pub(super) left: Vec<PathBuf>,
    /// Other processes that spool here now.
    pub(super) others: usize,
    _locks: Vec<Lock>,
}

impl Folder {
    /// Takes every folder below `root` that nobody owns, or makes one. A folder that cannot be looked into is left alone.
    pub(super) fn claim(disk: &dyn Disk, root: &Path) -> io::Result<Self> {
        disk.make_folder(root)?;
        let names = disk.list(root)?;
        let mut known: Vec<u16> = names.iter().filter_map(|n| n.to_str()?.parse().ok()).collect();
        known.sort_unstable();
        let (mut ours, mut locks, mut others) = (Vec::new(), Vec::new(), 0);
        for number in &known {
            match take(disk, root, *number) {
                Ok(Some((path, lock))) => {
                    ours.push(path);
                    locks.push(lock);
                }
                Ok(None) => others += 1,
                Err(_) => {} // not a folder, or another user's
            }
        }
        if ours.is_empty() {
            let (path, lock, busy) = make(disk, root, &known)?;
            ours.push(path);
            locks.push(lock);
            others += busy;
        }
        let home = ours.remove(0);
        Ok(Folder { home, left: ours, others, _locks: locks })
    }
}

/// Makes a folder of a number that is not known; another process may be about the same.
fn make(disk: &dyn Disk, root: &Path, known: &[u16]) -> io::Result<(PathBuf, Lock, usize)> {
    let free = (0..MAX_PROCESSES).filter(|n| !known.contains(n));
    for (busy, number) in free.enumerate() {
        if let Some((path, lock)) = take(disk, root, number)? {
            return Ok((path, lock, busy));
        }
    }
    Err(io::Error::new(io::ErrorKind::ResourceBusy, "too many processes use it"))
}

fn take(disk: &dyn Disk, root: &Path, number: u16) -> io::Result<Option<(PathBuf, Lock)>> {
    let path = root.join(number.to_string());
    disk.make_folder(&path)?;
    Ok(disk.lock(&path.join(LOCK))?.map(|lock| (path, lock)))
}
