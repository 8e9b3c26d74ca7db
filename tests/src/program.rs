//! Programs that a test starts, and that end with it.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::wait_for;

/// A child process; ended, by its own id, when dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    output: Arc<Mutex<String>>,
    readers: Vec<thread::JoinHandle<()>>,
}

impl Program {
    /// Starts a command and collects what it prints on both streams.
    pub fn start(command: &mut Command) -> Program {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("cannot start {command:?}: {e}"));
        let output = Arc::new(Mutex::new(String::new()));
        let stdout = child.stdout.take().map(|s| collect(s, &output));
        let stderr = child.stderr.take().map(|s| collect(s, &output));
        let readers = [stdout, stderr].into_iter().flatten().collect();
        Program { child, output, readers }
    }

    /// Returns what it has printed so far, lines of both streams in the order in which they came.
    pub fn output(&self) -> String {
        self.output.lock().unwrap().clone()
    }

    /// Waits for a line that contains `before` and returns what follows it, up to white space.
    pub fn wait_for_word(&mut self, before: &str) -> String {
        let word = |text: &str| {
            let complete = text.get(..text.rfind('\n')?)?;
            let rest = complete.split_once(before)?.1;
            rest.split_whitespace().next().map(str::to_owned)
        };
        wait_for(&format!("`{before}` in the output"), || {
            let found = word(&self.output());
            if found.is_none()
                && let Some(status) = self.child.try_wait().unwrap()
                && word(&self.output()).is_none()
            {
                panic!("ended with {status} before it said `{before}`:\n{}", self.output());
            }
            found
        })
    }

    /// Interrupts it, as Ctrl-C does.
    pub fn interrupt(&self) {
        self.signal("INT");
    }

    /// Sends it a signal, by the name that it has without `SIG`.
    pub fn signal(&self, name: &str) {
        let name = format!("-{name}");
        let status = Command::new("kill").args([&name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success(), "{status}");
    }

    /// Waits until it ends by itself, at most for `limit`; `None` where it goes on.
    pub fn wait_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + limit;
        while self.child.try_wait().unwrap().is_none() {
            if Instant::now() >= deadline {
                return None;
            }
            thread::sleep(Duration::from_millis(5)); // the pause of a poll
        }
        Some(self.wait())
    }

    /// Waits until it ends by itself.
    pub fn wait(&mut self) -> ExitStatus {
        let status = self.child.wait().unwrap();
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        status
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _status = self.child.wait();
        if thread::panicking() {
            eprintln!("--- output of the program ---\n{}", self.output());
        }
    }
}

fn collect(stream: impl Read + Send + 'static, output: &Arc<Mutex<String>>) -> thread::JoinHandle<()> {
    let output = Arc::clone(output);
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut output = output.lock().unwrap();
            output.push_str(&line);
            output.push('\n');
        }
    })
}

/// Returns a port that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Returns a new empty directory.
pub fn scratch_dir() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("obs-tests-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let dir = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// Returns the root of the checkout.
pub fn workspace_root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Returns a command that runs the shop on free ports.
pub fn shop(arguments: &[&str]) -> Command {
    let mut command = example("shop");
    command.args(["--port", "0", "--admin-port", "0"]).args(arguments);
    command
}

/// Returns a command that runs an example, built as `cargo run --example NAME` builds it.
pub fn example(name: &str) -> Command {
    static BUILDING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = BUILDING.lock();
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let built = Command::new(cargo)
        .args(["build", "--locked", "--example", name, "--message-format=json"])
        .current_dir(workspace_root())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(built.status.success(), "the example `{name}` does not build");
    let messages = String::from_utf8(built.stdout).unwrap();
    let executable = messages.lines().rev().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let is_it = message["target"]["name"] == name;
        message["executable"].as_str().filter(|_| is_it).map(PathBuf::from)
    });
    Command::new(executable.expect("cargo names the executable"))
}
