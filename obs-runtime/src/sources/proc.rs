//! What `/proc` tells of this process (`proc(5)`); nothing where there is none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The folder `/proc`.
#[derive(Debug)]
pub(super) struct Proc {
    folder: PathBuf,
    // What never changes is read once: the kernel takes its time to write some of these.
    ticks_per_second: OnceLock<f64>,
    boot_seconds: OnceLock<Option<f64>>,
    machine_bytes: OnceLock<Option<f64>>,
}

/// From `/proc/self/stat`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stat {
    /// User and system time of all threads.
    pub(super) cpu_seconds: f64,
    /// Since the machine was started.
    pub(super) start_seconds: f64,
}

impl Proc {
    pub(super) fn new(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        let (ticks_per_second, boot_seconds) = (OnceLock::new(), OnceLock::new());
        Proc { folder, ticks_per_second, boot_seconds, machine_bytes: OnceLock::new() }
    }

    pub(super) fn text(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.folder.join(file)).ok()
    }

    pub(super) fn stat(&self) -> Option<Stat> {
        let text = self.text("self/stat")?;
        // The program's name is in parentheses, and may hold some: what follows the last begins with the third field.
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
        let per_second = *self.ticks_per_second.get_or_init(|| self.read_ticks_per_second());
        Some(Stat {
            cpu_seconds: (ticks(14)? + ticks(15)?) / per_second,
            start_seconds: ticks(22)? / per_second,
        })
    }

    /// Reads `/proc/self/status`.
    pub(super) fn status(&self) -> Status {
        Status(self.text("self/status").unwrap_or_default())
    }

    /// Reads `/proc/self/limits`.
    pub(super) fn limits(&self) -> Limits {
        Limits(self.text("self/limits").unwrap_or_default())
    }

    /// Returns how many files are open. Fails where there is no such folder, and where no file can be opened any more.
    #[allow(clippy::cast_precision_loss)] // a number of open files
    pub(super) fn open_files(&self) -> io::Result<f64> {
        let entries = fs::read_dir(self.folder.join("self/fd"))?.count();
        // One of them is the folder itself, which is read.
        Ok(entries.saturating_sub(1) as f64)
    }

    /// Returns when the machine was started, in seconds since the epoch.
    pub(super) fn boot_seconds(&self) -> Option<f64> {
        *self.boot_seconds.get_or_init(|| {
            let text = self.text("stat")?;
            text.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
        })
    }

    /// Returns the memory of the machine.
    pub(super) fn machine_bytes(&self) -> Option<f64> {
        let read = || keyed(&self.text("meminfo")?, "MemTotal").map(|kib| kib * 1024.0);
        *self.machine_bytes.get_or_init(read)
    }

    /// `AT_CLKTCK` of the auxiliary vector (`getauxval(3)`): pairs of words, the key first.
    #[allow(clippy::cast_precision_loss)] // a few hundred
    fn read_ticks_per_second(&self) -> f64 {
        const AT_CLKTCK: usize = 17;
        let bytes = fs::read(self.folder.join("self/auxv")).unwrap_or_default();
        let word = |word: &[u8]| word.try_into().map(usize::from_ne_bytes).unwrap_or_default();
        let words: Vec<usize> = bytes.chunks_exact(size_of::<usize>()).map(word).collect();
        let pair = words.chunks_exact(2).find_map(|pair| match pair {
            [AT_CLKTCK, ticks] if *ticks > 0 => Some(*ticks),
            _ => None,
        });
        pair.unwrap_or(100) as f64
    }
}

/// `/proc/self/status`: of one moment.
pub(super) struct Status(String);

impl Status {
    /// Returns the number in a line.
    pub(super) fn number(&self, key: &str) -> Option<f64> {
        keyed(&self.0, key)
    }

    /// Returns a line that is in kB, as bytes.
    pub(super) fn bytes(&self, key: &str) -> Option<f64> {
        self.number(key).map(|kib| kib * 1024.0)
    }
}

/// `/proc/self/limits`: of one moment.
pub(super) struct Limits(String);

impl Limits {
    /// Returns a soft limit; infinity where there is none.
    pub(super) fn soft(&self, name: &str) -> Option<f64> {
        let line = self.0.lines().find_map(|line| line.strip_prefix(name))?;
        match line.split_whitespace().next()? {
            "unlimited" => Some(f64::INFINITY),
            soft => soft.parse().ok(),
        }
    }
}

/// The number of a line `key: 123 kB`.
fn keyed(text: &str, key: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Returns the number that a file holds; `None` too for `max`.
pub(super) fn number(file: &Path) -> Option<f64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}
