//! What the shop prints.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use obs::Outcome;

use crate::bus::Broker;
use crate::cli::Role;
use crate::traces::Traces;
use crate::traffic::{Crowd, Tally};

/// Prints; a reader that went away is not worth a panic.
pub fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _gone = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints what to open and what to look at.
pub fn intro(api: SocketAddr, admin: SocketAddr, broker: Option<&Broker>) {
    let bus = match broker {
        Some(broker) => format!("NATS JetStream at {}", broker.server),
        None => {
            "inside the process; --bus nats takes a broker, and one process a service with --role".to_owned()
        }
    };
    let collector = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|endpoint| !endpoint.is_empty()));
    let traces = match collector {
        Some(endpoint) => format!("sent to {endpoint}"),
        None => {
            "set OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 to send them to a collector".to_owned()
        }
    };
    print(&format!(
        "\
The shop is open: api -> bus -> build-worker -> bus -> notifier

api: http://{api}/orders
admin: http://{admin}/
bus: {bus}

Open      http://{admin}/metrics          what the shop did, as Prometheus reads it
          http://{admin}/readyz?verbose   whether it may get traffic
          http://{admin}/health/detailed  every health check
Order     curl -i http://{api}/orders -H 'content-type: application/json' -d '{{\"item\":\"lamp\",\"region\":\"eu\",\"card\":\"visa\"}}'
Look at   orders_total                 orders by region and outcome
          order_duration_seconds       in OpenMetrics (-H 'accept: application/openmetrics-text') with exemplars that name a trace
          function_calls_total         every call: ok, error, panicked (once, on purpose), cancelled
          function_calls_in_flight     what is going on now
          curl -s http://{admin}/metrics | grep orders_total
Traces    {traces}
Logs      on stderr, warnings only; OBS_LOG=info shows every order (2>shop.log keeps them apart)

"
    ));
}

/// Prints where one service is, of those that run in processes of their own.
pub fn intro_of(role: Role, api: Option<SocketAddr>, admin: SocketAddr) {
    let api = api.map(|api| format!("api: http://{api}/orders\n")).unwrap_or_default();
    print(&format!("{} is open\n{api}admin: http://{admin}/\n", role.name()));
}

/// Shows once a second how it goes; never returns.
pub async fn progress(crowd: &Crowd, traces: &Traces) {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    seconds.tick().await;
    let live = io::stdout().is_terminal();
    loop {
        seconds.tick().await;
        let tally = crowd.tally();
        let line = format!(
            "requests {:6}  errors {:5}  p95 {:7.1} ms  traces across all three {:6}",
            tally.requests(),
            tally.errors(),
            millis(tally.p95()),
            traces.crossed(),
        );
        // On a terminal the cursor goes back to the line's start, so that a log line takes its place.
        print(&if live { format!("\x1b[2K{line}\r") } else { format!("{line}\n") });
    }
}

/// Returns what the customers saw.
pub fn closed(tally: &Tally) -> String {
    format!(
        "\nClosed after {} requests: {} served, {} refused, {} failed, {} given up, {} broken; p95 {:.1} ms\n",
        tally.requests(),
        tally.served,
        tally.refused,
        tally.failed,
        tally.gave_up,
        tally.broken,
        millis(tally.p95()),
    )
}

/// Returns the end of the story.
pub fn summary(tally: &Tally, traces: &Traces) -> String {
    let mut text = closed(tally) + "Spans by outcome:";
    for outcome in Outcome::ALL {
        let _infallible = write!(text, " {} {outcome}", traces.calls(outcome));
    }
    let _infallible = write!(text, "\nTraces across all three services: {}\n", traces.crossed());
    if let Some(drawing) = traces.last_crossed() {
        let _infallible = write!(text, "\nThe last of them: {drawing}");
    }
    text
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
