//! One trace across three processes and a real broker, whatever fails on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use mock_collector::{ServerHandle, TestSpan};
use obs_tests::{Program, Scrape, example, wait_for};
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::broker::Broker;
use crate::collector::{ancestry, collector, service};

/// Services in the order in which an order passes them.
const SERVICES: [&str; 3] = ["api", "build-worker", "notifier"];

/// One service of the shop in a process of its own, with the lines of those of its name that were killed before.
struct Process {
    role: &'static str,
    command: Command,
    program: Option<Program>,
    earlier: String,
    admin: String,
}

impl Process {
    fn start(role: &'static str, broker: &Broker, endpoint: &str) -> Self {
        let mut command = example("shop");
        command.args(["--bus", "nats", "--nats", &broker.url(), "--ack-wait", "1s"]);
        command.args(["--role", role, "--admin-port", "0"]);
        if role == "api" {
            command.args(["--port", "0"]);
        }
        command
            .env("OBS_LOG", "info")
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
            .env("OTEL_METRICS_EXPORTER", "none")
            .env("OTEL_BSP_SCHEDULE_DELAY", "50");
        let mut process =
            Process { role, command, program: None, earlier: String::new(), admin: String::new() };
        process.start_again();
        process
    }

    fn start_again(&mut self) {
        let program = self.program.insert(Program::start(&mut self.command));
        self.admin = program.wait_for_word("admin: http://").trim_end_matches('/').to_owned();
    }

    /// Ends it as a machine that fails does: nothing is finished, nothing is flushed.
    fn kill(&mut self) {
        let program = self.program.take().unwrap();
        self.earlier += &program.output();
        drop(program);
    }

    /// Closes it as an operator does.
    fn close(&mut self) {
        let program = self.program.as_mut().unwrap();
        program.interrupt();
        assert!(program.wait().success(), "{} closed badly", self.role);
    }

    fn lines(&self) -> Vec<Value> {
        let output = self.earlier.clone() + &self.program.as_ref().unwrap().output();
        output.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

/// Who orders, over a real socket.
#[derive(Clone)]
struct Customer {
    orders: String,
}

/// An order that the shop took: its number, and the correlation id that it was sent with.
type Accepted = BTreeMap<u64, String>;

impl Customer {
    /// Orders, and returns the answer's status and the number of the order.
    fn order(&self, item: &str, card: &str, correlation: &str) -> (u16, Option<u64>) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(20)))
            .build()
            .into();
        let order = json!({"item": item, "region": "eu", "card": card}).to_string();
        let request = agent.post(&self.orders).header("content-type", "application/json");
        let mut answer = request.header("x-correlation-id", correlation).send(order).unwrap();
        let body = answer.body_mut().read_to_string().unwrap();
        let receipt: Option<Value> = serde_json::from_str(&body).ok();
        (answer.status().as_u16(), receipt.and_then(|r| r["order"].as_u64()))
    }

    /// Orders what the shop takes.
    fn accepted(&self, item: &str, correlation: &str, accepted: &mut Accepted) {
        let (status, number) = self.order(item, "visa", correlation);
        assert_eq!(status, 201, "{item}");
        accepted.insert(number.unwrap(), correlation.to_owned());
    }

    /// Orders several at once.
    fn crowd(&self, item: &'static str, name: &str, count: usize, accepted: &mut Accepted) {
        let orders: Vec<_> = (0..count)
            .map(|number| {
                let (customer, correlation) = (self.clone(), format!("{name}-{number}"));
                thread::spawn(move || (customer.order(item, "visa", &correlation), correlation))
            })
            .collect();
        for order in orders {
            let ((status, number), correlation) = order.join().unwrap();
            assert_eq!(status, 201, "{item}");
            accepted.insert(number.unwrap(), correlation);
        }
    }
}

fn number(span: &TestSpan, key: &str) -> Option<u64> {
    let attribute = span.span().attributes.iter().find(|a| a.key == key)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        any_value::Value::IntValue(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

fn attempt(span: &TestSpan) -> Option<u64> {
    number(span, "messaging.message.delivery_attempt")
}

fn is(span: &TestSpan, kind: SpanKind) -> bool {
    span.span().kind == kind as i32
}

/// The spans that an order's number is on.
fn of_order(spans: &[TestSpan], order: u64) -> impl Iterator<Item = &TestSpan> {
    spans.iter().filter(move |span| number(span, "order.id") == Some(order))
}

struct Collector {
    runtime: Runtime,
    server: ServerHandle,
}

impl Collector {
    fn spans(&self) -> Vec<TestSpan> {
        self.runtime.block_on(self.server.with_collector(|collector| collector.spans().to_vec()))
    }

    /// Waits until the customers of these orders were told, and the processes have sent all that led to it.
    fn wait_for_mails(&self, accepted: &Accepted) {
        wait_for("a mail about every order", || {
            let spans = self.spans();
            accepted.keys().all(|&order| is_whole(&spans, order)).then_some(())
        });
    }
}

/// Tells whether an order's path to its mail has arrived.
fn is_whole(spans: &[TestSpan], order: u64) -> bool {
    let mut mails = of_order(spans, order).filter(|span| span.span().name == "send_mail");
    mails.any(|mail| ancestry(spans, mail).is_some())
}

#[test]
fn every_order_is_one_trace_through_failures_a_killed_worker_and_a_restarted_broker() {
    let runtime = Runtime::new().unwrap();
    let (server, endpoint) = runtime.block_on(collector());
    let collector = Collector { runtime, server };
    let mut broker = Broker::start();
    let [mut api, mut worker, mut notifier] = SERVICES.map(|role| Process::start(role, &broker, &endpoint));
    let orders = api.program.as_mut().unwrap().wait_for_word("api: ");
    let customer = Customer { orders };
    let mut accepted = Accepted::new();

    for round in 0..4 {
        for item in ["lamp", "glass slipper", "cursed mirror", "grandfather clock"] {
            customer.accepted(item, &format!("{item}-{round}").replace(' ', "-"), &mut accepted);
        }
        assert_eq!(customer.order("unicorn", "visa", "refused").0, 409);
        assert_eq!(customer.order("lamp", "expired", "refused").0, 402);
    }
    collector.wait_for_mails(&accepted);

    // The worker is killed at its work. Orders are taken all the same, and wait for the next one.
    thread::scope(|at_once| {
        at_once.spawn(|| customer.crowd("grandfather clock", "interrupted", 4, &mut accepted));
        wait_for("work in hand", || {
            let busy =
                Scrape::of(&worker.admin)?.sum("function_calls_in_flight", &[("function", "build")])?;
            (busy > 0.0).then_some(())
        });
        worker.kill();
    });
    customer.crowd("lamp", "waiting", 4, &mut accepted);
    worker.start_again();
    collector.wait_for_mails(&accepted);

    // The broker goes away while orders are worked on, and while one is placed.
    customer.crowd("grandfather clock", "between", 4, &mut accepted);
    broker.stop();
    let asked = Instant::now();
    assert_eq!(customer.order("lamp", "visa", "refused").0, 503, "nobody took the order");
    assert!(asked.elapsed() < Duration::from_secs(10), "a refusal in time: {:?}", asked.elapsed());
    broker.start_again();
    wait_for("an order after the restart", || {
        let (status, number) = customer.order("lamp", "visa", "afterwards");
        (status == 201).then(|| accepted.insert(number.unwrap(), "afterwards".to_owned()))
    });
    customer.crowd("lamp", "last", 4, &mut accepted);
    collector.wait_for_mails(&accepted);

    for process in [&mut api, &mut worker, &mut notifier] {
        process.close();
    }
    let spans = collector.spans();
    let traces: BTreeMap<u64, String> =
        accepted.keys().map(|&order| (order, one_trace(&spans, order))).collect();
    assert_eq!(traces.values().collect::<BTreeSet<_>>().len(), accepted.len(), "a trace for each");
    redeliveries_are_visible(&spans, &accepted);
    for process in [&api, &worker, &notifier] {
        logs_agree(process, &accepted, &traces);
    }
}

/// Asserts that an order is one trace, whole from the customer's request to the one mail, and returns its id.
fn one_trace(spans: &[TestSpan], order: u64) -> String {
    let ids: BTreeSet<&[u8]> = of_order(spans, order).map(|s| s.span().trace_id.as_slice()).collect();
    assert_eq!(ids.len(), 1, "order {order} is one trace");
    let id = ids.first().unwrap();
    let trace: Vec<TestSpan> = spans.iter().filter(|s| s.span().trace_id == *id).cloned().collect();
    let roots: Vec<_> = trace.iter().filter(|s| s.span().parent_span_id.is_empty()).collect();
    assert!(matches!(roots[..], [root] if service(root) == "api" && is(root, SpanKind::Server)), "{roots:?}");
    // Only what a killed worker had begun may lack what it stands in.
    for span in trace.iter().filter(|s| service(s) != "build-worker") {
        assert!(ancestry(&trace, span).is_some(), "{} of order {order} has its parents", span.span().name);
    }

    let mails: Vec<_> = trace.iter().filter(|s| s.span().name == "send_mail").collect();
    assert_eq!(mails.len(), 1, "one mail about order {order}");
    let path = ancestry(&trace, mails[0]).unwrap();
    let mut passed: Vec<&str> = path.iter().map(|s| service(s)).collect();
    passed.dedup();
    assert_eq!(passed, SERVICES, "order {order}");
    for (above, below) in path.iter().zip(path.iter().skip(1)) {
        let crosses = service(above) != service(below);
        let handed_over = is(above, SpanKind::Producer) && is(below, SpanKind::Consumer);
        assert_eq!(crosses, handed_over, "{} above {}", above.span().name, below.span().name);
    }
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Asserts that a message which came again says so: after a panic, after a kill.
fn redeliveries_are_visible(spans: &[TestSpan], accepted: &Accepted) {
    for (name, outcome) in [("cursed-mirror", "a panic"), ("interrupted", "a kill")] {
        let orders = accepted.iter().filter(|(_, correlation)| correlation.starts_with(name));
        let again = orders.filter(|(order, _)| {
            of_order(spans, **order).any(|s| is(s, SpanKind::Consumer) && attempt(s).is_some_and(|n| n > 1))
        });
        assert!(again.count() > 0, "no redelivery after {outcome}");
    }
    let consumers = spans.iter().filter(|s| is(s, SpanKind::Consumer));
    assert!(consumers.clone().all(|s| attempt(s).is_some()), "every delivery is counted");
}

/// Asserts that a process logged every order with its trace and its correlation id.
fn logs_agree(process: &Process, accepted: &Accepted, traces: &BTreeMap<u64, String>) {
    let lines = process.lines();
    for (order, correlation) in accepted {
        let mut of_order =
            lines.iter().filter(|l| l["fields"]["order.id"].as_u64() == Some(*order)).peekable();
        assert!(of_order.peek().is_some(), "{} logged nothing about order {order}", process.role);
        for line in of_order {
            assert_eq!(line["trace_id"].as_str(), traces.get(order).map(String::as_str), "{line}");
            assert_eq!(line["service.name"], process.role, "{line}");
            assert_eq!(line["correlation_id"].as_str(), Some(correlation.as_str()), "{line}");
        }
    }
}
