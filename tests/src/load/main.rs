//! A service that makes spans at a pace, and says at the end what became of them and what they cost. The command line:
//! `--rate 1000` spans a second, `--seconds 5` or `--spans 1000`, `--threads 2`, `--text 100` bytes in an attribute,
//! `--flush 10000` and `--leave 5000` milliseconds at most, `--every 60` seconds between two reports, `--until PATH`
//! to go on until there is such a file, `--chatty` for an exporter that logs and traces.
//!
//! The tests of `tests/system/reliability.rs` and `scripts/soak` run it against a collector that misbehaves.

#![allow(clippy::unwrap_used, clippy::panic)] // it fails by panicking

mod chatty;
mod heap;
mod options;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use obs::Guard;
use obs::export::{Reason, Signal};

use chatty::Chatty;
use options::Options;

/// Every so many calls one is timed: the clock would be the most of it.
const TIMED: u64 = 16;

/// Every so many calls one says something.
const LOGGED: u64 = 100;

/// Times that a thread keeps at most.
const KEPT: usize = 1 << 16;

obs::metrics! {
    /// Work that was done.
    static WORK: Counter = "load_work_total" {};
}

#[obs::traced(fields(number = number, text = text))]
#[obs::counted(metric = WORK)]
fn work(number: u64, text: &str) {
    let _here = text;
    if number.is_multiple_of(LOGGED) {
        tracing::info!(number, "another hundred");
    }
}

fn main() {
    let options = Options::read();
    let began = Instant::now();
    let mut builder = obs::builder().shutdown_timeout(options.leave);
    if options.chatty {
        builder = builder.exporter(Chatty);
    }
    let guard = builder.init().unwrap_or_else(|error| panic!("{error}"));
    println!("init: {} ms", began.elapsed().as_millis());
    let (heap, descriptors) = (heap::live(), descriptors());
    heap::reset();
    let (made, mut times) = load(&options, &guard);
    println!("made: {made}");
    times.sort_unstable();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or(0);
    println!("call-p50-ns: {}", at(0.5));
    println!("call-p99-ns: {}", at(0.99));
    println!("call-longest-us: {}", times.last().copied().unwrap_or(0) / 1_000);
    let began = Instant::now();
    let flushed = guard.flush(options.flush);
    println!("flush: {} ms", began.elapsed().as_millis());
    println!("flushed: {}", flushed.map_or_else(|error| error.to_string(), |()| "yes".to_owned()));
    tell(&guard);
    println!("heap-before: {heap}");
    println!("heap-peak: {}", heap::peak());
    println!("heap-after: {}", heap::live());
    println!("descriptors-before: {descriptors}");
    println!("descriptors-after: {}", self::descriptors());
    let began = Instant::now();
    drop(guard);
    println!("shutdown: {} ms", began.elapsed().as_millis());
}

/// Makes the spans, and tells how it goes; returns how many there were, and what some calls took in nanoseconds.
fn load(options: &Options, guard: &Guard) -> (u64, Vec<u64>) {
    let (stop, made) = (AtomicBool::new(false), AtomicU64::new(0));
    let text = "é".repeat(options.text / 2);
    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..options.threads).map(|_| scope.spawn(|| one_thread(options, &text, &stop, &made))).collect();
        let mut told = Instant::now();
        while !threads.iter().all(thread::ScopedJoinHandle::is_finished) {
            thread::park_timeout(Duration::from_millis(20)); // the pause of a poll
            if options.until.as_ref().is_some_and(|path| path.exists()) {
                stop.store(true, Relaxed);
            }
            if told.elapsed() >= options.every {
                told = Instant::now();
                report(guard, made.load(Relaxed));
            }
        }
        let times = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        (made.load(Relaxed), times)
    })
}

/// The part of one thread; returns what some of its calls took.
fn one_thread(options: &Options, text: &str, stop: &AtomicBool, made: &AtomicU64) -> Vec<u64> {
    let (began, mut done, mut times) = (Instant::now(), 0, Vec::with_capacity(KEPT));
    while !stop.load(Relaxed) {
        let elapsed = began.elapsed();
        if done >= options.spans_of_a_thread || elapsed >= options.time {
            break;
        }
        let due = (elapsed.as_secs_f64() * options.rate_of_a_thread) as u64;
        let due = due.min(options.spans_of_a_thread).min(done + 1_000); // so that the end is seen in time
        if due <= done {
            thread::park_timeout(Duration::from_millis(1)); // the pace
        }
        let before = done;
        while done < due {
            if done % TIMED == 0 {
                let began = Instant::now();
                work(done, text);
                keep(&mut times, done / TIMED, began.elapsed().as_nanos() as u64);
            } else {
                work(done, text);
            }
            done += 1;
        }
        made.fetch_add(done - before, Relaxed);
    }
    times
}

/// Keeps a time, the one after the first `before`; of more than there is room for, as many of every moment ("Algorithm R",
/// Vitter, 1985).
fn keep(times: &mut Vec<u64>, before: u64, time: u64) {
    if times.len() < KEPT {
        return times.push(time);
    }
    let place = before.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32) % (before + 1);
    if let Some(kept) = usize::try_from(place).ok().and_then(|place| times.get_mut(place)) {
        *kept = time;
    }
}

/// One line while it goes on.
fn report(guard: &Guard, made: u64) {
    let traces =
        guard.deliveries().into_iter().filter(|a| a.signal == Signal::Traces && a.exporter != "engine");
    let (exported, dropped) = traces.fold((0, 0), |(e, d), a| (e + a.exported, d + a.dropped_total()));
    let (live, rss) = (heap::live() >> 10, resident() >> 10);
    println!(
        "report: made {made}, exported {exported}, dropped {dropped}, heap {live} KiB, resident {rss} KiB, descriptors {}",
        descriptors()
    );
}

/// Tells every account, in a form that is easily read back.
fn tell(guard: &Guard) {
    for account in guard.deliveries() {
        let (signal, exporter) = (account.signal.as_str(), account.exporter);
        let mut figures = vec![
            ("accepted", account.accepted),
            ("exported", account.exported),
            ("rejected", account.rejected),
            ("queued", account.queued),
            ("dropped", account.dropped_total()),
        ];
        figures.extend(Reason::ALL.iter().map(|r| (r.as_str(), account.dropped(*r))).filter(|(_, n)| *n > 0));
        for (name, value) in figures {
            println!("{signal}-{exporter}-{name}: {value}");
        }
    }
}

/// Returns how many descriptors are open; 0 where the system does not say.
fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

/// Returns how many bytes are in memory; 0 where the system does not say.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kib.unwrap_or(0) << 10
}
