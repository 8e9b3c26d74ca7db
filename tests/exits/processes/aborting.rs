//! R10, where a panic aborts: the program is built once more, with that profile.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::Command;

use obs_tests::{Program, workspace_root};

use crate::collector::{Collector, HTTP};

/// Builds the program with `panic = "abort"` and returns where it is.
fn built() -> PathBuf {
    // The target folder is that of the program beside, `target/debug/exits`.
    let target = PathBuf::from(env!("CARGO_BIN_EXE_exits")).ancestors().nth(2).unwrap().to_owned();
    let status = Command::new(env!("CARGO"))
        .args([
            "build",
            "--locked",
            "--quiet",
            "--package",
            "obs-exits",
            "--bin",
            "exits",
            "--profile",
            "aborting",
        ])
        .current_dir(workspace_root())
        .env("CARGO_TARGET_DIR", &target)
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
    target.join("aborting/exits")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_that_aborts_delivers_what_is_left_and_calls_the_hook_before() {
    let collector = Collector::start(HTTP).await;
    let program = tokio::task::spawn_blocking(built).await.unwrap();
    let mut command = collector.command_of(program.to_str().unwrap(), ["plain", "panic"]);
    let run = move || {
        let mut program = Program::start(&mut command);
        (program.wait(), program.output())
    };
    let (status, output) = tokio::task::spawn_blocking(run).await.unwrap();
    assert_eq!(status.signal(), Some(libc::SIGABRT), "{status}\n{output}");
    assert!(output.contains("hook of the program"), "{output}");
    collector.has_all("work", "panic").await;
}
