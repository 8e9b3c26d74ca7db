//! A program that makes spans on what it is told, and ends as it is told: `exits RUNTIME END`.

#![allow(clippy::panic, clippy::expect_used)] // it panics where a test asks for it

mod ends;
mod runtimes;

use std::time::{Duration, Instant};

use obs::Guard;

/// How many spans a program makes; each has a number of its own.
const SPANS: u64 = 1000;

/// How long it waits for anything.
const LONG: Duration = Duration::from_secs(60);

#[obs::traced(fields(number = number))]
fn work(number: u64) {
    let _ = number;
}

/// Makes all spans on four threads that live on: what they hold is still in their rings when the process ends.
fn work_on_threads() {
    let (done, all) = std::sync::mpsc::channel();
    for first in 0..4 {
        let done = done.clone();
        std::thread::spawn(move || {
            (0..SPANS).skip(first).step_by(4).for_each(work);
            drop(done);
            loop {
                std::thread::park();
            }
        });
    }
    drop(done);
    let _nobody_sends: Result<(), _> = all.recv();
}

fn init() -> Guard {
    obs::builder().admin_off().shutdown_timeout(LONG).init().expect("it starts")
}

/// Does what delivers, and says how long that took.
fn timed(deliver: impl FnOnce()) {
    let began = Instant::now();
    deliver();
    println!("took: {}", began.elapsed().as_millis());
}

fn main() {
    let mut words = std::env::args().skip(1);
    let (runtime, end) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match runtime.as_str() {
        "plain" => ends::run(&end),
        runtime => runtimes::run(runtime, &end),
    }
}
