//! A run of the program that makes load, read back.

use std::process::Command;

use obs::testing::FaultyCollector;
use obs_tests::Program;

/// Returns a command that makes load for a collector.
pub(crate) fn load(collector: &FaultyCollector, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_load"));
    command
        .args(arguments)
        .env("OBS_LOG", "obs=info")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
        .env("OTEL_METRIC_EXPORT_INTERVAL", "3600000")
        .env("OBS_ADMIN", "off");
    command
}

/// What it said at its end.
pub(crate) struct Ended {
    pub(crate) output: String,
}

impl Ended {
    /// Waits for its end, which must be a good one.
    pub(crate) fn of(mut program: Program) -> Self {
        assert!(program.wait().success(), "{}", program.output());
        Ended { output: program.output() }
    }

    /// Returns the number that follows `name: `; 0 where nothing of that name was told.
    pub(crate) fn figure(&self, name: &str) -> u64 {
        let line = self.output.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.map_or(0, |line| line.split_whitespace().next().unwrap().parse().unwrap())
    }

    /// Returns how much more memory was in use than when the load began.
    pub(crate) fn extra_heap(&self) -> u64 {
        self.figure("heap-peak").saturating_sub(self.figure("heap-before"))
    }

    /// Asserts that every item that was made met one fate: in the engine, and in every exporter.
    pub(crate) fn balances(&self) {
        assert_eq!(self.adds_up(), 0, "{}", self.output);
    }

    /// Asserts the same where something may wait still; returns how much does.
    pub(crate) fn adds_up(&self) -> u64 {
        assert_eq!(self.figure("traces-engine-accepted"), self.figure("made"), "{}", self.output);
        let (mut accounts, mut queued) = (0, 0);
        for line in self.output.lines() {
            let Some((account, accepted)) = line.split_once("-accepted: ") else { continue };
            let of = |what: &str| self.figure(&format!("{account}-{what}"));
            let met = of("exported") + of("rejected") + of("dropped") + of("queued");
            assert_eq!(accepted.parse(), Ok(met), "{account}\n{}", self.output);
            accounts += 1;
            queued += of("queued");
        }
        assert!(accounts >= 2, "{}", self.output);
        queued
    }
}
