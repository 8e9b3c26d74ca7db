//! What Kubernetes' agent does with probes: documentation, "Configure Liveness, Readiness and Startup Probes" and "Pod
//! Lifecycle", section "Container probes".
//!
//! Until the startup probe has succeeded the others are not asked. A result counts when it came as often in a row as the threshold
//! says. A failed liveness or startup probe ends the container: SIGTERM, SIGKILL when the grace period is over, a new one.
//! Readiness says no until it said yes, and decides about the endpoints alone. 200 to 399 is success; all else is a failure: another
//! code, no answer in time, nobody who listens.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::probed::Probed;
use super::prober::probe;

/// What a probe asks.
#[derive(Clone, Copy)]
pub(crate) enum Asks {
    /// `httpGet`, a path.
    HttpGet(&'static str),
    /// `grpc`, a service of `grpc.health.v1`; only `SERVING` is success.
    Grpc(&'static str),
}

/// A probe as a manifest has it.
#[derive(Clone, Copy)]
pub(crate) struct Probe {
    pub(crate) asks: Asks,
    pub(crate) initial_delay: Duration,
    pub(crate) period: Duration,
    pub(crate) timeout: Duration,
    pub(crate) failure_threshold: u32,
    pub(crate) success_threshold: u32,
}

impl Probe {
    /// Kubernetes' defaults, but a hundred times in the ten seconds in which it would ask once.
    pub(crate) const fn of(asks: Asks) -> Self {
        Probe {
            asks,
            initial_delay: Duration::ZERO,
            period: Duration::from_millis(100),
            timeout: Duration::from_secs(1),
            failure_threshold: 3,
            success_threshold: 1,
        }
    }

    fn succeeds(&self, server: SocketAddr) -> bool {
        match self.asks {
            Asks::HttpGet(path) => {
                probe(server, path, self.timeout).is_ok_and(|(code, _)| (200..400).contains(&code))
            }
            Asks::Grpc(service) => status(server, service, self.timeout) == Some(ServingStatus::Serving),
        }
    }
}

/// Asks once by gRPC, on a connection of its own; `None` where nobody answers in time, or there is no such service.
pub(crate) fn status(server: SocketAddr, service: &str, limit: Duration) -> Option<ServingStatus> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ask = async {
        let channel = Endpoint::from_shared(format!("http://{server}")).unwrap().connect().await.ok()?;
        let request = HealthCheckRequest { service: service.to_owned() };
        Some(HealthClient::new(channel).check(request).await.ok()?.into_inner().status())
    };
    runtime.block_on(async { tokio::time::timeout(limit, ask).await.ok().flatten() })
}

/// What happened to the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Started,
    /// It is among the endpoints.
    Ready,
    NotReady,
    /// It was ended and begun again, because this probe failed.
    Restarted(&'static str),
}

/// A probe, and what it said.
struct Worker {
    probe: Probe,
    /// What counts; `None` where nothing does yet.
    result: Option<bool>,
    last: Option<bool>,
    in_a_row: u32,
    due: Instant,
    asked: u32,
}

impl Worker {
    fn new(probe: Probe) -> Self {
        let due = Instant::now() + probe.initial_delay;
        Worker { probe, result: None, last: None, in_a_row: 0, due, asked: 0 }
    }

    /// Asks if it is time to; returns what counts then.
    fn tick(&mut self, server: SocketAddr) -> Option<bool> {
        if Instant::now() < self.due {
            return self.result;
        }
        self.due = Instant::now() + self.probe.period;
        self.asked += 1;
        let succeeded = self.probe.succeeds(server);
        self.in_a_row = if self.last == Some(succeeded) { self.in_a_row + 1 } else { 1 };
        self.last = Some(succeeded);
        let threshold = if succeeded { self.probe.success_threshold } else { self.probe.failure_threshold };
        if self.in_a_row >= threshold {
            self.result = Some(succeeded);
        }
        self.result
    }
}

/// The probes of a container.
#[derive(Clone, Copy)]
pub(crate) struct Manifest {
    pub(crate) startup: Probe,
    pub(crate) liveness: Probe,
    pub(crate) readiness: Probe,
    pub(crate) grace_period: Duration,
}

/// The agent, and the container that it looks after.
pub(crate) struct Kubelet {
    manifest: Manifest,
    container: Probed,
    startup: Worker,
    liveness: Worker,
    readiness: Worker,
    events: Vec<Event>,
}

impl Kubelet {
    pub(crate) fn run(manifest: Manifest, container: Probed) -> Self {
        let Manifest { startup, liveness, readiness, .. } = manifest;
        let [startup, liveness, readiness] = [startup, liveness, readiness].map(Worker::new);
        Kubelet { manifest, container, startup, liveness, readiness, events: Vec::new() }
    }

    pub(crate) fn container(&self) -> &Probed {
        &self.container
    }

    pub(crate) fn events(&self) -> &[Event] {
        &self.events
    }

    /// Returns how often startup, liveness and readiness were asked, of the container that runs.
    pub(crate) fn asked(&self) -> [u32; 3] {
        [&self.startup, &self.liveness, &self.readiness].map(|worker| worker.asked)
    }

    /// Goes on until `enough`, at most for 60 seconds.
    pub(crate) fn until(&mut self, enough: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !enough(self) {
            assert!(Instant::now() < deadline, "asked {:?}, {:?}", self.asked(), self.events);
            self.tick();
            std::thread::sleep(Duration::from_millis(5)); // the pause of a poll
        }
    }

    /// Goes on until something happened.
    pub(crate) fn until_event(&mut self, event: Event) {
        let before = self.events.len();
        self.until(|it| it.events[before..].contains(&event));
    }

    /// Goes on for so many probes of liveness and of readiness.
    pub(crate) fn probes(&mut self, count: u32) {
        let [_, liveness, readiness] = self.asked();
        self.until(|it| {
            let [_, live, ready] = it.asked();
            live >= liveness + count && ready >= readiness + count
        });
    }

    fn tick(&mut self) {
        let server = self.container.admin();
        if self.startup.result != Some(true) {
            match self.startup.tick(server) {
                None => return,
                Some(false) => return self.restart("startup"),
                Some(true) => self.events.push(Event::Started),
            }
        }
        if self.liveness.tick(server) == Some(false) {
            return self.restart("liveness");
        }
        let before = self.readiness.result == Some(true);
        let ready = self.readiness.tick(server) == Some(true);
        if ready != before {
            self.events.push(if ready { Event::Ready } else { Event::NotReady });
        }
    }

    fn restart(&mut self, because: &'static str) {
        self.events.push(Event::Restarted(because));
        self.container.end(self.manifest.grace_period);
        self.container.start_again();
        let Manifest { startup, liveness, readiness, .. } = self.manifest;
        [self.startup, self.liveness, self.readiness] = [startup, liveness, readiness].map(Worker::new);
    }
}
