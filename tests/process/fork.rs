//! R12: a process that was forked off draws ids of its own, waits for nobody, and counts what it cannot deliver.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)] // a test fails by panicking, and its name says what holds

use std::collections::HashSet;
use std::io::{PipeWriter, Read as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use obs::Guard;
use obs::export::Reason;

/// How long a child may wait, and how long until it is given up: it is not to wait at all.
const TIMEOUT: Duration = Duration::from_secs(2);
const GIVEN_UP: Duration = Duration::from_secs(20);

const CHILDREN: usize = 8;

/// Returns the trace and the span.
#[obs::traced]
fn work() -> String {
    let here = obs::current().unwrap();
    format!("{} {}", here.trace_id, here.span_id)
}

fn ids() -> Vec<String> {
    (0..4).map(|_| work()).collect()
}

/// What a child does. It has this thread alone, and says what it found without what other threads may have locked.
fn child(guard: &Guard, mut parent: PipeWriter) {
    let mut lines = ids();
    let began = Instant::now();
    let flushed = guard.flush(TIMEOUT);
    // A thread of the child's own has a ring of its own.
    lines.extend(thread::spawn(ids).join().unwrap());
    let again = obs::builder().admin_off().init().map(drop);
    let check = guard.add_health_check(obs::health::Check::new("late", async || ()));
    let in_time = began.elapsed() < TIMEOUT + Duration::from_millis(500);
    lines.push(format!("forked: {}", lost_to_the_fork(guard)));
    lines.push(format!("again: {}", again.map_or_else(|error| error.to_string(), |()| "started".to_owned())));
    lines.push(format!("check: {}", check.map_or_else(|error| error.to_string(), |()| "added".to_owned())));
    lines.push(format!("in time: {in_time}"));
    lines.push(flushed.map_or_else(|error| error.to_string(), |()| "flushed".to_owned()));
    parent.write_all(lines.join("\n").as_bytes()).unwrap();
}

/// How many records the accounts have as lost to the fork.
fn lost_to_the_fork(guard: &Guard) -> u64 {
    guard.deliveries().iter().map(|account| account.dropped(Reason::Forked)).sum()
}

/// Fills the ring of this thread: what waits for room there, waits for the collector.
fn burst() {
    for _ in 0..20_000 {
        work();
    }
}

/// Says that it is over, also where the test fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Forks, and returns the lines that the child says.
fn fork(guard: &Guard) -> Vec<String> {
    let (mut reader, writer) = std::io::pipe().unwrap();
    #[allow(unsafe_code)] // there is no other way
    // SAFETY: the child makes spans, reads a clock, writes to a pipe and exits: the C library's heap survives a fork.
    let id = unsafe { libc::fork() };
    assert!(id >= 0, "the system refuses a process");
    if id == 0 {
        child(guard, writer);
        #[allow(unsafe_code)] // no handler of the parent's may run
        // SAFETY: it takes any number, and does not return.
        unsafe {
            libc::_exit(0)
        };
    }
    drop(writer);
    let (said, heard) = channel();
    thread::spawn(move || {
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        said.send(text).unwrap();
    });
    let text = heard.recv_timeout(GIVEN_UP);
    #[allow(unsafe_code)]
    // SAFETY: it is a child that nobody has waited for yet.
    unsafe {
        libc::kill(id, libc::SIGKILL);
        libc::waitpid(id, std::ptr::null_mut(), 0);
    }
    text.unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_forked_process_draws_ids_of_its_own_and_waits_for_nobody() {
    let guard = obs::builder().admin_off().log("off").init().unwrap();
    let mut all = ids();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        // So that the collector is at work, as likely as not, when the process is copied.
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                work();
            }
        });
        let _over = Over(&over);
        for _ in 0..CHILDREN {
            burst();
            let mut said = fork(&guard);
            let flushed = said.pop().unwrap();
            assert!(flushed.contains("forked process"), "{flushed}");
            assert_eq!(said.pop().unwrap(), "in time: true");
            let check = said.pop().unwrap();
            assert!(check.starts_with("check: health check `late`: this process was forked off"), "{check}");
            let again = said.pop().unwrap();
            assert!(again.contains("before this process was forked off"), "{again}");
            assert_eq!(said.pop().unwrap(), "forked: 8", "each of its spans is counted, and nobody else's");
            all.extend(said);
            all.extend(ids());
        }
    });
    assert_eq!(all.len(), 4 + CHILDREN * 12);
    assert_eq!(lost_to_the_fork(&guard), 0, "the parent lost nothing to its children");
    for part in [0, 1] {
        let distinct: HashSet<&str> = all.iter().filter_map(|line| line.split(' ').nth(part)).collect();
        assert_eq!(distinct.len(), all.len(), "ids are repeated: {all:#?}");
    }
    guard.flush(GIVEN_UP).unwrap();
}
