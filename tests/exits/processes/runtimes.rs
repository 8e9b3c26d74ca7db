//! R9: what a program runs on makes no difference.

use std::time::Duration;

use obs_tests::Program;

use crate::collector::{Collector, GRPC, HTTP, JSON, Spoken};

const PROTOCOLS: [Spoken; 3] = [HTTP, JSON, GRPC];
const RUNTIMES: [&str; 6] = ["none", "current_thread", "one_worker", "workers", "local_set", "smol"];
const ENDS: [&str; 3] = ["flush", "shutdown", "drop"];

/// Ten times what it may take.
const MOST: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runtime_matrix() {
    for spoken in PROTOCOLS {
        for (runtime, end) in RUNTIMES.iter().flat_map(|runtime| ENDS.map(|end| (*runtime, end))) {
            let collector = Collector::start(spoken).await;
            let what = format!("{} on {runtime}, {end}", spoken.0);
            let mut command = collector.command([runtime, end]);
            let program = move || {
                let mut program = Program::start(&mut command);
                (program.wait(), program.output())
            };
            let (status, output) = tokio::task::spawn_blocking(program).await.unwrap();
            assert!(status.success(), "{what}: {status}\n{output}");
            assert!(!output.contains("panicked"), "{what}: {output}");
            let took = output.lines().find_map(|line| line.strip_prefix("took: ")).unwrap();
            let took = Duration::from_millis(took.parse().unwrap());
            assert!(took < MOST, "{what} took {took:?}");
            collector.has_all(if runtime == "none" { "work" } else { "call" }, &what).await;
        }
    }
}
