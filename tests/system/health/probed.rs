//! The program `tests/src/probed.rs`: its checks say what a test writes into files.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use obs_tests::{Program, Scrape, free_port, scratch_dir, wait_for};

use super::prober::{Answer, probe};

/// One that runs.
pub(crate) struct Probed {
    directory: PathBuf,
    admin: SocketAddr,
    command: Command,
    program: Program,
    /// What those said that were ended.
    earlier: String,
}

impl Probed {
    /// Starts it with these words; `prepare` adds to its environment.
    pub(crate) fn start(words: &[&str], prepare: impl FnOnce(&mut Command)) -> Self {
        let (directory, port) = (scratch_dir(), free_port());
        let mut command = Command::new(env!("CARGO_BIN_EXE_probed"));
        command
            .arg(&directory)
            .args(words)
            .env("OTEL_EXPORTER_PROMETHEUS_PORT", port.to_string())
            .env("RUST_BACKTRACE", "0");
        prepare(&mut command);
        let program = Program::start(&mut command);
        Probed {
            directory,
            admin: SocketAddr::from(([127, 0, 0, 1], port)),
            command,
            program,
            earlier: String::new(),
        }
    }

    pub(crate) fn admin(&self) -> SocketAddr {
        self.admin
    }

    /// Writes a file.
    pub(crate) fn say(&self, name: &str, text: &str) {
        // Put there whole: the check may read at any time.
        let draft = self.directory.join(format!(".{name}"));
        fs::write(&draft, text).unwrap();
        fs::rename(&draft, self.directory.join(name)).unwrap();
    }

    /// Ends it as Kubernetes does: asks, and kills it where that takes longer than the grace period.
    pub(crate) fn end(&mut self, grace_period: Duration) {
        self.program.signal("TERM");
        let _ended_or_killed_when_dropped = self.program.wait_within(grace_period);
        self.earlier += &self.program.output();
    }

    /// Starts it again, with the same files.
    pub(crate) fn start_again(&mut self) {
        self.program = Program::start(&mut self.command);
    }

    /// Returns what those said that were ended.
    pub(crate) fn earlier(&self) -> &str {
        &self.earlier
    }

    /// Asks once.
    pub(crate) fn ask(&self, path: &str) -> Answer {
        probe(self.admin, path, Duration::from_secs(30)).unwrap()
    }

    pub(crate) fn program(&mut self) -> &mut Program {
        &mut self.program
    }

    /// Returns the sum of a metric's series, once it is there.
    pub(crate) fn metric(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        wait_for(name, || Scrape::of(&self.admin.to_string())?.sum(name, labels))
    }

    /// Returns how often a check counted itself.
    pub(crate) fn runs(&self, check: &str) -> f64 {
        self.metric("probed_runs_total", &[("check", check)])
    }
}

impl Drop for Probed {
    fn drop(&mut self) {
        let _left_behind = fs::remove_dir_all(&self.directory);
    }
}
