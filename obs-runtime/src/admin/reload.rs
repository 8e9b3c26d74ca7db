//! What is in files that change while the program runs: rotated secrets, renewed certificates.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::Tell;
use crate::record::Severity;

/// How often the files are looked at, at most.
const EVERY: Duration = Duration::from_secs(1);

/// How long somebody waits for files that do not come, before he is served with what was there. Less than what a probe has
/// that comes by TLS.
const PATIENCE: Duration = Duration::from_millis(250);

/// The bytes that one file may have.
const MOST_BYTES: u64 = 1 << 20;

/// Why files are of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Which of them, by its place.
    pub(crate) file: usize,
    /// What is wrong, and what to write.
    pub(crate) text: String,
}

/// Makes a value of what is in the files, whose names it gets for what it says.
pub(crate) type Make<T> = fn(&[PathBuf], &[Vec<u8>]) -> Result<T, Problem>;

/// A value made of files. Who asks for it has them looked at, at most once a second and once at a time; what cannot be read or
/// used leaves the former value in force.
pub(crate) struct Reloaded<T> {
    /// What it is, in messages.
    what: &'static str,
    files: Vec<PathBuf>,
    make: Make<T>,
    tell: Tell,
    held: Mutex<Held<T>>,
}

struct Held<T> {
    value: Arc<T>,
    bytes: Vec<Vec<u8>>,
    looked: Instant,
    /// Somebody is at it, and may hang.
    is_looking: bool,
    is_failing: bool,
}

/// A look that is under way: there is no second one until it is dropped.
struct Look<T>(Arc<Reloaded<T>>);

impl<T> Drop for Look<T> {
    fn drop(&mut self) {
        self.0.held().is_looking = false;
    }
}

impl<T> fmt::Debug for Reloaded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloaded").field("files", &self.files).finish_non_exhaustive()
    }
}

impl<T: Send + Sync + 'static> Reloaded<T> {
    /// Reads the files; blocks for that.
    pub(crate) fn open(
        what: &'static str,
        files: Vec<PathBuf>,
        make: Make<T>,
        tell: Tell,
    ) -> Result<Arc<Self>, Problem> {
        let bytes = read(&files)?;
        let value = Arc::new(make(&files, &bytes)?);
        let held =
            Mutex::new(Held { value, bytes, looked: Instant::now(), is_looking: false, is_failing: false });
        Ok(Arc::new(Reloaded { what, files, make, tell, held }))
    }

    /// Returns the value, that of the files as they are now if they were not looked at for a second. Waits for files that do not
    /// come only where it is the first to ask, and not for long. Needs a tokio runtime with timers. May be dropped at any point.
    pub(crate) async fn current(self: &Arc<Self>) -> Arc<T> {
        if let Some(ended) = self.begin() {
            let _late = timeout(PATIENCE, ended).await;
        }
        Arc::clone(&self.held().value)
    }

    /// Returns the value at once, and has the files looked at for those who ask later.
    pub(crate) fn latest(self: &Arc<Self>) -> Arc<T> {
        drop(self.begin());
        Arc::clone(&self.held().value)
    }

    /// Has the files looked at if that is due; returns what ends when that does. On a thread of its own: one of a runtime's would
    /// hold up its end for as long as the files do not come.
    fn begin(self: &Arc<Self>) -> Option<oneshot::Receiver<()>> {
        let now = Instant::now();
        let mut held = self.held();
        if held.is_looking || now.saturating_duration_since(held.looked) < EVERY {
            return None;
        }
        (held.looked, held.is_looking) = (now, true);
        drop(held);
        let (end, ended) = oneshot::channel();
        let look = Look(Arc::clone(self));
        let looks = move || {
            look.0.look();
            drop(look);
            drop(end);
        };
        // Without a thread the value stays, and the next second tries again.
        let started = thread::Builder::new().name("obs-files".to_owned()).spawn(looks);
        started.is_ok().then_some(ended)
    }

    /// Takes in what is in the files now.
    fn look(&self) {
        let found = read(&self.files).and_then(|bytes| {
            if bytes == self.held().bytes {
                return Ok(None);
            }
            (self.make)(&self.files, &bytes).map(|value| Some((Arc::new(value), bytes)))
        });
        let what = self.what;
        let mut held = self.held();
        let (severity, line) = match found {
            Ok(None) => {
                held.is_failing = false;
                return;
            }
            Ok(Some((value, bytes))) => {
                (held.value, held.bytes, held.is_failing) = (value, bytes, false);
                (Severity::Info, format!("{what} was read anew"))
            }
            Err(_) if held.is_failing => return,
            Err(problem) => {
                held.is_failing = true;
                (Severity::Warn, format!("{what} stays as it was: {}", problem.text))
            }
        };
        drop(held);
        (self.tell)(severity, line);
    }
}

impl<T> Reloaded<T> {
    fn held(&self) -> MutexGuard<'_, Held<T>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(files: &[PathBuf]) -> Result<Vec<Vec<u8>>, Problem> {
    let whole = |(file, path): (usize, &PathBuf)| {
        contents(path).map_err(|why| {
            let text = format!("the file {} {why}; name a file that this process may read", quoted(path));
            Problem { file, text }
        })
    };
    files.iter().enumerate().map(whole).collect()
}

fn contents(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Ok(length) if length as u64 > MOST_BYTES => Err(format!("has more than {MOST_BYTES} bytes")),
        Ok(_) => Ok(bytes),
        Err(error) => Err(format!("cannot be read: {error}")),
    }
}

/// Returns a path as people are shown it.
pub(super) fn quoted(path: &Path) -> String {
    format!("`{}`", path.to_string_lossy().escape_debug())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // a test fails by panicking
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::folder::Folder;

    type Told = Arc<Mutex<Vec<(Severity, String)>>>;

    fn number(paths: &[PathBuf], bytes: &[Vec<u8>]) -> Result<u32, Problem> {
        let all = bytes.concat();
        let number = std::str::from_utf8(&all).ok().and_then(|text| text.parse().ok());
        number.ok_or_else(|| Problem {
            file: 0,
            text: format!("{} holds no number", quoted(paths.first().unwrap())),
        })
    }

    fn open(files: Vec<PathBuf>) -> (Result<Arc<Reloaded<u32>>, Problem>, Told) {
        let told = Told::default();
        let tells = Arc::clone(&told);
        let tell: Tell = Arc::new(move |severity, line| tells.lock().unwrap().push((severity, line)));
        (Reloaded::open("the number", files, number, tell), told)
    }

    /// Asks, and waits until the look that this begins has ended: a paused clock does not wait for it.
    async fn after(millis: u64, it: &Arc<Reloaded<u32>>) -> u32 {
        tokio::time::advance(Duration::from_millis(millis)).await;
        if let Some(ended) = it.begin() {
            let _ended = ended.await;
        }
        *it.current().await
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_is_seen_after_a_second_and_what_is_broken_leaves_the_former_value() {
        let folder = Folder::new().with("a", "1").with("b", "2");
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        let (it, told) = open(vec![a.clone(), b.clone()]);
        let it = it.unwrap();
        assert_eq!(after(0, &it).await, 12);
        fs::write(&b, "3").unwrap();
        assert_eq!(after(999, &it).await, 12, "looked at a moment ago");
        assert_eq!(after(1, &it).await, 13);
        fs::remove_file(&a).unwrap();
        for _ in 0..3 {
            assert_eq!(after(1000, &it).await, 13);
        }
        fs::write(&a, "x").unwrap();
        assert_eq!(after(1000, &it).await, 13);
        fs::write(&a, "7").unwrap();
        assert_eq!(after(1000, &it).await, 73);
        fs::write(&a, "x").unwrap();
        assert_eq!(after(1000, &it).await, 73);
        let told: Vec<_> =
            told.lock().unwrap().iter().map(|(severity, line)| (*severity, line.clone())).collect();
        let [first, second, third, fourth] = &told[..] else { unreachable!("{told:?}") };
        let anew = (Severity::Info, "the number was read anew".to_owned());
        assert_eq!((first, third), (&anew, &anew));
        let start = format!("the number stays as it was: the file {} cannot be read: ", quoted(&a));
        assert!(second.0 == Severity::Warn && second.1.starts_with(&start), "once: {second:?}");
        let end = format!("{} holds no number", quoted(&a));
        assert!(fourth.0 == Severity::Warn && fourth.1.ends_with(&end), "{fourth:?}");
    }

    /// Whoever makes a value of a changed file hangs while this is held.
    static HELD: Mutex<()> = Mutex::new(());
    static BEGUN: AtomicUsize = AtomicUsize::new(0);

    fn hangs(_: &[PathBuf], bytes: &[Vec<u8>]) -> Result<Vec<u8>, Problem> {
        if bytes.concat() != b"1" {
            BEGUN.fetch_add(1, Ordering::SeqCst);
            drop(HELD.lock().unwrap());
        }
        Ok(bytes.concat())
    }

    #[test]
    fn one_look_at_a_time_hangs_and_is_waited_for_once() {
        let folder = Folder::new().with("a", "1");
        let a = folder.path().join("a");
        let it = Reloaded::open("it", vec![a.clone()], hangs, Arc::new(|_, _| {})).unwrap();
        let held = HELD.lock().unwrap();
        fs::write(&a, "2").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(async {
            let begun = Instant::now();
            for _ in 0..5 {
                tokio::time::advance(EVERY).await;
                assert_eq!(*it.current().await, b"1");
            }
            assert_eq!(begun.elapsed(), EVERY * 5 + PATIENCE);
        }); // the runtime ends while the look hangs
        let deadline = std::time::Instant::now() + Duration::from_secs(20);
        let in_time = || assert!(std::time::Instant::now() < deadline);
        while BEGUN.load(Ordering::SeqCst) == 0 {
            in_time();
        }
        drop(held);
        while *it.held().value != b"2" {
            in_time();
        }
        assert_eq!(BEGUN.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn what_cannot_be_read_at_first_is_an_error_that_names_the_file() {
        let folder = Folder::new().with("a", "1");
        let missing = folder.path().join("missing");
        let (it, _) = open(vec![folder.path().join("a"), missing.clone()]);
        let problem = it.unwrap_err();
        assert_eq!(problem.file, 1);
        assert!(
            problem.text.contains(&quoted(&missing)) && problem.text.contains("; name a file"),
            "{problem:?}"
        );
        let long = folder.path().join("long");
        fs::write(&long, vec![b'1'; (1 << 20) + 1]).unwrap();
        assert!(open(vec![long]).0.unwrap_err().text.contains("has more than 1048576 bytes"));
    }
}
