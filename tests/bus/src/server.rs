//! Real servers on free ports of loopback, each in a directory of its own; they end with the test.

use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;

use obs_tests::{Program, free_port, scratch_dir, wait_for};

/// A directory that is removed when dropped.
#[derive(Debug)]
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        Directory(scratch_dir())
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _left_behind = fs::remove_dir_all(&self.0);
    }
}

/// Returns a command for a daemon of the distribution's, which stands where not every user looks.
fn daemon(program: &str) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(program);
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    command
}

/// A NATS server with JetStream.
#[derive(Debug)]
pub struct Nats {
    /// What a client connects to.
    pub url: String,
    _server: Program,
    _directory: Directory,
}

impl Nats {
    /// Starts one and waits until it listens.
    pub fn start() -> Nats {
        let directory = Directory::new();
        let mut server = Program::start(
            daemon("nats-server").args(["-a", "127.0.0.1", "-p", "-1", "-js", "-sd"]).arg(&directory.0),
        );
        let address = server.wait_for_word("Listening for client connections on ");
        server.wait_for_word("Server is ");
        Nats { url: format!("nats://{address}"), _server: server, _directory: directory }
    }
}

/// A Redis server.
#[derive(Debug)]
pub struct Redis {
    /// What a client connects to.
    pub url: String,
    _server: Program,
    _directory: Directory,
}

impl Redis {
    /// Starts one and waits until it listens.
    pub fn start() -> Redis {
        let directory = Directory::new();
        let port = free_port().to_string();
        let mut server = Program::start(
            daemon("redis-server").args(["--bind", "127.0.0.1", "--port", &port, "--dir"]).arg(&directory.0),
        );
        server.wait_for_word("Ready to accept ");
        Redis { url: format!("redis://127.0.0.1:{port}/"), _server: server, _directory: directory }
    }
}

/// A RabbitMQ node, with a port mapper of its own.
#[derive(Debug)]
pub struct RabbitMq {
    /// What a client connects to.
    pub url: String,
    _server: Program,
    _mapper: Program,
    _directory: Directory,
}

impl RabbitMq {
    /// Starts one and waits until it listens.
    pub fn start() -> RabbitMq {
        let directory = Directory::new();
        let (port, mapper_port, distribution_port) = (free_port(), free_port(), free_port());
        // One that the node starts would outlive it, and be everybody's.
        let mapper =
            Program::start(daemon("epmd").args(["-address", "127.0.0.1", "-port", &mapper_port.to_string()]));
        wait_for("the port mapper", || TcpStream::connect(("127.0.0.1", mapper_port)).ok());
        let inside = |name: &str| directory.0.join(name);
        fs::write(inside("plugins"), "[].").unwrap();
        fs::write(inside("environment"), "").unwrap();
        // The script of the package proper: the one in the path runs as a user of its own.
        let mut server = daemon("/usr/lib/rabbitmq/bin/rabbitmq-server");
        server
            .env("HOME", &directory.0)
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("ERL_EPMD_PORT", mapper_port.to_string())
            .env("RABBITMQ_CONFIG_FILE", inside("none"))
            .env("RABBITMQ_CONF_ENV_FILE", inside("environment"))
            .env("RABBITMQ_DIST_PORT", distribution_port.to_string())
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", inside("plugins"))
            .env("RABBITMQ_LOGS", "-")
            .env("RABBITMQ_LOG_BASE", inside("log"))
            .env("RABBITMQ_MNESIA_BASE", inside("data"))
            .env("RABBITMQ_NODENAME", format!("obs-{port}@localhost"))
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", port.to_string())
            .env("RABBITMQ_PID_FILE", inside("pid"))
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-start_epmd false")
            // The shell becomes the node, so that to end the one is to end the other.
            .env("RUNNING_UNDER_SYSTEMD", "true");
        let mut server = Program::start(&mut server);
        server.wait_for_word("Server startup complete");
        RabbitMq {
            url: format!("amqp://guest:guest@127.0.0.1:{port}/%2f"),
            _server: server,
            _mapper: mapper,
            _directory: directory,
        }
    }
}
