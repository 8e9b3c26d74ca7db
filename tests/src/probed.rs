//! A service whose health checks say what a test has written into files of a directory, the first word on its command line.
//!
//! `started`, `dependency`, `luxury` and `alive` are the checks' answers; `deadlock`, `shutdown` and `end` make it do so, and are
//! removed. Further words are checks that misbehave, `blocks`, `never-wakes`, `hogs`, `panics` and `asks=ADDRESS`, and
//! `event-loop`, the built-in one; with `unprovided` the checks have no files to read.

#![allow(clippy::panic)] // it panics where a test asks for it

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use obs::Health;
use obs::health::{Check, event_loop_lag};
use tokio::runtime::{Builder, Runtime};

obs::metrics! {
    /// Runs of the checks, counted by the checks themselves.
    static RUNS: Counter = "probed_runs_total" { check: Named };
}

#[derive(obs::Label, Clone, Copy, Debug)]
enum Named {
    Started,
    Dependency,
    Alive,
}

/// Where the files are.
struct Switches(PathBuf);

impl Switches {
    fn is_set(&self, name: &str) -> bool {
        self.0.join(name).exists()
    }

    /// Tells whether a file is there, and removes it.
    fn is_taken(&self, name: &str) -> bool {
        fs::remove_file(self.0.join(name)).is_ok()
    }

    /// Returns what a file says: nothing or `ok`, `degraded` with a reason, or the reason of a failure.
    fn health(&self, name: &str) -> Health {
        let text = fs::read_to_string(self.0.join(name)).unwrap_or_default();
        match text.trim() {
            "" | "ok" => Health::healthy(),
            text => match text.strip_prefix("degraded ") {
                Some(reason) => Health::degraded(reason),
                None => Health::unhealthy(text),
            },
        }
    }
}

/// It has started when the test says so.
#[obs::health_check(startup, interval = "100ms", timeout = "90ms")]
async fn started(switches: obs::State<Switches>) -> Health {
    RUNS.with(RUNS { check: Named::Started }).inc();
    match switches.is_set("started") {
        true => switches.health("started"),
        false => Health::unhealthy("still starting"),
    }
}

/// What it needs to serve.
#[obs::health_check(
    readiness,
    critical,
    interval = "100ms",
    timeout = "90ms",
    failures = 2,
    successes = 2,
    group = "switches",
    tags("file")
)]
fn dependency(switches: obs::State<Switches>) -> Health {
    RUNS.with(RUNS { check: Named::Dependency }).inc();
    switches.health("dependency").with("file", "dependency")
}

/// What it can do without.
#[obs::health_check(readiness, interval = "100ms", timeout = "90ms", failures = 2, successes = 2)]
fn luxury(switches: obs::State<Switches>) -> Health {
    switches.health("luxury")
}

/// The runtime gets to it.
#[obs::health_check(liveness, interval = "100ms", timeout = "90ms", failures = 5)]
async fn alive(switches: obs::State<Switches>) -> Health {
    RUNS.with(RUNS { check: Named::Alive }).inc();
    switches.health("alive")
}

const OFTEN: Duration = Duration::from_millis(200);
const SOON: Duration = Duration::from_millis(100);

/// Makes a check that a word asks for.
fn asked_for(word: &str) -> Check {
    let check = match word {
        "blocks" => Check::blocking("blocks", block),
        "never-wakes" => Check::new("never-wakes", std::future::pending::<()>),
        // What an async function must not do.
        "hogs" => Check::new("hogs", async || block()),
        "event-loop" => {
            let check = event_loop_lag("event_loop").liveness().failures(1);
            return check.interval(OFTEN).timeout(SOON).into();
        }
        "panics" => Check::new("panics", async || -> Health { panic!("as told") }),
        _ => {
            let address: SocketAddr =
                word.strip_prefix("asks=").unwrap_or_default().parse().unwrap_or_else(|_| {
                    panic!("`{word}` is unknown");
                });
            Check::blocking("asks", move || ask(address))
        }
    };
    check.critical().interval(OFTEN).timeout(SOON)
}

/// Asks a server that may never answer, as a client without a timeout does.
fn ask(address: SocketAddr) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"PING\r\n")?;
    stream.read_exact(&mut [0])
}

#[obs::traced]
async fn work() -> &'static str {
    "done\n"
}

/// Serves its work on a free port.
async fn serve() {
    let Ok(listener) = tokio::net::TcpListener::bind("127.0.0.1:0").await else { panic!("no port") };
    if let Ok(address) = listener.local_addr() {
        println!("work: {address}");
    }
    let _ended = axum::serve(listener, axum::Router::new().route("/work", axum::routing::get(work))).await;
}

/// Blocks the thread, for ever.
fn block() {
    loop {
        thread::park();
    }
}

/// Blocks every thread of the runtime, for ever.
fn deadlock(runtime: &Runtime) {
    for _ in 0..WORKERS {
        runtime.spawn(async { block() });
    }
}

const WORKERS: usize = 2;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let directory = PathBuf::from(words.next().unwrap_or_default());
    let runtime = match Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => panic!("no runtime: {error}"),
    };
    let mut builder = obs::builder().runtime(runtime.handle().clone()).shutdown_on_signals();
    let (unprovided, words): (Vec<_>, Vec<_>) = words.partition(|word| word == "unprovided");
    for word in words {
        builder = builder.health_check(asked_for(&word));
    }
    let guard = match builder.init() {
        Ok(guard) => guard,
        Err(error) => {
            println!("refused: {error}");
            return ExitCode::FAILURE;
        }
    };
    if unprovided.is_empty() {
        guard.provide(Switches(directory.clone()));
    }
    runtime.spawn(serve());
    if let Some(admin) = guard.admin_addr() {
        println!("admin: {admin}");
    }
    let switches = Switches(directory);
    while !switches.is_taken("end") {
        if switches.is_taken("deadlock") {
            deadlock(&runtime);
        }
        if switches.is_taken("shutdown") {
            guard.begin_shutdown();
        }
        thread::sleep(Duration::from_millis(5)); // the pause of a poll
    }
    println!("ending");
    drop(guard);
    println!("observed to the end");
    drop(runtime); // waits for what blocks on its threads
    println!("over");
    ExitCode::SUCCESS
}
