//! A real broker: `nats-server` with JetStream, on a port and in a directory of its own.

use std::path::PathBuf;
use std::process::Command;

use obs_tests::{Program, free_port, scratch_dir};

/// A broker that can be stopped and started again where it was.
pub(crate) struct Broker {
    port: u16,
    directory: PathBuf,
    server: Option<Program>,
}

impl Broker {
    /// Starts one and waits until it is ready.
    pub(crate) fn start() -> Self {
        let mut broker = Broker { port: free_port(), directory: scratch_dir(), server: None };
        broker.start_again();
        broker
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Ends it; what it was given stays in its directory.
    pub(crate) fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.interrupt();
            server.wait();
        }
    }

    /// Has it stand still: it keeps its connections and answers nothing.
    pub(crate) fn freeze(&self) {
        self.server.iter().for_each(|server| server.signal("STOP"));
    }

    /// Has it go on.
    pub(crate) fn thaw(&self) {
        self.server.iter().for_each(|server| server.signal("CONT"));
    }

    /// Starts it on the same port with the same directory.
    pub(crate) fn start_again(&mut self) {
        let mut command = Command::new("nats-server");
        // Daemons live where not every user looks.
        let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
        command.env("PATH", path).args([
            "--addr",
            "127.0.0.1",
            "--port",
            &self.port.to_string(),
            "--jetstream",
        ]);
        let mut server = Program::start(command.arg("--store_dir").arg(&self.directory));
        server.wait_for_word("Server is ");
        self.server = Some(server);
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        drop(self.server.take());
        let _left_behind = std::fs::remove_dir_all(&self.directory);
    }
}
