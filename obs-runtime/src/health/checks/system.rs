//! What only the C library can do.
#![allow(unsafe_code)]

use std::io;
use std::path::Path;

/// What a file system has room for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Room {
    /// What we may use, which is less than what is free where some is kept for the administrator.
    pub(super) free_bytes: u64,
    /// What is used, and what we may use.
    pub(super) all_bytes: u64,
    pub(super) free_inodes: u64,
    /// 0 where inodes are not counted.
    pub(super) all_inodes: u64,
}

/// Returns what the file system of `path` has room for. Blocks, and for long where it is in a network.
#[cfg(unix)]
#[allow(clippy::useless_conversion, clippy::unnecessary_cast)] // the types are others on other systems
pub(super) fn room(path: &Path) -> io::Result<Room> {
    use std::ffi::CString;
    use std::mem::MaybeUninit;
    use std::os::unix::ffi::OsStrExt;

    let path = CString::new(path.as_os_str().as_bytes())?;
    let mut found = MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the path ends with a zero, and there is room for the answer.
    if unsafe { libc::statvfs(path.as_ptr(), found.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it succeeded, and so has filled it in.
    let found = unsafe { found.assume_init() };
    let block = found.f_frsize as u64;
    let of = |all: u64, free: u64, ours: u64| all.saturating_sub(free).saturating_add(ours);
    let (blocks, free, ours) = (found.f_blocks.into(), found.f_bfree.into(), found.f_bavail.into());
    let (files, free_files, our_files) = (found.f_files.into(), found.f_ffree.into(), found.f_favail.into());
    Ok(Room {
        free_bytes: block.saturating_mul(ours),
        all_bytes: block.saturating_mul(of(blocks, free, ours)),
        free_inodes: our_files,
        all_inodes: if files == 0 { 0 } else { of(files, free_files, our_files) },
    })
}

#[cfg(not(unix))]
pub(super) fn room(_path: &Path) -> io::Result<Room> {
    Err(io::ErrorKind::Unsupported.into())
}
