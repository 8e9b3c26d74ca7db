//! A client that asks one path again and again, a connection each time, and keeps what changed and when.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Status and body.
pub(crate) type Answer = (u16, String);

/// Asks once. Fails where nobody listens, or the answer takes longer than `limit`.
pub(crate) fn probe(server: SocketAddr, path: &str, limit: Duration) -> io::Result<Answer> {
    let deadline = Instant::now() + limit;
    let mut stream = TcpStream::connect_timeout(&server, limit)?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n\r\n")?;
    let mut bytes = Vec::new();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        stream.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer)? {
            0 => break,
            read => bytes.extend_from_slice(&buffer[..read]),
        }
    }
    read(&String::from_utf8_lossy(&bytes)).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn read(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// An answer that was another one than the one before.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) at: Instant,
    /// `None` where nobody listened.
    pub(crate) answer: Option<Answer>,
}

impl Seen {
    pub(crate) fn code(&self) -> Option<u16> {
        self.answer.as_ref().map(|(code, _)| *code)
    }
}

/// What a watcher knows.
#[derive(Clone, Default)]
struct Known {
    changes: Vec<Seen>,
    probes: u32,
    slowest: Duration,
}

/// Watches a path, until it is dropped.
pub(crate) struct Watcher {
    known: Arc<Mutex<Known>>,
    enough: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Asks every `period`; who listens may come later.
    pub(crate) fn start(server: SocketAddr, path: &'static str, period: Duration) -> Self {
        let (known, enough) = (Arc::<Mutex<Known>>::default(), Arc::new(AtomicBool::new(false)));
        let (tell, ends) = (Arc::clone(&known), Arc::clone(&enough));
        let thread = thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                let began = Instant::now();
                let answer = probe(server, path, Duration::from_secs(30)).ok();
                let mut known = tell.lock().unwrap();
                known.probes += 1;
                known.slowest = known.slowest.max(began.elapsed());
                if known.changes.last().is_none_or(|last| last.answer != answer) {
                    known.changes.push(Seen { at: Instant::now(), answer });
                }
                drop(known);
                thread::sleep(period.saturating_sub(began.elapsed()));
            }
        });
        Watcher { known, enough, thread: Some(thread) }
    }

    fn known(&self) -> Known {
        self.known.lock().unwrap().clone()
    }

    /// Returns the first answer of each code in turn.
    pub(crate) fn timeline(&self) -> Vec<Seen> {
        let mut seen = self.known().changes;
        seen.dedup_by_key(|seen| seen.code());
        seen
    }

    /// Returns the codes in turn.
    pub(crate) fn codes(&self) -> Vec<Option<u16>> {
        self.timeline().iter().map(Seen::code).collect()
    }

    /// Waits until the last of its answers has this code, and returns when that began.
    pub(crate) fn wait_for(&self, code: u16) -> Instant {
        obs_tests::wait_for(&format!("an answer {code}"), || {
            self.timeline().last().filter(|seen| seen.code() == Some(code)).map(|seen| seen.at)
        })
    }

    /// Returns how often it asked, and how long the slowest answer took.
    pub(crate) fn cost(&self) -> (u32, Duration) {
        let known = self.known();
        (known.probes, known.slowest)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.enough.store(true, Ordering::Relaxed);
        let joined = self.thread.take().map(JoinHandle::join);
        if thread::panicking() || matches!(joined, Some(Err(_))) {
            eprintln!("--- what was seen ---\n{:#?}", self.known().changes);
        }
    }
}
