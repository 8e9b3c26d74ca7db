//! Threads that do to spans what may be done to them, for a while, and an account of every span at the end. The command
//! line: for how many seconds, `all` or `tail` (which traces are sampled), how many threads.
//!
//! `scripts/sanitize` runs it where memory is watched; a test runs it for a second.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // it fails by panicking

mod acts;
mod counts;
mod tally;
mod values;
mod worker;

use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use obs::export::{AccountSnapshot, Signal};
use obs::{Guard, Sampling, TailRule};
use obs_tests::Scrape;

use acts::ACTS;
use counts::{CALLS, CAPTURED, OPENED, OWED};
use tally::Tally;
use worker::{Shared, Worker};

/// How long something may take that does not wait for a network.
const LONG: Duration = Duration::from_secs(300);

/// Pause between two scrapes while the threads work.
const PACE: Duration = Duration::from_millis(20);

fn main() {
    let mut words = std::env::args().skip(1);
    let seconds = words.next().map_or(1.0, |word| word.parse().unwrap());
    let tail = match words.next().as_deref() {
        None | Some("all") => false,
        Some("tail") => true,
        Some(other) => return println!("unknown: {other}"),
    };
    let threads = words.next().map_or(8, |word| word.parse().unwrap());
    // A thread that fails would leave the others waiting. Those that panic as part of it call no hook.
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        told(panic);
        std::process::abort();
    }));
    let tally = Tally::default();
    let shared = Shared::new(threads, start(&tally, tail));
    thread::scope(|scope| {
        for number in 0..threads {
            let worker = Worker::new(number, &shared);
            scope.spawn(move || worker.work());
        }
        shared.with_guard(|guard| watch(guard, Duration::from_secs_f64(seconds)));
        shared.pause();
        shared.with_guard(|guard| {
            guard.flush(LONG).unwrap();
            settle(guard, &tally, &shared, tail);
        });
        shared.go_on();
        shared.shut_down(); // while they work
        shared.end();
    });
    after(&tally);
    println!("every span is accounted for");
}

/// Starts the process' own pipeline. Its bounds are tight, so that they are met.
fn start(tally: &Tally, tail: bool) -> Guard {
    let builder = obs::builder().admin_off().log("off").exporter(tally.clone()).shutdown_timeout(LONG);
    let builder = if tail {
        let rule = TailRule { bytes: 1 << 20, spans: 50, age: Duration::from_secs(2), ..TailRule::default() };
        builder.sampling(Sampling::ParentBasedTraceIdRatio(0.1)).tail(rule)
    } else {
        builder.sampling(Sampling::AlwaysOn)
    };
    builder.init().unwrap()
}

/// Scrapes while the threads work.
fn watch(guard: &Guard, time: Duration) {
    let began = Instant::now();
    while began.elapsed() < time {
        assert!(!guard.metrics_text().is_empty());
        thread::sleep(PACE); // it paces; nothing is waited for
    }
}

/// Compares what was opened with what became of it. Nothing is open, and everything was flushed.
fn settle(guard: &Guard, tally: &Tally, shared: &Shared, tail: bool) {
    let traces = account(guard, "engine", Signal::Traces);
    let logs = account(guard, "engine", Signal::Logs);
    let opened = OPENED.load(Relaxed);
    println!("opened {opened} in this process, {} in captures", CAPTURED.load(Relaxed));
    for (act, count) in ACTS.iter().zip(&shared.acts) {
        println!("  {}: {}", act.name, count.load(Relaxed));
    }
    println!("{traces:?}\n{logs:?}");
    balanced(&traces);
    balanced(&logs);
    assert_eq!(traces.exported, tally.spans(), "exported by the engine, and seen by the exporter");
    if tail {
        assert!(traces.accepted <= opened, "more than there were");
        let (owed, paid) = (OWED.load(Relaxed), tally.owed());
        println!("owed by the tail rule {owed}, exported {paid}");
        assert!(paid <= owed && owed - paid <= traces.dropped_total(), "lost without a word");
    } else {
        assert_eq!(traces.accepted, opened, "every span is accepted once");
    }
    let calls = Scrape::read(&guard.metrics_text()).sum("function_calls_total", &[("function", "call")]);
    assert_eq!(calls, Some(CALLS.load(Relaxed) as f64), "calls counted");
    tally.flawless();
}

/// Looks at the accounts once the pipeline is gone.
fn after(tally: &Tally) {
    for account in tally.engine() {
        println!("after the end: {account:?}");
        balanced(&account);
    }
    tally.flawless();
}

fn account(guard: &Guard, exporter: &str, signal: Signal) -> AccountSnapshot {
    guard.deliveries().into_iter().find(|a| a.exporter == exporter && a.signal == signal).unwrap()
}

fn balanced(account: &AccountSnapshot) {
    assert_eq!(account.queued, 0, "{account:?}");
    assert_eq!(
        account.accepted,
        account.exported + account.rejected + account.dropped_total(),
        "{account:?}"
    );
}
