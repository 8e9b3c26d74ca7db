//! What the tests of checks have in common: a monitor without a runtime of the program's, and servers.
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::health::{Check, CheckError, CheckReport, Monitor, Probe, Standing, States};
use crate::record::Value;

/// Ten times what anything here takes.
pub(super) const SOON: Duration = Duration::from_secs(20);

/// A check on its schedule, on the thread of schedules.
pub(super) struct Watch {
    monitor: Arc<Monitor>,
    name: String,
}

impl Watch {
    pub(super) fn new(check: impl Into<Check>, states: &States) -> Self {
        let check = check.into();
        let name = check.name().to_owned();
        let program = tokio::runtime::Handle::try_current().ok();
        let monitor = Monitor::new(program, states);
        monitor.add(check).unwrap();
        Watch { monitor, name }
    }

    pub(super) fn report(&self) -> CheckReport {
        let report = self.monitor.report(&Probe::All.into());
        report.checks.into_iter().find(|report| report.name() == self.name).unwrap()
    }

    /// Waits until a condition holds.
    pub(super) fn until(&self, condition: impl Fn(&CheckReport) -> bool) -> CheckReport {
        let deadline = Instant::now() + SOON;
        loop {
            let report = self.report();
            if condition(&report) {
                return report;
            }
            let (standing, reason) = (report.standing, report.reason);
            assert!(Instant::now() < deadline, "{standing}, {reason:?}");
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Runs a check once, with much time, or its own where it has been given one.
pub(super) fn look(check: impl Into<Check>) -> CheckReport {
    let check: Check = check.into();
    let check = if check.timeout == Duration::from_secs(1) { check.timeout(SOON) } else { check };
    let check = check.interval(Duration::from_secs(3_600));
    Watch::new(check, &States::default()).until(|report| report.took.is_some())
}

/// What it said.
pub(super) fn said(report: &CheckReport) -> (Standing, &str) {
    (report.standing, report.reason.as_deref().unwrap_or_default())
}

pub(super) fn detail(report: &CheckReport, name: &str) -> Option<Value> {
    report.details.iter().find(|detail| detail.key == name).map(|detail| detail.value.clone())
}

/// Why a check is not registered.
pub(super) fn refused(check: impl Into<Check>) -> String {
    let error: CheckError = check.into().validate().unwrap_err();
    error.to_string()
}

/// A server whose connections `serve` has, one after the other, until it says that it is enough or the test ends.
pub(super) fn server(serve: impl Fn(&mut TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().flatten().for_each(|mut stream| serve(&mut stream)));
    address
}

/// A server that reads a request's head and answers.
pub(super) fn answers(answer: impl Into<Vec<u8>>) -> SocketAddr {
    let answer = answer.into();
    server(move |stream| {
        read_head(stream);
        let _he_may_have_enough = stream.write_all(&answer);
    })
}

pub(super) fn read_head(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        head.extend(byte);
    }
    String::from_utf8(head).unwrap()
}

/// A place where connections are refused for as long as the socket lives: nobody else is given its port.
pub(super) fn refuses() -> (tokio::net::TcpSocket, SocketAddr) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// A place that answers no one: its backlog is full.
pub(super) struct BlackHole {
    pub(super) address: SocketAddr,
    _listener: tokio::net::TcpListener,
    _waiting: Vec<TcpStream>,
}

impl BlackHole {
    /// Needs a runtime with I/O to be entered.
    pub(super) fn new() -> Self {
        let (socket, address) = refuses();
        let listener = socket.listen(1).unwrap();
        let mut waiting = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
            waiting.push(stream);
            assert!(waiting.len() < 10, "the backlog is never full");
        }
        BlackHole { address, _listener: listener, _waiting: waiting }
    }
}

/// A runtime with I/O, for sockets of tokio.
pub(super) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}
