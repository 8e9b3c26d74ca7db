//! A collector of a third party, and what reached it.

use std::collections::BTreeSet;
use std::process::Command;

use mock_collector::{MockServer, Protocol, ServerHandle};
use opentelemetry_proto::tonic::common::v1::any_value::Value;

/// How many spans a program makes.
pub(crate) const SPANS: i64 = 1000;

/// How a program speaks, and the collector understands.
pub(crate) type Spoken = (&'static str, Protocol);

pub(crate) const HTTP: Spoken = ("http/protobuf", Protocol::HttpBinary);
pub(crate) const JSON: Spoken = ("http/json", Protocol::HttpJson);
pub(crate) const GRPC: Spoken = ("grpc", Protocol::Grpc);

pub(crate) struct Collector {
    server: ServerHandle,
    protocol: &'static str,
}

impl Collector {
    pub(crate) async fn start((name, protocol): Spoken) -> Collector {
        let server = MockServer::builder().protocol(protocol).port(0).start().await.unwrap();
        Collector { server, protocol: name }
    }

    /// Returns a command that runs the program, which sends here.
    pub(crate) fn command(&self, words: [&str; 2]) -> Command {
        self.command_of(env!("CARGO_BIN_EXE_exits"), words)
    }

    pub(crate) fn command_of(&self, program: &str, words: [&str; 2]) -> Command {
        let mut command = Command::new(program);
        command
            .args(words)
            .env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", self.traces())
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", self.protocol)
            // What arrives was not sent because its time had come.
            .env("OTEL_BSP_SCHEDULE_DELAY", "3600000")
            .env("OBS_LOG", "warn");
        command
    }

    fn traces(&self) -> String {
        let path = if self.protocol == "grpc" { "" } else { "/v1/traces" };
        format!("http://{}{path}", self.server.addr())
    }

    /// Returns the numbers of the spans of a name, each of which arrived once.
    pub(crate) async fn numbers(&self, name: &str) -> BTreeSet<i64> {
        let number = |span: &opentelemetry_proto::tonic::trace::v1::Span| {
            let attribute = span.attributes.iter().find(|a| a.key == "number")?;
            match attribute.value.as_ref()?.value.as_ref()? {
                Value::IntValue(number) => Some(*number),
                _ => None,
            }
        };
        let of = |collector: &mock_collector::MockCollector| {
            let spans = collector.spans().iter().filter(|s| s.span().name == name);
            spans.map(|s| number(s.span()).unwrap()).collect::<Vec<i64>>()
        };
        let all = self.server.with_collector(of).await;
        let distinct: BTreeSet<i64> = all.iter().copied().collect();
        assert_eq!(all.len(), distinct.len(), "a span arrived twice");
        distinct
    }

    /// Returns how many spans of a name arrived.
    pub(crate) async fn count(&self, name: &str) -> usize {
        self.server.with_collector(|c| c.spans().iter().filter(|s| s.span().name == name).count()).await
    }

    /// Every span of the program arrived, once.
    pub(crate) async fn has_all(&self, name: &str, what: &str) {
        let (found, all) = (self.numbers(name).await, (0..SPANS).collect::<BTreeSet<i64>>());
        let (missing, strange) = (all.difference(&found).count(), found.difference(&all).count());
        assert_eq!((missing, strange), (0, 0), "{what}: spans that are missing, and that nobody made");
    }
}
