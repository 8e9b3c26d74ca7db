//! R10 and R11: signals, and no handler that nobody asked for.

use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use obs_tests::Program;

use crate::collector::{Collector, HTTP, SPANS};

/// Has the program begin with this for SIGINT: shells start what runs in the background with the signal ignored.
fn begin_with(command: &mut Command, disposition: libc::sighandler_t) -> &mut Command {
    #[allow(unsafe_code)] // there is no other way
    // SAFETY: the function does what may be done between fork and exec.
    unsafe {
        command.pre_exec(move || {
            libc::signal(libc::SIGINT, disposition);
            Ok(())
        })
    }
}

/// Starts the program, sends it the signal when it is ready, and returns how it ended.
fn signalled(command: &mut Command, signal: &str) -> (ExitStatus, String) {
    let mut program = Program::start(begin_with(command, libc::SIG_DFL));
    program.wait_for_word("ready: ");
    program.signal(signal);
    (program.wait(), program.output())
}

async fn run(mut command: Command, signal: &'static str) -> (ExitStatus, String) {
    tokio::task::spawn_blocking(move || signalled(&mut command, signal)).await.unwrap()
}

#[test]
fn no_signal_is_handled_unless_asked() {
    let mut program = Program::start(Command::new(env!("CARGO_BIN_EXE_exits")).args(["plain", "handlers"]));
    assert!(program.wait().success(), "{}", program.output());
    assert!(program.output().contains("same: true"), "{}", program.output());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_delivers_what_is_left_and_ends_the_process_as_it_would_have() {
    for (signal, number) in [("TERM", libc::SIGTERM), ("INT", libc::SIGINT)] {
        let collector = Collector::start(HTTP).await;
        let (status, output) = run(collector.command(["plain", "signal"]), signal).await;
        assert_eq!(status.signal(), Some(number), "{status}\n{output}");
        collector.has_all("work", signal).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_that_nobody_asked_about_ends_the_process_at_once() {
    let collector = Collector::start(HTTP).await;
    for end in ["unasked", "signal-after-drop", "signal-exec"] {
        let mut command = collector.command(["plain", end]);
        command.env("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "65536"); // a batch that is full goes out before the signal comes
        let (status, output) = run(command, "TERM").await;
        assert_eq!(status.signal(), Some(libc::SIGTERM), "{end}: {status}\n{output}");
    }
    assert_eq!(collector.count("work").await, 0, "nothing was delivered");
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    // It takes connections, and answers none.
    let hangs = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1/traces", hangs.local_addr().unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_exits"));
    command
        .args(["plain", "signal"])
        .env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint)
        .env("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "600000");
    let mut program = Program::start(begin_with(&mut command, libc::SIG_DFL));
    program.wait_for_word("ready: ");
    program.signal("TERM");
    let (mut connection, _) = hangs.accept().unwrap();
    connection.read_exact(&mut [0; 4]).unwrap(); // it is delivering
    let began = Instant::now();
    program.signal("INT");
    let status = program.wait();
    assert_eq!(status.signal(), Some(libc::SIGINT), "{status}");
    assert!(began.elapsed() < Duration::from_secs(30), "it did not wait for its timeout of a minute");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_the_program_has_decides_when_it_ends_and_observing_goes_on_until_then() {
    let collector = Collector::start(HTTP).await;
    let (status, output) = run(collector.command(["plain", "own-handler"]), "TERM").await;
    assert_eq!(status.code(), Some(7), "{status}\n{output}");
    assert_eq!(collector.numbers("work").await, (0..=SPANS).collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_that_is_ignored_stays_ignored() {
    let collector = Collector::start(HTTP).await;
    let mut command = collector.command(["plain", "signal"]);
    begin_with(&mut command, libc::SIG_IGN);
    let ended = tokio::task::spawn_blocking(move || {
        let mut program = Program::start(&mut command);
        program.wait_for_word("ready: ");
        program.signal("INT");
        program.signal("TERM");
        program.wait()
    });
    let status = ended.await.unwrap();
    assert_eq!(status.signal(), Some(libc::SIGTERM), "the first one was ignored: {status}");
    collector.has_all("work", "ignored").await;
}
