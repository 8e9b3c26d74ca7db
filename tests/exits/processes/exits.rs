//! R10: however a program ends by itself.

use std::process::ExitStatus;

use obs_tests::Program;

use crate::collector::{Collector, HTTP};

/// Runs the program to its end and returns how it ended, and what it said.
async fn run(collector: &Collector, end: &str) -> (ExitStatus, String) {
    let mut command = collector.command(["plain", end]);
    let program = move || {
        let mut program = Program::start(&mut command);
        (program.wait(), program.output())
    };
    tokio::task::spawn_blocking(program).await.unwrap()
}

/// Everything is delivered, and the status is what it would be without.
async fn delivers(end: &str, status: i32) -> (Collector, String) {
    let collector = Collector::start(HTTP).await;
    let (ended, output) = run(&collector, end).await;
    assert_eq!(ended.code(), Some(status), "{end}: {ended}\n{output}");
    collector.has_all("work", end).await;
    (collector, output)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_return_from_main_delivers_what_is_left() {
    delivers("return", 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)] // elsewhere no handler runs
async fn process_exit_delivers_what_is_left_from_whichever_thread() {
    for end in ["exit", "exit-elsewhere", "exit-on-a-worker", "exit-after-drop"] {
        let (_, output) = delivers(end, 7).await;
        assert!(!output.contains("panicked"), "{end}: {output}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)] // elsewhere no handler runs
async fn a_guard_that_was_forgotten_or_goes_with_its_thread_s_locals_delivers_what_is_left() {
    for end in ["forget", "thread-local"] {
        let (_, output) = delivers(end, 0).await;
        assert!(!output.contains("panicked"), "{end}: {output}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_of_main_delivers_what_is_left_and_its_own_span() {
    let (collector, output) = delivers("panic", 101).await;
    assert_eq!(collector.count("panics").await, 1);
    assert!(output.contains("hook of the program"), "{output}");
}

/// R12. What the child recorded goes nowhere, and what the parent had is not delivered twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(unix)]
async fn a_forked_child_exits_at_once_with_its_own_status_and_delivers_nothing_of_its_parent_s() {
    let (_, output) = delivers("fork", 0).await;
    assert!(output.contains("child: true") && output.contains("program: true"), "{output}");
}
